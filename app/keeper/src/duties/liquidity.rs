//! Ripe requests of LPs: of those that named this keeper as executor, and anybody's in their last hours.
use freeboard_client::dump::Located;
use freeboard_client::freeboard::governance::pauses;
use freeboard_client::freeboard::state::{LiquidityRequest, Operation};
use freeboard_client::risk::pool::LpWindowState;

use crate::book::ExchangeBook;
use crate::config::KeeperConfig;
use crate::job::{Duty, JobKey, KeeperJob};

/// A job for each request that this keeper may execute now.
pub fn wanted(book: &ExchangeBook, now: i64, _: &KeeperConfig) -> Vec<KeeperJob> {
    if book.state.pool.deficit_atoms > 0 {
        return Vec::new(); // nobody buys in or gets out before a loss has a payer
    }
    let authority = book.keys.authority;
    let waiting = book.requests.values();
    let ripe = waiting.filter(|one| may_execute(book, &one.state, now));
    let job = |one: &Located<LiquidityRequest>| {
        let instruction = book.state.execute_liquidity(authority, &one.state);
        let key = JobKey::whole(Duty::Liquidity, one.address);
        let kind = if one.state.is_redemption() {
            "redemption"
        } else {
            "deposit"
        };
        let title = format!("the {kind} of {}", one.state.owner);
        KeeperJob::new(key, instruction, title)
    };
    ripe.map(job).collect()
}

fn may_execute(book: &ExchangeBook, request: &LiquidityRequest, now: i64) -> bool {
    let exchange = &book.state.exchange;
    let operation = if request.is_redemption() {
        Operation::RedeemLiquidity
    } else {
        Operation::DepositLiquidity
    };
    let is_time = match request.window(&exchange.pool).state_at(now) {
        LpWindowState::Waiting | LpWindowState::Over => false,
        LpWindowState::Ripe => request.is_by_lp(&book.keys.authority),
        LpWindowState::Open => true,
    };
    is_time && !request.is_executed() && pauses::require_open(exchange, operation, now).is_ok()
}
