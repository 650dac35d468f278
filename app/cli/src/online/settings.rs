//! Where a command gets what was not typed: Solana's own CLI config, and Freeboard's small one.
//!
//! An option wins over the environment, that over Freeboard's config, that over Solana's, that over the defaults.
use std::fs;
use std::path::{Path, PathBuf};

use reqwest::Url;
use serde::{Deserialize, Serialize};
use solana_cli_config::{Config, ConfigInput};
use solana_commitment_config::CommitmentConfig;

use super::arguments::NetworkOptions;
use super::failure::CommandFailure;

/// Freeboard's own settings, `~/.config/freeboard/config.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OwnSettings {
    /// Address of the exchange.
    pub exchange: Option<String>,
    /// SHA-256 of the program that may be used, hexadecimal.
    pub program_sha256: Option<String>,
    /// Genesis hash of the cluster that may be used.
    pub genesis: Option<String>,
    /// Address of a keeper's /healthz.
    pub keeper_url: Option<String>,
}

/// The variable that names another file than `~/.config/freeboard/config.toml`.
pub const OWN_FILE: &str = "FREEBOARD_CONFIG";

impl OwnSettings {
    /// Where they are kept.
    pub fn path() -> Option<PathBuf> {
        if let Some(path) = std::env::var_os(OWN_FILE) {
            return Some(path.into());
        }
        let base = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
        let base =
            base.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".config")))?;
        Some(base.join("freeboard/config.toml"))
    }

    /// Reads a file; a missing one says nothing.
    ///
    /// Errors: it cannot be read, or is no such TOML.
    pub fn read(path: &Path) -> Result<Self, CommandFailure> {
        if !path.exists() {
            return Ok(Self::default());
        }
        let wrong = |reason: String| {
            CommandFailure::input(
                format!("{}: {}", path.display(), reason.trim_end()),
                "Repair the file; `freeboard config get` says which keys it has.",
            )
        };
        let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        toml::from_str(&text).map_err(|error| wrong(error.to_string()))
    }

    /// Writes the file, and its folder.
    ///
    /// Errors: it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), CommandFailure> {
        let wrong = |error: std::io::Error| {
            CommandFailure::input(
                format!("{}: {error}", path.display()),
                format!("Name a file that can be written by {OWN_FILE}."),
            )
        };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(wrong)?;
        }
        let text = toml::to_string(self).unwrap_or_default(); // strings alone
        fs::write(path, text).map_err(wrong)
    }
}

/// The cluster and the keypair file that a command uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterSettings {
    /// RPC.
    pub url: String,
    /// Subscriptions.
    pub ws_url: String,
    /// Keypair file.
    pub keypair_path: String,
    /// How final an answer must be.
    pub commitment: CommitmentConfig,
}

impl ClusterSettings {
    /// Options over Solana's CLI config over its defaults.
    ///
    /// Errors: a config that was named and cannot be read; an unknown commitment.
    pub fn resolve(options: &NetworkOptions) -> Result<Self, CommandFailure> {
        let config = read_solana_config(options.solana_config.as_deref())?;
        let wanted = options.commitment.as_deref().unwrap_or_default();
        let known = ["", "processed", "confirmed", "finalized"];
        if !known.contains(&wanted) {
            return Err(CommandFailure::input(
                format!("`{wanted}` is no commitment."),
                "Use processed, confirmed or finalized.",
            ));
        }
        let typed = options.url.as_deref().unwrap_or_default();
        let (_, url) = ConfigInput::compute_json_rpc_url_setting(typed, &config.json_rpc_url);
        check_url(&url)?;
        // The config's address of subscriptions belongs to the config's cluster, not to a typed one.
        let of_config = if typed.is_empty() {
            config.websocket_url.as_str()
        } else {
            ""
        };
        let ws = options.ws.as_deref().unwrap_or_default();
        let (_, ws_url) = ConfigInput::compute_websocket_url_setting(ws, of_config, &url, "");
        let keypair = options.keypair.as_deref().unwrap_or_default();
        let (_, keypair_path) =
            ConfigInput::compute_keypair_path_setting(keypair, &config.keypair_path);
        let (_, commitment) = ConfigInput::compute_commitment_config(wanted, &config.commitment);
        Ok(Self {
            url,
            ws_url,
            keypair_path,
            commitment,
        })
    }
}

/// Solana's library ends the process where the address of subscriptions does not follow from one.
///
/// Errors: neither one of Solana's names nor a URL of HTTP with a host.
fn check_url(url: &str) -> Result<(), CommandFailure> {
    let is_http = |parsed: &Url| matches!(parsed.scheme(), "http" | "https") && parsed.has_host();
    match Url::parse(url) {
        Ok(parsed) if is_http(&parsed) => Ok(()),
        _ => Err(CommandFailure::input(
            format!("`{url}` is no cluster."),
            "Use mainnet-beta, testnet, devnet, localhost or a URL, `https://…`.",
        )),
    }
}

