//! Account dumps: a folder of files as `solana account ADDRESS --output json` writes them, decoded by owner and
//! discriminator. What the program would read on chain is here without a chain.
mod file;

use std::fs;
use std::path::Path;

use anchor_lang::{Discriminator, error::Error, prelude::Pubkey};
use bytemuck::Pod;
use freeboard::ID;
use freeboard::state::{
    Asset, Change, Exchange, LiquidityRequest, MarginAccount, PendingChange, Pool, Versioned,
};

use crate::decode::{self, DecodeError};
use crate::feed::FeedAccount;

pub use file::DumpedAccount;

/// Why dumps cannot be used; the sentence names the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DumpError(String);

impl DumpError {
    fn of(place: impl std::fmt::Display, reason: impl std::fmt::Display) -> Self {
        Self(format!("{place}: {reason}"))
    }
}

impl std::fmt::Display for DumpError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for DumpError {}

/// An account of the program, and where it is.
#[derive(Clone, Debug)]
pub struct Located<T> {
    /// Its address.
    pub address: Pubkey,
    /// What it holds.
    pub state: T,
}

/// An asset and its feed, if the dumps hold one.
#[derive(Clone, Debug)]
pub struct DumpedAsset {
    /// The asset.
    pub asset: Located<Asset>,
    /// The account that holds its price: of several the newest that can be read.
    pub feed: Option<FeedAccount>,
}

/// What was in a folder and is not the exchange's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ignored {
    /// Files that do not end in `.json`.
    pub files: usize,
    /// Accounts of other programs or other exchanges, and prices that no asset reads.
    pub accounts: usize,
}

/// Everything of one exchange that a folder holds.
#[derive(Clone, Debug)]
pub struct Dump {
    /// The exchange.
    pub exchange: Located<Exchange>,
    /// Its assets, by index.
    pub assets: Vec<DumpedAsset>,
    /// Its margin accounts, by address.
    pub margin_accounts: Vec<Located<MarginAccount>>,
    /// Its changes that wait, by number.
    pub pending: Vec<Located<PendingChange>>,
    /// Its pool.
    pub pool: Option<Pool>,
    /// What else was there.
    pub ignored: Ignored,
}

/// Accounts of a folder by type, of whatever exchange.
#[derive(Default)]
struct Sorted {
    exchanges: Vec<Located<Exchange>>,
    assets: Vec<Located<Asset>>,
    margin_accounts: Vec<Located<MarginAccount>>,
    pending: Vec<Located<PendingChange>>,
    pools: Vec<Pool>,
    others: Vec<FeedAccount>,
    unneeded: usize,
}

impl Dump {
    /// Reads a folder. `exchange` chooses where it holds several.
    ///
    /// Errors: [`DumpError`] with the file's name.
    pub fn read(folder: &Path, exchange: Option<Pubkey>) -> Result<Self, DumpError> {
        let (accounts, files) = file::read_folder(folder)?;
        let mut sorted = Sorted::default();
        for (name, account) in accounts {
            sorted.add(account).map_err(|e| DumpError::of(name, e))?;
        }
        let mut dump = sorted.of_exchange(exchange).map_err(|reason| {
            let folder = folder.display();
            DumpError::of(folder, reason)
        })?;
        dump.ignored.files = files;
        Ok(dump)
    }

    /// Refuses a change, proposed at `proposed_ts`, that takes a feed for dead which the dumps show alive.
    ///
    /// Errors: `FeedNotDead`.
    pub fn check_dead(&self, change: &Change, proposed_ts: i64) -> Result<(), Error> {
        let Change::SettleDeadFeed { asset_index } = change else {
            return Ok(());
        };
        let mut assets = self.assets.iter().map(|one| (one.asset.state, &one.feed));
        match assets.find(|(asset, _)| asset.index == *asset_index) {
            Some((asset, Some(feed))) => feed.check_dead(&asset, proposed_ts),
            _ => Ok(()),
        }
    }
}

impl Sorted {
    fn add(&mut self, account: DumpedAccount) -> Result<(), DecodeError> {
        let DumpedAccount {
            address,
            owner,
            data,
        } = account;
        if owner != ID {
            self.others.push(FeedAccount {
                address,
                owner,
                data,
            });
            return Ok(());
        }
        if is::<Exchange>(&data) {
            self.exchanges.push(located(address, &owner, &data)?);
        } else if is::<Asset>(&data) {
            self.assets.push(located(address, &owner, &data)?);
        } else if is::<MarginAccount>(&data) {
            self.margin_accounts.push(located(address, &owner, &data)?);
        } else if is::<PendingChange>(&data) {
            let state = decode::pending_change(&owner, &data)?;
            self.pending.push(Located { address, state });
        } else if is::<Pool>(&data) {
            self.pools.push(decode::account(&owner, &data)?);
        } else if is::<LiquidityRequest>(&data) {
            self.unneeded += 1;
        } else {
            return Err(DecodeError::WrongDiscriminator);
        }
        Ok(())
    }

