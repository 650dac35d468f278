//! Opposite accounts of one owner at the shipped parameters, on gaps that are made up and on the recorded prices.
//!
//! Without prices the tests on history say so and pass. The tables of docs/whitepaper.md:
//! `cargo test -p freeboard-sim --test pairs -- --ignored --nocapture`.
#[path = "../../../crates/sandbox/src/beside.rs"]
mod beside;

use freeboard_client::parameters::ParameterFile;
use freeboard_risk::params::PortfolioCoefficients;
use freeboard_sim::pairs::{
    Market, PairEntry, PairOutcome, Summary, Tactics, gap, ramp, summarise,
};
use freeboard_sim::prices::{Bar, Doubtful, Series, load};
use freeboard_sim::replay::{Point, ReplayedAsset};

use beside::beside;

/// Assets and the prices that their caps in base atoms were set for, dollars.
const ASSETS: [(&str, f64); 3] = [("BTC", 100_000.0), ("ETH", 4_000.0), ("SOL", 150.0)];
const HOUR_SECS: i64 = 3_600;

fn shipped() -> (ParameterFile, PortfolioCoefficients) {
    let text = include_str!("../../../migrations/parameters/default.toml");
    let file = ParameterFile::parse(text).expect("shipped parameters");
    let portfolio = PortfolioCoefficients::new(&file.portfolio).expect("coefficients");
    (file, portfolio)
}

/// The shipped parameters, but the open-interest range is out of reach.
fn without_open_interest_add_on() -> (ParameterFile, PortfolioCoefficients) {
    let (mut file, portfolio) = shipped();
    for entry in &mut file.assets {
        (
            entry.params.oi_lo_quote_atoms,
            entry.params.oi_hi_quote_atoms,
        ) = (u64::MAX / 2, u64::MAX);
    }
    (file, portfolio)
}

fn asset_of(file: &ParameterFile, name: &str) -> ReplayedAsset {
    let entry = file.assets.iter().find(|entry| entry.name == name);
    ReplayedAsset::new(&entry.expect(name).params, &file.portfolio).expect("an asset")
}

/// An asset after a year without any move: its margin is at its least.
fn rested(asset: &ReplayedAsset, dollars: f64) -> Point {
    let bars = (0..20_000).map(|hour| Bar::flat(hour * HOUR_SECS, dollars));
    let series = Series {
        asset: String::new(),
        source: String::new(),
        file: String::new(),
        step_secs: HOUR_SECS,
        bars: bars.collect(),
        doubtful: Doubtful::default(),
        turnover: Vec::new(),
    };
    *asset
        .replay(&series)
        .expect("replayed")
        .last()
        .expect("points")
}

const ONE: Tactics = Tactics {
    accounts: 1,
    leaves: false,
};

/// By the budget alone: the open-interest add-on, which asks more the more is open, is left out.
#[test]
fn a_gap_of_the_stress_size_costs_no_more_than_the_markets_share() {
    let (file, portfolio) = without_open_interest_add_on();
    for (name, dollars) in ASSETS {
        let asset = asset_of(&file, name);
        let market = Market::new(&file, name, &asset, &portfolio, dollars).unwrap();
        let point = rested(&asset, dollars);
        let worth = (market.value_atoms + market.insurance_atoms) as f64;
        let share = worth * market.trade.gap_share_e9 as f64 / 1e9;
        let size = market.trade.gap_e9 as f64 / 1e9;
        let bad_debt = |market, fall, drifts| {
            let outcome = gap(market, ONE, &point, fall, drifts).unwrap();
            outcome.bad_debt_atoms as f64
        };
        for part in [0.25, 0.5, 0.75, 1.0] {
            for drifts in [false, true] {
                let missing = bad_debt(market, size * part, drifts);
                assert!(
                    missing <= share * 1.001,
                    "{name} {part}: {missing} of {share}"
                );
            }
        }
        let unbounded = Market {
            is_bounded: false,
            ..market
        };
        assert!(bad_debt(unbounded, size, false) > share, "{name}");
    }
}

/// By the budget alone as well: with the add-on a fall of 75 % of SOL stays within insurance and the pool's share.
#[test]
fn beyond_the_stress_size_the_winners_pay() {
    let (file, portfolio) = without_open_interest_add_on();
    for (name, dollars) in ASSETS {
        let asset = asset_of(&file, name);
        let market = Market::new(&file, name, &asset, &portfolio, dollars).unwrap();
        let point = rested(&asset, dollars);
        let worth = (market.value_atoms + market.insurance_atoms) as f64;
        let share = worth * market.trade.gap_share_e9 as f64 / 1e9;
        for fall in [0.6, 0.75, 0.9] {
            let outcome = gap(market, ONE, &point, fall, false).unwrap();
            let borne = (outcome.bad_debt_atoms - outcome.by_winners_atoms) as f64;
            let insured = market.pool.insurance_cap_quote_atoms as f64;
            assert!(
                borne <= share + insured,
                "{name} {fall}: {borne} of {share}"
            );
            assert!(outcome.by_winners_atoms > 0, "{name} {fall}");
        }
    }
}

