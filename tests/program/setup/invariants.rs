//! Each clause of each account's invariant: it holds where everything is in use, and fails where one field is bent.
use crate::support::{Stage, refused, stage};
use freeboard::error::FreeboardError;
use freeboard::governance::pauses::Operation;
use freeboard::state::invariant::{Clause, Kept};
use freeboard::state::{
    Asset, AssetStatus, Exchange, ImpliedKind, Ledger, MarginAccount, Order, Pool, Position,
    Scenario,
};
use freeboard_client::instructions;
use freeboard_tests::{AssetSpec, ExchangeSpec, World, usd};
use solana_signer::Signer;
use std::collections::BTreeSet;
use std::mem::offset_of;

type Bend<T> = (Clause, fn(&mut T));

/// The clauses that the bends break, each the one that it names.
fn broken_by<T: Copy>(sound: &T, kept: fn(&T) -> Kept, bends: &[Bend<T>]) -> Vec<Clause> {
    assert_eq!(kept(sound), Ok(()), "as it is");
    for (at, (clause, bend)) in bends.iter().enumerate() {
        let mut bent = *sound;
        bend(&mut bent);
        assert_eq!(kept(&bent), Err(*clause), "bend {at}");
    }
    bends.iter().map(|(clause, _)| *clause).collect()
}

fn of_exchange() -> Vec<Clause> {
    let mut world = World::with(ExchangeSpec {
        scenarios: vec![Scenario {
            weight_bps: 10_000,
            shock_bps: [-1_000; 8],
        }],
        ..ExchangeSpec::default()
    });
    world.create_asset(AssetSpec::sol());
    world.pause(Operation::Reduce, 1_800).expect("paused");
    let kept = |exchange: &Exchange| {
        let parameters = || exchange.parameters_invariant();
        exchange.invariant().and_then(|()| parameters())
    };
    broken_by(
        &world.exchange(),
        kept,
        &[
            (Clause::LayoutVersion, |one| one.layout.version += 1),
            (Clause::ReservedIsZero, |one| one.reserved[63] = 1),
            (Clause::ReservedIsZero, |one| one.padding[0] = 1),
            (Clause::ExchangeCounts, |one| one.asset_count = 25),
            (Clause::ExchangeCounts, |one| one.scenario_count = 17),
            (Clause::PoolSharesWhole, |one| {
                one.pool_share_total_e9 = 1_000_000_001;
            }),
            (Clause::TimelockBounds, |one| one.timelock_secs = 86_399),
            (Clause::TimelockBounds, |one| one.timelock_secs = 2_592_001),
            (Clause::PayoutCap, |one| {
                one.payout_cap_quote_atoms = usd(1_000_000) + 1;
            }),
            (Clause::PauseLength, |one| one.pauses[0].until_ts = 1),
            (Clause::PauseLength, |one| {
                one.pauses[Operation::Reduce as usize].until_ts += 1;
            }),
            (Clause::PauseLength, |one| {
                one.pauses[Operation::Reduce as usize].next_pause_ts -= 1;
            }),
            (Clause::OfferImposed, |one| one.imposed_offers = 1),
            (Clause::OfferImposed, |one| one.imposed_offers = 8),
            (Clause::BorrowIndex, |one| {
                one.borrow.index_q64 = [u64::MAX, 0]
            }),
            (Clause::ExchangeBounds, |one| {
                one.portfolio.theta_e9 = u64::MAX;
            }),
            (Clause::ExchangeBounds, |one| {
                one.liquidation.penalty_abs_e9 = u64::MAX
            }),
            (Clause::ExchangeBounds, |one| one.pool.lp_delay_secs = 0),
            (Clause::ExchangeBounds, |one| {
                one.scenarios[0].weight_bps = 10_001;
            }),
            (Clause::ExchangeWords, |one| one.portfolio.theta_e9 -= 1),
            (Clause::ExchangeWords, |one| one.portfolio_words[0] ^= 1),
            (Clause::ExchangeWords, |one| one.scenario_words[0][0] ^= 1),
        ],
    )
}

fn of_pool(world: &World) -> Vec<Clause> {
    broken_by(
        &world.pool(),
        Pool::invariant,
        &[
            (Clause::LayoutVersion, |one| one.layout.version += 1),
            (Clause::ReservedIsZero, |one| one.reserved[0] = 1),
            (Clause::ReservedIsZero, |one| one.padding[6] = 1),
            (Clause::PoolShares, |one| {
                one.share_mint = Default::default()
            }),
            (Clause::PoolShares, |one| {
                one.share_escrow = Default::default();
            }),
            (Clause::PoolShares, |one| {
                one.quote_escrow = Default::default();
            }),
            (Clause::PoolBooks, |one| one.ledger.insurance_atoms = -1),
            (Clause::PoolBooks, |one| one.ledger.fees_atoms = -1),
            (Clause::PoolBooks, |one| one.allocated_atoms = -1),
            (Clause::PoolBooks, |one| one.bad_debt_atoms = -1),
            (Clause::PoolDeficit, |one| one.value_atoms = -1),
            (Clause::PoolDeficit, |one| one.deficit_atoms = 1),
            (Clause::PoolDeficit, |one| one.deficit_since_ts = 1),
        ],
    )
}

