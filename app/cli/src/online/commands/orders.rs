//! `freeboard order`: place, fill, cancel, list.
use freeboard_client::dump::Located;
use freeboard_client::freeboard::instructions::TradeArgs;
use freeboard_client::freeboard::state::MarginAccount;
use freeboard_client::instructions;

use super::account::view;
use super::funds::unknown_asset;
use super::pricing::{AskedTrade, PriceBound};
use super::trading::place;
use crate::online::amount::{HowMuch, TypedAmount};
use crate::online::arguments::{NamedOrderOptions, OrderCommand, OrderOptions};
use crate::online::context::Online;
use crate::online::failure::CommandFailure;
use crate::online::output::Answer;
use crate::online::report;
use crate::online::transact::Intent;

/// Runs `freeboard order`.
pub async fn run_order(online: &Online, command: OrderCommand) -> Result<Answer, CommandFailure> {
    match command {
        OrderCommand::Place(options) => place_order(online, options).await,
        OrderCommand::Fill(options) => fill(online, &options).await,
        OrderCommand::Cancel(options) => cancel(online, &options).await,
        OrderCommand::List(choice) => {
            let view = view(online, &choice).await?;
            let text = match view.orders.is_empty() {
                true => format!("Margin account {} has no order.\n", view.address),
                false => report::order_table(&view.orders, view.now),
            };
            Ok(Answer::new(text, &view.orders))
        }
    }
}

async fn place_order(online: &Online, options: OrderOptions) -> Result<Answer, CommandFailure> {
    let OrderOptions { trade, life } = options;
    let bound = PriceBound::as_asked(trade.limit, trade.slippage)?;
    let amount = TypedAmount::parse(&trade.size.amount)?;
    let wanted = AskedTrade::new(online, &trade.choice).await?;
    let (asset_index, size_atoms) = wanted.size(&amount, trade.side)?;
    let args = TradeArgs {
        asset_index,
        size_atoms,
        limit_price_e12: 0,
        reduce_only: trade.reduce_only || amount.how_much == HowMuch::All,
    };
    let mut priced = wanted.priced(args, bound)?;
    priced.needs_order = true;
    let longest = wanted.state.exchange.pool.order_expiry_secs;
    let life_secs = life.unwrap_or(longest);
    if !(1..=longest).contains(&life_secs) {
        return Err(CommandFailure::input(
            format!("An order lives 1 to {longest} s here, not {life_secs} s."),
            "Leave --life away for the longest.",
        ));
    }
    place(online, &wanted, &priced, life_secs, trade.wait).await
}

/// The numbers of the orders that were named.
///
/// Errors: there is none.
fn chosen(account: &Located<MarginAccount>, named: &str) -> Result<Vec<u64>, CommandFailure> {
    let waiting = account.state.orders.iter().filter(|order| order.id != 0);
    let ids: Vec<u64> = waiting
        .map(|order| order.id)
        .filter(|id| named == "all" || named == id.to_string())
        .collect();
    if ids.is_empty() {
        return Err(CommandFailure::input(
            match named {
                "all" => format!("Margin account {} has no order.", account.address),
                id => format!("Margin account {} has no order {id}.", account.address),
            },
            "`freeboard order list` shows those it has; a filled or cancelled one is gone.",
        ));
    }
    Ok(ids)
}

/// Fills orders of any account, each by a transaction of its own.
async fn fill(online: &Online, options: &NamedOrderOptions) -> Result<Answer, CommandFailure> {
    let account = online.account(&options.choice).await?;
    let mut answer = Answer::default();
    for id in chosen(&account, &options.order)? {
        let account = online.account_at(account.address).await?;
        let state = online.exchange().await?;
        let instruction = state
            .fill_order(&account, id, true)
            .ok_or_else(unknown_asset)?;
        let title = format!("Fill order {id} of margin account {}", account.address);
        answer = answer.and(
            online
                .carry_out(Intent::new(title, vec![instruction]))
                .await?,
        );
    }
    Ok(answer)
}

async fn cancel(online: &Online, options: &NamedOrderOptions) -> Result<Answer, CommandFailure> {
    let account = online.account(&options.choice).await?;
    let authority = online.authority()?;
    let ids = chosen(&account, &options.order)?;
    let named: Vec<String> = ids.iter().map(u64::to_string).collect();
    let cancel = |id: &u64| instructions::cancel_order(authority, account.address, *id);
    let title = format!(
        "Take back order {} of margin account {}",
        named.join(", "),
        account.address
    );
    let intent = Intent::new(title, ids.iter().map(cancel).collect()).with_preview(&ids);
    online.carry_out(intent).await
}
