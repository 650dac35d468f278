//! Events: past participle, with a sequence number per emitting object, and every input a reader
//! needs to recompute the decision with `freeboard-risk`.
use crate::governance::pauses::Operation;
use crate::instructions::Closing;
use crate::state::{
    AssetStatus, Change, FeedBinding, LiquidationParams, LiquidityKind, Listing, PoolParams,
    PortfolioParams, Role, Scenario,
};
use anchor_lang::prelude::*;

/// Where and when: the object, its event number, slot and clock.
#[derive(Clone, Copy, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct Stamp {
    /// The account whose sequence number this is.
    pub key: Pubkey,
    /// Counts up by one with each event of that account.
    pub sequence: u64,
    /// Slot.
    pub slot: u64,
    /// Clock, unix seconds.
    pub ts: i64,
}

impl Stamp {
    /// Stamp of the next event of an object.
    pub fn new(key: Pubkey, sequence: u64, clock: &Clock) -> Self {
        Self {
            key,
            sequence,
            slot: clock.slot,
            ts: clock.unix_timestamp,
        }
    }
}

/// Margin of an account as a decision saw it, quote atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct MarginSnapshot {
    /// Requirement, rounded up.
    pub margin_atoms: i64,
    /// Equity, rounded down.
    pub equity_atoms: i64,
}

/// An exchange was created.
#[event]
#[allow(missing_docs)]
pub struct ExchangeInitialized {
    pub stamp: Stamp,
    pub governance: Pubkey,
    pub risk_manager: Pubkey,
    pub guardian: Pubkey,
    pub timelock_secs: u32,
    pub quote_mint: Pubkey,
    /// Mint of the pool's shares.
    pub share_mint: Pubkey,
    pub portfolio: PortfolioParams,
    pub liquidation: LiquidationParams,
    pub pool: PoolParams,
    pub scenarios: Vec<Scenario>,
}

/// An asset was listed.
#[event]
#[allow(missing_docs)]
pub struct AssetCreated {
    pub stamp: Stamp,
    /// Number of the change that listed it.
    pub number: u64,
    pub asset_index: u16,
    pub listing: Listing,
    pub price_e12: u128,
    pub credit_from_ts: i64,
}

/// A change was proposed.
#[event]
#[allow(missing_docs)]
pub struct ChangeProposed {
    pub stamp: Stamp,
    pub number: u64,
    /// The values of now; none where there are none.
    pub old: Option<Change>,
    pub new: Change,
    /// From when it may be carried out, unix seconds.
    pub executable_ts: i64,
    /// From when it is void, unix seconds.
    pub expires_ts: i64,
}

/// A proposed change was taken back.
#[event]
#[allow(missing_docs)]
pub struct ChangeCancelled {
    pub stamp: Stamp,
    pub number: u64,
    pub by: Pubkey,
    pub change: Change,
}

/// Parameters were changed.
#[event]
#[allow(missing_docs)]
pub struct ParametersChanged {
    pub stamp: Stamp,
    /// Number of the proposal; 0 for a tightening without delay.
    pub number: u64,
    pub by: Pubkey,
    /// What was replaced; none where there was nothing.
    pub old: Option<Change>,
    /// In force now, for MM from `ramp_end_ts` on.
    pub new: Change,
    /// Until when MM moves to it, unix seconds; credit falls by a point an hour whatever this says.
    pub ramp_end_ts: i64,
}

/// A role was offered by its holder.
#[event]
#[allow(missing_docs)]
pub struct RoleOffered {
    pub stamp: Stamp,
    pub role: Role,
    pub holder: Pubkey,
    pub offered: Pubkey,
}

/// A role was taken over.
#[event]
#[allow(missing_docs)]
pub struct RoleAccepted {
    pub stamp: Stamp,
    pub role: Role,
    pub before: Pubkey,
    pub after: Pubkey,
}

/// A margin account was opened.
#[event]
#[allow(missing_docs)]
pub struct MarginAccountOpened {
    pub stamp: Stamp,
    pub owner: Pubkey,
    pub sub_account: u16,
    pub delegate: Pubkey,
}

/// A margin account was closed.
#[event]
#[allow(missing_docs)]
pub struct MarginAccountClosed {
    pub stamp: Stamp,
    pub owner: Pubkey,
    pub sub_account: u16,
}

/// The delegate was replaced.
#[event]
#[allow(missing_docs)]
pub struct DelegateChanged {
    pub stamp: Stamp,
    pub before: Pubkey,
    pub after: Pubkey,
}

