use std::time::Duration;

use freeboard_client::decode;
use freeboard_client::display::state::state_name;
use freeboard_client::freeboard::instructions::{BindingTerm, MarginReport};
use freeboard_client::network::SendOptions;
use freeboard_network_tests::Stage;
use serde_json::Value;

/// A hedged account of the trader's, in BTC and ETH.
fn hedged() -> Option<Stage> {
    let stage = Stage::start()?;
    stage.fb("trader", "account open");
    stage.fb("trader", "deposit 20000 USDC");
    stage.fb("trader", "trade buy 0.5 BTC --slippage 2 --wait");
    stage.fb("trader", "trade sell 2 ETH --slippage 2 --wait");
    Some(stage)
}

/// The margin report of the program itself, for the trader's account of number 0.
pub fn view_margin(stage: &Stage) -> MarginReport {
    let network = &stage.network;
    let account = network
        .cluster
        .margin_account(network.exchange, stage.account_of("trader"));
    let account = stage.wait(account).unwrap().expect("the trader's account");
    let view = stage.state().view_margin(&account).expect("known assets");
    let payer = network.wallets.address("payer");
    let options = SendOptions::default();
    let simulated = stage.wait(network.cluster.simulate(&payer, &[view], &options));
    decode::returned(&simulated.unwrap().return_data).expect("a margin report")
}

/// What the chain says and what the question is answered, of one moment: the chain says the same before and after.
pub fn at_once<T: PartialEq>(stage: &Stage, line: &str, ask: impl Fn() -> T) -> (T, Value) {
    let found = stage.until("an answer of one moment", || {
        let before = ask();
        let answer = stage.fb("trader", line);
        (ask() == before).then_some((before, answer))
    });
    found.unwrap()
}

fn binding(term: BindingTerm) -> String {
    match term {
        BindingTerm::Var => "var".to_owned(),
        BindingTerm::Floor => "floor".to_owned(),
        BindingTerm::Scenario(index) => format!("scenario:{index}"),
        BindingTerm::Maintenance => "mm".to_owned(),
    }
}

/// Every number of the report stands in the answer, to the atom.
pub fn assert_same(report: &MarginReport, answer: &Value) {
    for (level, snapshot, free_atoms) in [
        ("initial", report.initial, report.free_collateral_atoms),
        (
            "maintenance",
            report.liquidation,
            report.liquidation.equity_atoms - report.liquidation.margin_atoms,
        ),
    ] {
        let said = &answer[level];
        assert_eq!(
            said["margin_atoms"], snapshot.margin_atoms,
            "{level}: {answer}"
        );
        assert_eq!(
            said["equity_atoms"], snapshot.equity_atoms,
            "{level}: {answer}"
        );
        assert_eq!(said["free_atoms"], free_atoms, "{level}: {answer}");
    }
    assert_eq!(answer["equity_atoms"], report.maintenance.equity_atoms);
    assert_eq!(answer["gross_notional_atoms"], report.gross_notional_atoms);
    assert_eq!(answer["meets_initial_margin"], report.meets_initial_margin);
    assert_eq!(answer["is_liquidatable"], report.is_liquidatable);
    assert_eq!(answer["state"], state_name(report.state));
    assert_eq!(answer["utilisation_permille"], report.utilisation_permille);
    assert_eq!(
        answer["initial"]["binding"],
        binding(report.initial_binding)
    );
    let holdings = answer["holdings"].as_array().unwrap();
    assert_eq!(holdings.len(), report.assets.len());
    for (said, part) in holdings.iter().zip(&report.assets) {
        assert_eq!(
            said["maintenance_part_atoms"], part.maintenance_atoms,
            "{said}"
        );
        assert_eq!(said["initial_part_atoms"], part.initial_atoms, "{said}");
    }
}

/// The liquidation prices below and above, as `account show` tells the nearer and the farther one.
fn assert_same_prices(shown: &Value, answer: &Value) {
    for (position, said) in shown["positions"]
        .as_array()
        .unwrap()
        .iter()
        .zip(answer["holdings"].as_array().unwrap())
    {
        assert_eq!(position["asset"], said["name"]);
        let of_account = ["liquidation_price_e12", "far_liquidation_price_e12"];
        let mut of_account: Vec<&Value> = of_account.iter().map(|key| &position[*key]).collect();
        let said = said["liquidation_prices_e12"].as_array().unwrap();
        let mut said: Vec<&Value> = said.iter().collect();
        for both in [&mut of_account, &mut said] {
            both.sort_by_key(|price| price.to_string());
        }
        assert_eq!(said, of_account);
    }
}

