//! One play: time passes, prices move, somebody acts, the properties are checked.
use super::{
    base::{Base, Cast},
    choices::Choices,
    cranker::Habit,
    refusals::Kind,
    updates::PriceUpdates,
};
use crate::{AssetHandle, Failure, Meta, Trader, World};
use freeboard::state::NO_ASSET;
use std::collections::BTreeMap;

/// What has been done, by kind and, for liquidations, by closing.
pub type Counts = BTreeMap<String, u32>;

/// What came of a transaction.
pub(super) type Sent = Result<Meta, Failure>;

/// An LP's request that is open.
#[derive(Clone, Copy)]
pub(super) struct Request {
    pub lp: usize,
    pub number: u16,
}

/// What an asset was when it was looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Looked {
    /// Unit shock of MM, × 2^60.
    pub u_mm: f64,
    /// Part of L that does not count, × 10^9.
    pub cut_e9: f64,
    /// When, unix seconds.
    pub at_ts: i64,
}

/// One play.
pub struct Play {
    /// The exchange as it is now.
    pub world: World,
    /// What has been done.
    pub counts: Counts,
    pub(super) choices: Box<dyn Choices>,
    pub(super) cast: Cast,
    pub(super) updates: Vec<PriceUpdates>,
    pub(super) requests: Vec<Request>,
    pub(super) next_request: u16,
    pub(super) habit: Habit,
    /// Each asset when it was last looked at.
    pub(super) looked: Vec<Looked>,
    /// How far a price jumps at most.
    pub(super) jump: f64,
    actions: u32,
}

impl Play {
    /// A play on a copy of this exchange, by these choices.
    pub fn new(base: &Base, choices: impl Choices + 'static) -> Self {
        let mut play = Self {
            world: base.world.clone(),
            counts: Counts::new(),
            choices: Box::new(choices),
            cast: base.cast.clone(),
            updates: PriceUpdates::start(),
            requests: Vec::new(),
            next_request: 0,
            habit: Habit::Always,
            looked: Vec::new(),
            jump: base.jump,
            actions: 0,
        };
        play.habit = Habit::chosen(play.choices.next(4));
        play.look();
        play
    }

    /// Whether there is nothing left to choose from.
    pub fn is_over(&self) -> bool {
        self.choices.is_over()
    }

    /// An action after some time at new prices, and the properties after it.
    pub fn step(&mut self) {
        let secs = match self.choices.next(60) {
            0 => 90_000,
            1..=3 => 600 + self.choices.next(7_200) as i64,
            _ => 1 + self.choices.next(40) as i64,
        };
        self.world.warp(secs);
        self.move_prices(secs);
        let before = self.scene();
        self.bend();
        let (kind, sent) = match self.keep(&before) {
            Some(done) => done,
            None => self.act(),
        };
        let bend = self.world.bend.take();
        self.check(kind, &before, sent, bend);
        self.actions += 1;
        if self.actions.is_multiple_of(20) {
            self.probe();
        }
    }

    /// The last moment: the bystander leaves.
    pub fn finish(&mut self) {
        self.bystander_leaves();
    }

    /// What somebody does who does not look for accounts in trouble.
    fn act(&mut self) -> (Kind, Sent) {
        let (asset, trader) = (self.pick_asset(), self.pick_account());
        if self.waiting_order().is_some() && self.chance(3) {
            return self.order(&trader, &asset);
        }
        match self.choices.next(52) {
            0..=2 => self.deposit(&trader),
            3..=6 => self.withdraw(&trader),
            7..=14 => self.trade(&trader, &asset),
            15..=20 => self.order(&trader, &asset),
            21..=25 => self.owner_acts(),
            26 | 27 => self.crank(&asset),
            28 => (Kind::Sweep, self.world.sweep(&asset)),
            29 => (Kind::Rebalance, self.world.rebalance()),
            30 => self.flag(&trader),
            31 => self.liquidate_at_random(&trader, &asset),
            32 => (Kind::Resolve, self.world.resolve_bankruptcy(&trader)),
            33 => (Kind::Settle, self.world.settle_loss(&trader, &asset)),
            34 => self.withdraw_share(&trader),
            35..=38 => self.liquidity(),
            39 => self.pause(),
            40..=43 => self.bundle(&trader, &asset),
            44 | 45 => (Kind::Show, self.world.show_price(&asset)),
            46 => self.imply(&asset),
            47 => (Kind::Announce, self.world.announce_absence(&asset)),
            _ => (Kind::Foreign, self.attack(&trader, &asset)),
        }
    }

    pub(super) fn chance(&mut self, one_in: u64) -> bool {
        self.choices.next(one_in) == 0
    }

    pub(super) fn count(&mut self, what: &str) {
        *self.counts.entry(what.to_owned()).or_default() += 1;
    }

    pub(super) fn amount(&mut self) -> u64 {
        1 + self.choices.next(crate::usd(20_000))
    }

    pub(super) fn pick_asset(&mut self) -> AssetHandle {
        let index = self.choices.next(3) as u16;
        self.world.handle_of(index)
    }

    pub(super) fn pick_account(&mut self) -> Trader {
        let number = self.cast.accounts.len() as u64;
        self.cast.accounts[self.choices.next(number) as usize].clone()
    }

    /// Everybody with a margin account.
    pub(super) fn everybody(&self) -> Vec<Trader> {
        let cast = &self.cast;
        let others = [&cast.liquidator, &cast.attacker, &cast.bystander];
        cast.accounts.iter().chain(others).cloned().collect()
    }

    /// Asset of the largest position of an account by what it was opened at.
    pub(super) fn largest_position(&self, trader: &Trader) -> Option<AssetHandle> {
        let positions = self.world.state_of(trader).positions;
        let held = positions.iter().filter(|slot| slot.asset_index != NO_ASSET);
        let largest = held.max_by_key(|slot| slot.entry_notional_atoms.unsigned_abs());
        largest.map(|slot| self.world.handle_of(slot.asset_index))
    }
}
