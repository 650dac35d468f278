//! deposit: needs no price, works for owner and delegate in every state of the account.
use crate::support::{
    Stage, Wrong, check_wrong, refused, stage, stage_with_neighbour, wrong_transfer,
};
use freeboard::{error::FreeboardError, state::NO_ASSET};
use freeboard_client::{events::Event, instructions};
use freeboard_tests::{AssetSpec, Meta, World, usd};
use solana_signer::Signer;

/// Somebody with tokens of quote and SOL in the wallet.
fn rich() -> Stage {
    let mut stage = stage();
    let owner = stage.trader.owner();
    let (quote, sol) = (stage.world.quote_mint, stage.sol.mint.unwrap());
    stage.world.mint_to(&owner, &quote, usd(1_000));
    stage.world.mint_to(&owner, &sol, 5_000_000_000);
    stage
}

fn event(meta: &Meta) -> freeboard::events::Deposited {
    let Event::Deposited(event) = meta.event() else {
        panic!("another event")
    };
    event
}

#[test]
fn quote_arrives_to_the_atom() {
    let mut stage = rich();
    let trader = stage.trader.clone();
    let token = stage.world.quote_token();
    let instruction = stage
        .world
        .deposit_instruction(&trader, &token, 123_456_789);
    let meta = stage
        .world
        .send(&[instruction], &[&trader.keypair])
        .unwrap();
    assert_eq!(stage.world.quote_of(&trader), 100_123_456_789);
    assert_eq!(
        stage.world.wallet(&trader.owner(), &token.mint),
        usd(1_000) - 123_456_789
    );
    let event = event(&meta);
    assert_eq!(
        (event.asset_index, event.amount_atoms),
        (NO_ASSET, 123_456_789)
    );
    assert_eq!(event.balance_after_atoms, 100_123_456_789);
    stage.world.assert_books();
}

#[test]
fn collateral_arrives_to_the_atom_and_takes_one_slot() {
    let mut stage = rich();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    for amount in [4_999_999_999, 1] {
        let token = sol.token();
        let instruction = stage.world.deposit_instruction(&trader, &token, amount);
        let meta = stage
            .world
            .send(&[instruction], &[&trader.keypair])
            .unwrap();
        assert_eq!(event(&meta).asset_index, sol.index);
    }
    let account = stage.world.state_of(&trader);
    assert_eq!(account.collaterals[0].amount_atoms, 5_000_000_000);
    assert_eq!(account.collaterals[1].asset_index, NO_ASSET);
    assert_eq!(
        stage.world.asset(sol.index).collateral_total_atoms,
        5_000_000_000
    );
    stage.world.assert_books();
}

#[test]
fn a_delegate_deposits_own_tokens() {
    let mut stage = rich();
    let (trader, delegate) = (stage.trader.clone(), stage.delegate());
    let token = stage.world.quote_token();
    let source = stage.world.mint_to(&delegate.pubkey(), &token.mint, 77);
    let (keys, key) = (stage.world.keys, delegate.pubkey());
    let instruction = instructions::deposit(&keys, &token, key, trader.margin_account, source, 77);
    stage.world.send(&[instruction], &[&delegate]).unwrap();
    assert_eq!(stage.world.quote_of(&trader), 100_000_000_077);
    stage.world.assert_books();
}

#[test]
fn p8_it_works_without_any_price_and_for_an_unhealthy_account() {
    let mut stage = rich();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 3_000.0);
    stage.world.warp_fresh(10);
    stage.world.set_price_usd(&sol, 116.0);
    assert!(stage.world.view(&trader).unwrap().is_liquidatable);
    stage.world.close_feed(&sol);
    stage.world.warp(100_000);
    let least = 66_666_667; // $10 at the recorded $150
    stage
        .world
        .deposit_collateral(&trader, &sol, least)
        .unwrap();
    stage.world.deposit_collateral(&trader, &sol, 1).unwrap();
    stage.world.deposit_quote(&trader, 1).unwrap();
    stage.world.assert_books();
}

#[test]
fn a_deposit_repays_the_loan_first() {
    let mut stage = rich();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage
        .world
        .deposit_collateral(&trader, &sol, 1_000_000_000_000)
        .unwrap();
    let held = usize::try_from(stage.world.quote_of(&trader)).unwrap();
    stage.world.withdraw_quote(&trader, held as u64).unwrap();
    stage.trade(&sol, 100.0);
    let loan = -stage.world.quote_of(&trader);
    assert!(loan > 0, "the fee is a loan: {loan}");
    stage.world.assert_books();
    stage
        .world
        .deposit_quote(&trader, loan.unsigned_abs() + 5)
        .unwrap();
    assert_eq!(stage.world.quote_of(&trader), 5);
    stage.world.assert_books();
}

