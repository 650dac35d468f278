use super::*;

const HOUR_SECS: i64 = 3_600;

/// A file whose hours trade this many dollars, week by week.
fn series(weeks: &[f64]) -> Series {
    let hours = weeks.iter().flat_map(|usd| std::iter::repeat_n(*usd, 168));
    let turnover = hours.enumerate().map(|(hour, usd)| Turnover {
        end_ts: (hour as i64 + 1) * HOUR_SECS,
        usd,
    });
    Series {
        asset: "BTC".to_owned(),
        source: String::new(),
        file: String::new(),
        step_secs: HOUR_SECS,
        bars: Vec::new(),
        doubtful: Default::default(),
        turnover: turnover.collect(),
    }
}

fn params() -> AssetParams {
    AssetParams {
        depth_quote_atoms: 30_000_000_000_000,
        oi_lo_quote_atoms: 40_000_000_000_000,
        oi_hi_quote_atoms: 160_000_000_000_000,
        ..AssetParams::reference()
    }
}

#[test]
fn l_is_a_tenth_of_the_turnover_of_the_quietest_weeks_of_the_newest_year() {
    // 8 older weeks that hardly trade, then 52 of $400 M with 3 of $270 M among them: the third smallest of 52 is the
    // 5 % quantile.
    let mut weeks = vec![1e6; 8];
    weeks.extend([400e6; 52]);
    for quiet in [20, 33, 47] {
        weeks[quiet] = 270e6;
    }
    let (fitted, evidence) = QuietTurnover::from_series(&series(&weeks))
        .fit(&params())
        .unwrap();
    assert_eq!(fitted.depth_quote_atoms, 30_000_000_000_000); // $27 M, to one digit
    assert_eq!(fitted.oi_lo_quote_atoms, 40_000_000_000_000);
    assert_eq!(fitted.oi_hi_quote_atoms, 160_000_000_000_000);
    assert!(
        evidence[0]
            .1
            .starts_with("10 % of $270.0000 M, the 5 % quantile of 52 weekly"),
        "{}",
        evidence[0].1
    );
    assert!(
        evidence[2].1.starts_with("1.33 times L"),
        "{}",
        evidence[2].1
    );
    assert_eq!(evidence[1].0, "turnover_reference_quote_atoms");
    assert!(evidence[1].1.starts_with("off: "), "{}", evidence[1].1);
    let given = AssetParams {
        turnover_reference_quote_atoms: 1,
        ..params()
    };
    let (kept, evidence) = QuietTurnover::from_series(&series(&weeks))
        .fit(&given)
        .unwrap();
    assert_eq!(kept.turnover_reference_quote_atoms, 1);
    assert!(evidence[1].1.starts_with("as given"), "{}", evidence[1].1);
    weeks[47] = 400e6;
    let (busier, _) = QuietTurnover::from_series(&series(&weeks))
        .fit(&params())
        .unwrap();
    assert_eq!(busier.depth_quote_atoms, 40_000_000_000_000);
    // What is fitted once stays.
    let again = QuietTurnover::from_series(&series(&weeks))
        .fit(&busier)
        .unwrap();
    assert_eq!(again.0, busier);
}

#[test]
fn a_file_that_does_not_say_what_was_traded_keeps_l_and_says_so() {
    let mut unknown = series(&[1e8; 52]);
    unknown.turnover.clear();
    let why = |series: &Series| {
        QuietTurnover::from_series(series)
            .fit(&params())
            .unwrap_err()
    };
    assert_eq!(why(&unknown), "the file says of no bar what was traded");
    let mut thin = series(&[1e8; 52]);
    thin.turnover.retain(|hour| hour.end_ts % 7_200 == 0); // every second hour is empty
    assert!(
        why(&thin).starts_with("0 of the newest 52 weeks"),
        "{}",
        why(&thin)
    );
    assert!(why(&series(&[1e8; 19])).starts_with("19 of the newest 52 weeks"));
    assert!(
        QuietTurnover::from_series(&series(&[1e8; 20]))
            .fit(&params())
            .is_ok()
    );
    let dead = why(&series(&[0.0; 52]));
    assert_eq!(
        dead,
        "less than $10 an hour was traded in its quietest weeks"
    );
}

#[test]
fn one_digit_is_left() {
    let digits = [0.9, 1.0, 9.99, 14.0, 15.0, 34_900_000.0, 99e6, f64::NAN].map(one_digit);
    assert_eq!(digits, [0, 1, 9, 10, 20, 30_000_000, 100_000_000, 0]);
}
