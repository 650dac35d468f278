//! withdraw: how fast the collateral of an asset leaves its vault, and that nobody keeps others in.
use crate::support::{Stage, refused, stage_of};
use freeboard::error::FreeboardError;
use freeboard::instructions::Closing;
use freeboard::state::AssetStatus;
use freeboard_risk::market::outflow::Day;
use freeboard_tests::{AssetSpec, Failure, Trader, World, usd};

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;
/// The time after which the limit may be used again.
const AGAIN: i64 = HOUR + 600;
const SOL: u64 = 1_000_000_000;

/// A fifth of SOL's vault may leave within an hour. The trader and a neighbour have held 1,000 SOL together for two
/// days.
fn vault(held_sol: u64, neighbours_sol: u64) -> (Stage, Trader) {
    let mut sol = AssetSpec::sol().with_collateral();
    sol.params.outflow_per_h_e9 = 200_000_000;
    let mut stage = stage_of([sol, AssetSpec::btc(), AssetSpec::eth()]);
    let neighbour = stage.world.new_trader(0);
    let trader = stage.trader.clone();
    deposit(&mut stage, &trader, held_sol * SOL);
    deposit(&mut stage, &neighbour, neighbours_sol * SOL);
    stage.world.warp(2 * DAY);
    (stage, neighbour)
}

#[track_caller]
fn deposit(stage: &mut Stage, trader: &Trader, atoms: u64) {
    let sol = stage.sol.clone();
    let deposited = stage.world.deposit_collateral(trader, &sol, atoms);
    deposited.expect("deposited");
}

fn withdraw(stage: &mut Stage, trader: &Trader, atoms: u64) -> Result<(), Failure> {
    let sol = stage.sol.clone();
    stage
        .world
        .withdraw_collateral(trader, &sol, atoms)
        .map(drop)
}

/// The most that the trader can withdraw of what it wants now, to the atom: what the program takes and one more refused.
fn most_now(world: &World) -> u64 {
    let (asset, now) = (world.asset(0), world.now());
    let limit = asset.outflow_limit(now);
    limit
        .left_atoms(asset.outflow.lately(), now)
        .expect("a part")
}

/// What of a balance came in yesterday or today.
fn young(stage: &Stage, trader: &Trader) -> u64 {
    let account = stage.world.state_of(trader);
    let today = Day::at_time(stage.world.now());
    account
        .find_collateral(0)
        .map_or(0, |slot| slot.late_deposits().as_of(today).sum())
}

/// Takes out all that it may and puts it back at once.
#[track_caller]
fn cycle(stage: &mut Stage, griefer: &Trader) {
    let held = stage.world.state_of(griefer).collateral_atoms(0);
    let most = (young(stage, griefer) + most_now(&stage.world)).min(held);
    if most > 0 {
        withdraw(stage, griefer, most).expect("all that it may");
        deposit(stage, griefer, most);
    }
}

/// A fifth within an hour, to the atom.
pub fn limit() {
    let (mut stage, neighbour) = vault(600, 400);
    let trader = stage.trader.clone();
    let error = FreeboardError::OutflowLimitExceeded;
    refused(withdraw(&mut stage, &trader, 200 * SOL + 1), error);
    withdraw(&mut stage, &trader, 160 * SOL).expect("within the limit");
    refused(withdraw(&mut stage, &neighbour, 40 * SOL + 1), error);
    withdraw(&mut stage, &neighbour, 40 * SOL).expect("the rest of it");
    for later in [0, HOUR - 1] {
        stage.world.warp(later);
        refused(withdraw(&mut stage, &trader, 1), error);
    }
    stage.world.warp(601);
    withdraw(&mut stage, &trader, 200 * SOL).expect("an hour later");
    stage.world.assert_books();
}

#[test]
fn what_came_in_yesterday_or_today_leaves_at_once_and_counts_nothing() {
    let (mut stage, neighbour) = vault(600, 400);
    let guest = stage.world.new_trader(0);
    deposit(&mut stage, &guest, 5_000 * SOL);
    stage.world.warp(DAY);
    deposit(&mut stage, &guest, 2_000 * SOL);
    withdraw(&mut stage, &guest, 7_000 * SOL).expect("its own");
    assert_eq!(most_now(&stage.world), 200 * SOL);
    // An older holder takes its own deposit of today first.
    deposit(&mut stage, &neighbour, 300 * SOL);
    withdraw(&mut stage, &neighbour, 310 * SOL).expect("ten count");
    assert_eq!(most_now(&stage.world), 190 * SOL);
    stage.world.assert_books();
}

