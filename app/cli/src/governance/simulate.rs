//! A change carried out on dumps, by the program's own code.
use std::cmp::Reverse;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use freeboard_client::change_file;
use freeboard_client::decode;
use freeboard_client::display::{money, table::table};
use freeboard_client::dump::{self, Dump};
use freeboard_client::forecast::{self, Forecast, ForecastState};
use freeboard_client::freeboard::error::FreeboardError;
use freeboard_client::freeboard::governance::Wait;
use freeboard_client::freeboard::state::{Change, PendingChange};
use indicatif::ProgressBar;
use serde::Serialize;

use super::account::{AccountRow, Hit};
use super::subject::{self, FieldRow};
use super::{NamedRefusal, pending, words};
use crate::arguments::AccountOrder;

/// From so many accounts on a bar shows how far the work is.
const MANY_ACCOUNTS: usize = 1_000;

/// The answer of `freeboard params simulate`.
#[derive(Debug, Serialize)]
pub struct Simulation {
    /// The exchange.
    pub exchange: String,
    /// When the change is carried out, unix seconds.
    pub now: i64,
    /// Whether that is when the newest price of the dumps was published.
    pub now_is_newest_price: bool,
    /// What is changed.
    pub changes: Vec<ChangeRow>,
    /// When the last ramp ends, unix seconds; none if one never does.
    pub end_ts: Option<i64>,
    /// Everything in four numbers.
    pub summary: SimulationSummary,
    /// Margin accounts, in the order that was asked for; those that are affected, if only they were.
    pub accounts: Vec<AccountRow>,
    /// Margin accounts whose margin cannot be computed.
    pub unpriced: Vec<Unpriced>,
}

/// One change.
#[derive(Debug, Serialize)]
pub struct ChangeRow {
    /// Its number, if it waits on chain.
    pub number: Option<u64>,
    /// The name of an asset, or the exchange.
    pub concerns: String,
    /// What kind of change it is.
    pub kind: String,
    /// Who could carry it out without delay, as it only tightens; none if it has to wait.
    pub at_once_by: Option<&'static str>,
    /// How long it waits from its proposal on, seconds; if it does not wait on chain, by the delay of now.
    pub delay_secs: u64,
    /// From when it can be carried out, unix seconds, if it waits on chain.
    pub executable_ts: Option<i64>,
    /// From when it is void, unix seconds, if it waits on chain.
    pub expires_ts: Option<i64>,
    /// Until when MM moves along a ramp, unix seconds, if it does.
    pub ramp_end_ts: Option<i64>,
    /// What differs.
    pub fields: Vec<FieldRow>,
}

/// Everything in a few numbers.
#[derive(Debug, Serialize)]
pub struct SimulationSummary {
    /// Margin accounts.
    pub accounts: usize,
    /// Those that the change would make liquidatable.
    pub become_liquidatable: usize,
    /// Those that it would leave without their initial margin, or liquidatable.
    pub lose_initial_margin: usize,
    /// Those with a price that does not count.
    pub with_unusable_price: usize,
    /// Those whose margin cannot be computed.
    pub unpriced: usize,
    /// The largest rise of MM, if it rises for anybody.
    pub largest_rise: Option<Rise>,
}

/// A rise of MM.
#[derive(Debug, Serialize)]
pub struct Rise {
    /// The account.
    pub address: String,
    /// By how much, quote atoms.
    pub atoms: i64,
    /// As a share of what it was; none if it was 0.
    pub share: Option<f64>,
}

/// A margin account whose margin cannot be computed.
#[derive(Debug, Serialize)]
pub struct Unpriced {
    /// Its address.
    pub address: String,
    /// Why.
    pub refusal: NamedRefusal,
}

/// What a file asks for.
struct WantedChange {
    changes: Vec<Change>,
    pending: Option<PendingChange>,
}

impl Simulation {
    /// Of a file with a change, carried out at `now` or when the newest price was published.
    pub fn from_dump(dump: &Dump, file: &Path, now: Option<i64>) -> Result<Self> {
        let newest = forecast::newest_price_ts(dump);
        let at = now.or(newest).context(
            "no price among the dumps, so the time is not known: dump the feeds or give --now",
        )?;
        let wanted = read(file, dump)?;
        let before = ForecastState::from_dump(dump);
        if let Some(pending) = &wanted.pending {
            let checked = pending::check_time(&mut before.clone(), pending, at);
            checked.map_err(refused)?;
        }
        let bar = progress(dump.margin_accounts.len());
        let proposed_ts = wanted.pending.as_ref().map_or(at, |p| p.proposed_ts);
        let forecast = forecast::forecast(dump, &wanted.changes, proposed_ts, at, || bar.inc(1));
        bar.finish_and_clear();
        let forecast = forecast.map_err(refused)?;
        let changes = change_rows(&before, &wanted, &forecast, at)?;
        let (accounts, unpriced) = account_rows(dump, &before, forecast.accounts);
        Ok(Self {
            exchange: dump.exchange.address.to_string(),
            now: at,
            now_is_newest_price: now.is_none(),
            changes,
            end_ts: forecast.settled_ts,
            summary: SimulationSummary::of(&accounts, unpriced.len()),
            accounts,
            unpriced,
        })
    }
}

