//! pause and its end: each operation on its own, for a limited time, not soon again.
use crate::support::{OPERATIONS, Stage, Wrong, check_wrong, refused, stage};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use freeboard::error::FreeboardError;
use freeboard::governance::pauses::Operation;
use freeboard_client::{events::Event, instructions};
use freeboard_tests::{AssetSpec, Failure, World, usd};
use solana_signer::Signer;

/// Does what an operation stands for.
fn attempt(stage: &mut Stage, operation: Operation) -> Result<(), Failure> {
    let (trader, sol, btc) = (stage.trader.clone(), stage.sol.clone(), stage.btc.clone());
    let world = &mut stage.world;
    match operation {
        Operation::OpenAccount => {
            let owner = world.actor();
            world
                .open_margin_account(&owner, 0, Pubkey::default())
                .map(|_| ())
        }
        Operation::Deposit => world.deposit_quote(&trader, 1).map(|_| ()),
        Operation::Withdraw => world.withdraw_quote(&trader, 1).map(|_| ()),
        Operation::Increase => world.trade(&trader, &sol, sol.atoms(1.0)).map(|_| ()),
        Operation::Reduce => world.trade(&trader, &sol, sol.atoms(-1.0)).map(|_| ()),
        // The account is healthy: past the gate, the refusal is another.
        Operation::Liquidate => match world.flag(&trader) {
            Err(failure) if failure.is(FreeboardError::AccountHealthy) => Ok(()),
            other => other.map(|_| ()),
        },
        Operation::Sample => world.sample(&btc).map(|_| ()),
        Operation::CreateAsset => world
            .try_create_asset(AssetSpec::new("NEW", 1.0).with_pool_share(0))
            .map(|_| ()),
        Operation::DepositLiquidity => {
            let lp = world.actor();
            world.request_deposit(&lp, 0, usd(1)).map(|_| ())
        }
        // Nobody has shares: past the gate, the token program refuses.
        Operation::RedeemLiquidity => {
            let lp = world.actor();
            match world.request_redeem(&lp, 0, 1) {
                Err(failure) if failure.code == Some(1) => Ok(()),
                other => other.map(|_| ()),
            }
        }
    }
}

fn playing() -> Stage {
    let mut stage = stage();
    let sol = stage.sol.clone();
    stage.trade(&sol, 10.0);
    stage.world.warp_fresh(400);
    stage
}

/// A paused operation stops, and no other (P8: what protects users has a pause of its own).
pub fn paused() {
    for operation in OPERATIONS {
        let mut stage = playing();
        stage.world.pause(operation, 60).unwrap();
        let paused = attempt(&mut stage, operation);
        refused(paused, FreeboardError::OperationPaused);
        for other in OPERATIONS.into_iter().filter(|other| *other != operation) {
            attempt(&mut stage, other)
                .unwrap_or_else(|f| panic!("{operation:?} stops {other:?}: {:?}", f.error));
        }
    }
}

#[test]
fn liquidate_is_behind_the_same_gate_as_flag() {
    let (mut stage, liquidator) = crate::liquidation::liquidate::liquidatable();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.world.pause(Operation::Liquidate, 60).unwrap();
    let closing = freeboard::instructions::Closing::PositionByPool;
    let sent = stage.world.liquidate(&liquidator, &trader, &sol, closing);
    refused(sent, FreeboardError::OperationPaused);
}

#[test]
fn a_pause_ends_by_itself() {
    let mut stage = playing();
    let meta = stage.world.pause(Operation::Increase, 100).unwrap();
    let Event::PauseChanged(event) = meta.event() else {
        panic!("another event")
    };
    assert_eq!(
        (event.until_before_ts, event.until_ts),
        (0, stage.world.now() + 100)
    );
    assert_eq!(event.by, stage.world.guardian.pubkey());
    stage.world.warp_fresh(99);
    refused(
        attempt(&mut stage, Operation::Increase),
        FreeboardError::OperationPaused,
    );
    stage.world.warp_fresh(1);
    attempt(&mut stage, Operation::Increase).unwrap();
}

#[test]
fn a_pause_can_be_ended_early() {
    let mut stage = playing();
    stage.world.pause(Operation::Reduce, 1_800).unwrap();
    stage.world.unpause(Operation::Reduce).unwrap();
    attempt(&mut stage, Operation::Reduce).unwrap();
    let again = stage.world.pause(Operation::Reduce, 1);
    refused(again, FreeboardError::PauseTooSoon);
}

