//! Relief: collateral beyond the cap that keeps positions, opens none and pays nothing out.
use super::deposit_cap::{
    SOL, balance, below_initial, below_initial_on, capped, counts, deposit, deposit_with_assets,
};
use crate::support::{Stage, refused, stage_of};
use freeboard::error::FreeboardError;
use freeboard::instructions::Closing;
use freeboard_client::course::MarginCourse;
use freeboard_risk::market::collateral::CollateralBalance;
use freeboard_tests::{AssetSpec, Trader, usd};

/// What of a balance of SOL is relief.
fn relief(stage: &Stage, trader: &Trader) -> u64 {
    balance(stage, trader).relief_atoms().expect("a part")
}

/// What of it counts at both levels, and with the relief.
fn counted(balance: CollateralBalance) -> [u64; 2] {
    let counted = balance.counted().expect("parts");
    [counted.initial_atoms, counted.maintenance_atoms]
}

/// A price of SOL ten seconds later.
fn at(stage: &mut Stage, dollars: f64) {
    let sol = stage.sol.clone();
    stage.world.warp_fresh(10);
    stage.world.set_price_usd(&sol, dollars);
}

#[test]
fn below_the_initial_margin_twice_what_is_lacking_is_relief() {
    let (mut stage, lacking) = below_initial();
    let trader = stage.trader.clone();
    let alone = deposit(&mut stage, &trader, SOL);
    assert_eq!(alone.relief_after_atoms, 0, "without its assets");
    let before = stage.world.view(&trader).expect("a report");
    let event = deposit_with_assets(&mut stage, &trader, 10_000 * SOL);
    let twice = lacking * 2 * 1_000 / 137; // in SOL at $137
    let whole = counts(10_001 * SOL, twice);
    let counted = (event.counted_after_atoms, event.relief_after_atoms);
    assert_eq!(counted, (0, whole));
    // It counts for the maintenance margin, and the initial level is what it was.
    let report = stage.world.view(&trader).expect("a report");
    let gained = report.maintenance.equity_atoms - before.maintenance.equity_atoms;
    let worth = (whole * 137).div_ceil(1_000) as i64;
    assert!((worth - 10..=worth).contains(&gained), "{gained} {worth}");
    assert_eq!(report.initial, before.initial);
    assert_eq!(report.free_collateral_atoms, before.free_collateral_atoms);
    // With its relief it lacks nothing: no more becomes relief.
    let more = deposit_with_assets(&mut stage, &trader, 10_000 * SOL);
    assert_eq!(more.relief_after_atoms, counts(20_001 * SOL, whole));
    stage.world.assert_books();
}

/// Who meets the initial margin by a collateral that has no usable price for a moment lacks nothing: no relief comes of it.
#[test]
fn a_price_that_is_wide_for_a_moment_makes_no_relief() {
    let mut sol = AssetSpec::sol().with_collateral();
    sol.params.deposit_cap_atoms = SOL;
    let btc = AssetSpec::btc().with_collateral();
    let mut stage = stage_of([sol, btc, AssetSpec::eth()]);
    let trader = stage.world.new_trader(usd(1_000));
    let (btc, eth) = (stage.btc.clone(), stage.eth.clone());
    let deposited = stage.world.deposit_collateral(&trader, &btc, 100_000_000);
    deposited.expect("a bitcoin");
    stage.trader = trader.clone();
    stage.trade(&eth, 10.0);
    stage.world.warp_fresh(10);
    assert!(
        stage
            .world
            .view(&trader)
            .expect("a report")
            .free_collateral_atoms
            > 0
    );
    let wide = stage.world.quote(&btc).with_conf(0.02);
    stage.world.set_price(&btc, wide);
    let report = stage.world.view(&trader).expect("a report");
    assert!(
        report.free_collateral_atoms < 0,
        "without its bitcoin: {report:?}"
    );
    let event = deposit_with_assets(&mut stage, &trader, 10_000 * SOL);
    assert_eq!(event.relief_after_atoms, 0);
    stage.world.assert_books();
}

/// What is put through an account that lacks a little leaves no more relief than what it lacks, twice.
#[test]
fn the_size_of_a_deposit_keeps_no_more() {
    let (mut stage, lacking) = below_initial();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    deposit_with_assets(&mut stage, &trader, 5_000_000 * SOL);
    let worth = u128::from(relief(&stage, &trader)) * 137 / 1_000;
    assert!(worth <= 2 * u128::from(lacking), "{worth}");
    // What does not count is not paid out either while the initial margin is not met.
    let taken = stage.world.withdraw_collateral(&trader, &sol, SOL);
    refused(taken, FreeboardError::InitialMarginNotMet);
}

/// A price that falls and recovers again and again takes out no more USDC than the initial margin without relief leaves,
/// and relief never exceeds twice what the account lacks without it.
#[test]
fn a_price_that_swings_pays_nothing_out_by_relief() {
    let (mut stage, _) = below_initial();
    let trader = stage.trader.clone();
    let mut worth = [0; 6];
    for (round, worth) in worth.iter_mut().enumerate() {
        deposit_with_assets(&mut stage, &trader, 10_000 * SOL);
        let report = stage.world.view(&trader).expect("a report");
        let lacking = report.free_collateral_atoms.min(0).unsigned_abs();
        *worth = u128::from(relief(&stage, &trader)) * 137 / 1_000;
        assert!(*worth <= 2 * u128::from(lacking) + 1, "{round}: {report:?}");
        at(&mut stage, 150.0);
        let free = stage.world.view(&trader).expect("a report");
        if round == 0 {
            // At $150 it is where it was before: all of this is its own.
            stage.world.withdraw_all_but(&trader, usd(1));
        } else {
            let free = free.free_collateral_atoms;
            assert!(free <= usd(1) as i64, "{round}: {free}");
            let more = stage.world.withdraw_quote(&trader, usd(2));
            refused(more, FreeboardError::InitialMarginNotMet);
        }
        at(&mut stage, 137.0);
    }
    assert!(worth[1] > worth[0], "it lacks more once the rest is out");
    assert!(worth[5] <= worth[1] + worth[1] / 100, "{worth:?}");
    stage.world.assert_books();
}

