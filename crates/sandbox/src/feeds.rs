//! Pyth price accounts in their own layouts, written as Pyth's programs would leave them.
use crate::{AssetHandle, World};
use anchor_lang::{AccountSerialize, prelude::Pubkey};
use freeboard::oracle;
use freeboard::state::OracleKind;
use pyth_sdk_solana::state as legacy;
use pyth_solana_receiver_sdk::price_update::{PriceFeedMessage, PriceUpdateV2, VerificationLevel};
use solana_account::Account;

/// The Pyth oracle program on mainnet, owner of the legacy price accounts.
pub const PYTH_ORACLE_ID: Pubkey =
    anchor_lang::prelude::pubkey!("FsJ3A3u2vn5cTVofAjvy6y5kwABJAqYWpYe4975bi3XN");

/// Which kind of Pyth account an asset reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedKind {
    /// `PriceUpdateV2` of the first receiver, bound by feed id.
    Receiver,
    /// Legacy price account, bound by address.
    Legacy,
    /// `PriceUpdateV2` of the second receiver, bound by feed id.
    ReceiverPro,
}

impl FeedKind {
    /// As an argument of create_asset.
    pub fn oracle_kind(self) -> OracleKind {
        match self {
            Self::Receiver => OracleKind::PythReceiver,
            Self::Legacy => OracleKind::PythLegacy,
            Self::ReceiverPro => OracleKind::PythReceiverPro,
        }
    }

    /// An account of this kind with this price; the feed's id does not matter to a legacy one.
    pub fn account(self, feed_id: [u8; 32], quote: &Quote) -> Account {
        match self {
            Self::Receiver => receiver_account(feed_id, quote),
            Self::Legacy => legacy_account(quote),
            Self::ReceiverPro => Account {
                owner: oracle::RECEIVER_PRO_ID,
                ..receiver_account(feed_id, quote)
            },
        }
    }
}

/// A price as Pyth publishes it; amounts in units of 10^`exponent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Price.
    pub price: i64,
    /// Confidence interval.
    pub conf: u64,
    /// Moving average of the price.
    pub ema: i64,
    /// Power of ten.
    pub exponent: i32,
    /// When it was published, unix seconds.
    pub publish_ts: i64,
}

impl Quote {
    /// A price with a confidence of 5 bp and an EMA equal to it.
    pub fn steady(price: i64, exponent: i32, publish_ts: i64) -> Self {
        let conf = price.unsigned_abs() / 2_000;
        Self {
            price,
            conf,
            ema: price,
            exponent,
            publish_ts,
        }
    }

    /// This many dollars, with eight decimals.
    pub fn usd(dollars: f64, publish_ts: i64) -> Self {
        Self::steady((dollars * 1e8).round() as i64, -8, publish_ts)
    }

    /// With this confidence, as a share of the price.
    pub fn with_conf(mut self, share: f64) -> Self {
        self.conf = (self.price as f64 * share).round() as u64;
        self
    }

    /// With this EMA, as a multiple of the price.
    pub fn with_ema(mut self, multiple: f64) -> Self {
        self.ema = (self.price as f64 * multiple).round() as i64;
        self
    }
}

/// A fully verified `PriceUpdateV2` account of a feed.
pub fn receiver_account(feed_id: [u8; 32], quote: &Quote) -> Account {
    receiver_account_with(feed_id, quote, VerificationLevel::Full)
}

/// The same at any verification level.
pub fn receiver_account_with(
    feed_id: [u8; 32],
    quote: &Quote,
    verification_level: VerificationLevel,
) -> Account {
    let update = PriceUpdateV2 {
        write_authority: Pubkey::default(),
        verification_level,
        price_message: PriceFeedMessage {
            feed_id,
            price: quote.price,
            conf: quote.conf,
            exponent: quote.exponent,
            publish_time: quote.publish_ts,
            prev_publish_time: quote.publish_ts - 1,
            ema_price: quote.ema,
            ema_conf: quote.conf,
        },
        posted_slot: 1,
    };
    let mut data = Vec::with_capacity(PriceUpdateV2::LEN);
    update
        .try_serialize(&mut data)
        .expect("a vector takes every byte");
    data.resize(PriceUpdateV2::LEN, 0);
    rent_exempt(data, oracle::RECEIVER_ID)
}

/// A legacy price account whose aggregate is trading.
pub fn legacy_account(quote: &Quote) -> Account {
    legacy_account_with(quote, legacy::PriceStatus::Trading)
}

/// The same in any status.
pub fn legacy_account_with(quote: &Quote, status: legacy::PriceStatus) -> Account {
    let account = legacy::SolanaPriceAccount {
        magic: legacy::MAGIC,
        ver: legacy::VERSION_2,
        atype: legacy::AccountType::Price as u32,
        size: size_of::<legacy::SolanaPriceAccount>() as u32,
        ptype: legacy::PriceType::Price,
        expo: quote.exponent,
        ema_price: legacy::Rational {
            val: quote.ema,
            numer: quote.ema,
            denom: 1,
        },
        timestamp: quote.publish_ts,
        prev_timestamp: quote.publish_ts - 1,
        agg: legacy::PriceInfo {
            price: quote.price,
            conf: quote.conf,
            status,
            ..Default::default()
        },
        ..Default::default()
    };
    rent_exempt(bytemuck::bytes_of(&account).to_vec(), PYTH_ORACLE_ID)
}

fn rent_exempt(data: Vec<u8>, owner: Pubkey) -> Account {
    Account {
        lamports: 1_000_000_000,
        data,
        owner,
        executable: false,
        rent_epoch: u64::MAX,
    }
}

impl World {
    /// Publishes a price of an asset.
    pub fn set_price(&mut self, asset: &AssetHandle, quote: Quote) {
        let account = asset.feed_kind.account(asset.feed_id, &quote);
        self.set_account(asset.feed, account);
        self.quotes[usize::from(asset.index)] = quote;
    }

    /// Publishes a price in dollars now; the EMA equals it.
    pub fn set_price_usd(&mut self, asset: &AssetHandle, dollars: f64) {
        let quote = Quote::usd(dollars, self.now());
        self.set_price(asset, quote);
    }

    /// The last price published.
    pub fn quote(&self, asset: &AssetHandle) -> Quote {
        self.quotes[usize::from(asset.index)]
    }

    /// Publishes every asset's last price once more, now.
    pub fn refresh_prices(&mut self) {
        for asset in self.assets.clone() {
            let quote = Quote {
                publish_ts: self.now(),
                ..self.quote(&asset)
            };
            self.set_price(&asset, quote);
        }
    }
}
