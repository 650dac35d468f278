//! pay_out: the protocol's fees and the insurance fund's collateral go to whom governance has named, up to a cap per day
//! and never before others.
use crate::support::{Stage, Wrong, check_wrong, refused, stage, stage_with_neighbour};
use anchor_lang::{error::ErrorCode, prelude::Pubkey, solana_program::instruction::Instruction};
use freeboard::error::FreeboardError;
use freeboard::governance::PAYOUT_CAP_MAX_QUOTE_ATOMS;
use freeboard::governance::pauses::Operation;
use freeboard::state::{Change, NO_ASSET};
use freeboard_client::{events::Event, instructions};
use freeboard_tests::{
    AssetHandle, Failure, Meta, World, governance::TIMELOCK_SECS, usd, world::Actor,
};
use solana_signer::Signer;

const DAY_SECS: i64 = 86_400;

fn to(recipient: Pubkey, cap_quote_atoms: u64) -> Change {
    Change::Payouts {
        recipient,
        cap_quote_atoms,
    }
}

/// Fees of $75 are swept, and somebody may have so much of them a day.
fn earned(cap_quote_atoms: u64) -> (Stage, Actor) {
    let mut stage = stage();
    let sol = stage.sol.clone();
    for _ in 0..10 {
        stage.trade(&sol, 500.0);
        stage.trade(&sol, -500.0);
    }
    let world = &mut stage.world;
    world.sweep(&sol).unwrap();
    let recipient = world.actor();
    let opened = world.change(to(recipient.pubkey(), cap_quote_atoms));
    opened.expect("opened");
    (stage, recipient)
}

fn fees_instruction(world: &mut World, recipient: &Actor, amount_atoms: u64) -> Instruction {
    let (token, key) = (world.quote_token(), recipient.pubkey());
    let destination = world.token_account(&key, &token.mint);
    instructions::pay_out(&world.keys, &token, key, destination, amount_atoms)
}

fn pay_fees(world: &mut World, recipient: &Actor, amount_atoms: u64) -> Result<Meta, Failure> {
    let instruction = fees_instruction(world, recipient, amount_atoms);
    world.send(&[instruction], &[recipient])
}

fn pay_collateral(
    world: &mut World,
    recipient: &Actor,
    asset: &AssetHandle,
    amount_atoms: u64,
) -> Result<Meta, Failure> {
    let (token, key) = (asset.token(), recipient.pubkey());
    let destination = world.token_account(&key, &token.mint);
    let pay = instructions::pay_out(&world.keys, &token, key, destination, amount_atoms);
    world.send(&[pay], &[recipient])
}

#[test]
fn fees_go_to_whom_governance_has_named_and_nothing_else_does() {
    let (mut stage, recipient) = earned(usd(1_000));
    let world = &mut stage.world;
    let (before, fees) = (world.books(), world.pool().ledger.fees_atoms);
    assert!(fees > 70_000_000, "{fees}");
    let amount = u64::try_from(fees).unwrap();
    let mint = world.quote_mint;
    let meta = pay_fees(world, &recipient, amount).unwrap();
    let Event::PaidOut(event) = meta.event() else {
        panic!("another event")
    };
    assert_eq!(
        (event.recipient, event.asset_index, event.amount_atoms),
        (recipient.pubkey(), NO_ASSET, amount)
    );
    assert_eq!(event.left_atoms, usd(1_000) - amount);
    assert_eq!(world.wallet(&recipient.pubkey(), &mint), amount);
    let after = world.books();
    assert_eq!(
        (after.pool_atoms, after.insurance_atoms),
        (before.pool_atoms, before.insurance_atoms)
    );
    assert_eq!(after.fees_atoms, before.fees_atoms - i128::from(fees));
    world.assert_books();
}

