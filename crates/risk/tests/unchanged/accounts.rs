//! Accounts from a seed, in every state that a valuation tells apart.
//!
//! Only what a valuation reads is drawn, so that an account stays the same when the model gets another parameter.
use freeboard_risk::governance::{AssetTerms, TargetTerms};
use freeboard_risk::number::atoms::QuoteAtoms;
use freeboard_risk::number::quantity::{Fraction, Price, Reciprocal, UnitPrice};
use freeboard_risk::params::{
    AssetCoefficients, PortfolioCoefficients, PortfolioParams, ScenarioCoefficients,
};
use freeboard_risk::price::standing::Standing;
use freeboard_risk::price::unit_shock::UnitShock;
use freeboard_risk::requirement::holding::{Holding, UnrelievedWeights};
use freeboard_risk::requirement::portfolio::Portfolio;

const E9: u64 = 1_000_000_000;

/// SplitMix64.
pub struct Draw(u64);

impl Draw {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    pub fn below(&mut self, count: u64) -> u64 {
        self.word() % count
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// Both ends often.
    pub fn between(&mut self, min: u64, max: u64) -> u64 {
        match self.below(10) {
            0 => min,
            1 => max,
            _ => min + self.below(max - min + 1),
        }
    }

    /// All magnitudes up to `2^bits` alike.
    pub fn magnitude(&mut self, bits: u64) -> u64 {
        let bits = self.below(bits.min(63) + 1);
        self.word() >> (63 - bits) | (1 << bits)
    }

    fn fraction(&mut self, min_e9: u64, max_e9: u64) -> Fraction {
        Fraction::from_e9_ceil(self.between(min_e9, max_e9)).unwrap()
    }

    /// As the estimator leaves them: no whole number of 10^-9.
    fn shock(&mut self, max_e9: u64) -> Fraction {
        let shock = self.fraction(5_000_000, max_e9);
        Fraction::from_bits(shock.to_bits() + self.below(1 << 28))
    }

    fn collateral_weight(&mut self) -> Fraction {
        Fraction::from_e9_floor(self.between(0, E9)).unwrap()
    }

    fn terms(&mut self) -> AssetTerms {
        let long = self.fraction(5_000_000, 650_000_000);
        AssetTerms {
            s_max_mm_long: long,
            s_max_short: self.fraction(E9, 8 * E9),
            basis: self.fraction(0, E9 / 10),
            funding_provision: self.fraction(0, 100_000_000),
            collateral_weight: self.collateral_weight(),
            inverse_depth: Reciprocal::new_ceil(self.magnitude(49)),
        }
    }

    fn coefficients(&mut self) -> AssetCoefficients {
        let bits = if self.chance(50) { 49 } else { 30 };
        let depth = self.magnitude(bits);
        let low = self.magnitude(50);
        let high = low + self.magnitude(50);
        let range = if self.chance(60) { 0 } else { high - low };
        AssetCoefficients {
            s_max_im_long: self.fraction(650_000_000, E9),
            gamma: self.fraction(0, E9),
            depth_quote_atoms: depth,
            oi_lo_quote_atoms: low,
            oi_hi_quote_atoms: high,
            inverse_oi_range: Reciprocal::new_ceil(range),
            lot_atoms: self.magnitude(20),
            bucket: self.below(8) as u8,
            base_decimals: self.below(19) as u8,
            ..AssetTerms {
                inverse_depth: Reciprocal::new_ceil(depth),
                ..self.terms()
            }
            .within(&AssetCoefficients::default())
        }
    }

    fn standing(&mut self) -> Standing {
        match self.below(40) {
            0 => Standing::Wide,
            1 => Standing::Far,
            2 => Standing::Absent {
                share: self.fraction(0, 2 * E9),
            },
            3 => Standing::Unknown,
            _ => Standing::Usable,
        }
    }

    /// A size that is worth up to `2^bits` quote atoms; at 64 bits perhaps more than can be counted.
    fn size(&mut self, unit: UnitPrice, bits: u64) -> u64 {
        if bits >= 64 && self.chance(5) {
            return self.word() >> 2;
        }
        let notional = QuoteAtoms::new(self.magnitude(bits));
        let atoms = unit.base_atoms_ceil(notional).get();
        atoms.clamp(1, i64::MAX.unsigned_abs() / 4)
    }

