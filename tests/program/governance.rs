//! Changes under the timelock: proposed, waited for, carried out as proposed or not at all; tightened at once
//! by the risk manager; roles handed over in two steps.
use crate::support::{Stage, Wrong, check_wrong, refused, stage, stage_with_neighbour};
use anchor_lang::{error::ErrorCode, prelude::Pubkey};
use freeboard::{
    changes::{CHANGE_LIFE_SECS, GUARDIAN_DELAY_SECS, TIMELOCK_MAX_SECS, TIMELOCK_MIN_SECS},
    error::FreeboardError,
    instructions::{OfferRoleArgs, ProposeChangeArgs, TightenArgs},
    state::{AssetParams, Change, LiquidationParams, PortfolioParams, Role, TradeParams},
};
use freeboard_client::{address, events::Event, instructions};
use freeboard_tests::{AssetSpec, World, governance::TIMELOCK_SECS};
use solana_signer::Signer;

/// Less diversification counts: tighter.
fn theta(world: &World, theta_e9: u64) -> Change {
    let params = PortfolioParams {
        theta_e9,
        ..world.exchange().portfolio
    };
    Change::Portfolio { params }
}

/// Another k for asset 0.
fn k(world: &World, k_e9: u64) -> Change {
    let params = AssetParams {
        k_e9,
        ..world.asset(0).params
    };
    risk_of(0, params)
}

fn risk_of(asset_index: u16, params: AssetParams) -> Change {
    let params = Box::new(params);
    Change::AssetRisk {
        asset_index,
        params,
    }
}

fn looser(world: &World) -> Change {
    k(world, world.asset(0).params.k_e9 - 100_000_000)
}

fn tighter(world: &World) -> Change {
    let params = world.asset(0).params;
    risk_of(
        0,
        AssetParams {
            s_floor_e9: params.s_floor_e9 + 1_000_000,
            ..params
        },
    )
}

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

/// Looser, without a side, or both at once: only after the timelock.
pub fn not_tighter() {
    let Stage { mut world, .. } = stage();
    let asset = world.asset(0);
    let half_life = {
        let mut params = asset.params;
        params.sample.half_life_fast_secs += 1;
        risk_of(0, params)
    };
    let mixed = risk_of(
        0,
        AssetParams {
            k_e9: asset.params.k_e9 + 1,
            gamma_e9: asset.params.gamma_e9 - 1,
            ..asset.params
        },
    );
    let liquidation = Change::Liquidation {
        params: LiquidationParams {
            grace_secs: world.exchange().liquidation.grace_secs + 1,
            ..world.exchange().liquidation
        },
    };
    let lifecycle = [
        Change::WindDown { asset_index: 0 },
        Change::SettleDeadFeed { asset_index: 0 },
        Change::OfferRole {
            role: Role::Guardian,
            holder: Pubkey::new_unique(),
        },
    ];
    let changes = [looser(&world), half_life, mixed, liquidation];
    for change in changes.into_iter().chain(lifecycle) {
        refused(world.tighten(change), FreeboardError::ChangeNotTighter);
    }
    let reduce_only = |reduce_only| Change::ReduceOnly {
        asset_index: 0,
        reduce_only,
    };
    world.tighten(reduce_only(true)).unwrap();
    refused(
        world.tighten(reduce_only(false)),
        FreeboardError::ChangeNotTighter,
    );
    world.change(reduce_only(false)).unwrap();
}

/// Nothing differs.
pub fn empty() {
    let Stage { mut world, .. } = stage();
    let same = k(&world, world.asset(0).params.k_e9);
    refused(world.propose(same.clone()), FreeboardError::ChangeEmpty);
    let governance = world.exchange().timelock_secs;
    refused(
        world.propose(Change::Timelock { secs: governance }),
        FreeboardError::ChangeEmpty,
    );
}

/// Only the risk manager tightens; the timelock only governance.
pub fn risk_manager_only() {
    let Stage {
        mut world, trader, ..
    } = stage();
    let change = tighter(&world);
    for by in [world.guardian.clone(), trader.keypair.clone()] {
        refused(
            world.tighten_as(&by, 0, change.clone()),
            FreeboardError::NotRiskManager,
        );
    }
    refused(
        world.tighten(Change::Timelock { secs: 172_800 }),
        FreeboardError::NotGovernance,
    );
    // Governance has its delay, also for what is tighter.
    let governance = world.governance.clone();
    refused(
        world.tighten_as(&governance, 0, change.clone()),
        FreeboardError::NotRiskManager,
    );
    world.tighten(change).unwrap();
}

