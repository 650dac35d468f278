//! The index of thousands of accounts says of each what the program says, though it values again only what moved: on
//! pseudo-random books, prices and moments.
mod governed;
mod moves;
mod path;

use super::foreseen::strain;
use super::parity::{act, move_prices};
use crate::support::{Stage, Stream, stage};
use anchor_lang::error::Error;
use freeboard::state::MarginAccount;
use freeboard_client::dump::Located;
use freeboard_client::errors::number_of;
use freeboard_client::index::{
    ACCRUAL_SECS, AccountVerdict, Refreshed, ValuationIndex, ValuedAccount,
};
use freeboard_client::margin;
use freeboard_tests::{Quote, Trader, World, usd};

/// A world, and an index that follows it as a keeper's would.
struct Followed {
    stage: Stage,
    stream: Stream,
    traders: Vec<Trader>,
    index: ValuationIndex,
    /// Valuations that a refresh could do without, and those it did.
    spared: usize,
    valued: usize,
}

impl Followed {
    fn new(seed: u64) -> Self {
        Self::on(stage(), seed)
    }

    fn on(mut stage: Stage, seed: u64) -> Self {
        let mut traders = vec![stage.trader.clone()];
        for dollars in [2_000, 9_000, 30_000, 60_000] {
            traders.push(stage.world.new_trader(usd(dollars)));
        }
        let index = ValuationIndex::new(stage.world.exchange());
        Self {
            stage,
            stream: Stream(seed),
            traders,
            index,
            spared: 0,
            valued: 0,
        }
    }

    /// Takes what changed, as a subscription tells it, and refreshes.
    fn follow(&mut self) -> Refreshed {
        let world = &self.stage.world;
        self.index.set_exchange(world.exchange());
        for priced in world.priced_assets() {
            self.index.set_asset(priced);
        }
        for trader in &self.traders {
            let address = trader.margin_account;
            let state = world.state_of(trader);
            let known = self.index.account(&address);
            if known
                .is_none_or(|known| bytemuck::bytes_of(&known.state) != bytemuck::bytes_of(&state))
            {
                self.index.set_account(Located { address, state });
            }
        }
        let refreshed = self.index.refresh(world.now());
        self.valued += refreshed.accounts_valued;
        self.spared += self.traders.len() - refreshed.accounts_valued;
        refreshed
    }

    /// An index that values everything as it is now.
    fn anew(&self) -> ValuationIndex {
        let world = &self.stage.world;
        let mut anew = ValuationIndex::new(world.exchange());
        for priced in world.priced_assets() {
            anew.set_asset(priced);
        }
        for trader in &self.traders {
            let (address, state) = (trader.margin_account, world.state_of(trader));
            anew.set_account(Located { address, state });
        }
        anew.refresh(world.now());
        anew
    }

    fn check(&self) {
        let (world, anew) = (&self.stage.world, self.anew());
        for trader in &self.traders {
            let address = &trader.margin_account;
            let verdict = self.index.verdict(address).expect("valued");
            check_report(verdict, world, &world.state_of(trader));
            match (verdict, anew.verdict(address).expect("valued")) {
                (Ok(verdict), Ok(anew)) => check_anew(verdict, anew),
                (Err(verdict), Err(anew)) => assert_eq!(number_of(verdict), number_of(anew)),
                (verdict, anew) => panic!("{verdict:?} and {anew:?}"),
            }
        }
        assert_eq!(self.index.len(), self.traders.len());
        let below = self.index.liquidatable();
        let cushion = |one: &ValuedAccount| one.verdict.cushion();
        assert!(below.is_sorted_by(|one, other| cushion(one) <= cushion(other)));
        let near = self.index.near(f64::MAX).len();
        assert_eq!(self.index.valued().count(), below.len() + near);
    }
}

/// Whether its equity is that of now, and not of less than [`ACCRUAL_SECS`] ago.
fn is_exact(verdict: &AccountVerdict, now: i64) -> bool {
    let age = now - verdict.valued_ts;
    let never_due = verdict.due_ts == i64::MAX;
    assert!((0..ACCRUAL_SECS).contains(&age) || never_due, "{verdict:?}");
    age == 0 || never_due
}

/// The margin report of the same account, which knows nothing of an index.
fn check_report(verdict: Result<&AccountVerdict, &Error>, world: &World, account: &MarginAccount) {
    let now = world.now();
    let report = margin::report(&world.exchange(), account, &world.priced_assets(), now);
    let (report, verdict) = match (report, verdict) {
        (Ok(report), Ok(verdict)) => (report, verdict),
        (Err(report), Err(verdict)) => {
            return assert_eq!(number_of(&report), number_of(verdict));
        }
        (report, verdict) => panic!("{report:?} and {verdict:?}"),
    };
    let requirement = verdict.requirement();
    let is_liquidatable = verdict.is_liquidatable();
    assert_eq!(is_liquidatable, report.is_liquidatable, "{verdict:?}");
    let margin_atoms = i128::from(report.liquidation.margin_atoms);
    assert_eq!(requirement.margin_atoms, margin_atoms);
    if is_exact(verdict, now) {
        let equity_atoms = i128::from(report.liquidation.equity_atoms);
        assert_eq!(requirement.equity_atoms, equity_atoms);
    }
}

/// The verdict of an index that has just valued it: all the same, but for what funding and interest have done to equity
/// since.
fn check_anew(verdict: &AccountVerdict, anew: &AccountVerdict) {
    let mut expected = *anew;
    if !is_exact(verdict, anew.valued_ts) {
        let requirement = &mut expected.valuation.requirement;
        requirement.equity_atoms = verdict.requirement().equity_atoms;
        assert!(!anew.is_liquidatable() && !verdict.is_liquidatable());
    }
    (expected.valued_ts, expected.due_ts) = (verdict.valued_ts, verdict.due_ts);
    assert_eq!(*verdict, expected);
}

