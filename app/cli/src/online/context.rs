//! Where a command acts, as whom, and on which exchange.
use std::sync::Once;

use anchor_lang::prelude::Pubkey;
use anyhow::Context as _;
use freeboard_client::dump::Located;
use freeboard_client::freeboard::state::MarginAccount;
use freeboard_client::network::{Cluster, FeedBook, NetworkError};
use freeboard_client::state::{AssetState, ExchangeState};
use freeboard_client::{address, instructions::TokenKeys};
use solana_keypair::{Keypair, read_keypair_file};
use solana_signer::Signer;

use super::amount::{QUOTE_NAME, Unit};
use super::arguments::{AccountChoice, NetworkOptions};
use super::failure::{CommandFailure, FailureKind};
use super::output::Origins;
use super::settings::{ClusterSettings, OwnSettings};

/// That a keypair file can be read by others is said once.
static WARNED: Once = Once::new();

/// Everything that a command on a cluster needs.
pub struct Online {
    /// As typed.
    pub options: NetworkOptions,
    /// Cluster and keypair file.
    pub settings: ClusterSettings,
    /// Freeboard's own settings.
    pub own: OwnSettings,
    /// The cluster.
    pub cluster: Cluster,
}

/// What comes from the cluster fails as the network, and what is not there as a mismatch.
impl From<NetworkError> for CommandFailure {
    fn from(error: NetworkError) -> Self {
        let kind = match error {
            NetworkError::Missing { .. } | NetworkError::Account { .. } => FailureKind::Mismatch,
            _ => FailureKind::Network,
        };
        // Its sentences end with the next step.
        let text = error.to_string();
        let (message, remedy) = text.split_once(". ").unwrap_or((&text, ""));
        Self::new(kind, message, remedy)
    }
}

impl Online {
    /// Reads the settings; nothing is asked of the cluster yet.
    ///
    /// Errors: a config that cannot be read.
    pub fn new(options: NetworkOptions) -> Result<Self, CommandFailure> {
        let settings = ClusterSettings::resolve(&options)?;
        let own = match OwnSettings::path() {
            Some(path) => OwnSettings::read(&path)?,
            None => OwnSettings::default(),
        };
        let cluster =
            Cluster::new(&settings.url, settings.commitment).with_ws_url(&settings.ws_url);
        Ok(Self {
            options,
            settings,
            own,
            cluster,
        })
    }

    /// The exchange's address: typed, of the environment, or of Freeboard's config.
    ///
    /// Errors: none is named.
    pub fn exchange_address(&self) -> Result<Pubkey, CommandFailure> {
        if let Some(exchange) = self.options.exchange {
            return Ok(exchange);
        }
        let Some(text) = &self.own.exchange else {
            return Err(CommandFailure::input(
                "No exchange is named.",
                "Give --exchange ADDRESS, set FREEBOARD_EXCHANGE, or keep it by `freeboard config set exchange ADDRESS`.",
            ));
        };
        let address = text
            .parse::<Pubkey>()
            .with_context(|| format!("the setting `exchange`, {text}"));
        Ok(address?)
    }

    /// The exchange with pool, assets and prices.
    ///
    /// Errors: it is not on this cluster, or the cluster does not answer.
    pub async fn exchange(&self) -> Result<ExchangeState, CommandFailure> {
        let address = self.exchange_address()?;
        Ok(self.cluster.exchange(address, &FeedBook::default()).await?)
    }

    /// The chain's clock, unix seconds.
    pub async fn now(&self) -> Result<i64, CommandFailure> {
        Ok(self.cluster.clock().await?.unix_timestamp)
    }

    /// The keypair of who acts; warns of a file that others can read.
    ///
    /// Errors: no such file, no keypair in it.
    pub fn keypair(&self) -> Result<Keypair, CommandFailure> {
        let path = &self.settings.keypair_path;
        let wrong = |message: String| {
            CommandFailure::input(
                message,
                "Name a keypair file with -k, or in Solana's CLI config; `solana-keygen new` makes one.",
            )
        };
        if path.contains("://") || path == "-" || path == "ASK" {
            return Err(wrong(format!(
                "{path}: only keypair files are read, no devices and prompts."
            )));
        }
        // The error of the file may quote what stands in it: it is not printed.
        let keypair = read_keypair_file(path)
            .map_err(|_| wrong(format!("{path}: there is no keypair that can be read.")))?;
        if is_read_by_others(path) {
            let warn =
                || eprintln!("warning: {path} can be read by others; `chmod 600 {path}` ends that");
            WARNED.call_once(warn);
        }
        Ok(keypair)
    }

    /// Who acts: --authority, else the keypair's address.
    ///
    /// Errors: those of [`Self::keypair`]; an authority without keypair that would have to sign.
    pub fn authority(&self) -> Result<Pubkey, CommandFailure> {
        let Some(authority) = self.options.authority else {
            return Ok(self.keypair()?.pubkey());
        };
        if !self.options.export_message && !self.options.dry_run {
            return Err(CommandFailure::input(
                "--authority acts without a keypair, so nothing can be signed.",
                "Add --export-message for a vault or another signer, or --dry-run; or name a keypair by -k.",
            ));
        }
        Ok(authority)
    }

    /// Who acts, for a question that needs no signature.
    ///
    /// Errors: those of [`Self::keypair`].
    pub fn viewer(&self) -> Result<Pubkey, CommandFailure> {
        match self.options.authority {
            Some(authority) => Ok(authority),
            None => Ok(self.keypair()?.pubkey()),
        }
    }

