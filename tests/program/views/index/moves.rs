//! What may move a valuation: prices, accounts, what is set and what time alone does. Parameters: `governed.rs`.
use super::path::{DYING, ENDING, Path};
use crate::views::foreseen::strain;
use freeboard::instructions::Closing;
use freeboard::state::MarginAccount;
use freeboard_tests::governance::TIMELOCK_SECS;
use freeboard_tests::{FeedKind, NewFeed, Quote, Trader, usd};

/// One move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Move {
    /// Every price once more, a few seconds later.
    Refresh,
    /// A few seconds, or minutes in which prices grow old.
    Time,
    /// Days for ramps.
    Days,
    Price,
    Crash,
    WidePrice,
    FarPrice,
    OldPrice,
    NoPrice,
    ForeignFeed,
    AnotherFeed,
    Absence,
    Sample,
    Trade,
    Deposit,
    Withdrawal,
    Collateral,
    Loan,
    Repayment,
    Opening,
    Flag,
    Liquidation,
    AssetRisk,
    /// A higher funding rate, for which the provision is yet to grow.
    FundingLimit,
    AssetOracle,
    AssetTrade,
    Portfolio,
    Scenarios,
    LiquidationTerms,
    PoolTerms,
    ReduceOnly,
    Pause,
    Funds,
    Rebalancing,
    Settlement,
    DeadFeed,
    SettledPosition,
    /// What time has moved in a ramp; noticed, not made.
    Ramp,
    /// What time has moved by funding.
    Funding,
    /// What time has moved by interest.
    Interest,
}

impl Move {
    pub const ANY_TIME: [Self; 34] = [
        Self::Refresh,
        Self::Time,
        Self::Days,
        Self::Price,
        Self::Crash,
        Self::WidePrice,
        Self::FarPrice,
        Self::OldPrice,
        Self::NoPrice,
        Self::ForeignFeed,
        Self::AnotherFeed,
        Self::Absence,
        Self::Sample,
        Self::Trade,
        Self::Deposit,
        Self::Withdrawal,
        Self::Collateral,
        Self::Loan,
        Self::Repayment,
        Self::Opening,
        Self::Flag,
        Self::Liquidation,
        Self::AssetRisk,
        Self::FundingLimit,
        Self::AssetOracle,
        Self::AssetTrade,
        Self::Portfolio,
        Self::Scenarios,
        Self::LiquidationTerms,
        Self::PoolTerms,
        Self::ReduceOnly,
        Self::Pause,
        Self::Funds,
        Self::Rebalancing,
    ];
    pub const ENDINGS: [Self; 3] = [Self::Settlement, Self::DeadFeed, Self::SettledPosition];
    const NOTICED: [Self; 3] = [Self::Ramp, Self::Funding, Self::Interest];

    pub fn all() -> impl Iterator<Item = Self> {
        let made = Self::ANY_TIME.into_iter().chain(Self::ENDINGS);
        made.chain(Self::NOTICED)
    }

    /// Whether it changes no margin when it is made.
    pub const fn is_never_felt(self) -> bool {
        matches!(
            self,
            Self::Opening
                | Self::Flag
                | Self::FundingLimit
                | Self::AssetTrade
                | Self::LiquidationTerms
                | Self::PoolTerms
                | Self::ReduceOnly
                | Self::Pause
                | Self::Funds
                | Self::Rebalancing
        )
    }
}

impl Path {
    /// Makes it likely that a move can be made, and is felt.
    pub fn prepare(&mut self, what: Move) {
        match what {
            Move::Trade | Move::Withdrawal | Move::Loan | Move::Rebalancing => {
                self.world().refresh_prices();
            }
            Move::Flag | Move::Liquidation => {
                for _ in 0..10 {
                    if self.deepest().is_some() {
                        break;
                    }
                    self.crash();
                }
            }
            // Those of before have grown to all that they ask for: what is loosened acts at once.
            Move::Scenarios if self.stream().next(4) == 0 => {
                self.world().warp_fresh(150 * 86_400);
            }
            // Neither old nor wide yet.
            Move::AssetOracle => {
                let sol = self.world().handle_of(0);
                let quote = self.next_quote(&sol, 0.0).with_conf(0.018);
                self.world().set_price(&sol, quote);
                self.world().warp(4);
            }
            _ => {}
        }
    }

