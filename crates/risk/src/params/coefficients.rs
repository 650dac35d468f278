//! Parameters in the binary form that a margin check reads: no division and no root is left in it.
//!
//! Each is rounded in the direction that raises requirements and lowers equity. The program stores
//! them as words beside the decimal parameters and recomputes them whenever one of those changes.
use super::{AssetParams, PortfolioParams, Scenario};
use crate::RiskError;
use crate::number::arith::{div_ceil_u128, div_floor_u128, signed_like, wide_mul};
use crate::number::math::log2_ratio;
use crate::number::quantity::{E9, FRACTION_BITS, Fraction, HOUR_SECS, Multiple, Reciprocal};

/// Coefficients of one asset (whitepaper §3.4 and §4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AssetCoefficients {
    /// `k·√h_mm`, √hours, up.
    pub k_sqrt_h_mm: Multiple,
    /// `k·√h_im`, √hours, up.
    pub k_sqrt_h_im: Multiple,
    /// Ceiling of σ, per √hour.
    pub sigma_cap: Fraction,
    /// Smallest core shock.
    pub s_floor: Fraction,
    /// `log2(1 + up)` per second, units of 2^-64, up.
    pub log2_up: u64,
    /// `−log2(1 − down)` per second, units of 2^-64, down.
    pub log2_down: u64,
    /// Growth of σ_IM per hour of sample age beyond `stale_after_secs`, up.
    pub stale_per_h: Fraction,
    /// Ceiling of the maintenance shock when the net size is ≥ 0.
    pub s_max_mm_long: Fraction,
    /// Ceiling of the initial shock when the net size is ≥ 0.
    pub s_max_im_long: Fraction,
    /// Ceiling of both shocks when the net size is < 0.
    pub s_max_short: Fraction,
    /// γ: weight of recent liquidations in the open-interest add-on.
    pub gamma: Fraction,
    /// Charge on the hedged part of a short with collateral of the same asset.
    pub basis: Fraction,
    /// `max_rate · funding_provision_secs / 3600`: the whole provision F per notional, up.
    pub funding_provision: Fraction,
    /// Share of collateral that counts, down.
    pub collateral_weight: Fraction,
    /// L, quote atoms.
    pub depth_quote_atoms: u64,
    /// 1/L, up.
    pub inverse_depth: Reciprocal,
    /// Open interest (quote atoms) where the open-interest add-on starts.
    pub oi_lo_quote_atoms: u64,
    /// Open interest (quote atoms) where the open-interest add-on is full.
    pub oi_hi_quote_atoms: u64,
    /// `1/(oi_hi − oi_lo)`, up; zero when oi_hi ≤ oi_lo: no open-interest add-on.
    pub inverse_oi_range: Reciprocal,
    /// Size of a lot, base atoms.
    pub lot_atoms: u64,
    /// Age of the newest sample, seconds, from which σ_IM grows.
    pub stale_after_secs: u32,
    /// Column of the scenarios, 0 … 7.
    pub bucket: u8,
    /// Decimals of the base token, at most 18.
    pub base_decimals: u8,
}

impl AssetCoefficients {
    /// Number of words of [`AssetCoefficients::to_words`].
    pub const WORDS: usize = 21;

