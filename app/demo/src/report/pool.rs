//! The counterparty's side of a run: the pool, the insurance fund, the LP, and who paid for whom.
use serde::Serialize;

/// The pool and the insurance fund at one time, quote atoms.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct PoolMoment {
    /// Cash of the pool.
    pub cash_atoms: i64,
    /// Open profit of all accounts at the oracle prices, unsettled funding and the skew premium in it: what the pool
    /// would pay if all closed at them along the skew. Negative where they have a loss.
    pub owed_atoms: i64,
    /// Net asset value at the oracle prices: cash minus open profit and known bad debt.
    pub nav_atoms: i64,
    /// The value that the program redeems shares at.
    pub nav_for_redeem_atoms: i64,
    /// The value that the program sells shares at.
    pub nav_for_deposit_atoms: i64,
    /// LP shares in existence; a share was first sold for one quote atom.
    pub shares: u64,
    /// Loans of accounts; the pool's cash counts them as paid back.
    pub loans_atoms: i64,
    /// Insurance fund.
    pub insurance_atoms: i64,
    /// Fees of the protocol.
    pub fees_atoms: i64,
    /// What accounts were seen to be below zero and no bankruptcy has booked yet.
    pub bad_debt_atoms: i64,
    /// Losses that nobody has paid.
    pub deficit_atoms: i64,
    /// Where the cash came from since the start: sums to `cash_atoms`.
    pub cash: PoolFlows,
    /// What is not settled yet, by the same sources: sums to `nav_atoms − cash_atoms`.
    pub unsettled: PoolFlows,
    /// Where the insurance fund's money came from and went: sums to `insurance_atoms`.
    pub fund: FundFlows,
}

impl PoolMoment {
    /// USD that a share is worth at this value of the pool; none before there are shares.
    pub fn share_price(&self, nav_atoms: i64) -> Option<f64> {
        (self.shares > 0).then(|| nav_atoms as f64 / self.shares as f64)
    }

    /// What governance and LPs paid in minus what they took out, quote atoms.
    pub fn paid_in_atoms(&self) -> i64 {
        let flows = &self.cash;
        flows.governance_atoms + flows.lp_deposits_atoms + flows.lp_redemptions_atoms
    }

    /// What the pool has earned since the start: its value beyond what was paid in, quote atoms.
    pub fn result_atoms(&self) -> i64 {
        self.nav_atoms - self.paid_in_atoms()
    }
}

/// Money of the pool by its source, quote atoms: positive is the pool's gain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PoolFlows {
    /// Paid in by governance.
    pub governance_atoms: i64,
    /// Paid in by LPs.
    pub lp_deposits_atoms: i64,
    /// Paid out to LPs.
    pub lp_redemptions_atoms: i64,
    /// The pool's share of taker fees.
    pub fees_atoms: i64,
    /// Distance of the fills from the oracle price, in favour of the pool.
    pub spread_atoms: i64,
    /// Moves of the oracle price against positions that trades closed.
    pub traded_atoms: i64,
    /// Moves of the oracle price against positions that liquidations closed.
    pub liquidated_atoms: i64,
    /// Moves of the oracle price against positions that are open.
    pub open_atoms: i64,
    /// Funding that the accounts paid minus what they received.
    pub funding_atoms: i64,
    /// Interest on loans.
    pub interest_atoms: i64,
    /// The pool's share of penalties.
    pub penalties_atoms: i64,
    /// The liquidators' share of penalties on positions that they took over: cash that is owed with
    /// the position.
    pub takeovers_atoms: i64,
    /// Losses of accounts beyond their equity, as far as insurance did not pay them.
    pub bankruptcies_atoms: i64,
}

impl PoolFlows {
    /// Every source with its amount, quote atoms.
    pub const fn lines(&self) -> [(&'static str, i64); 13] {
        [
            ("Paid in by governance", self.governance_atoms),
            ("Paid in by LPs", self.lp_deposits_atoms),
            ("Paid out to LPs", self.lp_redemptions_atoms),
            ("Taker fees, the pool's share", self.fees_atoms),
            ("Spread and impact of fills", self.spread_atoms),
            ("Price moves, positions closed by trades", self.traded_atoms),
            (
                "Price moves, positions closed by liquidations",
                self.liquidated_atoms,
            ),
            ("Price moves, positions still open", self.open_atoms),
            ("Funding, received minus paid", self.funding_atoms),
            ("Interest on loans", self.interest_atoms),
            ("Penalties, the pool's share", self.penalties_atoms),
            (
                "Penalties, the share owed with positions taken over",
                self.takeovers_atoms,
            ),
            (
                "Losses beyond the equity of accounts",
                self.bankruptcies_atoms,
            ),
        ]
    }

    /// Sum over all sources, quote atoms.
    pub fn total_atoms(&self) -> i64 {
        self.lines().iter().map(|(_, atoms)| atoms).sum()
    }
}

/// Money of the insurance fund, quote atoms: positive came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FundFlows {
    /// Its share of taker fees.
    pub fees_atoms: i64,
    /// Its share of penalties.
    pub penalties_atoms: i64,
    /// What it added to small rewards of liquidators.
    pub topups_atoms: i64,
    /// What it paid for bankrupt accounts.
    pub bankruptcies_atoms: i64,
}

impl FundFlows {
    /// Every source and use with its amount, quote atoms.
    pub const fn lines(&self) -> [(&'static str, i64); 4] {
        [
            ("Share of taker fees", self.fees_atoms),
            ("Share of penalties", self.penalties_atoms),
            ("Added to small liquidation rewards", self.topups_atoms),
            ("Paid for bankrupt accounts", self.bankruptcies_atoms),
        ]
    }

    /// Sum of all, quote atoms.
    pub fn total_atoms(&self) -> i64 {
        self.lines().iter().map(|(_, atoms)| atoms).sum()
    }
}

/// A bankrupt account, and who paid: the parts sum to the loss. Quote atoms.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Bankruptcy {
    /// Seconds since the start.
    pub elapsed_secs: i64,
    /// Index of the account.
    pub account: usize,
    /// What the account owed when nothing was left in it.
    pub loss_atoms: u64,
    /// Paid by the insurance fund.
    pub by_insurance_atoms: u64,
    /// Paid by the pool.
    pub by_pool_atoms: u64,
    /// Paid by nobody yet: winners are deleveraged for it.
    pub deficit_atoms: u64,
}

/// A step of the LP's deposit or redemption.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct LiquidityStep {
    /// Seconds since the start.
    pub elapsed_secs: i64,
    /// Which step.
    pub kind: LiquidityStepKind,
    /// Quote of a deposit, quote atoms; of a redemption, what was paid, 0 while it waits.
    pub quote_atoms: u64,
    /// Shares of a redemption; of a deposit, what was minted, 0 while it waits.
    pub shares: u64,
    /// Value of the pool that it was executed at, quote atoms; none while it waits.
    pub nav_atoms: Option<i64>,
    /// Shares before it was executed.
    pub supply_before: Option<u64>,
}

/// Which step an LP made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LiquidityStepKind {
    /// A deposit was requested.
    DepositRequested,
    /// A deposit was executed.
    Deposited,
    /// A redemption was requested.
    RedemptionRequested,
    /// A redemption was executed.
    Redeemed,
}
