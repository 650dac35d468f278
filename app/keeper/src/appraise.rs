//! Accounts priced off chain, by the program's own code, before anything is spent.
use anchor_lang::error::Error;
use anchor_lang::prelude::Pubkey;
use freeboard_client::freeboard::state::MarginAccount;
use freeboard_client::margin;
use rayon::prelude::*;

use crate::book::ExchangeBook;

/// What an account is worth to whoever flags and liquidates. Amounts in quote atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountMark {
    /// Equity as a liquidation sees it.
    pub equity_atoms: i64,
    /// Maintenance margin as a liquidation sees it.
    pub margin_atoms: i64,
    /// Whether it can be flagged now.
    pub is_liquidatable: bool,
    /// What it may still lose to new trades.
    pub free_collateral_atoms: i64,
}

impl AccountMark {
    /// Whether it is so far below that a liquidation may not have to wait for a flag: less than two thirds of its margin.
    pub fn is_severe(&self) -> bool {
        self.is_liquidatable
            && i128::from(self.equity_atoms) * 3 < i128::from(self.margin_atoms) * 2
    }
}

/// The mark of one account. The line to change where another valuation is to be used.
///
/// Errors: those of the program.
pub fn mark_of(book: &ExchangeBook, account: &MarginAccount, now: i64) -> Result<AccountMark, Error> {
    let report = margin::report(&book.state.exchange, account, &book.priced, now)?;
    Ok(AccountMark {
        equity_atoms: report.liquidation.equity_atoms,
        margin_atoms: report.liquidation.margin_atoms,
        is_liquidatable: report.is_liquidatable,
        free_collateral_atoms: report.free_collateral_atoms,
    })
}

/// The marks of these accounts, side by side on every core; without those that cannot be valued.
pub fn marks_of(book: &ExchangeBook, addresses: &[Pubkey], now: i64) -> Vec<(Pubkey, AccountMark)> {
    let one = |address: &Pubkey| {
        let account = book.account(address)?;
        if !account.needs_margin() {
            return Some((*address, AccountMark::default()));
        }
        match mark_of(book, account, now) {
            Ok(mark) => Some((*address, mark)),
            Err(error) => {
                tracing::debug!(%address, %error, "cannot be valued");
                None
            }
        }
    };
    addresses.par_iter().filter_map(one).collect()
}
