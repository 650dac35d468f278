//! Choosing the moment: of a price, a sample, a settlement.
use super::{dollars, equity, wealth};
use crate::support::{Stream, normal, refused, stage, two_steps};
use freeboard::error::FreeboardError;
use freeboard_tests::{Quote, Trader, World, usd};

#[test]
fn the_best_price_of_the_last_seconds_in_one_step() {
    // Every ten seconds the attacker looks at the prices of the last five, buys or sells at the best of them
    // and closes at the newest. Prices move as fast as the market's own volatility says. The spread grows
    // with the age of the price: over many rounds he pays more than he finds.
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    let mut stream = Stream(77);
    let start = equity(world, &[&trader]);
    let per_sec = 0.0225 / 60.0; // σ of 2.25 % an hour
    let (mut price, mut won) = (150.0_f64, 0);
    for _ in 0..300 {
        world.warp(4);
        let mut recent = Vec::new();
        for age in (0..5).rev() {
            price *= 1.0 + per_sec * normal(&mut stream);
            recent.push((price, world.now() - age));
        }
        let low = recent
            .iter()
            .copied()
            .reduce(|a, b| if b.0 < a.0 { b } else { a });
        let high = recent
            .iter()
            .copied()
            .reduce(|a, b| if b.0 > a.0 { b } else { a });
        let (low, high) = (low.unwrap(), high.unwrap());
        let buys = price - low.0 > high.0 - price;
        let chosen = if buys { low } else { high };
        let before = equity(world, &[&trader]);
        world.set_price(&sol, Quote::usd(chosen.0, chosen.1));
        let size = sol.atoms(100.0) * if buys { 1 } else { -1 };
        world.trade(&trader, &sol, size).expect("at the best");
        world.set_price(&sol, Quote::usd(price, world.now()));
        world.trade(&trader, &sol, -size).expect("at the newest");
        won += i32::from(equity(world, &[&trader]) > before);
        world.warp(6);
        price *= 1.0 + per_sec * 2.4 * normal(&mut stream);
    }
    let gain = equity(world, &[&trader]) - start;
    // 300 rounds of $15,000: fees alone are $4,500.
    assert!(gain < -dollars(4_500), "{gain}, {won} rounds won");
    assert!(won < 3, "{won}");
    world.assert_books();
}

/// An order rests; after a jump of 1 % its owner fills it at the price of 4 s before and closes. Returns his
/// gain in millionths of the notional.
fn option_on_a_jump(secs_before: i64) -> i64 {
    let mut stage = two_steps();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    let start = equity(world, &[&trader]);
    let args = world.order_args(&sol, sol.atoms(1_000.0));
    let id = world.request_order(&trader, args).expect("requested");
    // Nothing happens for half a minute. He may cancel at any time, for nothing.
    world.warp(30);
    let before = Quote::usd(150.0, world.now());
    world.warp(secs_before);
    world.set_price(&sol, before);
    world.fill_order(&trader, id).expect("at the old price");
    world.set_price_usd(&sol, 151.5);
    let size = world.size_of(&trader, 0);
    world.trade(&trader, &sol, -size).expect("closed");
    world.assert_books();
    (equity(world, &[&trader]) - start) * 1_000 / 150_000_000
}

#[test]
fn an_order_as_an_option_on_a_jump_is_bounded() {
    // The attacker keeps an order waiting and fills it himself only after the price has jumped, at a price
    // from before the jump that is not yet five seconds old. As for a trade in one step the spread grows with
    // that age, which pays for what the market's volatility moves in it and not for a jump: bounded by the
    // jump less spread, confidence and fee, each twice.
    for secs in [1, 3, 5] {
        let gain = option_on_a_jump(secs);
        assert!(gain <= 10_000 - 4_600, "{secs} s: {gain} millionths");
    }
    // Older than that it is refused.
    let mut stage = two_steps();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let args = stage.world.order_args(&sol, sol.atoms(1.0));
    let id = stage.world.request_order(&trader, args).unwrap();
    stage.world.warp_fresh(30);
    stage.world.warp(6);
    refused(
        stage.world.fill_order(&trader, id),
        FreeboardError::PriceStale,
    );
}

