//! Token transfers, and which vault holds what.
use super::token_account;
use crate::error::{FreeboardError, ensure};
use crate::seeds;
use crate::state::{Asset, Exchange, Load};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{
    Mint, TokenAccount, TokenInterface, TransferChecked, transfer_checked,
};

/// The mint and vault that a deposit or withdrawal must name.
pub(in crate::instructions) struct Vault {
    mint: Pubkey,
    vault: Pubkey,
}

impl Vault {
    /// Of an asset's collateral, or of quote if there is no asset.
    ///
    /// Errors: `AssetNotCollateral`.
    pub(in crate::instructions) fn new(
        exchange: &Exchange,
        asset: Option<&AccountLoader<Asset>>,
    ) -> Result<Self> {
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
    pub(in crate::instructions) fn require(
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
pub(in crate::instructions) struct Transfer<'a, 'info> {
    pub(in crate::instructions) program: &'a Interface<'info, TokenInterface>,
    pub(in crate::instructions) mint: &'a InterfaceAccount<'info, Mint>,
    pub(in crate::instructions) from: &'a InterfaceAccount<'info, TokenAccount>,
    pub(in crate::instructions) to: AccountInfo<'info>,
    pub(in crate::instructions) authority: AccountInfo<'info>,
}

impl<'info> Transfer<'_, 'info> {
    /// With the authority's own signature.
    ///
    /// Errors: `TokenAccountFrozen`, `SourceGuarded`; those of the token program.
    pub(in crate::instructions) fn signed(self, amount_atoms: u64) -> Result<()> {
        token_account::check_source(self.from.as_ref(), self.authority.key)?;
        self.run(amount_atoms, &[])
    }

    /// With the exchange as authority.
    ///
    /// Errors: `VaultShort`, `TokenAccountFrozen`, `DestinationNeedsMemo`; those of the token program.
    pub(in crate::instructions) fn by_exchange(
        self,
        amount_atoms: u64,
        creator: &Pubkey,
        bump: u8,
    ) -> Result<()> {
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
