//! What a client foresees without a transaction is what the program answers, and then does, to the atom: on
//! pseudo-random books, prices and moments, with the refusals.
use super::parity::{act, move_prices};
use crate::support::{Stage, Stream, stage};
use anchor_lang::error::Error;
use freeboard::instructions::{
    Closing, LiquidateArgs, LiquidationPreview, MarginReport, PreviewLiquidationArgs, TradePreview,
};
use freeboard::state::NO_ASSET;
use freeboard_client::errors::number_of;
use freeboard_client::events::Event;
use freeboard_client::liquidation::{ClosingPreview, LiquidationInputs};
use freeboard_client::preview;
use freeboard_tests::{AssetHandle, CLOSINGS, Failure, Quote, Trader, World, usd};
use std::collections::BTreeMap;
use std::fmt::Debug;

/// A world after a while, its traders, and how often each thing was seen.
struct Foreseen {
    stage: Stage,
    stream: Stream,
    traders: [Trader; 2],
    seen: BTreeMap<String, u32>,
}

/// Asserts that both gave the same answer, or the same refusal; returns the answer.
#[track_caller]
fn same<T: Debug + PartialEq>(chain: Result<T, Failure>, client: Result<T, Error>) -> Option<T> {
    match (chain, client) {
        (Ok(chain), Ok(client)) => {
            assert_eq!(chain, client);
            Some(client)
        }
        (Err(chain), Err(client)) => {
            assert_eq!(chain.code, number_of(&client), "{chain:?}");
            None
        }
        (chain, client) => panic!("{chain:?} and {client:?}"),
    }
}

/// The client's preview of one closing, with or without the pool's insurance.
fn foreseen_closing(
    world: &World,
    trader: &Trader,
    args: PreviewLiquidationArgs,
    with_pool: bool,
) -> Result<ClosingPreview, Error> {
    let (account, pool) = (world.state_of(trader), world.pool());
    LiquidationInputs {
        exchange: &world.exchange(),
        account: &account,
        assets: &world.priced_assets(),
        pool: Some(&pool).filter(|_| with_pool),
        now: world.now(),
    }
    .closing(args)
}

impl Foreseen {
    fn new(seed: u64) -> Self {
        let mut stage = stage();
        let other = stage.world.new_trader(usd(60_000));
        Self {
            traders: [stage.trader.clone(), other],
            stage,
            stream: Stream(seed),
            seen: BTreeMap::new(),
        }
    }

    fn count(&mut self, what: impl Debug) {
        *self.seen.entry(format!("{what:?}")).or_default() += 1;
    }

    fn step(&mut self) {
        let Self { stage, stream, .. } = self;
        let secs = i64::try_from(1 + stream.next(400)).unwrap();
        stage.world.warp(secs);
        move_prices(stage, stream);
        for trader in &self.traders {
            act(stage, trader, stream);
        }
    }

    /// The same world after its traders have taken what they can, all prices have jumped and, sometimes, a flag has stood
    /// for its grace.
    fn storm(&mut self) -> World {
        let Self { stage, stream, .. } = self;
        let mut world = stage.world.clone();
        for trader in &self.traders {
            strain(&mut world, trader, stream);
        }
        jump(&mut world, stream);
        if stream.next(3) > 0 {
            for trader in &self.traders {
                drop(world.flag(trader));
            }
            world.warp_fresh(i64::try_from(5 + stream.next(40)).unwrap());
        }
        world
    }

    fn check(&mut self, world: &mut World) {
        for trader in self.traders.clone() {
            let margin: Result<MarginReport, _> = world.view(&trader);
            let report = same(margin, world.client_report(&trader));
            self.count(("below", report.is_some_and(|report| report.is_liquidatable)));
            self.check_trade(world, &trader);
            for asset_index in 0..3 {
                for closing in CLOSINGS {
                    self.check_closing(world, &trader, asset_index, closing);
                }
            }
        }
    }

