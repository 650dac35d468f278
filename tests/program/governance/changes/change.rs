//! propose_change, execute_change, cancel_change: announced in full, waited for, carried out as announced or not at all.
use super::{looser, risk_of, theta, tighter};
use crate::support::{Stage, refused, stage, stage_with_neighbour};
use anchor_lang::{error::ErrorCode, prelude::Pubkey};
use freeboard::error::FreeboardError;
use freeboard::governance::CHANGE_LIFE_SECS;
use freeboard::instructions::OfferRoleArgs;
use freeboard::instructions::ProposeChangeArgs;
use freeboard::state::{AssetParams, Change, Role, TradeParams};
use freeboard_client::{address, events::Event, instructions};
use freeboard_tests::{AssetSpec, World, governance::TIMELOCK_SECS};
use solana_signer::Signer;

#[test]
fn a_change_is_announced_waits_and_is_carried_out_by_anyone_as_it_was_announced() {
    let Stage { mut world, .. } = stage();
    let (change, old, proposed_ts) = (looser(&world), world.asset(0).params, world.now());
    let (number, meta) = world.propose(change.clone()).unwrap();
    let Event::ChangeProposed(event) = meta.event() else {
        panic!("another event")
    };
    let executable_ts = proposed_ts + TIMELOCK_SECS;
    assert_eq!(event.number, number);
    assert_eq!(event.old, Some(risk_of(0, old)));
    assert_eq!(event.new, change);
    assert_eq!(
        (event.executable_ts, event.expires_ts),
        (executable_ts, executable_ts + CHANGE_LIFE_SECS)
    );
    let pending = world.pending(&change).unwrap();
    assert_eq!(
        (pending.change, pending.number, pending.version),
        (change.clone(), 4, 0) // the assets were three
    );
    assert_eq!(world.asset(0).params, old);

    let rent = world
        .account(&address::pending_change(&world.exchange, &change))
        .lamports;
    let before = world.account(&world.payer.pubkey()).lamports;
    world.warp(TIMELOCK_SECS);
    let meta = world.execute(&change).unwrap();
    let Event::ParametersChanged(event) = meta.event() else {
        panic!("another event")
    };
    assert_eq!((event.number, event.new), (number, change.clone()));
    assert_eq!(event.old, Some(risk_of(0, old)));
    let Change::AssetRisk { params, .. } = change.clone() else {
        unreachable!()
    };
    let asset = world.asset(0);
    assert_eq!((asset.params, asset.versions[0]), (*params, 1));
    assert_eq!(world.pending(&change), None);
    let fee = 5_000;
    assert_eq!(
        world.account(&world.payer.pubkey()).lamports,
        before + rent - fee
    );
}

/// A second before its time.
pub fn too_early() {
    let Stage { mut world, .. } = stage();
    let change = looser(&world);
    world.propose(change.clone()).unwrap();
    world.warp(TIMELOCK_SECS - 1);
    refused(world.execute(&change), FreeboardError::ChangeTooEarly);
    world.warp(1);
    world.execute(&change).unwrap();
}

/// Seven days after it could have been.
pub fn expired() {
    let Stage { mut world, .. } = stage();
    let change = looser(&world);
    world.propose(change.clone()).unwrap();
    world.warp(TIMELOCK_SECS + CHANGE_LIFE_SECS - 1);
    let stranger = world.actor();
    refused(
        world.cancel_change_as(&stranger, &change),
        FreeboardError::NotGuardian,
    );
    world.warp(1);
    refused(world.execute(&change), FreeboardError::ChangeExpired);
    world.cancel_change_as(&stranger, &change).unwrap();
    assert_eq!(world.pending(&change), None);
}

#[test]
fn governance_and_guardian_cancel_at_any_time_and_it_cannot_be_replayed() {
    let Stage { mut world, .. } = stage();
    for by in [world.governance.clone(), world.guardian.clone()] {
        let change = looser(&world);
        let number = world.next_change();
        let args = ProposeChangeArgs {
            number,
            change: change.clone(),
        };
        let (payer, governance) = (world.payer.pubkey(), world.governance.clone());
        let signed = instructions::propose_change(payer, governance.pubkey(), world.exchange, args);
        world
            .send(std::slice::from_ref(&signed), &[&governance])
            .unwrap();
        let pending = world.waiting(&change);
        let meta = world.cancel_change_as(&by, &change).unwrap();
        let Event::ChangeCancelled(event) = meta.event() else {
            panic!("another event")
        };
        assert_eq!((event.number, event.by), (number, by.pubkey()));
        // Signed before and sent again, as with a durable nonce.
        refused(
            world.send(&[signed], &[&governance]),
            FreeboardError::ChangeNumberMismatch,
        );
        world.warp(TIMELOCK_SECS);
        let execute = instructions::execute_change(payer, &pending);
        let failure = world.send(&[execute], &[]).unwrap_err();
        assert_eq!(failure.code, Some(ErrorCode::AccountNotInitialized.into()));
    }
    assert_eq!(world.asset(0).versions[0], 0);
}