/// Hourly closes, a start a day; finer closes, every start in a storm.
#[test]
fn the_attack_loses_on_the_recorded_prices() {
    let Some(folder) = beside("data/prices") else {
        return;
    };
    each_series(&folder, |market, name, points, source, step_secs| {
        let is_hourly = step_secs == HOUR_SECS;
        let runs: &[(u64, PairEntry)] = if is_hourly {
            &[(1, PairEntry::Every(24 * HOUR_SECS)), (1, PairEntry::Storm)]
        } else {
            &[(1, PairEntry::Storm), (200, PairEntry::Storm)]
        };
        for (accounts, entry) in runs {
            let tactics = Tactics {
                accounts: *accounts,
                leaves: false,
            };
            let summary = summarise(market, tactics, *entry, points, step_secs).unwrap();
            assert!(summary.count > 0, "{name} {source}");
            assert!(
                summary.mean < 0.0,
                "{name} {source} K={accounts} {entry:?}: {summary:?}"
            );
        }
    });
}

/// Does something with each series of each asset, its estimator warm.
fn each_series(folder: &std::path::Path, mut act: impl FnMut(Market, &str, &[Point], &str, i64)) {
    let (file, portfolio) = shipped();
    let names: Vec<String> = ASSETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let all = load(folder, &names).expect("prices").series;
    for (name, dollars) in ASSETS {
        let asset = asset_of(&file, name);
        let market = Market::new(&file, name, &asset, &portfolio, dollars).unwrap();
        let mut own = all.iter().filter(|series| series.asset == name);
        let hourly = own.clone().find(|series| series.is_long()).expect("hourly");
        own.by_ref().for_each(|series| {
            let state = (!series.is_long())
                .then(|| asset.carried_over(hourly, series).expect("carried over"))
                .flatten();
            let points = match state {
                Some(state) => asset.replay_from(state, series),
                None => asset.replay(series),
            };
            act(
                market,
                name,
                &points.unwrap(),
                &series.source,
                series.step_secs,
            );
        });
    }
}

/// Prints what docs/whitepaper.md shows, with and without the rule.
#[test]
#[ignore = "minutes: prints the tables of the whitepaper"]
fn tables() {
    let Some(folder) = beside("data/prices") else {
        return;
    };
    let millions = |atoms: i64| atoms as f64 / 1e12;
    let mut printed = std::collections::BTreeSet::new();
    each_series(&folder, |market, name, points, source, step_secs| {
        for is_bounded in [false, true] {
            let market = Market {
                is_bounded,
                ..market
            };
            if printed.insert((name.to_owned(), is_bounded)) {
                let point = mean_point(points, market.dollars);
                let gain =
                    |outcome: anyhow::Result<PairOutcome>| millions(outcome.unwrap().gain_atoms);
                let opened = gap(market, ONE, &point, 0.0001, false).unwrap();
                print!(
                    "| {name} | {is_bounded} | {:.1} ",
                    opened.notional_atoms as f64 / 1e12
                );
                for fall in [0.05, 0.1, 0.15, 0.2, 0.3] {
                    let (now, later) = (
                        gain(gap(market, ONE, &point, fall, false)),
                        gain(gap(market, ONE, &point, fall, true)),
                    );
                    print!("| {now:+.2} ({later:+.2}) ");
                }
                for accounts in [1, 50, 200, 1_000] {
                    let tactics = Tactics {
                        accounts,
                        leaves: false,
                    };
                    print!("| {:+.2} ", gain(ramp(market, tactics, &point, 0.127, 600)));
                }
                println!("|");
            }
            let accounts: &[u64] = if step_secs == HOUR_SECS {
                &[1]
            } else {
                &[1, 200, 1_000]
            };
            for accounts in accounts {
                for leaves in [false, true] {
                    for entry in [PairEntry::Every(4 * HOUR_SECS), PairEntry::Storm] {
                        let tactics = Tactics {
                            accounts: *accounts,
                            leaves,
                        };
                        let Summary {
                            count,
                            gained,
                            mean,
                            best,
                            notional,
                            by_winners,
                        } = summarise(market, tactics, entry, points, step_secs).unwrap();
                        println!(
                            "{name} {source} bounded {is_bounded} K {accounts} leaves {leaves} {entry:?}: \
                             {count} attacks, {gained} gain, mean {mean:+.0}, best {best:+.0}, a side \
                             {notional:.0}, winners {by_winners:.0}"
                        );
                    }
                }
            }
        }
    });
}

/// The point of 2022 and later whose unit shock is nearest to the mean of these years, at this price.
fn mean_point(points: &[Point], dollars: f64) -> Point {
    const FROM_TS: i64 = 1_640_995_200;
    let shock = |point: &Point| point.unit_shock.u_mm.to_bits() as f64;
    let later = || points.iter().filter(|point| point.ts >= FROM_TS);
    let mean = later().map(shock).sum::<f64>() / later().count() as f64;
    let distance = |point: &Point| {
        let c_im = point.unit_shock.c_im.to_bits() as f64;
        (shock(point) - mean).abs() + (c_im - 2.0 * mean).abs()
    };
    let nearest = later().min_by(|a, b| distance(a).total_cmp(&distance(b)));
    let point = nearest.expect("hourly closes since 2022");
    Point {
        close: dollars,
        price: ReplayedAsset::price_of(dollars),
        ..*point
    }
}
