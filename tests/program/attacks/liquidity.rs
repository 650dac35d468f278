//! LP requests: who executes them, at which moment, at which skew, at which price update, into which account; and how many of
//! his shares somebody keeps ripe who asks again and again.
use super::{dollars, equity, oracle::at_update};
use crate::liquidity::requests::{DELAY_SECS, OPEN_AFTER_SECS};
use crate::support::refused;
use anchor_lang::solana_program::instruction::Instruction;
use freeboard::error::FreeboardError;
use freeboard::events::LiquidityExecuted;
use freeboard_client::events::Event;
use freeboard_risk::price::unit_shock::unit_shock;
use freeboard_tests::{
    AssetHandle, AssetSpec, Failure, Meta, Quote, Trader, World, usd, world::Actor,
};

const HOUR: i64 = 3_600;

/// A pool of $20 M, $15 M of it the attacker's shares and $5 M the victim's, and traders who are long for $15 M.
struct Scene {
    world: World,
    sol: AssetHandle,
    attacker: Actor,
    victim: Actor,
}

fn scene() -> Scene {
    let mut spec = AssetSpec::sol();
    spec.trade.pool_share_e9 = 1_000_000_000;
    let mut world = World::new();
    let sol = world.create_asset(spec);
    let [attacker, victim] = [(); 2].map(|()| world.actor());
    for (lp, dollars) in [(&attacker, 15_000_000), (&victim, 5_000_000)] {
        world.request_deposit(lp, 0, usd(dollars)).expect("asked");
    }
    world.warp_fresh(DELAY_SECS);
    for lp in [&attacker, &victim] {
        world.execute_liquidity(lp, 0).expect("an LP");
    }
    world.sample(&sol).expect("sampled");
    world.rebalance().expect("allocated");
    let traders = world.new_trader(usd(20_000_000));
    world
        .trade(&traders, &sol, sol.atoms(100_000.0))
        .expect("long");
    Scene {
        world,
        sol,
        attacker,
        victim,
    }
}

/// Lets time pass at $150, with a sample of the volatility in each hour; the EMA lives.
fn pass(world: &mut World, sol: &AssetHandle, secs: i64) {
    for hour in 1..=secs / HOUR {
        world.warp(HOUR);
        let quote = Quote::usd(150.0, world.now());
        let ema = quote.ema + hour % 2;
        world.set_price(sol, Quote { ema, ..quote });
        world.sample(sol).expect("sampled");
    }
}

fn executed(sent: Result<Meta, Failure>) -> Result<LiquidityExecuted, Failure> {
    let found = sent?
        .told()
        .events
        .into_iter()
        .find_map(|event| match event {
            Event::LiquidityExecuted(event) => Some(event),
            _ => None,
        });
    Ok(found.expect("executed"))
}

/// What an execution came to: shares of a deposit, quote of a redemption; of a part what all of it would.
fn outcome(sent: Result<Meta, Failure>) -> Result<u64, Failure> {
    let event = executed(sent)?;
    let (part, whole) = (
        u128::from(event.amount_atoms),
        u128::from(event.amount_atoms + event.left_atoms),
    );
    Ok((u128::from(event.out_atoms) * whole / part) as u64)
}

/// `part` of `whole` in millionths.
fn ppm(part: i64, whole: i64) -> i64 {
    part * 1_000_000 / whole
}

#[test]
fn a_stranger_does_not_execute_at_the_worst_moment_of_the_window() {
    // The victim redeems $5 M. At some minutes of the window the price has just moved by 4 % and its EMA has not
    // followed, or its confidence is 0.9 %: executed then, what leaves less goes to those who stay. It was 3 %.
    let Scene {
        mut world,
        sol,
        attacker,
        victim,
    } = scene();
    let shares = world.shares_of(&victim);
    world.request_redeem(&victim, 1, shares).expect("asked");
    pass(&mut world, &sol, DELAY_SECS);
    let fair = outcome(world.clone().execute_liquidity(&victim, 1)).expect("calm");
    let fair = i64::try_from(fair).unwrap();
    let moments = [(0.0005, 1.0), (0.0005, 1.04), (0.009, 1.0), (0.009, 1.04)];
    let (mut worst, mut by_stranger) = (fair, fair);
    let mut executed = 0;
    for _ in 0..24 {
        for (conf, ema) in moments {
            let quote = Quote::usd(150.0, world.now()).with_conf(conf).with_ema(ema);
            world.set_price(&sol, quote);
            let own = outcome(world.clone().execute_liquidity(&victim, 1)).expect("the LP may");
            worst = worst.min(i64::try_from(own).unwrap());
            let stolen = world.clone().execute_liquidity_as(&attacker, &victim, 1);
            if let Ok(paid) = outcome(stolen) {
                executed += 1;
                by_stranger = by_stranger.min(i64::try_from(paid).unwrap());
            }
        }
        world.warp_fresh(1_800);
    }
    let (before, after) = (ppm(fair - worst, fair), ppm(fair - by_stranger, fair));
    println!("lost at the worst moment: {before} ppm of $5 M, by a stranger {after} ppm");
    assert!(before > 20_000, "there is a bad moment: {before}");
    assert!(executed > 0, "somebody may in the last hours");
    assert!(after < 10_000, "{after}");
}

