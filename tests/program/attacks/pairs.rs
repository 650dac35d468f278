//! Opposite accounts of one owner at the least margin: a gap takes the losers below zero, pool and insurance
//! pay, the winners wait. And the reverse: who makes others' winners pay for it.
use super::{counterparty, dollars, equity, wealth};
use crate::support::refused;
use freeboard::error::FreeboardError;
use freeboard::instructions::Closing;
use freeboard_client::events::Event;
use freeboard_tests::{
    AssetHandle, AssetSpec, ExchangeSpec, Quote, Trader, World, shipped as parameters, usd,
};

/// The first market of the shipped parameters, BTC at $100,000, and a pool of $100 M. One step instead of two,
/// which changes nothing at a resting price.
fn shipped() -> (World, AssetHandle) {
    let file = parameters();
    let mut world = World::with(ExchangeSpec::of_file(&file));
    let mut spec = AssetSpec::of_entry(&file.assets[0], 100_000.0);
    spec.params.sigma_initial_e9 = 9_000_000; // the mean of 2022 to 2026
    let btc = world.create_asset(spec);
    world.ready(usd(100_000_000));
    (world, btc)
}

/// Opens pairs of so many units each, with as little margin as allowed, until the program refuses. Returns the
/// longs, the shorts and why it ended.
pub(super) fn pairs(
    world: &mut World,
    asset: &AssetHandle,
    units: f64,
    most: usize,
) -> (Vec<Trader>, Vec<Trader>, Option<u32>) {
    let mut sides = [Vec::new(), Vec::new()];
    let mut refusal = None;
    'open: for _ in 0..most {
        for (side, sign) in sides.iter_mut().zip([1.0, -1.0]) {
            let account = world.new_trader(usd(20_000_000));
            world.warp_fresh(1);
            if let Err(failure) = world.trade(&account, asset, asset.atoms(sign * units)) {
                refusal = failure.code;
                break 'open;
            }
            let free = world.view(&account).unwrap().free_collateral_atoms;
            let most = u64::try_from(free).unwrap() - 1_000;
            world.withdraw_quote(&account, most).expect("to the least");
            side.push(account);
        }
    }
    let [longs, shorts] = sides;
    (longs, shorts, refusal)
}

fn all<'a>(longs: &'a [Trader], shorts: &'a [Trader]) -> Vec<&'a Trader> {
    longs.iter().chain(shorts).collect()
}

/// One price update this far below the price, whose EMA still stands where it was.
pub(super) fn update(world: &mut World, asset: &AssetHandle, price: f64, ema: f64) {
    world.warp_fresh(60);
    let quote = Quote::usd(price, world.now()).with_ema(ema / price);
    world.set_price(asset, quote);
}

/// Keepers close a position as fast as the window of an account lets them, prices as they are.
pub(super) fn close(world: &mut World, keeper: &Trader, loser: &Trader, asset: &AssetHandle) {
    for _ in 0..100 {
        if world.size_of(loser, asset.index) == 0 {
            return;
        }
        if world
            .liquidate(keeper, loser, asset, Closing::PositionByPool)
            .is_err()
        {
            world.warp_fresh(31);
        }
    }
    panic!("still open");
}

/// Keepers close everybody below zero and then resolve what is left.
fn clean_up(world: &mut World, asset: &AssetHandle, losers: &[Trader]) {
    let keeper = world.new_trader(usd(1_000));
    for loser in losers {
        close(world, &keeper, loser, asset);
    }
    for loser in losers {
        world.resolve_bankruptcy(loser).expect("resolved");
    }
    world.assert_books();
}

#[test]
fn opposite_accounts_lose_no_more_in_a_gap_of_the_stress_size_than_the_markets_share() {
    let (mut world, btc) = shipped();
    let before = counterparty(&world);
    let trade = world.asset(0).trade;
    let share = before * i128::from(trade.gap_share_e9) / 1_000_000_000;
    let (longs, shorts, refusal) = pairs(&mut world, &btc, 50.0, 30);
    assert_eq!(
        refusal,
        Some(FreeboardError::GapLossExceeded.into()),
        "{} pairs of $5 M",
        longs.len()
    );
    assert!(
        longs.len() >= 5,
        "the market is not closed: {}",
        longs.len()
    );
    let mine = all(&longs, &shorts);
    let brought = equity(&world, &mine);
    let fall = trade.gap_e9 as f64 / 1e9;
    update(&mut world, &btc, 100_000.0 * (1.0 - fall), 100_000.0);
    let gain = wealth(&world, &mine) - brought;
    assert!(gain > 0, "a gap that nobody can close in: {gain}");
    assert!(
        i128::from(gain) <= share + 2 * i128::from(usd(100_000)),
        "{gain} of {share}"
    );
}

