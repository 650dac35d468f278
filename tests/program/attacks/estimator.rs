//! Steering the estimator: by the moments at which it is sampled, and by a price update that is none of the market's. BTC
//! with the shipped parameters.
use super::skew::shipped;
use crate::support::{Stream, normal};
use freeboard_risk::params::AssetCoefficients;
use freeboard_risk::price::unit_shock::unit_shock;
use freeboard_tests::{AssetHandle, Trader, World, usd};

/// What BTC costs when the market opens, dollars.
const START: f64 = 70_000.0;

/// A market at its least volatility; `has_short` for the third variance.
struct Market {
    world: World,
    btc: AssetHandle,
    samples: u32,
}

impl Market {
    fn new(has_short: bool) -> Self {
        let mut spec = shipped("BTC", START, true);
        if !has_short {
            spec.params.short_mult_e9 = 0;
        }
        let mut world = World::market([spec]);
        world.fund_pool(usd(400_000_000)).expect("a pool of $400 M");
        let btc = world.handle_of(0);
        world.sweep(&btc).expect("swept");
        Self {
            world,
            btc,
            samples: 0,
        }
    }

    /// 300 s later the market stands here.
    fn step(&mut self, dollars: f64) {
        self.world.warp(300);
        self.world.set_price_usd(&self.btc, dollars);
    }

    fn sample(&mut self) {
        self.world.sample(&self.btc).expect("sampled");
        self.samples += 1;
    }

    /// Logarithm of the price against the anchor, and hours since it.
    fn since_anchor(&self, dollars: f64) -> (f64, f64) {
        let volatility = self.world.asset(0).volatility().unwrap();
        let anchor = volatility.anchor.to_u128().unwrap() as f64 / 1e12;
        let hours = (self.world.now() - volatility.anchor_ts) as f64 / 3_600.0;
        ((dollars / anchor).ln(), hours)
    }

    /// σ_t, per cent per √hour.
    fn target(&self) -> f64 {
        let volatility = self.world.asset(0).volatility().unwrap();
        volatility.sigma_target.to_bits() as f64 / 2f64.powi(60) * 100.0
    }

    /// The core shock of IM.
    fn initial_shock(&self) -> f64 {
        let asset = self.world.asset(0);
        let coefficients = AssetCoefficients::from_words(&asset.coefficient_words);
        let volatility = asset.volatility().unwrap();
        unit_shock(&volatility, &coefficients, self.world.now())
            .c_im
            .to_bits() as f64
    }
}

/// The attacker is the only sampler and samples only where the price is back near the last sample: no return is seen. A day of calm,
/// then six hours of a storm of 2.5 % per √hour. He would gain the margin of a calm. What bounds him: the third variance
/// never lowers what two variances ask of the same samples; and whoever samples once an hour undoes it.
#[test]
fn who_waits_for_calm_gets_no_target_below_that_of_two_variances() {
    let mut careful = Market::new(true);
    let mut hourly = Market::new(true);
    let mut patient = Market::new(true);
    let mut patient_of_two = Market::new(false);
    let mut stream = Stream(5);
    let mut price = START;
    for step in 1..=360 {
        let sigma = if step <= 288 { 0.006 } else { 0.025 };
        price *= (sigma * (1.0_f64 / 12.0).sqrt() * normal(&mut stream)).exp();
        for market in [&mut careful, &mut hourly, &mut patient, &mut patient_of_two] {
            market.step(price);
        }
        careful.sample();
        if step % 12 == 0 {
            hourly.sample();
        }
        let (moved, hours) = patient.since_anchor(price);
        if moved.abs() <= 0.2 * sigma * hours.sqrt() {
            patient.sample();
            patient_of_two.sample();
            let (three, two) = (patient.target(), patient_of_two.target());
            assert!(three >= two, "step {step}: {three} {two}");
        }
    }
    assert!(patient.samples > 10, "{}", patient.samples);
    let (seen, hidden) = (careful.target(), patient.target());
    // He hides two thirds of the storm from new risk for as long as he is alone.
    assert!(hidden < seen / 2.0, "{hidden} of {seen}");
    assert!(
        hourly.target() > seen * 0.8,
        "{} of {seen}",
        hourly.target()
    );
    // Somebody else samples for an hour.
    for _ in 0..12 {
        price *= (0.025 * (1.0_f64 / 12.0).sqrt() * normal(&mut stream)).exp();
        patient.step(price);
        patient.sample();
    }
    let found = patient.target();
    assert!(found > hidden * 1.5, "{found} {hidden}");
}

/// IM of a long at the present price, quote atoms.
fn initial_margin(world: &World, trader: &Trader) -> f64 {
    let report = world.client_report(trader).expect("a report");
    report.initial.margin_atoms as f64
}

/// One price update far away is sampled, and the next one is back: by mistake, or by somebody who can publish once. He
/// would raise the initial margin of all, so that nobody can open or withdraw. What bounds him: half of it at once, also
/// for both samples together; the maintenance margin moves at its speed limit.
#[test]
fn a_wick_raises_initial_margin_by_half_at_most() {
    for (storm_steps, factor) in [(0, 10.0), (0, 0.2), (24, 10.0), (24, 0.9), (72, 1.05)] {
        let mut market = Market::new(true);
        let trader = market.world.new_trader(usd(1_000_000));
        let mut stream = Stream(9);
        let mut price = START;
        for _ in 0..storm_steps {
            price *= (0.03 * (1.0_f64 / 12.0).sqrt() * normal(&mut stream)).exp();
            market.step(price);
            market.sample();
        }
        let size = market.btc.atoms(1.0);
        market
            .world
            .trade(&trader, &market.btc, size)
            .expect("opened");
        let (im, mm) = (
            initial_margin(&market.world, &trader),
            market.world.client_report(&trader).unwrap().assets[0].u_mm_q60 as f64,
        );
        let calm = market.initial_shock();
        market.step(price * factor);
        market.sample();
        let out = market.initial_shock() / calm;
        assert!(out <= 1.5 + 1e-9, "{factor}: {out}");
        market.step(price);
        market.sample();
        let (after, shock) = (
            initial_margin(&market.world, &trader),
            market.world.client_report(&trader).unwrap().assets[0].u_mm_q60 as f64,
        );
        assert!(after <= im * 1.501, "{factor}: {} times", after / im);
        assert!(after > im * 1.01, "{factor}: it is seen: {}", after / im);
        assert!(shock <= mm * 1.03_f64.powf(1.0 / 6.0) * (1.0 + 1e-9), "P5");
    }
}
