//! What a run found: the content of `--json`, of the table and of the page. Integers, with the unit
//! in the name; `_e9` are fractions × 10^9.
mod pool;

pub use pool::{Bankruptcy, FundFlows, LiquidityStep, LiquidityStepKind, PoolFlows, PoolMoment};

use serde::Serialize;

/// The account whose story is told.
pub const TRADER: usize = 0;
/// The account that opens just before the crash.
pub const LATECOMER: usize = 2;
/// SOL, the asset that fell most.
pub const SOL: usize = 2;

/// Everything about one run.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The bytecode that ran.
    pub program: ProgramFacts,
    /// Where the prices come from.
    pub prices: PriceFacts,
    /// The listed assets, by index.
    pub assets: Vec<AssetFacts>,
    /// The accounts that are watched, in the order of [`ReportMoment::accounts`].
    pub accounts: Vec<AccountFacts>,
    /// Prices, margin fractions and accounts through time.
    pub timeline: Vec<ReportMoment>,
    /// All trades of the run, the crowd's too.
    pub trading: TradingFacts,
    /// What happened besides liquidations.
    pub events: Vec<ReportedEvent>,
    /// Every liquidation, oldest first.
    pub liquidations: Vec<ReportedLiquidation>,
    /// Accounts that had nothing left but a debt, and who paid it.
    pub bankruptcies: Vec<Bankruptcy>,
    /// What the LP did, oldest first.
    pub liquidity: Vec<LiquidityStep>,
    /// The token books at the end.
    pub books: BooksFacts,
}

/// What was traded.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct TradingFacts {
    /// Fills.
    pub trades: u64,
    /// Σ |size| · fill price, quote atoms.
    pub notional_atoms: u64,
    /// Taker fees.
    pub fees_atoms: u64,
}

/// The program's file.
#[derive(Clone, Debug, Serialize)]
pub struct ProgramFacts {
    /// Size of the file.
    pub bytes: u64,
    /// SBPF version of its ELF header.
    pub sbpf_version: u32,
    /// Who compiled it.
    pub builder: String,
}

/// Where the prices come from.
#[derive(Clone, Debug, Serialize)]
pub struct PriceFacts {
    /// One sentence.
    pub description: String,
    /// Seed of the generator; none for recorded prices.
    pub seed: Option<u64>,
    /// Updates that each feed published.
    pub updates: usize,
}

/// An asset.
#[derive(Clone, Debug, Serialize)]
pub struct AssetFacts {
    /// Name.
    pub name: &'static str,
    /// Base atoms per whole unit are 10 to this power.
    pub base_decimals: u8,
    /// Price at the start, USD × 10^8.
    pub first_price_e8: i64,
    /// Lowest price after the crash began.
    pub low_price_e8: i64,
    /// Price at the end.
    pub last_price_e8: i64,
    /// Return of the bar in which the market broke.
    pub crash_bar_return_e9: i64,
    /// Volatility samples the program took.
    pub volatility_samples: u32,
}

/// An account that is watched.
#[derive(Clone, Debug, Serialize)]
pub struct AccountFacts {
    /// Name in this run.
    pub name: &'static str,
    /// One sentence: what it holds.
    pub description: &'static str,
}

/// The state of things at one time.
#[derive(Clone, Debug, Serialize)]
pub struct ReportMoment {
    /// Seconds since the start.
    pub elapsed_secs: i64,
    /// By asset index.
    pub assets: Vec<AssetMoment>,
    /// By account.
    pub accounts: Vec<AccountMoment>,
    /// The counterparty.
    pub pool: PoolMoment,
}

/// An asset at one time.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct AssetMoment {
    /// USD × 10^8.
    pub price_e8: i64,
    /// Estimated volatility (of the stressed blend that margin uses), per √hour.
    pub sigma_e9: u64,
    /// Initial margin of a small lone position, part of its notional.
    pub initial_margin_fraction_e9: u64,
    /// Maintenance margin of the same.
    pub maintenance_margin_fraction_e9: u64,
    /// Σ sizes of the longs, base atoms.
    pub long_open_interest_atoms: u64,
    /// Σ sizes of the shorts, base atoms.
    pub short_open_interest_atoms: u64,
    /// What a long pays a year as a part of its notional, × 10^9; negative where the shorts pay.
    pub funding_per_year_e9: i64,
}

