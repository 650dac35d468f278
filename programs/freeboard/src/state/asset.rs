//! `Asset`: one unit of risk. Oracle binding, volatility, parameters, perpetual market, collateral
//! vault and its part of the pool's cash in one account, so that a margin check reads two accounts
//! per asset: this and its feed.
use super::change::GROUPS;
use super::exceedances::ExceedanceWindow;
use super::funding::Funding;
use super::implied::Implied;
use super::ledger::Ledger;
use super::outflow::Outflow;
use super::params::{AssetParams, OracleParams, TradeParams};
use super::recorded_price::{RecordedPrice, SettlementAverage};
use super::version::{Layout, layout};
use crate::error::{FreeboardError, OrRefuse, ensure};
use anchor_lang::prelude::*;
use freeboard_risk::governance::{AssetRamp, LevelCoefficients};
use freeboard_risk::market::funding::OpenInterest;
use freeboard_risk::market::gap::{CalmVolatility, MarketLosses};
use freeboard_risk::market::notional::AssetPrice;
use freeboard_risk::market::skew::Skew;
use freeboard_risk::market::trade::{REST_MOST_QUOTE_ATOMS, decay_liquidated};
use freeboard_risk::number::atoms::{BaseAtoms, QuoteAtoms};
use freeboard_risk::number::quantity::{Fraction, Price};
use freeboard_risk::params::{self as risk, AssetCoefficients};
use freeboard_risk::pool::bankruptcy::PaidWindow;
use freeboard_risk::price::exceedance::{Exceedances, WindowOutcome};
use freeboard_risk::price::feed::{FeedRecord, STILL_SAMPLES};
use freeboard_risk::price::observation::{FillKind, Observation};
use freeboard_risk::price::standard::PriceStandard;
use freeboard_risk::price::volatility::VolatilityState;

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

impl OracleKind {
    /// The kind that an account keeps as this byte.
    pub const fn of_byte(byte: u8) -> Self {
        match byte {
            0 => Self::PythReceiver,
            2 => Self::PythReceiverPro,
            _ => Self::PythLegacy,
        }
    }
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

/// One per asset. PDA `["asset", exchange, index]`.
#[account(zero_copy)]
#[derive(Debug)]
pub struct Asset {
    /// Version of this layout.
    pub layout: Layout,
    /// The exchange it belongs to. Written once.
    pub exchange: Pubkey,
    /// Feed id (receiver) or account address (legacy). Written by a change of the feed.
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
    /// Publish time of the newest price update that an instruction has read to write, of whatever quality, unix seconds.
    pub shown_publish_ts: i64,
    /// Publish time of the first of an unbroken run of shown price updates further from their EMA than a liquidation accepts;
    /// `i64::MAX` if the newest was not.
    pub ema_beyond_since_ts: i64,
    /// Clock time when the absence of the feed was announced, unix seconds; `i64::MAX` if it is not, or was refuted.
    pub absent_since_ts: i64,
    /// How many samples in a row saw the recorded price and EMA unchanged.
    pub still_samples: u32,
    /// Zero.
    pub padding_feed: u32,
    /// Volatility (whitepaper §3.1): `risk::VolatilityState` words. Written by sample_volatility.
    pub volatility_words: [u64; VolatilityState::WORDS],
    /// Implied volatility, which may raise the target of the measured one.
    pub implied: Implied,
    /// Live validation (whitepaper §12.7): the hour that is being watched. Written by sample_volatility and by a change of
    /// the feed, as the four counters.
    pub exceedance_window: ExceedanceWindow,
    /// Windows that a sample ended in time.
    pub exceedance_windows: u32,
    /// Of them, those in which the price fell by more than the unit shock of MM at their start.
    pub exceedance_falls: u32,
    /// Of them, those in which it rose by more.
    pub exceedance_rises: u32,
    /// Hours that no window tells of, because no sample came in time; saturating.
    pub exceedances_missed: u32,
    /// Pool side of the books. Written by trade, liquidate and rebalance_pool.
    pub ledger: Ledger,
    /// What the ledger received at its last sweep, quote atoms.
    pub allocation_atoms: i64,
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
    /// Σ what counts of them at both levels, base atoms, without relief; a deposit counts up to `params.deposit_cap_atoms`.
    pub collateral_counted_atoms: u64,
    /// What left the vault lately, and what it held.
    pub outflow: Outflow,
    /// Notional liquidated, decaying with a half-life of 1 h, as of `liquidated_ts`, quote atoms.
    pub liquidated_quote_atoms: u64,
    /// Clock time of `liquidated_quote_atoms`, unix seconds.
    pub liquidated_ts: i64,
    /// Notional traded and liquidated, decaying with a half-life of a week, as of `turnover_ts`, quote atoms; 0 while
    /// `params.turnover_reference_quote_atoms` is 0. Written by each fill and liquidation and by a change of the reference.
    pub turnover_quote_atoms: u64,
    /// Clock time of `turnover_quote_atoms`, unix seconds.
    pub turnover_ts: i64,
    /// Part of L that does not count because too little is traded, × 10^9. Written by sample_volatility and by a change of
    /// the reference.
    pub depth_cut_e9: u64,
    /// Clock time of its newest step, unix seconds.
    pub depth_cut_ts: i64,
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
    /// From when `collateral_weight` counts, unix seconds: new collateral is worth nothing at first.
    pub weight_from_ts: i64,
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
    /// [`OracleKind`]. Written by a change of the feed.
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

layout!(Asset = 1);

impl Asset {
    /// Coefficients as targets, `collateral_weight` included: where a ramp leads to, and with the whole of L.
    pub fn target(&self) -> AssetCoefficients {
        AssetCoefficients::from_words(&self.coefficient_words)
    }

