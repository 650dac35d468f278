//! A cranker who samples only when it suits him, and shows any index of implied volatility: P5 must not care.
use super::{
    play::{Play, Sent},
    refusals::Kind,
};
use crate::{AssetHandle, Quote};
use freeboard_client::events::Event;

/// When he samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Habit {
    /// Whenever he can.
    Always,
    /// When the price is where it was at the last sample: he hides volatility.
    Calm,
    /// When it has moved far: he makes volatility.
    Wild,
    /// When it has risen.
    Rising,
}

impl Habit {
    pub(super) fn chosen(number: u64) -> Self {
        [Self::Always, Self::Calm, Self::Wild, Self::Rising][number as usize % 4]
    }

    fn likes(self, moved: f64) -> bool {
        match self {
            Self::Always => true,
            Self::Calm => moved.abs() < 0.005,
            Self::Wild => moved.abs() > 0.02,
            Self::Rising => moved > 0.0,
        }
    }
}

impl Play {
    /// Counts a reward of a caller.
    pub(super) fn count_reward(&mut self, sent: &Sent) {
        let told = sent.as_ref().map(|meta| meta.told().events);
        let is_reward = |event: &Event| matches!(event, Event::CallerRewarded(_));
        if told.is_ok_and(|events| events.iter().any(is_reward)) {
            self.count("a caller was paid");
        }
    }

    /// Samples the first asset from this on that suits him, at the newest price update or at one before it that
    /// suits him better.
    pub(super) fn crank(&mut self, first: &AssetHandle) -> (Kind, Sent) {
        let number = self.world.assets.len() as u16;
        let others = (0..number).map(|step| (first.index + step) % number);
        let suits = others
            .map(|index| self.world.handle_of(index))
            .find(|asset| {
                let recorded = self.world.asset(asset.index).recorded.price().0 as f64 / 1e12;
                self.habit.likes(self.price(asset) / recorded - 1.0)
            });
        let asset = suits.unwrap_or_else(|| first.clone());
        if self.world.bend.is_none() && self.chance(3) {
            self.bend_to_older(&asset);
        }
        // Whoever it is paid to, in whatever state: by the asset, so that it takes no choice.
        let accounts = &self.cast.accounts;
        let paid = accounts[usize::from(asset.index) % accounts.len()].clone();
        let sent = self.world.sample_for(&asset, &paid);
        self.count_reward(&sent);
        (Kind::Sample, sent)
    }

    /// Shows an index of an asset's implied volatility, high or low, of any age and width.
    pub(super) fn imply(&mut self, asset: &AssetHandle) -> (Kind, Sent) {
        let index = self.cast.indices[usize::from(asset.index)];
        let per_cent = [1.0, 60.0, 250.0, 400.0, 999.0, 5_000.0][self.choices.next(6) as usize];
        let age = [0, 0, 30, 90][self.choices.next(4) as usize];
        let confidence = [0.01, 0.01, 0.01, 0.2][self.choices.next(4) as usize];
        let quote = Quote::usd(per_cent, self.world.now() - age).with_conf(confidence);
        self.world.publish(&index, &quote);
        let sent = self.world.show_implied(asset, index.address);
        let told = sent.as_ref().map(|meta| meta.told().events);
        let counts = |event: &Event| matches!(event, Event::ImpliedVolatilityShown(_));
        if told.is_ok_and(|events| events.iter().any(counts)) {
            self.count("an implied volatility counted");
        }
        (Kind::Imply, sent)
    }
}
