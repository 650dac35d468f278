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
    metrics.hours(&asset, "fall", 1);
    metrics.feed_age.get_or_create(&AssetLabel { asset }).set(1);
    metrics.rpc_error("timeout");
    metrics.text()
}

/// Every metric with the endings that Prometheus gives to counters and histograms.
fn families() -> Vec<(String, &'static [&'static str])> {
    let text = text();
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let family = |line: &str| {
        let (name, kind) = line.split_once(' ').unwrap();
        let endings: &[&str] = match kind {
            "counter" => &["_total"],
            "histogram" => &["_bucket", "_sum", "_count"],
            _ => &[""],
        };
        (name.to_owned(), endings)
    };
    types.map(family).collect()
}

/// Every name that is exported.
fn exported() -> BTreeSet<String> {
    let named = |(name, endings): (String, &'static [&'static str])| {
        endings.iter().map(move |ending| format!("{name}{ending}"))
    };
    families().into_iter().flat_map(named).collect()
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

/// Every expression of the dashboard, and its legend.
fn expressions() -> Vec<(String, String)> {
    let dashboard: serde_json::Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().unwrap());
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let pair = |target: &serde_json::Value| (text(&target["expr"]), text(&target["legendFormat"]));
    targets.map(pair).collect()
}

#[test]
fn the_dashboard_shows_all_that_is_exported_and_nothing_else() {
    let expressions = expressions();
    let shown: BTreeSet<String> = expressions
        .iter()
        .flat_map(|(one, _)| named_in(one))
        .collect();
    let exported = exported();
    let unknown: Vec<_> = shown.difference(&exported).collect();
    assert_eq!(unknown, Vec::<&String>::new());
    let is_hidden = |(name, endings): &(String, &'static [&'static str])| {
        let is_shown = |ending: &&str| shown.contains(&format!("{name}{ending}"));
        !endings.iter().any(is_shown)
    };
    let hidden: Vec<_> = families().into_iter().filter(is_hidden).collect();
    assert!(hidden.is_empty(), "{hidden:?}");
    // An expression without a metric of ours shows nothing.
    assert!(expressions.iter().all(|(one, _)| !named_in(one).is_empty()));
}

/// What stands between these signs.
fn between<'a>(text: &'a str, opens: &'a str, closes: &'a str) -> Vec<&'a str> {
    let parts = text.split(opens).skip(1);
    parts.filter_map(|rest| rest.split(closes).next()).collect()
}

#[test]
fn the_dashboard_names_labels_that_its_metrics_have() {
    let text = text();
    let mut named = 0;
    for (expression, legend) in expressions() {
        let labels = [
            between(&expression, " by (", ")"),
            between(&legend, "{{", "}}"),
        ];
        let metric = named_in(&expression).into_iter().next().unwrap();
        for label in labels.concat() {
            let equals = format!("{label}=\"");
            let has_it = |line: &str| line.starts_with(&metric) && line.contains(&equals);
            assert!(text.lines().any(has_it), "{expression}: {label}");
            named += 1;
        }
    }
    assert!(named > 10, "{named} labels");
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