#[test]
fn governance_may_pause_as_well() {
    let mut stage = playing();
    let governance = stage.world.governance.clone();
    let (exchange, key) = (stage.world.exchange, governance.pubkey());
    let args = stage.world.pause_args(Operation::Sample, 60);
    let instruction = instructions::pause(exchange, key, args);
    stage.world.send(&[instruction], &[&governance]).unwrap();
    refused(
        attempt(&mut stage, Operation::Sample),
        FreeboardError::OperationPaused,
    );
    let args = stage.world.unpause_args(Operation::Sample);
    let instruction = instructions::pause(exchange, key, args);
    stage.world.send(&[instruction], &[&governance]).unwrap();
    attempt(&mut stage, Operation::Sample).unwrap();
}

#[test]
fn accounts_are_checked() {
    let stage = stage();
    let guardian = stage.world.guardian.clone();
    let (world, key) = (&stage.world, guardian.pubkey());
    let pause = world.pause_args(Operation::Sample, 60);
    let unpause = world.unpause_args(Operation::Sample);
    for instruction in [
        instructions::pause(world.exchange, key, pause),
        instructions::pause(world.exchange, key, unpause),
    ] {
        let cases = vec![
            Wrong::unsigned("guardian has not signed", 0),
            Wrong::mistyped("not an exchange", 1, world.pool),
            Wrong::readonly("exchange readonly", 1),
        ];
        check_wrong(world, &instruction, &[&guardian], cases);
    }
}

/// The risk manager, a trader, another exchange's guardian.
pub fn guardian_only() {
    let mut stage = stage();
    let exchange = stage.world.exchange;
    let pause = stage.world.pause_args(Operation::Sample, 60);
    let unpause = stage.world.unpause_args(Operation::Sample);
    let actors = [
        stage.world.risk_manager.clone(),
        stage.trader.keypair.clone(),
    ];
    for actor in actors {
        for instruction in [
            instructions::pause(exchange, actor.pubkey(), pause),
            instructions::pause(exchange, actor.pubkey(), unpause),
        ] {
            let sent = stage.world.send(&[instruction], &[&actor]);
            refused(sent, FreeboardError::NotGuardian);
        }
    }
}

/// Half an hour for what protects users, six hours for the rest; one of no length is none.
pub fn too_long() {
    let mut stage = stage();
    let error = FreeboardError::PauseTooLong;
    for operation in OPERATIONS {
        let protects = matches!(
            operation,
            Operation::Deposit | Operation::Reduce | Operation::Liquidate
        );
        let longest = if protects { 1_800 } else { 21_600 };
        refused(stage.world.pause(operation, longest + 1), error);
        stage.world.pause(operation, 0).expect("the end of none");
        let pause = stage.world.exchange().pauses[operation as usize];
        assert_eq!((pause.until_ts, pause.next_pause_ts), (0, 0), "no pause");
        refused(stage.world.pause(operation, u32::MAX), error);
        stage.world.pause(operation, longest).unwrap();
    }
}

/// As long again for most, once in 24 hours for what protects users; a pause cannot be extended.
pub fn too_soon() {
    let mut stage = stage();
    let error = FreeboardError::PauseTooSoon;
    stage.world.pause(Operation::Increase, 3_600).unwrap();
    stage.world.pause(Operation::Reduce, 60).unwrap();
    refused(stage.world.pause(Operation::Increase, 21_600), error);
    stage.world.warp(43_199);
    refused(stage.world.pause(Operation::Increase, 60), error);
    stage.world.warp(1);
    stage.world.pause(Operation::Increase, 60).unwrap();
    stage.world.warp(86_400 - 43_201);
    refused(stage.world.pause(Operation::Reduce, 60), error);
    stage.world.warp(1);
    stage.world.pause(Operation::Reduce, 60).unwrap();
    assert_eq!(stage.world.quote_of(&stage.trader), usd(100_000) as i64);
}

/// Signed before (a durable nonce, a multisig's queue): a pause is sent once, and an end ends the pause that it was
/// signed for.
pub fn stale() {
    let mut stage = stage();
    let guardian = stage.world.guardian.clone();
    let (exchange, key) = (stage.world.exchange, guardian.pubkey());
    let operation = Operation::Increase;
    let pause = instructions::pause(exchange, key, stage.world.pause_args(operation, 60));
    let send = |world: &mut World, signed: &Instruction| {
        world.send(std::slice::from_ref(signed), &[&guardian])
    };
    send(&mut stage.world, &pause).unwrap();
    let unpause = instructions::pause(exchange, key, stage.world.unpause_args(operation));
    send(&mut stage.world, &unpause).unwrap();
    let first = stage.world.pause_args(operation, 60).next_pause_ts;
    for later in [600, 43_200] {
        stage.world.warp(later);
        refused(send(&mut stage.world, &pause), FreeboardError::PauseStale);
    }
    let last = stage.world.pause_args(operation, 60).next_pause_ts;
    assert_eq!(last, first, "nothing changed");
    stage.world.pause(operation, 60).unwrap();
    refused(send(&mut stage.world, &unpause), FreeboardError::PauseStale);
    stage.world.unpause(operation).unwrap();
}