/// A market of SOL at $150 whose gap may cost a share of a pool of $10 M.
pub(super) fn market_of(gap_share_e9: u64) -> (World, AssetHandle) {
    let mut world = World::new();
    let sol = AssetSpec::sol().with_gap(50_000_000, gap_share_e9);
    let sol = world.create_asset(sol.with_pool_share(500_000_000));
    world.create_asset(AssetSpec::eth().with_pool_share(500_000_000));
    world.ready(usd(10_000_000));
    (world, sol)
}

/// A market of SOL at $150 whose gap may cost 1 % of a pool of $10 M, and two pairs of $2 M a side at the least
/// margin; and a stranger who is short as much as he wants.
fn small_share() -> (World, AssetHandle, Vec<Trader>, Vec<Trader>) {
    let (mut world, sol) = market_of(10_000_000);
    let (longs, shorts, refusal) = pairs(&mut world, &sol, 13_000.0, 2);
    assert_eq!(refusal, None);
    (world, sol, longs, shorts)
}

#[test]
fn bad_debt_beyond_the_markets_share_is_paid_by_its_winners() {
    let (mut world, sol, longs, shorts) = small_share();
    let mine = all(&longs, &shorts);
    let (brought, before) = (equity(&world, &mine), counterparty(&world));
    // 20 % in one price update: nobody can leave at it before its EMA has followed, keepers can close.
    update(&mut world, &sol, 121.0, 150.0);
    clean_up(&mut world, &sol, &longs);
    let owed = world.asset(0).winners_owe_atoms;
    assert!(owed > usd(100_000), "{owed}");
    assert_eq!(world.pool().deficit_atoms, 0, "the pool could have paid");
    // The pool's share is 1 % and what is beyond it comes back.
    refused(
        world.deleverage(&shorts[0], &sol),
        FreeboardError::DeleverageScoreTooLow,
    );
    world.warp(300);
    let quote = Quote::usd(121.0, world.now()).with_ema(148.0 / 121.0);
    world.set_price(&sol, quote);
    let eth = world.handle_of(1);
    world.set_price_usd(&eth, 4_000.0);
    for short in &shorts {
        let _ = world.deleverage(short, &sol);
    }
    world.assert_books();
    refused(
        world.deleverage(&shorts[1], &sol),
        FreeboardError::NoDeficit,
    );
    let gain = wealth(&world, &mine) - brought;
    // 1 % of the pool, its part of the skew that the losers leave, and the atoms of two lots.
    let paid = before - counterparty(&world);
    assert!(gain <= dollars(200_000), "{gain} of {owed} owed, {paid}");
}

#[test]
fn no_winner_leaves_beyond_the_band_by_taking_his_own_loser_over() {
    // 40 pairs of $97,500 a side. 19 % in one price update: no reduce gets that price, but a liquidator who takes a long over
    // with an account that is short by as much has none of either left. All 40 left with $308,776 where the market's
    // share of the pool is $100,000, and strangers who had won owed the rest.
    let (mut world, sol) = market_of(10_000_000);
    let (longs, shorts, refusal) = pairs(&mut world, &sol, 650.0, 40);
    assert_eq!(refusal, None);
    let mine = all(&longs, &shorts);
    let brought = equity(&world, &mine);
    update(&mut world, &sol, 121.0, 150.0);
    let by_liquidator = Closing::PositionByLiquidator;
    let mut left = 0;
    for (long, short) in longs.iter().zip(&shorts) {
        match world.liquidate(short, long, &sol, by_liquidator) {
            Ok(_) => left += usize::from(world.size_of(short, sol.index) == 0),
            Err(failure) => {
                assert!(
                    failure.is(FreeboardError::PositionPriceUnusable),
                    "{:?}",
                    failure.error
                );
                break;
            }
        }
    }
    let gain = wealth(&world, &mine) - brought;
    println!("{left} of {} winners left, {gain} atoms", longs.len());
    assert_eq!(left, 0, "they keep {gain}");
    // Nor at a price update that is too wide to be traded on, where a reduce pays for the width.
    let quote = Quote::usd(132.0, world.now()).with_conf(0.015);
    world.set_price(&sol, quote);
    let sent = world.liquidate(&shorts[0], &longs[0], &sol, by_liquidator);
    refused(sent, FreeboardError::PositionPriceUnusable);
    world.set_price_usd(&sol, 132.0);
    world
        .liquidate(&shorts[0], &longs[0], &sol, by_liquidator)
        .expect("at a price that everybody may leave at");
    world.assert_books();
}

#[test]
fn a_loss_counts_as_its_markets_where_the_owner_closes_it_himself() {
    // Strangers are long, so that who closes a long is paid by the skew and not held to his equity: the owner of the
    // losers closes them before any keeper does. It was counted nowhere, and his winners owed nothing of $307,996.
    let (mut world, sol) = market_of(18_000_000);
    let stranger = world.new_trader(usd(5_000_000));
    world
        .trade(&stranger, &sol, sol.atoms(20_000.0))
        .expect("long");
    let (longs, shorts, refusal) = pairs(&mut world, &sol, 13_000.0, 2);
    assert_eq!(refusal, None);
    let mine = all(&longs, &shorts);
    let brought = equity(&world, &mine);
    update(&mut world, &sol, 121.0, 150.0);
    for long in &longs {
        world
            .trade(long, &sol, -sol.atoms(13_000.0))
            .expect("the owner closes");
        world.resolve_bankruptcy(long).expect("resolved");
    }
    world.assert_books();
    let gain = wealth(&world, &mine) - brought;
    let owed = world.asset(0).winners_owe_atoms;
    println!("{gain} atoms, of which {owed} are owed");
    assert!(owed > usd(100_000), "{owed}");
    // One who closes within the band owes his market's winners nothing.
    assert_eq!(world.asset(1).winners_owe_atoms, 0);
}

