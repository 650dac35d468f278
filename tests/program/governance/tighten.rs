//! tighten: by the risk manager, at once, and nothing that is not tighter.
use super::{k, looser, risk_of, tighter};
use crate::support::{Stage, refused, stage};
use anchor_lang::prelude::Pubkey;
use freeboard::{
    error::FreeboardError,
    state::{AssetParams, Change, LiquidationParams, Role},
};

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
