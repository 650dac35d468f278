use std::collections::BTreeSet;

use super::*;

const DASHBOARD: &str = include_str!("../grafana/dashboard.json");
const DOCUMENT: &str = include_str!("../../../docs/keepers.md");

/// Everything exported, each with something counted: a family without any is left out.
fn text() -> String {
    let metrics = KeeperMetrics::new();
    let (duty, closing) = (Duty::Liquidate, "slice");
    let outcome = Meaning::Landed;
    let labels = JobLabels {
        duty,
        closing,
        outcome,
    };
    metrics.jobs.get_or_create(&labels).inc();
    let label = ClosingLabel { closing };
    metrics.liquidations.get_or_create(&label).inc();
    metrics
        .last_success
        .get_or_create(&DutyLabel { duty })
        .set(1);
    let asset = "SOL".to_owned();
    metrics.feed_age.get_or_create(&AssetLabel { asset }).set(1);
    metrics.rpc_error("timeout");
    metrics.text()
}

/// Every name that is exported, with the endings that Prometheus gives to counters and histograms.
fn exported() -> BTreeSet<String> {
    let text = text();
    let mut names = BTreeSet::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').unwrap();
        let endings: &[&str] = match kind {
            "counter" => &["_total"],
            "histogram" => &["_bucket", "_sum", "_count"],
            _ => &[""],
        };
        names.extend(endings.iter().map(|ending| format!("{name}{ending}")));
    }
    names
}

/// Every name in a text that begins as ours do.
fn named_in(text: &str) -> BTreeSet<String> {
    let begins = format!("{NAME}_");
    let word = |rest: &str| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        rest[..end.unwrap_or(rest.len())].to_owned()
    };
    text.match_indices(&begins)
        .map(|(at, _)| word(&text[at..]))
        .collect()
}

#[test]
fn the_dashboard_shows_what_is_exported() {
    let shown = named_in(DASHBOARD);
    assert!(shown.len() > 10, "{shown:?}");
    let unknown: Vec<_> = shown.difference(&exported()).cloned().collect();
    assert_eq!(unknown, Vec::<String>::new());
    serde_json::from_str::<serde_json::Value>(DASHBOARD).unwrap();
}

#[test]
fn the_document_explains_every_metric() {
    let explained = named_in(DOCUMENT);
    let (exported, text) = (exported(), text());
    let is_known = |name: &&String| exported.iter().any(|one| one.starts_with(name.as_str()));
    let unknown: Vec<_> = explained.iter().filter(|name| !is_known(name)).collect();
    assert_eq!(unknown, Vec::<&String>::new());
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, _) = line.split_once(' ').unwrap();
        assert!(explained.iter().any(|one| one.starts_with(name)), "{name}");
    }
}

#[test]
fn what_is_counted_is_written() {
    let text = text();
    for line in [
        "freeboard_keeper_jobs_total{duty=\"liquidate\",closing=\"slice\",outcome=\"landed\"} 1",
        "freeboard_keeper_rpc_errors_total{kind=\"timeout\"} 1",
    ] {
        assert!(text.contains(line), "{text}");
    }
}
