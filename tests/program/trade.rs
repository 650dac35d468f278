//! trade: what opening, increasing, reducing, flipping and closing do to account, books and market.
use crate::support::{Stage, stage};
use freeboard::{events::PositionChanged, instructions::TradeArgs, state::NO_ASSET};
use freeboard_client::events::Event;
use freeboard_risk::{
    observation::{FillKind, Observation},
    quantity::{Fraction, Price},
    skew::Skew,
    trade::{FillTerms, fee_ceil, fill},
};
use freeboard_tests::{AssetHandle, Meta, Quote, usd};
use solana_signer::Signer;

pub fn event(meta: &Meta) -> PositionChanged {
    let Event::PositionChanged(event) = meta.event() else {
        panic!("another event")
    };
    event
}

/// Trades and returns what the program says about it.
fn trade(stage: &mut Stage, asset: &AssetHandle, units: f64) -> PositionChanged {
    let trader = stage.trader.clone();
    event(
        &stage
            .world
            .trade(&trader, asset, asset.atoms(units))
            .expect("traded"),
    )
}

/// The event's own inputs give its outputs, by the core.
fn check_by_core(stage: &Stage, asset: &AssetHandle, event: &PositionChanged, kind: FillKind) {
    let state = stage.world.asset(asset.index);
    let observation = Observation {
        price: Price(event.price_e12),
        confidence: Price(event.confidence_e12),
        ema: Price(event.ema_e12),
        publish_ts: event.publish_ts,
    };
    let size_atoms = event.size_after_atoms - event.size_before_atoms;
    let terms = FillTerms {
        observation: &observation,
        age_secs: u32::try_from(event.stamp.ts - event.publish_ts).unwrap(),
        sigma_im: Fraction::from_bits(event.sigma_im_q60),
        z: Fraction::from_e9_ceil(stage.world.exchange().portfolio.z_e9).unwrap(),
        ema_trade_e9: state.oracle.ema_trade_e9,
        size_atoms,
        skew: Skew {
            now_atoms: event.skew_before_atoms.into(),
            resting_atoms: event.resting_skew_atoms.into(),
        },
        kind,
        base_decimals: asset.decimals,
    };
    let params = state.trade.into();
    let expected = fill(&terms, &params).unwrap();
    assert_eq!(event.fill_notional_atoms, expected.notional_quote_atoms);
    let fee = fee_ceil(event.fill_notional_atoms, &params).unwrap();
    assert_eq!(event.fee_atoms, fee.total_atoms);
}

#[test]
fn opening_a_long_books_position_fee_and_open_interest() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let before = stage.world.books();
    let event = trade(&mut stage, &sol, 100.0);
    assert_eq!(
        (event.size_before_atoms, event.size_after_atoms),
        (0, 100_000_000_000)
    );
    // $15,000 and at most 2 % of spread; fee 0.05 %.
    assert!((usd(15_000)..usd(15_300)).contains(&event.fill_notional_atoms));
    assert_eq!(event.fee_atoms, event.fill_notional_atoms.div_ceil(2_000));
    assert_eq!(event.realized_pnl_atoms, 0);
    check_by_core(&stage, &sol, &event, FillKind::Increase);
    let account = stage.world.state_of(&trader);
    let position = account.positions[0];
    assert_eq!(
        (position.asset_index, position.base_size_atoms),
        (0, 100_000_000_000)
    );
    assert_eq!(
        position.entry_notional_atoms.unsigned_abs(),
        event.fill_notional_atoms
    );
    assert_eq!(
        account.quote_atoms,
        100_000_000_000 - i64::try_from(event.fee_atoms).unwrap()
    );
    assert_eq!(account.quote_atoms, event.quote_after_atoms);
    let asset = stage.world.asset(0);
    let interest = (
        asset.long_open_interest_atoms,
        asset.short_open_interest_atoms,
    );
    assert_eq!(interest, (100_000_000_000, 0));
    let after = stage.world.books();
    let fee = i128::from(event.fee_atoms);
    assert_eq!(after.insurance_atoms - before.insurance_atoms, fee / 5);
    assert_eq!(after.fees_atoms - before.fees_atoms, fee / 10);
    assert_eq!(
        after.pool_atoms - before.pool_atoms,
        fee - fee / 5 - fee / 10
    );
    stage.world.assert_books();
}

