//! `Asset`: one unit of risk. Oracle binding, volatility, parameters, perpetual market, collateral
//! vault and its part of the pool's cash in one account, so that a margin check reads two accounts
//! per asset: this and its feed.
use super::change::GROUPS;
use super::margin_account::{Loan, MarginAccount, Position};
use super::params::{AssetParams, OracleParams, TradeParams};
use super::version::Layout;
use crate::error::{FreeboardError, OrRaise, OrRefuse, ensure};
use anchor_lang::prelude::*;
use freeboard_risk::{
    bankruptcy::PaidWindow,
    feed::{FeedRecord, STILL_SAMPLES},
    funding::{self, FundingState, OpenInterest},
    gap::{CalmVolatility, MarketLosses},
    governance::{AssetRamp, AssetTerms},
    observation::{FillKind, Observation},
    params::{self as risk, AssetCoefficients},
    position,
    quantity::{Fraction, Price, UnitPrice},
    skew::Skew,
    trade::REST_MOST_QUOTE_ATOMS,
    volatility::VolatilityState,
};

/// Which kind of Pyth account an asset reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
#[repr(u8)]
pub enum OracleKind {
    /// `PriceUpdateV2` of the first Pyth receiver (`rec5…`) or the push oracle through it, bound by feed id.
    PythReceiver,
    /// Legacy price account, bound by address.
    PythLegacy,
    /// `PriceUpdateV2` of the second Pyth receiver (`rec2…`), bound by feed id.
    PythReceiverPro,
}

/// How far the life of a market is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
#[repr(u8)]
pub enum AssetStatus {
    /// Open for everything.
    Active,
    /// Positions may only be reduced.
    ReduceOnly,
    /// As before, and the market ends at [`Asset::settle_from_ts`].
    WindingDown,
    /// It has ended: positions are settled at the recorded price, which no longer changes.
    Settled,
}

/// The price of a market's last day, averaged over time.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SettlementAverage {
    /// Σ price · seconds, USD per whole unit × 10^12 · s, low word first.
    pub price_secs_e12: [u64; 2],
    /// Seconds that it covers.
    pub secs: i64,
    /// Time of the last price that was counted, unix seconds; 0 before the first.
    pub last_ts: i64,
}

/// Signed amounts that belong to the pool side of the books, quote atoms. An asset's ledger holds
/// what trades in it have moved since its last sweep, and its allotment of the pool's cash.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Cash of the pool.
    pub pool_atoms: i64,
    /// Cash of the insurance fund.
    pub insurance_atoms: i64,
    /// Fees of the protocol.
    pub fees_atoms: i64,
    /// Loans to accounts: Σ of the negative parts of quote balances. Not cash.
    pub loans_atoms: i64,
    /// Σ of what each loan would have been when the borrow index was 1, each down: with the index it tells
    /// the interest that nobody has settled.
    pub loan_starts_atoms: i64,
    /// Number of loans.
    pub loan_count: i64,
}

/// What an account settled before an instruction changed it, quote atoms.
#[derive(Clone, Copy, Debug, Default)]
pub struct Touched {
    /// Interest it paid on its loan.
    pub interest_atoms: i64,
    /// Funding it was owed; negative when it paid.
    pub funding_atoms: i64,
}

/// The newest observation an instruction has recorded for the asset that a trade or a liquidation accepts: what
/// counts while no feed gives such a price.
#[zero_copy]
#[derive(Debug, Default)]
pub struct RecordedPrice {
    /// Price, USD per whole unit × 10^12, low word first.
    pub price_e12: [u64; 2],
    /// Confidence interval, same scale.
    pub confidence_e12: [u64; 2],
    /// EMA price, same scale.
    pub ema_e12: [u64; 2],
    /// Publish time, unix seconds.
    pub publish_ts: i64,
}

