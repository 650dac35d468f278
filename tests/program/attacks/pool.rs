//! The pool's side: LPs who know first, accounts left bankrupt on purpose, the order in which losses are
//! paid.
use super::{counterparty, dollars, equity, wealth, without_feed};
use crate::losses::poor_pool;
use crate::support::{Stream, refused, stage};
use freeboard::error::FreeboardError;
use freeboard_tests::{AssetHandle, AssetSpec, Trader, World, usd, world::Actor};
use solana_signer::Signer;

/// A pool of one LP with $1 M, whose redemption of everything he may is ripe, and a borrower of $100,000
/// against 1,000 SOL.
fn ripe() -> (World, AssetHandle, Actor, Trader) {
    let mut world = World::new();
    let sol = world.create_asset(AssetSpec::sol().with_collateral());
    let lp = world.actor();
    world.request_deposit(&lp, 0, usd(1_000_000)).unwrap();
    world.warp_fresh(freeboard::instructions::WEIGHT_DELAY_SECS.min(100_000));
    world.execute_liquidity(&lp, 0).expect("executed");
    world.warp_fresh(freeboard::instructions::WEIGHT_DELAY_SECS);
    world.sample(&sol).unwrap();
    let shares = world.shares_of(&lp) / 2;
    world.request_redeem(&lp, 1, shares).unwrap();
    let trader = world.new_borrower(&sol, 1_000_000_000_000, usd(100_000));
    world.warp_fresh(86_400);
    world.set_price_usd(&sol, 60.0);
    (world, sol, lp, trader)
}

fn paid_to(world: &mut World, lp: &Actor) -> i64 {
    let mint = world.quote_mint;
    let account = world.token_account(&lp.pubkey(), &mint);
    i64::try_from(world.token_balance(&account)).unwrap()
}

#[test]
fn an_lp_who_redeems_before_anybody_flags_a_loss_is_bounded_by_his_share() {
    // An LP with a ripe request executes it in the moment of a crash, before the account below zero is
    // flagged. Bounded by his share of the loss; whoever flags first prevents it.
    let (mut world, _, lp, trader) = ripe();
    let missing = -equity(&world, &[&trader]);
    assert!(missing > dollars(39_000), "{missing}");
    let mut first = world.clone();
    first.execute_liquidity(&lp, 1).expect("nobody flagged");
    // His half of the pool, interest of a day included, is worth half of what is left after the loss.
    let escaped = paid_to(&mut first, &lp) - (dollars(1_000_005) - missing) / 2;
    assert!(
        0 < escaped && escaped <= missing / 2,
        "{escaped} of {missing}"
    );
    first.assert_books();
    world.flag(&trader).expect("flagged");
    refused(
        world.execute_liquidity(&lp, 1),
        FreeboardError::LiquidityStopped,
    );
    world.assert_books();
}

#[test]
fn known_bad_debt_is_not_forgotten_for_want_of_a_feed() {
    // The loss is known and redemptions have stopped. The LP flags the account once more and gives an account
    // that does not exist as its feed: its collateral counts 50 % better, the loss is forgotten, and he
    // redeems at the full value.
    let (mut world, sol, lp, trader) = ripe();
    world.flag(&trader).expect("flagged");
    let known = world.pool().bad_debt_atoms;
    assert!(known > 0);
    world.warp_fresh(1);
    // Higher than the crash, so that 50 % more is above the loan.
    world.set_price_usd(&sol, 80.0);
    world.flag(&trader).expect("still below zero");
    assert!(world.pool().bad_debt_atoms > 0);
    let flag = without_feed(world.flag_instruction(&trader), &sol);
    let _ = world.send(&[flag], &[]);
    let redeemed = world.execute_liquidity(&lp, 1).is_ok();
    assert!(
        !redeemed && world.pool().bad_debt_atoms > 0,
        "the loss was forgotten; redeemed: {redeemed}"
    );
}

