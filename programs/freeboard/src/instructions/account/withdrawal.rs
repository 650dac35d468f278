//! What withdraw, borrow and withdraw_pro_rata share: the tokens that leave, and the margin that stays.
use crate::arrange::{AssetSource, Holdings, SharedRisk};
use crate::error::{FreeboardError, OrRefuse, ensure};
use crate::events::{MarginSnapshot, snapshot};
use crate::governance::pauses::{self, Operation};
use crate::instructions::account::transfer::{Transfer, Vault};
use crate::state::{Asset, Exchange, MarginAccount};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use core::ops::Deref;
use freeboard_risk::requirement::margin;

/// The token accounts of a withdrawal.
pub(in crate::instructions) struct Tokens<'a, 'info> {
    pub(in crate::instructions) program: &'a Interface<'info, TokenInterface>,
    pub(in crate::instructions) mint: &'a InterfaceAccount<'info, Mint>,
    pub(in crate::instructions) vault: &'a InterfaceAccount<'info, TokenAccount>,
    pub(in crate::instructions) destination: &'a InterfaceAccount<'info, TokenAccount>,
}

impl<'info> Tokens<'_, 'info> {
    /// Withdrawals are open, and the accounts are those of the asset, or of quote without one.
    ///
    /// Errors: `AmountZero`, `OperationPaused`, `AssetNotCollateral`, `MintMismatch`, `VaultMismatch`,
    /// `DuplicateAccount`.
    pub(in crate::instructions) fn check_tokens(
        &self,
        exchange: &Exchange,
        asset: Option<&AccountLoader<Asset>>,
        amount_atoms: u64,
        now: i64,
    ) -> Result<()> {
        ensure(amount_atoms > 0, FreeboardError::AmountZero)?;
        pauses::require_open(exchange, Operation::Withdraw, now)?;
        Vault::new(exchange, asset)?.require(self.mint, self.vault)?;
        ensure(
            self.vault.key() != self.destination.key(),
            FreeboardError::DuplicateAccount,
        )
    }

    /// Pays out of the vault, as the exchange. Lets go of that account first, because the token program reads it.
    ///
    /// Errors: `VaultShort`, `TokenAccountFrozen`, `DestinationNeedsMemo`; those of the token program.
    pub(in crate::instructions) fn pay(
        &self,
        authority: AccountInfo<'info>,
        exchange: impl Deref<Target = Exchange>,
        amount_atoms: u64,
    ) -> Result<()> {
        let (creator, bump) = (exchange.creator, exchange.bump);
        drop(exchange);
        Transfer {
            program: self.program,
            mint: self.mint,
            from: self.vault,
            to: self.destination.to_account_info(),
            authority,
        }
        .by_exchange(amount_atoms, &creator, bump)
    }
}

/// What is left must meet the initial margin at usable prices; an account without positions and loan needs none. It
/// ends a margin call; a flag that stands is looked at again.
///
/// `holdings` are loaded for `Trade` from `assets`. Errors: `InitialMarginNotMet`,
/// `PositionPriceUnusable`.
#[inline(never)] // a stack frame of its own
pub(in crate::instructions) fn check_left(
    exchange: &Exchange,
    account: &mut MarginAccount,
    mut holdings: Holdings,
    assets: &mut impl AssetSource,
    now: i64,
) -> Result<MarginSnapshot> {
    let shared = SharedRisk::load(exchange, now);
    let report = margin::initial(&shared.portfolio(account.quote_atoms, &holdings.list));
    let report = report.or_refuse()?;
    report.require_met().or_refuse()?;
    account.end_call();
    holdings.review_flag(account, assets, (exchange, &shared), now);
    snapshot(&report.requirement)
}
