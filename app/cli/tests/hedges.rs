//! `freeboard margin` on hedged accounts: sizes that help, both liquidation prices, and a slice where no leg helps.
use assert_cmd::Command;
use serde_json::{Value, json};

const LONE_LONG: &str = include_str!("../../../crates/case/tests/cases/lone_long.json");

fn answer(case: &Value) -> Value {
    let mut command = Command::cargo_bin("freeboard").unwrap();
    let output = command
        .arg("margin")
        .write_stdin(case.to_string())
        .output()
        .unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// An asset at so many dollars, of eight decimals, that is no collateral.
fn asset(base: &Value, bucket: u8, dollars: u64, lot_atoms: u64) -> Value {
    let mut asset = base.clone();
    let price = json!((u128::from(dollars) * 1_000_000_000_000).to_string());
    (asset["price_e12"], asset["ema_e12"]) = (price.clone(), price);
    asset["base_decimals"] = json!(8);
    asset["bucket"] = json!(bucket);
    asset["lot_atoms"] = json!(lot_atoms.to_string());
    asset["params"]["collateral_weight_e9"] = json!(0);
    asset
}

fn position(asset: u8, size_atoms: i64, entry_quote_atoms: i64) -> Value {
    json!({
        "asset": asset,
        "size_atoms": size_atoms.to_string(),
        "entry_quote_atoms": entry_quote_atoms.to_string(),
        "funding_quote_atoms": "0",
    })
}

/// A long of the first asset against a short of the second.
struct Hedge {
    dollars: [u64; 2],
    lots: [u64; 2],
    sizes: [i64; 2],
    entries: [i64; 2],
    quote_atoms: i64,
    shocks_e9: &'static [[i64; 2]],
    max_rate_per_h_e9: u64,
    closes: u8,
    dust_quote_atoms: u64,
}

impl Hedge {
    fn case(&self, what: &str) -> Value {
        let mut case: Value = serde_json::from_str(LONE_LONG).unwrap();
        let base = case["assets"][0].clone();
        let assets = [0, 1].map(|index: usize| {
            let mut asset = asset(&base, index as u8, self.dollars[index], self.lots[index]);
            asset["params"]["max_rate_per_h_e9"] = json!(self.max_rate_per_h_e9);
            asset
        });
        case["assets"] = json!(assets);
        let scenario = |[first, second]: &[i64; 2]| json!({ "weight_e9": 1_000_000_000, "shock_e9": [first, second, 0, 0, 0, 0, 0, 0] });
        let scenarios: Vec<Value> = self.shocks_e9.iter().map(scenario).collect();
        case["portfolio"]["scenarios"] = json!(scenarios);
        case["account"] = json!({
            "quote_atoms": self.quote_atoms.to_string(),
            "positions": [
                position(0, self.sizes[0], self.entries[0]),
                position(1, self.sizes[1], self.entries[1]),
            ],
            "collaterals": [],
        });
        case["liquidation"] = json!({
            "asset": self.closes,
            "what": what,
            "flag_age_s": 0,
            "beta_e9": 100_000_000,
            "penalty_abs_e9": 50_000_000,
            "dust_quote_atoms": self.dust_quote_atoms.to_string(),
            "window_cap_quote_atoms": "100000000000",
            "window_share_e9": 1_000_000_000,
            "window_gross_quote_atoms": "3000000000000",
            "window_closed_quote_atoms": "0",
        });
        case
    }
}

fn integer(value: &Value) -> i128 {
    value.as_str().expect("text").parse().unwrap()
}

/// Two legs of $10,000, 5 % below their margin: the whole leg ends at E/MM 1.08, 62.5 % of it at the exit.
#[test]
fn a_hedge_is_closed_to_its_target_and_not_whole() {
    let hedge = Hedge {
        dollars: [1_000, 1_000],
        lots: [1_000_000, 1_000_000],
        sizes: [1_000_000_000, -1_000_000_000],
        entries: [10_000_000_000, -10_000_000_000],
        quote_atoms: 427_500_000,
        shocks_e9: &[],
        max_rate_per_h_e9: 0,
        closes: 0,
        dust_quote_atoms: 1,
    };
    let plan = answer(&hedge.case("position"))["liquidation"].clone();
    assert_eq!(
        (&plan["reason"], &plan["allowed"]),
        (&json!("target"), &json!(true))
    );
    // Exactly 62.5 % reaches it exactly: rounded against the account that is a lot more.
    let size = integer(&plan["size_atoms"]);
    assert!([625_000_000, 626_000_000].contains(&size), "{size}");
    let (equity, margin) = (
        integer(&plan["equity_after_quote_atoms"]),
        integer(&plan["mm_after_quote_atoms"]),
    );
    assert!((402_170_000..=402_187_500).contains(&equity), "{equity}");
    assert!((365_560_000..=365_625_010).contains(&margin), "{margin}");
}

/// Past the balance of two scenarios the leg that is too large helps by as much as it is, and not whole.
#[test]
fn a_holding_helps_by_as_much_as_it_is_too_large() {
    let hedge = Hedge {
        dollars: [100_000, 4_000],
        lots: [10_000, 100_000],
        sizes: [1_000_000_000, -33_300_000_000],
        entries: [1_000_000_000_000, -1_332_000_000_000],
        quote_atoms: 49_845_050_347,
        shocks_e9: &[[-400_000_000, -300_000_000], [400_000_000, 300_000_000]],
        max_rate_per_h_e9: 100_000,
        closes: 1,
        dust_quote_atoms: 100_000_000,
    };
    let plan = answer(&hedge.case("position"))["liquidation"].clone();
    assert_eq!(
        (&plan["reason"], &plan["allowed"]),
        (&json!("whole"), &json!(true))
    );
    assert!((integer(&plan["size_atoms"]) - 4_059_400_000).abs() <= 200_000);
    assert!((integer(&plan["relief_quote_atoms"]) - 4_534_123_513).abs() <= 300);
}

/// $1 M against $1 M at the balance of two scenarios: no leg frees anything, the same share of both does.
#[test]
fn where_no_holding_helps_a_slice_does() {
    let hedge = |closes| Hedge {
        dollars: [100_000, 4_000],
        lots: [10_000, 100_000],
        sizes: [1_000_000_000, -25_000_000_000],
        entries: [1_000_000_000_000, -1_000_000_000_000],
        quote_atoms: 71_120_000_000,
        shocks_e9: &[[-400_000_000, -300_000_000], [300_000_000, 400_000_000]],
        max_rate_per_h_e9: 100_000,
        closes,
        dust_quote_atoms: 100_000_000,
    };
    for leg in [0, 1] {
        let plan = answer(&hedge(leg).case("position"))["liquidation"].clone();
        assert_eq!(plan["allowed"], false, "{plan}");
    }
    let plan = answer(&hedge(0).case("slice"))["liquidation"].clone();
    assert_eq!(
        (&plan["reason"], &plan["allowed"]),
        (&json!("target"), &json!(true))
    );
    assert_eq!(integer(&plan["size_atoms"]), 728);
    let relief = integer(&plan["relief_quote_atoms"]);
    assert!((relief - 73_964_800_000).abs() <= 600, "{relief}");
}

/// 100 SOL against a short of 100 with $60 of equity: net flat, and below its margin from $103.45 on.
#[test]
fn a_hedge_names_both_liquidation_prices() {
    let at = |dollars: u64| {
        let mut case: Value = serde_json::from_str(LONE_LONG).unwrap();
        let price = json!((u128::from(dollars) * 1_000_000_000_000).to_string());
        let asset = &mut case["assets"][0];
        (asset["price_e12"], asset["ema_e12"]) = (price.clone(), price);
        case["account"] = json!({
            "quote_atoms": "-9940000000",
            "positions": [position(0, -100_000_000_000, -10_000_000_000)],
            "collaterals": [{ "asset": 0, "amount_atoms": "100000000000" }],
        });
        case["liquidation"] = Value::Null;
        answer(&case)
    };
    let healthy = at(100);
    assert_eq!(healthy["liquidatable"], false);
    let prices = &healthy["assets"][0]["liquidation_prices_e12"];
    let nearer = integer(&prices[0]);
    assert!(
        (103_448_200_000_000..103_448_300_000_000).contains(&nearer),
        "{nearer}"
    );
    assert_eq!(prices[1], Value::Null, "below, its charges only fall");
    let below = at(104);
    assert_eq!(below["liquidatable"], true);
    let prices = &below["assets"][0]["liquidation_prices_e12"];
    assert_eq!(integer(&prices[0]), 104_000_000_000_000);
}
