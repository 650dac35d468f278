//! Parameters that are set, at once by the risk manager where they are tighter, else by governance; and pauses.
use super::moves::Move;
use super::path::Path;
use crate::support::Stream;
use freeboard::governance::pauses::Operation;
use freeboard::state::{Change, Scenario};

/// What is paused; new traders come and pay in at any time.
const PAUSED: [Operation; 5] = [
    Operation::Withdraw,
    Operation::Increase,
    Operation::Reduce,
    Operation::Liquidate,
    Operation::Sample,
];

/// Between two thirds and one and a half times as much.
fn scale(value: &mut u64, stream: &mut Stream) {
    let factor = 1.5_f64.powf(stream.signed());
    *value = (*value as f64 * factor).round() as u64;
}

impl Move {
    /// Whether parameters in force are others when it is made, and not by time alone.
    pub const fn sets_parameters(self) -> bool {
        matches!(
            self,
            Self::AssetRisk
                | Self::FundingLimit
                | Self::AssetOracle
                | Self::AssetTrade
                | Self::Portfolio
                | Self::Scenarios
                | Self::LiquidationTerms
                | Self::PoolTerms
                | Self::Settlement // the weight ends with the market
                | Self::DeadFeed
        )
    }
}

impl Path {
    /// A move that somebody with a role makes; says whether the program accepted it.
    pub fn govern(&mut self, what: Move) -> bool {
        if what == Move::Pause {
            let operation = PAUSED[self.stream().next(PAUSED.len() as u64) as usize];
            return self.world().pause(operation, 30).is_ok();
        }
        let change = match what {
            Move::AssetRisk => self.asset_risk(),
            Move::FundingLimit => self.funding_limit(),
            Move::AssetOracle => self.asset_oracle(),
            Move::AssetTrade => self.asset_trade(),
            Move::Portfolio => self.portfolio(),
            Move::Scenarios => self.scenarios(),
            Move::LiquidationTerms => self.liquidation_terms(),
            Move::PoolTerms => self.pool_terms(),
            Move::ReduceOnly => Change::ReduceOnly {
                asset_index: 2,
                reduce_only: self.stream().next(3) == 0,
            },
            other => unreachable!("{other:?} is nobody's decision"),
        };
        let world = self.world();
        world.tighten(change.clone()).is_ok() || world.change(change).is_ok()
    }

    fn asset_risk(&mut self) -> Change {
        let asset_index = self.any_asset().index;
        let mut params = self.world().asset(asset_index).params;
        let stream = self.stream();
        match stream.next(7) {
            0 => scale(&mut params.s_floor_e9, stream),
            1 => scale(&mut params.k_e9, stream),
            2 => scale(&mut params.basis_e9, stream),
            3 => scale(&mut params.s_max_mm_long_e9, stream),
            4 => scale(&mut params.s_max_short_e9, stream),
            5 => {
                let times = 1 + stream.next(30);
                params.depth_quote_atoms /= times;
                params.oi_lo_quote_atoms /= times;
                params.oi_hi_quote_atoms /= times;
            }
            _ => params.collateral_weight_e9 = 500_000_000 + 1_000 * stream.next(500_001),
        }
        Change::AssetRisk {
            asset_index,
            params: Box::new(params),
        }
    }

    /// From nothing to nearly the most that there may be, and back.
    fn funding_limit(&mut self) -> Change {
        let asset_index = self.any_asset().index;
        let mut params = self.world().asset(asset_index).params;
        params.max_rate_per_h_e9 = [0, 100_000, 300_000][self.stream().next(3) as usize];
        Change::AssetRisk {
            asset_index,
            params: Box::new(params),
        }
    }

    /// Limits of SOL about what its price is: see [`Path::prepare`].
    fn asset_oracle(&mut self) -> Change {
        let mut params = self.world().asset(0).oracle;
        let stream = self.stream();
        match stream.next(3) {
            0 => params.age_liquidation_secs = [3, 15, 30][stream.next(3) as usize],
            1 => params.conf_liquidation_e9 = [15_000_000, 20_000_000][stream.next(2) as usize],
            _ => scale(&mut params.ema_liquidation_e9, stream),
        }
        Change::AssetOracle {
            asset_index: 0,
            params,
        }
    }

    fn asset_trade(&mut self) -> Change {
        let asset_index = self.any_asset().index;
        let mut params = self.world().asset(asset_index).trade;
        let stream = self.stream();
        match stream.next(2) {
            0 => scale(&mut params.funding_scale_atoms, stream),
            _ => scale(&mut params.taker_fee_e9, stream),
        }
        Change::AssetTrade {
            asset_index,
            params,
        }
    }

    fn portfolio(&mut self) -> Change {
        let mut params = self.world().exchange().portfolio;
        let stream = self.stream();
        match stream.next(4) {
            0 => scale(&mut params.theta_e9, stream),
            1 => scale(&mut params.phi_e9, stream),
            2 => params.rho_lo_e9 = 1_000 * stream.next(600_001),
            _ => scale(&mut params.z_e9, stream),
        }
        Change::Portfolio { params }
    }

    /// One scenario or none: a fall or a rise of everything.
    fn scenarios(&mut self) -> Change {
        let stream = self.stream();
        let count = stream.next(3) as usize;
        let scenario = |_| Scenario {
            weight_bps: 10_000,
            shock_bps: [stream.next(17_000) as i16 - 8_500; 8],
        };
        let scenarios = (0..count).map(scenario).collect();
        Change::Scenarios { scenarios }
    }

    fn liquidation_terms(&mut self) -> Change {
        let mut params = self.world().exchange().liquidation;
        params.grace_secs = 5 + self.stream().next(20) as u32;
        Change::Liquidation { params }
    }

    fn pool_terms(&mut self) -> Change {
        let mut params = self.world().exchange().pool;
        let stream = self.stream();
        scale(&mut params.borrow_slope_per_h_e9, stream);
        Change::Pool { params }
    }
}