/// One transaction: the pusher buys so many SOL, a request is executed, and he sells them again. None where the push is
/// refused even without the request.
fn executed_at_a_push(
    world: &mut World,
    sol: &AssetHandle,
    pusher: &Trader,
    units: f64,
    (execute, by): (Instruction, &Actor),
) -> Option<Result<u64, Failure>> {
    let [there, back] = [units, -units].map(|units| {
        let args = world.trade_args(sol, sol.atoms(units));
        world.trade_instruction(pusher, args)
    });
    let push = [there.clone(), back.clone()];
    world.clone().send(&push, &[&pusher.keypair]).ok()?;
    let all = [there, execute, back];
    Some(outcome(world.send(&all, &[&pusher.keypair, by])))
}

#[test]
fn a_skew_held_for_one_transaction_moves_nobodys_request() {
    // In one transaction somebody pushes the skew, the attacker executes the victim's deposit or redemption of $5 M, and
    // the push is undone. Before, what the push paid into the pool counted as the pool's value for the deposit: P·skew² /
    // (2·skew_scale), $0.11 M at 300,000 SOL and $3 M at the cap.
    let Scene {
        mut world,
        sol,
        attacker,
        victim,
    } = scene();
    let pusher = world.new_trader(usd(100_000_000));
    let shares = world.shares_of(&victim);
    world.request_redeem(&victim, 1, shares).expect("asked");
    world
        .request_deposit(&victim, 2, usd(5_000_000))
        .expect("asked");
    pass(&mut world, &sol, OPEN_AFTER_SECS);
    let mut pushed = 0;
    for number in [1, 2] {
        let fair = outcome(world.clone().execute_liquidity(&victim, number)).expect("calm");
        let fair = i64::try_from(fair).unwrap();
        for units in [10_000.0, 50_000.0, 100_000.0, 200_000.0] {
            let mut world = world.clone();
            let execute = world.execute_liquidity_instruction(&attacker, &victim, number);
            let by = (execute, &attacker);
            match executed_at_a_push(&mut world, &sol, &pusher, units, by) {
                Some(Ok(got)) => {
                    let lost = ppm(fair - i64::try_from(got).unwrap(), fair);
                    println!("request {number}, {units} SOL: {lost} ppm lost");
                    assert!(lost <= 10_000, "{lost} by {units} SOL");
                    pushed += 1;
                }
                Some(Err(failure)) if failure.is(FreeboardError::PoolValuesApart) => {}
                Some(Err(failure)) => {
                    // What is left must carry the exposure that the push holds.
                    let error = FreeboardError::PoolUtilizationExceeded;
                    assert!(number == 1 && failure.is(error), "{:?}", failure.error);
                }
                None => assert!(units > 10_000.0, "the push itself"),
            }
        }
    }
    assert!(pushed >= 2, "{pushed}");
}

#[test]
fn strangers_keep_an_lp_from_what_the_markets_need_and_from_no_more() {
    // An LP redeems three quarters of the pool. In the transaction before, strangers open as much as they may: what is
    // left would not carry it. It was refused as a whole, as often as they did so until its window was over.
    let Scene {
        mut world,
        sol,
        attacker: lp,
        ..
    } = scene();
    let stranger = world.new_trader(usd(100_000_000));
    let shares = world.shares_of(&lp);
    world.request_redeem(&lp, 1, shares).expect("asked");
    pass(&mut world, &sol, DELAY_SECS);
    let calm = outcome(world.clone().execute_liquidity(&lp, 1)).expect("calm");
    let mut opened = 0.0;
    for units in [100_000.0, 50_000.0, 20_000.0, 10_000.0, 5_000.0] {
        while world.trade(&stranger, &sol, sol.atoms(units)).is_ok() {
            opened += units;
        }
    }
    let first = executed(world.execute_liquidity(&lp, 1)).expect("a part");
    let part = first.amount_atoms * 100 / shares;
    println!("{opened} SOL opened: {part} % of it are redeemed");
    assert!(first.left_atoms > 0 && part >= 10, "{part}");
    refused(
        world.execute_liquidity(&lp, 1),
        FreeboardError::PoolUtilizationExceeded,
    );
    world.assert_books();
    // The rest waits on, and is executed once they have left, which cost them more than it cost the LP.
    world.warp_fresh(1);
    let args = world.trade_args(&sol, -sol.atoms(opened));
    world.trade_with(&stranger, args).expect("closed");
    let rest = executed(world.execute_liquidity(&lp, 1)).expect("the rest");
    assert_eq!((rest.amount_atoms, rest.left_atoms), (first.left_atoms, 0));
    let paid = first.out_atoms + rest.out_atoms;
    println!("{paid} of {calm} in a calm market");
    assert!(paid > calm / 100 * 99, "{paid} of {calm}");
    world.assert_books();
}