#[test]
fn an_lp_who_sees_a_liquidation_coming_is_too_late() {
    // Deposits before a penalty is earned, redeems after: the request waits for 24 h, and cancelling gives back
    // exactly what was given. Executing early or late is refused.
    let mut stage = stage();
    let world = &mut stage.world;
    let lp = world.actor();
    world.request_deposit(&lp, 0, usd(10_000_000)).unwrap();
    for _ in 0..3 {
        world.warp_fresh(20_000);
        refused(
            world.execute_liquidity(&lp, 0),
            FreeboardError::RequestTooEarly,
        );
    }
    world.cancel_liquidity(&lp.clone(), &lp, 0).expect("back");
    assert_eq!(paid_to(world, &lp), dollars(10_000_000));
    world.request_deposit(&lp, 1, usd(10_000_000)).unwrap();
    world.warp_fresh(86_400 + 43_200);
    refused(
        world.execute_liquidity(&lp, 1),
        FreeboardError::RequestExpired,
    );
    world.assert_books();
}

#[test]
fn an_lp_who_picks_his_price_gains_nothing() {
    // An LP with a ripe deposit and later a ripe redemption picks among the prices of the last minute, ten
    // times in a row, in a market whose skew makes the pool's value follow the price. The value is taken at
    // the worse of price and EMA and the confidence against him.
    let mut stage = stage();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let lp = world.actor();
    let whale = world.new_trader(usd(20_000_000));
    world.trade(&whale, &sol, sol.atoms(60_000.0)).unwrap();
    let mut stream = Stream(5);
    let mut gain = 0;
    for round in 0..10 {
        let before = paid_to(world, &lp);
        world.request_deposit(&lp, round, usd(1_000_000)).unwrap();
        world.warp_fresh(86_400);
        // The price went up by 1 %: the pool's value is low, shares are cheap. The EMA follows slowly.
        let up = 1.01 + 0.002 * stream.signed();
        let quote = freeboard_tests::Quote::usd(150.0 * up, world.now()).with_ema(1.0 / up);
        world.set_price(&sol, quote);
        world.execute_liquidity(&lp, round).expect("bought");
        let shares = world.shares_of(&lp);
        world.request_redeem(&lp, 100 + round, shares).unwrap();
        world.warp_fresh(86_400);
        world.set_price_usd(&sol, 150.0);
        world.execute_liquidity(&lp, 100 + round).expect("sold");
        gain += paid_to(world, &lp) - before - dollars(1_000_000);
    }
    // He is paid his share of two days' funding: 1 % of at most 0.01 %/h · skew/scale on $9 M, ten times.
    assert!(gain <= dollars(10), "{gain}");
    world.assert_books();
}

#[test]
fn one_own_account_bankrupt_while_another_wins() {
    // Two accounts of one owner take both sides with as little margin as allowed; the price gaps by 20 %. The
    // loser is left behind, the winner cashes. Gain: the gap less the margin of the loser, never more; pool
    // and insurance lose no more than that.
    let mut stage = stage();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let owner = world.actor();
    let (margin, units) = (20_000, 1_000.0);
    let long = world.new_sub_account(&owner, 0, usd(margin));
    let short = world.new_sub_account(&owner, 1, usd(margin));
    let before = counterparty(world);
    world.trade(&long, &sol, sol.atoms(units)).unwrap();
    world.trade(&short, &sol, -sol.atoms(units)).unwrap();
    for account in [&long, &short] {
        let free = world.view(account).unwrap().free_collateral_atoms;
        let most = u64::try_from(free).unwrap() - 1_000;
        world.withdraw_quote(account, most).expect("to the least");
    }
    let left = equity(world, &[&long]);
    let paid_in = equity(world, &[&long, &short]);
    world.warp_fresh(60);
    world.set_price_usd(&sol, 180.0);
    world.trade(&long, &sol, -sol.atoms(units)).expect("cashed");
    world.close_severe(&short, &sol);
    world.resolve_bankruptcy(&short).expect("resolved");
    let gain = wealth(world, &[&long, &short]) - paid_in;
    let gap = dollars(30_000);
    assert!(
        gain > 0 && gain <= gap - left,
        "{gain} of {gap} less {left}"
    );
    let lost = before - counterparty(world);
    assert!(lost <= i128::from(gap - left), "{lost}");
    world.assert_books();
}

