//! close_margin_account: only an empty one, only its owner, and the rent comes back.
use crate::support::{Wrong, check_wrong, refused, stage};
use anchor_lang::prelude::Pubkey;
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
    stage.world.next_slot();
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
    stage.world.next_slot();
    let instruction = instructions::close_margin_account(empty.owner(), empty.margin_account);
    let another = stage.trader.margin_account;
    let cases = vec![
        Wrong::unsigned("owner has not signed", 0),
        Wrong::account("another's account", 1, another, FreeboardError::NotOwner),
        Wrong::mistyped("the exchange", 1, stage.world.exchange),
        Wrong::mistyped("the pool", 1, stage.world.pool),
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
    stage
        .world
        .deposit_collateral(&holder, &sol, 100_000_000)
        .unwrap();
    refused(stage.world.close_margin_account(&holder), error);
    stage
        .world
        .withdraw_collateral(&holder, &sol, 100_000_000)
        .unwrap();
    stage.world.next_slot();
    stage.world.close_margin_account(&holder).unwrap();
    stage.trade(&sol, 1.0);
    refused(stage.world.close_margin_account(&trader), error);
}

/// Neither a stranger nor the delegate may close it.
pub fn only_the_owner() {
    let mut stage = stage();
    let account = stage.trader.margin_account;
    stage.check_only_the_owner(|_, actor| {
        instructions::close_margin_account(actor.pubkey(), account)
    });
}

/// Its numbers would begin again within the slot.
pub fn in_the_slot_of_its_opening() {
    let mut stage = stage();
    let owner = stage.world.actor();
    let empty = stage.world.new_sub_account(&owner, 0, 0);
    refused(
        stage.world.close_margin_account(&empty),
        FreeboardError::AccountOpenedThisSlot,
    );
    stage.world.next_slot();
    stage.world.close_margin_account(&empty).unwrap();
    // It can be opened again at once, and is closed in the slot after that.
    let (again, _) = stage
        .world
        .open_margin_account(&owner, 0, Pubkey::default())
        .unwrap();
    refused(
        stage.world.close_margin_account(&again),
        FreeboardError::AccountOpenedThisSlot,
    );
}

/// Numbers of events and orders go on where an account is closed and opened again, also if all of it happens within one
/// slot after the first.
#[test]
fn numbers_do_not_begin_again_with_an_account_that_is_opened_again() {
    let mut stage = stage();
    let owner = stage.world.actor();
    let (mut events, mut orders) = (0, 0);
    for _ in 0..4 {
        let account = stage.world.new_sub_account(&owner, 0, 0);
        let opened = stage.world.state_of(&account);
        assert!(opened.event_sequence > events, "events");
        assert!(opened.order_sequence >= orders, "orders");
        let args = stage.world.order_args(&stage.sol, stage.sol.atoms(1.0));
        for _ in 0..3 {
            let order = stage.world.request_order(&account, args).unwrap();
            assert!(order > orders, "{order} after {orders}");
            orders = order;
        }
        stage.world.next_slot();
        let meta = stage.world.close_margin_account(&account).unwrap();
        let Event::MarginAccountClosed(event) = meta.event() else {
            panic!("another event")
        };
        assert!(event.stamp.sequence > events);
        events = event.stamp.sequence;
    }
}

/// Signed before the account was closed: a cancellation does nothing to an order of the account that was opened after it,
/// nor does a fill.
#[test]
fn what_was_signed_for_an_order_of_a_closed_account_does_nothing_to_the_next_one() {
    let mut stage = stage();
    let (owner, sol) = (stage.world.actor(), stage.sol.clone());
    let world = &mut stage.world;
    let account = world.new_sub_account(&owner, 0, 0);
    let args = world.order_args(&sol, sol.atoms(1.0));
    let old = world.request_order(&account, args).unwrap();
    let cancel = instructions::cancel_order(owner.pubkey(), account.margin_account, old);
    let fill = world.fill_order_instruction(&account, old, false);
    world.next_slot();
    world.close_margin_account(&account).unwrap();
    let account = world.new_sub_account(&owner, 0, freeboard_tests::usd(10_000));
    let new = world.request_order(&account, args).unwrap();
    assert_ne!(new, old);
    world.warp_fresh(1);
    for (signed, signer) in [(cancel, Some(&owner)), (fill, None)] {
        let signers: Vec<_> = signer.iter().map(|actor| &***actor).collect();
        refused(
            world.send(&[signed], &signers),
            FreeboardError::OrderNotFound,
        );
    }
    world.fill_order(&account, new).expect("its own");
}
