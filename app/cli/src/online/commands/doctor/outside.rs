//! Cluster, clocks, program, keeper: what an exchange needs.
use std::path::Path;

use freeboard_client::display::money::duration;
use jiff::Timestamp;

use super::{CheckHealth, Finding};
use crate::online::arguments::DoctorOptions;
use crate::online::context::Online;
use crate::online::failure::CommandFailure;
use crate::online::program::{cluster_name, sha256};

/// From how far the clocks may be apart, seconds.
const CLOCKS_APART_SECS: u64 = 10;
/// How long a keeper may take to answer, seconds.
const KEEPER_TIMEOUT_SECS: u64 = 3;

/// Whether the cluster answers, and is the pinned one.
pub async fn cluster(online: &Online) -> Finding {
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
pub async fn clock(online: &Online) -> Vec<Finding> {
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

/// The program against what is expected.
pub async fn program(online: &Online, options: &DoctorOptions) -> Finding {
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

/// A keeper by its /healthz.
pub async fn keeper(url: Option<&str>) -> Finding {
    let Some(url) = url else {
        return Finding::bad(
            "keeper",
            CheckHealth::Warn,
            "not asked",
            "Give --keeper-url http://HOST:PORT/healthz, or `freeboard config set keeper-url …`.",
        );
    };
    match ask(url).await {
        Ok((200, body)) => Finding::ok("keeper", format!("{url}: {body}")),
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
