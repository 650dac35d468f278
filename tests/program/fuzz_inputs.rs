//! What the fuzz targets run, without a fuzzer: the inputs of `fuzz/seeds`, and random ones. A target that no longer
//! compiles, that asserts too much, or whose inputs are all refused is seen here.
use freeboard_tests::Stream;
use freeboard_tests::fuzz;
use std::path::Path;

/// Random inputs of a target.
const INPUTS: u64 = 1_000;
/// Longest of them, bytes: an account of 24 assets takes 4,800.
const LONGEST: u64 = 6_000;

/// The inputs of this target's folder, each with its name.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/seeds")
        .join(target);
    let files = std::fs::read_dir(&folder).expect("a folder of inputs");
    let read = |file: std::io::Result<std::fs::DirEntry>| {
        let path = file.expect("a file").path();
        let name = path.display().to_string();
        (name, std::fs::read(&path).expect("an input"))
    };
    files.map(read).collect()
}

/// Random bytes of any length up to the longest.
fn random_input(number: u64) -> (String, Vec<u8>) {
    let mut stream = Stream((number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let length = stream.next(LONGEST);
    let bytes = (0..length).map(|_| stream.next(256) as u8).collect();
    (format!("random input {number}"), bytes)
}

/// Plays these inputs. Returns how often they got past the refusals.
fn accepted(inputs: Vec<(String, Vec<u8>)>, judge: impl Fn(&[u8]) -> usize) -> usize {
    let play = |(name, data): &(String, Vec<u8>)| {
        println!("{name}"); // the last one that a failure shows is the one that failed
        judge(data)
    };
    inputs.iter().map(play).sum()
}

/// Plays the seeds of a target and random inputs; of either some must be accepted.
fn plays(target: &str, judge: impl Fn(&[u8]) -> usize) {
    let of_seeds = accepted(seeds(target), &judge);
    let of_random = accepted((0..INPUTS).map(random_input).collect(), &judge);
    println!("{target}: {of_seeds} of seeds, {of_random} of random inputs");
    assert!(of_seeds > 0 && of_random > 0, "{of_seeds} {of_random}");
}

#[test]
fn portfolio() {
    plays("portfolio", fuzz::judge_portfolio);
}

#[test]
fn volatility() {
    plays("volatility", fuzz::judge_volatility);
}

#[test]
fn account_bytes() {
    plays("account_bytes", fuzz::judge_account_bytes);
}

#[test]
fn actions() {
    let play = |data: &[u8]| {
        let counts = fuzz::play_actions(data);
        assert!(counts.len() > 10, "{counts:?}");
        counts.get("Trade").copied().unwrap_or(0) as usize
    };
    let trades = accepted(seeds("actions"), play);
    assert!(trades > 0, "{trades}");
}