/// Funding of a market: `risk::FundingState` as words.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Funding {
    /// What one base atom of a long has paid, units of 2^-64 quote atoms, low word first.
    pub long_index_q64: [u64; 2],
    /// What one base atom of a short has received, same unit.
    pub short_index_q64: [u64; 2],
    /// What all positions owe the pool and have not settled, same unit.
    pub receivable_q64: [u64; 2],
    /// Share of the price that the larger side pays per second, units of 2^-64; positive when longs
    /// pay.
    pub rate_q64: i64,
    /// Until when the indices count, unix seconds.
    pub updated_ts: i64,
}

/// One per asset. PDA `["asset", exchange, index]`.
#[account(zero_copy)]
#[derive(Debug)]
pub struct Asset {
    /// Version of this layout.
    pub layout: Layout,
    /// The exchange it belongs to. Written once.
    pub exchange: Pubkey,
    /// Feed id (receiver) or account address (legacy). Written by migrate_feed.
    pub feed: [u8; 32],
    /// Collateral mint, or the default key if the asset is not collateral. Written once.
    pub mint: Pubkey,
    /// Collateral vault, or the default key. Written once.
    pub vault: Pubkey,
    /// ASCII name, zero-padded. Written once.
    pub name: [u8; 16],
    /// Volatility and shock parameters in decimal.
    pub params: AssetParams,
    /// Oracle limits.
    pub oracle: OracleParams,
    /// Perpetual market parameters.
    pub trade: TradeParams,
    /// Binary form of `params`: `risk::AssetCoefficients` words. Written with them.
    pub coefficient_words: [u64; AssetCoefficients::WORDS],
    /// Where MM comes from while it moves to them: `risk::AssetRamp` words. Written with them.
    pub ramp_words: [u64; AssetRamp::WORDS],
    /// Newest recorded observation. Written by each instruction that writes the asset.
    pub recorded: RecordedPrice,
    /// Newest recorded observation that a trade accepts: the same, or an older one where only a liquidation accepts
    /// that.
    pub tradable: RecordedPrice,
    /// Publish time of the newest print that an instruction has read to write, of whatever quality, unix seconds.
    pub shown_publish_ts: i64,
    /// Publish time of the first of an unbroken run of shown prints further from their EMA than a liquidation accepts;
    /// `i64::MAX` if the newest was not.
    pub ema_beyond_since_ts: i64,
    /// Clock time when the absence of the feed was announced, unix seconds; `i64::MAX` if it is not, or was refuted.
    pub absent_since_ts: i64,
    /// How many samples in a row saw the recorded price and EMA unchanged.
    pub still_samples: u32,
    /// Zero.
    pub padding_feed: u32,
    /// Volatility (model §3): `risk::VolatilityState` words. Written by sample_volatility.
    pub volatility_words: [u64; VolatilityState::WORDS],
    /// Pool side of the books. Written by trade, liquidate and sweep_pool.
    pub ledger: Ledger,
    /// What the ledger received at its last sweep, quote atoms.
    pub allotment_atoms: i64,
    /// Funding. Written with each record and each change of open interest.
    pub funding: Funding,
    /// Σ entry notionals of all positions, signed, quote atoms: with open interest and funding it gives
    /// what the accounts' profits sum to.
    pub entry_total_atoms: i64,
    /// Σ sizes of long positions, base atoms.
    pub long_open_interest_atoms: u64,
    /// Σ sizes of short positions, base atoms.
    pub short_open_interest_atoms: u64,
    /// Σ collateral balances; at most what the vault holds, base atoms.
    pub collateral_total_atoms: u64,
    /// Notional liquidated, decaying with a half-life of 1 h, as of `liquidated_ts`, quote atoms.
    pub liquidated_quote_atoms: u64,
    /// Clock time of `liquidated_quote_atoms`, unix seconds.
    pub liquidated_ts: i64,
    /// Start of the 24 hours in which the insurance fund's payments for this asset are counted, unix
    /// seconds.
    pub insurance_window_start_ts: i64,
    /// What the insurance fund has paid for this asset in them, quote atoms.
    pub insurance_window_paid_atoms: u64,
    /// The same for the 24 hours before.
    pub insurance_window_paid_before_atoms: u64,
    /// Start of the 24 hours in which what the pool pays for this market's bad debt is counted, unix seconds.
    pub loss_window_start_ts: i64,
    /// What the pool has paid for it in them and its winners have not given back, quote atoms.
    pub loss_window_paid_atoms: u64,
    /// The same for the 24 hours before.
    pub loss_window_paid_before_atoms: u64,
    /// What of it was more than this market's share of the pool when it was paid, and its winners owe, quote atoms.
    pub winners_owe_atoms: u64,
    /// Since when they do, unix seconds. Written by resolve_bankruptcy.
    pub winners_owe_since_ts: i64,
    /// Until when they do, unix seconds. Written by resolve_bankruptcy.
    pub winners_owe_until_ts: i64,
    /// What a gap may cost pool and insurance in this market, as the pool was worth when it was swept last,
    /// quote atoms.
    pub gap_budget_atoms: u64,
    /// Dust of bankrupt accounts' collateral, which belongs to the insurance fund, base atoms. Part of
    /// `collateral_total_atoms`.
    pub insurance_collateral_atoms: u64,
    /// From when `credit` counts, unix seconds: new collateral is worth nothing at first.
    pub credit_from_ts: i64,
    /// From when a market that is wound down may be settled, unix seconds; 0 before that is decided.
    pub settle_from_ts: i64,
    /// The price it will be settled at. Written by record_settlement_price.
    pub average: SettlementAverage,
    /// How often each field group was changed, by [`super::Change::group`].
    pub versions: [u32; GROUPS],
    /// Net base size of all accounts before the first change in the second of `funding.updated_ts`, base atoms.
    /// Written where funding is accrued.
    pub resting_skew_atoms: i64,
    /// Number of events emitted for this asset.
    pub event_sequence: u64,
    /// Index in the exchange, a seed of the address. Written once.
    pub index: u16,
    /// [`OracleKind`]. Written by migrate_feed.
    pub oracle_kind: u8,
    /// Bump of this address.
    pub bump: u8,
    /// [`AssetStatus`].
    pub status: u8,
    /// Zero.
    pub padding: [u8; 3],
    /// Zero.
    pub reserved: [u64; 8],
}

