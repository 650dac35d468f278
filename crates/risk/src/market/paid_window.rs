//! What was paid lately, against a cap per 24 h (whitepaper §7.1).

/// Payments of insurance and of the pool for one asset are capped per this time, seconds: 24 h (whitepaper §7.12).
pub const PAID_WINDOW_SECS: i64 = 86_400;

/// Payments lately: of insurance or pool for one asset, or of an exchange to its recipient of payouts. Two windows of
/// 24 h side by side, so that no 24 h, wherever they begin, see more than the cap; a small payment delays nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PaidWindow {
    /// When the running window began, clock time.
    pub start_ts: i64,
    /// Paid in it, quote atoms.
    pub paid_atoms: u64,
    /// Paid in the 24 h before it, quote atoms.
    pub paid_before_atoms: u64,
}

impl PaidWindow {
    /// The windows as they stand at `now`; a clock that runs back changes nothing.
    #[must_use]
    pub fn as_of(self, now: i64) -> Self {
        let age = now.saturating_sub(self.start_ts);
        if age < PAID_WINDOW_SECS {
            return self;
        }
        let next = self.start_ts.saturating_add(PAID_WINDOW_SECS);
        if now.saturating_sub(next) < PAID_WINDOW_SECS {
            Self {
                start_ts: next,
                paid_atoms: 0,
                paid_before_atoms: self.paid_atoms,
            }
        } else {
            Self {
                start_ts: now,
                ..Self::default()
            }
        }
    }

    /// Returns the payment still allowed for the asset at `now`, quote atoms.
    pub fn left(self, now: i64, cap_quote_atoms: u64) -> u64 {
        cap_quote_atoms.saturating_sub(self.sum(now))
    }

    /// Returns the payments of both windows at `now`, quote atoms.
    pub fn sum(self, now: i64) -> u64 {
        let window = self.as_of(now);
        window.paid_atoms.saturating_add(window.paid_before_atoms)
    }

    /// Books a payment at `now`; of insurance every one for the asset, rewards too.
    pub fn pay(&mut self, now: i64, amount_atoms: u64) {
        *self = self.as_of(now);
        self.paid_atoms = self.paid_atoms.saturating_add(amount_atoms);
    }

    /// Books that of what was paid this much came back at `now`; the newest first.
    pub fn give_back(&mut self, now: i64, amount_atoms: u64) {
        *self = self.as_of(now);
        let newest = amount_atoms.min(self.paid_atoms);
        self.paid_atoms = self.paid_atoms.saturating_sub(newest); // never below 0
        let older = amount_atoms.saturating_sub(newest);
        self.paid_before_atoms = self.paid_before_atoms.saturating_sub(older);
    }
}
