//! What a trade would do, and the worst price that it accepts.
use anchor_lang::prelude::Pubkey;
use freeboard_client::display::money::{percent, usd};
use freeboard_client::dump::Located;
use freeboard_client::errors::FreeboardError;
use freeboard_client::freeboard::instructions::{TradeArgs, TradePreview};
use freeboard_client::freeboard::state::MarginAccount;
use freeboard_client::margin::PricedAsset;
use freeboard_client::preview;
use freeboard_client::state::ExchangeState;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use crate::online::amount::{HowMuch, TypedAmount, price_e12, size_atoms};
use crate::online::arguments::{AccountChoice, TradeSide};
use crate::online::context::{Online, asset_of, name_of};
use crate::online::failure::CommandFailure;
use crate::online::output::{wide, wide_option};
use crate::online::transact::Intent;
use crate::online::words::{price, signed_size};

/// The most that slippage may be, per cent.
const MOST_SLIPPAGE: Decimal = Decimal::from_parts(50, 0, 0, false, 0);

/// A trade as it was asked for, with what it is about.
pub struct AskedTrade {
    /// The exchange.
    pub state: ExchangeState,
    /// The account that trades.
    pub account: Located<MarginAccount>,
    /// Who signs.
    pub authority: Pubkey,
    /// The chain's clock.
    pub now: i64,
}

/// What would come of a trade.
pub struct PricedTrade {
    /// The trade with its limit.
    pub args: TradeArgs,
    /// The program's own preview.
    pub preview: TradePreview,
    /// How bad its fill may be, as it was asked for.
    pub bound: PriceBound,
    /// Whether it has to be an order, because the market opens no positions in one step.
    pub needs_order: bool,
}

/// The same for programs.
#[derive(Serialize)]
struct TradeView {
    margin_account: String,
    asset: String,
    size_atoms: i64,
    as_order: bool,
    #[serde(serialize_with = "wide")]
    limit_price_e12: u128,
    #[serde(serialize_with = "wide")]
    oracle_price_e12: u128,
    #[serde(serialize_with = "wide")]
    fill_price_e12: u128,
    notional_atoms: u64,
    fee_atoms: u64,
    realized_pnl_atoms: i64,
    funding_atoms: i64,
    interest_atoms: i64,
    size_after_atoms: i64,
    quote_after_atoms: i64,
    is_reduce: bool,
    required_margin_atoms: i64,
    equity_after_atoms: i64,
    #[serde(serialize_with = "wide_option")]
    liquidation_price_e12: Option<u128>,
    #[serde(serialize_with = "wide_option")]
    far_liquidation_price_e12: Option<u128>,
}

/// How bad a fill may be.
#[derive(Clone, Copy)]
pub enum PriceBound {
    /// At this price, × 10^12.
    Limit(u128),
    /// So many per cent worse than the preview.
    Slippage(Decimal),
}

impl PriceBound {
    /// As the options say.
    ///
    /// Errors: no price; no share of a price.
    pub fn as_asked(limit: Option<Decimal>, slippage: Decimal) -> Result<Self, CommandFailure> {
        if let Some(limit) = limit {
            return Ok(Self::Limit(price_e12(limit)?));
        }
        if slippage.is_sign_negative() || slippage > MOST_SLIPPAGE {
            return Err(CommandFailure::input(
                format!("A slippage of {slippage} % is none."),
                "Use 0 to 50 per cent, 0.5 for example, or name a price with --limit.",
            ));
        }
        Ok(Self::Slippage(slippage))
    }

    /// The worst price to accept, for a buyer up, for a seller down.
    fn limit(self, fill_e12: u128, buys: bool) -> u128 {
        let slippage = match self {
            Self::Limit(limit) => return limit,
            Self::Slippage(slippage) => slippage,
        };
        // Of 10^-6 of the price, and 50 % is half of them.
        let ppm = (slippage * Decimal::from(10_000))
            .trunc()
            .to_u128()
            .unwrap_or(0);
        let part = fill_e12 / 1_000_000 * ppm;
        if buys {
            fill_e12.saturating_add(part)
        } else {
            fill_e12.saturating_sub(part).max(1)
        }
    }
}

