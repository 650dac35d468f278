//! Which answer about the chain's clock is believed.

/// Answers that are further than this from the known clock are not believed at once, seconds.
const FAR_SECS: u64 = 60;
/// So many in a row are: the machine has slept, or the known clock is the wrong one.
const AGREEING: u32 = 3;

/// Answers in a row that are far from the known clock and near each other.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FarClocks {
    last: i64,
    count: u32,
}

impl FarClocks {
    /// Whether an answer is far from the known clock and to be believed all the same.
    pub(super) fn accepts(&mut self, known: i64, answer: i64) -> bool {
        if is_near(known, answer) {
            self.count = 0;
            return false;
        }
        let agrees = self.count > 0 && is_near(self.last, answer);
        self.count = if agrees { self.count + 1 } else { 1 };
        self.last = answer;
        let is_believed = self.count >= AGREEING;
        if is_believed {
            self.count = 0;
        }
        is_believed
    }
}

/// Whether two clocks are within a minute.
pub(super) fn is_near(known: i64, answer: i64) -> bool {
    known.abs_diff(answer) <= FAR_SECS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_answer_moves_nothing_and_three_that_agree_do() {
        let mut far = FarClocks::default();
        for answer in [1_000, 1_060, 9_000, 1_001, 9_001, 9_002, 1_002] {
            assert!(!far.accepts(1_000, answer), "{answer}");
        }
        // Each says something else.
        for answer in [9_000, 20_000, 100, 9_000, 9_001] {
            assert!(!far.accepts(1_000, answer), "{answer}");
        }
        assert!(far.accepts(1_000, 9_002));
        // A clock that is too far ahead is healed alike.
        assert!(!far.accepts(9_002, 1_003) && !far.accepts(9_002, 1_004));
        assert!(far.accepts(9_002, 1_005));
    }
}