    /// Coefficients as targets at `now`, with the whole of L: `collateral_weight` counts 0 until `weight_from_ts`.
    pub fn coefficients(&self, now: i64) -> AssetCoefficients {
        let mut coefficients = self.target();
        if now < self.weight_from_ts {
            coefficients.collateral_weight = Fraction::ZERO;
        }
        coefficients
    }

    /// What a holding takes at `now`: the coefficients that MM reads, with what counts of L, and the target terms that IM reads
    /// instead while a ramp runs.
    #[inline(never)]
    pub fn coefficients_by_level(&self, now: i64) -> LevelCoefficients {
        let ramp = AssetRamp::from_words(&self.ramp_words);
        let mut levels = ramp.split(&self.target(), now);
        if self.depth_cut_e9 != 0 {
            levels = self.depth_cut().levels(&levels);
        }
        if now < self.weight_from_ts {
            levels.maintenance.collateral_weight = Fraction::ZERO;
            if let Some(terms) = &mut levels.initial {
                terms.collateral_weight = Fraction::ZERO;
            }
        }
        levels
    }

    /// Until when MM moves to the target, collateral weight aside, unix seconds; 0 if it never did.
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

    /// Refuses a balance of this collateral that is worth less, at the recorded price, than the minimum notional or
    /// what the account is known to be below zero, quote atoms: no instruction that a slip of dust makes longer, and
    /// none of it between a loss and who resolves it. The price need not be young, because nothing is credited by it.
    ///
    /// Errors: `CollateralBelowMinimum`.
    pub fn require_collateral_worth(&self, amount_atoms: u64, bad_debt_atoms: i64) -> Result<()> {
        let worth = self
            .priced(self.recorded.price())
            .notional_ceil(BaseAtoms::new(amount_atoms));
        let minimum = self.trade.min_notional_quote_atoms;
        let minimum = minimum.min(REST_MOST_QUOTE_ATOMS);
        ensure(
            worth.unwrap_or(QuoteAtoms::MAX).get()
                >= minimum.max(bad_debt_atoms.max(0).unsigned_abs()),
            FreeboardError::CollateralBelowMinimum,
        )
    }

    /// Which kind of Pyth account it reads.
    pub const fn oracle_kind(&self) -> OracleKind {
        OracleKind::of_byte(self.oracle_kind)
    }

    /// Volatility state.
    pub fn volatility(&self) -> Result<VolatilityState> {
        VolatilityState::from_words(&self.volatility_words).or_refuse()
    }

