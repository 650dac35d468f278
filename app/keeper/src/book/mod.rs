//! What the keeper knows of the exchange: a full scan, and what subscriptions have told since. It remembers nothing
//! that a new scan would not bring back, so a restart loses nothing.
mod clock;
mod lacking;
mod scanned;
mod told;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Instant;

use anchor_lang::prelude::Pubkey;
use freeboard_client::dump::Located;
use freeboard_client::freeboard::state::{Asset, LiquidityRequest, MarginAccount, PendingChange};
use freeboard_client::index::{AccountVerdict, ValuationIndex};
use freeboard_client::margin::PricedAsset;
use freeboard_client::network::AccountMark;
use freeboard_client::slots;
use freeboard_client::state::ExchangeState;

use crate::job::JobKey;
use clock::{FarClocks, is_near};
use lacking::LackingAccounts;

/// Who the keeper is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeeperKeys {
    /// Pays, signs, owns the margin account.
    pub authority: Pubkey,
    /// Receives the rewards.
    pub margin_account: Pubkey,
}

/// What a change names that is nowhere else in the book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangeAccounts {
    /// Where the price of the listing, or of the feed that an asset gets, is.
    pub feed: Option<Pubkey>,
    /// The token program of a listing's mint.
    pub mint_program: Option<Pubkey>,
}

/// Everything of an exchange at about one slot.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The chain's clock before the first account was asked for, unix seconds.
    pub now: i64,
    /// The slot then: whatever was told of a later one is newer.
    pub slot: u64,
    /// The exchange, its pool and assets with their prices.
    pub state: ExchangeState,
    /// Its margin accounts, as far as they were read.
    pub accounts: Vec<Located<MarginAccount>>,
    /// Of the others what shows whether they are as they are known.
    pub marks: Vec<(Pubkey, AccountMark)>,
    /// The requests of its LPs.
    pub requests: Vec<Located<LiquidityRequest>>,
    /// The changes that wait.
    pub changes: Vec<Located<PendingChange>>,
    /// What those name, by address of the change.
    pub change_accounts: BTreeMap<Pubkey, ChangeAccounts>,
}

/// An account as a subscription tells it.
#[derive(Clone, Debug)]
pub struct ToldAccount {
    /// Its address.
    pub address: Pubkey,
    /// Its owner; the system program where it was closed.
    pub owner: Pubkey,
    /// Its data.
    pub data: Vec<u8>,
    /// The slot of this state.
    pub slot: u64,
}

/// What the keeper knows.
pub struct ExchangeBook {
    /// The exchange, its pool and assets with their prices.
    pub state: ExchangeState,
    /// The assets as a preview takes them.
    pub priced: Vec<PricedAsset>,
    /// The requests of its LPs.
    pub requests: BTreeMap<Pubkey, Located<LiquidityRequest>>,
    /// The changes that wait.
    pub changes: BTreeMap<Pubkey, Located<PendingChange>>,
    /// What those name, by address of the change.
    pub change_accounts: BTreeMap<Pubkey, ChangeAccounts>,
    /// Who the keeper is.
    pub keys: KeeperKeys,
    /// The chain's clock, unix seconds.
    pub now: i64,
    /// The newest slot.
    pub slot: u64,
    /// What others pay for the accounts that all share, micro-lamports per compute unit; 0 until it is known.
    pub recent_fee: u64,
    /// Jobs on their way or waiting: nothing has to be decided about them.
    pub busy: HashSet<JobKey>,
    /// Transactions that may leave now: what is decided beyond them is decided in vain.
    pub room: usize,
    /// The margin accounts, and what they are worth.
    index: ValuationIndex,
    /// By asset: who holds it.
    holders: BTreeMap<u16, BTreeSet<Pubkey>>,
    /// Who has orders.
    with_orders: BTreeSet<Pubkey>,
    /// Who owes and has no position.
    debtors: BTreeSet<Pubkey>,
    /// Who is below its margin, the deepest first, or flagged.
    candidates: Vec<Pubkey>,
    /// Slot of what is known of an account.
    slots: HashMap<Pubkey, u64>,
    /// Margin accounts that a scan found otherwise than they are known.
    lacking: LackingAccounts,
    /// When the newest price of an asset was seen.
    seen: BTreeMap<u16, Instant>,
    /// Whether an asset has another feed than the one whose place is known.
    has_moved_feed: bool,
    /// Answers about the clock that are far from it.
    far_clocks: FarClocks,
}

impl ExchangeBook {
    /// The book of a full scan.
    pub fn new(snapshot: Snapshot, keys: KeeperKeys) -> Self {
        let mut book = Self {
            state: snapshot.state.clone(),
            priced: Vec::new(),
            requests: BTreeMap::new(),
            changes: BTreeMap::new(),
            change_accounts: BTreeMap::new(),
            keys,
            now: snapshot.now,
            slot: snapshot.slot,
            recent_fee: 0,
            busy: HashSet::new(),
            room: usize::MAX,
            index: ValuationIndex::new(snapshot.state.exchange),
            holders: BTreeMap::new(),
            with_orders: BTreeSet::new(),
            debtors: BTreeSet::new(),
            candidates: Vec::new(),
            slots: HashMap::new(),
            lacking: LackingAccounts::default(),
            seen: BTreeMap::new(),
            has_moved_feed: false,
            far_clocks: FarClocks::default(),
        };
        book.replace(snapshot);
        book
    }

