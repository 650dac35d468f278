//! A small market in which everything that the demo accounts for happens once, on the built program.
use freeboard_sandbox::client::events::Event;
use freeboard_sandbox::client::freeboard::instructions::Closing;
use freeboard_sandbox::client::freeboard::instructions::LiquidateArgs;
use freeboard_sandbox::client::freeboard::instructions::WEIGHT_DELAY_SECS;
use freeboard_sandbox::{AssetHandle, AssetSpec, Failure, Meta, Quote, Trader, World, usd};

use super::*;
use crate::report::PoolFlows;

struct Market {
    world: World,
    sol: AssetHandle,
    treasury: Treasury,
}

type Sent = Result<Meta, Failure>;

impl Market {
    /// SOL at $150, and a pool of $1 M.
    fn open() -> Self {
        let mut world = World::new();
        let spec = AssetSpec::sol().with_collateral();
        let sol = world.create_asset(spec.with_pool_share(900_000_000));
        let treasury = Treasury::open(&world);
        let mut market = Self {
            world,
            sol,
            treasury,
        };
        market.world.warp_fresh(WEIGHT_DELAY_SECS);
        market.does(|world, _| world.fund_pool(usd(1_000_000)));
        market.world.sample(&market.sol).unwrap();
        market.does(World::sweep);
        market
    }

    /// A transaction, explained.
    fn does(&mut self, act: impl FnOnce(&mut World, &AssetHandle) -> Sent) -> Meta {
        let meta = act(&mut self.world, &self.sol).expect("accepted");
        let explained = self.treasury.explain(&self.world, &meta);
        explained.expect("explained to the atom");
        meta
    }

    fn trades(&mut self, trader: &Trader, units: f64) {
        self.does(|world, sol| world.trade(trader, sol, sol.atoms(units)));
    }

    /// An hour passes in steps that funding counts in full.
    fn hour(&mut self) {
        for _ in 0..4 {
            self.world.warp_fresh(900);
            self.world.sample(&self.sol).unwrap();
        }
    }

    /// What has come in, and that it is what the ledgers and the value hold.
    fn flows(&self) -> PoolFlows {
        let moment = self.treasury.moment(&self.world).unwrap();
        let books = self.world.books();
        assert_eq!(i128::from(moment.cash.total_atoms()), books.pool_atoms);
        assert_eq!(i128::from(moment.fund.total_atoms()), books.insurance_atoms);
        let value = moment.cash.total_atoms() + moment.unsettled.total_atoms();
        assert_eq!(value, moment.nav_atoms);
        self.world.assert_books();
        moment.cash
    }
}

#[test]
fn trades_funding_and_interest_sum_to_the_ledgers() {
    let mut market = Market::open();
    let long = market.world.new_trader(usd(10_000));
    let short = market.world.new_trader(usd(10_000));
    market.trades(&long, 100.0);
    let opened = market.treasury.moment(&market.world).unwrap();
    assert!(opened.unsettled.spread_atoms > 0 && opened.cash.spread_atoms == 0);
    market.trades(&short, -60.0);
    let borrower = market.world.new_trader(0);
    market.does(|world, sol| world.deposit_collateral(&borrower, sol, 100_000_000_000));
    market.does(|world, _| world.withdraw_quote(&borrower, usd(1_000)));
    market.does(|world, _| world.rebalance());
    market.hour();
    market.world.set_price_usd(&market.sol, 153.0);
    market.trades(&long, -40.0);
    market.trades(&short, 90.0); // closes and opens the other side
    market.does(|world, _| world.deposit_quote(&borrower, usd(1_500)));
    market.trades(&long, -60.0);
    market.trades(&short, -30.0);

    let flows = market.flows();
    assert!(flows.fees_atoms > 0 && flows.spread_atoms > 0, "{flows:?}");
    assert!(
        flows.funding_atoms > 0 && flows.interest_atoms > 0,
        "{flows:?}"
    );
    assert!(flows.traded_atoms != 0, "{flows:?}");
    let last = market.treasury.moment(&market.world).unwrap();
    assert_eq!(last.unsettled, PoolFlows::default(), "nothing is open");
}

