//! Which jobs are on their way, and which wait after a refusal or an error. Pauses are counted by the machine's steady
//! clock: they are the keeper's own and no rule of the exchange.
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant};

use crate::config::Timing;
use crate::job::JobKey;
use crate::outcome::Meaning;

/// After so many refusals the pause no longer doubles.
const MOST_DOUBLINGS: u32 = 16;
/// The longest rest of a job that somebody else did, or whose time had not come: the book is read anew after it, and if it
/// still wants the job, that is for a new reason.
const NOT_NEEDED_RESTS: Duration = Duration::from_secs(2);
/// How long a job rests whose transaction may still land.
const UNKNOWN_RESTS: Duration = Duration::from_secs(3);
/// How long a rehearsed job rests: nothing changes by it.
const REHEARSED_RESTS: Duration = Duration::from_secs(10);

/// A pause.
#[derive(Clone, Copy, Debug)]
struct JobPause {
    until: Instant,
    refusals: u32,
}

/// Jobs on their way and jobs that wait.
#[derive(Debug, Default)]
pub struct FlightLog {
    in_flight: HashSet<JobKey>,
    pauses: HashMap<JobKey, JobPause>,
    chance: RandomState,
    drawn: u64,
}

impl FlightLog {
    /// Whether a job of this key may be sent now.
    pub fn is_free(&self, key: &JobKey, now: Instant) -> bool {
        let waits = self.pauses.get(key).is_some_and(|pause| now < pause.until);
        !waits && !self.in_flight.contains(key)
    }

    /// Every key that may not be sent now.
    pub fn busy(&self, now: Instant) -> HashSet<JobKey> {
        let waiting = self.pauses.iter().filter(|(_, pause)| now < pause.until);
        let waiting = waiting.map(|(key, _)| *key);
        self.in_flight.iter().copied().chain(waiting).collect()
    }

    /// A job leaves.
    pub fn depart(&mut self, keys: &[JobKey]) {
        self.in_flight.extend(keys);
    }

    /// A job has come back, with this meaning.
    pub fn land(&mut self, key: JobKey, meaning: Meaning, told: &Timing, now: Instant) {
        self.in_flight.remove(&key);
        let refusals = self.pauses.get(&key).map_or(0, |pause| pause.refusals);
        let more = refusals.saturating_add(1).min(MOST_DOUBLINGS);
        let (rest, refusals) = match meaning {
            Meaning::Landed => {
                self.pauses.remove(&key);
                return;
            }
            // The fault of the node and not of the job: however long it lasts, the job is soon tried again after it.
            Meaning::Failed => (self.pause_after(refusals.min(1), told), refusals),
            Meaning::Unknown => (UNKNOWN_RESTS, refusals),
            Meaning::Rehearsed => (self.pause_after(refusals, told).max(REHEARSED_RESTS), more),
            Meaning::SomebodyElse | Meaning::NotNow => {
                (self.pause_of(refusals, told, NOT_NEEDED_RESTS), more)
            }
            Meaning::Refused => (self.pause_after(refusals, told), more),
        };
        let until = now + rest;
        self.pauses.insert(key, JobPause { until, refusals });
    }

    /// Leaves a job for so long that was looked at in vain: nothing of it was sent or refused.
    pub fn leave(&mut self, key: JobKey, rest: Duration, now: Instant) {
        let refusals = self.pauses.get(&key).map_or(0, |pause| pause.refusals);
        let until = now + rest;
        self.pauses.insert(key, JobPause { until, refusals });
    }

    /// The pause after so many refusals: doubled each time, and by chance up to half of it longer, so that two keepers
    /// do not go on meeting.
    fn pause_after(&mut self, refusals: u32, told: &Timing) -> Duration {
        self.pause_of(refusals, told, told.retry_at_most)
    }

    /// The same, at most so long but for chance, and never longer than the configured most.
    fn pause_of(&mut self, refusals: u32, told: &Timing, most: Duration) -> Duration {
        let doubled = told
            .retry_after
            .saturating_mul(1 << refusals.min(MOST_DOUBLINGS));
        let pause = doubled.min(most).min(told.retry_at_most);
        pause + pause.mul_f64(self.draw() / 2.0)
    }

