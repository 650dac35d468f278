//! P7: what a liquidation leaves.
use super::{play::Play, scene::Scene};
use crate::usd;
use anchor_lang::prelude::Pubkey;
use freeboard::{
    events::{AccountLiquidated, MarginSnapshot},
    instructions::Closing,
};

impl Scene {
    fn owner_of(&self, account: Pubkey) -> Pubkey {
        let mut seen = self.seen.iter();
        let found = seen.find(|seen| seen.trader.margin_account == account);
        found.expect("a player").trader.owner()
    }

    /// Whether an account was liquidated by another one of its owner.
    fn is_by_owner(&self, event: &AccountLiquidated) -> bool {
        self.owner_of(event.liquidator_account) == self.owner_of(event.stamp.key)
    }

    /// What a liquidation gives the liquidator's owner that was not his: what the insurance fund adds, at most the fee
    /// that the closed part paid for being opened, and of somebody else's account the penalty.
    pub(super) fn comes_from_others(&self, event: &AccountLiquidated) -> u64 {
        let penalty = if self.is_by_owner(event) {
            0
        } else {
            event.penalty_liquidator_atoms
        };
        event.topup_atoms + penalty
    }
}

fn headroom(margin: MarginSnapshot) -> i64 {
    margin.equity_atoms - margin.margin_atoms
}

impl Play {
    /// P7
    pub(super) fn check_liquidation(
        &mut self,
        event: &AccountLiquidated,
        before: &Scene,
        after: &Scene,
        (older, added_atoms): (bool, u64),
    ) {
        self.count(&format!("{:?}", event.closing));
        Self::check_margin(event, before);
        Self::check_penalty(event);
        self.check_impact(event);
        self.check_owner(event, before, after, (older, added_atoms));
        if event.after.equity_atoms < 0 {
            self.count("below zero");
        }
    }

    /// Strictly better, never too much, never a flip. Below zero or with less than $100 in all it only gets
    /// smaller.
    fn check_margin(event: &AccountLiquidated, scene: &Scene) {
        let (before, after) = (event.before, event.after);
        let prey = scene
            .seen
            .iter()
            .find(|seen| seen.trader.margin_account == event.stamp.key);
        let gross = prey.expect("a player").report.gross_notional_atoms;
        let judged = before.equity_atoms > 0 && gross.unsigned_abs() > usd(100);
        assert!(
            !judged || headroom(after) > headroom(before),
            "P7: {before:?} to {after:?}"
        );
        let ratio =
            |margin: MarginSnapshot| margin.equity_atoms as f64 / margin.margin_atoms as f64;
        assert!(
            !judged || after.margin_atoms == 0 || ratio(after) > ratio(before),
            "P7: {before:?} to {after:?}"
        );
        let most = match event.closing {
            Closing::Collateral => event.collateral_before_atoms,
            _ => event.size_before_atoms.unsigned_abs(),
        };
        assert!(event.closed_atoms <= most, "P7 flip");
    }

    /// At most 5 % of what is closed, never more than there is; the liquidator's part of it, or 0.05 % with
    /// what insurance adds.
    fn check_penalty(event: &AccountLiquidated) {
        let before = event.before;
        assert!(
            event.penalty_atoms <= event.notional_atoms / 20 + 1,
            "P7 penalty"
        );
        let paid = i64::try_from(event.penalty_atoms + event.impact_atoms).expect("atoms");
        assert!(
            paid <= before.equity_atoms.max(0),
            "P7: {paid} out of {before:?}"
        );
        let earned = event.penalty_liquidator_atoms + event.topup_atoms;
        let least = event.notional_atoms / 2_000 + 1;
        assert!(
            earned <= event.penalty_liquidator_atoms.max(least),
            "P7 reward"
        );
        assert!(event.penalty_liquidator_atoms <= event.penalty_atoms / 2 + 1);
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
        event: &AccountLiquidated,
        before: &Scene,
        after: &Scene,
        (older, added_atoms): (bool, u64),
    ) {
        if !before.is_by_owner(event) {
            return;
        }
        let owner = before.owner_of(event.stamp.key);
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
            // See attacks::oracle: any print of the last 15 s counts.
            return self.count("P7 at an older print");
        }
        assert!(
            is <= was + added + rounding,
            "P7: the owner's side has {is} after {was}, {added} of it from others: {:?}",
            event.before
        );
    }
}
