//! From the first deposit through a crash to the last withdrawal, on a full bank.
use crate::{
    bank::{self, Executed, Refused},
    market::{Actor, Market},
};
use freeboard::error::FreeboardError;
use freeboard::events::AccountLiquidated;
use freeboard::instructions::Closing;
use freeboard::instructions::LiquidateArgs;
use freeboard::instructions::WEIGHT_DELAY_SECS;
use freeboard_client::{events::Event, instructions, slots};
use freeboard_tests::{AssetSpec, World, usd};
use solana_signer::Signer;

const SOL: u16 = 1;
const BTC_USD: i64 = 100_000;
const SOL_USD: i64 = 150;
const POOL_USD: u64 = 10_000_000;
const QUOTE_USD: u64 = 30_000;
/// SOL that the trader deposits, and buys.
const COLLATERAL_SOL: i64 = 100;
const POSITION_SOL: i64 = 2_000;
/// Longer than the grace period of a flag.
const AFTER_FLAG_SECS: i64 = 11;

fn specs() -> Vec<(AssetSpec, i64)> {
    vec![
        (AssetSpec::btc(), BTC_USD),
        (AssetSpec::sol().with_collateral(), SOL_USD),
    ]
}

async fn market() -> Market {
    let mut market = Market::open(&specs()).await;
    market.fund_pool(usd(POOL_USD)).await;
    market.warp(WEIGHT_DELAY_SECS).await;
    market.sample_and_sweep().await;
    market
}

async fn flag(market: &mut Market, actor: &Actor) -> Result<Executed, Refused> {
    let order = slots::order_of_flag([&market.state(actor).await], &[]);
    let metas = market.metas(&order, &[]);
    let flag = instructions::flag(&market.keys, actor.margin_account, metas);
    market.bank.send(&[flag], &[]).await
}

async fn liquidate(
    market: &mut Market,
    liquidator: &Actor,
    actor: &Actor,
    closing: Closing,
) -> Result<Executed, Refused> {
    let account = market.state(actor).await;
    let own = market.state(liquidator).await;
    let order = slots::order_of_liquidation([&account], &own, SOL, closing, &[]);
    let metas = market.metas(&order, &[SOL]);
    let args = LiquidateArgs {
        asset_index: SOL,
        max_size_atoms: u64::MAX,
        closing,
    };
    let instruction = instructions::liquidate(
        &market.keys,
        true,
        liquidator.keypair.pubkey(),
        actor.margin_account,
        liquidator.margin_account,
        args,
        metas,
    );
    market
        .bank
        .send(&[instruction], &[&liquidator.keypair])
        .await
}

fn liquidation(executed: &Executed) -> &AccountLiquidated {
    match &executed.events[..] {
        [Event::AccountLiquidated(event)] => event,
        other => panic!("events: {other:?}"),
    }
}

async fn position(market: &mut Market, actor: &Actor, index: u16) -> i64 {
    let account = market.state(actor).await;
    let slot = account
        .positions
        .iter()
        .find(|slot| slot.asset_index == index);
    slot.map_or(0, |slot| slot.base_size_atoms)
}

/// Deposits and opens the position of the story.
async fn open(market: &mut Market) -> Actor {
    let trader = market.enter(usd(QUOTE_USD)).await;
    let sol = market.assets[usize::from(SOL)];
    let collateral = sol.hundredths(COLLATERAL_SOL * 100).unsigned_abs();
    market
        .deposit_collateral(&trader, SOL.into(), collateral)
        .await;
    let size = sol.hundredths(POSITION_SOL * 100);
    market
        .trade(&trader, SOL, size)
        .await
        .expect("the position is opened");
    trader
}

