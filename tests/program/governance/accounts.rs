//! Each account of governance's instructions wrong once.
use super::{looser, theta, tighter};
use crate::support::{Wrong, check_wrong, stage_with_neighbour};
use anchor_lang::{error::ErrorCode, prelude::Pubkey};
use freeboard::{
    error::FreeboardError,
    instructions::{OfferRoleArgs, ProposeChangeArgs, TightenArgs},
    state::Role,
};
use freeboard_client::instructions;
use solana_signer::Signer;

#[test]
fn accounts_are_checked() {
    let (mut own, other) = stage_with_neighbour();
    let world = &mut own.world;
    let change = looser(world);
    world.propose_in_time(change.clone()).unwrap();
    let pending = world.waiting(&change);
    let (governance, payer) = (world.governance.clone(), world.payer.pubkey());
    let nowhere = Pubkey::new_unique();
    let execute = instructions::execute_change(payer, &pending);
    let exchange_cases = |at: usize| {
        vec![
            Wrong::mistyped("not an exchange", at, other.world.pool),
            Wrong::account(
                "not the program's",
                at,
                nowhere,
                ErrorCode::AccountOwnedByWrongProgram,
            ),
            Wrong::readonly("exchange readonly", at),
        ]
    };
    let mut cases = exchange_cases(1);
    cases.extend([
        Wrong::foreign("another exchange", 1, other.world.exchange),
        Wrong::foreign("another's asset", 2, other.sol.address),
        Wrong::account(
            "another asset",
            2,
            own.btc.address,
            FreeboardError::ChangeTargetMismatch,
        ),
        Wrong::readonly("asset readonly", 2),
        Wrong::mistyped("not a change", 3, own.sol.address),
        Wrong::account("no change", 3, nowhere, ErrorCode::AccountNotInitialized),
        Wrong::readonly("change readonly", 3),
        Wrong::account(
            "the rent to another",
            4,
            nowhere,
            FreeboardError::ChangePayerMismatch,
        ),
    ]);
    check_wrong(world, &execute, &[], cases);

    let cancel = instructions::cancel_change(governance.pubkey(), &pending);
    let mut cases = exchange_cases(1);
    cases.extend([
        Wrong::unsigned("nobody has signed", 0),
        Wrong::foreign("another exchange", 1, other.world.exchange),
        Wrong::account(
            "the rent to another",
            3,
            nowhere,
            FreeboardError::ChangePayerMismatch,
        ),
    ]);
    check_wrong(world, &cancel, &[&governance], cases);

    let args = TightenArgs {
        version: 0,
        change: tighter(world),
    };
    let manager = world.risk_manager.clone();
    let tighten = instructions::tighten(manager.pubkey(), world.exchange, args);
    let mut cases = exchange_cases(1);
    cases.extend([
        Wrong::unsigned("nobody has signed", 0),
        Wrong::foreign("another exchange", 1, other.world.exchange),
        Wrong::foreign("another's asset", 2, other.sol.address),
        Wrong::readonly("asset readonly", 2),
    ]);
    check_wrong(world, &tighten, &[&manager], cases);

    let args = ProposeChangeArgs {
        number: world.next_change(),
        change: theta(world, 700_000_000),
    };
    let propose = instructions::propose_change(payer, governance.pubkey(), world.exchange, args);
    let mut cases = exchange_cases(2);
    cases.extend([
        Wrong::unsigned("governance has not signed", 1),
        Wrong::account(
            "another exchange",
            2,
            other.world.exchange,
            ErrorCode::ConstraintSeeds,
        ),
        Wrong::account("elsewhere", 4, nowhere, ErrorCode::ConstraintSeeds),
        Wrong::no_program("not the system program", 5),
    ]);
    check_wrong(world, &propose, &[&governance], cases);

    let args = OfferRoleArgs {
        number: 1,
        role: Role::Guardian,
        holder: payer,
    };
    let guardian = world.guardian.clone();
    let offer = instructions::offer_role(guardian.pubkey(), world.exchange, args);
    let mut cases = exchange_cases(1);
    cases.push(Wrong::unsigned("nobody has signed", 0));
    check_wrong(world, &offer, &[&guardian], cases);
    world.send(&[offer], &[&guardian]).unwrap();
    let accept = instructions::accept_role(payer, world.exchange, Role::Guardian);
    check_wrong(world, &accept, &[], exchange_cases(1));
}

#[test]
fn the_asset_of_a_proposal_and_of_a_view_is_the_exchanges_own() {
    let (mut own, other) = stage_with_neighbour();
    let world = &mut own.world;
    let governance = world.governance.clone();
    let args = ProposeChangeArgs {
        number: world.next_change(),
        change: looser(world),
    };
    let (payer, key) = (world.payer.pubkey(), governance.pubkey());
    let propose = instructions::propose_change(payer, key, world.exchange, args);
    let foreign = |at| Wrong::foreign("another exchange's asset", at, other.sol.address);
    let cases = vec![foreign(3), Wrong::readonly("asset readonly", 3)];
    check_wrong(world, &propose, &[&governance], cases);
    let view = instructions::view_parameters(world.exchange, Some(0));
    let not_an_asset = Wrong::mistyped("not an asset", 1, other.world.pool);
    check_wrong(world, &view, &[], vec![foreign(1), not_an_asset]);
}
