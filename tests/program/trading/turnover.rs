//! L that follows what is traded: what is counted, how fast L moves, and that nothing else does.
use crate::liquidation::{flag::unhealthy, slice::deadlocked};
use crate::support::{Stage, stage, stage_of};
use freeboard::instructions::{Closing, Effective};
use freeboard::state::{Asset, AssetParams, Change};
use freeboard_client::margin;
use freeboard_risk::market::turnover::MarketTurnover;
use freeboard_risk::number::atoms::{BaseAtoms, QuoteAtoms};
use freeboard_tests::{AssetSpec, Trader, World, usd};

/// The most that one sample cuts, × 10^9: a quarter of an hour at 1/240 per hour.
const STEP_E9: u64 = 900 * 1_000_000_000 / 864_000;
const DAY: i64 = 86_400;

/// A market that absorbs $100,000 an hour, and a trader who is long three times as much.
fn thin(reference_quote_atoms: u64) -> Stage {
    let mut sol = AssetSpec::sol().with_collateral();
    sol.params.depth_quote_atoms = usd(100_000);
    sol.params.oi_lo_quote_atoms = usd(1_000_000);
    sol.params.oi_hi_quote_atoms = usd(5_000_000);
    sol.params.turnover_reference_quote_atoms = reference_quote_atoms;
    let mut stage = stage_of([sol, AssetSpec::btc(), AssetSpec::eth()]);
    let sol = stage.sol.clone();
    stage.trade(&sol, 2_000.0);
    stage
}

fn with_reference(world: &World, reference_quote_atoms: u64) -> Change {
    with_params(world, |params| {
        params.turnover_reference_quote_atoms = reference_quote_atoms;
    })
}

fn with_params(world: &World, edit: impl FnOnce(&mut AssetParams)) -> Change {
    let mut params = world.asset(0).params;
    edit(&mut params);
    Change::AssetRisk {
        asset_index: 0,
        params: Box::new(params),
    }
}

/// After so many seconds, at a price that moves by a cent.
fn sample_after(stage: &mut Stage, secs: i64, at: usize) -> Asset {
    stage.world.warp(secs);
    let dollars = if at.is_multiple_of(2) { 150.0 } else { 150.01 };
    stage.world.set_price_usd(&stage.sol, dollars);
    stage.world.sample(&stage.sol).expect("sampled");
    stage.world.asset(0)
}

fn margin_atoms(world: &mut World, trader: &Trader) -> i64 {
    world.view(trader).expect("viewed").maintenance.margin_atoms
}

fn depth_in_force(world: &mut World) -> u64 {
    match world.parameters(Some(0)).expect("viewed").effective {
        Effective::Asset {
            depth_quote_atoms, ..
        } => depth_quote_atoms,
        Effective::Portfolio { .. } => panic!("an asset"),
    }
}

/// What the program answers is what a client computes from the accounts.
fn assert_parity(world: &mut World, trader: &Trader) {
    let report = world.view(trader).expect("viewed");
    let (state, account) = (world.exchange_state(), world.state_of(trader));
    let computed = margin::report(&state.exchange, &account, &state.priced(), world.now());
    assert_eq!(computed.expect("computed"), report);
}

#[test]
fn without_trades_l_falls_to_a_half_and_trades_bring_it_back_and_no_further() {
    let mut stage = thin(usd(3_000));
    let trader = stage.trader.clone();
    // The market traded nothing while it was prepared; the trader's $300,000 are more than that.
    while stage.world.asset(0).depth_cut_e9 > 0 {
        sample_after(&mut stage, 900, 1);
    }
    let whole = depth_in_force(&mut stage.world);
    assert!(whole.abs_diff(usd(100_000)) <= 1);

    let (mut last_cut, mut last_margin, mut fell) = (0, i64::MAX, 0);
    for at in 0..14 * 96 {
        let asset = sample_after(&mut stage, 900, at);
        assert!(asset.depth_cut_e9 >= last_cut && asset.depth_cut_e9 - last_cut <= STEP_E9);
        assert!(asset.depth_cut_e9 <= asset.target_cut_e9(stage.world.now()));
        last_cut = asset.depth_cut_e9;
        if at % 4 == 3 {
            let margin = margin_atoms(&mut stage.world, &trader);
            let most = last_margin as f64 * (1.0 + 1.0 / 240.0) + 2.0;
            assert!(margin as f64 <= most, "{last_margin} {margin}");
            fell += i32::from(margin > last_margin);
            last_margin = margin;
        }
        if at % 96 == 0 {
            assert_parity(&mut stage.world, &trader);
        }
    }
    assert_eq!(last_cut, 500_000_000, "half, and never more");
    assert!(fell > 20, "the margin rose in {fell} hours");
    let half = depth_in_force(&mut stage.world);
    assert!(half.abs_diff(whole / 2) <= 1, "{half} {whole}");
    assert_parity(&mut stage.world, &trader);

    // Who trades moves nothing at once, whatever for.
    let sol = stage.sol.clone();
    let before = stage.world.asset(0);
    let per_h = before.turnover().per_h_floor(stage.world.now()).get();
    for units in [-1_000.0, 1_000.0, -1_000.0, 1_000.0] {
        stage.trade(&sol, units);
    }
    let after = stage.world.asset(0);
    assert_eq!(after.depth_cut_e9, before.depth_cut_e9);
    // $600,000 more, at 242.4 hours of mean life.
    let more = after.turnover().per_h_floor(stage.world.now()).get() - per_h;
    assert!(more > usd(2_470) && more < usd(2_480), "{more}");
    let mut samples = 0;
    while stage.world.asset(0).depth_cut_e9 > 0 {
        let before = stage.world.asset(0).depth_cut_e9;
        let after = sample_after(&mut stage, 900, samples).depth_cut_e9;
        assert!(after < before && before - after <= STEP_E9);
        samples += 1;
        if samples % 96 == 0 {
            stage.trade(&sol, -1_000.0); // a day's, more than the reference
            stage.trade(&sol, 1_000.0);
        }
    }
    assert_eq!(samples, 481, "120 h, and one for what is rounded down");
    let asset = sample_after(&mut stage, 900, 0);
    assert_eq!(asset.depth_cut_e9, 0, "never above the governed L");
    assert_eq!(depth_in_force(&mut stage.world), whole);
    stage.world.assert_books();
}

