//! P8, P9 and P11, tried on copies of the world.
use super::play::Play;
use crate::{AssetHandle, Quote, Trader, World};
use freeboard::error::FreeboardError;
use freeboard::governance::pauses::Operation;
use freeboard::instructions::MarginReport;
use freeboard::instructions::TradeArgs;
use freeboard::state::NO_ASSET;
use freeboard_client::margin;
use freeboard_risk::price::feed::ABSENCE_SECS;

impl Play {
    /// P8, P9 and P11 on copies of the world.
    pub(super) fn probe(&mut self) {
        let trader = self.pick_account();
        let state = self.world.state_of(&trader);
        if state.has_positions() {
            self.probe_reduce(&trader);
        }
        if state.has_positions() || state.has_collaterals() {
            self.probe_free_collateral(&trader);
            self.probe_price(&trader);
            self.probe_prices(&trader);
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
            Err(failure) if failure.is(FreeboardError::ImpactExceedsEquity) => {
                // No pause and no missing price is why.
                let mut open = self.world.clone();
                open.warp(61);
                for asset in open.assets.clone() {
                    let fresh = Quote::usd(self.price(&asset), open.now());
                    open.set_price(&asset, fresh);
                }
                let _ = open.unpause(Operation::Reduce);
                let alike = open.trade_with(trader, args).expect_err("P8");
                assert!(
                    alike.is(FreeboardError::ImpactExceedsEquity),
                    "P8: {:?}",
                    alike.error
                );
                self.count("P8 without equity for the skew");
            }
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

    /// P9: what an account may do with one price stale, uncertain, older or gone, it may do with a fresh one. With the
    /// fresh one recorded, so that it answers for what is older, and with the recorded one too old to answer.
    fn probe_free_collateral(&mut self, trader: &Trader) {
        let Some(asset) = self.held_asset(trader) else {
            return;
        };
        for recorded in [true, false] {
            let mut world = self.world.clone();
            if !recorded {
                world.warp(61);
            }
            for asset in world.assets.clone() {
                // The recorded one may be from the future, as far as is accepted.
                let newest_ts = world.asset(asset.index).recorded.publish_ts;
                let quote = Quote::usd(self.price(&asset), world.now().max(newest_ts));
                world.set_price(&asset, quote);
            }
            if recorded {
                world.show_price(&asset).expect("shown");
            }
            self.compare_free_collateral(&world, trader, &asset);
        }
        self.count("P9 probes");
    }

    /// An asset that the account holds.
    fn held_asset(&self, trader: &Trader) -> Option<AssetHandle> {
        let account = self.world.state_of(trader);
        let held = |index: &u16| {
            account.collateral_atoms(*index) > 0 || account.find_position(*index).is_some()
        };
        (0..3).find(held).map(|index| self.world.handle_of(index))
    }

    fn compare_free_collateral(&self, world: &World, trader: &Trader, asset: &AssetHandle) {
        let mut world = world.clone();
        let fresh = world.client_report(trader).expect("a report");
        let (quote, now) = (world.quote(asset), world.now());
        let wild = |times: f64| Quote::usd(self.price(asset) * times, now);
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
        let last = world.asset(asset.index).recorded;
        let recorded = last.confidence().0 as f64 / 1e12 * 2.12;
        let grown = (interval(self.price(asset)) - recorded).max(0.0);
        let held = world.state_of(trader).collateral_atoms(asset.index) as f64 / 1e9;
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
            world.set_price(asset, quote);
            judge(&world, &format!("{quote:?}"));
        }
        world.close_feed(asset);
        judge(&world, "closed");
    }

    /// P11: a price that is wide, far or missing gives an account no more than the margin asked for that asset, and
    /// takes no more from it than that price update counted as it is, or than the recorded price.
    fn probe_price(&mut self, trader: &Trader) {
        let Some(asset) = self.held_asset(trader) else {
            return;
        };
        let mut world = self.world.clone();
        world.warp(61);
        world.refresh_prices();
        let plain = Quote::usd(self.price(&asset), world.now());
        for bad in [
            plain.with_conf(0.021),
            plain.with_conf(0.9),
            plain.with_ema(1.3),
            plain.with_ema(0.7),
            plain.with_ema(1.3).with_conf(0.2),
        ] {
            world.set_price(&asset, plain);
            let fair = world.client_report(trader).expect("a report");
            let asked = self.asked(&world, trader, &asset);
            world.set_price(&asset, bad);
            self.judge_price(&world, trader, (&fair, asked), &format!("{bad:?}"));
        }
        // Recorded, hidden and announced: in time the record stands for it.
        world.set_price(&asset, plain);
        world.show_price(&asset).expect("shown");
        world.warp(16);
        world.announce_absence(&asset).expect("announced");
        world.warp(ABSENCE_SECS);
        world.refresh_prices();
        let fair = world.client_report(trader).expect("a report");
        let asked = self.asked(&world, trader, &asset);
        world.close_feed(&asset);
        self.judge_price(&world, trader, (&fair, asked), "absent");
        self.count("P11 probes");
    }

    /// P11: with every price wide or far at once an account is given no more than the margin that is asked of it, and
    /// whoever is below zero at what is shown is below his margin.
    fn probe_prices(&mut self, trader: &Trader) {
        let mut world = self.world.clone();
        world.warp(61);
        // Not what is in the feeds, which may be wild or old: the same prices on both sides.
        self.show_prices(&mut world, |plain| plain);
        let fair = world.client_report(trader).expect("a report");
        for bad in [
            |plain: Quote| plain.with_conf(0.021),
            |plain: Quote| plain.with_ema(1.3),
        ] {
            self.show_prices(&mut world, bad);
            let seen = world.client_report(trader).expect("a report");
            let given = seen.liquidation.equity_atoms - seen.maintenance.equity_atoms;
            assert!(
                given <= seen.liquidation.margin_atoms,
                "P11: {given} for {:?}",
                seen.liquidation
            );
            assert!(
                fair.is_liquidatable || !seen.is_liquidatable,
                "P11: {:?} for {:?}",
                seen.liquidation,
                fair.liquidation
            );
            let below = seen.maintenance.equity_atoms < -1;
            assert!(seen.is_liquidatable || !below, "P11: {seen:?}");
        }
        self.count("P11 probes of all prices");
    }

    /// Puts the price of every asset into its feed, changed like this.
    fn show_prices(&self, world: &mut World, change: impl Fn(Quote) -> Quote) {
        for asset in world.assets.clone() {
            let plain = Quote::usd(self.price(&asset), world.now());
            world.set_price(&asset, change(plain));
        }
    }

    /// The maintenance margin of this asset alone, quote atoms.
    fn asked(&self, world: &World, trader: &Trader, asset: &AssetHandle) -> i64 {
        let mut account = world.state_of(trader);
        let others = |index: u16| index != asset.index;
        for slot in account
            .positions
            .iter_mut()
            .filter(|slot| others(slot.asset_index))
        {
            slot.asset_index = NO_ASSET;
        }
        for slot in account
            .collaterals
            .iter_mut()
            .filter(|slot| others(slot.asset_index))
        {
            slot.asset_index = NO_ASSET;
        }
        let (exchange, assets) = (world.exchange(), world.priced_assets());
        let report = margin::report(&exchange, &account, &assets, world.now());
        report.expect("a report").maintenance.margin_atoms
    }

    fn judge_price(
        &self,
        world: &World,
        trader: &Trader,
        (fair, asked): (&MarginReport, i64),
        what: &str,
    ) {
        let seen = world.client_report(trader).expect("a report");
        let gained = seen.liquidation.equity_atoms - fair.liquidation.equity_atoms;
        let waived = fair.liquidation.margin_atoms - seen.liquidation.margin_atoms;
        // Where some other asset has no price either, both sides count it alike.
        assert!(
            gained + waived <= asked + 4,
            "P11: {what}: {gained} and {waived} for {asked}"
        );
        let harmed = seen.is_liquidatable && !fair.is_liquidatable;
        assert!(
            !harmed,
            "P11: {what}: {:?} for {:?}",
            seen.liquidation, fair.liquidation
        );
        let mut after = world.clone();
        let noted = after.flag(trader).is_ok();
        let is_call = after.state_of(trader).called != world.state_of(trader).called;
        let flagged = noted && !is_call; // a call decides nothing
        let known =
            world.state_of(trader).flagged_ts != 0 || world.state_of(trader).bad_debt_atoms != 0;
        assert!(
            !flagged || known || fair.is_liquidatable,
            "P11: flagged at {what}"
        );
    }
}
