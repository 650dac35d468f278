//! Creating assets, and a market that is ready to trade.
use crate::{AssetSpec, ExchangeSpec, Failure, FeedKind, Meta, Quote, World, usd};
use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use freeboard::instructions::WEIGHT_DELAY_SECS;
use freeboard::state::{Change, FeedBinding, Listing};
use freeboard_client::{
    AssetKeys, CollateralKeys, address,
    instructions::{self, NewAsset},
    slots,
};
use solana_signer::Signer;

/// An asset of the world's exchange.
#[derive(Clone, Debug)]
pub struct AssetHandle {
    /// Its index.
    pub index: u16,
    /// Its address.
    pub address: Pubkey,
    /// The Pyth account that holds its price.
    pub feed: Pubkey,
    /// What it is bound to: feed id or account address.
    pub feed_id: [u8; 32],
    /// Which kind of Pyth account.
    pub feed_kind: FeedKind,
    /// Its token, if it is collateral.
    pub mint: Option<Pubkey>,
    /// The token's vault.
    pub vault: Option<Pubkey>,
    /// Decimals of its base unit.
    pub decimals: u8,
    /// All keys in one.
    pub keys: AssetKeys,
}

impl AssetHandle {
    /// Base atoms of so many whole units, which may be fractional.
    pub fn atoms(&self, units: f64) -> i64 {
        (units * 10f64.powi(i32::from(self.decimals))).round() as i64
    }

    /// The token, mint and vault; panics if the asset is not collateral.
    pub fn token(&self) -> instructions::TokenKeys {
        instructions::TokenKeys::collateral(&self.keys).expect("a collateral asset")
    }
}

/// What governance proposes to list this asset.
pub fn listing_of(spec: &AssetSpec, handle: &AssetHandle) -> Listing {
    Listing {
        name: spec.name_bytes(),
        feed: FeedBinding {
            kind: spec.feed_kind.oracle_kind(),
            feed: handle.feed_id,
        },
        mint: handle.mint.unwrap_or_default(),
        params: spec.params,
        oracle: spec.oracle,
        trade: spec.trade,
    }
}

impl World {
    /// Lists an asset.
    pub fn create_asset(&mut self, spec: AssetSpec) -> AssetHandle {
        self.try_create_asset(spec)
            .expect("the asset is accepted")
            .0
    }

    /// Proposes an asset a timelock ago and lists it now, if the program accepts both.
    pub fn try_create_asset(&mut self, spec: AssetSpec) -> Result<(AssetHandle, Meta), Failure> {
        let (handle, instruction) = self.prepare_asset(&spec)?;
        match self.send(&[instruction], &[]) {
            Ok(meta) => {
                self.assets.push(handle.clone());
                Ok((handle, meta))
            }
            Err(failure) => {
                self.quotes.truncate(self.assets.len());
                let listing = Box::new(listing_of(&spec, &handle));
                self.withdraw_proposal(&Change::Listing {
                    asset_index: handle.index,
                    listing,
                });
                Err(failure)
            }
        }
    }

    /// The next asset's handle, with its mint and price in place and its listing proposed a timelock ago, and the
    /// instruction that lists it.
    pub fn prepare_asset(
        &mut self,
        spec: &AssetSpec,
    ) -> Result<(AssetHandle, Instruction), Failure> {
        self.prepare_listing(spec, |_| ())
    }

    /// The same with a listing that differs from the specification.
    pub fn prepare_listing(
        &mut self,
        spec: &AssetSpec,
        edit: impl FnOnce(&mut Listing),
    ) -> Result<(AssetHandle, Instruction), Failure> {
        let index = u16::try_from(self.assets.len()).expect("few assets");
        let mint = spec.collateral.as_ref().map(|kind| {
            (
                self.create_mint(kind, spec.params.base_decimals),
                kind.program.id(),
            )
        });
        let handle = self.handle(spec, index, mint);
        let mut listing = listing_of(spec, &handle);
        edit(&mut listing);
        let number = self.propose_in_time(Change::Listing {
            asset_index: index,
            listing: Box::new(listing),
        })?;
        let quote = Quote::steady(spec.price.0, spec.price.1, self.now());
        self.quotes.truncate(usize::from(index));
        self.quotes.push(quote);
        self.set_price(&handle, quote);
        let new = NewAsset {
            payer: self.payer.pubkey(),
            proposer: self.payer.pubkey(),
            exchange: self.exchange,
            index,
            feed: handle.feed,
            mint,
        };
        Ok((handle, instructions::create_asset(new, number)))
    }

