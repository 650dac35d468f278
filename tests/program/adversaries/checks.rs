//! The properties P4 to P9, after each action; P8 and P9 on a copy of the world, every twentieth.
use super::{
    play::{Play, Sent},
    refusals::Kind,
};
use freeboard::{
    error::FreeboardError,
    events::{AccountLiquidated, MarginSnapshot},
    gates::Operation,
    instructions::Closing,
};
use freeboard_client::events::Event;
use freeboard_risk::unit_shock::unit_shock;
use freeboard_tests::{Quote, Trader, usd};

/// The speed limit of the reference parameters, per hour.
const UP: f64 = 1.03;
const DOWN: f64 = 0.99;

fn headroom(margin: MarginSnapshot) -> i64 {
    margin.equity_atoms - margin.margin_atoms
}

impl Play {
    /// Who could be flagged now.
    pub fn liquidatable(&self) -> Vec<bool> {
        let is = |trader: &Trader| {
            let account = self.world.state_of(trader);
            let exposed = account.has_positions() || account.quote_atoms < 0;
            exposed
                && self
                    .world
                    .client_report(trader)
                    .expect("a report")
                    .is_liquidatable
        };
        self.everybody().iter().map(is).collect()
    }

    /// P4 to P7 after an action, and that a refusal is one that this kind may meet.
    pub fn check(&mut self, kind: Kind, before: &[bool], result: Sent) {
        self.world.assert_books();
        self.look();
        let meta = match result {
            Ok(meta) => meta,
            Err(failure) => {
                let known = kind.refusals().iter().any(|error| failure.is(*error));
                let logs = failure.logs.join("\n");
                if kind == Kind::Foreign {
                    self.count("attacks refused");
                }
                assert!(
                    known,
                    "seed {}: {kind:?}: {:?}\n{logs}",
                    self.seed, failure.error
                );
                return;
            }
        };
        assert_ne!(kind, Kind::Foreign, "an attack succeeded");
        self.count(&format!("{kind:?}"));
        for (at, (was, is)) in before.iter().zip(self.liquidatable()).enumerate() {
            assert!(
                *was || !is,
                "P4 seed {}: account {at} after {kind:?}",
                self.seed
            );
        }
        for event in meta.events() {
            if let Event::AccountLiquidated(event) = event {
                self.check_liquidation(&event);
            }
        }
    }

    /// P7
    fn check_liquidation(&mut self, event: &AccountLiquidated) {
        self.count(&format!("{:?}", event.closing));
        let (before, after) = (event.before, event.after);
        let solvent = before.equity_atoms > 0 && event.notional_atoms > usd(100);
        assert!(
            !solvent || headroom(after) > headroom(before),
            "P7 seed {}: {before:?} to {after:?}",
            self.seed
        );
        let ratio =
            |margin: MarginSnapshot| margin.equity_atoms as f64 / margin.margin_atoms as f64;
        assert!(
            !solvent || after.margin_atoms == 0 || ratio(after) > ratio(before),
            "P7 seed {}: {before:?} to {after:?}",
            self.seed
        );
        let most = match event.closing {
            Closing::Collateral => event.collateral_before_atoms,
            _ => event.size_before_atoms.unsigned_abs(),
        };
        assert!(event.closed_atoms <= most, "P7 flip");
        assert!(
            event.penalty_atoms <= event.notional_atoms / 20 + 1,
            "P7 penalty"
        );
        let paid = i64::try_from(event.penalty_atoms + event.impact_atoms).unwrap();
        assert!(
            paid <= before.equity_atoms.max(0),
            "P7 seed {}: {paid} out of {before:?}",
            self.seed
        );
        let moves_out = match event.size_before_atoms {
            1.. => event.skew_before_atoms < i64::try_from(event.closed_atoms).unwrap(),
            _ => event.skew_before_atoms > -i64::try_from(event.closed_atoms).unwrap(),
        };
        assert!(
            event.impact_atoms == 0
                || moves_out && matches!(event.closing, Closing::PositionByPool | Closing::Pair),
            "P7 seed {}: an impact of {} at a skew of {}",
            self.seed,
            event.impact_atoms,
            event.skew_before_atoms
        );
        if event.impact_atoms > 0 {
            self.count("impacts paid");
        }
        // What the liquidator earns is his part of the penalty, or 0.05 % with what insurance adds.
        let earned = event.penalty_liquidator_atoms + event.topup_atoms;
        let least = event.notional_atoms / 2_000 + 1;
        assert!(
            earned <= event.penalty_liquidator_atoms.max(least),
            "P7 reward"
        );
        assert!(event.penalty_liquidator_atoms <= event.penalty_atoms / 2 + 1);
        if after.equity_atoms < 0 {
            self.count("below zero");
        }
    }

