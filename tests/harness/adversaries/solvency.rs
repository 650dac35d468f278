//! Solvency: while the program pays whoever asks, the balances are covered; and who never traded loses nothing.
use super::play::Play;
use crate::{Failure, Quote, Trader};
use freeboard::error::FreeboardError;
use freeboard::governance::pauses::Operation;
use freeboard::instructions::Closing;
use freeboard::instructions::WithdrawProRataArgs;

impl Play {
    /// The bystander could take all he has, or the books say who keeps him from it.
    ///
    /// Paid: no deficit is recorded, the positive balances are no more than the vault and the loans, and known bad
    /// debt is no more than the pool is worth and insurance holds. Refused: one of these fails, or the pool's own
    /// cash is below zero, or the vault lacks what was lent.
    pub(super) fn check_solvency(&mut self) {
        let world = &mut self.world;
        let bystander = self.cast.bystander.clone();
        let balance = world.quote_of(&bystander);
        assert_eq!(balance, 10_000_000_000, "Solvency: his balance is his");
        let (pool, books) = (world.pool(), world.books());
        let token = world.quote_token();
        let instruction = world.withdraw_instruction(&bystander, &token, balance.unsigned_abs());
        let sent = world.simulate(&[instruction], &[&bystander.keypair]);
        let insured = pool
            .value_atoms
            .saturating_add(pool.ledger.insurance_atoms.max(0));
        let unpaid = pool.bad_debt_atoms > insured.max(0);
        let Err(failure) = sent else {
            let owned = books.pool_atoms + books.insurance_atoms + books.fees_atoms;
            assert!(
                owned >= 0,
                "Solvency: paid out of what others own: {books:?}"
            );
            assert!(
                !unpaid && pool.deficit_atoms == 0,
                "Solvency: paid in full: {pool:?}"
            );
            return;
        };
        let short = pool.deficit_atoms > 0 || pool.ledger.pool_atoms < 0 || unpaid;
        let lent = books.vault_atoms < i128::from(balance);
        let known = |failure: &Failure| {
            failure.is(FreeboardError::OperationPaused)
                || failure.is(FreeboardError::PoolDeficit) && short
                || failure.is(FreeboardError::VaultShort) && lent
        };
        assert!(known(&failure), "Solvency: {:?}, {pool:?}", failure.error);
        if short {
            self.count("bystander waits");
        }
    }

    /// In the end, once keepers have liquidated and resolved what they can, he leaves: with all of it, or, while a
    /// deficit is recorded, with his share.
    pub(super) fn bystander_leaves(&mut self) {
        self.clean_up();
        let bystander = self.cast.bystander.clone();
        let balance = self.world.quote_of(&bystander).unsigned_abs();
        let before = self.world.books().vault_atoms;
        let mut sent = self.world.withdraw_quote(&bystander, balance);
        let mut deficit = false;
        if sent.is_err() {
            let args = WithdrawProRataArgs {
                amount_atoms: balance,
                min_received_atoms: 0,
            };
            deficit = self.world.pool().deficit_atoms > 0;
            sent = self.world.withdraw_pro_rata(&bystander, args);
        }
        let received = before - self.world.books().vault_atoms;
        self.world.assert_books();
        match sent {
            Ok(_) if received == i128::from(balance) => self.count("bystander paid in full"),
            Ok(_) => {
                let share = format!("{received} of {balance}");
                assert!(deficit, "Solvency: {share} without a deficit");
                self.count("bystander paid a share");
            }
            Err(failure) => {
                let pool = self.world.pool();
                let code = failure.code;
                let vault = self.world.books().vault_atoms;
                let lent = vault < i128::from(balance);
                assert!(
                    pool.deficit_atoms > 0 || pool.bad_debt_atoms > 0 || lent,
                    "Solvency: not paid by {code:?}: {pool:?}"
                );
                self.count("bystander not paid");
            }
        }
    }

    /// Everybody below his margin is liquidated, losses are settled and resolved, at prices that are good.
    fn clean_up(&mut self) {
        for operation in [Operation::Withdraw, Operation::Liquidate] {
            let _ = self.world.unpause(operation);
        }
        self.world.bend = None;
        let keeper = self.cast.liquidator.clone();
        for _ in 0..3 {
            self.world.warp(31);
            for asset in self.world.assets.clone() {
                let quote = Quote::usd(self.price(&asset), self.world.now());
                self.world.set_price(&asset, quote);
            }
            for seen in self.scene().seen {
                if seen.is_liquidatable() && seen.trader.owner() != keeper.owner() {
                    self.close_all(&keeper, &seen.trader);
                }
                if seen.account.has_positions() {
                    self.settle_all(&seen.trader);
                }
            }
        }
        let _ = self.world.rebalance();
    }

    /// Liquidates all that may be, settles and resolves what is left.
    fn close_all(&mut self, keeper: &Trader, prey: &Trader) {
        let world = &mut self.world;
        let _ = world.flag(prey);
        for asset in world.assets.clone() {
            for closing in [Closing::PositionByPool, Closing::Collateral] {
                let _ = world.liquidate(keeper, prey, &asset, closing);
            }
        }
        let _ = world.resolve_bankruptcy(prey);
    }

    /// While the pool lacks cash, losses are settled.
    fn settle_all(&mut self, loser: &Trader) {
        for asset in self.world.assets.clone() {
            let _ = self.world.settle_loss(loser, &asset);
        }
    }
}