#[test]
fn each_fill_counts_its_notional_at_the_oracle_price() {
    let mut stage = thin(usd(3_000));
    let sol = stage.sol.clone();
    for units in [500.0, -700.0, -100.0] {
        stage.world.warp_fresh(3_600);
        let mut expected = stage.world.asset(0).turnover();
        stage.trade(&sol, units);
        let asset = stage.world.asset(0);
        let size = BaseAtoms::new(sol.atoms(units).unsigned_abs());
        let notional = asset.priced(asset.recorded.price()).notional_floor(size);
        expected.add(notional.expect("in range"), stage.world.now());
        assert_eq!(asset.turnover(), expected, "{units}");
        let dollars = (units.abs() * 150.0) as u64;
        assert!(notional.is_ok_and(|found| found.get().abs_diff(usd(dollars)) <= 1));
    }
}

#[test]
fn each_liquidation_counts_what_it_closes() {
    for closing in [Closing::PositionByPool, Closing::PositionByLiquidator] {
        let mut stage = unhealthy();
        let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
        let on = with_reference(&stage.world, usd(3_000));
        stage.world.change(on).expect("measured from now on");
        stage.world.flag(&trader).expect("flagged");
        stage.world.warp_fresh(11);
        let liquidator = stage.world.new_trader(usd(1_000_000));
        let mut expected = stage.world.asset(0).turnover();
        let sent = stage.world.liquidate(&liquidator, &trader, &sol, closing);
        sent.expect("liquidated");
        let asset = stage.world.asset(0);
        assert!(asset.liquidated_quote_atoms > usd(1_000));
        let closed = QuoteAtoms::new(asset.liquidated_quote_atoms);
        expected.add(closed, stage.world.now());
        assert_eq!(asset.turnover(), expected, "{closing:?}");
    }
}

#[test]
fn a_slice_counts_what_it_closes_of_each_market() {
    let (mut world, trader, liquidator) = deadlocked();
    for asset_index in [1, 2] {
        let mut params = world.asset(asset_index).params;
        params.turnover_reference_quote_atoms = usd(3_000);
        let on = Change::AssetRisk {
            asset_index,
            params: Box::new(params),
        };
        world.change(on).expect("measured from now on");
    }
    world.flag(&trader).expect("flagged");
    world.warp_fresh(11);
    let before = [1, 2].map(|index| world.asset(index).turnover());
    let any = world.handle_of(1);
    let sent = world.liquidate(&liquidator, &trader, &any, Closing::Slice);
    sent.expect("sliced");
    for (index, mut expected) in [1, 2].into_iter().zip(before) {
        let asset = world.asset(index);
        assert!(asset.liquidated_quote_atoms > 0);
        let closed = QuoteAtoms::new(asset.liquidated_quote_atoms);
        expected.add(closed, world.now());
        assert_eq!(asset.turnover(), expected, "{index}");
    }
}

#[test]
fn off_nothing_is_measured_and_nothing_moves() {
    let mut stage = thin(0);
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let whole = depth_in_force(&mut stage.world);
    for at in 0..100 {
        let asset = sample_after(&mut stage, 3_600, at);
        assert_eq!((asset.turnover_quote_atoms, asset.depth_cut_e9), (0, 0));
    }
    stage.trade(&sol, -10.0);
    assert_eq!(stage.world.asset(0).turnover_quote_atoms, 0);
    assert_eq!(depth_in_force(&mut stage.world), whole);
    assert_parity(&mut stage.world, &trader);
}