#[test]
fn nobody_is_paid_until_governance_has_named_him_and_the_change_has_waited() {
    let (mut stage, _) = earned(0);
    let world = &mut stage.world;
    let next = world.actor();
    let change = to(next.pubkey(), usd(1_000));
    world.propose(change.clone()).unwrap();
    world.warp(TIMELOCK_SECS - 1);
    refused(world.execute(&change), FreeboardError::ChangeTooEarly);
    refused(
        pay_fees(world, &next, 1),
        FreeboardError::NotPayoutRecipient,
    );
    world.warp(1);
    world.execute(&change).unwrap();
    pay_fees(world, &next, 1).unwrap();
}

/// Anybody but who was named.
pub fn not_recipient() {
    let (mut stage, _) = earned(usd(1_000));
    let (governance, stranger) = (stage.world.governance.clone(), stage.world.actor());
    for by in [governance, stranger] {
        refused(
            pay_fees(&mut stage.world, &by, 1),
            FreeboardError::NotPayoutRecipient,
        );
    }
}

/// No 24 hours see more than the cap, wherever they begin.
pub fn beyond_the_cap() {
    let cap = 30_000_000;
    let (mut stage, recipient) = earned(cap);
    let world = &mut stage.world;
    refused(
        pay_fees(world, &recipient, cap + 1),
        FreeboardError::PayoutCapExceeded,
    );
    pay_fees(world, &recipient, cap - 10).unwrap();
    pay_fees(world, &recipient, 10).unwrap();
    for secs in [0, DAY_SECS - 1] {
        world.warp(secs);
        refused(
            pay_fees(world, &recipient, 1),
            FreeboardError::PayoutCapExceeded,
        );
    }
    // Two windows side by side: what was paid a day ago counts until two days ago.
    world.warp(1);
    refused(
        pay_fees(world, &recipient, 1),
        FreeboardError::PayoutCapExceeded,
    );
    world.warp(DAY_SECS);
    pay_fees(world, &recipient, cap).unwrap();
    world.assert_books();
}

/// More than was swept.
pub fn too_large() {
    let (mut stage, recipient) = earned(usd(1_000));
    let (sol, world) = (stage.sol.clone(), &mut stage.world);
    let fees = u64::try_from(world.pool().ledger.fees_atoms).unwrap();
    refused(
        pay_fees(world, &recipient, fees + 1),
        FreeboardError::PayoutTooLarge,
    );
    // The pool's own cash and insurance are not fees.
    refused(
        pay_fees(world, &recipient, usd(999)),
        FreeboardError::PayoutTooLarge,
    );
    refused(
        pay_collateral(world, &recipient, &sol, 1),
        FreeboardError::PayoutTooLarge,
    );
    refused(pay_fees(world, &recipient, 0), FreeboardError::AmountZero);
}

/// A cap of more than $1 M a day.
pub fn cap_bound() {
    let mut world = World::new();
    let next = Pubkey::new_unique();
    refused(
        world.propose(to(next, PAYOUT_CAP_MAX_QUOTE_ATOMS + 1)),
        FreeboardError::PayoutCapOutOfBounds,
    );
    world.change(to(next, PAYOUT_CAP_MAX_QUOTE_ATOMS)).unwrap();
}

#[test]
fn the_risk_manager_lowers_the_cap_at_once_and_nothing_else() {
    let (mut stage, recipient) = earned(usd(1_000));
    let world = &mut stage.world;
    for looser in [
        to(recipient.pubkey(), usd(1_001)),
        to(Pubkey::new_unique(), 0),
    ] {
        refused(world.tighten(looser), FreeboardError::ChangeNotTighter);
    }
    world.tighten(to(recipient.pubkey(), 0)).unwrap();
    refused(
        pay_fees(world, &recipient, 1),
        FreeboardError::PayoutCapExceeded,
    );
}

