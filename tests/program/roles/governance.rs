//! Every kind of change by every role: who may tighten it, propose it, cancel it; every role offered and
//! accepted by every role.
use super::{
    accepted,
    cast::{Cast, EVERYBODY, Who, well},
    refused_unchanged,
};
use anchor_lang::solana_program::instruction::Instruction;
use freeboard::error::FreeboardError;
use freeboard::instructions::OfferRoleArgs;
use freeboard::instructions::ProposeChangeArgs;
use freeboard::instructions::TightenArgs;
use freeboard::state::{
    AssetParams, Change, ImpliedSource, PoolParams, PortfolioParams, Role, Scenario,
};
use freeboard_client::instructions as client;
use freeboard_tests::{AssetSpec, FeedKind, NewFeed, World, listing::listing_of};
use solana_signer::Signer;

fn floor(world: &World, s_floor_e9: u64) -> Change {
    let params = AssetParams {
        s_floor_e9,
        ..world.asset(0).params
    };
    Change::AssetRisk {
        asset_index: 0,
        params: Box::new(params),
    }
}

/// A change that governance alone can make, after the timelock.
pub fn looser(world: &World) -> Change {
    floor(world, world.asset(0).params.s_floor_e9 - 1)
}

/// A change that needs no timelock.
pub fn tighter(world: &World) -> Change {
    floor(world, world.asset(0).params.s_floor_e9 + 1)
}

/// One change of every kind, tighter where that exists.
fn every_kind(cast: &Cast, feed: &NewFeed) -> Vec<Change> {
    let (world, asset_index) = (&cast.world, 0);
    let (exchange, asset) = (world.exchange(), world.asset(0));
    let (mut oracle, mut trade, mut liquidation) =
        (asset.oracle, asset.trade, exchange.liquidation);
    oracle.conf_trade_e9 -= 1;
    trade.min_notional_quote_atoms += 1;
    liquidation.grace_secs += 1;
    let crash = Scenario {
        weight_bps: 10_000,
        shock_bps: [-9_000; 8],
    };
    let (listed, spec) = (cast.sol(), AssetSpec::new("NEW", 1.0).with_pool_share(0));
    let offer = |role| Change::OfferRole {
        role,
        holder: cast.key(Who::Stranger),
    };
    vec![
        Change::Portfolio {
            params: PortfolioParams {
                theta_e9: exchange.portfolio.theta_e9 - 1,
                ..exchange.portfolio
            },
        },
        Change::Scenarios {
            scenarios: vec![crash],
        },
        Change::Liquidation {
            params: liquidation,
        },
        Change::Pool {
            params: PoolParams {
                borrow_cap_quote_atoms: 1,
                ..exchange.pool
            },
        },
        Change::Timelock {
            secs: exchange.timelock_secs + 1,
        },
        Change::Payouts {
            recipient: exchange.payout_recipient,
            cap_quote_atoms: exchange.payout_cap_quote_atoms - 1,
        },
        offer(Role::Governance),
        offer(Role::RiskManager),
        offer(Role::Guardian),
        tighter(world),
        Change::AssetOracle {
            asset_index,
            params: oracle,
        },
        Change::AssetTrade {
            asset_index,
            params: trade,
        },
        feed.change(&cast.sol()),
        Change::ImpliedVolatility {
            asset_index,
            source: ImpliedSource::Governed {
                sigma_e9: 1,
                until_ts: world.now() + 7 * 86_400,
            },
        },
        Change::ReduceOnly {
            asset_index,
            reduce_only: true,
        },
        Change::WindDown { asset_index },
        Change::SettleDeadFeed { asset_index },
        Change::Listing {
            asset_index: exchange.asset_count,
            listing: Box::new(listing_of(&spec, &listed)),
        },
    ]
}

/// A market, and a feed that shows the same price as that of its first asset.
fn with_another_feed() -> (Cast, NewFeed) {
    let (mut cast, feed) = (well(), NewFeed::new(FeedKind::Receiver));
    let quote = cast.world.quote(&cast.sol());
    cast.world.publish(&feed, &quote);
    (cast, feed)
}

/// The proposal of a change, by this one.
fn proposal(cast: &Cast, who: Who, change: &Change, feed: &NewFeed) -> Instruction {
    let args = ProposeChangeArgs {
        number: cast.world.next_change(),
        change: change.clone(),
    };
    let (payer, key, exchange) = (cast.sponsor.pubkey(), cast.key(who), cast.world.exchange);
    match change {
        Change::AssetFeed { .. } => {
            let feeds = [cast.sol().feed, feed.address];
            client::propose_feed(payer, key, exchange, args, feeds)
        }
        _ => client::propose_change(payer, key, exchange, args),
    }
}

/// Who may make a change of this kind without delay. No wildcard: a new kind has to be judged.
fn tighteners(change: &Change) -> &'static [Who] {
    match change {
        Change::Portfolio { .. }
        | Change::Scenarios { .. }
        | Change::Pool { .. }
        | Change::Payouts { .. }
        | Change::AssetRisk { .. }
        | Change::AssetTrade { .. }
        | Change::ReduceOnly { .. } => &[Who::RiskManager],
        Change::Timelock { .. } => &[Who::Governance],
        // No side of these is the tight one.
        Change::Liquidation { .. }
        | Change::AssetOracle { .. }
        | Change::OfferRole { .. }
        | Change::AssetFeed { .. }
        | Change::ImpliedVolatility { .. }
        | Change::WindDown { .. }
        | Change::SettleDeadFeed { .. }
        | Change::Listing { .. } => &[],
    }
}

