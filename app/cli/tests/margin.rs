//! `freeboard margin`: a question in one line, answered in dollars; and what is no question.
use assert_cmd::Command;
use serde_json::Value;

/// Without an exchange that this machine's own settings name.
fn freeboard(arguments: &[&str]) -> std::process::Output {
    let mut command = Command::cargo_bin("freeboard").unwrap();
    command
        .env("FREEBOARD_CONFIG", "/nowhere/freeboard.toml")
        .env_remove("FREEBOARD_EXCHANGE")
        .args(arguments)
        .write_stdin("")
        .output()
        .unwrap()
}

/// What a command of the documents says.
fn said(command: &str) -> String {
    let words: Vec<&str> = command.split_whitespace().skip(1).collect();
    let output = freeboard(&words);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(command: &str) -> Value {
    let envelope: Value = serde_json::from_str(&said(&format!("{command} --json"))).unwrap();
    assert_eq!(
        (&envelope["ok"], &envelope["error"]),
        (&true.into(), &Value::Null)
    );
    assert_eq!(envelope["meta"]["exchange"], Value::Null);
    envelope["data"].clone()
}

fn refused(command: &str) -> String {
    let words: Vec<&str> = command.split_whitespace().skip(1).collect();
    let output = freeboard(&words);
    assert!(!output.status.success(), "{command}");
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

/// The position of the README, whose numbers a test of the core computes.
const README: &str =
    "freeboard margin --open BTC:+2@100000 --skew BTC:+100 --sigma BTC:0.6% --cash 20000";
const HEDGED: &str =
    "freeboard margin --position BTC:+2@100000 --position ETH:-30@3500 --cash 20000";

/// Every command line of these documents that asks for a margin.
fn documented() -> Vec<String> {
    let mut found = Vec::new();
    for name in ["README.md", "docs/case_format.md", "docs/what-it-costs.md"] {
        let place = format!("{}/../../{name}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(place).unwrap();
        let lines = text.lines().map(|line| line.split("  #").next().unwrap());
        let lines = lines.map(|line| line.trim().replace("cargo freeboard", "freeboard"));
        found.extend(lines.filter(|line| line.starts_with("freeboard margin --")));
    }
    found
}

#[test]
fn the_commands_of_the_documents_are_answered() {
    let commands = documented();
    assert!(commands.len() >= 3, "{commands:?}");
    for command in commands {
        assert!(said(&command).contains("initial margin (IM)"), "{command}");
    }
}

#[test]
fn the_readmes_position_is_answered_in_its_numbers() {
    let page = said(README);
    for number in [
        "$100,166.77",
        "$100.17",
        "$19,566.30",
        "$5,755.50",
        "$11,351.00",
        "$8,003.30",
        "$92,889.99",
    ] {
        assert!(page.contains(number), "{number}\n{page}");
    }
    let answer = json(README);
    assert_eq!(answer["maintenance"]["binding"], "var");
    assert_eq!(answer["meets_initial_margin"], true);
    assert_eq!(answer["is_liquidatable"], false);
    let leverage = answer["leverage"].as_f64().unwrap();
    assert!(
        (leverage - 200_000.0 / 19_566.30).abs() < 1e-3,
        "{leverage}"
    );
    // A lone long falls short on one side only.
    let prices = &answer["holdings"][0]["liquidation_prices_e12"];
    assert!(prices[0].is_string() && prices[1].is_null(), "{prices}");
}

#[test]
fn what_a_question_does_not_say_is_said_in_the_answer() {
    let page = said(HEDGED);
    for part in [
        "long 2 BTC at $100,000.00 · short 30 ETH at $3,500.00 · cash $20,000.00",
        "leverage 15.25×",
        "All prices together: ",
        "A storm of 3 σ",
        "BTC: volatility 0.6 % per √hour, a third of its stressed 1.81 %",
        "BTC: the price of now is the one it was opened at",
        "ETH: a market that is balanced without this account",
        "half-spread by the age of the price",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    let answer = json(HEDGED);
    assert_eq!(answer["assumed"].as_array().unwrap().len(), 8);
    let parameters = answer["assumed"][0].as_str().unwrap();
    assert!(parameters.contains("of this version"), "{parameters}");
    // In the storm MM rises hour by hour, by no more than the speed limit of 3 %; IM has risen at once.
    let steps = answer["storm"]["steps"].as_array().unwrap();
    let margin = |step: &Value, key: &str| step[key].as_i64().unwrap();
    let now = answer["maintenance"]["margin_atoms"].as_i64().unwrap();
    let after = |hours: usize| margin(&steps[hours], "maintenance_margin_atoms");
    assert!(now < after(0) && after(0) < after(1) && after(1) < after(2));
    assert!(after(0) as f64 <= now as f64 * 1.0301);
    let initial = |at: usize| margin(&steps[at], "initial_margin_atoms");
    assert_eq!(initial(0), initial(1));
    assert!(initial(0) > answer["initial"]["margin_atoms"].as_i64().unwrap());
    // Opening and closing cost the fee, the half-spread and an impact that comes back.
    let costs = &answer["holdings"][0]["costs"];
    let cost = |side: &str, key: &str| costs[side][key].as_i64().unwrap();
    assert!((99_000_000..101_000_000).contains(&cost("open", "fee_atoms")));
    assert!(cost("open", "half_spread_atoms") > 2 * cost("open", "fee_atoms"));
    assert!((cost("open", "impact_atoms") + cost("close", "impact_atoms")).abs() < 100);
    // 0.01 % an hour for a day of $200,000.
    let funding = costs["funding_day_atoms"].as_i64().unwrap();
    assert!((480_000_000..480_000_100).contains(&funding), "{funding}");
}

#[test]
fn margins_by_size_rise_to_the_cap_of_an_account() {
    let answer = json(HEDGED);
    let tables = answer["tiers"].as_array().unwrap();
    let names: Vec<&Value> = tables.iter().map(|table| &table["asset"]).collect();
    assert_eq!(names, ["BTC", "ETH"]);
    for table in tables {
        let tiers = table["tiers"].as_array().unwrap();
        assert!((6..=10).contains(&tiers.len()), "{}", tiers.len());
        let column = |name: &str| -> Vec<f64> {
            let read = |tier: &Value| tier[name].as_f64().unwrap();
            tiers.iter().map(read).collect()
        };
        let notional = column("notional_atoms");
        let (initial, maintenance) = (
            column("initial_margin_atoms"),
            column("maintenance_margin_atoms"),
        );
        let leverage = column("leverage");
        assert!(notional.is_sorted_by(|a, b| a < b));
        assert!(leverage.is_sorted_by(|a, b| a >= &(b * 0.999_999)));
        for at in 0..tiers.len() {
            assert!(maintenance[at] < initial[at], "{at}");
            assert!((notional[at] / initial[at] - leverage[at]).abs() < 1e-6);
        }
    }
    // 500 BTC at $100,000 are the most that one account holds; a round notional is whole lots of its asset.
    let btc = tables[0]["tiers"].as_array().unwrap();
    let notional = |at: usize| btc[at]["notional_atoms"].as_i64().unwrap();
    assert_eq!(notional(btc.len() - 1), 50_000_000_000_000);
    assert_eq!(notional(btc.len() - 2), 20_000_000_000_000);
    // A small one needs the same part of its notional as the README's position of $200,000.
    let alone = json(README);
    let part = |margin: &Value, of: f64| margin.as_f64().unwrap() / of;
    let smallest = &alone["tiers"][0]["tiers"][0];
    let of = smallest["notional_atoms"].as_f64().unwrap();
    let smallest = part(&smallest["maintenance_margin_atoms"], of);
    let asked = part(&alone["maintenance"]["margin_atoms"], 200_000e6);
    assert!((smallest / asked - 1.0).abs() < 0.01, "{smallest} {asked}");
    assert!(said(README).contains("BTC alone, long"));
}

#[test]
fn an_account_below_its_margins_is_told_so() {
    let below = said("freeboard margin --position BTC:+2@100000 --cash 5000");
    assert!(below.contains("Liquidatable now: "), "{below}");
    let question = "freeboard margin --position BTC:+2@100000 --cash";
    // Bought at the price of now, equity is the cash.
    let margin = json(&format!("{question} 20000"))["maintenance"]["margin_atoms"].clone();
    let mut states = Vec::new();
    for (multiple, verdict, state) in [
        (0.6, "Liquidatable now", "severely_undercollateralised"),
        (0.9, "Liquidatable now", "liquidatable"),
        (1.1, "Equity is below the call level", "call"),
        (1.22, "Equity is below IM", "at_risk"),
        (3.0, "State: safe", "safe"),
    ] {
        let cash = (margin.as_f64().unwrap() / 1e6 * multiple) as u64;
        let line = format!("{question} {cash}");
        let page = said(&line);
        assert!(page.contains(verdict), "{page}");
        let answer = json(&line);
        assert_eq!(answer["state"], state, "{cash}");
        let free = answer["maintenance"]["free_atoms"].as_i64().unwrap();
        let used = answer["utilisation_permille"].as_u64().unwrap();
        assert_eq!(free < 0, used > 1_000, "{cash}");
        states.push(used);
        // Under a parameter file nothing is on its way.
        let course = &answer["course"];
        assert_eq!(course["settled_after_secs"], 0);
        let then = &course["settled_maintenance_margin_atoms"];
        assert_eq!(*then, answer["maintenance"]["margin_atoms"]);
    }
    assert!(states.is_sorted_by(|a, b| a > b), "{states:?}");
    let loan = said("freeboard margin --position BTC:-1@100000 --price BTC:80000 --cash -1000");
    assert!(loan.contains("of interest a day"), "{loan}");
    let collateral = said("freeboard margin --collateral sol:100@150 --cash 10");
    assert!(
        collateral.contains("100 SOL at $150.00 as collateral, of which 65.00 % count"),
        "{collateral}"
    );
    let held = said("freeboard margin --position BTC:+501@100000 --cash 50000000");
    assert!(!held.contains("refuses it"), "a cap stops a trade: {held}");
    let large = said("freeboard margin --open BTC:+501@100000 --cash 50000000");
    assert!(
        large.contains("refuses it: BTC: one account holds at most 500 BTC"),
        "{large}"
    );
    let odd = said("freeboard margin --position BTC:+0.00001@100000 --cash 1");
    assert!(odd.contains("a multiple of 0.0001 BTC"), "{odd}");
    let nothing = said("freeboard margin --cash 100");
    assert!(nothing.contains("$100.00"), "{nothing}");
}

#[test]
fn a_wrong_question_is_refused_with_the_next_step() {
    for (command, words) in [
        (
            "freeboard margin --position DOGE:+2@1",
            "no asset DOGE among the parameters, which have BTC, ETH, SOL",
        ),
        ("freeboard margin --position BTC:+2", "BTC: no price"),
        ("freeboard margin --position BTC+2", "write ASSET:NUMBER"),
        (
            "freeboard margin --position BTC:+2@1 --position BTC:+1@1",
            "was said before",
        ),
        (
            "freeboard margin --position BTC:+2@1 --open BTC:+1@1",
            "give one of them",
        ),
        (
            "freeboard margin --position BTC:+0.000000001@1",
            "more than 8 decimals",
        ),
        (
            "freeboard margin --position BTC:0@1",
            "a position has a size",
        ),
        (
            "freeboard margin --cash 5 --price ETH:2000",
            "ETH: nothing is held of it",
        ),
        (
            "freeboard margin --price ETH:2000",
            "ETH: nothing is held of it",
        ),
        (
            "freeboard margin --position BTC:+1@1 --sigma BTC:0.6",
            "in per cent",
        ),
        ("freeboard margin --cash ten", "no decimal number"),
        ("freeboard margin case.json --cash 1", "cannot be used with"),
        (
            "freeboard margin case.json --collateral SOL:1@150",
            "cannot be used with",
        ),
        (
            "freeboard margin case.json --price BTC:1",
            "cannot be used with",
        ),
        (
            "freeboard margin case.json --sigma BTC:1%",
            "cannot be used with",
        ),
        (
            "freeboard margin case.json --skew BTC:1",
            "cannot be used with",
        ),
        (
            "freeboard margin case.json --params nowhere.toml",
            "cannot be used with",
        ),
        (
            "freeboard margin --lines --collateral SOL:1@150",
            "cannot be used with",
        ),
        (
            "freeboard margin --position BTC:+1@100 --params nowhere.toml",
            "nowhere.toml",
        ),
    ] {
        let error = refused(command);
        assert!(error.contains(words), "{command}: {error}");
    }
}

/// A file is asked although an exchange is named; without a file the exchange is, and here nobody answers for it.
#[test]
fn an_exchange_that_is_named_is_asked_unless_a_file_is() {
    let nobody = "-u http://127.0.0.1:9 --exchange ADLm4ToPjGCKRyfFG9y5rYN3sS3o9ABGPYqujbm8ARNa";
    let output = freeboard(
        &format!("margin --cash 100 {nobody}")
            .split(' ')
            .collect::<Vec<_>>(),
    );
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let shipped = format!(
        "{}/../../migrations/parameters/default.toml",
        env!("CARGO_MANIFEST_DIR")
    );
    let page = said(&format!(
        "freeboard margin --cash 100 {nobody} --params {shipped}"
    ));
    assert!(page.contains("default.toml"), "{page}");
    // Whose account it is needs an exchange.
    let output = freeboard(&["margin", "-a", "0", "-u", "http://127.0.0.1:9"]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("No exchange is named"), "{error}");
    let both = refused(&format!("freeboard margin -a 0 --params {shipped}"));
    assert!(both.contains("cannot be used with"), "{both}");
}

#[test]
fn without_a_case_or_a_question_the_ways_to_ask_are_said() {
    for command in ["freeboard margin", "freeboard margin -", "freeboard vol"] {
        let error = refused(command);
        assert!(
            error.contains("error: no case. Give a case file"),
            "{error}"
        );
        assert!(error.contains("--position BTC:+2@100000"), "{error}");
    }
    assert!(refused("freeboard margin nowhere.json").contains("nowhere.json"));
}

/// A file as an argument is what standard input is.
#[test]
fn a_case_file_is_an_argument() {
    let place = |name: &str| {
        format!(
            "{}/../../crates/case/tests/cases/{name}",
            env!("CARGO_MANIFEST_DIR")
        )
    };
    for (kind, name) in [("margin", "shipped.json"), ("vol", "samples.json")] {
        let path = place(name);
        let mut command = Command::cargo_bin("freeboard").unwrap();
        let text = std::fs::read(&path).unwrap();
        let piped = command.args([kind]).write_stdin(text).output().unwrap();
        let named = freeboard(&[kind, &path]);
        assert!(named.status.success());
        assert_eq!(named.stdout, piped.stdout);
    }
}

/// The shipped case and the same in a question have the same margins. What a position was opened for is rounded up in a
/// question, by an atom each.
#[test]
fn a_question_is_answered_like_the_case_of_the_same_account() {
    let path = format!(
        "{}/../../crates/case/tests/cases/shipped.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let case: Value = serde_json::from_slice(&freeboard(&["margin", &path]).stdout).unwrap();
    let asked = json(&format!("{HEDGED} --sigma BTC:0.6% --sigma ETH:0.8%"));
    let of_case = |key: &str| -> i64 { case[key].as_str().unwrap().parse().unwrap() };
    let of_question = |level: &str, key: &str| asked[level][key].as_i64().unwrap();
    assert_eq!(
        of_question("maintenance", "margin_atoms"),
        of_case("mm_quote_atoms")
    );
    assert_eq!(
        of_question("initial", "margin_atoms"),
        of_case("im_quote_atoms")
    );
    let free = of_question("initial", "free_atoms");
    assert!(
        (of_case("headroom_im_quote_atoms") - 2..=of_case("headroom_im_quote_atoms"))
            .contains(&free)
    );
}
