//! `freeboard doctor`: is everything as it should be, and if not, what to do.
use std::path::Path;

use freeboard_client::display::money::{duration, usd};
use freeboard_client::parameters::ParameterFile;
use freeboard_client::risk::price::standard::PriceStandard;
use freeboard_client::state::{AssetState, ExchangeState};
use jiff::Timestamp;
use serde::Serialize;

use super::liquidity::collected;
use super::parameters::parameter_file;
use crate::online::arguments::DoctorOptions;
use crate::online::context::Online;
use crate::online::failure::{CommandFailure, FailureKind};
use crate::online::output::Answer;
use crate::online::program::{cluster_name, sha256};
use crate::online::report::oracle_price;
use crate::online::words::price;

/// From how far the clocks may be apart, seconds.
const CLOCKS_APART_SECS: u64 = 10;
/// How many spacings of a sample may pass until nobody seems to take any.
const SPACINGS_LATE: u64 = 3;
/// How long an order may wait beyond its fill delay until nobody seems to fill any, seconds.
const KEEPER_TIMEOUT_SECS: u64 = 3;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckHealth {
    /// As it should be.
    Ok,
    /// It works, and somebody should look.
    Warn,
    /// It does not work.
    Fail,
}

/// One line of the doctor.
#[derive(Clone, Debug, Serialize)]
struct Finding {
    what: &'static str,
    health: CheckHealth,
    found: String,
    next: Option<String>,
}

impl Finding {
    fn ok(what: &'static str, found: impl Into<String>) -> Self {
        Self {
            what,
            health: CheckHealth::Ok,
            found: found.into(),
            next: None,
        }
    }

    fn bad(
        what: &'static str,
        health: CheckHealth,
        found: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        Self {
            what,
            health,
            found: found.into(),
            next: Some(next.into()),
        }
    }

    fn of_failure(what: &'static str, failure: &CommandFailure) -> Self {
        Self::bad(
            what,
            CheckHealth::Fail,
            failure.message.clone(),
            failure.remedy.clone(),
        )
    }

    fn line(&self) -> String {
        let mark = match self.health {
            CheckHealth::Ok => "ok  ",
            CheckHealth::Warn => "warn",
            CheckHealth::Fail => "FAIL",
        };
        let next = self
            .next
            .as_ref()
            .map_or(String::new(), |next| format!("\n        next: {next}"));
        format!("{mark}  {:<12} {}{next}\n", self.what, self.found)
    }
}

/// Checks everything; exit status 8 if anything fails.
pub async fn doctor(online: &Online, options: DoctorOptions) -> Result<Answer, CommandFailure> {
    let mut findings = vec![cluster(online).await];
    let is_reachable = findings.iter().all(|one| one.health != CheckHealth::Fail);
    if is_reachable {
        findings.extend(clock(online).await);
        findings.push(program(online, &options).await);
        match online.exchange().await {
            Ok(state) => findings.extend(exchange(online, &state).await),
            Err(failure) => findings.push(Finding::of_failure("exchange", &failure)),
        }
    }
    let keeper_url = options
        .keeper_url
        .clone()
        .or_else(|| online.own.keeper_url.clone());
    findings.push(keeper(keeper_url.as_deref()).await);
    let text: String = findings.iter().map(Finding::line).collect();
    let count = |health| findings.iter().filter(|one| one.health == health).count();
    let (failed, warned) = (count(CheckHealth::Fail), count(CheckHealth::Warn));
    if failed == 0 {
        let end = format!(
            "{} checks, {warned} warnings, nothing fails.\n",
            findings.len()
        );
        return Ok(Answer::new(text + &end, &findings));
    }
    if !online.options.json {
        print!("{text}");
    }
    let mut failure = CommandFailure::new(
        FailureKind::Unhealthy,
        format!("{failed} of {} checks fail.", findings.len()),
        "The lines above say what to do.",
    );
    failure.data = serde_json::to_value(&findings).ok().map(Box::new);
    Err(failure)
}

