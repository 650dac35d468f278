//! open_margin_account and set_delegate.
use crate::support::{Wrong, check_wrong, stage, stage_with_neighbour};
use anchor_lang::{error::ErrorCode, prelude::Pubkey};
use freeboard::instructions::OpenMarginAccountArgs;
use freeboard::state::{MAX_COLLATERALS, MAX_POSITIONS, NO_ASSET, NUMBERS_PER_SLOT};
use freeboard_client::{events::Event, instructions};
use solana_signer::Signer;

#[test]
fn it_opens_an_empty_account_of_its_owner() {
    let mut stage = stage();
    let owner = stage.world.actor();
    let delegate = Pubkey::new_unique();
    let (trader, meta) = stage
        .world
        .open_margin_account(&owner, 7, delegate)
        .unwrap();
    let account = stage.world.state_of(&trader);
    assert_eq!(
        (account.exchange, account.owner),
        (stage.world.exchange, owner.pubkey())
    );
    assert_eq!((account.delegate, account.sub_account), (delegate, 7));
    assert_eq!((account.quote_atoms, account.flagged_ts), (0, 0));
    assert!(
        account
            .positions
            .iter()
            .all(|slot| slot.asset_index == NO_ASSET)
    );
    assert!(
        account
            .collaterals
            .iter()
            .all(|slot| slot.asset_index == NO_ASSET)
    );
    assert_eq!((account.positions.len(), MAX_POSITIONS), (16, 16));
    assert_eq!((account.collaterals.len(), MAX_COLLATERALS), (8, 8));
    let Event::MarginAccountOpened(event) = meta.event() else {
        panic!("another event")
    };
    assert_eq!((event.owner, event.sub_account), (owner.pubkey(), 7));
    // Numbers begin with the slot: see close_margin_account.
    let first = stage.world.slot() * NUMBERS_PER_SLOT + 1;
    assert_eq!(
        (event.stamp.key, event.stamp.sequence),
        (trader.margin_account, first)
    );
}

/// Lamports that a stranger sends to the address before stop nobody: they are part of its rent.
#[test]
fn lamports_that_lie_there_are_part_of_the_rent() {
    let mut stage = stage();
    let rent = stage.world.account(&stage.trader.margin_account).lamports;
    for (number, lamports) in (1..).zip([1, rent - 1, rent, rent + 1]) {
        let owner = stage.world.actor();
        let address = stage.world.margin_address(&owner.pubkey(), number);
        let mut account = stage.world.account(&address);
        account.lamports = lamports;
        stage.world.set_account(address, account);
        let opened = stage
            .world
            .open_margin_account(&owner, number, Pubkey::default());
        let (trader, _) = opened.expect("opened");
        assert_eq!(stage.world.state_of(&trader).owner, owner.pubkey());
        assert_eq!(stage.world.account(&address).lamports, rent.max(lamports));
    }
}

#[test]
fn sub_accounts_are_apart() {
    let mut stage = stage();
    let owner = stage.trader.keypair.clone();
    let second = stage.world.new_sub_account(&owner, 1, 5_000_000);
    let last = stage.world.new_sub_account(&owner, u16::MAX, 0);
    assert_ne!(second.margin_account, stage.trader.margin_account);
    assert_eq!(stage.world.quote_of(&second), 5_000_000);
    assert_eq!(stage.world.quote_of(&last), 0);
    stage.world.assert_books();
}

#[test]
fn one_account_per_number() {
    let mut stage = stage();
    let owner = stage.trader.keypair.clone();
    let failure = stage
        .world
        .open_margin_account(&owner, 0, Pubkey::default())
        .map(|_| ());
    assert_eq!(
        failure.unwrap_err().code,
        Some(0),
        "the address is already in use"
    );
}

#[test]
fn each_account_is_checked() {
    let (mut stage, other) = stage_with_neighbour();
    let owner = stage.world.actor();
    let args = OpenMarginAccountArgs {
        sub_account: 3,
        delegate: Pubkey::default(),
    };
    let world = &stage.world;
    let instruction = instructions::open_margin_account(
        world.payer.pubkey(),
        owner.pubkey(),
        world.exchange,
        args,
    );
    let elsewhere = other.world.margin_address(&owner.pubkey(), 3);
    let cases = vec![
        Wrong::unsigned("owner has not signed", 1),
        Wrong::mistyped("not an exchange", 2, world.pool),
        Wrong::account(
            "another exchange",
            2,
            other.world.exchange,
            ErrorCode::ConstraintSeeds,
        ),
        Wrong::account(
            "another's address",
            3,
            elsewhere,
            ErrorCode::ConstraintSeeds,
        ),
        Wrong::no_program("not the system program", 4),
    ];
    check_wrong(world, &instruction, &[&owner], cases);
}

#[test]
fn the_owner_replaces_the_delegate() {
    let mut stage = stage();
    let (trader, delegate) = (stage.trader.clone(), Pubkey::new_unique());
    let meta = stage.world.set_delegate(&trader, delegate).unwrap();
    assert_eq!(stage.world.state_of(&trader).delegate, delegate);
    let Event::DelegateChanged(event) = meta.event() else {
        panic!("another event")
    };
    assert_eq!((event.before, event.after), (Pubkey::default(), delegate));
}

#[test]
fn accounts_of_set_delegate_are_checked() {
    let stage = stage();
    let (world, trader) = (&stage.world, &stage.trader);
    let instruction =
        instructions::set_delegate(trader.owner(), trader.margin_account, Pubkey::new_unique());
    let cases = vec![
        Wrong::unsigned("owner has not signed", 0),
        Wrong::mistyped("not a margin account", 1, world.exchange),
        Wrong::readonly("account readonly", 1),
    ];
    check_wrong(world, &instruction, &[&trader.keypair], cases);
}

/// Neither a stranger nor the delegate may name a delegate.
pub fn only_the_owner_sets_the_delegate() {
    let mut stage = stage();
    let account = stage.trader.margin_account;
    stage.check_only_the_owner(|_, actor| {
        instructions::set_delegate(actor.pubkey(), account, actor.pubkey())
    });
}
