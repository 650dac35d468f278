//! `MarginAccount`: a trader's quote balance, collateral and positions, cross-margined as one.
use super::ledger::Loan;
use super::version::{Layout, layout};
use super::words::from_words;
use crate::error::{FreeboardError, OrRaise, ensure};
use anchor_lang::prelude::*;
use freeboard_risk::liquidation::flag::MarginFlag;
use freeboard_risk::market::collateral::CollateralBalance;
use freeboard_risk::market::outflow::{Day, LateDeposits};
use freeboard_risk::market::position;
use freeboard_risk::number::atoms::QuoteAtoms;
use freeboard_risk::pool::borrow;
use freeboard_risk::requirement::holding;

/// Positions per account.
pub const MAX_POSITIONS: usize = holding::MAX_POSITIONS;
/// Collateral balances per account.
pub const MAX_COLLATERALS: usize = holding::MAX_COLLATERALS;
/// Orders that may wait in an account.
pub const MAX_ORDERS: usize = 8;
/// `asset_index` of an empty slot.
pub const NO_ASSET: u16 = u16::MAX;
/// Numbers of events and orders that begin with each slot. An account that is opened where one was closed goes on above
/// every number of that one: it was closed in a later slot than it was opened in, and no slot has compute units for so
/// many instructions on one account (an event costs over 1,500 of them).
pub const NUMBERS_PER_SLOT: u64 = 1 << 20;

/// A perpetual position. Its unrealised PnL is base size · price − entry notional + funding.
#[zero_copy]
#[derive(Debug)]
pub struct Position {
    /// Signed size, base atoms, a multiple of the asset's lot.
    pub base_size_atoms: i64,
    /// Signed cost of the open size, quote atoms: positive for a long.
    pub entry_notional_atoms: i64,
    /// Index of the market's funding at the last settlement, units of 2^-64 quote atoms per base atom,
    /// low word first.
    pub funding_index_q64: [u64; 2],
    /// Zero.
    pub reserved: [u64; 2],
    /// Index of the asset, or [`NO_ASSET`].
    pub asset_index: u16,
    /// Zero.
    pub padding: [u8; 6],
}

/// A collateral balance.
#[zero_copy]
#[derive(Debug)]
pub struct Collateral {
    /// Amount in the asset's vault, base atoms.
    pub amount_atoms: u64,
    /// Deposited on [`Self::deposit_day`] and not withdrawn, base atoms.
    pub deposited_atoms: u64,
    /// The same of the day before it.
    pub deposited_before_atoms: u64,
    /// Index of the asset, or [`NO_ASSET`].
    pub asset_index: u16,
    /// The newest day of a deposit: unix time by 86,400 s.
    pub deposit_day: u16,
    /// Part of the amount that counts at weight 0, × 10^9: it was deposited above the asset's cap.
    pub uncounted_e9: u32,
    /// Part of the amount that counts at the maintenance level alone, × 10^9: relief, deposited above the cap while the
    /// account lacked initial margin.
    pub relief_e9: u32,
    /// Zero.
    pub padding: [u8; 4],
}

/// A request to trade, filled by anyone at a price published after it. It holds nothing back.
#[zero_copy]
#[derive(Debug, Default)]
pub struct Order {
    /// Number of the order in its account; 0 for an empty slot.
    pub id: u64,
    /// Signed size, base atoms: positive buys.
    pub size_atoms: i64,
    /// Worst acceptable fill price, USD per whole unit × 10^12, low word first.
    pub limit_price_e12: [u64; 2],
    /// When it was requested, unix seconds.
    pub requested_ts: i64,
    /// From when on it cannot be filled, unix seconds.
    pub expiry_ts: i64,
    /// Index of the asset.
    pub asset_index: u16,
    /// 1 if it may only reduce.
    pub reduce_only: u8,
    /// 1 if the delegate requested it: it is void when that delegate is dismissed.
    pub by_delegate: u8,
    /// Zero.
    pub padding: [u8; 4],
}