    /// Takes over what the chain's clock and its slot are said to be; never back. A clock that is more than a minute from
    /// the known one is taken when the third answer in a row says so: one node that is wrong, or far behind, moves
    /// nothing.
    pub fn set_clock(&mut self, now: i64, slot: u64) {
        if self.far_clocks.accepts(self.now, now) {
            (self.now, self.slot) = (now, slot);
        } else if is_near(self.now, now) {
            self.now = self.now.max(now);
            self.slot = self.slot.max(slot);
        }
    }

    /// Values whom something has moved, and returns how many those are. The line to change where another valuation is to
    /// be used.
    pub fn refresh(&mut self) -> usize {
        let valued = self.index.refresh(self.now).accounts_valued;
        let below = self.index.liquidatable().into_iter();
        let flagged = self.index.flagged().into_iter();
        let flagged = flagged.filter(|one| !one.verdict.is_liquidatable());
        let addresses = below.chain(flagged).map(|one| one.account.address);
        self.candidates = addresses.collect();
        valued
    }

    /// At most so many of the margin accounts that a scan found otherwise than they are known: they are to be read.
    pub fn lacking(&self, most: usize) -> Vec<Pubkey> {
        self.lacking.addresses(most)
    }

    /// Whether only a scan brings what is lacking: an asset was listed that the book does not have, or one has another
    /// feed, whose place is not known.
    pub fn is_outdated(&self) -> bool {
        let listed = usize::from(self.state.exchange.asset_count);
        self.has_moved_feed || self.state.assets.len() < listed
    }

    fn put(&mut self, account: Located<MarginAccount>) {
        let address = account.address;
        self.take_out(&address);
        for index in slots::order(&account.state) {
            self.holders.entry(index).or_default().insert(address);
        }
        if account.state.orders.iter().any(|order| order.id != 0) {
            self.with_orders.insert(address);
        }
        if account.state.quote_atoms < 0 && !account.state.has_positions() {
            self.debtors.insert(address);
        }
        self.index.set_account(account);
    }

    /// Takes an account out of every list.
    fn take_out(&mut self, address: &Pubkey) {
        if let Some(before) = self.index.account(address) {
            for index in slots::order(&before.state) {
                self.holders.entry(index).or_default().remove(address);
            }
        }
        self.with_orders.remove(address);
        self.debtors.remove(address);
    }

    fn forget(&mut self, address: &Pubkey) {
        self.take_out(address);
        self.index.remove_account(address);
        self.requests.remove(address);
        self.changes.remove(address);
    }

    /// A margin account.
    pub fn account(&self, address: &Pubkey) -> Option<&Located<MarginAccount>> {
        self.index.account(address)
    }

    /// How many margin accounts there are.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// The keeper's own margin account; none if it has none.
    pub fn own(&self) -> Option<&Located<MarginAccount>> {
        self.index.account(&self.keys.margin_account)
    }

    /// What an account is worth; none before the first valuation, and where the program refuses one.
    pub fn verdict(&self, address: &Pubkey) -> Option<&AccountVerdict> {
        self.index.verdict(address)?.ok()
    }

    /// Why the program refuses to value an account; none where it does not.
    pub fn refusal(&self, address: &Pubkey) -> Option<String> {
        let refused = self.index.verdict(address)?.err()?;
        Some(refused.to_string())
    }

    /// Who is below its margin or flagged, the deepest first, without the keeper itself.
    pub fn candidates(&self) -> impl Iterator<Item = &Located<MarginAccount>> {
        let own = self.keys.margin_account;
        let others = self.candidates.iter().filter(move |one| **one != own);
        others.filter_map(|address| self.index.account(address))
    }

    /// Who has orders.
    pub fn with_orders(&self) -> impl Iterator<Item = &Located<MarginAccount>> {
        let addresses = self.with_orders.iter();
        addresses.filter_map(|address| self.index.account(address))
    }

    /// Who owes and has no position.
    pub fn debtors(&self) -> impl Iterator<Item = &Located<MarginAccount>> {
        let addresses = self.debtors.iter();
        addresses.filter_map(|address| self.index.account(address))
    }

    /// Who holds an asset.
    pub fn holders(&self, asset_index: u16) -> impl Iterator<Item = &Located<MarginAccount>> {
        let addresses = self.holders.get(&asset_index).into_iter().flatten();
        addresses.filter_map(|address| self.index.account(address))
    }

    /// When the newest price of what an account holds was seen.
    pub fn price_seen(&self, account: &MarginAccount) -> Option<Instant> {
        let held = slots::order(account).into_iter();
        held.filter_map(|index| self.seen.get(&index).copied())
            .max()
    }

    /// Where prices are.
    pub fn feeds(&self) -> Vec<Pubkey> {
        self.state.assets.iter().map(|one| one.keys.feed).collect()
    }
}

/// Whether two states of an asset are bound to one feed.
fn has_same_feed(one: &Asset, other: &Asset) -> bool {
    (one.feed, one.oracle_kind) == (other.feed, other.oracle_kind)
}