/// An account below its maintenance margin is above it again: nobody may liquidate it.
#[test]
fn relief_wards_off_a_liquidation() {
    let mut stage = capped(0);
    stage.sink(131.0);
    let trader = stage.trader.clone();
    let before = stage.world.view(&trader).expect("a report");
    assert!(before.is_liquidatable, "{before:?}");
    deposit_with_assets(&mut stage, &trader, 10_000 * SOL);
    let after = stage.world.view(&trader).expect("a report");
    assert!(!after.is_liquidatable, "{after:?}");
    assert!(!after.meets_initial_margin);
    refused(stage.world.flag(&trader), FreeboardError::AccountHealthy);
    // The client sees what the chain sees.
    let client = stage.world.client_report(&trader).expect("a report");
    assert_eq!(client, after);
    // And where MM goes it follows with what counts, not with all that is held.
    let (world, account) = (&stage.world, stage.world.state_of(&trader));
    let course = MarginCourse::new(
        &world.exchange(),
        &account,
        &world.priced_assets(),
        world.now(),
    );
    let settled = course.expect("a course").settled_margin_atoms;
    let now = i128::from(after.maintenance.margin_atoms);
    assert!((now / 2..2 * now).contains(&settled), "{settled} {now}");
}

#[test]
fn relief_opens_nothing_and_lets_close() {
    let (mut stage, _) = below_initial();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    deposit_with_assets(&mut stage, &trader, 10_000 * SOL);
    let more = stage.world.trade(&trader, &sol, sol.atoms(1.0));
    refused(more, FreeboardError::InitialMarginNotMet);
    let btc = stage.btc.clone();
    let other = stage.world.trade(&trader, &btc, btc.atoms(0.01));
    refused(other, FreeboardError::InitialMarginNotMet);
    stage.trade(&sol, -100.0);
    stage.world.assert_books();
}

/// Relief takes no room: others count as if it were not there. Room that comes later turns it into what counts at both
/// levels, by a deposit of one atom.
#[test]
fn relief_takes_nobodys_room_and_counts_where_there_is_some() {
    let (mut stage, _) = below_initial_on(capped(1_000));
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    let [first, second] = [0, 0].map(|_| stage.world.new_trader(0));
    deposit(&mut stage, &first, 1_000 * SOL);
    let event = deposit_with_assets(&mut stage, &trader, 50 * SOL);
    let whole = (event.counted_after_atoms, event.relief_after_atoms);
    assert_eq!(whole, (0, 50 * SOL));
    let out = stage.world.withdraw_collateral(&first, &sol, 400 * SOL);
    out.expect("its own");
    let others = deposit(&mut stage, &second, 400 * SOL);
    assert_eq!(others.counted_after_atoms, 400 * SOL);
    let none = deposit(&mut stage, &trader, 1);
    let whole = (none.counted_after_atoms, none.relief_after_atoms);
    assert_eq!(whole, (0, counts(50 * SOL + 1, 50 * SOL)));
    let out = stage.world.withdraw_collateral(&first, &sol, 400 * SOL);
    out.expect("its own");
    let before = stage.world.view(&trader).expect("a report");
    let all = deposit(&mut stage, &trader, 1);
    let whole = (all.counted_after_atoms, all.relief_after_atoms);
    assert_eq!(whole, (50 * SOL + 2, 0));
    let after = stage.world.view(&trader).expect("a report");
    assert!(after.free_collateral_atoms > before.free_collateral_atoms);
    stage.world.assert_books();
}

/// In a liquidation relief is relief with its buyer, an own account too: nothing of it counts at the initial level there.
#[test]
fn a_buyer_has_relief_as_relief() {
    let mut stage = capped(600);
    let (buyer, sol) = (stage.world.new_trader(usd(1_000_000)), stage.sol.clone());
    let borrower = stage.world.new_borrower(&sol, 1_000 * SOL, usd(70_000));
    at(&mut stage, 125.0);
    deposit_with_assets(&mut stage, &borrower, 1);
    let before = balance(&stage, &borrower);
    assert!(before.relief_atoms().expect("a part") > SOL, "{before:?}");
    at(&mut stage, 110.0);
    stage.world.flag(&borrower).expect("below its margin");
    at(&mut stage, 110.0);
    let sold = stage
        .world
        .liquidate(&buyer, &borrower, &sol, Closing::Collateral);
    sold.expect("liquidated");
    let [left, bought] = [&borrower, &buyer].map(|one| balance(&stage, one));
    let shares = |one: CollateralBalance| (one.uncounted_e9, one.relief_e9);
    assert_eq!(shares(left), shares(before));
    let off = bought.amount_atoms / 1_000_000_000 + 2;
    let [had, left, bought] = [before, left, bought].map(counted);
    for (had, moved) in had.into_iter().zip(left.into_iter().zip(bought)) {
        let now = moved.0 + moved.1;
        assert!(now <= had && had - now <= off, "{had} {moved:?}");
    }
    assert!(bought[1] > bought[0] && bought[0] > 0, "{bought:?}");
    stage.world.assert_books();
}
