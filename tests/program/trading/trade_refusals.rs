//! trade: each refusal, and each account wrong once.
use crate::support::{Stage, Wrong, check_wrong, refused, stage, stage_of, stage_with_neighbour};
use freeboard::error::FreeboardError;
use freeboard::instructions::TradeArgs;
use freeboard_tests::{AssetSpec, Failure, Meta, Quote, World, usd};

fn sol_with(change: impl Fn(&mut AssetSpec)) -> Stage {
    let mut sol = AssetSpec::sol().with_collateral();
    change(&mut sol);
    stage_of([sol, AssetSpec::btc(), AssetSpec::eth()])
}

fn try_sol(stage: &mut Stage, size_atoms: i64) -> Result<Meta, Failure> {
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.world.trade(&trader, &sol, size_atoms)
}

#[test]
fn each_account_is_checked() {
    let (mut stage, other) = stage_with_neighbour();
    let (trader, btc) = (stage.trader.clone(), stage.btc.clone());
    stage.trade(&btc, 0.1);
    let args = stage.world.trade_args(&stage.sol, stage.sol.atoms(1.0));
    let instruction = stage.world.trade_instruction(&trader, args);
    let world = &stage.world;
    let their_account = other.trader.margin_account;
    let cases = vec![
        Wrong::unsigned("authority has not signed", 0),
        Wrong::mistyped("not an exchange", 1, world.pool),
        Wrong::foreign("another exchange", 1, other.world.exchange),
        Wrong::foreign("another exchange's account", 2, their_account),
        Wrong::mistyped("not a margin account", 2, world.exchange),
        Wrong::readonly("account readonly", 2),
        Wrong::new(
            "traded asset readonly",
            FreeboardError::AssetNotWritable,
            |i| {
                i.accounts[6].is_writable = false;
            },
        ),
    ];
    check_wrong(world, &instruction, &[&trader.keypair], cases);
}

/// A stranger, and the liquidator of another account.
pub fn stranger() {
    let mut stage = stage();
    let (trader, stranger) = (stage.trader.clone(), stage.world.new_trader(usd(10)));
    let args = stage.world.trade_args(&stage.sol, stage.sol.atoms(1.0));
    let mut instruction = stage.world.trade_instruction(&trader, args);
    instruction.accounts[0].pubkey = stranger.owner();
    let sent = stage.world.send(&[instruction], &[&stranger.keypair]);
    refused(sent, FreeboardError::NotOwnerOrDelegate);
}

/// Nothing.
pub fn size_zero() {
    refused(try_sol(&mut stage(), 0), FreeboardError::SizeZero);
}

/// A lot and an atom.
pub fn whole_lots() {
    let mut stage = stage();
    let error = FreeboardError::SizeNotWholeLots;
    for size_atoms in [1, -1, 10_000_001, -1_000_000_000 + 1] {
        refused(try_sol(&mut stage, size_atoms), error);
    }
    try_sol(&mut stage, 1_000_000_000).unwrap();
    refused(try_sol(&mut stage, -5_000_000), error);
}

/// reduce_only refuses to open and to increase; it never flips.
pub fn reduce_only() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let reduce = |stage: &mut Stage, units: f64| {
        let args = stage.world.trade_args(&sol, sol.atoms(units));
        stage.world.trade_with(
            &trader,
            TradeArgs {
                reduce_only: true,
                ..args
            },
        )
    };
    let error = FreeboardError::ReduceOnly;
    refused(reduce(&mut stage, 1.0), error);
    let asset = stage.sol.clone();
    stage.trade(&asset, 10.0);
    refused(reduce(&mut stage, 1.0), error);
    reduce(&mut stage, -4.0).unwrap();
    reduce(&mut stage, -6.01).expect("cut to what is left");
    assert_eq!(stage.world.size_of(&trader, 0), 0);
    refused(reduce(&mut stage, -6.0), error);
}

/// A market without one-step fills lets nobody open; whoever is in gets out.
pub fn one_step() {
    let mut stage = sol_with(|spec| spec.trade.one_step_fills = 0);
    refused(
        try_sol(&mut stage, 1_000_000_000),
        FreeboardError::OneStepFillsDisabled,
    );
}

/// A seventeenth position.
pub fn too_many_positions() {
    let specs = (0..17)
        .map(|number| AssetSpec::new(&format!("P{number}"), 100.0).with_pool_share(50_000_000));
    let mut world = World::market(specs);
    let trader = world.new_trader(usd(100_000));
    for asset in world.assets.clone() {
        if asset.index < 16 {
            world
                .trade(&trader, &asset, asset.atoms(1.0))
                .expect("a free slot");
            continue;
        }
        let args = world.trade_args(&asset, asset.atoms(1.0));
        let mut instruction = world.trade_instruction(&trader, args);
        instruction
            .accounts
            .extend(world.metas(&[asset.index], &[asset.index]));
        let sent = world.send(&[instruction], &[&trader.keypair]);
        refused(sent, FreeboardError::TooManyPositions);
    }
    world.assert_books();
}

