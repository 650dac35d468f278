//! What `simulate` says before a change is what the program says after it.
use freeboard_client::freeboard::instructions::MarginReport;
use freeboard_client::freeboard::state::{AssetParams, Change, PortfolioParams};
use freeboard_sandbox::Trader;
use serde_json::{Value, json};

use crate::{Scene, answer, changes, crash, dump, failure, file, of, place, scene, text};

/// A report in the words of the command.
pub fn margins(report: &MarginReport) -> Value {
    json!({
        "initial_margin_atoms": report.initial.margin_atoms,
        "initial_equity_atoms": report.initial.equity_atoms,
        "maintenance_margin_atoms": report.maintenance.margin_atoms,
        "maintenance_equity_atoms": report.maintenance.equity_atoms,
        "free_collateral_atoms": report.free_collateral_atoms,
        "meets_initial_margin": report.meets_initial_margin,
        "is_liquidatable": report.is_liquidatable,
        "unusable_prices": [],
    })
}

/// Simulates a pending change and then carries it out: before and after are what view_margin answers.
fn carried_out(change: impl FnOnce(&mut Scene) -> Change) -> (Scene, Value) {
    let mut scene = scene();
    let change = change(&mut scene);
    scene
        .world
        .propose_in_time(change.clone())
        .expect("proposed");
    let folder = dump(&scene.world, &[&change]);
    let pending = file(folder.path(), &place(&scene.world, &change));
    let said = answer(&["simulate", pending.to_str().unwrap()], folder.path(), &[]);
    assert_eq!(said["now"], scene.world.now());
    let traders = [&scene.bold, &scene.careful, &scene.flat].map(Trader::clone);
    let view =
        |scene: &mut Scene, trader: &Trader| margins(&scene.world.view(trader).expect("a report"));
    for trader in &traders {
        assert_eq!(of(&said, trader)["before"], view(&mut scene, trader));
    }
    scene.world.execute(&change).expect("executed");
    for trader in &traders {
        assert_eq!(of(&said, trader)["after"], view(&mut scene, trader));
    }
    (scene, said)
}

fn atoms(row: &Value, moment: &str, what: &str) -> i64 {
    row[moment][what].as_i64().unwrap()
}

const MM: &str = "maintenance_margin_atoms";
const IM: &str = "initial_margin_atoms";

#[test]
fn a_loosening_is_what_the_program_makes_of_it() {
    let (scene, said) = carried_out(|scene| scene.risk(|params| params.k_e9 -= params.k_e9 / 10));
    let bold = of(&said, &scene.bold);
    assert!(atoms(bold, "end", MM) < atoms(bold, "before", MM));
    assert!(atoms(bold, "after", IM) < atoms(bold, "before", IM));
    assert_eq!(said["changes"][0]["at_once_by"], Value::Null);
    assert_eq!(said["summary"]["become_liquidatable"], 0);
}

/// IM follows a higher σ or floor of the shock at once, MM by the speed limit: not at all in the same second. Of the
/// two only the floor is the risk manager's to raise.
#[test]
fn a_larger_shock_moves_im_at_once_and_mm_gradually() {
    let sigma = |params: &mut AssetParams| {
        params.sigma_stress_e9 += params.sigma_stress_e9 / 4;
        params.sigma_initial_e9 += params.sigma_initial_e9 / 4;
    };
    let floor = |params: &mut AssetParams| params.s_floor_e9 = 160_000_000;
    type Edit = fn(&mut AssetParams);
    let edits: [(Edit, Value); 2] = [(sigma, Value::Null), (floor, json!("the risk manager"))];
    for (edit, at_once_by) in edits {
        let (scene, said) = carried_out(|scene| scene.risk(edit));
        let bold = of(&said, &scene.bold);
        assert_eq!(atoms(bold, "after", MM), atoms(bold, "before", MM));
        assert!(atoms(bold, "end", MM) > atoms(bold, "before", MM));
        assert!(atoms(bold, "after", IM) > atoms(bold, "before", IM));
        let change = &said["changes"][0];
        assert_eq!(change["at_once_by"], at_once_by);
        assert_eq!(change["delay_secs"], 129_600);
        assert_eq!(change["executable_ts"], scene.world.now());
    }
}

