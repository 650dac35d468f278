//! `freeboard liquidations list` and `freeboard liquidate`.
use freeboard_client::display::money::{decimal, duration, usd, usd_floor};
use freeboard_client::display::table::table;
use freeboard_client::dump::Located;
use freeboard_client::freeboard::instructions::{Closing, LiquidateArgs};
use freeboard_client::freeboard::state::{MarginAccount, NO_ASSET};
use freeboard_client::liquidation::{ClosingPreview, LiquidationInputs};
use freeboard_client::margin::PricedAsset;
use freeboard_client::network::AccountFilter;
use freeboard_client::state::ExchangeState;
use serde::Serialize;

use super::funds::unknown_asset;
use crate::online::arguments::{AccountChoice, LiquidateOptions, LiquidationsCommand, WhatCloses};
use crate::online::context::{Online, asset_of, name_of};
use crate::online::failure::{CommandFailure, FailureKind};
use crate::online::output::Answer;
use crate::online::transact::Intent;

/// An account that can be liquidated, or is flagged.
#[derive(Serialize)]
struct LiquidationRow {
    margin_account: String,
    owner: String,
    equity_atoms: i64,
    maintenance_margin_atoms: i64,
    is_liquidatable: bool,
    is_flagged: bool,
    grace_left_secs: Option<u32>,
    may_be_closed_now: bool,
    best: Option<ClosingRow>,
}

/// A closing and what it earns.
#[derive(Serialize)]
struct ClosingRow {
    what: String,
    asset: Option<String>,
    size_atoms: u64,
    size: String,
    notional_atoms: u64,
    penalty_atoms: u64,
    profit_atoms: i64,
}

/// Runs `freeboard liquidations`.
pub async fn run_liquidations(
    online: &Online,
    command: LiquidationsCommand,
) -> Result<Answer, CommandFailure> {
    let LiquidationsCommand::List = command;
    let state = online.exchange().await?;
    let spinner = online.spinner("reading margin accounts");
    let accounts = online
        .cluster
        .margin_accounts(state.address, &AccountFilter::default())
        .await?;
    spinner.finish_and_clear();
    let now = online.now().await?;
    let priced = state.priced();
    let bar = online.progress(accounts.len());
    let mut unpriced = 0;
    let mut found = Vec::new();
    for account in accounts
        .iter()
        .filter(|one| !one.state.is_idle() || one.state.flagged_ts != 0)
    {
        match row(&state, account, &priced, now) {
            Ok(row) => found.extend(row),
            Err(_) => unpriced += 1,
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    found.sort_by_key(|row| {
        row.equity_atoms
            .saturating_sub(row.maintenance_margin_atoms)
    });
    Ok(Answer::new(
        list_text(&found, accounts.len(), unpriced),
        &found,
    ))
}

fn list_text(found: &[LiquidationRow], accounts: usize, unpriced: usize) -> String {
    let mut text = String::new();
    if found.is_empty() {
        text += &format!(
            "None of {accounts} margin accounts is flagged or below its maintenance margin.\n"
        );
    } else {
        let columns = [
            "account",
            "equity",
            "MM",
            "state",
            "best closing",
            "notional",
            "earns",
        ];
        let cells = found.iter().map(|row| {
            let best = row.best.as_ref();
            let shown = |closing: &ClosingRow| match &closing.asset {
                Some(asset) => format!("{} of {} {asset}", closing.what, closing.size),
                None => format!("{} of {}", closing.what, closing.size),
            };
            let notional =
                |closing: &ClosingRow| i64::try_from(closing.notional_atoms).unwrap_or(i64::MAX);
            [
                row.margin_account.clone(),
                usd_floor(row.equity_atoms),
                usd(row.maintenance_margin_atoms),
                row.state(),
                best.map_or_else(|| "–".to_owned(), shown),
                best.map_or_else(|| "–".to_owned(), |one| usd(notional(one))),
                best.map_or_else(|| "–".to_owned(), |one| usd(one.profit_atoms)),
            ]
        });
        text += &format!("{}\n", table(&columns, 1).add_rows(cells));
    }
    if unpriced > 0 {
        text +=
            &format!("{unpriced} accounts cannot be valued: a feed shows no price that counts.\n");
    }
    text
}

impl LiquidationRow {
    fn state(&self) -> String {
        let left = self.grace_left_secs.unwrap_or(0);
        match (self.is_liquidatable, self.is_flagged) {
            (true, _) if self.may_be_closed_now => "may be closed now".to_owned(),
            (true, true) if left > 0 => format!("flagged, {} left", duration(left.into())),
            (true, true) => "flagged, waits for a newer price".to_owned(),
            (true, false) => "below MM, not flagged".to_owned(),
            (false, _) => "flagged, above MM again".to_owned(),
        }
    }
}

fn inputs<'a>(
    state: &'a ExchangeState,
    account: &'a MarginAccount,
    priced: &'a [PricedAsset],
    now: i64,
) -> LiquidationInputs<'a> {
    LiquidationInputs {
        exchange: &state.exchange,
        account,
        assets: priced,
        pool: Some(&state.pool),
        now,
    }
}