/// The term of the model that sets a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BindingModelTerm {
    /// The correlated shocks.
    Correlation,
    /// The floor under every hedge.
    Floor,
    /// The joint scenario of this index.
    Scenario(u8),
}

/// An account at one time, quote atoms.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct AccountMoment {
    /// Equity at oracle prices, as maintenance compares it.
    pub equity_atoms: i64,
    /// Equity at the worse of price and average, as initial margin compares it.
    pub initial_equity_atoms: i64,
    /// Initial margin.
    pub initial_margin_atoms: i64,
    /// Maintenance margin.
    pub maintenance_margin_atoms: i64,
    /// Σ |size| · price.
    pub gross_atoms: i64,
    /// Which term of the model sets the maintenance margin; none where nothing is held.
    pub binding: Option<BindingModelTerm>,
}

impl AccountMoment {
    /// Gross notional per equity; none where there is no equity.
    pub fn leverage(&self) -> Option<f64> {
        (self.equity_atoms > 0).then(|| self.gross_atoms as f64 / self.equity_atoms as f64)
    }
}

/// Something that happened to an account.
#[derive(Clone, Debug, Serialize)]
pub struct ReportedEvent {
    /// Seconds since the start.
    pub elapsed_secs: i64,
    /// Index of the account.
    pub account: usize,
    /// What.
    pub kind: EventKind,
    /// In words, with amounts.
    pub text: String,
}

/// Kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A deposit.
    Deposit,
    /// A withdrawal.
    Withdrawal,
    /// A trade.
    Trade,
    /// A loan against collateral.
    Loan,
    /// A margin call was told: equity fell below the call level.
    MarginCall,
    /// The account was flagged.
    Flag,
    /// The flag was taken away.
    FlagCleared,
    /// A liquidation was refused because the oracle could not be trusted.
    OracleRefused,
}

/// Who took a position over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Taker {
    /// The pool.
    Pool,
    /// The liquidator, into its own margin account.
    Liquidator,
}

/// One liquidation.
#[derive(Clone, Debug, Serialize)]
pub struct ReportedLiquidation {
    /// Seconds since the start.
    pub elapsed_secs: i64,
    /// Index of the account.
    pub account: usize,
    /// Index of the asset.
    pub asset: usize,
    /// Who took the position or the collateral.
    pub taken_by: Taker,
    /// Signed size of the position before, or amount of the collateral, base atoms.
    pub size_before_atoms: i64,
    /// What was closed, base atoms.
    pub closed_atoms: u64,
    /// Oracle price, USD × 10^8.
    pub price_e8: i64,
    /// Closed size at the oracle price.
    pub notional_atoms: u64,
    /// Penalty the account paid.
    pub penalty_atoms: u64,
    /// Part of it that the liquidator got.
    pub liquidator_atoms: u64,
    /// Part that the insurance fund got.
    pub insurance_atoms: u64,
    /// Part that the pool got.
    pub pool_atoms: u64,
    /// Equity before.
    pub equity_before_atoms: i64,
    /// Maintenance margin before.
    pub maintenance_margin_before_atoms: i64,
    /// Equity after.
    pub equity_after_atoms: i64,
    /// Maintenance margin after.
    pub maintenance_margin_after_atoms: i64,
    /// Whether collateral was sold, and no position closed.
    pub is_collateral: bool,
    /// Seconds the account had been flagged for; none if it was too deep under for a flag to matter.
    pub flagged_for_secs: Option<i64>,
}

impl ReportedLiquidation {
    /// Maintenance margin that it freed, quote atoms.
    pub fn relief_atoms(&self) -> u64 {
        let freed = self.maintenance_margin_before_atoms - self.maintenance_margin_after_atoms;
        freed.max(0).unsigned_abs()
    }
}

/// Tokens in the quote vault against what is owed, quote atoms.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct BooksFacts {
    /// Balance of the vault.
    pub vault_atoms: i64,
    /// Σ signed quote balances of all margin accounts.
    pub accounts_atoms: i64,
    /// Cash of the pool.
    pub pool_atoms: i64,
    /// Insurance fund.
    pub insurance_atoms: i64,
    /// Fees of the protocol.
    pub fees_atoms: i64,
    /// Vault minus all others: 0, or the program is wrong.
    pub difference_atoms: i64,
}