/// A 128-bit number as two words, low first: account data is 8-aligned, `u128` is 16-aligned here.
pub const fn to_words(value: u128) -> [u64; 2] {
    [value as u64, (value >> 64) as u64]
}

/// Two's complement of a signed 128-bit number as two words, low first.
pub const fn signed_to_words(value: i128) -> [u64; 2] {
    to_words(value.cast_unsigned())
}

/// The number that [`signed_to_words`] split.
pub const fn signed_from_words(words: [u64; 2]) -> i128 {
    from_words(words).cast_signed()
}

/// The number that [`to_words`] split.
pub const fn from_words(words: [u64; 2]) -> u128 {
    (words[1] as u128) << 64 | words[0] as u128
}

impl Ledger {
    /// Moves everything out of `other` into this ledger.
    ///
    /// Errors: `Overflow`.
    pub fn absorb(&mut self, other: &mut Ledger) -> Result<()> {
        self.add_pool(other.pool_atoms)?;
        self.add_insurance(other.insurance_atoms)?;
        add(&mut self.fees_atoms, other.fees_atoms)?;
        add(&mut self.loans_atoms, other.loans_atoms)?;
        add(&mut self.loan_starts_atoms, other.loan_starts_atoms)?;
        add(&mut self.loan_count, other.loan_count)?;
        *other = Ledger::default();
        Ok(())
    }

    /// Moves signed cash from the pool to an account's quote balance, quote atoms; what that changes in
    /// loans is booked here.
    ///
    /// Errors: `Overflow`.
    pub fn pay(&mut self, account: &mut MarginAccount, atoms: i64) -> Result<()> {
        self.take_pool(atoms)?;
        self.change_quote(account, atoms)?;
        Ok(())
    }

