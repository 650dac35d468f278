//! show_implied_volatility and a governed value: what raises σ_t by how much for how long, and what is ignored.
use crate::support::{
    Stage, Wrong, check_wrong, refused, stage, stage_with_neighbour, wrong_market,
};
use freeboard::error::FreeboardError;
use freeboard::events::{
    ImpliedVolatilityDoubt::{self, Absurd, NotNewer, Stale, Wide},
    ImpliedVolatilityIgnored, ImpliedVolatilityShown,
};
use freeboard::governance::pauses::Operation;
use freeboard::state::{AssetParams, Change, FeedBinding, Implied, ImpliedSource};
use freeboard_client::{events::Event, instructions};
use freeboard_risk::price::implied::IMPLIED_LIFE_SECS;
use freeboard_tests::feeds::receiver_account_with;
use freeboard_tests::governance::TIMELOCK_SECS;
use freeboard_tests::{FeedKind, Meta, NewFeed, Quote, World, usd};
use pyth_solana_receiver_sdk::price_update::VerificationLevel;

/// SOL's measured target, 2.25 % per √hour, in per cent a year.
const MEASURED: f64 = 210.66;

fn bound_to(source: ImpliedSource) -> Change {
    Change::ImpliedVolatility {
        asset_index: 0,
        source,
    }
}

/// The stage with an index for SOL, and its account.
pub fn with_index(mut stage: Stage) -> (Stage, NewFeed) {
    let index = NewFeed::new(FeedKind::Receiver);
    let feed = index.binding;
    let bound = stage.world.change(bound_to(ImpliedSource::Feed { feed }));
    bound.expect("bound");
    stage.world.warp_fresh(60);
    (stage, index)
}

/// Publishes an index of so many per cent a year now, and shows it.
fn show(world: &mut World, index: &NewFeed, per_cent: f64) -> Meta {
    let quote = Quote::usd(per_cent, world.now());
    show_quote(world, index, &quote)
}

fn show_quote(world: &mut World, index: &NewFeed, quote: &Quote) -> Meta {
    world.publish(index, quote);
    let sol = world.handle_of(0);
    world.show_implied(&sol, index.address).expect("told")
}

fn shown(meta: &Meta) -> ImpliedVolatilityShown {
    match meta.event() {
        Event::ImpliedVolatilityShown(event) => event,
        other => panic!("{other:?}"),
    }
}

fn ignored(meta: &Meta) -> ImpliedVolatilityIgnored {
    match meta.event() {
        Event::ImpliedVolatilityIgnored(event) => event,
        other => panic!("{other:?}"),
    }
}

/// σ_t of SOL, in per cent a year.
fn target(world: &World) -> f64 {
    let state = world.asset(0).volatility().expect("a state");
    state.sigma_target.to_bits() as f64 / 2f64.powi(60) * 100.0 * 8_766f64.sqrt()
}

/// u_MM of SOL and σ_IM, as the view says.
fn unit_shock(stage: &mut Stage) -> (f64, i64) {
    let trader = stage.trader.clone();
    let report = stage.world.view(&trader).expect("a report");
    let u_mm = report.assets[0].u_mm_q60 as f64;
    (u_mm, report.initial.margin_atoms)
}

#[track_caller]
fn near(is: f64, expected: f64) {
    assert!((is / expected - 1.0).abs() < 1e-4, "{is} for {expected}");
}