    /// The coefficients of an asset whose funding provision covers `funding_provision_secs`.
    ///
    /// Errors: [`RiskError::Overflow`] when a fraction is ≥ 16, `k·√h` ≥ 65,536, a rate of the speed
    /// limit would empty or explode within a second, or the bucket or decimals are out of range.
    pub fn new(p: &AssetParams, funding_provision_secs: u32) -> Result<Self, RiskError> {
        if p.bucket > 7 || p.base_decimals > 18 {
            return Err(RiskError::Overflow);
        }
        let oi_range = p.oi_hi_quote_atoms.saturating_sub(p.oi_lo_quote_atoms);
        Ok(Self {
            k_sqrt_h_mm: Multiple::times_sqrt_hours_ceil(p.k_e9, p.h_mm_secs)?,
            k_sqrt_h_im: Multiple::times_sqrt_hours_ceil(p.k_e9, p.h_im_secs)?,
            sigma_cap: Fraction::from_e9_ceil(p.sigma_cap_e9)?,
            s_floor: Fraction::from_e9_ceil(p.s_floor_e9)?,
            log2_up: log2_up_ceil(p.up_per_h_e9)?,
            log2_down: log2_down_floor(p.down_per_h_e9)?,
            stale_per_h: Fraction::from_e9_ceil(p.stale_per_h_e9)?,
            s_max_mm_long: Fraction::from_e9_ceil(p.s_max_mm_long_e9)?,
            s_max_im_long: Fraction::from_e9_ceil(p.s_max_im_long_e9)?,
            s_max_short: Fraction::from_e9_ceil(p.s_max_short_e9)?,
            gamma: Fraction::from_e9_ceil(p.gamma_e9)?,
            basis: Fraction::from_e9_ceil(p.basis_e9)?,
            funding_provision: provision_ceil(p.max_rate_per_h_e9, funding_provision_secs)?,
            collateral_weight: Fraction::from_e9_floor(p.collateral_weight_e9)?,
            depth_quote_atoms: p.depth_quote_atoms,
            inverse_depth: Reciprocal::new_ceil(p.depth_quote_atoms),
            oi_lo_quote_atoms: p.oi_lo_quote_atoms,
            oi_hi_quote_atoms: p.oi_hi_quote_atoms,
            inverse_oi_range: Reciprocal::new_ceil(oi_range),
            lot_atoms: p.lot_atoms,
            stale_after_secs: p.stale_after_secs,
            bucket: p.bucket,
            base_decimals: p.base_decimals,
        })
    }

    /// As words, for an account.
    pub fn to_words(&self) -> [u64; Self::WORDS] {
        let packed = u64::from(self.stale_after_secs)
            | u64::from(self.bucket) << 32
            | u64::from(self.base_decimals) << 40
            | u64::from(self.inverse_depth.shift) << 48
            | u64::from(self.inverse_oi_range.shift) << 56;
        [
            self.k_sqrt_h_mm.to_bits(),
            self.k_sqrt_h_im.to_bits(),
            self.sigma_cap.to_bits(),
            self.s_floor.to_bits(),
            self.log2_up,
            self.log2_down,
            self.stale_per_h.to_bits(),
            self.s_max_mm_long.to_bits(),
            self.s_max_im_long.to_bits(),
            self.s_max_short.to_bits(),
            self.gamma.to_bits(),
            self.basis.to_bits(),
            self.funding_provision.to_bits(),
            self.collateral_weight.to_bits(),
            self.depth_quote_atoms,
            self.inverse_depth.mantissa,
            self.oi_lo_quote_atoms,
            self.oi_hi_quote_atoms,
            self.inverse_oi_range.mantissa,
            self.lot_atoms,
            packed,
        ]
    }

    /// From the words of [`AssetCoefficients::to_words`]; all-zero words are valid and give zeros.
    pub fn from_words(words: &[u64; Self::WORDS]) -> Self {
        let packed = words[20];
        let [
            b0,
            b1,
            b2,
            b3,
            bucket,
            base_decimals,
            depth_shift,
            range_shift,
        ] = packed.to_le_bytes();
        Self {
            k_sqrt_h_mm: Multiple::from_bits(words[0]),
            k_sqrt_h_im: Multiple::from_bits(words[1]),
            sigma_cap: Fraction::from_bits(words[2]),
            s_floor: Fraction::from_bits(words[3]),
            log2_up: words[4],
            log2_down: words[5],
            stale_per_h: Fraction::from_bits(words[6]),
            s_max_mm_long: Fraction::from_bits(words[7]),
            s_max_im_long: Fraction::from_bits(words[8]),
            s_max_short: Fraction::from_bits(words[9]),
            gamma: Fraction::from_bits(words[10]),
            basis: Fraction::from_bits(words[11]),
            funding_provision: Fraction::from_bits(words[12]),
            collateral_weight: Fraction::from_bits(words[13]),
            depth_quote_atoms: words[14],
            inverse_depth: Reciprocal {
                mantissa: words[15],
                shift: u32::from(depth_shift),
            },
            oi_lo_quote_atoms: words[16],
            oi_hi_quote_atoms: words[17],
            inverse_oi_range: Reciprocal {
                mantissa: words[18],
                shift: u32::from(range_shift),
            },
            lot_atoms: words[19],
            stale_after_secs: u32::from_le_bytes([b0, b1, b2, b3]),
            bucket,
            base_decimals,
        }
    }
}