    /// The address of a chosen margin account.
    ///
    /// Errors: neither number nor address.
    pub fn account_address(&self, choice: &AccountChoice) -> Result<Pubkey, CommandFailure> {
        let text = choice.account.as_str();
        if let Ok(address) = text.parse::<Pubkey>() {
            return Ok(address);
        }
        let number: u16 = text.parse().map_err(|_| {
            CommandFailure::input(
                format!("`{text}` is neither a number of a margin account nor an address."),
                "Numbers are 0 to 65535; `freeboard account list` shows yours.",
            )
        })?;
        let owner = match choice.owner {
            Some(owner) => owner,
            None => self.viewer()?,
        };
        Ok(address::margin_account(
            &self.exchange_address()?,
            &owner,
            number,
        ))
    }

    /// A chosen margin account.
    ///
    /// Errors: there is none.
    pub async fn account(
        &self,
        choice: &AccountChoice,
    ) -> Result<Located<MarginAccount>, CommandFailure> {
        let address = self.account_address(choice)?;
        self.account_at(address).await
    }

    /// The margin account at an address.
    ///
    /// Errors: there is none.
    pub async fn account_at(
        &self,
        address: Pubkey,
    ) -> Result<Located<MarginAccount>, CommandFailure> {
        let exchange = self.exchange_address()?;
        if let Some(found) = self.cluster.margin_account(exchange, address).await? {
            return Ok(found);
        }
        self.exchange().await?; // else it is no exchange, or another cluster than meant
        Err(CommandFailure::input(
            format!("There is no margin account at {address}."),
            "`freeboard account open` opens one; `freeboard account list` shows those there are.",
        ))
    }

    /// Where an answer comes from; the slot only if it costs nothing.
    pub fn origins(&self) -> Origins {
        let exchange = self.exchange_address().ok();
        Origins {
            cluster: Some(self.cluster.shown_url()),
            exchange: exchange.map(|exchange| exchange.to_string()),
            ..Origins::default()
        }
    }
}

#[cfg(unix)]
fn is_read_by_others(path: &str) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).map(|metadata| metadata.permissions().mode());
    mode.is_ok_and(|mode| mode & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_read_by_others(_: &str) -> bool {
    false
}

/// The asset of a name, or of an index behind a `#`.
///
/// Errors: there is none.
pub fn asset_of<'a>(
    state: &'a ExchangeState,
    name: &str,
) -> Result<&'a AssetState, CommandFailure> {
    let index = name.strip_prefix('#').and_then(|text| text.parse().ok());
    let found = match index {
        Some(index) => state.asset(index),
        None => state.asset_named(name),
    };
    found.ok_or_else(|| {
        let names: Vec<String> = state.assets.iter().map(AssetState::name).collect();
        CommandFailure::input(
            format!("The exchange has no asset `{name}`."),
            match names.is_empty() {
                true => "It has no asset yet; `freeboard asset propose` proposes one.".to_owned(),
                false => format!("Its assets are {}.", names.join(", ")),
            },
        )
    })
}

/// The name of an asset, or its index where it is not known.
pub fn name_of(state: &ExchangeState, index: u16) -> String {
    let found = state.asset(index);
    found.map_or_else(|| format!("asset {index}"), AssetState::name)
}

/// That no token of this name can be deposited, and which can; `collaterals` without quote.
fn no_token(
    name: &str,
    is_traded: bool,
    collaterals: impl Iterator<Item = String>,
) -> CommandFailure {
    let message = match is_traded {
        true => format!("{name} is traded here and not taken as collateral."),
        false => format!("Margin accounts take no token `{name}`."),
    };
    let names: Vec<String> = std::iter::once(QUOTE_NAME.to_owned())
        .chain(collaterals)
        .collect();
    let remedy = format!("Tokens that can be deposited: {}.", names.join(", "));
    CommandFailure::input(message, remedy)
}

/// A token that can be deposited, as an amount names it.
pub struct NamedToken {
    /// Mint, vault, program.
    pub keys: TokenKeys,
    /// Its name.
    pub name: String,
    /// Its decimals.
    pub decimals: u8,
    /// Index of the asset whose collateral it is; none for quote.
    pub asset_index: Option<u16>,
}

impl NamedToken {
    /// The quote token, or the collateral of an asset; without a name the quote token.
    ///
    /// Errors: no such token, or one that is no collateral.
    pub fn find(state: &ExchangeState, unit: Option<&str>) -> Result<Self, CommandFailure> {
        let unit = unit.unwrap_or(QUOTE_NAME);
        if unit.eq_ignore_ascii_case(QUOTE_NAME) {
            return Ok(Self {
                keys: TokenKeys::quote(&state.keys),
                name: QUOTE_NAME.to_owned(),
                decimals: Unit::QUOTE.decimals,
                asset_index: None,
            });
        }
        let collaterals = || state.assets.iter().filter(|one| one.asset.is_collateral());
        let asset = asset_of(state, unit)
            .map_err(|_| no_token(unit, false, collaterals().map(AssetState::name)))?;
        let name = asset.name();
        let keys = TokenKeys::collateral(&asset.keys)
            .ok_or_else(|| no_token(&name, true, collaterals().map(AssetState::name)))?;
        Ok(Self {
            keys,
            name,
            decimals: asset.asset.params.base_decimals,
            asset_index: Some(asset.asset.index),
        })
    }

    /// As a unit of amounts.
    pub fn unit(&self) -> Unit<'_> {
        Unit {
            name: &self.name,
            decimals: self.decimals,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_is_not_taken_is_told_with_those_that_are() {
        let collaterals = || ["BTC", "SOL"].map(str::to_owned).into_iter();
        for is_traded in [true, false] {
            let failure = no_token("USD", is_traded, collaterals());
            assert!(failure.message.contains("USD"), "{failure}");
            assert!(failure.remedy.ends_with("USDC, BTC, SOL."), "{failure}");
        }
    }
}