    fn check_trade(&mut self, world: &mut World, trader: &Trader) {
        let asset: AssetHandle = world.handle_of(self.stream.next(3) as u16);
        let lot = i64::try_from(world.asset(asset.index).params.lot_atoms).unwrap();
        let scale = [400.0, 0.8, 15.0][usize::from(asset.index)];
        let size = asset.atoms(scale * self.stream.signed()) / lot * lot;
        let args = freeboard::instructions::TradeArgs {
            reduce_only: self.stream.next(4) == 0,
            ..world.trade_args(&asset, size)
        };
        let instruction = world.preview_trade_instruction(trader, args);
        let chain: Result<TradePreview, Failure> = world.ask(instruction);
        let (exchange, account) = (world.exchange(), world.state_of(trader));
        let assets = world.priced_assets();
        let client = preview::trade(&exchange, &account, &assets, &args, world.now());
        let after = client.as_ref().ok().map(|traded| traded.account);
        let is_foreseen = same(chain, client.map(|traded| traded.preview)).is_some();
        self.count(("trade", is_foreseen));
        if let Some(after) = after.filter(|_| is_foreseen) {
            let mut traded = world.clone();
            traded.trade_with(trader, args).expect("as foreseen");
            let now = traded.state_of(trader);
            assert_eq!(now.quote_atoms, after.quote_atoms);
            let size = |account: &freeboard::state::MarginAccount| {
                let position = account.find_position(asset.index);
                position.map_or(0, |position| position.base_size_atoms)
            };
            assert_eq!(size(&now), size(&after));
        }
    }

    fn check_closing(
        &mut self,
        world: &mut World,
        trader: &Trader,
        asset_index: u16,
        closing: Closing,
    ) {
        let args = PreviewLiquidationArgs {
            asset_index,
            closing,
        };
        let instruction = world.preview_liquidation_instruction(trader, asset_index, closing);
        let chain: Result<LiquidationPreview, Failure> = world.ask(instruction);
        let client = foreseen_closing(world, trader, args, false);
        let Some(seen) = same(chain, client.map(|closing| closing.preview)) else {
            return self.count(("refused", closing));
        };
        let seen_size = seen.size_atoms > 0;
        self.count((closing, seen_size, seen.may_be_closed_now));
        if seen.may_be_closed_now && seen_size {
            let foreseen = foreseen_closing(world, trader, args, true).expect("as without");
            self.carry_out(&mut world.clone(), trader, &foreseen);
        }
    }

