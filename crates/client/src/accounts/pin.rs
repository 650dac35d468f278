//! The exchange that a client means. Anyone can create an exchange under the program, with roles of his own, and its
//! accounts look like those of any other: that an account is the program's says nothing about who governs it. A client
//! pins the address of its exchange, from a source that it trusts, and decodes nothing of another one.
use crate::{
    ExchangeKeys, address,
    decode::{self, DecodeError},
};
use anchor_lang::{Discriminator, Owner, prelude::Pubkey};
use bytemuck::Pod;
use freeboard::state::{
    Asset, Exchange, LiquidityRequest, MarginAccount, PendingChange, Pool, Versioned,
};

/// A pinned exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pinned {
    exchange: Pubkey,
}

/// An account that belongs to an exchange.
pub trait OfExchange {
    /// The exchange that it says.
    fn exchange(&self) -> Pubkey;
}

macro_rules! of_exchange {
    ($($account:ty,)*) => {$(
        impl OfExchange for $account {
            fn exchange(&self) -> Pubkey {
                self.exchange
            }
        }
    )*};
}

of_exchange! {
    Asset,
    LiquidityRequest,
    MarginAccount,
    PendingChange,
    Pool,
}

impl Pinned {
    /// The exchange with this address, and no other.
    pub const fn new(exchange: Pubkey) -> Self {
        Self { exchange }
    }

    /// Its address.
    pub const fn address(&self) -> Pubkey {
        self.exchange
    }

    /// The exchange itself, and its keys; `quote_program` is the owner of its quote mint.
    ///
    /// Errors: `WrongExchange` for another; those of [`decode::account`].
    pub fn exchange(
        &self,
        owner: &Pubkey,
        data: &[u8],
        quote_program: Pubkey,
    ) -> Result<(Exchange, ExchangeKeys), DecodeError> {
        let exchange: Exchange = decode::account(owner, data)?;
        let same = address::exchange(&exchange.creator) == self.exchange;
        let keys = ExchangeKeys::of_account(&exchange, quote_program);
        same.then_some((exchange, keys))
            .ok_or(DecodeError::WrongExchange)
    }

    /// An account of it.
    ///
    /// Errors: `WrongExchange` for an account of another; those of [`decode::account`].
    pub fn account<T>(&self, owner: &Pubkey, data: &[u8]) -> Result<T, DecodeError>
    where
        T: OfExchange + Pod + Discriminator + Owner + Versioned,
    {
        self.own(decode::account(owner, data)?)
    }

    /// A change of it that waits.
    ///
    /// Errors: `WrongExchange` for a change of another; those of [`decode::pending_change`].
    pub fn pending_change(
        &self,
        owner: &Pubkey,
        data: &[u8],
    ) -> Result<PendingChange, DecodeError> {
        self.own(decode::pending_change(owner, data)?)
    }

    fn own<T: OfExchange>(&self, account: T) -> Result<T, DecodeError> {
        if account.exchange() == self.exchange {
            Ok(account)
        } else {
            Err(DecodeError::WrongExchange)
        }
    }
}
