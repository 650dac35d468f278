//! The risk manager tightens without delay. That takes nothing at once, but it makes exits dearer and lets MM rise:
//! how much of either within a day, in numbers.
use super::{ALL, siege::Siege, thief};
use anchor_lang::prelude::Pubkey;
use freeboard::error::FreeboardError;
use freeboard::instructions::Closing;
use freeboard::state::{AssetParams, Change, Scenario};
use freeboard_tests::{Trader, World, governance::TIMELOCK_SECS, usd};

/// Every kind of tightening that there is, `percent` of the way from now to its hard bound.
pub fn towards(world: &World, percent: u64) -> Vec<Change> {
    let exchange = world.exchange();
    let up = |now: u64, bound: u64| now + bound.saturating_sub(now) / 100 * percent;
    let down = |now: u64, bound: u64| now - now.saturating_sub(bound) / 100 * percent;
    let mut portfolio = exchange.portfolio;
    portfolio.theta_e9 = down(portfolio.theta_e9, 0);
    portfolio.phi_e9 = up(portfolio.phi_e9, 1_000_000_000);
    portfolio.rho_lo_e9 = down(portfolio.rho_lo_e9, 0);
    portfolio.rho_hi_e9 = up(portfolio.rho_hi_e9, 1_000_000_000);
    let mut pool = exchange.pool;
    pool.borrow_cap_quote_atoms = down(pool.borrow_cap_quote_atoms, 0);
    pool.pool_cap_quote_atoms = down(pool.pool_cap_quote_atoms, 1);
    (pool.fill_delay_secs, pool.order_expiry_secs) = (4, 5);
    let shock = 90 * percent as i16;
    let scenario = |shock| Scenario {
        weight_bps: 10_000,
        shock_bps: [shock; 8],
    };
    let mut all = vec![
        Change::Portfolio { params: portfolio },
        Change::Pool { params: pool },
        Change::Scenarios {
            scenarios: vec![scenario(-shock), scenario(shock)],
        },
    ];
    for asset_index in 0..exchange.asset_count {
        let asset = world.asset(asset_index);
        let (mut risk, mut trade) = (asset.params, asset.trade);
        risk.s_floor_e9 = up(risk.s_floor_e9, 500_000_000);
        (risk.up_per_h_e9, risk.down_per_h_e9) = (40_000_000, 1);
        risk.s_max_short_e9 = up(risk.s_max_short_e9, 8_000_000_000);
        risk.depth_quote_atoms = down(risk.depth_quote_atoms, 1_000_000);
        risk.oi_lo_quote_atoms = risk.oi_lo_quote_atoms.min(risk.depth_quote_atoms);
        risk.oi_hi_quote_atoms = risk.oi_hi_quote_atoms.min(2 * risk.depth_quote_atoms);
        risk.gamma_e9 = up(risk.gamma_e9, 1_000_000_000);
        risk.basis_e9 = up(risk.basis_e9, 100_000_000);
        trade.open_interest_cap_atoms = down(trade.open_interest_cap_atoms, 1);
        trade.account_cap_atoms =
            down(trade.account_cap_atoms, 1).min(trade.open_interest_cap_atoms);
        trade.min_notional_quote_atoms = up(trade.min_notional_quote_atoms, u64::MAX / 2);
        trade.one_step_fills = 0;
        let reduce_only = true;
        all.extend([
            Change::AssetRisk {
                asset_index,
                params: Box::new(risk),
            },
            Change::AssetTrade {
                asset_index,
                params: trade,
            },
            Change::ReduceOnly {
                asset_index,
                reduce_only,
            },
        ]);
    }
    all
}

/// What has no tight side and asks for more margin all the same, to its bound: after the timelock governance may.
pub fn without_side(risk: &mut AssetParams) {
    risk.sigma_stress_e9 = risk.sigma_cap_e9;
    risk.sigma_floor_e9 = risk.sigma_cap_e9 / 2;
    risk.sigma_initial_e9 = risk.sigma_cap_e9;
    risk.warmup_samples = 8_640;
    risk.stale_after_secs = 300;
    risk.stale_per_h_e9 = 1_000_000_000;
    risk.collateral_weight_e9 = 0;
    risk.max_rate_per_h_e9 = risk.s_floor_e9 / 16;
    risk.sample.half_life_fast_secs = 21_600;
}