#[test]
fn who_owes_nothing_more_is_left_alone() {
    // An hour after the last loss winners owe nothing any more, nor once the pool has grown.
    let (mut world, sol, longs, shorts) = small_share();
    update(&mut world, &sol, 121.0, 150.0);
    clean_up(&mut world, &sol, &longs);
    assert!(world.asset(0).winners_owe_atoms > 0);
    let mut funded = world.clone();
    funded.fund_pool(usd(90_000_000)).unwrap();
    funded.warp_fresh(300);
    refused(
        funded.deleverage(&shorts[0], &sol),
        FreeboardError::NoDeficit,
    );
    world.warp_fresh(3_601);
    refused(
        world.deleverage(&shorts[0], &sol),
        FreeboardError::NoDeficit,
    );
}

#[test]
fn nobody_makes_winners_pay_by_a_loss_that_is_not_their_markets() {
    // The owner of the losers wants the winners of ETH deleveraged, a market that rests: each loser holds a
    // little ETH, closed last, so that the bankruptcy is charged there.
    let mut world = World::new();
    let sol = AssetSpec::sol().with_gap(50_000_000, 500_000_000);
    let sol = world.create_asset(sol.with_pool_share(500_000_000));
    let eth = AssetSpec::eth().with_gap(50_000_000, 10_000_000);
    let eth = world.create_asset(eth.with_pool_share(500_000_000));
    world.ready(usd(10_000_000));
    let winner = world.new_trader(usd(100_000));
    world.trade(&winner, &eth, -eth.atoms(10.0)).unwrap();
    let (longs, _, _) = pairs(&mut world, &sol, 13_000.0, 2);
    for long in &longs {
        world.deposit_quote(long, usd(10_000)).unwrap();
        world.trade(long, &eth, eth.atoms(1.0)).expect("a little");
    }
    // ETH falls too, as it does, and within its EMA band.
    world.warp_fresh(60);
    let quote = Quote::usd(3_900.0, world.now()).with_ema(4_000.0 / 3_900.0);
    world.set_price(&eth, quote);
    let quote = Quote::usd(121.0, world.now()).with_ema(150.0 / 121.0);
    world.set_price(&sol, quote);
    let keeper = world.new_trader(usd(1_000));
    for long in &longs {
        close(&mut world, &keeper, long, &sol);
        close(&mut world, &keeper, long, &eth);
        let meta = world.resolve_bankruptcy(long).expect("resolved");
        let Event::BankruptcyResolved(event) = meta.event() else {
            panic!("{meta:?}")
        };
        assert_eq!(event.charged_asset_index, sol.index);
    }
    assert_eq!(world.asset(eth.index).winners_owe_atoms, 0);
    world.warp_fresh(300);
    refused(world.deleverage(&winner, &eth), FreeboardError::NoDeficit);
    world.assert_books();
}

#[test]
fn a_loss_at_a_price_that_winners_could_leave_at_is_the_pools() {
    // The price moves with its EMA: whoever has won may close at it, so nobody is deleveraged for those who
    // have left.
    let (mut world, sol, longs, shorts) = small_share();
    world.warp_fresh(60);
    world.set_price_usd(&sol, 121.0);
    clean_up(&mut world, &sol, &longs);
    assert_eq!(world.asset(0).winners_owe_atoms, 0);
    world.warp_fresh(300);
    refused(
        world.deleverage(&shorts[0], &sol),
        FreeboardError::NoDeficit,
    );
}

#[test]
fn no_caller_keeps_the_budget_above_what_the_pool_is_worth() {
    // The pool has paid; the owner rebalances without the feed, so that the market counts in the pool's favour.
    let (mut world, sol, longs, _) = small_share();
    let before = world.asset(0).gap_budget_atoms;
    update(&mut world, &sol, 121.0, 150.0);
    clean_up(&mut world, &sol, &longs);
    let after = world.asset(0).gap_budget_atoms;
    assert!(after < before, "{after} {before}");
    let rebalance = freeboard_client::instructions::rebalance_pool(&world.keys, world.all_metas());
    let hidden = super::without_feed(rebalance, &sol);
    world.send(&[hidden], &[]).expect("without the feed");
    assert!(world.asset(0).gap_budget_atoms <= after);
    world.sweep(&sol).unwrap();
    assert!(world.asset(0).gap_budget_atoms <= after);
}
