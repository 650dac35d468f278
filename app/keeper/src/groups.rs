//! Several accounts in one transaction, where they share assets, within what a transaction may hold: bytes, 64 accounts,
//! 1,400,000 compute units. What is wrong with one of them stops none of the others.
use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use freeboard_client::dump::Located;
use freeboard_client::freeboard::instructions::LiquidateArgs;
use freeboard_client::freeboard::state::MarginAccount;
use freeboard_client::slots;
use freeboard_client::transaction::{self, Budget, MAX_ACCOUNTS, Version};
use solana_message::{AddressLookupTableAccount, Hash};

use crate::book::ExchangeBook;
use crate::config::KeeperConfig;
use crate::job::{ChosenClosing, Duty, Grouping, KeeperJob};

/// Compute units that a group may be estimated at.
const MOST_UNITS: u64 = 1_100_000;
/// Accounts of a transaction beside margin accounts, assets and feeds: payer, two programs, exchange, pool, and the
/// keeper's own margin account.
const OTHER_ACCOUNTS: usize = 6;

/// What the accounts of one group have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Common {
    Flag,
    /// By the pool, of this asset.
    Liquidate(u16),
}

/// An account that goes with others.
struct Member<'a> {
    common: Common,
    account: &'a Located<MarginAccount>,
    assets: Vec<u16>,
    job: KeeperJob,
}

/// How the transactions are made that groups have to fit.
#[derive(Clone, Copy, Debug)]
pub struct Carriage<'a> {
    /// Who pays.
    pub payer: Pubkey,
    /// Lookup tables of version 0; none for version 1.
    pub tables: Option<&'a [AddressLookupTableAccount]>,
}

impl Carriage<'_> {
    /// Whether a transaction holds these instructions.
    pub fn holds(&self, instructions: &[Instruction]) -> bool {
        let version = match self.tables {
            Some(tables) => Version::V0(tables),
            None => Version::V1,
        };
        let budget = Budget {
            priority_fee_lamports: 1, // takes the bytes of any other
            ..Budget::default()
        };
        let hash = Hash::default();
        transaction::message(&self.payer, instructions, version, &budget, hash).is_ok()
    }
}

/// The same jobs, those that may share a transaction put together. What goes alone keeps its place before them.
pub fn group(
    book: &ExchangeBook,
    jobs: Vec<KeeperJob>,
    told: &KeeperConfig,
    carriage: &Carriage,
) -> Vec<KeeperJob> {
    let mut alone = Vec::new();
    let mut members = Vec::new();
    for job in jobs {
        match member(book, job) {
            Ok(member) => members.push(member),
            Err(job) => alone.push(*job),
        }
    }
    // Whoever holds the same stands side by side.
    members.sort_by(|a, b| (a.common, &a.assets).cmp(&(b.common, &b.assets)));
    let mut grouped = Vec::new();
    for some in cut(members, told) {
        put_together(book, some, carriage, &mut grouped);
    }
    grouped.extend(alone);
    grouped.sort_by_key(|job| Duty::ALL.iter().position(|duty| *duty == job.duty()));
    grouped
}

/// The job as a member of a group, or the job where it goes alone.
fn member(book: &ExchangeBook, job: KeeperJob) -> Result<Member<'_>, Box<KeeperJob>> {
    let key = job.keys.first().copied();
    let account = key.and_then(|key| book.account(&key.subject));
    let common = match (job.duty(), job.closing) {
        (Duty::Flag, _) => Some(Common::Flag),
        (Duty::Liquidate, Some(chosen)) => Some(Common::Liquidate(chosen.asset_index)),
        _ => None,
    };
    match (account, common) {
        (Some(account), Some(common)) if job.may_be_grouped == Grouping::Shared => Ok(Member {
            common,
            account,
            assets: slots::order_of_flag([&account.state], &[]),
            job,
        }),
        _ => Err(Box::new(job)),
    }
}

/// Groups within the limits of accounts and units.
fn cut<'a>(members: Vec<Member<'a>>, told: &KeeperConfig) -> Vec<Vec<Member<'a>>> {
    let mut groups: Vec<Vec<Member>> = Vec::new();
    let (mut assets, mut units) = (Vec::new(), 0);
    for member in members {
        let mut more = [assets.as_slice(), &member.assets].concat();
        more.sort_unstable();
        more.dedup();
        let own_units = units_of(&member);
        let fits = groups.last().is_some_and(|group: &Vec<Member>| {
            let accounts = group.len() + 1 + 2 * more.len() + OTHER_ACCOUNTS;
            group
                .first()
                .is_some_and(|first| first.common == member.common)
                && group.len() < most_of(member.common, told)
                && accounts <= MAX_ACCOUNTS
                && units + own_units <= MOST_UNITS
        });
        match groups.last_mut().filter(|_| fits) {
            Some(group) => {
                (assets, units) = (more, units + own_units);
                group.push(member);
            }
            None => {
                (assets, units) = (member.assets.clone(), own_units);
                groups.push(vec![member]);
            }
        }
    }
    groups
}

fn most_of(common: Common, told: &KeeperConfig) -> usize {
    let most = match common {
        Common::Flag => told.liquidate.most_flags,
        Common::Liquidate(_) => told.liquidate.most_liquidations,
    };
    usize::try_from(most).unwrap_or(1)
}

/// What one more account costs, compute units, above what docs/costs.md has.
fn units_of(member: &Member) -> u64 {
    let held = member.assets.len() as u64;
    match member.common {
        Common::Flag => 5_000 + 6_000 * held,
        Common::Liquidate(_) => 45_000 + 9_000 * held,
    }
}

/// One job of all, or of each half where that does not fit.
fn put_together(
    book: &ExchangeBook,
    mut members: Vec<Member>,
    carriage: &Carriage,
    into: &mut Vec<KeeperJob>,
) {
    if members.len() <= 1 {
        into.extend(members.into_iter().map(|member| member.job));
        return;
    }
    match instruction_of(book, &members) {
        Some(instruction) if carriage.holds(std::slice::from_ref(&instruction)) => {
            into.push(joined(members, instruction));
        }
        _ => {
            let rest = members.split_off(members.len() / 2);
            put_together(book, members, carriage, into);
            put_together(book, rest, carriage, into);
        }
    }
}

fn instruction_of(book: &ExchangeBook, members: &[Member]) -> Option<Instruction> {
    let accounts: Vec<&Located<MarginAccount>> = members.iter().map(|one| one.account).collect();
    match members.first()?.common {
        Common::Flag => book.state.flag_several(&accounts),
        Common::Liquidate(_) => {
            let ChosenClosing {
                asset_index,
                closing,
            } = members.first()?.job.closing?;
            let args = LiquidateArgs {
                asset_index,
                max_size_atoms: u64::MAX,
                closing,
            };
            let liquidator = book.keys.authority;
            book.state
                .liquidate_several(liquidator, book.own()?, &accounts, args, true)
        }
    }
}

fn joined(members: Vec<Member>, instruction: Instruction) -> KeeperJob {
    let first = members.first().map(|one| one.job.title.clone());
    let title = format!(
        "{} and {} others",
        first.unwrap_or_default(),
        members.len() - 1
    );
    let jobs = members.iter().map(|one| &one.job);
    KeeperJob {
        keys: jobs.clone().flat_map(|job| job.keys.clone()).collect(),
        instructions: vec![instruction],
        with_pool: None,
        closing: members.first().and_then(|one| one.job.closing),
        reward_atoms: jobs.map(|job| job.reward_atoms).sum(),
        may_be_grouped: Grouping::Alone,
        title,
    }
}
