//! Which of thousands of accounts are below their maintenance margin, valued again only where something moved.
//!
//! The program's own code values them, at the prices that a liquidation counts. What it reads of an asset (its price, unit
//! shock, coefficients) is read once for all accounts that hold it: [`freeboard::arrange::PreparedHolding`].
//!
//! # When an account is valued again
//!
//! [`ValuationIndex::refresh`] reads every asset anew for a clock time and then values the accounts for which one of these
//! holds. After it every verdict says what `flag` would find at that time about being below MM.
//!
//! | what moved | which accounts | how it shows |
//! |---|---|---|
//! | the account itself | that one | it was set |
//! | a price, its standing (too old, wide, far, absent), a unit shock that follows at its speed limit, coefficients on a ramp, collateral weight from its day on, the funding rate | those that hold the asset | what the maintenance level reads of the asset is not what it was |
//! | portfolio parameters or scenarios, set or on a ramp | all | they are not what they were |
//! | the borrow index or rate, by an instruction | those with a loan | the exchange's borrow state is another |
//! | time alone, by funding and interest | those that are below MM, each second; those that funding and interest of the next [`ACCRUAL_SECS`] could take there, each second; others that pay any, once these have passed | [`AccountVerdict::due_ts`] |
//!
//! So equity and margin of an account are exact at its [`AccountVerdict::valued_ts`], which is at most [`ACCRUAL_SECS`]
//! back where only funding and interest have moved it since; whether it is below MM is always that of now.
mod assets;
mod verdict;

use std::collections::HashMap;

use anchor_lang::error::Error;
use anchor_lang::prelude::Pubkey;
use freeboard::arrange::{Holdings, SharedRisk};
use freeboard::state::{Exchange, MarginAccount};
use freeboard_risk::requirement::holding::MAX_HOLDINGS;
#[cfg(feature = "parallel")]
use rayon::prelude::*;

use crate::dump::Located;
use crate::margin::PricedAsset;
use assets::{AssetSet, IndexedAssets};
use verdict::{AccountCore, ValuationMoment};

pub use verdict::{ACCRUAL_SECS, AccountVerdict};

/// Accounts that one thread values at a time: what it holds when another program takes its core, all others wait for.
#[cfg(feature = "parallel")]
const BATCH: usize = 128;

/// An exchange's margin accounts and what their margins are worth.
pub struct ValuationIndex {
    exchange: Exchange,
    assets: IndexedAssets,
    /// What the last refresh found.
    shared: Option<SharedRisk>,
    is_borrow_new: bool,
    accounts: Vec<Located<MarginAccount>>,
    /// Beside `accounts`.
    entries: Vec<IndexEntry>,
    places: HashMap<Pubkey, usize>,
}

/// What is known of one account.
struct IndexEntry {
    held: AssetSet,
    core: AccountCore,
    /// None before the first valuation, and once the account is set anew.
    verdict: Option<Result<AccountVerdict, Error>>,
}

/// An account and its verdict.
#[derive(Clone, Copy, Debug)]
pub struct ValuedAccount<'a> {
    /// The account.
    pub account: &'a Located<MarginAccount>,
    /// What it is worth.
    pub verdict: &'a AccountVerdict,
}

/// What a refresh did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// Assets whose maintenance level moved.
    pub assets_moved: usize,
    /// Accounts that were valued.
    pub accounts_valued: usize,
}

impl IndexEntry {
    fn new(account: &MarginAccount) -> Self {
        Self {
            held: AssetSet::held_by(account),
            core: AccountCore::new(account),
            verdict: None,
        }
    }

    fn is_due(&self, moved: &MovedParts, now: i64) -> bool {
        match &self.verdict {
            Some(Ok(verdict)) => {
                moved.everything
                    || self.held.meets(moved.assets)
                    || (self.core.has_loan() && moved.borrow)
                    || now >= verdict.due_ts
                    || now < verdict.valued_ts
            }
            // What the program refused once it may accept any time.
            Some(Err(_)) | None => true,
        }
    }
}

/// What has moved since the last refresh.
struct MovedParts {
    everything: bool,
    borrow: bool,
    assets: AssetSet,
}