#[test]
fn a_question_is_answered_as_the_chain_does() {
    let Some(stage) = hedged() else { return };
    let (report, answer) = at_once(&stage, "margin -a 0", || view_margin(&stage));
    assert_eq!(report.assets.len(), 2);
    assert_same(&report, &answer);
    let show = || stage.fb("trader", "account show");
    let (shown, answer) = at_once(&stage, "margin -a 0", show);
    assert_same_prices(&shown, &answer);
    // By its address nobody's keypair is asked for.
    let line = format!("margin -a {}", stage.account_of("trader"));
    let (report, answer) = at_once(&stage, &line, || view_margin(&stage));
    assert_same(&report, &answer);
    ramps_count_as_on_the_chain(&stage);
    prices_that_grow_old_count_as_on_the_chain(&stage);
}

/// While parameters that were tightened take their time, IM reads the new ones and MM those in between.
fn ramps_count_as_on_the_chain(stage: &Stage) {
    let file = stage.file(
        "tighter.toml",
        "[portfolio]\nphi_e9 = 200000000\n\n[[assets]]\nname = \"BTC\"\nparams.k_e9 = 3900000000\n",
    );
    let (before, _) = at_once(stage, "margin -a 0", || view_margin(stage));
    stage.fb(
        "risk_manager",
        &format!("governance tighten {}", file.display()),
    );
    let (report, answer) = at_once(stage, "margin -a 0", || view_margin(stage));
    assert_same(&report, &answer);
    // By far more than prices move in these seconds.
    let rise = |after: i64, before: i64| after as f64 / before as f64;
    let initial = rise(report.initial.margin_atoms, before.initial.margin_atoms);
    let maintenance = rise(
        report.maintenance.margin_atoms,
        before.maintenance.margin_atoms,
    );
    assert!(initial > 1.05, "{initial}");
    assert!(maintenance < 1.04, "{maintenance}");
}

/// Too old for a liquidation and young enough for a trade: each level counts prices of its own.
fn prices_that_grow_old_count_as_on_the_chain(stage: &Stage) {
    stage.network.hold_prices(Duration::from_secs(40));
    let aged = || {
        let report = view_margin(stage);
        let mut assets = report.assets.iter();
        assets
            .all(|one| one.usable_initial && !one.usable_liquidation)
            .then_some(())
    };
    stage.until("prices of two minds", aged).unwrap();
    let (report, answer) = at_once(stage, "margin -a 0", || view_margin(stage));
    let parted = report.assets.iter().any(|one| !one.usable_liquidation);
    assert!(parted, "{report:?}");
    assert_ne!(report.liquidation, report.maintenance);
    assert_same(&report, &answer);
}

/// What would be traded, and what the program foresees of it.
struct Foreseen {
    question: &'static str,
    trade: &'static str,
    /// The level that the program judges such a trade by.
    level: &'static str,
}

#[test]
fn what_would_be_opened_is_what_the_program_foresees() {
    let Some(stage) = hedged() else { return };
    stage.fb("trader", "account open -a 1");
    stage.fb("trader", "deposit 9000 USDC -a 1");
    for foreseen in [
        Foreseen {
            question: "margin -a 0 --open BTC:+0.1",
            trade: "trade buy 0.1 BTC --dry-run",
            level: "initial",
        },
        Foreseen {
            question: "margin -a 0 --open BTC:-0.2",
            trade: "trade sell 0.2 BTC --dry-run",
            level: "maintenance",
        },
        Foreseen {
            question: "margin -a 0 --open SOL:+10",
            trade: "trade buy 10 SOL --dry-run",
            level: "initial",
        },
        // An account of cash alone, and one that was never opened.
        Foreseen {
            question: "margin --cash 9000 --open BTC:+0.1",
            trade: "trade buy 0.1 BTC -a 1 --dry-run",
            level: "initial",
        },
    ] {
        let preview = || stage.fb("trader", foreseen.trade)["preview"].clone();
        let (preview, answer) = at_once(&stage, foreseen.question, preview);
        let said = &answer[foreseen.level];
        let place = foreseen.question;
        assert_eq!(
            said["margin_atoms"], preview["required_margin_atoms"],
            "{place}"
        );
        assert_eq!(
            said["equity_atoms"], preview["equity_after_atoms"],
            "{place}"
        );
        assert_eq!(
            answer["quote_atoms"], preview["quote_after_atoms"],
            "{place}"
        );
        assert_eq!(answer["refused"].as_array().unwrap().len(), 0, "{answer}");
        if place.contains("--cash") {
            let opened = &answer["holdings"][0]["costs"]["open"];
            assert_eq!(opened["price_e12"], preview["fill_price_e12"], "{place}");
            assert_eq!(opened["fee_atoms"], preview["fee_atoms"], "{place}");
        }
    }
    what_is_supposed_replaces_what_there_is(&stage);
    a_price_far_from_its_ema_counts_as_on_the_chain(&stage);
}

