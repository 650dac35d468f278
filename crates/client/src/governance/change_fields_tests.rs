use super::*;
use freeboard::state::{OracleKind, Role};

fn risk_of(edit: impl FnOnce(&mut risk::AssetParams)) -> Change {
    let mut params = risk::AssetParams::reference();
    edit(&mut params);
    Change::AssetRisk {
        asset_index: 0,
        params: Box::new(params.into()),
    }
}

#[test]
fn only_fields_that_differ_are_there() {
    let old = risk_of(|_| ());
    assert_eq!(compare(Some(&old), &old), []);
    let new = risk_of(|params| {
        params.k_e9 += 1;
        params.basis_e9 -= 1;
        params.sample.max_age_secs += 1;
        params.lot_atoms += 1;
    });
    let rows = compare(Some(&old), &new);
    let seen: Vec<_> = rows
        .iter()
        .map(|row| (row.name.as_str(), row.side, row.effect))
        .collect();
    let expected = [
        ("k_e9", Side::Tighter, Effect::SpeedLimit),
        ("basis_e9", Side::Looser, Effect::Ramp),
        ("lot_atoms", Side::Fixed, Effect::None),
        ("sample.max_age_secs", Side::NoSide, Effect::SpeedLimit),
    ];
    assert_eq!(seen, expected);
    let reference = risk::AssetParams::reference();
    assert_eq!(rows[0].old, Some(json!(reference.k_e9)));
    assert_eq!(rows[3].new, json!(reference.sample.max_age_secs + 1));
}

/// A ramp holds back only what asks for more, which a field without a tight side may do as well.
#[test]
fn what_eases_is_told_by_the_value_where_there_is_no_tight_side() {
    let side_and_ease = |old: &Change, new: &Change| {
        let rows = compare(Some(old), new);
        let [row] = rows.as_slice() else {
            panic!("{rows:?}")
        };
        (row.side, row.eases())
    };
    let reference = risk_of(|_| ());
    let rate = risk_of(|params| params.max_rate_per_h_e9 += 1);
    let collateral_weight = risk_of(|params| params.collateral_weight_e9 += 1);
    let basis = risk_of(|params| params.basis_e9 += 1);
    for (less, more, side, back) in [
        (&reference, &rate, Side::NoSide, Side::NoSide),
        (&collateral_weight, &reference, Side::NoSide, Side::NoSide),
        (&reference, &basis, Side::Tighter, Side::Looser),
    ] {
        assert_eq!(side_and_ease(less, more), (side, false));
        assert_eq!(side_and_ease(more, less), (back, true));
    }
}

#[test]
fn losses_of_a_scenario_are_compared_with_their_weight() {
    let scenarios = |list: &[(u16, i16)]| Change::Scenarios {
        scenarios: list
            .iter()
            .map(|(weight_bps, shock)| Scenario {
                weight_bps: *weight_bps,
                shock_bps: [*shock, 0, 0, 0, 0, 0, 0, 0],
            })
            .collect(),
    };
    let sides = |old: &[(u16, i16)], new: &[(u16, i16)]| {
        let rows = compare(Some(&scenarios(old)), &scenarios(new));
        rows.into_iter()
            .map(|row| (row.name, row.side))
            .collect::<Vec<_>>()
    };
    let first = |side| vec![("scenarios[0].weight·shock[0]".to_owned(), side)];
    assert_eq!(sides(&[], &[(10_000, -3_000)]), first(Side::Tighter));
    assert_eq!(sides(&[(10_000, -3_000)], &[]), first(Side::Looser));
    assert_eq!(
        sides(&[(10_000, -3_000)], &[(10_000, 3_000)]),
        first(Side::NoSide)
    );
    let same = vec![("scenarios[0].weight_bps".to_owned(), Side::NoSide)];
    assert_eq!(sides(&[(10_000, -3_000)], &[(5_000, -6_000)]), same);
}

#[test]
fn what_has_no_table_of_directions_is_compared_too() {
    let (old, new) = (
        Change::Timelock { secs: 86_400 },
        Change::Timelock { secs: 90_000 },
    );
    assert_eq!(compare(Some(&old), &new)[0].side, Side::Tighter);
    assert_eq!(compare(Some(&new), &old)[0].side, Side::Looser);
    let holder = |byte| Change::OfferRole {
        role: Role::Guardian,
        holder: Pubkey::new_from_array([byte; 32]),
    };
    let rows = compare(Some(&holder(1)), &holder(2));
    let name = Pubkey::new_from_array([2; 32]).to_string();
    assert_eq!(rows[0].new, json!(name));
    let feed = |kind| Change::AssetFeed {
        asset_index: 0,
        feed: FeedBinding {
            kind,
            feed: [0xab; 32],
        },
    };
    let rows = compare(
        Some(&feed(OracleKind::PythLegacy)),
        &feed(OracleKind::PythReceiver),
    );
    assert_eq!(rows[0].name, "oracle_kind");
    let other = feed(OracleKind::PythReceiverPro);
    let rows_of_receivers = compare(Some(&feed(OracleKind::PythReceiver)), &other);
    assert_eq!(rows_of_receivers.len(), 1, "the feed id stays");
    assert_eq!(rows_of_receivers[0].new, json!("pyth_receiver_pro"));
    assert_eq!(rows[1].new, json!("ab".repeat(32)));
}

#[test]
fn a_source_of_implied_volatility_has_no_tight_side() {
    let from = |source| Change::ImpliedVolatility {
        asset_index: 0,
        source,
    };
    let governed = from(ImpliedSource::Governed {
        sigma_e9: 8_000_000,
        until_ts: 1_790_000_000,
    });
    let feed = from(ImpliedSource::Feed {
        feed: FeedBinding {
            kind: OracleKind::PythReceiver,
            feed: [0xab; 32],
        },
    });
    let names = |old: &Change, new: &Change| -> Vec<String> {
        let rows = compare(Some(old), new);
        assert!(rows.iter().all(|row| row.side == Side::NoSide));
        assert!(rows.iter().all(|row| row.effect == Effect::SpeedLimit));
        rows.into_iter().map(|row| row.name).collect()
    };
    let (value, binding) = (
        ["implied.sigma_e9", "implied.until_ts"],
        ["implied.kind", "implied.id"],
    );
    assert_eq!(names(&from(ImpliedSource::None), &governed), value);
    assert_eq!(names(&governed, &feed), [binding, value].concat());
    let none = from(ImpliedSource::None);
    let rows = compare(Some(&feed), &none);
    assert_eq!(rows[1].old, Some(json!("ab".repeat(32))));
    assert_eq!(rows[1].new, json!("none"));
    assert!(compare(Some(&feed), &feed).is_empty());
}