#[test]
fn an_index_raises_im_at_once_and_mm_at_its_pace() {
    let (mut stage, index) = with_index(stage());
    let sol = stage.sol.clone();
    stage.trade(&sol, 100.0);
    near(target(&stage.world), MEASURED);
    let (u_before, im_before) = unit_shock(&mut stage);
    let now = stage.world.now();
    let event = shown(&show(&mut stage.world, &index, 252.0));
    assert_eq!(event.index_e12, 252_000_000_000_000);
    assert_eq!(
        (event.publish_ts, event.until_ts),
        (now, now + IMPLIED_LIFE_SECS)
    );
    near(target(&stage.world), 252.0);
    let state = stage.world.asset(0).volatility().unwrap();
    assert_eq!(event.sigma_target_q60, state.sigma_target.to_bits());
    assert_eq!(event.sigma_target_q60, event.sigma_q60);
    assert_eq!(event.u_mm_q60, state.u_prev.to_bits());
    let (u_after, im_after) = unit_shock(&mut stage);
    assert_eq!(u_after, u_before, "MM: nothing at once");
    let ratio = im_after as f64 / im_before as f64;
    assert!(
        (1.17..1.20).contains(&ratio),
        "IM: 252/210.66 less the provision: {ratio}"
    );
    // An hour on MM has risen by the speed limit, three hours on no further than to the index.
    for _ in 0..6 {
        stage.world.warp_fresh(600);
        show(&mut stage.world, &index, 252.0);
    }
    let (u_hour, _) = unit_shock(&mut stage);
    near(u_hour / u_before, 1.03);
}

#[test]
fn it_raises_by_half_at_most_and_never_lowers() {
    let (mut stage, index) = with_index(stage());
    for (per_cent, expected) in [
        (900.0, 1.5 * MEASURED),
        (316.0, 1.5 * MEASURED),
        (300.0, 300.0),
        (211.0, 211.0),
        (210.0, MEASURED),
        (5.0, MEASURED),
        (1.0, MEASURED),
    ] {
        stage.world.warp_fresh(1);
        shown(&show(&mut stage.world, &index, per_cent));
        near(target(&stage.world), expected);
    }
}

#[test]
fn what_is_bad_is_ignored_and_says_why() {
    let (mut stage, index) = with_index(stage());
    let world = &mut stage.world;
    show(world, &index, 300.0);
    let known = world.asset(0).implied;
    world.warp(100);
    let now = world.now();
    let quote = |per_cent| Quote::usd(per_cent, now);
    let exponent = Quote {
        exponent: 1,
        ..quote(250.0)
    };
    let at = |secs| Quote::usd(250.0, secs);
    let cases: [(ImpliedVolatilityDoubt, Quote); 10] = [
        (NotNewer, at(now - 100)),
        (NotNewer, at(now - 2_000)),
        (Stale, at(now - 61)),
        (Wide, quote(250.0).with_conf(0.0501)),
        (Absurd, quote(0.0)),
        (Absurd, quote(-250.0)),
        (Absurd, quote(0.99)),
        (Absurd, quote(1_000.01)),
        (Absurd, quote(250.0).with_ema(-1.0)),
        (Absurd, exponent),
    ];
    for (reason, quote) in cases {
        let event = ignored(&show_quote(world, &index, &quote));
        assert_eq!(event.reason, reason, "{quote:?}");
        assert_eq!(world.asset(0).implied, known, "{quote:?}");
        near(target(world), 300.0);
    }
    let event = ignored(&show_quote(world, &index, &quote(250.0).with_conf(0.06)));
    assert_eq!(
        (event.index_e12, event.confidence_e12, event.publish_ts),
        (250_000_000_000_000, 15_000_000_000_000, now)
    );
    // None of them shuts out a good one.
    shown(&show_quote(world, &index, &quote(250.0).with_conf(0.05)));
    near(target(world), 250.0);
    shown(&show_quote(world, &index, &at(now + 5)));
    // σ_cap and above is absurd: 3.2 % per √hour are 299.6 % a year.
    let params = AssetParams {
        sigma_cap_e9: 32_000_000,
        ..world.asset(0).params
    };
    let lower = Change::AssetRisk {
        asset_index: 0,
        params: Box::new(params),
    };
    world.change(lower).expect("lowered");
    world.warp(10);
    assert_eq!(ignored(&show(world, &index, 299.7)).reason, Absurd);
    shown(&show(world, &index, 299.5));
}

