extern crate std;
use super::*;
use std::{collections::BTreeSet, format, string::ToString};

#[test]
fn numbers_rise_within_their_block_and_names_are_unique() {
    let mut names = BTreeSet::new();
    let mut last = 0;
    for entry in TABLE {
        let (block, _) = entry.subject.heading();
        assert_eq!(entry.number / 100, block, "{}", entry.name);
        assert!(entry.number > last, "{}", entry.name);
        last = entry.number;
        assert!(names.insert(entry.name), "{} twice", entry.name);
        assert_eq!(of_number(entry.number), Some(entry));
        assert_eq!(of_name(entry.name), Some(entry));
        let error = FreeboardError::from_number(entry.number);
        assert_eq!(error.and_then(FreeboardError::entry), Some(entry));
    }
    assert!(TABLE.len() > 150);
    assert_eq!(of_number(6302), None);
    assert_eq!(FreeboardError::from_number(6302), None);
}

#[test]
fn every_error_has_a_sentence_and_a_remedy() {
    for entry in TABLE {
        let words = [entry.sentence().to_string(), entry.remedy().to_string()];
        for text in words {
            assert!(text.ends_with('.') && text.len() > 8, "{entry}");
            assert!(!text.contains("  ") && !text.contains('\n'), "{entry}");
        }
        let is_bound = entry.name.ends_with("OutOfBounds") || entry.name == "FixedParameterChanged";
        assert_eq!(matches!(entry.words, Words::Bounds(_)), is_bound, "{entry}");
    }
}

#[test]
fn an_error_is_said_in_one_line() {
    let said = |error: FreeboardError| error.entry().map(ToString::to_string);
    assert_eq!(
        said(FreeboardError::ReduceOnly).as_deref(),
        Some(
            "6402 ReduceOnly: The trade would increase or flip the position, and the order or the market only reduces. \
             Trade at most the size of the position, against it."
        )
    );
    assert_eq!(
        said(RiskError::KOutOfBounds.into()).as_deref(),
        Some("6120 KOutOfBounds: `params.k_e9` must be 2 to 6. Choose values within the bounds.")
    );
}

#[test]
fn the_number_is_that_of_the_table() {
    for entry in TABLE {
        if let Words::Bounds(error) = entry.words {
            let error = FreeboardError::from(error);
            assert_eq!(
                (u32::from(error), format!("{error:?}").as_str()),
                (entry.number, entry.name)
            );
        }
    }
    assert_eq!(u32::from(FreeboardError::from(RiskError::Overflow)), 6950);
}
