//! What the keeper knows of the exchange: a full scan, and what subscriptions have told since. It remembers nothing
//! that a new scan would not bring back, so a restart loses nothing.
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use anchor_lang::Discriminator;
use anchor_lang::prelude::Pubkey;
use bytemuck::Pod;
use freeboard_client::pin::{OfExchange, Pinned};
use freeboard_client::dump::Located;
use freeboard_client::feed::FeedAccount;
use freeboard_client::freeboard::state::{
    Asset, Exchange, LiquidityRequest, MarginAccount, PendingChange, Pool, Versioned,
};
use freeboard_client::margin::PricedAsset;
use freeboard_client::slots;
use freeboard_client::state::ExchangeState;

use crate::appraise::AccountMark;

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
    /// Its margin accounts.
    pub accounts: Vec<Located<MarginAccount>>,
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
    /// The assets as a valuation takes them.
    pub priced: Vec<PricedAsset>,
    /// Its margin accounts.
    pub accounts: HashMap<Pubkey, Located<MarginAccount>>,
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
    /// By asset: who holds it.
    holders: BTreeMap<u16, BTreeSet<Pubkey>>,
    /// Who has orders.
    with_orders: BTreeSet<Pubkey>,
    /// What each account was found to be worth last.
    marks: HashMap<Pubkey, AccountMark>,
    /// Who is below its margin or flagged.
    candidates: BTreeSet<Pubkey>,
    /// Whom something has moved since it was valued.
    unvalued: BTreeSet<Pubkey>,
    /// Slot of what is known of an account.
    slots: HashMap<Pubkey, u64>,
    /// When the newest price of an asset was seen.
    seen: BTreeMap<u16, Instant>,
}

impl ExchangeBook {
    /// The book of a full scan.
    pub fn new(snapshot: Snapshot, keys: KeeperKeys) -> Self {
        let mut book = Self {
            priced: snapshot.state.priced(),
            state: snapshot.state.clone(),
            accounts: HashMap::new(),
            requests: BTreeMap::new(),
            changes: BTreeMap::new(),
            change_accounts: BTreeMap::new(),
            keys,
            now: snapshot.now,
            slot: snapshot.slot,
            holders: BTreeMap::new(),
            with_orders: BTreeSet::new(),
            marks: HashMap::new(),
            candidates: BTreeSet::new(),
            unvalued: BTreeSet::new(),
            slots: HashMap::new(),
            seen: BTreeMap::new(),
        };
        book.replace(snapshot);
        book
    }

    /// Takes over a full scan, but for what was told of later slots than its own. Everybody is valued anew.
    pub fn replace(&mut self, snapshot: Snapshot) {
        let began = snapshot.slot;
        self.slots.retain(|_, slot| *slot > began);
        let newer = |slots: &HashMap<Pubkey, u64>, address: &Pubkey| slots.contains_key(address);
        let mut kept: Vec<Located<MarginAccount>> = Vec::new();
        for (address, account) in self.accounts.drain() {
            if newer(&self.slots, &address) {
                kept.push(account);
            }
        }
        self.holders.clear();
        self.with_orders.clear();
        let fresh = snapshot.accounts.into_iter();
        let fresh = fresh.filter(|account| !newer(&self.slots, &account.address));
        for account in fresh.chain(kept).collect::<Vec<_>>() {
            self.put(account);
        }
        self.marks.retain(|address, _| self.accounts.contains_key(address));
        self.candidates.retain(|address| self.accounts.contains_key(address));
        self.unvalued = self.accounts.keys().copied().collect();
        self.requests = by_address(snapshot.requests);
        self.changes = by_address(snapshot.changes);
        self.change_accounts = snapshot.change_accounts;
        self.state = snapshot.state;
        self.priced = self.state.priced();
        self.set_clock(snapshot.now, began);
    }

    /// The chain's clock and slot; never back.
    pub fn set_clock(&mut self, now: i64, slot: u64) {
        self.now = self.now.max(now);
        self.slot = self.slot.max(slot);
    }

    /// Takes over what a subscription tells of one account.
    pub fn take(&mut self, told: &ToldAccount) {
        let known = self.slots.get(&told.address).copied().unwrap_or_default();
        if told.slot < known {
            return;
        }
        self.slots.insert(told.address, told.slot);
        let pinned = Pinned::new(self.state.address);
        if told.data.is_empty() || told.owner != freeboard_client::freeboard::ID {
            self.forget(&told.address);
        } else if let Some(account) = read::<MarginAccount>(&pinned, told) {
            self.unvalued.insert(told.address);
            self.put(account);
        } else if let Some(asset) = read::<Asset>(&pinned, told) {
            self.take_asset(asset.state);
        } else if let Some(pool) = read::<Pool>(&pinned, told) {
            self.state.pool = pool.state;
        } else if let Some(request) = read::<LiquidityRequest>(&pinned, told) {
            self.requests.insert(told.address, request);
        } else if told.address == self.state.address && starts::<Exchange>(&told.data) {
            let program = self.state.keys.quote_program;
            if let Ok((exchange, _)) = pinned.exchange(&told.owner, &told.data, program) {
                self.state.exchange = exchange;
            }
        } else if let Ok(state) = pinned.pending_change(&told.owner, &told.data) {
            let address = told.address;
            self.changes.insert(address, Located { address, state });
        }
    }