#[test]
fn fees_wait_for_a_pause_of_withdrawals_and_for_a_deficit() {
    let (mut stage, recipient) = earned(usd(1_000));
    stage.world.pause(Operation::Withdraw, 60).unwrap();
    refused(
        pay_fees(&mut stage.world, &recipient, 1),
        FreeboardError::OperationPaused,
    );
    stage.world.warp_fresh(60);
    pay_fees(&mut stage.world, &recipient, 1).unwrap();

    // The pool owes a winner more than it holds: nobody is paid before him.
    let (mut world, sol, winner, loser) = crate::losses::poor_pool();
    let recipient = world.actor();
    world.change(to(recipient.pubkey(), usd(1_000))).unwrap();
    world.warp_fresh(60);
    world.set_price_usd(&sol, 220.0);
    world.rebalance().unwrap();
    world.close_severe(&loser, &sol);
    world.resolve_bankruptcy(&loser).expect("resolved");
    assert!(world.pool().deficit_atoms > 0);
    assert!(world.pool().ledger.fees_atoms > 0);
    refused(
        pay_fees(&mut world, &recipient, 1),
        FreeboardError::PoolDeficit,
    );
    assert!(world.size_of(&winner, 0) > 0);
}

/// Collateral that bankrupt accounts have left goes out in kind, and counts at its recorded price. It is put there as a
/// bankruptcy leaves it: less than $1.
#[test]
fn the_insurance_funds_collateral_goes_out_in_kind_and_counts_against_the_cap() {
    let Stage { mut world, sol, .. } = stage();
    let dust = 2_800_000; // $0.42
    let (mint, vault) = (sol.mint.expect("collateral"), sol.vault.expect("a vault"));
    world.mint_into(&vault, &mint, dust);
    world.change_asset(0, |asset| {
        asset.insurance_collateral_atoms += dust;
        asset.collateral_total_atoms += dust;
    });

    let recipient = world.actor();
    let cap = 300_001; // $0.30, and what is rounded up
    world.change(to(recipient.pubkey(), cap)).unwrap();
    refused(
        pay_collateral(&mut world, &recipient, &sol, dust),
        FreeboardError::PayoutCapExceeded,
    );
    let meta = pay_collateral(&mut world, &recipient, &sol, 2_000_000).unwrap();
    let Event::PaidOut(event) = meta.event() else {
        panic!("another event")
    };
    assert!((300_000..=cap).contains(&event.value_atoms));
    assert_eq!(event.left_atoms, cap - event.value_atoms);
    assert_eq!(world.asset(0).insurance_collateral_atoms, dust - 2_000_000);
    assert_eq!(world.wallet(&recipient.pubkey(), &mint), 2_000_000);
    world.assert_books();
}

#[test]
fn each_wrong_account_is_refused() {
    let (mut own, other) = stage_with_neighbour();
    let (sol, world) = (own.sol.clone(), &mut own.world);
    world.trade(&own.trader, &sol, sol.atoms(500.0)).unwrap();
    world.sweep(&sol).unwrap();
    let recipient = world.actor();
    world.change(to(recipient.pubkey(), usd(1))).unwrap();
    let pay = fees_instruction(world, &recipient, 1);
    let (vault, foreign_asset) = (world.quote_vault, other.sol.address);
    let cases = vec![
        Wrong::unsigned("the recipient has not signed", 0),
        Wrong::mistyped("not an exchange", 1, world.pool),
        Wrong::foreign("another exchange", 1, other.world.exchange),
        Wrong::foreign("another pool", 2, other.world.pool),
        Wrong::readonly("pool readonly", 2),
        Wrong::new(
            "another exchange's asset",
            FreeboardError::WrongExchange,
            move |sent| {
                sent.accounts[3].pubkey = foreign_asset;
                sent.accounts[3].is_writable = true;
            },
        ),
        Wrong::account(
            "another mint",
            4,
            sol.mint.expect("collateral"),
            FreeboardError::MintMismatch,
        ),
        Wrong::account(
            "another vault",
            5,
            sol.vault.expect("collateral"),
            FreeboardError::VaultMismatch,
        ),
        Wrong::readonly("vault readonly", 5),
        Wrong::account(
            "into itself",
            6,
            vault,
            ErrorCode::ConstraintDuplicateMutableAccount,
        ),
    ];
    check_wrong(world, &pay, &[&recipient], cases);
}
