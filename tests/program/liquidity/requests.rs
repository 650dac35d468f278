//! request_liquidity, execute_liquidity, cancel_liquidity: shares of the pool at a value that
//! nobody can choose, after a delay.
use crate::support::{Stage, refused, stage, stage_of};
use freeboard::error::FreeboardError;
use freeboard::events::LiquidityExecuted;
use freeboard::governance::pauses::Operation;
use freeboard::instructions::RequestLiquidityArgs;
use freeboard::state::LiquidityKind;
use freeboard_client::{address, events::Event};
use freeboard_tests::{AssetSpec, Quote, World, usd, world::Actor};
use solana_signer::Signer;

/// The delay of a request.
pub const DELAY_SECS: i64 = 86_400;
/// From the request until it can no longer be executed.
pub const LIFE_SECS: i64 = 129_600;
/// From the request until somebody else than the LP may execute it.
pub const OPEN_AFTER_SECS: i64 = LIFE_SECS - 10_800;

/// A stage and an LP.
pub fn opened() -> (Stage, Actor) {
    let mut stage = stage();
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

/// Quote of somebody in the associated token account.
pub fn quote_of(world: &mut World, lp: &Actor) -> u64 {
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
fn neither_value_holds_what_closing_the_skew_pays_back() {
    let mut sol = AssetSpec::sol();
    sol.trade.kappa_e9 = 0;
    let mut stage = stage_of([sol, AssetSpec::btc(), AssetSpec::eth()]);
    let lp = stage.world.actor();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    let shares = deposited(world, &lp, usd(1_000_000));
    world.trade(&trader, &sol, sol.atoms(2_000.0)).unwrap();
    for number in [0, 2] {
        world.request_deposit(&lp, number, usd(10)).unwrap();
        world
            .request_redeem(&lp, number + 1, shares / 1_000)
            .unwrap();
    }
    world.warp(DELAY_SECS);
    world.refresh_prices();
    let certain = Quote {
        conf: 0,
        ..Quote::usd(150.0, world.now())
    };
    world.set_price(&sol, certain);
    let executed = |world: &mut World, number| match world
        .execute_liquidity(&lp, number)
        .expect("executed")
        .event()
    {
        Event::LiquidityExecuted(event) => event,
        other => panic!("{other:?}"),
    };
    let high = executed(world, 0).nav_atoms;
    let redeemed = executed(world, 1);
    let market = world.priced_market(&sol).expect("a market");
    let premium = market.skew_premium().expect("a premium");
    let (least, most) = (premium.least_atoms, premium.most_atoms);
    assert!(most > 700_000 && most - least <= 1, "{least} {most}");
    // At one certain price both are the same, but for rounding.
    let apart = high + 10_000_000 - redeemed.nav_atoms;
    assert!((0..=10).contains(&apart), "{apart}");
    // The trader takes along the skew what was in neither: what is left is the pool's part of his fee.
    world
        .trade(&trader, &sol, -sol.atoms(2_000.0))
        .expect("closed");
    let left = redeemed.nav_atoms - i64::try_from(redeemed.out_atoms).unwrap();
    let after = executed(world, 2).nav_atoms;
    assert!((0..200_000_000).contains(&(after - left)), "{left} {after}");
    world.assert_books();
}

fn executed(world: &mut World, lp: &Actor, number: u16) -> LiquidityExecuted {
    match world
        .execute_liquidity(lp, number)
        .expect("executed")
        .event()
    {
        Event::LiquidityExecuted(event) => event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_redemption_leaves_what_the_markets_need_and_waits_on_for_the_rest() {
    let mut sol = AssetSpec::sol();
    sol.trade.pool_share_e9 = 1_000_000_000;
    let mut world = World::new();
    let sol = world.create_asset(sol);
    let lp = world.actor();
    let shares = deposited(&mut world, &lp, usd(1_000_000));
    world.sample(&sol).unwrap();
    let trader = world.new_trader(usd(1_000_000));
    world
        .trade(&trader, &sol, sol.atoms(10_000.0))
        .expect("$1.5 M");
    let asked = shares / 100 * 95;
    let least = usd(900_000) + 1;
    let args = RequestLiquidityArgs {
        number: 0,
        kind: LiquidityKind::Redeem,
        amount_atoms: asked,
        min_out_atoms: least,
        executor: None,
    };
    world.request_liquidity(&lp, args).unwrap();
    world.request_redeem(&lp, 1, shares / 100).unwrap();
    world.warp_fresh(DELAY_SECS);
    let first = executed(&mut world, &lp, 0);
    let part = first.amount_atoms * 100 / asked;
    assert!(first.is_paid && (20..60).contains(&part), "{part}");
    assert_eq!(first.amount_atoms + first.left_atoms, asked);
    assert_eq!(quote_of(&mut world, &lp), first.out_atoms);
    world.assert_books();
    // What is left keeps what is left of the minimum, and its time.
    let request = world.liquidity_request(&lp, 0);
    let part = u128::from(first.amount_atoms) * u128::from(least);
    let of_part = part.div_ceil(u128::from(asked)) as u64;
    assert_eq!(request.amount_atoms, first.left_atoms);
    assert_eq!(request.min_out_atoms, least - of_part);
    assert!(first.out_atoms >= of_part);
    // Nothing is free beyond it, for nobody's request.
    for number in [0, 1] {
        let sent = world.execute_liquidity(&lp, number);
        refused(sent, FreeboardError::PoolUtilizationExceeded);
    }
    // It can be taken back, or waits until the market needs less.
    let mut regretted = world.clone();
    let own = lp.clone();
    regretted.cancel_liquidity(&own, &lp, 0).expect("back");
    let kept = regretted.shares_of(&lp);
    assert_eq!(kept, shares - shares / 100 - first.amount_atoms);
    regretted.assert_books();
    world
        .trade(&trader, &sol, -sol.atoms(10_000.0))
        .expect("closed");
    let second = executed(&mut world, &lp, 0);
    assert_eq!(
        (second.amount_atoms, second.left_atoms),
        (first.left_atoms, 0)
    );
    assert!(first.out_atoms + second.out_atoms >= least);
    assert_eq!(
        quote_of(&mut world, &lp),
        first.out_atoms + second.out_atoms
    );
    let address = address::liquidity_request(&world.exchange, &lp.pubkey(), 0);
    assert_eq!(world.account(&address).lamports, 0, "closed");
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
fn while_nobody_can_be_flagged_neither_deposits_nor_redemptions_execute() {
    let (mut stage, lp) = opened();
    let world = &mut stage.world;
    let shares = deposited(world, &lp, usd(10));
    world.request_deposit(&lp, 1, usd(10)).unwrap();
    world.request_redeem(&lp, 2, shares).unwrap();
    world.warp_fresh(DELAY_SECS);
    world.pause(Operation::Liquidate, 60).unwrap();
    for number in [1, 2] {
        let sent = world.execute_liquidity(&lp, number);
        refused(sent, FreeboardError::OperationPaused);
    }
    world.warp_fresh(60);
    for number in [1, 2] {
        world.execute_liquidity(&lp, number).expect("resumed");
    }
}

#[test]
fn the_stored_value_is_that_after_the_request() {
    let (mut stage, lp) = opened();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    let shares = deposited(world, &lp, usd(60_000_000));
    world.trade(&trader, &sol, sol.atoms(1_000.0)).unwrap();
    world.request_redeem(&lp, 1, shares / 2).unwrap();
    world.request_deposit(&lp, 2, usd(7_000_000)).unwrap();
    world.warp_fresh(DELAY_SECS);
    for number in [1, 2] {
        world.execute_liquidity(&lp, number).expect("executed");
        let stored = world.pool().value_atoms;
        world.rebalance().expect("rebalanced");
        let renewed = world.pool().value_atoms;
        assert!((stored - renewed).abs() <= 2, "{stored} {renewed}");
    }
}
