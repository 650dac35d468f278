//! `Implied`: where an asset's implied volatility comes from, and what is known of it (whitepaper §3.5).
use super::OracleKind;
use super::change::FeedBinding;
use anchor_lang::prelude::*;
use freeboard_risk::RiskError;
use freeboard_risk::number::quantity::Fraction;
use freeboard_risk::price::implied::ImpliedVolatility;

/// Where an implied volatility comes from, as a change names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub enum ImpliedSource {
    /// Nowhere: the measured volatility counts alone.
    None,
    /// A Pyth feed of an index in per cent a year, which anybody shows.
    Feed {
        /// The feed.
        feed: FeedBinding,
    },
    /// A value that governance sets and that expires.
    Governed {
        /// Volatility per √hour, × 10^9.
        sigma_e9: u64,
        /// From when on it counts nothing, unix seconds.
        until_ts: i64,
    },
}

/// The kind of an [`ImpliedSource`], as an account keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ImpliedKind {
    /// [`ImpliedSource::None`].
    None,
    /// [`ImpliedSource::Feed`].
    Feed,
    /// [`ImpliedSource::Governed`].
    Governed,
}

/// Implied volatility of an asset: its source, and `risk::ImpliedVolatility` as words.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Implied {
    /// Feed id or account address; zeros without a feed. Written by a change.
    pub feed: [u8; 32],
    /// Value of governance, per √hour × 10^9; 0 without one. Written by a change.
    pub governed_sigma_e9: u64,
    /// Volatility that counts until `until_ts`, per √hour, units of 2^-60. Written by a change and by
    /// show_implied_volatility.
    pub sigma_q60: u64,
    /// Publish time of the update that showed it, unix seconds; of a governed value when it was set.
    pub publish_ts: i64,
    /// From when on it counts nothing, unix seconds.
    pub until_ts: i64,
    /// [`ImpliedKind`]. Written by a change.
    pub kind: u8,
    /// [`OracleKind`] of the feed. Written by a change.
    pub feed_kind: u8,
    /// Zero.
    pub padding: [u8; 6],
}

impl Implied {
    /// From this source, set at `now`: a feed counts nothing until it is shown.
    ///
    /// Errors: `ImpliedVolatilityOutOfBounds`.
    pub fn new(
        source: &ImpliedSource,
        sigma_cap_e9: u64,
        now: i64,
    ) -> core::result::Result<Self, RiskError> {
        Ok(match *source {
            ImpliedSource::None => Self::default(),
            ImpliedSource::Feed { feed } => Self {
                feed: feed.feed,
                feed_kind: feed.kind as u8,
                kind: ImpliedKind::Feed as u8,
                ..Self::default()
            },
            ImpliedSource::Governed { sigma_e9, until_ts } => {
                let known = ImpliedVolatility::governed(sigma_e9, until_ts, sigma_cap_e9, now)?;
                let mut implied = Self {
                    governed_sigma_e9: sigma_e9,
                    kind: ImpliedKind::Governed as u8,
                    ..Self::default()
                };
                implied.set_known(&known);
                implied
            }
        })
    }

    /// Its source, as a change names it.
    pub fn source(&self) -> ImpliedSource {
        match self.feed_binding() {
            Some(feed) => ImpliedSource::Feed { feed },
            None if self.kind == ImpliedKind::Governed as u8 => ImpliedSource::Governed {
                sigma_e9: self.governed_sigma_e9,
                until_ts: self.until_ts,
            },
            None => ImpliedSource::None,
        }
    }

    /// The feed of its index, if it has one.
    pub fn feed_binding(&self) -> Option<FeedBinding> {
        (self.kind == ImpliedKind::Feed as u8).then_some(FeedBinding {
            kind: OracleKind::of_byte(self.feed_kind),
            feed: self.feed,
        })
    }

    /// What is known of it.
    pub const fn known(&self) -> ImpliedVolatility {
        ImpliedVolatility {
            sigma: Fraction::from_bits(self.sigma_q60),
            publish_ts: self.publish_ts,
            until_ts: self.until_ts,
        }
    }

    /// Stores what is known of it.
    pub const fn set_known(&mut self, known: &ImpliedVolatility) {
        self.sigma_q60 = known.sigma.to_bits();
        self.publish_ts = known.publish_ts;
        self.until_ts = known.until_ts;
    }
}
