//! An account with one asset being closed: everything else is summed once.
//!
//! A step of the bisection then costs one shock, one root and one product per scenario.
use crate::RiskError;
use crate::number::arith::amount::part_ceil;
use crate::number::arith::{add_i128, add_u128, wide_mul_signed};
use crate::number::quantity::{AMOUNT_BITS, UnitPrice};
use crate::params::{PortfolioCoefficients, ScenarioCoefficients};
use crate::requirement::equity::maintenance_q32;
use crate::requirement::favour::Favour;
use crate::requirement::holding::{Holding, NetSide, Sizes};
use crate::requirement::portfolio::{Binding, Portfolio};
use crate::requirement::rest::AccountRest;
use crate::requirement::scenario::{
    Buckets, LossScale, MAX_SCENARIOS, ScaledNets, Worst, check_count, estimated, estimated_part,
    worst_of,
};
use crate::requirement::shock::maintenance_shock;
use crate::requirement::sums::{MaintenanceSums, terms_left};
use crate::requirement::terms::HoldingTerms;
use crate::requirement::total::{Joint, Spread, Sums, Total};
use crate::requirement::valued::ValuedHolding;

/// Where the size to be closed lies: MM is convex in it while this stays the same (a holding that nets to
/// nothing belongs to either side).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Regime {
    /// Net short, else net long.
    pub is_short: bool,
    /// s_max binds where the size term would ask for more.
    pub size_binds: bool,
}

/// The rest of the account.
#[derive(Clone, Copy, Debug)]
struct Rest {
    sums: Sums,
    spread: Spread,
    losses: Losses,
    /// Error of a scale that fits the asset before the closing; what is left may be far smaller.
    scale_error_q32: u128,
}

/// What each scenario takes: of the rest, and per net notional of the asset.
#[derive(Clone, Copy, Debug)]
struct Losses {
    /// Signed loss of the rest, scaled.
    rest: [i128; MAX_SCENARIOS],
    /// The same, estimated.
    estimate: [i64; MAX_SCENARIOS],
    /// Shock of the asset's bucket.
    shock: [i64; MAX_SCENARIOS],
    count: usize,
    /// Fits the nets of the rest and any of the asset.
    scale: LossScale,
}

/// An account prepared for closing one asset.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClosingBook<'a> {
    portfolio: Portfolio<'a>,
    holding: &'a Holding,
    rest: Rest,
    /// Equity at the given observations, units of 2^-32 quote atoms.
    pub equity_q32: i128,
    /// Additions to it by prices that cannot be used.
    pub favour: Favour,
    /// Σ P·|q|.
    pub positions_q32: u128,
}

impl<'a> ClosingBook<'a> {
    /// Prepares closing `holding`, the one that is not in the rest of the account.
    #[inline(never)] // a stack frame of its own
    pub fn new(
        portfolio: &Portfolio<'a>,
        rest: &AccountRest,
        holding: &'a Holding,
        unit: UnitPrice,
    ) -> Result<Self, RiskError> {
        check_count(portfolio.scenarios)?;
        let rest = rest.sums();
        let valued = ValuedHolding::new(unit, holding.sizes(), &holding.coefficients)?;
        // No step has a larger |N|, and none a larger |X|: the core shock is at most u_MM.
        let net_bound = add_u128(valued.position_q32, valued.weighted_q32)?;
        let mut favour = rest.favour.unwrap_or_default();
        if !holding.standing.is_usable() {
            add_favour(&mut favour, holding, portfolio.coefficients)?;
        }
        Ok(Self {
            portfolio: *portfolio,
            holding,
            rest: Rest::new(portfolio, rest, holding, net_bound)?,
            equity_q32: add_i128(rest.equity_q32, maintenance_q32(holding, &valued))?,
            favour,
            positions_q32: add_u128(rest.positions_q32, valued.position_q32)?,
        })
    }

    /// MM with `sizes` left of the asset.
    pub fn total(&self, unit: UnitPrice, sizes: Sizes) -> Result<Total, RiskError> {
        self.total_of(&terms_left(self.holding, unit, sizes)?)
    }

    /// The piece of MM that an account with `sizes` left of the asset lies in.
    pub fn regime(&self, unit: UnitPrice, sizes: Sizes) -> Result<Regime, RiskError> {
        let coefficients = &self.holding.coefficients;
        let valued = ValuedHolding::new(unit, sizes, coefficients)?;
        let is_short = valued.side == NetSide::Short;
        let within_depth =
            valued.net_q32 >> AMOUNT_BITS < u128::from(coefficients.depth_quote_atoms);
        Ok(Regime {
            is_short,
            size_binds: !within_depth && {
                let shock = maintenance_shock(self.holding.unit_shock.u_mm, &valued, coefficients);
                let ceiling = if is_short {
                    coefficients.s_max_short
                } else {
                    coefficients.s_max_mm_long
                };
                shock.full == ceiling && shock.core < ceiling
            },
        })
    }