/// Scenarios act on IM at once and on MM along a ramp.
#[test]
fn a_scenario_makes_one_of_three_liquidatable_when_its_ramp_has_ended() {
    let (mut scene, said) = carried_out(|_| crash());
    let bold = of(&said, &scene.bold);
    assert_eq!(atoms(bold, "after", MM), atoms(bold, "before", MM));
    assert!(atoms(bold, "after", IM) > atoms(bold, "before", IM));
    assert_eq!(bold["hit"], "liquidatable_at_end");
    assert_eq!(bold["after"]["is_liquidatable"], false);
    assert_eq!(bold["after"]["meets_initial_margin"], false);
    assert_eq!(of(&said, &scene.careful)["hit"], "none");
    assert_eq!(of(&said, &scene.flat)["hit"], "none");
    assert_eq!(said["accounts"][0], *bold, "the hardest hit comes first");
    let summary = &said["summary"];
    assert_eq!(summary["accounts"], 3);
    assert_eq!(summary["become_liquidatable"], 1);
    assert_eq!(summary["lose_initial_margin"], 1);
    assert_eq!(summary["largest_rise"]["address"], bold["address"]);

    // A second before the end of the ramp not all of it is in force, then all of it.
    let ramp_end_ts = said["changes"][0]["ramp_end_ts"].as_i64().unwrap();
    assert_eq!(said["end_ts"], ramp_end_ts);
    let left = ramp_end_ts - scene.world.now();
    scene.world.warp_fresh(left - 1);
    let end = &bold["end"];
    let bold = scene.bold.clone();
    let almost = margins(&scene.world.view(&bold).unwrap());
    assert!(almost[MM].as_i64() < end[MM].as_i64());
    scene.world.warp_fresh(1);
    let report = margins(&scene.world.view(&bold).unwrap());
    assert_eq!(report[MM], end[MM]);
    assert_eq!(report["is_liquidatable"], true);
}

/// A point of collateral weight an hour: at the end of ten the collateral counts a tenth less, for IM at once.
#[test]
fn weight_falls_by_a_point_an_hour() {
    let (mut scene, said) = carried_out(|scene| {
        let (trader, sol) = (scene.careful.clone(), scene.sol.clone());
        let deposited = scene
            .world
            .deposit_collateral(&trader, &sol, 100_000_000_000);
        deposited.expect("deposited");
        scene.risk(|params| params.collateral_weight_e9 = 900_000_000)
    });
    let careful = of(&said, &scene.careful);
    const E_MM: &str = "maintenance_equity_atoms";
    const E_IM: &str = "initial_equity_atoms";
    assert_eq!(
        atoms(careful, "after", E_MM),
        atoms(careful, "before", E_MM)
    );
    assert!(atoms(careful, "after", E_IM) < atoms(careful, "before", E_IM));
    let lost = atoms(careful, "before", E_MM) - atoms(careful, "end", E_MM);
    assert_eq!(lost, 1_500_000_000, "a tenth of 100 SOL at $150");
    assert_eq!(said["end_ts"], scene.world.now() + 36_000);
    scene.world.warp_fresh(36_000);
    let trader = scene.careful.clone();
    let report = margins(&scene.world.view(&trader).unwrap());
    assert_eq!(report[MM], careful["end"][MM]);
}

/// The collateral of a market that ends counts less and less; nothing else moves.
#[test]
fn a_wind_down_takes_weight_away() {
    let (scene, said) = carried_out(|scene| {
        let (trader, sol) = (scene.bold.clone(), scene.sol.clone());
        let deposited = scene
            .world
            .deposit_collateral(&trader, &sol, 10_000_000_000);
        deposited.expect("deposited");
        Change::WindDown { asset_index: 0 }
    });
    let bold = of(&said, &scene.bold);
    let equity = |moment| atoms(bold, moment, "maintenance_equity_atoms");
    assert_eq!(equity("after"), equity("before"));
    assert_eq!(
        equity("before") - equity("end"),
        1_500_000_000,
        "10 SOL at $150"
    );
    assert_eq!(said["end_ts"], scene.world.now() + 360_000);
    assert_eq!(said["changes"][0]["at_once_by"], Value::Null);
}

/// Two positions, which diversification joins: θ moves IM at once, MM along the portfolio's ramp.
#[test]
fn theta_moves_im_at_once_and_mm_along_a_ramp() {
    let (mut scene, said) = carried_out(|scene| {
        let (trader, btc) = (scene.bold.clone(), scene.world.handle_of(1));
        let size = btc.atoms(-0.2);
        scene.world.trade(&trader, &btc, size).expect("traded");
        Change::Portfolio {
            params: PortfolioParams {
                theta_e9: 400_000_000,
                ..scene.world.exchange().portfolio
            },
        }
    });
    let bold = of(&said, &scene.bold);
    assert_eq!(atoms(bold, "after", MM), atoms(bold, "before", MM));
    assert!(atoms(bold, "after", IM) > atoms(bold, "before", IM));
    assert!(atoms(bold, "end", MM) > atoms(bold, "before", MM));
    let left = said["end_ts"].as_i64().unwrap() - scene.world.now();
    assert!(left >= 86_400);
    scene.world.warp_fresh(left);
    let trader = scene.bold.clone();
    let report = margins(&scene.world.view(&trader).unwrap());
    assert_eq!(report[MM], bold["end"][MM]);
}

