//! What tools need to find everything on the network: as a file, as a configuration of Solana's tools, and in words.
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// A running network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkDescription {
    /// JSON-RPC.
    pub url: String,
    /// Subscriptions.
    pub ws_url: String,
    /// Address of the program.
    pub program: String,
    /// Address of the exchange.
    pub exchange: String,
    /// Mint of the quote token.
    pub quote_mint: String,
    /// Its assets, by index.
    pub assets: Vec<DescribedAsset>,
    /// Keypair files, by who it is.
    pub keys: BTreeMap<String, PathBuf>,
}

/// An asset of the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DescribedAsset {
    /// Its name.
    pub name: String,
    /// Its index in the exchange.
    pub index: u16,
    /// Its address.
    pub address: String,
    /// The account that holds its price.
    pub feed: String,
    /// The feed's id, hexadecimal.
    pub feed_id: String,
    /// Its token, as collateral.
    pub mint: String,
}

impl NetworkDescription {
    /// Writes `network.json` and `cli.yml` into a folder; returns the latter's path.
    ///
    /// Errors: the file that cannot be written.
    pub fn write(&self, folder: &Path) -> Result<PathBuf> {
        let json = serde_json::to_string_pretty(self)? + "\n";
        write(&folder.join("network.json"), &json)?;
        let config = folder.join("cli.yml");
        write(&config, &self.solana_config())?;
        Ok(config)
    }

    /// The configuration of Solana's tools with the trader's key.
    fn solana_config(&self) -> String {
        let key = self
            .keys
            .get("trader")
            .map(|path| path.display().to_string());
        format!(
            "---\njson_rpc_url: {:?}\nwebsocket_url: {:?}\nkeypair_path: {:?}\naddress_labels: {{}}\ncommitment: \"confirmed\"\n",
            self.url,
            self.ws_url,
            key.unwrap_or_default()
        )
    }

    /// The network in words, with what to try next. `config`: where `cli.yml` is; `freeboard`: what starts the command line.
    pub fn words(&self, config: &Path, freeboard: &str) -> String {
        let mut text = String::new();
        let mut row = |name: &str, value: &str| {
            let _ = writeln!(text, "{name:<14}{value}");
        };
        row("RPC", &self.url);
        row("subscriptions", &self.ws_url);
        row("program", &self.program);
        row("exchange", &self.exchange);
        row("quote token", &format!("{} (USDC)", self.quote_mint));
        for asset in &self.assets {
            row(
                &asset.name,
                &format!("{}, price in {}", asset.address, asset.feed),
            );
        }
        let mut names = self.keys.keys().map(String::as_str);
        let first = names.next().and_then(|name| self.keys[name].parent());
        let folder = first.map(|folder| folder.display().to_string());
        let all: Vec<&str> = self.keys.keys().map(String::as_str).collect();
        row(
            "keypairs",
            &format!("{}: {}", folder.unwrap_or_default(), all.join(", ")),
        );
        let _ = write!(
            text,
            "\nIn another shell, as the trader:\n\n  export FREEBOARD_EXCHANGE={}\n  alias fb={}\n\n{}",
            self.exchange,
            quoted(&format!("{freeboard} -C {}", shell_word(config))),
            NEXT.map(|line| format!("  {line}\n")).concat()
        );
        text
    }
}

/// What to try first.
const NEXT: [&str; 3] = [
    "fb account open",
    "fb deposit 20000 USDC",
    "fb account show",
];

/// A path as one word of a shell: quoted only where it must be.
pub fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |one: char| one.is_ascii_alphanumeric() || "/._-+".contains(one);
    if text.chars().all(is_plain) {
        text
    } else {
        quoted(&text)
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn description() -> NetworkDescription {
        NetworkDescription {
            url: "http://127.0.0.1:8899".to_owned(),
            ws_url: "ws://127.0.0.1:8900/".to_owned(),
            program: "P".to_owned(),
            exchange: "E".to_owned(),
            quote_mint: "Q".to_owned(),
            assets: vec![DescribedAsset {
                name: "BTC".to_owned(),
                index: 0,
                address: "A".to_owned(),
                feed: "F".to_owned(),
                feed_id: "00".to_owned(),
                mint: "M".to_owned(),
            }],
            keys: BTreeMap::from([("trader".to_owned(), PathBuf::from("/k/trader.json"))]),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let config = description().write(folder.path()).unwrap();
        let json = std::fs::read_to_string(folder.path().join("network.json")).unwrap();
        let read: NetworkDescription = serde_json::from_str(&json).unwrap();
        assert_eq!(read, description());
        let config = std::fs::read_to_string(config).unwrap();
        assert!(
            config.contains("keypair_path: \"/k/trader.json\"\n"),
            "{config}"
        );
        assert!(
            config.contains("json_rpc_url: \"http://127.0.0.1:8899\"\n"),
            "{config}"
        );
    }

    #[test]
    fn the_words_name_the_exchange_the_keys_and_three_commands() {
        let words = description().words(Path::new("/c/cli.yml"), "/b/freeboard");
        for expected in [
            "FREEBOARD_EXCHANGE=E",
            "/k: trader",
            "alias fb='/b/freeboard -C /c/cli.yml'",
            "fb account open",
            "fb deposit",
        ] {
            assert!(words.contains(expected), "{expected}: {words}");
        }
    }
    /// An alias stands for its text: a shell that reads it has each path as one word.
    #[test]
    fn an_alias_holds_paths_with_spaces_and_quotes() {
        let program = shell_word(Path::new("/it's built/freeboard"));
        let words = description().words(Path::new("/c d/cli.yml"), &program);
        let mut lines = words.lines().map(str::trim);
        let alias = lines.find_map(|line| line.strip_prefix("alias ")).unwrap();
        let script = format!("{alias}\neval \"set -- $fb account show\"\nprintf '%s|' \"$@\"");
        let ran = Command::new("sh").args(["-c", &script]).output().unwrap();
        assert_eq!(
            String::from_utf8_lossy(&ran.stdout),
            "/it's built/freeboard|-C|/c d/cli.yml|account|show|",
            "{ran:?}"
        );
    }
}