#[test]
fn a_longer_timelock_holds_at_once_and_a_shorter_one_waits_for_the_longer() {
    let Stage { mut world, .. } = stage();
    let governance = world.governance.clone();
    let change = looser(&world);
    world.propose(change.clone()).unwrap();
    let two_days = 2 * TIMELOCK_MIN_SECS;
    let longer = Change::Timelock { secs: two_days };
    world.tighten_as(&governance, 0, longer).unwrap();
    world.warp(TIMELOCK_SECS);
    refused(world.execute(&change), FreeboardError::ChangeTooEarly);
    world.warp(TIMELOCK_SECS);
    world.execute(&change).unwrap();

    let shorter = Change::Timelock {
        secs: TIMELOCK_MIN_SECS,
    };
    refused(
        world.tighten_as(&governance, 1, shorter.clone()),
        FreeboardError::ChangeNotTighter,
    );
    world.propose(shorter.clone()).unwrap();
    let other = looser(&world);
    world.propose(other.clone()).unwrap();
    world.warp(i64::from(two_days) - 1);
    refused(world.execute(&shorter), FreeboardError::ChangeTooEarly);
    world.warp(1);
    world.execute(&shorter).unwrap();
    assert_eq!(world.exchange().timelock_secs, TIMELOCK_MIN_SECS);
    world.execute(&other).unwrap();
    // Proposed under the longer one, it keeps that.
    world
        .tighten_as(&governance, 2, Change::Timelock { secs: two_days })
        .unwrap();
    let third = looser(&world);
    world.propose(third.clone()).unwrap();
    world.propose(shorter.clone()).unwrap();
    world.warp(i64::from(two_days));
    world.execute(&shorter).unwrap();
    world.execute(&third).unwrap();
}

/// Below a day and above thirty, at the creation and later.
pub fn timelock_bounds() {
    let Stage { mut world, .. } = stage();
    let outside = [0, TIMELOCK_MIN_SECS - 1, TIMELOCK_MAX_SECS + 1, u32::MAX];
    for secs in outside {
        refused(
            world.propose(Change::Timelock { secs }),
            FreeboardError::TimelockOutOfBounds,
        );
        let spec = freeboard_tests::ExchangeSpec {
            timelock_secs: secs,
            ..Default::default()
        };
        refused(
            World::try_with(spec).map(|_| ()),
            FreeboardError::TimelockOutOfBounds,
        );
    }
    world
        .change(Change::Timelock {
            secs: TIMELOCK_MAX_SECS,
        })
        .unwrap();
}

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

/// A listing and a feed are carried out with more accounts than execute_change has.
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
            Wrong::account(
                "not an exchange",
                at,
                other.world.pool,
                ErrorCode::AccountDiscriminatorMismatch,
            ),
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
        Wrong::account(
            "another exchange",
            1,
            other.world.exchange,
            FreeboardError::WrongExchange,
        ),
        Wrong::account(
            "another's asset",
            2,
            other.sol.address,
            FreeboardError::WrongExchange,
        ),
        Wrong::account(
            "another asset",
            2,
            own.btc.address,
            FreeboardError::ChangeTargetMismatch,
        ),
        Wrong::readonly("asset readonly", 2),
        Wrong::account(
            "not a change",
            3,
            own.sol.address,
            ErrorCode::AccountDiscriminatorMismatch,
        ),
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
        Wrong::account(
            "another exchange",
            1,
            other.world.exchange,
            FreeboardError::WrongExchange,
        ),
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
        Wrong::account(
            "another exchange",
            1,
            other.world.exchange,
            FreeboardError::WrongExchange,
        ),
        Wrong::account(
            "another's asset",
            2,
            other.sol.address,
            FreeboardError::WrongExchange,
        ),
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
        Wrong::account(
            "not the system program",
            5,
            nowhere,
            ErrorCode::InvalidProgramId,
        ),
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
fn decimals_and_lot_of_an_asset_never_change() {
    let Stage { mut world, .. } = stage();
    for edit in [
        |params: &mut AssetParams| params.lot_atoms *= 2,
        |params: &mut AssetParams| params.base_decimals -= 1,
    ] {
        let mut params = world.asset(0).params;
        edit(&mut params);
        refused(
            world.propose(risk_of(0, params)),
            FreeboardError::FixedParameterChanged,
        );
    }
}

/// The bounds are asked once more when it is carried out: two changes that are each within them together are not.
#[test]
fn a_combination_is_checked_when_it_comes_about() {
    let Stage { mut world, .. } = stage();
    let (params, trade) = (world.asset(0).params, world.asset(0).trade);
    // taker fee < s_floor/4, and 8 h · max_rate ≤ ½ · s_floor.
    let fee = Change::AssetTrade {
        asset_index: 0,
        params: TradeParams {
            taker_fee_e9: params.s_floor_e9.div_ceil(4) - 1,
            ..trade
        },
    };
    let floor = risk_of(
        0,
        AssetParams {
            s_floor_e9: params.s_floor_e9 / 2,
            max_rate_per_h_e9: 0,
            ..params
        },
    );
    world.propose(fee.clone()).unwrap();
    world.propose(floor.clone()).unwrap();
    world.warp(TIMELOCK_SECS);
    world.execute(&fee).unwrap();
    let failure = world.execute(&floor).unwrap_err();
    assert_eq!(failure.code, Some(FreeboardError::FeeOutOfBounds.into()));
    assert_eq!(world.asset(0).params, params);
    assert!(
        world.pending(&floor).is_some(),
        "a failed execution changes nothing"
    );
}

