//! Markets that end, as diff and simulate say them.
use freeboard_client::freeboard::error::FreeboardError;
use freeboard_client::freeboard::state::Change;
use freeboard_sandbox::governance::TIMELOCK_SECS;
use serde_json::{Value, json};

use crate::simulate::margins;
use crate::{Scene, answer, dump, failure, file, of, place, scene, text};

const SETTLE: Change = Change::SettleDeadFeed { asset_index: 0 };

/// A scene in which it was proposed to settle SOL for its dead feed.
fn proposed() -> Scene {
    let mut scene = scene();
    scene.world.warp(1);
    scene.world.propose(SETTLE).expect("proposed");
    scene.world.warp(TIMELOCK_SECS);
    scene
}

fn waiting(scene: &Scene) -> Value {
    let folder = dump(&scene.world, &[&SETTLE]);
    let now = scene.world.now().to_string();
    answer(&["diff"], folder.path(), &["--now", &now])["pending"][0].clone()
}

/// Before, the price does not count; afterwards it is the last one for ever, as the program says too.
#[test]
fn a_dead_feed_is_simulated_as_the_program_settles_it() {
    let mut scene = proposed();
    let said = waiting(&scene);
    assert_eq!(said["status"]["state"], "executable");
    assert!(said["kind"].as_str().unwrap().contains("no more deposits"));
    let cancelled_by = said["cancelled_by"].as_str().unwrap();
    assert!(cancelled_by.contains("who shows a price of its feed published since"));

    let folder = dump(&scene.world, &[&SETTLE]);
    let pending = file(folder.path(), &place(&scene.world, &SETTLE));
    let now = scene.world.now().to_string();
    let said = answer(
        &["simulate", pending.to_str().unwrap()],
        folder.path(),
        &["--now", &now],
    );
    let bold = scene.bold.clone();
    let mut before = margins(&scene.world.view(&bold).unwrap());
    before["unusable_prices"] = json!(["SOL"]);
    assert_eq!(of(&said, &bold)["before"], before);
    scene.world.execute(&SETTLE).unwrap();
    let after = margins(&scene.world.view(&bold).unwrap());
    assert_eq!(of(&said, &bold)["after"], after);

    // A market that has ended needs no feed.
    let folder = dump(&scene.world, &[]);
    std::fs::remove_file(file(folder.path(), &scene.sol.feed)).unwrap();
    let (_kept, path) = crate::changes("[portfolio]\nphi_e9 = 200_000_000");
    let said = answer(&["simulate", &path], folder.path(), &["--now", &now]);
    assert_eq!(of(&said, &bold)["before"], after);
    assert_eq!(said["summary"]["unpriced"], 0);
    let page = text(&["diff"], folder.path(), &["--now", &now]);
    assert!(
        page.contains("SOL: ended: no trades, no deposits; positions are settled.\n"),
        "{page}"
    );
}

#[test]
fn a_feed_that_a_dump_shows_alive_is_not_dead() {
    let mut scene = proposed();
    scene.world.refresh_prices();
    let refusal = FreeboardError::FeedNotDead;
    assert_eq!(
        scene.world.execute(&SETTLE).unwrap_err().code,
        Some(refusal as u32)
    );
    let said = waiting(&scene);
    assert_eq!(said["status"]["state"], "refused");
    assert_eq!(said["status"]["refusal"]["code"], refusal as u32);
    let folder = dump(&scene.world, &[&SETTLE]);
    let pending = file(folder.path(), &place(&scene.world, &SETTLE));
    let error = failure(&["simulate", pending.to_str().unwrap()], folder.path(), &[]);
    assert!(error.contains("6722 FeedNotDead"), "{error}");
}

/// It takes the collateral weight, so what was proposed against the old shocks is void; so is what the risk manager would do.
#[test]
fn a_wind_down_makes_other_shocks_stale() {
    let mut scene = scene();
    let shocks = scene.risk(|params| params.s_floor_e9 += 1);
    scene.world.propose_in_time(shocks.clone()).unwrap();
    let sol = scene.sol.clone();
    let said = |scene: &Scene| {
        let folder = dump(&scene.world, &[&shocks]);
        let now = scene.world.now().to_string();
        answer(&["diff"], folder.path(), &["--now", &now])["pending"][0].clone()
    };
    let before = said(&scene);
    assert_eq!(before["status"]["state"], "executable");
    assert_eq!(before["at_once_by"], "the risk manager");
    scene.world.wind_down(&sol);
    let after = said(&scene);
    assert_eq!(after["status"]["state"], "stale");
    assert_eq!(after["at_once_by"], Value::Null);
}
