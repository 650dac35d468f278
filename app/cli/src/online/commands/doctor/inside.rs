//! Feeds, samples, parameters, pool and books of an exchange.
use freeboard_client::display::money::{duration, usd};
use freeboard_client::errors::FreeboardError;
use freeboard_client::network::AccountFilter;
use freeboard_client::parameters::ParameterFile;
use freeboard_client::pool::CollectedPool;
use freeboard_client::risk::price::standard::PriceStandard;
use freeboard_client::state::{AssetState, ExchangeState};

use super::{CheckHealth, Finding};
use crate::online::commands::parameters::parameter_file;
use crate::online::commands::pool_view::{collected, own_atoms};
use crate::online::context::Online;
use crate::online::failure::CommandFailure;
use crate::online::report::oracle_price;
use crate::online::words::price;

/// How many spacings of a sample may pass until nobody seems to take any.
const SPACINGS_LATE: u64 = 3;

/// Everything about the exchange.
pub async fn exchange(online: &Online, state: &ExchangeState) -> Vec<Finding> {
    let now = match online.now().await {
        Ok(now) => now,
        Err(failure) => return vec![Finding::of_failure("exchange", &failure)],
    };
    let names: Vec<String> = state.assets.iter().map(AssetState::name).collect();
    let mut findings = vec![Finding::ok(
        "exchange",
        format!("{}: {}", state.address, names.join(", ")),
    )];
    findings.extend(state.assets.iter().map(|one| feed(one, now)));
    findings.extend(
        state
            .assets
            .iter()
            .filter(|one| !one.asset.is_settled())
            .map(|one| samples(one, now)),
    );
    findings.push(bounds(state));
    findings.extend(books(online, state, now).await);
    findings
}

/// A feed against the standards of a trade and of a liquidation.
fn feed(one: &AssetState, now: i64) -> Finding {
    let name = one.name();
    let Some(shown) = oracle_price(one) else {
        return Finding::bad(
            "feed",
            CheckHealth::Fail,
            format!("{name}: {} shows no price", one.keys.feed),
            "Post one, or run what keeps it fresh; without a price nothing in this market can be done.",
        );
    };
    let age = duration(shown.age_secs(now));
    let found = format!(
        "{name}: {} ± {}, {age} old",
        price(shown.price.0),
        price(shown.confidence.0)
    );
    if one.asset.is_settled() {
        return Finding::ok(
            "feed",
            format!("{name}: the market has ended at {}", price(shown.price.0)),
        );
    }
    let judge = |standard| {
        one.asset
            .check_price(standard, &shown, now)
            .map_err(CommandFailure::from)
    };
    match (
        judge(PriceStandard::Trade),
        judge(PriceStandard::Liquidation),
    ) {
        (Ok(()), Ok(())) => Finding::ok("feed", found),
        (Err(failure), Ok(())) => Finding::bad(
            "feed",
            CheckHealth::Warn,
            format!(
                "{found}; it does not count for a trade: {}",
                failure.message
            ),
            format!("Liquidations go on. {}", remedy(&failure, None)),
        ),
        (_, Err(failure)) => Finding::bad(
            "feed",
            CheckHealth::Fail,
            format!("{found}; it counts for nothing: {}", failure.message),
            remedy(&failure, Some(one.asset.oracle.ema_waiver_secs)),
        ),
    }
}

/// What helps a price that does not meet a standard: freshness helps only against age. `waiver_secs` is the run beyond the
/// EMA's band after which a liquidation counts it; none where a liquidation counts it already.
fn remedy(failure: &CommandFailure, waiver_secs: Option<u32>) -> String {
    let is = |error: FreeboardError| failure.code == u32::from(error);
    if is(FreeboardError::PriceStale) {
        return "Look at what keeps the feed fresh; after a while anyone may announce its absence."
            .to_owned();
    }
    if !is(FreeboardError::PriceFarFromEma) {
        return failure.remedy.clone();
    }
    let waits =
        "Reductions and deposits go on; opening and withdrawing wait until the EMA has followed.";
    match waiver_secs {
        None => waits.to_owned(),
        Some(secs) => format!(
            "{waits} A liquidation counts the price as it is after {} beyond the band, shown by show_price at least once a \
             minute: a keeper does that, so run one.",
            duration(secs.into())
        ),
    }
}

