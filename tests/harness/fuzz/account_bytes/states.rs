//! States that are asked: a valid one with changes, or content of the input.
use std::sync::OnceLock;

use anchor_lang::Discriminator;
use anchor_lang::prelude::Pubkey;
use freeboard::state::{
    Asset, Collateral, Exchange, MarginAccount, NO_ASSET, OracleKind, Position, Scenario, Versioned,
};
use freeboard_client::decode;
use freeboard_client::feed::FeedAccount;
use freeboard_risk::number::quantity::Price;
use freeboard_risk::params::{
    self as risk, AssetCoefficients, PortfolioCoefficients, ScenarioCoefficients,
};
use freeboard_risk::price::feed::FeedRecord;
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::volatility::VolatilityState;
use pyth_sdk_solana::state as legacy;
use pyth_solana_receiver_sdk::price_update::PriceUpdateV2;

use crate::fuzz::bytes::FuzzedBytes;

const ASSETS: usize = 4;
const NOW: i64 = 1_800_000_000;
/// The Pyth oracle program, owner of the legacy price accounts.
const PYTH_ORACLE_ID: Pubkey =
    anchor_lang::prelude::pubkey!("FsJ3A3u2vn5cTVofAjvy6y5kwABJAqYWpYe4975bi3XN");
/// The feed id in a `PriceUpdateV2`: behind discriminator, authority and the tag of the level.
const RECEIVER_FEED_ID: usize = 8 + 32 + 1;

/// Data of every account.
#[derive(Clone)]
pub(super) struct State {
    pub exchange: Vec<u8>,
    pub account: Vec<u8>,
    pub assets: [Vec<u8>; ASSETS],
    pub feeds: [FeedAccount; ASSETS],
    pub now: i64,
}
/// The valid state with a few words changed.
fn changed(bytes: &mut FuzzedBytes) -> State {
    static VALID: OnceLock<State> = OnceLock::new();
    let mut state = VALID.get_or_init(valid).clone();
    for _ in 0..32 {
        if bytes.is_empty() {
            break;
        }
        let which = bytes.byte();
        let offset = usize::from(u16::from_le_bytes(bytes.array()));
        let length = [1, 2, 4, 8, 16][bytes.index(5)];
        let value = bytes.any_u128().to_le_bytes();
        let Some(data) = state.data(usize::from(which)) else {
            state.now = bytes.any_i64();
            continue;
        };
        // Aligned, as the fields are; what a discriminator says is checked elsewhere.
        let offset = 8 + offset % data.len().saturating_sub(8).max(1) / length * length;
        for (byte, new) in data.iter_mut().skip(offset).zip(&value[..length]) {
            *byte = *new;
        }
    }
    state
}

/// Content from the input, cyclically.
fn arbitrary(bytes: &mut FuzzedBytes, linked: bool, wrong_lengths: bool) -> State {
    let mut state = valid();
    state.now = if bytes.flip() { NOW } else { bytes.any_i64() };
    for which in 0..2 + 2 * ASSETS {
        let form = bytes.byte();
        let Some(data) = state.data(which) else {
            continue;
        };
        // A quarter stays valid: else nothing would get past the first refusal.
        if !form.is_multiple_of(4) {
            let (_, content) = data.split_at_mut(8);
            let period = bytes.rolls(1 + usize::from(form));
            let words = period.iter().flat_map(|word| word.to_le_bytes()).cycle();
            content
                .iter_mut()
                .zip(words)
                .for_each(|(byte, new)| *byte = new);
        }
        if wrong_lengths && form & 0x80 != 0 {
            let length = u16::from_le_bytes(bytes.array()) % 4_096;
            data.resize(usize::from(length), form);
        }
    }
    if linked {
        state.link();
    }
    state
}

impl State {
    /// The state of an input, by the mode that its first byte says.
    pub(super) fn new(bytes: &mut FuzzedBytes) -> Self {
        let mode = bytes.byte();
        if mode & 1 == 1 {
            changed(bytes)
        } else {
            arbitrary(bytes, mode & 2 != 0, mode & 4 != 0)
        }
    }

    /// Data of the account with this number, none beyond the last.
    fn data(&mut self, which: usize) -> Option<&mut Vec<u8>> {
        match which % (3 + 2 * ASSETS) {
            0 => Some(&mut self.exchange),
            1 => Some(&mut self.account),
            which @ 2..6 => Some(&mut self.assets[which - 2]),
            which @ 6..10 => Some(&mut self.feeds[which - 6].data),
            _ => None,
        }
    }

