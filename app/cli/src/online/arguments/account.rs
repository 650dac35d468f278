//! Margin accounts, and what is paid into them and out.
use anchor_lang::prelude::Pubkey;
use clap::{Args, Subcommand};

/// Margin accounts.
#[derive(Subcommand)]
pub enum AccountCommand {
    /// Open a margin account
    Open(OpenAccountOptions),
    /// Margin accounts of an owner, or of the whole exchange
    List(ListAccountOptions),
    /// A margin report: equity, what binds, liquidation prices, orders, flag
    Show(AccountChoice),
    /// The report, drawn anew whenever the account or a price changes
    Watch(WatchOptions),
    /// Close an empty margin account and get its rent back
    Close(CloseAccountOptions),
    /// Let another key trade and deposit, or nobody any more
    Delegate(DelegateOptions),
}

/// Which margin account.
#[derive(Args, Clone, Debug)]
pub struct AccountChoice {
    /// Its number among the owner's accounts, or its address
    #[arg(
        short = 'a',
        long = "account",
        value_name = "NUMBER_OR_ADDRESS",
        default_value = "0"
    )]
    pub account: String,
    /// The owner, if it is not the one who acts
    #[arg(long, value_name = "ADDRESS")]
    pub owner: Option<Pubkey>,
}

/// Options of opening.
#[derive(Args)]
pub struct OpenAccountOptions {
    /// Its number among the owner's accounts
    #[arg(
        short = 'a',
        long = "account",
        value_name = "NUMBER",
        default_value_t = 0
    )]
    pub number: u16,
    /// A key that may trade and deposit, not withdraw
    #[arg(long, value_name = "ADDRESS")]
    pub delegate: Option<Pubkey>,
}

/// Options of listing.
#[derive(Args)]
pub struct ListAccountOptions {
    /// The owner, if it is not the one who acts
    #[arg(long, value_name = "ADDRESS")]
    pub owner: Option<Pubkey>,
    /// Accounts of all owners
    #[arg(long, conflicts_with = "owner")]
    pub all: bool,
}

/// Options of watching.
#[derive(Args)]
pub struct WatchOptions {
    #[command(flatten)]
    pub choice: AccountChoice,
    /// Stop after so many reports; without it at Ctrl-C
    #[arg(long, value_name = "COUNT")]
    pub times: Option<u32>,
}

/// Options of closing.
#[derive(Args)]
pub struct CloseAccountOptions {
    #[command(flatten)]
    pub choice: AccountChoice,
}

/// Options of a delegate.
#[derive(Args)]
pub struct DelegateOptions {
    /// The key that may trade and deposit, or `none`
    pub delegate: String,
    #[command(flatten)]
    pub choice: AccountChoice,
}

/// An amount as people type it.
#[derive(Args, Clone, Debug)]
pub struct AmountOptions {
    /// How much of what: `250 USDC`, `"1.5 SOL"`, `all USDC`
    #[arg(num_args = 1..=2, required = true, value_name = "AMOUNT")]
    pub amount: Vec<String>,
}

/// Options of a deposit, withdrawal, loan or repayment.
#[derive(Args)]
pub struct FundsOptions {
    #[command(flatten)]
    pub amount: AmountOptions,
    #[command(flatten)]
    pub choice: AccountChoice,
    /// The token account that it comes from or goes to; without it the associated one
    #[arg(long, value_name = "ADDRESS")]
    pub token_account: Option<Pubkey>,
}