/// Whether somebody takes samples.
fn samples(one: &AssetState, now: i64) -> Finding {
    let name = one.name();
    let Ok(volatility) = one.asset.volatility() else {
        return Finding::bad(
            "samples",
            CheckHealth::Fail,
            format!("{name}: its volatility cannot be read"),
            "Use the client of the program's version.",
        );
    };
    let age = now
        .saturating_sub(volatility.anchor_ts)
        .max(0)
        .unsigned_abs();
    let spacing = u64::from(one.asset.params.sample.min_spacing_secs);
    let found = format!(
        "{name}: the newest of {} samples is {} old",
        volatility.samples,
        duration(age)
    );
    if age <= spacing.saturating_mul(SPACINGS_LATE) {
        return Finding::ok("samples", found);
    }
    Finding::bad(
        "samples",
        CheckHealth::Warn,
        format!("{found}, due every {}", duration(spacing)),
        "No keeper samples: start one, or `freeboard sample`.",
    )
}

/// Parameters against the hard bounds of this version.
fn bounds(state: &ExchangeState) -> Finding {
    let text = toml::to_string(&parameter_file(state)).map_err(|error| error.to_string());
    let parsed =
        text.and_then(|text| ParameterFile::parse(&text).map_err(|error| error.to_string()));
    match parsed {
        Ok(_) => Finding::ok("parameters", "all within the hard bounds"),
        Err(reason) => Finding::bad(
            "parameters",
            CheckHealth::Fail,
            reason,
            "Program and client are of different versions, or the account is damaged: use the client of the program's version.",
        ),
    }
}

/// Solvency, and what the vault holds against the books.
async fn books(online: &Online, state: &ExchangeState, now: i64) -> Vec<Finding> {
    let collected = match collected(state, now) {
        Ok(collected) => collected,
        Err(failure) => return vec![Finding::of_failure("pool", &failure)],
    };
    let pool = &collected.pool;
    let solvency = match collected.lp_value(&state.exchange) {
        _ if pool.deficit_atoms > 0 => Finding::bad(
            "pool",
            CheckHealth::Fail,
            format!(
                "a deficit of {}",
                usd(i64::try_from(pool.deficit_atoms).unwrap_or(i64::MAX))
            ),
            "Withdrawals of quote are pro rata until winners are deleveraged or cash comes in: run a keeper.",
        ),
        Ok(value) if value.at_price_atoms < 0 => Finding::bad(
            "pool",
            CheckHealth::Fail,
            "worth less than nothing at the prices of now",
            "The next rebalance books a deficit: run a keeper.",
        ),
        Ok(value) => Finding::ok(
            "pool",
            format!(
                "worth {} at the prices of now",
                usd(i64::try_from(value.at_price_atoms).unwrap_or(i64::MAX))
            ),
        ),
        Err(error) => Finding::of_failure("pool", &CommandFailure::from(error)),
    };
    vec![solvency, vault(online, state, &collected).await]
}

/// vault = Σ balances + pool + insurance + fees, to the atom.
async fn vault(online: &Online, state: &ExchangeState, collected: &CollectedPool) -> Finding {
    let filter = AccountFilter::default();
    let accounts = online.cluster.margin_accounts(state.address, &filter).await;
    let held = online.cluster.token_balance(state.keys.quote_vault).await;
    let (accounts, held) = match (accounts, held) {
        (Ok(accounts), Ok(held)) => (accounts, i128::from(held.unwrap_or(0))),
        (Err(error), _) | (_, Err(error)) => return Finding::of_failure("books", &error.into()),
    };
    let balances: i128 = accounts
        .iter()
        .map(|one| i128::from(one.state.quote_atoms))
        .sum();
    let booked = balances + own_atoms(collected);
    let found = format!(
        "{} margin accounts, pool, insurance and fees",
        accounts.len()
    );
    match held - booked {
        0 => Finding::ok("books", format!("{found} sum to the vault, to the atom")),
        more if more > 0 => Finding::bad(
            "books",
            CheckHealth::Warn,
            format!("the vault holds {more} atoms more than {found} sum to"),
            "Somebody sent tokens to the vault, or accounts moved while they were read: ask again.",
        ),
        less => Finding::bad(
            "books",
            CheckHealth::Fail,
            format!("the vault lacks {} atoms of what {found} sum to", -less),
            "Ask again: accounts may have moved while they were read. If it stays, pause withdrawals and look.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_price_is_not_asked_to_be_fresher() {
        let refused =
            |error: FreeboardError| CommandFailure::from(anchor_lang::error::Error::from(error));
        let far = refused(FreeboardError::PriceFarFromEma);
        let helps = remedy(&far, Some(300));
        assert!(
            helps.contains("5 min") && helps.contains("show_price"),
            "{helps}"
        );
        assert!(!helps.contains("fresh"), "{helps}");
        // Where a liquidation counts it, there is nothing to show.
        assert!(!remedy(&far, None).contains("show_price"));
        let stale = refused(FreeboardError::PriceStale);
        assert!(remedy(&stale, Some(300)).contains("keeps the feed fresh"));
        let wide = refused(FreeboardError::ConfidenceTooWide);
        assert_eq!(remedy(&wide, Some(300)), wide.remedy);
    }
}