/// Beyond the bands of a trade and of a liquidation: `account show`, the question and the chain compare the same equity.
fn a_price_far_from_its_ema_counts_as_on_the_chain(stage: &Stage) {
    stage.network.shock("BTC", 0.75).unwrap();
    let far = || {
        let report = view_margin(stage);
        let [btc, eth] = report.assets.as_slice() else {
            return None;
        };
        let btc_counts = btc.usable_initial || btc.usable_liquidation;
        (!btc_counts && eth.usable_initial && eth.usable_liquidation).then_some(())
    };
    stage.until("a price far from its EMA", far).unwrap();
    let (report, answer) = at_once(stage, "margin -a 0", || view_margin(stage));
    assert_same(&report, &answer);
    let (report, shown) = at_once(stage, "account show", || view_margin(stage));
    let (compared, margins) = (report.liquidation, &shown["margins"]);
    assert!(compared.equity_atoms > report.maintenance.equity_atoms);
    assert_eq!(margins["equity_atoms"], compared.equity_atoms, "{shown}");
    assert_eq!(
        margins["equity_at_prices_atoms"],
        report.maintenance.equity_atoms
    );
    assert_eq!(margins["maintenance_margin_atoms"], compared.margin_atoms);
    assert_eq!(
        margins["cushion_atoms"],
        compared.equity_atoms - compared.margin_atoms
    );
    assert_eq!(margins["is_liquidatable"], report.is_liquidatable);
    // Nothing can be withdrawn, and that is the price's doing.
    assert!(!report.meets_initial_margin, "{report:?}");
    assert_eq!(
        margins["free_collateral_atoms"],
        report.free_collateral_atoms.min(0)
    );
    let doubtful = margins["doubtful_prices"].as_array().unwrap();
    assert_eq!(doubtful.len(), 1, "{shown}");
    assert_eq!(doubtful[0]["asset"], "BTC");
    for standard in ["not_for_trades", "not_for_liquidations"] {
        let reason = doubtful[0][standard].as_str().unwrap();
        assert!(reason.contains("too far from its EMA"), "{reason}");
    }
    // A person reads the cause, and what helps, wherever they look.
    let read = |line: &str| stage.shell("trader", line).output;
    let shown = read("account show");
    for told in [
        "equity at these prices",
        "the price of BTC may not be traded on",
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    let doctor = read("doctor");
    assert!(doctor.contains("show_price"), "{doctor}");
    let (status, error) = stage.refused("trader", "withdraw 1 USDC");
    assert_eq!((status, &error["code"]), (3, &Value::from(6351)), "{error}");
}

fn what_is_supposed_replaces_what_there_is(stage: &Stage) {
    let supposed = stage.fb("trader", "margin -a 0 --price BTC:1000 --cash 500");
    let btc = &supposed["holdings"][0];
    assert_eq!(btc["price_e12"], "1000000000000000");
    assert_eq!(supposed["is_liquidatable"], true, "{supposed}");
    let calm = stage.fb("trader", "margin -a 0 --sigma BTC:0.3%");
    let wild = stage.fb("trader", "margin -a 0 --sigma BTC:3%");
    let margin = |answer: &Value| answer["maintenance"]["margin_atoms"].as_i64().unwrap();
    assert!(margin(&calm) < margin(&wild), "{calm} {wild}");
    let unheld = stage.refused("trader", "margin -a 0 --price SOL:100");
    assert_eq!(unheld.0, 1, "{}", unheld.1);
    let nobody = stage.refused("trader", "margin -a 7");
    assert_eq!(nobody.0, 1, "{}", nobody.1);
}