/// Coefficients of the portfolio (whitepaper §5.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortfolioCoefficients {
    /// θ, up.
    pub theta: Fraction,
    /// 1 − θ, up.
    pub one_minus_theta: Fraction,
    /// φ, up.
    pub phi: Fraction,
    /// ρ_lo, down (the worst ρ is an end point, so a wider range is safe).
    pub rho_lo: Fraction,
    /// ρ_hi, up.
    pub rho_hi: Fraction,
    /// Smallest IM/MM, up.
    pub im_over_mm: Fraction,
    /// Share of positive PnL that counts for IM, down.
    pub upnl_weight: Fraction,
    /// Confidence multiple z, up.
    pub z: Fraction,
    /// Favourable move of an unusable asset, down.
    pub unusable_move: Fraction,
}

impl PortfolioCoefficients {
    /// Number of words of [`PortfolioCoefficients::to_words`].
    pub const WORDS: usize = 9;

    /// The coefficients of the portfolio.
    ///
    /// Errors: [`RiskError::Overflow`] when a fraction is ≥ 16 or θ > 1.
    pub fn new(p: &PortfolioParams) -> Result<Self, RiskError> {
        let one_minus_theta = E9.checked_sub(p.theta_e9).ok_or(RiskError::Overflow)?;
        Ok(Self {
            theta: Fraction::from_e9_ceil(p.theta_e9)?,
            one_minus_theta: Fraction::from_e9_ceil(one_minus_theta)?,
            phi: Fraction::from_e9_ceil(p.phi_e9)?,
            rho_lo: Fraction::from_e9_floor(p.rho_lo_e9)?,
            rho_hi: Fraction::from_e9_ceil(p.rho_hi_e9)?,
            im_over_mm: Fraction::from_e9_ceil(p.im_over_mm_e9)?,
            upnl_weight: Fraction::from_e9_floor(p.upnl_weight_e9)?,
            z: Fraction::from_e9_ceil(p.z_e9)?,
            unusable_move: Fraction::from_e9_floor(p.unusable_move_e9)?,
        })
    }

    /// As words, for an account.
    pub fn to_words(&self) -> [u64; Self::WORDS] {
        [
            self.theta,
            self.one_minus_theta,
            self.phi,
            self.rho_lo,
            self.rho_hi,
            self.im_over_mm,
            self.upnl_weight,
            self.z,
            self.unusable_move,
        ]
        .map(Fraction::to_bits)
    }

    /// From the words of [`PortfolioCoefficients::to_words`].
    pub fn from_words(words: &[u64; Self::WORDS]) -> Self {
        let [
            theta,
            one_minus_theta,
            phi,
            rho_lo,
            rho_hi,
            im_over_mm,
            upnl_weight,
            z,
            unusable_move,
        ] = words.map(Fraction::from_bits);
        Self {
            theta,
            one_minus_theta,
            phi,
            rho_lo,
            rho_hi,
            im_over_mm,
            upnl_weight,
            z,
            unusable_move,
        }
    }
}

