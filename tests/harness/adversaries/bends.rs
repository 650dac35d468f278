//! Callers who choose what prices to show: in place of an asset's feed they give an account of the same feed with
//! an older price update, or one that does not exist. Whatever is accepted must be what the newest price allows.
use super::{play::Play, refusals::Kind, scene::Scene};
use crate::{AssetHandle, Failure, bent::Bend};
use anchor_lang::prelude::Pubkey;
use freeboard::error::FreeboardError::{self, *};
use freeboard_risk::price::feed::ABSENCE_SECS;
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::standard::PriceStandard;

/// Refusals by what an account or the pool has, which no shown price may turn into an acceptance.
const BY_FREE_COLLATERAL: [FreeboardError; 12] = [
    InitialMarginNotMet,
    ReduceWorsensAccount,
    AccountHealthy,
    NoRelief,
    NoDeficit,
    PoolDeficit,
    DeleverageScoreTooLow,
    DeleverageWorsensAccount,
    NoLossToSettle,
    AccountNotBankrupt,
    BorrowCapExceeded,
    PoolUtilizationExceeded,
];

impl Play {
    /// Sometimes the next instruction is sent with another account than a feed.
    pub(super) fn bend(&mut self) {
        if !self.chance(5) {
            return;
        }
        let asset = self.pick_asset();
        if self.chance(2) {
            self.world.bend = Some(Bend::new(asset.feed, Pubkey::new_unique()));
        } else {
            self.bend_to_older(&asset);
        }
    }

    /// The next instruction is sent with an older price update of this asset, if one is remembered.
    pub(super) fn bend_to_older(&mut self, asset: &AssetHandle) {
        let older = self.older_feed(asset);
        self.world.bend = older.map(|older| Bend::new(asset.feed, older));
    }

    /// Whether what was given is a price update, only older: in another account, or, where nothing was given, the recorded
    /// one while that is young enough for some row: it answers for what is missing.
    pub(super) fn is_update(&self, bend: &Bend) -> bool {
        let is_given = !self.world.account(&bend.to).data.is_empty();
        is_given || self.accepts_recorded(bend.from, self.world.now())
    }

    /// Whether some row accepts a recorded price of the asset with this feed at this moment.
    fn accepts_recorded(&self, feed: Pubkey, now: i64) -> bool {
        let mut assets = self.world.assets.iter();
        let handle = assets.find(|asset| asset.feed == feed).expect("a feed");
        let asset = self.world.asset(handle.index);
        let recorded = asset.recorded.observation();
        let to_trade = asset.newest_for(PriceStandard::Trade, None);
        asset
            .check_price(PriceStandard::Trade, &to_trade, now)
            .is_ok()
            || asset
                .check_price(PriceStandard::Liquidation, &recorded, now)
                .is_ok()
    }

    /// Whether the newest price update of the bent asset is none to judge by: its feed is announced absent and nobody has
    /// refuted that, the price update is so wide or far that it may be a wrong one, or it has moved further since the record
    /// than the 50 % within which a valuation without a price is certain.
    fn is_doubtful(&self, bend: &Bend) -> bool {
        let (world, now) = (&self.world, self.world.now());
        let mut assets = world.assets.iter();
        let handle = assets.find(|asset| asset.feed == bend.from);
        let handle = handle.expect("a feed");
        let (asset, quote) = (world.asset(handle.index), world.quote(handle));
        let update = Observation::from_pyth(
            quote.price,
            quote.conf,
            quote.ema,
            quote.exponent,
            quote.publish_ts,
        );
        let update = update.expect("a price");
        let recorded = asset.recorded.price().0;
        let moved = update.price.0.abs_diff(recorded);
        asset.known().is_absent_for(ABSENCE_SECS, now)
            || moved > recorded / 2
            || asset
                .check_price(PriceStandard::Liquidation, &update, update.publish_ts)
                .is_err()
    }

    /// The scene at the prices that were shown.
    pub(super) fn scene_as_shown(&mut self, bend: &Bend) -> Scene {
        let (real, shown) = (self.world.account(&bend.from), self.world.account(&bend.to));
        self.world.set_account(bend.from, shown);
        let scene = self.scene();
        self.world.set_account(bend.from, real);
        scene
    }

    /// P9: what was accepted is not what the newest price refuses.
    ///
    /// Except that an older price update is one that the model's age limits take until a newer one is recorded: what that
    /// gains is bounded in attacks::oracle.
    pub(super) fn check_bend(&mut self, kind: Kind, before: &Scene, bend: &Bend) {
        let honest = bend.honest.as_ref().expect("bent");
        let older = self.is_update(bend);
        let shown = if older { "older" } else { "hidden" };
        self.count(&format!("{shown} {kind:?}"));
        let by_free_collateral =
            |failure: &Failure| BY_FREE_COLLATERAL.into_iter().find(|e| failure.is(*e));
        let refused = honest.sent.as_ref().err().and_then(by_free_collateral);
        if let Some(error) = refused {
            let what = format!("{kind:?} instead of {error:?}");
            // A deficit that is recorded stays for who takes a share of what he could have in full.
            let stays = kind == Kind::ProRata && before.deficit > 0 && matches!(error, NoDeficit);
            // See attacks::prices: whoever holds the account has had five minutes to show one price update.
            let doubtful = matches!(error, AccountHealthy) && self.is_doubtful(bend);
            self.gained(older || stays || doubtful, &what);
        }
        let (pool, fair) = (self.world.pool(), honest.world.pool());
        // At a hidden price a recorded deficit does not fall, and one that is not recorded is not seen.
        let (is, fair) = (pool.deficit_atoms > 0, fair.deficit_atoms > 0);
        if honest.sent.is_ok() && is != fair && is != (before.deficit > 0) {
            let honest = honest.world.pool().deficit_atoms;
            let what = format!("{kind:?}: a deficit of {} for {honest}", pool.deficit_atoms);
            self.gained(older || self.is_doubtful(bend), &what);
        }
        for seen in &before.seen {
            let was = seen.account.bad_debt_atoms;
            let is = self.world.state_of(&seen.trader).bad_debt_atoms;
            let fair = honest.world.state_of(&seen.trader).bad_debt_atoms;
            if is > was.max(fair) || is < was.min(fair) {
                // settle_loss counts collateral without a price at nothing; a flag corrects it.
                let settled = kind == Kind::Settle && is > fair;
                let what = format!("{kind:?}: bad debt of {is} for {fair}");
                self.gained(older || settled || self.is_doubtful(bend), &what);
            }
        }
    }

    fn gained(&mut self, is_known: bool, what: &str) {
        assert!(is_known, "P9: a hidden price: {what}");
        self.count("P9 by a known exception");
    }
}