impl AskedTrade {
    /// Reads what a trade is about.
    pub async fn new(online: &Online, choice: &AccountChoice) -> Result<Self, CommandFailure> {
        let authority = online.authority()?;
        Ok(Self {
            state: online.exchange().await?,
            account: online.account(choice).await?,
            authority,
            now: online.now().await?,
        })
    }

    /// The signed size of an amount of an asset.
    ///
    /// Errors: no such asset; no whole lots.
    pub fn size(
        &self,
        amount: &TypedAmount,
        side: TradeSide,
    ) -> Result<(u16, i64), CommandFailure> {
        let Some(unit) = &amount.unit else {
            return Err(CommandFailure::input(
                "The size has no unit.",
                "Name the asset: `0.5 BTC`.",
            ));
        };
        let asset = asset_of(&self.state, unit)?;
        let size = match amount.how_much {
            HowMuch::All => i64::MAX, // reduces what there is
            HowMuch::Exactly(number) => {
                i64::try_from(size_atoms(number, asset)?).unwrap_or(i64::MAX)
            }
        };
        let signed = if side == TradeSide::Buy {
            size
        } else {
            size.saturating_neg()
        };
        Ok((asset.asset.index, signed))
    }

    /// Prices a trade by the program's own code, and finds its limit.
    ///
    /// Errors: what the program would refuse it with.
    pub fn priced(
        &self,
        mut args: TradeArgs,
        bound: PriceBound,
    ) -> Result<PricedTrade, CommandFailure> {
        let buys = args.size_atoms > 0;
        let any_price = if buys { u128::MAX } else { 1 };
        args.limit_price_e12 = any_price;
        let priced = self.state.priced();
        let (preview, needs_order) = match self.preview(&args, &priced) {
            Err(error) if error == FreeboardError::OneStepFillsDisabled.into() => {
                (self.preview(&args, &as_if_in_one_step(priced))?, true)
            }
            other => (other?, false),
        };
        args.limit_price_e12 = bound.limit(preview.fill_price_e12, buys);
        Ok(PricedTrade {
            args,
            preview,
            bound,
            needs_order,
        })
    }

    fn preview(
        &self,
        args: &TradeArgs,
        priced: &[PricedAsset],
    ) -> Result<TradePreview, anchor_lang::error::Error> {
        let exchange = &self.state.exchange;
        let traded = preview::trade(exchange, &self.account.state, priced, args, self.now)?;
        Ok(traded.preview)
    }

    /// What to know before it is confirmed.
    pub fn intent(&self, title: String, priced: &PricedTrade) -> Intent {
        let PricedTrade {
            args,
            preview,
            needs_order,
            ..
        } = priced;
        let asset = self.state.asset(args.asset_index);
        let decimals = asset.map_or(0, |one| one.asset.params.base_decimals);
        let name = name_of(&self.state, args.asset_index);
        let requirement = &preview.requirement;
        let level = if preview.is_reduce {
            "maintenance margin"
        } else {
            "initial margin"
        };
        let filled = format!(
            "{} ({} off the oracle price)",
            price(preview.fill_price_e12),
            distance(preview)
        );
        let mut intent = Intent::new(title, Vec::new())
            .with_row("oracle price", price(preview.oracle_price_e12))
            .with_row(
                if *needs_order {
                    "fill price now"
                } else {
                    "fill price"
                },
                filled,
            )
            .with_row("worst price", price(args.limit_price_e12))
            .with_row("notional", usd_of(preview.fill_notional_atoms))
            .with_row("fee", usd_of(preview.fee_atoms));
        if preview.realized_pnl_atoms != 0 {
            intent = intent.with_row("realised", usd(preview.realized_pnl_atoms));
        }
        intent
            .with_row(
                "position after it",
                format!("{} {name}", signed_size(preview.size_after_atoms, decimals)),
            )
            .with_row(
                "equity after it",
                format!(
                    "{} against {} {level}",
                    usd(requirement.equity_atoms),
                    usd(requirement.margin_atoms)
                ),
            )
            .with_row("liquidated", liquidated(preview))
            .with_preview(&self.view(priced))
    }

