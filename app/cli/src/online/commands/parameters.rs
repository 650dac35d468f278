//! `freeboard params` on a cluster: dump, show, and the accounts that diff and simulate read.
use std::fs;
use std::path::Path;

use anchor_lang::prelude::Pubkey;
use anyhow::Context;
use base64::{Engine, prelude::BASE64_STANDARD};
use freeboard_client::change_file::asset_name;
use freeboard_client::dump::{Dump, DumpedAsset, Ignored, Located};
use freeboard_client::freeboard::state::{Asset, Exchange};
use freeboard_client::network::{AccountFilter, FetchedAccount};
use freeboard_client::parameters::{AssetEntry, ParameterFile, ScenarioEntry};
use freeboard_client::state::ExchangeState;
use serde_json::{Value, json};

use crate::arguments::{DiffOptions, SimulateOptions};
use crate::governance;
use crate::online::arguments::{DumpOptions, OnlineParamsCommand};
use crate::online::context::Online;
use crate::online::failure::CommandFailure;
use crate::online::output::Answer;

/// Which accounts of an exchange are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    Everything,
    /// All but margin accounts.
    WithoutAccounts,
}

/// Runs the commands of `freeboard params` that need a cluster.
pub async fn run_online_params(
    online: &Online,
    command: OnlineParamsCommand,
) -> Result<Answer, CommandFailure> {
    match command {
        OnlineParamsCommand::Apply(options) => super::governance::apply(online, options).await,
        OnlineParamsCommand::Dump(options) => dump(online, &options).await,
        OnlineParamsCommand::Show => show(online).await,
    }
}

/// What waits and runs, by the chain's clock unless another time is given.
pub async fn diff(online: &Online, options: &DiffOptions) -> Result<Answer, CommandFailure> {
    super::governance::list(online, options.now).await
}

/// What a change would do to every margin account, by the chain's clock unless another time is given.
pub async fn simulate(online: &Online, options: SimulateOptions) -> Result<Answer, CommandFailure> {
    let now = online.now().await?;
    let dump = dump_of(online, Scope::Everything).await?;
    let options = SimulateOptions {
        now: options.now.or(Some(now)),
        ..options
    };
    Ok(governance::simulate(&dump, &options)?)
}

/// The accounts of the exchange as a folder of dumps would hold them.
pub async fn dump_of(online: &Online, scope: Scope) -> Result<Dump, CommandFailure> {
    let spinner = online.spinner("reading the exchange");
    let state = online.exchange().await?;
    let pending = online.cluster.pending_changes(state.address).await?;
    let mut margin_accounts = match scope {
        Scope::Everything => {
            let filter = AccountFilter::default();
            online
                .cluster
                .margin_accounts(state.address, &filter)
                .await?
        }
        Scope::WithoutAccounts => Vec::new(),
    };
    spinner.finish_and_clear();
    margin_accounts.sort_by_key(|account| account.address);
    let assets = state.assets.into_iter().map(|one| DumpedAsset {
        asset: Located {
            address: one.keys.asset,
            state: one.asset,
        },
        feed: one.feed,
    });
    Ok(Dump {
        exchange: Located {
            address: state.address,
            state: state.exchange,
        },
        assets: assets.collect(),
        margin_accounts,
        pending,
        pool: Some(state.pool),
        ignored: Ignored::default(),
    })
}

/// Writes the accounts, each as `solana account ADDRESS --output json` does.
async fn dump(online: &Online, options: &DumpOptions) -> Result<Answer, CommandFailure> {
    let scope = if options.without_accounts {
        Scope::WithoutAccounts
    } else {
        Scope::Everything
    };
    let dump = dump_of(online, scope).await?;
    let state = online.exchange().await?;
    let mut addresses: Vec<Pubkey> = vec![state.address, state.keys.pool];
    addresses.extend(
        state
            .assets
            .iter()
            .flat_map(|one| [one.keys.asset, one.keys.feed]),
    );
    addresses.extend(dump.pending.iter().map(|one| one.address));
    addresses.extend(dump.margin_accounts.iter().map(|one| one.address));
    addresses.sort_unstable();
    addresses.dedup();
    let bar = online.progress(addresses.len());
    let found = online.cluster.accounts(&addresses).await?;
    let folder = &options.out;
    fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    let mut written = 0;
    for account in found.into_iter().flatten() {
        write_account(folder, &account)?;
        written += 1;
        bar.inc(1);
    }
    bar.finish_and_clear();
    let place = folder.display();
    let text = format!(
        "{written} accounts in {place}; `freeboard params diff --accounts {place}` reads them."
    );
    Ok(Answer::new(
        text,
        &json!({ "folder": place.to_string(), "accounts": written }),
    ))
}

fn write_account(folder: &Path, account: &FetchedAccount) -> Result<(), CommandFailure> {
    let path = folder.join(format!("{}.json", account.address));
    let text = serde_json::to_string_pretty(&dumped(account)).unwrap_or_default();
    fs::write(&path, text).with_context(|| format!("{}", path.display()))?;
    Ok(())
}

fn dumped(account: &FetchedAccount) -> Value {
    json!({
        "pubkey": account.address.to_string(),
        "account": {
            "lamports": account.lamports,
            "data": [BASE64_STANDARD.encode(&account.data), "base64"],
            "owner": account.owner.to_string(),
            "executable": account.executable,
            "space": account.data.len(),
        },
    })
}

/// The parameters of the exchange as a parameter file.
async fn show(online: &Online) -> Result<Answer, CommandFailure> {
    let state = online.exchange().await?;
    let file = parameter_file(&state);
    let text = toml::to_string(&file).context("the parameters as TOML")?;
    Ok(Answer::new(text, &file))
}

/// Everything that governance decides, as it is now.
pub fn parameter_file(state: &ExchangeState) -> ParameterFile {
    let Exchange {
        portfolio,
        liquidation,
        pool,
        ..
    } = state.exchange;
    let scenarios = state
        .exchange
        .scenarios()
        .iter()
        .map(|scenario| ScenarioEntry {
            weight_bps: scenario.weight_bps,
            shock_bps: scenario.shock_bps,
        });
    ParameterFile {
        portfolio: portfolio.into(),
        liquidation: liquidation.into(),
        pool: pool.into(),
        scenarios: scenarios.collect(),
        assets: state
            .assets
            .iter()
            .map(|one| asset_entry(&one.asset))
            .collect(),
    }
}

fn asset_entry(asset: &Asset) -> AssetEntry {
    AssetEntry {
        name: asset_name(&asset.name),
        params: asset.params.into(),
        oracle: asset.oracle.into(),
        trade: asset.trade.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dumped_account_is_read_back() {
        let account = FetchedAccount {
            address: Pubkey::new_from_array([3; 32]),
            owner: Pubkey::new_from_array([4; 32]),
            lamports: 7,
            data: vec![1, 2, 3],
            executable: false,
        };
        let folder = tempfile::tempdir().unwrap();
        write_account(folder.path(), &account).unwrap();
        let path = folder.path().join(format!("{}.json", account.address));
        let read = freeboard_client::dump::read_account(&path).unwrap();
        assert_eq!(
            (read.address, read.owner, read.data),
            (account.address, account.owner, account.data)
        );
    }
}