    /// MM with what is left of the asset.
    fn total_of(&self, left: &HoldingTerms) -> Result<Total, RiskError> {
        let rest = &self.rest;
        if rest.sums.error_q32 == 0 && left.error_q32 == 0 {
            return Ok(Total {
                margin_q32: 0,
                binding: Binding::Var,
                joint: Joint::default(),
            }); // nothing adds to M
        }
        // Each below 2^112.
        let error_q32 = rest.scale_error_q32.wrapping_add(left.error_q32.into());
        let sums = Sums {
            gross_q32: rest.sums.gross_q32.wrapping_add(left.x_q32.unsigned_abs()),
            addon_q32: rest.sums.addon_q32.wrapping_add(left.addon_q32),
            charges_q32: rest.sums.charges_q32.wrapping_add(left.charges_q32),
            error_q32: rest.sums.error_q32.wrapping_add(error_q32),
        };
        sums.total(
            self.portfolio.coefficients,
            &rest.spread.with(left.x_q32),
            rest.losses.worst(left.net_q32),
        )
    }
}

/// Adds the favour of the asset itself, at its own price: a view moves the price of one that is not usable.
#[cold]
#[inline(never)]
fn add_favour(
    favour: &mut Favour,
    holding: &Holding,
    c: &PortfolioCoefficients,
) -> Result<(), RiskError> {
    if holding.is_empty() {
        return Ok(());
    }
    let valued = ValuedHolding::from_holding(holding)?;
    let shock = maintenance_shock(holding.unit_shock.u_mm, &valued, &holding.coefficients);
    favour.add(holding, &valued, &shock, c);
    Ok(())
}

impl Rest {
    #[inline(never)]
    fn new(
        portfolio: &Portfolio,
        sums: &MaintenanceSums,
        closing: &Holding,
        net_bound: u128,
    ) -> Result<Self, RiskError> {
        let exposures = &sums.exposures;
        let core = closing.unit_shock.u_mm.to_bits();
        let x_bound = part_ceil(net_bound, core);
        let magnitude = exposures.magnitude_q32 | x_bound;
        Ok(Self {
            spread: Spread::new(exposures.values(), magnitude),
            losses: Losses::new(
                &sums.shared.buckets,
                portfolio.scenarios,
                closing.coefficients.bucket,
                net_bound,
            )?,
            // A net is cut by less than net_bound · 2^-58 where the asset sets the scale, and counts at most 3
            // times, 9 of them; where the rest sets it, the relative bound covers it.
            scale_error_q32: (magnitude >> 55).saturating_add(net_bound >> 53),
            sums: Sums {
                gross_q32: exposures.gross_q32,
                addon_q32: exposures.addon_q32,
                charges_q32: sums.shared.charges_q32,
                error_q32: sums.shared.error_q32.into(),
            },
        })
    }
}

impl Losses {
    /// Errors: [`RiskError::BucketOutOfBounds`].
    fn new(
        buckets: &Buckets,
        scenarios: &[ScenarioCoefficients],
        bucket: u8,
        net_bound: u128,
    ) -> Result<Self, RiskError> {
        let nets = ScaledNets::new(buckets, net_bound);
        let (mut rest, mut estimate) = ([0; MAX_SCENARIOS], [0; MAX_SCENARIOS]);
        let mut shock = [0; MAX_SCENARIOS];
        let slots = rest.iter_mut().zip(&mut estimate).zip(&mut shock);
        for (((loss, estimate), shock), scenario) in slots.zip(scenarios) {
            *loss = nets.loss(scenario);
            *estimate = estimated(*loss);
            let own = scenario.shock.get(usize::from(bucket));
            *shock = *own.ok_or(RiskError::BucketOutOfBounds)?;
        }
        Ok(Self {
            rest,
            estimate,
            shock,
            count: scenarios.len(),
            scale: nets.scale,
        })
    }

    /// The worst scenario with a net notional of the asset beside the rest.
    fn worst(&self, net_q32: i128) -> Worst {
        let net = self.scale.net(net_q32);
        let estimates = self.estimate.iter().zip(&self.shock).take(self.count);
        let estimates =
            estimates.map(|(rest, shock)| rest.wrapping_sub(estimated_part(net, *shock)));
        let loss = |index: usize| {
            let own = self.rest.get(index).zip(self.shock.get(index));
            // 2^125 and 2^59 · 2^63
            own.map_or(0, |(rest, shock)| {
                rest.wrapping_sub(wide_mul_signed(net, *shock))
            })
        };
        worst_of(estimates, loss, self.scale)
    }
}