    /// P5: the unit shock of each asset since it was last looked at.
    pub fn look(&mut self) {
        let now = self.world.now();
        let looked: Vec<(f64, i64)> = self
            .world
            .assets
            .iter()
            .map(|handle| {
                let asset = self.world.asset(handle.index);
                let state = asset.volatility().expect("a state");
                let shock = unit_shock(&state, &asset.coefficients(now), now);
                (shock.u_mm.to_bits() as f64, now)
            })
            .collect();
        for (index, (is, was)) in looked.iter().zip(&self.looked).enumerate() {
            let hours = (is.1 - was.1) as f64 / 3_600.0;
            let (least, most) = (was.0 * DOWN.powf(hours), was.0 * UP.powf(hours));
            assert!(
                least * (1.0 - 1e-9) <= is.0 && is.0 <= most * (1.0 + 1e-9),
                "P5 seed {}: asset {index} from {was:?} to {is:?}",
                self.seed
            );
        }
        self.looked = looked;
    }

    /// P8 and P9 on copies of the world.
    pub fn probe(&mut self) {
        let trader = self.pick_account();
        let state = self.world.state_of(&trader);
        if state.has_positions() {
            self.probe_reduce(&trader);
        }
        if state.has_positions() || state.has_collaterals() {
            self.probe_headroom(&trader);
        }
    }

    /// P8: a deposit and a reduce work under every other pause and without the feeds of the other assets.
    fn probe_reduce(&mut self, trader: &Trader) {
        let asset = self.largest_position(trader).expect("a position");
        let mut world = self.world.clone();
        // Old enough that the recorded prices do not prove that there is a feed.
        world.warp(61);
        world.refresh_prices();
        let flat = Quote::at(world.quote(&asset).price, -8, world.now());
        world.set_price(&asset, flat);
        for operation in [
            Operation::Withdraw,
            Operation::Increase,
            Operation::Liquidate,
            Operation::Sample,
            Operation::DepositLiquidity,
            Operation::RedeemLiquidity,
        ] {
            let _ = world.pause(operation, 60);
        }
        let _ = (
            world.unpause(Operation::Deposit),
            world.unpause(Operation::Reduce),
        );
        for other in world.assets.clone() {
            if other.index != asset.index {
                world.close_feed(&other);
            }
        }
        world.deposit_quote(trader, 1).expect("P8 deposit");
        let size = world.size_of(trader, asset.index);
        let args = freeboard::instructions::TradeArgs {
            reduce_only: true,
            ..world.trade_args(&asset, -size)
        };
        match world.trade_with(trader, args) {
            Ok(_) => self.count("P8 reduces"),
            Err(failure) => {
                assert!(
                    failure.is(FreeboardError::ReduceWorsensAccount),
                    "P8 seed {}: {:?}",
                    self.seed,
                    failure.error
                );
                self.count("P8 hedges kept");
            }
        }
        world.assert_books();
    }

    /// P9: what an account may do with one price stale, uncertain, older or gone, it may do with a fresh one.
    fn probe_headroom(&mut self, trader: &Trader) {
        let mut world = self.world.clone();
        for asset in world.assets.clone() {
            let quote = Quote::at(world.quote(&asset).price, -8, world.now());
            world.set_price(&asset, quote);
        }
        let fresh = world.client_report(trader).expect("a report");
        let held = |index: &u16| {
            let account = world.state_of(trader);
            account.collateral_atoms(*index) > 0 || account.find_position(*index).is_some()
        };
        let Some(index) = (0..3).find(held) else {
            return;
        };
        let asset = world.handle_of(index);
        let quote = world.quote(&asset);
        let now = world.now();
        let worse = [
            Quote {
                publish_ts: now - 61,
                ..quote
            },
            Quote {
                publish_ts: now - 4_000,
                ..quote
            },
            quote.with_conf(0.02),
            quote.with_ema(1.2),
            quote.with_ema(0.8),
        ];
        // Where the shock is 100 % collateral counts less than nothing by its confidence interval, and losing
        // its price gains that: see attacks::timing.
        let held = self.world.state_of(trader).collateral_atoms(0) as f64 / 1e9;
        let price = world.quote(&world.handle_of(0)).price as f64 / 1e8;
        let slack = (held * price * 1e6 * 0.002) as i64;
        let judge = |world: &freeboard_tests::World, what: &str| {
            let seen = world.client_report(trader).expect("a report");
            let gained = seen.meets_initial_margin
                && (!fresh.meets_initial_margin
                    || seen.free_collateral_atoms > fresh.free_collateral_atoms + slack);
            assert!(
                !gained,
                "P9 seed {}: {what}: {} against {}",
                self.seed, seen.free_collateral_atoms, fresh.free_collateral_atoms
            );
        };
        for quote in worse {
            world.set_price(&asset, quote);
            judge(&world, &format!("{quote:?}"));
        }
        world.close_feed(&asset);
        judge(&world, "closed");
        self.count("P9 probes");
    }
}