    fn holding(&mut self, worth_bits: u64, has_position: bool, has_collateral: bool) -> Holding {
        // 10^-6 to 10^6 USD, seldom up to 10^11.
        let digits = if self.chance(3) { 76 } else { 60 };
        let price = 1_000_000 + (u128::from(self.word()) << 16 >> self.below(digits));
        let near = |draw: &mut Self| match draw.below(4) {
            0 => price,
            _ => price * u128::from(draw.between(900_000, 1_100_000)) / 1_000_000,
        };
        let coefficients = self.coefficients();
        let unit = UnitPrice::from_price_floor(Price(price), coefficients.base_decimals).unwrap();
        let interval = u128::from(self.between(0, 50_000));
        let c_im_max_e9 = if self.chance(90) { E9 } else { 15 * E9 };
        let mut holding = Holding {
            price: Price(price),
            confidence: Price(price * interval / 1_000_000),
            ema: Price(near(self).max(1)),
            usable_initial: self.chance(95),
            standing: self.standing(),
            unit_shock: UnitShock {
                u_mm: self.shock(E9 / 2),
                c_im: self.shock(c_im_max_e9),
                sigma_im: self.shock(E9),
            },
            initial: self.chance(10).then(|| self.terms()),
            coefficients,
            open_interest_atoms: self.size(unit, worth_bits) - 1,
            liquidated_quote_atoms: if self.chance(70) {
                0
            } else {
                self.magnitude(worth_bits)
            },
            ..Holding::default()
        };
        if has_position {
            let size = self.size(unit, worth_bits);
            holding.size_atoms = size.cast_signed();
            // About the present price.
            let worth = unit.notional_floor(freeboard_risk::number::atoms::BaseAtoms::new(size));
            let worth = worth
                .map_or(0, |worth| worth.get().min(1 << 61) >> 1)
                .cast_signed();
            holding.entry_quote_atoms = worth / 1_000 * self.between(1_500, 2_500).cast_signed();
            if self.chance(50) {
                holding.size_atoms = -holding.size_atoms;
                holding.entry_quote_atoms = -holding.entry_quote_atoms;
            }
            holding.funding_quote_atoms = self.below(2_000_000).cast_signed() - 1_000_000;
        }
        if has_collateral {
            holding.collateral_atoms = self.size(unit, worth_bits);
            holding.unrelieved = self.chance(20).then(|| self.unrelieved(&holding));
        }
        holding
    }

    /// Lower weights than both levels have.
    fn unrelieved(&mut self, holding: &Holding) -> UnrelievedWeights {
        let mut lower = |weight: Fraction| {
            let e9 = (u128::from(weight.to_bits()) * u128::from(E9)) >> 60;
            Fraction::from_e9_floor(self.below(e9 as u64 + 1)).unwrap()
        };
        let maintenance = lower(holding.coefficients.collateral_weight);
        let initial = holding.initial.map(|terms| lower(terms.collateral_weight));
        UnrelievedWeights {
            maintenance,
            initial: initial.unwrap_or(maintenance),
        }
    }

    fn scenarios(&mut self) -> Vec<ScenarioCoefficients> {
        let count = self.below(17) * self.below(2);
        let shock = |draw: &mut Self| draw.below(1 << 60).cast_signed() - (1 << 59);
        (0..count)
            .map(|_| ScenarioCoefficients {
                shock: core::array::from_fn(|_| shock(self)),
            })
            .collect()
    }

    fn portfolio_coefficients(&mut self) -> PortfolioCoefficients {
        PortfolioCoefficients::new(&PortfolioParams {
            theta_e9: self.between(0, 800_000_000),
            phi_e9: self.between(100_000_000, E9),
            rho_lo_e9: self.between(0, 600_000_000),
            rho_hi_e9: self.between(850_000_000, E9),
            im_over_mm_e9: self.between(E9, 2 * E9),
            upnl_weight_e9: self.between(0, E9 / 2),
            z_e9: self.between(E9, 3 * E9),
            unusable_move_e9: self.between(0, E9),
            ..PortfolioParams::reference()
        })
        .unwrap()
    }
}

/// An account with everything that a valuation reads, owned.
pub struct Account {
    pub coefficients: PortfolioCoefficients,
    pub scenarios: Vec<ScenarioCoefficients>,
    /// What IM reads in place of both, while a ramp runs.
    pub initial: Option<(PortfolioCoefficients, Vec<ScenarioCoefficients>)>,
    pub quote_atoms: i64,
    pub holdings: Vec<Holding>,
}

impl Account {
    /// Up to 16 positions and 8 collaterals, worth up to `2^worth_bits` quote atoms each.
    pub fn draw(draw: &mut Draw, worth_bits: u64) -> Self {
        let (positions, collaterals) = (draw.below(17), draw.below(9));
        let shared = draw.below(9).min(positions).min(collaterals);
        let count = positions + collaterals - shared;
        let holdings = (0..count)
            .map(|at| draw.holding(worth_bits, at < positions, at >= count - collaterals))
            .collect();
        Self {
            coefficients: draw.portfolio_coefficients(),
            scenarios: draw.scenarios(),
            initial: draw
                .chance(10)
                .then(|| (draw.portfolio_coefficients(), draw.scenarios())),
            quote_atoms: 0,
            holdings,
        }
    }

    pub fn portfolio(&self) -> Portfolio<'_> {
        Portfolio {
            coefficients: &self.coefficients,
            scenarios: &self.scenarios,
            initial: self
                .initial
                .as_ref()
                .map(|(coefficients, scenarios)| TargetTerms {
                    coefficients,
                    scenarios,
                }),
            quote_atoms: self.quote_atoms,
            holdings: &self.holdings,
        }
    }
}