    /// Takes over the price accounts of these assets; says which prices are newer than those known.
    pub fn take_prices(&mut self, feeds: Vec<FeedAccount>, seen: Instant) -> Vec<u16> {
        let mut moved = Vec::new();
        for feed in feeds {
            for (one, priced) in self.state.assets.iter_mut().zip(&mut self.priced) {
                if one.keys.feed != feed.address || one.feed.as_ref() == Some(&feed) {
                    continue;
                }
                one.feed = Some(feed.clone());
                priced.feed = feed.clone();
                moved.push(one.asset.index);
            }
        }
        for index in &moved {
            self.seen.insert(*index, seen);
            self.unvalued.extend(self.holders.get(index).into_iter().flatten());
        }
        moved
    }

    fn take_asset(&mut self, asset: Asset) {
        let index = asset.index;
        let places = self.state.assets.iter_mut().zip(&mut self.priced);
        for (one, priced) in places.filter(|(one, _)| one.asset.index == index) {
            // Funding and open interest move with every trade and hardly any margin: the next scan values them.
            let moves = one.asset.volatility_words != asset.volatility_words
                || one.asset.coefficient_words != asset.coefficient_words
                || one.asset.ramp_words != asset.ramp_words
                || one.asset.status != asset.status;
            (one.asset, priced.asset) = (asset, asset);
            if moves {
                self.unvalued.extend(self.holders.get(&index).into_iter().flatten());
            }
        }
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
        self.accounts.insert(address, account);
    }

    /// Takes an account out of every index.
    fn take_out(&mut self, address: &Pubkey) {
        if let Some(before) = self.accounts.get(address) {
            for index in slots::order(&before.state) {
                self.holders.entry(index).or_default().remove(address);
            }
        }
        self.with_orders.remove(address);
    }

    fn forget(&mut self, address: &Pubkey) {
        self.take_out(address);
        self.accounts.remove(address);
        self.marks.remove(address);
        self.candidates.remove(address);
        self.unvalued.remove(address);
        self.requests.remove(address);
        self.changes.remove(address);
    }

    /// Whom something has moved since it was valued; they count as valued from now on.
    pub fn take_unvalued(&mut self) -> Vec<Pubkey> {
        std::mem::take(&mut self.unvalued).into_iter().collect()
    }

    /// Values these again at the next round: time alone moves them.
    pub fn revalue_candidates(&mut self) {
        self.unvalued.extend(&self.candidates);
    }

    /// Stores what an account was found to be worth.
    pub fn note(&mut self, address: Pubkey, mark: AccountMark) {
        let flagged = self.account(&address).is_some_and(|one| one.flagged_ts != 0);
        if mark.is_liquidatable || flagged {
            self.candidates.insert(address);
        } else {
            self.candidates.remove(&address);
        }
        self.marks.insert(address, mark);
    }

    /// A margin account.
    pub fn account(&self, address: &Pubkey) -> Option<&MarginAccount> {
        self.accounts.get(address).map(|account| &account.state)
    }

    /// The keeper's own margin account; none if it has none.
    pub fn own(&self) -> Option<&Located<MarginAccount>> {
        self.accounts.get(&self.keys.margin_account)
    }

    /// What an account was found to be worth last.
    pub fn mark(&self, address: &Pubkey) -> Option<&AccountMark> {
        self.marks.get(address)
    }

    /// Who is below its margin or flagged, but for the keeper itself.
    pub fn candidates(&self) -> impl Iterator<Item = &Located<MarginAccount>> {
        let own = self.keys.margin_account;
        let others = self.candidates.iter().filter(move |one| **one != own);
        others.filter_map(|address| self.accounts.get(address))
    }

    /// Who has orders.
    pub fn with_orders(&self) -> impl Iterator<Item = &Located<MarginAccount>> {
        let addresses = self.with_orders.iter();
        addresses.filter_map(|address| self.accounts.get(address))
    }

    /// Who holds an asset.
    pub fn holders(&self, asset_index: u16) -> impl Iterator<Item = &Located<MarginAccount>> {
        let addresses = self.holders.get(&asset_index).into_iter().flatten();
        addresses.filter_map(|address| self.accounts.get(address))
    }

    /// When the newest price of what an account holds was seen.
    pub fn price_seen(&self, account: &MarginAccount) -> Option<Instant> {
        let held = slots::order(account).into_iter();
        held.filter_map(|index| self.seen.get(&index).copied()).max()
    }

    /// Where prices are.
    pub fn feeds(&self) -> Vec<Pubkey> {
        self.state.assets.iter().map(|one| one.keys.feed).collect()
    }
}

fn by_address<T>(all: Vec<Located<T>>) -> BTreeMap<Pubkey, Located<T>> {
    all.into_iter().map(|one| (one.address, one)).collect()
}

fn starts<T: Discriminator>(data: &[u8]) -> bool {
    data.starts_with(T::DISCRIMINATOR)
}

fn read<T>(pinned: &Pinned, told: &ToldAccount) -> Option<Located<T>>
where
    T: OfExchange + Pod + Discriminator + anchor_lang::Owner + Versioned,
{
    let state = pinned.account(&told.owner, &told.data).ok()?;
    let address = told.address;
    Some(Located { address, state })
}