#[test]
fn cancelling_and_replacing_orders_moves_nothing() {
    // Eight orders on both sides, cancelled and written again every few seconds for ten minutes: nothing is
    // held back and nothing is gained, and an expired order cannot be filled.
    let mut stage = two_steps();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let world = &mut stage.world;
    let before = (world.books(), equity(world, &[&trader]));
    for _ in 0..20 {
        let ids: Vec<u64> = (0..8)
            .map(|side| {
                let size = sol.atoms(10.0) * if side % 2 == 0 { 1 } else { -1 };
                let args = world.order_args(&sol, size);
                world.request_order(&trader, args).expect("requested")
            })
            .collect();
        world.warp_fresh(5);
        for id in ids {
            world.cancel_order(&trader, id).expect("cancelled");
        }
    }
    let args = world.order_args(&sol, sol.atoms(10.0));
    let id = world.request_order(&trader, args).unwrap();
    world.warp_fresh(60);
    refused(world.fill_order(&trader, id), FreeboardError::OrderExpired);
    assert_eq!(before, (world.books(), equity(world, &[&trader])));
}

/// Unit shock of SOL for the maintenance margin.
fn unit_shock(world: &World, holder: &Trader) -> f64 {
    let report = world.client_report(holder).expect("a report");
    report.assets[0].u_mm_q60 as f64 / (1_u64 << 60) as f64
}

#[test]
fn volatility_suppressed_by_the_moment_of_the_crank() {
    // The price swings by 4 % within each five minutes; the only cranker samples whenever it is back where the
    // last sample was, so that no return is ever seen. The estimate falls no faster than 1 % an hour, and not
    // below what the stress volatility prescribes; one honest sample brings it back.
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 10.0);
    let world = &mut stage.world;
    let start = unit_shock(world, &trader);
    let mut last = start;
    for round in 0..400_i32 {
        world.warp_fresh(150);
        world.set_price_usd(&sol, 150.0 * if round % 2 == 0 { 1.04 } else { 0.96 });
        world.warp_fresh(150);
        world.set_price_usd(&sol, 150.0);
        world.sample(&sol).expect("sampled");
        let now = unit_shock(world, &trader);
        assert!(now >= last * 0.99_f64.powf(300.0 / 3_600.0) - 1e-12, "P5");
        last = now;
    }
    // The slow estimator remembers two months: two days of silence hide 2 % of it.
    assert!(last >= start * 0.97, "{last} of {start}");
    let k_omega_stress = 2.5 * (0.25 * 0.03 + 0.75 * 0.005);
    assert!(last >= k_omega_stress, "{last}");
    // Somebody honest samples for an hour, in the middle of each swing.
    for round in 0..12_i32 {
        world.warp_fresh(300);
        world.set_price_usd(&sol, 150.0 * if round % 2 == 0 { 1.04 } else { 0.96 });
        world.sample(&sol).expect("honest");
    }
    for _ in 0..10 {
        world.warp_fresh(1_800);
    }
    let after = unit_shock(world, &trader);
    assert!(after > last * 1.15, "{last} to {after}");
    assert!(after <= last * 1.03_f64.powf(6.1), "P5: {last} to {after}");
}

#[test]
fn funding_is_not_picked() {
    // Longs pay; the attacker opens the receiving side just before somebody else's touch accrues an hour and
    // closes just after. The index grows by the second, so he gets seconds of it, and pays fee and spread.
    let mut stage = stage();
    let (honest, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 4_000.0);
    let world = &mut stage.world;
    let attacker = world.new_trader(usd(1_000_000));
    let start = equity(world, &[&attacker]);
    for _ in 0..5 {
        world.warp_fresh(3_599);
        world.trade(&attacker, &sol, -sol.atoms(3_000.0)).unwrap();
        world.warp_fresh(1);
        world.trade(&honest, &sol, sol.atoms(0.1)).unwrap();
        world.trade(&attacker, &sol, sol.atoms(3_000.0)).unwrap();
    }
    let gain = equity(world, &[&attacker]) - start;
    assert!(gain < 0, "{gain}");
    world.assert_books();
}

#[test]
fn funding_over_a_gap_and_a_flip_between_own_accounts() {
    // Two accounts of one owner are both sides; the market is not touched for ten hours, then the larger side
    // flips. The payer saves what the gap does not accrue, but payer and receiver together never gain.
    let mut stage = stage();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let (one, two) = (
        world.new_trader(usd(2_000_000)),
        world.new_trader(usd(2_000_000)),
    );
    world.trade(&one, &sol, sol.atoms(20_000.0)).unwrap();
    world.trade(&two, &sol, -sol.atoms(10_000.0)).unwrap();
    let mut last = equity(world, &[&one, &two]);
    for round in 0..6 {
        world.warp_fresh(if round % 2 == 0 { 36_000 } else { 900 });
        let now = equity(world, &[&one, &two]);
        assert!(now <= last, "round {round}: {last} to {now}");
        let size = sol.atoms(15_000.0) * if round % 2 == 0 { -1 } else { 1 };
        world.trade(&one, &sol, size).unwrap();
        let after = equity(world, &[&one, &two]);
        // Fee and spread; the impact of the smaller skew is given back, 0.1 % at most.
        assert!(
            after <= now + dollars(2_250_000) / 1_000,
            "{now} to {after}"
        );
        last = after;
    }
    world.trade(&one, &sol, -world.size_of(&one, 0)).unwrap();
    world.trade(&two, &sol, -world.size_of(&two, 0)).unwrap();
    assert!(wealth(world, &[&one, &two]) < dollars(4_000_000) - dollars(10_000));
    world.assert_books();
}

