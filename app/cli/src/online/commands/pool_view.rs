//! `freeboard pool show`: what the pool holds, owes and is worth.
use anchor_lang::prelude::Pubkey;
use anchor_spl::token;
use freeboard_client::address;
use freeboard_client::display::money::{decimal, duration, percent, usd, usd_floor};
use freeboard_client::display::table::table;
use freeboard_client::dump::Located;
use freeboard_client::freeboard::state::LiquidityRequest;
use freeboard_client::network::AccountFilter;
use freeboard_client::pool::{CollectedPool, PricedMarket};
use freeboard_client::risk::pool::LpWindowState;
use freeboard_client::state::ExchangeState;
use serde::Serialize;

use crate::online::amount::Unit;
use crate::online::context::Online;
use crate::online::failure::CommandFailure;
use crate::online::output::{Answer, rows, wide, wide_option};
use crate::online::report::oracle_price;
use crate::online::tokens;
use crate::online::words::{price, signed_size, time};

/// The pool.
#[derive(Serialize)]
struct PoolView {
    now: i64,
    cash_atoms: i64,
    insurance_atoms: i64,
    fees_atoms: i64,
    #[serde(serialize_with = "wide")]
    kept_for_samples_atoms: i128,
    loans_atoms: i64,
    loan_count: i64,
    borrow_rate_per_h: f64,
    bad_debt_atoms: i64,
    deficit_atoms: u64,
    #[serde(serialize_with = "wide_option")]
    nav_for_redeem_atoms: Option<i128>,
    #[serde(serialize_with = "wide_option")]
    nav_for_deposit_atoms: Option<i128>,
    #[serde(serialize_with = "wide_option")]
    value_at_price_atoms: Option<i128>,
    shares_atoms: u64,
    /// Those in the associated account of who asks; none where nobody is named.
    own_shares_atoms: Option<u64>,
    unpriced: Option<String>,
    vault_atoms: u64,
    markets: Vec<MarketView>,
    requests: Vec<RequestView>,
}

/// A market against the pool.
#[derive(Serialize)]
struct MarketView {
    asset: String,
    #[serde(serialize_with = "wide_option")]
    price_e12: Option<u128>,
    long_atoms: u64,
    short_atoms: u64,
    pool_position: String,
    allocation_atoms: i64,
    gap_budget_atoms: u64,
    winners_owe_atoms: u64,
}

/// A request of an LP.
#[derive(Serialize)]
struct RequestView {
    address: String,
    owner: String,
    number: u16,
    kind: &'static str,
    amount_atoms: u64,
    outcome_atoms: u64,
    state: String,
    ripe_ts: i64,
    open_ts: i64,
    end_ts: i64,
}

/// Shows the pool.
pub async fn show(online: &Online) -> Result<Answer, CommandFailure> {
    let state = online.exchange().await?;
    let now = online.now().await?;
    let share_mint = address::share_mint(&state.address);
    let supply = online.cluster.required("share mint", share_mint).await?;
    let shares = supply
        .data
        .get(36..44)
        .and_then(|bytes| bytes.try_into().ok());
    let vault = online
        .cluster
        .token_balance(state.keys.quote_vault)
        .await?
        .unwrap_or(0);
    let requests = online
        .cluster
        .liquidity_requests(state.address, &AccountFilter::default())
        .await?;
    let shares = shares.map_or(0, u64::from_le_bytes);
    let view = PoolView {
        own_shares_atoms: own_shares(online, &share_mint).await?,
        ..pool_view(&state, now, shares, vault, &requests)?
    };
    Ok(Answer::new(text(&view), &view))
}

/// The shares of who asks, atoms; none where there is no keypair and no --authority: the pool is shown without as well.
async fn own_shares(online: &Online, share_mint: &Pubkey) -> Result<Option<u64>, CommandFailure> {
    let Ok(owner) = online.viewer() else {
        return Ok(None);
    };
    let address = tokens::associated(&owner, share_mint, &token::ID);
    let held = online.cluster.token_balance(address).await?;
    Ok(Some(held.unwrap_or(0)))
}

/// Everything of the pool collected: the books as the next instruction on all of it would find them.
///
/// Errors: `Overflow`.
pub fn collected(state: &ExchangeState, now: i64) -> Result<CollectedPool, CommandFailure> {
    let shown = state.assets.iter().map(|one| {
        let price = oracle_price(one).unwrap_or_else(|| one.asset.recorded.observation());
        (one.asset, price)
    });
    Ok(CollectedPool::new(state.pool, shown, now)?)
}