fn asset_kept(asset: &Asset) -> Kept {
    let parameters = || asset.parameters_invariant();
    asset.invariant().and_then(|()| parameters())
}

/// Of SOL, which is collateral and has a long, and of ETH, in which nobody has anything.
fn of_asset(world: &World) -> Vec<Clause> {
    let busy = broken_by(
        &world.asset(0),
        asset_kept,
        &[
            (Clause::LayoutVersion, |one| one.layout.version += 1),
            (Clause::ReservedIsZero, |one| one.reserved[7] = 1),
            (Clause::ReservedIsZero, |one| one.padding[2] = 1),
            (Clause::ReservedIsZero, |one| one.padding_feed = 1),
            (Clause::AssetKinds, |one| one.index = 24),
            (Clause::AssetKinds, |one| one.oracle_kind = 3),
            (Clause::AssetKinds, |one| one.status = 4),
            (Clause::AssetBooks, |one| one.ledger.pool_atoms = -1),
            (Clause::AssetBooks, |one| one.ledger.insurance_atoms = -1),
            (Clause::AssetBooks, |one| one.ledger.fees_atoms = -1),
            (Clause::AssetBooks, |one| one.allocation_atoms = -1),
            (Clause::AssetCollateral, |one| {
                one.vault = Default::default()
            }),
            (Clause::AssetCollateral, |one| one.mint = Default::default()),
            (Clause::AssetCollateral, |one| {
                one.insurance_collateral_atoms = one.collateral_total_atoms + 1;
            }),
            (Clause::AssetCollateral, |one| {
                one.collateral_counted_atoms = one.collateral_total_atoms + 1;
            }),
            (Clause::AssetOutflow, |one| {
                one.outflow.low_atoms = one.collateral_total_atoms + 1;
            }),
            (Clause::AssetOutflow, |one| one.outflow.padding[1] = 1),
            (Clause::AssetFunding, |one| one.funding.rate_q64 *= -1),
            (Clause::AssetFunding, |one| {
                one.short_open_interest_atoms = one.long_open_interest_atoms;
            }),
            (Clause::AssetFunding, |one| {
                one.status = AssetStatus::Settled as u8;
            }),
            (Clause::AssetPrices, |one| one.recorded.price_e12 = [0; 2]),
            (Clause::AssetPrices, |one| one.tradable.publish_ts += 1),
            (Clause::AssetPrices, |one| {
                one.shown_publish_ts = one.recorded.publish_ts - 1;
            }),
            (Clause::AssetExceedances, |one| {
                one.exceedance_falls = one.exceedance_windows + 1;
            }),
            (Clause::AssetExceedances, |one| {
                (one.exceedance_falls, one.exceedance_rises) = (u32::MAX, u32::MAX);
            }),
            (Clause::AssetExceedances, |one| {
                one.exceedance_window.price_e12 = [0; 2];
                one.exceedance_window.u_mm_q60 = 1;
            }),
            (Clause::AssetExceedances, |one| {
                one.exceedance_window.price_e12 = [1, 0];
                one.exceedance_window.start_ts = one.shown_publish_ts + 1;
            }),
            (Clause::AssetBounds, |one| one.params.k_e9 = 0),
            (Clause::AssetBounds, |one| {
                one.oracle.conf_trade_e9 = u64::MAX
            }),
            (Clause::AssetBounds, |one| one.trade.skew_scale_atoms = 0),
            (Clause::AssetBounds, |one| {
                one.volatility_words[6] = 0;
            }),
        ],
    );
    let idle = broken_by(
        &world.asset(2),
        asset_kept,
        &[
            (Clause::AssetCollateral, |one| {
                one.collateral_total_atoms = 1
            }),
            (Clause::AssetWithoutPositions, |one| {
                one.entry_total_atoms = 1;
            }),
            (Clause::AssetWithoutPositions, |one| {
                one.funding.receivable_q64 = [1, 0];
            }),
            (Clause::AssetFunding, |one| one.funding.rate_q64 = 1),
            (Clause::AssetImplied, |one| one.implied.kind = 3),
            (Clause::AssetImplied, |one| one.implied.sigma_q60 = 1),
            (Clause::AssetImplied, |one| one.implied.until_ts = -1),
            (Clause::AssetImplied, |one| one.implied.padding[5] = 1),
            (Clause::AssetImplied, |one| {
                one.implied.kind = ImpliedKind::Feed as u8;
                one.implied.feed_kind = 3;
            }),
            (Clause::AssetImplied, |one| {
                one.implied.kind = ImpliedKind::Feed as u8;
                one.implied.governed_sigma_e9 = 1;
            }),
            (Clause::AssetImplied, |one| {
                one.implied.kind = ImpliedKind::Governed as u8;
            }),
            (Clause::AssetTurnover, |one| one.turnover_quote_atoms = 1),
            (Clause::AssetTurnover, |one| one.depth_cut_e9 = 1),
            (Clause::AssetTurnover, |one| {
                one.params.turnover_reference_quote_atoms = 1;
                one.depth_cut_e9 = 500_000_001;
            }),
            (Clause::AssetEnding, |one| one.settle_from_ts = 1),
            (Clause::AssetEnding, |one| one.average.secs = 1),
            (Clause::AssetEnding, |one| {
                one.status = AssetStatus::WindingDown as u8;
            }),
            (Clause::AssetWinnersOwe, |one| one.winners_owe_since_ts = 1),
        ],
    );
    [busy, idle].concat()
}

