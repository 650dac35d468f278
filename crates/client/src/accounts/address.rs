//! Program-derived addresses, and the keys that instructions on an exchange or asset share.
use anchor_lang::prelude::Pubkey;
use freeboard::ID;
use freeboard::seeds;
use freeboard::state::{Asset, Change, Exchange, LISTING_GROUP, OracleKind};

/// Address of the exchange of a creator.
pub fn exchange(creator: &Pubkey) -> Pubkey {
    derive(&[seeds::EXCHANGE, creator.as_ref()])
}

/// Address of an exchange's pool.
pub fn pool(exchange: &Pubkey) -> Pubkey {
    derive(&[seeds::POOL, exchange.as_ref()])
}

/// Address of an exchange's asset with this index.
pub fn asset(exchange: &Pubkey, index: u16) -> Pubkey {
    derive(&[seeds::ASSET, exchange.as_ref(), &index.to_le_bytes()])
}

/// Address of the vault of an exchange's quote tokens.
pub fn quote_vault(exchange: &Pubkey, quote_mint: &Pubkey) -> Pubkey {
    derive(&[seeds::VAULT, exchange.as_ref(), quote_mint.as_ref()])
}

/// Address of the vault of an asset's collateral.
pub fn collateral_vault(exchange: &Pubkey, asset: &Pubkey) -> Pubkey {
    derive(&[seeds::VAULT, exchange.as_ref(), asset.as_ref()])
}

/// Address of an owner's margin account.
pub fn margin_account(exchange: &Pubkey, owner: &Pubkey, sub_account: u16) -> Pubkey {
    derive(&[
        seeds::MARGIN,
        exchange.as_ref(),
        owner.as_ref(),
        &sub_account.to_le_bytes(),
    ])
}

/// Address of the mint of an exchange's pool shares.
pub fn share_mint(exchange: &Pubkey) -> Pubkey {
    derive(&[seeds::SHARES, exchange.as_ref()])
}

/// Address of the escrow of LP requests for this mint: the shares or the quote token.
pub fn escrow(exchange: &Pubkey, mint: &Pubkey) -> Pubkey {
    derive(&[seeds::ESCROW, exchange.as_ref(), mint.as_ref()])
}

/// Address of an LP's request.
pub fn liquidity_request(exchange: &Pubkey, owner: &Pubkey, number: u16) -> Pubkey {
    derive(&[
        seeds::LIQUIDITY,
        exchange.as_ref(),
        owner.as_ref(),
        &number.to_le_bytes(),
    ])
}

/// Address where a change like this waits: one per target and field group.
pub fn pending_change(exchange: &Pubkey, change: &Change) -> Pubkey {
    pending(exchange, change.target(), change.group())
}

/// Address where the listing of the asset with this index waits.
pub fn pending_listing(exchange: &Pubkey, asset_index: u16) -> Pubkey {
    pending(exchange, asset_index, LISTING_GROUP)
}

fn pending(exchange: &Pubkey, target: u16, group: u8) -> Pubkey {
    derive(&[
        seeds::CHANGE,
        exchange.as_ref(),
        &target.to_le_bytes(),
        &[group],
    ])
}

fn derive(seeds: &[&[u8]]) -> Pubkey {
    Pubkey::find_program_address(seeds, &ID).0
}

/// The keys of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExchangeKeys {
    /// The exchange.
    pub exchange: Pubkey,
    /// Its pool.
    pub pool: Pubkey,
    /// The quote token.
    pub quote_mint: Pubkey,
    /// Holds all quote tokens.
    pub quote_vault: Pubkey,
    /// The token program of the quote token.
    pub quote_program: Pubkey,
}

impl ExchangeKeys {
    /// Keys of the exchange that `creator` has made, or will make, for this quote token.
    pub fn of_creator(creator: &Pubkey, quote_mint: Pubkey, quote_program: Pubkey) -> Self {
        let exchange = exchange(creator);
        let quote_vault = quote_vault(&exchange, &quote_mint);
        Self {
            exchange,
            pool: pool(&exchange),
            quote_mint,
            quote_vault,
            quote_program,
        }
    }

    /// Keys of a decoded exchange. `quote_program` is the owner of its quote mint.
    pub fn of_account(exchange: &Exchange, quote_program: Pubkey) -> Self {
        Self::of_creator(&exchange.creator, exchange.quote_mint, quote_program)
    }
}

/// The keys of an asset: what an instruction that values it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssetKeys {
    /// Its index in the exchange.
    pub index: u16,
    /// The asset.
    pub asset: Pubkey,
    /// The Pyth account that holds its price.
    pub feed: Pubkey,
    /// Mint and vault, if the asset is collateral.
    pub collateral: Option<CollateralKeys>,
}

/// The keys of an asset's collateral token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CollateralKeys {
    /// The token.
    pub mint: Pubkey,
    /// Holds all of it.
    pub vault: Pubkey,
    /// The token program of the mint.
    pub program: Pubkey,
}

impl AssetKeys {
    /// Keys of a decoded asset. `feed` is any account with its feed id; a legacy feed has but one
    /// address, and then this argument does not matter. `token_program` is the owner of its mint.
    pub fn of_account(asset: &Asset, feed: Pubkey, token_program: Pubkey) -> Self {
        let legacy = asset.oracle_kind == OracleKind::PythLegacy as u8;
        let collateral = asset.is_collateral().then_some(CollateralKeys {
            mint: asset.mint,
            vault: asset.vault,
            program: token_program,
        });
        Self {
            index: asset.index,
            asset: self::asset(&asset.exchange, asset.index),
            feed: if legacy {
                Pubkey::new_from_array(asset.feed)
            } else {
                feed
            },
            collateral,
        }
    }
}
