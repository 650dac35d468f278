//! deposit: what of a collateral counts, and that nobody makes another's count less.
use crate::support::{Stage, stage_of};
use freeboard::events::Deposited;
use freeboard::instructions::Closing;
use freeboard::state::Change;
use freeboard_client::{events::Event, slots};
use freeboard_tests::{AssetSpec, Trader, usd};

const SOL: u64 = 1_000_000_000;

/// The usual stage; of SOL so much counts at most.
fn capped(cap_sol: u64) -> Stage {
    let mut sol = AssetSpec::sol().with_collateral();
    sol.params.deposit_cap_atoms = cap_sol * SOL;
    stage_of([sol, AssetSpec::btc(), AssetSpec::eth()])
}

#[track_caller]
fn deposit(stage: &mut Stage, trader: &Trader, atoms: u64) -> Deposited {
    let sol = stage.sol.clone();
    let deposited = stage.world.deposit_collateral(trader, &sol, atoms);
    let Event::Deposited(event) = deposited.expect("deposited").event() else {
        panic!("another event")
    };
    event
}

/// The same with the account's assets.
#[track_caller]
fn deposit_with_assets(stage: &mut Stage, trader: &Trader, atoms: u64) -> Deposited {
    let (world, token) = (&mut stage.world, stage.sol.token());
    world.mint_to(&trader.owner(), &token.mint, atoms);
    let mut call = world.deposit_instruction(trader, &token, atoms);
    let order = slots::order_of_deposit(&world.state_of(trader), 0);
    call.accounts.extend(world.metas(&order, &[]));
    let sent = world.send(&[call], &[&trader.keypair]);
    let Event::Deposited(event) = sent.expect("deposited").event() else {
        panic!("another event")
    };
    event
}

fn counted(stage: &Stage, trader: &Trader) -> u64 {
    let account = stage.world.state_of(trader);
    let slot = account.find_collateral(0).expect("held");
    slot.balance().counted_atoms().expect("a part")
}

fn equity(stage: &mut Stage, trader: &Trader) -> i64 {
    let report = stage.world.view(trader).expect("a report");
    report.maintenance.equity_atoms
}

#[test]
fn a_deposit_counts_up_to_the_cap_and_is_taken_above_it() {
    let mut stage = capped(1_000);
    let [first, second] = [0, 0].map(|_| stage.world.new_trader(0));
    let event = deposit(&mut stage, &first, 700 * SOL);
    assert_eq!(event.counted_after_atoms, 700 * SOL);
    let event = deposit(&mut stage, &second, 500 * SOL);
    assert_eq!(event.balance_after_atoms, 500 * SOL as i64);
    assert_eq!(event.counted_after_atoms, 300 * SOL);
    assert_eq!(stage.world.asset(0).collateral_counted_atoms, 1_000 * SOL);
    assert_eq!(equity(&mut stage, &second), usd(300 * 150) as i64);
    // A withdrawal takes first what does not count.
    let sol = stage.sol.clone();
    let taken = stage.world.withdraw_collateral(&second, &sol, 150 * SOL);
    let Event::Withdrawn(event) = taken.expect("withdrawn").event() else {
        panic!("another event")
    };
    assert_eq!(event.counted_after_atoms, 300 * SOL);
    assert_eq!(equity(&mut stage, &second), usd(300 * 150) as i64);
    // USDC is never capped.
    stage.world.deposit_quote(&second, usd(50_000_000)).unwrap();
    assert_eq!(
        equity(&mut stage, &second),
        usd(50_000_000 + 300 * 150) as i64
    );
    stage.world.assert_books();
}

/// A later deposit of any size counts what there is room for by then.
#[test]
fn what_was_above_the_cap_counts_when_there_is_room() {
    let mut stage = capped(1_000);
    let [first, second] = [0, 0].map(|_| stage.world.new_trader(0));
    deposit(&mut stage, &first, 1_000 * SOL);
    deposit(&mut stage, &second, 500 * SOL);
    assert_eq!(counted(&stage, &second), 0);
    let sol = stage.sol.clone();
    let taken = stage.world.withdraw_collateral(&first, &sol, 400 * SOL);
    taken.expect("its own");
    assert_eq!(
        deposit(&mut stage, &second, 1).counted_after_atoms,
        400 * SOL - 1
    );
    stage.world.assert_books();
}

/// A cap that is lowered at once takes nothing from anybody.
#[test]
fn what_counts_goes_on_counting_below_a_lower_cap() {
    let mut stage = capped(1_000);
    let (old, new) = (stage.world.new_trader(0), stage.world.new_trader(0));
    deposit(&mut stage, &old, 600 * SOL);
    let mut params = stage.world.asset(0).params;
    params.deposit_cap_atoms = 0;
    let tightened = stage.world.tighten(Change::AssetRisk {
        asset_index: 0,
        params: Box::new(params),
    });
    tightened.expect("tighter");
    assert_eq!(counted(&stage, &old), 600 * SOL);
    assert_eq!(deposit(&mut stage, &new, SOL).counted_after_atoms, 0);
    assert_eq!(
        deposit(&mut stage, &old, SOL).counted_after_atoms,
        600 * SOL - 1
    );
    stage.world.assert_books();
}