#[test]
fn interest_is_not_escaped_by_repaying_and_borrowing() {
    // A borrower repays and borrows again in each transaction instead of leaving the loan. What he owes grows
    // no slower: interest is settled first, and rounded up.
    let mut stage = stage();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let [calm, busy] = [(); 2].map(|()| world.new_borrower(&sol, 1_000_000_000_000, usd(100_000)));
    world.rebalance().unwrap();
    let quote = world.quote_token();
    for _ in 0..24 {
        world.warp_fresh(3_600);
        let owed = u64::try_from(-world.quote_of(&busy)).unwrap();
        world.mint_to(&busy.owner(), &quote.mint, owed);
        let repay = world.deposit_instruction(&busy, &quote, owed);
        let borrow = world.borrow_instruction(&busy, owed);
        world
            .send(&[repay, borrow], &[&busy.keypair])
            .expect("in one transaction");
    }
    world.deposit_quote(&calm, 1).unwrap();
    world.deposit_quote(&busy, 1).unwrap();
    let (calm, busy) = (world.quote_of(&calm), world.quote_of(&busy));
    assert!(busy <= calm, "{busy} {calm}");
    assert!(busy >= calm - 30, "no more than an atom a settlement");
    world.assert_books();
}

#[test]
fn a_borrow_rate_set_in_a_lent_moment_ends_with_it() {
    // A borrower repays with lent money, calls rebalance_pool so that the rate is set for a pool without
    // loans, and borrows again: the new loan sets the rate anew, for all.
    let mut stage = stage();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let trader = world.new_borrower(&sol, 10_000_000_000_000, usd(1_000_000));
    world.rebalance().unwrap();
    let honest = world.exchange().borrow.rate_q60;
    let quote = world.quote_token();
    world.mint_to(&trader.owner(), &quote.mint, usd(1_000_000));
    let sent = [
        world.deposit_instruction(&trader, &quote, usd(1_000_000)),
        freeboard_client::instructions::rebalance_pool(&world.keys, world.all_metas()),
    ];
    world.send(&sent, &[&trader.keypair]).expect("repaid");
    let lowered = world.exchange().borrow.rate_q60;
    let base = (1_u64 << 60) / 1_000_000;
    assert!(
        base <= lowered && lowered <= honest,
        "{base} {lowered} {honest}"
    );
    world.withdraw_quote(&trader, usd(999_000)).unwrap();
    let again = world.exchange().borrow.rate_q60;
    assert!(again > lowered && again > honest / 100 * 99, "{again}");
    world.assert_books();
}

#[test]
fn collateral_without_a_price_adds_at_most_the_growth_of_its_confidence() {
    // Nobody samples for three days, so that SOL's initial shock is the whole price. SOL held as collateral then
    // lowers what is free by its confidence interval, the more the dearer it is; its price has risen since it was
    // recorded, its owner hides the feed and has more. Bounded by z times what the interval has grown: with
    // any smaller shock the collateral is worth more than that.
    let mut stage = stage();
    let (trader, sol, btc) = (stage.trader.clone(), stage.sol.clone(), stage.btc.clone());
    stage
        .world
        .deposit_collateral(&trader, &sol, 100_000_000_000)
        .unwrap();
    for _ in 0..20 {
        stage.world.warp_fresh(36_000);
    }
    stage.world.sample(&btc).unwrap();
    stage.trade(&btc, 0.001);
    let world = &mut stage.world;
    world.set_price_usd(&sol, 200.0);
    let fresh = world.client_report(&trader).unwrap().free_collateral_atoms;
    world.close_feed(&sol);
    let hidden = world.client_report(&trader).unwrap();
    assert!(hidden.meets_initial_margin);
    let hidden = hidden.free_collateral_atoms;
    // 100 SOL, a confidence of 0.05 %, from $150 to $200.
    let grown = 100.0 * 0.0005 * (200.0 - 150.0) * 2.12;
    assert!(
        hidden - fresh <= (grown * 1e6) as i64 + 2,
        "P9: {hidden} with the feed hidden, {fresh} with it"
    );
}
