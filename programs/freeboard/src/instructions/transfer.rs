//! Token transfers, and which vault holds what.
use crate::{
    error::{FreeboardError, ensure},
    seeds,
    state::{Asset, Exchange, Load},
    token_account,
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{
    Mint, TokenAccount, TokenInterface, TransferChecked, transfer_checked,
};

/// The mint and vault that a deposit or withdrawal must name.
pub(super) struct Vault {
    mint: Pubkey,
    vault: Pubkey,
}

impl Vault {
    /// Of an asset's collateral, or of quote if there is no asset.
    ///
    /// Errors: `AssetNotCollateral`.
    pub(super) fn of(exchange: &Exchange, asset: Option<&AccountLoader<Asset>>) -> Result<Self> {
        let Some(asset) = asset else {
            return Ok(Self {
                mint: exchange.quote_mint,
                vault: exchange.quote_vault,
            });
        };
        let asset = asset.read()?;
        ensure(asset.is_collateral(), FreeboardError::AssetNotCollateral)?;
        Ok(Self {
            mint: asset.mint,
            vault: asset.vault,
        })
    }

    /// Errors: `MintMismatch`, `VaultMismatch`.
    pub(super) fn check(
        &self,
        mint: &InterfaceAccount<Mint>,
        vault: &InterfaceAccount<TokenAccount>,
    ) -> Result<()> {
        ensure(mint.key() == self.mint, FreeboardError::MintMismatch)?;
        ensure(vault.key() == self.vault, FreeboardError::VaultMismatch)?;
        Ok(())
    }
}

/// A checked transfer.
pub(super) struct Transfer<'a, 'info> {
    pub(super) program: &'a Interface<'info, TokenInterface>,
    pub(super) mint: &'a InterfaceAccount<'info, Mint>,
    pub(super) from: &'a InterfaceAccount<'info, TokenAccount>,
    pub(super) to: AccountInfo<'info>,
    pub(super) authority: AccountInfo<'info>,
}

impl<'info> Transfer<'_, 'info> {
    /// With the authority's own signature.
    ///
    /// Errors: `TokenAccountFrozen`, `SourceGuarded`; those of the token program.
    pub(super) fn signed(self, amount_atoms: u64) -> Result<()> {
        token_account::check_source(self.from.as_ref(), self.authority.key)?;
        self.run(amount_atoms, &[])
    }

    /// With the exchange as authority.
    ///
    /// Errors: `VaultShort`, `TokenAccountFrozen`, `DestinationNeedsMemo`; those of the token program.
    pub(super) fn by_exchange(self, amount_atoms: u64, creator: &Pubkey, bump: u8) -> Result<()> {
        ensure(self.from.amount >= amount_atoms, FreeboardError::VaultShort)?;
        token_account::check_destination(&self.to)?;
        let bump = [bump];
        let signer: &[&[u8]] = &[seeds::EXCHANGE, creator.as_ref(), &bump];
        self.run(amount_atoms, &[signer])
    }

    fn run(self, amount_atoms: u64, signers: &[&[&[u8]]]) -> Result<()> {
        let decimals = self.mint.decimals;
        let accounts = TransferChecked {
            from: self.from.to_account_info(),
            mint: self.mint.to_account_info(),
            to: self.to,
            authority: self.authority,
        };
        let context = CpiContext::new_with_signer(self.program.key(), accounts, signers);
        transfer_checked(context, amount_atoms, decimals)
    }
}
