//! Margin accounts of many sizes on an exchange with the shipped parameters, and prices that move: without a chain.
use anchor_lang::AccountSerialize;
use anchor_lang::prelude::Pubkey;
use anyhow::{Context, anyhow};
use bytemuck::Zeroable;
use freeboard_client::dump::Located;
use freeboard_client::feed::FeedAccount;
use freeboard_client::freeboard::oracle::RECEIVER_ID;
use freeboard_client::freeboard::state::{
    Asset, Collateral, Exchange, FeedBinding, Listing, MarginAccount, OracleKind, Position,
};
use freeboard_client::margin::PricedAsset;
use freeboard_client::parameters::{ParameterFile, Roles};
use freeboard_client::risk::params::{AssetCoefficients, PortfolioCoefficients};
use freeboard_client::risk::pool::borrow::{self, BorrowState};
use freeboard_client::risk::price::feed::FeedRecord;
use freeboard_client::risk::price::observation::Observation;
use freeboard_client::risk::price::volatility::VolatilityState;
use pyth_solana_receiver_sdk::price_update::{PriceFeedMessage, PriceUpdateV2, VerificationLevel};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const SHIPPED: &str = include_str!("../../migrations/parameters/default.toml");
/// Dollars that each asset starts at, in the order of the shipped file.
const DOLLARS: [f64; 3] = [100_000.0, 3_500.0, 150.0];
/// Decimals of a price after the point.
const DECIMALS: i32 = 8;
const START_TS: i64 = 1_750_000_000;

/// Accounts, and what they are valued by.
pub struct Population {
    pub exchange: Exchange,
    pub assets: Vec<PricedAsset>,
    pub accounts: Vec<Located<MarginAccount>>,
    pub now: i64,
    dollars: Vec<f64>,
    random: StdRng,
}

impl Population {
    /// So many accounts with one to three positions each and sometimes collateral, most of them well above their margin.
    ///
    /// Errors: shipped parameters that cannot be read.
    pub fn new(accounts: usize, seed: u64) -> anyhow::Result<Self> {
        let file = ParameterFile::parse(SHIPPED).map_err(|error| anyhow!("{error}"))?;
        let mut random = StdRng::seed_from_u64(seed);
        let exchange = exchange(&file)?;
        let entries = file.assets.iter().zip(DOLLARS);
        let assets = entries.enumerate().map(|(at, (entry, dollars))| {
            let feed = FeedBinding {
                kind: OracleKind::PythReceiver,
                feed: [at as u8 + 1; 32],
            };
            let listing = entry.listing(feed, Pubkey::default());
            let provision_secs = file.portfolio.funding_provision_secs;
            listed(at as u16, &listing, dollars, provision_secs)
        });
        let assets = assets.collect::<anyhow::Result<Vec<_>>>()?;
        let accounts = (0..accounts).map(|_| Located {
            address: Pubkey::new_from_array(random.random()),
            state: account(&assets, &mut random),
        });
        Ok(Self {
            exchange,
            accounts: accounts.collect(),
            assets,
            now: START_TS,
            dollars: DOLLARS.to_vec(),
            random,
        })
    }

    /// A second later: every price has moved, or that of one asset.
    pub fn tick(&mut self, moved: Option<usize>) {
        self.now += 1;
        for (at, priced) in self.assets.iter_mut().enumerate() {
            if moved.is_none_or(|moved| moved == at) {
                self.dollars[at] *= 1.0 + self.random.random_range(-0.002..0.002);
                priced.feed = feed(&priced.asset, self.dollars[at], self.now);
            }
        }
    }
}

fn exchange(file: &ParameterFile) -> anyhow::Result<Exchange> {
    let nobody = Pubkey::default();
    let args = file.initialize_args(&Roles {
        governance: nobody,
        risk_manager: nobody,
        guardian: nobody,
        timelock_secs: 86_400,
    });
    let mut exchange = Exchange::zeroed();
    exchange.portfolio = args.portfolio;
    exchange.liquidation = args.liquidation;
    exchange.pool = args.pool;
    let portfolio = PortfolioCoefficients::new(&args.portfolio.into());
    let portfolio = portfolio.map_err(|error| anyhow!("{error:?}"))?;
    exchange.portfolio_words = portfolio.to_words();
    exchange.set_scenarios(&args.scenarios)?;
    let rate = borrow::rate(&args.pool.into(), 0, 0);
    exchange.borrow.set(&BorrowState::new(START_TS, rate));
    Ok(exchange)
}

