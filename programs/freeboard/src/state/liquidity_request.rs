//! `LiquidityRequest`: an LP's deposit or redemption that waits for its delay.
use super::version::Layout;
use anchor_lang::prelude::*;

/// What an LP asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
#[repr(u8)]
pub enum LiquidityKind {
    /// Quote into shares.
    Deposit,
    /// Shares into quote.
    Redeem,
}

/// One per request, closed when it is executed or cancelled. PDA
/// `["liquidity", exchange, owner, number]`. What it asks to exchange is in escrow until then.
#[account(zero_copy)]
#[derive(Debug)]
pub struct LiquidityRequest {
    /// Version of this layout.
    pub layout: Layout,
    /// The exchange it belongs to. Written once.
    pub exchange: Pubkey,
    /// The LP: gets the outcome, or what was in escrow, and the rent. Written once.
    pub owner: Pubkey,
    /// Quote atoms to deposit, or shares to redeem. Written once.
    pub amount_atoms: u64,
    /// Least shares, or least quote atoms, to accept. Written once.
    pub min_out_atoms: u64,
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

impl LiquidityRequest {
    /// Whether it asks to redeem shares.
    pub fn is_redemption(&self) -> bool {
        self.kind == LiquidityKind::Redeem as u8
    }
}