fn row(
    state: &ExchangeState,
    account: &Located<MarginAccount>,
    priced: &[PricedAsset],
    now: i64,
) -> Result<Option<LiquidationRow>, anchor_lang::error::Error> {
    let inputs = inputs(state, &account.state, priced, now);
    let slice = inputs.closing(
        freeboard_client::freeboard::instructions::PreviewLiquidationArgs {
            asset_index: NO_ASSET,
            closing: Closing::Slice,
        },
    )?;
    let preview = slice.preview;
    let is_flagged = account.state.flagged_ts != 0;
    if !preview.is_liquidatable && !is_flagged {
        return Ok(None);
    }
    let closings = if preview.is_liquidatable {
        inputs.closings()?
    } else {
        Vec::new()
    };
    let best = closings.first();
    Ok(Some(LiquidationRow {
        margin_account: account.address.to_string(),
        owner: account.state.owner.to_string(),
        equity_atoms: preview.maintenance.equity_atoms,
        maintenance_margin_atoms: preview.maintenance.margin_atoms,
        is_liquidatable: preview.is_liquidatable,
        is_flagged,
        grace_left_secs: Some(preview.grace_left_secs).filter(|secs| *secs != u32::MAX),
        may_be_closed_now: closings.iter().any(|one| one.preview.may_be_closed_now),
        best: best.map(|closing| closing_row(state, closing)),
    }))
}

fn closing_row(state: &ExchangeState, closing: &ClosingPreview) -> ClosingRow {
    let (args, preview) = (&closing.args, &closing.preview);
    let is_slice = args.closing == Closing::Slice;
    let asset = state.asset(args.asset_index).filter(|_| !is_slice);
    let size = match asset {
        Some(asset) => decimal(preview.size_atoms.into(), asset.asset.params.base_decimals),
        None => format!("{} %", decimal(preview.size_atoms.into(), 1)), // thousandths
    };
    ClosingRow {
        what: said(args.closing).to_owned(),
        asset: asset.map(|asset| asset.name()),
        size_atoms: preview.size_atoms,
        size,
        notional_atoms: preview.notional_atoms,
        penalty_atoms: preview.penalty_atoms,
        profit_atoms: preview.profit_atoms,
    }
}

/// What a closing closes, in words.
pub const fn said(closing: Closing) -> &'static str {
    match closing {
        Closing::PositionByPool => "position to the pool",
        Closing::PositionByLiquidator => "position to the liquidator",
        Closing::Collateral => "collateral",
        Closing::Pair => "pair",
        Closing::Slice => "slice",
    }
}

impl From<WhatCloses> for Closing {
    fn from(what: WhatCloses) -> Self {
        match what {
            WhatCloses::Position => Self::PositionByPool,
            WhatCloses::Takeover => Self::PositionByLiquidator,
            WhatCloses::Collateral => Self::Collateral,
            WhatCloses::Pair => Self::Pair,
            WhatCloses::Slice => Self::Slice,
        }
    }
}

