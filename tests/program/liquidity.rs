//! open_liquidity, request_liquidity, execute_liquidity, cancel_liquidity: shares of the pool at a value that
//! nobody can choose, after a delay.
use crate::support::{Stage, Wrong, check_wrong, refused, stage, stage_with_neighbour};
use anchor_lang::error::ErrorCode;
use freeboard::{
    error::FreeboardError, gates::Operation, instructions::RequestLiquidityArgs,
    state::LiquidityKind,
};
use freeboard_client::events::Event;
use freeboard_tests::{AssetSpec, ExchangeSpec, Quote, World, usd, world::Actor};
use solana_signer::Signer;

const DELAY_SECS: i64 = 86_400;

/// A stage with an open pool and an LP.
pub fn opened() -> (Stage, Actor) {
    let mut stage = stage();
    stage.world.open_liquidity().expect("opened");
    let lp = stage.world.actor();
    (stage, lp)
}

/// Deposits and waits until it is executed; returns the shares.
pub fn deposited(world: &mut World, lp: &Actor, amount_atoms: u64) -> u64 {
    let before = world.shares_of(lp);
    world
        .request_deposit(lp, 0, amount_atoms)
        .expect("requested");
    world.warp_fresh(DELAY_SECS);
    world.execute_liquidity(lp, 0).expect("executed");
    world.assert_books();
    world.shares_of(lp) - before
}

/// Redeems and waits until it is executed; returns the quote.
pub fn redeemed(world: &mut World, lp: &Actor, shares: u64) -> u64 {
    let before = quote_of(world, lp);
    world.request_redeem(lp, 0, shares).expect("requested");
    world.warp_fresh(DELAY_SECS);
    world.execute_liquidity(lp, 0).expect("executed");
    world.assert_books();
    quote_of(world, lp) - before
}

fn quote_of(world: &mut World, lp: &Actor) -> u64 {
    let mint = world.quote_mint;
    let account = world.token_account(&lp.pubkey(), &mint);
    world.token_balance(&account)
}

#[test]
fn the_first_deposit_gets_none_of_what_the_pool_already_holds() {
    let (mut stage, lp) = opened();
    let world = &mut stage.world;
    // $100 M are in the pool, funded by governance.
    assert_eq!(deposited(world, &lp, usd(1_000_000)), usd(1_000_000));
    assert_eq!(redeemed(world, &lp, usd(1_000_000)), usd(1_000_000));
    let second = world.actor();
    assert_eq!(deposited(world, &second, usd(50)), usd(50));
}

#[test]
fn the_first_deposit_of_an_empty_pool_locks_a_thousand_shares() {
    let mut world = World::new();
    world.create_asset(AssetSpec::sol());
    world.open_liquidity().unwrap();
    let (first, second) = (world.actor(), world.actor());
    assert_eq!(deposited(&mut world, &first, 2_000), 1_000);
    // A donation to the vault counts nowhere: the price of a share stays one atom.
    let vault = world.quote_vault;
    let mint = world.quote_mint;
    world.mint_into(&vault, &mint, usd(1_000_000));
    world.request_deposit(&second, 0, usd(1)).unwrap();
    world.warp_fresh(DELAY_SECS);
    world.execute_liquidity(&second, 0).expect("executed");
    assert_eq!(world.shares_of(&second), usd(1));
}

#[test]
fn profit_and_loss_of_the_accounts_are_the_pools_loss_and_profit() {
    let (mut stage, lp) = opened();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    let shares = deposited(world, &lp, usd(100_000_000));
    let value = |event: Event| match event {
        Event::LiquidityExecuted(event) => event.nav_atoms,
        other => panic!("{other:?}"),
    };
    world.trade(&trader, &sol, sol.atoms(1_000.0)).unwrap();
    // The trader gains $15 each, unrealised: half of it is this LP's loss.
    world.request_redeem(&lp, 1, shares / 2).unwrap();
    world.warp(DELAY_SECS);
    world.refresh_prices();
    world.set_price_usd(&sol, 165.0);
    let low = value(world.execute_liquidity(&lp, 1).expect("executed").event());
    let lost = 200_000_000_000_000 - low;
    let gained = 1_000 * 15 * 1_000_000;
    // Spread, fee and confidence are small beside it.
    assert!(
        (gained * 9 / 10..gained * 11 / 10).contains(&lost),
        "the pool lost {lost}, the trader gained about {gained}"
    );
    world.assert_books();
}

