//! What everybody has at a moment.
use super::play::Play;
use crate::Trader;
use freeboard::instructions::MarginReport;
use freeboard::state::MarginAccount;
use freeboard_client::margin;

/// One account.
pub(super) struct Seen {
    pub trader: Trader,
    pub account: MarginAccount,
    pub report: MarginReport,
}

/// All accounts and the pool.
pub(super) struct Scene {
    pub seen: Vec<Seen>,
    /// What the pool owes to nobody else at the oracle price: cash minus profits of the accounts, what closing the
    /// skew pays them back included, minus known bad debt, quote atoms. None where a price is missing that counts.
    pub pool_value: Option<i128>,
    /// Supply of the pool's shares.
    pub shares: u64,
    /// Publish time of each asset's recorded price.
    pub recorded: Vec<i64>,
    /// The deficit as it is recorded, quote atoms.
    pub deficit: u64,
    /// The clock, unix seconds.
    pub now: i64,
}

impl Seen {
    /// Whether somebody could flag it now.
    pub fn is_liquidatable(&self) -> bool {
        let exposed = self.account.has_positions() || self.account.quote_atoms < 0;
        exposed && self.report.is_liquidatable
    }

    /// Equity minus maintenance margin, quote atoms.
    pub fn free_collateral(&self) -> i64 {
        self.report.maintenance.equity_atoms - self.report.maintenance.margin_atoms
    }

    /// Equity that its owner can still have: he leaves an account below zero behind.
    pub fn wealth(&self) -> i64 {
        self.report.maintenance.equity_atoms.max(0)
    }

    /// Whether each price it holds counts in a liquidation.
    pub fn is_priced(&self) -> bool {
        self.report
            .assets
            .iter()
            .all(|held| held.usable_liquidation)
    }
}

impl Scene {
    /// The account of this address.
    pub fn of(&self, trader: &Trader) -> &Seen {
        let found = self
            .seen
            .iter()
            .find(|seen| seen.trader.margin_account == trader.margin_account);
        found.expect("somebody who plays")
    }
}

impl Play {
    /// Everybody now, at the prices in the feeds.
    pub(super) fn scene(&self) -> Scene {
        let world = &self.world;
        let (exchange, assets, now) = (world.exchange(), world.priced_assets(), world.now());
        let seen = |trader: Trader| {
            let account = world.state_of(&trader);
            let report = margin::report(&exchange, &account, &assets, now).expect("a report");
            Seen {
                trader,
                account,
                report,
            }
        };
        let seen: Vec<Seen> = self.everybody().into_iter().map(seen).collect();
        Scene {
            now,
            deficit: world.pool().deficit_atoms,
            pool_value: self.pool_value(&seen),
            shares: world.token_supply(&world.share_mint()),
            recorded: assets
                .iter()
                .map(|priced| priced.asset.recorded.publish_ts)
                .collect(),
            seen,
        }
    }

    fn pool_value(&self, seen: &[Seen]) -> Option<i128> {
        let usable = |seen: &Seen| seen.report.assets.iter().all(|held| held.usable_initial);
        if !seen.iter().all(usable) {
            return None;
        }
        let books = self.world.books();
        let sol = self.world.quote(&self.world.handle_of(0)).price;
        let owed: i128 = seen
            .iter()
            .map(|seen| {
                let held = i128::from(seen.account.collateral_atoms(0)) * i128::from(sol);
                let worth = held / 10_i128.pow(9 + 8 - 6);
                i128::from(seen.report.maintenance.equity_atoms) - worth
            })
            .sum();
        let owned = books.vault_atoms - books.insurance_atoms - books.fees_atoms - owed;
        let premium = |asset| {
            let market = self.world.priced_market(asset).expect("a market");
            i128::from(market.skew_premium().expect("a premium").most_atoms)
        };
        let premium: i128 = self.world.assets.iter().map(premium).sum();
        Some(owned - premium - i128::from(self.world.pool().bad_debt_atoms))
    }
}