    /// A number from 0 to 1.
    fn draw(&mut self) -> f64 {
        let mut hasher = self.chance.build_hasher();
        hasher.write_u64(self.drawn);
        self.drawn = self.drawn.wrapping_add(1);
        f64::from((hasher.finish() >> 32) as u32) / f64::from(u32::MAX)
    }

    /// Forgets pauses that are long over: what is still to be done then starts anew.
    pub fn forget_old(&mut self, told: &Timing, now: Instant) {
        let kept = told.retry_at_most.saturating_mul(2);
        self.pauses.retain(|_, pause| now < pause.until + kept);
    }

    /// How many keys are on their way.
    pub fn count_in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// How many keys wait.
    pub fn count_waiting(&self, now: Instant) -> usize {
        self.pauses
            .values()
            .filter(|pause| now < pause.until)
            .count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::Duty;
    use anchor_lang::prelude::Pubkey;

    #[test]
    fn nothing_is_sent_twice_and_pauses_double() {
        let (told, start) = (Timing::default(), Instant::now());
        let key = JobKey::whole(Duty::Flag, Pubkey::new_unique());
        let mut log = FlightLog::default();
        log.depart(&[key]);
        assert!(!log.is_free(&key, start) && log.busy(start).contains(&key));
        let mut last = Duration::ZERO;
        for _ in 0..5 {
            log.land(key, Meaning::Refused, &told, start);
            let pause = log.pauses[&key].until - start;
            assert!(pause > last && !log.is_free(&key, start));
            assert!(log.is_free(&key, start + pause));
            last = pause;
        }
        for _ in 0..20 {
            log.land(key, Meaning::Refused, &told, start);
        }
        assert!(log.pauses[&key].until - start <= told.retry_at_most.mul_f64(1.5));
        log.land(key, Meaning::Landed, &told, start);
        assert!(log.is_free(&key, start), "what is done may be wanted again");
    }

    #[test]
    fn what_was_not_needed_is_soon_looked_at_again_however_often_it_was_not() {
        let (told, start) = (Timing::default(), Instant::now());
        let key = JobKey::whole(Duty::Flag, Pubkey::new_unique());
        for meaning in [Meaning::SomebodyElse, Meaning::NotNow] {
            let mut log = FlightLog::default();
            for _ in 0..20 {
                log.land(key, meaning, &told, start);
                let pause = log.pauses[&key].until - start;
                assert!(pause <= NOT_NEEDED_RESTS.mul_f64(1.5), "{pause:?}");
            }
        }
    }

    #[test]
    fn a_fault_of_the_node_pauses_no_longer_the_longer_it_lasts() {
        let (told, start) = (Timing::default(), Instant::now());
        let key = JobKey::whole(Duty::Flag, Pubkey::new_unique());
        let mut log = FlightLog::default();
        for meaning in [Meaning::Failed, Meaning::Unknown] {
            for _ in 0..100 {
                log.depart(&[key]);
                log.land(key, meaning, &told, start);
                let pause = log.pauses[&key].until - start;
                assert!(pause <= Duration::from_secs(3), "{pause:?}");
            }
        }
        // A refusal pauses as long as the refusals before the fault say.
        log.land(key, Meaning::NotNow, &told, start);
        assert!(log.pauses[&key].until - start <= told.retry_after.mul_f64(1.5));
    }

    #[test]
    fn what_is_left_for_a_moment_is_free_after_it() {
        let (rest, start) = (Duration::from_millis(500), Instant::now());
        let key = JobKey::whole(Duty::Liquidate, Pubkey::new_unique());
        let mut log = FlightLog::default();
        for _ in 0..10 {
            log.leave(key, rest, start);
            assert!(log.busy(start).contains(&key) && log.is_free(&key, start + rest));
        }
    }

    #[test]
    fn what_may_still_land_rests() {
        let (told, start) = (Timing::default(), Instant::now());
        let key = JobKey::whole(Duty::Liquidate, Pubkey::new_unique());
        let mut log = FlightLog::default();
        log.land(key, Meaning::Unknown, &told, start);
        assert!(!log.is_free(&key, start + Duration::from_secs(2)));
        log.forget_old(&told, start + Duration::from_secs(600));
        assert_eq!(log.count_waiting(start), 0);
    }
}