impl Simulation {
    /// Sorts the accounts. The summary stays that of all.
    pub fn arrange(&mut self, order: AccountOrder) {
        let share = |row: &AccountRow| row.maintenance_rise_share().unwrap_or(f64::NEG_INFINITY);
        match order {
            AccountOrder::Hit => self.accounts.sort_by_cached_key(AccountRow::order),
            AccountOrder::Rise => {
                let rise = |row: &AccountRow| Reverse(row.maintenance_rise_atoms());
                self.accounts.sort_by_key(rise);
            }
            AccountOrder::Share => self.accounts.sort_by(|a, b| share(b).total_cmp(&share(a))),
        }
    }

    /// Leaves out the accounts that the change takes nothing from. The summary stays that of all.
    pub fn keep_affected(&mut self) {
        self.accounts.retain(|row| row.hit.is_by_the_change());
    }
}

/// The change that waits in a dump, or the changes of a TOML file over the values of now.
fn read(file: &Path, dump: &Dump) -> Result<WantedChange> {
    let place = || format!("{}", file.display());
    if file.extension().is_some_and(|end| end == "json") {
        let account = dump::read_account(file)?;
        let pending = decode::pending_change(&account.owner, &account.data).with_context(place)?;
        if pending.exchange != dump.exchange.address {
            return Err(refused(FreeboardError::WrongExchange.into())).with_context(place);
        }
        return Ok(WantedChange {
            changes: vec![pending.change.clone()],
            pending: Some(pending),
        });
    }
    let text = std::fs::read_to_string(file).with_context(place)?;
    let assets = dump.assets.iter().map(|one| &one.asset.state);
    let changes = change_file::parse(&text, &dump.exchange.state, assets).with_context(place)?;
    Ok(WantedChange {
        changes,
        pending: None,
    })
}

fn refused(error: anchor_lang::error::Error) -> anyhow::Error {
    anyhow!("the program refuses: {}", NamedRefusal::from(error))
}

fn progress(accounts: usize) -> ProgressBar {
    if accounts < MANY_ACCOUNTS {
        return ProgressBar::hidden();
    }
    ProgressBar::new(accounts as u64)
}

fn change_rows(
    before: &ForecastState,
    wanted: &WantedChange,
    forecast: &Forecast,
    now: i64,
) -> Result<Vec<ChangeRow>> {
    let mut copy = before.clone();
    let pairs = wanted.changes.iter().zip(&forecast.applied);
    let row = |(change, applied): (&Change, &_)| {
        let freeboard_client::freeboard::governance::Applied { old, ramp_end_ts } = applied;
        let only_tightens = copy.target(change)?.only_tightens(change)?;
        let at_once_by = only_tightens.then(|| subject::at_once_by(change));
        let ramp_end_ts = (*ramp_end_ts > now).then_some(*ramp_end_ts);
        let pending = wanted.pending.as_ref();
        let wait = pending.map(|pending| Wait::of_pending(pending, &before.exchange));
        let from_ts = pending.map_or(now, |pending| pending.proposed_ts);
        let until_ts = wait
            .unwrap_or_else(|| Wait::new(change, &before.exchange, now))
            .executable_ts;
        Ok::<_, anchor_lang::error::Error>(ChangeRow {
            number: pending.map(|pending| pending.number),
            concerns: subject::concerns(before, change),
            kind: subject::kind(change),
            at_once_by,
            delay_secs: until_ts.saturating_sub(from_ts).unsigned_abs(),
            executable_ts: wait.map(|wait| wait.executable_ts),
            expires_ts: wait.map(|wait| wait.expires_ts),
            ramp_end_ts,
            fields: subject::fields(before, old.as_ref(), change, ramp_end_ts),
        })
    };
    pairs.map(row).collect::<Result<_, _>>().map_err(refused)
}