    /// Makes the slots name assets that exist, and the feeds those of the assets.
    fn link(&mut self) {
        if let Ok(mut account) = decode::account::<MarginAccount>(&freeboard::ID, &self.account) {
            for slot in &mut account.positions {
                slot.asset_index = linked(slot.asset_index);
            }
            for slot in &mut account.collaterals {
                slot.asset_index = linked(slot.asset_index);
            }
            self.account = data_of(&account);
        }
        for (index, (data, feed)) in self.assets.iter_mut().zip(&mut self.feeds).enumerate() {
            let Ok(mut asset) = decode::account::<Asset>(&freeboard::ID, data) else {
                continue;
            };
            asset.index = index as u16;
            asset.oracle_kind = kind_of(index) as u8;
            asset.feed = feed_binding(index);
            *data = data_of(&asset);
            bind(index, &mut feed.data);
        }
    }
}

/// One of the assets, or none.
fn linked(index: u16) -> u16 {
    match usize::from(index) % (ASSETS + 1) {
        ASSETS => NO_ASSET,
        index => index as u16,
    }
}

/// Writes what names a feed into its data.
fn bind(index: usize, data: &mut [u8]) {
    match kind_of(index) {
        OracleKind::PythReceiver | OracleKind::PythReceiverPro => {
            if let Some(field) = data.get_mut(RECEIVER_FEED_ID - 1..RECEIVER_FEED_ID + 32) {
                field[0] = 1; // fully verified
                field[1..].copy_from_slice(&feed_binding(index));
            }
        }
        OracleKind::PythLegacy => {
            let header = legacy_price(index, NOW);
            let header = &bytemuck::bytes_of(&header)[..16];
            if let Some(field) = data.get_mut(..16) {
                field.copy_from_slice(header);
            }
        }
    }
}

fn kind_of(index: usize) -> OracleKind {
    if index.is_multiple_of(2) {
        OracleKind::PythReceiver
    } else {
        OracleKind::PythLegacy
    }
}

/// Feed id or address.
fn feed_binding(index: usize) -> [u8; 32] {
    [index as u8 + 1; 32]
}

/// Discriminator and content.
pub(super) fn data_of<T: bytemuck::Pod + Discriminator>(account: &T) -> Vec<u8> {
    [T::DISCRIMINATOR, bytemuck::bytes_of(account)].concat()
}

/// Four assets, a long and two shorts, two collaterals, one of them that of a short; two scenarios.
fn valid() -> State {
    let exchange = valid_exchange();
    let mut account = <MarginAccount as bytemuck::Zeroable>::zeroed();
    account.layout.version = MarginAccount::VERSION;
    account.positions = [Position::EMPTY; 16];
    account.collaterals = [Collateral::EMPTY; 8];
    account.quote_atoms = 50_000_000_000;
    for (slot, (size, entry)) in [
        (2_000_000_000_000, 40_000_000_000),
        (-500_000_000_000, -11_000_000_000),
    ]
    .into_iter()
    .enumerate()
    {
        account.positions[slot].base_size_atoms = size;
        account.positions[slot].entry_notional_atoms = entry;
        account.positions[slot].asset_index = slot as u16;
    }
    account.positions[3].base_size_atoms = -1_000_000_000;
    account.positions[3].entry_notional_atoms = -20_000_000;
    account.positions[3].asset_index = 2;
    for (slot, asset_index) in [(0, 1), (2, 3)] {
        account.collaterals[slot].amount_atoms = 300_000_000_000;
        account.collaterals[slot].asset_index = asset_index;
    }
    State {
        exchange: data_of(&exchange),
        account: data_of(&account),
        assets: core::array::from_fn(|index| data_of(&valid_asset(index))),
        feeds: core::array::from_fn(valid_feed),
        now: NOW,
    }
}

