//! Instructions on an exchange and its assets: creation, pauses, cranks.
use super::{TokenKeys, build, event_log};
use crate::{ExchangeKeys, address};
use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
    system_program,
};
use anchor_spl::token;
use freeboard::accounts;
use freeboard::instruction;
use freeboard::instructions::InitializeExchangeArgs;
use freeboard::instructions::PauseArgs;

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

/// A listing that is carried out.
#[derive(Clone, Copy, Debug)]
pub struct NewAsset {
    /// Pays.
    pub payer: Pubkey,
    /// Who paid for the listing that waits.
    pub proposer: Pubkey,
    /// The exchange.
    pub exchange: Pubkey,
    /// The exchange's asset count: the new asset's index.
    pub index: u16,
    /// An account that holds its price.
    pub feed: Pubkey,
    /// Mint and token program, if the asset is to be collateral.
    pub mint: Option<(Pubkey, Pubkey)>,
}

/// Lists an asset by the change of this number.
pub fn create_asset(new: NewAsset, number: u64) -> Instruction {
    let asset = address::asset(&new.exchange, new.index);
    let accounts = accounts::CreateAsset {
        payer: new.payer,
        exchange: new.exchange,
        pending: address::pending_listing(&new.exchange, new.index),
        proposer: new.proposer,
        asset,
        feed: new.feed,
        mint: new.mint.map(|(mint, _)| mint),
        vault: new
            .mint
            .map(|_| address::collateral_vault(&new.exchange, &asset)),
        token_program: new.mint.map(|(_, program)| program),
        system_program: system_program::ID,
        log: event_log(),
    };
    let asset_index = new.index;
    build(
        accounts,
        instruction::CreateAsset {
            number,
            asset_index,
        },
        Vec::new(),
    )
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

/// Moves the ledgers of these assets into the pool and renews their allotments: a rebalance without the exchange.
pub fn sweep_pool(keys: &ExchangeKeys, assets: &[Pubkey]) -> Instruction {
    let accounts = accounts::RebalancePool {
        exchange: None,
        pool: keys.pool,
    };
    let metas = assets.iter();
    let metas = metas.map(|asset| AccountMeta::new(*asset, false)).collect();
    build(accounts, instruction::RebalancePool {}, metas)
}

/// Pays out fees of the protocol, where `token` is the quote token, or collateral of the insurance fund.
pub fn pay_out(
    keys: &ExchangeKeys,
    token: &TokenKeys,
    recipient: Pubkey,
    destination: Pubkey,
    amount_atoms: u64,
) -> Instruction {
    let accounts = accounts::PayOut {
        recipient,
        exchange: keys.exchange,
        pool: keys.pool,
        asset: token.asset,
        mint: token.mint,
        vault: token.vault,
        destination,
        token_program: token.program,
        log: event_log(),
    };
    build(accounts, instruction::PayOut { amount_atoms }, Vec::new())
}

/// Pauses an operation, or ends its pause where the duration is 0.
pub fn pause(exchange: Pubkey, authority: Pubkey, args: PauseArgs) -> Instruction {
    let accounts = accounts::Pause {
        authority,
        exchange,
        log: event_log(),
    };
    build(accounts, instruction::Pause { args }, Vec::new())
}
