//! Values of fields, times and effects in words.
use freeboard_client::change_fields::Side;
use freeboard_client::display::money::{QUOTE_DECIMALS, decimal, duration, percent_e9};
use freeboard_client::risk::governance::Effect;
use jiff::Timestamp;
use serde_json::Value;

/// Fields × 10^9 that are multiples; all others are shares, read in per cent.
const MULTIPLES: [&str; 9] = [
    "k_e9",
    "z_e9",
    "kappa_e9",
    "im_over_mm_e9",
    "clamp_mult_e9",
    "clamp_short_mult_e9",
    "short_mult_e9",
    "clamp_max_ratio_e9",
    "adl_start_score_e9",
];

/// The value of a field; `base_decimals` are those of the asset that it is about.
pub fn value(field: &str, value: &Value, base_decimals: u8) -> String {
    if let Some(scenario) = value.as_object() {
        let part = |key| {
            scenario
                .get(key)
                .and_then(Value::as_i64)
                .unwrap_or_default()
        };
        return percent_e9(i128::from(part("weight_bps")) * i128::from(part("shock_bps")) * 10);
    }
    let name = field.rsplit('.').next().unwrap_or(field);
    let Some(number) = value.as_u64() else {
        return match value {
            Value::Bool(true) => "yes".to_owned(),
            Value::Bool(false) => "no".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
    };
    if MULTIPLES.contains(&name) {
        decimal(number.into(), 9)
    } else if name.ends_with("_per_h_e9") {
        format!("{} per hour", percent_e9(number.into()))
    } else if name.starts_with("sigma_") && name.ends_with("_e9") {
        format!("{} per √hour", percent_e9(number.into()))
    } else if name.ends_with("_e9") {
        percent_e9(number.into())
    } else if name.ends_with("_quote_atoms") {
        format!("${}", decimal(number.into(), QUOTE_DECIMALS))
    } else if name.ends_with("_atoms") {
        decimal(number.into(), base_decimals)
    } else if name.ends_with("_ts") {
        time(i64::try_from(number).unwrap_or(i64::MAX))
    } else if name.ends_with("_secs") {
        duration(number)
    } else {
        number.to_string()
    }
}

/// The value as the program keeps it.
pub fn exact(value: &Value) -> String {
    match value.as_object() {
        Some(scenario) => {
            let part = |key| {
                scenario
                    .get(key)
                    .and_then(Value::as_i64)
                    .unwrap_or_default()
            };
            format!("{} · {} bps", part("weight_bps"), part("shock_bps"))
        }
        None => match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        },
    }
}

/// A unix time in UTC; a time that no calendar has is never reached.
pub fn time(ts: i64) -> String {
    match Timestamp::from_second(ts) {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => "never".to_owned(),
    }
}

/// Which way a field is changed.
pub const fn side(side: Side) -> &'static str {
    match side {
        Side::Tighter => "tighter",
        Side::Looser => "looser",
        Side::NoSide => "no tight side",
        Side::Fixed => "fixed",
    }
}

/// What a change of a field does to a margin, by whether it asks for less; its ramp ends at `ramp_end_ts`, if it
/// has one.
pub fn effect(effect: Effect, eases: bool, ramp_end_ts: Option<i64>) -> String {
    match (effect, eases) {
        (Effect::None, _) => "no margin".to_owned(),
        (Effect::Initial, _) => "IM at once, not MM".to_owned(),
        (Effect::SpeedLimit, _) => "IM at once, MM by the speed limit".to_owned(),
        (Effect::Ramp | Effect::CollateralWeight, true) => "IM and MM at once".to_owned(),
        (Effect::Ramp, _) => match ramp_end_ts {
            Some(ts) => format!("IM at once, MM by a ramp until {}", time(ts)),
            None => "IM at once, MM by a ramp".to_owned(),
        },
        (Effect::Turnover, _) => "IM and MM as trading goes, by 1/240 of L an hour".to_owned(),
        (Effect::CollateralWeight, _) => "IM at once, MM by a point an hour".to_owned(),
        (Effect::Bucket, _) => "IM and MM at once".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_read_in_their_units() {
        for (field, number, text) in [
            ("k_e9", 2_500_000_000u64, "2.5"),
            ("params.k_e9", 3_000_000_000, "3"),
            ("collateral_weight_e9", 950_000_000, "95 %"),
            ("max_rate_per_h_e9", 100_000, "0.01 % per hour"),
            ("sigma_cap_e9", 140_800_000, "14.08 % per √hour"),
            ("implied.sigma_e9", 8_000_000, "0.8 % per √hour"),
            ("implied.until_ts", 1_780_000_000, "2026-05-28 20:26:40 UTC"),
            ("sample.max_conf_e9", 1, "0.0000001 %"),
            ("depth_quote_atoms", 30_000_000_000_000, "$30,000,000"),
            (
                "turnover_reference_quote_atoms",
                5_000_000_000_000,
                "$5,000,000",
            ),
            ("dust_quote_atoms", 1_500_000, "$1.5"),
            ("lot_atoms", 10_000, "0.0001"),
            ("h_mm_secs", 5_400, "1 h 30 min"),
            ("timelock_secs", 0, "0 s"),
            ("warmup_samples", 288, "288"),
        ] {
            assert_eq!(value(field, &json!(number), 8), text, "{field}");
        }
        assert_eq!(value("one_step_fills", &json!(true), 8), "yes");
        let scenario = json!({ "weight_bps": 5_000, "shock_bps": -3_000 });
        assert_eq!(value("scenarios[0]", &scenario, 0), "−15 %");
        assert_eq!(exact(&scenario), "5000 · -3000 bps");
    }

    #[test]
    fn times_are_utc() {
        assert_eq!(time(1_780_000_000), "2026-05-28 20:26:40 UTC");
        assert_eq!(time(i64::MAX), "never");
    }
}
