//! close_margin_account: only an empty one, only its owner, and the rent comes back.
use crate::support::{Wrong, check_wrong, refused, stage};
use anchor_lang::{error::ErrorCode, prelude::Pubkey};
use freeboard::error::FreeboardError;
use freeboard_client::{events::Event, instructions};
use solana_signer::Signer;

#[test]
fn an_empty_account_closes_and_returns_its_rent() {
    let mut stage = stage();
    let trader = stage.trader.clone();
    stage
        .world
        .withdraw_quote(&trader, 100_000_000_000)
        .unwrap();
    let rent = stage.world.account(&trader.margin_account).lamports;
    let before = stage.world.account(&trader.owner()).lamports;
    let meta = stage.world.close_margin_account(&trader).unwrap();
    let Event::MarginAccountClosed(event) = meta.event() else {
        panic!("another event")
    };
    assert_eq!((event.owner, event.sub_account), (trader.owner(), 0));
    assert_eq!(stage.world.account(&trader.owner()).lamports, before + rent);
    assert!(stage.world.account(&trader.margin_account).data.is_empty());
    let owner = trader.keypair.clone();
    let (again, _) = stage
        .world
        .open_margin_account(&owner, 0, Pubkey::default())
        .unwrap();
    assert_eq!(stage.world.state_of(&again).quote_atoms, 0);
    stage.world.assert_books();
}

#[test]
fn accounts_are_checked() {
    let mut stage = stage();
    let owner = stage.world.actor();
    let empty = stage.world.new_sub_account(&owner, 0, 0);
    let instruction = instructions::close_margin_account(empty.owner(), empty.margin_account);
    let mismatch = ErrorCode::AccountDiscriminatorMismatch;
    let another = stage.trader.margin_account;
    let cases = vec![
        Wrong::unsigned("owner has not signed", 0),
        Wrong::account("another's account", 1, another, FreeboardError::NotOwner),
        Wrong::account("the exchange", 1, stage.world.exchange, mismatch),
        Wrong::account("the pool", 1, stage.world.pool, mismatch),
        Wrong::readonly("account readonly", 1),
    ];
    check_wrong(&stage.world, &instruction, &[&owner], cases);
}

/// Quote, collateral, or a position.
pub fn not_empty() {
    let mut stage = stage();
    let trader = stage.trader.clone();
    let error = FreeboardError::AccountNotEmpty;
    refused(stage.world.close_margin_account(&trader), error);
    let sol = stage.sol.clone();
    let holder = stage.world.new_trader(0);
    stage.world.deposit_collateral(&holder, &sol, 100_000_000).unwrap();
    refused(stage.world.close_margin_account(&holder), error);
    stage.world.withdraw_collateral(&holder, &sol, 100_000_000).unwrap();
    stage.world.close_margin_account(&holder).unwrap();
    stage.trade(&sol, 1.0);
    refused(stage.world.close_margin_account(&trader), error);
}

/// A delegate may not close it.
pub fn only_the_owner() {
    let mut stage = stage();
    let delegate = stage.world.actor();
    let trader = stage.trader.clone();
    stage
        .world
        .set_delegate(&trader, delegate.pubkey())
        .unwrap();
    let close = instructions::close_margin_account(delegate.pubkey(), trader.margin_account);
    refused(
        stage.world.send(&[close], &[&delegate]),
        FreeboardError::NotOwner,
    );
}
