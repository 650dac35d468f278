//! Flags and liquidations: when, which closing, what they earn.
use freeboard_keeper::decide::{self, Unfit};
use freeboard_keeper::duties::liquidate;
use freeboard_keeper::job::{Duty, Grouping};
use freeboard_sandbox::client::events::Event;
use freeboard_sandbox::client::freeboard::instructions::Closing;
use freeboard_sandbox::client::freeboard::state::Operation;
use freeboard_sandbox::distress::deadlocked_account;
use freeboard_sandbox::{AssetSpec, Quote, usd};

use crate::stage::{Stage, titles};

#[test]
fn flag_then_grace_then_a_liquidation_that_earns_what_was_said() {
    let mut stage = Stage::new();
    stage.none(Duty::Flag);
    let trader = stage.sinking(132.5);
    stage.none(Duty::Liquidate); // no flag yet
    stage.does(Duty::Flag);
    stage.none(Duty::Flag); // it stands
    stage.world.warp_fresh(9);
    stage.none(Duty::Liquidate);
    stage.world.warp_fresh(1);
    let before = stage.world.quote_of(&stage.keeper);
    let job = stage.only(Duty::Liquidate);
    assert_eq!(job.closing.unwrap().closing, Closing::PositionByPool);
    let meta = stage.send(&job).expect("allowed");
    let earned = stage.world.quote_of(&stage.keeper) - before;
    let Event::AccountLiquidated(event) = meta.event() else {
        panic!("{meta:?}")
    };
    let paid = event.penalty_liquidator_atoms + event.topup_atoms;
    assert_eq!(earned.unsigned_abs(), paid);
    let book = stage.book();
    let cost = freeboard_keeper::fees::expected_cost_atoms(&book, &stage.told.fees);
    assert_eq!(job.reward_atoms, earned - cost, "foreseen to the atom");
    assert!(stage.world.size_of(&trader, 0) > 0, "at its target");
    stage.none(Duty::Liquidate);
    stage.world.assert_books();
}

#[test]
fn prices_that_are_not_newer_than_the_flag_liquidate_nobody() {
    let mut stage = Stage::new();
    stage.sinking(132.5);
    stage.does(Duty::Flag);
    stage.world.warp(10); // no new price
    stage.none(Duty::Liquidate);
    stage.world.refresh_prices();
    stage.does(Duty::Liquidate);
}

#[test]
fn a_flag_is_renewed_before_it_lapses_and_keeps_its_start() {
    let mut stage = Stage::new();
    let trader = stage.sinking(132.5);
    stage.does(Duty::Flag);
    let since = stage.world.state_of(&trader).flagged_ts;
    stage.world.warp_fresh(29);
    stage.none(Duty::Flag);
    stage.world.warp_fresh(1);
    let job = stage.does(Duty::Flag);
    assert!(job.title.contains("renewed"), "{}", job.title);
    assert_eq!(stage.world.state_of(&trader).flagged_ts, since);
    // One that nobody renewed is set anew.
    stage.world.warp_fresh(60);
    let job = stage.does(Duty::Flag);
    assert!(!job.title.contains("renewed"), "{}", job.title);
}

#[test]
fn an_account_that_recovers_is_left() {
    let mut stage = Stage::new();
    stage.sinking(132.5);
    stage.does(Duty::Flag);
    let sol = stage.asset(0);
    stage.world.warp_fresh(10);
    stage.world.set_price_usd(&sol, 150.0);
    stage.none(Duty::Flag);
    stage.none(Duty::Liquidate);
}

#[test]
fn far_below_its_margin_nobody_waits() {
    let mut stage = Stage::new();
    let trader = stage.sinking(128.0);
    let before = stage.world.size_of(&trader, 0);
    stage.does(Duty::Liquidate);
    assert!(stage.world.size_of(&trader, 0) < before);
}

#[test]
fn while_liquidations_are_paused_nothing_is_sent() {
    let mut stage = Stage::new();
    stage.sinking(132.5);
    stage.world.pause(Operation::Liquidate, 60).unwrap();
    stage.none(Duty::Flag);
    stage.none(Duty::Liquidate);
}

#[test]
fn without_an_account_for_rewards_there_are_flags_and_no_liquidations() {
    let mut stage = Stage::new();
    stage.sinking(128.0);
    let keeper = stage.keeper.margin_account;
    stage
        .world
        .margin_accounts
        .retain(|account| *account != keeper);
    assert_eq!(stage.wanted(Duty::Flag).len(), 1);
    stage.none(Duty::Liquidate);
}

#[test]
fn collateral_is_bought_as_far_as_the_keeper_can_pay() {
    let mut stage = Stage::new();
    let sol = stage.asset(0);
    let borrower = stage
        .world
        .new_borrower(&sol, 1_000_000_000_000, usd(100_000));
    stage.world.warp_fresh(1);
    stage.world.set_price_usd(&sol, 102.0);
    let job = stage.only(Duty::Liquidate);
    assert_eq!(job.closing.unwrap().closing, Closing::Collateral);
    // A keeper with $30,000 buys a part of it.
    let rich = stage.world.quote_of(&stage.keeper).unsigned_abs();
    stage
        .world
        .withdraw_quote(&stage.keeper.clone(), rich - usd(30_000))
        .unwrap();
    let job = stage.only(Duty::Liquidate);
    let before = stage.world.state_of(&borrower).collateral_atoms(0);
    stage.send(&job).expect("as far as it can pay");
    let bought = before - stage.world.state_of(&borrower).collateral_atoms(0);
    let left = stage.world.quote_of(&stage.keeper);
    assert!(bought > 0 && left >= 0, "{bought} {left}");
    // One that must not buy sells nothing.
    stage.told.liquidate.buy_collateral = false;
    stage.none(Duty::Liquidate);
}

