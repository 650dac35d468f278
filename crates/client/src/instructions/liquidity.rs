//! Shares of the pool, and its own cash. `assets` of an instruction on the whole pool: those of
//! [`crate::slots::all_metas`].
use super::build;
use crate::{ExchangeKeys, address};
use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
    system_program,
};
use anchor_spl::token;
use freeboard::accounts;
use freeboard::instruction;
use freeboard::instructions::RequestLiquidityArgs;
use freeboard::state::{LiquidityKind, LiquidityRequest};

/// Asks to deposit into the pool or to redeem shares. `destination`: the LP's account of shares for a deposit, of
/// quote for a redemption.
pub fn request_liquidity(
    keys: &ExchangeKeys,
    owner: Pubkey,
    source: Pubkey,
    destination: Pubkey,
    args: RequestLiquidityArgs,
) -> Instruction {
    let (mint, program) = escrowed(keys, args.kind);
    let accounts = accounts::RequestLiquidity {
        owner,
        exchange: keys.exchange,
        pool: keys.pool,
        request: address::liquidity_request(&keys.exchange, &owner, args.number),
        mint,
        source,
        escrow: address::escrow(&keys.exchange, &mint),
        destination,
        token_program: program,
        system_program: system_program::ID,
    };
    build(accounts, instruction::RequestLiquidity { args }, Vec::new())
}

/// Executes a request whose delay has passed, into the destination that it names. `authority`: the LP or its executor;
/// anyone in the last hours of its window.
pub fn execute_liquidity(
    keys: &ExchangeKeys,
    authority: Pubkey,
    request: &LiquidityRequest,
    assets: Vec<AccountMeta>,
) -> Instruction {
    let share_mint = address::share_mint(&keys.exchange);
    let accounts = accounts::ExecuteLiquidity {
        authority,
        exchange: keys.exchange,
        pool: keys.pool,
        request: address::liquidity_request(&keys.exchange, &request.owner, request.number),
        owner: request.owner,
        destination: request.destination,
        quote_mint: keys.quote_mint,
        quote_vault: keys.quote_vault,
        quote_escrow: address::escrow(&keys.exchange, &keys.quote_mint),
        share_mint,
        share_escrow: address::escrow(&keys.exchange, &share_mint),
        share_program: token::ID,
        quote_program: keys.quote_program,
    };
    build(accounts, instruction::ExecuteLiquidity {}, assets)
}

/// Hands over what a request holds: what was given or, once executed, what that became.
pub fn cancel_liquidity(
    keys: &ExchangeKeys,
    authority: Pubkey,
    request: &LiquidityRequest,
    destination: Pubkey,
) -> Instruction {
    let kind = if request.held().are_shares {
        LiquidityKind::Redeem
    } else {
        LiquidityKind::Deposit
    };
    let (mint, program) = escrowed(keys, kind);
    let accounts = accounts::CancelLiquidity {
        authority,
        exchange: keys.exchange,
        pool: keys.pool,
        request: address::liquidity_request(&keys.exchange, &request.owner, request.number),
        owner: request.owner,
        mint,
        escrow: address::escrow(&keys.exchange, &mint),
        destination,
        token_program: program,
    };
    build(accounts, instruction::CancelLiquidity {}, Vec::new())
}

/// Mint and token program of what an LP request holds in escrow.
fn escrowed(keys: &ExchangeKeys, kind: LiquidityKind) -> (Pubkey, Pubkey) {
    match kind {
        LiquidityKind::Deposit => (keys.quote_mint, keys.quote_program),
        LiquidityKind::Redeem => (address::share_mint(&keys.exchange), token::ID),
    }
}

/// Pays cash into the pool: a deposit without a margin account.
pub fn fund_pool(
    keys: &ExchangeKeys,
    governance: Pubkey,
    source: Pubkey,
    amount_atoms: u64,
) -> Instruction {
    let accounts = accounts::Deposit {
        authority: governance,
        exchange: keys.exchange,
        pool: keys.pool,
        margin_account: None,
        asset: None,
        mint: keys.quote_mint,
        source,
        vault: keys.quote_vault,
        token_program: keys.quote_program,
    };
    build(accounts, instruction::Deposit { amount_atoms }, Vec::new())
}

/// Moves the ledgers of these assets into the pool and renews their allocations: a rebalance without the exchange.
pub fn sweep_pool(keys: &ExchangeKeys, assets: &[Pubkey]) -> Instruction {
    let accounts = accounts::RebalancePool {
        exchange: None,
        pool: keys.pool,
    };
    let metas = assets.iter();
    let metas = metas.map(|asset| AccountMeta::new(*asset, false)).collect();
    build(accounts, instruction::RebalancePool {}, metas)
}

/// Moves all ledgers into the pool and renews allocations, deficit and borrow rate.
pub fn rebalance_pool(keys: &ExchangeKeys, assets: Vec<AccountMeta>) -> Instruction {
    let accounts = accounts::RebalancePool {
        exchange: Some(keys.exchange),
        pool: keys.pool,
    };
    build(accounts, instruction::RebalancePool {}, assets)
}