/// Tokens came in; `asset_index` is `u16::MAX` for quote.
#[event]
#[allow(missing_docs)]
pub struct Deposited {
    pub stamp: Stamp,
    pub asset_index: u16,
    pub amount_atoms: u64,
    /// Interest that the account paid on its loan before.
    pub interest_atoms: i64,
    pub balance_after_atoms: i64,
}

/// Tokens went out; `asset_index` is `u16::MAX` for quote.
#[event]
#[allow(missing_docs)]
pub struct Withdrawn {
    pub stamp: Stamp,
    pub asset_index: u16,
    pub amount_atoms: u64,
    /// Interest that the account paid on its loan before.
    pub interest_atoms: i64,
    pub balance_after_atoms: i64,
    /// Initial margin after it; zero where no price was needed.
    pub initial: MarginSnapshot,
}

/// A position was opened, increased, reduced, flipped or closed.
#[event]
#[allow(missing_docs)]
pub struct PositionChanged {
    pub stamp: Stamp,
    pub asset_index: u16,
    /// Number of the order that was filled; 0 for a trade in one step.
    pub order_id: u64,
    pub size_before_atoms: i64,
    pub size_after_atoms: i64,
    pub price_e12: u128,
    pub ema_e12: u128,
    pub confidence_e12: u128,
    pub publish_ts: i64,
    pub skew_before_atoms: i64,
    /// Net base size of all accounts at the beginning of this second.
    pub resting_skew_atoms: i64,
    pub sigma_im_q60: u64,
    pub fill_notional_atoms: u64,
    pub fee_atoms: u64,
    pub realized_pnl_atoms: i64,
    /// Interest paid before the fill.
    pub interest_atoms: i64,
    /// Funding settled before the fill: negative when the account paid.
    pub funding_atoms: i64,
    pub quote_after_atoms: i64,
    /// The requirement that had to be met: initial for an increase, maintenance for a reduce.
    pub requirement: MarginSnapshot,
}

/// An order was requested.
#[event]
#[allow(missing_docs)]
pub struct OrderRequested {
    pub stamp: Stamp,
    pub order_id: u64,
    pub asset_index: u16,
    pub size_atoms: i64,
    pub limit_price_e12: u128,
    pub expiry_ts: i64,
    pub reduce_only: bool,
}

/// An order was cancelled before it was filled.
#[event]
#[allow(missing_docs)]
pub struct OrderCancelled {
    pub stamp: Stamp,
    pub order_id: u64,
    pub asset_index: u16,
    pub by: Pubkey,
}

/// A volatility sample was taken.
#[event]
#[allow(missing_docs)]
pub struct VolatilitySampled {
    pub stamp: Stamp,
    pub asset_index: u16,
    pub price_e12: u128,
    pub publish_ts: i64,
    pub clamped: bool,
    pub v_fast_q120: u128,
    pub v_slow_q120: u128,
    pub u_mm_q60: u64,
    pub samples: u32,
}

/// A price was shown: `recorded_publish_ts` is its own where it was recorded.
#[event]
#[allow(missing_docs)]
pub struct PriceShown {
    pub stamp: Stamp,
    pub asset_index: u16,
    pub price_e12: u128,
    pub confidence_e12: u128,
    pub ema_e12: u128,
    pub publish_ts: i64,
    pub recorded_publish_ts: i64,
    /// Since when every print shown was beyond the EMA's band; `i64::MAX` if this one is not.
    pub ema_beyond_since_ts: i64,
    /// An announced absence ended by it.
    pub refutes_absence: bool,
}

/// The absence of a feed was announced.
#[event]
#[allow(missing_docs)]
pub struct AbsenceAnnounced {
    pub stamp: Stamp,
    pub asset_index: u16,
    pub recorded_price_e12: u128,
    pub recorded_publish_ts: i64,
    /// When the newest print that was shown was published, of whatever quality.
    pub shown_publish_ts: i64,
}

/// An account was first seen below maintenance margin, or seen to have recovered.
#[event]
#[allow(missing_docs)]
pub struct AccountFlagged {
    pub stamp: Stamp,
    pub flagged_before_ts: i64,
    pub flagged_ts: i64,
    /// What the account is below zero, as known from now on.
    pub bad_debt_atoms: i64,
    pub maintenance: MarginSnapshot,
}

