//! Which price of an asset counts, and for what: the rows of the oracle table.
use crate::oracle;
use crate::state::Asset;
use anchor_lang::prelude::*;
use freeboard_risk::number::quantity::Fraction;
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::standing::Standing;

/// For which row of the oracle table (model §2) the prices are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Open, increase, withdraw.
    Initial,
    /// Other assets on a reduce: no limits, the newest known price counts; whether it could open as well is known.
    Reduce,
    /// Flag, liquidate.
    Liquidation,
    /// The rows of a view, which changes nothing and so hides nothing from anybody.
    View(Rows),
}

/// Rows of the oracle table that a view asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// Initial and liquidation: a price that one of them accepts counts.
    Both,
    /// Only the initial row.
    Initial,
    /// Only the liquidation row.
    Liquidation,
}

impl Purpose {
    /// Whether a price may pass by the row "open, increase, withdraw".
    const fn asks_initial(self) -> bool {
        matches!(
            self,
            Self::Initial | Self::Reduce | Self::View(Rows::Both | Rows::Initial)
        )
    }

    /// Whether a price may pass by the row "flag, liquidate".
    const fn asks_liquidation(self) -> bool {
        matches!(
            self,
            Self::Liquidation | Self::View(Rows::Both | Rows::Liquidation)
        )
    }
}

/// The price an asset counts at, and for which rows it may be used.
pub struct CountedPrice {
    /// The price that counts.
    pub observation: Observation,
    /// Whether the row "open, increase, withdraw" accepts it.
    pub usable_initial: bool,
    /// How a liquidation counts it.
    pub standing: Standing,
    /// Whether the row "open, increase, withdraw" judges another price than the row "flag, liquidate".
    pub rows_apart: bool,
}

impl CountedPrice {
    /// The newest known price where the purpose's row of the oracle table accepts it, else the recorded one,
    /// unusable. On a reduce any readable price counts. A liquidation counts a price that cannot be used by what the
    /// caller shows: [`Standing`]. The row "open, increase, withdraw" has a newest price of its own where only a
    /// liquidation accepts the recorded one: [`Asset::newest_to_trade`].
    ///
    /// Whoever sends the transaction chooses the account that holds a receiver feed's price: an older one, one
    /// not fully verified, none. Then the recorded price is the newest known, and each row judges it by its own age,
    /// so that nobody shuts others out by recording first. An account that is not the asset's feed is an error.
    pub fn choose(
        asset: &Asset,
        feed: &AccountInfo,
        purpose: Purpose,
        sigma_im: Fraction,
        now: i64,
    ) -> Result<Self> {
        let given = oracle::given(asset, feed, now)?;
        let newest = given.unwrap_or_else(|| asset.recorded.observation());
        let mut counted = Self {
            observation: newest,
            usable_initial: false,
            standing: Standing::Unknown,
            rows_apart: false,
        };
        if purpose == Purpose::Reduce {
            return Ok(counted);
        }
        let limits = asset.limits();
        let moves = asset.moves(&newest);
        counted.usable_initial =
            purpose.asks_initial() && moves && newest.check_trade(&limits, now).is_ok();
        if !purpose.asks_liquidation() {
            if !counted.usable_initial {
                counted.observation = asset.recorded.observation();
            }
        } else if moves && newest.check_liquidation(&limits, now).is_ok() {
            counted.standing = Standing::Usable;
        } else {
            let judged = judged(asset, given, sigma_im, now);
            counted.standing = judged.1;
            if !counted.usable_initial {
                counted.observation = judged.0;
            }
        }
        if given.is_none() && purpose.asks_initial() {
            counted.take_newest_to_trade(asset, feed, now)?;
        }
        Ok(counted)
    }

    /// Where the recorded price answers: the row "open, increase, withdraw" may have a newest one of its own.
    ///
    /// Errors: those of an account that is not the asset's feed.
    #[cold]
    #[inline(never)]
    fn take_newest_to_trade(&mut self, asset: &Asset, feed: &AccountInfo, now: i64) -> Result<()> {
        let to_trade = asset.newest_to_trade(oracle::shown(asset, feed, now)?);
        if to_trade == asset.recorded.observation() {
            return Ok(());
        }
        self.rows_apart = true;
        self.usable_initial = asset.check_trade(&to_trade, now).is_ok();
        if self.usable_initial && !self.standing.is_usable() {
            self.observation = to_trade;
        }
        Ok(())
    }
}

/// The price that a liquidation counts where the newest is not usable as it is, and how it stands.
#[cold]
#[inline(never)]
fn judged(
    asset: &Asset,
    given: Option<Observation>,
    sigma_im: Fraction,
    now: i64,
) -> (Observation, Standing) {
    let k_sigma = (asset.params.k_e9, sigma_im);
    asset.known().judge(given, &asset.limits(), now, k_sigma)
}

/// The newest known price, if the row "withdraw" or the row "liquidate" accepts it: what the pool's own value
/// counts.
///
/// Errors: those of an account that is not the asset's feed.
pub fn marked(asset: &Asset, feed: &AccountInfo, now: i64) -> Result<Option<Observation>> {
    let given = oracle::given(asset, feed, now)?;
    let newest = given.unwrap_or_else(|| asset.recorded.observation());
    let usable =
        asset.check_trade(&newest, now).is_ok() || asset.check_liquidation(&newest, now).is_ok();
    Ok(usable.then_some(newest))
}
