//! The properties P4 to P7, after each action.
use super::{
    liquidations::Liquidation,
    play::{Looked, Play, Sent},
    refusals::{BENT, Kind},
    scene::Scene,
};
use crate::{Failure, Meta, bent::Bend};
use freeboard::error::FreeboardError;
use freeboard::events::LiquidityExecuted;
use freeboard::state::{MarginAccount, Order, from_words};
use freeboard_client::events::Event;
use freeboard_risk::price::unit_shock::unit_shock;
use solana_signer::Signer;

/// The speed limit of the reference parameters, per hour.
const UP: f64 = 1.03;
const DOWN: f64 = 0.99;

impl Play {
    /// P4 to P7 and solvency after an action, and that a refusal is one that this kind may meet.
    pub(super) fn check(&mut self, kind: Kind, before: &Scene, sent: Sent, bend: Option<Bend>) {
        self.world.assert_books();
        self.check_escrows();
        self.look();
        self.check_solvency();
        let bend = bend.filter(|bend| bend.honest.is_some());
        let meta = match sent {
            Ok(meta) => meta,
            Err(failure) => return self.check_refusal(kind, &failure, bend.is_some()),
        };
        assert_ne!(kind, Kind::Foreign, "an attack succeeded");
        self.count(&format!("{kind:?}"));
        let after = self.scene();
        self.check_liquidatable(kind, before, &after, bend.as_ref());
        // What is shown instead of the feeds' own price updates may be newer, and is recorded then: check_bend.
        if bend.is_none() {
            Self::check_equity(kind, before, &after);
        }
        self.check_shares(kind, before, &after);
        Self::check_flags(kind, before, &after);
        let older = bend.as_ref().is_some_and(|bend| self.is_update(bend));
        let events = meta.told().events;
        let liquidations = events.iter().filter_map(Liquidation::of);
        let added: u64 = liquidations
            .clone()
            .map(|one| before.comes_from_others(&one))
            .sum();
        for one in liquidations {
            self.check_liquidation(&one, before, &after, (older, added));
        }
        for event in &events {
            match event {
                Event::AccountLiquidated(event) => self.check_closing(event),
                Event::AccountSliced(event) => self.check_slice(event),
                Event::LiquidityExecuted(event) => self.check_execution(event),
                _ => {}
            }
        }
        if let Some(bend) = &bend {
            self.check_bend(kind, before, bend);
        }
    }

    fn check_refusal(&mut self, kind: Kind, failure: &Failure, is_bent: bool) {
        let by = |errors: &[_]| errors.iter().any(|error| failure.is(*error));
        let known = by(kind.refusals()) || is_bent && by(&BENT);
        if kind == Kind::Foreign {
            self.count("attacks refused");
        }
        if is_bent {
            self.count("bent refused");
        }
        if failure.is(FreeboardError::PriceFromFuture) {
            self.count("from the future refused");
        }
        assert!(known, "{kind:?}: {failure:?}");
    }