/// What sweeps leave in the ledgers of the markets, quote atoms: fees that pay whoever takes a sample.
pub fn kept_for_samples(collected: &CollectedPool) -> i128 {
    let kept = |market: &PricedMarket| i128::from(market.asset.ledger.fees_atoms);
    collected.markets.iter().map(kept).sum()
}

/// What of the vault is nobody's balance, quote atoms: pool, insurance, fees, and those that markets keep.
pub fn own_atoms(collected: &CollectedPool) -> i128 {
    let ledger = &collected.pool.ledger;
    let own = [ledger.pool_atoms, ledger.insurance_atoms, ledger.fees_atoms];
    own.into_iter().map(i128::from).sum::<i128>() + kept_for_samples(collected)
}

fn pool_view(
    state: &ExchangeState,
    now: i64,
    shares_atoms: u64,
    vault_atoms: u64,
    requests: &[Located<LiquidityRequest>],
) -> Result<PoolView, CommandFailure> {
    let collected = collected(state, now)?;
    let ledger = &collected.pool.ledger;
    let (value, unpriced) = match collected.lp_value(&state.exchange) {
        Ok(value) => (Some(value), None),
        Err(error) => (None, Some(CommandFailure::from(error).to_string())),
    };
    let markets = state.assets.iter().map(|one| {
        let skew = i64::try_from(one.asset.skew_atoms()).unwrap_or(i64::MAX);
        MarketView {
            asset: one.name(),
            price_e12: oracle_price(one).map(|shown| shown.price.0),
            long_atoms: one.asset.long_open_interest_atoms,
            short_atoms: one.asset.short_open_interest_atoms,
            pool_position: signed_size(skew.saturating_neg(), one.asset.params.base_decimals),
            allocation_atoms: one.asset.allocation_atoms,
            gap_budget_atoms: one.asset.gap_budget_atoms,
            winners_owe_atoms: one.asset.winners_owe_atoms,
        }
    });
    let rate = state.exchange.borrow.as_core().rate_per_h.to_bits();
    Ok(PoolView {
        now,
        cash_atoms: ledger.pool_atoms,
        insurance_atoms: ledger.insurance_atoms,
        fees_atoms: ledger.fees_atoms,
        kept_for_samples_atoms: kept_for_samples(&collected),
        loans_atoms: ledger.loans_atoms,
        loan_count: ledger.loan_count,
        borrow_rate_per_h: rate as f64 / (1_u64 << 60) as f64,
        bad_debt_atoms: collected.pool.bad_debt_atoms,
        deficit_atoms: collected.pool.deficit_atoms,
        nav_for_redeem_atoms: value
            .as_ref()
            .and_then(|value| value.nav.nav_for_redeem().ok()),
        nav_for_deposit_atoms: value
            .as_ref()
            .and_then(|value| value.nav.nav_for_deposit().ok()),
        value_at_price_atoms: value.as_ref().map(|value| value.at_price_atoms),
        shares_atoms,
        own_shares_atoms: None,
        unpriced,
        vault_atoms,
        markets: markets.collect(),
        requests: requests
            .iter()
            .map(|request| request_view(state, request, now))
            .collect(),
    })
}

fn request_view(
    state: &ExchangeState,
    request: &Located<LiquidityRequest>,
    now: i64,
) -> RequestView {
    let held = &request.state;
    let window = held.window(&state.exchange.pool);
    let until = |ts: i64| duration(ts.saturating_sub(now).max(0).unsigned_abs());
    let condition = match window.state_at(now) {
        _ if held.is_executed() => {
            "executed: its outcome waits in escrow, `pool cancel` hands it over".to_owned()
        }
        LpWindowState::Waiting => format!("can be executed in {}", until(window.ripe_ts)),
        LpWindowState::Ripe => format!(
            "can be executed now by the LP and its executor, in {} by anyone",
            until(window.open_ts)
        ),
        LpWindowState::Open => format!(
            "can be executed now by anyone, for {}",
            until(window.end_ts)
        ),
        LpWindowState::Over => "over: `pool cancel` gives back what it holds".to_owned(),
    };
    RequestView {
        address: request.address.to_string(),
        owner: held.owner.to_string(),
        number: held.number,
        kind: if held.is_redemption() {
            "redeem"
        } else {
            "deposit"
        },
        amount_atoms: held.amount_atoms,
        outcome_atoms: held.outcome_atoms,
        state: condition,
        ripe_ts: window.ripe_ts,
        open_ts: window.open_ts,
        end_ts: window.end_ts,
    }
}

fn wide_usd(atoms: i128) -> String {
    let end = if atoms < 0 { i64::MIN } else { i64::MAX };
    usd_floor(i64::try_from(atoms).unwrap_or(end))
}

