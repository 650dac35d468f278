//! What `freeboard margin` is asked: a question in one line, or a case.
use std::path::PathBuf;

use anchor_lang::prelude::Pubkey;
use clap::Args;

use crate::online::arguments::AccountChoice;

/// What only a question says: a case says all of it itself.
const QUESTION: [&str; 10] = [
    "positions",
    "opened",
    "cash",
    "collaterals",
    "prices",
    "sigmas",
    "skews",
    "params",
    "account",
    "owner",
];

/// What an account needs and what it costs: a question in one line, or a case in JSON
#[derive(Args)]
#[command(
    after_help = "Without an exchange the question is answered under a parameter file. Where one is named, by --exchange, \
    FREEBOARD_EXCHANGE or `freeboard config set exchange`, or a cluster by -u or -C, its assets, parameters, prices and \
    volatility of now count; --params asks a file all the same. With -a or --owner everything that is asked comes to that \
    account as it is.\n\n\
    Examples:\n  \
    freeboard margin --position BTC:+2@100000 --position ETH:-30@3500 --cash 20000\n  \
    freeboard margin --open BTC:+2@100000 --skew BTC:+100 --sigma BTC:0.6% --cash 20000\n  \
    freeboard margin -u devnet --exchange ADDRESS --open BTC:+2 --cash 20000\n  \
    freeboard margin -C cli.yml --exchange ADDRESS -a 0 --open BTC:-0.5 --price ETH:3000\n  \
    freeboard margin case.json\n\n\
    docs/case_format.md explains the answer, and the cases."
)]
pub struct MarginOptions {
    /// Case file, `-` for standard input: answered in JSON
    #[arg(value_name = "FILE", conflicts_with_all = QUESTION)]
    pub case: Option<PathBuf>,
    /// One case per line, one answer per line
    #[arg(long, conflicts_with_all = QUESTION)]
    pub lines: bool,
    /// A position that is held, with the price it was opened at: BTC:+2@100000, ETH:-30@3500
    #[arg(long = "position", value_name = "ASSET:SIZE[@PRICE]")]
    pub positions: Vec<String>,
    /// A position that is opened now, at the oracle price behind the @: fee, spread and impact are paid
    #[arg(long = "open", value_name = "ASSET:SIZE[@PRICE]")]
    pub opened: Vec<String>,
    /// Cash in USD, before what is opened now, beside what the account has; negative for a loan
    #[arg(long, value_name = "USD", allow_negative_numbers = true)]
    pub cash: Option<String>,
    /// Collateral beside cash: SOL:100@150
    #[arg(long = "collateral", value_name = "ASSET:AMOUNT[@PRICE]")]
    pub collaterals: Vec<String>,
    /// Oracle price of now: BTC:101000; without it the exchange's, or the price behind the @
    #[arg(long = "price", value_name = "ASSET:USD")]
    pub prices: Vec<String>,
    /// Measured volatility per √hour: BTC:0.6%; without it the exchange's, or a third of the stressed one, a quiet market
    #[arg(long = "sigma", value_name = "ASSET:PERCENT")]
    pub sigmas: Vec<String>,
    /// Net size of all other accounts, positive where longs are larger: BTC:+100; without it the exchange's, or 0
    #[arg(long = "skew", value_name = "ASSET:SIZE")]
    pub skews: Vec<String>,
    /// Parameter file; without it those of the exchange, or the defaults of this version
    #[arg(long, value_name = "FILE", conflicts_with_all = ["account", "owner"])]
    pub params: Option<PathBuf>,
    /// A margin account of the exchange that all this comes to: its number among the owner's, or its address
    #[arg(short = 'a', long = "account", value_name = "NUMBER_OR_ADDRESS")]
    pub account: Option<String>,
    /// The owner of that account, if it is not the one who acts
    #[arg(long, value_name = "ADDRESS")]
    pub owner: Option<Pubkey>,
}

impl MarginOptions {
    /// Whether something was asked on the command line, so that no case is read.
    pub const fn is_question(&self) -> bool {
        !self.positions.is_empty()
            || !self.opened.is_empty()
            || !self.collaterals.is_empty()
            || !self.prices.is_empty()
            || !self.sigmas.is_empty()
            || !self.skews.is_empty()
            || self.cash.is_some()
            || self.names_account()
    }

    /// Whether an account of an exchange is meant.
    pub const fn names_account(&self) -> bool {
        self.account.is_some() || self.owner.is_some()
    }

    /// The account that is meant, of a number 0 where only its owner is named; none where none is.
    pub fn account_choice(&self) -> Option<AccountChoice> {
        self.names_account().then(|| AccountChoice {
            account: self.account.clone().unwrap_or_else(|| "0".to_owned()),
            owner: self.owner,
        })
    }
}