/// A siege in which everything was tightened to its bound at once.
fn tightened() -> Siege {
    let mut siege = Siege::by(ALL);
    let kinds = towards(&siege.world, 100).len();
    assert_eq!(tighten(&mut siege, 100), kinds, "each of them is accepted");
    siege
}

/// Tightens everything by a part of the way to its bound; returns in how many field groups anything was left to
/// tighten.
pub fn tighten(siege: &mut Siege, percent: u64) -> usize {
    let mut accepted = 0;
    for change in towards(&siege.world, percent) {
        match siege.thief.tighten(&mut siege.world, change.clone()) {
            Ok(_) => accepted += 1,
            Err(failure) => assert!(
                failure.is(FreeboardError::ChangeNotTighter)
                    || failure.is(FreeboardError::ChangeEmpty),
                "{percent} % {change:?}: {failure:?}"
            ),
        }
    }
    accepted
}

/// A long of 4,000 SOL whose owner has taken out all that the initial margin allows.
fn at_the_edge(siege: &mut Siege) -> Trader {
    let (sol, world) = (siege.sol.clone(), &mut siege.world);
    let trader = world.new_trader(usd(200_000));
    world
        .trade(&trader, &sol, sol.atoms(4_000.0))
        .expect("opened");
    world.withdraw_all_but(&trader, usd(10));
    trader
}

/// Lets time pass, `act` every ten minutes, until the account is liquidatable; when that is, seconds. In no hour
/// does MM rise by more than 5 %.
fn first_liquidatable(
    siege: &mut Siege,
    trader: &Trader,
    mut act: impl FnMut(&mut Siege),
) -> Option<i64> {
    let mut margins = Vec::new();
    while siege.elapsed() + 600 < TIMELOCK_SECS {
        let report = siege.world.view(trader).expect("a report");
        margins.push(report.maintenance.margin_atoms);
        if let [.., before, _, _, _, _, _, now] = margins[..] {
            assert!(now <= before + before / 20 + 1, "{before} {now}");
        }
        if report.is_liquidatable {
            return Some(siege.elapsed());
        }
        act(siege);
        siege.wait_until(siege.elapsed() + 600);
    }
    None
}

const AT_ONCE: fn(&mut Siege) = |siege| {
    if siege.elapsed() == 0 {
        tighten(siege, 100);
    }
};
const BIT_BY_BIT: fn(&mut Siege) = |siege| {
    tighten(siege, 3);
};

/// IM is at least 1.25·MM, and 1.05^4.57 = 1.25. Here it is about twice MM, and it takes 18 hours.
#[test]
fn who_has_just_his_initial_margin_has_four_and_a_half_hours() {
    for act in [AT_ONCE, BIT_BY_BIT] {
        let mut siege = Siege::by(ALL);
        let trader = at_the_edge(&mut siege);
        siege.begun_ts = siege.world.now();
        let first = first_liquidatable(&mut siege, &trader, act);
        assert!(first.is_none_or(|secs| secs >= 16_200), "{first:?}");
    }
}

/// Who does not react for a day: at constant prices the thief makes him liquidatable and liquidates him himself.
/// What that gives is bounded by the penalty.
#[test]
fn who_does_not_react_loses_a_penalty_and_the_thief_gets_half_of_it() {
    let mut siege = Siege::by(ALL);
    let trader = at_the_edge(&mut siege);
    siege.begun_ts = siege.world.now();
    let (had, owned) = (
        siege.thief.worth(&siege.world),
        thief::worth(&siege.world, &trader),
    );
    first_liquidatable(&mut siege, &trader, AT_ONCE).expect("within a day");
    let (sol, own) = (siege.sol.clone(), siege.thief.accounts[0].clone());
    siege.world.flag(&trader).expect("below MM");
    for _ in 0..40 {
        siege.world.warp_fresh(31);
        let closing = Closing::PositionByPool;
        let _ = siege.world.liquidate(&own, &trader, &sol, closing);
    }
    siege.world.assert_books();
    let gained = siege.thief.worth(&siege.world) - had;
    let lost = owned - thief::worth(&siege.world, &trader);
    let closed = sol.atoms(4_000.0) - siege.world.size_of(&trader, 0);
    assert!(closed > 0);
    let notional = i128::from(closed) * 150 / 1_000;
    // φ_max = 5 % of what is closed, λ = ½; the loser's part of the impact beside it.
    assert!(
        (1..=notional / 40).contains(&gained),
        "{gained} of {notional}"
    );
    assert!(
        lost <= notional / 20 + notional / 1_000,
        "{lost} of {notional}"
    );
}