    /// Makes a move if it can be made; says whether it was.
    pub fn make(&mut self, what: Move) -> bool {
        match what {
            Move::Refresh => self.refresh(),
            Move::Time => self.wait(),
            Move::Days => self.wait_for_days(),
            Move::Price => self.publish(|quote, _| quote),
            Move::Crash => self.crash(),
            Move::WidePrice => self.publish(|quote, part| quote.with_conf(0.012 + 0.03 * part)),
            Move::FarPrice => self.publish(|quote, part| quote.with_ema(0.5 + part)),
            Move::OldPrice => self.publish(|quote, part| Quote {
                publish_ts: quote.publish_ts - 16 - (400.0 * part) as i64,
                ..quote
            }),
            Move::NoPrice => self.hide(),
            Move::ForeignFeed => self.show_another_feed(),
            Move::AnotherFeed => self.migrate_feed(),
            Move::Absence => self.announce_absence(),
            Move::Sample => self.sample(),
            Move::Trade => self.trade(),
            Move::Deposit | Move::Withdrawal | Move::Collateral => self.transfer(what),
            Move::Loan => self.borrow(),
            Move::Repayment => self.repay(),
            Move::Opening => self.open_and_close(),
            Move::Flag => self.flag(),
            Move::Liquidation => self.liquidate(),
            Move::Settlement => self.settle(),
            Move::DeadFeed => self.lose_feed(),
            Move::SettledPosition => self.settle_position(),
            Move::Funds => self.world().fund_pool(usd(1_000)).is_ok(),
            Move::Rebalancing => self.world().rebalance().is_ok(),
            Move::Ramp | Move::Funding | Move::Interest => unreachable!("{what:?} is noticed"),
            governed => self.govern(governed),
        }
    }

    fn refresh(&mut self) -> bool {
        let secs = 1 + self.stream().next(5);
        self.world().warp_fresh(secs.cast_signed());
        true
    }

    fn wait(&mut self) -> bool {
        let most = [10, 70, 400][self.stream().next(3) as usize];
        let secs = 1 + self.stream().next(most);
        self.world().warp(secs.cast_signed());
        true
    }

    fn wait_for_days(&mut self) -> bool {
        let secs = 3_600 + self.stream().next(400_000);
        self.world().warp_fresh(secs.cast_signed());
        true
    }

    /// A price near the last one, bent by a random part of 1.
    fn publish(&mut self, bend: impl Fn(Quote, f64) -> Quote) -> bool {
        let asset = self.any_asset();
        let (quote, part) = (self.next_quote(&asset, 0.03), self.stream().signed().abs());
        self.world().set_price(&asset, bend(quote, part));
        true
    }

    /// Every price one way, by up to a fifth.
    fn crash(&mut self) -> bool {
        let jump = 1.0 + 0.2 * self.stream().signed();
        for index in 0..5 {
            let asset = self.world().handle_of(index);
            let mut quote = self.next_quote(&asset, 0.02);
            // Back towards where it was first: no price leaves its format on the way.
            let first = [150e8, 100_000e8, 4_000e8, 150e8, 150e8][usize::from(index)];
            let price = (quote.price as f64 * jump).clamp(first / 4.0, first * 4.0);
            quote = Quote::steady(price.round() as i64, quote.exponent, quote.publish_ts);
            self.world().set_price(&asset, quote);
        }
        true
    }

    fn hide(&mut self) -> bool {
        let asset = self.any_asset();
        self.world().close_feed(&asset);
        true
    }

    /// Somebody shows the feed of another asset in its place: nobody who holds it can be valued.
    fn show_another_feed(&mut self) -> bool {
        let asset = self.any_asset();
        let world = self.world();
        let other = world.handle_of((asset.index + 1) % 5);
        let quote = Quote::usd(150.0, world.now());
        let account = world.feed_account(&other, &quote);
        world.set_feed(&asset, account);
        !world.asset(asset.index).is_settled()
    }

    fn migrate_feed(&mut self) -> bool {
        let asset = self.world().handle_of(2);
        let new = NewFeed::new(FeedKind::Receiver);
        let world = self.world();
        world.refresh_prices();
        world.publish(&new, &world.quote(&asset));
        if world.propose_feed(&asset, &new).is_err() {
            return false;
        }
        world.warp_fresh(TIMELOCK_SECS);
        world.publish(&new, &world.quote(&asset));
        let migrated = world.migrate_feed(&asset, &new).is_ok();
        world.withdraw_proposal(&new.change(&asset));
        migrated
    }

    fn announce_absence(&mut self) -> bool {
        let asset = self.any_asset();
        let world = self.world();
        world.warp(400);
        world.close_feed(&asset);
        if world.announce_absence(&asset).is_err() {
            return false;
        }
        world.warp(316 + i64::from(asset.index) * 50);
        true
    }

    fn sample(&mut self) -> bool {
        let asset = self.any_asset();
        self.world().warp_fresh(301);
        let quote = self.next_quote(&asset, 0.05);
        self.world().set_price(&asset, quote);
        self.world().sample(&asset).is_ok()
    }

    fn trade(&mut self) -> bool {
        let (asset, trader) = (self.any_asset(), self.any_trader());
        let size = self.any_size(&asset);
        self.world().trade(&trader, &asset, size).is_ok()
    }

