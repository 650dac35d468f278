//! Several instructions in one transaction: a loan repaid and taken again around a look at the pool.
use super::{
    play::{Play, Sent},
    refusals::Kind,
};
use crate::{AssetHandle, Trader, world::FULL_LOG_SWEEPS};
use anchor_lang::solana_program::instruction::Instruction;
use freeboard::governance::pauses::Operation;
use freeboard_client::{events::Event, instructions};
use solana_signer::Signer;

impl Play {
    /// Repay, rebalance, borrow; borrow, rebalance, repay; rebalance, withdraw; trade and back.
    pub(super) fn bundle(&mut self, trader: &Trader, asset: &AssetHandle) -> (Kind, Sent) {
        let trader = &self.borrower().unwrap_or_else(|| trader.clone());
        let before = self.world.quote_of(trader);
        let amount = match before.min(0).unsigned_abs() {
            0 => self.amount(),
            loan => loan,
        };
        let which = self.choices.next(4);
        let instructions = match which {
            0 => vec![
                self.repay(trader, amount),
                self.look_at_pool(),
                self.world.borrow_instruction(trader, amount),
            ],
            1 => vec![
                self.world.borrow_instruction(trader, amount),
                self.look_at_pool(),
                self.repay(trader, amount),
            ],
            2 => {
                let free = self.free(trader).max(1);
                vec![
                    self.look_at_pool(),
                    self.world.borrow_instruction(trader, free),
                ]
            }
            _ => {
                let size = self.lots_worth(trader, asset, 2.0).max(self.lot(asset));
                let there = self.world.trade_args(asset, size);
                let back = self.world.trade_args(asset, -size);
                vec![
                    self.world.trade_instruction(trader, there),
                    self.world.trade_instruction(trader, back),
                ]
            }
        };
        let sent = self.world.send(&instructions, &[&trader.keypair]);
        if sent.is_ok() && which != 2 {
            self.count("loans turned over");
            let after = self.world.quote_of(trader);
            assert!(
                after <= before || which == 3,
                "{before} to {after} for nothing"
            );
        }
        (Kind::Bundle, sent)
    }

    /// A pause by a guardian who fills the log first: it is told all the same.
    pub(super) fn pause_behind_a_full_log(&mut self, operation: Operation) -> Sent {
        let asset = self.world.handle_of(0);
        let world = &mut self.world;
        let sweep = instructions::sweep_pool(&world.keys, &[asset.address]);
        let guardian = world.guardian.clone();
        let args = world.pause_args(operation, 60);
        let mut all = vec![sweep; FULL_LOG_SWEEPS];
        all.push(instructions::pause(world.exchange, guardian.pubkey(), args));
        let sent = world.send(&all, &[&guardian]);
        if let Ok(meta) = &sent {
            let told = meta.told();
            assert!(told.is_truncated, "the log had room");
            let last = told.events.last();
            assert!(matches!(last, Some(Event::PauseChanged(_))), "{told:?}");
            self.count("told behind a full log");
        }
        sent
    }

    /// Somebody who owes the pool, half of the time.
    fn borrower(&mut self) -> Option<Trader> {
        let owes = |trader: &&Trader| self.world.quote_of(trader) < 0;
        let found = self.cast.accounts.iter().find(owes).cloned();
        found.filter(|_| self.chance(2))
    }

    fn repay(&mut self, trader: &Trader, amount: u64) -> Instruction {
        let quote = self.world.quote_token();
        self.world.mint_to(&trader.owner(), &quote.mint, amount);
        self.world.deposit_instruction(trader, &quote, amount)
    }

    fn look_at_pool(&self) -> Instruction {
        instructions::rebalance_pool(&self.world.keys, self.world.all_metas())
    }
}