/// A limit one atom of price inside the fill.
pub fn limit_price() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let error = FreeboardError::LimitPriceExceeded;
    for (units, limit_price_e12) in [(1.0, 150_000_000_000_000), (-1.0, 150_000_000_000_000)] {
        let args = stage.world.trade_args(&sol, sol.atoms(units));
        let args = TradeArgs {
            limit_price_e12,
            ..args
        };
        refused(stage.world.trade_with(&trader, args), error);
    }
}

/// A sale so large that its impact would leave no price: only a pathological scale gets there.
pub fn fill_price() {
    let mut stage = sol_with(|spec| {
        spec.trade.skew_scale_atoms = 200_000_000_000;
        spec.trade.funding_scale_atoms = 1_000_000_000;
        spec.trade.open_interest_cap_atoms = 1_000_000_000;
        spec.trade.account_cap_atoms = 1_000_000_000;
    });
    refused(
        try_sol(&mut stage, -400_000_000_000),
        FreeboardError::FillPriceNotPositive,
    );
}

/// One lot above the cap of a side.
pub fn open_interest_cap() {
    let mut stage = sol_with(|spec| {
        spec.trade.open_interest_cap_atoms = 100_000_000_000;
        spec.trade.account_cap_atoms = 100_000_000_000;
    });
    let (other, sol) = (stage.world.new_trader(usd(100_000)), stage.sol.clone());
    stage.world.trade(&other, &sol, sol.atoms(60.0)).unwrap();
    let error = FreeboardError::OpenInterestCapExceeded;
    refused(try_sol(&mut stage, sol.atoms(40.01)), error);
    try_sol(&mut stage, sol.atoms(40.0)).unwrap();
    let third = stage.world.new_trader(usd(100_000));
    refused(stage.world.trade(&third, &sol, sol.atoms(0.1)), error);
    stage
        .world
        .trade(&third, &sol, sol.atoms(-100.0))
        .expect("the other side has its own cap");
}

/// One lot above the cap of an account.
pub fn account_cap() {
    let mut stage = sol_with(|spec| spec.trade.account_cap_atoms = 50_000_000_000);
    let sol = stage.sol.clone();
    let error = FreeboardError::AccountCapExceeded;
    refused(try_sol(&mut stage, sol.atoms(50.01)), error);
    refused(try_sol(&mut stage, sol.atoms(-50.01)), error);
    try_sol(&mut stage, sol.atoms(50.0)).unwrap();
    refused(try_sol(&mut stage, sol.atoms(0.01)), error);
}

/// A position of less than $10, by an increase, a flip or a reduce.
pub fn minimum_notional() {
    let mut stage = stage();
    let sol = stage.sol.clone();
    let error = FreeboardError::NotionalBelowMinimum;
    refused(try_sol(&mut stage, sol.atoms(0.06)), error);
    try_sol(&mut stage, sol.atoms(0.07)).unwrap();
    refused(try_sol(&mut stage, sol.atoms(-0.08)), error);
    refused(try_sol(&mut stage, sol.atoms(-0.06)), error);
    try_sol(&mut stage, sol.atoms(-0.07)).unwrap();
}

/// More exposure than the asset's part of the pool carries, and a pool that was never swept.
pub fn utilization() {
    let mut world = World::new();
    let sol = world.create_asset(AssetSpec::sol());
    world.ready(usd(100_000));
    let trader = world.new_trader(usd(100_000));
    let error = FreeboardError::PoolUtilizationExceeded;
    // 80 % of an allocation of $25,000, grown by the pool's part of the fee, stands against 11.25 %
    // of the exposure.
    refused(world.trade(&trader, &sol, sol.atoms(1_200.0)), error);
    world
        .trade(&trader, &sol, sol.atoms(1_180.0))
        .expect("what the allocation carries");
    let mut unfunded = World::new();
    let sol = unfunded.create_asset(AssetSpec::sol());
    let trader = unfunded.new_trader(usd(1_000));
    refused(unfunded.trade(&trader, &sol, sol.atoms(1.0)), error);
}