    /// The same for programs.
    fn view(&self, priced: &PricedTrade) -> TradeView {
        let PricedTrade {
            args,
            preview,
            needs_order,
            ..
        } = priced;
        let [near, far] = liquidation_prices(preview);
        TradeView {
            margin_account: self.account.address.to_string(),
            asset: name_of(&self.state, args.asset_index),
            size_atoms: args.size_atoms,
            as_order: *needs_order,
            limit_price_e12: args.limit_price_e12,
            oracle_price_e12: preview.oracle_price_e12,
            fill_price_e12: preview.fill_price_e12,
            notional_atoms: preview.fill_notional_atoms,
            fee_atoms: preview.fee_atoms,
            realized_pnl_atoms: preview.realized_pnl_atoms,
            funding_atoms: preview.funding_atoms,
            interest_atoms: preview.interest_atoms,
            size_after_atoms: preview.size_after_atoms,
            quote_after_atoms: preview.quote_after_atoms,
            is_reduce: preview.is_reduce,
            required_margin_atoms: preview.requirement.margin_atoms,
            equity_after_atoms: preview.requirement.equity_atoms,
            liquidation_price_e12: near,
            far_liquidation_price_e12: far,
        }
    }
}

/// The nearer and the farther price at which the account would be liquidatable, where there are any.
fn liquidation_prices(preview: &TradePreview) -> [Option<u128>; 2] {
    let prices = [
        preview.liquidation_price_e12,
        preview.far_liquidation_price_e12,
    ];
    prices.map(|it| Some(it).filter(|it| *it != 0))
}

/// Where the account would be liquidated after it. A reduction is judged at the prices of now: of an account below its margin at
/// them only a liquidation's own valuation tells whether it is liquidatable.
fn liquidated(preview: &TradePreview) -> String {
    let left = &preview.requirement;
    if preview.is_reduce && left.equity_atoms < left.margin_atoms {
        return "at these prices, if a liquidation counts them as they are: `freeboard account show`"
            .to_owned();
    }
    match liquidation_prices(preview) {
        [None, _] => "at no price".to_owned(),
        [Some(near), None] => format!("at {}", price(near)),
        [Some(near), Some(far)] => format!("at {} or {}", price(near), price(far)),
    }
}

/// How far the fill is from the oracle price, for reading only.
fn distance(preview: &TradePreview) -> String {
    let (fill, oracle) = (
        preview.fill_price_e12 as f64,
        preview.oracle_price_e12 as f64,
    );
    percent((fill - oracle).abs() / oracle.max(1.0))
}

fn usd_of(atoms: u64) -> String {
    usd(i64::try_from(atoms).unwrap_or(i64::MAX))
}

/// The same assets with markets that open positions in one step: what an order would do, if it were filled now.
fn as_if_in_one_step(mut priced: Vec<PricedAsset>) -> Vec<PricedAsset> {
    for one in &mut priced {
        one.asset.trade.one_step_fills = 1;
    }
    priced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_worse_than_the_fill_by_the_slippage() {
        let half = PriceBound::as_asked(None, "0.5".parse().unwrap()).unwrap();
        let fill = 100_000 * 1_000_000_000_000;
        assert_eq!(half.limit(fill, true), 100_500 * 1_000_000_000_000);
        assert_eq!(half.limit(fill, false), 99_500 * 1_000_000_000_000);
        let none = PriceBound::as_asked(None, Decimal::ZERO).unwrap();
        assert_eq!(none.limit(fill, true), fill);
        let named = PriceBound::as_asked(Some("101250.5".parse().unwrap()), Decimal::ZERO).unwrap();
        assert_eq!(named.limit(fill, false), 101_250_500_000_000_000);
    }

    #[test]
    fn a_slippage_of_more_than_half_is_a_mistake() {
        for slippage in ["-0.1", "50.01", "500"] {
            assert!(
                PriceBound::as_asked(None, slippage.parse().unwrap()).is_err(),
                "{slippage}"
            );
        }
    }
}
