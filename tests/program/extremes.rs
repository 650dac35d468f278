//! The edges: the fullest account, the largest and smallest prices and sizes, one transaction each.
use crate::support::refused;
use freeboard::error::FreeboardError;
use freeboard::instructions::Closing;
use freeboard::instructions::Effective;
use freeboard::instructions::LiquidateArgs;
use freeboard::state::{Change, PortfolioParams, Scenario};
use freeboard_client::transaction::{Budget, MAX_BYTES};
use freeboard_tests::{AssetSpec, Format, Meta, Trader, World, usd};

/// An exchange with 24 assets, eight of them collateral.
fn wide() -> World {
    World::market((0..24).map(|number| {
        let spec = AssetSpec::new(&format!("A{number}"), 100.0).with_pool_share(41_000_000);
        if number < 16 {
            spec
        } else {
            spec.with_collateral()
        }
    }))
}

/// Sixteen positions and eight collaterals of other assets.
fn full(world: &mut World, dollars: u64) -> Trader {
    let trader = world.new_trader(usd(dollars));
    for asset in world.assets.clone() {
        if asset.index < 16 {
            let units = if asset.index % 2 == 0 { 50.0 } else { -50.0 };
            world
                .trade(&trader, &asset, asset.atoms(units))
                .expect("a position");
        } else {
            world
                .deposit_collateral(&trader, &asset, 10_000_000_000)
                .expect("collateral");
        }
    }
    trader
}

/// Starts a ramp of every asset, of the portfolio and of sixteen scenarios.
fn tighten_everything(world: &mut World) {
    for asset_index in 0..24 {
        let mut params = world.asset(asset_index).params;
        params.depth_quote_atoms /= 2;
        params.oi_lo_quote_atoms /= 2;
        params.oi_hi_quote_atoms /= 2;
        params.s_max_short_e9 += 1_000_000_000;
        params.basis_e9 += 1_000_000;
        let params = Box::new(params);
        let change = Change::AssetRisk {
            asset_index,
            params,
        };
        world.tighten(change).expect("tightened");
    }
    let params = PortfolioParams {
        theta_e9: world.exchange().portfolio.theta_e9 / 2,
        ..world.exchange().portfolio
    };
    world.tighten(Change::Portfolio { params }).expect("θ");
    let scenarios = (1..=16)
        .map(|number| Scenario {
            weight_bps: 10_000,
            shock_bps: [-100 * number, 90, -80, 70, -60, 50, -40, 30 * number],
        })
        .collect();
    world
        .tighten(Change::Scenarios { scenarios })
        .expect("sixteen");
}

fn limits(meta: &Meta) {
    assert!(meta.size.fits(), "{:?}", meta.size);
    assert!(meta.compute_units < 1_400_000, "{}", meta.compute_units);
    assert!(meta.size.accounts > 48, "all 24 assets with their feeds");
}

/// Everything that the owner of a full account does, and then a liquidator whose account is as full.
fn do_everything(world: &mut World, trader: &Trader, liquidator: &Trader) {
    let report = world.view(trader).unwrap();
    assert_eq!(report, world.client_report(trader).unwrap());
    assert_eq!(report.assets.len(), 24);
    let first = world.handle_of(0);
    limits(&world.trade(trader, &first, first.atoms(1.0)).unwrap());
    limits(&world.trade(trader, &first, first.atoms(-1.0)).unwrap());
    limits(&world.withdraw_quote(trader, 1).unwrap());
    let collateral = world.handle_of(20);
    limits(&world.withdraw_collateral(trader, &collateral, 1).unwrap());
    world.warp_fresh(10);
    for asset in world.assets.clone() {
        // Longs and collateral fall, shorts rise: from $100,000 to next to nothing.
        let dollars = if asset.index >= 16 {
            1.0
        } else if asset.index % 2 == 0 {
            55.0
        } else {
            295.0
        };
        world.set_price_usd(&asset, dollars);
    }
    limits(&world.flag(trader).unwrap());
    world.warp_fresh(11);
    for (asset_index, closing) in [
        (3, Closing::PositionByPool),
        (1, Closing::PositionByLiquidator),
    ] {
        let args = LiquidateArgs {
            asset_index,
            max_size_atoms: u64::MAX,
            closing,
        };
        limits(&world.liquidate_with(liquidator, trader, args).unwrap());
    }
    world.assert_books();
}

#[test]
fn the_fullest_account_fits_one_transaction_for_everything() {
    let mut world = wide();
    let (trader, liquidator) = (full(&mut world, 100_000), full(&mut world, 10_000_000));
    do_everything(&mut world, &trader, &liquidator);
}

/// Version 1 names every account itself: what needs a lookup table in version 0 needs none there.
#[test]
fn so_it_does_in_version_1_without_a_table() {
    let mut world = wide();
    world.format = Format::V1;
    let (trader, liquidator) = (full(&mut world, 100_000), full(&mut world, 10_000_000));
    do_everything(&mut world, &trader, &liquidator);
    let first = world.handle_of(0);
    let meta = world.trade(&liquidator, &first, first.atoms(1.0)).unwrap();
    assert!(meta.size.bytes > MAX_BYTES, "{:?}", meta.size);
}

/// The network has no default budget for version 1: a client that asks for nothing gets nothing.
#[test]
fn a_version_1_transaction_that_asks_for_no_budget_does_nothing() {
    let mut world = World::market([AssetSpec::sol()]);
    world.format = Format::V1;
    let trader = world.new_trader(usd(1_000));
    let whole = world.budget;
    let units = Budget {
        compute_units: 0,
        ..whole
    };
    let loaded = Budget {
        loaded_bytes: 0,
        ..whole
    };
    for budget in [units, loaded] {
        world.budget = budget;
        let failure = world.withdraw_quote(&trader, 1).unwrap_err();
        assert_eq!(failure.code, None, "{failure:?}");
    }
    world.budget = whole;
    world
        .withdraw_quote(&trader, 1)
        .expect("the same with a budget");
}

