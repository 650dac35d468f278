//! Changes, roles, pauses, payouts.
pub(crate) mod bounds;
pub(crate) mod changes;
pub(crate) mod council;
pub(crate) mod create_asset;
pub(crate) mod feed_migration;
pub(crate) mod mints;
pub(crate) mod parameter_files;
pub(crate) mod pause;
pub(crate) mod payouts;
pub(crate) mod tightening;
