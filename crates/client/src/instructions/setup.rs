//! An exchange begins.
use super::{build, event_log};
use crate::{ExchangeKeys, address};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction, system_program};
use anchor_spl::token;
use freeboard::accounts;
use freeboard::instruction;
use freeboard::instructions::InitializeExchangeArgs;

/// Creates the exchange of `creator`.
pub fn initialize_exchange(
    creator: Pubkey,
    quote_mint: Pubkey,
    quote_program: Pubkey,
    args: InitializeExchangeArgs,
) -> Instruction {
    let keys = ExchangeKeys::of_creator(&creator, quote_mint, quote_program);
    let accounts = accounts::InitializeExchange {
        creator,
        exchange: keys.exchange,
        pool: keys.pool,
        quote_mint,
        quote_vault: keys.quote_vault,
        token_program: quote_program,
        system_program: system_program::ID,
        log: event_log(),
    };
    build(
        accounts,
        instruction::InitializeExchange { args },
        Vec::new(),
    )
}

/// Creates the share mint and the escrows.
pub fn open_liquidity(keys: &ExchangeKeys, payer: Pubkey) -> Instruction {
    let share_mint = address::share_mint(&keys.exchange);
    let accounts = accounts::OpenLiquidity {
        payer,
        exchange: keys.exchange,
        pool: keys.pool,
        quote_mint: keys.quote_mint,
        share_mint,
        share_escrow: address::escrow(&keys.exchange, &share_mint),
        quote_escrow: address::escrow(&keys.exchange, &keys.quote_mint),
        share_program: token::ID,
        quote_program: keys.quote_program,
        system_program: system_program::ID,
    };
    build(accounts, instruction::OpenLiquidity {}, Vec::new())
}