#[test]
fn deposit_counts_high_and_redemption_low_where_prices_leave_doubt() {
    let (mut stage, lp) = opened();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    let shares = deposited(world, &lp, usd(1_000_000));
    world.trade(&trader, &sol, sol.atoms(2_000.0)).unwrap();
    let other = world.actor();
    world.request_deposit(&other, 0, usd(1_000_000)).unwrap();
    world.request_redeem(&lp, 1, shares).unwrap();
    world.warp(DELAY_SECS);
    world.refresh_prices();
    let doubtful = Quote::usd(150.0, world.now())
        .with_conf(0.009)
        .with_ema(1.03);
    world.set_price(&sol, doubtful);
    let value = |event: Event| match event {
        Event::LiquidityExecuted(event) => (event.nav_atoms, event.out_atoms),
        other => panic!("{other:?}"),
    };
    let (high, minted) = value(world.execute_liquidity(&other, 0).unwrap().event());
    let (low, paid) = value(world.execute_liquidity(&lp, 1).unwrap().event());
    let deposit = 1_000_000_000_000;
    assert!(high > low - deposit, "{high} {low}");
    assert!(minted < usd(1_000_000));
    assert!(paid < usd(1_000_000));
    world.assert_books();
}

#[test]
fn a_redemption_leaves_the_premium_that_closing_the_skew_pays_back() {
    let (mut stage, lp) = opened();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    let shares = deposited(world, &lp, usd(1_000_000));
    world.trade(&trader, &sol, sol.atoms(2_000.0)).unwrap();
    let other = world.actor();
    world.request_deposit(&other, 0, usd(10)).unwrap();
    world.request_redeem(&lp, 1, shares / 1_000).unwrap();
    world.warp(DELAY_SECS);
    world.refresh_prices();
    let certain = Quote {
        conf: 0,
        ..Quote::usd(150.0, world.now())
    };
    world.set_price(&sol, certain);
    let value = |event: Event| match event {
        Event::LiquidityExecuted(event) => event.nav_atoms,
        other => panic!("{other:?}"),
    };
    let high = value(world.execute_liquidity(&other, 0).unwrap().event());
    let low = value(world.execute_liquidity(&lp, 1).unwrap().event());
    // P·skew²/(2·skew_scale): $300,000 · 2,000 / 800,000,000
    let premium = high + 10_000_000 - low;
    assert!((750_000..=750_010).contains(&premium), "{premium}");
}

/// Executed before its delay has passed.
pub fn too_early() {
    let (mut stage, lp) = opened();
    let world = &mut stage.world;
    world.request_deposit(&lp, 0, usd(10)).unwrap();
    world.warp_fresh(DELAY_SECS - 1);
    let sent = world.execute_liquidity(&lp, 0);
    refused(sent, FreeboardError::RequestTooEarly);
    world.warp_fresh(1);
    world.execute_liquidity(&lp, 0).expect("executed");
}

/// Executed after its window.
pub fn expired() {
    let (mut stage, lp) = opened();
    let world = &mut stage.world;
    world.request_deposit(&lp, 0, usd(10)).unwrap();
    world.warp_fresh(2 * DELAY_SECS);
    let sent = world.execute_liquidity(&lp, 0);
    refused(sent, FreeboardError::RequestExpired);
    // Anyone gives it back now, to the LP.
    let anyone = world.actor();
    world.cancel_liquidity(&anyone, &lp, 0).expect("cancelled");
    assert_eq!(quote_of(world, &lp), usd(10));
    world.assert_books();
}

