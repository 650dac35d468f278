//! Margin accounts that a scan found otherwise than they are known: they are to be read.
use std::collections::BTreeMap;

use anchor_lang::prelude::Pubkey;
use freeboard_client::freeboard::state::MarginAccount;
use freeboard_client::network::AccountMark;

/// What the newest scan found otherwise than it is known.
#[derive(Clone, Debug, Default)]
pub(super) struct LackingAccounts {
    marks: BTreeMap<Pubkey, AccountMark>,
    /// The slot in which that scan began.
    slot: u64,
}

impl LackingAccounts {
    /// Those of a scan that began in this slot.
    pub(super) fn new(marks: BTreeMap<Pubkey, AccountMark>, slot: u64) -> Self {
        Self { marks, slot }
    }

    /// At most so many of them.
    pub(super) fn addresses(&self, most: usize) -> Vec<Pubkey> {
        self.marks.keys().copied().take(most).collect()
    }

    /// Takes an account off after it was told at this slot, where what is known now is what the scan found or newer. What
    /// was asked for before the scan began may come after it: then the account is still to be read.
    pub(super) fn settle(&mut self, address: &Pubkey, known: Option<&MarginAccount>, slot: u64) {
        let Some(mark) = self.marks.get(address) else {
            return;
        };
        let is_of_scan = slot >= self.slot;
        let is_settled = match known {
            Some(known) if known.event_sequence == mark.newest_event() => {
                is_of_scan || AccountMark::new(known) == *mark
            }
            Some(known) => known.event_sequence > mark.newest_event(),
            None => is_of_scan,
        };
        if is_settled {
            self.marks.remove(address);
        }
    }
}
