//! Changes, roles, pauses, payouts, and parameters of a running exchange.
use std::path::PathBuf;

use anchor_lang::prelude::Pubkey;
use clap::{Args, Subcommand, ValueEnum};
use freeboard_client::freeboard::state::Role;

use super::AmountOptions;

/// Changes.
#[derive(Subcommand)]
pub enum GovernanceCommand {
    /// Propose the changes of a TOML file, or another holder of a role; each waits for the timelock
    Propose(ProposeOptions),
    /// Everything that waits or runs
    List,
    /// One change that waits, field by field
    Show {
        /// Its number
        number: u64,
    },
    /// Take a change back
    Cancel(CancelChangeOptions),
    /// Carry out changes whose wait is over
    Execute(ExecuteChangeOptions),
    /// As risk manager: carry out at once the changes of a TOML file, all of which must tighten or unbind an index
    Tighten(ApplyOptions),
    /// As guardian or governance: pause an operation, or end its pause with 0
    Pause(PauseOptions),
}

/// Options of a proposal.
#[derive(Args)]
pub struct ProposeOptions {
    /// Changes as TOML, as `params simulate` reads them
    #[arg(required_unless_present = "role")]
    pub file: Option<PathBuf>,
    /// Instead of a file: offer this role to another holder
    #[arg(long, value_enum, requires = "holder", conflicts_with = "file")]
    pub role: Option<RoleName>,
    /// Who is offered it
    #[arg(long, value_name = "ADDRESS", requires = "role")]
    pub holder: Option<Pubkey>,
}

/// Options of carrying out.
#[derive(Args)]
pub struct ExecuteChangeOptions {
    /// Its number; without it all that can be carried out
    pub number: Option<u64>,
}

/// Options of taking back.
#[derive(Args)]
pub struct CancelChangeOptions {
    /// Its number
    pub number: u64,
}

/// Options of applying a file.
#[derive(Args)]
pub struct ApplyOptions {
    /// Changes as TOML, as `params simulate` reads them
    pub file: PathBuf,
}

/// Options of a pause.
#[derive(Args)]
pub struct PauseOptions {
    /// Operation: open-account, deposit, withdraw, increase, reduce, liquidate, sample, create-asset,
    /// deposit-liquidity or redeem-liquidity
    pub operation: String,
    /// For how long: 90s, 30m, 6h; 0 ends it
    pub duration: String,
}

/// A role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RoleName {
    /// Decides on everything, after a delay.
    Governance,
    /// Tightens without delay.
    RiskManager,
    /// Pauses, and cancels what waits.
    Guardian,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Governance => Self::Governance,
            RoleName::RiskManager => Self::RiskManager,
            RoleName::Guardian => Self::Guardian,
        }
    }
}

/// Roles.
#[derive(Subcommand)]
pub enum RoleCommand {
    /// Offer a role that you hold
    Offer(RoleOfferOptions),
    /// Take over a role that you were offered
    Accept {
        /// The role
        #[arg(value_enum)]
        role: RoleName,
    },
    /// Who holds and who is offered which role
    Show,
}

/// Options of an offer.
#[derive(Args)]
pub struct RoleOfferOptions {
    /// The role
    #[arg(value_enum)]
    pub role: RoleName,
    /// Who may accept it, or `none` to take an offer back
    pub holder: String,
}

/// Fees of the protocol.
#[derive(Subcommand)]
pub enum FeesCommand {
    /// What there is, who gets it, and what the cap leaves
    Show,
    /// As recipient: pay out fees (`100 USDC`, `all`) or collateral of the insurance fund (`2 SOL`)
    PayOut(PayOutOptions),
}

/// Options of a pay-out.
#[derive(Args)]
pub struct PayOutOptions {
    #[command(flatten)]
    pub amount: AmountOptions,
    /// The token account that it goes to; without it the associated one
    #[arg(long, value_name = "ADDRESS")]
    pub token_account: Option<Pubkey>,
}

/// Parameters of a running exchange.
#[derive(Subcommand)]
pub enum OnlineParamsCommand {
    /// Propose the changes of a TOML file; the same as `governance propose`
    Apply(ApplyOptions),
    /// Write the exchange's accounts into a folder that `params diff` and `params simulate` read
    Dump(DumpOptions),
    /// The exchange's parameters as a parameter file
    Show,
}

/// Options of a dump.
#[derive(Args)]
pub struct DumpOptions {
    /// The folder; it is created
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Leave margin accounts out
    #[arg(long)]
    pub without_accounts: bool,
}
