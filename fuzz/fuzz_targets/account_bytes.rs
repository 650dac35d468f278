//! Feeds: the data of an exchange, a margin account, four assets and their feeds (two receiver feeds,
//! two legacy ones), with the right owners and discriminators.
//!
//! An odd first byte starts from a valid state and changes a few words of it. An even one takes the
//! content of every account from the input; a bit of it links them, so that the account's slots name
//! assets and the feeds are those of the assets, and another bit gets lengths wrong.
//!
//! Asserts: decoding, every invariant, every valuation (`PriceStandard`), the margin report of `view_margin`, a plan for every
//! liquidation and a volatility sample answer with `Ok` or `Err`, never a panic or an overflow. Where
//! the program accepts the accounts of an instruction, the client's report is the program's.
#![no_main]
use anchor_lang::{
    Discriminator, Owner,
    error::Error,
    prelude::{AccountInfo, Pubkey},
};
use freeboard::error::{FreeboardError, OrRaise};
use freeboard::instructions::MarginReport;
use freeboard::instructions::views::view_margin;
use freeboard::state::{Asset, Collateral, Exchange, MarginAccount, NO_ASSET, OracleKind, Position, Scenario, Versioned};
use freeboard::arrange::{AssetAccounts, AssetSource, Holdings, SharedRisk, Standards};
use freeboard_client::{
    decode,
    feed::FeedAccount,
    margin::{self, PricedAsset},
};
use freeboard_fuzz::Bytes;
use freeboard_risk::price::feed::FeedRecord;
use freeboard_risk::liquidation::{Closing, ClosingTerms, LiquidationPlan, LiquidationVerdict, Window};
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::standard::PriceStandard;
use freeboard_risk::params::{self as risk, AssetCoefficients, PortfolioCoefficients, ScenarioCoefficients};
use freeboard_risk::number::quantity::Price;
use freeboard_risk::price::volatility::VolatilityState;
use libfuzzer_sys::fuzz_target;
use pyth_sdk_solana::state as legacy;
use pyth_solana_receiver_sdk::price_update::PriceUpdateV2;
use std::sync::OnceLock;

const ASSETS: usize = 4;
const NOW: i64 = 1_800_000_000;
/// The Pyth oracle program, owner of the legacy price accounts.
const PYTH_ORACLE_ID: Pubkey =
    anchor_lang::prelude::pubkey!("FsJ3A3u2vn5cTVofAjvy6y5kwABJAqYWpYe4975bi3XN");
/// The feed id in a `PriceUpdateV2`: behind discriminator, authority and the tag of the level.
const RECEIVER_FEED_ID: usize = 8 + 32 + 1;

/// Data of every account.
#[derive(Clone)]
struct State {
    exchange: Vec<u8>,
    account: Vec<u8>,
    assets: [Vec<u8>; ASSETS],
    feeds: [FeedAccount; ASSETS],
    now: i64,
}

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes::new(data);
    let mode = bytes.byte();
    let state = if mode & 1 == 1 {
        changed(&mut bytes)
    } else {
        arbitrary(&mut bytes, mode & 2 != 0, mode & 4 != 0)
    };
    run(&state);
});

// --- states