fn read_solana_config(named: Option<&Path>) -> Result<Config, CommandFailure> {
    let path = match named {
        Some(path) => path.to_owned(),
        None => match solana_cli_config::CONFIG_FILE.as_deref().map(PathBuf::from) {
            Some(path) if path.exists() => path,
            _ => return Ok(Config::default()),
        },
    };
    Config::load(&path.to_string_lossy()).map_err(|error| {
        CommandFailure::input(
            format!("{}: {error}", path.display()),
            "Name Solana's CLI config with -C, as `solana config get` shows it.",
        )
    })
}

/// Scheme, host and port of an address, without what may be a key in it.
pub fn origin(url: &str) -> String {
    match Url::parse(url) {
        Ok(url) => url.origin().ascii_serialization(),
        Err(_) => "an address that cannot be read".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(config: &Path, url: Option<&str>) -> NetworkOptions {
        NetworkOptions {
            solana_config: Some(config.to_owned()),
            url: url.map(str::to_owned),
            ..NetworkOptions::default()
        }
    }

    fn config() -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = "---\njson_rpc_url: http://127.0.0.1:8899\nwebsocket_url: ws://127.0.0.1:9900\n\
                    keypair_path: /keys/trader.json\ncommitment: processed\n";
        fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn solanas_config_says_what_was_not_typed() {
        let file = config();
        let settings = ClusterSettings::resolve(&options(file.path(), None)).unwrap();
        assert_eq!(settings.url, "http://127.0.0.1:8899");
        assert_eq!(settings.ws_url, "ws://127.0.0.1:9900");
        assert_eq!(settings.keypair_path, "/keys/trader.json");
        assert_eq!(settings.commitment, CommitmentConfig::processed());
    }

    #[test]
    fn what_names_no_cluster_is_refused() {
        let file = config();
        for url in [
            "bogus",
            "testnett",
            "ftp://localhost",
            "http://",
            "localhost:8899",
        ] {
            let refused = ClusterSettings::resolve(&options(file.path(), Some(url)));
            let failure = refused.unwrap_err();
            assert!(failure.message.contains("no cluster"), "{url}");
        }
        for url in ["localhost", "l", "mainnet-beta", "https://node.example/key"] {
            let settings = ClusterSettings::resolve(&options(file.path(), Some(url)));
            assert!(settings.unwrap().ws_url.starts_with("ws"), "{url}");
        }
    }

    #[test]
    fn a_typed_cluster_does_not_get_the_subscriptions_of_another() {
        let file = config();
        let settings = ClusterSettings::resolve(&options(file.path(), Some("devnet"))).unwrap();
        assert_eq!(settings.url, "https://api.devnet.solana.com");
        assert_eq!(settings.ws_url, "wss://api.devnet.solana.com/");
        let settings = ClusterSettings::resolve(&options(file.path(), Some("l"))).unwrap();
        assert_eq!(settings.url, "http://localhost:8899");
        assert_eq!(settings.ws_url, "ws://localhost:8900/");
    }

    #[test]
    fn a_config_that_is_not_there_is_refused_by_name() {
        let failure = ClusterSettings::resolve(&options(Path::new("/nowhere.yml"), None));
        assert!(failure.unwrap_err().message.starts_with("/nowhere.yml: "));
    }

    #[test]
    fn own_settings_are_read_back_and_unknown_keys_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("freeboard/config.toml");
        assert_eq!(OwnSettings::read(&path).unwrap(), OwnSettings::default());
        let settings = OwnSettings {
            exchange: Some("11111111111111111111111111111111".to_owned()),
            ..OwnSettings::default()
        };
        settings.write(&path).unwrap();
        assert_eq!(OwnSettings::read(&path).unwrap(), settings);
        fs::write(&path, "exchnage = \"x\"\n").unwrap();
        let failure = OwnSettings::read(&path).unwrap_err();
        assert!(failure.message.contains("exchnage"), "{failure}");
    }

    #[test]
    fn keys_in_addresses_are_not_shown() {
        for (url, shown) in [
            ("https://node.example/v2/secret", "https://node.example"),
            (
                "wss://me:secret@node.example:9/?api-key=secret",
                "wss://node.example:9",
            ),
            ("http://127.0.0.1:8899", "http://127.0.0.1:8899"),
            ("secret", "an address that cannot be read"),
        ] {
            assert_eq!(origin(url), shown);
        }
    }
}
