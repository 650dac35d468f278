//! `Exchange`: roles, pauses, and the risk parameters that all accounts share. Read-only on the
//! trader's path, so that trades in different assets do not wait for each other.
use super::change::{GROUPS, ROLES, Role};
use super::operation::{OPERATIONS, Pause};
use super::params::{LiquidationParams, PoolParams, PortfolioParams};
use super::same_bytes::borsh_of_same_bytes;
use super::version::{Layout, layout};
use super::words::{from_words, to_words};
use crate::error::{FreeboardError, OrRaise, OrRefuse, ensure};
use anchor_lang::prelude::*;
use freeboard_risk::governance::PortfolioRamp;
use freeboard_risk::number::quantity::Fraction;
pub use freeboard_risk::params::bounds::MAX_SCENARIOS;
use freeboard_risk::params::{PortfolioCoefficients, ScenarioCoefficients};
use freeboard_risk::pool::borrow::BorrowState;

/// Assets of an exchange: all of them and their feeds fit one transaction with a lookup table, which is
/// what the pool's value is computed in.
pub const MAX_ASSETS: u16 = 24;
/// Scenario buckets.
pub const BUCKETS: usize = freeboard_risk::params::BUCKETS;

/// A joint scenario as governance writes it.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Weight of the loss, basis points, at most 10,000.
    pub weight_bps: u16,
    /// Shock of each bucket, signed basis points, −10,000 … 30,000; weight · fall at most 0.9.
    pub shock_bps: [i16; BUCKETS],
}
borsh_of_same_bytes!(Scenario);

impl From<&Scenario> for freeboard_risk::params::Scenario {
    fn from(scenario: &Scenario) -> Self {
        const E9_PER_BPS: i64 = 100_000;
        Self {
            weight_e9: u64::from(scenario.weight_bps).saturating_mul(E9_PER_BPS.unsigned_abs()),
            shock_e9: scenario
                .shock_bps
                .map(|bps| i64::from(bps).saturating_mul(E9_PER_BPS)),
        }
    }
}

/// Growth of loans: `risk::BorrowState` as words.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Borrow {
    /// What a loan of 1 has grown to, units of 2^-64, low word first.
    pub index_q64: [u64; 2],
    /// Rate per hour, 60 binary digits.
    pub rate_q60: u64,
    /// Until when the index counts, unix seconds.
    pub updated_ts: i64,
}

impl Borrow {
    /// As the core sees it.
    pub fn as_core(&self) -> BorrowState {
        BorrowState {
            index_q64: from_words(self.index_q64),
            rate_per_h: Fraction::from_bits(self.rate_q60),
            updated_ts: self.updated_ts,
        }
    }

    /// What a loan of 1 has grown to at `now`, units of 2^-64, up.
    pub fn index_at(&self, now: i64) -> u128 {
        self.as_core().index_at(now)
    }

    /// Stores the core's value.
    pub fn set(&mut self, state: &BorrowState) {
        *self = Self {
            index_q64: to_words(state.index_q64),
            rate_q60: state.rate_per_h.to_bits(),
            updated_ts: state.updated_ts,
        };
    }
}

