//! Margin by size: what a lone position of each asset needs at round notionals up to the cap of an account.
use freeboard_client::risk::RiskError;
use freeboard_client::risk::market::notional::AssetPrice;
use freeboard_client::risk::market::position::Position;
use freeboard_client::risk::number::atoms::SignedBaseAtoms;
use freeboard_client::risk::requirement::margin::report;
use serde::Serialize;

use super::account::{AskedAccount, HeldMarket};
use super::answer::atoms;

/// Decades below the cap that are shown: smaller positions need the same part of their notional.
const DECADES: u32 = 3;
/// Round numbers of a decade.
const ROUND: [i128; 3] = [1, 2, 5];

/// Margins of one asset by size.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TierTable {
    /// The asset.
    pub asset: String,
    /// By size, the smallest first; the last is the cap of an account.
    pub tiers: Vec<MarginTier>,
}

/// What a lone long position of some size needs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MarginTier {
    /// Its notional at the price of now, whole lots, quote atoms, up.
    pub notional_atoms: i64,
    /// IM, quote atoms, up.
    pub initial_margin_atoms: i64,
    /// MM, quote atoms, up.
    pub maintenance_margin_atoms: i64,
    /// Notional over IM: the largest leverage to open with.
    pub leverage: f64,
}

impl TierTable {
    /// Of every market of this account, each in the market as it is without the account. Sizes beyond the core's range are
    /// left out.
    pub fn all(account: &AskedAccount) -> Vec<Self> {
        let of = |market: &HeldMarket| Self {
            asset: market.name.clone(),
            tiers: tiers(account, market).unwrap_or_default(),
        };
        account.markets.iter().map(of).collect()
    }
}

/// Errors: a cap that is worth more than 63 bits say.
fn tiers(account: &AskedAccount, market: &HeldMarket) -> Result<Vec<MarginTier>, RiskError> {
    let mut market = market.clone();
    market.put_position(Position::default());
    market.change(|holding| {
        (holding.collateral_atoms, holding.funding_quote_atoms) = (0, 0);
    });
    let lot = market.params.lot_atoms.max(1);
    let cap_atoms = market.trade.account_cap_atoms / lot * lot;
    let worth = i128::from(worth_ceil(market.holding.asset_price(), cap_atoms)?);
    let sizes = notionals(worth).into_iter().map(|notional| {
        // Of the cap's size the part that this is of the cap's worth.
        let size = i128::from(cap_atoms) * notional / worth.max(1);
        let lots = u64::try_from(size).unwrap_or(cap_atoms) / lot;
        lots.max(1).saturating_mul(lot).min(cap_atoms)
    });
    let mut sizes: Vec<u64> = sizes.chain([cap_atoms]).collect();
    sizes.dedup();
    let tiers = sizes.into_iter().filter(|size| *size > 0);
    Ok(tiers
        .map_while(|size| MarginTier::new(account, &market, size).ok())
        .collect())
}

impl MarginTier {
    fn new(account: &AskedAccount, market: &HeldMarket, size: u64) -> Result<Self, RiskError> {
        let mut market = market.clone();
        let size_atoms = i64::try_from(size).map_err(|_| RiskError::Overflow)?;
        let price = market.holding.asset_price();
        let cost = price.cost_ceil(SignedBaseAtoms::new(size_atoms))?;
        let notional = worth_ceil(price, size)?;
        market.put_position(Position {
            size_atoms,
            entry_quote_atoms: cost.get(),
        });
        let holdings = [market.holding];
        let report = account.with_holdings(&holdings, report)?;
        let initial = report.initial.requirement.margin_atoms;
        Ok(Self {
            notional_atoms: notional,
            initial_margin_atoms: atoms(initial),
            maintenance_margin_atoms: atoms(report.maintenance.margin_atoms),
            leverage: notional as f64 / initial.max(1) as f64,
        })
    }
}

/// `x·P` of a size, up, quote atoms. Exact: what the core charges a buyer may be an atom more, and a round size would not
/// be worth a round number.
///
/// Errors: more than 63 bits, or than 18 decimals.
fn worth_ceil(at: AssetPrice, size_atoms: u64) -> Result<i64, RiskError> {
    // A price is USD × 10^12 per 10^base_decimals atoms, a dollar is 10^6 quote atoms.
    let scale = 10_u128.checked_pow(u32::from(at.base_decimals) + 6);
    let product = at.price.0.checked_mul(size_atoms.into());
    let worth = product
        .zip(scale)
        .map(|(product, scale)| product.div_ceil(scale));
    worth
        .and_then(|worth| i64::try_from(worth).ok())
        .ok_or(RiskError::Overflow)
}

/// Round notionals below the cap, rising, quote atoms: 1, 2 and 5 of each of the last decades.
fn notionals(cap: i128) -> Vec<i128> {
    let mut decade = 1;
    while decade * 10 <= cap {
        decade *= 10;
    }
    let decades = (0..DECADES).rev().map(|below| decade / 10_i128.pow(below));
    let round = decades.flat_map(|decade| ROUND.map(|times| times * decade));
    round
        .filter(|notional| (1..cap).contains(notional))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use freeboard_client::risk::number::quantity::Price;

    #[test]
    fn a_round_size_is_worth_a_round_number() {
        let at = |price_e12, base_decimals| AssetPrice {
            price: Price(price_e12),
            base_decimals,
        };
        let bitcoin = at(100_000 * 10_u128.pow(12), 8);
        assert_eq!(worth_ceil(bitcoin, 50_000_000_000), Ok(50_000_000_000_000));
        // A third of a quote atom is one.
        assert_eq!(worth_ceil(at(333_333_333_333, 6), 1), Ok(1));
        assert_eq!(worth_ceil(at(u128::MAX, 6), 2), Err(RiskError::Overflow));
    }

    #[test]
    fn notionals_are_round_and_below_the_cap() {
        let millions = |cap: i128| notionals(cap * 1_000_000);
        let expected = [1, 2, 5, 10, 20, 50, 100, 200].map(|usd: i128| usd * 1_000_000);
        assert_eq!(millions(499), expected);
        assert_eq!(millions(500), expected);
        assert_eq!(millions(501), [&expected[..], &[500_000_000]].concat());
        assert_eq!(notionals(3), [1, 2]);
        assert!(notionals(0).is_empty() && notionals(1).is_empty());
    }
}
