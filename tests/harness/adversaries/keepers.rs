//! Those who look for accounts in trouble instead of trying at random: liquidators, and whoever makes sure that
//! each loss is paid.
use super::{
    play::{Play, Sent},
    refusals::Kind,
    scene::Scene,
};
use crate::{AssetHandle, CLOSINGS, Trader};
use freeboard::instructions::Closing;
use freeboard::instructions::LiquidateArgs;
use freeboard::instructions::WithdrawProRataArgs;
use freeboard_risk::liquidation::WHOLE_PERMILLE;

impl Play {
    /// What a keeper does, if there is something and one looks now.
    pub(super) fn keep(&mut self, scene: &Scene) -> Option<(Kind, Sent)> {
        if self.choices.next(10) < 4 {
            return None;
        }
        if let Some((winner, asset)) = self.winner() {
            let size = self.world.size_of(&winner, asset.index);
            return Some((Kind::Trade, self.world.trade(&winner, &asset, -size)));
        }
        let accounts = &self.cast.accounts;
        if let Some(bankrupt) = accounts.iter().find(|trader| self.is_bankrupt(trader)) {
            let bankrupt = bankrupt.clone();
            return Some((Kind::Resolve, self.world.resolve_bankruptcy(&bankrupt)));
        }
        let prey = scene.seen.iter().find(|seen| seen.is_liquidatable());
        if let Some(prey) = prey {
            if self.chance(4)
                && let Some(fled) = self.flee()
            {
                return Some(fled);
            }
            return Some(self.hunt(&prey.trader.clone()));
        }
        if self.world.pool().deficit_atoms > 0 {
            return self.pay_deficit();
        }
        if self.is_short_of_cash() {
            let (trader, other) = (self.pick_account(), self.pick_asset());
            let asset = self.largest_position(&trader).unwrap_or(other);
            return Some((Kind::Settle, self.world.settle_loss(&trader, &asset)));
        }
        self.replace_ruined()
    }

    /// Somebody who has won more than $15,000 on a position, sometimes: he cashes before others.
    fn winner(&mut self) -> Option<(Trader, AssetHandle)> {
        let trader = self.pick_account();
        let asset = self.largest_position(&trader)?;
        (self.profit(&trader, &asset) > 15_000.0).then_some((trader, asset))
    }

    fn is_bankrupt(&self, trader: &Trader) -> bool {
        let account = self.world.state_of(trader);
        account.quote_atoms < 0
            && !account.has_positions()
            && account.collateral_atoms(0) < 1_000_000
    }

    fn is_short_of_cash(&self) -> bool {
        let books = self.world.books();
        let loans: i128 = self
            .everybody()
            .iter()
            .map(|trader| i128::from(self.world.quote_of(trader).min(0)))
            .sum();
        books.pool_atoms + loans < 0
    }

    /// Somebody else in the place of an account with nothing left.
    fn replace_ruined(&mut self) -> Option<(Kind, Sent)> {
        let ruined = self.cast.accounts.iter().find(|trader| {
            let account = self.world.state_of(trader);
            !account.has_positions()
                && !account.has_collaterals()
                && account.quote_atoms < 1_000_000_000
        });
        let ruined = ruined?.clone();
        let amount = 5_000_000_000 + self.choices.next(30_000_000_000);
        let borrower = self.cast.accounts[4..6]
            .iter()
            .any(|one| one.margin_account == ruined.margin_account);
        let sent = if borrower {
            let sol = self.world.handle_of(0);
            self.world.deposit_collateral(&ruined, &sol, amount * 10)
        } else {
            self.world.deposit_quote(&ruined, amount)
        };
        Some((Kind::Deposit, sent))
    }

    /// Flags or liquidates an account below its margin, in the way that fits what it holds.
    fn hunt(&mut self, prey: &Trader) -> (Kind, Sent) {
        let account = self.world.state_of(prey);
        let standing = self.world.client_report(prey).expect("a report").flagged_ts != 0;
        if !standing && self.chance(2) || self.chance(6) {
            return self.flag(prey);
        }
        if self.chance(5) {
            return self.liquidate_everybody(prey);
        }
        let sol = self.world.handle_of(0);
        if self.chance(5) {
            return self.liquidate(prey, &sol, Closing::Slice);
        }
        let collateral = account.collateral_atoms(0) > 0;
        let short = account
            .find_position(0)
            .is_some_and(|slot| slot.base_size_atoms < 0);
        if collateral && short && !self.chance(8) {
            return self.liquidate(prey, &sol, Closing::Pair);
        }
        match self.largest_position(prey) {
            Some(_) if collateral && account.quote_atoms < 0 && self.chance(2) => {
                self.liquidate(prey, &sol, Closing::Collateral)
            }
            Some(asset) if self.chance(2) => {
                self.liquidate(prey, &asset, Closing::PositionByLiquidator)
            }
            Some(asset) => self.liquidate(prey, &asset, Closing::PositionByPool),
            None => self.liquidate(prey, &sol, Closing::Collateral),
        }
    }

