//! What a tightening does to accounts on the bytecode: the initial margin asks for more at once, the maintenance
//! margin gradually, and nobody becomes liquidatable by it from one moment to the next.
use crate::support::{Stage, refused, stage};
use freeboard::error::FreeboardError;
use freeboard::instructions::Effective;
use freeboard::state::{AssetParams, Change, PortfolioParams, Scenario};
use freeboard_client::{parameters::ParameterFile, risk::params as risk};
use freeboard_tests::{AssetSpec, Trader, World, usd};

const DAY: i64 = 86_400;

fn margins(world: &mut World, trader: &Trader) -> (i64, i64) {
    let report = world.view(trader).unwrap();
    (report.maintenance.margin_atoms, report.initial.margin_atoms)
}

/// MM an hour later, at the same prices.
fn an_hour_later(world: &mut World, trader: &Trader) -> i64 {
    world.warp_fresh(3_600);
    margins(world, trader).0
}

fn asset_risk(world: &World, edit: impl FnOnce(&mut AssetParams)) -> Change {
    let mut params = world.asset(0).params;
    edit(&mut params);
    Change::AssetRisk {
        asset_index: 0,
        params: Box::new(params),
    }
}

/// A market that absorbs so many times less.
fn thinner(params: &mut AssetParams, times: u64) {
    params.depth_quote_atoms /= times;
    params.oi_lo_quote_atoms /= times;
    params.oi_hi_quote_atoms /= times;
}

/// Everything that the risk manager can do to a lone position in one transaction each.
fn tightenings(world: &World) -> Vec<(&'static str, Change)> {
    let exchange = world.exchange();
    let crash = Scenario {
        weight_bps: 10_000,
        shock_bps: [-9_000; 8],
    };
    vec![
        ("floor", asset_risk(world, |p| p.s_floor_e9 = 400_000_000)),
        ("depth", asset_risk(world, |p| thinner(p, 100))),
        (
            "phi",
            Change::Portfolio {
                params: PortfolioParams {
                    phi_e9: 1_000_000_000,
                    theta_e9: 0,
                    ..exchange.portfolio
                },
            },
        ),
        (
            "a new scenario",
            Change::Scenarios {
                scenarios: vec![crash],
            },
        ),
    ]
}

#[test]
fn im_rises_at_once_and_mm_by_at_most_five_percent_an_hour() {
    let mut stage = stage();
    let sol = stage.sol.clone();
    stage.trade(&sol, 100.0);
    for (name, change) in tightenings(&stage.world) {
        let Stage {
            mut world, trader, ..
        } = stage.clone();
        let (before_mm, before_im) = margins(&mut world, &trader);
        world.tighten(change).unwrap();
        let (mm, im) = margins(&mut world, &trader);
        assert!(mm <= before_mm, "{name}: MM rises at once {before_mm} {mm}");
        assert!(im >= before_im, "{name}: IM falls {before_im} {im}");
        assert!(4 * im >= 5 * mm, "{name}");
        let mut last = before_mm;
        for hour in 0..4 {
            let mm = an_hour_later(&mut world, &trader);
            let limit = last + last / 20 + 1;
            assert!(mm <= limit, "{name}: hour {hour}: {last} {mm}");
            last = mm;
        }
    }
}

#[test]
fn a_scenario_that_sets_im_at_once_sets_mm_when_its_ramp_has_ended() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 100.0);
    let world = &mut stage.world;
    let (before_mm, _) = margins(world, &trader);
    let notional = world.view(&trader).unwrap().gross_notional_atoms;
    let scenarios = vec![Scenario {
        weight_bps: 10_000,
        shock_bps: [-9_000; 8],
    }];
    let meta = world.tighten(Change::Scenarios { scenarios }).unwrap();
    let freeboard_client::events::Event::ParametersChanged(event) = meta.event() else {
        panic!("another event")
    };
    // 240 h for each time that the loss grows beyond 0.5 %.
    let ramp_secs = event.ramp_end_ts - world.now();
    assert!(ramp_secs > 100 * DAY, "{ramp_secs}");
    let (mm, im) = margins(world, &trader);
    assert_eq!(mm, before_mm);
    assert!(im >= notional / 10 * 9, "{im} {notional}");
    // Half of the way, half of the loss.
    world.warp_fresh(ramp_secs / 2);
    let (half, _) = margins(world, &trader);
    let share = half as f64 / notional as f64;
    assert!((0.44..0.46).contains(&share), "{share}");
    world.warp_fresh(ramp_secs);
    let (mm, im) = margins(world, &trader);
    assert!(mm >= notional / 10 * 9 && im >= mm / 4 * 5, "{mm} {im}");
}