/// What a share redeems for, USD, about; none without shares or without a price.
fn share_value(view: &PoolView) -> Option<f64> {
    let redeem = view.nav_for_redeem_atoms? as f64;
    (view.shares_atoms > 0).then(|| redeem / view.shares_atoms as f64)
}

fn text(view: &PoolView) -> String {
    let mut lines = vec![
        ("pool cash", usd_floor(view.cash_atoms)),
        (
            "lent",
            format!(
                "{} to {} accounts, at {} per hour",
                usd(view.loans_atoms),
                view.loan_count,
                percent(view.borrow_rate_per_h)
            ),
        ),
        ("insurance", usd_floor(view.insurance_atoms)),
        ("protocol's fees", usd_floor(view.fees_atoms)),
        ("kept for samples", wide_usd(view.kept_for_samples_atoms)),
        (
            "quote in the vault",
            usd_floor(i64::try_from(view.vault_atoms).unwrap_or(i64::MAX)),
        ),
        (
            "shares",
            decimal(view.shares_atoms.into(), Unit::SHARES.decimals),
        ),
    ];
    if let Some(own) = view.own_shares_atoms {
        let value = share_value(view).filter(|_| own > 0);
        let worth = value.map(|usd| format!(", about ${:.2} redeemed now", usd * own as f64 / 1e6));
        let own = decimal(own.into(), Unit::SHARES.decimals);
        lines.push(("your shares", own + &worth.unwrap_or_default()));
    }
    match (view.nav_for_redeem_atoms, view.nav_for_deposit_atoms) {
        (Some(redeem), Some(deposit)) => {
            lines.push(("value for a redemption", wide_usd(redeem)));
            lines.push(("value for a deposit", wide_usd(deposit)));
            if let Some(share) = share_value(view) {
                lines.push(("a share redeems for", format!("about ${share:.6}")));
            }
        }
        _ => lines.push((
            "value",
            format!(
                "unknown: {}",
                view.unpriced.as_deref().unwrap_or("overflow")
            ),
        )),
    }
    if view.bad_debt_atoms > 0 {
        lines.push(("known bad debt", usd(view.bad_debt_atoms)));
    }
    if view.deficit_atoms > 0 {
        lines.push((
            "DEFICIT",
            usd(i64::try_from(view.deficit_atoms).unwrap_or(i64::MAX)),
        ));
    }
    let mut text = format!("Pool, {}\n{}", time(view.now), rows(&lines));
    text += &market_table(&view.markets);
    text += &request_table(&view.requests);
    text
}

/// Markets as a table; nothing without any.
fn market_table(markets: &[MarketView]) -> String {
    if markets.is_empty() {
        return String::new();
    }
    let columns = [
        "market",
        "price",
        "pool holds",
        "allocated",
        "a gap may cost",
    ];
    let cells = markets.iter().map(|one| {
        [
            one.asset.clone(),
            one.price_e12.map_or_else(|| "–".to_owned(), price),
            one.pool_position.clone(),
            usd(one.allocation_atoms),
            usd(i64::try_from(one.gap_budget_atoms).unwrap_or(i64::MAX)),
        ]
    });
    format!("{}\n", table(&columns, 1).add_rows(cells))
}

/// Requests as a table; nothing without any.
fn request_table(requests: &[RequestView]) -> String {
    if requests.is_empty() {
        return String::new();
    }
    let columns = ["request", "owner", "kind", "amount", "state"];
    let cells = requests.iter().map(|one| {
        let unit = if one.kind == "redeem" {
            Unit::SHARES
        } else {
            Unit::QUOTE
        };
        [
            one.number.to_string(),
            one.owner.clone(),
            one.kind.to_owned(),
            format!(
                "{} {}",
                decimal(one.amount_atoms.into(), unit.decimals),
                unit.name
            ),
            one.state.clone(),
        ]
    });
    format!("{}\n", table(&columns, columns.len()).add_rows(cells))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use freeboard_client::freeboard::state::{Asset, Pool};

    #[test]
    fn fees_that_markets_keep_are_booked_too() {
        let mut pool = Pool::zeroed();
        pool.ledger.pool_atoms = 100;
        pool.ledger.insurance_atoms = 20;
        pool.ledger.fees_atoms = -3;
        let mut collected = CollectedPool::new(pool, [], 0).unwrap();
        assert_eq!(own_atoms(&collected), 117);
        let mut asset = Asset::zeroed();
        asset.ledger.fees_atoms = 288;
        let price = asset.recorded.observation();
        collected.markets.push(PricedMarket { asset, price });
        assert_eq!(own_atoms(&collected), 405);
    }
}
