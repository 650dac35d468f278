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
mod states;

use anchor_lang::Owner;
use anchor_lang::error::Error;
use anchor_lang::prelude::{AccountInfo, Pubkey};
use freeboard::arrange::{AssetAccounts, AssetSource, Holdings, SharedRisk, Standards};
use freeboard::error::{FreeboardError, OrRaise};
use freeboard::governance::pauses;
use freeboard::instructions::MarginReport;
use freeboard::instructions::views::view_margin;
use freeboard::state::{Asset, Exchange, MarginAccount, NO_ASSET};
use freeboard_client::decode;
use freeboard_client::margin::{self, PricedAsset};
use freeboard_risk::liquidation::penalty;
use freeboard_risk::liquidation::{
    Closing, ClosingTerms, LiquidationPlan, LiquidationVerdict, Window,
};
use freeboard_risk::params as risk;
use freeboard_risk::price::standard::PriceStandard;
use freeboard_risk::requirement::margin::liquidation_valuation;

use super::bytes::FuzzedBytes;
use states::{State, data_of};

/// Plays one input. Returns how many margin reports the program gave: one, or none where it refuses the accounts.
pub fn judge_account_bytes(data: &[u8]) -> usize {
    usize::from(ask(&State::new(&mut FuzzedBytes::new(data))))
}

/// Asks everything of a state. Returns whether the program gives a margin report.
fn ask(state: &State) -> bool {
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
        let _ = (
            priced.asset.invariant(),
            priced.asset.parameters_invariant(),
        );
        check_asset(priced, state.now);
    }
    let (Ok(exchange), Ok(account)) = (exchange, account) else {
        return false;
    };
    let _ = (
        exchange.invariant(),
        exchange.parameters_invariant(),
        account.invariant(),
    );
    let report = margin::report(&exchange, &account, &assets, state.now);
    if let Ok(report) = &report {
        assert!(report.maintenance.margin_atoms >= 0 && report.initial.margin_atoms >= 0);
    }
    let on_chain = instruction(&exchange, &account, &assets, state.now);
    let is_reported = on_chain.is_some();
    if is_reported {
        assert_eq!(
            report.ok(),
            on_chain,
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
    is_reported
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
    let _ = penalty::gross_notional_ceil(&portfolio);
    let _ = holdings.oldest_usable_ts();
    if let Ok(valuation) = liquidation_valuation(&portfolio) {
        let sight = holdings.sight(pauses::liquidations_paused(exchange), now);
        let _ = account.flag().after(&valuation, &sight, &params);
        let _ = account
            .flag()
            .after_liquidation(&valuation, &sight, &params);
    }
    let paused = pauses::liquidations_paused(exchange);
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
