//! P7: what a liquidation leaves.
use super::{play::Play, scene::Scene};
use crate::usd;
use anchor_lang::prelude::Pubkey;
use freeboard::events::{AccountLiquidated, AccountSliced, MarginSnapshot};
use freeboard::instructions::Closing;
use freeboard_client::events::Event;

impl Scene {
    fn owner_of(&self, account: Pubkey) -> Pubkey {
        let mut seen = self.seen.iter();
        let found = seen.find(|seen| seen.trader.margin_account == account);
        found.expect("a player").trader.owner()
    }

    /// Whether an account was liquidated by another one of its owner.
    fn is_by_owner(&self, one: &Liquidation) -> bool {
        self.owner_of(one.liquidator_account) == self.owner_of(one.account)
    }

    /// What a liquidation gives the liquidator's owner that was not his: what the insurance fund adds, at most the fee
    /// that the closed part paid for being opened, and of somebody else's account the penalty.
    pub(super) fn comes_from_others(&self, one: &Liquidation) -> u64 {
        let penalty = if self.is_by_owner(one) {
            0
        } else {
            one.penalty_liquidator_atoms
        };
        one.topup_atoms + penalty
    }
}

fn free_collateral(margin: MarginSnapshot) -> i64 {
    margin.equity_atoms - margin.margin_atoms
}

/// What a liquidation of one asset and that of a slice have in common.
#[derive(Clone, Copy)]
pub(super) struct Liquidation {
    account: Pubkey,
    liquidator_account: Pubkey,
    before: MarginSnapshot,
    after: MarginSnapshot,
    notional_atoms: u64,
    penalty_atoms: u64,
    penalty_liquidator_atoms: u64,
    impact_atoms: u64,
    /// What the insurance fund added; nothing to a slice.
    topup_atoms: u64,
}

impl Liquidation {
    /// What an event tells of one.
    pub fn of(event: &Event) -> Option<Self> {
        match event {
            Event::AccountLiquidated(event) => Some(Self {
                account: event.stamp.key,
                liquidator_account: event.liquidator_account,
                before: event.before,
                after: event.after,
                notional_atoms: event.notional_atoms,
                penalty_atoms: event.penalty_atoms,
                penalty_liquidator_atoms: event.penalty_liquidator_atoms,
                impact_atoms: event.impact_atoms,
                topup_atoms: event.topup_atoms,
            }),
            Event::AccountSliced(event) => Some(Self {
                account: event.stamp.key,
                liquidator_account: event.liquidator_account,
                before: event.before,
                after: event.after,
                notional_atoms: event.notional_atoms,
                penalty_atoms: event.penalty_atoms,
                penalty_liquidator_atoms: event.penalty_liquidator_atoms,
                impact_atoms: event.impact_atoms,
                topup_atoms: 0,
            }),
            _ => None,
        }
    }
}

impl Play {
    /// P7
    pub(super) fn check_liquidation(
        &mut self,
        one: &Liquidation,
        before: &Scene,
        after: &Scene,
        (older, added_atoms): (bool, u64),
    ) {
        Self::check_margin(one, before);
        Self::check_penalty(one);
        self.check_owner(one, before, after, (older, added_atoms));
        if one.after.equity_atoms < 0 {
            self.count("below zero");
        }
    }

    /// P7 of one asset: never a flip, and an impact only where one is due.
    pub(super) fn check_closing(&mut self, event: &AccountLiquidated) {
        self.count(&format!("{:?}", event.closing));
        let most = match event.closing {
            Closing::Collateral => event.collateral_before_atoms,
            _ => event.size_before_atoms.unsigned_abs(),
        };
        assert!(event.closed_atoms <= most, "P7 flip");
        self.check_impact(event);
    }

    /// P7 of a slice: no more than was allowed, of each asset no more than there was, and of all the same share, which
    /// is rounded up to whole lots.
    pub(super) fn check_slice(&mut self, event: &AccountSliced) {
        self.count("Slice");
        assert!(event.share_permille <= event.largest_permille, "P7 share");
        for told in &event.assets {
            let lot = self.world.asset(told.asset_index).params.lot_atoms;
            let size = told.size_before_atoms.unsigned_abs();
            for (closed, held) in [
                (told.position_closed_atoms, size),
                (told.collateral_closed_atoms, told.collateral_before_atoms),
            ] {
                let share = u128::from(held) * u128::from(event.share_permille) / 1_000;
                let whole_lots = share + 2 * u128::from(lot); // nor is a part of a lot left
                assert!(closed <= held, "P7 flip");
                assert!(u128::from(closed) <= whole_lots, "P7: {closed} of {held}");
            }
        }
        if event.impact_atoms > 0 {
            self.count("impacts of slices");
        }
    }