#[test]
fn buyers_pay_above_the_oracle_and_sellers_get_less() {
    let mut stage = stage();
    let (sol, btc) = (stage.sol.clone(), stage.btc.clone());
    let long = trade(&mut stage, &sol, 10.0);
    assert!(long.fill_notional_atoms > usd(1_500));
    let short = trade(&mut stage, &btc, -0.1);
    assert!(short.fill_notional_atoms < usd(10_000));
    check_by_core(&stage, &btc, &short, FillKind::Increase);
    let account = stage.world.state_of(&stage.trader);
    assert!(account.positions[1].entry_notional_atoms < 0);
    assert_eq!(account.positions[1].base_size_atoms, -10_000_000);
    stage.world.assert_books();
}

#[test]
fn an_increase_adds_and_a_reduce_realises_its_part() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    trade(&mut stage, &sol, 60.0);
    trade(&mut stage, &sol, 40.0);
    let entry = stage.world.state_of(&trader).positions[0].entry_notional_atoms;
    stage.world.warp_fresh(5);
    stage.world.set_price_usd(&sol, 165.0);
    let event = trade(&mut stage, &sol, -25.0);
    check_by_core(&stage, &sol, &event, FillKind::Reduce);
    assert_eq!(
        (event.size_before_atoms, event.size_after_atoms),
        (sol.atoms(100.0), sol.atoms(75.0))
    );
    let position = stage.world.state_of(&trader).positions[0];
    let closed_entry = entry - position.entry_notional_atoms;
    assert!(
        (closed_entry - entry / 4).abs() <= 1,
        "a quarter of the entry: {closed_entry}"
    );
    let notional = i64::try_from(event.fill_notional_atoms).unwrap();
    assert_eq!(event.realized_pnl_atoms, notional - closed_entry);
    stage.world.assert_books();
}

#[test]
fn a_flip_closes_and_opens_in_one() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    trade(&mut stage, &sol, 10.0);
    let event = trade(&mut stage, &sol, -25.0);
    check_by_core(&stage, &sol, &event, FillKind::Increase);
    assert_eq!(stage.world.size_of(&trader, 0), sol.atoms(-15.0));
    let asset = stage.world.asset(0);
    let interest = (
        asset.long_open_interest_atoms,
        asset.short_open_interest_atoms,
    );
    assert_eq!(interest, (0, 15_000_000_000));
    stage.world.assert_books();
}

#[test]
fn a_closed_position_frees_its_slot_for_the_next() {
    let mut stage = stage();
    let (trader, sol, btc) = (stage.trader.clone(), stage.sol.clone(), stage.btc.clone());
    let eth = stage.eth.clone();
    trade(&mut stage, &sol, 10.0);
    trade(&mut stage, &btc, 0.1);
    trade(&mut stage, &sol, -10.0);
    assert_eq!(
        stage.world.state_of(&trader).positions[0].asset_index,
        NO_ASSET
    );
    trade(&mut stage, &eth, 1.0);
    let slots = stage
        .world
        .state_of(&trader)
        .positions
        .map(|slot| slot.asset_index);
    assert_eq!(slots[..3], [eth.index, btc.index, NO_ASSET]);
    trade(&mut stage, &eth, -1.0);
    trade(&mut stage, &btc, -0.1);
    let account = stage.world.state_of(&trader);
    assert!(!account.has_positions());
    stage
        .world
        .withdraw_quote(&trader, account.quote_atoms.unsigned_abs())
        .unwrap();
    stage.world.next_slot();
    stage.world.close_margin_account(&trader).unwrap();
    stage.world.assert_books();
}

