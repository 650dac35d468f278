//! Parameters, assets, feeds, roles, pauses.
pub mod accept_role;
pub mod cancel_change;
pub mod create_asset;
pub mod execute_change;
pub mod offer_role;
pub mod pause;
pub mod pay_out;
pub mod propose_change;
pub mod tighten;

#[allow(ambiguous_glob_reexports)]
pub use accept_role::*;
pub use cancel_change::*;
pub use create_asset::*;
pub use execute_change::*;
pub use offer_role::*;
pub use pause::*;
pub use pay_out::*;
pub use propose_change::*;
pub use tighten::*;
