//! `freeboard account`: open, list, show, watch, close, delegate.
use std::io::IsTerminal;
use std::io::Write;
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use freeboard_client::display::money::{times, usd_floor};
use freeboard_client::display::table::table;
use freeboard_client::dump::Located;
use freeboard_client::freeboard::instructions::OpenMarginAccountArgs;
use freeboard_client::freeboard::state::{MarginAccount, NO_ASSET};
use freeboard_client::network::{AccountFilter, WatchEvent};
use freeboard_client::state::ExchangeState;
use freeboard_client::{address, instructions};

use crate::online::amount::QUOTE_NAME;
use crate::online::arguments::{
    AccountChoice, AccountCommand, CloseAccountOptions, DelegateOptions, ListAccountOptions,
    OpenAccountOptions, WatchOptions,
};
use crate::online::context::{Online, name_of};
use crate::online::failure::{CommandFailure, FailureKind};
use crate::online::output::{Answer, envelope};
use crate::online::report::{self, AccountView, condition};
use crate::online::settings::origin;
use crate::online::transact::Intent;

/// The shortest time between two reports of a watch: prices of all assets move each second.
const REDRAW: Duration = Duration::from_millis(500);
/// A watch that hears nothing draws anew after this, so that ages and grace go on.
const SILENCE: Duration = Duration::from_secs(5);

/// Runs `freeboard account`.
pub async fn run_account(
    online: &Online,
    command: AccountCommand,
) -> Result<Answer, CommandFailure> {
    match command {
        AccountCommand::Open(options) => open(online, &options).await,
        AccountCommand::List(options) => list(online, &options).await,
        AccountCommand::Show(choice) => show(online, &choice).await,
        AccountCommand::Watch(options) => watch(online, &options).await,
        AccountCommand::Close(options) => close(online, &options).await,
        AccountCommand::Delegate(options) => delegate(online, &options).await,
    }
}

async fn open(online: &Online, options: &OpenAccountOptions) -> Result<Answer, CommandFailure> {
    let (exchange, owner) = (online.exchange_address()?, online.authority()?);
    let address = address::margin_account(&exchange, &owner, options.number);
    if online
        .cluster
        .margin_account(exchange, address)
        .await?
        .is_some()
    {
        return Err(CommandFailure::input(
            format!(
                "Margin account {} of {owner} is open already: {address}.",
                options.number
            ),
            "Use it, or open another one with --account NUMBER.",
        ));
    }
    let args = OpenMarginAccountArgs {
        sub_account: options.number,
        delegate: options.delegate.unwrap_or_default(),
    };
    let instruction = instructions::open_margin_account(owner, owner, exchange, args);
    let title = format!(
        "Open margin account {} of {owner}: {address}",
        options.number
    );
    let preview = serde_json::json!({ "address": address.to_string(), "number": options.number });
    online
        .carry_out(Intent::new(title, vec![instruction]).with_preview(&preview))
        .await
}

async fn list(online: &Online, options: &ListAccountOptions) -> Result<Answer, CommandFailure> {
    let state = online.exchange().await?;
    let owner = match (options.all, options.owner) {
        (true, _) => None,
        (false, Some(owner)) => Some(owner),
        (false, None) => Some(online.viewer()?),
    };
    let filter = AccountFilter {
        owner,
        ..AccountFilter::default()
    };
    let spinner = online.spinner("reading margin accounts");
    let accounts = online
        .cluster
        .margin_accounts(state.address, &filter)
        .await?;
    spinner.finish_and_clear();
    let now = online.now().await?;
    let bar = online.progress(accounts.len());
    let mut views: Vec<AccountView> = accounts
        .iter()
        .map(|account| {
            bar.inc(1);
            AccountView::new(&state, account, now)
        })
        .collect();
    bar.finish_and_clear();
    views.sort_by(|a, b| (&a.owner, a.number).cmp(&(&b.owner, b.number)));
    if views.is_empty() {
        let whose = owner.map_or("the exchange".to_owned(), |owner| owner.to_string());
        let text = format!("{whose} has no margin account; `freeboard account open` opens one.");
        return Ok(Answer::new(text, &views));
    }
    let columns = [
        "account",
        "number",
        "owner",
        "equity",
        "free collateral",
        "leverage",
        "state",
    ];
    let cells = views.iter().map(|view| {
        let margins = view.margins.as_ref();
        let amount = |atoms: Option<i64>| atoms.map_or_else(|| "–".to_owned(), usd_floor);
        [
            view.address.clone(),
            view.number.to_string(),
            view.owner.clone(),
            amount(margins.map(|one| one.equity_atoms)),
            amount(margins.map(|one| one.free_collateral_atoms)),
            margins.map_or_else(|| "–".to_owned(), |one| times(one.leverage)),
            margins.map_or_else(|| "no price".to_owned(), |one| condition(one, now)),
        ]
    });
    let text = format!("{}\n", table(&columns, 3).add_rows(cells));
    Ok(Answer::new(text, &views))
}

