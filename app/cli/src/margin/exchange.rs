//! The markets of an exchange as they are now, and an account there or an empty one: what a question on it begins with.
use anchor_lang::error::Error as ProgramError;
use bytemuck::Zeroable;
use freeboard_client::freeboard::arrange::{Holdings, SharedRisk, Standards};
use freeboard_client::freeboard::governance::pauses::{self, Operation};
use freeboard_client::freeboard::state::{Collateral, MarginAccount, Position};
use freeboard_client::margin;
use freeboard_client::risk::number::quantity::Price;
use freeboard_client::risk::price::observation::FillKind;
use freeboard_client::risk::price::standard::PriceStandard;
use freeboard_client::risk::price::unit_shock::unit_shock;
use freeboard_client::state::{AssetState, ExchangeState};

use super::account::{AskedAccount, HeldMarket, JudgedHoldings, ReadChain};
use super::asked::{Asked, of_core};
use super::file::lasting_volatility;
use super::options::MarginOptions;
use super::question::{AssetQuestion, Question};
use super::words::size_atoms;
use crate::governance::time;
use crate::online::CommandFailure;

impl Asked {
    /// A question on an exchange at clock time `now`: what it adds comes to this account, or to an empty one. Every number
    /// that it does not say is the exchange's.
    ///
    /// Errors: a word that is none; an asset that the exchange lacks; those of the program for a feed that cannot be read;
    /// what no account can hold.
    pub fn on_exchange(
        options: &MarginOptions,
        state: &ExchangeState,
        account: Option<&MarginAccount>,
        now: i64,
    ) -> Result<Self, CommandFailure> {
        let names: Vec<String> = state.assets.iter().map(AssetState::name).collect();
        let unknown = |asset: &str| {
            format!(
                "no asset {asset} on the exchange, which has {}",
                names.join(", ")
            )
        };
        let mut question = Question::new(options, &names, unknown)?;
        let held = account.copied().unwrap_or_else(empty_account);
        question.keep(|name| {
            let index = state.asset_named(name).map(|one| one.asset.index);
            index.is_some_and(|index| {
                held.find_position(index).is_some() || held.collateral_atoms(index) > 0
            })
        })?;
        let room = with_slots(held, &question, state)?;
        let mut asked = Self {
            account: seen(state, &room, now)?,
            assumed: vec![format!(
                "parameters, prices, volatility, open interest and funding of exchange {} at {}",
                state.address,
                time(now)
            )],
            refused: Vec::new(),
        };
        if account.is_none() && question.cash_atoms.is_none() {
            asked.assumed.push("no cash (--cash)".to_owned());
        }
        for market in &mut asked.account.markets {
            let mut questions = question.assets.iter();
            if let Some(one) = questions.find(|one| one.name == market.name) {
                suppose(market, one, now)?;
            }
        }
        asked.add(&question)?;
        for one in question.assets.iter().filter(|one| one.opened.is_some()) {
            let market = asked.account.markets.iter();
            let after = market.filter(|market| market.name == one.name);
            let refused = after.filter_map(|market| refusal(state, &held, market, now));
            asked.refused.extend(refused.collect::<Vec<_>>());
        }
        Ok(asked)
    }
}

/// Why the market does not take a trade of this kind now, whatever its size; none where it does.
fn refusal(
    state: &ExchangeState,
    held: &MarginAccount,
    market: &HeldMarket,
    now: i64,
) -> Option<String> {
    let (name, asset) = (&market.name, &state.asset_named(&market.name)?.asset);
    let before = held.find_position(asset.index).map(Position::as_core);
    let before = before.unwrap_or_default();
    let traded_atoms = market
        .position()
        .size_atoms
        .saturating_sub(before.size_atoms);
    let (kind, operation) = if before.is_reduced_by(traded_atoms) {
        (FillKind::Reduce, Operation::Reduce)
    } else {
        (FillKind::Increase, Operation::Increase)
    };
    if asset.is_settled() {
        return Some(format!("{name}: its market has ended"));
    }
    if asset.require_market(kind).is_err() {
        return Some(format!("{name}: its market only reduces positions"));
    }
    let is_paused = pauses::require_open(&state.exchange, operation, now).is_err();
    is_paused.then(|| format!("{name}: such trades are paused"))
}

/// A margin account that was never opened.
fn empty_account() -> MarginAccount {
    let mut account = MarginAccount::zeroed();
    account.positions.fill(Position::EMPTY);
    account.collaterals.fill(Collateral::EMPTY);
    account
}

