//! Which layout an account has. Every account of the program says so in the first byte after its discriminator, so
//! that it can be asked before anything else of it is read; an account of another version is refused.
//!
//! A version counts the layouts of one type. Giving a meaning to reserved bytes, which are zero, is no new layout.
use super::{Asset, Exchange, LiquidityRequest, MarginAccount, PendingChange, Pool};
use crate::error::{FreeboardError, ensure};
use anchor_lang::{Owner, ZeroCopy, prelude::*};
use core::cell::{Ref, RefMut};

/// First bytes of an account after its discriminator.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Version of the account's layout. Written once.
    pub version: u8,
    /// Zero.
    pub padding: [u8; 7],
}

/// A type of account that says which layout it has.
pub trait Versioned {
    /// The layout that this program writes, and the only one that it reads.
    const VERSION: u8;
    /// The version that the account says.
    fn version(&self) -> u8;
    /// Refuses an account of another layout.
    ///
    /// Errors: `AccountVersionUnsupported`.
    #[inline(always)]
    fn require_version(&self) -> Result<()> {
        ensure(
            self.version() == Self::VERSION,
            FreeboardError::AccountVersionUnsupported,
        )
    }
}

/// An account whose layout is zero-copy.
pub trait HasLayout: Versioned + ZeroCopy + Owner {
    /// Where it says so.
    fn layout_mut(&mut self) -> &mut Layout;
}

macro_rules! versions {
    ($($account:ty = $version:literal,)*) => {$(
        impl Versioned for $account {
            const VERSION: u8 = $version;
            #[inline(always)]
            fn version(&self) -> u8 {
                self.layout.version
            }
        }

        impl HasLayout for $account {
            fn layout_mut(&mut self) -> &mut Layout {
                &mut self.layout
            }
        }
    )*};
}

versions! {
    Exchange = 1,
    Pool = 1,
    Asset = 1,
    MarginAccount = 1,
    LiquidityRequest = 1,
}

impl Versioned for PendingChange {
    const VERSION: u8 = 1;
    fn version(&self) -> u8 {
        self.layout_version
    }
}

/// Reads and writes accounts of the layout that this program knows. Anchor's own `load`, which does not ask, is not
/// used beside it.
pub trait Load<T> {
    /// The account, for reading.
    ///
    /// Errors: `AccountVersionUnsupported`; Anchor's for an account of another type.
    fn read(&self) -> Result<Ref<'_, T>>;
    /// The account, for writing.
    ///
    /// Errors: those of [`Self::read`], and Anchor's for one that is not writable.
    fn write(&self) -> Result<RefMut<'_, T>>;
    /// The account that this instruction creates, of the layout of now.
    ///
    /// Errors: Anchor's for one that exists.
    fn create(&self) -> Result<RefMut<'_, T>>;
}

impl<T: HasLayout> Load<T> for AccountLoader<'_, T> {
    #[inline(always)]
    fn read(&self) -> Result<Ref<'_, T>> {
        let account = self.load()?;
        account.require_version()?;
        Ok(account)
    }

    #[inline(always)]
    fn write(&self) -> Result<RefMut<'_, T>> {
        let account = self.load_mut()?;
        account.require_version()?;
        Ok(account)
    }

    fn create(&self) -> Result<RefMut<'_, T>> {
        let mut account = self.load_init()?;
        account.layout_mut().version = T::VERSION;
        Ok(account)
    }
}
