//! How far all prices may move together until an account is liquidatable: for views, never for a decision.
//!
//! A search over the core's own valuation. Every price moves by the same share, with its confidence and EMA; everything
//! else stays. From now on each step of 1/256 is looked at, and the first that is below the margin is halved: a stretch
//! below it that is shorter than a step and ends again is not seen.
use freeboard_client::risk::RiskError;
use freeboard_client::risk::requirement::holding::Holding;
use freeboard_client::risk::requirement::margin::liquidation_valuation;
use serde::Serialize;

use super::account::{AskedAccount, CountedFor, ONE_PRICE as ONE, moved};

/// Steps that are looked at, as a part of the price of now.
const STEP: u64 = ONE / 256;
/// Multiple of the price of now up to which is looked.
const HIGHEST: u64 = 16;

/// Common moves of all prices at which an account becomes liquidatable, as a share of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct CommonMoves {
    /// The fall, above −1; none where no fall does it. 0 if the account is liquidatable now.
    pub fall: Option<f64>,
    /// The rise; none where none up to 15 times the price does it.
    pub rise: Option<f64>,
}

impl CommonMoves {
    /// Of this account.
    ///
    /// Errors: [`RiskError::TooManyHoldings`]; those of parameters outside their bounds.
    pub fn new(account: &AskedAccount) -> Result<Self, RiskError> {
        let holdings = account.counted(CountedFor::Liquidation);
        if holdings.iter().all(Holding::is_empty) {
            return Ok(Self::default());
        }
        let below = |parts: u64| is_below(account, &holdings, parts);
        if below(ONE)? {
            return Ok(Self {
                fall: Some(0.0),
                rise: Some(0.0),
            });
        }
        let fall = first((1..=256).map(|step| ONE - step * STEP), below)?;
        let rise = first(
            (1..=(HIGHEST - 1) * 256).map(|step| ONE + step * STEP),
            below,
        )?;
        let share = |parts: u64| parts as f64 / ONE as f64 - 1.0;
        Ok(Self {
            fall: fall.map(share),
            rise: rise.map(share),
        })
    }
}

/// The first part of the price that is below the margin, to 2^-32, along these steps from [`ONE`] on.
fn first(
    steps: impl Iterator<Item = u64>,
    below: impl Fn(u64) -> Result<bool, RiskError>,
) -> Result<Option<u64>, RiskError> {
    let mut healthy = ONE;
    for step in steps {
        if !below(step)? {
            healthy = step;
            continue;
        }
        let mut found = step;
        while found.abs_diff(healthy) > 1 {
            let middle = found.midpoint(healthy);
            if below(middle)? {
                found = middle;
            } else {
                healthy = middle;
            }
        }
        return Ok(Some(found));
    }
    Ok(None)
}

/// Whether the account is liquidatable with every price at so many parts of itself.
fn is_below(account: &AskedAccount, holdings: &[Holding], parts: u64) -> Result<bool, RiskError> {
    let there: Vec<Holding> = holdings
        .iter()
        .map(|holding| Holding {
            price: moved(holding.price, parts),
            confidence: moved(holding.confidence, parts),
            ema: moved(holding.ema, parts),
            ..*holding
        })
        .collect();
    let valuation = account.with_holdings(&there, liquidation_valuation)?;
    Ok(valuation.requirement.is_liquidatable())
}