/// The account with a slot for everything that the question adds.
///
/// Errors: `TooManyPositions`, `TooManyCollaterals`.
fn with_slots(
    mut account: MarginAccount,
    question: &Question,
    state: &ExchangeState,
) -> Result<MarginAccount, ProgramError> {
    for one in &question.assets {
        let Some(found) = state.asset_named(&one.name) else {
            continue;
        };
        if one.held.is_some() || one.opened.is_some() {
            account.position_slot(found.asset.index)?;
        }
        if one.collateral.is_some() {
            account.collateral_mut(found.asset.index)?;
        }
    }
    Ok(account)
}

/// The account and its markets, as the program's own code reads them.
///
/// Errors: those of the program.
fn seen(
    state: &ExchangeState,
    account: &MarginAccount,
    now: i64,
) -> Result<AskedAccount, ProgramError> {
    let assets = state.priced();
    let load = |standards: Standards| margin::holdings(account, &assets, standards, now);
    let viewed = load(PriceStandard::Either.into())?;
    let judged = if viewed.standards_differ() {
        let to_liquidate = Standards::of_view(PriceStandard::Liquidation);
        Some((load(PriceStandard::Trade.into())?, load(to_liquidate)?))
    } else {
        None
    };
    let judged_at = |at: usize| {
        let (to_trade, to_liquidate) = judged.as_ref()?;
        Some(JudgedHoldings {
            to_trade: *to_trade.list.get(at)?,
            to_liquidate: *to_liquidate.list.get(at)?,
        })
    };
    let (mut assets, mut balances) = (Vec::new(), Vec::new());
    let markets = (0..viewed.list.len()).filter_map(|at| {
        let source = viewed.sources.get(at)?;
        let one = state.asset(source.asset_index)?;
        assets.push(one.asset);
        let held = account.find_collateral(source.asset_index);
        balances.push(held.map(Collateral::balance).unwrap_or_default());
        Some(market(one, &viewed, at, judged_at(at), now))
    });
    let markets = markets.collect::<Result<_, _>>()?;
    let shared = SharedRisk::load(&state.exchange, now);
    let targets = shared.portfolio(0, &[]).initial;
    let targets = targets.map(|terms| (*terms.coefficients, terms.scenarios.to_vec()));
    Ok(AskedAccount {
        coefficients: shared.portfolio,
        scenarios: shared.scenarios,
        targets,
        pool: state.exchange.pool.into(),
        call_level_e9: state.exchange.liquidation.call_level_e9,
        chain: Some(Box::new(ReadChain {
            exchange: state.exchange,
            assets,
            balances,
        })),
        quote_atoms: account.quote_after_interest(&state.exchange, now)?,
        markets,
        now,
    })
}

/// One asset, and what is held of it at this place.
fn market(
    one: &AssetState,
    viewed: &Holdings,
    at: usize,
    judged: Option<JudgedHoldings>,
    now: i64,
) -> Result<HeldMarket, ProgramError> {
    let asset = &one.asset;
    let age_secs = viewed.observation_at(at)?.age_secs(now);
    Ok(HeldMarket {
        name: one.name(),
        holding: *viewed.get(asset.index)?,
        judged,
        params: asset.params.into(),
        oracle: asset.oracle.into(),
        trade: asset.trade.into(),
        volatility: asset.volatility()?,
        open_interest: asset.open_interest(),
        skew: asset.skew(now),
        price_age_secs: u32::try_from(age_secs).unwrap_or(u32::MAX),
    })
}

/// Supposes another price, volatility or skew than there is, as far as the question does.
///
/// Errors: a skew that is none; a volatility out of the core's range.
fn suppose(market: &mut HeldMarket, question: &AssetQuestion, now: i64) -> anyhow::Result<()> {
    if let Some(price_e12) = question.said_price_e12() {
        market.move_price(Price(price_e12));
    }
    if let Some(sigma_e9) = question.sigma_e9 {
        let (price, coefficients) = (market.holding.price, market.holding.coefficients);
        let volatility = lasting_volatility(sigma_e9, price, &market.params, &coefficients, now);
        let volatility = volatility.map_err(of_core)?;
        market.volatility = volatility;
        market.change(|holding| {
            holding.unit_shock = unit_shock(&volatility, &holding.coefficients, now);
        });
    }
    if let Some(word) = &question.skew {
        market.put_others(size_atoms(&word.number, market.params.base_decimals)?);
    }
    Ok(())
}