#[test]
fn opening_and_closing_at_one_price_costs_spread_and_fees_only() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let start = stage.world.quote_of(&trader);
    let opened = trade(&mut stage, &sol, 1_000.0);
    let closed = trade(&mut stage, &sol, -1_000.0);
    let lost = start - stage.world.quote_of(&trader);
    let paid = opened.fill_notional_atoms - closed.fill_notional_atoms;
    let fees = opened.fee_atoms + closed.fee_atoms;
    assert_eq!(lost.unsigned_abs(), paid + fees);
    // z·C of 5 bp and 1.5·σ_IM·√(2 s) on each side; the impact cancels.
    let half_spread = paid as f64 / 2.0 / 150_000e6;
    assert!((0.0010..0.0030).contains(&half_spread), "{half_spread}");
    stage.world.assert_books();
}

#[test]
fn winner_and_loser_settle_with_the_pool() {
    let mut stage = stage();
    let (winner, sol) = (stage.trader.clone(), stage.sol.clone());
    let loser = stage.world.new_trader(usd(100_000));
    stage
        .world
        .trade(&winner, &sol, sol.atoms(1_000.0))
        .unwrap();
    stage
        .world
        .trade(&loser, &sol, sol.atoms(-1_000.0))
        .unwrap();
    for dollars in [155.0, 162.0, 170.0] {
        stage.world.warp(30);
        stage.world.refresh_prices();
        stage.world.set_price_usd(&sol, dollars);
    }
    stage
        .world
        .trade(&winner, &sol, sol.atoms(-1_000.0))
        .unwrap();
    stage.world.trade(&loser, &sol, sol.atoms(1_000.0)).unwrap();
    assert!(stage.world.quote_of(&winner) > 119_000_000_000);
    assert!(stage.world.quote_of(&loser) < 80_000_000_000);
    stage.world.assert_books();
    stage.world.sweep(&sol).unwrap();
    stage.world.assert_books();
}

#[test]
fn a_delegate_trades() {
    let mut stage = stage();
    let (trader, sol, delegate) = (stage.trader.clone(), stage.sol.clone(), stage.delegate());
    let args = stage.world.trade_args(&sol, sol.atoms(1.0));
    let mut instruction = stage.world.trade_instruction(&trader, args);
    instruction.accounts[0].pubkey = delegate.pubkey();
    stage.world.send(&[instruction], &[&delegate]).unwrap();
    assert_eq!(stage.world.size_of(&trader, 0), sol.atoms(1.0));
}

#[test]
fn the_price_of_a_trade_is_recorded() {
    let mut stage = stage();
    let sol = stage.sol.clone();
    stage.world.warp(100);
    stage.world.set_price_usd(&sol, 151.5);
    let now = stage.world.now();
    trade(&mut stage, &sol, 1.0);
    let recorded = stage.world.asset(0).recorded;
    assert_eq!(recorded.price().0, 151_500_000_000_000);
    assert_eq!(
        (recorded.publish_ts, recorded.ema().0),
        (now, 151_500_000_000_000)
    );
}

#[test]
fn a_pump_above_the_band_is_not_cashed() {
    let mut stage = stage();
    let sol = stage.sol.clone();
    trade(&mut stage, &sol, 100.0);
    stage.world.warp(5);
    let pump = Quote::usd(300.0, stage.world.now()).with_ema(0.5);
    stage.world.set_price(&sol, pump);
    let event = trade(&mut stage, &sol, -100.0);
    // At most EMA · 1.05 = $157.50 a piece.
    assert!(
        event.fill_notional_atoms <= usd(15_750),
        "{}",
        event.fill_notional_atoms
    );
}

#[test]
fn the_limit_price_itself_is_accepted() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let free = stage
        .world
        .clone()
        .trade(&trader, &sol, sol.atoms(10.0))
        .unwrap();
    // The fill price per unit: notional per 10 SOL, known to 1e-6; the limit is a little above.
    let limit = u128::from(event(&free).fill_notional_atoms + 1) * 100_000;
    let args = TradeArgs {
        limit_price_e12: limit,
        ..stage.world.trade_args(&sol, sol.atoms(10.0))
    };
    stage
        .world
        .trade_with(&trader, args)
        .expect("within the limit");
}
