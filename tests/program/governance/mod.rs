//! Changes under the timelock: proposed, waited for, carried out as proposed or not at all; tightened at once
//! by the risk manager; roles handed over in two steps.
pub mod accounts;
pub mod change;
pub mod parameters;
pub mod roles;
pub mod tighten;
pub mod timelock;

use freeboard::state::{AssetParams, Change, PortfolioParams};
use freeboard_tests::World;

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