/// Of the trader of [`busy`], who has two positions, collateral and two orders; of a borrower, and of an account that
/// holds quote alone.
fn of_margin_account(world: &World, [busy, indebted, idle]: [&MarginAccount; 3]) -> Vec<Clause> {
    assert!(world.asset(0).collateral_total_atoms > 0);
    let of_busy = broken_by(
        busy,
        MarginAccount::invariant,
        &[
            (Clause::LayoutVersion, |one| one.layout.version += 1),
            (Clause::ReservedIsZero, |one| one.reserved[19] = 1),
            (Clause::ReservedIsZero, |one| one.padding[1] = 1),
            (Clause::AccountNumbers, |one| one.opened_slot += 1),
            (Clause::AccountNumbers, |one| one.event_sequence = 0),
            (Clause::PositionSlot, |one| {
                one.positions[0].base_size_atoms = 0;
            }),
            (Clause::PositionSlot, |one| {
                one.positions[0].asset_index = 24
            }),
            (Clause::PositionSlot, |one| one.positions[1].reserved[1] = 1),
            (Clause::PositionSlot, |one| {
                one.positions[15].entry_notional_atoms = 1;
            }),
            (Clause::PositionTwice, |one| {
                one.positions[1].asset_index = 0
            }),
            (Clause::PositionTwice, |one| {
                one.positions[9] = one.positions[1];
            }),
            (Clause::PositionCost, |one| {
                one.positions[0].entry_notional_atoms *= -1;
            }),
            (Clause::CollateralSlot, |one| {
                one.collaterals[0].amount_atoms = 0;
            }),
            (Clause::CollateralSlot, |one| {
                one.collaterals[0].asset_index = 24;
            }),
            (Clause::CollateralSlot, |one| {
                one.collaterals[0].uncounted_e9 = 1_000_000_001;
            }),
            (Clause::CollateralSlot, |one| {
                (
                    one.collaterals[0].uncounted_e9,
                    one.collaterals[0].relief_e9,
                ) = (1, 1_000_000_000);
            }),
            (Clause::CollateralSlot, |one| {
                one.collaterals[0].padding = [1; 4];
            }),
            (Clause::CollateralSlot, |one| {
                one.collaterals[0].deposited_before_atoms = one.collaterals[0].amount_atoms + 1;
            }),
            (Clause::CollateralSlot, |one| {
                one.collaterals[7].amount_atoms = 1;
            }),
            (Clause::CollateralTwice, |one| {
                one.collaterals[7] = one.collaterals[0];
            }),
            (Clause::OrderSlot, |one| one.orders[0].size_atoms = 0),
            (Clause::OrderSlot, |one| {
                one.orders[0].expiry_ts = one.orders[0].requested_ts;
            }),
            (Clause::OrderSlot, |one| {
                one.orders[0].id = one.order_sequence + 1;
            }),
            (Clause::OrderSlot, |one| one.orders[0].reduce_only = 2),
            (Clause::OrderSlot, |one| one.orders[7].expiry_ts = 1),
            (Clause::OrderTwice, |one| {
                one.orders[1].id = one.orders[0].id
            }),
            (Clause::OrderOfDelegate, |one| {
                one.delegate = Default::default();
            }),
            (Clause::FlagTimes, |one| one.flag_renewed_ts = 1),
            (Clause::FlagTimes, |one| one.flag_publish_ts = 1),
            (Clause::FlagTimes, |one| one.flagged_ts = 1),
            (Clause::CallMark, |one| one.called = 2),
            (Clause::AccountBadDebt, |one| one.bad_debt_atoms = -1),
            (Clause::AccountBadDebt, |one| one.charged_atoms = 1),
            (Clause::AccountBadDebt, |one| one.last_liquidated = 24),
            (Clause::AccountWindow, |one| one.window_closed_atoms = 1),
        ],
    );
    let of_indebted = broken_by(
        indebted,
        MarginAccount::invariant,
        &[(Clause::AccountLoanIndex, |one| {
            one.borrow_index_q64 = [u64::MAX, 0];
        })],
    );
    let of_idle = broken_by(
        idle,
        MarginAccount::invariant,
        &[
            (Clause::FlagOfIdle, |one| {
                (one.flagged_ts, one.flag_renewed_ts) = (1, 1);
            }),
            (Clause::FlagOfIdle, |one| one.called = 1),
        ],
    );
    [of_busy, of_indebted, of_idle].concat()
}

