//! `check-config` refuses what `run` refuses before it asks the node anything.
use std::path::Path;
use std::process::{Command, Output};

use solana_keypair::{Keypair, write_keypair_file};

const TOLD: &str = r#"
exchange = "ADLm4ToPjGCKRyfFG9y5rYN3sS3o9ABGPYqujbm8ARNa"
url = "localhost"
keypair = "keeper.json"
"#;

/// What it says of a configuration in this folder, started elsewhere.
fn checked(folder: &Path, told: &str) -> Output {
    let file = folder.join("keeper.toml");
    std::fs::write(&file, told).unwrap();
    Command::new(env!("CARGO_BIN_EXE_freeboard-keeper"))
        .args(["check-config", "--config"])
        .arg(file)
        .env_remove("FREEBOARD_EXCHANGE")
        .output()
        .unwrap()
}

#[test]
fn a_configuration_is_good_with_a_key_that_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |told: &str| {
        let output = checked(folder.path(), told);
        assert!(!output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(refused(TOLD).contains("holds no key"), "there is none");
    write_keypair_file(&Keypair::new(), folder.path().join("keeper.json")).unwrap();
    let good = checked(folder.path(), TOLD);
    assert!(good.status.success(), "{good:?}");
    let filter = format!("{TOLD}[log]\nfilter = \"info,,x=y=z\"\n");
    assert!(refused(&filter).contains("log.filter"), "{filter}");
    let url = TOLD.replace("localhost", "bogus");
    assert!(refused(&url).contains("no http or https URL"), "{url}");
}
