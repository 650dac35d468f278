//! A small form of the count: that all is valued and every verdict is the program's, not how fast.
use std::process::Command;

use serde_json::Value;

#[test]
fn every_account_is_valued_on_one_thread_and_on_two() {
    for threads in [1, 2] {
        let output = Command::new(env!("CARGO_BIN_EXE_valuations"))
            .args(["--accounts", "300", "--ticks", "6", "--json", "--threads"])
            .arg(threads.to_string())
            .output()
            .expect("valuations starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        let figures: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(figures["threads"], threads);
        // Every asset moves in each of 6 ticks; in the same ticks two recomputations.
        assert_eq!(figures["all_move"]["valuations"], 6 * 300, "{figures}");
        assert_eq!(figures["recomputed"]["valuations"], 2 * 300, "{figures}");
        let one_moves = figures["one_moves"]["valuations"].as_u64();
        let one_moves = one_moves.expect("a count");
        assert!(one_moves < 6 * 300, "{figures}");
        assert!(figures["liquidatable"].as_u64() > Some(0), "{figures}");
    }
}