    /// P4: nobody is liquidatable who was not, at the newest prices.
    fn check_liquidatable(
        &mut self,
        kind: Kind,
        before: &Scene,
        after: &Scene,
        bend: Option<&Bend>,
    ) {
        for (was, is) in before.seen.iter().zip(&after.seen) {
            if was.is_liquidatable() || !is.is_liquidatable() {
                continue;
            }
            // While no price update of an asset may be liquidated on, it counts at the price recorded last; whoever records
            // a newer one, that a trade accepts, brings that price to everybody.
            let mut held = was.report.assets.iter().chain(&is.report.assets);
            let recorded = held.any(|held| {
                let at = usize::from(held.asset_index);
                !held.usable_liquidation && before.recorded[at] != after.recorded[at]
            });
            if recorded {
                self.count("P4 by a recorded update");
                continue;
            }
            // See attacks::oracle: a reduce without a limit price closes at a price update that no other row accepts.
            let mut held = was.report.assets.iter();
            let at_wild_update = held.any(|held| {
                let size = |account: &MarginAccount| {
                    let position = account.find_position(held.asset_index);
                    position.map_or(0, |slot| slot.base_size_atoms)
                };
                !held.usable_liquidation && size(&was.account) != size(&is.account)
            });
            if at_wild_update && matches!(kind, Kind::Trade | Kind::FillOrder) {
                self.count("P4 at an update that its owner took");
                continue;
            }
            let shown = bend.filter(|bend| self.is_update(bend)).cloned();
            let shown = shown.map(|bend| self.scene_as_shown(&bend));
            let at_shown = shown.is_some_and(|scene| !scene.of(&is.trader).is_liquidatable());
            assert!(
                at_shown,
                "P4: {} after {kind:?}: {:?} to {:?}",
                is.trader.margin_account, was.report, is.report
            );
            self.count("P4 at an older update");
        }
    }

    /// P4: a deposit lowers nobody's equity minus margin. A loan turned over or a trade made and undone within
    /// one transaction gains nobody anything.
    fn check_equity(kind: Kind, before: &Scene, after: &Scene) {
        for (was, is) in before.seen.iter().zip(&after.seen) {
            let rounding = 4;
            assert!(
                kind != Kind::Deposit || is.free_collateral() >= was.free_collateral() - rounding,
                "P4: a deposit: {:?} to {:?}",
                was.report.maintenance,
                is.report.maintenance
            );
            let (had, has) = (was.report.maintenance, is.report.maintenance);
            // Funding of a market that nobody had looked at is counted at another price: a millionth.
            let funding = is.report.gross_notional_atoms / 1_000_000;
            let judged = kind == Kind::Bundle && was.is_priced() && is.is_priced();
            assert!(
                !judged || has.equity_atoms <= had.equity_atoms + rounding + funding,
                "a bundle gained: {had:?} to {has:?}"
            );
        }
    }

    /// No flag where nothing is held, none that a deposit ends while something is, and none older than its run.
    fn check_flags(kind: Kind, before: &Scene, after: &Scene) {
        for (was, is) in before.seen.iter().zip(&after.seen) {
            let (had, has) = (was.account.flagged_ts, is.account.flagged_ts);
            assert!(has == 0 || !is.account.is_idle(), "a flag on nothing");
            assert!(
                kind != Kind::Deposit || had == has || is.account.is_idle(),
                "a deposit changes a flag from {had} to {has}"
            );
            let stood = was.report.flagged_ts != 0;
            // A run begins no earlier than its newest price update, which may be from the future.
            let begins = after.now..=after.now + 5;
            assert!(
                has == had || has == 0 || stood || begins.contains(&has),
                "a flag of {has} on a run that lapsed or never was"
            );
        }
    }

    /// An LP takes nothing from those who stay: what the pool is worth per share does not fall.
    fn check_shares(&mut self, kind: Kind, before: &Scene, after: &Scene) {
        let (Some(was), Some(is)) = (before.pool_value, after.pool_value) else {
            return;
        };
        let judged = matches!(kind, Kind::ExecuteLiquidity | Kind::PushAndExecute);
        if !judged || before.shares == 0 || after.shares == 0 {
            return;
        }
        self.count("shares judged");
        let per_share = |value: i128, shares: u64| value as f64 / shares as f64;
        let (was, is) = (per_share(was, before.shares), per_share(is, after.shares));
        let rounding = 64.0 / after.shares as f64; // an atom for each account and price
        assert!(
            is >= was * (1.0 - 1e-9) - rounding,
            "a share of {was} is worth {is}"
        );
    }

