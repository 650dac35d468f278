//! Token-2022 accounts of users, with the real token program: a CPI guard, required memos, frozen, closed or given away.
//! What the token program would refuse by a bare number is refused by name; what an LP is owed never waits for the
//! state of its account.
use crate::liquidity::requests::{DELAY_SECS, OPEN_AFTER_SECS};
use crate::support::refused;
use anchor_spl::token_2022::spl_token_2022::extension::ExtensionType::{CpiGuard, MemoTransfer};
use freeboard::error::FreeboardError;
use freeboard_client::{events::Event, instructions};
use freeboard_tests::{
    AssetSpec, ExchangeSpec, Meta, MintKind, TokenProgram, Trader, World,
    liquidity::{deposit_of, redemption_of},
    usd,
    world::Actor,
};
use solana_signer::Signer;

/// An exchange whose quote token is of Token-2022, with an open pool that a trader trades against.
fn exchange() -> (World, Trader) {
    let mut world = World::with(ExchangeSpec {
        quote: MintKind::plain(TokenProgram::Token2022),
        ..ExchangeSpec::default()
    });
    let sol = MintKind::plain(TokenProgram::Token2022);
    world.list_all([AssetSpec::sol().with_mint(sol)]);
    let trader = world.new_trader(usd(10_000));
    (world, trader)
}

/// The same without a pool: what an LP deposits is all of it.
fn exchange_without_cash() -> World {
    let mut world = World::with(ExchangeSpec {
        quote: MintKind::plain(TokenProgram::Token2022),
        ..ExchangeSpec::default()
    });
    world.create_asset(AssetSpec::sol().with_pool_share(1_000_000_000));
    world
}

/// An LP with shares.
fn with_lp(mut world: World) -> (World, Actor, u64) {
    let lp = world.actor();
    world.request_deposit(&lp, 0, usd(1_000)).expect("asked");
    world.warp_fresh(DELAY_SECS);
    world.execute_liquidity(&lp, 0).expect("executed");
    let shares = world.shares_of(&lp);
    (world, lp, shares)
}

/// From an account whose guard is on: deposits of quote and collateral, of LPs, of governance.
pub fn guarded() {
    let (mut world, trader) = exchange();
    let (quote, governance) = (world.quote_mint, world.governance.clone());
    let sol = world.handle_of(0);
    for token in [world.quote_token(), sol.token()] {
        let source = world.new_token_account(&trader.keypair, &token.mint, &[CpiGuard]);
        world.mint_into(&source, &token.mint, usd(1_000));
        let mut deposit = world.deposit_instruction(&trader, &token, usd(1_000));
        let from = world.token_account(&trader.owner(), &token.mint);
        for meta in deposit
            .accounts
            .iter_mut()
            .filter(|meta| meta.pubkey == from)
        {
            meta.pubkey = source;
        }
        let sent = world.send(&[deposit], &[&trader.keypair]);
        refused(sent, FreeboardError::SourceGuarded);
    }
    let source = world.new_token_account(&governance, &quote, &[CpiGuard]);
    world.mint_into(&source, &quote, usd(10));
    let fund = instructions::fund_pool(&world.keys, governance.pubkey(), source, usd(10));
    refused(
        world.send(&[fund], &[&governance]),
        FreeboardError::SourceGuarded,
    );
    let lp = world.actor();
    let source = world.new_token_account(&lp, &quote, &[CpiGuard]);
    world.mint_into(&source, &quote, usd(10));
    let sent = request_from(&mut world, &lp, source);
    refused(sent, FreeboardError::SourceGuarded);
    let unlocked = anchor_spl::token_2022::spl_token_2022::extension::cpi_guard::instruction::disable_cpi_guard(
        &anchor_spl::token_2022::ID,
        &source,
        &lp.pubkey(),
        &[],
    );
    world
        .send(&[unlocked.expect("Token-2022")], &[&lp])
        .expect("unlocked");
    request_from(&mut world, &lp, source).expect("the guard is off");
    world.assert_books();
}

fn request_from(
    world: &mut World,
    lp: &Actor,
    source: anchor_lang::prelude::Pubkey,
) -> Result<Meta, freeboard_tests::Failure> {
    let args = deposit_of(0, usd(10));
    let shares = world.share_mint();
    let destination = world.token_account(&lp.pubkey(), &shares);
    let (keys, key) = (world.keys, lp.pubkey());
    let request = instructions::request_liquidity(&keys, key, source, destination, args);
    world.send(&[request], &[lp])
}