#[test]
fn liquidations_and_a_bankruptcy_sum_to_the_ledgers() {
    let mut market = Market::open();
    let liquidator = market.world.new_trader(usd(100_000));
    let thin = market.world.new_trader(usd(3_000));
    let broke = market.world.new_trader(usd(2_000));
    market.trades(&thin, 100.0);
    market.trades(&broke, 100.0);
    market.trades(&liquidator, -10.0); // a takeover closes it and opens the other side
    market.hour();
    market.world.set_price_usd(&market.sol, 124.0);
    for closing in [Closing::PositionByLiquidator, Closing::PositionByPool] {
        for account in [&thin, &broke] {
            let size = market.sol.atoms(20.0).unsigned_abs();
            let args = LiquidateArgs {
                asset_index: market.sol.index,
                max_size_atoms: size,
                closing,
            };
            market.does(|world, _| world.liquidate_with(&liquidator, account, args));
        }
    }
    let seen = market.treasury.moment(&market.world).unwrap();
    assert!(seen.bad_debt_atoms > 0 && seen.unsettled.takeovers_atoms < 0);
    market.does(|world, sol| world.liquidate(&liquidator, &broke, sol, Closing::PositionByPool));
    market.does(|world, _| world.resolve_bankruptcy(&broke));

    let flows = market.flows();
    assert!(
        flows.penalties_atoms > 0 && flows.takeovers_atoms >= 0,
        "{flows:?}"
    );
    assert!(
        flows.liquidated_atoms > 0 && flows.bankruptcies_atoms < 0,
        "{flows:?}"
    );
    let fund = market.treasury.moment(&market.world).unwrap().fund;
    assert!(
        fund.penalties_atoms > 0 && fund.bankruptcies_atoms < 0,
        "{fund:?}"
    );
}

#[test]
fn the_value_is_what_the_program_redeems_at() {
    let mut market = Market::open();
    let lp = market.world.actor();
    market.does(|world, _| world.request_deposit(&lp, 0, usd(500_000)));
    market.world.warp_fresh(86_400);
    market.does(|world, _| world.execute_liquidity(&lp, 0));
    market.does(World::sweep);
    let trader = market.world.new_trader(usd(50_000));
    market.trades(&trader, -200.0);
    let shares = market.world.shares_of(&lp) / 2;
    market.does(|world, _| world.request_redeem(&lp, 1, shares));
    market.world.warp_fresh(86_400);
    let quote = Quote::usd(144.0, market.world.now());
    let quote = quote.with_conf(0.002).with_ema(1.01);
    market.world.set_price(&market.sol, quote);
    let moment = market.treasury.moment(&market.world).unwrap();
    assert!(moment.nav_for_redeem_atoms < moment.nav_atoms);
    assert!(moment.nav_atoms < moment.nav_for_deposit_atoms);
    let meta = market.does(|world, _| world.execute_liquidity(&lp, 1));
    let Event::LiquidityExecuted(executed) = meta.event() else {
        panic!("another event");
    };
    assert_eq!(executed.nav_atoms, moment.nav_for_redeem_atoms);
    let flows = market.flows();
    assert_eq!(flows.lp_redemptions_atoms, -(executed.out_atoms as i64));
}

#[test]
fn money_that_moved_unseen_ends_the_run() {
    let mut market = Market::open();
    market.world.fund_pool(usd(1)).unwrap();
    let error = market.treasury.moment(&market.world).unwrap_err();
    assert!(error.to_string().contains("the pool has"), "{error}");
    let meta = market.world.sweep(&market.sol).unwrap();
    assert!(market.treasury.explain(&market.world, &meta).is_err());
}