impl ValuationIndex {
    /// An index of an exchange without accounts.
    pub fn new(exchange: Exchange) -> Self {
        Self {
            exchange,
            assets: IndexedAssets::default(),
            shared: None,
            is_borrow_new: false,
            accounts: Vec::new(),
            entries: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// Takes the exchange as it is now.
    pub fn set_exchange(&mut self, exchange: Exchange) {
        self.is_borrow_new |= self.exchange.borrow != exchange.borrow;
        self.exchange = exchange;
    }

    /// Takes an asset and its feed as they are now. A feed that nobody knows: [`crate::feed::FeedAccount::default`].
    pub fn set_asset(&mut self, priced: PricedAsset) {
        self.assets.set(priced);
    }

    /// Takes a margin account as it is now.
    pub fn set_account(&mut self, account: Located<MarginAccount>) {
        let entry = IndexEntry::new(&account.state);
        match self.places.get(&account.address) {
            Some(place) => {
                self.accounts[*place] = account;
                self.entries[*place] = entry;
            }
            None => {
                self.places.insert(account.address, self.accounts.len());
                self.accounts.push(account);
                self.entries.push(entry);
            }
        }
    }

    /// Forgets a margin account, which was closed.
    pub fn remove_account(&mut self, address: &Pubkey) {
        let Some(place) = self.places.remove(address) else {
            return;
        };
        self.accounts.swap_remove(place);
        self.entries.swap_remove(place);
        if let Some(moved) = self.accounts.get(place) {
            self.places.insert(moved.address, place);
        }
    }

    /// Values every account that something has moved, at clock time `now`. Where the program refuses one, the reason is
    /// kept: see [`Self::refused`].
    pub fn refresh(&mut self, now: i64) -> Refreshed {
        let shared = SharedRisk::load(&self.exchange, now);
        let moved = MovedParts {
            everything: !self.shared.as_ref().is_some_and(|before| {
                before.portfolio == shared.portfolio && before.scenarios == shared.scenarios
            }),
            borrow: std::mem::take(&mut self.is_borrow_new),
            assets: self.assets.renew(now),
        };
        let moment = ValuationMoment {
            exchange: &self.exchange,
            shared: &shared,
            assets: &self.assets,
            now,
        };
        let accounts_valued = value_due(&mut self.entries, &self.accounts, &moved, &moment);
        self.shared = Some(shared);
        Refreshed {
            assets_moved: moved.assets.count(),
            accounts_valued,
        }
    }

    /// The verdict on an account, or why the program refuses to value it; none before a refresh, or of an unknown one.
    pub fn verdict(&self, address: &Pubkey) -> Option<Result<&AccountVerdict, &Error>> {
        let place = self.places.get(address)?;
        self.entries
            .get(*place)?
            .verdict
            .as_ref()
            .map(Result::as_ref)
    }

    /// A margin account.
    pub fn account(&self, address: &Pubkey) -> Option<&Located<MarginAccount>> {
        self.places.get(address).map(|place| &self.accounts[*place])
    }

    /// Every account that was valued.
    pub fn valued(&self) -> impl Iterator<Item = ValuedAccount<'_>> {
        let both = self.accounts.iter().zip(&self.entries);
        both.filter_map(|(account, entry)| match &entry.verdict {
            Some(Ok(verdict)) => Some(ValuedAccount { account, verdict }),
            _ => None,
        })
    }

    /// Every account that the program refuses to value, and why.
    pub fn refused(&self) -> impl Iterator<Item = (&Located<MarginAccount>, &Error)> {
        let both = self.accounts.iter().zip(&self.entries);
        both.filter_map(|(account, entry)| match &entry.verdict {
            Some(Err(error)) => Some((account, error)),
            _ => None,
        })
    }

    /// The accounts below their maintenance margin, the deepest first.
    pub fn liquidatable(&self) -> Vec<ValuedAccount<'_>> {
        let below = |one: &ValuedAccount| one.verdict.is_liquidatable();
        by_cushion(self.valued().filter(below).collect())
    }

    /// The accounts that a flag is stored of, below their margin or not any more, the deepest first.
    pub fn flagged(&self) -> Vec<ValuedAccount<'_>> {
        let flagged = |one: &ValuedAccount| one.account.state.flagged_ts != 0;
        by_cushion(self.valued().filter(flagged).collect())
    }

    /// The accounts that are above their maintenance margin by at most this share of it, the nearest first.
    pub fn near(&self, cushion: f64) -> Vec<ValuedAccount<'_>> {
        let near = |one: &ValuedAccount| {
            !one.verdict.is_liquidatable() && one.verdict.cushion() <= cushion
        };
        by_cushion(self.valued().filter(near).collect())
    }

    /// How many accounts it holds.
    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }
}

fn by_cushion(mut found: Vec<ValuedAccount>) -> Vec<ValuedAccount> {
    found.sort_by(|one, other| one.verdict.cushion().total_cmp(&other.verdict.cushion()));
    found
}

/// Values what is due, on all cores; returns how many accounts that was.
#[cfg(feature = "parallel")]
fn value_due(
    entries: &mut [IndexEntry],
    accounts: &[Located<MarginAccount>],
    moved: &MovedParts,
    moment: &ValuationMoment,
) -> usize {
    let both = entries.par_iter_mut().zip(accounts);
    both.with_min_len(BATCH)
        .with_max_len(2 * BATCH)
        .map_init(
            || Holdings::with_room(MAX_HOLDINGS),
            |holdings, (entry, account)| moment.value_if_due((entry, account), moved, holdings),
        )
        .sum()
}

/// Values what is due, on one core; returns how many accounts that was.
#[cfg(not(feature = "parallel"))]
fn value_due(
    entries: &mut [IndexEntry],
    accounts: &[Located<MarginAccount>],
    moved: &MovedParts,
    moment: &ValuationMoment,
) -> usize {
    let mut holdings = Holdings::with_room(MAX_HOLDINGS);
    let both = entries.iter_mut().zip(accounts);
    both.map(|both| moment.value_if_due(both, moved, &mut holdings))
        .sum()
}

impl ValuationMoment<'_> {
    /// Values an account if it is due; returns 1 where it was.
    fn value_if_due(
        &self,
        (entry, account): (&mut IndexEntry, &Located<MarginAccount>),
        moved: &MovedParts,
        holdings: &mut Holdings,
    ) -> usize {
        if !entry.is_due(moved, self.now) {
            return 0;
        }
        let both = (&entry.core, &account.state);
        entry.verdict = Some(self.value(both, holdings));
        1
    }
}
