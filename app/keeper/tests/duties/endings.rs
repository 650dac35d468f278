//! A market ends: prices of its last day, then its positions.
use freeboard_keeper::job::Duty;
use freeboard_sandbox::client::freeboard::state::AssetStatus;
use freeboard_sandbox::usd;

use crate::stage::Stage;

#[test]
fn a_market_is_ended_and_its_positions_are_settled() {
    let mut stage = Stage::new();
    let sol = stage.asset(0);
    let traders = [10.0, -20.0].map(|units| {
        let trader = stage.world.new_trader(usd(100_000));
        stage.world.trade(&trader, &sol, sol.atoms(units)).unwrap();
        trader
    });
    stage.none(Duty::Endings);
    stage.world.wind_down(&sol);
    stage.none(Duty::Endings); // seven days are left
    stage.world.warp_fresh(6 * 86_400);
    let mut prices = 0;
    while stage.world.asset(0).status() != AssetStatus::Settled {
        stage.does(Duty::Endings);
        if stage.world.asset(0).status() != AssetStatus::Settled {
            stage.none(Duty::Endings); // one a minute
        }
        stage.world.warp_fresh(900);
        prices += 1;
        assert!(prices < 200);
    }
    assert!(prices > 90, "{prices}: the whole last day counts");
    let jobs = stage.wanted(Duty::Endings);
    assert_eq!(jobs.len(), 2);
    for job in jobs {
        stage.send(&job).expect("settled");
    }
    for trader in traders {
        assert_eq!(stage.world.size_of(&trader, 0), 0);
    }
    stage.none(Duty::Endings);
}