/// Who lets a change expire cannot bring it back by a longer timelock.
#[test]
fn a_void_change_stays_void() {
    let Stage { mut world, .. } = stage();
    let governance = world.governance.clone();
    let change = looser(&world);
    world.propose(change.clone()).unwrap();
    world.warp(TIMELOCK_SECS + CHANGE_LIFE_SECS);
    let longer = Change::Timelock {
        secs: 12 * TIMELOCK_MIN_SECS,
    };
    world.tighten_as(&governance, 0, longer).unwrap();
    for _ in 0..20 {
        refused(world.execute(&change), FreeboardError::ChangeExpired);
        world.warp(86_400);
    }
}

/// LPs leave before a change as well: the request they make the moment it was proposed has its delay and its whole
/// window before it.
#[test]
fn a_change_waits_longer_than_an_lp() {
    for (lp_delay_secs, lp_window_secs) in [
        (86_400, 43_200),
        (100_000, 50_000),
        (604_800, 43_200),
        (604_800, 302_400),
    ] {
        let mut spec = freeboard_tests::ExchangeSpec::default();
        (spec.pool.lp_delay_secs, spec.pool.lp_window_secs) = (lp_delay_secs, lp_window_secs);
        let mut world = World::with(spec);
        let change = theta(&world, 700_000_000);
        world.propose(change.clone()).unwrap();
        let wait = i64::from((lp_delay_secs + lp_window_secs).max(TIMELOCK_MIN_SECS));
        world.warp(wait - 1);
        refused(world.execute(&change), FreeboardError::ChangeTooEarly);
        world.warp(1);
        world.execute(&change).unwrap();
    }
}

/// A tightening that changes nothing but the version would only make the proposals of others stale.
#[test]
fn what_changes_nothing_is_no_tightening() {
    let Stage { mut world, .. } = stage();
    let asset = world.asset(0);
    let mut padded = asset.params;
    padded.padding[0] = 1;
    let mut doubled = asset.trade;
    doubled.one_step_fills = 2;
    let half = |weight_bps, shock| {
        let mut scenario = freeboard::state::Scenario {
            weight_bps,
            shock_bps: [0; 8],
        };
        scenario.shock_bps[0] = shock;
        Change::Scenarios {
            scenarios: vec![scenario],
        }
    };
    world.tighten(half(10_000, -1_000)).unwrap();
    let changes = [
        risk_of(0, padded),
        Change::AssetTrade {
            asset_index: 0,
            params: doubled,
        },
        half(5_000, -2_000),
    ];
    for change in changes {
        refused(world.tighten(change), FreeboardError::ChangeNotTighter);
    }
}

/// Neither the skew scale nor the shock floor can be cut below what is open, though the cap allows it: a closing would
/// be paid along a scale on which nobody opened, or be more than half of its margin.
#[test]
fn the_skew_scale_stays_beyond_open_interest() {
    let mut stage = stage();
    let sol = stage.sol.clone();
    stage.trade(&sol, 100.0);
    let world = &mut stage.world;
    let open = world.asset(0).open_interest_atoms();
    let scaled = |world: &World, skew_scale_atoms| Change::AssetTrade {
        asset_index: 0,
        params: TradeParams {
            skew_scale_atoms,
            open_interest_cap_atoms: 1,
            account_cap_atoms: 1,
            funding_scale_atoms: 1,
            ..world.asset(0).trade
        },
    };
    let least = open * 200; // a floor of 1 %
    let failure = world.propose(scaled(world, least - 1)).unwrap_err();
    assert_eq!(
        failure.code,
        Some(FreeboardError::OpenInterestCapOutOfBounds.into())
    );
    world.change(scaled(world, least)).unwrap();
    let floor = |world: &World, s_floor_e9| {
        let params = AssetParams {
            s_floor_e9,
            ..world.asset(0).params
        };
        risk_of(0, params)
    };
    let failure = world.propose(floor(world, 9_999_999)).unwrap_err();
    assert_eq!(
        failure.code,
        Some(FreeboardError::OpenInterestCapOutOfBounds.into())
    );
    world.change(floor(world, 10_000_001)).unwrap();
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
    let foreign = |at| {
        Wrong::account(
            "another exchange's asset",
            at,
            other.sol.address,
            FreeboardError::WrongExchange,
        )
    };
    let cases = vec![foreign(3), Wrong::readonly("asset readonly", 3)];
    check_wrong(world, &propose, &[&governance], cases);
    let view = instructions::view_parameters(world.exchange, Some(0));
    let not_an_asset = Wrong::account(
        "not an asset",
        1,
        other.world.pool,
        ErrorCode::AccountDiscriminatorMismatch,
    );
    check_wrong(world, &view, &[], vec![foreign(1), not_an_asset]);
}
