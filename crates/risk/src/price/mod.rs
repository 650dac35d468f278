//! Price updates: which may be used, what volatility they show, how an asset counts whose price may not.
pub mod counted;
pub mod exceedance;
pub mod feed;
pub mod implied;
pub mod migration;
pub mod observation;
pub mod standard;
pub mod standing;
pub mod unit_shock;
pub mod volatility;
