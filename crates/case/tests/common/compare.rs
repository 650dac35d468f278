//! The tolerances of the shared `compare.py`, for one margin case.
use serde_json::Value;

/// Every field outside its tolerance. `close` names the decisions that may fall either way.
pub fn differences(
    expected: &Value,
    actual: &Value,
    lot_atoms: i128,
    close: &[&str],
) -> Vec<String> {
    let mut found = Differences {
        expected,
        actual,
        close,
        lines: Vec::new(),
    };
    let count = 2 * i128::try_from(expected["assets"].as_array().unwrap().len()).unwrap();
    found.levels(count);
    found.contributions(count);
    found.assets();
    found.liquidation(count, lot_atoms);
    found.lines
}

/// What a requirement may exceed its exact value by.
fn requirement_tolerance(exact: i128, count: i128) -> i128 {
    exact.abs() * 5 / 1_000_000_000 + count + 3
}

struct Differences<'a> {
    expected: &'a Value,
    actual: &'a Value,
    close: &'a [&'a str],
    lines: Vec<String>,
}

impl Differences<'_> {
    fn note(&mut self, key: &str, expected: impl ToString, actual: impl ToString) {
        self.lines.push(format!(
            "{key}: {} for {}",
            actual.to_string(),
            expected.to_string()
        ));
    }

    fn within(&mut self, key: &str, below: i128, above: i128) {
        let (exact, value) = (integer(&self.expected[key]), integer(&self.actual[key]));
        if value < exact - below || value > exact + above {
            self.note(key, exact, value);
        }
    }

    /// What shocks and σ that are rounded up make of the move in favour of prices that cannot be used.
    fn favour_tolerance(&self) -> i128 {
        let equity = |level: &str| integer(&self.expected[format!("{level}_quote_atoms")]);
        let favour = equity("liquidation_equity") - equity("equity_mm");
        favour.abs() * 4 / 1_000_000_000
    }

    fn is_close(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.close.contains(name))
    }

    /// The field, unless one of the decisions `names` is close.
    fn equal(&mut self, key: &str, names: &[&str]) {
        if self.expected[key] != self.actual[key] && !self.is_close(names) {
            let (expected, actual) = (&self.expected[key], &self.actual[key]);
            self.note(key, expected, actual);
        }
    }

    fn levels(&mut self, count: i128) {
        for key in [
            "mm_quote_atoms",
            "im_quote_atoms",
            "liquidation_mm_quote_atoms",
        ] {
            let exact = integer(&self.expected[key]);
            self.within(key, 0, requirement_tolerance(exact, count));
        }
        for key in ["equity_mm_quote_atoms", "equity_im_quote_atoms"] {
            self.within(key, count + 2, 0);
        }
        self.within(
            "liquidation_equity_quote_atoms",
            count + 2 + self.favour_tolerance(),
            0,
        );
        let im = integer(&self.expected["im_quote_atoms"]);
        self.within(
            "headroom_im_quote_atoms",
            count + 2 + requirement_tolerance(im, count),
            0,
        );
        self.within("gross_quote_atoms", count + 2, count + 2);
        for (key, decision) in [
            ("initial_ok", "initial"),
            ("initial_reason", "initial"),
            ("liquidatable", "liquidatable"),
            ("mm_binding", "mm_binding"),
        ] {
            self.equal(key, &[decision]);
        }
        self.equal("im_binding", &["im_binding", "mm_binding"]);
    }

    fn contributions(&mut self, count: i128) {
        for level in ["mm", "im"] {
            let key = format!("{level}_contributions_quote_atoms");
            let total = integer(&self.expected[format!("{level}_quote_atoms")]);
            let list = |value: &Value| -> Vec<i128> {
                value[&key]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(integer)
                    .collect()
            };
            let (expected, actual) = (list(self.expected), list(self.actual));
            assert_eq!(expected.len(), actual.len(), "{key}");
            let largest = expected
                .iter()
                .map(|share| share.abs())
                .fold(total, i128::max);
            let tolerance = 4 * requirement_tolerance(largest, count);
            let (binding, tie) = (format!("{level}_binding"), format!("{level}_contributions"));
            if self.is_close(&[&binding, "mm_binding", &tie, "mm_contributions"]) {
                continue; // the parts depend on the choice, their sum does not
            }
            for (exact, value) in expected.iter().zip(&actual) {
                if (exact - value).abs() > tolerance {
                    self.note(&key, exact, value);
                }
            }
        }
    }

    fn assets(&mut self) {
        let list = |value: &Value| value["assets"].as_array().unwrap().clone();
        for (expected, actual) in list(self.expected).iter().zip(&list(self.actual)) {
            for (key, wanted) in expected.as_object().unwrap() {
                let fine = if key.ends_with("_e18") {
                    let (exact, value) = (integer(wanted), integer(&actual[key]));
                    (exact..=exact + exact / 1_000_000_000 + 2).contains(&value)
                } else if key == "net_quote_atoms" {
                    (integer(wanted) - integer(&actual[key])).abs() <= 2
                } else {
                    *wanted == actual[key]
                };
                if !fine {
                    self.note(key, wanted, &actual[key]);
                }
            }
        }
    }

    fn liquidation(&mut self, count: i128, lot_atoms: i128) {
        let (expected, actual) = (&self.expected["liquidation"], &self.actual["liquidation"]);
        if expected.get("size_atoms").is_none() || actual.get("size_atoms").is_none() {
            self.equal("liquidation", &["liquidatable"]);
            return;
        }
        let margin = integer(&self.expected["liquidation_mm_quote_atoms"]);
        let favour = self.favour_tolerance();
        let moved = count + 3 + favour;
        let share = 50_000_000_000 + 1_000_000_000_000_000_000 * moved / margin.max(1);
        let amount = 4 * requirement_tolerance(margin, count) + favour;
        let size = integer(&expected["size_atoms"]);
        let mut part = Differences {
            expected,
            actual,
            close: self.close,
            lines: Vec::new(),
        };
        for key in ["depth_e18", "penalty_share_e18"] {
            part.within(key, share, share);
        }
        // Where no size might free more than the tolerance, none is the right one.
        let frees_nothing = self.is_close(&["liquidation.allowed"])
            && [expected, actual]
                .into_iter()
                .all(|side| integer(&side["relief_quote_atoms"]).abs() <= amount);
        if !self.is_close(&["liquidation.reason"]) && !frees_nothing {
            let slack = lot_atoms + size / 1_000_000;
            part.within("size_atoms", slack, slack);
        }
        if size == integer(&actual["size_atoms"]) {
            part.equal("reason", &["liquidation.reason", "liquidation.size_atoms"]);
            part.equal("allowed", &["liquidation.allowed", "liquidation.reason"]);
            for key in ["relief", "penalty", "equity_after", "mm_after"] {
                part.within(&format!("{key}_quote_atoms"), amount, amount);
            }
        }
        self.lines.append(&mut part.lines);
    }
}

fn integer(value: &Value) -> i128 {
    value.as_str().unwrap().parse().unwrap()
}
