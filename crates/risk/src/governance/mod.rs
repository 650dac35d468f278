//! Governance that cannot hurt its users (whitepaper §8.3): what a parameter change may do, and how fast.
//!
//! | file | what it holds |
//! |---|---|
//! | `direction` | tighter, looser, no tight side; what a change does to a margin |
//! | `fields` | both, for every field of every parameter struct |
//! | `ramp` | the clock of a ramp, how long it takes, the values between its ends |
//! | `asset_ramp` | what MM reads of an asset's parameters beside u_MM |
//! | `depth_cut` | the part of L that does not count because too little is traded |
//! | `portfolio_ramp` | θ, φ, ρ and the scenarios |
//! | `bucket` | when an asset may move to another column of the scenarios |
//!
//! **Promise.** At constant prices and own size MM of a lone position rises by at most 5 % in any hour,
//! whatever is changed how often.
//!
//! | what grows | per hour at most | why |
//! |---|---|---|
//! | u_MM | 4 % | the bound of `up` |
//! | anything ramped | 1/240 of itself | it moves by `Δ/T` with `T ≥ 240 h·Δ/value` |
//! | the part of L that is cut | 1/240 of L, none of it while a ramp runs | it moves with samples, by a quarter of an hour at most each |
//! | a charge that starts at 0 | 1/240 of MM | it is measured against what MM is without it |
//!
//! MM is a sum and a maximum of terms; one of them is u_MM times a ramped value, the others are ramped
//! alone. So its growth is at most that of the fastest term and of a charge from nothing:
//! `1.04·e^(2/240) < 1.0488`, also when one ramp replaces another within the hour. The first sample of an hour may move
//! the cut of L by a quarter of an hour that lies before it: `1.04·e^(2.25/240) < 1.0498`. Several fields of one
//! asset, or an asset and the portfolio, may therefore ramp at once over the longest of their times;
//! only θ and ρ act on the same term, so their times are added. Own size is the net size with collateral
//! as weighted: while collateral weight falls, a hedge shrinks by a point per hour. What is hedged of a short while
//! basis and max_rate are both 0 needs no margin that could grow: its charges rise by at most 0.5 % of
//! it in 240 h.
//!
//! **On chain.** A ramp stores the values it starts from and two times; where it goes are the
//! coefficients that the account holds already. Beside `coefficient_words` an asset keeps
//! [`AssetRamp::WORDS`] words, the exchange [`PortfolioRamp::WORDS`] and one
//! [`ScenarioCoefficients`](crate::params::ScenarioCoefficients) per scenario. IM reads the coefficients,
//! MM what [`AssetRamp::coefficients`] makes of them: without a ramp a comparison, in a ramp one
//! division per field. IM = max(M of the coefficients with c_IM and s_IM, 1.25·MM), MM being the one in
//! force.
//!
//! Both are computed from one account. A [`Holding`](crate::requirement::holding::Holding) has the coefficients in
//! force and, while its asset's ramp runs, the target terms in `initial` ([`AssetRamp::split`]); a
//! [`Portfolio`](crate::requirement::portfolio::Portfolio) has [`TargetTerms`] in its `initial`. Equity follows: at the
//! collateral weight in force for MM, at the target one for IM.
//!
//! | change | `next` | then |
//! |---|---|---|
//! | tighter | starts from the value of now | moves to the new one |
//! | looser | takes the new value | at once, and a later tightening starts there |
//! | another one midway, or a cancellation | starts from the value of now | never jumps |
//! | what is not ramped | leaves the ramp as it is | |
//!
//! With every change of [`AssetParams`](crate::params::AssetParams) the program also calls
//! [`VolatilityState::retarget`](crate::price::volatility::VolatilityState::retarget) with the old coefficients.
mod asset_ramp;
mod bucket;
mod depth_cut;
mod direction;
mod fields;
mod portfolio_ramp;
mod ramp;

pub use asset_ramp::{AssetRamp, AssetTerms, LevelCoefficients};
pub use bucket::{BucketMove, check_bucket_change};
pub use depth_cut::DepthCut;
pub use direction::{Changes, Directed, Direction, Effect, Field, FieldSet};
pub use portfolio_ramp::{PortfolioRamp, TargetTerms};
pub use ramp::RampWindow;
