//! Random paths on which all moves that a valuation reads, one at a time, and the index follows each.
use super::kinds::Move;
use super::{Followed, is_exact};
use crate::support::{Stage, Stream, stage_of};
use anchor_lang::prelude::Pubkey;
use freeboard::arrange::SharedRisk;
use freeboard::error::FreeboardError;
use freeboard_client::errors::number_of;
use freeboard_client::events::Event;
use freeboard_client::index::AccountVerdict;
use freeboard_tests::{AssetHandle, AssetSpec, Meta, Quote, Trader, World, usd};
use std::collections::BTreeMap;

/// Steps of a path; in the last third markets end.
const STEPS: u32 = 200;
/// Accounts of a path.
const TRADERS: usize = 8;

/// How many units of each asset are traded at most.
const UNITS: [f64; 5] = [1_000.0, 2.0, 40.0, 500.0, 500.0];
/// The asset whose market is wound down, and the one whose feed dies.
pub(super) const ENDING: u16 = 3;
pub(super) const DYING: u16 = 4;

/// How often something was done, and how often some verdict was another one after it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub made: u32,
    pub felt: u32,
}

/// A path, and what happened on it.
pub(super) struct Path {
    pub followed: Followed,
    pub tallies: BTreeMap<Move, Tally>,
}

/// What is compared before and after a move: a verdict without its times, or the number of a refusal.
type Judged = Result<AccountVerdict, Option<u32>>;

/// SOL (collateral), BTC and ETH, and two assets whose markets end on the path.
fn five_assets() -> Stage {
    let specs = [
        AssetSpec::sol().with_collateral(),
        AssetSpec::btc(),
        AssetSpec::eth(),
        AssetSpec::new("ENDING", 150.0),
        AssetSpec::new("DYING", 150.0),
    ];
    stage_of(specs.map(|spec| spec.with_pool_share(200_000_000)))
}

impl Path {
    fn new(seed: u64) -> Self {
        Self {
            followed: Followed::on(five_assets(), seed),
            tallies: BTreeMap::new(),
        }
    }

    pub fn world(&mut self) -> &mut World {
        &mut self.followed.stage.world
    }

    pub fn stream(&mut self) -> &mut Stream {
        &mut self.followed.stream
    }

    pub fn any_asset(&mut self) -> AssetHandle {
        let index = self.stream().next(5) as u16;
        self.world().handle_of(index)
    }

    pub fn any_trader(&mut self) -> Trader {
        let count = self.followed.traders.len() as u64;
        let at = self.stream().next(count) as usize;
        self.followed.traders[at].clone()
    }

    /// A size of up to [`UNITS`], long or short, in lots.
    pub fn any_size(&mut self, asset: &AssetHandle) -> i64 {
        let part = self.stream().signed().powi(3); // most are small
        let units = UNITS[usize::from(asset.index)] * part;
        let lot_atoms = self.world().asset(asset.index).params.lot_atoms;
        let lot = i64::try_from(lot_atoms).expect("a lot");
        asset.atoms(units) / lot * lot
    }

    /// A price near the last one, now.
    pub fn next_quote(&mut self, asset: &AssetHandle, spread: f64) -> Quote {
        let factor = 1.0 + spread * self.stream().signed();
        let world = self.world();
        let (last, now) = (world.quote(asset), world.now());
        let price = (last.price as f64 * factor).round() as i64;
        Quote::steady(price, last.exponent, now)
    }

    /// Every account as it would be judged now, by an index that remembers nothing.
    fn judged(&self) -> BTreeMap<Pubkey, Judged> {
        let anew = self.followed.anew();
        let judged = |address: &Pubkey| match anew.verdict(address).expect("valued") {
            Ok(verdict) => Ok(AccountVerdict {
                valued_ts: 0,
                due_ts: 0,
                oldest_publish_ts: 0,
                ..*verdict
            }),
            Err(error) => Err(number_of(error)),
        };
        let addresses = self.followed.traders.iter().map(|one| one.margin_account);
        addresses.map(|one| (one, judged(&one))).collect()
    }

    /// What MM reads of parameters now: where it is another one later, a ramp has moved it.
    fn in_force(&mut self) -> String {
        let world = self.world();
        let now = world.now();
        let shared = SharedRisk::load(&world.exchange(), now);
        let assets = (0..5).map(|index| world.asset(index).coefficients_by_level(now).maintenance);
        let assets: Vec<_> = assets.collect();
        format!("{:?} {:?} {assets:?}", shared.portfolio, shared.scenarios)
    }

    fn count(&mut self, what: Move, felt: bool) {
        let tally = self.tallies.entry(what).or_default();
        tally.made += 1;
        tally.felt += u32::from(felt);
    }

    fn step(&mut self, what: Move) {
        self.prepare(what);
        self.followed.follow();
        self.followed.check();
        let (before, terms, started) = (self.judged(), self.in_force(), self.world().now());
        let made = self.make(what);
        self.followed.follow();
        self.followed.check();
        let after = self.judged();
        if made {
            self.count(what, before != after);
        }
        let has_ramped = !what.sets_parameters() && terms != self.in_force();
        if has_ramped {
            self.count(Move::Ramp, before != after);
        }
        let is_time_alone = matches!(what, Move::Time | Move::Refresh);
        if is_time_alone && started < self.world().now() {
            self.count_accruals(&before, &after);
        }
    }