    /// Changes an account's quote balance by what comes from outside or leaves; books what that changes in
    /// loans and returns by how much the loan grew, quote atoms.
    ///
    /// Errors: `Overflow`.
    pub fn change_quote(&mut self, account: &mut MarginAccount, atoms: i64) -> Result<i64> {
        let before = account.loan();
        let balance = account.quote_atoms.checked_add(atoms);
        account.quote_atoms = balance.or_raise(FreeboardError::Overflow)?;
        self.replace_loan(before, account.loan())
    }

    /// Replaces an account's loan by another; returns by how much it grew, quote atoms.
    ///
    /// Errors: `Overflow`.
    pub fn replace_loan(&mut self, before: Loan, after: Loan) -> Result<i64> {
        let grown = after.atoms.saturating_sub(before.atoms); // neither is negative
        add(&mut self.loans_atoms, grown)?;
        let starts = after.start_atoms.saturating_sub(before.start_atoms);
        add(&mut self.loan_starts_atoms, starts)?;
        let count = i64::from(after.atoms > 0).saturating_sub(i64::from(before.atoms > 0));
        add(&mut self.loan_count, count)?;
        Ok(grown)
    }

    /// Adds signed cash to the pool, quote atoms.
    pub fn add_pool(&mut self, atoms: i64) -> Result<()> {
        add(&mut self.pool_atoms, atoms)
    }

    /// Adds signed cash to the insurance fund, quote atoms.
    pub fn add_insurance(&mut self, atoms: i64) -> Result<()> {
        add(&mut self.insurance_atoms, atoms)
    }

    /// Moves signed cash from the pool to the insurance fund, quote atoms.
    pub fn move_to_insurance(&mut self, atoms: i64) -> Result<()> {
        self.take_pool(atoms)?;
        self.add_insurance(atoms)
    }

    /// Moves signed cash from the pool to the protocol's fees, quote atoms.
    pub fn move_to_fees(&mut self, atoms: i64) -> Result<()> {
        self.take_pool(atoms)?;
        add(&mut self.fees_atoms, atoms)
    }

    fn take_pool(&mut self, atoms: i64) -> Result<()> {
        let taken = atoms.checked_neg().or_raise(FreeboardError::Overflow)?;
        self.add_pool(taken)
    }

    /// Cash of the pool that is not lent, quote atoms.
    pub fn free_atoms(&self) -> Result<i64> {
        let free = self.pool_atoms.checked_sub(self.loans_atoms);
        free.or_raise(FreeboardError::Overflow)
    }
}

fn add(balance: &mut i64, atoms: i64) -> Result<()> {
    *balance = balance
        .checked_add(atoms)
        .or_raise(FreeboardError::Overflow)?;
    Ok(())
}

impl RecordedPrice {
    fn new(observation: &Observation) -> Self {
        Self {
            price_e12: to_words(observation.price.0),
            confidence_e12: to_words(observation.confidence.0),
            ema_e12: to_words(observation.ema.0),
            publish_ts: observation.publish_ts,
        }
    }

    /// Price, exact.
    pub fn price(&self) -> Price {
        Price(from_words(self.price_e12))
    }

    /// Confidence, exact.
    pub fn confidence(&self) -> Price {
        Price(from_words(self.confidence_e12))
    }

    /// EMA price, exact.
    pub fn ema(&self) -> Price {
        Price(from_words(self.ema_e12))
    }

    /// As an observation.
    pub fn observation(&self) -> Observation {
        Observation {
            price: self.price(),
            confidence: self.confidence(),
            ema: self.ema(),
            publish_ts: self.publish_ts,
        }
    }
}

impl Funding {
    /// As the core sees it.
    pub fn as_core(&self) -> FundingState {
        FundingState {
            long_index_q64: signed_from_words(self.long_index_q64),
            short_index_q64: signed_from_words(self.short_index_q64),
            receivable_q64: signed_from_words(self.receivable_q64),
            rate_q64: self.rate_q64,
            updated_ts: self.updated_ts,
        }
    }

    /// Stores the core's value.
    pub fn set(&mut self, state: &FundingState) {
        *self = Self {
            long_index_q64: signed_to_words(state.long_index_q64),
            short_index_q64: signed_to_words(state.short_index_q64),
            receivable_q64: signed_to_words(state.receivable_q64),
            rate_q64: state.rate_q64,
            updated_ts: state.updated_ts,
        };
    }
}

