//! What is told by whom: whoever builds a transaction can fill its log, and what governance decides is told all the
//! same; what only the log tells is reported missing.
use crate::support::{Stage, Wrong, check_wrong, refused_with, stage};
use anchor_lang::{
    InstructionData, ToAccountMetas, error::ErrorCode, prelude::Pubkey,
    solana_program::instruction::Instruction,
};
use freeboard::event_log::EVENT_AUTHORITY;
use freeboard::governance::pauses::Operation;
use freeboard::instructions::OfferRoleArgs;
use freeboard::instructions::ProposeChangeArgs;
use freeboard::instructions::TightenArgs;
use freeboard::state::{AssetParams, Change, Role};
use freeboard_client::{
    events::{Event, Told},
    instructions,
};
use freeboard_tests::{
    AssetSpec, FeedKind, Meta, NewFeed, World,
    governance::TIMELOCK_SECS,
    usd,
    world::{Actor, FULL_LOG_SWEEPS, LOG_BYTES},
};
use solana_signer::Signer;

/// The instruction behind as many sweeps as fill the log.
fn behind_a_full_log(world: &mut World, instruction: &Instruction, signers: &[&Actor]) -> Meta {
    let sol = world.handle_of(0);
    let mut all = vec![instructions::sweep_pool(&world.keys, &[sol.address]); FULL_LOG_SWEEPS];
    all.push(instruction.clone());
    let keypairs: Vec<_> = signers.iter().map(|actor| &***actor).collect();
    world.send(&all, &keypairs).expect("sent")
}

/// Its last event, which is the only one that is no sweep.
#[track_caller]
fn told(world: &mut World, instruction: &Instruction, signers: &[&Actor]) -> Event {
    let meta = behind_a_full_log(world, instruction, signers);
    let bytes: usize = meta.logs.iter().map(String::len).sum();
    assert!(bytes <= LOG_BYTES + "Log truncated".len(), "{bytes}");
    let Told {
        mut events,
        is_truncated,
    } = meta.told();
    assert!(is_truncated, "the log had room");
    events.retain(|event| !matches!(event, Event::PoolSwept(_)));
    assert_eq!(events.len(), 1, "{events:?}");
    events.remove(0)
}

/// k of SOL a little lower: not tighter.
fn looser(world: &World) -> Change {
    let params = world.asset(0).params;
    risk(AssetParams {
        k_e9: params.k_e9 - 100_000_000,
        ..params
    })
}

fn risk(params: AssetParams) -> Change {
    Change::AssetRisk {
        asset_index: 0,
        params: Box::new(params),
    }
}

fn propose(world: &World, change: &Change) -> Instruction {
    let args = ProposeChangeArgs {
        number: world.next_change(),
        change: change.clone(),
    };
    let (payer, by) = (world.payer.pubkey(), world.governance.pubkey());
    instructions::propose_change(payer, by, world.exchange, args)
}