    /// Counts whose equity was moved, and not the margin: of accounts with a loan by interest, of others by funding.
    fn count_accruals(
        &mut self,
        before: &BTreeMap<Pubkey, Judged>,
        after: &BTreeMap<Pubkey, Judged>,
    ) {
        for trader in self.followed.traders.clone() {
            let address = trader.margin_account;
            let worth = |judged: &BTreeMap<Pubkey, Judged>| {
                let verdict = judged.get(&address)?.as_ref().ok()?;
                Some(*verdict.requirement())
            };
            let moved = worth(before).zip(worth(after)).is_some_and(|(one, other)| {
                one.margin_atoms == other.margin_atoms && one.equity_atoms != other.equity_atoms
            });
            let what = match self.world().quote_of(&trader) < 0 {
                true => Move::Interest,
                false => Move::Funding,
            };
            if moved {
                self.count(what, true);
            }
        }
    }

    /// The program's own word on one account: a flag that it sets, or why it does not.
    fn check_chain(&mut self) {
        let trader = self.any_trader();
        let world = &self.followed.stage.world;
        let verdict = self.followed.index.verdict(&trader.margin_account);
        let refusal = match world.clone().flag(&trader) {
            Ok(meta) => {
                let verdict = verdict.expect("valued").expect("what a flag values");
                return check_flagged(&meta, verdict, world.now());
            }
            Err(failure) if failure.is(FreeboardError::OperationPaused) => return,
            Err(failure) => failure,
        };
        match verdict.expect("valued") {
            Ok(verdict) if verdict.is_unsettled => {
                assert!(refusal.is(FreeboardError::AssetSettled), "{refusal:?}");
            }
            Ok(verdict) => {
                assert!(refusal.is(FreeboardError::AccountHealthy), "{refusal:?}");
                assert!(!verdict.is_liquidatable(), "{verdict:?}");
            }
            // Of two reasons the program names that of the earlier slot.
            Err(_) if refusal.is(FreeboardError::AssetSettled) => {}
            Err(error) => assert_eq!(number_of(error), refusal.code),
        }
    }
}

/// What the program valued when it set, renewed or ended a flag, stored what an account is below zero, or told a margin
/// call.
fn check_flagged(meta: &Meta, verdict: &AccountVerdict, now: i64) {
    let found = match &meta.events()[0] {
        Event::AccountFlagged(event) => event.maintenance,
        Event::MarginCalled(event) => event.maintenance,
        other => panic!("{other:?}"),
    };
    let requirement = verdict.requirement();
    assert!(!verdict.is_unsettled, "{verdict:?}");
    assert_eq!(i128::from(found.margin_atoms), requirement.margin_atoms);
    let is_below = found.equity_atoms < found.margin_atoms;
    assert_eq!(is_below, verdict.is_liquidatable(), "{verdict:?}");
    if is_exact(verdict, now) {
        assert_eq!(i128::from(found.equity_atoms), requirement.equity_atoms);
    }
}

fn play(seed: u64) -> Path {
    let mut path = Path::new(seed);
    while path.followed.traders.len() < TRADERS {
        let trader = path.world().new_trader(usd(20_000));
        path.followed.traders.push(trader);
    }
    path.followed.follow();
    for at in 0..STEPS {
        let all = if at < STEPS / 3 * 2 {
            Move::ANY_TIME.to_vec()
        } else {
            [&Move::ANY_TIME[..], &Move::ENDINGS[..]].concat()
        };
        let what = all[path.stream().next(all.len() as u64) as usize];
        path.step(what);
        // So that there is something to value.
        if path.stream().next(3) == 0 {
            path.step(Move::Trade);
        }
        if at % 4 == 0 {
            path.check_chain();
        }
        // What is old, wide or absent does not stay so.
        if path.stream().next(2) == 0 {
            path.step(Move::Refresh);
        }
    }
    path
}

#[test]
fn whatever_moves_the_index_says_what_a_valuation_of_all_says() {
    let mut tallies = BTreeMap::<Move, Tally>::new();
    let (mut spared, mut valued) = (0, 0);
    for seed in 1..=16 {
        let path = play(seed);
        for (what, Tally { made, felt }) in path.tallies {
            let tally = tallies.entry(what).or_default();
            tally.made += made;
            tally.felt += felt;
        }
        spared += path.followed.spared;
        valued += path.followed.valued;
    }
    println!("{valued} valuations, {spared} spared: {tallies:#?}");
    for what in Move::all() {
        let Tally { made, felt } = tallies.get(&what).copied().unwrap_or_default();
        assert!(made > 1, "{what:?} was made {made} times");
        assert!(felt > 0 || what.is_never_felt(), "no verdict by {what:?}");
    }
    assert!(spared > valued / 10, "{spared} spared of {valued}");
}
