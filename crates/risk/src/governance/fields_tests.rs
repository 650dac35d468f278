extern crate std;
use std::vec;
use std::vec::Vec;

use super::*;
use crate::governance::FieldSet;

fn names<T: Directed>(set: FieldSet) -> Vec<&'static str> {
    set.within(T::FIELDS).map(|field| field.name).collect()
}

fn asset(edit: impl Fn(&mut AssetParams)) -> Changes {
    let old = AssetParams::reference();
    let mut new = old;
    edit(&mut new);
    AssetParams::compare(&old, &new)
}

fn named<T: Directed>(name: &str) -> Field {
    let mut found = T::FIELDS.iter().filter(|field| field.name == name);
    let field = found.next().expect(name);
    assert_eq!(found.next(), None, "{name} twice");
    *field
}

#[test]
fn no_change_is_none() {
    let changes = asset(|_| ());
    assert!(changes.is_empty() && changes.only_tighter());
    assert_eq!(changes, Changes::default());
}

#[test]
fn a_change_is_tighter_or_looser_by_its_direction() {
    let changes = asset(|p| (p.k_e9, p.gamma_e9, p.h_im_secs) = (p.k_e9 + 1, 1, p.h_im_secs - 1));
    assert_eq!(names::<AssetParams>(changes.tighter), ["k_e9"]);
    assert_eq!(
        names::<AssetParams>(changes.looser),
        ["h_im_secs", "gamma_e9"]
    );
    assert!(changes.sideless.is_empty() && changes.fixed.is_empty());
    assert!(!changes.only_tighter() && !changes.is_empty());

    let tighter = asset(|p| (p.k_e9, p.depth_quote_atoms) = (p.k_e9 + 1, p.depth_quote_atoms - 1));
    assert_eq!(
        names::<AssetParams>(tighter.tighter),
        ["k_e9", "depth_quote_atoms"]
    );
    assert!(tighter.only_tighter() && !tighter.is_empty());
}

#[test]
fn what_has_no_side_or_never_changes_is_not_tighter() {
    let first = asset(|p| p.omega_e9 += 1); // the first bit
    assert_eq!(names::<AssetParams>(first.sideless), ["omega_e9"]);
    let last = asset(|p| p.sample.max_future_secs -= 1); // the last one
    assert_eq!(
        names::<AssetParams>(last.sideless),
        ["sample.max_future_secs"]
    );
    let unit = asset(|p| (p.lot_atoms, p.base_decimals) = (1, 8));
    assert_eq!(
        names::<AssetParams>(unit.fixed),
        ["base_decimals", "lot_atoms"]
    );
    for changes in [first, last, unit] {
        assert!(!changes.only_tighter() && !changes.is_empty());
        assert!(changes.tighter.is_empty() && changes.looser.is_empty());
    }
}

#[test]
fn a_switch_is_tighter_when_it_is_off() {
    let off = TradeParams::reference();
    let on = TradeParams {
        one_step_fills: true,
        ..off
    };
    let changes = TradeParams::compare(&on, &off);
    assert_eq!(names::<TradeParams>(changes.tighter), ["one_step_fills"]);
    assert!(!TradeParams::compare(&off, &on).looser.is_empty());
}

#[test]
fn half_lives_spacing_buckets_skew_scale_and_splits_have_no_tight_side() {
    let fields = [
        named::<AssetParams>("sample.half_life_fast_secs"),
        named::<AssetParams>("sample.half_life_slow_secs"),
        named::<AssetParams>("sample.min_spacing_secs"),
        named::<AssetParams>("bucket"),
        named::<TradeParams>("skew_scale_atoms"),
        named::<TradeParams>("funding_scale_atoms"),
        named::<TradeParams>("fee_insurance_share_e9"),
        named::<TradeParams>("fee_protocol_share_e9"),
        named::<TradeParams>("pool_share_e9"),
        named::<TradeParams>("gap_share_e9"),
        named::<TradeParams>("sample_reward_quote_atoms"),
        named::<PoolParams>("fill_reward_share_e9"),
        named::<LiquidationParams>("liquidator_share_e9"),
        named::<LiquidationParams>("insurance_share_e9"),
    ];
    for field in fields {
        assert_eq!(field.direction, Direction::NoSide, "{}", field.name);
    }
}

