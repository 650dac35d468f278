//! What nobody can take away: each instruction works while everything is paused but the one operation that it
//! belongs to, and its market only reduces; what belongs to none works always. And how long a pause can last.
use super::{
    accepted,
    cast::{Cast, EVERYBODY, Who, requested, unwell, well},
    refused_unchanged, send,
    table::table,
};
use crate::support::{OPERATIONS, Stream, refused};
use freeboard::error::FreeboardError;
use freeboard::governance::pauses::Operation;
use freeboard::state::{AssetStatus, Change};
use freeboard_client::instructions as client;
use freeboard_tests::{World, usd};
use solana_signer::Signer;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// What no pause stops at all.
const NEVER_PAUSED: &[&str] = &[
    // Governance, and what protects from it
    "propose_change",
    "execute_change",
    "cancel_change",
    "execute_change: another feed",
    "tighten",
    "offer_role",
    "accept_role",
    "pause",
    "pause: its end",
    // An owner's way out
    "cancel_order",
    "cancel_liquidity",
    "close_margin_account",
    "set_delegate",
    // Losses and cash
    "settle_loss",
    "resolve_bankruptcy",
    "rebalance_pool: a sweep",
    "rebalance_pool",
    "record_settlement_price",
    "settle_position",
    "deposit: into the pool",
    // What is known of prices
    "show_price",
    "announce_absence",
    // What moves nothing
    "view_margin",
    "view_parameters",
    "preview_liquidation",
    "initialize_exchange",
];

/// What a pause stops for half an hour a day at most.
const PROTECTED: &[&str] = &[
    "deposit",
    "flag",
    "flag_several",
    "liquidate",
    "liquidate_several",
    "deleverage",
];

/// Pauses everything but these, as long as it goes, and lets all markets only reduce.
fn stop_all_but(world: &mut World, open: &[Operation]) {
    for operation in OPERATIONS.into_iter().filter(|one| !open.contains(one)) {
        let longest = u32::try_from(operation.longest_pause_secs()).unwrap();
        world.pause(operation, longest).expect("paused");
    }
    if open.contains(&Operation::Increase) {
        return;
    }
    let assets = 0..world.exchange().asset_count;
    for asset_index in assets {
        if world.asset(asset_index).status() != AssetStatus::Active {
            continue; // its end only reduces, too
        }
        let reduce_only = true;
        world
            .tighten(Change::ReduceOnly {
                asset_index,
                reduce_only,
            })
            .expect("reduce-only");
    }
}

#[test]
fn an_instruction_works_while_all_other_operations_are_paused() {
    // A pause of what is paused already is refused, too soon; an end is of the pause there is.
    let pauses = ["pause", "pause: its end"];
    let others = table().into_iter();
    for entry in others.filter(|entry| !pauses.contains(&entry.name)) {
        let (mut cast, call) = entry.staged(&(entry.scene)(), entry.may()[0]);
        // While nobody can be flagged bad debt is unknown: LP requests wait for that as well.
        let also = (entry.name == "execute_liquidity").then_some(Operation::Liquidate);
        let open: Vec<Operation> = entry.gate.into_iter().chain(also).collect();
        stop_all_but(&mut cast.world, &open);
        accepted(&mut cast, &call, entry.name);
    }
    let mut world = well().world;
    stop_all_but(&mut world, &[]);
    for operation in OPERATIONS {
        world.unpause(operation).expect("ended");
    }
}

#[test]
fn an_instruction_is_stopped_by_its_own_pause_alone() {
    for entry in table() {
        let Some(gate) = entry.gate else { continue };
        let (mut cast, call) = entry.staged(&(entry.scene)(), entry.may()[0]);
        cast.world.pause(gate, 60).unwrap();
        let code = FreeboardError::OperationPaused.into();
        refused_unchanged(&mut cast, &call, code, entry.name);
        cast.world.unpause(gate).unwrap();
        accepted(&mut cast, &call, entry.name);
    }
}

#[test]
fn what_no_pause_may_stop_and_what_only_a_short_one() {
    for entry in table() {
        let name = entry.name;
        let longest = entry.gate.map(Operation::longest_pause_secs);
        let expected = match name {
            _ if NEVER_PAUSED.contains(&name) => None,
            _ if PROTECTED.contains(&name) => Some(HOUR / 2),
            _ => Some(6 * HOUR),
        };
        assert_eq!(
            longest, expected,
            "{name}: decide in never_blocked.rs how long it may be paused"
        );
    }
    let known = |name: &&str| table().iter().any(|entry| entry.name == *name);
    assert!(
        NEVER_PAUSED.iter().chain(PROTECTED).all(known),
        "an instruction that is gone"
    );
}

#[test]
fn an_order_that_only_reduces_is_asked_for_filled_and_taken_back() {
    let Cast {
        mut world, owner, ..
    } = well();
    let sol = world.handle_of(0);
    stop_all_but(&mut world, &[Operation::Reduce]);
    let args = freeboard::instructions::RequestOrderArgs {
        reduce_only: true,
        ..world.order_args(&sol, -sol.atoms(4.0))
    };
    let [first, second] = [(); 2].map(|()| world.request_order(&owner, args).expect("asked for"));
    world.warp_fresh(2);
    world.fill_order(&owner, first).expect("filled");
    world.cancel_order(&owner, second).expect("taken back");
    world
        .trade(&owner, &sol, -sol.atoms(6.0))
        .expect("closed in one step");
    assert_eq!(world.size_of(&owner, 0), 0);
}