    fn transfer(&mut self, what: Move) -> bool {
        let trader = self.any_trader();
        let part = 1 + self.stream().next(5_000);
        let world = self.world();
        let sent = match what {
            Move::Deposit => world.deposit_quote(&trader, usd(part)),
            Move::Withdrawal => world.withdraw_quote(&trader, usd(part)),
            _ => {
                let sol = world.handle_of(0);
                world.deposit_collateral(&trader, &sol, part * 10_000_000)
            }
        };
        sent.is_ok()
    }

    /// Positions and a loan to the edge of the initial margin.
    fn borrow(&mut self) -> bool {
        let trader = self.any_trader();
        let before = self.world().quote_of(&trader);
        strain(
            &mut self.followed.stage.world,
            &trader,
            &mut self.followed.stream,
        );
        let after = self.world().quote_of(&trader);
        after < before.min(0)
    }

    fn repay(&mut self) -> bool {
        let debtor = self.find_last(|account| account.quote_atoms < 0);
        let Some(debtor) = debtor else { return false };
        let owed = self.world().quote_of(&debtor).unsigned_abs();
        let part = 1 + self.stream().next(owed);
        self.world().deposit_quote(&debtor, part).is_ok()
    }

    /// One account more, and that of somebody who leaves.
    fn open_and_close(&mut self) -> bool {
        let new = self.world().new_trader(usd(10_000));
        self.followed.traders.push(new);
        self.followed.follow();
        self.followed.check();
        self.world().next_slot();
        let idle = |account: &MarginAccount| account.is_idle() && !account.has_collaterals();
        let idle = self.find_last(idle);
        let Some(leaves) = idle else { return false };
        let world = self.world();
        let left = world.quote_of(&leaves).unsigned_abs();
        if world.withdraw_quote(&leaves, left).is_err()
            || world.close_margin_account(&leaves).is_err()
        {
            return false;
        }
        let gone = leaves.margin_account;
        self.followed.index.remove_account(&gone);
        self.followed
            .traders
            .retain(|one| one.margin_account != gone);
        true
    }

    fn find_last(&self, is_meant: impl Fn(&MarginAccount) -> bool) -> Option<Trader> {
        let (world, traders) = (&self.followed.stage.world, &self.followed.traders);
        let found = traders.iter().rfind(|one| is_meant(&world.state_of(one)));
        found.cloned()
    }

    /// The deepest account below its margin.
    fn deepest(&mut self) -> Option<Trader> {
        self.world().refresh_prices();
        self.followed.follow();
        let below = self.followed.index.liquidatable();
        let address = below.first()?.account.address;
        let mut traders = self.followed.traders.iter();
        traders.find(|one| one.margin_account == address).cloned()
    }

    fn flag(&mut self) -> bool {
        let Some(trader) = self.deepest() else {
            return false;
        };
        self.world().flag(&trader).is_ok()
    }

    fn liquidate(&mut self) -> bool {
        let Some(trader) = self.deepest() else {
            return false;
        };
        let world = self.world();
        drop(world.flag(&trader));
        world.warp_fresh(11);
        let liquidator = world.new_trader(usd(5_000_000));
        let mut closed = false;
        for index in 0..5 {
            let asset = world.handle_of(index);
            let closing = Closing::PositionByPool;
            closed |= world
                .liquidate(&liquidator, &trader, &asset, closing)
                .is_ok();
        }
        closed
    }

    /// The orderly end of a market, a week later.
    fn settle(&mut self) -> bool {
        let asset = self.world().handle_of(ENDING);
        let world = self.world();
        if world.asset(ENDING).is_settled() {
            return false;
        }
        world.refresh_prices();
        world.wind_down(&asset);
        self.followed.follow();
        self.followed.check();
        let world = self.world();
        let dollars = world.quote(&asset).price as f64 / 1e8;
        world.settle_at(&asset, |quarter| dollars * (1.0 + quarter as f64 / 1_000.0));
        world.refresh_prices();
        true
    }

    /// The end of a market whose feed has died.
    fn lose_feed(&mut self) -> bool {
        let asset = self.world().handle_of(DYING);
        let world = self.world();
        if world.asset(DYING).is_settled() {
            return false;
        }
        world.warp_fresh(301);
        drop(world.sample(&asset));
        world.warp(1);
        let settled = world.settle_dead_feed(&asset).is_ok();
        world.close_feed(&asset);
        settled
    }

    fn settle_position(&mut self) -> bool {
        for index in [ENDING, DYING] {
            let asset = self.world().handle_of(index);
            let holder = self.find_last(|account| account.find_position(index).is_some());
            if self.world().asset(index).is_settled()
                && holder.is_some_and(|one| self.world().settle_position(&one, &asset).is_ok())
            {
                return true;
            }
        }
        false
    }
}