fn account_rows(
    dump: &Dump,
    before: &ForecastState,
    outcomes: Vec<dump::Located<Result<forecast::ForecastOutcome, anchor_lang::error::Error>>>,
) -> (Vec<AccountRow>, Vec<Unpriced>) {
    let (mut rows, mut unpriced) = (Vec::new(), Vec::new());
    for (account, outcome) in dump.margin_accounts.iter().zip(outcomes) {
        match outcome.state {
            Ok(outcome) => rows.push(AccountRow::from_outcome(before, account, &outcome)),
            Err(error) => unpriced.push(Unpriced {
                address: account.address.to_string(),
                refusal: error.into(),
            }),
        }
    }
    (rows, unpriced)
}

impl SimulationSummary {
    fn of(accounts: &[AccountRow], unpriced: usize) -> Self {
        let count =
            |is: &dyn Fn(&AccountRow) -> bool| accounts.iter().filter(|row| is(row)).count();
        let rise = accounts
            .iter()
            .max_by_key(|row| row.maintenance_rise_atoms());
        let largest_rise = rise.filter(|row| row.maintenance_rise_atoms() > 0);
        Self {
            accounts: accounts.len() + unpriced,
            become_liquidatable: count(&|row| {
                matches!(row.hit, Hit::Liquidatable | Hit::LiquidatableAtEnd)
            }),
            lose_initial_margin: count(&|row| {
                let kept = row.after.meets_initial_margin && row.end.meets_initial_margin;
                row.before.meets_initial_margin && !kept
            }),
            with_unusable_price: count(&|row| !row.before.unusable_prices.is_empty()),
            unpriced,
            largest_rise: largest_rise.map(|row| Rise {
                address: row.address.clone(),
                atoms: row.maintenance_rise_atoms(),
                share: row.maintenance_rise_share(),
            }),
        }
    }
}

/// As text.
pub fn text(simulation: &Simulation) -> String {
    let now_is = if simulation.now_is_newest_price {
        "when the newest price was published"
    } else {
        "as given"
    };
    let mut text = format!(
        "Exchange {}, change carried out at {}, {now_is}\n",
        simulation.exchange,
        words::time(simulation.now)
    );
    for change in &simulation.changes {
        text += &change_text(change);
    }
    text += &format!(
        "\nRamps end {}; prices and volatility stay as they are.\n",
        simulation.end_ts.map_or("never".to_owned(), words::time)
    );
    if !simulation.accounts.is_empty() {
        let columns = [
            "account", "", "IM", "E for IM", "MM", "E for MM", "free", "would be",
        ];
        let rows = simulation.accounts.iter().flat_map(AccountRow::cells);
        text += &format!("{}\n", table(&columns, 2).add_rows(rows));
    }
    for unpriced in &simulation.unpriced {
        let Unpriced { address, refusal } = unpriced;
        text += &format!("{address}: no margin: {refusal}\n");
    }
    text + &summary_text(&simulation.summary)
}

fn change_text(change: &ChangeRow) -> String {
    let number = change
        .number
        .map_or("Change".to_owned(), |n| format!("Change {n}"));
    let who = match change.at_once_by {
        Some(who) => format!("It only tightens: {who} could do it without delay."),
        None => format!(
            "It does not only tighten: proposed, it waits {}.",
            money::duration(change.delay_secs)
        ),
    };
    let from = match change.executable_ts.zip(change.expires_ts) {
        Some((from, end)) if from >= end => {
            format!(
                " It is void from {}, before that is over.",
                words::time(end)
            )
        }
        Some((from, _)) => format!(" It can be carried out from {} on.", words::time(from)),
        None => String::new(),
    };
    format!(
        "\n{number}, {}: {}\n  {who}{from}\n{}",
        change.concerns,
        change.kind,
        subject::field_table(&change.fields)
    )
}

fn summary_text(summary: &SimulationSummary) -> String {
    let rise = match &summary.largest_rise {
        Some(rise) => {
            let share = rise.share.map_or(String::new(), |share| {
                format!(" ({})", money::percent(share))
            });
            format!(
                "largest rise of MM {}{share}, {}",
                money::usd_floor(rise.atoms),
                rise.address
            )
        }
        None => "MM rises for nobody".to_owned(),
    };
    let mut text = format!(
        "{} accounts: {} would become liquidatable, {} would lose initial margin; {rise}\n",
        summary.accounts, summary.become_liquidatable, summary.lose_initial_margin
    );
    if summary.with_unusable_price + summary.unpriced > 0 {
        text += &format!(
            "{} accounts with a price that does not count, {} without any answer: dump their feeds anew\n",
            summary.with_unusable_price, summary.unpriced
        );
    }
    text
}
