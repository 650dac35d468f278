//! The thief wants the roles themselves, and what governance is paid. He and who it was stolen from hold the same key.
use super::siege::Siege;
use crate::support::refused;
use anchor_lang::prelude::Pubkey;
use freeboard::error::FreeboardError;
use freeboard::state::{Change, Role};
use freeboard_client::instructions;
use freeboard_tests::{Failure, Meta, World, governance::TIMELOCK_SECS, usd, world::Actor};
use solana_signer::Signer;

const HALF_DAY_SECS: i64 = 43_200;

fn to(role: Role, holder: Pubkey) -> Change {
    Change::OfferRole { role, holder }
}

/// Announces, carries out and accepts whatever he can.
fn reach_for(siege: &mut Siege, wanted: &[Change]) {
    let Siege { world, thief, .. } = siege;
    let own = thief.keypair.clone();
    for change in wanted {
        let _ = thief.propose(world, change.clone());
        if world.pending(change).is_some() {
            let _ = world.execute(change);
        }
    }
    for role in [Role::Governance, Role::RiskManager, Role::Guardian] {
        let _ = world.offer_role(&thief.governance, role, own.pubkey());
        let _ = world.accept_role(&own, role);
    }
}

/// Once in half a day the guardian cancels what it can, and the rightful holder of governance the guardian's end. In three
/// weeks nothing has changed hands.
#[test]
fn a_stolen_governance_key_never_takes_a_role_while_guardian_and_holder_watch() {
    let mut siege = Siege::by(&[Role::Governance]);
    let before = siege.clone();
    let (holder, guardian) = (siege.world.governance.clone(), siege.world.guardian.clone());
    let thief = siege.thief.keypair.pubkey();
    let wanted = [Role::Governance, Role::RiskManager, Role::Guardian].map(|role| to(role, thief));
    let mut cancelled = [0, 0];
    for half_day in 1..=42 {
        reach_for(&mut siege, &wanted);
        siege.wait_until(half_day * HALF_DAY_SECS);
        let world = &mut siege.world;
        for change in &wanted {
            if world.pending(change).is_none() {
                continue;
            }
            let by_guardian = world.clone().cancel_change_as(&guardian, change).is_ok();
            let by = if by_guardian { &guardian } else { &holder };
            world.cancel_change_as(by, change).expect("cancelled");
            cancelled[usize::from(by_guardian)] += 1;
        }
    }
    assert_eq!(cancelled, [42, 84]);
    let (exchange, old) = (siege.world.exchange(), before.world.exchange());
    for role in [Role::Governance, Role::RiskManager, Role::Guardian] {
        assert_eq!(exchange.holder(role), old.holder(role), "{role:?}");
        assert_eq!(exchange.offered(role), Pubkey::default(), "{role:?}");
    }
    siege.assert_unharmed(&before);
}

/// What the wait does not decide: the holder cannot move his role away from the thief either.
#[test]
fn whoever_has_a_copy_of_governances_key_cancels_its_move() {
    let mut siege = Siege::by(&[Role::Governance]);
    let (safe, holder) = (siege.world.actor(), siege.world.governance.clone());
    let change = to(Role::Governance, safe.pubkey());
    siege.world.propose(change.clone()).expect("announced");
    let thief = siege.thief.governance.clone();
    let world = &mut siege.world;
    world.cancel_change_as(&thief, &change).expect("cancelled");
    assert_eq!(world.exchange().governance, holder.pubkey());
}

fn pay_fees(world: &mut World, by: &Actor, amount_atoms: u64) -> Result<Meta, Failure> {
    let token = world.quote_token();
    let destination = world.token_account(&by.pubkey(), &token.mint);
    let pay = instructions::pay_out(&world.keys, &token, by.pubkey(), destination, amount_atoms);
    world.send(&[pay], &[by])
}

/// Fees have been earned, and a recipient of $40 a day was named long ago. Governance is stolen: before the wait is over
/// nothing; after it fees and no atom of anybody else. The recipient's own key: a cap a day.
#[test]
fn a_stolen_key_is_paid_fees_alone_and_no_more_than_the_cap_a_day() {
    let mut siege = Siege::by(&[Role::Governance]);
    let (sol, named) = (siege.sol.clone(), siege.world.actor());
    let (world, cap) = (&mut siege.world, usd(40));
    let payer = world.new_trader(usd(200_000));
    for _ in 0..10 {
        world.trade(&payer, &sol, sol.atoms(500.0)).expect("opened");
        world
            .trade(&payer, &sol, -sol.atoms(500.0))
            .expect("closed");
    }
    world.sweep(&sol).expect("swept");
    let opened = Change::Payouts {
        recipient: named.pubkey(),
        cap_quote_atoms: cap,
    };
    world.change(opened).expect("opened");
    let fees = u64::try_from(world.pool().ledger.fees_atoms).expect("fees");
    assert!(fees > usd(75), "{fees}");
    let (before, held) = (siege.clone(), siege.world.books());
    let thief = siege.thief.keypair.clone();

    // The recipient's key: two caps within two seconds of midnight would be two days', and are not.
    let mut stolen = siege.clone();
    let mut paid = 0;
    for hour in 0..48 {
        stolen.wait_until(hour * 3_600);
        while pay_fees(&mut stolen.world, &named, usd(1)).is_ok() {
            paid += usd(1);
        }
        let days = u64::try_from(hour / 24 + 1).expect("days");
        assert!(paid <= cap * days, "{paid} in {hour} h");
    }
    assert!(paid >= cap, "{paid}");

    // Governance's: himself as recipient, all that the bound allows.
    let change = Change::Payouts {
        recipient: thief.pubkey(),
        cap_quote_atoms: freeboard::governance::PAYOUT_CAP_MAX_QUOTE_ATOMS,
    };
    let proposed = siege.thief.propose(&mut siege.world, change.clone());
    proposed.expect("announced");
    for hour in 0..36 {
        siege.wait_until(hour * 3_600);
        assert!(siege.world.execute(&change).is_err());
        refused(
            pay_fees(&mut siege.world, &thief, 1),
            FreeboardError::NotPayoutRecipient,
        );
    }
    siege.wait_until(TIMELOCK_SECS);
    siege.world.execute(&change).expect("nobody has cancelled");
    refused(
        pay_fees(&mut siege.world, &thief, fees + 1),
        FreeboardError::PayoutTooLarge,
    );
    pay_fees(&mut siege.world, &thief, fees).expect("all fees");
    let left = siege.world.books();
    assert_eq!(
        (left.pool_atoms, left.insurance_atoms, left.accounts_atoms),
        (held.pool_atoms, held.insurance_atoms, held.accounts_atoms)
    );
    assert_eq!(siege.fortunes(), before.fortunes());
    siege.world.assert_books();
}