#[test]
fn what_every_reduce_pays_or_needs_has_no_tight_side() {
    let fields = [
        named::<TradeParams>("taker_fee_e9"),
        named::<TradeParams>("kappa_e9"),
        named::<PortfolioParams>("z_e9"),
        named::<OracleParams>("age_fill_secs"),
        named::<OracleParams>("conf_reduce_e9"),
        named::<OracleParams>("ema_trade_e9"),
        named::<OracleParams>("max_future_secs"),
        named::<PoolParams>("borrow_base_per_h_e9"),
        named::<PoolParams>("lp_delay_secs"),
        // σ_IM sets the half-spread.
        named::<AssetParams>("sigma_stress_e9"),
        named::<AssetParams>("sigma_floor_e9"),
        named::<AssetParams>("sigma_cap_e9"),
        named::<AssetParams>("sigma_initial_e9"),
        named::<AssetParams>("warmup_samples"),
        named::<AssetParams>("stale_after_secs"),
        named::<AssetParams>("stale_per_h_e9"),
        // What the larger side pays; what a hedge by collateral counts; what LPs may redeem.
        named::<AssetParams>("max_rate_per_h_e9"),
        named::<AssetParams>("collateral_weight_e9"),
        named::<TradeParams>("util_max_e9"),
    ];
    for field in fields {
        assert_eq!(field.direction, Direction::NoSide, "{}", field.name);
    }
    for field in LiquidationParams::FIELDS.iter().chain(OracleParams::FIELDS) {
        assert_eq!(field.direction, Direction::NoSide, "{}", field.name);
    }
}

#[test]
fn nothing_but_an_asset_the_portfolio_and_scenarios_acts_on_a_margin() {
    let without = [
        OracleParams::FIELDS,
        TradeParams::FIELDS,
        LiquidationParams::FIELDS,
        PoolParams::FIELDS,
    ];
    for field in without.iter().flat_map(|fields| fields.iter()) {
        assert_eq!(field.effect, Effect::None, "{}", field.name);
    }
    let ramped = |fields: &'static [Field]| -> Vec<&str> {
        let ramped = fields.iter().filter(|field| field.effect == Effect::Ramp);
        ramped.map(|field| field.name).collect()
    };
    let asset = [
        "s_max_mm_long_e9",
        "s_max_short_e9",
        "depth_quote_atoms",
        "basis_e9",
        "max_rate_per_h_e9",
    ];
    assert_eq!(ramped(AssetParams::FIELDS), asset);
    let portfolio = ["theta_e9", "phi_e9", "rho_lo_e9", "rho_hi_e9"];
    assert_eq!(ramped(PortfolioParams::FIELDS), portfolio);
    assert_eq!(ramped(Scenario::FIELDS).len(), 8);
}

