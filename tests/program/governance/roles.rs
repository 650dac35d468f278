//! offer_role, accept_role: roles are handed over in two steps, or taken by governance after its delay.
use crate::support::{Stage, refused, stage};
use anchor_lang::prelude::Pubkey;
use freeboard::{
    changes::GUARDIAN_DELAY_SECS,
    error::FreeboardError,
    instructions::OfferRoleArgs,
    state::{Change, Role},
};
use freeboard_client::{events::Event, instructions};
use freeboard_tests::governance::TIMELOCK_SECS;
use solana_signer::Signer;

#[test]
fn a_role_is_offered_and_then_accepted() {
    let Stage { world: fresh, .. } = stage();
    for (role, holder) in [
        (Role::RiskManager, fresh.risk_manager.clone()),
        (Role::Guardian, fresh.guardian.clone()),
    ] {
        let mut world = fresh.clone();
        let next = world.actor();
        let meta = world.offer_role(&holder, role, next.pubkey()).unwrap();
        let Event::RoleOffered(event) = meta.event() else {
            panic!("another event")
        };
        assert_eq!((event.role, event.offered), (role, next.pubkey()));
        assert_eq!(world.exchange().holder(role), holder.pubkey());
        let meta = world.accept_role(&next, role).unwrap();
        let Event::RoleAccepted(event) = meta.event() else {
            panic!("another event")
        };
        assert_eq!(
            (event.before, event.after),
            (holder.pubkey(), next.pubkey())
        );
        let exchange = world.exchange();
        assert_eq!(
            (exchange.holder(role), exchange.offered(role)),
            (next.pubkey(), Pubkey::default())
        );
        // The old holder has nothing left, and the offer is used up.
        refused(
            world.offer_role(&holder, role, holder.pubkey()),
            FreeboardError::NotRoleHolder,
        );
        refused(
            world.accept_role(&next, role),
            FreeboardError::NotOfferedRole,
        );
    }
}

/// By who does not hold the role.
pub fn not_holder() {
    let Stage { mut world, .. } = stage();
    let (governance, guardian) = (world.governance.clone(), world.guardian.clone());
    let other = Pubkey::new_unique();
    refused(
        world.offer_role(&governance, Role::Guardian, other),
        FreeboardError::NotRoleHolder,
    );
    refused(
        world.offer_role(&guardian, Role::Governance, other),
        FreeboardError::NotRoleHolder,
    );
}

/// Governance's own role waits like every change, so that a stolen key does not take it at once: the guardian cancels.
pub fn own_role_at_once() {
    let Stage { mut world, .. } = stage();
    let (governance, guardian, thief) = (
        world.governance.clone(),
        world.guardian.clone(),
        world.actor(),
    );
    refused(
        world.offer_role(&governance, Role::Governance, thief.pubkey()),
        FreeboardError::RoleOfferNeedsDelay,
    );
    let change = Change::OfferRole {
        role: Role::Governance,
        holder: thief.pubkey(),
    };
    world.propose(change.clone()).unwrap();
    world.warp(TIMELOCK_SECS - 1);
    refused(world.execute(&change), FreeboardError::ChangeTooEarly);
    refused(
        world.accept_role(&thief, Role::Governance),
        FreeboardError::NotOfferedRole,
    );
    let mut handed = world.clone();
    world.cancel_change_as(&guardian, &change).unwrap();
    assert_eq!(world.exchange().governance, governance.pubkey());
    // Nobody cancels: it is handed over.
    handed.warp(1);
    handed.execute(&change).unwrap();
    handed.accept_role(&thief, Role::Governance).unwrap();
    assert_eq!(handed.exchange().governance, thief.pubkey());
}