#[test]
fn what_stands_in_a_file_is_laid_over_the_values_of_now() {
    let scene = scene();
    let folder = dump(&scene.world, &[]);
    let held = scene.world.asset(0).params;
    let floor = held.s_floor_e9 + 1_000;
    let (_kept, path) = changes(&format!(
        "[[assets]]\nname = \"SOL\"\nparams.s_floor_e9 = {floor}\nparams.sample.max_age_secs = 14\n[portfolio]\nphi_e9 = 200_000_000\n"
    ));
    let said = answer(&["simulate", &path], folder.path(), &[]);
    let rows = said["changes"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["concerns"], "exchange");
    assert_eq!(rows[1]["concerns"], "SOL");
    let fields = rows[1]["fields"].as_array().unwrap();
    let names: Vec<&str> = fields.iter().map(|f| f["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["s_floor_e9", "sample.max_age_secs"]);
    assert_eq!(fields[0]["old"], held.s_floor_e9);
    assert_eq!(fields[0]["new"], floor);
    assert_eq!(fields[0]["side"], "tighter");
    assert_eq!(fields[1]["side"], "no_side");
    assert_eq!(rows[1]["at_once_by"], Value::Null);

    let page = text(&["simulate", &path], folder.path(), &[]);
    for part in [
        "phi_e9",
        "IM at once, MM by the speed limit",
        "exchange: portfolio parameters\n  It only tightens: the risk manager could do it without delay.\n",
        "SOL: volatility and shocks\n  It does not only tighten: proposed, it waits 1 d 12 h.\n",
        "WITHOUT",
        "3 accounts: ",
    ] {
        let expected = part != "WITHOUT"; // so little takes nobody's initial margin
        assert_eq!(page.contains(part), expected, "{part}\n{page}");
    }
}

#[test]
fn what_the_program_refuses_is_refused_with_its_number() {
    let mut scene = scene();
    let folder = dump(&scene.world, &[]);
    for (text, expected) in [
        (
            "[[assets]]\nname = \"SOL\"\nparams.k_e9 = 1_999_999_999",
            "6120 KOutOfBounds",
        ),
        (
            "[[assets]]\nname = \"SOL\"\nparams.lot_atoms = 7",
            "6109 FixedParameterChanged",
        ),
        ("timelock_secs = 60", "6708 TimelockOutOfBounds"),
        ("timelock_secs = 86400", "the file changes nothing"),
        (
            "[[assets]]\nname = \"SOL\"\nparams.kk_e9 = 1",
            "assets[0].params.kk_e9: unknown key",
        ),
        (
            "[[assets]]\nname = \"DOGE\"\nparams.k_e9 = 1",
            "assets[0] (DOGE): the exchange has no such asset",
        ),
        (
            "[[assets]]\nname = \"SOL\"\nparams.k_e9 = 2.5",
            "assets[0].params.k_e9: 2.5 is not a whole number",
        ),
        ("", "the file changes nothing"),
    ] {
        let (_kept, path) = changes(text);
        let error = failure(&["simulate", &path], folder.path(), &[]);
        assert!(error.contains(expected), "{text}: {error}");
    }

    // Stale and expired, as execute_change would say.
    let change = scene.risk(|params| params.k_e9 -= 1);
    scene.world.propose_in_time(change.clone()).unwrap();
    let folder = dump(&scene.world, &[&change]);
    let pending = file(folder.path(), &place(&scene.world, &change));
    let pending = pending.to_str().unwrap();
    let late = (scene.world.now() + 7 * 86_400).to_string();
    let error = failure(&["simulate", pending], folder.path(), &["--now", &late]);
    assert!(error.contains("6702 ChangeExpired"), "{error}");
    let tighter = scene.risk(|params| params.s_floor_e9 += 1);
    scene.world.tighten(tighter).unwrap();
    let folder = dump(&scene.world, &[&change]);
    let error = failure(&["simulate", pending], folder.path(), &[]);
    assert!(error.contains("6703 ChangeStale"), "{error}");
}

#[test]
fn an_account_whose_price_is_old_or_missing_is_listed_as_such() {
    let scene = scene();
    let folder = dump(&scene.world, &[]);
    let (_kept, path) = changes("[portfolio]\nphi_e9 = 200_000_000");
    let late = (scene.world.now() + 1_000).to_string();
    let said = answer(&["simulate", &path], folder.path(), &["--now", &late]);
    assert_eq!(
        of(&said, &scene.bold)["before"]["unusable_prices"],
        json!(["SOL"])
    );
    assert_eq!(said["summary"]["with_unusable_price"], 2);
    let page = text(&["simulate", &path], folder.path(), &["--now", &late]);
    assert!(page.contains("no usable price: SOL"), "{page}");

    std::fs::remove_file(file(folder.path(), &scene.sol.feed)).unwrap();
    let said = answer(&["simulate", &path], folder.path(), &[]);
    let unpriced = said["unpriced"].as_array().unwrap();
    assert_eq!(unpriced.len(), 2);
    assert_eq!(unpriced[0]["refusal"]["code"], 6008);
    assert_eq!(said["accounts"].as_array().unwrap().len(), 1);
    assert_eq!(said["summary"]["accounts"], 3);
    assert_eq!(said["summary"]["unpriced"], 2);
}