#[test]
fn a_change_of_the_reference_never_moves_a_margin_at_once_but_down() {
    let mut stage = thin(0);
    let trader = stage.trader.clone();
    let margins = |world: &mut World| {
        let report = world.view(&trader).expect("viewed");
        (report.maintenance.margin_atoms, report.initial.margin_atoms)
    };
    let before = margins(&mut stage.world);
    let (on, more) = (usd(3_000), usd(3_000_000));
    // Governance switches it on; the risk manager may do that too, and ask for more.
    let governed = with_reference(&stage.world, on);
    stage.world.clone().change(governed.clone()).expect("on");
    stage.world.tighten(governed).expect("on");
    let asset = stage.world.asset(0);
    let begun = MarketTurnover::of_reference(QuoteAtoms::new(on), stage.world.now());
    assert_eq!((asset.turnover(), asset.depth_cut_e9), (begun, 0));
    assert_eq!(margins(&mut stage.world), before);
    let raised = with_reference(&stage.world, more);
    stage.world.tighten(raised).expect("more");
    assert_eq!(margins(&mut stage.world), before);
    assert_eq!(
        stage.world.asset(0).turnover(),
        begun,
        "what was measured stays"
    );
    assert_eq!(
        stage.world.asset(0).target_cut_e9(stage.world.now()),
        500_000_000
    );
    // A long silence, and then one sample: a quarter of an hour counts.
    let asset = sample_after(&mut stage, 10 * DAY, 0);
    assert_eq!(asset.depth_cut_e9, STEP_E9);
    for at in 1..=8 {
        let before = margin_atoms(&mut stage.world, &trader);
        let asset = sample_after(&mut stage, 900, at);
        assert_eq!(asset.depth_cut_e9, (at as u64 + 1) * STEP_E9);
        let after = margin_atoms(&mut stage.world, &trader);
        let most = before as f64 * (1.0 + 0.25 / 240.0 + 0.01 / 150.0) + 2.0;
        assert!(after as f64 <= most, "{before} {after}");
    }
    // Off again: all of L at once, and less margin.
    let (before, off) = (margins(&mut stage.world), with_reference(&stage.world, 0));
    let change = stage.world.clone().tighten(off.clone());
    change.expect_err("looser: governance only");
    stage.world.change(off).expect("off");
    let asset = stage.world.asset(0);
    assert_eq!((asset.turnover_quote_atoms, asset.depth_cut_e9), (0, 0));
    let after = margins(&mut stage.world);
    assert!(after.0 < before.0 && after.1 < before.1);
}

#[test]
fn while_a_ramp_of_the_asset_runs_l_is_cut_no_further() {
    let mut stage = thin(usd(3_000));
    let trader = stage.trader.clone();
    let more = with_reference(&stage.world, usd(3_000_000));
    stage.world.tighten(more).expect("more");
    let before = stage.world.asset(0).depth_cut_e9;
    let cut = sample_after(&mut stage, 900, 0).depth_cut_e9;
    assert_eq!(cut, before + STEP_E9);
    let thinner = with_params(&stage.world, |params| {
        params.depth_quote_atoms /= 2;
        params.oi_lo_quote_atoms /= 2;
        params.oi_hi_quote_atoms /= 2;
    });
    stage.world.tighten(thinner).expect("thinner");
    let end_ts = stage.world.asset(0).ramp_end_ts();
    let mut at = 1;
    while stage.world.now() + 900 <= end_ts {
        assert_eq!(sample_after(&mut stage, 900, at).depth_cut_e9, cut);
        at += 1;
    }
    assert!(at > 390, "99 h: {at}");
    assert_parity(&mut stage.world, &trader);
    // Of the next sample's time what lies behind the ramp counts.
    let behind = (stage.world.now() + 900 - end_ts).unsigned_abs();
    let asset = sample_after(&mut stage, 900, at);
    assert_eq!(asset.depth_cut_e9, cut + behind * 1_000_000_000 / 864_000);
    assert_eq!(
        sample_after(&mut stage, 900, at + 1).depth_cut_e9,
        asset.depth_cut_e9 + STEP_E9
    );
}

#[test]
fn a_listing_with_a_reference_begins_at_it() {
    let stage = stage();
    assert_eq!(
        stage.world.asset(0).turnover_quote_atoms,
        0,
        "off as shipped"
    );
    let mut spec = AssetSpec::sol();
    spec.params.turnover_reference_quote_atoms = usd(1_000_000);
    let mut world = World::new();
    world.create_asset(spec);
    let asset = world.asset(0);
    let begun = MarketTurnover::of_reference(QuoteAtoms::new(usd(1_000_000)), asset.turnover_ts);
    assert_eq!((asset.turnover(), asset.depth_cut_e9), (begun, 0));
    assert_eq!(asset.target_cut_e9(asset.turnover_ts), 0);
}