impl Asset {
    /// Coefficients as prescribed, `credit` included: where a ramp leads to.
    pub fn prescribed(&self) -> AssetCoefficients {
        AssetCoefficients::from_words(&self.coefficient_words)
    }

    /// Coefficients as prescribed at `now`: `credit` counts 0 until `credit_from_ts`.
    pub fn coefficients(&self, now: i64) -> AssetCoefficients {
        let mut coefficients = self.prescribed();
        if now < self.credit_from_ts {
            coefficients.credit = Fraction::ZERO;
        }
        coefficients
    }

    /// What a holding takes at `now`: the coefficients that MM reads, and the prescribed terms that IM reads
    /// instead while a ramp runs.
    #[inline(never)]
    pub fn coefficients_by_level(&self, now: i64) -> (AssetCoefficients, Option<AssetTerms>) {
        let ramp = AssetRamp::from_words(&self.ramp_words);
        let (mut in_force, mut prescribed) = ramp.split(&self.prescribed(), now);
        if now < self.credit_from_ts {
            in_force.credit = Fraction::ZERO;
            if let Some(terms) = &mut prescribed {
                terms.credit = Fraction::ZERO;
            }
        }
        (in_force, prescribed)
    }

    /// Until when MM moves to what is prescribed, credit aside, unix seconds; 0 if it never did.
    pub fn ramp_end_ts(&self) -> i64 {
        AssetRamp::from_words(&self.ramp_words).window().end_ts
    }

    /// Whether MM and IM read different coefficients at `now`.
    pub fn is_ramping(&self, now: i64) -> bool {
        !AssetRamp::is_over(&self.ramp_words, now)
    }

    /// How far its life is.
    pub const fn status(&self) -> AssetStatus {
        match self.status {
            0 => AssetStatus::Active,
            1 => AssetStatus::ReduceOnly,
            2 => AssetStatus::WindingDown,
            _ => AssetStatus::Settled,
        }
    }

    /// Whether its market has ended.
    pub const fn is_settled(&self) -> bool {
        self.status >= AssetStatus::Settled as u8
    }

    /// Refuses a fill that the life of the market no longer allows.
    ///
    /// Errors: `ReduceOnly`, `AssetSettled`.
    pub fn require_market(&self, kind: FillKind) -> Result<()> {
        ensure(!self.is_settled(), FreeboardError::AssetSettled)?;
        ensure(
            kind == FillKind::Reduce || self.status() == AssetStatus::Active,
            FreeboardError::ReduceOnly,
        )
    }

    /// Refuses collateral of a market that ends: it is no security any more, and a price that no longer moves
    /// would count it for those who bring it all the same.
    ///
    /// Errors: `AssetWindingDown`, `AssetSettled`.
    pub fn require_deposits(&self) -> Result<()> {
        ensure(!self.is_settled(), FreeboardError::AssetSettled)?;
        ensure(
            self.status() != AssetStatus::WindingDown,
            FreeboardError::AssetWindingDown,
        )
    }

    /// Refuses a balance of this collateral that is worth less than the minimum notional at the recorded price: no
    /// instruction that a slip of dust makes longer. The price need not be young, because nothing is credited by it.
    ///
    /// Errors: `CollateralBelowMinimum`.
    pub fn require_collateral_worth(&self, amount_atoms: u64) -> Result<()> {
        let unit = UnitPrice::from_price_ceil(self.recorded.price(), self.params.base_decimals);
        let worth = unit.and_then(|unit| unit.notional_ceil(amount_atoms));
        ensure(
            worth.unwrap_or(u64::MAX)
                >= self
                    .trade
                    .min_notional_quote_atoms
                    .min(REST_MOST_QUOTE_ATOMS),
            FreeboardError::CollateralBelowMinimum,
        )
    }

    /// Which kind of Pyth account it reads.
    pub const fn oracle_kind(&self) -> OracleKind {
        match self.oracle_kind {
            0 => OracleKind::PythReceiver,
            2 => OracleKind::PythReceiverPro,
            _ => OracleKind::PythLegacy,
        }
    }

