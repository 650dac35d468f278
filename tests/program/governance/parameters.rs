//! What no change may bring about, alone or together with another.
use super::risk_of;
use crate::support::{Stage, refused, stage};
use freeboard::{
    error::FreeboardError,
    state::{AssetParams, Change, TradeParams},
};
use freeboard_tests::{World, governance::TIMELOCK_SECS};

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
