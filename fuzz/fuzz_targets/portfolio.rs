//! See `tests/harness/fuzz/portfolio`.
#![no_main]
use freeboard_tests::fuzz::judge_portfolio;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    judge_portfolio(data);
});