fn valid_exchange() -> Exchange {
    let mut exchange = <Exchange as bytemuck::Zeroable>::zeroed();
    exchange.layout.version = Exchange::VERSION;
    let portfolio = risk::PortfolioParams::reference();
    exchange.portfolio = portfolio.into();
    exchange.liquidation = risk::LiquidationParams::reference().into();
    exchange.pool = risk::PoolParams::reference().into();
    exchange.portfolio_words = PortfolioCoefficients::new(&portfolio).unwrap().to_words();
    let scenarios = [
        Scenario {
            weight_bps: 5_000,
            shock_bps: [-4_000; 8],
        },
        Scenario {
            weight_bps: 8_000,
            shock_bps: [3_000; 8],
        },
    ];
    for (at, scenario) in scenarios.iter().enumerate() {
        exchange.scenarios[at] = *scenario;
        exchange.scenario_words[at] = ScenarioCoefficients::new(&scenario.into())
            .unwrap()
            .to_words();
    }
    exchange.scenario_count = scenarios.len() as u8;
    exchange.asset_count = ASSETS as u16;
    exchange
}

fn valid_asset(index: usize) -> Asset {
    let mut asset = <Asset as bytemuck::Zeroable>::zeroed();
    let params = risk::AssetParams {
        collateral_weight_e9: 900_000_000,
        bucket: index as u8,
        ..risk::AssetParams::reference()
    };
    asset.layout.version = Asset::VERSION;
    let coefficients = AssetCoefficients::new(&params, 28_800).unwrap();
    let price = Price::from_decimal(2_000_000_000, -8).unwrap();
    asset.index = index as u16;
    asset.oracle_kind = kind_of(index) as u8;
    asset.feed = feed_binding(index);
    asset.params = params.into();
    asset.oracle = risk::OracleParams::reference().into();
    asset.trade = risk::TradeParams::reference().into();
    asset.coefficient_words = coefficients.to_words();
    asset.volatility_words =
        VolatilityState::new(price, NOW - 1_000, NOW - 1_000, &params, &coefficients)
            .unwrap()
            .to_words();
    asset.long_open_interest_atoms = 9_000_000_000_000;
    asset.short_open_interest_atoms = 8_000_000_000_000;
    asset.liquidated_quote_atoms = 1_000_000_000;
    asset.liquidated_ts = NOW - 600;
    asset.set_known(&FeedRecord::new(Observation {
        price,
        confidence: Price(price.0 / 2_000),
        ema: price,
        publish_ts: NOW - 1_000,
    }));
    asset.funding.updated_ts = NOW;
    asset
}

fn valid_feed(index: usize) -> FeedAccount {
    let address = Pubkey::new_from_array(feed_binding(index));
    match kind_of(index) {
        OracleKind::PythReceiver | OracleKind::PythReceiverPro => FeedAccount {
            address,
            owner: pyth_solana_receiver_sdk::ID,
            data: receiver_price(index),
        },
        OracleKind::PythLegacy => FeedAccount {
            address,
            owner: PYTH_ORACLE_ID,
            data: bytemuck::bytes_of(&legacy_price(index, NOW - 2)).to_vec(),
        },
    }
}

/// A `PriceUpdateV2`, by its layout: level, feed id, price, confidence, exponent, two times, EMA, …
fn receiver_price(index: usize) -> Vec<u8> {
    let price: i64 = 2_000_000_000;
    let mut data = [
        PriceUpdateV2::DISCRIMINATOR,
        &[0; 32],
        &[1],
        &feed_binding(index),
    ]
    .concat();
    data.extend(price.to_le_bytes());
    data.extend((price / 2_000).to_le_bytes());
    data.extend((-8i32).to_le_bytes());
    data.extend((NOW - 2).to_le_bytes());
    data.extend((NOW - 3).to_le_bytes());
    data.extend(price.to_le_bytes());
    data.resize(PriceUpdateV2::LEN, 0);
    data
}

fn legacy_price(index: usize, publish_ts: i64) -> legacy::SolanaPriceAccount {
    let price = 2_000_000_000 + index as i64;
    legacy::SolanaPriceAccount {
        magic: legacy::MAGIC,
        ver: legacy::VERSION_2,
        atype: legacy::AccountType::Price as u32,
        size: size_of::<legacy::SolanaPriceAccount>() as u32,
        ptype: legacy::PriceType::Price,
        expo: -8,
        ema_price: legacy::Rational {
            val: price,
            numer: price,
            denom: 1,
        },
        timestamp: publish_ts,
        agg: legacy::PriceInfo {
            price,
            conf: price.unsigned_abs() / 2_000,
            status: legacy::PriceStatus::Trading,
            ..Default::default()
        },
        ..Default::default()
    }
}
