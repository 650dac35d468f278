//! See `tests/harness/fuzz/account_bytes`.
#![no_main]
use freeboard_tests::fuzz::judge_account_bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    judge_account_bytes(data);
});
