//! `MarginAccount`: a trader's quote balance, collateral and positions, cross-margined as one.
use crate::error::{FreeboardError, OrRaise, ensure};
use anchor_lang::prelude::*;
use freeboard_risk::{flag::Flag, position};

/// Positions per account.
pub const MAX_POSITIONS: usize = 16;
/// Collateral balances per account.
pub const MAX_COLLATERALS: usize = 8;
/// `asset_index` of an empty slot.
pub const NO_ASSET: u16 = u16::MAX;

/// A perpetual position. Its unrealised PnL is base size · price − entry notional + funding.
#[zero_copy]
#[derive(Debug)]
pub struct Position {
    /// Signed size, base atoms, a multiple of the asset's lot.
    pub base_size_atoms: i64,
    /// Signed cost of the open size, quote atoms: positive for a long.
    pub entry_notional_atoms: i64,
    /// Zero; the funding index of the last settlement.
    pub funding_index: [u64; 2],
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
    /// Zero.
    pub reserved: [u64; 2],
    /// Index of the asset, or [`NO_ASSET`].
    pub asset_index: u16,
    /// Zero.
    pub padding: [u8; 6],
}

/// One per exchange, owner and sub-account number. PDA `["margin", exchange, owner, sub_account]`.
#[account(zero_copy)]
#[derive(Debug)]
pub struct MarginAccount {
    /// The exchange it belongs to. Written once.
    pub exchange: Pubkey,
    /// May do everything. Written once.
    pub owner: Pubkey,
    /// May trade and deposit, not withdraw; the default key for none. Written by set_delegate.
    pub delegate: Pubkey,
    /// Signed quote balance, quote atoms; negative is a loan of the pool.
    pub quote_atoms: i64,
    /// When it was first seen below maintenance margin, unix seconds; 0 for never. See flag.
    pub flagged_ts: i64,
    /// Start of the current liquidation window, unix seconds. Written by liquidate.
    pub window_start_ts: i64,
    /// Gross (Σ|size|·price + loan) at the window's start, quote atoms.
    pub window_gross_atoms: u64,
    /// Notional closed by liquidators in the window, quote atoms.
    pub window_closed_atoms: u64,
    /// Number of events emitted for this account.
    pub event_sequence: u64,
    /// Positions; the order of their slots is the order of the accounts an instruction takes.
    pub positions: [Position; MAX_POSITIONS],
    /// Collateral balances, after the positions in that order.
    pub collaterals: [Collateral; MAX_COLLATERALS],
    /// Sub-account number, a seed of the address.
    pub sub_account: u16,
    /// Bump of this address.
    pub bump: u8,
    /// Zero.
    pub padding: [u8; 5],
    /// Zero; room for pending orders.
    pub reserved: [u64; 64],
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
        funding_index: [0; 2],
        reserved: [0; 2],
        asset_index: NO_ASSET,
        padding: [0; 6],
    };
}

impl Collateral {
    /// An empty slot.
    pub const EMPTY: Self = Self {
        amount_atoms: 0,
        reserved: [0; 2],
        asset_index: NO_ASSET,
        padding: [0; 6],
    };
}

impl MarginAccount {
    /// The position in an asset, taking a free slot for it if there is none.
    ///
    /// Errors: `TooManyPositions`.
    pub fn position_mut(&mut self, asset_index: u16) -> Result<&mut Position> {
        let held = self
            .positions
            .iter()
            .position(|slot| slot.asset_index == asset_index);
        let free = || {
            self.positions
                .iter()
                .position(|slot| slot.asset_index == NO_ASSET)
        };
        let slot = held.or_else(free).and_then(|at| self.positions.get_mut(at));
        let slot = slot.or_raise(FreeboardError::TooManyPositions)?;
        slot.asset_index = asset_index;
        Ok(slot)
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

    /// Frees the slots that hold nothing any more. Every instruction that lowers a size ends with it.
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

    /// Adds a signed amount to the quote balance and returns by how much the loan grew (negative
    /// if it shrank): what the pool's or asset's `loans_atoms` must change by.
    ///
    /// Errors: `Overflow`.
    pub fn add_quote(&mut self, amount_atoms: i64) -> Result<i64> {
        let before = self.loan_atoms();
        let balance = self.quote_atoms.checked_add(amount_atoms);
        self.quote_atoms = balance.or_raise(FreeboardError::Overflow)?;
        let grown = self.loan_atoms().checked_sub(before);
        grown.or_raise(FreeboardError::Overflow)
    }

    /// The loan: the negative part of the quote balance, quote atoms.
    fn loan_atoms(&self) -> i64 {
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
    pub fn flag(&self) -> Flag {
        Flag {
            flagged_ts: Some(self.flagged_ts).filter(|since| *since != 0),
        }
    }

    /// Stores a flag; none is 0.
    pub fn set_flag(&mut self, flag: Flag) {
        self.flagged_ts = flag.flagged_ts.unwrap_or(0);
    }

    /// Next number for an event of this account.
    pub fn next_event(&mut self) -> u64 {
        self.event_sequence = self.event_sequence.wrapping_add(1);
        self.event_sequence
    }
}
