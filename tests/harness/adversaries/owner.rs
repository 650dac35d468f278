//! An owner with many accounts: he opens both sides, liquidates what loses from another of his accounts, and
//! cashes what wins.
use super::{
    play::{Play, Sent},
    refusals::Kind,
};
use crate::{AssetHandle, Trader};

impl Play {
    /// What he does now.
    pub(super) fn owner_acts(&mut self) -> (Kind, Sent) {
        let own = self.cast.many().to_vec();
        let at = self.choices.next(own.len() as u64) as usize;
        let trader = own[at].clone();
        let asset = self.pick_asset();
        match self.choices.next(5) {
            0 => self.cash(&trader).unwrap_or_else(|| self.withdraw(&trader)),
            1 => self.withdraw(&trader),
            _ => self.take_side(&trader, &asset, at.is_multiple_of(2)),
        }
    }

    /// Even accounts are long, odd ones short, as far as they may.
    fn take_side(&mut self, trader: &Trader, asset: &AssetHandle, long: bool) -> (Kind, Sent) {
        let times = 4.0 + 4.0 * self.choices.signed();
        let times = if long { times } else { -times };
        let size = self.lots_worth(trader, asset, times);
        (Kind::Trade, self.world.trade(trader, asset, size))
    }

    /// Closes a position that has won.
    fn cash(&mut self, trader: &Trader) -> Option<(Kind, Sent)> {
        let asset = self.largest_position(trader)?;
        let size = self.world.size_of(trader, asset.index);
        if self.profit(trader, &asset) <= 0.0 {
            return None;
        }
        self.count("winners cashed");
        Some((Kind::Trade, self.world.trade(trader, &asset, -size)))
    }

    /// What a position has won, USD.
    pub(super) fn profit(&self, trader: &Trader, asset: &AssetHandle) -> f64 {
        let account = self.world.state_of(trader);
        account.find_position(asset.index).map_or(0.0, |position| {
            let unit = 10_f64.powi(i32::from(asset.decimals));
            let value = position.base_size_atoms as f64 / unit * self.price(asset);
            value - position.entry_notional_atoms as f64 / 1e6
        })
    }

    /// Who liquidates this account: mostly the liquidator, sometimes another account, its owner's rather. Somebody
    /// else where it is the liquidator's own.
    pub(super) fn liquidator_of(&mut self, prey: &Trader) -> Trader {
        let own: Vec<Trader> = self
            .everybody()
            .into_iter()
            .filter(|one| one.owner() == prey.owner() && one.margin_account != prey.margin_account)
            .collect();
        let usual = match &self.cast {
            cast if cast.liquidator.margin_account == prey.margin_account => &cast.attacker,
            cast => &cast.liquidator,
        };
        let usual = usual.clone();
        match self.choices.next(4) {
            0 | 1 if !own.is_empty() => own[self.choices.next(own.len() as u64) as usize].clone(),
            2 => {
                let other = self.pick_account();
                if other.margin_account == prey.margin_account {
                    return usual;
                }
                other
            }
            _ => usual,
        }
    }
}