/// A position of an unhealthy account was closed, in part or whole.
#[event]
#[allow(missing_docs)]
pub struct AccountLiquidated {
    pub stamp: Stamp,
    pub liquidator_account: Pubkey,
    pub asset_index: u16,
    pub closing: Closing,
    pub size_before_atoms: i64,
    pub collateral_before_atoms: u64,
    pub closed_atoms: u64,
    pub largest_close_atoms: u64,
    pub price_e12: u128,
    pub confidence_e12: u128,
    pub ema_e12: u128,
    pub publish_ts: i64,
    pub flagged_ts: i64,
    pub window_start_ts: i64,
    /// Gross at the window's start.
    pub window_gross_atoms: u64,
    /// Notional closed in the window before this.
    pub window_closed_before_atoms: u64,
    /// Interest that the account paid before anything else.
    pub interest_atoms: i64,
    /// Funding that the account was owed before anything else; negative when it paid.
    pub funding_atoms: i64,
    /// Net base size of all accounts before it.
    pub skew_before_atoms: i64,
    /// The same at the beginning of this second.
    pub resting_skew_atoms: i64,
    pub notional_atoms: u64,
    pub realized_pnl_atoms: i64,
    /// What the liquidator paid beyond the oracle price, or got less, for the age of its print; the account has it.
    pub spread_atoms: u64,
    /// What the account paid the pool for the skew that the closing left.
    pub impact_atoms: u64,
    pub penalty_atoms: u64,
    pub penalty_liquidator_atoms: u64,
    pub penalty_insurance_atoms: u64,
    pub penalty_pool_atoms: u64,
    /// What the insurance fund added for the liquidator.
    pub topup_atoms: u64,
    pub before: MarginSnapshot,
    pub after: MarginSnapshot,
}

/// The same share of everything with a usable price that an unhealthy account held was closed.
#[event]
#[allow(missing_docs)]
pub struct AccountSliced {
    pub stamp: Stamp,
    pub liquidator_account: Pubkey,
    /// What was closed, thousandths.
    pub share_permille: u64,
    /// The most that was allowed.
    pub largest_permille: u64,
    pub flagged_ts: i64,
    pub window_start_ts: i64,
    /// Gross at the window's start.
    pub window_gross_atoms: u64,
    /// Notional closed in the window before this.
    pub window_closed_before_atoms: u64,
    /// Interest that the account paid before anything else.
    pub interest_atoms: i64,
    /// Σ P·x of positions and collateral.
    pub notional_atoms: u64,
    /// What the account paid the pool for the skews that the slice left; shared out among the assets by notional.
    pub impact_atoms: u64,
    /// Likewise.
    pub penalty_atoms: u64,
    pub penalty_liquidator_atoms: u64,
    pub penalty_insurance_atoms: u64,
    pub penalty_pool_atoms: u64,
    pub before: MarginSnapshot,
    pub after: MarginSnapshot,
    /// In the order of the account's slots; of what stayed nothing is closed.
    pub assets: Vec<SlicedAsset>,
}

/// What a slice closed of one asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
#[allow(missing_docs)]
pub struct SlicedAsset {
    pub asset_index: u16,
    pub price_e12: u128,
    pub publish_ts: i64,
    /// Funding that the account was owed before anything else; negative when it paid.
    pub funding_atoms: i64,
    /// Net base size of all accounts before it.
    pub skew_before_atoms: i64,
    /// The same at the beginning of this second.
    pub resting_skew_atoms: i64,
    pub size_before_atoms: i64,
    pub collateral_before_atoms: u64,
    pub position_closed_atoms: u64,
    pub collateral_closed_atoms: u64,
    pub realized_pnl_atoms: i64,
    /// What the liquidator paid for the collateral beyond the oracle price, for the age of its print.
    pub spread_atoms: u64,
}

/// Governance paid cash into the pool. The stamp is the pool's.
#[event]
#[allow(missing_docs)]
pub struct PoolFunded {
    pub stamp: Stamp,
    pub amount_atoms: u64,
    pub pool_after_atoms: i64,
}

/// Fees of the protocol, or collateral of the insurance fund, went out; `asset_index` is `u16::MAX` for fees.
#[event]
#[allow(missing_docs)]
pub struct PaidOut {
    pub stamp: Stamp,
    pub recipient: Pubkey,
    pub asset_index: u16,
    pub amount_atoms: u64,
    /// What it counted for against the cap, quote atoms.
    pub value_atoms: u64,
    /// What is left of the cap.
    pub left_atoms: u64,
}