/// Somebody else cancels a request that can still be executed.
pub fn not_expired() {
    let (mut stage, lp) = opened();
    let world = &mut stage.world;
    world.request_deposit(&lp, 0, usd(10)).unwrap();
    world.warp_fresh(2 * DELAY_SECS - 1);
    let stranger = world.actor();
    let sent = world.cancel_liquidity(&stranger, &lp, 0);
    refused(sent, FreeboardError::RequestNotExpired);
    let own = lp.clone();
    world.cancel_liquidity(&own, &lp, 0).expect("his own");
    assert_eq!(quote_of(world, &lp), usd(10));
}

/// Less than the LP asked for.
pub fn below_minimum() {
    let (mut stage, lp) = opened();
    let world = &mut stage.world;
    let mint = world.quote_mint;
    world.mint_to(&lp.pubkey(), &mint, usd(10));
    let args = RequestLiquidityArgs {
        number: 0,
        kind: LiquidityKind::Deposit,
        amount_atoms: usd(10),
        min_out_atoms: usd(10) + 1,
    };
    world.request_liquidity(&lp, args).unwrap();
    world.warp_fresh(DELAY_SECS);
    let sent = world.execute_liquidity(&lp, 0);
    refused(sent, FreeboardError::PayoutBelowMinimum);
}

/// A request before the pool is open.
pub fn not_open() {
    let mut stage = stage();
    let world = &mut stage.world;
    let lp = world.actor();
    let args = RequestLiquidityArgs {
        number: 0,
        kind: LiquidityKind::Deposit,
        amount_atoms: 1,
        min_out_atoms: 0,
    };
    let mint = world.quote_mint;
    world.mint_to(&lp.pubkey(), &mint, 1);
    let mut instruction = world.request_liquidity_instruction(&lp, args);
    // There is no escrow yet; the vault stands in for it.
    instruction.accounts[6].pubkey = world.quote_vault;
    let sent = world.send(&[instruction], &[&lp]);
    refused(sent, FreeboardError::LiquidityNotOpen);
}

/// Nothing.
pub fn zero() {
    let (mut stage, lp) = opened();
    let sent = stage.world.request_deposit(&lp, 0, 0);
    refused(sent, FreeboardError::AmountZero);
}

/// A deposit beyond the pool's cap.
pub fn cap() {
    let mut spec = ExchangeSpec::default();
    spec.pool.pool_cap_quote_atoms = usd(1_000);
    let mut world = World::with(spec);
    world.create_asset(AssetSpec::sol());
    world.open_liquidity().unwrap();
    let lp = world.actor();
    world.request_deposit(&lp, 0, usd(1_000) + 1).unwrap();
    world.request_deposit(&lp, 1, usd(1_000)).unwrap();
    world.warp_fresh(DELAY_SECS);
    let sent = world.execute_liquidity(&lp, 0);
    refused(sent, FreeboardError::PoolCapExceeded);
    world.execute_liquidity(&lp, 1).expect("up to the cap");
}

/// Less than a share is worth, and less than the shares that are locked.
pub fn too_small() {
    let mut world = World::new();
    world.create_asset(AssetSpec::sol());
    world.open_liquidity().unwrap();
    let lp = world.actor();
    world.request_deposit(&lp, 0, 1_000).unwrap();
    world.warp_fresh(DELAY_SECS);
    let sent = world.execute_liquidity(&lp, 0);
    refused(sent, FreeboardError::LpAmountTooSmall);
}