async fn cluster(online: &Online) -> Finding {
    let url = online.cluster.url();
    match online.cluster.genesis_hash().await {
        Ok(genesis) => {
            let genesis = genesis.to_string();
            let name = cluster_name(&genesis).unwrap_or("a cluster of its own");
            match &online.own.genesis {
                Some(pinned) if *pinned != genesis => Finding::bad(
                    "cluster",
                    CheckHealth::Fail,
                    format!("{url} is {name} ({genesis}), not the pinned {pinned}"),
                    "Name the right cluster with --url, or `freeboard config pin`.",
                ),
                _ => Finding::ok("cluster", format!("{url} answers: {name}")),
            }
        }
        Err(error) => Finding::of_failure("cluster", &error.into()),
    }
}

/// Whether slots move, and the chain's clock against this machine's.
async fn clock(online: &Online) -> Vec<Finding> {
    let (first, second) = match two_clocks(online).await {
        Ok(clocks) => clocks,
        Err(failure) => return vec![Finding::of_failure("clock", &failure)],
    };
    let moved = second.0.saturating_sub(first.0);
    let slots = match moved {
        0 => Finding::bad(
            "slots",
            CheckHealth::Fail,
            format!("slot {} stands still for 2 s", second.0),
            "The node is behind or the cluster halted: try another node.",
        ),
        moved => Finding::ok("slots", format!("slot {}, {moved} in 2 s", second.0)),
    };
    let here = Timestamp::now().as_second();
    let apart = second.1.abs_diff(here);
    let clocks = format!("chain and this machine are {} apart", duration(apart));
    let clocks = if apart <= CLOCKS_APART_SECS {
        Finding::ok("clock", clocks)
    } else {
        let next = "A test network may run ahead. Elsewhere set this machine's clock: prices are judged by the chain's.";
        Finding::bad("clock", CheckHealth::Warn, clocks, next)
    };
    vec![slots, clocks]
}

async fn two_clocks(online: &Online) -> Result<((u64, i64), (u64, i64)), CommandFailure> {
    let first = online.cluster.clock().await?;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let second = online.cluster.clock().await?;
    Ok((
        (first.slot, first.unix_timestamp),
        (second.slot, second.unix_timestamp),
    ))
}

async fn program(online: &Online, options: &DoctorOptions) -> Finding {
    let deployed = match online.deployed_program().await {
        Ok(deployed) => deployed,
        Err(failure) => return Finding::of_failure("program", &failure),
    };
    let authority = match &deployed.upgrade_authority {
        Some(authority) => format!("upgraded by {authority}"),
        None => "nobody can upgrade it".to_owned(),
    };
    let wanted = match expected_hash(
        options.program.as_deref(),
        online.own.program_sha256.as_deref(),
    ) {
        Ok(wanted) => wanted,
        Err(failure) => return Finding::of_failure("program", &failure),
    };
    let found = format!("SHA-256 {}, {authority}", deployed.sha256);
    match wanted {
        Some(wanted) if wanted.eq_ignore_ascii_case(&deployed.sha256) => {
            Finding::ok("program", format!("as expected: {found}"))
        }
        Some(wanted) => Finding::bad(
            "program",
            CheckHealth::Fail,
            format!("{found}; expected {wanted}"),
            "Another program than meant: do not use it until `cargo xtask verify` says which one it is.",
        ),
        None => Finding::bad(
            "program",
            CheckHealth::Warn,
            format!("{found}; nothing to compare it with"),
            "Give --program FILE.so or HASH, or pin it: `freeboard config pin`.",
        ),
    }
}