/// One per exchange, owner and sub-account number. PDA `["margin", exchange, owner, sub_account]`.
#[account(zero_copy)]
#[derive(Debug)]
pub struct MarginAccount {
    /// Version of this layout.
    pub layout: Layout,
    /// The exchange it belongs to. Written once.
    pub exchange: Pubkey,
    /// May do everything. Written once.
    pub owner: Pubkey,
    /// May trade and deposit, not withdraw; the default key for none. Written by set_delegate.
    pub delegate: Pubkey,
    /// Signed quote balance, quote atoms; negative is a loan of the pool.
    pub quote_atoms: i64,
    /// Since when it has been below its maintenance margin without a break, unix seconds; 0 for not. See flag.
    pub flagged_ts: i64,
    /// Start of the current liquidation window, unix seconds. Written by liquidate.
    pub window_start_ts: i64,
    /// Gross (Σ|size|·price + loan) at the window's start, quote atoms.
    pub window_gross_atoms: u64,
    /// Notional closed by liquidators in the window, quote atoms.
    pub window_closed_atoms: u64,
    /// Borrow index at the last settlement of interest, units of 2^-64, low word first.
    pub borrow_index_q64: [u64; 2],
    /// What the account was seen to be below zero: its part of the known bad debt, quote atoms.
    pub bad_debt_atoms: i64,
    /// Number of the newest event of this account; they begin above `opened_slot` · [`NUMBERS_PER_SLOT`].
    pub event_sequence: u64,
    /// Positions; the order of their slots is the order of the accounts an instruction takes.
    pub positions: [Position; MAX_POSITIONS],
    /// Collateral balances, after the positions in that order.
    pub collaterals: [Collateral; MAX_COLLATERALS],
    /// Requests that wait for a price; see [`Order`].
    pub orders: [Order; MAX_ORDERS],
    /// Number of the newest order; they begin where the events do, so that what was signed for an order of an account
    /// that was closed is about none of this one.
    pub order_sequence: u64,
    /// What of its bad debt was lost in the market [`Self::last_liquidated`], beyond the EMA band of a trade,
    /// quote atoms. Written by whatever closes a losing position of an account below zero.
    pub charged_atoms: u64,
    /// Slot in which it was opened; it can be closed from the next on. Written once.
    pub opened_slot: u64,
    /// Sub-account number, a seed of the address.
    pub sub_account: u16,
    /// The asset that pays for a bankruptcy: where the most of [`Self::charged_atoms`] was lost, else that of the
    /// last liquidation, or closing below zero; [`NO_ASSET`] for none.
    pub last_liquidated: u16,
    /// Bump of this address.
    pub bump: u8,
    /// 1 while a margin call stands: it was told that equity is below the call level, and has not been seen to meet its
    /// initial margin since. Written by flag, and by whatever fills, withdraws or borrows. See [`Self::call`].
    pub called: u8,
    /// Zero.
    pub padding: [u8; 2],
    /// When it was last seen below its maintenance margin, unix seconds. Written with `flagged_ts`.
    pub flag_renewed_ts: i64,
    /// Newest publish time of the prices that showed it below, unix seconds. Written with `flagged_ts`.
    pub flag_publish_ts: i64,
    /// Zero.
    pub reserved: [u64; 20],
}

impl Position {
    /// Size and cost, as the core sees them.
    pub fn as_core(&self) -> position::Position {
        position::Position {
            size_atoms: self.base_size_atoms,
            entry_quote_atoms: self.entry_notional_atoms,
        }
    }

    /// Stores size and cost.
    pub fn set(&mut self, position: position::Position) {
        self.base_size_atoms = position.size_atoms;
        self.entry_notional_atoms = position.entry_quote_atoms;
    }

    /// An empty slot.
    pub const EMPTY: Self = Self {
        base_size_atoms: 0,
        entry_notional_atoms: 0,
        funding_index_q64: [0; 2],
        reserved: [0; 2],
        asset_index: NO_ASSET,
        padding: [0; 6],
    };
}

impl Order {
    /// Whether the slot may be used for another order: empty, or expired.
    pub fn is_free(&self, now: i64) -> bool {
        self.id == 0 || now >= self.expiry_ts
    }
}

impl Collateral {
    /// An empty slot.
    pub const EMPTY: Self = Self {
        amount_atoms: 0,
        deposited_atoms: 0,
        deposited_before_atoms: 0,
        asset_index: NO_ASSET,
        deposit_day: 0,
        uncounted_e9: 0,
        relief_e9: 0,
        padding: [0; 4],
    };