#[test]
fn it_lapses_after_an_hour() {
    let (mut stage, index) = with_index(stage());
    let (world, sol) = (&mut stage.world, stage.sol.clone());
    show(world, &index, 300.0);
    let until = world.asset(0).implied.until_ts;
    world.warp_fresh(IMPLIED_LIFE_SECS - 1);
    world.sample(&sol).expect("sampled");
    near(target(world), 300.0);
    world.warp_fresh(300);
    assert!(world.now() >= until);
    let mut by_a_sample = world.clone();
    by_a_sample.sample(&sol).expect("sampled");
    assert!(target(&by_a_sample) < MEASURED * 1.0001);
    // An update that is ignored shows as well that it has lapsed.
    let stale = Quote::usd(300.0, world.now() - 61);
    assert_eq!(ignored(&show_quote(world, &index, &stale)).reason, Stale);
    assert!(target(world) < MEASURED * 1.0001);
}

#[test]
fn a_sample_and_a_change_of_parameters_count_what_still_counts() {
    let (mut stage, index) = with_index(stage());
    let (world, sol) = (&mut stage.world, stage.sol.clone());
    show(world, &index, 300.0);
    world.warp_fresh(301);
    world.sample(&sol).expect("sampled");
    near(target(world), 300.0);
    let params = AssetParams {
        k_e9: world.asset(0).params.k_e9 + 1,
        ..world.asset(0).params
    };
    let change = Change::AssetRisk {
        asset_index: 0,
        params: Box::new(params),
    };
    world.tighten(change).expect("tightened");
    near(target(world), 300.0);
}

/// Highs and lows of an index, shown by turns, move MM by its speed limit alone.
#[test]
fn no_pattern_of_an_index_moves_mm_faster() {
    let (mut stage, index) = with_index(stage());
    let sol = stage.sol.clone();
    stage.trade(&sol, 100.0);
    let (mut last, _) = unit_shock(&mut stage);
    for step in 0..40u32 {
        let secs = [0, 1, 60, 700][step as usize % 4];
        stage.world.warp_fresh(secs);
        let per_cent = if step % 2 == 0 { 900.0 } else { 10.0 };
        show(&mut stage.world, &index, per_cent);
        let (u, _) = unit_shock(&mut stage);
        let hours = secs as f64 / 3_600.0;
        let (up, down) = (1.03f64.powf(hours), 0.99f64.powf(hours));
        assert!(
            u <= last * up * (1.0 + 1e-9) && u >= last * down * (1.0 - 1e-9),
            "P5: {last} to {u} in {secs} s"
        );
        last = u;
    }
}

#[test]
fn a_governed_value_waits_counts_and_expires() {
    let mut stage = stage();
    let (world, sol) = (&mut stage.world, stage.sol.clone());
    let until_ts = world.now() + TIMELOCK_SECS + 7_200;
    let change = bound_to(ImpliedSource::Governed {
        sigma_e9: 27_000_000,
        until_ts,
    });
    world.propose(change.clone()).expect("proposed");
    refused(world.execute(&change), FreeboardError::ChangeTooEarly);
    world.warp_fresh(TIMELOCK_SECS);
    let before = target(world);
    world.execute(&change).expect("executed");
    near(target(world), before * 1.2);
    assert_eq!(world.asset(0).implied.until_ts, until_ts);
    refused(world.propose(change), FreeboardError::ChangeEmpty);
    refused(
        world.show_implied(&sol, sol.feed),
        FreeboardError::ImpliedFeedMissing,
    );
    world.warp_fresh(7_200);
    world.sample(&sol).expect("sampled");
    assert!(target(world) < before * 1.0001, "it has expired");
    // Governance takes it away, which waits, and then nothing of it is left.
    let none = bound_to(ImpliedSource::None);
    refused(
        world.tighten(none.clone()),
        FreeboardError::ChangeNotTighter,
    );
    world.change(none).expect("taken away");
    assert_eq!(world.asset(0).implied, Implied::default());
}

