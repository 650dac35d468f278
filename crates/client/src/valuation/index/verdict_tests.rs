//! The bound of [`ValuationMoment::is_far`], where it is nearest: an account whose whole margin is its provision.
use bytemuck::Zeroable;
use freeboard::state::{Asset, signed_to_words};
use freeboard_risk::market::funding::OpenInterest;
use freeboard_risk::number::quantity::{Fraction, Price};
use freeboard_risk::params::{AssetCoefficients, PortfolioCoefficients};
use freeboard_risk::requirement::holding::Holding;
use freeboard_risk::requirement::portfolio::Portfolio;

use super::*;
use crate::valuation::index::assets::is_gentle;

const NOW: i64 = 1_780_000_000;

/// A stream of numbers that look random: xorshift64*, Vigna 2016.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Of any number of bits up to so many.
    fn bits(&mut self, most: u32) -> u64 {
        let bits = 1 + (self.next() % u64::from(most)) as u32;
        self.next() >> (64 - bits)
    }
}

/// A position that pays, and its holding without any shock.
struct Paying {
    position: Position,
    holding: Holding,
    /// What it pays within [`ACCRUAL_SECS`].
    paid_atoms: i128,
}

impl Paying {
    /// In a market at this rate per second, `gap_secs` after it was last accrued.
    fn new(numbers: &mut Numbers, rate_q64: i64, provision: Fraction, gap_secs: i64) -> Self {
        let mut asset = Asset::zeroed();
        asset.params.base_decimals = (numbers.next() % 19) as u8;
        asset.funding.rate_q64 = rate_q64;
        asset.funding.updated_ts = NOW - gap_secs;
        let index = i128::from(numbers.bits(60)) << 20;
        asset.funding.long_index_q64 = signed_to_words(index);
        asset.funding.short_index_q64 = signed_to_words(index);
        let price = Price(u128::from(numbers.bits(63)));
        // Longs pay at a positive rate; every size up to 10^15 quote atoms.
        let unit = price.0 as f64 / 10_f64.powi(6 + i32::from(asset.params.base_decimals));
        let most = (1e15 / unit).min(4e18) as u64;
        let size_atoms = (1 + numbers.bits(62) % most.max(1)).cast_signed() * rate_q64.signum();
        let position = Position {
            base_size_atoms: size_atoms,
            funding_index_q64: signed_to_words(index),
            asset_index: 0,
            ..Position::EMPTY
        };
        let accrued = |until| {
            let mut asset = asset;
            let decimals = asset.params.base_decimals;
            let funding = asset.funding.as_core();
            let accrued = funding.accrued_at(price, decimals, OpenInterest::default(), until);
            asset.funding.set(&accrued.expect("within its range"));
            asset.accrued_funding_at_worst(&position, price, until)
        };
        let [now_atoms, later_atoms] = [0, ACCRUAL_SECS].map(|secs| accrued(NOW + secs));
        Self {
            position,
            holding: Holding {
                price,
                size_atoms,
                coefficients: AssetCoefficients {
                    funding_provision: provision,
                    base_decimals: asset.params.base_decimals,
                    ..AssetCoefficients::default()
                },
                ..Holding::default()
            },
            paid_atoms: i128::from(now_atoms) - i128::from(later_atoms),
        }
    }
}

/// The requirement of these positions, MM being ΣF alone, and what they pay.
fn required_and_paid(paying: &[Paying]) -> (Requirement, i128) {
    let holdings: Vec<Holding> = paying.iter().map(|one| one.holding).collect();
    let valuation = liquidation_valuation(&Portfolio {
        coefficients: &PortfolioCoefficients::default(),
        scenarios: &[],
        initial: None,
        quote_atoms: 0,
        holdings: &holdings,
    });
    let valuation = valuation.expect("never fails on amounts");
    assert!(!valuation.is_saturated);
    let paid_atoms = paying.iter().map(|one| one.paid_atoms).sum();
    (valuation.requirement, paid_atoms)
}

/// The steepest accounts that a provision so many times the gentle one leaves: whether the cushion ever misses what is
/// paid, and the largest part of it that is paid.
fn play(times: f64) -> (bool, f64) {
    let mut numbers = Numbers(0xFA12);
    let (mut misses, mut largest) = (false, 0.0_f64);
    for _ in 0..20_000 {
        let count = 1 + numbers.next() % MAX_POSITIONS as u64;
        let paying: Vec<Paying> = (0..count)
            .map(|_| {
                // At most 0.0625 % an hour, the bound of parameters.
                let rate_q64 = (1 + numbers.bits(42)).min(3_202_559_735_019) as i64;
                let cost_q64 = u128::from(rate_q64.unsigned_abs()) * ACCRUAL_SECS as u128;
                let least = (cost_q64 << 3).div_ceil(1 << 4) as f64; // units of 2^-60
                let provision = Fraction::from_bits((least * times).ceil() as u64);
                assert_eq!(is_gentle(rate_q64, provision), times >= 1.0);
                let sign = if numbers.next().is_multiple_of(2) {
                    1
                } else {
                    -1
                };
                let gap_secs = (numbers.next() % 5_000) as i64;
                Paying::new(&mut numbers, sign * rate_q64, provision, gap_secs)
            })
            .collect();
        assert!(paying.iter().all(|one| one.position.base_size_atoms != 0));
        let (requirement, paid_atoms) = required_and_paid(&paying);
        let far_atoms = far_atoms(&requirement);
        misses |= paid_atoms > far_atoms;
        largest = largest.max(paid_atoms as f64 / far_atoms as f64);
    }
    (misses, largest)
}

#[test]
fn beyond_a_quarter_of_the_margin_no_minute_of_funding_is_missing() {
    let (misses, largest) = play(1.0);
    assert!(!misses);
    // Half of it in theory: what is left is for the roundings.
    assert!((0.45..0.55).contains(&largest), "{largest}");
}

#[test]
fn where_a_market_is_steep_the_cushion_tells_nothing() {
    let (misses, _) = play(0.25);
    assert!(misses);
}

#[test]
fn a_market_at_rest_is_gentle_at_its_highest_rate() {
    for max_rate_per_h_e9 in [1, 100_000, 625_000] {
        let params = freeboard_risk::params::AssetParams {
            max_rate_per_h_e9,
            ..freeboard_risk::params::AssetParams::reference()
        };
        let provision = AssetCoefficients::new(&params, 28_800).expect("within bounds");
        let mut funding = freeboard_risk::market::funding::FundingState::new(NOW);
        let one_sided = OpenInterest {
            long_atoms: 1_000,
            short_atoms: 0,
        };
        let scale = freeboard_risk::number::atoms::BaseAtoms::new(1);
        let set = funding.set_rate(one_sided, max_rate_per_h_e9, scale);
        set.expect("a scale");
        assert!(funding.rate_q64 > 0);
        assert!(is_gentle(funding.rate_q64, provision.funding_provision));
        assert!(
            !is_gentle(funding.rate_q64, Fraction::ZERO),
            "a ramp's start"
        );
    }
}