    /// P6 for LPs: the escrows hold what open requests hold and what is locked, and all other shares are in wallets.
    fn check_escrows(&self) {
        let (world, pool) = (&self.world, self.world.pool());
        let held = |shares: bool| -> u64 {
            let requests = self.requests.iter();
            let held = requests.map(|request| {
                let lp = &self.cast.lps[request.lp];
                world.liquidity_request(lp, request.number).held()
            });
            let held = held.filter(|held| held.are_shares == shares);
            held.map(|held| held.atoms).sum()
        };
        let [quote, shares] =
            [pool.quote_escrow, pool.share_escrow].map(|escrow| world.token_balance(&escrow));
        assert_eq!(quote, held(false), "P6 escrow of quote");
        assert!(shares >= held(true), "P6 escrow of shares: {shares}");
        let mint = world.share_mint();
        let lps = self.cast.lps.iter();
        let owned: u64 = lps.map(|lp| world.wallet(&lp.pubkey(), &mint)).sum();
        assert_eq!(world.token_supply(&mint), owned + shares, "P6 shares");
    }

    /// Somebody else executes an LP's request at no moment of his choice where its value is in doubt.
    fn check_execution(&mut self, event: &LiquidityExecuted) {
        if event.authority == event.owner {
            return;
        }
        self.count("executed by others");
        let lower = if event.is_redemption {
            event.nav_atoms
        } else {
            event.nav_atoms - event.nav_gap_atoms
        };
        assert!(
            event.nav_gap_atoms <= lower / 100,
            "a stranger chose a gap of {} of {lower}",
            event.nav_gap_atoms
        );
    }

    /// An order is filled within its limit, at a price published after it.
    pub(super) fn check_fill(&mut self, order: &Order, meta: &Meta) {
        for event in meta.told().events {
            let Event::PositionChanged(event) = event else {
                continue;
            };
            let asset = self.world.handle_of(order.asset_index);
            let unit = 10_f64.powi(i32::from(asset.decimals));
            // What was filled of it: an order that only reduces is cut to what is left.
            let filled_atoms = event.size_after_atoms - event.size_before_atoms;
            let size = filled_atoms as f64 / unit;
            let limit = from_words(order.limit_price_e12) as f64 / 1e12;
            let paid = event.fill_notional_atoms as f64 / 1e6;
            let worst = size.abs() * limit;
            let fair = if size > 0.0 {
                paid <= worst
            } else {
                paid.abs() >= worst
            };
            assert!(
                fair || (paid.abs() - worst).abs() < 2e-6,
                "filled at {paid} beyond {worst}"
            );
            let earliest = order.requested_ts + 1;
            assert!(event.publish_ts >= earliest, "filled at a price before it");
        }
    }

    /// P5: the unit shock of each asset, and what is cut of its L, since it was last looked at.
    pub(super) fn look(&mut self) {
        let now = self.world.now();
        let looked: Vec<Looked> = self
            .world
            .assets
            .iter()
            .map(|handle| {
                let asset = self.world.asset(handle.index);
                let state = asset.volatility().expect("a state");
                let shock = unit_shock(&state, &asset.coefficients(now), now);
                Looked {
                    u_mm: shock.u_mm.to_bits() as f64,
                    cut_e9: asset.depth_cut_e9 as f64,
                    at_ts: now,
                }
            })
            .collect();
        for (index, (is, was)) in looked.iter().zip(&self.looked).enumerate() {
            let hours = (is.at_ts - was.at_ts) as f64 / 3_600.0;
            let (least, most) = (was.u_mm * DOWN.powf(hours), was.u_mm * UP.powf(hours));
            assert!(
                least * (1.0 - 1e-9) <= is.u_mm && is.u_mm <= most * (1.0 + 1e-9),
                "P5: asset {index} from {was:?} to {is:?}"
            );
            // A sample counts a quarter of an hour before it.
            assert!(
                is.cut_e9 - was.cut_e9 <= (hours + 0.25) / 240.0 * 1e9,
                "P5: L of asset {index} from {was:?} to {is:?}"
            );
        }
        self.looked = looked;
    }
}