/// A hash, or that of a file.
fn expected_hash(
    named: Option<&str>,
    pinned: Option<&str>,
) -> Result<Option<String>, CommandFailure> {
    let Some(named) = named else {
        return Ok(pinned.map(str::to_owned));
    };
    if named.len() == 64 && named.chars().all(|c| c.is_ascii_hexdigit()) {
        return Ok(Some(named.to_owned()));
    }
    let bytes = std::fs::read(Path::new(named)).map_err(|error| {
        CommandFailure::input(
            format!("{named}: {error}"),
            "Name a .so file, or 64 hexadecimal digits.",
        )
    })?;
    Ok(Some(sha256(&bytes)))
}

async fn exchange(online: &Online, state: &ExchangeState) -> Vec<Finding> {
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
            "Liquidations go on. Wait for the next price, or look at what keeps the feed fresh.",
        ),
        (_, Err(failure)) => Finding::bad(
            "feed",
            CheckHealth::Fail,
            format!("{found}; it counts for nothing: {}", failure.message),
            "Look at what keeps the feed fresh; after a while anyone may announce its absence.",
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
    let ledger = &pool.ledger;
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
    vec![solvency, vault(online, state, ledger).await]
}

/// vault = Σ balances + pool + insurance + fees, to the atom.
async fn vault(
    online: &Online,
    state: &ExchangeState,
    ledger: &freeboard_client::freeboard::state::Ledger,
) -> Finding {
    let filter = freeboard_client::network::AccountFilter::default();
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
    let own = [ledger.pool_atoms, ledger.insurance_atoms, ledger.fees_atoms];
    let booked = balances + own.into_iter().map(i128::from).sum::<i128>();
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

/// A keeper by its /healthz.
async fn keeper(url: Option<&str>) -> Finding {
    let Some(url) = url else {
        return Finding::bad(
            "keeper",
            CheckHealth::Warn,
            "not asked",
            "Give --keeper-url http://HOST:PORT/healthz, or `freeboard config set keeper-url …`.",
        );
    };
    match ask(url).await {
        Ok((status, body)) if status == 200 => Finding::ok("keeper", format!("{url}: {body}")),
        Ok((status, body)) => Finding::bad(
            "keeper",
            CheckHealth::Fail,
            format!("{url} says {status}: {body}"),
            "Its log says why.",
        ),
        Err(reason) => Finding::bad(
            "keeper",
            CheckHealth::Fail,
            format!("{url} does not answer: {reason}"),
            "Start it, or correct the address.",
        ),
    }
}

async fn ask(url: &str) -> Result<(u16, String), reqwest::Error> {
    let timeout = std::time::Duration::from_secs(KEEPER_TIMEOUT_SECS);
    let client = reqwest::Client::builder().timeout(timeout).build()?;
    let answer = client.get(url).send().await?;
    let status = answer.status().as_u16();
    let body: String = answer.text().await?.chars().take(200).collect();
    Ok((status, body.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_to_do_next() {
        assert_eq!(
            Finding::ok("slots", "slot 7").line(),
            "ok    slots        slot 7\n"
        );
        let bad = Finding::bad("feed", CheckHealth::Fail, "none", "Post one.").line();
        assert_eq!(bad, "FAIL  feed         none\n        next: Post one.\n");
    }

    #[test]
    fn an_expected_program_is_a_hash_or_a_file() {
        let hash = "a".repeat(64);
        assert_eq!(
            expected_hash(Some(&hash), None).unwrap(),
            Some(hash.clone())
        );
        assert_eq!(expected_hash(None, Some(&hash)).unwrap(), Some(hash));
        assert!(expected_hash(Some("nowhere.so"), None).is_err());
        assert_eq!(expected_hash(None, None).unwrap(), None);
    }

    #[tokio::test]
    async fn a_keeper_that_is_not_there_fails_with_its_address() {
        let finding = keeper(Some("http://127.0.0.1:9/healthz")).await;
        assert_eq!(finding.health, CheckHealth::Fail);
        assert!(
            finding
                .found
                .starts_with("http://127.0.0.1:9/healthz does not answer")
        );
    }
}