#[test]
fn each_account_is_checked() {
    let (mut stage, other) = stage_with_neighbour();
    let trader = stage.trader.clone();
    let owner = trader.owner();
    let (mint, least) = (stage.sol.mint.unwrap(), 100_000_000);
    stage.world.mint_to(&owner, &mint, least);
    let instruction = stage
        .world
        .deposit_instruction(&trader, &stage.sol.token(), least);
    let mut cases = wrong_transfer(&stage, &other, 7);
    cases.extend([
        Wrong::unsigned("authority has not signed", 0),
        Wrong::readonly("pool readonly", 2),
        Wrong::readonly("source readonly", 6),
    ]);
    check_wrong(&stage.world, &instruction, &[&trader.keypair], cases);
}

#[test]
fn the_source_must_be_the_signers_and_of_the_mint() {
    let mut stage = rich();
    let trader = stage.trader.clone();
    let stranger = stage.world.new_trader(0);
    let token = stage.world.quote_token();
    let theirs = stage.world.mint_to(&stranger.owner(), &token.mint, 100);
    let other_mint = stage
        .world
        .token_account(&trader.owner(), &stage.sol.mint.unwrap());
    for source in [theirs, other_mint, token.vault] {
        let (keys, owner) = (stage.world.keys, trader.owner());
        let instruction =
            instructions::deposit(&keys, &token, owner, trader.margin_account, source, 5);
        let failure = stage
            .world
            .send(&[instruction], &[&trader.keypair])
            .unwrap_err();
        assert!(
            failure.code.is_some(),
            "the token program refuses: {:?}",
            failure.error
        );
    }
    stage.world.assert_books();
}

#[test]
fn tokens_sent_to_a_vault_count_nowhere() {
    let mut stage = rich();
    let (owner, vault) = (stage.world.exchange, stage.world.quote_vault);
    stage.world.assert_books();
    let source = stage
        .world
        .mint_to(&stage.trader.owner(), &stage.world.quote_mint.clone(), 9);
    let transfer = anchor_spl::token_2022::spl_token_2022::instruction::transfer_checked(
        &anchor_spl::token::ID,
        &source,
        &stage.world.quote_mint,
        &vault,
        &stage.trader.owner(),
        &[],
        9,
        6,
    );
    let trader = stage.trader.clone();
    stage
        .world
        .send(&[transfer.unwrap()], &[&trader.keypair])
        .unwrap();
    assert_eq!(stage.world.books().difference_atoms, 9);
    stage.world.deposit_quote(&trader, 1).unwrap();
    assert_eq!(stage.world.books().difference_atoms, 9, "{owner}");
}

/// Nothing.
pub fn zero() {
    let mut stage = rich();
    let trader = stage.trader.clone();
    let token = stage.world.quote_token();
    let instruction = stage.world.deposit_instruction(&trader, &token, 0);
    let sent = stage.world.send(&[instruction], &[&trader.keypair]);
    refused(sent, FreeboardError::AmountZero);
}

/// A stranger cannot fill somebody's slots with dust.
pub fn stranger() {
    let mut stage = rich();
    let stranger = stage.world.new_trader(0);
    let token = stage.world.quote_token();
    let source = stage.world.mint_to(&stranger.owner(), &token.mint, 100);
    let account = stage.trader.margin_account;
    let keys = stage.world.keys;
    let instruction = instructions::deposit(&keys, &token, stranger.owner(), account, source, 5);
    let sent = stage.world.send(&[instruction], &[&stranger.keypair]);
    refused(sent, FreeboardError::NotOwnerOrDelegate);
}

