//! Somebody else's account, with one's own signature.
use super::play::{Play, Sent};
use crate::{AssetHandle, Trader};
use anchor_lang::solana_program::instruction::Instruction;
use freeboard::governance::pauses::Operation;
use freeboard::instructions::WithdrawProRataArgs;
use freeboard_client::instructions;

impl Play {
    /// One of the things that only an owner or a guardian may do.
    pub(super) fn attack(&mut self, victim: &Trader, asset: &AssetHandle) -> Sent {
        let attacker = self.cast.attacker.clone();
        let (args, amount) = (self.trade_args(victim, asset), self.amount());
        let which = self.choices.next(7);
        let world = &mut self.world;
        let (key, keys, account) = (attacker.owner(), world.keys, victim.margin_account);
        let instruction: Instruction = match which {
            0 => {
                let mut trade = world.trade_instruction(victim, args);
                trade.accounts[0].pubkey = key;
                trade
            }
            1 => {
                let token = world.quote_token();
                let destination = world.token_account(&key, &token.mint);
                let metas = world.account_metas(victim, &[]);
                instructions::withdraw(&keys, &token, key, account, destination, amount, metas)
            }
            2 => instructions::set_delegate(key, account, key),
            3 => instructions::cancel_order(key, account, 1),
            4 => {
                let args = world.pause_args(Operation::Withdraw, 60);
                instructions::pause(world.exchange, key, args)
            }
            5 => {
                let destination = world.token_account(&key, &world.quote_mint.clone());
                let metas = world.all_metas();
                instructions::borrow(&keys, key, account, destination, amount, metas)
            }
            _ => {
                let args = WithdrawProRataArgs {
                    amount_atoms: amount,
                    min_received_atoms: 0,
                };
                let mint = world.quote_mint;
                let destination = world.token_account(&key, &mint);
                let metas = world.all_metas();
                instructions::withdraw_pro_rata(&keys, key, account, destination, args, metas)
            }
        };
        self.world.send(&[instruction], &[&attacker.keypair])
    }
}