/// *Attack.* Publish a false index for days, while the change that unbinds it waits, and samples are paused. *Who.* Its
/// publishers. *Gain.* MM up by half in 14 h. *What stops it.* The risk manager unbinds it at once, and nobody else.
#[test]
fn a_false_index_is_unbound_at_once_by_the_risk_manager() {
    let (mut stage, index) = with_index(stage());
    let sol = stage.sol.clone();
    stage.trade(&sol, 100.0);
    let (u_before, im_before) = unit_shock(&mut stage);
    for _ in 0..6 {
        show(&mut stage.world, &index, 900.0);
        stage.world.warp_fresh(600);
    }
    let (u_hour, im_hour) = unit_shock(&mut stage);
    near(u_hour / u_before, 1.03);
    near(target(&stage.world), 1.5 * MEASURED);
    let world = &mut stage.world;
    world.pause(Operation::Sample, 600).expect("paused");
    let none = bound_to(ImpliedSource::None);
    let (governance, guardian) = (world.governance.clone(), world.guardian.clone());
    let version = world.version(&none);
    for by in [&governance, &guardian] {
        refused(
            world.tighten_as(by, version, none.clone()),
            FreeboardError::NotRiskManager,
        );
    }
    // He binds nothing in its place.
    let until_ts = world.now() + 3_600;
    let feed = NewFeed::new(FeedKind::Receiver).binding;
    for source in [
        ImpliedSource::Feed { feed },
        ImpliedSource::Governed {
            sigma_e9: 1,
            until_ts,
        },
    ] {
        refused(
            world.tighten(bound_to(source)),
            FreeboardError::ChangeNotTighter,
        );
    }
    world.tighten(none.clone()).expect("unbound");
    assert_eq!(world.asset(0).implied, Implied::default());
    near(target(world), MEASURED);
    let (u_after, im_after) = unit_shock(&mut stage);
    assert_eq!(u_after, u_hour, "MM: nothing at once");
    assert!(
        im_before <= im_after && im_after < im_hour,
        "IM: what is measured: {im_before} {im_hour} {im_after}"
    );
    let world = &mut stage.world;
    world.publish(&index, &Quote::usd(900.0, world.now()));
    world.warp_fresh(3_600);
    refused(
        world.show_implied(&sol, index.address),
        FreeboardError::ImpliedFeedMissing,
    );
    refused(world.tighten(none), FreeboardError::ChangeNotTighter);
    let (u_later, _) = unit_shock(&mut stage);
    near(u_later / u_hour, 0.99);
    stage.world.warp_fresh(3 * 3_600);
    let (u_end, _) = unit_shock(&mut stage);
    near(u_end / u_before, 1.0);
}

/// Another source forgets what the old one has shown.
#[test]
fn another_source_begins_with_nothing() {
    let (mut stage, index) = with_index(stage());
    let world = &mut stage.world;
    show(world, &index, 300.0);
    let next = NewFeed::new(FeedKind::Legacy);
    let feed = next.binding;
    let change = bound_to(ImpliedSource::Feed { feed });
    world.change(change).expect("bound");
    near(target(world), MEASURED);
    let sol = world.handle_of(0);
    refused(
        world.show_implied(&sol, index.address),
        FreeboardError::FeedOwnerInvalid,
    );
    shown(&show(world, &next, 250.0));
    near(target(world), 250.0);
}