/// One asset's ledger was moved into the pool and its allotment renewed.
#[event]
#[allow(missing_docs)]
pub struct PoolSwept {
    pub stamp: Stamp,
    pub asset_index: u16,
    pub pool_atoms: i64,
    pub insurance_atoms: i64,
    pub fees_atoms: i64,
    pub loans_atoms: i64,
    pub allotment_atoms: i64,
    /// What a gap may cost pool and insurance in this market from now on.
    pub gap_budget_atoms: u64,
}

/// All ledgers were moved into the pool and every allotment renewed.
#[event]
#[allow(missing_docs)]
pub struct PoolRebalanced {
    pub stamp: Stamp,
    pub pool_atoms: i64,
    pub insurance_atoms: i64,
    pub fees_atoms: i64,
    pub loans_atoms: i64,
    pub bad_debt_atoms: i64,
    /// Cash and interest owed minus what the accounts would take by closing at the oracle price.
    pub value_atoms: i64,
    /// Whether every market's price was known. The deficit is what the value is below zero; it never falls while
    /// one is not.
    pub is_certain: bool,
    pub deficit_atoms: u64,
    pub borrow_rate_q60: u64,
}

/// An LP asked to deposit or to redeem.
#[event]
#[allow(missing_docs)]
pub struct LiquidityRequested {
    pub stamp: Stamp,
    pub request: Pubkey,
    pub owner: Pubkey,
    /// Who may execute it like the LP itself; the default key for nobody.
    pub executor: Pubkey,
    /// Where the outcome is paid to.
    pub destination: Pubkey,
    pub kind: LiquidityKind,
    pub amount_atoms: u64,
    pub min_out_atoms: u64,
}

/// An LP request was executed, or of a redemption as much as leaves the markets what they need.
#[event]
#[allow(missing_docs)]
pub struct LiquidityExecuted {
    pub stamp: Stamp,
    pub request: Pubkey,
    pub owner: Pubkey,
    /// Who executed it.
    pub authority: Pubkey,
    pub is_redemption: bool,
    /// Quote deposited, or shares redeemed.
    pub amount_atoms: u64,
    /// Shares that are left in the request; 0 where it is done.
    pub left_atoms: u64,
    /// Shares minted, or quote paid.
    pub out_atoms: u64,
    /// Shares that the first deposit locked.
    pub locked_atoms: u64,
    pub supply_before_atoms: u64,
    /// Whether they were; else they wait in escrow for cancel_liquidity, because the destination took no transfer.
    pub is_paid: bool,
    /// The pool's value that it was counted at.
    pub nav_atoms: i64,
    /// What the value for a deposit was above that for a redemption.
    pub nav_gap_atoms: i64,
    pub bad_debt_atoms: u64,
    pub insurance_atoms: u64,
    /// The pool's cash after it, allotments not included.
    pub pool_after_atoms: i64,
}

/// An LP request was given back, or its outcome handed over.
#[event]
#[allow(missing_docs)]
pub struct LiquidityCancelled {
    pub stamp: Stamp,
    pub request: Pubkey,
    pub owner: Pubkey,
    /// Whether it had been executed: then this is the outcome.
    pub is_executed: bool,
    pub amount_atoms: u64,
}

/// A position's loss was realised into the quote balance.
#[event]
#[allow(missing_docs)]
pub struct LossSettled {
    pub stamp: Stamp,
    pub asset_index: u16,
    pub price_e12: u128,
    pub publish_ts: i64,
    pub loss_atoms: i64,
    pub entry_after_atoms: i64,
    pub quote_after_atoms: i64,
    /// What the account is below zero, as known from now on.
    pub bad_debt_atoms: i64,
}

/// A bankrupt account's loan was paid.
#[event]
#[allow(missing_docs)]
pub struct BankruptcyResolved {
    pub stamp: Stamp,
    /// The asset whose insurance cap was used.
    pub charged_asset_index: u16,
    /// Value of the collateral dust that went to the insurance fund.
    pub collateral_atoms: u64,
    pub loss_atoms: u64,
    pub by_insurance_atoms: u64,
    pub by_pool_atoms: u64,
    /// What of pool and deficit was lost in that market beyond the EMA band, and counts against its share.
    pub charged_atoms: u64,
    /// What counted against it before, in the running window.
    pub paid_before_atoms: u64,
    pub deficit_atoms: u64,
    pub deficit_after_atoms: u64,
    pub interest_atoms: i64,
}

