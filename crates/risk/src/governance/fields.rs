//! The direction and the effect of every parameter, in one list.
//!
//! The list takes each struct apart field by field: a field that is missing here does not compile.
//! A field with a tight side may be tightened without delay by the risk manager, so in doubt it has none.
use super::direction::{
    Changes, Comparison, Directed, Direction, Effect, Field, FieldSet, MovedSides,
};
use crate::params::{
    AssetParams, LiquidationParams, OracleParams, PoolParams, PortfolioParams, SampleParams,
    Scenario, TradeParams,
};

macro_rules! directions {
    ($Params:ident {
        $($field:ident: $direction:ident, $effect:ident;)*
        $(@$inner:ident: $Inner:ident {
            $($part:ident: $part_direction:ident, $part_effect:ident;)*
        })?
    } $(carries $carries:ident)?) => {
        impl Directed for $Params {
            const FIELDS: &'static [Field] = &[
                $(Field {
                    name: stringify!($field),
                    direction: Direction::$direction,
                    effect: Effect::$effect,
                },)*
                $($(Field {
                    name: concat!(stringify!($inner), ".", stringify!($part)),
                    direction: Direction::$part_direction,
                    effect: Effect::$part_effect,
                },)*)?
            ];

            fn compare(old: &Self, new: &Self) -> Changes {
                // No `..`: every field is in the list.
                let Self { $($field: _,)* $($inner: $Inner { $($part: _),* })? } = old;
                let mut comparison = const { Comparison::new(Self::FIELDS) };
                $(comparison.field(Direction::$direction, old.$field, new.$field);)*
                $($(comparison.field(
                    Direction::$part_direction,
                    old.$inner.$part,
                    new.$inner.$part,
                );)*)?
                let changes = comparison.changes();
                $(let changes = $carries(changes, old, new);)?
                changes
            }
        }
    };
}

directions!(AssetParams {
    // σ* = (1 − ω)·σ_c + ω·max(σ_stress, √v_fast): more ω lowers it wherever σ_c is the larger.
    omega_e9: NoSide, SpeedLimit;
    // u_MM and c_IM never fall with more of these; but σ_IM also sets the half-spread of every fill at once, a
    // reduce included. σ_cap alone also limits MM in a storm; only a higher k may take it along (`carry_cap`).
    sigma_stress_e9: NoSide, SpeedLimit;
    sigma_floor_e9: NoSide, SpeedLimit;
    sigma_cap_e9: NoSide, SpeedLimit;
    sigma_initial_e9: NoSide, SpeedLimit;
    short_mult_e9: NoSide, SpeedLimit;
    warmup_samples: NoSide, SpeedLimit;
    stale_after_secs: NoSide, Initial;
    stale_per_h_e9: NoSide, Initial;
    k_e9: Rises, SpeedLimit;
    h_mm_secs: Rises, SpeedLimit;
    h_im_secs: Rises, Initial;
    s_floor_e9: Rises, SpeedLimit;
    // How fast u_MM follows its target: up sooner and down later is safer, and within the hard bounds
    // up stays below 5 % per hour.
    up_per_h_e9: Rises, SpeedLimit;
    down_per_h_e9: Falls, SpeedLimit;
    // Ceilings of the shocks: they bind for positions far beyond L.
    s_max_mm_long_e9: Rises, Ramp;
    s_max_im_long_e9: Rises, Initial;
    s_max_short_e9: Rises, Ramp;
    // √(A/L)
    depth_quote_atoms: Falls, Ramp;
    // Where the market trades less than this, less of L counts, at the pace of a ramp and at least half: no more than the
    // risk manager may take of L itself.
    turnover_reference_quote_atoms: Rises, Turnover;
    // The open-interest add-on starts, and is full, at less open interest.
    oi_lo_quote_atoms: Falls, Initial;
    oi_hi_quote_atoms: Falls, Initial;
    gamma_e9: Rises, Initial;
    // B.
    basis_e9: Rises, Ramp;
    // F; but the rate itself is paid from one side to the other, from the change on.
    max_rate_per_h_e9: NoSide, Ramp;
    // A hedge by collateral could at once be neither closed (MM would rise) nor withdrawn (IM).
    collateral_weight_e9: NoSide, CollateralWeight;
    // Only a deposit is measured against it: what counts goes on counting.
    deposit_cap_atoms: Falls, None;
    // Only a withdrawal of what was deposited before yesterday is measured against it, and the hard bound lets all of
    // that out within a day.
    outflow_per_h_e9: Falls, None;
    // Another column of the scenarios: harder for some books, softer for others.
    bucket: NoSide, Bucket;
    // Units of every size held: sizes are whole lots of atoms.
    base_decimals: Fixed, None;
    lot_atoms: Fixed, None;
    // What enters the estimator. A stricter rule may keep out the move that would have raised σ, a laxer
    // one lets a wick raise it; and after any change σ may be higher or lower.
    @sample: SampleParams {
        half_life_fast_secs: NoSide, SpeedLimit;
        half_life_slow_secs: NoSide, SpeedLimit;
        clamp_mult_e9: NoSide, SpeedLimit;
        clamp_short_mult_e9: NoSide, SpeedLimit;
        clamp_min_e9: NoSide, SpeedLimit;
        clamp_max_ratio_e9: NoSide, SpeedLimit;
        min_spacing_secs: NoSide, SpeedLimit;
        max_age_secs: NoSide, SpeedLimit;
        max_conf_e9: NoSide, SpeedLimit;
        max_future_secs: NoSide, SpeedLimit;
    }
} carries carry_cap);