fn follow(seed: u64, steps: u32) -> Followed {
    let mut path = Followed::new(seed);
    path.follow();
    let mut below = 0;
    for _ in 0..steps {
        let secs = i64::try_from(1 + path.stream.next(400)).unwrap();
        path.stage.world.warp(secs);
        move_prices(&mut path.stage, &mut path.stream);
        for at in 0..path.traders.len() {
            if path.stream.next(2) == 0 {
                let trader = path.traders[at].clone();
                act(&mut path.stage, &trader, &mut path.stream);
            }
        }
        path.follow();
        path.check();
        let trader = path.traders[path.stream.next(5) as usize].clone();
        strain(&mut path.stage.world, &trader, &mut path.stream);
        path.follow();
        path.check();
        // One asset alone, then time alone.
        let asset = path.stage.world.handle_of(path.stream.next(3) as u16);
        let last = path.stage.world.quote(&asset);
        let jump = 1.0 + 0.25 * path.stream.signed();
        let moved = Quote::steady(
            (last.price as f64 * jump) as i64,
            last.exponent,
            path.stage.world.now(),
        );
        path.stage.world.set_price(&asset, moved);
        path.follow();
        path.check();
        below += path.index.liquidatable().len();
        for _ in 0..path.stream.next(4) {
            path.stage.world.warp(1);
            path.follow();
            path.check();
        }
    }
    assert!(below > 0, "some account was below its margin");
    path
}

#[test]
fn an_index_says_what_the_program_says_and_values_only_what_moved() {
    let (mut spared, mut valued) = (0, 0);
    for seed in [0x11D8, 0x7EE9, 0x0C0C] {
        let path = follow(seed, 40);
        spared += path.spared;
        valued += path.valued;
    }
    println!("{valued} valuations, {spared} spared");
    assert!(spared > valued / 10, "{spared} spared of {valued}");
}

#[test]
fn time_alone_changes_no_verdict_unseen() {
    // Large positions on little: funding and interest take them below their margin.
    let mut path = Followed::new(0xACC);
    let (sol, btc) = (path.stage.sol.clone(), path.stage.btc.clone());
    path.stage.trade(&sol, 3_000.0);
    path.stage.trade(&btc, -0.5);
    path.follow();
    for _ in 0..200 {
        let secs = i64::try_from(1 + path.stream.next(70)).unwrap();
        path.stage.world.warp(secs);
        path.follow();
        path.check();
    }
}

#[test]
fn the_second_in_which_funding_takes_an_account_below_its_margin_is_seen() {
    let mut seen = 0;
    for secs in 1..12 {
        let mut path = Followed::new(0xF1A6);
        let (trader, sol) = (path.stage.trader.clone(), path.stage.sol.clone());
        path.stage.trade(&sol, 4_000.0);
        path.stage.world.warp_fresh(300);
        // What funding takes a second is a few of the smallest steps of the price.
        let per_sec = {
            let mut later = path.stage.world.clone();
            let before = free_collateral(&later, &trader);
            later.warp(10);
            (before - free_collateral(&later, &trader)) / 10
        };
        assert!(per_sec > 10, "{per_sec}");
        settle_price_at(&mut path.stage.world, &trader, secs * per_sec);
        path.follow();
        path.check();
        assert!(path.index.liquidatable().is_empty());
        for _ in 0..14 {
            path.stage.world.warp(1);
            let refreshed = path.follow();
            path.check();
            let below = !path.index.liquidatable().is_empty();
            seen += u32::from(below && refreshed.assets_moved == 0);
        }
    }
    assert!(seen > 11, "{seen} verdicts by time alone");
}

/// Equity beyond MM as a liquidation counts it, quote atoms.
fn free_collateral(world: &World, trader: &Trader) -> i64 {
    let report = world.client_report(trader).expect("a report");
    report.liquidation.equity_atoms - report.liquidation.margin_atoms
}

/// Publishes the lowest price of SOL at which so much is free, but for its last digit.
fn settle_price_at(world: &mut World, trader: &Trader, free_atoms: i64) {
    let sol = world.handle_of(0);
    let last = world.quote(&sol);
    let (mut low, mut high) = (last.price / 2, last.price);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        world.set_price(&sol, Quote::steady(middle, last.exponent, world.now()));
        if free_collateral(world, trader) >= free_atoms {
            high = middle;
        } else {
            low = middle;
        }
    }
    world.set_price(&sol, Quote::steady(high, last.exponent, world.now()));
}

#[test]
fn a_closed_account_is_forgotten_and_a_missing_asset_is_told() {
    let mut path = Followed::new(0xBEE);
    path.follow();
    let gone = path.traders[1].margin_account;
    path.index.remove_account(&gone);
    assert!(path.index.verdict(&gone).is_none());
    assert_eq!(path.index.len(), path.traders.len() - 1);
    for trader in path.traders.iter().filter(|one| one.margin_account != gone) {
        let account = path.index.account(&trader.margin_account).expect("kept");
        assert_eq!(account.address, trader.margin_account);
    }
    let sol = path.stage.sol.clone();
    path.stage.trade(&sol, 10.0);
    let (address, state) = (
        path.stage.trader.margin_account,
        path.stage.world.state_of(&path.stage.trader),
    );
    let mut bare = ValuationIndex::new(path.stage.world.exchange());
    bare.set_account(Located { address, state });
    bare.refresh(path.stage.world.now());
    assert_eq!(bare.refused().count(), 1);
    assert!(bare.verdict(&address).expect("refused").is_err());
}
