//! `freeboard config`: Freeboard's own settings.
use std::path::PathBuf;

use anchor_lang::prelude::Pubkey;
use anyhow::Context;
use serde_json::json;

use crate::online::arguments::{ConfigCommand, SettingName};
use crate::online::context::Online;
use crate::online::failure::CommandFailure;
use crate::online::output::{Answer, rows};
use crate::online::program::cluster_name;
use crate::online::settings::{OWN_FILE, OwnSettings};

/// Runs `freeboard config`.
pub async fn run_config(online: &Online, command: ConfigCommand) -> Result<Answer, CommandFailure> {
    let path = path()?;
    match command {
        ConfigCommand::Get => Ok(get(online, &path)),
        ConfigCommand::Set { name, value } => {
            let mut own = online.own.clone();
            set(&mut own, name, &value)?;
            own.write(&path)?;
            Ok(Answer::new(
                format!("{} is set in {}.", key(name), path.display()),
                &own,
            ))
        }
        ConfigCommand::Pin => pin(online, &path).await,
    }
}

fn path() -> Result<PathBuf, CommandFailure> {
    OwnSettings::path().ok_or_else(|| {
        CommandFailure::input(
            "There is no home directory to keep settings in.",
            format!("Name a file by {OWN_FILE}."),
        )
    })
}

const fn key(name: SettingName) -> &'static str {
    match name {
        SettingName::Exchange => "exchange",
        SettingName::ProgramSha256 => "program_sha256",
        SettingName::Genesis => "genesis",
        SettingName::KeeperUrl => "keeper_url",
    }
}

fn set(own: &mut OwnSettings, name: SettingName, text: &str) -> Result<(), CommandFailure> {
    let value = Some(text.to_owned()).filter(|text| text != "none");
    if name == SettingName::Exchange && value.is_some() {
        text.parse::<Pubkey>()
            .ok()
            .with_context(|| format!("`{text}` is no address"))?;
    }
    let slot = match name {
        SettingName::Exchange => &mut own.exchange,
        SettingName::ProgramSha256 => &mut own.program_sha256,
        SettingName::Genesis => &mut own.genesis,
        SettingName::KeeperUrl => &mut own.keeper_url,
    };
    *slot = value;
    Ok(())
}

fn get(online: &Online, path: &std::path::Path) -> Answer {
    let OwnSettings {
        exchange,
        program_sha256,
        genesis,
        keeper_url,
    } = &online.own;
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "not set".to_owned());
    let settings = &online.settings;
    let lines = [
        ("file", path.display().to_string()),
        ("exchange", shown(exchange)),
        ("program_sha256", shown(program_sha256)),
        ("genesis", shown(genesis)),
        ("keeper_url", shown(keeper_url)),
        ("url (Solana's config)", settings.url.clone()),
        ("ws (Solana's config)", settings.ws_url.clone()),
        (
            "keypair file (Solana's config)",
            settings.keypair_path.clone(),
        ),
    ];
    let data = json!({
        "file": path.display().to_string(), "own": online.own, "url": settings.url, "ws": settings.ws_url,
        "keypair_file": settings.keypair_path,
    });
    Answer::new(rows(&lines), &data)
}

async fn pin(online: &Online, path: &std::path::Path) -> Result<Answer, CommandFailure> {
    let genesis = online.cluster.genesis_hash().await?.to_string();
    let program = online.deployed_program().await?;
    let own = OwnSettings {
        genesis: Some(genesis.clone()),
        program_sha256: Some(program.sha256.clone()),
        ..online.own.clone()
    };
    own.write(path)?;
    let name = cluster_name(&genesis).unwrap_or("a cluster of its own");
    let text = format!(
        "Pinned in {}: {name} ({genesis}), program {}.",
        path.display(),
        program.sha256
    );
    Ok(Answer::new(text, &own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_set_and_taken_away_and_an_address_is_one() {
        let mut own = OwnSettings::default();
        let address = "11111111111111111111111111111111";
        set(&mut own, SettingName::Exchange, address).unwrap();
        assert_eq!(own.exchange.as_deref(), Some(address));
        assert!(set(&mut own, SettingName::Exchange, "nowhere").is_err());
        set(&mut own, SettingName::Exchange, "none").unwrap();
        assert_eq!(own, OwnSettings::default());
    }
}
