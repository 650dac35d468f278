//! How far prices have to fall for how many accounts to be below their margin.
use anchor_lang::{AccountDeserialize, AccountSerialize};
use anyhow::{Context, Result};
use freeboard_client::dump::Located;
use freeboard_client::feed::FeedAccount;
use freeboard_client::freeboard::state::MarginAccount;
use freeboard_client::index::ValuationIndex;
use freeboard_client::state::ExchangeState;
use pyth_solana_receiver_sdk::price_update::PriceUpdateV2;

/// The deepest fall that is looked at, and the step to it, thousandths.
const DEEPEST: u32 = 60;
const STEP: u32 = 2;

/// By fall of all prices, how many accounts are below their margin: rising.
pub struct FallCurve {
    /// Of falls by 0, one step, two steps, ...
    below: Vec<usize>,
}

impl FallCurve {
    /// What all prices have to be multiplied by for so many more accounts than now to fall.
    ///
    /// Errors: they are not that many.
    pub fn multiple(&self, more: usize) -> Result<f64> {
        let first = self.below.first().copied().unwrap_or_default();
        let wanted = first + more;
        let deep = self.below.iter().position(|below| *below >= wanted);
        let deep = deep.with_context(|| {
            format!(
                "a fall by {DEEPEST} thousandths takes fewer than {wanted} accounts below their margin"
            )
        })?;
        let (before, here) = (
            self.below[deep.saturating_sub(1)] as f64,
            self.below[deep] as f64,
        );
        let part = if here > before {
            (wanted as f64 - before) / (here - before)
        } else {
            0.0
        };
        let steps = deep.saturating_sub(1) as f64 + part;
        Ok(1.0 - steps * f64::from(STEP) / 1_000.0)
    }
}

/// The curve of these accounts at the prices of now.
///
/// Errors: a price that cannot be read.
pub fn fall_curve(
    state: &ExchangeState,
    accounts: &[Located<MarginAccount>],
    now: i64,
) -> Result<FallCurve> {
    let mut index = ValuationIndex::new(state.exchange);
    for account in accounts {
        index.set_account(account.clone());
    }
    let mut below = Vec::new();
    for thousandths in (0..=DEEPEST).step_by(STEP as usize) {
        let multiple = 1.0 - f64::from(thousandths) / 1_000.0;
        for mut priced in state.priced() {
            priced.feed = multiplied(&priced.feed, multiple)?;
            index.set_asset(priced);
        }
        index.refresh(now);
        below.push(index.liquidatable().len());
    }
    Ok(FallCurve { below })
}

/// The account with a price, as it were with another.
fn multiplied(feed: &FeedAccount, multiple: f64) -> Result<FeedAccount> {
    let mut update = PriceUpdateV2::try_deserialize(&mut feed.data.as_slice())?;
    let price = update.price_message.price as f64 * multiple;
    update.price_message.price = price as i64;
    let mut data = Vec::with_capacity(feed.data.len());
    update.try_serialize(&mut data)?;
    data.resize(feed.data.len().max(data.len()), 0);
    Ok(FeedAccount {
        data,
        ..feed.clone()
    })
}
