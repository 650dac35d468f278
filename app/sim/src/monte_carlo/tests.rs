use super::paths::{PathStart, ReplayedToEnd, replayed, simulate};
use super::*;

const DEFAULTS: &str = include_str!("../../../../migrations/parameters/default.toml");
const PATHS: usize = 20_000;

fn shipped() -> ParameterFile {
    ParameterFile::parse(DEFAULTS).unwrap()
}

/// Hourly closes whose moves wander between ±1.25 %, another way for each `step`.
fn series(asset: &str, step: usize, hours: usize) -> Series {
    let mut close = 100.0;
    let closes = (0..hours).map(|hour| {
        close *= 1.0 + 0.000_1 * ((hour * step % 251) as f64 - 125.0);
        close
    });
    Series::of_hourly_closes(asset, closes)
}

fn ended(all: &[Series]) -> Vec<ReplayedToEnd> {
    let file = shipped();
    let replay = |one: &Series| {
        let entry = file.asset(&one.asset).unwrap();
        replayed(one, &entry.params, &file.portfolio).unwrap()
    };
    all.iter().map(replay).collect()
}

fn measured(start: &PathStart, book: &NamedBook, seed: u64) -> BookLoss {
    let joint = JointTerms::of_file(&shipped()).unwrap();
    let grown = simulate(start, PATHS, seed).unwrap();
    measure::loss_of(&book.held(start).unwrap(), start, &grown, &joint).unwrap()
}

fn book(positions: &[(&str, f64)]) -> NamedBook {
    NamedBook {
        name: "asked".to_owned(),
        positions: positions
            .iter()
            .map(|(name, size)| ((*name).to_owned(), *size))
            .collect(),
    }
}

#[test]
fn a_seed_gives_the_same_paths_on_any_number_of_threads_and_another_seed_others() {
    let all = ended(&[series("BTC", 37, 5_000), series("ETH", 41, 5_000)]);
    let start = PathStart::new(&all).unwrap();
    let asked = book(&[("BTC", 1.0), ("ETH", -1.0)]);
    let alone = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    let first = alone.install(|| measured(&start, &asked, 7));
    assert_eq!(first, measured(&start, &asked, 7));
    assert_ne!(first, measured(&start, &asked, 8));
}

#[test]
fn value_at_risk_of_a_lone_asset_is_the_quantile_of_its_residuals_times_its_volatility() {
    let all = ended(&[series("BTC", 37, 9_000)]);
    let start = PathStart::new(&all).unwrap();
    let losses = start.first_residuals(0);
    let mut losses: Vec<f64> = losses.iter().map(|residual| -residual).collect();
    losses.sort_by(f64::total_cmp);
    let rank = (losses.len() as f64 * 0.995).ceil() as usize;
    let expected = losses[rank - 1] * start.assets[0].point.sigma_c;
    let found = measured(&start, &book(&[("BTC", 2.0)]), 1).horizons[0];
    assert!(
        (found.var_995 / expected - 1.0).abs() < 0.01,
        "{found:?} {expected}"
    );
    assert!(
        found.es_995 > found.var_995 && found.es_975 < found.es_995,
        "{found:?}"
    );
}

#[test]
fn margins_stand_beside_the_losses_and_do_not_depend_on_the_size_of_a_small_book() {
    let all = ended(&[series("BTC", 37, 5_000), series("ETH", 41, 5_000)]);
    let start = PathStart::new(&all).unwrap();
    let joint = JointTerms::of_file(&shipped()).unwrap();
    let point = start.assets[0].point;
    let lone = start.assets[0].asset.lone_margin(&point, &joint).unwrap();
    let [small, large] = [1.0, 100.0].map(|size| measured(&start, &book(&[("BTC", size)]), 1));
    assert!(
        (small.maintenance_margin / lone.maintenance[0] - 1.0).abs() < 1e-4,
        "{small:?}"
    );
    assert!((small.initial_margin / large.initial_margin - 1.0).abs() < 1e-4);
    assert!((large.gross_usd / small.gross_usd - 100.0).abs() < 1e-6);
    let ratio = small.horizons[0].var_995 / large.horizons[0].var_995;
    assert!((ratio - 1.0).abs() < 1e-12, "{ratio}"); // sums of other sizes round otherwise
}

#[test]
fn what_moves_together_stays_together() {
    let twin = |asset| series(asset, 37, 5_000);
    let all = ended(&[twin("BTC"), twin("ETH")]);
    let start = PathStart::new(&all).unwrap();
    let hedged = book(&[("BTC", 1.0), ("ETH", -1.0)]);
    let both = book(&[("BTC", 1.0), ("ETH", 1.0)]);
    let [hedged, both] = [hedged, both].map(|book| measured(&start, &book, 1).horizons[1].var_995);
    assert!(both > 0.01 && hedged < 0.1 * both, "{hedged} {both}");
}

#[test]
fn what_cannot_be_simulated_is_refused() {
    let why = |all: &[Series]| {
        let all = ended(all);
        PathStart::new(&all).err().expect("refused").to_string()
    };
    let short = why(&[series("BTC", 37, 1_500)]);
    assert!(
        short.starts_with("only 1208 blocks of 4 consecutive hours"),
        "{short}"
    );
    let apart = why(&[series("BTC", 37, 5_000), series("ETH", 41, 4_999)]);
    assert!(
        apart.contains("a path begins at the last close of all"),
        "{apart}"
    );
    let mut flat = series("BTC", 37, 5_000);
    flat.bars.iter_mut().for_each(|bar| bar.close = 100.0);
    let frozen = why(&[flat]);
    assert!(frozen.contains("the file is frozen"), "{frozen}");

    let all = ended(&[series("BTC", 37, 5_000)]);
    let start = PathStart::new(&all).unwrap();
    let refused = |positions: &[(&str, f64)]| {
        let held = book(positions).held(&start);
        held.err().expect("refused").to_string()
    };
    assert!(refused(&[]).contains("no position"));
    assert!(refused(&[("BTC", 0.0)]).contains("is none"));
    assert!(refused(&[("BTC", 1.0), ("BTC", 2.0)]).contains("two positions"));
    assert!(refused(&[("DOGE", 1.0)]).contains("no such asset"));
    assert!(refused(&[("BTC", f64::INFINITY)]).contains("no position is as large"));
    for paths in [0, PATHS_MIN - 1, PATHS_MAX + 1] {
        let setup = MonteCarloSetup {
            prices: "nowhere".into(),
            assets: vec!["BTC".to_owned()],
            parameters: shipped(),
            paths,
            seed: 1,
            book: None,
        };
        let error = run_monte_carlo(&setup).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("--monte-carlo {paths}:")),
            "{error}"
        );
    }
}

#[test]
fn the_standard_books_are_lone_ones_one_sided_ones_and_the_first_against_the_others() {
    let all = ended(&[
        series("BTC", 37, 5_000),
        series("ETH", 41, 5_000),
        series("SOL", 43, 5_000),
    ]);
    let start = PathStart::new(&all).unwrap();
    let books = books::standard(&start);
    let names: Vec<&str> = books.iter().map(|book| book.name.as_str()).collect();
    assert_eq!(names.len(), 10, "{names:?}");
    assert_eq!(names[7], "BTC long, others short");
    for book in &books {
        let held = book.held(&start).unwrap();
        let gross: f64 = held.notionals.iter().map(|notional| notional.abs()).sum();
        assert!((gross - 100_000.0).abs() < 1e-6, "{}: {gross}", book.name);
    }
    let against = books[7].held(&start).unwrap().notionals;
    assert!((against.iter().sum::<f64>()).abs() < 1e-6, "{against:?}");
}