#[test]
fn weight_falls_for_im_at_once_and_for_mm_by_a_point_an_hour() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    world
        .deposit_collateral(&trader, &sol, 100_000_000_000)
        .unwrap();
    let equities = |world: &mut World| {
        let report = world.view(&trader).unwrap();
        (report.maintenance.equity_atoms, report.initial.equity_atoms)
    };
    let before = equities(world);
    let worth = 15_000_000_000; // 100 SOL at $150
    world
        .change(asset_risk(world, |p| p.collateral_weight_e9 = 500_000_000))
        .unwrap();
    let after = equities(world);
    assert_eq!(after.0, before.0);
    assert!(
        after.1 <= before.1 - worth / 2 + 1_000_000_000,
        "{before:?} {after:?}"
    );
    for hours in 1..=60 {
        world.warp_fresh(3_600);
        let (now, _) = equities(world);
        let lost = (before.0 - now) as f64 / worth as f64;
        let promised = f64::from(hours.min(50)) / 100.0;
        assert!((lost - promised).abs() < 1e-6, "{hours} h: {lost}");
    }
}

#[test]
fn a_loosening_acts_at_once_and_a_tightening_after_it_starts_there() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 100.0);
    let world = &mut stage.world;
    let (start, _) = margins(world, &trader);
    let looser = asset_risk(world, |p| p.max_rate_per_h_e9 = 0);
    world.change(looser).unwrap();
    let (low, _) = margins(world, &trader);
    assert!(low < start, "{start} {low}");
    let back = asset_risk(world, |p| p.max_rate_per_h_e9 = 50_000);
    world.change(back).unwrap();
    assert_eq!(margins(world, &trader).0, low);
}

#[test]
fn effective_and_target_are_reported_apart() {
    let mut stage = stage();
    let world = &mut stage.world;
    let before = world.parameters(Some(0)).unwrap();
    let tighter = asset_risk(world, |p| thinner(p, 4));
    world.tighten(tighter.clone()).unwrap();
    let after = world.parameters(Some(0)).unwrap();
    assert!(after.target.contains(&tighter));
    assert_eq!((before.versions[0], after.versions[0]), (0, 1));
    let depth = |parameters: &freeboard::instructions::Parameters| match parameters.effective {
        Effective::Asset {
            depth_quote_atoms,
            ramp_end_ts,
            ..
        } => (depth_quote_atoms, ramp_end_ts),
        Effective::Portfolio { .. } => panic!("an asset"),
    };
    let (was, _) = depth(&before);
    let (is, end) = depth(&after);
    assert!(was.abs_diff(is) <= 1, "{was} {is}");
    // √4 − 1 = 1: 240 h.
    assert_eq!(end, world.now() + 864_001); // up
    world.warp_fresh(864_001);
    let (is, _) = depth(&world.parameters(Some(0)).unwrap());
    assert!((was / 4).abs_diff(is) <= 1, "{was} {is}");

    let exchange = world.parameters(None).unwrap();
    assert_eq!(exchange.timelock_secs, 86_400);
    assert_eq!(exchange.target.len(), 8);
    let Effective::Portfolio { theta_q60, .. } = exchange.effective else {
        panic!("the exchange")
    };
    let theta = theta_q60 as f64 / 2f64.powi(60);
    let target = world.exchange().portfolio.theta_e9 as f64 / 1e9;
    assert!((theta - target).abs() < 1e-12);
}

/// An account at the edge of its initial margin may still reduce and close after a tightening, and nothing else.
#[test]
fn who_no_longer_meets_im_can_still_leave() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 3_000.0);
    let world = &mut stage.world;
    world
        .tighten(asset_risk(world, |p| {
            p.s_floor_e9 = 500_000_000;
        }))
        .unwrap();
    refused(
        world.trade(&trader, &sol, sol.atoms(1.0)),
        FreeboardError::InitialMarginNotMet,
    );
    assert!(!world.view(&trader).unwrap().is_liquidatable);
    world.trade(&trader, &sol, sol.atoms(-1_000.0)).unwrap();
    world.trade(&trader, &sol, sol.atoms(-2_000.0)).unwrap();
    world.withdraw_quote(&trader, 1_000_000_000).unwrap();
}

const SHIPPED: &str = include_str!("../../../migrations/parameters/default.toml");

/// A market with the shipped parameters of an asset, and who holds 10 units of it.
fn shipped_market(name: &str) -> (World, Trader) {
    let file = ParameterFile::parse(SHIPPED).expect("the shipped file");
    let mut spec = AssetSpec::new(name, 100.0);
    spec.params = file.asset(name).expect(name).params.into();
    let mut world = World::market([spec]);
    let trader = world.new_trader(usd(2_000));
    let asset = world.assets[0].clone();
    world
        .trade(&trader, &asset, asset.atoms(10.0))
        .expect("opened");
    (world, trader)
}

