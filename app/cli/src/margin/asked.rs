//! An account that is asked about: where it begins, a file or an exchange says; what a question adds to it, is added here.
use anyhow::{Context, Result, anyhow, ensure};
use freeboard_client::display::money::decimal;
use freeboard_client::risk::RiskError;
use freeboard_client::risk::market::position::Filled;
use freeboard_client::risk::number::atoms::{QuoteAtoms, SignedBaseAtoms};
use freeboard_client::risk::number::quantity::{Fraction, Price};
use freeboard_client::risk::price::observation::FillKind;

use super::account::{AskedAccount, HeldMarket};
use super::cost::TradeCost;
use super::question::{AssetQuestion, Question};
use super::words::{AssetWord, size_atoms};

/// An account that a question describes.
pub struct Asked {
    /// The account.
    pub account: AskedAccount,
    /// What the question did not say, in sentences.
    pub assumed: Vec<String>,
    /// Why an exchange would refuse it, in sentences.
    pub refused: Vec<String>,
}

impl Asked {
    /// Adds what the question adds, each asset's in its market, which is there already.
    ///
    /// Errors: a size that is none; amounts out of range.
    pub fn add(&mut self, question: &Question) -> Result<()> {
        self.pay(question.cash_atoms.unwrap_or(0))?;
        for one in question.assets.iter().filter(|one| one.adds()) {
            self.add_asset(one).with_context(|| one.name.clone())?;
        }
        Ok(())
    }

    fn add_asset(&mut self, question: &AssetQuestion) -> Result<()> {
        let z = self.account.coefficients.z;
        let mut markets = self.account.markets.iter_mut();
        let market = markets.find(|market| market.name == question.name);
        let market = market.context("no market was read")?;
        let decimals = market.params.base_decimals;
        let mut received_atoms = 0;
        if let Some(word) = &question.held {
            received_atoms = hold(market, word)?;
        }
        if let Some(word) = &question.collateral {
            let amount = u64::try_from(size_atoms(&word.number, decimals)?).unwrap_or(0);
            ensure!(amount > 0, "a collateral is above 0");
            market.change(|holding| {
                holding.collateral_atoms = holding.collateral_atoms.saturating_add(amount);
            });
        }
        let mut opened = None;
        if let Some(word) = &question.opened {
            let kind;
            (kind, received_atoms) = open(market, word, z)?;
            opened = Some(kind);
        }
        let refused = refusals(market, opened);
        self.refused.extend(refused);
        self.pay(received_atoms)
    }

    fn pay(&mut self, received_atoms: i64) -> Result<()> {
        let quote_atoms = self.account.quote_atoms.checked_add(received_atoms);
        self.account.quote_atoms = quote_atoms.context("more than an account can hold")?;
        Ok(())
    }
}

/// The signed size of a position.
///
/// Errors: no number, more decimals than the asset has; 0.
fn position_size(market: &HeldMarket, word: &AssetWord) -> Result<SignedBaseAtoms> {
    let size = size_atoms(&word.number, market.params.base_decimals)?;
    ensure!(size != 0, "a position has a size");
    Ok(SignedBaseAtoms::new(size))
}

/// Holds a position more, opened at the price behind its `@`, else at that of now, its cost up. Returns what a part that it
/// closes realised, quote atoms, down.
fn hold(market: &mut HeldMarket, word: &AssetWord) -> Result<i64> {
    let size = position_size(market, word)?;
    let mut opened_at = market.holding.asset_price();
    opened_at.price = Price(word.price_e12.unwrap_or(opened_at.price.0));
    let held = opened_at
        .cost_ceil(size)
        .and_then(|cost| market.position().fill(size, cost.magnitude()));
    let Filled {
        position,
        realized_quote_atoms,
    } = held.map_err(of_core)?;
    market.put_position(position);
    Ok(realized_quote_atoms)
}

/// Trades by the core's fill in the market as it is. Returns of which kind the fill is and what the account receives: funding
/// so far and what is realised, less the fee, quote atoms.
fn open(market: &mut HeldMarket, word: &AssetWord, z: Fraction) -> Result<(FillKind, i64)> {
    let size = position_size(market, word)?;
    let before = market.position();
    let kind = if before.is_reduced_by(size.get()) {
        FillKind::Reduce
    } else {
        FillKind::Increase
    };
    let made = TradeCost::new(market, size, market.skew, kind, z).map_err(of_core)?;
    let notional = QuoteAtoms::new(made.notional_atoms);
    let filled = before.fill(size, notional).map_err(of_core)?;
    let funding_atoms = market.holding.funding_quote_atoms;
    market.change(|holding| holding.funding_quote_atoms = 0);
    market.put_position(filled.position);
    let received_atoms = funding_atoms
        .checked_add(filled.realized_quote_atoms)
        .and_then(|received| received.checked_sub_unsigned(made.fee_atoms));
    let received_atoms = received_atoms.context("more than an account can hold")?;
    Ok((kind, received_atoms))
}

/// Why the market would not take this position, or a trade of this kind that led to it. As in the program, caps and the price
/// of an increase stop only an increase: what is held or reduced may be above them.
fn refusals(market: &HeldMarket, opened: Option<FillKind>) -> Vec<String> {
    let (name, decimals) = (&market.name, market.params.base_decimals);
    let size = market.holding.size_atoms.unsigned_abs();
    let read = |atoms: u64| format!("{} {name}", decimal(atoms.into(), decimals));
    let mut refused = Vec::new();
    if !size.is_multiple_of(market.params.lot_atoms.max(1)) {
        let lot = read(market.params.lot_atoms);
        refused.push(format!("{name}: a size is a multiple of {lot}"));
    }
    if opened != Some(FillKind::Increase) {
        return refused;
    }
    if size > market.trade.account_cap_atoms {
        let cap = read(market.trade.account_cap_atoms);
        refused.push(format!("{name}: one account holds at most {cap}"));
    }
    let side_atoms = if market.holding.size_atoms > 0 {
        market.open_interest.long_atoms
    } else {
        market.open_interest.short_atoms
    };
    if side_atoms > market.trade.open_interest_cap_atoms {
        let cap = read(market.trade.open_interest_cap_atoms);
        refused.push(format!(
            "{name}: each side of the market holds at most {cap}"
        ));
    }
    if !market.holding.usable_initial {
        refused.push(format!("{name}: its price may not be traded on now"));
    }
    refused
}

/// The core refused it.
pub fn of_core(error: RiskError) -> anyhow::Error {
    anyhow!("outside the range of the model: {error:?}")
}

#[cfg(test)]
#[path = "asked_tests.rs"]
mod tests;