    /// Amount and what of it counts, as the core sees them.
    pub const fn balance(&self) -> CollateralBalance {
        CollateralBalance {
            amount_atoms: self.amount_atoms,
            uncounted_e9: self.uncounted_e9,
            relief_e9: self.relief_e9,
        }
    }

    /// Stores amount and what of it counts.
    pub const fn set_balance(&mut self, balance: CollateralBalance) {
        self.amount_atoms = balance.amount_atoms;
        self.uncounted_e9 = balance.uncounted_e9;
        self.relief_e9 = balance.relief_e9;
    }

    /// What was deposited yesterday and today, as the core sees it.
    pub const fn late_deposits(&self) -> LateDeposits {
        LateDeposits {
            day: Day(self.deposit_day),
            atoms: self.deposited_atoms,
            before_atoms: self.deposited_before_atoms,
        }
    }

    /// Stores what was deposited yesterday and today.
    pub const fn set_late_deposits(&mut self, late: LateDeposits) {
        self.deposit_day = late.day.0;
        self.deposited_atoms = late.atoms;
        self.deposited_before_atoms = late.before_atoms;
    }
}

layout!(MarginAccount = 1);

impl MarginAccount {
    /// Begins its numbers in this slot, when it is opened.
    ///
    /// Errors: `Overflow`.
    pub fn begin_numbers(&mut self, slot: u64) -> Result<()> {
        let first = slot.checked_mul(NUMBERS_PER_SLOT);
        self.event_sequence = first.or_raise(FreeboardError::Overflow)?;
        self.order_sequence = self.event_sequence;
        self.opened_slot = slot;
        Ok(())
    }

