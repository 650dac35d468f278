//! Prices: a walk with jumps, what is printed of it, good and bad, and what was printed before, which a caller
//! may still give: a receiver feed's price may stand in any number of accounts.
use super::play::Play;
use crate::{AssetHandle, Quote, feeds};
use anchor_lang::prelude::Pubkey;

/// Where the walk begins and is pulled back to, USD.
const START: [f64; 3] = [150.0, 100_000.0, 4_000.0];
/// How long a price update is remembered, seconds: no row of the oracle table takes one of more than 60 s.
const REMEMBERED_SECS: i64 = 70;

/// One asset's prices.
#[derive(Clone, Debug)]
pub struct PriceUpdates {
    /// The price, USD.
    pub price: f64,
    /// What has been printed lately, oldest first; the newest is in the feed, unless that was closed.
    pub past: Vec<Quote>,
}

impl PriceUpdates {
    /// The price that each asset starts at.
    pub fn start() -> Vec<Self> {
        let new = |price| Self {
            price,
            past: Vec::new(),
        };
        START.map(new).into()
    }
}

impl Play {
    /// The price of an asset whatever has been printed, USD.
    pub(super) fn price(&self, asset: &AssetHandle) -> f64 {
        self.updates[usize::from(asset.index)].price
    }

    /// Moves every price and shows it, after so many seconds.
    pub(super) fn move_prices(&mut self, secs: i64) {
        for asset in self.world.assets.clone() {
            let index = usize::from(asset.index);
            let (now, last) = (self.world.now(), self.updates[index].price);
            let pulled = 0.97 * last + 0.03 * START[index];
            let jump = if self.chance(50) { self.jump } else { 0.03 };
            let price = pulled * (1.0 + jump * self.choices.signed());
            let before = self.world.quote(&asset);
            let mut past = std::mem::take(&mut self.updates[index].past);
            past.push(before);
            // Some second of those that have passed.
            let age = [1, 3, 10, 40][self.choices.next(4) as usize];
            if age < secs {
                let then = price + (last - price) * age as f64 / secs as f64;
                let then = then * (1.0 + 0.01 * self.choices.signed());
                past.push(Quote::usd(then, now - age));
            }
            past.retain(|update| now - update.publish_ts <= REMEMBERED_SECS);
            self.updates[index] = PriceUpdates { price, past };
            self.update(&asset, Quote::usd(price, now));
        }
    }

    /// Shows a price as it is, badly, or not at all.
    fn update(&mut self, asset: &AssetHandle, quote: Quote) {
        let wild = [0.2, 5.0][self.choices.next(2) as usize];
        let quote = match self.choices.next(80) {
            0 => return self.world.close_feed(asset),
            1 => return, // as it was: stale
            2 => quote.with_conf(0.025),
            3 => quote.with_ema(1.25),
            4 => Quote {
                publish_ts: quote.publish_ts - 4,
                ..quote
            },
            // No row of the oracle table accepts this one,
            5 => Self::wild(&quote, wild).with_conf(0.6),
            // and only a reduce these.
            6 => Self::wild(&quote, wild).with_ema(1.0 / wild),
            7 => quote.with_ema(wild),
            // A clock that runs ahead: as far as is accepted, and further.
            8 => self.ahead(&quote, 1, 5),
            9 => self.ahead(&quote, 6, 30),
            _ => quote,
        };
        if quote.publish_ts >= self.world.quote(asset).publish_ts {
            self.world.set_price(asset, quote);
        }
    }

    fn ahead(&mut self, quote: &Quote, least: u64, most: u64) -> Quote {
        self.count("updates from the future");
        let secs = least + self.choices.next(most + 1 - least);
        Quote {
            publish_ts: quote.publish_ts + secs as i64,
            ..*quote
        }
    }

    fn wild(quote: &Quote, times: f64) -> Quote {
        let price = quote.price as f64 * times;
        Quote::steady(price as i64, quote.exponent, quote.publish_ts)
    }

    /// An account of the asset's feed with a price update from before the newest, if one is remembered.
    pub(super) fn older_feed(&mut self, asset: &AssetHandle) -> Option<Pubkey> {
        let past = &self.updates[usize::from(asset.index)].past;
        let number = past.len() as u64;
        if number == 0 {
            return None;
        }
        let chosen = self.choices.next(number) as usize;
        let update = self.updates[usize::from(asset.index)].past[chosen];
        let address = Pubkey::new_unique();
        let account = feeds::receiver_account(asset.feed_id, &update);
        self.world.set_account(address, account);
        Some(address)
    }
}
