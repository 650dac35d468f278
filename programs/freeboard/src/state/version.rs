//! Which layout an account has. Every account of the program says so in the first byte after its discriminator, so
//! that it can be asked before anything else of it is read; an account of another version is refused.
//!
//! A version counts the layouts of one type. Giving a meaning to reserved bytes, which are zero, is no new layout.
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

/// Says of an account which layout it has.
macro_rules! layout {
    ($account:ty = $version:literal) => {
        impl $crate::state::Versioned for $account {
            const VERSION: u8 = $version;
            #[inline(always)]
            fn version(&self) -> u8 {
                self.layout.version
            }
        }

        impl $crate::state::HasLayout for $account {
            fn layout_mut(&mut self) -> &mut $crate::state::Layout {
                &mut self.layout
            }
        }
    };
}
pub(super) use layout;

/// Reads and writes accounts of the layout that this program knows; see `load.rs`. Anchor's own `load`, which does not
/// ask, is not used beside it.
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
