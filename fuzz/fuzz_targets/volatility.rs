//! See `tests/harness/fuzz/volatility`.
#![no_main]
use freeboard_tests::fuzz::judge_volatility;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    judge_volatility(data);
});