#[test]
fn an_lp_gains_nothing_by_pushing_the_skew_before_its_own_execution() {
    // The same by the LP itself, to raise what it gets: its part of the fees that a push pays is less than the push costs.
    let Scene {
        mut world,
        sol,
        attacker,
        ..
    } = scene();
    let pusher = world.new_trader(usd(100_000_000));
    let shares = world.shares_of(&attacker) / 10;
    world.request_redeem(&attacker, 1, shares).expect("asked");
    world
        .request_deposit(&attacker, 2, usd(5_000_000))
        .expect("asked");
    pass(&mut world, &sol, DELAY_SECS);
    for number in [1, 2] {
        let calm = outcome(world.clone().execute_liquidity(&attacker, number)).expect("calm");
        for units in [10_000.0, 50_000.0] {
            let mut world = world.clone();
            let before = equity(&world, &[&pusher]);
            let execute = world.execute_liquidity_instruction(&attacker, &attacker, number);
            let by = (execute, &attacker);
            let pushed = executed_at_a_push(&mut world, &sol, &pusher, units, by);
            let pushed = pushed.expect("the push").expect("the LP may");
            // A share is worth a dollar.
            let more = pushed as i64 - calm as i64;
            let cost = before - equity(&world, &[&pusher]);
            println!("request {number}, {units} SOL: {more} more for {cost}");
            assert!(more < cost / 2, "{more} for {cost}");
        }
    }
}

/// What the attacker's redemption of half the pool takes beyond its value when the price has risen by so many of the
/// σ of a minute since the price update that he shows, a minute old; and what it would be without a charge for its age.
fn gain_by_an_old_update(sigmas: f64) -> (i64, i64) {
    let Scene {
        mut world,
        sol,
        attacker,
        ..
    } = scene();
    let shares = world.shares_of(&attacker) / 3 * 2;
    world.request_redeem(&attacker, 1, shares).expect("asked");
    pass(&mut world, &sol, DELAY_SECS);
    world.warp_fresh(61); // the last sample has recorded a price
    let asset = world.asset(0);
    let shock = unit_shock(
        &asset.volatility().unwrap(),
        &asset.coefficients(world.now()),
        world.now(),
    );
    let minute = shock.sigma_im.to_bits() as f64 / 2_f64.powi(60) / 60_f64.sqrt();
    let old = Quote::usd(150.0, world.now() - 60);
    let risen = 150.0 * (1.0 + sigmas * minute);
    world.set_price_usd(&sol, risen);
    let mut seen = world.clone();
    seen.rebalance().expect("looked at");
    let supply = i128::from(seen.token_supply(&seen.share_mint()));
    let worth = i128::from(seen.pool().value_atoms) * i128::from(shares) / supply;
    let execute = world.execute_liquidity_instruction(&attacker, &attacker, 1);
    let execute = at_update(&mut world, execute, &sol, old);
    let paid = outcome(world.send(&[execute], &[&attacker])).expect("a minute old");
    let gain = i64::try_from(i128::from(paid) - worth).unwrap();
    let charged = 1.5 * minute * 15e12 * shares as f64 / supply as f64;
    (gain, gain + charged as i64)
}

#[test]
fn an_lp_pays_for_the_age_of_the_update_that_it_picks() {
    // The LP waits for a minute in which the price runs against the pool, and redeems at the price update of before it.
    // Without a charge for its age that pays from half a σ of a minute on; with it, from two.
    for sigmas in [0.5, 1.0, 1.5, 2.0, 4.0, 8.0] {
        let (gain, without) = gain_by_an_old_update(sigmas);
        println!("{sigmas} σ of a minute: {gain} atoms, {without} without the charge");
        if sigmas == 1.5 {
            assert!(without > dollars(1_000), "it would pay: {without}");
            assert!(gain <= 0, "{gain}");
        }
        assert!(gain < without);
    }
}

