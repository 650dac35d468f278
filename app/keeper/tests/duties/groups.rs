//! Several accounts in one transaction.
use freeboard_keeper::groups::{Carriage, group};
use freeboard_keeper::job::{Duty, KeeperJob};
use freeboard_sandbox::client::freeboard::instructions::MarginState;
use freeboard_sandbox::{Trader, usd};

use crate::stage::Stage;

/// So many accounts a little below their margin.
fn storm(stage: &mut Stage, count: usize) -> Vec<Trader> {
    let sol = stage.asset(0);
    let mut traders = Vec::new();
    for _ in 0..count {
        let trader = stage.world.new_trader(usd(10_000));
        stage
            .world
            .trade(&trader, &sol, sol.atoms(400.0))
            .expect("long");
        traders.push(trader);
    }
    stage.world.warp_fresh(10);
    stage.world.set_price_usd(&sol, 131.5);
    traders
}

fn grouped(stage: &Stage, duty: Duty) -> Vec<KeeperJob> {
    let (book, jobs) = (stage.book(), stage.wanted(duty));
    let carriage = Carriage {
        payer: stage.keeper.owner(),
        tables: Some(&[]),
    };
    let all = group(&book, jobs, &stage.told, &carriage);
    for job in &all {
        assert!(carriage.holds(&job.instructions), "{}", job.title);
    }
    all
}

#[test]
fn a_storm_is_flagged_and_liquidated_by_few_transactions() {
    let mut stage = Stage::new();
    let traders = storm(&mut stage, 40);
    let flags = grouped(&stage, Duty::Flag);
    assert!(flags.len() <= 2 + 40 / 20, "{}", flags.len());
    let keys: usize = flags.iter().map(|job| job.keys.len()).sum();
    assert_eq!(keys, 40, "each once");
    for job in &flags {
        stage.send(job).expect("flagged");
    }
    assert!(
        traders
            .iter()
            .all(|one| stage.world.state_of(one).flagged_ts != 0)
    );
    stage.none(Duty::Flag);
    stage.world.warp_fresh(10);
    let closings = grouped(&stage, Duty::Liquidate);
    assert!(closings.len() <= 40 / 8 + 1, "{}", closings.len());
    for job in &closings {
        stage.send(job).expect("liquidated");
    }
    stage.world.assert_books();
    let below = stage.book().candidates().count();
    assert!(below < 5, "{below} of 40 are still below");
}

#[test]
fn an_account_that_is_gone_stops_none_of_the_others() {
    let mut stage = Stage::new();
    let traders = storm(&mut stage, 6);
    let flags = grouped(&stage, Duty::Flag);
    assert_eq!(flags.len(), 1);
    // One is saved by its owner meanwhile.
    stage.world.deposit_quote(&traders[2], usd(50_000)).unwrap();
    let meta = stage.send(&flags[0]).expect("the others");
    let done = freeboard_keeper::cluster_port::done_by(&meta.told());
    assert_eq!(done.len(), 5);
    assert!(!done.contains(&traders[2].margin_account));
}

/// That a margin call has ended is told like the end of a flag, with no flag before it.
#[test]
fn an_ended_call_is_no_flag() {
    let mut stage = Stage::new();
    let trader = storm(&mut stage, 1).remove(0);
    let sol = stage.asset(0);
    let done = |stage: &mut Stage| {
        let meta = stage.world.flag(&trader).expect("told");
        freeboard_keeper::cluster_port::done_by(&meta.told())
    };
    assert_eq!(done(&mut stage), [trader.margin_account], "flagged");
    stage.world.warp_fresh(1);
    stage.world.set_price_usd(&sol, 150.0);
    assert_eq!(done(&mut stage), [trader.margin_account], "flag ended");
    // The highest price that leaves it in call, to a tenth of a dollar.
    let mut dollars = 145.0;
    while stage.world.view(&trader).expect("a report").state != MarginState::Call {
        dollars -= 0.1;
        stage.world.warp_fresh(1);
        stage.world.set_price_usd(&sol, dollars);
    }
    assert!(done(&mut stage).is_empty(), "called");
    stage.world.warp_fresh(1);
    stage.world.set_price_usd(&sol, 150.0);
    assert!(done(&mut stage).is_empty(), "call ended");
    assert_eq!(stage.world.state_of(&trader).called, 0);
}

#[test]
fn a_group_never_holds_more_than_it_is_told() {
    let mut stage = Stage::new();
    storm(&mut stage, 10);
    stage.told.liquidate.most_flags = 3;
    let sizes: Vec<usize> = grouped(&stage, Duty::Flag)
        .iter()
        .map(|job| job.keys.len())
        .collect();
    assert_eq!(sizes.iter().sum::<usize>(), 10);
    assert!(sizes.iter().all(|size| *size <= 3), "{sizes:?}");
}