#[test]
fn a_redemption_leaves_what_the_markets_need() {
    let mut sol = AssetSpec::sol();
    sol.trade.pool_share_e9 = 1_000_000_000;
    let mut world = World::new();
    let sol = world.create_asset(sol);
    world.open_liquidity().unwrap();
    let lp = world.actor();
    let shares = deposited(&mut world, &lp, usd(1_000_000));
    world.sample(&sol).unwrap();
    let trader = world.new_trader(usd(1_000_000));
    world
        .trade(&trader, &sol, sol.atoms(20_000.0))
        .expect("$3 M");
    world.request_redeem(&lp, 0, shares / 100 * 95).unwrap();
    world.request_redeem(&lp, 1, shares / 100).unwrap();
    world.warp_fresh(DELAY_SECS);
    let sent = world.execute_liquidity(&lp, 0);
    refused(sent, FreeboardError::PoolUtilizationExceeded);
    world.execute_liquidity(&lp, 1).expect("a hundredth");
    world.assert_books();
}

#[test]
fn a_market_with_positions_needs_a_usable_price_and_one_without_needs_none() {
    let (mut stage, lp) = opened();
    let (trader, sol, btc) = (stage.trader.clone(), stage.sol.clone(), stage.btc.clone());
    let world = &mut stage.world;
    world.trade(&trader, &sol, sol.atoms(1.0)).unwrap();
    world.request_deposit(&lp, 0, usd(10)).unwrap();
    world.warp_fresh(DELAY_SECS);
    world.close_feed(&btc);
    let doubtful = Quote::usd(150.0, world.now()).with_conf(0.011);
    world.set_price(&sol, doubtful);
    let sent = world.execute_liquidity(&lp, 0);
    refused(sent, FreeboardError::ConfidenceTooWide);
    world.warp(61);
    let sent = world.execute_liquidity(&lp, 0);
    refused(sent, FreeboardError::PriceStale);
    let fresh = Quote::usd(150.0, world.now());
    world.set_price(&sol, fresh);
    world.execute_liquidity(&lp, 0).expect("BTC is not asked");
}

#[test]
fn pauses_stop_deposits_and_redemptions_each_on_its_own() {
    let (mut stage, lp) = opened();
    let world = &mut stage.world;
    let shares = deposited(world, &lp, usd(10));
    world.request_deposit(&lp, 1, usd(10)).unwrap();
    world.request_redeem(&lp, 2, shares).unwrap();
    world.warp_fresh(DELAY_SECS);
    world.pause(Operation::DepositLiquidity, 60).unwrap();
    refused(
        world.execute_liquidity(&lp, 1),
        FreeboardError::OperationPaused,
    );
    world.execute_liquidity(&lp, 2).expect("redeems");
    world.warp_fresh(60);
    world.execute_liquidity(&lp, 1).expect("resumed");
}

