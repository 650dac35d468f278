//! What a tightening does to those who want to leave: who hedges collateral with a short, and LPs.
use super::{ALL, siege::Siege, tightened::tighten};
use freeboard::governance::pauses::Operation;
use freeboard::state::Role;
use freeboard_tests::{AssetSpec, ExchangeSpec, Failure, Meta, World, usd};

/// 1,000 SOL of collateral and 1,000 SOL sold short: no price hurts. Whether the owner gets out, a hundredth at a time:
/// collateral first, so that closing lowers MM.
fn a_hedger_leaves(tightens: bool) -> bool {
    let mut siege = Siege::by(ALL);
    let (sol, world) = (siege.sol.clone(), &mut siege.world);
    let hedger = world.new_trader(usd(20_000));
    world
        .deposit_collateral(&hedger, &sol, 1_000_000_000_000)
        .expect("SOL");
    world
        .trade(&hedger, &sol, -sol.atoms(1_000.0))
        .expect("short");
    if tightens {
        tighten(&mut siege, 100);
    }
    let world = &mut siege.world;
    for _ in 0..100 {
        let _ = world.withdraw_collateral(&hedger, &sol, 10_000_000_000);
        let _ = world.trade(&hedger, &sol, sol.atoms(10.0));
    }
    !world.state_of(&hedger).has_positions()
}

#[test]
fn a_hedger_leaves_step_by_step() {
    assert!(a_hedger_leaves(false));
}

#[test]
fn a_hedger_leaves_also_after_a_tightening() {
    assert!(a_hedger_leaves(true));
}

/// The LP asks at once; nobody but the risk manager's key acts against it.
fn redemption_after_a_tightening(tightens: bool) -> Result<Meta, Failure> {
    let mut siege = Siege::by(&[Role::RiskManager]);
    let lp = siege.lp.clone();
    siege
        .world
        .request_redeem(&lp, 1, usd(1_000_000))
        .expect("asked");
    if tightens {
        tighten(&mut siege, 100);
    }
    siege.world.warp_fresh(86_400);
    siege.world.execute_liquidity(&lp, 1)
}

#[test]
fn an_lp_leaves_whatever_the_risk_manager_does() {
    redemption_after_a_tightening(false).expect("the usual way out");
    redemption_after_a_tightening(true).expect("out");
}

/// Redemptions are paused for the six hours that begin when the LP's delay ends.
fn redemption_under_a_pause(lp_delay_secs: u32, lp_window_secs: u32) -> bool {
    let mut spec = ExchangeSpec::default();
    (spec.pool.lp_delay_secs, spec.pool.lp_window_secs) = (lp_delay_secs, lp_window_secs);
    let delay_secs = i64::from(lp_delay_secs);
    let mut world = World::with(spec);
    world.list_all([AssetSpec::sol()]);
    let lp = world.actor();
    world.request_deposit(&lp, 0, usd(1_000)).expect("asked");
    world.warp_fresh(delay_secs);
    world.execute_liquidity(&lp, 0).expect("an LP");
    world.request_redeem(&lp, 1, usd(1_000)).expect("asked");
    world.warp_fresh(delay_secs);
    world
        .pause(Operation::RedeemLiquidity, 21_600)
        .expect("paused");
    (0..7).any(|_| {
        let out = world.execute_liquidity(&lp, 1).is_ok();
        world.warp_fresh(3_600);
        out
    })
}

#[test]
fn a_pause_of_redemptions_ends_before_the_shortest_window_does() {
    assert!(redemption_under_a_pause(86_400, 43_200));
}

#[test]
fn a_pause_of_redemptions_ends_before_the_longest_window_does() {
    assert!(redemption_under_a_pause(604_800, 302_400));
}
