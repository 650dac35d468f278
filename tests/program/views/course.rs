//! Where time alone takes a margin, as the client foresees it: on the chain it is there at that second, and not a second
//! before.
use crate::support::{Stage, stage};
use freeboard::state::{AssetParams, Change};
use freeboard_client::course::MarginCourse;
use freeboard_tests::{Trader, usd};

/// A long of 1,000 SOL on this many dollars against a short of as many, so that nobody pays funding.
fn balanced(dollars: u64) -> (Stage, Trader) {
    let mut stage = stage();
    let sol = stage.sol.clone();
    let long = stage.world.new_trader(usd(dollars));
    stage.trade(&sol, -1_000.0);
    let opened = stage.world.trade(&long, &sol, sol.atoms(1_000.0));
    opened.expect("opened");
    (stage, long)
}

/// A floor of the shock at this share, in per cent: MM follows it by its speed limit.
fn raise_floor(stage: &mut Stage, percent: u64) {
    let params = stage.world.asset(0).params;
    let change = Change::AssetRisk {
        asset_index: 0,
        params: Box::new(AssetParams {
            s_floor_e9: percent * 10_000_000,
            ..params
        }),
    };
    stage.world.tighten(change).expect("tighter");
}

fn course(stage: &Stage, trader: &Trader) -> MarginCourse {
    let world = &stage.world;
    let (exchange, account) = (world.exchange(), world.state_of(trader));
    MarginCourse::new(&exchange, &account, &world.priced_assets(), world.now()).expect("a course")
}

fn margin_atoms(stage: &mut Stage, trader: &Trader) -> i128 {
    let report = stage.world.view(trader).expect("a report");
    report.liquidation.margin_atoms.into()
}

#[test]
fn at_rest_there_is_nothing_to_wait_for() {
    let (mut stage, long) = balanced(50_000);
    let at_rest = course(&stage, &long);
    assert_eq!(at_rest.settled_after_secs, Some(0));
    assert_eq!(
        at_rest.settled_margin_atoms,
        margin_atoms(&mut stage, &long)
    );
    assert_eq!(at_rest.liquidatable_after_secs, None);
}

#[test]
fn the_margin_arrives_at_the_second_that_was_foreseen() {
    let (mut stage, long) = balanced(50_000);
    let before = margin_atoms(&mut stage, &long);
    raise_floor(&mut stage, 10);
    assert_eq!(margin_atoms(&mut stage, &long), before, "not at once");
    let foreseen = course(&stage, &long);
    let secs = foreseen.settled_after_secs.expect("it arrives");
    // From 5.625 % to 10 % at 3 % an hour.
    let hours = (0.1_f64 / 0.05625).ln() / 1.03_f64.ln();
    assert!((secs as f64 / 3_600.0 - hours).abs() < 0.1, "{secs}");
    assert_eq!(foreseen.liquidatable_after_secs, None);
    stage.world.warp_fresh(secs - 1);
    let nearly = margin_atoms(&mut stage, &long);
    assert!(before < nearly && nearly < foreseen.settled_margin_atoms);
    assert_eq!(course(&stage, &long).settled_after_secs, Some(1));
    stage.world.warp_fresh(1);
    let arrived = margin_atoms(&mut stage, &long);
    assert_eq!(arrived, foreseen.settled_margin_atoms);
    assert_eq!(course(&stage, &long).settled_after_secs, Some(0));
}

#[test]
fn an_account_that_the_margin_passes_is_liquidatable_at_the_second_that_was_foreseen() {
    // The initial margin is some $17,000: enough to open, and less than 15 % of $150,000.
    let (mut stage, long) = balanced(18_000);
    raise_floor(&mut stage, 15);
    let foreseen = course(&stage, &long);
    let secs = foreseen.liquidatable_after_secs.expect("on the way");
    assert!(secs > 3_600 && Some(secs) < foreseen.settled_after_secs);
    stage.world.warp_fresh(secs - 1);
    assert!(!stage.world.view(&long).expect("a report").is_liquidatable);
    stage.world.warp_fresh(1);
    assert!(stage.world.view(&long).expect("a report").is_liquidatable);
    assert_eq!(course(&stage, &long).liquidatable_after_secs, Some(0));
}
