//! The joint scenarios of the shipped parameters: they hold books that are netted, and no lone position notices them.
use freeboard::instructions::BindingTerm;
use freeboard_tests::{AssetSpec, ExchangeSpec, Trader, World, shipped, usd};

/// Prices of the shipped assets, USD.
const PRICES: [(&str, f64); 3] = [("BTC", 100_000.0), ("ETH", 4_000.0), ("SOL", 150.0)];

/// The shipped assets in a quiet market, with or without the shipped scenarios.
fn market(with_scenarios: bool) -> World {
    let file = shipped();
    let mut exchange = ExchangeSpec::of_file(&file);
    if !with_scenarios {
        exchange.scenarios.clear();
    }
    let assets = PRICES.map(|(name, dollars)| {
        let entry = file.asset(name).expect("a shipped asset");
        AssetSpec::of_entry(entry, dollars)
    });
    World::market_of(exchange, assets)
}

/// Who holds these notionals of BTC, ETH and SOL, USD.
fn holder(world: &mut World, notionals: [f64; 3]) -> Trader {
    let trader = world.new_trader(usd(100_000));
    for ((notional, (_, dollars)), index) in notionals.into_iter().zip(PRICES).zip(0..) {
        if notional != 0.0 {
            let asset = world.handle_of(index);
            let lot = world.asset(index).params.lot_atoms as i64;
            let atoms = asset.atoms(notional / dollars) / lot * lot;
            world.trade(&trader, &asset, atoms).expect("opened");
        }
    }
    trader
}

/// The maintenance margin of a book and what sets it.
fn maintenance(world: &mut World, notionals: [f64; 3]) -> (i64, BindingTerm) {
    let trader = holder(world, notionals);
    let report = world.view(&trader).expect("a view");
    (report.maintenance.margin_atoms, report.maintenance_binding)
}

#[test]
fn sol_against_the_others_is_held_by_the_scenario_in_which_they_part() {
    let book = [25_000.0, 25_000.0, -50_000.0];
    let (without, binding) = maintenance(&mut market(false), book);
    assert_eq!(binding, BindingTerm::Var);
    let (with, binding) = maintenance(&mut market(true), book);
    let BindingTerm::Scenario(index) = binding else {
        panic!("{binding:?} binds, {with} beside {without}");
    };
    assert!(with > without, "{with} {without}");
    // It is the one in which SOL rises and the others fall.
    let shocks = shipped().scenarios[usize::from(index)].shock_bps;
    assert!(
        shocks[0] < 0 && shocks[1] < 0 && shocks[2] > 0,
        "{shocks:?}"
    );
}

#[test]
fn a_lone_major_notices_no_scenario_at_usual_volatility() {
    let (mut held, mut free) = (market(true), market(false));
    for index in 0..3 {
        for sign in [1.0, -1.0] {
            let mut book = [0.0; 3];
            book[index] = sign * 50_000.0;
            let (without, _) = maintenance(&mut free, book);
            let with = maintenance(&mut held, book);
            assert_eq!(with, (without, BindingTerm::Var), "{book:?}");
        }
    }
}

/// The client computes what the program computes.
#[test]
fn the_client_names_the_same_scenario() {
    let mut world = market(true);
    let trader = holder(&mut world, [25_000.0, 25_000.0, -50_000.0]);
    let viewed = world.view(&trader).expect("a view");
    let computed = world.client_report(&trader).expect("a report");
    assert_eq!(computed, viewed);
    assert!(matches!(
        viewed.maintenance_binding,
        BindingTerm::Scenario(_)
    ));
}