#[test]
fn a_scenario_is_compared_by_what_it_takes_from_a_long_and_from_a_short() {
    let scenario = |weight_e9, shock| {
        let mut scenario = Scenario {
            weight_e9,
            ..Scenario::default()
        };
        scenario.shock_e9[7] = shock;
        scenario
    };
    let compare = |old, new| Scenario::compare(&old, &new);
    let (half, full) = (500_000_000, 1_000_000_000);
    let deeper = compare(scenario(full, -300_000_000), scenario(full, -400_000_000));
    assert_eq!(names::<Scenario>(deeper.tighter), ["weight·shock[7]"]);
    assert!(deeper.only_tighter());
    let higher = compare(scenario(full, 300_000_000), scenario(full, 400_000_000));
    assert!(higher.only_tighter() && !higher.is_empty());
    let heavier = compare(scenario(half, -300_000_000), scenario(full, -300_000_000));
    assert!(heavier.only_tighter() && !heavier.is_empty());
    // The same product.
    assert!(compare(scenario(half, -300_000_000), scenario(full, -150_000_000)).is_empty());
    // A new sign takes from one side and gives to the other.
    let other = compare(scenario(full, -300_000_000), scenario(full, 100_000_000));
    assert_eq!(
        names::<Scenario>(other.tighter),
        names::<Scenario>(other.looser)
    );
    let other = compare(scenario(full, 100_000_000), scenario(full, -300_000_000));
    assert!(!other.tighter.is_empty() && !other.looser.is_empty());
    let lighter = compare(scenario(full, 300_000_000), scenario(half, 300_000_000));
    assert!(lighter.tighter.is_empty() && !lighter.looser.is_empty());
    let extreme = compare(scenario(u64::MAX, i64::MIN), scenario(u64::MAX, i64::MAX));
    assert!(!extreme.tighter.is_empty());
}

/// The shipped parameters of BTC: σ_cap stands where the bound puts it.
fn at_the_cap() -> AssetParams {
    AssetParams {
        k_e9: 3_550_000_000,
        sigma_cap_e9: 140_800_000,
        ..AssetParams::reference()
    }
}

#[test]
fn a_higher_k_carries_its_cap_and_nothing_else_lowers_it() {
    let old = at_the_cap();
    let raised = AssetParams {
        k_e9: old.k_e9 / 3 * 4,
        ..old
    };
    let carried = raised.with_cap_carried_from(&old);
    assert!(carried.sigma_cap_e9 < old.sigma_cap_e9);
    assert_eq!(carried.sigma_cap_e9, raised.sigma_cap_of_k().unwrap());
    let changes = AssetParams::compare(&old, &carried);
    assert_eq!(
        names::<AssetParams>(changes.tighter),
        ["sigma_cap_e9", "k_e9"]
    );
    assert!(changes.only_tighter());
    let sides = |new: AssetParams| {
        let changes = AssetParams::compare(&old, &new);
        (
            changes.only_tighter(),
            names::<AssetParams>(changes.sideless),
        )
    };
    let cap = |sigma_cap_e9| AssetParams {
        sigma_cap_e9,
        ..raised
    };
    // One unit lower or higher, the old k, a shorter horizon: the cap has no side again.
    let sideless = (false, vec!["sigma_cap_e9"]);
    assert_eq!(sides(cap(carried.sigma_cap_e9 - 1)), sideless);
    assert_eq!(sides(cap(carried.sigma_cap_e9 + 1)), sideless);
    assert_eq!(
        sides(AssetParams {
            k_e9: old.k_e9,
            ..carried
        }),
        sideless
    );
    let horizon = AssetParams {
        h_mm_secs: old.h_mm_secs + 1,
        ..carried
    };
    assert_eq!(sides(horizon), sideless);
    // A k that leaves the cap alone carries nothing, and what is carried once depends on k alone.
    let low = AssetParams {
        sigma_cap_e9: 40_000_000,
        ..old
    };
    let up = AssetParams {
        k_e9: old.k_e9 + 1,
        ..low
    };
    assert_eq!(up.with_cap_carried_from(&low), up);
    // Nor does one that is refused for itself.
    let beyond = AssetParams {
        k_e9: 99_000_000_000,
        ..old
    };
    assert_eq!(beyond.with_cap_carried_from(&old), beyond);
    let mut step = old;
    while step.k_e9 < raised.k_e9 {
        let next = AssetParams {
            k_e9: (step.k_e9 + 50_000_000).min(raised.k_e9),
            ..step
        };
        step = next.with_cap_carried_from(&step);
    }
    assert_eq!(step, carried);
}
