//! The accounts of an instruction, read and written only where their layout is the one that this program knows.
use crate::state::{HasLayout, Load};
use anchor_lang::prelude::*;
use core::cell::{Ref, RefMut};

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