    /// Sets a flag or renews it, alone or with everybody's.
    pub(super) fn flag(&mut self, prey: &Trader) -> (Kind, Sent) {
        if self.chance(2) {
            return (Kind::Flag, self.world.flag(prey));
        }
        let everybody: Vec<Trader> = self.cast.accounts.clone();
        let everybody: Vec<&Trader> = everybody.iter().collect();
        let flag = self.world.flag_several_instruction(&everybody, &[0, 1, 2]);
        (Kind::Flag, self.world.send(&[flag], &[]))
    }

    /// Every account's position in one asset, in one transaction.
    fn liquidate_everybody(&mut self, prey: &Trader) -> (Kind, Sent) {
        let Some(asset) = self.largest_position(prey) else {
            return (Kind::Flag, self.world.flag(prey));
        };
        let closings = [Closing::PositionByPool, Closing::PositionByLiquidator];
        let args = LiquidateArgs {
            asset_index: asset.index,
            max_size_atoms: u64::MAX,
            closing: closings[self.choices.next(2) as usize],
        };
        let everybody: Vec<Trader> = self.cast.accounts.clone();
        let everybody: Vec<&Trader> = everybody.iter().collect();
        let by = self.liquidator_of(prey);
        let liquidation =
            self.world
                .liquidate_several_instruction(&by, &everybody, args, &[0, 1, 2]);
        let sent = self.world.send(&[liquidation], &[&by.keypair]);
        if sent.as_ref().is_ok_and(|meta| meta.told().events.len() > 1) {
            self.count("liquidated together");
        }
        (Kind::Liquidate, sent)
    }

    fn liquidate(&mut self, prey: &Trader, asset: &AssetHandle, closing: Closing) -> (Kind, Sent) {
        let part = if closing == Closing::Slice {
            1 + self.choices.next(WHOLE_PERMILLE)
        } else {
            let lots = 1 + self.choices.next(100_000);
            lots * self.world.asset(asset.index).params.lot_atoms
        };
        let args = LiquidateArgs {
            asset_index: asset.index,
            max_size_atoms: if self.chance(4) { part } else { u64::MAX },
            closing,
        };
        let by = self.liquidator_of(prey);
        (Kind::Liquidate, self.world.liquidate_with(&by, prey, args))
    }

    /// Any account, any asset, any closing.
    pub(super) fn liquidate_at_random(
        &mut self,
        prey: &Trader,
        asset: &AssetHandle,
    ) -> (Kind, Sent) {
        let closing = CLOSINGS[self.choices.next(5) as usize];
        self.liquidate(prey, asset, closing)
    }

    /// While there is a deficit: a winner is deleveraged, or somebody takes his share and leaves.
    fn pay_deficit(&mut self) -> Option<(Kind, Sent)> {
        let trader = self.pick_account();
        if self.chance(3) {
            return Some(self.withdraw_share(&trader));
        }
        let asset = self.largest_position(&trader)?;
        Some((Kind::Deleverage, self.world.deleverage(&trader, &asset)))
    }

    /// withdraw_pro_rata of somebody without positions, if there is one.
    pub(super) fn withdraw_share(&mut self, trader: &Trader) -> (Kind, Sent) {
        let amount = self.amount();
        let closed = self.cast.accounts.iter().find(|one| {
            let account = self.world.state_of(one);
            !account.has_positions() && account.quote_atoms > 1_000_000
        });
        let trader = closed.unwrap_or(trader).clone();
        let most = self.world.quote_of(&trader).max(1).unsigned_abs();
        let args = WithdrawProRataArgs {
            amount_atoms: amount.min(most),
            min_received_atoms: 0,
        };
        (Kind::ProRata, self.world.withdraw_pro_rata(&trader, args))
    }
}