#[test]
fn each_wrong_account_is_refused() {
    let (mut stage, other) = stage_with_neighbour();
    let world = &mut stage.world;
    world.open_liquidity().unwrap();
    let lp = world.actor();
    let (foreign, wrong_exchange) = (other.world.exchange, FreeboardError::WrongExchange);
    let args = RequestLiquidityArgs {
        number: 0,
        kind: LiquidityKind::Deposit,
        amount_atoms: usd(10),
        min_out_atoms: 0,
    };
    let mint = world.quote_mint;
    world.mint_to(&lp.pubkey(), &mint, usd(10));
    let request = world.request_liquidity_instruction(&lp, args);
    let (vault, share_mint) = (world.quote_vault, world.share_mint());
    check_wrong(
        world,
        &request,
        &[&lp],
        vec![
            Wrong::account(
                "another exchange's pool",
                2,
                other.world.pool,
                wrong_exchange,
            ),
            Wrong::account(
                "shares for quote",
                4,
                share_mint,
                FreeboardError::MintMismatch,
            ),
            Wrong::account(
                "the vault for the escrow",
                6,
                vault,
                FreeboardError::VaultMismatch,
            ),
            Wrong::readonly("pool", 2),
            Wrong::readonly("source", 5),
            Wrong::readonly("escrow", 6),
        ],
    );
    world.request_liquidity(&lp, args).unwrap();
    world.warp_fresh(DELAY_SECS);
    let execute = world.execute_liquidity_instruction(&lp, 0);
    let stranger = world.actor();
    let mint = world.share_mint();
    let foreign_destination = world.token_account(&stranger.pubkey(), &mint);
    check_wrong(
        world,
        &execute,
        &[],
        vec![
            Wrong::account("another exchange", 0, foreign, wrong_exchange),
            Wrong::account(
                "another exchange's pool",
                1,
                other.world.pool,
                wrong_exchange,
            ),
            Wrong::account(
                "another owner",
                3,
                stranger.pubkey(),
                FreeboardError::NotOwner,
            ),
            Wrong::account(
                "a stranger's destination",
                4,
                foreign_destination,
                ErrorCode::ConstraintTokenOwner,
            ),
            Wrong::account("another quote mint", 5, mint, FreeboardError::MintMismatch),
            Wrong::account(
                "another vault",
                6,
                other.world.quote_vault,
                FreeboardError::VaultMismatch,
            ),
            Wrong::account(
                "the vault for the escrow",
                7,
                other.world.quote_vault,
                FreeboardError::VaultMismatch,
            ),
            Wrong::account(
                "quote for shares",
                8,
                world.quote_mint,
                FreeboardError::MintMismatch,
            ),
            Wrong::account(
                "the vault for the share escrow",
                9,
                other.world.quote_vault,
                FreeboardError::VaultMismatch,
            ),
            Wrong::readonly("exchange", 0),
            Wrong::readonly("pool", 1),
            Wrong::readonly("request", 2),
            Wrong::readonly("destination", 4),
            Wrong::readonly("vault", 6),
            Wrong::readonly("quote escrow", 7),
            Wrong::readonly("share mint", 8),
            Wrong::readonly("share escrow", 9),
            Wrong::new(
                "an asset missing",
                FreeboardError::AssetAccountMissing,
                |execute| {
                    execute.accounts.pop();
                    execute.accounts.pop();
                },
            ),
            Wrong::new(
                "an asset twice",
                FreeboardError::AssetAccountUnexpected,
                |execute| {
                    let last = execute.accounts.len() - 2;
                    execute.accounts.extend_from_within(last..);
                },
            ),
            Wrong::new(
                "assets in another order",
                FreeboardError::AssetAccountOrder,
                |execute| {
                    execute.accounts.swap(12, 14);
                },
            ),
            Wrong::new(
                "a readonly asset",
                FreeboardError::AssetNotWritable,
                |execute| {
                    execute.accounts[12].is_writable = false;
                },
            ),
            Wrong::account(
                "another exchange's asset",
                12,
                other.sol.address,
                wrong_exchange,
            ),
            Wrong::account(
                "a feed for an asset",
                12,
                execute.accounts[13].pubkey,
                FreeboardError::AssetAccountInvalid,
            ),
        ],
    );
    let cancel = world.cancel_liquidity_instruction(&lp, &lp, 0);
    let mint = world.quote_mint;
    let foreign_destination = world.token_account(&stranger.pubkey(), &mint);
    check_wrong(
        world,
        &cancel,
        &[&lp],
        vec![
            Wrong::unsigned("authority", 0),
            Wrong::account("another exchange", 1, foreign, wrong_exchange),
            Wrong::account(
                "another exchange's pool",
                2,
                other.world.pool,
                wrong_exchange,
            ),
            Wrong::account(
                "another owner",
                4,
                stranger.pubkey(),
                FreeboardError::NotOwner,
            ),
            Wrong::account(
                "shares for quote",
                5,
                share_mint,
                FreeboardError::MintMismatch,
            ),
            Wrong::account(
                "the vault for the escrow",
                6,
                vault,
                FreeboardError::VaultMismatch,
            ),
            Wrong::account(
                "a stranger's destination",
                7,
                foreign_destination,
                ErrorCode::ConstraintTokenOwner,
            ),
        ],
    );
}
