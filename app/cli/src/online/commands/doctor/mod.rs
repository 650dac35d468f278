//! `freeboard doctor`: is everything as it should be, and if not, what to do.
mod inside;
mod outside;

use serde::Serialize;

use crate::online::arguments::DoctorOptions;
use crate::online::context::Online;
use crate::online::failure::{CommandFailure, FailureKind};
use crate::online::output::Answer;
use inside::exchange;
use outside::{clock, cluster, keeper, program};

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
}