#[test]
fn a_change_behind_a_full_log_is_told_when_it_is_proposed_cancelled_and_carried_out() {
    let Stage { mut world, .. } = stage();
    let (governance, change) = (world.governance.clone(), looser(&world));
    for cancels in [true, false] {
        let (number, proposal) = (world.next_change(), propose(&world, &change));
        match told(&mut world, &proposal, &[&governance]) {
            Event::ChangeProposed(event) => {
                assert_eq!((event.number, &event.new), (number, &change));
            }
            other => panic!("{other:?}"),
        }
        if cancels {
            let pending = world.waiting(&change);
            let cancel = instructions::cancel_change(governance.pubkey(), &pending);
            match told(&mut world, &cancel, &[&governance]) {
                Event::ChangeCancelled(event) => assert_eq!(event.number, number),
                other => panic!("{other:?}"),
            }
            continue;
        }
        world.warp(TIMELOCK_SECS);
        let execute = world.execute_instruction(&change);
        match told(&mut world, &execute, &[]) {
            Event::ParametersChanged(event) => {
                assert_eq!((event.number, &event.new), (number, &change));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_tightening_behind_a_full_log_is_told() {
    let Stage { mut world, .. } = stage();
    let manager = world.risk_manager.clone();
    let params = world.asset(0).params;
    let change = risk(AssetParams {
        s_floor_e9: params.s_floor_e9 + 1_000_000,
        ..params
    });
    let args = TightenArgs { version: 0, change };
    let tighten = instructions::tighten(manager.pubkey(), world.exchange, args);
    let event = told(&mut world, &tighten, &[&manager]);
    assert!(matches!(event, Event::ParametersChanged(_)), "{event:?}");
}

#[test]
fn a_role_behind_a_full_log_is_told_when_it_is_offered_and_accepted() {
    let Stage { mut world, .. } = stage();
    let (guardian, next) = (world.guardian.clone(), world.actor());
    let args = OfferRoleArgs {
        number: 1,
        role: Role::Guardian,
        holder: next.pubkey(),
    };
    let offer = instructions::offer_role(guardian.pubkey(), world.exchange, args);
    let event = told(&mut world, &offer, &[&guardian]);
    assert!(matches!(event, Event::RoleOffered(_)), "{event:?}");
    let accept = instructions::accept_role(next.pubkey(), world.exchange, Role::Guardian);
    let event = told(&mut world, &accept, &[&next]);
    assert!(matches!(event, Event::RoleAccepted(_)), "{event:?}");
}

#[test]
fn a_pause_behind_a_full_log_is_told_when_it_begins_and_ends() {
    let Stage { mut world, .. } = stage();
    let (guardian, operation) = (world.guardian.clone(), Operation::Withdraw);
    let args = world.pause_args(operation, 600);
    let pause = instructions::pause(world.exchange, guardian.pubkey(), args);
    let event = told(&mut world, &pause, &[&guardian]);
    assert!(matches!(event, Event::PauseChanged(_)), "{event:?}");
    let args = world.unpause_args(operation);
    let unpause = instructions::pause(world.exchange, guardian.pubkey(), args);
    let event = told(&mut world, &unpause, &[&guardian]);
    assert!(matches!(event, Event::PauseChanged(_)), "{event:?}");
}

#[test]
fn a_listing_and_another_feed_behind_a_full_log_are_told() {
    let Stage { mut world, sol, .. } = stage();
    let spec = AssetSpec::new("NEW", 1.0).with_pool_share(0);
    let (_, listing) = world.prepare_asset(&spec).unwrap();
    let event = told(&mut world, &listing, &[]);
    assert!(matches!(event, Event::AssetCreated(_)), "{event:?}");

    let feed = NewFeed::new(FeedKind::Receiver);
    for secs in [0, TIMELOCK_SECS] {
        world.warp_fresh(secs);
        world.publish(&feed, &world.quote(&sol).clone());
        if secs == 0 {
            world.propose_feed(&sol, &feed).unwrap();
        }
    }
    let migrate = world.migrate_feed_instruction(&sol, &feed);
    let event = told(&mut world, &migrate, &[]);
    assert!(matches!(event, Event::FeedMigrated(_)), "{event:?}");
}

#[test]
fn an_end_of_a_market_behind_a_full_log_is_told_with_the_change_that_announced_it() {
    let Stage { mut world, .. } = stage();
    let change = Change::WindDown { asset_index: 0 };
    world.propose_in_time(change.clone()).unwrap();
    let execute = world.execute_instruction(&change);
    let events = behind_a_full_log(&mut world, &execute, &[]).told().events;
    let told = |is: fn(&Event) -> bool| events.iter().any(is);
    assert!(told(|event| matches!(event, Event::ParametersChanged(_))));
    assert!(told(|event| matches!(event, Event::WindDownAnnounced(_))));
}

/// What only the log tells is missing, and a reader knows: the log says so, and the account's number has a gap.
#[test]
fn a_trade_behind_a_full_log_is_reported_missing() {
    let Stage {
        mut world,
        sol,
        trader,
        ..
    } = stage();
    let before = world.state_of(&trader).event_sequence;
    let args = world.trade_args(&sol, sol.atoms(1.0));
    let trade = world.trade_instruction(&trader, args);
    let told = behind_a_full_log(&mut world, &trade, &[&trader.keypair]).told();
    assert!(told.is_truncated);
    let traded = |event: &Event| matches!(event, Event::PositionChanged(_));
    assert!(!told.events.iter().any(traded), "{:?}", told.events);
    assert_eq!(world.state_of(&trader).event_sequence, before + 1);
    assert_eq!(world.size_of(&trader, 0), sol.atoms(1.0));
}

#[test]
fn nobody_tells_anything_in_the_programs_name() {
    let mut world = World::new();
    let stranger = world.actor();
    let call = |authority: Pubkey, signs: bool| {
        let accounts = freeboard::accounts::RecordEvent {
            event_authority: authority,
        };
        let mut metas = accounts.to_account_metas(None);
        metas[0].is_signer = signs;
        Instruction {
            program_id: freeboard::ID,
            accounts: metas,
            data: freeboard::instruction::RecordEvent {}.data(),
        }
    };
    for (authority, signs, error) in [
        (EVENT_AUTHORITY, false, ErrorCode::AccountNotSigner),
        (stranger.pubkey(), true, ErrorCode::ConstraintAddress),
    ] {
        let sent = world.send(&[call(authority, signs)], &[&stranger]);
        refused_with(sent, error.into(), "a stranger's event");
    }
}

#[test]
fn the_accounts_of_a_call_to_itself_are_checked() {
    let Stage { world, .. } = stage();
    let guardian = world.guardian.clone();
    let args = world.pause_args(Operation::Withdraw, 600);
    let pause = instructions::pause(world.exchange, guardian.pubkey(), args);
    let nowhere = Pubkey::new_unique();
    let cases = vec![
        Wrong::account(
            "another authority",
            2,
            nowhere,
            ErrorCode::ConstraintAddress,
        ),
        Wrong::account(
            "another program",
            3,
            anchor_spl::token::ID,
            ErrorCode::InvalidProgramId,
        ),
    ];
    check_wrong(&world, &pause, &[&guardian], cases);
}

/// Everything that the largest proposal tells fits a call.
#[test]
fn sixteen_scenarios_are_told_old_and_new() {
    let Stage { mut world, .. } = stage();
    let scenario = |shock| freeboard::state::Scenario {
        weight_bps: 10_000,
        shock_bps: [shock; 8],
    };
    for shock in [-1_000, -2_000] {
        let change = Change::Scenarios {
            scenarios: vec![scenario(shock); 16],
        };
        let Event::ParametersChanged(event) = world.change(change.clone()).unwrap().event() else {
            panic!("another event")
        };
        assert_eq!(event.new, change);
    }
    let source = world.fund_pool(usd(1)).unwrap();
    assert!(matches!(source.event(), Event::PoolFunded(_)));
}
