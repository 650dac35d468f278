//! Each role held by an address of another program, as a multisig's is: every instruction of a role works when it
//! is signed by CPI, and only then.
use crate::support::{Stage, stage};
use anchor_lang::{
    InstructionData, ToAccountMetas, error::ErrorCode, prelude::Pubkey,
    solana_program::instruction::Instruction,
};
use freeboard::governance::pauses::Operation;
use freeboard::instructions::OfferRoleArgs;
use freeboard::instructions::ProposeChangeArgs;
use freeboard::instructions::TightenArgs;
use freeboard::state::{Change, PortfolioParams, Role};
use freeboard_client::instructions;
use freeboard_tests::{Failure, Meta, World, governance::TIMELOCK_SECS, usd, world::program_bytes};
use solana_signer::Signer;

fn council() -> Pubkey {
    Pubkey::find_program_address(&[caller::COUNCIL_SEED], &caller::ID).0
}

/// The same instruction, sent by the council's program with the council's signature.
fn by_council(instruction: Instruction) -> Instruction {
    let accounts = caller::accounts::Council {
        council: council(),
        freeboard: freeboard::ID,
    };
    let mut metas = accounts.to_account_metas(None);
    metas.extend(instruction.accounts.into_iter().map(|mut meta| {
        meta.is_signer &= meta.pubkey != council();
        meta
    }));
    let data = caller::instruction::ActAsCouncil {
        data: instruction.data,
    };
    Instruction {
        program_id: caller::ID,
        accounts: metas,
        data: data.data(),
    }
}

fn send(world: &mut World, instruction: Instruction) -> Result<Meta, Failure> {
    world.send(&[by_council(instruction)], &[])
}

/// A stage whose council holds every role.
fn governed() -> Stage {
    let mut stage = stage();
    let world = &mut stage.world;
    world
        .svm
        .add_program(caller::ID, &program_bytes("caller.so"))
        .expect("a program");
    for (role, holder) in [
        (Role::Governance, world.governance.clone()),
        (Role::RiskManager, world.risk_manager.clone()),
        (Role::Guardian, world.guardian.clone()),
    ] {
        if role == Role::Governance {
            let holder = council();
            world.change(Change::OfferRole { role, holder }).unwrap();
        } else {
            world.offer_role(&holder, role, council()).unwrap();
        }
        let accept = instructions::accept_role(council(), world.exchange, role);
        send(world, accept).unwrap();
        assert_eq!(world.exchange().holder(role), council());
    }
    stage
}

fn theta(world: &World, theta_e9: u64) -> Change {
    let params = PortfolioParams {
        theta_e9,
        ..world.exchange().portfolio
    };
    Change::Portfolio { params }
}

#[test]
fn a_council_governs_by_cpi() {
    let Stage { mut world, .. } = governed();
    let (exchange, payer) = (world.exchange, world.payer.pubkey());
    let change = theta(&world, 750_000_000);
    let propose = |world: &World, change: &Change| {
        let args = ProposeChangeArgs {
            number: world.next_change(),
            change: change.clone(),
        };
        instructions::propose_change(payer, council(), exchange, args)
    };
    let proposal = propose(&world, &change);
    send(&mut world, proposal).unwrap();
    world.warp(TIMELOCK_SECS);
    world.execute(&change).unwrap();

    let next = theta(&world, 760_000_000);
    let proposal = propose(&world, &next);
    send(&mut world, proposal).unwrap();
    let cancel = instructions::cancel_change(council(), &world.waiting(&next));
    send(&mut world, cancel).unwrap();

    let args = TightenArgs {
        version: world.version(&next),
        change: theta(&world, 500_000_000),
    };
    send(&mut world, instructions::tighten(council(), exchange, args)).unwrap();
    let pause = instructions::pause(
        exchange,
        council(),
        world.pause_args(Operation::Increase, 60),
    );
    send(&mut world, pause).unwrap();
    let unpause = instructions::pause(exchange, council(), world.unpause_args(Operation::Increase));
    send(&mut world, unpause).unwrap();
    let mint = world.quote_mint;
    let source = world.mint_to(&council(), &mint, usd(5));
    let fund = instructions::fund_pool(&world.keys, council(), source, usd(5));
    send(&mut world, fund).unwrap();

    let heir = world.actor();
    let args = OfferRoleArgs {
        number: world.exchange().offer_count(Role::Guardian) + 1,
        role: Role::Guardian,
        holder: heir.pubkey(),
    };
    let offer = instructions::offer_role(council(), exchange, args);
    send(&mut world, offer).unwrap();
    world.accept_role(&heir, Role::Guardian).unwrap();
}

#[test]
fn a_council_that_has_not_signed_governs_nothing() {
    let Stage { mut world, .. } = governed();
    let args = ProposeChangeArgs {
        number: world.next_change(),
        change: theta(&world, 750_000_000),
    };
    let payer = world.payer.pubkey();
    let mut proposal = instructions::propose_change(payer, council(), world.exchange, args);
    proposal.accounts[1].is_signer = false;
    let failure = world.send(&[proposal], &[]).unwrap_err();
    assert_eq!(failure.code, Some(ErrorCode::AccountNotSigner.into()));
}