/// σ_cap lowered by a higher k counts as tighter: exactly to what the bound leaves for that k
/// ([`AssetParams::sigma_cap_of_k`]). Below the new cap every requirement then rises with k; at it k·σ_cap·√h is
/// what it was, or ½. Anything lower would take margin away in a storm, so it has no tight side; and since the
/// value depends on the new k alone, many small steps lower it no further than one.
fn carry_cap(changes: Changes, old: &AssetParams, new: &AssetParams) -> Changes {
    const CAP: FieldSet = FieldSet::named(AssetParams::FIELDS, "sigma_cap_e9");
    if new.carried_sigma_cap(old) == Some(new.sigma_cap_e9) {
        changes.carried(CAP)
    } else {
        changes
    }
}

directions!(PortfolioParams {
    // Less may be saved by diversification, more stands under a hedge, more correlations are feared.
    theta_e9: Falls, Ramp;
    phi_e9: Rises, Ramp;
    rho_lo_e9: Falls, Ramp;
    rho_hi_e9: Rises, Ramp;
    upnl_weight_e9: Falls, Initial;
    // More z widens the spread that also a reduce pays, and raises the equity for IM of collateral under
    // a larger short in profit (whitepaper §9.3).
    z_e9: NoSide, Initial;
    // The program is proven for these values only; the bounds refuse any other.
    im_over_mm_e9: Fixed, None;
    unusable_move_e9: Fixed, None;
    funding_provision_secs: Fixed, None;
});

directions!(OracleParams {
    // Also a withdrawal from an account with positions and every LP's redemption need them: stricter would
    // lock users in.
    age_trade_secs: NoSide, None;
    conf_trade_e9: NoSide, None;
    // Also a reduce needs them: stricter would lock users in.
    age_fill_secs: NoSide, None;
    conf_reduce_e9: NoSide, None;
    // Stricter to open, but also the price at which a reduce is capped.
    ema_trade_e9: NoSide, None;
    // Stricter postpones liquidations, laxer liquidates at worse prices.
    age_liquidation_secs: NoSide, None;
    conf_liquidation_e9: NoSide, None;
    ema_liquidation_e9: NoSide, None;
    ema_waiver_secs: NoSide, None;
    // Every action needs it.
    max_future_secs: NoSide, None;
});