#[tokio::test]
async fn a_crash_from_deposit_to_withdrawal() {
    let mut market = market().await;
    let trader = open(&mut market).await;
    let liquidator = market.enter(usd(200_000)).await;
    market.assert_books().await;

    let healthy = flag(&mut market, &trader).await.unwrap_err();
    assert!(healthy.is(FreeboardError::AccountHealthy), "{healthy:?}");
    let too_much = market
        .withdraw(&trader, None, usd(29_000))
        .await
        .unwrap_err();
    assert!(too_much.is(FreeboardError::InitialMarginNotMet));

    market.warp(300).await;
    market.sample_and_sweep().await;
    market.move_price(SOL.into(), -10).await;
    flag(&mut market, &trader)
        .await
        .expect("below maintenance margin");
    let early = liquidate(&mut market, &liquidator, &trader, Closing::PositionByPool)
        .await
        .unwrap_err();
    assert!(
        early.is(FreeboardError::LiquidationGracePeriod),
        "{early:?}"
    );

    market.warp(AFTER_FLAG_SECS).await;
    let before = position(&mut market, &trader, SOL).await;
    let to_pool = liquidate(&mut market, &liquidator, &trader, Closing::PositionByPool).await;
    let to_pool = to_pool.expect("flagged for long enough, at a fresh price");
    let event = liquidation(&to_pool);
    assert!(event.penalty_atoms > 0 && event.penalty_liquidator_atoms > 0);
    let after = position(&mut market, &trader, SOL).await;
    assert_eq!(after, before - event.closed_atoms as i64);
    assert!(after > 0, "no more than needed");
    market.assert_books().await;

    takeover(&mut market, &trader, &liquidator).await;
    wind_up(&mut market, &trader, &liquidator).await;
}

/// The price falls on; this time the liquidator takes the position over.
async fn takeover(market: &mut Market, trader: &Actor, liquidator: &Actor) {
    market.move_price(SOL.into(), -3).await;
    flag(market, trader)
        .await
        .expect("below maintenance margin again");
    market.warp(AFTER_FLAG_SECS + 20).await;
    let taken = liquidate(market, liquidator, trader, Closing::PositionByLiquidator).await;
    let taken = taken.expect("taken over");
    let event = liquidation(&taken);
    assert_eq!(event.closing, Closing::PositionByLiquidator);
    assert_eq!(
        position(market, liquidator, SOL).await,
        event.closed_atoms as i64
    );
    market.assert_books().await;
}

/// Everybody closes and takes everything out; the books still balance.
async fn wind_up(market: &mut Market, trader: &Actor, liquidator: &Actor) {
    market.move_price(SOL.into(), 5).await;
    for actor in [trader, liquidator] {
        let rest = position(market, actor, SOL).await;
        if rest != 0 {
            market
                .trade(actor, SOL, -rest)
                .await
                .expect("the position is closed");
        }
    }
    // The losses were more than the quote deposited: what is owed holds the collateral back.
    let owed = market.state(trader).await.quote_atoms;
    assert!(owed < 0, "{owed}");
    let sol = market.assets[usize::from(SOL)];
    let collateral = sol.hundredths(COLLATERAL_SOL * 100).unsigned_abs();
    let held_back = market.withdraw(trader, Some(SOL.into()), collateral).await;
    let refused = held_back.expect_err("a loan without collateral");
    assert!(refused.is(FreeboardError::InitialMarginNotMet));
    market
        .deposit_quote(trader, owed.unsigned_abs() + usd(1_000))
        .await;
    let taken_out = market.withdraw(trader, Some(SOL.into()), collateral).await;
    taken_out.expect("collateral");
    let mint = sol.keys.collateral.expect("a collateral asset").mint;
    assert_eq!(market.wallet(trader, mint).await, collateral);
    for actor in [trader, liquidator] {
        let quote = market.state(actor).await.quote_atoms.unsigned_abs();
        market.withdraw(actor, None, quote).await.expect("quote");
        let left = market.state(actor).await;
        assert!(left.quote_atoms == 0 && !left.has_positions() && !left.has_collaterals());
        let paid = market.wallet(actor, market.keys.quote_mint).await;
        assert_eq!(paid, quote);
    }
    market.warp(300).await;
    market.sample_and_sweep().await;
    market.assert_books().await;
}

#[tokio::test]
async fn a_trade_costs_the_same_compute_units_as_in_litesvm() {
    let mut market = market().await;
    let trader = market.enter(usd(QUOTE_USD)).await;
    let sol = market.assets[usize::from(SOL)];
    let size = sol.hundredths(POSITION_SOL * 50);
    let on_bank = market
        .trade(&trader, SOL, size)
        .await
        .expect("opened")
        .compute_units;

    let mut world = World::new();
    for (spec, dollars) in specs() {
        let mut spec = spec;
        spec.price = (dollars * 100_000_000, -8);
        world.create_asset(spec);
    }
    world.ready(usd(POOL_USD));
    let trader = world.new_trader(usd(QUOTE_USD));
    let opened = world
        .trade(&trader, &world.handle_of(SOL), size)
        .expect("opened");
    let in_litesvm = bank::compute_units(&opened.logs);
    assert_eq!(
        on_bank, in_litesvm,
        "[instruction of the bank] = [of LiteSVM]"
    );
    assert_eq!(on_bank.len(), 1);
}
