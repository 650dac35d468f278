//! deposit: what of a collateral counts, and that nobody makes another's count less.
use crate::support::{Stage, stage_of};
use freeboard::events::Deposited;
use freeboard::instructions::Closing;
use freeboard::state::Change;
use freeboard_client::{events::Event, slots};
use freeboard_risk::market::collateral::CollateralBalance;
use freeboard_tests::{AssetSpec, Trader, usd};

pub(super) const SOL: u64 = 1_000_000_000;

/// The usual stage; of SOL so much counts at most.
pub(super) fn capped(cap_sol: u64) -> Stage {
    let mut sol = AssetSpec::sol().with_collateral();
    sol.params.deposit_cap_atoms = cap_sol * SOL;
    stage_of([sol, AssetSpec::btc(), AssetSpec::eth()])
}

/// What counts of a balance of which so much may: whole billionths of the balance, then whole atoms, both down.
pub(super) fn counts(amount_atoms: u64, most_atoms: u64) -> u64 {
    let (amount, e9) = (u128::from(amount_atoms), 1_000_000_000);
    let share_e9 = u128::from(most_atoms) * e9 / amount;
    (amount * share_e9 / e9) as u64
}

#[track_caller]
pub(super) fn deposit(stage: &mut Stage, trader: &Trader, atoms: u64) -> Deposited {
    let sol = stage.sol.clone();
    let deposited = stage.world.deposit_collateral(trader, &sol, atoms);
    let Event::Deposited(event) = deposited.expect("deposited").event() else {
        panic!("another event")
    };
    event
}

/// The same with the account's assets.
#[track_caller]
pub(super) fn deposit_with_assets(stage: &mut Stage, trader: &Trader, atoms: u64) -> Deposited {
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
    balance(stage, trader).counted_atoms().expect("a part")
}

/// What the account holds of SOL.
pub(super) fn balance(stage: &Stage, trader: &Trader) -> CollateralBalance {
    let account = stage.world.state_of(trader);
    account.find_collateral(0).expect("held").balance()
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
    // 500 SOL at a weight of 60 %, which is a binary fraction below it: an atom less.
    let worth = usd(300 * 150) as i64;
    assert_eq!(equity(&mut stage, &second), worth - 1);
    // A withdrawal takes first what does not count; the rest of what counts is rounded once more.
    let sol = stage.sol.clone();
    let taken = stage.world.withdraw_collateral(&second, &sol, 150 * SOL);
    let Event::Withdrawn(event) = taken.expect("withdrawn").event() else {
        panic!("another event")
    };
    assert_eq!(event.counted_after_atoms, counts(350 * SOL, 300 * SOL));
    assert_eq!(event.counted_after_atoms, 300 * SOL - 50);
    // $52,500 · 0.857142857
    assert_eq!(equity(&mut stage, &second), worth - 8);
    // What is left of what does not count leaves without a trace, and then what counts.
    let taken = stage
        .world
        .withdraw_collateral(&second, &sol, 50 * SOL + 50);
    taken.expect("withdrawn");
    assert_eq!(counted(&stage, &second), 300 * SOL - 50);
    let taken = stage.world.withdraw_collateral(&second, &sol, 100 * SOL);
    taken.expect("withdrawn");
    assert_eq!(counted(&stage, &second), 200 * SOL - 50);
    let before = equity(&mut stage, &second);
    // USDC is never capped.
    stage.world.deposit_quote(&second, usd(50_000_000)).unwrap();
    assert_eq!(equity(&mut stage, &second), before + usd(50_000_000) as i64);
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
        counts(500 * SOL + 1, 400 * SOL)
    );
    stage.world.assert_books();
}

/// Dust that does not count wears nothing off: what is rounded off is room, and the next atom counts it again. Nobody else
/// counts less, and all together never more than the cap.
#[test]
fn dust_at_the_cap_wears_nothing_off() {
    let mut stage = capped(1_000);
    let [first, second] = [0, 0].map(|_| stage.world.new_trader(0));
    deposit(&mut stage, &first, 700 * SOL);
    deposit(&mut stage, &second, 500 * SOL);
    let mut held = 500 * SOL;
    for dust in 1..=20 {
        held += dust;
        let event = deposit(&mut stage, &second, dust);
        assert_eq!(event.counted_after_atoms, counts(held, 300 * SOL), "{dust}");
        assert_eq!(counted(&stage, &first), 700 * SOL);
        let all = stage.world.asset(0).collateral_counted_atoms;
        assert_eq!(all, 700 * SOL + event.counted_after_atoms);
        assert!(all <= 1_000 * SOL);
    }
    stage.world.assert_books();
}