#[test]
fn anyone_may_and_each_account_is_checked() {
    let (own, other) = stage_with_neighbour();
    let (mut stage, index) = with_index(own);
    let quote = Quote::usd(250.0, stage.world.now());
    stage.world.publish(&index, &quote);
    let partial = NewFeed::new(FeedKind::Receiver);
    let level = VerificationLevel::Partial { num_signatures: 5 };
    let account = receiver_account_with(index.binding.feed, &quote, level);
    stage.world.set_account(partial.address, account);
    let pro = NewFeed::new(FeedKind::ReceiverPro);
    let account = FeedKind::ReceiverPro.account(index.binding.feed, &quote);
    stage.world.set_account(pro.address, account);
    let (world, sol) = (&stage.world, &stage.sol);
    let show = instructions::show_implied_volatility(world.exchange, sol.address, index.address);
    let unbound = FreeboardError::ImpliedFeedMissing;
    let mut cases = wrong_market(world, &other, 0);
    cases.extend([
        Wrong::account("an asset without index", 1, stage.btc.address, unbound),
        Wrong::account("its price", 2, sol.feed, FreeboardError::FeedMismatch),
        Wrong::account(
            "no feed",
            2,
            world.exchange,
            FreeboardError::FeedOwnerInvalid,
        ),
        Wrong::account(
            "the other receiver",
            2,
            pro.address,
            FreeboardError::FeedReceiverMismatch,
        ),
        Wrong::account(
            "not all signatures",
            2,
            partial.address,
            FreeboardError::PriceNotFullyVerified,
        ),
    ]);
    check_wrong(world, &show, &[], cases);
    let mut early = stage.world.clone();
    let quote = Quote::usd(250.0, early.now() + 6);
    early.publish(&index, &quote);
    let sent = early.send(&[show], &[]);
    refused(sent, FreeboardError::PriceFromFuture);
}

#[test]
fn a_pause_of_samples_stops_it_and_an_ended_market_has_none() {
    let (mut stage, index) = with_index(stage());
    let (world, sol) = (&mut stage.world, stage.sol.clone());
    let quote = Quote::usd(250.0, world.now());
    world.publish(&index, &quote);
    let mut paused = world.clone();
    paused.pause(Operation::Sample, 600).expect("paused");
    let sent = paused.show_implied(&sol, index.address);
    refused(sent, FreeboardError::OperationPaused);
    world.warp(1);
    world.settle_dead_feed(&sol).expect("ended");
    let sent = world.show_implied(&sol, index.address);
    refused(sent, FreeboardError::AssetSettled);
    let change = bound_to(ImpliedSource::None);
    refused(world.propose(change), FreeboardError::AssetSettled);
}

/// An index that nobody has bound.
pub fn no_feed() {
    let mut stage = stage();
    let sol = stage.sol.clone();
    let sent = stage.world.show_implied(&sol, sol.feed);
    refused(sent, FreeboardError::ImpliedFeedMissing);
}

/// A governed value of nothing, of σ_cap, that has expired, or that expires in more than 90 days; the feed of the price
/// as an index, and the index as the price.
pub fn outside_its_bounds() {
    let mut world = stage().world;
    let (now, cap) = (world.now(), world.asset(0).params.sigma_cap_e9);
    for (sigma_e9, until_ts) in [
        (0, now + 1),
        (cap, now + 1),
        (cap - 1, now),
        (cap - 1, now + 90 * 86_400 + 1),
        (cap - 1, i64::MIN),
        (cap - 1, i64::MAX),
    ] {
        let change = bound_to(ImpliedSource::Governed { sigma_e9, until_ts });
        refused(
            world.propose(change),
            FreeboardError::ImpliedVolatilityOutOfBounds,
        );
    }
    let late = bound_to(ImpliedSource::Governed {
        sigma_e9: cap - 1,
        until_ts: now + TIMELOCK_SECS,
    });
    world.propose(late.clone()).expect("proposed");
    world.warp_fresh(TIMELOCK_SECS);
    refused(
        world.execute(&late),
        FreeboardError::ImpliedVolatilityOutOfBounds,
    );
    let (mut stage, index) = with_index(stage());
    let (world, sol) = (&mut stage.world, stage.sol.clone());
    let price = FeedBinding {
        kind: world.asset(0).oracle_kind(),
        feed: world.asset(0).feed,
    };
    refused(
        world.propose(bound_to(ImpliedSource::Feed { feed: price })),
        FreeboardError::ImpliedVolatilityOutOfBounds,
    );
    let quote = world.quote(&sol);
    world.publish(&index, &quote);
    refused(
        world.propose_feed(&sol, &index),
        FreeboardError::ImpliedVolatilityOutOfBounds,
    );
}