/// More on one side than a gap may cost, although the other side leaves the pool no exposure; the smaller side
/// still grows. The budget is what the pool was worth when it was swept last.
pub fn gap_loss() {
    let mut world = World::new();
    // 28 % less the 2.8 % of a resting market of $100,000 are $25,200; 10 % of the pool is $10,000.
    let sol = world.create_asset(AssetSpec::sol().with_gap(280_000_000, 100_000_000));
    world.ready(usd(100_000));
    assert_eq!(world.asset(0).gap_budget_atoms, usd(10_000));
    let [long, short] = [(); 2].map(|()| world.new_trader(usd(100_000)));
    let error = FreeboardError::GapLossExceeded;
    // $150 · 264.68 · 0.251 875 is $10,000.
    let each = |world: &mut World, units: f64| {
        world.trade(&long, &sol, sol.atoms(units))?;
        world.trade(&short, &sol, -sol.atoms(units))
    };
    each(&mut world, 264.0).expect("within it");
    refused(each(&mut world, 1.0), error);
    let smaller = world.new_trader(usd(1_000));
    world
        .trade(&long, &sol, -sol.atoms(10.0))
        .expect("a reduce needs no budget");
    world
        .trade(&smaller, &sol, sol.atoms(5.0))
        .expect("the smaller side");
    world.fund_pool(usd(100_000)).unwrap();
    refused(world.trade(&short, &sol, -sol.atoms(1.0)), error);
    world.sweep(&sol).unwrap();
    world
        .trade(&short, &sol, -sol.atoms(1.0))
        .expect("the pool grew");
    world.assert_books();
}

/// Too large for the equity, by a lot.
pub fn initial_margin() {
    let mut stage = stage();
    let sol = stage.sol.clone();
    let (mut fits, mut refused_at) = (sol.atoms(1_000.0), sol.atoms(50_000.0));
    let lot = 10_000_000;
    while refused_at - fits > lot {
        let middle = (fits + refused_at) / 2 / lot * lot;
        let mut copy = stage.world.clone();
        match copy.trade(&stage.trader, &sol, middle) {
            Ok(_) => fits = middle,
            Err(failure) => {
                assert!(
                    failure.is(FreeboardError::InitialMarginNotMet),
                    "{:?}",
                    failure.error
                );
                refused_at = middle;
            }
        }
    }
    refused(
        try_sol(&mut stage, refused_at),
        FreeboardError::InitialMarginNotMet,
    );
    try_sol(&mut stage, fits).unwrap();
    let report = stage.world.view(&stage.trader.clone()).unwrap();
    assert!(report.meets_initial_margin);
    // A lot of $1.50 needs less than $1.
    assert!(
        report.free_collateral_atoms < 1_000_000,
        "{}",
        report.free_collateral_atoms
    );
    stage.world.assert_books();
}

/// An increase while another position has no usable price.
pub fn position_price_unusable() {
    let mut stage = stage();
    let btc = stage.btc.clone();
    stage.trade(&btc, 0.1);
    stage.world.warp(61);
    stage.world.set_price_usd(&stage.sol.clone(), 150.0);
    refused(
        try_sol(&mut stage, 1_000_000_000),
        FreeboardError::PositionPriceUnusable,
    );
}

#[test]
fn p8_a_reduce_works_under_a_dead_feed_of_another_asset() {
    let mut stage = stage();
    let (sol, btc) = (stage.sol.clone(), stage.btc.clone());
    stage.trade(&btc, 0.1);
    stage.trade(&sol, 10.0);
    stage.world.warp(10_000);
    stage.world.close_feed(&btc);
    stage.world.set_price_usd(&sol, 149.0);
    stage.trade(&sol, -5.0);
    stage
        .world
        .set_price(&sol, Quote::usd(120.0, stage.world.now()).with_ema(1.3));
    stage.trade(&sol, -5.0);
    stage.world.assert_books();
}

/// Taking the hedge away from an account below its liquidation target.
pub fn reduce_worsens() {
    let mut stage = stage();
    let (sol, btc) = (stage.sol.clone(), stage.btc.clone());
    stage.trade(&sol, 4_000.0);
    stage.trade(&btc, -2.0);
    stage.world.warp_fresh(10);
    stage.world.set_price_usd(&sol, 133.0);
    let report = stage.world.view(&stage.trader.clone()).unwrap();
    let (margin, equity) = (
        report.maintenance.margin_atoms,
        report.maintenance.equity_atoms,
    );
    assert!(
        equity * 10 < margin * 11,
        "below the exit level: {equity} of {margin}"
    );
    let trader = stage.trader.clone();
    let unhedge = stage.world.trade(&trader, &btc, btc.atoms(2.0));
    refused(unhedge, FreeboardError::ReduceWorsensAccount);
    stage
        .world
        .trade(&trader, &sol, sol.atoms(-1_000.0))
        .expect("less of the risk itself");
    stage.world.assert_books();
}

/// An entry that 64 bits cannot hold.
pub fn overflow() {
    let mut stage = stage();
    let sol = stage.sol.clone();
    let error = FreeboardError::Overflow;
    refused(
        try_sol(&mut stage, i64::MAX / 10_000_000 * 10_000_000),
        error,
    );
    assert_eq!(stage.world.size_of(&stage.trader, sol.index), 0);
}