/// What moves between accounts of one owner leaves its room and takes it again: no more counts by it.
#[test]
fn between_own_accounts_no_more_counts() {
    let mut stage = capped(1_000);
    let (sol, token) = (stage.sol.clone(), stage.sol.token());
    let (first, other) = (stage.world.new_trader(0), stage.world.new_trader(0));
    let second = stage.world.new_sub_account(&first.keypair, 1, 0);
    deposit(&mut stage, &first, 800 * SOL);
    deposit(&mut stage, &other, 600 * SOL);
    assert_eq!(counted(&stage, &other), counts(600 * SOL, 200 * SOL));
    let moved = [
        stage.world.withdraw_instruction(&first, &token, 500 * SOL),
        stage.world.deposit_instruction(&second, &token, 500 * SOL),
    ];
    let sent = stage.world.send(&moved, &[&first.keypair]);
    sent.expect("moved");
    let (left, held) = (counted(&stage, &first), counted(&stage, &second));
    assert_eq!((left, held), (300 * SOL, 500 * SOL));
    // Below a lower cap what is moved counts no more.
    let mut params = stage.world.asset(0).params;
    params.deposit_cap_atoms = 700 * SOL;
    let tightened = stage.world.tighten(Change::AssetRisk {
        asset_index: 0,
        params: Box::new(params),
    });
    tightened.expect("tighter");
    let taken = stage.world.withdraw_collateral(&second, &sol, 250 * SOL);
    taken.expect("its own");
    let room = 700 * SOL - stage.world.asset(0).collateral_counted_atoms.min(700 * SOL);
    let event = deposit(&mut stage, &first, 250 * SOL);
    let expected = counts(550 * SOL, 300 * SOL + room);
    assert_eq!(event.counted_after_atoms, expected);
    assert!(stage.world.asset(0).collateral_counted_atoms <= 750 * SOL);
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
        counts(601 * SOL, 600 * SOL)
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
        counts(900 * SOL, 500 * SOL)
    );
    let out = stage.world.withdraw_collateral(&griefer, &sol, 500 * SOL);
    out.expect("its own");
    let again = deposit(&mut stage, &victim, 1);
    assert_eq!(again.counted_after_atoms, 900 * SOL + 1);
    stage.world.assert_books();
}

/// The trader is long 4,000 SOL on $100,000; at $137 it has $48,000 and needs more to open that.
pub(super) fn below_initial() -> (Stage, u64) {
    below_initial_on(capped(0))
}

pub(super) fn below_initial_on(mut stage: Stage) -> (Stage, u64) {
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

/// What has no weight helps no account, and passes no cap.
#[test]
fn what_has_no_weight_passes_no_cap() {
    let mut sol = AssetSpec::sol().with_collateral();
    (
        sol.params.deposit_cap_atoms,
        sol.params.collateral_weight_e9,
    ) = (0, 0);
    let stage = stage_of([sol, AssetSpec::btc(), AssetSpec::eth()]);
    let (mut stage, _) = below_initial_on(stage);
    let trader = stage.trader.clone();
    let event = deposit_with_assets(&mut stage, &trader, 1_000 * SOL);
    let counts = (event.counted_after_atoms, event.relief_after_atoms);
    assert_eq!(counts, (0, 0));
    stage.world.assert_books();
}

#[test]
fn a_hidden_or_wide_price_passes_no_cap() {
    let (mut stage, _) = below_initial();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let wide = stage.world.quote(&sol).with_conf(0.02);
    stage.world.set_price(&sol, wide);
    let event = deposit_with_assets(&mut stage, &trader, 1_000 * SOL);
    assert_eq!(event.relief_after_atoms, 0);
    stage.world.warp(100);
    let event = deposit_with_assets(&mut stage, &trader, SOL);
    assert_eq!(event.relief_after_atoms, 0);
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
    let left = counted(&stage, &borrower);
    assert!((1..1_000 * SOL).contains(&bought));
    assert_eq!(left, (1_000 * SOL - bought) * 6 / 10);
    let moved = counts(bought, 600 * SOL - left);
    assert_eq!(counted(&stage, &buyer), moved);
    let now = stage.world.asset(0).collateral_counted_atoms;
    assert_eq!(now, left + moved);
    stage.world.assert_books();
}