/// Loans: what the collateral counts has no tight side, and MM rises by 5 % an hour at most.
#[test]
fn a_borrower_at_half_of_his_collateral_is_safe_and_one_at_two_thirds_for_a_day() {
    for (loan, safe_secs) in [(75_000, TIMELOCK_SECS), (100_000, 86_400)] {
        let mut siege = Siege::by(ALL);
        let (sol, world) = (siege.sol.clone(), &mut siege.world);
        let borrower = world.new_borrower(&sol, 1_000_000_000_000, usd(loan));
        siege.begun_ts = siege.world.now();
        let first = first_liquidatable(&mut siege, &borrower, AT_ONCE);
        assert!(
            first.is_none_or(|secs| secs >= safe_secs),
            "{loan}: {first:?}"
        );
    }
}

/// The half-spread grows with σ_IM, which therefore has no tight side: nobody makes leaving dearer at once.
#[test]
fn leaving_costs_no_more_after_a_tightening() {
    // In two halves: no minimum size stands in the way of a part either.
    let cost = |mut siege: Siege| {
        let (sol, user) = (siege.sol.clone(), siege.users[1].clone());
        let before = thief::worth(&siege.world, &user);
        for _ in 0..2 {
            let half = -sol.atoms(500.0);
            siege.world.trade(&user, &sol, half).expect("closed");
        }
        before - thief::worth(&siege.world, &user)
    };
    let notional = 150_000_000_000;
    let (usual, dearest) = (cost(Siege::by(ALL)), cost(tightened()));
    assert!(usual < notional / 400, "{usual}");
    assert_eq!(dearest, usual);
}

/// Pauses as long and as often as they go, everything tightened to its bound at once: everybody leaves.
#[test]
fn under_the_worst_pauses_everybody_leaves_before_the_timelock_ends() {
    let mut siege = tightened();
    let before = siege.clone();
    let mut left = [None; 4];
    let users = siege.users.clone();
    while siege.elapsed() + 600 < TIMELOCK_SECS {
        siege.pause_all();
        for (user, left) in users.iter().zip(&mut left) {
            if left.is_none() && siege.leave(user) {
                *left = Some(siege.elapsed());
            }
        }
        siege.wait_until(siege.elapsed() + 600);
    }
    // The first pause begins before anybody can act, and the longest is of 6 hours.
    assert!(
        left.iter()
            .all(|left| left.is_some_and(|secs| secs <= 21_600)),
        "{left:?}"
    );
    siege.world.assert_books();
    for ((user, held), name) in users
        .iter()
        .zip(before.fortunes())
        .zip(["saver", "long", "short", "borrower"])
    {
        let (_, collateral, _, [cash, sol]) = held;
        let wallet = |mint: Pubkey| siege.world.wallet(&user.owner(), &mint);
        let all = sol + collateral;
        assert_eq!(wallet(siege.sol.mint.unwrap()), all, "{name}: the SOL");
        let in_sol = i128::from(collateral) * 150 / 1_000;
        let owned = thief::worth(&before.world, user) - in_sol + i128::from(cash);
        let lost = owned.max(0) - i128::from(wallet(siege.world.quote_mint));
        // What closing costs: 1 % of $150,000 and $50,000.
        let most = match name {
            "long" => 1_500_000_000,
            "short" => 500_000_000,
            _ => 0,
        };
        assert!(lost <= most, "{name}: {lost}");
    }
    assert!(siege.thief.worth(&siege.world) <= before.thief.worth(&before.world));
}