#[test]
fn a_position_is_taken_over_only_if_it_is_told_to() {
    let mut stage = Stage::new();
    let trader = stage.sinking(132.5);
    stage.does(Duty::Flag);
    stage.world.warp_fresh(10);
    let offers = |stage: &Stage| {
        let book = stage.book();
        let account = book.account(&trader.margin_account).unwrap().clone();
        let mut room = decide::room_of(&book);
        decide::offers(&book, &account, stage.world.now(), &stage.told, &mut room)
    };
    let find = |stage: &Stage| {
        let all = offers(stage);
        let taken =
            |one: &&decide::ClosingOffer| one.closing.args.closing == Closing::PositionByLiquidator;
        *all.iter().find(taken).expect("offered")
    };
    assert_eq!(find(&stage).unfit, Some(Unfit::SwitchedOff));
    stage.told.liquidate.take_positions = true;
    assert!(find(&stage).unfit.is_none_or(|why| why == Unfit::NotBest));
    let chosen = offers(&stage)[0];
    assert!(chosen.unfit.is_none());
    assert_ne!(
        chosen.closing.args.closing,
        Closing::Slice,
        "the last resort"
    );
    let all = offers(&stage);
    let single = all
        .iter()
        .filter(|one| one.closing.args.closing != Closing::Slice);
    let most = single.map(|one| one.profit_atoms).max();
    assert_eq!(Some(chosen.profit_atoms), most, "the most profitable");
}

#[test]
fn what_earns_too_little_is_left_unless_it_is_told_otherwise() {
    let mut stage = Stage::new();
    stage.sinking(132.5);
    stage.does(Duty::Flag);
    stage.world.warp_fresh(10);
    stage.told.liquidate.least_profit_quote_atoms = i64::MAX;
    stage.told.liquidate.close_unprofitable = false;
    stage.none(Duty::Liquidate);
    stage.told.liquidate.close_unprofitable = true;
    // Its last resort is what always frees margin.
    let job = stage.does(Duty::Liquidate);
    assert_eq!(job.closing.unwrap().closing, Closing::Slice);
}

#[test]
fn no_more_accounts_are_looked_at_than_could_leave() {
    let mut stage = Stage::new();
    let sol = stage.asset(0);
    for _ in 0..5 {
        let trader = stage.world.new_trader(usd(10_000));
        stage.world.trade(&trader, &sol, sol.atoms(400.0)).unwrap();
    }
    stage.world.warp_fresh(10);
    stage.world.set_price_usd(&sol, 127.0);
    stage.told.timing.most_in_flight = 1;
    stage.told.liquidate.most_liquidations = 3;
    let (now, book) = (stage.world.now(), stage.book());
    let looked = liquidate::looked_at(&book, now, &stage.told);
    assert_eq!(looked.jobs.len() + looked.fruitless.len(), 3);
    // Where nothing is fit, it is told whom it has looked at.
    stage.told.liquidate.least_profit_quote_atoms = i64::MAX;
    stage.told.liquidate.close_unprofitable = false;
    let looked = liquidate::looked_at(&book, now, &stage.told);
    assert_eq!((looked.jobs.len(), looked.fruitless.len()), (0, 3));
}

#[test]
fn an_account_below_zero_is_closed_whatever_it_earns() {
    let mut stage = Stage::new();
    let trader = stage.sinking(110.0);
    let job = stage.does(Duty::Liquidate);
    assert_eq!(job.closing.unwrap().closing, Closing::PositionByPool);
    assert_eq!(stage.world.size_of(&trader, 0), 0);
}

#[test]
fn where_no_single_closing_frees_margin_a_slice_does() {
    let (world, _) = deadlocked_account(AssetSpec::sol(), 0);
    let mut stage = Stage::of(world);
    // It takes no money: there is no collateral to buy.
    let own = stage.world.quote_of(&stage.keeper).unsigned_abs();
    stage.world.withdraw_quote(&stage.keeper, own).unwrap();
    stage.does(Duty::Flag);
    stage.world.warp_fresh(11);
    let job = stage.does(Duty::Liquidate);
    assert_eq!(job.closing.unwrap().closing, Closing::Slice);
    stage.none(Duty::Liquidate);
}

#[test]
fn the_deepest_comes_first_and_only_whole_closings_by_the_pool_are_shared() {
    let mut stage = Stage::new();
    let sol = stage.asset(0);
    for dollars in [70_000, 62_000, 90_000] {
        let trader = stage.world.new_trader(usd(dollars));
        stage
            .world
            .trade(&trader, &sol, sol.atoms(3_000.0))
            .unwrap();
    }
    stage.world.warp_fresh(10);
    let now = stage.world.now();
    stage
        .world
        .set_price(&sol, Quote::usd(128.0, now).with_ema(1.05));
    let jobs = stage.wanted(Duty::Liquidate);
    assert!(jobs.len() >= 2, "{:?}", titles(&jobs));
    assert!(
        jobs.iter()
            .all(|job| job.may_be_grouped == Grouping::Shared)
    );
    let book = stage.book();
    let cushions: Vec<f64> = book
        .candidates()
        .map(|one| book.verdict(&one.address).unwrap().cushion())
        .collect();
    assert!(cushions.is_sorted(), "{cushions:?}");
}
