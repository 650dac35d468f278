//! Accounts as they were on mainnet, read by the built program.
use crate::support::refused;
use anchor_lang::{AccountDeserialize, prelude::Pubkey};
use base64::{Engine, prelude::BASE64_STANDARD};
use freeboard::error::FreeboardError;
use freeboard_tests::{AssetSpec, Failure, FeedKind, World, beside, feeds, usd};
use pyth_solana_receiver_sdk::price_update::{PriceUpdateV2, VerificationLevel};
use serde_json::Value;
use solana_account::Account;

/// An account as it was on mainnet.
fn dump(name: &str) -> Option<Vec<u8>> {
    let path = beside(&format!("data/pyth/{name}"))?;
    Some(std::fs::read(path).expect("a file"))
}

/// Lists an asset on this feed, with the clock at `now`; its parameters accept any width.
fn list(
    kind: FeedKind,
    address: Pubkey,
    binding: [u8; 32],
    account: Account,
    now: i64,
) -> Result<World, Failure> {
    let mut world = World::new();
    let mut spec = AssetSpec::sol();
    spec.feed_kind = kind;
    spec.oracle.conf_trade_e9 = 50_000_000;
    spec.oracle.ema_trade_e9 = 200_000_000;
    world.set_time(now);
    let (handle, mut instruction) =
        world.prepare_listing(&spec, |listing| listing.feed.feed = binding)?;
    instruction.accounts[5].pubkey = address;
    world.set_account(address, account);
    world.send(&[instruction], &[])?;
    let asset = freeboard_tests::AssetHandle {
        feed: address,
        feed_id: binding,
        ..handle
    };
    world.assets.push(asset);
    Ok(world)
}

fn receiver_account(data: Vec<u8>) -> Account {
    let owner = pyth_solana_receiver_sdk::ID;
    Account {
        lamports: usd(1_000),
        data,
        owner,
        executable: false,
        rent_epoch: u64::MAX,
    }
}

fn check_receiver(data: Vec<u8>, name: &str) -> bool {
    let update = PriceUpdateV2::try_deserialize(&mut data.as_slice()).expect(name);
    let message = update.price_message;
    let now = message.publish_time;
    let feed = Pubkey::new_unique();
    let listed = list(
        FeedKind::Receiver,
        feed,
        message.feed_id,
        receiver_account(data),
        now,
    );
    if update.verification_level != VerificationLevel::Full {
        refused(listed.map(|_| ()), FreeboardError::PriceNotFullyVerified);
        return false;
    }
    let recorded = listed
        .unwrap_or_else(|f| panic!("{name}: {}", f.logs.join("\n")))
        .asset(0);
    let scale = 10u128.pow(u32::try_from(12 + message.exponent).unwrap());
    let e12 = |amount: i64| u128::try_from(amount).unwrap() * scale;
    assert_eq!(
        recorded.recorded.price().0,
        e12(message.price),
        "{name}: price"
    );
    assert_eq!(
        recorded.recorded.ema().0,
        e12(message.ema_price),
        "{name}: EMA"
    );
    let conf = i64::try_from(message.conf).unwrap();
    assert_eq!(
        recorded.recorded.confidence().0,
        e12(conf),
        "{name}: confidence"
    );
    assert_eq!(
        recorded.recorded.publish_ts, message.publish_time,
        "{name}: time"
    );
    true
}

#[test]
fn price_updates_of_mainnet_are_read_as_pyths_sdk_reads_them() {
    let Some(file) = dump("priceupdatev2_snapshots.json") else {
        return;
    };
    let snapshots: Value = serde_json::from_slice(&file).unwrap();
    let snapshots = snapshots.as_array().expect("a list");
    let text = |snapshot: &Value| {
        BASE64_STANDARD
            .decode(snapshot["base64"].as_str().expect("account data"))
            .expect("base64")
    };
    let full = snapshots
        .iter()
        .enumerate()
        .filter(|(index, snapshot)| check_receiver(text(snapshot), &format!("snapshot {index}")))
        .count();
    assert!(
        full > 10 && full < snapshots.len(),
        "{full} full of {}",
        snapshots.len()
    );
}

#[test]
fn a_push_feed_account_is_read() {
    let Some(data) = dump("mango_7UVimffx_priceupdatev2.bin") else {
        return;
    };
    assert!(check_receiver(data, "push feed"), "it is fully verified");
}

#[test]
fn a_legacy_account_is_read_as_pyths_sdk_reads_it() {
    let Some(data) = dump("mango_Gnt27xtC_legacy.bin") else {
        return;
    };
    let account: &pyth_sdk_solana::state::SolanaPriceAccount =
        pyth_sdk_solana::state::load_price_account(&data).unwrap();
    let (price, exponent, now) = (account.agg.price, account.expo, account.timestamp);
    let feed = Pubkey::new_unique();
    let world = list(FeedKind::Legacy, feed, feed.to_bytes(), legacy(&data), now).unwrap();
    let scale = 10u128.pow(u32::try_from(12 + exponent).unwrap());
    let recorded = world.asset(0).recorded;
    assert_eq!(recorded.price().0, u128::try_from(price).unwrap() * scale);
    assert_eq!(recorded.publish_ts, now);
}

fn legacy(data: &[u8]) -> Account {
    let (owner, data) = (feeds::PYTH_ORACLE_ID, data.to_vec());
    Account {
        lamports: usd(1_000),
        data,
        owner,
        executable: false,
        rent_epoch: u64::MAX,
    }
}

#[test]
fn a_retired_legacy_account_is_refused() {
    let Some(file) = dump("marginfi_sol_pyth_oracle.json") else {
        return;
    };
    let dump: Value = serde_json::from_slice(&file).unwrap();
    let data = dump["account"]["data"][0].as_str().expect("account data");
    let data = BASE64_STANDARD.decode(data).expect("base64");
    let feed = Pubkey::new_unique();
    let now = 1_730_512_800; // its timestamp's day: only the status is wrong
    let listed = list(FeedKind::Legacy, feed, feed.to_bytes(), legacy(&data), now);
    refused(listed.map(|_| ()), FreeboardError::PriceNotTrading);
}

#[test]
fn a_devnet_layout_of_old_is_refused() {
    let Some(data) = dump("mango_J83w4HKf_legacy.bin") else {
        return;
    };
    let feed = Pubkey::new_unique();
    let listed = list(
        FeedKind::Legacy,
        feed,
        feed.to_bytes(),
        legacy(&data),
        1_700_000_000,
    );
    let failure = listed.map(|_| ()).unwrap_err();
    assert!(
        failure
            .code
            .is_some_and(|code| (6200..6300).contains(&code)),
        "{failure:?}"
    );
}
