//! Margin accounts, and what is paid into them and out.
use super::build;
use crate::{AssetKeys, ExchangeKeys, address};
use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
    system_program,
};
use freeboard::accounts;
use freeboard::instruction;
use freeboard::instructions::OpenMarginAccountArgs;
use freeboard::instructions::WithdrawProRataArgs;

/// A token that can be deposited: the quote token, or the collateral of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenKeys {
    /// The asset whose collateral it is; none for quote.
    pub asset: Option<Pubkey>,
    /// The token.
    pub mint: Pubkey,
    /// Where the exchange holds it.
    pub vault: Pubkey,
    /// The token program of the mint.
    pub program: Pubkey,
}

impl TokenKeys {
    /// The quote token.
    pub fn quote(keys: &ExchangeKeys) -> Self {
        Self {
            asset: None,
            mint: keys.quote_mint,
            vault: keys.quote_vault,
            program: keys.quote_program,
        }
    }

    /// The collateral of an asset; none if it has none.
    pub fn collateral(keys: &AssetKeys) -> Option<Self> {
        let token = keys.collateral?;
        Some(Self {
            asset: Some(keys.asset),
            mint: token.mint,
            vault: token.vault,
            program: token.program,
        })
    }
}

/// Opens a margin account.
pub fn open_margin_account(
    payer: Pubkey,
    owner: Pubkey,
    exchange: Pubkey,
    args: OpenMarginAccountArgs,
) -> Instruction {
    let margin_account = address::margin_account(&exchange, &owner, args.sub_account);
    let accounts = accounts::OpenMarginAccount {
        payer,
        owner,
        exchange,
        margin_account,
        system_program: system_program::ID,
    };
    build(
        accounts,
        instruction::OpenMarginAccount { args },
        Vec::new(),
    )
}

/// Closes an empty margin account.
pub fn close_margin_account(owner: Pubkey, margin_account: Pubkey) -> Instruction {
    let accounts = accounts::CloseMarginAccount {
        owner,
        margin_account,
    };
    build(accounts, instruction::CloseMarginAccount {}, Vec::new())
}

/// Replaces the delegate; the default key for none.
pub fn set_delegate(owner: Pubkey, margin_account: Pubkey, delegate: Pubkey) -> Instruction {
    let accounts = accounts::SetDelegate {
        owner,
        margin_account,
    };
    build(accounts, instruction::SetDelegate { delegate }, Vec::new())
}

/// Deposits quote or collateral into a margin account.
pub fn deposit(
    keys: &ExchangeKeys,
    token: &TokenKeys,
    authority: Pubkey,
    margin_account: Pubkey,
    source: Pubkey,
    amount_atoms: u64,
) -> Instruction {
    let accounts = accounts::Deposit {
        authority,
        exchange: keys.exchange,
        pool: keys.pool,
        margin_account: Some(margin_account),
        asset: token.asset,
        mint: token.mint,
        source,
        vault: token.vault,
        token_program: token.program,
    };
    build(accounts, instruction::Deposit { amount_atoms }, Vec::new())
}

/// Withdraws quote or collateral. `assets`: those of [`crate::slots::order`] before the withdrawal;
/// empty for an account without positions and loan.
pub fn withdraw(
    keys: &ExchangeKeys,
    token: &TokenKeys,
    owner: Pubkey,
    margin_account: Pubkey,
    destination: Pubkey,
    amount_atoms: u64,
    assets: Vec<AccountMeta>,
) -> Instruction {
    let accounts = accounts::Withdraw {
        owner,
        exchange: keys.exchange,
        pool: keys.pool,
        margin_account,
        asset: token.asset,
        mint: token.mint,
        vault: token.vault,
        destination,
        token_program: token.program,
    };
    build(accounts, instruction::Withdraw { amount_atoms }, assets)
}

/// Withdraws quote beyond the balance, as a loan.
pub fn borrow(
    keys: &ExchangeKeys,
    owner: Pubkey,
    margin_account: Pubkey,
    destination: Pubkey,
    amount_atoms: u64,
    assets: Vec<AccountMeta>,
) -> Instruction {
    let accounts = quote_withdrawal(keys, owner, margin_account, destination);
    build(accounts, instruction::Borrow { amount_atoms }, assets)
}

/// Withdraws quote at the share that the vault can pay to all.
pub fn withdraw_pro_rata(
    keys: &ExchangeKeys,
    owner: Pubkey,
    margin_account: Pubkey,
    destination: Pubkey,
    args: WithdrawProRataArgs,
    assets: Vec<AccountMeta>,
) -> Instruction {
    let accounts = quote_withdrawal(keys, owner, margin_account, destination);
    build(accounts, instruction::WithdrawProRata { args }, assets)
}

fn quote_withdrawal(
    keys: &ExchangeKeys,
    owner: Pubkey,
    margin_account: Pubkey,
    destination: Pubkey,
) -> accounts::QuoteWithdrawal {
    accounts::QuoteWithdrawal {
        owner,
        exchange: keys.exchange,
        pool: keys.pool,
        margin_account,
        mint: keys.quote_mint,
        vault: keys.quote_vault,
        destination,
        token_program: keys.quote_program,
    }
}