/// Of two proposals with one number, a wrong number when it is carried out or cancelled.
pub fn number() {
    let Stage { mut world, .. } = stage();
    let governance = world.governance.clone();
    let next = world.next_change();
    for number in [0, next - 1, next + 1, u64::MAX] {
        refused(
            world.propose_as(&governance, number, looser(&world)),
            FreeboardError::ChangeNumberMismatch,
        );
    }
    let change = looser(&world);
    world.propose(change.clone()).unwrap();
    // A cancellation and an execution that were signed for another proposal at the same address.
    let stale = instructions::Pending {
        number: next - 1,
        ..world.waiting(&change)
    };
    let cancel = instructions::cancel_change(governance.pubkey(), &stale);
    refused(
        world.send(&[cancel], &[&governance]),
        FreeboardError::ChangeNumberMismatch,
    );
    world.warp(TIMELOCK_SECS);
    let execute = instructions::execute_change(world.payer.pubkey(), &stale);
    refused(
        world.send(&[execute], &[]),
        FreeboardError::ChangeNumberMismatch,
    );
    let actor = world.guardian.clone();
    let args = OfferRoleArgs {
        number: 2,
        role: Role::Guardian,
        holder: Pubkey::new_unique(),
    };
    let offer = instructions::offer_role(actor.pubkey(), world.exchange, args);
    refused(
        world.send(&[offer], &[&actor]),
        FreeboardError::ChangeNumberMismatch,
    );
}

#[test]
fn one_change_waits_per_target_and_field_group() {
    let Stage { mut world, .. } = stage();
    let first = looser(&world);
    world.propose(first.clone()).unwrap();
    let second = world.propose(tighter(&world)).unwrap_err();
    assert_eq!(second.code, Some(0), "the system program: already in use");
    // Another group of the same asset, the same group of another, and the exchange.
    let trade = TradeParams {
        taker_fee_e9: 1,
        ..world.asset(0).trade
    };
    world
        .propose(Change::AssetTrade {
            asset_index: 0,
            params: trade,
        })
        .unwrap();
    world
        .propose(risk_of(
            1,
            AssetParams {
                k_e9: 2_000_000_000,
                ..world.asset(1).params
            },
        ))
        .unwrap();
    world.propose(theta(&world, 700_000_000)).unwrap();
    world.warp(TIMELOCK_SECS);
    world.execute(&first).unwrap();
    world.propose(looser(&world)).unwrap();
}

/// What it would replace is no longer what it was announced to replace.
pub fn stale() {
    let Stage { mut world, .. } = stage();
    let change = looser(&world);
    world.propose(change.clone()).unwrap();
    world.tighten(tighter(&world)).unwrap();
    world.warp(TIMELOCK_SECS);
    refused(world.execute(&change), FreeboardError::ChangeStale);
    let manager = world.risk_manager.clone();
    refused(
        world.tighten_as(&manager, 0, tighter(&world)),
        FreeboardError::ChangeStale,
    );
}

/// The asset is another, missing, or there for no reason.
pub fn target() {
    let (
        Stage {
            mut world,
            sol,
            btc,
            ..
        },
        _,
    ) = stage_with_neighbour();
    let governance = world.governance.clone();
    let bent = |world: &mut World, change: Change, asset: Pubkey| {
        let args = ProposeChangeArgs {
            number: world.next_change(),
            change,
        };
        let payer = world.payer.pubkey();
        let key = world.governance.pubkey();
        let mut instruction = instructions::propose_change(payer, key, world.exchange, args);
        instruction.accounts[3].pubkey = asset;
        instruction.accounts[3].is_writable = asset != freeboard::ID;
        world.send(&[instruction], &[&governance])
    };
    let change = looser(&world);
    for asset in [btc.address, freeboard::ID] {
        refused(
            bent(&mut world, change.clone(), asset),
            FreeboardError::ChangeTargetMismatch,
        );
    }
    let portfolio = theta(&world, 700_000_000);
    refused(
        bent(&mut world, portfolio, sol.address),
        FreeboardError::ChangeTargetMismatch,
    );
    let listing = freeboard_tests::listing::listing_of(&AssetSpec::sol(), &sol);
    let listing = Change::Listing {
        asset_index: 3,
        listing: Box::new(listing),
    };
    refused(
        bent(&mut world, listing, sol.address),
        FreeboardError::ChangeTargetMismatch,
    );
}

/// A listing is carried out with more accounts than execute_change has.
pub fn own_instruction() {
    let Stage { mut world, sol, .. } = stage();
    let listing = freeboard_tests::listing::listing_of(&AssetSpec::btc(), &sol);
    let change = Change::Listing {
        asset_index: 3,
        listing: Box::new(listing),
    };
    world.propose_in_time(change.clone()).unwrap();
    refused(
        world.execute(&change),
        FreeboardError::ChangeNeedsInstruction,
    );
}
