//! Live validation on the recorded prices: what an asset's account would have counted, by who sampled.
//!
//! Without prices the test says so and passes. The table of docs/whitepaper.md §12.7:
//! `cargo test -p freeboard-sim --test watched -- --nocapture`.
#[path = "../../../crates/sandbox/src/beside.rs"]
mod beside;

use beside::beside;
use freeboard_client::parameters::ParameterFile;
use freeboard_client::validation::{EXPECTED_RATE, kupiec};
use freeboard_risk::price::exceedance::{
    Exceedances, WINDOW_GRACE_SECS, WINDOW_SECS, WindowOutcome,
};
use freeboard_sim::prices::{Series, load};
use freeboard_sim::replay::{Point, ReplayedAsset};

/// Who samples.
#[derive(Clone, Copy, PartialEq)]
enum Sampler {
    /// Every close.
    OnTime,
    /// One caller alone, who knows the ten minutes beforehand: the first close that is within the shock, or none.
    Calm,
    /// The same, for the first close that is beyond it, or else the first.
    Stormy,
}

impl Sampler {
    /// Index of the close that ends the window begun at `start`, or of the first one after it; none at the end of the record.
    fn ends(self, counted: &Exceedances, points: &[Point], start: usize) -> Option<usize> {
        let age = |point: &Point| (point.ts - points[start].ts) as u64;
        let first = start + points[start..].partition_point(|one| age(one) < WINDOW_SECS);
        let in_time = |one: &Point| age(one) <= WINDOW_SECS + WINDOW_GRACE_SECS;
        let after = start + points[start..].partition_point(in_time);
        let is_within = |index: &usize| {
            let point = &points[*index];
            counted.window.judge(point.price, point.ts) == WindowOutcome::Within
        };
        let chosen = match self {
            Self::OnTime => (first < after).then_some(first),
            Self::Calm => (first..after).find(is_within),
            Self::Stormy => {
                let beyond = (first..after).find(|index| !is_within(index));
                beyond.or((first < after).then_some(first))
            }
        };
        chosen.or(Some(after)).filter(|index| *index < points.len())
    }

    fn counts(self, points: &[Point]) -> Exceedances {
        let mut counted = Exceedances::default();
        let mut next = Some(0);
        while let Some(at) = next {
            let point = &points[at];
            counted.observe(point.price, point.ts, point.unit_shock.u_mm);
            next = self.ends(&counted, points, at);
        }
        counted
    }
}

/// The closes of a series, its estimator warm where the hourly closes go as far.
fn replayed(asset: &ReplayedAsset, hourly: &Series, series: &Series) -> Vec<Point> {
    let warm = asset.carried_over(hourly, series).expect("carried over");
    let points = match warm {
        Some(state) => asset.replay_from(state, series),
        None => asset.replay(series),
    };
    points.expect("replayed")
}

fn beyond(counted: &Exceedances) -> u32 {
    counted.falls + counted.rises
}

#[test]
fn who_samples_decides_what_is_counted_and_missed_hours_show_it() {
    let Some(folder) = beside("data/prices") else {
        return;
    };
    let text = include_str!("../../../migrations/parameters/default.toml");
    let file = ParameterFile::parse(text).expect("shipped parameters");
    let names = ["BTC", "ETH", "SOL"].map(str::to_owned);
    let all = load(&folder, &names).expect("prices").series;
    let mut totals = [(0, 0, 0); 3];
    println!("| | windows | falls | rises | p | calm: beyond, missed | stormy |");
    for name in &names {
        let params = &file.asset(name).expect("shipped").params;
        let asset = ReplayedAsset::new(params, &file.portfolio).expect("an asset");
        let mut own = all.iter().filter(|series| series.asset == *name);
        let hourly = own.clone().find(|series| series.is_long()).expect("hourly");
        for series in own.by_ref().filter(|series| !series.is_long()) {
            let points = replayed(&asset, hourly, series);
            let samplers = [Sampler::OnTime, Sampler::Calm, Sampler::Stormy];
            let counted = samplers.map(|sampler| sampler.counts(&points));
            let [on_time, calm, stormy] = &counted;
            let test = kupiec(
                on_time.windows.into(),
                beyond(on_time).into(),
                EXPECTED_RATE,
            );
            println!(
                "| {name} {} | {} | {} | {} | {:.2} | {}, {} | {} |",
                series.source,
                on_time.windows,
                on_time.falls,
                on_time.rises,
                test.p_value,
                beyond(calm),
                calm.missed,
                beyond(stormy),
            );
            for (total, one) in totals.iter_mut().zip(&counted) {
                total.0 += one.windows;
                total.1 += beyond(one);
                total.2 += one.missed;
            }
        }
    }
    println!("on time, calm, stormy: {totals:?}");
    let [on_time, calm, stormy] = totals;
    assert!(on_time.1 > 20, "there are storms in the record");
    // What the calm one hides costs it missed hours, more than on time.
    assert!(calm.2 > on_time.2, "{totals:?}");
    assert!(calm.1 < on_time.1 && on_time.1 < stormy.1, "{totals:?}");
}
