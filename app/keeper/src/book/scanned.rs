//! A full scan is taken into the book: what was told of later slots is newer, and stands.
use std::collections::{BTreeMap, HashMap, HashSet};

use anchor_lang::prelude::Pubkey;
use freeboard_client::dump::Located;
use freeboard_client::feed::FeedAccount;
use freeboard_client::freeboard::state::MarginAccount;
use freeboard_client::network::AccountMark;
use freeboard_client::state::ExchangeState;

use super::lacking::LackingAccounts;
use super::{ExchangeBook, Snapshot, has_same_feed};

impl ExchangeBook {
    /// Takes over a full scan, but for what was told of later slots than its own.
    pub fn replace(&mut self, snapshot: Snapshot) {
        let began = snapshot.slot;
        self.slots.retain(|_, slot| *slot > began);
        let read = snapshot.accounts.iter().map(|one| one.address);
        let marked = snapshot.marks.iter().map(|(address, _)| *address);
        let there: HashSet<Pubkey> = read.chain(marked).collect();
        let known: Vec<Pubkey> = self.index.valued().map(|one| one.account.address).collect();
        let refused = self.index.refused().map(|(account, _)| account.address);
        for address in known.into_iter().chain(refused.collect::<Vec<_>>()) {
            if !there.contains(&address) && !self.slots.contains_key(&address) {
                self.forget(&address);
            }
        }
        for account in snapshot.accounts {
            let is_known = self.index.account(&account.address);
            let is_same = is_known.is_some_and(|one| same(&one.state, &account.state));
            if !is_same && !self.slots.contains_key(&account.address) {
                self.put(account);
            }
        }
        self.compare(snapshot.marks, began);
        self.requests = newer(&self.slots, &mut self.requests, snapshot.requests);
        self.changes = newer(&self.slots, &mut self.changes, snapshot.changes);
        self.change_accounts = snapshot.change_accounts;
        self.has_moved_feed = self.has_other_feed(&snapshot.state);
        self.state = self.with_newer(snapshot.state);
        self.priced = self.state.priced();
        self.index.set_exchange(self.state.exchange);
        for priced in &self.priced {
            self.index.set_asset(priced.clone());
        }
        self.set_clock(snapshot.now, began);
    }

    /// Notes which margin accounts are not known as a scan found them: reading them says what they are now.
    fn compare(&mut self, marks: Vec<(Pubkey, AccountMark)>, began: u64) {
        let is_known = |(address, mark): &(Pubkey, AccountMark)| {
            let known = self.index.account(address);
            known.is_some_and(|known| AccountMark::new(&known.state) == *mark)
        };
        let others = marks.into_iter().filter(|marked| !is_known(marked));
        self.lacking = LackingAccounts::new(others.collect(), began);
    }

    /// The exchange of a scan, but for what was told of later slots, and for newer prices.
    fn with_newer(&self, mut scanned: ExchangeState) -> ExchangeState {
        let told = |address: &Pubkey| self.slots.contains_key(address);
        if told(&scanned.address) {
            scanned.exchange = self.state.exchange;
        }
        if told(&scanned.keys.pool) {
            scanned.pool = self.state.pool;
        }
        for one in &mut scanned.assets {
            let Some(known) = self.state.asset(one.asset.index) else {
                continue;
            };
            if told(&one.keys.asset) {
                one.asset = known.asset;
            }
            let latest = |feed: &Option<FeedAccount>| {
                let price = feed
                    .as_ref()
                    .and_then(|feed| feed.latest(&known.asset).ok());
                price.map(|price| price.publish_ts)
            };
            if known.keys.feed == one.keys.feed && latest(&known.feed) > latest(&one.feed) {
                one.feed = known.feed.clone();
            }
        }
        scanned
    }

    /// Whether an asset was told to have another feed than the scan found: the scan looked for its price elsewhere.
    fn has_other_feed(&self, scanned: &ExchangeState) -> bool {
        let told = scanned.assets.iter();
        let mut told = told.filter(|one| self.slots.contains_key(&one.keys.asset));
        told.any(|one| {
            let known = self.state.asset(one.asset.index);
            known.is_some_and(|known| !has_same_feed(&known.asset, &one.asset))
        })
    }
}

/// What a scan found, but for what was told of later slots than its own: that stands, gone or there.
fn newer<T>(
    told: &HashMap<Pubkey, u64>,
    known: &mut BTreeMap<Pubkey, Located<T>>,
    scanned: Vec<Located<T>>,
) -> BTreeMap<Pubkey, Located<T>> {
    let mut all = std::mem::take(known);
    all.retain(|address, _| told.contains_key(address));
    let rest = scanned.into_iter();
    let rest = rest.filter(|one| !told.contains_key(&one.address));
    all.extend(rest.map(|one| (one.address, one)));
    all
}

/// Whether two states are the same to the byte.
fn same(one: &MarginAccount, other: &MarginAccount) -> bool {
    bytemuck::bytes_of(one) == bytemuck::bytes_of(other)
}