/// Into an account that asks for a memo with each transfer: a withdrawal, and what an LP takes back.
pub fn needs_memo() {
    let (mut world, trader) = exchange();
    let quote = world.quote_mint;
    let strict = world.new_token_account(&trader.keypair, &quote, &[MemoTransfer]);
    let withdraw = |world: &World, to| {
        let token = world.quote_token();
        let (owner, account) = (trader.owner(), trader.margin_account);
        let metas = world.account_metas(&trader, &[]);
        instructions::withdraw(&world.keys, &token, owner, account, to, usd(1), metas)
    };
    let sent = withdraw(&world, strict);
    let sent = world.send(&[sent], &[&trader.keypair]);
    refused(sent, FreeboardError::DestinationNeedsMemo);
    let plain = world.token_account(&trader.owner(), &quote);
    let sent = withdraw(&world, plain);
    world
        .send(&[sent], &[&trader.keypair])
        .expect("to another account");
    let borrowed = world.borrow_instruction(&trader, usd(1));
    let mut borrow = borrowed;
    for meta in borrow
        .accounts
        .iter_mut()
        .filter(|meta| meta.pubkey == plain)
    {
        meta.pubkey = strict;
    }
    let sent = world.send(&[borrow], &[&trader.keypair]);
    refused(sent, FreeboardError::DestinationNeedsMemo);
    world.assert_books();
}

/// Into and out of an account that the issuer has frozen.
pub fn frozen() {
    let (mut world, trader) = exchange();
    let quote = world.quote_mint;
    let account = world.mint_to(&trader.owner(), &quote, usd(10));
    world.freeze(&account, &quote);
    let token = world.quote_token();
    let deposit = world.deposit_instruction(&trader, &token, usd(1));
    let sent = world.send(&[deposit], &[&trader.keypair]);
    refused(sent, FreeboardError::TokenAccountFrozen);
    let sent = world.withdraw_quote(&trader, usd(1));
    refused(sent, FreeboardError::TokenAccountFrozen);
}

/// How an LP's account comes to take nothing.
type Spoil = fn(&mut World, &Actor);

fn asks_for_memos(world: &mut World, lp: &Actor) {
    let account = destination(world, lp);
    let strict = anchor_spl::token_2022::spl_token_2022::extension::memo_transfer::instruction::enable_required_transfer_memos(
        &anchor_spl::token_2022::ID,
        &account,
        &lp.pubkey(),
        &[],
    );
    world
        .send(&[strict.expect("Token-2022")], &[lp])
        .expect("memos required");
}

fn is_frozen(world: &mut World, lp: &Actor) {
    let (account, mint) = (destination(world, lp), world.quote_mint);
    world.freeze(&account, &mint);
}

fn is_closed(world: &mut World, lp: &Actor) {
    let account = destination(world, lp);
    world.close_token_account(lp, &account);
}

fn is_given_away(world: &mut World, lp: &Actor) {
    let account = destination(world, lp);
    let other = world.actor();
    world.give_token_account(lp, &account, &other.pubkey());
}

fn destination(world: &World, lp: &Actor) -> anchor_lang::prelude::Pubkey {
    world.liquidity_request(lp, 1).destination
}

/// An LP's redemption, into an account of its own with room for memos, that is spoilt before the last hours.
fn spoilt(spoil: Spoil) -> (World, Actor, u64) {
    spoilt_in(exchange().0, spoil)
}

fn spoilt_in(world: World, spoil: Spoil) -> (World, Actor, u64) {
    let (mut world, lp, shares) = with_lp(world);
    let (quote, share_mint) = (world.quote_mint, world.share_mint());
    let destination = world.new_token_account(&lp, &quote, &[MemoTransfer]);
    let relaxed = anchor_spl::token_2022::spl_token_2022::extension::memo_transfer::instruction::disable_required_transfer_memos(
        &anchor_spl::token_2022::ID,
        &destination,
        &lp.pubkey(),
        &[],
    );
    world
        .send(&[relaxed.expect("Token-2022")], &[&lp])
        .expect("no memos");
    let args = redemption_of(1, shares);
    let source = world.token_account(&lp.pubkey(), &share_mint);
    let (keys, key) = (world.keys, lp.pubkey());
    let request = instructions::request_liquidity(&keys, key, source, destination, args);
    world.send(&[request], &[&lp]).expect("asked");
    spoil(&mut world, &lp);
    world.warp_fresh(OPEN_AFTER_SECS);
    (world, lp, shares)
}

/// Somebody else executes; what that paid, and whether to the LP.
fn executed_by_a_stranger(world: &mut World, lp: &Actor) -> (u64, bool) {
    let stranger = world.actor();
    let meta = world
        .execute_liquidity_as(&stranger, lp, 1)
        .expect("executed");
    let Event::LiquidityExecuted(event) = meta.event() else {
        panic!("another event")
    };
    world.assert_books();
    (event.out_atoms, event.is_paid)
}

