//! Pauses: how an operation is paused, and how soon again (model §8). A pause always ends by itself; no key can extend
//! one.
use crate::error::{FreeboardError, OrRaise, ensure};
pub use crate::state::Operation;
use crate::state::{Exchange, Pause};
use anchor_lang::prelude::*;
use freeboard_risk::liquidation::flag::PauseSpan;

/// Refuses while the operation is paused.
///
/// Errors: `OperationPaused`.
pub fn require_open(exchange: &Exchange, operation: Operation, now: i64) -> Result<()> {
    let pause = pause_of(exchange, operation);
    ensure(now >= pause.until_ts, FreeboardError::OperationPaused)?;
    Ok(())
}

/// Returns the last pause of the operation; zeros if there was none.
pub fn pause_of(exchange: &Exchange, operation: Operation) -> Pause {
    let pause = exchange.pauses.get(operation as usize);
    pause.copied().unwrap_or_default()
}

/// When liquidations were paused last, as a flag counts it.
pub fn liquidations_paused(exchange: &Exchange) -> PauseSpan {
    let pause = pause_of(exchange, Operation::Liquidate);
    let interval_secs = Operation::Liquidate.pause_interval_secs();
    PauseSpan {
        from_ts: pause.next_pause_ts.saturating_sub(interval_secs),
        until_ts: pause.until_ts,
    }
}

/// Starts a pause and returns it.
///
/// Errors: `PauseTooLong`, `PauseTooSoon`.
pub fn start_pause(
    exchange: &mut Exchange,
    operation: Operation,
    duration_secs: i64,
    now: i64,
) -> Result<Pause> {
    let longest = operation.longest_pause_secs();
    ensure(
        (1..=longest).contains(&duration_secs),
        FreeboardError::PauseTooLong,
    )?;
    let pause = pause_mut(exchange, operation)?;
    ensure(now >= pause.next_pause_ts, FreeboardError::PauseTooSoon)?;
    pause.until_ts = now.saturating_add(duration_secs);
    pause.next_pause_ts = now.saturating_add(operation.pause_interval_secs());
    Ok(*pause)
}

/// Ends a pause now and returns what is left of it. When the next may start does not change.
pub fn end_pause(exchange: &mut Exchange, operation: Operation, now: i64) -> Result<Pause> {
    let pause = pause_mut(exchange, operation)?;
    pause.until_ts = pause.until_ts.min(now);
    Ok(*pause)
}

fn pause_mut(exchange: &mut Exchange, operation: Operation) -> Result<&mut Pause> {
    let pause = exchange.pauses.get_mut(operation as usize);
    pause.or_raise(FreeboardError::Overflow)
}
