//! Terms of one holding: all that it adds to the sums of a level, whoever sums them.
use crate::params::AssetCoefficients;
use crate::requirement::holding::NetSide;
use crate::requirement::shock::{Shock, charges_q32};
use crate::requirement::valued::ValuedHolding;

/// What a holding adds to a level. Units of 2^-32 quote atoms, all down, within `error_q32`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HoldingTerms {
    /// X.
    pub x_q32: i128,
    /// K.
    pub addon_q32: u128,
    /// B + F: what hedging never reduces.
    pub charges_q32: u128,
    /// N.
    pub net_q32: i128,
    /// Its part of the absolute error of M, up; 0 when it adds nothing to M.
    pub error_q32: u64,
}

impl HoldingTerms {
    /// The terms of a position of this size, valued, under a shock.
    #[inline(always)] // moves no results
    pub fn new(
        valued: &ValuedHolding,
        shock: &Shock,
        size_atoms: i64,
        coefficients: &AssetCoefficients,
    ) -> Self {
        let charges_q32 = charges_q32(size_atoms, valued, coefficients);
        Self {
            x_q32: shock.signed_q32(valued),
            addon_q32: shock.addon_q32(valued),
            charges_q32,
            net_q32: valued.signed_net_q32(),
            error_q32: error_q32(valued, charges_q32),
        }
    }

    /// The same holding under another shock: nothing else changes.
    #[inline]
    pub fn under(&self, valued: &ValuedHolding, shock: &Shock) -> Self {
        Self {
            x_q32: shock.signed_q32(valued),
            addon_q32: shock.addon_q32(valued),
            ..*self
        }
    }
}

/// What of the terms a share of the requirement is made of: kept of 24 holdings at both levels they fill most of a stack frame.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ShareTerms {
    pub x_q32: i128,
    pub addon_q32: u128,
    pub charges_q32: u128,
    pub net_q32: i128,
}

impl ShareTerms {
    #[inline]
    pub const fn new(terms: &HoldingTerms) -> Self {
        Self {
            x_q32: terms.x_q32,
            addon_q32: terms.addon_q32,
            charges_q32: terms.charges_q32,
            net_q32: terms.net_q32,
        }
    }
}

/// Returns a holding's part of the absolute error of M, up; 0 when it adds nothing to M.
#[inline]
fn error_q32(valued: &ValuedHolding, charges_q32: u128) -> u64 {
    // No shock exceeds 8 at any bound, and half of a net amount's error bound covers it: docs/proofs/amounts.gappa. 16 covers
    // the last digits of the products. Bounds of amounts are below 2^44.
    let net = if valued.side == NetSide::Flat {
        0
    } else {
        (valued.net_error_q32() << 2).wrapping_add(16)
    };
    if charges_q32 == 0 {
        net
    } else {
        net.wrapping_add(valued.error_q32()).wrapping_add(16)
    }
}