/// The report of an account as it is now.
pub async fn view(online: &Online, choice: &AccountChoice) -> Result<AccountView, CommandFailure> {
    let account = online.account(choice).await?;
    view_of(online, &account).await
}

async fn view_of(
    online: &Online,
    account: &Located<MarginAccount>,
) -> Result<AccountView, CommandFailure> {
    let state = online.exchange().await?;
    Ok(AccountView::new(&state, account, online.now().await?))
}

async fn show(online: &Online, choice: &AccountChoice) -> Result<Answer, CommandFailure> {
    let view = view(online, choice).await?;
    Ok(Answer::new(report::text(&view), &view))
}

/// Draws the report anew when account or prices change, until Ctrl-C or so many times.
async fn watch(online: &Online, options: &WatchOptions) -> Result<Answer, CommandFailure> {
    let account = online.account(&options.choice).await?;
    let state = online.exchange().await?;
    let held = feeds_of(&state);
    let mut watch = online
        .cluster
        .watch(held.clone(), online.cluster.commitment());
    let mut drawn = 0;
    loop {
        draw(online, account.address).await?;
        drawn += 1;
        if options.times.is_some_and(|times| drawn >= times) {
            return Ok(Answer::default());
        }
        tokio::time::sleep(REDRAW).await;
        let change = async {
            while let Some(event) = watch.next().await {
                match event {
                    WatchEvent::Changed {
                        account: changed, ..
                    } if changed.address != account.address && !held.contains(&changed.address) => {
                    }
                    WatchEvent::Disconnected(reason) => {
                        eprintln!(
                            "not connected to {}: {reason}; connecting again",
                            origin(online.cluster.ws_url())
                        );
                    }
                    _ => break,
                }
            }
            // What came meanwhile is in the next report too.
            while watch.try_next().is_some() {}
        };
        tokio::select! {
            () = change => {}
            () = tokio::time::sleep(SILENCE) => {}
            _ = tokio::signal::ctrl_c() => return Ok(Answer::default()),
        }
    }
}

fn feeds_of(state: &ExchangeState) -> Vec<Pubkey> {
    state.assets.iter().map(|one| one.keys.feed).collect()
}

async fn draw(online: &Online, address: Pubkey) -> Result<(), CommandFailure> {
    let account = online.account_at(address).await?;
    let view = view_of(online, &account).await?;
    let mut out = std::io::stdout().lock();
    let written = if online.options.json {
        let data = serde_json::to_value(&view).unwrap_or_default();
        writeln!(out, "{}", envelope(Ok(data), &online.origins()))
    } else if std::io::stdout().is_terminal() {
        // Clears the screen and begins at its top.
        write!(out, "\x1b[2J\x1b[H{}", report::text(&view))
    } else {
        writeln!(out, "{}", report::text(&view))
    };
    written.and_then(|()| out.flush()).map_err(|error| {
        CommandFailure::new(FailureKind::Input, format!("standard output: {error}"), "")
    })
}