#[test]
fn every_kind_of_change_is_tightened_by_those_who_may_and_nobody_else() {
    let (scene, feed) = with_another_feed();
    for change in every_kind(&scene, &feed) {
        let version = match change {
            Change::Listing { .. } => 0,
            _ => scene.world.version(&change),
        };
        for who in EVERYBODY {
            let mut cast = scene.clone();
            let args = TightenArgs {
                version,
                change: change.clone(),
            };
            let call = client::tighten(cast.key(who), cast.world.exchange, args);
            let what = format!("{who:?} tightens {change:?}");
            if tighteners(&change).contains(&who) {
                accepted(&mut cast, &call, &what);
                continue;
            }
            let error = match (who, &change) {
                (_, Change::Timelock { .. }) => FreeboardError::NotGovernance,
                (Who::RiskManager, _) => FreeboardError::ChangeNotTighter,
                _ => FreeboardError::NotRiskManager,
            };
            refused_unchanged(&mut cast, &call, error.into(), &what);
        }
    }
}

#[test]
fn every_kind_of_change_is_proposed_by_governance_alone_and_waits() {
    let (scene, feed) = with_another_feed();
    for change in every_kind(&scene, &feed) {
        let mut cast = scene.clone();
        let by = |who| proposal(&scene, who, &change, &feed);
        for who in EVERYBODY.into_iter().filter(|who| *who != Who::Governance) {
            let what = format!("{who:?} proposes {change:?}");
            refused_unchanged(
                &mut cast,
                &by(who),
                FreeboardError::NotGovernance.into(),
                &what,
            );
        }
        accepted(&mut cast, &by(Who::Governance), &format!("{change:?}"));
        let early = client::execute_change(cast.key(Who::Governance), &cast.world.waiting(&change));
        cast.world.warp(86_399);
        let error = match change {
            // Carried out elsewhere, and a feed by its own instruction: not here, at any time.
            Change::Listing { .. } | Change::AssetFeed { .. } => None,
            _ => Some(FreeboardError::ChangeTooEarly),
        };
        let failure = super::send(&mut cast, &early).expect_err("too early");
        assert!(
            error.is_none_or(|error| failure.is(error)),
            "{change:?}: {failure:?}"
        );
    }
}

#[test]
fn every_kind_of_change_is_cancelled_by_governance_and_guardian_but_not_his_own_end() {
    let (scene, feed) = with_another_feed();
    for change in every_kind(&scene, &feed) {
        let mut cast = scene.clone();
        let proposed = proposal(&scene, Who::Governance, &change, &feed);
        accepted(&mut cast, &proposed, &format!("{change:?}"));
        let own = matches!(
            change,
            Change::OfferRole {
                role: Role::Guardian,
                ..
            }
        );
        for who in EVERYBODY {
            let call = client::cancel_change(cast.key(who), &cast.world.waiting(&change));
            let what = format!("{who:?} cancels {change:?}");
            if who == Who::Governance || who == Who::Guardian && !own {
                accepted(&mut cast.clone(), &call, &what);
            } else {
                refused_unchanged(&mut cast, &call, FreeboardError::NotGuardian.into(), &what);
            }
        }
    }
}

#[test]
fn every_role_but_governance_is_offered_by_its_holder_and_accepted_by_who_was_offered_it() {
    let holders = [
        (Role::RiskManager, Who::RiskManager),
        (Role::Guardian, Who::Guardian),
    ];
    for (role, holder) in holders {
        let mut cast = well();
        let (exchange, heir) = (cast.world.exchange, Who::Stranger);
        let args = OfferRoleArgs {
            number: cast.world.exchange().offer_count(role) + 1,
            role,
            holder: cast.key(heir),
        };
        for who in EVERYBODY.into_iter().filter(|who| *who != holder) {
            let call = client::offer_role(cast.key(who), exchange, args);
            let what = format!("{who:?} offers {role:?}");
            refused_unchanged(
                &mut cast,
                &call,
                FreeboardError::NotRoleHolder.into(),
                &what,
            );
        }
        let offer = client::offer_role(cast.key(holder), exchange, args);
        accepted(&mut cast, &offer, &format!("{role:?}"));
        for who in EVERYBODY.into_iter().filter(|who| *who != heir) {
            let call = client::accept_role(cast.key(who), exchange, role);
            let what = format!("{who:?} accepts {role:?}");
            refused_unchanged(
                &mut cast,
                &call,
                FreeboardError::NotOfferedRole.into(),
                &what,
            );
        }
        let accept = client::accept_role(cast.key(heir), exchange, role);
        accepted(&mut cast, &accept, &format!("{role:?}"));
        assert_eq!(cast.world.exchange().holder(role), cast.key(heir));
    }
}