/// One per deployment and creator. PDA `["exchange", creator]`.
#[account(zero_copy)]
#[derive(Debug)]
pub struct Exchange {
    /// Version of this layout.
    pub layout: Layout,
    /// Who created it; a seed of the address, without power. Written once.
    pub creator: Pubkey,
    /// Decides on everything, after a delay. Written by accept_role, as the next two.
    pub governance: Pubkey,
    /// Tightens parameters without delay.
    pub risk_manager: Pubkey,
    /// Pauses operations and cancels what waits.
    pub guardian: Pubkey,
    /// Who has been offered each role and has not accepted it, by [`Role`]; the default key for nobody.
    pub offered: [Pubkey; ROLES],
    /// Mint of the quote token (USDC, 6 decimals). Written once.
    pub quote_mint: Pubkey,
    /// Token account that holds all quote tokens. Written once.
    pub quote_vault: Pubkey,
    /// Portfolio parameters in decimal.
    pub portfolio: PortfolioParams,
    /// Liquidation parameters in decimal.
    pub liquidation: LiquidationParams,
    /// Pool, loan, reward and order parameters in decimal.
    pub pool: PoolParams,
    /// Growth of loans. Written by the instructions that collect all ledgers; not by a sweep.
    pub borrow: Borrow,
    /// Binary form of `portfolio`: `risk::PortfolioCoefficients` words.
    pub portfolio_words: [u64; PortfolioCoefficients::WORDS],
    /// Binary form of `scenarios`: `risk::ScenarioCoefficients` words.
    pub scenario_words: [[u64; ScenarioCoefficients::WORDS]; MAX_SCENARIOS],
    /// Where MM comes from while it moves to `portfolio` and `scenarios`: `risk::PortfolioRamp` words.
    pub portfolio_ramp_words: [u64; PortfolioRamp::WORDS],
    /// The same of each scenario: `risk::ScenarioCoefficients` words.
    pub scenario_start_words: [[u64; ScenarioCoefficients::WORDS]; MAX_SCENARIOS],
    /// Pauses, by operation.
    pub pauses: [Pause; OPERATIONS],
    /// Joint scenarios; the first `scenario_count` are in force.
    pub scenarios: [Scenario; MAX_SCENARIOS],
    /// Who gets the protocol's fees and the insurance fund's collateral; the default key, which cannot sign, for nobody.
    pub payout_recipient: Pubkey,
    /// The most that is paid out in 24 hours, quote atoms.
    pub payout_cap_quote_atoms: u64,
    /// Sum of `pool_share_e9` of all assets, at most 10^9. Written by create_asset.
    pub pool_share_total_e9: u64,
    /// Changes proposed so far: the next one's number is one more.
    pub change_count: u64,
    /// How often the holder of each role has offered it so far, by [`Role`]: its next offer's number is one more.
    pub offer_counts: [u64; ROLES],
    /// How often each field group was changed, by [`super::Change::group`].
    pub versions: [u32; GROUPS],
    /// Number of events emitted for this exchange.
    pub event_sequence: u64,
    /// Delay of a change, seconds.
    pub timelock_secs: u32,
    /// Assets created; the next asset's index.
    pub asset_count: u16,
    /// Scenarios in force.
    pub scenario_count: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Bit i: the offer of role i was decided by governance, and the holder cannot take it back.
    pub imposed_offers: u8,
    /// Zero.
    pub padding: [u8; 7],
    /// Zero.
    pub reserved: [u64; 64],
}

layout!(Exchange = 1);

/// Who offers a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferedBy {
    /// The one that has it.
    Holder,
    /// A change that governance has decided.
    Governance,
}

impl Exchange {
    /// Next number for an event of this exchange.
    pub fn next_event(&mut self) -> u64 {
        self.event_sequence = self.event_sequence.wrapping_add(1);
        self.event_sequence
    }

    /// Joint scenarios as targets.
    pub fn scenarios(&self) -> &[Scenario] {
        let count = usize::from(self.scenario_count);
        self.scenarios.get(..count).unwrap_or(&self.scenarios)
    }

    /// Scenarios as targets, in binary: what IM reads.
    pub fn scenario_coefficients(&self) -> Vec<ScenarioCoefficients> {
        let count = usize::from(self.scenario_count);
        self.scenario_words
            .iter()
            .take(count)
            .map(ScenarioCoefficients::from_words)
            .collect()
    }

    /// Scenarios on their way to the target, in binary: what MM reads.
    pub fn effective_scenarios(&self, now: i64) -> Vec<ScenarioCoefficients> {
        let ramp = PortfolioRamp::from_words(&self.portfolio_ramp_words);
        let mut scenarios = self.scenario_coefficients();
        for (scenario, start) in scenarios.iter_mut().zip(&self.scenario_start_words) {
            *scenario = ramp.scenario(&ScenarioCoefficients::from_words(start), scenario, now);
        }
        scenarios
    }