/// A ninth kind of collateral.
pub fn too_many_collaterals() {
    let specs = (0..9).map(|number| {
        let name = format!("A{number}");
        AssetSpec::new(&name, 10.0)
            .with_collateral()
            .with_pool_share(0)
    });
    let mut world = World::market(specs);
    let trader = world.new_trader(0);
    for asset in world.assets.clone() {
        let sent = world.deposit_collateral(&trader, &asset, 1_000_000_000);
        if asset.index < 8 {
            sent.expect("a free slot");
        } else {
            refused(sent, FreeboardError::TooManyCollaterals);
        }
    }
    let first = world.handle_of(3);
    world
        .withdraw_collateral(&trader, &first, 1_000_000_000)
        .unwrap();
    let last = world.handle_of(8);
    world
        .deposit_collateral(&trader, &last, 1_000_000_000)
        .expect("a slot is free again");
    world.assert_books();
}

/// More than a signed balance holds.
pub fn overflow() {
    let mut stage = rich();
    let trader = stage.trader.clone();
    let token = stage.world.quote_token();
    let instruction = stage
        .world
        .deposit_instruction(&trader, &token, u64::MAX - 1);
    let sent = stage.world.send(&[instruction], &[&trader.keypair]);
    refused(sent, FreeboardError::Overflow);
}

/// The quote token into an asset's vault, and the right token into another vault.
pub fn wrong_tokens() {
    let mut stage = rich();
    let trader = stage.trader.clone();
    let (quote, sol) = (stage.world.quote_token(), stage.sol.token());
    let right = stage.world.deposit_instruction(&trader, &sol, 5);
    let mut mint = right.clone();
    mint.accounts[5].pubkey = quote.mint;
    refused(
        stage.world.send(&[mint], &[&trader.keypair]),
        FreeboardError::MintMismatch,
    );
    let mut vault = right;
    vault.accounts[7].pubkey = quote.vault;
    refused(
        stage.world.send(&[vault], &[&trader.keypair]),
        FreeboardError::VaultMismatch,
    );
}

/// An asset without a token.
pub fn no_collateral() {
    let mut stage = rich();
    let trader = stage.trader.clone();
    let mut instruction = stage
        .world
        .deposit_instruction(&trader, &stage.sol.token(), 5);
    instruction.accounts[4].pubkey = stage.btc.address;
    let sent = stage.world.send(&[instruction], &[&trader.keypair]);
    refused(sent, FreeboardError::AssetNotCollateral);
}

/// A new kind of collateral worth less than the minimum notional; more of one that is held may be an atom.
pub fn dust() {
    let mut stage = rich();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let deposit = |stage: &mut Stage, atoms| {
        let instruction = stage
            .world
            .deposit_instruction(&trader, &sol.token(), atoms);
        stage.world.send(&[instruction], &[&trader.keypair])
    };
    let least = 66_666_667; // $10 at $150
    for atoms in [1, least - 10_000] {
        let sent = deposit(&mut stage, atoms);
        refused(sent, FreeboardError::CollateralBelowMinimum);
    }
    deposit(&mut stage, least).expect("the minimum");
    deposit(&mut stage, 1).expect("the slot is open");
    stage.world.assert_books();
}

/// All of a loan where there is none, and of a collateral, which nobody lends.
pub fn nothing_to_repay() {
    let mut stage = rich();
    let trader = stage.trader.clone();
    for token in [stage.world.quote_token(), stage.sol.token()] {
        let instruction = stage.world.deposit_instruction(&trader, &token, u64::MAX);
        let sent = stage.world.send(&[instruction], &[&trader.keypair]);
        refused(sent, FreeboardError::NothingToRepay);
    }
}

#[test]
fn all_of_a_loan_is_repaid_with_its_interest_and_no_atom_more() {
    let mut stage = rich();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage
        .world
        .deposit_collateral(&trader, &sol, 1_000_000_000_000)
        .unwrap();
    let held = stage.world.quote_of(&trader).unsigned_abs();
    stage
        .world
        .withdraw_quote(&trader, held + usd(900))
        .unwrap();
    let quote = stage.world.quote_token();
    let wallet = stage.world.wallet(&trader.owner(), &quote.mint);
    stage.world.warp_fresh(7_200);
    let instruction = stage.world.deposit_instruction(&trader, &quote, u64::MAX);
    let meta = stage
        .world
        .send(&[instruction], &[&trader.keypair])
        .unwrap();
    let event = event(&meta);
    assert!(event.interest_atoms > 0);
    let owed = usd(900) + event.interest_atoms.unsigned_abs();
    assert_eq!((event.amount_atoms, event.balance_after_atoms), (owed, 0));
    assert_eq!(
        stage.world.wallet(&trader.owner(), &quote.mint),
        wallet - owed
    );
    stage.world.assert_books();
}
