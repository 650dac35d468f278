//! ln and 2^-x against certified points of mpmath: the enclosures hold the exact value and are as narrow
//! as they state.
//!
//! 1,500 points each are versioned; `cargo xtask reference` makes 100,000 and names their folder in
//! `FREEBOARD_MATH_POINTS`.
use std::cmp::Ordering;
use std::path::PathBuf;

use freeboard_risk::number::math::{LnRatio, Scaled, exp2_fraction, ln_ratio, scale_exp2_neg_ceil};

/// Units of 2^-64: ln is within 2^-58 on either side.
const LN_WIDTH: u128 = 1 << 7;
/// Units of 2^-62.
const EXP2_WIDTH: u64 = 5;

/// The lines of a file of points, split at blanks.
fn points(name: &str) -> Vec<Vec<String>> {
    let versioned = concat!(env!("CARGO_MANIFEST_DIR"), "/../../reference/vectors");
    let folder = std::env::var("FREEBOARD_MATH_POINTS").unwrap_or_else(|_| versioned.to_owned());
    let text = std::fs::read_to_string(PathBuf::from(folder).join(name)).unwrap();
    let split = |line: &str| line.split(' ').map(str::to_owned).collect();
    let points: Vec<Vec<String>> = text.lines().map(split).collect();
    assert!(
        points.len() >= 1_500,
        "{name} holds {} points",
        points.len()
    );
    println!("{name}: {} points", points.len());
    points
}

#[test]
fn ln_encloses_every_point() {
    for point in points("ln.txt") {
        let (a, b): (u64, u64) = (point[0].parse().unwrap(), point[1].parse().unwrap());
        // ⌊ln(a/b) · 2^96⌋, with its sign.
        let floor: i128 = point[2].parse().unwrap();
        let scaled = |x: u64| Scaled::from_u128(u128::from(x)).unwrap();
        let LnRatio {
            order,
            magnitude: ln,
        } = ln_ratio(scaled(a), scaled(b));
        assert_eq!(order, a.cmp(&b), "{point:?}");
        let (lower, upper) = (ln.lower() << 32, ln.upper() << 32);
        // The size of the logarithm lies strictly between two neighbouring integers, or is 0.
        let (below, above) = match order {
            Ordering::Equal => (0, 0),
            Ordering::Greater => (floor.unsigned_abs(), floor.unsigned_abs() + 1),
            Ordering::Less => (floor.unsigned_abs() - 1, floor.unsigned_abs()),
        };
        assert!(lower <= below && upper >= above, "{point:?}: {ln:?}");
        assert!(ln.upper() - ln.lower() <= LN_WIDTH, "{point:?}: {ln:?}");
    }
}

#[test]
fn exp2_encloses_every_point() {
    for point in points("exp2.txt") {
        let exponent: u64 = point[0].parse().unwrap();
        // ⌊2^(−x/2^64) · 2^126⌋
        let floor: u128 = point[1].parse().unwrap();
        if exponent == 0 {
            assert_eq!(floor, 1 << 126);
            assert_eq!(scale_exp2_neg_ceil(1 << 63, 0), 1 << 63);
            continue;
        }
        // 2^−x is half of 2^(1 − x), which has 62 binary digits here.
        let power = exp2_fraction(exponent.wrapping_neg());
        let (lower, upper) = (u128::from(power.lower()), u128::from(power.upper()));
        assert!(lower << 63 <= floor, "{point:?}: {power:?}");
        // The value is irrational but for x = 0: strictly above its floor.
        assert!(upper << 63 > floor, "{point:?}: {power:?}");
        assert!(
            power.upper() - power.lower() <= EXP2_WIDTH,
            "{point:?}: {power:?}"
        );
        // What the speed limit uses: 2^63 · 2^−x, up, within the width of the power.
        let scaled = scale_exp2_neg_ceil(1 << 63, u128::from(exponent));
        assert!(u128::from(scaled) > floor >> 63, "{point:?}: {scaled}");
        assert!(
            u128::from(scaled) <= (floor >> 63) + 2 + u128::from(EXP2_WIDTH),
            "{point:?}: {scaled}"
        );
    }
}