    /// Takes the orders of the delegate out of their slots.
    pub fn take_orders_of_delegate(&mut self) -> impl Iterator<Item = Order> + '_ {
        let of_delegate = |order: &&mut Order| order.id != 0 && order.by_delegate != 0;
        self.orders
            .iter_mut()
            .filter(of_delegate)
            .map(core::mem::take)
    }

    /// The slot of the position in an asset, taking a free one for it if there is none.
    ///
    /// Errors: `TooManyPositions`.
    pub fn position_slot(&mut self, asset_index: u16) -> Result<usize> {
        let held = self
            .positions
            .iter()
            .position(|slot| slot.asset_index == asset_index);
        let free = || {
            self.positions
                .iter()
                .position(|slot| slot.asset_index == NO_ASSET)
        };
        let at = held
            .or_else(free)
            .or_raise(FreeboardError::TooManyPositions)?;
        self.position_at(at)?.asset_index = asset_index;
        Ok(at)
    }

    /// The position in a slot.
    ///
    /// Errors: `TooManyPositions` beyond the last slot.
    pub fn position_at(&mut self, slot: usize) -> Result<&mut Position> {
        let position = self.positions.get_mut(slot);
        position.or_raise(FreeboardError::TooManyPositions)
    }

    /// The collateral balance in an asset, taking a free slot for it if there is none.
    ///
    /// Errors: `TooManyCollaterals`.
    pub fn collateral_mut(&mut self, asset_index: u16) -> Result<&mut Collateral> {
        let held = self
            .collaterals
            .iter()
            .position(|slot| slot.asset_index == asset_index);
        let free = || {
            self.collaterals
                .iter()
                .position(|slot| slot.asset_index == NO_ASSET)
        };
        let slot = held
            .or_else(free)
            .and_then(|at| self.collaterals.get_mut(at));
        let slot = slot.or_raise(FreeboardError::TooManyCollaterals)?;
        slot.asset_index = asset_index;
        Ok(slot)
    }

    /// Frees the slots that hold nothing any more, and ends flag and call of an account that nothing can be closed of.
    /// Every instruction that lowers a size ends with it.
    pub fn free_empty_slots(&mut self) {
        for slot in &mut self.positions {
            if slot.base_size_atoms == 0 {
                *slot = Position::EMPTY;
            }
        }
        for slot in &mut self.collaterals {
            if slot.amount_atoms == 0 {
                *slot = Collateral::EMPTY;
            }
        }
        self.end_idle_flag();
    }

    /// Ends flag and margin call of an account that holds nothing a liquidation could close.
    pub fn end_idle_flag(&mut self) {
        if (self.flagged_ts != 0 || self.is_called()) && self.is_idle() {
            self.set_flag(MarginFlag::default());
            self.end_call();
        }
    }

    /// Whether a margin call stands.
    pub const fn is_called(&self) -> bool {
        self.called != 0
    }

    /// Notes a margin call. Returns whether none stood, so that each is told once.
    pub fn call(&mut self) -> bool {
        let is_new = !self.is_called();
        self.called = 1;
        is_new
    }

    /// Ends a margin call: the initial margin is met, or there is nothing left that needs one.
    pub fn end_call(&mut self) {
        self.called = 0;
    }

    /// Whether no price can change anything: no position, and no collateral that a loan stands against.
    pub fn is_idle(&self) -> bool {
        !self.has_positions() && (self.quote_atoms >= 0 || !self.has_collaterals())
    }

    /// Whether anything of it needs margin: a position or a loan.
    pub fn needs_margin(&self) -> bool {
        self.has_positions() || self.quote_atoms < 0
    }

    /// Takes an order out of its slot.
    ///
    /// Errors: `OrderNotFound`.
    pub fn take_order(&mut self, order_id: u64) -> Result<Order> {
        let slot = self.orders.iter_mut().find(|slot| slot.id == order_id);
        let slot = slot.filter(|slot| slot.id != 0);
        Ok(core::mem::take(
            slot.or_raise(FreeboardError::OrderNotFound)?,
        ))
    }

    /// Whether any perpetual position is open.
    pub fn has_positions(&self) -> bool {
        self.positions
            .iter()
            .any(|slot| slot.asset_index != NO_ASSET)
    }

    /// Whether any collateral is held.
    pub fn has_collaterals(&self) -> bool {
        self.collaterals
            .iter()
            .any(|slot| slot.asset_index != NO_ASSET)
    }

    /// The position in an asset, if there is one.
    pub fn find_position(&self, asset_index: u16) -> Option<&Position> {
        self.positions
            .iter()
            .find(|slot| slot.asset_index == asset_index)
    }

    /// The collateral in an asset, if there is any.
    pub fn find_collateral(&self, asset_index: u16) -> Option<&Collateral> {
        self.collaterals
            .iter()
            .find(|slot| slot.asset_index == asset_index)
    }

    /// The collateral in an asset, base atoms.
    pub fn collateral_atoms(&self, asset_index: u16) -> u64 {
        let held = self.find_collateral(asset_index);
        held.map_or(0, |slot| slot.amount_atoms)
    }

    /// The loan as a ledger counts it.
    pub fn loan(&self) -> Loan {
        let atoms = self.loan_atoms();
        if atoms == 0 {
            return Loan::default();
        }
        let index_q64 = from_words(self.borrow_index_q64);
        let loan = QuoteAtoms::new(atoms.unsigned_abs());
        let start = borrow::start_floor(loan, index_q64).get();
        Loan {
            atoms,
            start_atoms: i64::try_from(start).unwrap_or(atoms), // at most the loan
        }
    }

    /// The loan: the negative part of the quote balance, quote atoms.
    pub(crate) fn loan_atoms(&self) -> i64 {
        self.quote_atoms.min(0).saturating_neg()
    }

    /// Refuses anyone but owner and delegate. The default key, "no delegate", cannot sign.
    ///
    /// Errors: `NotOwnerOrDelegate`.
    pub fn require_authority(&self, signer: &Pubkey) -> Result<()> {
        let allowed = *signer == self.owner || *signer == self.delegate;
        ensure(allowed, FreeboardError::NotOwnerOrDelegate)?;
        Ok(())
    }

    /// The flag, as the core sees it.
    pub fn flag(&self) -> MarginFlag {
        MarginFlag {
            flagged_ts: Some(self.flagged_ts).filter(|since| *since != 0),
            renewed_ts: self.flag_renewed_ts,
            publish_ts: self.flag_publish_ts,
        }
    }

    /// Stores a flag; none is 0.
    pub fn set_flag(&mut self, flag: MarginFlag) {
        self.flagged_ts = flag.flagged_ts.unwrap_or(0);
        self.flag_renewed_ts = flag.renewed_ts;
        self.flag_publish_ts = flag.publish_ts;
    }

    /// Next number for an event of this account.
    pub fn next_event(&mut self) -> u64 {
        self.event_sequence = self.event_sequence.wrapping_add(1);
        self.event_sequence
    }
}