/// The first griefer of P10: it fills the cap for a moment. What is taken out again leaves its room, and who was kept out
/// meanwhile counts by an atom more.
#[test]
fn p10_who_fills_the_cap_for_a_moment_keeps_nobody_out() {
    let mut stage = capped(1_000);
    let (griefer, victim) = (stage.world.new_trader(0), stage.world.new_trader(0));
    let (sol, token) = (stage.sol.clone(), stage.sol.token());
    // In one transaction.
    stage
        .world
        .mint_to(&griefer.owner(), &token.mint, 1_000 * SOL);
    let flash = [
        stage
            .world
            .deposit_instruction(&griefer, &token, 1_000 * SOL),
        stage
            .world
            .withdraw_instruction(&griefer, &token, 1_000 * SOL),
    ];
    let sent = stage.world.send(&flash, &[&griefer.keypair]);
    sent.expect("in and out");
    assert_eq!(
        deposit(&mut stage, &victim, 500 * SOL).counted_after_atoms,
        500 * SOL
    );
    // Around the victim's deposit.
    deposit(&mut stage, &griefer, 500 * SOL);
    assert_eq!(
        deposit(&mut stage, &victim, 400 * SOL).counted_after_atoms,
        500 * SOL - 1
    );
    let out = stage.world.withdraw_collateral(&griefer, &sol, 500 * SOL);
    out.expect("its own");
    let again = deposit(&mut stage, &victim, 1);
    assert_eq!(again.counted_after_atoms, 900 * SOL + 1);
    stage.world.assert_books();
}

/// The trader is long 4,000 SOL on $100,000; at $137 it has $48,000 and needs more to open that.
fn below_initial() -> (Stage, u64) {
    let mut stage = capped(0);
    let sol = stage.sol.clone();
    stage.trade(&sol, 4_000.0);
    stage.world.warp_fresh(10);
    stage.world.set_price_usd(&sol, 137.0);
    let trader = stage.trader.clone();
    let report = stage.world.view(&trader).expect("a report");
    assert!(!report.is_liquidatable && report.free_collateral_atoms < 0);
    let lacking = report.free_collateral_atoms.unsigned_abs();
    (stage, lacking)
}

#[test]
fn below_the_initial_margin_counts_twice_what_is_lacking() {
    let (mut stage, lacking) = below_initial();
    let trader = stage.trader.clone();
    assert_eq!(
        deposit(&mut stage, &trader, SOL).counted_after_atoms,
        0,
        "without its assets"
    );
    let event = deposit_with_assets(&mut stage, &trader, 10_000 * SOL);
    let worth = u128::from(event.counted_after_atoms) * 137 / 1_000;
    let twice = 2 * u128::from(lacking);
    assert!((twice - 2_000..=twice).contains(&worth), "{worth} {twice}");
    let report = stage.world.view(&trader).expect("a report");
    assert!(report.meets_initial_margin, "{report:?}");
    // It lacks nothing now: no more counts.
    let more = deposit_with_assets(&mut stage, &trader, 10_000 * SOL);
    assert!(more.counted_after_atoms <= event.counted_after_atoms);
    stage.world.assert_books();
}

/// What is put through an account that lacks a little counts for no more than what it lacks.
#[test]
fn the_size_of_a_deposit_passes_no_cap() {
    let (mut stage, lacking) = below_initial();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    deposit_with_assets(&mut stage, &trader, 5_000_000 * SOL);
    let taken = stage
        .world
        .withdraw_collateral(&trader, &sol, 4_990_000 * SOL);
    taken.expect("what does not count");
    let worth = u128::from(counted(&stage, &trader)) * 137 / 1_000;
    assert!(worth <= 2 * u128::from(lacking), "{worth}");
}

#[test]
fn a_hidden_or_wide_price_passes_no_cap() {
    let (mut stage, _) = below_initial();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let wide = stage.world.quote(&sol).with_conf(0.02);
    stage.world.set_price(&sol, wide);
    let event = deposit_with_assets(&mut stage, &trader, 1_000 * SOL);
    assert_eq!(event.counted_after_atoms, 0);
    stage.world.warp(100);
    let event = deposit_with_assets(&mut stage, &trader, SOL);
    assert_eq!(event.counted_after_atoms, 0);
}

/// In a liquidation what counts moves along; nothing counts more by it.
#[test]
fn a_liquidation_moves_what_counts_and_asks_no_cap() {
    let mut stage = capped(600);
    let (buyer, sol) = (stage.world.new_trader(usd(1_000_000)), stage.sol.clone());
    let borrower = stage.world.new_borrower(&sol, 1_000 * SOL, usd(70_000));
    assert_eq!(counted(&stage, &borrower), 600 * SOL);
    stage.world.warp_fresh(10);
    stage.world.set_price_usd(&sol, 121.0);
    stage.world.flag(&borrower).expect("below its margin");
    stage.world.warp_fresh(11);
    stage.world.set_price_usd(&sol, 121.0);
    let sold = stage
        .world
        .liquidate(&buyer, &borrower, &sol, Closing::Collateral);
    sold.expect("liquidated");
    let bought = stage.world.state_of(&buyer).collateral_atoms(0);
    let share = counted(&stage, &buyer) as f64 / bought as f64;
    assert!(bought > 0 && (share - 0.6).abs() < 1e-6, "{share}");
    let now = stage.world.asset(0).collateral_counted_atoms;
    assert!((600 * SOL - 10..=600 * SOL).contains(&now), "{now}");
    stage.world.assert_books();
}
