//! Late liquidations on every group of files that cover the same span.
use std::collections::HashMap;

use anyhow::Result;

use super::moments::common_points;
use super::{Replayed, bar};
use crate::delay::{DelayRun, Episode, Factors};
use crate::joint::JointTerms;
use crate::replay::Point;

/// Delayed liquidations on every group of files of one source, and the sources without two common days.
pub(super) fn delay_runs(
    fine: &[&Replayed],
    factors: &HashMap<&str, Factors>,
    joint: &JointTerms,
    seed: u64,
) -> Result<(Vec<DelayRun>, Vec<String>)> {
    let mut sources: Vec<&str> = fine.iter().map(|one| one.source.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    let progress = bar("delaying liquidations", sources.len() as u64);
    let (mut runs, mut too_short) = (Vec::new(), Vec::new());
    for source in sources {
        let group: Vec<&Replayed> = fine
            .iter()
            .copied()
            .filter(|one| one.source == source)
            .collect();
        let moments = common_points(&group);
        let ewma = |all: &Vec<(usize, &Point)>| {
            let values = all
                .iter()
                .zip(&group)
                .map(|((index, _), asset)| asset.ewma[*index]);
            values.collect()
        };
        let episode = Episode {
            source: source.to_owned(),
            step_secs: group[0].step_secs,
            warm: group.iter().all(|one| one.warm),
            assets: group.iter().map(|one| one.asset).collect(),
            ewma: moments.iter().map(ewma).collect(),
            points: moments
                .iter()
                .map(|all| all.iter().map(|(_, point)| **point).collect())
                .collect(),
            factors: group
                .iter()
                .map(|one| factors.get(one.name.as_str()).copied().unwrap_or_default())
                .collect(),
            joint,
        };
        let found = episode.run_with_seed(seed)?;
        if found.is_empty() {
            too_short.push(source.to_owned());
        }
        runs.extend(found);
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok((runs, too_short))
}
