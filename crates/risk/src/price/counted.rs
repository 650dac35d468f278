//! Which price of an asset counts for an action: the one that the caller shows, the recorded one, or the newest that a
//! trade accepts (whitepaper §2.3).
//!
//! The sender of a transaction chooses the account that holds a receiver feed's price: an older one, one not fully
//! verified, none. Then the recorded price is the newest known, and each standard judges it by its own age, so that
//! nobody shuts others out by recording first.
//!
//! | standard | the price that counts |
//! |---|---|
//! | `BesideReduce`, `FillReduce` | the newest known, unjudged |
//! | `Trade`, `LiquidityByOther` | the newest for a trade if the standard accepts it, else the recorded one, unusable |
//! | `FillIncrease` | the newest for a trade, usable or not |
//! | `Liquidation` | the newest known as it stands: [`Standing`] |
//! | `Either` | as for `Liquidation` if usable so, else as for `Trade` if usable so, else as for `Liquidation` |
use crate::RiskError;
use crate::number::quantity::Fraction;
use crate::params::OracleParams;
use crate::price::feed::{ABSENCE_SECS, FeedRecord, STILL_SAMPLES};
use crate::price::observation::Observation;
use crate::price::standard::PriceStandard;
use crate::price::standing::{Standing, move_since};

/// The price that an asset counts at for an action, and what it may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountedPrice {
    /// The price that counts.
    pub observation: Observation,
    /// Whether `Trade` accepts its own price of the asset.
    pub usable_initial: bool,
    /// How a liquidation counts the price. Unknown where no liquidation asks.
    pub standing: Standing,
    /// The price that `Trade` judges, where it is not the newest known.
    pub to_trade: Option<Observation>,
}

/// How far the price of an asset moves: what a price that is absent may have moved since it was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceMoves {
    /// k, standard deviations that a shock covers, × 10^9.
    pub k_e9: u64,
    /// σ_IM per √hour.
    pub sigma_im: Fraction,
}

/// The price that a liquidation counts, and how it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandingPrice {
    /// The price.
    pub price: Observation,
    /// How it stands.
    pub standing: Standing,
}

impl StandingPrice {
    const fn new(price: Observation, standing: Standing) -> Self {
        Self { price, standing }
    }
}

impl CountedPrice {
    /// Chooses the price that counts by a standard. `shown` is what the caller shows of the feed, not from the future.
    pub fn choose(
        standard: PriceStandard,
        shown: Option<Observation>,
        known: &FeedRecord,
        params: &OracleParams,
        moves: PriceMoves,
        now: i64,
    ) -> Self {
        let newest = known.newest(shown);
        let to_trade = known.newest_to_trade(shown);
        let unjudged = Self {
            observation: newest,
            usable_initial: false,
            standing: Standing::Unknown,
            to_trade: Some(to_trade).filter(|price| *price != newest),
        };
        let usable_initial = standard.asks_trade()
            && known
                .check_price(PriceStandard::Trade, &to_trade, params, now)
                .is_ok();
        let StandingPrice { price, standing } = if standard.asks_liquidation() {
            known.stand(shown, params, moves, now)
        } else {
            StandingPrice::new(known.recorded, Standing::Unknown)
        };
        let observation = match standard {
            PriceStandard::BesideReduce | PriceStandard::FillReduce => return unjudged,
            PriceStandard::FillIncrease => to_trade,
            _ if usable_initial && !standing.is_usable() => to_trade,
            _ => price,
        };
        Self {
            observation,
            usable_initial,
            standing,
            ..unjudged
        }
    }

