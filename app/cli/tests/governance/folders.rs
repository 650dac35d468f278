//! Folders that are not what they should be.
use freeboard_client::freeboard;
use freeboard_sandbox::World;
use serde_json::json;

use crate::{dump, failure, file, run, scene, write};

#[test]
fn a_broken_file_is_named() {
    let scene = scene();
    let good = dump(&scene.world, &[]);
    let address = scene.world.exchange.to_string();
    let path = file(good.path(), &scene.world.exchange);
    let whole = std::fs::read_to_string(&path).unwrap();
    let owner = freeboard::ID.to_string();
    let account = |data: serde_json::Value| {
        json!({ "pubkey": address, "account": { "owner": owner, "data": data } }).to_string()
    };
    for (text, expected) in [
        (whole[..whole.len() / 2].to_owned(), "no JSON"),
        ("{}".to_owned(), "missing field `pubkey`"),
        (whole.replace(&owner, "nobody"), "`nobody`"),
        (account(json!(["!", "base64"])), "no base64"),
        (
            account(json!(["KLUv/QAAAQAA", "base64+zstd"])),
            "base64+zstd is not read",
        ),
        (account(json!({ "parsed": {} })), "[\"…\", \"base64\"]"),
        (
            account(json!(["AAAAAAAAAAA=", "base64"])),
            "of another type",
        ),
        (
            whole.replacen("\"data\":[\"", "\"data\":[\"AAAA", 1),
            "of another type",
        ),
    ] {
        std::fs::write(&path, text).unwrap();
        let error = failure(&["diff"], good.path(), &[]);
        assert!(error.contains(&format!("{address}.json")), "{error}");
        assert!(error.contains(expected), "{expected}: {error}");
    }
    std::fs::remove_file(&path).unwrap();
    let error = failure(&["diff"], good.path(), &[]);
    assert!(error.contains("no exchange among the dumps"), "{error}");
    let error = failure(&["diff"], &good.path().join("nowhere"), &[]);
    assert!(error.contains("nowhere"), "{error}");
}

#[test]
fn an_account_may_be_there_once() {
    let scene = scene();
    let folder = dump(&scene.world, &[]);
    let path = file(folder.path(), &scene.world.exchange);
    std::fs::copy(&path, folder.path().join("zz.json")).unwrap();
    let error = failure(&["diff"], folder.path(), &[]);
    assert!(error.contains("zz.json"), "{error}");
    assert!(error.contains("is also in"), "{error}");
}

#[test]
fn of_several_exchanges_one_is_chosen() {
    let scene = scene();
    let folder = dump(&scene.world, &[]);
    let other = World::new();
    write(
        folder.path(),
        &other.exchange,
        &other.account(&other.exchange),
    );
    let error = failure(&["diff"], folder.path(), &[]);
    assert!(error.contains("several exchanges"), "{error}");
    let chosen = other.exchange.to_string();
    let output = run(&["diff"], folder.path(), &["--exchange", &chosen]);
    assert!(output.status.success());
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(page.starts_with(&format!("Exchange {chosen}")), "{page}");
    // Everything of the first: exchange, pool, 2 assets, 2 feeds, 3 accounts.
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("ignored: 9 accounts"), "{said}");
}

#[test]
fn what_is_not_the_programs_is_ignored_and_counted() {
    let scene = scene();
    let folder = dump(&scene.world, &[]);
    let mint = scene.world.quote_mint;
    write(folder.path(), &mint, &scene.world.account(&mint));
    std::fs::write(folder.path().join("notes.txt"), "x").unwrap();
    let output = run(&["diff"], folder.path(), &[]);
    assert!(output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("ignored: 1 accounts of other programs or exchanges, 1 other files"),
        "{said}"
    );
}