directions!(TradeParams {
    // Charges, which also a reduce pays, and their recipients.
    taker_fee_e9: NoSide, None;
    fee_insurance_share_e9: NoSide, None;
    fee_protocol_share_e9: NoSide, None;
    kappa_e9: NoSide, None;
    // Price impact and funding of positions held.
    skew_scale_atoms: NoSide, None;
    funding_scale_atoms: NoSide, None;
    // Only an increase is measured against the caps.
    open_interest_cap_atoms: Falls, None;
    account_cap_atoms: Falls, None;
    min_notional_quote_atoms: Rises, None;
    // Also what LPs may redeem.
    util_max_e9: NoSide, None;
    // What one market gets another loses.
    pool_share_e9: NoSide, None;
    // Only an increase is measured against it.
    gap_e9: Rises, None;
    // Less is safer for LPs, and takes from winners sooner.
    gap_share_e9: NoSide, None;
    // A reduce in one step works either way.
    one_step_fills: Falls, None;
    // What callers get the protocol does not.
    sample_reward_quote_atoms: NoSide, None;
});

directions!(LiquidationParams {
    // How soon, how much and at what price an account is taken: more protects the pool and is taken from
    // the owner at once.
    penalty_abs_e9: NoSide, None;
    liquidator_share_e9: NoSide, None;
    insurance_share_e9: NoSide, None;
    grace_secs: NoSide, None;
    flag_lapse_secs: NoSide, None;
    window_secs: NoSide, None;
    window_cap_quote_atoms: NoSide, None;
    window_share_e9: NoSide, None;
    dust_quote_atoms: NoSide, None;
    keeper_cost_quote_atoms: NoSide, None;
    beta_e9: NoSide, None;
    // A word and an event: more warns sooner, and says less.
    call_level_e9: NoSide, None;
});

directions!(PoolParams {
    // Borrowers pay it from now on.
    borrow_base_per_h_e9: NoSide, None;
    borrow_slope_per_h_e9: NoSide, None;
    // Only a withdrawal that enlarges a loan is measured against it.
    borrow_cap_quote_atoms: Falls, None;
    // Requests that wait already would wait longer, or lapse.
    lp_delay_secs: NoSide, None;
    lp_window_secs: NoSide, None;
    // Only a deposit is measured against it.
    pool_cap_quote_atoms: Falls, None;
    // Splits a loss between insurance and pool, and a reward between insurance and nobody.
    insurance_cap_quote_atoms: NoSide, None;
    reward_min_e9: NoSide, None;
    // Whose profit covers a deficit, and when.
    adl_start_score_e9: NoSide, None;
    adl_half_life_secs: NoSide, None;
    // Less choice among price updates for the filler. A reduce in one step waits for nothing.
    fill_delay_secs: Rises, None;
    order_expiry_secs: Falls, None;
    // What fillers get the protocol does not.
    fill_reward_share_e9: NoSide, None;
});

/// Of a lone position: a scenario takes weight·fall from a long and weight·rise from a short. A field
/// per bucket; the weight counts in each product.
impl Directed for Scenario {
    const FIELDS: &'static [Field] = &{
        const fn product(name: &'static str) -> Field {
            Field {
                name,
                direction: Direction::Rises,
                effect: Effect::Ramp,
            }
        }
        [
            product("weight·shock[0]"),
            product("weight·shock[1]"),
            product("weight·shock[2]"),
            product("weight·shock[3]"),
            product("weight·shock[4]"),
            product("weight·shock[5]"),
            product("weight·shock[6]"),
            product("weight·shock[7]"),
        ]
    };

    fn compare(old: &Self, new: &Self) -> Changes {
        let products = |scenario: &Self| {
            let Self {
                weight_e9,
                shock_e9,
            } = *scenario;
            // Below 2^64 · 2^63.
            shock_e9.map(|shock| i128::from(weight_e9).saturating_mul(i128::from(shock)))
        };
        let mut comparison = const { Comparison::new(Self::FIELDS) };
        for (old, new) in products(old).into_iter().zip(products(new)) {
            let (fall, rise) = ((old.min(0), new.min(0)), (old.max(0), new.max(0)));
            comparison.two_sided(MovedSides {
                tighter: fall.1 < fall.0 || rise.1 > rise.0,
                looser: fall.1 > fall.0 || rise.1 < rise.0,
            });
        }
        comparison.changes()
    }
}

#[cfg(test)]
#[path = "fields_tests.rs"]
mod tests;