    /// Strictly better. Below zero or with less than $100 in all it only gets
    /// smaller.
    fn check_margin(one: &Liquidation, scene: &Scene) {
        let (before, after) = (one.before, one.after);
        let prey = scene
            .seen
            .iter()
            .find(|seen| seen.trader.margin_account == one.account);
        let gross = prey.expect("a player").report.gross_notional_atoms;
        let judged = before.equity_atoms > 0 && gross.unsigned_abs() > usd(100);
        assert!(
            !judged || free_collateral(after) > free_collateral(before),
            "P7: {before:?} to {after:?}"
        );
        let ratio =
            |margin: MarginSnapshot| margin.equity_atoms as f64 / margin.margin_atoms as f64;
        assert!(
            !judged || after.margin_atoms == 0 || ratio(after) > ratio(before),
            "P7: {before:?} to {after:?}"
        );
    }

    /// At most 5 % of what is closed, never more than there is; the liquidator's part of it, or 0.05 % with
    /// what insurance adds.
    fn check_penalty(one: &Liquidation) {
        let before = one.before;
        assert!(
            one.penalty_atoms <= one.notional_atoms / 20 + 1,
            "P7 penalty"
        );
        let paid = i64::try_from(one.penalty_atoms + one.impact_atoms).expect("atoms");
        assert!(
            paid <= before.equity_atoms.max(0),
            "P7: {paid} out of {before:?}"
        );
        let earned = one.penalty_liquidator_atoms + one.topup_atoms;
        let least = one.notional_atoms / 2_000 + 1;
        assert!(
            earned <= one.penalty_liquidator_atoms.max(least),
            "P7 reward"
        );
        assert!(one.penalty_liquidator_atoms <= one.penalty_atoms / 2 + 1);
    }

    /// Only a closing against the pool pays an impact, and only one that moves the skew of now, or of before this
    /// second, away from zero.
    fn check_impact(&mut self, event: &AccountLiquidated) {
        if event.impact_atoms == 0 {
            return;
        }
        let closed = i64::try_from(event.closed_atoms).expect("atoms");
        let moves_out = match event.size_before_atoms {
            1.. => event.skew_before_atoms.min(event.resting_skew_atoms) < closed,
            _ => event.skew_before_atoms.max(event.resting_skew_atoms) > -closed,
        };
        assert!(
            moves_out && matches!(event.closing, Closing::PositionByPool | Closing::Pair),
            "P7: an impact of {} at skews of {} and {}",
            event.impact_atoms,
            event.skew_before_atoms,
            event.resting_skew_atoms
        );
        self.count("impacts paid");
    }

    /// Never profitable for the owner's side: all accounts of the liquidated owner together gain nothing but what
    /// comes from others in the transaction.
    fn check_owner(
        &mut self,
        one: &Liquidation,
        before: &Scene,
        after: &Scene,
        (older, added_atoms): (bool, u64),
    ) {
        if !before.is_by_owner(one) {
            return;
        }
        let owner = before.owner_of(one.account);
        self.count("self-liquidations");
        let wealth = |scene: &Scene| {
            let own = scene
                .seen
                .iter()
                .filter(|seen| seen.trader.owner() == owner);
            let priced = own.clone().all(|seen| seen.is_priced());
            priced.then(|| own.map(|seen| seen.wealth()).sum::<i64>())
        };
        let (Some(was), Some(is)) = (wealth(before), wealth(after)) else {
            return;
        };
        let added = i64::try_from(added_atoms).expect("atoms");
        let rounding = 16; // an atom for each price that is counted in each of his accounts
        if older && is > was + added + rounding {
            // See attacks::oracle: any price update of the last 15 s counts.
            return self.count("P7 at an older update");
        }
        assert!(
            is <= was + added + rounding,
            "P7: the owner's side has {is} after {was}, {added} of it from others: {:?}",
            one.before
        );
    }
}
