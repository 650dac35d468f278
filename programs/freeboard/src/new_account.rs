//! Accounts that an instruction creates. Anchor's `init` writes its whole code out again for every account, up to 10 KB
//! of the program's file each; these functions are there once.
//!
//! The address is checked before, by `seeds` and `bump` among the instruction's accounts.
use crate::state::HasLayout;
use anchor_lang::prelude::*;
use anchor_lang::system_program::{
    self, CreateAccount, CreateAccountAllowPrefund, create_account, create_account_allow_prefund,
};
use anchor_spl::token::{Mint, TokenAccount};
use anchor_spl::token_2022::spl_token_2022::extension::{
    BaseStateWithExtensions, ExtensionType, StateWithExtensions,
};
use anchor_spl::token_2022::{self, spl_token_2022::state};
use anchor_spl::token_interface::{
    InitializeAccount3, InitializeMint2, initialize_account3, initialize_mint2,
};
use core::cell::RefMut;

/// An account to create.
#[derive(Clone, Copy)]
pub struct NewAccount<'a, 'info> {
    /// Pays its rent.
    pub payer: &'a AccountInfo<'info>,
    /// The account.
    pub account: &'a AccountInfo<'info>,
    /// Seeds of its address, bump included.
    pub seeds: &'a [&'a [u8]],
}

impl<'a, 'info> NewAccount<'a, 'info> {
    /// As an account of this program, of the layout of now; zero otherwise.
    ///
    /// Errors: those of the system program, as for an account that exists.
    pub fn create<T: HasLayout>(self) -> Result<RefMut<'a, T>> {
        let space = T::DISCRIMINATOR.len().saturating_add(size_of::<T>());
        self.allocate(space, &crate::ID)?;
        let data = self.account.try_borrow_mut_data()?;
        let state = RefMut::filter_map(data, |data| {
            let (tag, state) = data.split_at_mut_checked(T::DISCRIMINATOR.len())?;
            tag.copy_from_slice(T::DISCRIMINATOR);
            bytemuck::try_from_bytes_mut::<T>(state).ok()
        });
        let mut state = state.map_err(|_| ErrorCode::AccountDidNotDeserialize)?;
        state.layout_mut().version = T::VERSION;
        Ok(state)
    }

    /// As a token account of `authority`, with the extensions that the mint asks for.
    ///
    /// Errors: those of the system program and of the token program.
    #[inline(never)]
    pub fn create_token_account(
        self,
        program: &Pubkey,
        mint: &AccountInfo<'info>,
        authority: &AccountInfo<'info>,
    ) -> Result<()> {
        self.allocate(token_account_len(mint)?, program)?;
        let accounts = InitializeAccount3 {
            account: self.account.clone(),
            mint: mint.clone(),
            authority: authority.clone(),
        };
        initialize_account3(CpiContext::new(*program, accounts))
    }

    /// As a mint of SPL Token without freeze authority.
    ///
    /// Errors: those of the system program and of the token program.
    #[inline(never)]
    pub fn create_mint(self, program: &Pubkey, decimals: u8, authority: &Pubkey) -> Result<()> {
        self.allocate(Mint::LEN, program)?;
        let mint = self.account.clone();
        let context = CpiContext::new(*program, InitializeMint2 { mint });
        initialize_mint2(context, decimals, authority, None)
    }

    /// Gives the account its rent, size and owner. Lamports that somebody sent there before count towards the rent.
    #[inline(never)]
    fn allocate(self, space: usize, owner: &Pubkey) -> Result<()> {
        let held = self.account.lamports();
        let needed = Rent::get()?.minimum_balance(space);
        let (from, to) = (self.payer.clone(), self.account.clone());
        let signer = &[self.seeds];
        let bytes = space as u64;
        if held == 0 {
            let accounts = CreateAccount { from, to };
            let context = CpiContext::new_with_signer(system_program::ID, accounts, signer);
            return create_account(context, needed, bytes, owner);
        }
        require_keys_neq!(
            *self.payer.key,
            *self.account.key,
            ErrorCode::TryingToInitPayerAsProgramAccount
        );
        let missing = needed.max(1).saturating_sub(held);
        let accounts = CreateAccountAllowPrefund { from, to };
        let context = CpiContext::new_with_signer(system_program::ID, accounts, signer);
        create_account_allow_prefund(context, missing, bytes, owner)
    }
}

/// Bytes of a token account of the mint.
///
/// Errors: those of Token-2022 for what is no mint.
fn token_account_len(mint: &AccountInfo) -> Result<usize> {
    if *mint.owner != token_2022::ID {
        return Ok(TokenAccount::LEN);
    }
    let data = mint.try_borrow_data()?;
    let extensions = StateWithExtensions::<state::Mint>::unpack(&data)?.get_extension_types()?;
    let required = ExtensionType::get_required_init_account_extensions(&extensions);
    let len = ExtensionType::try_calculate_account_len::<state::Account>(&required)?;
    Ok(len)
}