/// *Attack.* Raise IM by an update of a wick before somebody withdraws. *Who.* Anyone. *Gain.* None: a withdrawal that
/// waits. *What stops it.* The owner shows the newest update in the same transaction; whatever the attacker has shown
/// before it, that transaction is not refused for it.
#[test]
fn a_withdrawal_shows_the_newest_index_itself() {
    let (mut stage, index) = with_index(stage());
    let (sol, trader) = (stage.sol.clone(), stage.trader.clone());
    stage.trade(&sol, 2_000.0);
    let world = &mut stage.world;
    show(world, &index, 100.0);
    let report = world.client_report(&trader).expect("a report");
    let free = u64::try_from(report.free_collateral_atoms).expect("free");
    world.warp_fresh(2);
    // The attacker shows the highest update of the last minute, and another one just before the withdrawal.
    show(world, &index, 400.0);
    let amount = free - usd(100);
    refused(
        world.clone().withdraw_quote(&trader, amount),
        FreeboardError::InitialMarginNotMet,
    );
    let withdraw = world.withdraw_instruction(&trader, &world.quote_token(), amount);
    let by_owner = |world: &mut World, account| {
        let own = instructions::show_implied_volatility(world.exchange, sol.address, account);
        world.send(&[own, withdraw.clone()], &[&trader.keypair])
    };
    world.warp(1);
    let newest = NewFeed::new(FeedKind::Receiver).address;
    let low = Quote::usd(100.0, world.now());
    world.set_account(newest, FeedKind::Receiver.account(index.binding.feed, &low));
    by_owner(&mut world.clone(), newest).expect("the newest update counts");
    // The same update shown by the attacker first is no reason to refuse the owner's transaction.
    let mut first = world.clone();
    first.show_implied(&sol, newest).expect("shown");
    by_owner(&mut first, newest).expect("ignored, and withdrawn");
    // Nor does an older, higher one come back.
    let high = Quote::usd(400.0, world.now() - 1);
    assert_eq!(
        ignored(&show_quote(&mut first, &index, &high)).reason,
        NotNewer
    );
    assert!(target(&first) < MEASURED * 1.0001);
}

/// *Attack.* Make a stranger liquidatable by an index. *Who.* Anyone, or a publisher of the index. *Gain.* A penalty.
/// *What stops it.* MM does not move at once, and follows by at most 3 % an hour, to at most half more.
#[test]
fn an_index_liquidates_nobody_at_once() {
    let (mut stage, index) = with_index(stage());
    let (sol, trader) = (stage.sol.clone(), stage.trader.clone());
    stage.trade(&sol, 4_000.0);
    let world = &mut stage.world;
    let quote = world.quote(&sol);
    let report = world.client_report(&trader).expect("a report");
    let cushion = report.maintenance.equity_atoms - report.maintenance.margin_atoms;
    assert!(cushion > 0);
    show(world, &index, 1_000.0);
    let after = world.client_report(&trader).expect("a report");
    assert_eq!(after.maintenance, report.maintenance);
    refused(world.flag(&trader), FreeboardError::AccountHealthy);
    // For days: at most half more.
    for _ in 0..96 {
        world.warp(1_800);
        world.set_price(
            &sol,
            Quote {
                publish_ts: world.now(),
                ..quote
            },
        );
        show(world, &index, 1_000.0);
    }
    let after = world.client_report(&trader).expect("a report");
    let ratio = after.maintenance.margin_atoms as f64 / report.maintenance.margin_atoms as f64;
    assert!((1.4..=1.5).contains(&ratio), "{ratio}");
}
