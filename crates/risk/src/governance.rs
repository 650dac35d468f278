//! Governance that cannot hurt its users (section 8): what a parameter change may do, and how fast.
//!
//! | file | what it holds |
//! |---|---|
//! | `direction` | tighter, looser, no tight side; what a change does to a margin |
//! | `fields` | both, for every field of every parameter struct |
//! | `ramp` | the clock of a ramp, how long it takes, the values between its ends |
//! | `asset_ramp` | what MM reads of an asset's parameters beside u_MM |
//! | `portfolio_ramp` | θ, φ, ρ and the scenarios |
//! | `bucket` | when an asset may move to another column of the scenarios |
//!
//! **Promise.** At constant prices and own size MM of a lone position rises by at most 5 % in any hour,
//! whatever is changed how often. u_MM brings at most 4 %: `up` is bounded by that. Everything else that
//! MM reads is ramped, and the part of MM that a ramped value sets grows by at most 1/240 of itself per
//! hour: `Δ/T` with `T ≥ 240 h·Δ/value`. MM is a sum and a maximum of such parts, so it grows no faster
//! than the fastest of them, and `1.04·(1 + 1/240) < 1.0434`. Two fields of one asset, or an asset and
//! the portfolio, may therefore ramp at once, over the longest of their times; only θ and ρ act on the
//! same part, so their times are added.
//!
//! **On chain.** A ramp stores the values it starts from and two times; where it goes are the
//! coefficients that the account holds already. Beside `coefficient_words` an asset keeps
//! [`AssetRamp::WORDS`] words, the exchange [`PortfolioRamp::WORDS`] and one
//! [`ScenarioCoefficients`](crate::params::ScenarioCoefficients) per scenario. IM reads the coefficients,
//! MM what [`AssetRamp::coefficients`] makes of them: without a ramp a comparison, in a ramp one
//! division and a product per field. IM = max(M of the coefficients with c_IM and s_IM, 1.25·MM).
//!
//! | change | `next` | then |
//! |---|---|---|
//! | tighter | starts from the value of now | moves to the new one |
//! | looser | takes the new value | at once, and a later tightening starts there |
//! | another one midway, or a cancellation | starts from the value of now | never jumps |
//! | what is not ramped | leaves the ramp as it is | |
//!
//! With every change of [`AssetParams`](crate::params::AssetParams) the program also calls
//! [`VolatilityState::retarget`](crate::volatility::VolatilityState::retarget) with the old coefficients.
mod asset_ramp;
mod bucket;
mod direction;
mod fields;
mod portfolio_ramp;
mod ramp;

pub use asset_ramp::AssetRamp;
pub use bucket::check_bucket_change;
pub use direction::{Changes, Directed, Direction, Effect, Field, FieldSet};
pub use portfolio_ramp::{PortfolioRamp, Prescribed};
pub use ramp::Window;