    /// Replaces all scenarios, at most [`MAX_SCENARIOS`].
    ///
    /// Errors: `ScenarioOutOfBounds`.
    pub fn set_scenarios(&mut self, scenarios: &[Scenario]) -> Result<()> {
        let count = u8::try_from(scenarios.len()).ok();
        self.scenario_count = count
            .filter(|count| usize::from(*count) <= MAX_SCENARIOS)
            .or_raise(FreeboardError::ScenarioOutOfBounds)?;
        let slots = self.scenarios.iter_mut().zip(&mut self.scenario_words);
        for ((slot, words), scenario) in slots.zip(scenarios) {
            *slot = *scenario;
            *words = ScenarioCoefficients::new(&scenario.into())
                .or_refuse()?
                .to_words();
        }
        Ok(())
    }

    /// Counts a change with the number that its proposer expects.
    ///
    /// Errors: `ChangeNumberMismatch`.
    pub fn count_change(&mut self, number: u64) -> Result<()> {
        count(&mut self.change_count, number)
    }

    /// Counts an offer of a role with the number that its signer expects. Each role has a count of its own, so that
    /// no holder voids what another has signed.
    ///
    /// Errors: `ChangeNumberMismatch`.
    pub fn count_offer(&mut self, role: Role, number: u64) -> Result<()> {
        let offers = self.offer_counts.get_mut(role as usize);
        count(offers.or_raise(FreeboardError::RoleHolderInvalid)?, number)
    }

    /// How often the holder of a role has offered it.
    pub const fn offer_count(&self, role: Role) -> u64 {
        let [governance, risk_manager, guardian] = self.offer_counts;
        match role {
            Role::Governance => governance,
            Role::RiskManager => risk_manager,
            Role::Guardian => guardian,
        }
    }

    /// Offers a role. An offer that governance has decided stands until it is accepted or governance decides
    /// otherwise: a holder that is to be replaced cannot take it back.
    ///
    /// Errors: `RoleOfferImposed`.
    pub fn offer(&mut self, role: Role, holder: Pubkey, by: OfferedBy) -> Result<()> {
        match by {
            OfferedBy::Governance => self.imposed_offers |= 1u8 << role as u8,
            OfferedBy::Holder => {
                ensure(!self.is_imposed(role), FreeboardError::RoleOfferImposed)?;
            }
        }
        self.set_offered(role, holder)
    }

    /// Whether governance has decided who is offered a role.
    pub const fn is_imposed(&self, role: Role) -> bool {
        self.imposed_offers & (1u8 << role as u8) != 0
    }

    /// Gives a role to the address that it was offered to.
    ///
    /// Errors: `NotOfferedRole`.
    pub fn accept(&mut self, role: Role, holder: Pubkey) -> Result<()> {
        ensure(holder == self.offered(role), FreeboardError::NotOfferedRole)?;
        self.imposed_offers &= !(1u8 << role as u8);
        match role {
            Role::Governance => self.governance = holder,
            Role::RiskManager => self.risk_manager = holder,
            Role::Guardian => self.guardian = holder,
        }
        self.set_offered(role, Pubkey::default())
    }

    fn set_offered(&mut self, role: Role, holder: Pubkey) -> Result<()> {
        let offered = self.offered.get_mut(role as usize);
        *offered.or_raise(FreeboardError::RoleHolderInvalid)? = holder;
        Ok(())
    }

    /// Who holds a role.
    pub const fn holder(&self, role: Role) -> Pubkey {
        match role {
            Role::Governance => self.governance,
            Role::RiskManager => self.risk_manager,
            Role::Guardian => self.guardian,
        }
    }

    /// Who has been offered a role; the default key for nobody.
    pub const fn offered(&self, role: Role) -> Pubkey {
        let [governance, risk_manager, guardian] = self.offered;
        match role {
            Role::Governance => governance,
            Role::RiskManager => risk_manager,
            Role::Guardian => guardian,
        }
    }
}

fn count(counter: &mut u64, number: u64) -> Result<()> {
    let next = counter.checked_add(1).or_raise(FreeboardError::Overflow)?;
    ensure(number == next, FreeboardError::ChangeNumberMismatch)?;
    *counter = next;
    Ok(())
}