/// Both levels of every asset apart, sixteen scenarios on their way: the most that a valuation can cost.
#[test]
fn so_it_does_while_everything_ramps() {
    let mut world = wide();
    let (trader, liquidator) = (full(&mut world, 100_000), full(&mut world, 10_000_000));
    tighten_everything(&mut world);
    world.warp_fresh(3_600);
    do_everything(&mut world, &trader, &liquidator);
}

#[test]
fn the_parameters_of_an_exchange_with_sixteen_scenarios_fit_return_data() {
    let mut world = World::new();
    let scenario = Scenario {
        weight_bps: 9_999,
        shock_bps: [-8_999; 8],
    };
    let change = Change::Scenarios {
        scenarios: vec![scenario; 16],
    };
    world.tighten(change.clone()).expect("sixteen");
    let parameters = world.parameters(None).expect("all of them");
    assert!(parameters.target.contains(&change));
    let Effective::Portfolio { losses_bps, .. } = parameters.effective else {
        panic!("the exchange")
    };
    assert_eq!(losses_bps.len(), 16);
}

#[test]
fn a_price_of_next_to_nothing_and_one_of_billions() {
    // $0.000000000001 at 18 decimals would be no price at all; a meme at $1e-9 with 5 decimals is.
    let mut meme = AssetSpec::new("MEME", 1.0);
    meme.price = (1_000, -12);
    meme.params.base_decimals = 5;
    meme.params.lot_atoms = 100_000_000_000;
    meme.trade.account_cap_atoms = 400_000_000_000_000_000;
    meme.trade.open_interest_cap_atoms = 400_000_000_000_000_000;
    meme.trade.skew_scale_atoms = 8_000_000_000_000_000_000;
    meme.trade.funding_scale_atoms = 400_000_000_000_000_000;
    meme.params.s_floor_e9 = 100_000_000;
    let mut gold = AssetSpec::new("GOLD", 1.0);
    gold.price = (5_000_000_000, 0);
    gold.params.base_decimals = 18;
    gold.params.lot_atoms = 1_000_000;
    gold.trade.min_notional_quote_atoms = 1_000_000;
    gold.trade.account_cap_atoms = 1_000_000_000_000_000;
    gold.trade.open_interest_cap_atoms = 1_000_000_000_000_000;
    gold.trade.skew_scale_atoms = 20_000_000_000_000_000;
    gold.params.s_floor_e9 = 100_000_000;
    let mut world = World::market([meme, gold]);
    let [meme, gold] = [world.handle_of(0), world.handle_of(1)];
    let trader = world.new_trader(usd(100_000));
    world
        .trade(&trader, &meme, 200_000_000_000_000_000)
        .expect("2e12 tokens, $2,000");
    world
        .trade(&trader, &gold, -400_000_000_000)
        .expect("4e-7 of it, $2,000");
    let report = world.view(&trader).unwrap();
    assert_eq!(report, world.client_report(&trader).unwrap());
    let margin = report.maintenance.margin_atoms;
    assert!((100_000_000..300_000_000).contains(&margin), "{margin}");
    world
        .trade(&trader, &meme, -200_000_000_000_000_000)
        .unwrap();
    world.trade(&trader, &gold, 400_000_000_000).unwrap();
    world.assert_books();
}

#[test]
fn the_largest_deposit_that_fits() {
    let mut world = World::market([AssetSpec::sol().with_collateral()]);
    let sol = world.handle_of(0);
    let trader = world.new_trader(0);
    let held = u64::try_from(i64::MAX).unwrap();
    world
        .deposit_collateral(&trader, &sol, held)
        .expect("the largest signed number");
    assert_eq!(world.asset(0).collateral_total_atoms, held);
    world
        .withdraw_collateral(&trader, &sol, held)
        .expect("and back");
    world.assert_books();
}

#[test]
fn sizes_beyond_the_range_are_refused_not_wrapped() {
    let mut sol = AssetSpec::sol();
    sol.params.lot_atoms = 1;
    let mut world = World::market([sol]);
    let sol = world.handle_of(0);
    let trader = world.new_trader(usd(1_000));
    for size_atoms in [i64::MAX, i64::MIN, i64::MIN + 1] {
        let failure = world.trade(&trader, &sol, size_atoms).unwrap_err();
        assert!(
            failure
                .code
                .is_some_and(|code| (6_000..7_000).contains(&code)),
            "{failure:?}"
        );
    }
    assert!(!world.state_of(&trader).has_positions());
    world.assert_books();
}

#[test]
fn one_lot_of_the_smallest_position_opens_and_closes() {
    let mut world = World::market([AssetSpec::sol()]);
    let sol = world.handle_of(0);
    let trader = world.new_trader(usd(5));
    world
        .trade(&trader, &sol, sol.atoms(0.07))
        .expect("$10.50 on $5");
    world.trade(&trader, &sol, -sol.atoms(0.07)).unwrap();
    let left = world.quote_of(&trader);
    assert!((4_900_000..5_000_000).contains(&left), "{left}");
    let beyond = world.withdraw_quote(&trader, left.unsigned_abs() + 1);
    refused(beyond, FreeboardError::InitialMarginNotMet);
    world.withdraw_quote(&trader, left.unsigned_abs()).unwrap();
    world.assert_books();
}
