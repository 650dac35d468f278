//! Flags, liquidations, prices shown.
pub(crate) mod flag;
pub(crate) mod flag_runs;
pub(crate) mod liquidate;
pub(crate) mod liquidate_refusals;
pub(crate) mod margin_call;
pub(crate) mod several;
pub(crate) mod shown;
pub(crate) mod slice;
pub(crate) mod slice_resting;