    /// Volatility state whose next target counts the implied volatility of `now`: what a sample and a change begin with.
    pub fn volatility_at(&self, now: i64) -> Result<VolatilityState> {
        let mut volatility = self.volatility()?;
        volatility.implied = self.implied.known().counted(now);
        Ok(volatility)
    }

    /// Takes the target anew with the implied volatility of `now`: IM reads it at once, MM follows by its speed limit.
    ///
    /// Errors: `Overflow`.
    pub fn refresh_volatility(&mut self, now: i64) -> Result<VolatilityState> {
        let coefficients = self.target();
        let mut volatility = self.volatility_at(now)?;
        volatility
            .retarget(now, &coefficients, &self.params.into(), &coefficients)
            .or_refuse()?;
        self.volatility_words = volatility.to_words();
        Ok(volatility)
    }

    /// This price together with the decimals of the base token.
    #[inline]
    pub fn priced(&self, price: Price) -> AssetPrice {
        AssetPrice {
            price,
            base_decimals: self.params.base_decimals,
        }
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

    /// The newest price that a standard judges where a caller shows this price update, or none.
    #[inline]
    pub fn newest_for(&self, standard: PriceStandard, shown: Option<Observation>) -> Observation {
        match shown {
            Some(update) if update.publish_ts >= self.recorded.publish_ts => update,
            older => self.recorded_for(standard, older),
        }
    }

    #[cold]
    #[inline(never)]
    fn recorded_for(&self, standard: PriceStandard, older: Option<Observation>) -> Observation {
        self.known().newest_for(standard, older)
    }

    /// The limits of its prices.
    #[inline]
    pub fn limits(&self) -> risk::OracleParams {
        self.oracle.into()
    }

    /// Checks a price by a standard, beside what was shown before it.
    ///
    /// Errors: `PriceStale`, `ConfidenceTooWide`, `PriceFarFromEma`, `PriceStandsStill`.
    pub fn check_price(
        &self,
        standard: PriceStandard,
        price: &Observation,
        now: i64,
    ) -> Result<()> {
        let limits = self.limits();
        let accepted = standard.check_limits(price, &limits, now).is_ok();
        if accepted && self.still_samples < STILL_SAMPLES {
            return Ok(()); // whatever was shown before it
        }
        self.check_beside_record(standard, price, &limits, now)
    }

    #[cold]
    #[inline(never)]
    fn check_beside_record(
        &self,
        standard: PriceStandard,
        price: &Observation,
        limits: &risk::OracleParams,
        now: i64,
    ) -> Result<()> {
        let checked = self.known().check_price(standard, price, limits, now);
        checked.or_refuse()
    }

    /// Notional liquidated lately, decayed to `now`, quote atoms.
    pub fn liquidated_lately(&self, now: i64) -> u64 {
        let elapsed = now.saturating_sub(self.liquidated_ts).max(0);
        let liquidated = QuoteAtoms::new(self.liquidated_quote_atoms);
        decay_liquidated(liquidated, elapsed.unsigned_abs()).get()
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

    /// Live validation as the core sees it.
    pub fn exceedances(&self) -> Exceedances {
        Exceedances {
            window: self.exceedance_window.into(),
            windows: self.exceedance_windows,
            falls: self.exceedance_falls,
            rises: self.exceedance_rises,
            missed: self.exceedances_missed,
        }
    }

    /// Stores what the core made of it.
    pub fn set_exceedances(&mut self, exceedances: &Exceedances) {
        self.exceedance_window = exceedances.window.into();
        self.exceedance_windows = exceedances.windows;
        self.exceedance_falls = exceedances.falls;
        self.exceedance_rises = exceedances.rises;
        self.exceedances_missed = exceedances.missed;
    }

    /// Takes note of an accepted sample and of the unit shock right after it.
    pub fn watch(&mut self, sample: &Observation, u_mm: Fraction) -> WindowOutcome {
        let mut exceedances = self.exceedances();
        let outcome = exceedances.observe(sample.price, sample.publish_ts, u_mm);
        if outcome != WindowOutcome::Open {
            self.set_exceedances(&exceedances);
        }
        outcome
    }
}