/// A winning position was closed for the deficit, or for what its market cost the pool beyond its share.
#[event]
#[allow(missing_docs)]
pub struct PositionDeleveraged {
    pub stamp: Stamp,
    pub asset_index: u16,
    pub price_e12: u128,
    pub publish_ts: i64,
    /// The threshold of the score falls since then: the deficit's, or that of what this market's winners owe.
    pub deficit_since_ts: i64,
    /// What this market's winners owed the pool before it.
    pub winners_owe_atoms: u64,
    pub size_before_atoms: i64,
    pub closed_atoms: u64,
    pub gain_atoms: i64,
    pub to_deficit_atoms: u64,
    pub deficit_after_atoms: u64,
    pub interest_atoms: i64,
    pub funding_atoms: i64,
    pub before: MarginSnapshot,
    pub after: MarginSnapshot,
}

/// Quote went out at the share that the vault could pay.
#[event]
#[allow(missing_docs)]
pub struct WithdrawnProRata {
    pub stamp: Stamp,
    pub amount_atoms: u64,
    pub received_atoms: u64,
    pub vault_atoms: u64,
    pub owed_atoms: u64,
    /// The deficit before it.
    pub deficit_atoms: u64,
    pub interest_atoms: i64,
    pub balance_after_atoms: i64,
    pub deficit_after_atoms: u64,
    /// Initial margin that was met; 0 where none was needed.
    pub initial: MarginSnapshot,
}

/// Quote went out, beyond the balance as a loan.
#[event]
#[allow(missing_docs)]
pub struct Borrowed {
    pub stamp: Stamp,
    pub amount_atoms: u64,
    /// Interest that the account paid on its loan before.
    pub interest_atoms: i64,
    /// By how much the loan grew.
    pub borrowed_atoms: i64,
    pub balance_after_atoms: i64,
    pub borrow_rate_q60: u64,
    /// Initial margin that was met.
    pub initial: MarginSnapshot,
}

/// A pause was started or ended.
#[event]
#[allow(missing_docs)]
pub struct PauseChanged {
    pub stamp: Stamp,
    pub operation: Operation,
    pub until_before_ts: i64,
    pub until_ts: i64,
    pub next_pause_ts: i64,
    pub by: Pubkey,
}

/// The end of a market was announced: positions are only reduced.
#[event]
#[allow(missing_docs)]
pub struct WindDownAnnounced {
    pub stamp: Stamp,
    pub number: u64,
    pub asset_index: u16,
    pub status_before: AssetStatus,
    /// From when the market may be settled; prices count from a day before.
    pub settle_from_ts: i64,
    /// The share of collateral that counted. IM counts none from now on, MM a hundredth less each hour.
    pub credit_before_e9: u64,
}

/// A price was counted towards the one that a market is settled at.
#[event]
#[allow(missing_docs)]
pub struct SettlementPriceRecorded {
    pub stamp: Stamp,
    pub asset_index: u16,
    pub price_e12: u128,
    pub publish_ts: i64,
    /// For how long it counts; 0 for the first, which starts the clock.
    pub weight_secs: i64,
    pub covered_secs: i64,
    /// The average with it; 0 while nothing is covered.
    pub average_e12: u128,
    pub settle_from_ts: i64,
}

/// A market ended: every position in it is settled at this price.
#[event]
#[allow(missing_docs)]
pub struct MarketSettled {
    pub stamp: Stamp,
    pub asset_index: u16,
    pub price_e12: u128,
    /// The price that was recorded last.
    pub last_price_e12: u128,
    pub last_publish_ts: i64,
    /// What the average covers; 0 where the feed had died and the last price counts.
    pub covered_secs: i64,
}

/// A position of a market that has ended was closed.
#[event]
#[allow(missing_docs)]
pub struct PositionSettled {
    pub stamp: Stamp,
    pub asset_index: u16,
    pub size_before_atoms: i64,
    pub price_e12: u128,
    pub notional_atoms: u64,
    pub realized_pnl_atoms: i64,
    pub interest_atoms: i64,
    pub funding_atoms: i64,
    pub quote_after_atoms: i64,
}

/// An asset reads another feed.
#[event]
#[allow(missing_docs)]
pub struct FeedMigrated {
    pub stamp: Stamp,
    pub number: u64,
    pub asset_index: u16,
    pub old: FeedBinding,
    pub new: FeedBinding,
    pub old_price_e12: u128,
    pub old_publish_ts: i64,
    /// Whether the old feed gave its price itself; else it had died, and the recorded price counted.
    pub old_is_live: bool,
    pub new_price_e12: u128,
    pub new_publish_ts: i64,
    /// How far the prices may have been apart, 10^-9 of the old one.
    pub band_e9: u64,
}
