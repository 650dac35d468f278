//! Shares and amounts as plain numbers, for the tests of their rounding: those beside the code, and the properties.
use super::*;

fn value(supply: u64, nav: i128) -> ShareValue {
    ShareValue {
        supply: Shares::new(supply),
        nav: WideQuoteAtoms::new(nav),
    }
}

pub fn shares_for_deposit_floor(amount: u64, supply: u64, nav: i128) -> Result<u64, RiskError> {
    let shares = value(supply, nav).deposit_floor(QuoteAtoms::new(amount));
    shares.map(Shares::get)
}

pub fn payout_floor(shares: u64, supply: u64, nav: i128) -> Result<u64, RiskError> {
    let payout = value(supply, nav).payout_floor(Shares::new(shares));
    payout.map(QuoteAtoms::get)
}

pub fn redeemable_floor(shares: u64, supply: u64, nav: i128, spare: u64) -> Result<u64, RiskError> {
    let spare = QuoteAtoms::new(spare);
    let found = value(supply, nav).redeemable_floor(Shares::new(shares), spare);
    found.map(Shares::get)
}

pub fn min_out_ceil(
    min_out_atoms: u64,
    part_atoms: u64,
    whole_atoms: u64,
) -> Result<u64, RiskError> {
    let part = RequestPart {
        part_atoms,
        whole_atoms,
    };
    part.min_out_ceil(min_out_atoms)
}

/// Shares of the first deposit: those that nobody owns, and the depositor's.
pub fn first_shares(amount: u64, nav: i128) -> Result<(u64, u64), RiskError> {
    let first = FirstShares::new(QuoteAtoms::new(amount), WideQuoteAtoms::new(nav))?;
    Ok((first.locked.get(), first.depositor.get()))
}
