//! The newest price that an instruction has shown stays with the asset.
use crate::state::Asset;
use anchor_lang::prelude::*;
use freeboard_risk::price::observation::Observation;

impl Asset {
    /// Accrues funding up to `now` and takes note of a price, which becomes the recorded one where it is the newest
    /// that `Trade` or `Liquidation` accepts. Every instruction that writes the asset begins with this.
    ///
    /// A price update that only a reduce accepts, far from its EMA or wide, is not what others are judged by later, nor what
    /// funding accrues at. Nothing replaces the price of a market that has ended.
    ///
    /// Errors: `Overflow`.
    pub fn record(&mut self, price: &Observation, now: i64) -> Result<()> {
        if self.is_settled() {
            return Ok(());
        }
        let known = self.known().after(price, &self.limits());
        self.accrue_funding_at(known.recorded.price, now)?;
        self.set_known(&known);
        Ok(())
    }
}