    /// Liquidates, and compares with what was foreseen.
    fn carry_out(&mut self, world: &mut World, trader: &Trader, foreseen: &ClosingPreview) {
        let PreviewLiquidationArgs {
            asset_index,
            closing,
        } = foreseen.args;
        let liquidator = world.new_trader(usd(5_000_000));
        let args = LiquidateArgs {
            asset_index,
            max_size_atoms: u64::MAX,
            closing,
        };
        let meta = match world.liquidate_with(&liquidator, trader, args) {
            Ok(meta) => meta,
            // What a preview does not look at: whether the price may be traded on that it is taken over at.
            Err(failure) if closing != Closing::PositionByPool => {
                return self.count(("not carried out", closing, failure.code));
            }
            Err(failure) => panic!("{foreseen:?}: {failure:?}"),
        };
        self.count(("carried out", closing));
        let (preview, outcome) = (&foreseen.preview, foreseen.outcome.expect("an outcome"));
        let what = format!("{foreseen:?}");
        let (before, after) = match meta.event() {
            Event::AccountLiquidated(event) => {
                assert_eq!(preview.size_atoms, event.closed_atoms, "{what}");
                assert_eq!(preview.notional_atoms, event.notional_atoms, "{what}");
                assert_eq!(preview.impact_atoms, event.impact_atoms, "{what}");
                assert_eq!(preview.penalty_atoms, event.penalty_atoms, "{what}");
                assert_eq!(preview.topup_atoms, event.topup_atoms, "{what}");
                assert_eq!(preview.spread_atoms, event.spread_atoms, "{what}");
                let part = event.penalty_liquidator_atoms;
                assert_eq!(preview.penalty_liquidator_atoms, part, "{what}");
                (event.before, event.after)
            }
            Event::AccountSliced(event) => {
                assert_eq!(preview.size_atoms, event.share_permille, "{what}");
                assert_eq!(preview.impact_atoms, event.impact_atoms, "{what}");
                assert_eq!(preview.penalty_atoms, event.penalty_atoms, "{what}");
                (event.before, event.after)
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(preview.maintenance, before, "{what}");
        // The core foresees a margin within its last digits: each of at most three lots is rounded where it is booked.
        let near = |foreseen: i128, found: i64| foreseen.abs_diff(found.into()) <= 16;
        assert!(
            near(outcome.margin_after_atoms, after.margin_atoms)
                && near(outcome.equity_after_atoms, after.equity_atoms),
            "{what}: {after:?}"
        );
    }
}

/// Gives an account large positions and takes out of it, or borrows, nearly all that its initial margin leaves.
pub(super) fn strain(world: &mut World, trader: &Trader, stream: &mut Stream) {
    for index in 0..3 {
        let asset = world.handle_of(index);
        let last = world.quote(&asset);
        let now = world.now();
        world.set_price(&asset, Quote::steady(last.price, last.exponent, now));
    }
    if stream.next(2) == 0 {
        let amount = (100 + stream.next(700)) * 1_000_000_000;
        let sol = world.handle_of(0);
        drop(world.deposit_collateral(trader, &sol, amount));
    }
    for (index, units) in [(0, 3_000.0), (1, 5.0), (2, 100.0)] {
        let asset = world.handle_of(index);
        let lot = i64::try_from(world.asset(index).params.lot_atoms).unwrap();
        let size = asset.atoms(units * stream.signed()) / lot * lot;
        drop(world.trade(trader, &asset, size));
    }
    for _ in 0..2 {
        let Ok(report) = world.client_report(trader) else {
            return;
        };
        let free = u64::try_from(report.free_collateral_atoms - 1_000_000).unwrap_or(0);
        let quote = u64::try_from(world.quote_of(trader)).unwrap_or(0);
        if quote > 1_000_000 {
            drop(world.withdraw_quote(trader, free.min(quote)));
        } else {
            drop(world.borrow(trader, free));
        }
    }
}

/// Every price jumps one way, by up to a third, some to one that not every standard accepts.
fn jump(world: &mut World, stream: &mut Stream) {
    let size = 0.02 + 0.25 * stream.signed().abs();
    let direction = if stream.next(2) == 0 { size } else { -size };
    for index in 0..3 {
        let asset = world.handle_of(index);
        let now = world.now();
        let last = world.quote(&asset);
        let jump = 1.0 + direction + 0.05 * stream.signed();
        let price = (last.price as f64 * jump).round() as i64;
        let mut quote = Quote::steady(price, last.exponent, now);
        quote = match stream.next(10) {
            0 => quote.with_conf(0.015),
            1 => quote.with_ema(0.9),
            _ => quote,
        };
        world.set_price(&asset, quote);
    }
}

fn play(seed: u64, steps: u32) -> BTreeMap<String, u32> {
    let mut path = Foreseen::new(seed);
    for _ in 0..steps {
        path.step();
        let mut world = path.stage.world.clone();
        path.check(&mut world);
        let mut world = path.storm();
        path.check(&mut world);
    }
    path.seen
}

#[test]
fn what_a_client_foresees_is_what_the_program_answers_and_does() {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for seed in [0x0FF5, 0xC4A1, 0x0917] {
        for (what, times) in play(seed, 25) {
            *seen.entry(what).or_default() += times;
        }
    }
    println!("{seen:#?}");
    for closing in CLOSINGS {
        let done = seen.get(&format!("{:?}", ("carried out", closing)));
        assert!(
            done.is_some_and(|times| *times > 3),
            "{closing:?}: {seen:#?}"
        );
    }
    for what in [("trade", true), ("trade", false), ("below", true)] {
        assert!(
            seen.contains_key(&format!("{what:?}")),
            "{what:?}: {seen:#?}"
        );
    }
}

#[test]
fn the_closings_of_an_account_come_with_the_one_that_earns_most_first() {
    let mut stage = stage();
    stage.sink(128.0);
    let (trader, world) = (stage.trader.clone(), &mut stage.world);
    world.flag(&trader).unwrap();
    world.warp_fresh(11);
    let account = world.state_of(&trader);
    let (exchange, assets, pool) = (world.exchange(), world.priced_assets(), world.pool());
    let inputs = LiquidationInputs {
        exchange: &exchange,
        account: &account,
        assets: &assets,
        pool: Some(&pool),
        now: world.now(),
    };
    let closings = inputs.closings().expect("closings");
    assert_eq!(closings.len(), 3, "pool, liquidator, slice: {closings:#?}");
    assert!(closings.is_sorted_by_key(|one| std::cmp::Reverse(one.preview.profit_atoms)));
    let slice = closings.iter().find(|one| one.args.asset_index == NO_ASSET);
    assert!(slice.expect("a slice").freed_atoms() > 0);
    assert!(closings.iter().all(|one| one.preview.may_be_closed_now));
}