/// Everything that counts leaves within the least wait of a change, although all of it is held by one.
#[test]
fn p10_the_whole_vault_leaves_within_a_day() {
    let (mut stage, _) = vault(999, 1);
    let trader = stage.trader.clone();
    let (start, mut steps) = (stage.world.now(), 0);
    while stage.world.state_of(&trader).has_collaterals() {
        let held = stage.world.state_of(&trader).collateral_atoms(0);
        let most = most_now(&stage.world).min(held);
        withdraw(&mut stage, &trader, most).expect("what the limit leaves");
        stage.world.warp(AGAIN);
        steps += 1;
    }
    let hours = (stage.world.now() - start) / HOUR;
    assert!(hours < 24, "{hours} h");
    assert_eq!(steps, 5, "a fifth each time");
    stage.world.assert_books();
}

/// The second griefer of P10: it puts in and takes out as much as it can, each hour of two days, with as much capital as
/// everybody else together. The others leave as if it were not there.
#[test]
fn p10_who_puts_in_and_takes_out_each_hour_keeps_nobody_in() {
    let (mut stage, _) = vault(999, 1);
    let (trader, griefer) = (stage.trader.clone(), stage.world.new_trader(0));
    let start = stage.world.now();
    while stage.world.state_of(&trader).has_collaterals() {
        deposit(&mut stage, &griefer, 1_000 * SOL);
        withdraw(&mut stage, &griefer, 1_000 * SOL).expect("its own");
        deposit(&mut stage, &griefer, 200 * SOL);
        let held = stage.world.state_of(&trader).collateral_atoms(0);
        let most = most_now(&stage.world);
        assert!(most == 0 || most >= 199 * SOL, "{most}");
        withdraw(&mut stage, &trader, most.min(held)).expect("what the limit leaves");
        stage.world.warp(AGAIN);
    }
    assert!(stage.world.now() - start < DAY);
    stage.world.assert_books();
}

/// Capital that has lain there for days uses up the limit once, and is then young again.
#[test]
fn p10_an_old_balance_uses_up_the_limit_once() {
    let (mut stage, griefer) = vault(500, 500);
    let trader = stage.trader.clone();
    let mut hours_lost = 0;
    for _ in 0..8 {
        cycle(&mut stage, &griefer); // first each time
        if withdraw(&mut stage, &trader, 50 * SOL).is_err() {
            hours_lost += 1;
        }
        stage.world.warp(AGAIN);
    }
    // 500 SOL old are two and a half times a fifth of the vault: as often as an exit of its own would take.
    assert_eq!(hours_lost, 2);
}

/// The same capital in many hands uses up no more.
#[test]
fn p10_many_owners_use_up_no_more_than_one() {
    let (mut stage, first) = vault(500, 100);
    let trader = stage.trader.clone();
    let more = [(); 4].map(|()| stage.world.new_trader(0));
    for griefer in &more {
        deposit(&mut stage, griefer, 100 * SOL);
    }
    stage.world.warp(2 * DAY);
    let mut hours_lost = 0;
    for _ in 0..8 {
        for griefer in more.iter().chain([&first]) {
            cycle(&mut stage, griefer);
        }
        if withdraw(&mut stage, &trader, 50 * SOL).is_err() {
            hours_lost += 1;
        }
        stage.world.warp(AGAIN);
    }
    assert_eq!(hours_lost, 2);
    stage.world.assert_books();
}

/// In one transaction through two accounts of one owner: what was old uses the limit once, and is young in both.
#[test]
fn p10_a_round_through_own_accounts_uses_the_limit_once() {
    let (mut stage, griefer) = vault(500, 500);
    let (trader, token) = (stage.trader.clone(), stage.sol.token());
    let second = stage.world.new_sub_account(&griefer.keypair, 1, 0);
    let part = 150 * SOL;
    let round = [
        stage.world.withdraw_instruction(&griefer, &token, part),
        stage.world.deposit_instruction(&second, &token, part),
        stage.world.withdraw_instruction(&second, &token, part),
        stage.world.deposit_instruction(&griefer, &token, part),
    ];
    let sent = stage.world.send(&round, &[&griefer.keypair]);
    sent.expect("a round");
    assert_eq!(young(&stage, &griefer), part);
    assert_eq!(most_now(&stage.world), 50 * SOL);
    let error = FreeboardError::OutflowLimitExceeded;
    refused(withdraw(&mut stage, &griefer, part + 50 * SOL + 1), error);
    withdraw(&mut stage, &griefer, part).expect("young");
    withdraw(&mut stage, &trader, 50 * SOL).expect("what is left of the limit");
    stage.world.assert_books();
}

/// A deposit of the last second of a day is old two midnights later, and then in the base.
#[test]
fn a_deposit_grows_old_at_the_second_midnight() {
    let (mut stage, _) = vault(600, 400);
    let guest = stage.world.new_trader(0);
    let until_midnight = DAY - stage.world.now() % DAY;
    stage.world.warp(until_midnight - 1);
    deposit(&mut stage, &guest, 5_000 * SOL);
    stage.world.warp(DAY);
    withdraw(&mut stage, &guest, SOL).expect("young in the last second");
    assert_eq!(most_now(&stage.world), 200 * SOL);
    stage.world.warp(1);
    let fifth = 5_999 * SOL / 5;
    assert_eq!((young(&stage, &guest), most_now(&stage.world)), (0, fifth));
    let more = withdraw(&mut stage, &guest, fifth + 1);
    refused(more, FreeboardError::OutflowLimitExceeded);
    withdraw(&mut stage, &guest, fifth).expect("a fifth");
    stage.world.assert_books();
}