    /// Accrues funding up to `now` at the recorded price: what a change of its rate begins with.
    ///
    /// Errors: `Overflow`.
    pub fn accrue_funding(&mut self, now: i64) -> Result<()> {
        self.accrue_funding_at(self.recorded.price(), now)
    }

    fn accrue_funding_at(&mut self, price: Price, now: i64) -> Result<()> {
        self.resting_skew_atoms = crate::atoms(self.skew(now).resting_atoms)?;
        let decimals = self.params.base_decimals;
        let funding = self.funding.as_core();
        let accrued = funding.at(price, decimals, self.open_interest(), now);
        self.funding.set(&accrued.or_refuse()?);
        Ok(())
    }

    /// Sets the funding rate that open interest and parameters of now give; none once the market has ended.
    ///
    /// Errors: `Overflow`.
    pub fn renew_funding_rate(&mut self) -> Result<()> {
        if self.is_settled() {
            self.funding.rate_q64 = 0;
            return Ok(());
        }
        let mut funding = self.funding.as_core();
        funding
            .set_rate(
                self.open_interest(),
                self.params.max_rate_per_h_e9,
                self.trade.funding_scale_atoms,
            )
            .or_refuse()?;
        self.funding.set(&funding);
        Ok(())
    }

    /// Volatility state.
    pub fn volatility(&self) -> Result<VolatilityState> {
        VolatilityState::from_words(&self.volatility_words).or_refuse()
    }

    /// What is known of its feed.
    #[inline]
    pub fn known(&self) -> FeedRecord {
        FeedRecord {
            recorded: self.recorded.observation(),
            tradable: self.tradable.observation(),
            shown_ts: self.shown_publish_ts,
            beyond_since_ts: self.ema_beyond_since_ts,
            absent_since_ts: self.absent_since_ts,
            still_samples: self.still_samples,
        }
    }

    /// Stores what is known of its feed.
    pub fn set_known(&mut self, known: &FeedRecord) {
        self.recorded = RecordedPrice::new(&known.recorded);
        self.tradable = RecordedPrice::new(&known.tradable);
        self.shown_publish_ts = known.shown_ts;
        self.ema_beyond_since_ts = known.beyond_since_ts;
        self.absent_since_ts = known.absent_since_ts;
        self.still_samples = known.still_samples;
    }

    /// The price that the row "open, increase, withdraw" judges where a caller shows this print, or none.
    #[inline]
    pub fn newest_to_trade(&self, print: Option<Observation>) -> Observation {
        match print {
            Some(print) if print.publish_ts >= self.recorded.publish_ts => print,
            older => self.recorded_to_trade(older),
        }
    }

    #[cold]
    #[inline(never)]
    fn recorded_to_trade(&self, print: Option<Observation>) -> Observation {
        self.known().newest_to_trade(print)
    }

    /// Whether a price is none that has stood still for several samples.
    #[inline]
    pub fn moves(&self, price: &Observation) -> bool {
        self.still_samples < STILL_SAMPLES || self.known().check_moves(price).is_ok()
    }

    /// The limits of its prices.
    #[inline]
    pub fn limits(&self) -> risk::OracleParams {
        self.oracle.into()
    }

    /// Usable by the row "open, increase, withdraw".
    ///
    /// Errors: `PriceStale`, `ConfidenceTooWide`, `PriceFarFromEma`, `PriceStandsStill`.
    pub fn check_trade(&self, price: &Observation, now: i64) -> Result<()> {
        price.check_trade(&self.limits(), now).or_refuse()?;
        ensure(self.moves(price), FreeboardError::PriceStandsStill)
    }

    /// Usable by the row "flag, liquidate".
    ///
    /// Errors: as for [`Self::check_trade`].
    pub fn check_liquidation(&self, price: &Observation, now: i64) -> Result<()> {
        let checked = self.known().check_liquidation(price, &self.limits(), now);
        checked.or_refuse()
    }

