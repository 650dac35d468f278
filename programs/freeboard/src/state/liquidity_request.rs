//! `LiquidityRequest`: an LP's deposit or redemption that waits for its delay.
use super::{
    params::PoolParams,
    version::{Layout, layout},
};
use crate::error::{FreeboardError, OrRaise, OrRefuse};
use anchor_lang::prelude::*;
use freeboard_risk::pool::{LpWindow, RequestPart};

/// What an LP asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
#[repr(u8)]
pub enum LiquidityKind {
    /// Quote into shares.
    Deposit,
    /// Shares into quote.
    Redeem,
}

/// What an escrow holds for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Escrowed {
    /// How many atoms.
    pub atoms: u64,
    /// They are shares; quote otherwise.
    pub are_shares: bool,
}

/// One per request, closed when its outcome is paid or it is cancelled. PDA
/// `["liquidity", exchange, owner, number]`. What it asks to exchange is in escrow until then, or what it was
/// exchanged for where the destination could not be paid.
#[account(zero_copy)]
#[derive(Debug)]
pub struct LiquidityRequest {
    /// Version of this layout.
    pub layout: Layout,
    /// The exchange it belongs to. Written once.
    pub exchange: Pubkey,
    /// The LP: gets the outcome, or what was in escrow, and the rent. Written once.
    pub owner: Pubkey,
    /// Who may execute it like the LP itself; the default key for nobody. Written once.
    pub executor: Pubkey,
    /// The LP's token account that what was in escrow came from: where somebody else gives it back to. Written once.
    pub source: Pubkey,
    /// The LP's token account that the outcome is paid to. Written once.
    pub destination: Pubkey,
    /// Quote atoms to deposit, or shares to redeem: what is left of them. Written by execute_liquidity.
    pub amount_atoms: u64,
    /// Least shares, or least quote atoms, to accept for that. Written by execute_liquidity.
    pub min_out_atoms: u64,
    /// The outcome that waits in escrow: shares of a deposit, quote atoms of a redemption; 0 before the execution.
    /// Written by execute_liquidity.
    pub outcome_atoms: u64,
    /// When it was requested, unix seconds. Written once.
    pub requested_ts: i64,
    /// Number among the owner's requests, a seed of the address. Written once.
    pub number: u16,
    /// [`LiquidityKind`]. Written once.
    pub kind: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Zero.
    pub padding: [u8; 4],
}

layout!(LiquidityRequest = 1);

impl LiquidityRequest {
    /// Whether it asks to redeem shares.
    pub fn is_redemption(&self) -> bool {
        self.kind == LiquidityKind::Redeem as u8
    }

    /// Whether it was executed and its outcome waits in escrow.
    pub fn is_executed(&self) -> bool {
        self.outcome_atoms > 0
    }

    /// What the escrow holds for it.
    pub fn held(&self) -> Escrowed {
        if self.is_executed() {
            Escrowed {
                atoms: self.outcome_atoms,
                are_shares: !self.is_redemption(),
            }
        } else {
            Escrowed {
                atoms: self.amount_atoms,
                are_shares: self.is_redemption(),
            }
        }
    }

    /// The least to accept for a part of it, up.
    ///
    /// Errors: `Overflow` for more than is left.
    pub fn min_out_of(&self, part_atoms: u64) -> Result<u64> {
        let part = RequestPart {
            part_atoms,
            whole_atoms: self.amount_atoms,
        };
        part.min_out_ceil(self.min_out_atoms).or_refuse()
    }

    /// Takes an executed part out of it, with the least that was to be accepted for it: all parts together never come
    /// to less than the LP asked for.
    ///
    /// Errors: `Overflow` for more than is left.
    pub fn take(&mut self, part_atoms: u64) -> Result<()> {
        let overflow = FreeboardError::Overflow;
        let least = self.min_out_of(part_atoms)?;
        let left = self.min_out_atoms.checked_sub(least);
        self.min_out_atoms = left.or_raise(overflow)?;
        let left = self.amount_atoms.checked_sub(part_atoms);
        self.amount_atoms = left.or_raise(overflow)?;
        Ok(())
    }

    /// Whether this one is the LP, or the executor that it named.
    pub fn is_by_lp(&self, signer: &Pubkey) -> bool {
        *signer == self.owner || (self.executor != Pubkey::default() && *signer == self.executor)
    }

    /// When it may be executed by the delay and the window of now.
    pub fn window(&self, pool: &PoolParams) -> LpWindow {
        LpWindow::new(self.requested_ts, &(*pool).into())
    }
}
