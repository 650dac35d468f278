//! What pool, insurance and winners carry.
use super::{MarginSnapshot, Stamp};
use anchor_lang::prelude::*;

/// A position's loss was realised into the quote balance.
#[event]
pub struct LossSettled {
    /// The margin account.
    pub stamp: Stamp,
    /// Index of the asset.
    pub asset_index: u16,
    /// Price that the loss was measured at, USD per whole base unit × 10^12.
    pub price_e12: u128,
    /// Its publish time, unix seconds.
    pub publish_ts: i64,
    /// What the account paid, quote atoms, down.
    pub loss_atoms: i64,
    /// Entry notional after it, signed, quote atoms: what the position costs at that price; negative for a short.
    pub entry_after_atoms: i64,
    /// Quote balance after it, signed, quote atoms; negative for a loan.
    pub quote_after_atoms: i64,
    /// What the account is below zero, as known from now on, quote atoms; 0 for nothing.
    pub bad_debt_atoms: i64,
}

/// A bankrupt account's loan was paid.
#[event]
pub struct BankruptcyResolved {
    /// The margin account.
    pub stamp: Stamp,
    /// The asset in which the account was last liquidated or lost most: its insurance cap was used. `u16::MAX` if it
    /// was never liquidated; then the first asset's cap was.
    pub charged_asset_index: u16,
    /// Value of the collateral that went to the insurance fund, quote atoms, up; 50 % more where its price was unknown.
    pub collateral_atoms: u64,
    /// The loan that was paid, quote atoms: the sum of insurance, pool and deficit.
    pub loss_atoms: u64,
    /// What the insurance fund paid of it, quote atoms.
    pub by_insurance_atoms: u64,
    /// What the pool paid of it out of its value, quote atoms.
    pub by_pool_atoms: u64,
    /// What of pool and deficit was lost in that market beyond the EMA band, and counts against its share, quote atoms.
    pub charged_atoms: u64,
    /// What counted against that share before it, in the running 24 h, quote atoms.
    pub paid_before_atoms: u64,
    /// What had no payer, and became deficit, quote atoms.
    pub deficit_atoms: u64,
    /// The pool's deficit after it, quote atoms.
    pub deficit_after_atoms: u64,
    /// Interest that was added to the loan before it, quote atoms.
    pub interest_atoms: i64,
}

/// A winning position was closed for the deficit, or for what its market cost the pool beyond its share.
#[event]
pub struct PositionDeleveraged {
    /// The winner's margin account.
    pub stamp: Stamp,
    /// Index of the asset.
    pub asset_index: u16,
    /// Oracle price that it was closed at, without fee and spread, USD per whole base unit × 10^12.
    pub price_e12: u128,
    /// Its publish time, unix seconds.
    pub publish_ts: i64,
    /// Since when the threshold of the score falls, unix seconds: there is a deficit, or this market's winners owe.
    pub deficit_since_ts: i64,
    /// What this market's winners owed the pool before it, quote atoms.
    pub winners_owe_atoms: u64,
    /// Size before it, signed, base atoms; negative for a short.
    pub size_before_atoms: i64,
    /// What was closed of it, base atoms.
    pub closed_atoms: u64,
    /// Profit of what was closed, quote atoms.
    pub gain_atoms: i64,
    /// What of that profit the pool kept, quote atoms; the winner got the rest.
    pub to_deficit_atoms: u64,
    /// The pool's deficit after it, quote atoms.
    pub deficit_after_atoms: u64,
    /// Interest that the winner paid on its loan before it, quote atoms.
    pub interest_atoms: i64,
    /// Funding settled before it, signed, quote atoms: negative when the winner paid.
    pub funding_atoms: i64,
    /// The winner's maintenance margin before it.
    pub before: MarginSnapshot,
    /// The winner's maintenance margin after it.
    pub after: MarginSnapshot,
}