#[test]
fn a_stranger_does_not_pick_an_old_update_for_an_lp() {
    // The price rose by 2 % within a minute. The victim's deposit executed at the price update of before buys dearly what the
    // traders' profit has cheapened; its redemption would at a price update before a fall.
    let Scene {
        mut world,
        sol,
        attacker,
        victim,
    } = scene();
    world
        .request_deposit(&victim, 1, usd(5_000_000))
        .expect("asked");
    pass(&mut world, &sol, OPEN_AFTER_SECS);
    world.warp_fresh(61);
    let old = Quote::usd(150.0, world.now() - 60);
    world.set_price_usd(&sol, 153.0);
    let fair = outcome(world.clone().execute_liquidity(&victim, 1)).expect("now");
    for (secs, may) in [(60, false), (16, false), (5, true)] {
        let mut world = world.clone();
        let update = Quote {
            publish_ts: world.now() - secs,
            ..old
        };
        let execute = world.execute_liquidity_instruction(&attacker, &victim, 1);
        let execute = at_update(&mut world, execute, &sol, update);
        let sent = outcome(world.send(&[execute], &[&attacker]));
        if may {
            let lost = ppm(fair as i64 - sent.expect("young") as i64, fair as i64);
            println!("a print of {secs} s: {lost} ppm lost");
        } else {
            refused(sent, FreeboardError::PriceStale);
        }
    }
}

/// How many of `number` requests, each of as many shares, which their LP renews as soon as they lapse and has asked for
/// `apart` seconds after one another, can be executed: the least and the most at any hour of a week.
fn ripe(number: u16, apart: i64) -> (usize, usize) {
    let Scene {
        mut world,
        attacker,
        ..
    } = scene();
    // Little, so that what is left always carries the exposure.
    let shares = world.shares_of(&attacker) / 100 / u64::from(number);
    for request in 1..=number {
        world
            .request_redeem(&attacker, request, shares)
            .expect("asked");
        if request < number {
            world.warp_fresh(apart);
        }
    }
    let (mut least, mut most) = (usize::from(number), 0);
    for hour in 0..10 * 24 {
        let mut count = 0;
        for request in 1..=number {
            let early = match world.clone().execute_liquidity(&attacker, request) {
                Ok(_) => false,
                Err(failure) if failure.is(FreeboardError::RequestTooEarly) => true,
                Err(failure) => {
                    assert!(
                        failure.is(FreeboardError::RequestExpired),
                        "{:?}",
                        failure.error
                    );
                    world
                        .cancel_liquidity(&attacker.clone(), &attacker, request)
                        .expect("taken back");
                    world
                        .request_redeem(&attacker, request, shares)
                        .expect("asked again");
                    true
                }
            };
            count += usize::from(!early);
        }
        if hour >= 3 * 24 {
            (least, most) = (least.min(count), most.max(count));
        }
        world.warp_fresh(HOUR);
    }
    (least, most)
}

#[test]
fn two_requests_a_day_apart_keep_nothing_always_ripe() {
    assert_eq!(ripe(2, 24 * HOUR).0, 0);
    // Three, spread as well as can be, keep a third of them.
    let (least, most) = ripe(3, 12 * HOUR);
    assert!(least <= 1 && most <= 2, "{least} to {most} of 3");
}

#[test]
fn an_lp_executes_its_own_whatever_strangers_did_before_in_the_same_slot() {
    // The LP's transaction was built at a price update that is four seconds old when it arrives. Before it strangers record a
    // newer one, deposit, trade, ask for an order, look at the pool and flag whom they can.
    let Scene {
        mut world,
        sol,
        attacker,
        victim,
    } = scene();
    let shares = world.shares_of(&victim);
    world.request_redeem(&victim, 1, shares).expect("asked");
    world
        .request_deposit(&victim, 2, usd(1_000_000))
        .expect("asked");
    let stranger = world.new_trader(usd(1_000_000));
    world.warp_fresh(DELAY_SECS);
    let built = world.quote(&sol);
    world.warp_fresh(4);
    world.request_deposit(&attacker, 1, usd(1)).expect("asked");
    world.deposit_quote(&stranger, 1).expect("deposited");
    world
        .trade(&stranger, &sol, sol.atoms(1_000.0))
        .expect("traded");
    let order = world.order_args(&sol, sol.atoms(1.0));
    world.request_order(&stranger, order).expect("asked for");
    world.rebalance().expect("looked at");
    let _ = world.flag(&stranger);
    for number in [1, 2] {
        let execute = world.execute_liquidity_instruction(&victim, &victim, number);
        let execute = at_update(&mut world, execute, &sol, built);
        outcome(world.send(&[execute], &[&victim])).expect("its own");
    }
    world.assert_books();
}
