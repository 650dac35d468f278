use super::super::all;
use super::*;
extern crate std;
use std::{format, string::ToString, vec::Vec};

fn said(error: RiskError) -> std::string::String {
    Sentence(error).to_string()
}

#[test]
fn a_range_is_said_in_its_scale() {
    let rule = |scale, lower, upper| {
        Rule::Range {
            scale,
            lower,
            upper,
        }
        .to_string()
    };
    assert_eq!(
        rule(Scale::Fraction, 250_000_000, 500_000_000),
        "0.25 to 0.5"
    );
    assert_eq!(
        rule(Scale::Fraction, -1_000_000_000, 3_000_000_000),
        "-1 to 3"
    );
    assert_eq!(
        rule(Scale::Percent, 5_000_000, 500_000_000),
        "0.5 % to 50 %"
    );
    assert_eq!(
        rule(Scale::Percent, 1, 50_000_000),
        "above 0 and at most 5 %"
    );
    assert_eq!(
        rule(Scale::PercentPerHour, 0, 100_000),
        "at most 0.01 % per hour"
    );
    assert_eq!(rule(Scale::Secs, 900, 86_400), "15 min to 24 h");
    assert_eq!(rule(Scale::Secs, 1, 60), "1 s to 60 s");
    assert_eq!(rule(Scale::Secs, 43_200, u32::MAX.into()), "at least 12 h");
    assert_eq!(rule(Scale::Usd, 0, 1_000_000_000_000), "at most $1,000,000");
    assert_eq!(rule(Scale::Usd, 0, 250_000), "at most $0.25");
    assert_eq!(rule(Scale::Usd, 1, NO_END.into()), "above 0");
    assert_eq!(rule(Scale::Count, 1, 8_640), "1 to 8,640");
    assert_eq!(rule(Scale::Secs, 28_800, 28_800), "exactly 8 h");
}

#[test]
fn an_error_is_said_by_all_of_its_rows() {
    assert_eq!(
        said(RiskError::KOutOfBounds),
        "`params.k_e9` must be 2 to 6."
    );
    assert_eq!(
        said(RiskError::HorizonOutOfBounds),
        "`params.h_mm_secs` must be 15 min to 24 h; `params.h_im_secs` must be at most 30 d; \
         `h_im_secs` at least 2 · `h_mm_secs`."
    );
    assert_eq!(
        said(RiskError::BorrowRateOutOfBounds),
        "`borrow_base_per_h_e9` + `borrow_slope_per_h_e9` at most 0.01 % per hour."
    );
    assert_eq!(said(RiskError::Overflow), "");
}

/// Every bound has a row, and nothing else has one.
#[test]
fn every_bound_is_said() {
    let bounds: Vec<&Bound> = all().collect();
    assert!(bounds.len() > 90, "{} rows", bounds.len());
    for bound in bounds {
        let name = format!("{:?}", bound.error);
        assert!(name.ends_with("OutOfBounds") || name == "FixedParameterChanged");
        assert!(!bound.keys.is_empty(), "{name}");
        let text = bound.to_string();
        assert!(!text.contains("{}"), "{text}");
        if let Rule::Condition { text, number } = bound.rule {
            assert_eq!(text.contains("{}"), number.is_some(), "{text}");
        }
    }
}