/// The valid state with a few words changed.
fn changed(bytes: &mut Bytes) -> State {
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
fn arbitrary(bytes: &mut Bytes, linked: bool, wrong_lengths: bool) -> State {
    let mut state = valid();
    state.now = if bytes.flip() { NOW } else { bytes.any_i64() };
    for which in 0..2 + 2 * ASSETS {
        let form = bytes.byte();
        let Some(data) = state.data(which) else {
            continue;
        };
        // A quarter stays valid: else nothing would get past the first refusal.
        if form % 4 != 0 {
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
    if index % 2 == 0 {
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
fn data_of<T: bytemuck::Pod + Discriminator>(account: &T) -> Vec<u8> {
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

// --- what is asked of a state

fn run(state: &State) {
    let exchange = decode::account::<Exchange>(&Exchange::owner(), &state.exchange);
    let account = decode::account::<MarginAccount>(&MarginAccount::owner(), &state.account);
    let assets: Vec<PricedAsset> = state
        .assets
        .iter()
        .zip(&state.feeds)
        .filter_map(|(data, feed)| {
            let asset = decode::account::<Asset>(&Asset::owner(), data).ok()?;
            let feed = feed.clone();
            Some(PricedAsset { asset, feed })
        })
        .collect();
    for priced in &assets {
        let _ = (priced.asset.invariant(), priced.asset.parameters_invariant());
        check_asset(priced, state.now);
    }
    let (Ok(exchange), Ok(account)) = (exchange, account) else {
        return;
    };
    let _ = (exchange.invariant(), exchange.parameters_invariant(), account.invariant());
    let report = margin::report(&exchange, &account, &assets, state.now);
    if let Ok(report) = &report {
        assert!(report.maintenance.margin_atoms >= 0 && report.initial.margin_atoms >= 0);
    }
    if let Some(on_chain) = instruction(&exchange, &account, &assets, state.now) {
        assert_eq!(
            report.ok(),
            Some(on_chain),
            "the client's report is the program's"
        );
    }
    let traded = account.positions[0].asset_index;
    for standards in [
        PriceStandard::Trade.into(),
        PriceStandard::BesideReduce.into(),
        PriceStandard::Liquidation.into(),
        PriceStandard::Either.into(),
        Standards::of_view(PriceStandard::Liquidation),
        Standards::from(PriceStandard::Trade).acting_on(traded, PriceStandard::FillIncrease),
        Standards::from(PriceStandard::BesideReduce).acting_on(traded, PriceStandard::FillReduce),
    ] {
        if let Ok(holdings) = Holdings::load(&account, &mut Given(&assets), standards, state.now) {
            check_holdings(&exchange, &account, &holdings, state.now);
        }
    }
}

/// Feed, coefficients and a sample of one asset.
fn check_asset(priced: &PricedAsset, now: i64) {
    let asset = &priced.asset;
    let Ok(observation) = priced.feed.observation(asset, now) else {
        return;
    };
    let params: risk::AssetParams = asset.params.into();
    if let Ok(mut volatility) = asset.volatility() {
        let coefficients = asset.coefficients(now);
        let _ = volatility.sample(
            &observation,
            now,
            asset.tradable.publish_ts,
            &params,
            &coefficients,
        );
    }
    let mut written = *asset;
    let _ = written.record(&observation, now);
    let _ = (written.skew_atoms(), written.open_interest_atoms());
}

/// A plan for every asset and kind, as `liquidate` asks for it.
fn check_holdings(exchange: &Exchange, account: &MarginAccount, holdings: &Holdings, now: i64) {
    let shared = SharedRisk::load(exchange, now);
    let portfolio = shared.portfolio(account.quote_atoms, &holdings.list);
    let params: risk::LiquidationParams = exchange.liquidation.into();
    let _ = freeboard_risk::liquidation::penalty::gross_notional_ceil(&portfolio);
    let _ = holdings.oldest_usable_ts();
    if let Ok(valuation) = freeboard_risk::requirement::margin::liquidation_valuation(&portfolio) {
        let sight = holdings.sight(freeboard::governance::pauses::liquidations_paused(exchange), now);
        let _ = account.flag().after(&valuation, &sight, &params);
        let _ = account
            .flag()
            .after_liquidation(&valuation, &sight, &params);
    }
    let paused = freeboard::governance::pauses::liquidations_paused(exchange);
    let age_secs = account.flag().run_at(now, paused, &params).age_secs();
    let window = Window {
        gross_quote_atoms: account.window_gross_atoms,
        closed_quote_atoms: account.window_closed_atoms,
    };
    for index in 0..holdings.list.len() {
        for closing in [Closing::Position, Closing::Collateral, Closing::Pair] {
            let verdict = LiquidationPlan::new(
                &portfolio,
                index,
                closing,
                &params,
                age_secs,
                window,
                &ClosingTerms::default(),
            );
            if let Ok(LiquidationVerdict::Plan(plan)) = verdict {
                let _ = plan.take(plan.size_atoms);
            }
        }
    }
}

/// The report of `view_margin` on the accounts an instruction would get; none where it refuses.
fn instruction(
    exchange: &Exchange,
    account: &MarginAccount,
    assets: &[PricedAsset],
    now: i64,
) -> Option<MarginReport> {
    let mut given: Vec<&PricedAsset> = Vec::new();
    for index in slots(account) {
        let priced = assets.iter().find(|priced| priced.asset.index == index)?;
        if !given.iter().any(|known| known.asset.index == index) {
            given.push(priced);
        }
    }
    let mut raw: Vec<Raw> = given.iter().flat_map(|priced| Raw::pair(priced)).collect();
    let infos: Vec<AccountInfo> = raw.iter_mut().map(Raw::info).collect();
    let mut accounts = AssetAccounts::new(&infos, Pubkey::default());
    let report = view_margin::report(exchange, account, &mut accounts, now).ok()?;
    accounts.finish(now).ok()?;
    Some(report)
}

/// Assets of the slots in use: positions, then collaterals.
fn slots(account: &MarginAccount) -> impl Iterator<Item = u16> {
    let positions = account.positions.iter().map(|slot| slot.asset_index);
    let collaterals = account.collaterals.iter().map(|slot| slot.asset_index);
    positions
        .chain(collaterals)
        .filter(|index| *index != NO_ASSET)
}

/// An account of an instruction. Its data is 8-aligned, as the runtime hands it over.
struct Raw {
    address: Pubkey,
    owner: Pubkey,
    words: Vec<u64>,
    length: usize,
    lamports: u64,
}

impl Raw {
    /// An asset and its feed.
    fn pair(priced: &PricedAsset) -> [Self; 2] {
        let PricedAsset { asset, feed } = priced;
        [
            Self::new(Pubkey::default(), freeboard::ID, &data_of(asset)),
            Self::new(feed.address, feed.owner, &feed.data),
        ]
    }

    fn new(address: Pubkey, owner: Pubkey, data: &[u8]) -> Self {
        let mut words = vec![0; data.len().div_ceil(8)];
        bytemuck::cast_slice_mut(&mut words)[..data.len()].copy_from_slice(data);
        Self {
            address,
            owner,
            words,
            length: data.len(),
            lamports: 1,
        }
    }

    fn info(&mut self) -> AccountInfo<'_> {
        let data = &mut bytemuck::cast_slice_mut(&mut self.words)[..self.length];
        let (address, owner) = (&self.address, &self.owner);
        AccountInfo::new(
            address,
            false,
            false,
            &mut self.lamports,
            data,
            owner,
            false,
        )
    }
}

/// Assets as the client hands them over; the client's own source is private.
struct Given<'a>(&'a [PricedAsset]);

impl AssetSource for Given<'_> {
    fn take<T>(
        &mut self,
        asset_index: u16,
        read: impl FnOnce(&Asset, &AccountInfo) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let priced = self
            .0
            .iter()
            .find(|priced| priced.asset.index == asset_index);
        let PricedAsset { asset, feed } = priced.or_raise(FreeboardError::AssetAccountMissing)?;
        let (mut lamports, mut data) = (0, feed.data.clone());
        let (address, owner) = (&feed.address, &feed.owner);
        let info = AccountInfo::new(
            address,
            false,
            false,
            &mut lamports,
            &mut data,
            owner,
            false,
        );
        read(asset, &info)
    }
}