/// At the shipped parameters σ_cap stands at its bound, so a higher k must take it along: here by a third, in a quiet
/// market and in a storm at the cap.
#[test]
fn k_of_the_shipped_parameters_is_raised_by_a_third_and_takes_its_cap_along() {
    for name in ["BTC", "ETH", "SOL"] {
        let (mut world, trader) = shipped_market(name);
        let old: risk::AssetParams = world.asset(0).params.into();
        let third = old.k_e9 + old.k_e9.div_ceil(3);
        let raised = asset_risk(&world, |p| p.k_e9 = third);
        let (mm, im) = margins(&mut world, &trader);
        let meta = world.tighten(raised).expect("tighter");
        let new: risk::AssetParams = world.asset(0).params.into();
        assert_eq!(new.k_e9, third);
        assert!(new.sigma_cap_e9 < old.sigma_cap_e9, "{name}");
        // k·σ_cap·√h ≤ ½, h_mm is an hour; and one unit more would be beyond.
        let product = |cap: u64| u128::from(third) * u128::from(cap) * 2;
        assert!(
            product(new.sigma_cap_e9) <= 1_000_000_000_000_000_000,
            "{name}"
        );
        assert!(
            product(new.sigma_cap_e9 + 1) > 1_000_000_000_000_000_000,
            "{name}"
        );
        // Nothing else changed, and the event says what is in force.
        let only = risk::AssetParams {
            k_e9: third,
            sigma_cap_e9: new.sigma_cap_e9,
            ..old
        };
        assert_eq!(new, only);
        let freeboard_client::events::Event::ParametersChanged(event) = meta.event() else {
            panic!("another event")
        };
        let Change::AssetRisk { params, .. } = event.new else {
            panic!("another change")
        };
        assert_eq!(risk::AssetParams::from(*params), new);
        // IM at once, MM at its pace, and after a week by what k says.
        let (mm_now, im_now) = margins(&mut world, &trader);
        assert_eq!(mm_now, mm, "{name}");
        assert!(im_now > im + im / 4, "{name}: {im} {im_now}");
        for _ in 0..24 {
            world.warp_fresh(3_600);
        }
        let (later, _) = margins(&mut world, &trader);
        assert!(later > mm + mm / 4, "{name}: {mm} {later}");
    }
}

/// In a storm at the cap a higher k asks for what it asked before, not for less.
#[test]
fn a_cap_that_a_higher_k_lowers_takes_no_margin_away_in_a_storm() {
    let (mut world, trader) = shipped_market("SOL");
    let asset = world.assets[0].clone();
    world.deposit_quote(&trader, usd(100_000)).expect("paid in");
    // Swings of a fifth every five minutes, until σ stands at its cap and MM at half of the price.
    let mut dollars = [100.0, 80.0].into_iter().cycle();
    for _ in 0..60 * 12 {
        world.warp(300);
        world.set_price_usd(&asset, dollars.next().expect("a cycle"));
        world.sample(&asset).expect("a sample");
    }
    let (mm, im) = margins(&mut world, &trader);
    let notional = world.view(&trader).expect("a report").gross_notional_atoms;
    assert!(mm > notional / 100 * 49, "at the cap: {mm} of {notional}");
    let third = asset_risk(&world, |p| p.k_e9 += p.k_e9.div_ceil(3));
    world.tighten(third).expect("tighter");
    let (mm_now, im_now) = margins(&mut world, &trader);
    let slack = notional / 10_000_000;
    assert!(
        mm_now >= mm - slack && im_now >= im - slack,
        "{mm} {mm_now} {im} {im_now}"
    );
}

/// What only looks like it: a cap lower than k leaves it, a cap without a k, a longer horizon beside it.
#[test]
fn no_other_fall_of_the_cap_is_a_tightening() {
    let (mut world, _) = shipped_market("BTC");
    let cap = |world: &World, k_more: u64, cap_less: u64, h_more: u32| {
        asset_risk(world, |p| {
            p.k_e9 += k_more;
            p.h_mm_secs += h_more;
            let mut core: risk::AssetParams = (*p).into();
            core.sigma_cap_e9 = core
                .sigma_cap_e9
                .min(core.sigma_cap_of_k().expect("in range"));
            p.sigma_cap_e9 = core.sigma_cap_e9 - cap_less;
        })
    };
    for (k_more, cap_less, h_more) in [(0, 1, 0), (1_000_000_000, 1, 0), (1_000_000_000, 0, 60)] {
        let change = cap(&world, k_more, cap_less, h_more);
        refused(world.tighten(change), FreeboardError::ChangeNotTighter);
    }
    // Beyond the bound of k, or with a cap below σ_stress, the bounds refuse as ever.
    let beyond = asset_risk(&world, |p| p.k_e9 = 6_000_000_001);
    refused(world.tighten(beyond), FreeboardError::KOutOfBounds);
    // Written out it is the same as left to the program.
    let written = cap(&world, 1_000_000_000, 0, 0);
    world.tighten(written).expect("tighter");
    // In many small steps the cap ends where one step puts it.
    let (mut one, _) = shipped_market("BTC");
    let at_once = asset_risk(&one, |p| p.k_e9 += 1_000_000_000);
    one.tighten(at_once).expect("tighter");
    let (mut many, _) = shipped_market("BTC");
    for _ in 0..10 {
        let step = asset_risk(&many, |p| p.k_e9 += 100_000_000);
        many.tighten(step).expect("tighter");
    }
    let caps = [&world, &one, &many].map(|world| world.asset(0).params.sigma_cap_e9);
    assert_eq!(caps, [caps[0]; 3]);
}