    fn handle(&self, spec: &AssetSpec, index: u16, mint: Option<(Pubkey, Pubkey)>) -> AssetHandle {
        let feed = Pubkey::new_unique();
        let feed_id = match spec.feed_kind {
            FeedKind::Receiver | FeedKind::ReceiverPro => Pubkey::new_unique().to_bytes(),
            FeedKind::Legacy => feed.to_bytes(),
        };
        let asset = address::asset(&self.exchange, index);
        let vault = address::collateral_vault(&self.exchange, &asset);
        let collateral = mint.map(|(mint, program)| CollateralKeys {
            mint,
            vault,
            program,
        });
        AssetHandle {
            index,
            address: asset,
            feed,
            feed_id,
            feed_kind: spec.feed_kind,
            mint: mint.map(|(mint, _)| mint),
            vault: collateral.map(|token| token.vault),
            decimals: spec.params.base_decimals,
            keys: AssetKeys {
                index,
                asset,
                feed,
                collateral,
            },
        }
    }

    /// An exchange with these assets, a pool of $100 M, collateral that counts and fresh prices.
    pub fn market(specs: impl IntoIterator<Item = AssetSpec>) -> Self {
        Self::market_of(ExchangeSpec::default(), specs)
    }

    /// The same of an exchange of this kind.
    pub fn market_of(spec: ExchangeSpec, specs: impl IntoIterator<Item = AssetSpec>) -> Self {
        let mut world = Self::with(spec);
        world.list_all(specs);
        world
    }

    /// Lists these assets and makes everything ready to trade; see [`World::market`].
    pub fn list_all(&mut self, specs: impl IntoIterator<Item = AssetSpec>) -> Vec<AssetHandle> {
        let assets = specs
            .into_iter()
            .map(|spec| self.create_asset(spec))
            .collect();
        self.ready(usd(100_000_000));
        assets
    }

    /// Waits until collateral counts, samples and funds: every asset can be traded now.
    pub fn ready(&mut self, pool_atoms: u64) {
        self.warp_fresh(WEIGHT_DELAY_SECS);
        self.fund_pool(pool_atoms).expect("funded");
        for asset in self.assets.clone() {
            self.sample(&asset).expect("sampled");
            self.sweep(&asset).expect("swept");
        }
    }

    /// The asset with this index.
    pub fn handle_of(&self, index: u16) -> AssetHandle {
        self.assets[usize::from(index)].clone()
    }

    /// Metas of these assets and their feeds in this order, the `writable` ones writable.
    pub fn metas(&self, order: &[u16], writable: &[u16]) -> Vec<AccountMeta> {
        let keys = |index: u16| self.assets.get(usize::from(index)).map(|asset| asset.keys);
        slots::metas(order, keys, writable).expect("assets of this world")
    }

    /// Closes a feed, as its write authority can: the account is gone.
    pub fn close_feed(&mut self, asset: &AssetHandle) {
        self.set_account(asset.feed, solana_account::Account::default());
    }

    /// Writes an asset's feed as it is, whatever it holds.
    pub fn set_feed(&mut self, asset: &AssetHandle, account: solana_account::Account) {
        self.set_account(asset.feed, account);
    }

    /// An asset's feed account as [`World::set_price`] would write it.
    pub fn feed_account(&self, asset: &AssetHandle, quote: &Quote) -> solana_account::Account {
        asset.feed_kind.account(asset.feed_id, quote)
    }
}
