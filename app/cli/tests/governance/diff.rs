//! What waits and what runs, as a member of governance or a trader reads it.
use freeboard_client::freeboard::governance::pauses::Operation;
use freeboard_client::freeboard::state::{Change, Role};
use freeboard_client::{address, decode};
use freeboard_sandbox::governance::TIMELOCK_SECS;
use freeboard_sandbox::{AssetSpec, FeedKind, NewFeed};
use serde_json::{Value, json};

use crate::{Scene, answer, crash, dump, scene, text, write};

fn now(scene: &Scene) -> String {
    scene.world.now().to_string()
}

fn field<'a>(change: &'a Value, name: &str) -> &'a Value {
    let fields = change["fields"].as_array().unwrap();
    fields
        .iter()
        .find(|field| field["name"] == name)
        .expect(name)
}

#[test]
fn nothing_waits() {
    let scene = scene();
    let folder = dump(&scene.world, &[]);
    let said = answer(&["diff"], folder.path(), &["--now", &now(&scene)]);
    for list in ["pending", "offers", "markets", "pauses"] {
        assert_eq!(said[list], json!([]), "{list}");
    }
    let page = text(&["diff"], folder.path(), &[]);
    assert!(page.contains("Nothing waits."), "{page}");
}

#[test]
fn a_change_is_said_field_by_field() {
    let mut scene = scene();
    let change = scene.risk(|params| {
        params.k_e9 = 2_000_000_000;
        params.collateral_weight_e9 = 900_000_000;
        params.depth_quote_atoms *= 2;
        params.h_mm_secs = 5_400;
        params.h_im_secs = 21_600;
        params.basis_e9 += 1_000_000;
    });
    let before = scene.world.asset(0).params;
    let (number, _) = scene.world.propose(change.clone()).unwrap();
    let folder = dump(&scene.world, &[&change]);
    let said = answer(&["diff"], folder.path(), &["--now", &now(&scene)]);
    let waiting = &said["pending"][0];
    let proposed_ts = scene.world.now();
    assert_eq!(waiting["number"], number);
    assert_eq!(waiting["concerns"], "SOL");
    assert_eq!(waiting["status"], json!({ "state": "waits" }));
    assert_eq!(said["timelock_secs"], 86_400);
    assert_eq!(said["delay_secs"], 129_600);
    assert_eq!(waiting["executable_ts"], proposed_ts + 129_600);
    assert_eq!(waiting["expires_ts"], proposed_ts + 129_600 + 7 * 86_400);
    assert_eq!(waiting["at_once_by"], Value::Null);
    let k = field(waiting, "k_e9");
    assert_eq!(k["old"], before.k_e9);
    assert_eq!(k["new_text"], "2");
    assert_eq!(k["effect"], "IM at once, MM by the speed limit");
    let collateral_weight = field(waiting, "collateral_weight_e9");
    assert_eq!(collateral_weight["old_text"], "100 %");
    assert_eq!(collateral_weight["new_text"], "90 %");
    assert_eq!(collateral_weight["side"], "no_side");
    assert_eq!(
        collateral_weight["effect"],
        "IM at once, MM by a point an hour"
    );
    let basis = field(waiting, "basis_e9");
    assert_eq!(basis["side"], "tighter");
    let effect = basis["effect"].as_str().unwrap();
    assert!(effect.starts_with("IM at once, MM by a ramp until 20"));
    let depth = field(waiting, "depth_quote_atoms");
    assert_eq!(depth["side"], "looser");
    assert_eq!(depth["effect"], "IM and MM at once");
    assert_eq!(field(waiting, "h_mm_secs")["new_text"], "1 h 30 min");
    let page = text(&["diff"], folder.path(), &["--now", &now(&scene)]);
    for part in [
        "timelock 1 d, a change waits 1 d 12 h, at 20",
        "can be carried out in 1 d 12 h\n",
        "100 % → 90 %",
        "1000000000 → 900000000",
        "cancel_change, number",
        &scene.world.exchange().guardian.to_string(),
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
}

#[test]
fn a_longer_timelock_counts_for_what_waits_already() {
    let mut scene = scene();
    let change = crash();
    scene.world.propose_in_time(change.clone()).unwrap();
    let state = |scene: &Scene| {
        let folder = dump(&scene.world, &[&change]);
        answer(&["diff"], folder.path(), &["--now", &now(scene)])["pending"][0].clone()
    };
    let before = state(&scene);
    assert_eq!(before["status"]["state"], "executable");
    assert_eq!(before["at_once_by"], "the risk manager");
    let shock = field(&before, "scenarios[0].weight·shock[0]");
    assert_eq!(shock["old_text"], "0 %");
    assert_eq!(shock["new_text"], "−40 %");
    assert!(
        shock["effect"]
            .as_str()
            .unwrap()
            .contains("by a ramp until 20")
    );
    let longer = Change::Timelock { secs: 2 * 86_400 };
    scene.world.propose_in_time(longer.clone()).unwrap();
    let folder = dump(&scene.world, &[&longer]);
    let waiting = answer(&["diff"], folder.path(), &["--now", &now(&scene)])["pending"][0].clone();
    assert_eq!(waiting["at_once_by"], "governance");
    scene.world.execute(&longer).unwrap();
    let after = state(&scene);
    assert_eq!(after["status"]["state"], "waits");
    let executable_ts = |waiting: &Value| waiting["executable_ts"].as_i64().unwrap();
    // From 36 h, which LPs need, to 2 d.
    assert_eq!(executable_ts(&after), executable_ts(&before) + 43_200);
    assert_eq!(after["expires_ts"], before["expires_ts"]);

    // A delay beyond its end: it is void before it could be carried out, whenever that is asked.
    let longest = Change::Timelock { secs: 30 * 86_400 };
    let (governance, version) = (
        scene.world.governance.clone(),
        scene.world.version(&longest),
    );
    let tightened = scene.world.tighten_as(&governance, version, longest);
    tightened.expect("governance tightens its own timelock");
    let late = state(&scene);
    assert_eq!(late["status"]["state"], "too_late");
    assert_eq!(late["expires_ts"], before["expires_ts"]);
    let folder = dump(&scene.world, &[&change]);
    let page = text(&["diff"], folder.path(), &["--now", &now(&scene)]);
    assert!(
        page.contains("timelock 30 d, a change waits 30 d, at"),
        "{page}"
    );
    assert!(page.contains("longer than it lives"), "{page}");
    let pending = crate::file(folder.path(), &crate::place(&scene.world, &change));
    let page = text(&["simulate", pending.to_str().unwrap()], folder.path(), &[]);
    assert!(page.contains("before that is over"), "{page}");
    scene
        .world
        .warp_fresh(late["expires_ts"].as_i64().unwrap() - scene.world.now() - 1);
    assert_eq!(state(&scene)["status"]["state"], "too_late");
    scene.world.warp_fresh(1);
    assert_eq!(state(&scene)["status"]["state"], "expired");
}

#[test]
fn stale_expired_and_refused_changes_are_called_that() {
    let mut scene = scene();
    let stale = scene.risk(|params| params.k_e9 -= 1);
    scene.world.propose_in_time(stale.clone()).unwrap();
    let tighter = scene.risk(|params| params.s_floor_e9 += 1);
    scene.world.tighten(tighter).unwrap();

    let time = scene.world.now();
    scene.world.set_time(time - 9 * 86_400);
    let expired = crash();
    scene.world.propose(expired.clone()).unwrap();
    scene.world.set_time(time);

    let refused = Change::SettleDeadFeed { asset_index: 1 };
    scene.world.propose_in_time(refused.clone()).unwrap();

    let folder = dump(&scene.world, &[&stale, &expired, &refused]);
    let said = answer(&["diff"], folder.path(), &["--now", &now(&scene)]);
    let states: Vec<&str> = said["pending"]
        .as_array()
        .unwrap()
        .iter()
        .map(|waiting| waiting["status"]["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["stale", "expired", "refused"]);
    assert_eq!(
        said["pending"][2]["status"]["refusal"]["name"],
        "FeedNotDead"
    );
}

#[test]
fn what_runs_is_said_too() {
    let mut scene = scene();
    scene.world.tighten(crash()).unwrap();
    let tighter = scene.risk(|params| params.basis_e9 += 1_000_000);
    scene.world.tighten(tighter).unwrap();
    let offer = Change::OfferRole {
        role: Role::Guardian,
        holder: scene.flat.owner(),
    };
    let (governance, risk_manager) = (
        scene.world.governance.clone(),
        scene.world.risk_manager.clone(),
    );
    let holder = scene.flat.owner();
    scene
        .world
        .offer_role(&risk_manager, Role::RiskManager, holder)
        .unwrap();
    scene
        .world
        .propose_as(&governance, scene.world.next_change(), offer.clone())
        .unwrap();
    scene.world.pause(Operation::Withdraw, 3_600).unwrap();
    scene
        .world
        .change(Change::WindDown { asset_index: 1 })
        .unwrap();
    scene.world.warp(60);

    let folder = dump(&scene.world, &[&offer]);
    let said = answer(&["diff"], folder.path(), &["--now", &now(&scene)]);
    let ramp = |value: &str| {
        let ramps = said["ramps"].as_array().unwrap();
        ramps
            .iter()
            .find(|ramp| ramp["value"] == value)
            .expect(value)
            .clone()
    };
    let loss = ramp("scenarios[0].weight·shock[0]");
    assert_eq!(loss["concerns"], "exchange");
    assert_eq!(loss["target"], "−40 %");
    let ramp_end_ts = scene.world.asset(0).ramp_end_ts();
    assert_eq!(ramp("basis")["until_ts"], ramp_end_ts);
    assert_eq!(said["offers"][0]["role"], "risk manager");
    assert_eq!(said["offers"][0]["by_governance"], false);
    assert_eq!(said["pauses"][0]["operation"], "Withdraw");
    assert_eq!(said["markets"][0]["asset"], "BTC");
    let settle_from_ts = scene.world.asset(1).settle_from_ts;
    assert_eq!(said["markets"][0]["settle_from_ts"], settle_from_ts);
    let page = text(&["diff"], folder.path(), &["--now", &now(&scene)]);
    for part in [
        "not the guardian, whose role it is",
        "is offered to",
        "Withdraw is paused",
        "BTC: being wound down: reduce-only, no deposits, then settled, not before 20",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
}

/// A listing has no values that it replaces: everything is said; its feed too, which another change replaces.
#[test]
fn a_listing_and_a_feed_are_said_whole() {
    let mut scene = scene();
    let exchange = scene.world.exchange;
    scene.world.prepare_asset(&AssetSpec::eth()).unwrap();
    let waits = |index| address::pending_listing(&exchange, index);
    let first = scene.world.account(&waits(2));
    let first = decode::pending_change(&first.owner, &first.data).unwrap();
    let Change::Listing { listing, .. } = first.change else {
        panic!("{first:?}")
    };
    let second = Change::Listing {
        asset_index: 3,
        listing,
    };
    scene.world.propose_in_time(second).unwrap();
    let new = NewFeed::new(FeedKind::Receiver);
    scene.world.refresh_prices();
    let quote = scene.world.quote(&scene.sol);
    scene.world.publish(&new, &quote);
    scene.world.propose_feed(&scene.sol, &new).unwrap();
    let feed = new.change(&scene.sol);
    scene.world.warp_fresh(TIMELOCK_SECS);
    let folder = dump(&scene.world, &[&feed]);
    for index in [2, 3] {
        let address = waits(index);
        write(folder.path(), &address, &scene.world.account(&address));
    }
    let said = answer(&["diff"], folder.path(), &["--now", &now(&scene)]);
    let [listing, later, rebound] = said["pending"].as_array().unwrap().as_slice() else {
        panic!("{said}")
    };
    for waiting in [listing, rebound] {
        assert_eq!(waiting["status"]["state"], "executable");
        assert_eq!(waiting["at_once_by"], Value::Null);
    }
    assert_eq!(later["status"]["state"], "waits_its_turn");
    assert_eq!(listing["concerns"], "ETH");
    assert_eq!(field(listing, "params.base_decimals")["new"], 8);
    assert_eq!(
        field(listing, "trade.skew_scale_atoms")["new_text"],
        "16,000,000"
    );
    assert_eq!(field(listing, "params.k_e9")["old"], Value::Null);
    let digits = new.binding.feed.map(|byte| format!("{byte:02x}"));
    assert_eq!(field(rebound, "feed")["new"], digits.concat());

    // Neither can be simulated: their instructions take accounts of their own.
    let pending = crate::file(folder.path(), &crate::place(&scene.world, &feed));
    let error = crate::failure(&["simulate", pending.to_str().unwrap()], folder.path(), &[]);
    assert!(error.contains("6707 ChangeNeedsInstruction"), "{error}");
}