    fn of_exchange(self, wanted: Option<Pubkey>) -> Result<Dump, String> {
        let chosen = self.choose(wanted)?;
        let address = chosen.address;
        let read = [
            self.assets.len(),
            self.margin_accounts.len(),
            self.pending.len(),
            self.pools.len(),
        ];
        let program = read.into_iter().sum::<usize>() + self.exchanges.len();
        let total = program + self.others.len() + self.unneeded;
        let mut assets: Vec<DumpedAsset> = self
            .assets
            .into_iter()
            .filter(|asset| asset.state.exchange == address)
            .map(|asset| DumpedAsset {
                feed: feed_of(&asset.state, &self.others).cloned(),
                asset,
            })
            .collect();
        assets.sort_by_key(|dumped| dumped.asset.state.index);
        let mut margin_accounts = self.margin_accounts;
        margin_accounts.retain(|account| account.state.exchange == address);
        margin_accounts.sort_by_key(|account| account.address);
        let mut pending = self.pending;
        pending.retain(|change| change.state.exchange == address);
        pending.sort_by_key(|change| change.state.number);
        let pool = self.pools.into_iter().find(|pool| pool.exchange == address);
        let feeds = self.others.iter().filter(|other| {
            let read = |dumped: &DumpedAsset| dumped.feed.as_ref() == Some(other);
            assets.iter().any(read)
        });
        let used = 1
            + assets.len()
            + feeds.count()
            + margin_accounts.len()
            + pending.len()
            + usize::from(pool.is_some());
        Ok(Dump {
            exchange: chosen,
            assets,
            margin_accounts,
            pending,
            pool,
            ignored: Ignored {
                files: 0,
                accounts: total - used,
            },
        })
    }

    fn choose(&self, wanted: Option<Pubkey>) -> Result<Located<Exchange>, String> {
        let found = |address: &Pubkey| self.exchanges.iter().find(|one| one.address == *address);
        match (wanted, self.exchanges.as_slice()) {
            (Some(address), _) => found(&address)
                .cloned()
                .ok_or_else(|| format!("no exchange {address} among the dumps")),
            (None, [only]) => Ok(only.clone()),
            (None, []) => Err("no exchange among the dumps".to_owned()),
            (None, several) => {
                let addresses = several.iter().map(|one| one.address.to_string());
                let list = addresses.collect::<Vec<_>>().join(", ");
                Err(format!("several exchanges, choose one: {list}"))
            }
        }
    }
}

/// Among foreign accounts the asset's feed: the newest price update, else one that is the feed and cannot be read now.
fn feed_of<'a>(asset: &Asset, others: &'a [FeedAccount]) -> Option<&'a FeedAccount> {
    let newest = others
        .iter()
        .filter_map(|other| Some((other.latest(asset).ok()?.publish_ts, other)))
        .max_by_key(|(publish_ts, _)| *publish_ts);
    let unreadable = || others.iter().find(|other| other.is_feed_of(asset));
    newest.map(|(_, other)| other).or_else(unreadable)
}

fn is<T: Discriminator>(data: &[u8]) -> bool {
    data.starts_with(T::DISCRIMINATOR)
}

fn located<T>(address: Pubkey, owner: &Pubkey, data: &[u8]) -> Result<Located<T>, DecodeError>
where
    T: Pod + Discriminator + anchor_lang::Owner + Versioned,
{
    let state = decode::account(owner, data)?;
    Ok(Located { address, state })
}

/// The account in one file: that of a change, for example.
///
/// Errors: [`DumpError`] with the file's name; more than one account.
pub fn read_account(path: &Path) -> Result<DumpedAccount, DumpError> {
    let text = fs::read_to_string(path).map_err(|e| DumpError::of(path.display(), e))?;
    let mut accounts =
        file::parse(&text).map_err(|reason| DumpError::of(path.display(), reason))?;
    match (accounts.pop(), accounts.is_empty()) {
        (Some(account), true) => Ok(account),
        _ => Err(DumpError::of(path.display(), "it must hold one account")),
    }
}