/// Flags an account, or closes what may be closed of it.
pub async fn liquidate(
    online: &Online,
    options: LiquidateOptions,
) -> Result<Answer, CommandFailure> {
    let authority = online.authority()?;
    let state = online.exchange().await?;
    let account = online.account_at(options.liquidatee).await?;
    let now = online.now().await?;
    let priced = state.priced();
    let inputs = inputs(&state, &account.state, &priced, now);
    let chosen = choose(&state, &inputs, &options)?;
    let flag_only = options.flag || chosen.is_none();
    if flag_only {
        let instruction = state.flag(&account).ok_or_else(unknown_asset)?;
        let title = format!(
            "Flag margin account {}, or renew or clear its flag",
            account.address
        );
        let grace = duration(state.exchange.liquidation.grace_secs.into());
        let next = format!(
            "{grace} later, at prices newer than the flag, `freeboard liquidate` closes what may be closed"
        );
        return online
            .carry_out(Intent::new(title, vec![instruction]).with_row("then", next))
            .await;
    }
    let own = AccountChoice {
        account: options.account.clone(),
        owner: None,
    };
    let own = online.account(&own).await?;
    let closing = chosen.ok_or_else(|| nothing(&account))?;
    let args = LiquidateArgs {
        asset_index: closing.args.asset_index,
        max_size_atoms: u64::MAX,
        closing: closing.args.closing,
    };
    let instruction = state.liquidate(authority, &own, &account, args, true);
    let instruction = instruction.ok_or_else(unknown_asset)?;
    let row = closing_row(&state, &closing);
    let asset = row.asset.as_deref().unwrap_or("everything");
    let title = format!(
        "Liquidate margin account {}: {}, {} of {asset}",
        account.address, row.what, row.size
    );
    let usd_of = |atoms: u64| usd(i64::try_from(atoms).unwrap_or(i64::MAX));
    let intent = Intent::new(title, vec![instruction])
        .with_row("notional", usd_of(row.notional_atoms))
        .with_row("penalty", usd_of(row.penalty_atoms))
        .with_row(
            "earns",
            format!(
                "{}, in margin account {}",
                usd(row.profit_atoms),
                own.address
            ),
        )
        .with_preview(&row);
    online.carry_out(intent).await
}

/// The closing that was asked for, or the one that earns most among those that may be done now; none where only a
/// flag helps.
fn choose(
    state: &ExchangeState,
    inputs: &LiquidationInputs,
    options: &LiquidateOptions,
) -> Result<Option<ClosingPreview>, CommandFailure> {
    let asset = options
        .asset
        .as_deref()
        .map(|name| asset_of(state, name))
        .transpose()?;
    let index = asset.map(|asset| asset.asset.index);
    let what = options.what.map(Closing::from);
    let closings = inputs.closings()?;
    let wanted = |one: &&ClosingPreview| {
        what.is_none_or(|what| one.args.closing == what)
            && index.is_none_or(|index| one.args.asset_index == index)
    };
    let mut fitting = closings.iter().filter(wanted).peekable();
    if fitting.peek().is_none() && (what.is_some() || index.is_some()) {
        let name = index.map_or_else(|| "the account".to_owned(), |index| name_of(state, index));
        return Err(CommandFailure::new(
            FailureKind::Refused,
            format!("Nothing of that kind may be closed of {name}."),
            "`freeboard liquidations list` says what may; leave --asset and --what away for the best.",
        ));
    }
    Ok(fitting.find(|one| one.preview.may_be_closed_now).copied())
}

fn nothing(account: &Located<MarginAccount>) -> CommandFailure {
    CommandFailure::new(
        FailureKind::Refused,
        format!(
            "Nothing of margin account {} may be closed now.",
            account.address
        ),
        "`freeboard liquidations list` says which accounts can be liquidated.",
    )
}