    /// Accrues funding up to `now` and takes note of a price, which becomes the recorded one where it is the newest
    /// that some row of the oracle table accepts. Every instruction that writes the asset begins with this.
    ///
    /// A print that only a reduce accepts, far from its EMA or wide, is not what others are judged by later, nor what
    /// funding accrues at. Nothing replaces the price of a market that has ended.
    ///
    /// Errors: `Overflow`.
    pub fn record(&mut self, price: &Observation, now: i64) -> Result<()> {
        if self.is_settled() {
            return Ok(());
        }
        let known = self.known().after(price, &self.limits());
        self.accrue_funding_at(known.recorded.price, now)?;
        self.set_known(&known);
        Ok(())
    }

    /// Funding that a position would settle at this price now, quote atoms: negative when it pays.
    ///
    /// Errors: `Overflow`.
    pub fn accrued_funding(&self, position: &Position, price: Price, now: i64) -> Result<i64> {
        let (size, decimals) = (position.base_size_atoms, self.params.base_decimals);
        let index = self.funding.as_core().index_at(size, price, decimals, now);
        let settled = signed_from_words(position.funding_index_q64);
        funding::accrued_atoms(size, settled, index.or_refuse()?).or_refuse()
    }

    /// The same for a valuation that must not fail on amounts: where they leave the range, who pays pays more than
    /// there is, and who receives gets nothing.
    pub fn accrued_funding_at_worst(&self, position: &Position, price: Price, now: i64) -> i64 {
        let pays = (position.base_size_atoms > 0) == (self.funding.rate_q64 > 0);
        let worst = if pays { i64::MIN } else { 0 };
        self.accrued_funding(position, price, now).unwrap_or(worst)
    }

    /// Settles interest and funding of an account that this instruction changes, before anything else:
    /// what it owes on its loan, and what its position in this asset owes or is owed.
    ///
    /// Errors: `Overflow`.
    pub fn touch(
        &mut self,
        account: &mut MarginAccount,
        borrow_index_q64: u128,
    ) -> Result<Touched> {
        let interest_atoms = account.settle_interest(borrow_index_q64, &mut self.ledger)?;
        let held = account
            .positions
            .iter()
            .position(|slot| slot.asset_index == self.index);
        let funding_atoms = match held {
            Some(slot) => self.settle_funding(account, slot)?,
            None => 0,
        };
        Ok(Touched {
            interest_atoms,
            funding_atoms,
        })
    }

    fn settle_funding(&mut self, account: &mut MarginAccount, slot: usize) -> Result<i64> {
        let position = account.position_at(slot)?;
        let mut state = self.funding.as_core();
        let (size, settled) = (position.base_size_atoms, position.funding_index_q64);
        let accrued = state.settle(size, signed_from_words(settled)).or_refuse()?;
        position.funding_index_q64 = signed_to_words(state.index_q64(size));
        self.funding.set(&state);
        self.ledger.pay(account, accrued)?;
        Ok(accrued)
    }

    /// What the insurance fund has paid for this asset lately.
    pub fn insurance_window(&self) -> PaidWindow {
        PaidWindow {
            start_ts: self.insurance_window_start_ts,
            paid_atoms: self.insurance_window_paid_atoms,
            paid_before_atoms: self.insurance_window_paid_before_atoms,
        }
    }

    /// Stores what the insurance fund has paid.
    pub fn set_insurance_window(&mut self, window: PaidWindow) {
        self.insurance_window_start_ts = window.start_ts;
        self.insurance_window_paid_atoms = window.paid_atoms;
        self.insurance_window_paid_before_atoms = window.paid_before_atoms;
    }

    /// What this market's bad debt took from the pool lately.
    pub fn losses(&self) -> MarketLosses {
        MarketLosses {
            paid: PaidWindow {
                start_ts: self.loss_window_start_ts,
                paid_atoms: self.loss_window_paid_atoms,
                paid_before_atoms: self.loss_window_paid_before_atoms,
            },
            owed_atoms: self.winners_owe_atoms,
            since_ts: self.winners_owe_since_ts,
            until_ts: self.winners_owe_until_ts,
        }
    }

