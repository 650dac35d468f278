//! Margin by size: what a lone position of each asset needs at round notionals up to the cap of an account.
use freeboard_client::risk::RiskError;
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
    let cap = i64::try_from(cap_atoms).map_err(|_| RiskError::Overflow)?;
    let worth = market
        .holding
        .asset_price()
        .cost_ceil(SignedBaseAtoms::new(cap))?;
    let worth = i128::from(worth.get());
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
        market.put_position(Position {
            size_atoms,
            entry_quote_atoms: cost.get(),
        });
        let holdings = [market.holding];
        let report = account.with_holdings(&holdings, report)?;
        let initial = report.initial.requirement.margin_atoms;
        Ok(Self {
            notional_atoms: cost.get(),
            initial_margin_atoms: atoms(initial),
            maintenance_margin_atoms: atoms(report.maintenance.margin_atoms),
            leverage: cost.get() as f64 / initial.max(1) as f64,
        })
    }
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