/// A signed offer counts against the offers of its own role alone: whoever holds another voids nothing.
#[test]
fn an_offer_that_was_signed_is_voided_by_no_other_role() {
    let Stage { mut world, .. } = stage();
    let (manager, guardian, next) = (
        world.risk_manager.clone(),
        world.guardian.clone(),
        world.actor(),
    );
    let args = OfferRoleArgs {
        number: world.exchange().offer_count(Role::RiskManager) + 1,
        role: Role::RiskManager,
        holder: next.pubkey(),
    };
    let signed = instructions::offer_role(manager.pubkey(), world.exchange, args);
    for _ in 0..3 {
        world
            .offer_role(&guardian, Role::Guardian, next.pubkey())
            .unwrap();
    }
    world.send(&[signed], &[&manager]).unwrap();
    assert_eq!(world.exchange().offered(Role::RiskManager), next.pubkey());
}

/// By who was not offered it, or no longer is.
pub fn not_offered() {
    let Stage { mut world, .. } = stage();
    let (guardian, next) = (world.guardian.clone(), world.actor());
    refused(
        world.accept_role(&next, Role::Guardian),
        FreeboardError::NotOfferedRole,
    );
    world
        .offer_role(&guardian, Role::Guardian, next.pubkey())
        .unwrap();
    refused(
        world.accept_role(&next, Role::Governance),
        FreeboardError::NotOfferedRole,
    );
    world
        .offer_role(&guardian, Role::Guardian, Pubkey::default())
        .unwrap();
    refused(
        world.accept_role(&next, Role::Guardian),
        FreeboardError::NotOfferedRole,
    );
}

/// To nobody.
pub fn no_holder() {
    let Stage { mut world, .. } = stage();
    refused(
        world.propose(Change::OfferRole {
            role: Role::RiskManager,
            holder: Pubkey::default(),
        }),
        FreeboardError::RoleHolderInvalid,
    );
}

/// Governance replaces a guardian that has gone bad: it takes 7 days, the guardian cannot cancel it, and the
/// guardian cannot take the offer back.
pub fn imposed() {
    let Stage { mut world, .. } = stage();
    let (guardian, next) = (world.guardian.clone(), world.actor());
    let change = Change::OfferRole {
        role: Role::Guardian,
        holder: next.pubkey(),
    };
    world.propose(change.clone()).unwrap();
    refused(
        world.cancel_change_as(&guardian, &change),
        FreeboardError::NotGuardian,
    );
    world.warp(i64::from(GUARDIAN_DELAY_SECS) - 1);
    refused(world.execute(&change), FreeboardError::ChangeTooEarly);
    world.warp(1);
    world.execute(&change).unwrap();
    assert_eq!(world.exchange().guardian, guardian.pubkey());
    refused(
        world.offer_role(&guardian, Role::Guardian, guardian.pubkey()),
        FreeboardError::RoleOfferImposed,
    );
    world.accept_role(&next, Role::Guardian).unwrap();
    assert_eq!(world.exchange().guardian, next.pubkey());
    // The new one may hand it on.
    world
        .offer_role(&next, Role::Guardian, guardian.pubkey())
        .unwrap();
}

#[test]
fn the_guardian_can_cancel_the_replacement_of_the_risk_manager() {
    let Stage { mut world, .. } = stage();
    let guardian = world.guardian.clone();
    let change = Change::OfferRole {
        role: Role::RiskManager,
        holder: Pubkey::new_unique(),
    };
    world.propose(change.clone()).unwrap();
    world.cancel_change_as(&guardian, &change).unwrap();
}

/// A guardian that has been told to go cannot stand in the way by offering its role to the same successor first.
#[test]
fn an_offer_of_the_holder_does_not_stop_that_of_governance() {
    let Stage { mut world, .. } = stage();
    let (manager, next) = (world.risk_manager.clone(), world.actor());
    let change = Change::OfferRole {
        role: Role::RiskManager,
        holder: next.pubkey(),
    };
    world.propose(change.clone()).unwrap();
    world.warp(TIMELOCK_SECS);
    world
        .offer_role(&manager, Role::RiskManager, next.pubkey())
        .unwrap();
    world.execute(&change).unwrap();
    refused(
        world.offer_role(&manager, Role::RiskManager, Pubkey::default()),
        FreeboardError::RoleOfferImposed,
    );
    world.accept_role(&next, Role::RiskManager).unwrap();
}
