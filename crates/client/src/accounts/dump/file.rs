//! One file: an account, or a list of accounts, in the JSON of Solana's tools.
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::str::FromStr;

use anchor_lang::prelude::Pubkey;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::Value;

use super::DumpError;

/// An account as it was dumped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DumpedAccount {
    /// Its address.
    pub address: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// Its data.
    pub data: Vec<u8>,
}

/// `solana account ADDRESS --output json`. Its other keys do not matter here.
#[derive(Deserialize)]
struct Keyed {
    pubkey: String,
    account: Body,
}

#[derive(Deserialize)]
struct Body {
    owner: String,
    data: Value,
}

/// Every account of a folder with the name of its file, and how many files are no `.json`.
///
/// Errors: [`DumpError`] with the file's name.
pub(super) fn read_folder(
    folder: &Path,
) -> Result<(Vec<(String, DumpedAccount)>, usize), DumpError> {
    let fail = |error: std::io::Error| DumpError::of(folder.display(), error);
    let mut paths = fs::read_dir(folder)
        .map_err(fail)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(fail)?;
    paths.retain(|path| path.is_file());
    paths.sort();
    let before = paths.len();
    paths.retain(|path| path.extension().is_some_and(|end| end == "json"));
    let mut accounts: Vec<(String, DumpedAccount)> = Vec::new();
    let mut seen: BTreeMap<Pubkey, String> = BTreeMap::new();
    for path in &paths {
        let name = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|e| DumpError::of(&name, e))?;
        for account in parse(&text).map_err(|reason| DumpError::of(&name, reason))? {
            if let Some(first) = seen.insert(account.address, name.clone()) {
                let twice = format!("{} is also in {first}", account.address);
                return Err(DumpError::of(name, twice));
            }
            accounts.push((name.clone(), account));
        }
    }
    Ok((accounts, before - paths.len()))
}

/// The accounts in the text of a file.
pub(super) fn parse(text: &str) -> Result<Vec<DumpedAccount>, String> {
    let value: Value = serde_json::from_str(text).map_err(|e| format!("no JSON: {e}"))?;
    match value {
        Value::Array(list) => list.into_iter().map(account).collect(),
        one => Ok(vec![account(one)?]),
    }
}

fn account(value: Value) -> Result<DumpedAccount, String> {
    let Keyed { pubkey, account } = serde_json::from_value(value)
        .map_err(|e| format!("not what `solana account ADDRESS --output json` writes: {e}"))?;
    let key = |text: &str| Pubkey::from_str(text).map_err(|e| format!("`{text}`: {e}"));
    Ok(DumpedAccount {
        address: key(&pubkey)?,
        owner: key(&account.owner)?,
        data: bytes(&account.data)?,
    })
}

fn bytes(data: &Value) -> Result<Vec<u8>, String> {
    let parts: Vec<&str> = match data {
        Value::Array(parts) => parts.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    match parts[..] {
        [text, "base64"] => BASE64_STANDARD
            .decode(text)
            .map_err(|e| format!("data: no base64: {e}")),
        [_, encoding] => Err(format!("data: {encoding} is not read, only base64")),
        _ => Err("data: not [\"…\", \"base64\"]".to_owned()),
    }
}