    /// Stores what it took.
    pub fn set_losses(&mut self, losses: &MarketLosses) {
        self.loss_window_start_ts = losses.paid.start_ts;
        self.loss_window_paid_atoms = losses.paid.paid_atoms;
        self.loss_window_paid_before_atoms = losses.paid.paid_before_atoms;
        self.winners_owe_atoms = losses.owed_atoms;
        self.winners_owe_since_ts = losses.since_ts;
        self.winners_owe_until_ts = losses.until_ts;
    }

    /// The larger side of open interest, base atoms.
    pub fn open_interest_atoms(&self) -> u64 {
        self.long_open_interest_atoms
            .max(self.short_open_interest_atoms)
    }

    /// The least that stands against a gap: the shock of now, or that of a resting market where it is less.
    pub fn least_shock(&self, u_mm: Fraction, coefficients: &AssetCoefficients) -> Fraction {
        let calm = CalmVolatility {
            omega_e9: self.params.omega_e9,
            sigma_floor_e9: self.params.sigma_floor_e9,
            sigma_stress_e9: self.params.sigma_stress_e9,
        };
        calm.least_unit_shock(coefficients).min(u_mm)
    }

    /// Whether the asset has a collateral vault.
    pub fn is_collateral(&self) -> bool {
        self.mint != Pubkey::default()
    }

    /// Σ sizes of both sides.
    pub fn open_interest(&self) -> OpenInterest {
        OpenInterest {
            long_atoms: self.long_open_interest_atoms,
            short_atoms: self.short_open_interest_atoms,
        }
    }

    /// Replaces a settled position by another, in its slot and in the totals of the market; the funding
    /// rate follows the open interest.
    ///
    /// Errors: `Overflow`.
    pub fn replace_position(
        &mut self,
        slot: &mut Position,
        after: position::Position,
    ) -> Result<()> {
        let before = slot.as_core();
        self.move_open_interest(before.size_atoms, after.size_atoms)?;
        self.entry_total_atoms = self
            .entry_total_atoms
            .checked_sub(before.entry_quote_atoms)
            .and_then(|rest| rest.checked_add(after.entry_quote_atoms))
            .or_raise(FreeboardError::Overflow)?;
        self.renew_funding_rate()?;
        slot.set(after);
        let index = self.funding.as_core().index_q64(after.size_atoms);
        slot.funding_index_q64 = signed_to_words(index);
        Ok(())
    }

    fn move_open_interest(&mut self, before: i64, after: i64) -> Result<()> {
        let overflow = || FreeboardError::Overflow.raise();
        let long = |size: i64| size.max(0).unsigned_abs();
        let short = |size: i64| size.min(0).unsigned_abs();
        let moved = |interest: u64, before: u64, after: u64| {
            interest
                .checked_sub(before)
                .and_then(|rest| rest.checked_add(after))
        };
        self.long_open_interest_atoms =
            moved(self.long_open_interest_atoms, long(before), long(after)).ok_or_else(overflow)?;
        self.short_open_interest_atoms =
            moved(self.short_open_interest_atoms, short(before), short(after))
                .ok_or_else(overflow)?;
        Ok(())
    }

    /// Net base size of the accounts, base atoms: long minus short open interest.
    pub fn skew_atoms(&self) -> i128 {
        let short = i128::from(self.short_open_interest_atoms);
        i128::from(self.long_open_interest_atoms).saturating_sub(short)
    }

    /// The skew that a trade is priced by at `now`: of now and of before this second. Every change of open
    /// interest follows an accrual of its own second.
    pub fn skew(&self, now: i64) -> Skew {
        let skew = Skew::resting(self.skew_atoms());
        if now > self.funding.updated_ts {
            return skew; // nothing has changed in this second
        }
        Skew {
            resting_atoms: self.resting_skew_atoms.into(),
            ..skew
        }
    }

    /// Next number for an event of this asset.
    pub fn next_event(&mut self) -> u64 {
        self.event_sequence = self.event_sequence.wrapping_add(1);
        self.event_sequence
    }
}
