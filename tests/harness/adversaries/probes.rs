//! P8 and P9, tried on copies of the world.
use super::play::Play;
use crate::{Quote, Trader, World};
use freeboard::{error::FreeboardError, gates::Operation, instructions::TradeArgs};

impl Play {
    /// P8 and P9 on copies of the world.
    pub(super) fn probe(&mut self) {
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
        let flat = Quote::usd(self.price(&asset), world.now());
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
        let args = TradeArgs {
            reduce_only: true,
            ..world.trade_args(&asset, -size)
        };
        match world.trade_with(trader, args) {
            Ok(_) => self.count("P8 reduces"),
            Err(failure) => {
                assert!(
                    failure.is(FreeboardError::ReduceWorsensAccount),
                    "P8: {:?}",
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
            let quote = Quote::usd(self.price(&asset), world.now());
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
        let wild = |times: f64| Quote::usd(self.price(&asset) * times, now);
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
            wild(5.0).with_conf(0.6),
            wild(0.2).with_conf(0.6),
            wild(5.0).with_ema(0.2),
            wild(0.2).with_ema(5.0),
        ];
        // Where the initial shock is the whole price, collateral counts minus z·C: without its price that is z
        // times the recorded interval. See attacks::timing.
        let interval = |price: f64| price * 0.0005 * 2.12;
        let recorded = world.asset(index).recorded.confidence().0 as f64 / 1e12 * 2.12;
        let grown = (interval(self.price(&asset)) - recorded).max(0.0);
        let held = world.state_of(trader).collateral_atoms(index) as f64 / 1e9;
        let slack = (held * grown * 1e6) as i64 + 2;
        let judge = |world: &World, what: &str| {
            let seen = world.client_report(trader).expect("a report");
            let most = fresh.free_collateral_atoms + slack;
            let gained = seen.meets_initial_margin && seen.free_collateral_atoms > most;
            assert!(
                !gained,
                "P9: {what}: {} against {} and {slack}",
                seen.free_collateral_atoms, fresh.free_collateral_atoms
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