/// Coefficients of one joint scenario (whitepaper §5.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScenarioCoefficients {
    /// weight·shock per bucket, signed, 60 binary digits, to nearest. |weight·shock| ≤ 8.
    ///
    /// Off by at most 2^-61. The sign of the net size decides which direction is safe, so the requirement adds
    /// the bound: Σ 2^-61·|N| over 8 buckets is at most 2^-53·G, as |X| ≥ s_floor·|N| and s_floor is at least
    /// 0.5 %; a requirement's relative bound is 2^-41·(G + M).
    pub shock: [i64; 8],
}

impl ScenarioCoefficients {
    /// Number of words of [`ScenarioCoefficients::to_words`].
    pub const WORDS: usize = 8;

    /// The coefficients of a scenario.
    ///
    /// Errors: [`RiskError::Overflow`] when a weight·shock is beyond ±8.
    pub fn new(scenario: &Scenario) -> Result<Self, RiskError> {
        let mut shock = [0; 8];
        for (bits, shock_e9) in shock.iter_mut().zip(scenario.shock_e9) {
            *bits = weighted_shock(scenario.weight_e9, shock_e9)?;
        }
        Ok(Self { shock })
    }

    /// As words, for an account: in two's complement.
    pub fn to_words(&self) -> [u64; Self::WORDS] {
        self.shock.map(i64::cast_unsigned)
    }

    /// From the words of [`ScenarioCoefficients::to_words`].
    #[inline]
    pub fn from_words(words: &[u64; Self::WORDS]) -> Self {
        Self {
            shock: words.map(u64::cast_signed),
        }
    }
}

/// weight·shock, units of 2^-60, to nearest, a half away from 0; of the exact product, rounded once.
fn weighted_shock(weight_e9: u64, shock_e9: i64) -> Result<i64, RiskError> {
    // In units of 10^-18; what does not fit 64 bits is beyond ±8.
    let product = u64::try_from(wide_mul(weight_e9, shock_e9.unsigned_abs()));
    let product = product.map_err(|_| RiskError::Overflow)?;
    if product == 0 {
        return Ok(0);
    }
    let unit = wide_mul(E9, E9);
    let scaled = u128::from(product) << FRACTION_BITS; // 124 bits
    let nearest = div_floor_u128(scaled.saturating_add(unit >> 1), unit)?;
    i64::try_from(signed_like(nearest, shock_e9.into())).map_err(|_| RiskError::Overflow)
}

/// `rate · secs / 3600`, up, rounded once: a whole number of 10^-9 would be too coarse for a small rate.
fn provision_ceil(rate_per_h_e9: u64, secs: u32) -> Result<Fraction, RiskError> {
    let product = wide_mul(rate_per_h_e9, u64::from(secs)); // below 2^96
    if product >> (128 - FRACTION_BITS) != 0 {
        return Err(RiskError::Overflow);
    }
    let bits = div_ceil_u128(product << FRACTION_BITS, wide_mul(HOUR_SECS, E9))?;
    u64::try_from(bits)
        .map(Fraction::from_bits)
        .map_err(|_| RiskError::Overflow)
}

/// `log2(1 + up)` per second in units of 2^-64, up.
fn log2_up_ceil(up_per_h_e9: u64) -> Result<u64, RiskError> {
    let grown = E9.checked_add(up_per_h_e9).ok_or(RiskError::Overflow)?;
    let per_hour = log2_ratio(grown, E9)?.upper();
    u64::try_from(div_ceil_u128(per_hour, u128::from(HOUR_SECS))?).map_err(|_| RiskError::Overflow)
}

/// `−log2(1 − down)` per second in units of 2^-64, down.
fn log2_down_floor(down_per_h_e9: u64) -> Result<u64, RiskError> {
    let left = E9.checked_sub(down_per_h_e9).ok_or(RiskError::Overflow)?;
    let per_hour = log2_ratio(E9, left)?.lower();
    u64::try_from(div_floor_u128(per_hour, u128::from(HOUR_SECS))?).map_err(|_| RiskError::Overflow)
}

#[cfg(test)]
#[path = "coefficients_tests.rs"]
mod tests;
