//! whitepaper §4.1 and §5.1 in exact arithmetic: integers of any size with 220 binary digits behind the point,
//! always rounded down, from decimal inputs. An exact value lies at or above what is computed here, by
//! less than 2^-180 of it.
use freeboard_risk::params::{AssetParams, PortfolioParams, Scenario};
use freeboard_risk::requirement::holding::Holding;
use num_bigint::BigInt;

/// Binary digits behind the point.
const DIGITS: u32 = 220;

/// A number, rounded down.
pub type Number = BigInt;

fn whole(value: impl Into<BigInt>) -> Number {
    value.into() << DIGITS
}

fn ratio(value: impl Into<BigInt>, divisor: impl Into<BigInt>) -> Number {
    floor_div(whole(value), &divisor.into())
}

fn e9(value: u64) -> Number {
    ratio(value, 1_000_000_000)
}

fn floor_div(value: BigInt, divisor: &BigInt) -> BigInt {
    use num_bigint::Sign;
    let (quotient, rest) = (&value / divisor, &value % divisor);
    if rest.sign() == Sign::Minus {
        quotient - 1
    } else {
        quotient
    }
}

fn times(a: &Number, b: &Number) -> Number {
    (a * b) >> DIGITS
}

fn root(value: &Number) -> Number {
    (value << DIGITS).sqrt()
}

fn abs(value: &Number) -> Number {
    Number::from(value.magnitude().clone())
}

/// Which requirement.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Maintenance,
    Initial,
}

/// One holding with its decimal parameters.
pub struct Leg<'a> {
    pub holding: &'a Holding,
    pub params: &'a AssetParams,
}

struct Shocked {
    net: Number,
    exposure: Number,
    addon: Number,
    charges: Number,
}

impl Leg<'_> {
    /// Price of one base atom in quote atoms.
    fn unit(&self) -> Number {
        let power = u32::from(self.params.base_decimals) + 6;
        ratio(self.holding.price.0, BigInt::from(10).pow(power))
    }

    fn weighted(&self) -> Number {
        e9(self.params.collateral_weight_e9) * self.holding.collateral_atoms
    }

    fn shocked(&self, level: Level, provision_secs: u32) -> Shocked {
        let (holding, params, unit) = (self.holding, self.params, self.unit());
        let size = whole(holding.size_atoms);
        let net = times(&unit, &(&size + self.weighted()));
        let long = net >= Number::ZERO;
        let bits = |fraction: freeboard_risk::number::quantity::Fraction| {
            Number::from(fraction.to_bits()) << (DIGITS - 60)
        };
        let core = match level {
            Level::Maintenance => bits(holding.unit_shock.u_mm),
            Level::Initial => bits(holding.unit_shock.c_im),
        };
        let size_factor = root(&floor_div(
            abs(&net) << DIGITS,
            &whole(params.depth_quote_atoms),
        ));
        let base = times(&core, &size_factor.max(whole(1)));
        let full = match level {
            Level::Maintenance => base,
            Level::Initial => &base + self.open_interest_add_on(&base, &unit),
        };
        let ceiling = match (long, level) {
            (false, _) => params.s_max_short_e9,
            (true, Level::Maintenance) => params.s_max_mm_long_e9,
            (true, Level::Initial) => params.s_max_im_long_e9,
        };
        let shock = full.min(e9(ceiling));
        let core = core.min(shock.clone());
        let position = times(&unit, &abs(&size));
        let rate = ratio(
            u128::from(params.max_rate_per_h_e9) * u128::from(provision_secs),
            3_600_000_000_000u64,
        );
        let mut charges = times(&rate, &position);
        if holding.size_atoms < 0 {
            let hedged = position.min(times(&unit, &self.weighted()));
            charges += times(&e9(params.basis_e9), &hedged);
        }
        Shocked {
            exposure: times(&net, &core),
            addon: times(&abs(&net), &(shock - core)),
            net,
            charges,
        }
    }

    fn open_interest_add_on(&self, base: &Number, unit: &Number) -> Number {
        let (holding, params) = (self.holding, self.params);
        let interest = unit * holding.open_interest_atoms;
        let (low, high) = (params.oi_lo_quote_atoms, params.oi_hi_quote_atoms);
        let mut open_interest_add_on = Number::ZERO;
        if high > low {
            let share = floor_div(&interest - whole(low), &BigInt::from(high - low));
            let share = share.clamp(Number::ZERO, whole(1));
            open_interest_add_on += times(&share, &(whole(1) - base).max(Number::ZERO));
        }
        let liquidated = holding.liquidated_quote_atoms;
        if liquidated > 0 {
            let share = if interest == Number::ZERO {
                whole(1)
            } else {
                floor_div(whole(liquidated) << DIGITS, &interest).min(whole(1))
            };
            open_interest_add_on += times(&e9(params.gamma_e9), &share);
        }
        open_interest_add_on
    }
}

/// Equity at P in quote atoms, rounded down, but for a part of 2^-100 that the arithmetic here may lose.
pub fn equity(legs: &[Leg], quote_atoms: i64) -> i128 {
    let of = |leg: &Leg| {
        let (holding, unit) = (leg.holding, leg.unit());
        let value = times(&unit, &(whole(holding.size_atoms) + leg.weighted()));
        value - whole(holding.entry_quote_atoms) + whole(holding.funding_quote_atoms)
    };
    let sum: Number = legs.iter().map(of).sum::<Number>() + whole(quote_atoms);
    i128::try_from((sum + (Number::from(1) << (DIGITS - 100))) >> DIGITS).unwrap()
}

/// M of whitepaper §5.1 in quote atoms, rounded up, and the sum of the absolute shocks.
pub fn margin(
    legs: &[Leg],
    portfolio: &PortfolioParams,
    scenarios: &[Scenario],
    level: Level,
) -> (i128, i128) {
    let shocked: Vec<Shocked> = legs
        .iter()
        .map(|leg| leg.shocked(level, portfolio.funding_provision_secs))
        .collect();
    let gross: Number = shocked.iter().map(|leg| abs(&leg.exposure)).sum();
    let sum: Number = shocked.iter().map(|leg| &leg.exposure).sum();
    let squares: Number = shocked
        .iter()
        .map(|leg| times(&leg.exposure, &leg.exposure))
        .sum();
    let cross = times(&sum, &sum) - &squares;
    let variance = [portfolio.rho_lo_e9, portfolio.rho_hi_e9]
        .map(|rho| &squares + times(&e9(rho), &cross))
        .into_iter()
        .max()
        .unwrap_or_default();
    let deviation = root(&variance.max(Number::ZERO));
    let theta = e9(portfolio.theta_e9);
    let var = &gross - times(&theta, &(&gross - deviation));
    let floor = times(&e9(portfolio.phi_e9), &gross);
    let addons: Number = shocked.iter().map(|leg| &leg.addon).sum();
    let scenario_loss = scenarios.iter().map(|scenario| {
        let loss: Number = legs
            .iter()
            .zip(&shocked)
            .map(|(leg, shocked)| {
                let shock = scenario.shock_e9[usize::from(leg.params.bucket)];
                -times(&shocked.net, &ratio(shock, 1_000_000_000))
            })
            .sum();
        times(&e9(scenario.weight_e9), &loss)
    });
    let worst = scenario_loss.max().unwrap_or_default();
    let charges: Number = shocked.iter().map(|leg| &leg.charges).sum();
    let margin = (var.max(floor) + addons).max(worst) + charges;
    let atoms = |value: Number| i128::try_from(value >> DIGITS).unwrap();
    (-atoms(-margin), atoms(gross))
}