/// Nobody makes the limit larger than it was by what is in the vault for less than a day.
#[test]
fn who_puts_in_for_an_hour_makes_no_limit_larger() {
    let (mut stage, neighbour) = vault(600, 400);
    let whale = stage.world.new_trader(0);
    for hour in 0..30 {
        deposit(&mut stage, &whale, 100_000 * SOL);
        assert_eq!(most_now(&stage.world), 200 * SOL, "{hour}");
        let more = withdraw(&mut stage, &neighbour, 200 * SOL + 1);
        refused(more, FreeboardError::OutflowLimitExceeded);
        stage.world.warp(HOUR);
        withdraw(&mut stage, &whale, 100_000 * SOL).expect("its own");
    }
}

#[test]
fn a_small_vault_and_the_rest_of_a_balance_are_never_kept() {
    let (mut stage, neighbour) = vault(6, 1); // $1,050
    let trader = stage.trader.clone();
    withdraw(&mut stage, &trader, 6 * SOL).expect("$900");
    let more = withdraw(&mut stage, &neighbour, SOL);
    refused(more, FreeboardError::OutflowLimitExceeded);
    stage.world.warp(AGAIN);
    withdraw(&mut stage, &neighbour, SOL).expect("$150");
}

#[test]
fn a_market_that_has_ended_keeps_nothing() {
    let (mut stage, _) = vault(600, 400);
    let trader = stage.trader.clone();
    stage.world.change_asset(0, |asset| {
        asset.status = AssetStatus::Settled as u8;
        asset.funding.rate_q64 = 0;
    });
    withdraw(&mut stage, &trader, 600 * SOL).expect("all of it");
}

/// What a liquidation moves from one account to another leaves no vault; what its buyer takes out counts.
#[test]
fn a_liquidation_is_not_limited_and_makes_nothing_young() {
    let (mut stage, neighbour) = vault(900, 300);
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.world.refresh_prices();
    stage.world.withdraw_all_but(&trader, usd(1_000));
    let loan_usd = -stage.world.quote_of(&trader) as f64 / 1e6;
    let price_usd = (loan_usd * 1.03 / 900.0).ceil();
    assert!(price_usd < 150.0, "a loan of {loan_usd}");
    stage
        .world
        .deposit_quote(&neighbour, usd(1_000_000))
        .unwrap();
    stage.world.warp_fresh(10);
    stage.world.set_price_usd(&sol, price_usd);
    stage.world.flag(&trader).expect("flagged");
    stage.world.warp_fresh(11);
    stage.world.set_price_usd(&sol, price_usd);
    let before = most_now(&stage.world);
    let closing = Closing::Collateral;
    let sold = stage.world.liquidate(&neighbour, &trader, &sol, closing);
    sold.expect("liquidated");
    let bought = stage.world.state_of(&neighbour).collateral_atoms(0) - 300 * SOL;
    assert!(bought > 0 && most_now(&stage.world) == before, "{bought}");
    assert_eq!((before, young(&stage, &neighbour)), (240 * SOL, 0));
    let more = withdraw(&mut stage, &neighbour, before + 1);
    refused(more, FreeboardError::OutflowLimitExceeded);
    stage.world.assert_books();
}

/// What was deposited today and is sold in a liquidation leaves with its buyer as it would have with its owner: at once.
#[test]
fn what_a_liquidation_sells_of_today_stays_young() {
    let (mut stage, neighbour) = vault(1, 999);
    let sol = stage.sol.clone();
    stage.world.refresh_prices();
    let borrower = stage.world.new_borrower(&sol, 1_000 * SOL, usd(70_000));
    let funded = stage.world.deposit_quote(&neighbour, usd(1_000_000));
    funded.expect("deposited");
    stage.world.warp_fresh(10);
    stage.world.set_price_usd(&sol, 72.0);
    stage.world.flag(&borrower).expect("flagged");
    stage.world.warp_fresh(11);
    stage.world.set_price_usd(&sol, 72.0);
    let closing = Closing::Collateral;
    let sold = stage.world.liquidate(&neighbour, &borrower, &sol, closing);
    sold.expect("liquidated");
    let bought = stage.world.state_of(&neighbour).collateral_atoms(0) - 999 * SOL;
    assert!(bought > 0);
    assert_eq!(young(&stage, &neighbour), bought);
    assert_eq!(young(&stage, &borrower), 1_000 * SOL - bought);
    withdraw(&mut stage, &neighbour, bought).expect("young");
    assert_eq!(most_now(&stage.world), 200 * SOL);
    let more = withdraw(&mut stage, &neighbour, 200 * SOL + 1);
    refused(more, FreeboardError::OutflowLimitExceeded);
    stage.world.assert_books();
}