async fn close(online: &Online, options: &CloseAccountOptions) -> Result<Answer, CommandFailure> {
    let account = online.account(&options.choice).await?;
    let owner = online.authority()?;
    let held = &account.state;
    if held.quote_atoms != 0 || held.has_positions() || held.has_collaterals() {
        let state = online.exchange().await?;
        let (left, commands) = leftovers(held, |index| name_of(&state, index));
        return Err(CommandFailure::input(
            format!(
                "Margin account {} is not empty: {}.",
                account.address,
                left.join(", ")
            ),
            format!("In this order: {}; then close it.", commands.join(", ")),
        ));
    }
    let instruction = instructions::close_margin_account(owner, account.address);
    let title = format!(
        "Close margin account {}; its rent goes back to {owner}",
        account.address
    );
    online
        .carry_out(Intent::new(title, vec![instruction]))
        .await
}

/// What keeps a margin account from being closed, and the command that ends each, in the order that they can be run in.
fn leftovers(held: &MarginAccount, name: impl Fn(u16) -> String) -> (Vec<String>, Vec<String>) {
    let which = match held.sub_account {
        0 => String::new(),
        number => format!(" --account {number}"),
    };
    let mut left = Vec::new();
    let mut note =
        |what: String, command: String| left.push((what, format!("`freeboard {command}{which}`")));
    let positions = held.positions.iter().map(|slot| slot.asset_index);
    for asset in positions.filter(|index| *index != NO_ASSET).map(&name) {
        note(format!("a position in {asset}"), format!("close {asset}"));
    }
    match held.quote_atoms {
        0 => {}
        ..0 => note("a loan".to_owned(), format!("repay all {QUOTE_NAME}")),
        _ => note(QUOTE_NAME.to_owned(), format!("withdraw all {QUOTE_NAME}")),
    }
    let collaterals = held.collaterals.iter().map(|slot| slot.asset_index);
    for asset in collaterals.filter(|index| *index != NO_ASSET).map(&name) {
        note(asset.clone(), format!("withdraw all {asset}"));
    }
    left.into_iter().unzip()
}

async fn delegate(online: &Online, options: &DelegateOptions) -> Result<Answer, CommandFailure> {
    let account = online.account(&options.choice).await?;
    let owner = online.authority()?;
    let delegate = address_or_none(&options.delegate)?;
    let instruction =
        instructions::set_delegate(owner, account.address, delegate.unwrap_or_default());
    let title = match delegate {
        Some(delegate) => format!(
            "Let {delegate} trade and deposit for margin account {}; it cannot withdraw",
            account.address
        ),
        None => format!(
            "Take the delegate of margin account {} away; its orders are void",
            account.address
        ),
    };
    online
        .carry_out(Intent::new(title, vec![instruction]))
        .await
}

/// An address, or nobody.
///
/// Errors: neither an address nor `none`.
pub fn address_or_none(text: &str) -> Result<Option<Pubkey>, CommandFailure> {
    if text == "none" {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        CommandFailure::input(
            format!("`{text}` is no address."),
            "Write a base58 address, or `none`.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    #[test]
    fn what_is_left_is_named_with_what_ends_it() {
        let mut held = MarginAccount::zeroed();
        held.positions
            .iter_mut()
            .for_each(|slot| slot.asset_index = NO_ASSET);
        held.collaterals
            .iter_mut()
            .for_each(|slot| slot.asset_index = NO_ASSET);
        let name = |index: u16| format!("A{index}");
        assert!(leftovers(&held, name).0.is_empty());
        held.collaterals[3].asset_index = 2;
        let (left, commands) = leftovers(&held, name);
        assert_eq!(left, ["A2"]);
        assert_eq!(commands, [format!("`freeboard {} A2`", "withdraw all")]);
        held.quote_atoms = -1;
        held.sub_account = 7;
        held.positions[1].asset_index = 1;
        let (left, commands) = leftovers(&held, name);
        assert_eq!(left, ["a position in A1", "a loan", "A2"]);
        assert!(commands[0].contains("close A1 --account 7"));
        held.quote_atoms = 1;
        assert_eq!(leftovers(&held, name).0[1], QUOTE_NAME);
    }
}
