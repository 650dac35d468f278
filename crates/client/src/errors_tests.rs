use super::*;

#[test]
fn every_number_on_the_way_is_explained() {
    for (number, name, origin) in [
        (6402, "ReduceOnly", Origin::Freeboard),
        (0x1902, "ReduceOnly", Origin::Freeboard),
        (100, "InstructionMissing", Origin::Anchor),
        (2000, "ConstraintMut", Origin::Anchor),
        (3012, "AccountNotInitialized", Origin::Anchor),
        (5000, "Deprecated", Origin::Anchor),
        (1, "InsufficientFunds", Origin::Token),
    ] {
        let found = explain(number).unwrap();
        assert_eq!((found.name.as_str(), found.origin), (name, origin));
        assert_eq!(named(name).map(|one| one.number), Some(number));
    }
    assert_eq!(explain(6302), None);
    assert_eq!(explain(u32::MAX), None);
    assert_eq!(named("NoSuchError"), None);
}

#[test]
fn no_number_is_there_twice_and_each_has_words() {
    let mut numbers: Vec<u32> = all().map(|one| one.number).collect();
    let count = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), count);
    assert_eq!(count, TABLE.len() + 82 + 20);
    for one in all() {
        for text in [&one.sentence, &one.remedy] {
            assert!(text.ends_with('.') && !text.contains(".."), "{one}");
        }
    }
}

#[test]
fn the_number_is_read_from_either_line() {
    let anchors =
        "Program log: AnchorError occurred. Error Code: . Error Number: 6402. Error Message: .";
    let networks =
        "Program ADLm4ToPjGCKRyfFG9y5rYN3sS3o9ABGPYqujbm8ARNa failed: custom program error: 0x1902";
    assert_eq!(number_in_logs(&["Program log: x", anchors]), Some(6402));
    assert_eq!(number_in_logs(&[anchors, networks]), Some(6402));
    assert_eq!(number_in_logs(&["Program log: Instruction: Trade"]), None);
    let raised = FreeboardError::ReduceOnly.raise();
    assert_eq!(number_of(&raised), Some(6402));
}