/// An asset as create_asset leaves it, a day and more ago, with funding that the longs pay.
fn listed(
    index: u16,
    listing: &Listing,
    dollars: f64,
    provision_secs: u32,
) -> anyhow::Result<PricedAsset> {
    let mut asset = Asset::zeroed();
    asset.index = index;
    asset.name = listing.name;
    asset.oracle_kind = listing.feed.kind as u8;
    asset.feed = listing.feed.feed;
    asset.params = listing.params;
    asset.oracle = listing.oracle;
    asset.trade = listing.trade;
    let params = listing.params.into();
    let coefficients = AssetCoefficients::new(&params, provision_secs);
    let coefficients = coefficients.map_err(|error| anyhow!("{error:?}"))?;
    let price = update(dollars, START_TS);
    let observation = Observation::from_pyth(
        price.price,
        price.conf,
        price.ema_price,
        price.exponent,
        START_TS,
    );
    let observation = observation.map_err(|error| anyhow!("{error:?}"))?;
    asset.set_known(&FeedRecord::new(observation));
    let volatility = VolatilityState::new(
        observation.price,
        START_TS,
        START_TS,
        &params,
        &coefficients,
    );
    let volatility = volatility.map_err(|error| anyhow!("{error:?}"))?;
    asset.volatility_words = volatility.to_words();
    asset.coefficient_words = coefficients.to_words();
    asset.long_open_interest_atoms = listing.trade.skew_scale_atoms / 100;
    asset.funding.updated_ts = START_TS;
    asset.renew_funding_rate()?;
    let feed = feed(&asset, dollars, START_TS);
    Ok(PricedAsset { asset, feed })
}

fn account(assets: &[PricedAsset], random: &mut StdRng) -> MarginAccount {
    let mut account = MarginAccount::zeroed();
    account.positions = [Position::EMPTY; 16];
    account.collaterals = [Collateral::EMPTY; 8];
    let worth: f64 = 10_f64.powf(random.random_range(2.0..5.5));
    // Up to forty times, most far less: a few are below their margin already.
    let leverage = 10_f64.powf(random.random_range(-0.5..1.4));
    let held = random.random_range(1..=assets.len());
    let first = random.random_range(0..assets.len());
    for slot in 0..held {
        let at = (first + slot) % assets.len();
        let asset = &assets[at].asset;
        let side = if random.random_bool(0.6) { 1.0 } else { -1.0 };
        let units = side * worth * leverage / held as f64 / DOLLARS[at];
        let lots =
            units * 10_f64.powi(asset.params.base_decimals.into()) / asset.params.lot_atoms as f64;
        let size_atoms = (lots.trunc() as i64).max(1) * asset.params.lot_atoms as i64;
        let opened_at = DOLLARS[at] * (1.0 + random.random_range(-0.02..0.02));
        let unit = 10_f64.powi(6 - i32::from(asset.params.base_decimals));
        account.positions[slot] = Position {
            base_size_atoms: size_atoms,
            entry_notional_atoms: (size_atoms as f64 * opened_at * unit) as i64,
            asset_index: asset.index,
            ..Position::EMPTY
        };
    }
    account.quote_atoms = (worth * 1e6) as i64;
    if random.random_bool(0.2) {
        let asset = &assets[first].asset;
        let units = worth / 2.0 / DOLLARS[first];
        account.collaterals[0] = Collateral {
            amount_atoms: (units * 10_f64.powi(asset.params.base_decimals.into())) as u64,
            asset_index: asset.index,
            ..Collateral::EMPTY
        };
        account.quote_atoms = (worth * 0.6e6) as i64;
    }
    account
}

fn update(dollars: f64, publish_ts: i64) -> PriceFeedMessage {
    let price = (dollars * 10_f64.powi(DECIMALS)) as i64;
    PriceFeedMessage {
        feed_id: [0; 32],
        price,
        conf: price as u64 / 2_000,
        exponent: -DECIMALS,
        publish_time: publish_ts,
        prev_publish_time: publish_ts - 1,
        ema_price: price,
        ema_conf: price as u64 / 2_000,
    }
}

/// A push account of the asset's feed.
fn feed(asset: &Asset, dollars: f64, publish_ts: i64) -> FeedAccount {
    let update = PriceUpdateV2 {
        write_authority: Pubkey::default(),
        verification_level: VerificationLevel::Full,
        price_message: PriceFeedMessage {
            feed_id: asset.feed,
            ..update(dollars, publish_ts)
        },
        posted_slot: 1,
    };
    let mut data = Vec::with_capacity(PriceUpdateV2::LEN);
    let written = update.try_serialize(&mut data);
    written
        .context("a vector takes every byte")
        .expect("a price update");
    FeedAccount {
        address: Pubkey::new_from_array(asset.feed),
        owner: RECEIVER_ID,
        data,
    }
}
