//! `freeboard init`: an exchange from a parameter file.
use freeboard_client::display::money::duration;
use freeboard_client::parameters::Roles;
use freeboard_client::{ExchangeKeys, address, instructions};
use serde_json::json;

use crate::online::amount::Unit;
use crate::online::arguments::InitOptions;
use crate::online::context::Online;
use crate::online::failure::CommandFailure;
use crate::online::output::Answer;
use crate::online::transact::Intent;
use crate::online::words::seconds;
use crate::parameters;

/// Creates an exchange without assets.
pub async fn init(online: &Online, options: InitOptions) -> Result<Answer, CommandFailure> {
    let creator = online.authority()?;
    let file = parameters::read(options.file.as_deref())?;
    let address = address::exchange(&creator);
    if online.cluster.account(&address).await?.is_some() {
        return Err(CommandFailure::input(
            format!("{creator} has created an exchange already: {address}."),
            "One key creates one exchange; use another key, or this exchange: `freeboard role show --exchange …`.",
        ));
    }
    let mint = online.cluster.required("mint", options.quote_mint).await?;
    let decimals = online.cluster.mint_decimals(options.quote_mint).await?;
    if decimals != Unit::QUOTE.decimals {
        return Err(CommandFailure::input(
            format!("The mint {} has {decimals} decimals.", options.quote_mint),
            "A quote token has 6: amounts are counted in 10^-6 USD.",
        ));
    }
    let roles = Roles {
        governance: options.governance.unwrap_or(creator),
        risk_manager: options.risk_manager.unwrap_or(creator),
        guardian: options.guardian.unwrap_or(creator),
        timelock_secs: seconds(&options.timelock)?,
    };
    let args = file.initialize_args(&roles);
    let instruction =
        instructions::initialize_exchange(creator, options.quote_mint, mint.owner, args);
    let keys = ExchangeKeys::of_creator(&creator, options.quote_mint, mint.owner);
    let intent = Intent::new(format!("Create the exchange {address}"), vec![instruction])
        .with_row("quote mint", options.quote_mint.to_string())
        .with_row("governance", roles.governance.to_string())
        .with_row("risk manager", roles.risk_manager.to_string())
        .with_row("guardian", roles.guardian.to_string())
        .with_row("timelock", duration(roles.timelock_secs.into()))
        .with_row("next", format!("freeboard config set exchange {address}; then `freeboard asset propose`"))
        .with_preview(&json!({
            "exchange": address.to_string(), "pool": keys.pool.to_string(), "timelock_secs": roles.timelock_secs,
        }));
    online.carry_out(intent).await
}
