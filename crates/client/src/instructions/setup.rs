//! An exchange begins.
use super::{build, event_log};
use crate::{ExchangeKeys, address};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction, system_program};
use anchor_spl::token;
use freeboard::accounts;
use freeboard::instruction;
use freeboard::instructions::InitializeExchangeArgs;

/// Creates the exchange of `creator`, its pool and the mint of the pool's shares.
pub fn initialize_exchange(
    creator: Pubkey,
    quote_mint: Pubkey,
    quote_program: Pubkey,
    args: InitializeExchangeArgs,
) -> Instruction {
    let keys = ExchangeKeys::of_creator(&creator, quote_mint, quote_program);
    let share_mint = address::share_mint(&keys.exchange);
    let accounts = accounts::InitializeExchange {
        creator,
        exchange: keys.exchange,
        pool: keys.pool,
        quote_mint,
        quote_vault: keys.quote_vault,
        share_mint,
        share_escrow: address::escrow(&keys.exchange, &share_mint),
        quote_escrow: address::escrow(&keys.exchange, &quote_mint),
        token_program: quote_program,
        share_program: token::ID,
        system_program: system_program::ID,
        log: event_log(),
    };
    build(
        accounts,
        instruction::InitializeExchange { args },
        Vec::new(),
    )
}