/// P8 at its worst: unhealthy, all else paused, reduce-only, and the feed of another market is gone.
#[test]
fn p8_an_unhealthy_owner_repays_and_reduces_under_any_other_pause() {
    for open in [Operation::Deposit, Operation::Reduce] {
        let Cast {
            mut world, owner, ..
        } = unwell();
        let (sol, btc) = (world.handle_of(0), world.handle_of(1));
        assert!(world.view(&owner).unwrap().is_liquidatable);
        stop_all_but(&mut world, &[open]);
        world.close_feed(&btc);
        match open {
            Operation::Deposit => world.deposit_quote(&owner, usd(50_000)).expect("deposited"),
            _ => world
                .trade(&owner, &sol, -sol.atoms(1_000.0))
                .expect("reduced"),
        };
        world.assert_books();
    }
}

#[test]
fn an_lp_takes_back_what_waits_under_every_pause() {
    let mut cast = requested();
    let (lp, mint) = (cast.actor(Who::Lp).clone(), cast.world.quote_mint);
    let before = cast.world.wallet(&lp.pubkey(), &mint);
    stop_all_but(&mut cast.world, &[]);
    cast.world
        .cancel_liquidity(&lp, &lp, 0)
        .expect("taken back");
    assert_eq!(cast.world.wallet(&lp.pubkey(), &mint), before + usd(10));
}

/// Pauses `operation` whenever it is allowed for a week, by both keys in turn and for as long as `choose` says;
/// returns for each step of ten minutes whether it was open.
fn besieged(operation: Operation, mut choose: impl FnMut() -> u32) -> Vec<bool> {
    let mut world = well().world;
    let keys = [world.guardian.clone(), world.governance.clone()];
    let (mut open, mut secs) = (Vec::new(), choose());
    for step in 0..7 * DAY / 600 {
        let by = &keys[usize::from(step % 2 == 0)];
        let pause = client::pause(
            world.exchange,
            by.pubkey(),
            world.pause_args(operation, secs),
        );
        match world.send(&[pause], &[by]) {
            Ok(_) => secs = choose(),
            early => refused(early, FreeboardError::PauseTooSoon),
        }
        let until = world.exchange().pauses[operation as usize].until_ts;
        open.push(world.now() >= until);
        world.warp(600);
    }
    open
}

/// Least time open in any 24 hours, in steps of ten minutes.
fn least_open(open: &[bool]) -> usize {
    let day = usize::try_from(DAY / 600).unwrap();
    let days = open.windows(day);
    let counts = days.map(|day| day.iter().filter(|open| **open).count());
    counts.min().expect("a week")
}

const HALF_OF_THE_DAY: usize = 72;

/// The next pause may start 12 h after the last one did, however short that was: neither the longest pauses nor a
/// mixture (4½ h, 4½ h and 6 h) nor random ones leave less.
#[test]
fn of_any_day_withdrawals_are_open_for_twelve_hours_whatever_the_keys_do() {
    let longest = Operation::Withdraw.longest_pause_secs() as u32;
    let greedy = besieged(Operation::Withdraw, || longest);
    assert_eq!(least_open(&greedy), HALF_OF_THE_DAY, "as long as it can");
    let mut lengths = [16_200, 16_200, 21_600].into_iter().cycle();
    let clever = besieged(Operation::Withdraw, || lengths.next().expect("endless"));
    let mut stream = Stream(2_026);
    let random = besieged(Operation::Withdraw, || 600 * (1 + stream.next(36) as u32));
    for open in [clever, random] {
        assert!(
            least_open(&open) >= HALF_OF_THE_DAY,
            "{}",
            least_open(&open)
        );
        assert!(open.iter().any(|open| !open), "it was paused at times");
    }
}

#[test]
fn of_any_day_what_protects_users_is_stopped_for_half_an_hour() {
    for operation in [Operation::Deposit, Operation::Reduce, Operation::Liquidate] {
        let greedy = besieged(operation, || 1_800);
        assert_eq!(least_open(&greedy), 144 - 3, "{operation:?}");
    }
}

/// Nobody but the two keys pauses, for any operation and length.
#[test]
fn every_operation_is_paused_by_the_two_keys_alone() {
    let scene = well();
    for operation in OPERATIONS {
        for who in EVERYBODY {
            let mut cast = scene.clone();
            let args = cast.world.pause_args(operation, 60);
            let pause = client::pause(cast.world.exchange, cast.key(who), args);
            let sent = send(&mut cast, &pause);
            match who {
                Who::Governance | Who::Guardian => assert!(sent.is_ok(), "{who:?} {operation:?}"),
                _ => refused(sent, FreeboardError::NotGuardian),
            }
        }
    }
}