/// A market in which the trader has two positions, collateral, an order and one of its delegate.
fn busy() -> Stage {
    let mut stage = stage();
    let (sol, btc, trader) = (stage.sol.clone(), stage.btc.clone(), stage.trader.clone());
    stage.trade(&sol, 10.0);
    stage.trade(&btc, -0.1);
    let world = &mut stage.world;
    world
        .deposit_collateral(&trader, &sol, 100_000_000_000)
        .expect("deposited");
    let delegate = world.actor();
    world
        .set_delegate(&trader, delegate.pubkey())
        .expect("named");
    let args = world.order_args(&sol, sol.atoms(1.0));
    world.request_order(&trader, args).expect("asked for");
    let (exchange, account) = (world.exchange, trader.margin_account);
    let order = instructions::request_order(exchange, delegate.pubkey(), account, args);
    world.send(&[order], &[&delegate]).expect("asked for");
    stage
}

#[test]
fn each_clause_holds_and_can_fail() {
    let Stage {
        mut world,
        sol,
        trader,
        ..
    } = busy();
    let borrower = world.new_borrower(&sol, 100_000_000_000, usd(100));
    let saver = world.new_trader(usd(1));
    world.rebalance().expect("rebalanced");
    let [account, indebted, idle] =
        [&trader, &borrower, &saver].map(|trader| world.state_of(trader));
    assert!(account.positions[0].base_size_atoms > 0 && account.orders[1].by_delegate == 1);
    let broken: BTreeSet<Clause> = [
        of_exchange(),
        of_pool(&world),
        of_asset(&world),
        of_margin_account(&world, [&account, &indebted, &idle]),
    ]
    .concat()
    .into_iter()
    .collect();
    let all: BTreeSet<Clause> = Clause::ALL.iter().copied().collect();
    let left: Vec<_> = all.difference(&broken).collect();
    assert!(left.is_empty(), "clauses that nothing breaks: {left:?}");
}

/// An empty slot holds nothing at all, not even the remains of what it held.
#[test]
fn what_is_freed_is_empty() {
    let mut stage = busy();
    let sol = stage.sol.clone();
    stage.trade(&sol, -10.0);
    let account = stage.world.state_of(&stage.trader);
    let empty = |slot: &Position| bytemuck::bytes_of(slot) == bytemuck::bytes_of(&Position::EMPTY);
    assert!(empty(&account.positions[0]) && !empty(&account.positions[1]));
    for order in account.orders.iter().filter(|order| order.id != 0) {
        stage
            .world
            .cancel_order(&stage.trader, order.id)
            .expect("taken back");
    }
    let account = stage.world.state_of(&stage.trader);
    let none = bytemuck::bytes_of(&Order::default()).to_vec();
    let mut orders = account.orders.iter();
    assert!(orders.all(|order| bytemuck::bytes_of(order) == none));
    assert_eq!(account.invariant(), Ok(()));
}

fn insurance_of_pool() -> usize {
    8 + offset_of!(Pool, ledger) + offset_of!(Ledger, insurance_atoms)
}

/// The harness asks after every transaction, and takes no account for broken by it that was before.
#[test]
#[should_panic(expected = "breaks PoolBooks")]
fn the_harness_sees_an_account_that_an_action_breaks() {
    let mut world = stage().world;
    let rebalance = instructions::rebalance_pool(&world.keys, world.all_metas());
    let watched = world.watch(std::slice::from_ref(&rebalance));
    world.assert_unbroken(&watched);
    world.edit(world.pool, insurance_of_pool(), &(-1i64).to_le_bytes());
    world.assert_unbroken(&watched);
}

/// A pool whose insurance was made negative by hand: no instruction does.
pub fn broken_books() {
    let mut world = stage().world;
    world.rebalance().expect("sound");
    world.edit(world.pool, insurance_of_pool(), &(-1i64).to_le_bytes());
    refused(world.rebalance(), FreeboardError::InvariantBroken);
}
