//! Which moments belong together: a horizon apart, or shared by several assets.
use super::Replayed;
use crate::replay::Point;

/// For each point the index of the point `horizon_secs` later or, where there is none, of the first after that: over a
/// gap a margin has to hold until there is a price again. `None` at the end.
pub(crate) fn later(points: &[Point], horizon_secs: i64) -> Vec<Option<usize>> {
    let mut ahead = 0;
    points
        .iter()
        .map(|point| {
            let wanted = point.ts + horizon_secs;
            while ahead < points.len() && points[ahead].ts < wanted {
                ahead += 1;
            }
            (ahead < points.len()).then_some(ahead)
        })
        .collect()
}

/// Points of several assets at the moments that all of them have.
pub(super) fn common_points<'a>(assets: &[&'a Replayed]) -> Vec<Vec<(usize, &'a Point)>> {
    let timed = |asset: &&'a Replayed| -> Vec<(i64, (usize, &'a Point))> {
        let points = asset.points.iter().enumerate();
        points
            .map(|(index, point)| (point.ts, (index, point)))
            .collect()
    };
    let all: Vec<_> = assets.iter().map(timed).collect();
    common(&all).into_iter().map(|(_, points)| points).collect()
}

/// Values of several tracks, each in the order of time, at the moments that all of them have.
pub(crate) fn common<T: Copy>(tracks: &[Vec<(i64, T)>]) -> Vec<(i64, Vec<T>)> {
    let Some((first, others)) = tracks.split_first() else {
        return Vec::new();
    };
    let at = |track: &Vec<(i64, T)>, ts: i64| {
        let found = track.binary_search_by_key(&ts, |(ts, _)| *ts);
        Some(track[found.ok()?].1)
    };
    let moments = first.iter();
    moments
        .filter_map(|(ts, value)| {
            let rest = others.iter().map(|track| at(track, *ts));
            let all: Option<Vec<T>> = std::iter::once(Some(*value)).chain(rest).collect();
            Some((*ts, all?))
        })
        .collect()
}