#[test]
fn an_execution_by_somebody_else_is_not_stopped_by_the_state_of_the_destination() {
    let (mut usual, lp, _) = spoilt(|_, _| ());
    let (paid, is_paid) = executed_by_a_stranger(&mut usual, &lp);
    assert!(is_paid);
    let spoils: [Spoil; 4] = [asks_for_memos, is_frozen, is_closed, is_given_away];
    for spoil in spoils {
        let (mut world, lp, _) = spoilt(spoil);
        let named = destination(&world, &lp);
        let (waits, is_paid) = executed_by_a_stranger(&mut world, &lp);
        assert_eq!((waits, is_paid), (paid, false));
        assert_eq!(world.token_balance(&named), 0, "and is nobody else's");
        assert_eq!(world.liquidity_request(&lp, 1).outcome_atoms, paid);
        // The LP takes it to any account of its own, whatever is paused or when.
        world.warp_fresh(30 * DELAY_SECS);
        world.cancel_liquidity(&lp.clone(), &lp, 1).expect("paid");
        let quote = world.quote_mint;
        assert_eq!(world.wallet(&lp.pubkey(), &quote), paid);
        world.assert_books();
    }
}

#[test]
fn a_part_of_a_redemption_is_paid_at_once_or_not_executed() {
    // A trader's position needs some of what the LP asks for. Where its account takes nothing, the escrow would hold two
    // things for one request.
    let (mut world, lp, shares) = spoilt_in(exchange_without_cash(), is_frozen);
    let sol = world.handle_of(0);
    world.sample(&sol).expect("sampled");
    world.rebalance().expect("allocated");
    let trader = world.new_trader(usd(10_000));
    world.trade(&trader, &sol, sol.atoms(1.0)).expect("open");
    let sent = world.execute_liquidity(&lp, 1);
    refused(sent, FreeboardError::PoolUtilizationExceeded);
    let (account, quote) = (destination(&world, &lp), world.quote_mint);
    world.thaw(&account, &quote);
    let meta = world.execute_liquidity(&lp, 1).expect("a part");
    let Event::LiquidityExecuted(event) = meta.event() else {
        panic!("another event")
    };
    assert!(event.is_paid && event.left_atoms > 0);
    assert_eq!(event.amount_atoms + event.left_atoms, shares);
    assert_eq!(world.token_balance(&account), event.out_atoms);
    // The last of it is held up by the state of the account no more than all of it would be.
    world.freeze(&account, &quote);
    world.trade(&trader, &sol, -sol.atoms(1.0)).expect("closed");
    let (waits, is_paid) = executed_by_a_stranger(&mut world, &lp);
    assert!(waits > 0 && !is_paid);
    world.cancel_liquidity(&lp.clone(), &lp, 1).expect("paid");
    world.assert_books();
}

/// A request that is executed is not executed again; anyone may hand its outcome over, to the account it names alone.
pub fn executed() {
    let (mut world, lp, _) = spoilt(asks_for_memos);
    executed_by_a_stranger(&mut world, &lp);
    let again = world.execute_liquidity(&lp, 1);
    refused(again, FreeboardError::RequestExecuted);
    let stranger = world.actor();
    let elsewhere = world.cancel_liquidity(&stranger, &lp, 1);
    refused(elsewhere, FreeboardError::DestinationMismatch);
    let named = destination(&world, &lp);
    let mut cancel = world.cancel_liquidity_instruction(&stranger, &lp, 1);
    cancel.accounts[7].pubkey = named;
    let strict = world.send(std::slice::from_ref(&cancel), &[&stranger]);
    refused(strict, FreeboardError::DestinationNeedsMemo);
    let relaxed = anchor_spl::token_2022::spl_token_2022::extension::memo_transfer::instruction::disable_required_transfer_memos(
        &anchor_spl::token_2022::ID,
        &named,
        &lp.pubkey(),
        &[],
    );
    world
        .send(&[relaxed.expect("Token-2022")], &[&lp])
        .expect("no memos");
    world.send(&[cancel], &[&stranger]).expect("by anyone");
    assert!(world.token_balance(&named) > 0);
    world.assert_books();
}

#[test]
fn shares_wait_in_escrow_for_an_lp_that_closed_its_account() {
    let (mut world, lp, _) = with_lp(exchange().0);
    let other = world.actor();
    world.request_deposit(&other, 1, usd(500)).expect("asked");
    let account = destination(&world, &other);
    world.close_token_account(&other, &account);
    world.warp_fresh(OPEN_AFTER_SECS);
    let (shares, is_paid) = executed_by_a_stranger(&mut world, &other);
    assert!(!is_paid && shares > 0);
    // The first LP's redemption burns from the same escrow, and leaves them there.
    let own = world.shares_of(&lp);
    world.request_redeem(&lp, 2, own).expect("asked");
    world.warp_fresh(DELAY_SECS);
    world.execute_liquidity(&lp, 2).expect("redeemed");
    world
        .cancel_liquidity(&other.clone(), &other, 1)
        .expect("handed over");
    assert_eq!(world.shares_of(&other), shares);
    world.assert_books();
}