    /// The same where the caller shows the newest price and the standard accepts it, without a look at more of the
    /// record than `recorded_ts` and `still_samples`: [`FeedRecord`] has them. `None` anywhere else.
    #[inline]
    pub fn choose_fresh(
        standard: PriceStandard,
        shown: Option<Observation>,
        (recorded_ts, still_samples): (i64, u32),
        params: &OracleParams,
        now: i64,
    ) -> Option<Self> {
        let newest = shown.filter(|price| price.publish_ts >= recorded_ts)?;
        let is_moving = still_samples < STILL_SAMPLES;
        let refuses =
            |one: PriceStandard| !is_moving || one.check_limits(&newest, params, now).is_err();
        if standard.asks_trade() && refuses(PriceStandard::Trade) {
            return None;
        }
        if standard.asks_liquidation() && refuses(PriceStandard::Liquidation) {
            return None;
        }
        let standing = if standard.asks_liquidation() {
            Standing::Usable
        } else {
            Standing::Unknown
        };
        Some(Self {
            observation: newest,
            usable_initial: standard.asks_trade(),
            standing,
            to_trade: None,
        })
    }
}

impl FeedRecord {
    /// The newest price known: what the caller shows, unless a newer one is recorded.
    pub fn newest(&self, shown: Option<Observation>) -> Observation {
        self.not_older(shown).unwrap_or(self.recorded)
    }

    /// The newest price for a trade: what the caller shows, unless a newer one is recorded that `Trade` accepts.
    ///
    /// Exception: a newer one that only a liquidation accepts counts where the older is outside its interval P ± C. So
    /// nobody shuts others out by a price update that is a little too wide, and no price of before a move counts after it.
    #[must_use]
    pub fn newest_to_trade(&self, shown: Option<Observation>) -> Observation {
        let shown = shown.filter(|price| price.publish_ts >= self.tradable.publish_ts);
        let newest = shown.unwrap_or(self.tradable);
        let is_outdated = self.recorded.publish_ts > newest.publish_ts
            && newest.price.0.abs_diff(self.recorded.price.0) > self.recorded.confidence.0;
        if is_outdated { self.recorded } else { newest }
    }

    /// The newest price by the standard's own record: of a trade, a fill that increases and an LP's request
    /// [`Self::newest_to_trade`], of all others [`Self::newest`].
    pub fn newest_for(&self, standard: PriceStandard, shown: Option<Observation>) -> Observation {
        match standard {
            PriceStandard::Trade
            | PriceStandard::FillIncrease
            | PriceStandard::LiquidityByOther => self.newest_to_trade(shown),
            PriceStandard::FillReduce
            | PriceStandard::BesideReduce
            | PriceStandard::Liquidation
            | PriceStandard::Either => self.newest(shown),
        }
    }

    /// Judges what a liquidation counts. `shown` is not from the future.
    pub fn stand(
        &self,
        shown: Option<Observation>,
        params: &OracleParams,
        moves: PriceMoves,
        now: i64,
    ) -> StandingPrice {
        let given = self.not_older(shown);
        let newest = given.unwrap_or(self.recorded);
        match self.check_price(PriceStandard::Liquidation, &newest, params, now) {
            Ok(()) => return StandingPrice::new(newest, Standing::Usable),
            Err(RiskError::PriceStale) => {}
            Err(error) if given.is_some() => {
                let is_far = !PriceStandard::Liquidation.is_near_ema(&newest, params)
                    || error == RiskError::PriceStandsStill;
                let standing = if is_far {
                    Standing::Far
                } else {
                    Standing::Wide
                };
                return StandingPrice::new(newest, standing);
            }
            Err(_) => {}
        }
        let refuted = given.is_some_and(|price| price.publish_ts > self.absent_since_ts);
        if refuted || !self.is_absent_for(ABSENCE_SECS, now) {
            return StandingPrice::new(self.recorded, Standing::Unknown);
        }
        let share = move_since(moves.k_e9, moves.sigma_im, self.recorded.age_secs(now));
        StandingPrice::new(self.recorded, Standing::Absent { share })
    }

    /// What the caller shows, unless a newer price is recorded.
    #[inline]
    fn not_older(&self, shown: Option<Observation>) -> Option<Observation> {
        shown.filter(|price| price.publish_ts >= self.recorded.publish_ts)
    }
}

#[cfg(test)]
#[path = "counted_tests.rs"]
mod tests;
