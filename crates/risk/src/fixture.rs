//! Holdings with the round numbers of the golden vectors: u_MM 3.75 %, c_IM 7.5 %, collateral weight 1, L $10 M,
//! no open-interest add-on, funding provision 0.08 %, basis 0.5 %; SOL at $100 (9 decimals), ETH at $2,000 (8).
use crate::number::quantity::{Fraction, Price};
use crate::params::{AssetCoefficients, AssetParams, PortfolioCoefficients, PortfolioParams};
use crate::price::standing::Standing;
use crate::price::unit_shock::UnitShock;
use crate::requirement::holding::Holding;
use crate::requirement::portfolio::Portfolio;

/// One SOL in atoms.
pub const SOL: i64 = 1_000_000_000;
/// One ETH in atoms.
pub const ETH: i64 = 100_000_000;
/// One dollar in quote atoms.
pub const USD: i64 = 1_000_000;

pub fn asset_params() -> AssetParams {
    AssetParams {
        collateral_weight_e9: 1_000_000_000,
        oi_lo_quote_atoms: 0,
        oi_hi_quote_atoms: 0,
        lot_atoms: 100_000_000,
        ..AssetParams::reference()
    }
}

pub fn e9(x: u64) -> Fraction {
    Fraction::from_e9_ceil(x).unwrap()
}

/// Nothing held, at a price in whole dollars.
pub fn asset(params: &AssetParams, dollars: u128) -> Holding {
    let price = Price(dollars * 1_000_000_000_000);
    Holding {
        price,
        ema: price,
        usable_initial: true,
        standing: Standing::Usable,
        unit_shock: UnitShock {
            u_mm: e9(37_500_000),
            c_im: e9(75_000_000),
            sigma_im: e9(15_000_000),
        },
        coefficients: AssetCoefficients::new(params, 28_800).unwrap(),
        ..Holding::default()
    }
}

/// A SOL position opened at the present price.
pub fn sol(size_atoms: i64) -> Holding {
    let entry_quote_atoms = size_atoms / 10; // $100 per 10^9 atoms
    Holding {
        size_atoms,
        entry_quote_atoms,
        ..asset(&asset_params(), 100)
    }
}

/// An ETH position opened at the present price.
pub fn eth(size_atoms: i64) -> Holding {
    let params = AssetParams {
        base_decimals: 8,
        bucket: 2,
        lot_atoms: 10_000,
        ..asset_params()
    };
    let entry_quote_atoms = size_atoms * 20; // $2,000 per 10^8 atoms
    Holding {
        size_atoms,
        entry_quote_atoms,
        ..asset(&params, 2_000)
    }
}

/// SOL as collateral.
pub fn sol_collateral(collateral_atoms: u64) -> Holding {
    Holding {
        collateral_atoms,
        ..asset(&asset_params(), 100)
    }
}

pub fn coefficients() -> PortfolioCoefficients {
    PortfolioCoefficients::new(&PortfolioParams::reference()).unwrap()
}

pub fn portfolio<'a>(
    coefficients: &'a PortfolioCoefficients,
    quote_atoms: i64,
    holdings: &'a [Holding],
) -> Portfolio<'a> {
    Portfolio {
        coefficients,
        scenarios: &[],
        initial: None,
        quote_atoms,
        holdings,
    }
}

/// `actual` is `exact` or up to `tolerance` atoms above it.
#[track_caller]
pub fn assert_up(actual: i128, exact: i128, tolerance: i128) {
    assert!(
        (exact..=exact + tolerance).contains(&actual),
        "{actual} for {exact}"
    );
}

/// `actual` is `exact` or up to `tolerance` atoms below it.
#[track_caller]
pub fn assert_down(actual: i128, exact: i128, tolerance: i128) {
    assert!(
        (exact - tolerance..=exact).contains(&actual),
        "{actual} for {exact}"
    );
}