/// A deficit, with a second winner who has not closed.
fn deficit() -> (World, AssetHandle, Trader) {
    let (mut world, sol, winner, loser) = poor_pool();
    let second = world.new_trader(usd(30_000));
    world.trade(&second, &sol, sol.atoms(50.0)).unwrap();
    world.warp_fresh(60);
    world.set_price_usd(&sol, 260.0);
    world
        .trade(&winner, &sol, -sol.atoms(700.0))
        .expect("cashes");
    world.close_severe(&loser, &sol);
    world.resolve_bankruptcy(&loser).expect("resolved");
    assert!(world.pool().deficit_atoms > 0);
    (world, sol, second)
}

#[test]
fn deleveraging_takes_no_more_than_the_deficit() {
    // Somebody deleverages the same winner again and again, as soon as the score allows. All of it together
    // takes the deficit and no more, and resolving twice is refused.
    let (mut world, sol, second) = deficit();
    let deficit = i64::try_from(world.pool().deficit_atoms).unwrap();
    world.warp_fresh(300);
    let before = equity(&world, &[&second]);
    let mut closed = 0;
    for _ in 0..5 {
        closed += u32::from(world.deleverage(&second, &sol).is_ok());
        world.assert_books();
    }
    let lost = before - equity(&world, &[&second]);
    assert!(closed > 0 && lost <= deficit + 2, "{lost} of {deficit}");
}

#[test]
fn a_winner_is_not_deleveraged_for_a_deficit_that_is_paid() {
    // Governance fills the pool, so that there is no deficit any more. Before anybody rebalances, an LP
    // deleverages a winner all the same: the gain goes to the pool, to him.
    let (mut world, sol, second) = deficit();
    world.fund_pool(usd(10_000_000)).unwrap();
    world.warp_fresh(300);
    let before = equity(&world, &[&second]);
    let mut rebalanced = world.clone();
    rebalanced.rebalance().unwrap();
    refused(
        rebalanced.deleverage(&second, &sol),
        FreeboardError::NoDeficit,
    );
    let sent = world.deleverage(&second, &sol);
    let lost = before - equity(&world, &[&second]);
    assert!(sent.is_err(), "the winner lost {lost}");
}

/// A winner whose gain exceeds what the pool holds takes it out at once, or after somebody has swept. Returns
/// what a bystander with $30,000, who has never traded, gets in the end, quote atoms.
fn left_for_a_bystander(sweeps_first: bool) -> i64 {
    let (mut world, sol, winner, loser) = poor_pool();
    let bystander = world.new_trader(usd(30_000));
    world.warp_fresh(60);
    world.set_price_usd(&sol, 260.0);
    world
        .trade(&winner, &sol, -sol.atoms(700.0))
        .expect("cashes");
    if sweeps_first {
        world.sweep(&sol).unwrap();
    }
    let vault = u64::try_from(world.books().vault_atoms).unwrap();
    let owed = world.quote_of(&winner).unsigned_abs().min(vault);
    let at_once = world.withdraw_quote(&winner, owed);
    refused(at_once, FreeboardError::PoolDeficit);
    world.close_severe(&loser, &sol);
    world.resolve_bankruptcy(&loser).expect("resolved");
    let args = freeboard::instructions::WithdrawProRataArgs {
        amount_atoms: usd(30_000),
        min_received_atoms: 0,
    };
    let before = world.books().vault_atoms;
    let _ = world.withdraw_pro_rata(&bystander, args);
    world.assert_books();
    i64::try_from(before - world.books().vault_atoms).unwrap()
}

#[test]
fn a_winner_does_not_take_what_others_deposited() {
    // The winner (with the loser as his other account) closes and withdraws before anybody sweeps the market's
    // ledger. It owes him more than it holds, so it is in the pool's books already: all balances bear the
    // shortfall alike.
    let share = left_for_a_bystander(false);
    assert!(share > dollars(18_000), "{share}");
    assert_eq!(share, left_for_a_bystander(true));
}
