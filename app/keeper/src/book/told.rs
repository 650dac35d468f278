//! What is told or read of single accounts is taken into the book, unless what is known is newer.
use std::cmp::Ordering;
use std::time::Instant;

use anchor_lang::Discriminator;
use bytemuck::Pod;
use freeboard_client::dump::Located;
use freeboard_client::feed::FeedAccount;
use freeboard_client::freeboard::state::{
    Asset, Exchange, LiquidityRequest, MarginAccount, Pool, Versioned,
};
use freeboard_client::pin::{OfExchange, Pinned};

use super::{ExchangeBook, ToldAccount, has_same_feed};

impl ExchangeBook {
    /// Takes over what a subscription tells of one account. It tells in order, so nothing that is told is older than what
    /// was told or read before, whatever slot the node gives: some give that in which the subscription began. But an
    /// earlier event of a margin account was on its way when a later one was read.
    pub fn hear(&mut self, mut told: ToldAccount) {
        let pinned = Pinned::new(self.state.address);
        if self.compare_events(&pinned, &told) != Some(Ordering::Less) {
            told.slot = told.slot.max(self.slot);
            if let Some(known) = self.slots.get(&told.address) {
                told.slot = told.slot.max(*known);
            }
        }
        self.take(&told);
    }

    /// Takes over what was read of one account, unless what is known is newer: of a later event where it is a margin
    /// account, else of a later slot. An earlier event of a later slot is taken: the fork with the later one is gone.
    pub fn take(&mut self, told: &ToldAccount) {
        self.take_newer(told);
        let known = self.index.account(&told.address);
        self.lacking
            .settle(&told.address, known.map(|known| &known.state), told.slot);
    }

    fn take_newer(&mut self, told: &ToldAccount) {
        let pinned = Pinned::new(self.state.address);
        let known = self.slots.get(&told.address).copied().unwrap_or_default();
        let is_older = match self.compare_events(&pinned, told) {
            Some(Ordering::Greater) => false,
            Some(Ordering::Less) => told.slot <= known,
            Some(Ordering::Equal) | None => told.slot < known,
        };
        if is_older {
            return;
        }
        self.slots.insert(told.address, known.max(told.slot));
        if told.data.is_empty() || told.owner != freeboard_client::freeboard::ID {
            self.forget(&told.address);
        } else if let Some(account) = read::<MarginAccount>(&pinned, told) {
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
                self.index.set_exchange(exchange);
            }
        } else if let Ok(state) = pinned.pending_change(&told.owner, &told.data) {
            let address = told.address;
            self.changes.insert(address, Located { address, state });
        }
    }

    /// The newest event of a margin account as told, beside that of the one known; none where one of them is not there.
    fn compare_events(&self, pinned: &Pinned, told: &ToldAccount) -> Option<Ordering> {
        let known = self.index.account(&told.address)?;
        let new = read::<MarginAccount>(pinned, told)?;
        let (new, known) = (new.state.event_sequence, known.state.event_sequence);
        Some(new.cmp(&known))
    }

    /// Takes over a price account; says whether it holds another price than the one known. An older one is left: a node
    /// that is behind tells it after the newer.
    pub fn take_price(&mut self, feed: FeedAccount, seen: Instant) -> bool {
        let places = self.state.assets.iter_mut().zip(&mut self.priced);
        let mut moved = false;
        for (one, priced) in places.filter(|(one, _)| one.keys.feed == feed.address) {
            let known = one.feed.as_ref();
            let published = |feed: &FeedAccount| {
                let price = feed.latest(&one.asset).ok()?;
                Some(price.publish_ts)
            };
            // A price that cannot be read is no older one: the program reads the same.
            let is_older = matches!(
                (published(&feed), known.and_then(published)),
                (Some(new), Some(old)) if new < old
            );
            if known == Some(&feed) || is_older {
                continue;
            }
            one.feed = Some(feed.clone());
            priced.feed = feed.clone();
            self.index.set_asset(priced.clone());
            self.seen.insert(one.asset.index, seen);
            moved = true;
        }
        moved
    }

    fn take_asset(&mut self, asset: Asset) {
        let places = self.state.assets.iter_mut().zip(&mut self.priced);
        for (one, priced) in places.filter(|(one, _)| one.asset.index == asset.index) {
            self.has_moved_feed |= !has_same_feed(&one.asset, &asset);
            (one.asset, priced.asset) = (asset, asset);
            self.index.set_asset(priced.clone());
        }
    }
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
