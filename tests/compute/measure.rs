//! The figure of one instruction, out of the runtime's log.
use crate::Row;
use freeboard_tests::{Failure, Meta};

/// A row of a transaction with one instruction of the program.
///
/// The log has one line per invocation: `Program <id> consumed <n> of <m> compute units`, that of a call of the program
/// to itself before that of who called, which includes it. Compute budget instructions of the same transaction are other
/// programs' lines.
pub fn row(instruction: &str, variant: &str, size: (u8, u8), sent: Result<Meta, Failure>) -> Row {
    let what = || format!("{instruction} {variant} at {size:?}");
    let meta = sent.unwrap_or_else(|failure| panic!("{} was refused: {failure:#?}", what()));
    let prefix = format!("Program {} consumed ", freeboard::ID);
    let figures: Vec<u64> = meta
        .logs
        .iter()
        .filter_map(|line| line.strip_prefix(&prefix)?.split(' ').next()?.parse().ok())
        .collect();
    let start = format!("Program {} invoke [1]", freeboard::ID);
    let starts = meta.logs.iter().filter(|line| **line == start).count();
    let (1, Some(&compute_units)) = (starts, figures.last()) else {
        panic!("{}: {starts} instructions in {:#?}", what(), meta.logs);
    };
    Row {
        instruction: instruction.to_owned(),
        variant: variant.to_owned(),
        positions: size.0,
        collaterals: size.1,
        compute_units,
    }
}
