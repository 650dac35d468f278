//! What the book believes: the newer of a scan and what was told, the newer price, a clock that more than one answer says.
use std::time::Instant;

use anchor_lang::prelude::Pubkey;
use freeboard_client::address;
use freeboard_client::network::AccountMark;
use freeboard_keeper::book::{ExchangeBook, ToldAccount};
use freeboard_sandbox::{Quote, usd};
use solana_signer::Signer;

use crate::stage::Stage;

fn told(stage: &Stage, address: Pubkey, slot: u64) -> ToldAccount {
    let account = stage.world.account(&address);
    ToldAccount {
        address,
        owner: account.owner,
        data: account.data,
        slot,
    }
}

#[test]
fn a_scan_undoes_no_request_that_was_told_later() {
    let mut stage = Stage::new();
    let before = stage.snapshot();
    let (lp, mint) = (stage.world.actor(), stage.world.quote_mint);
    stage.world.mint_to(&lp.pubkey(), &mint, usd(5_000));
    let args = freeboard_sandbox::liquidity::deposit_of(0, usd(5_000));
    stage.world.request_liquidity(&lp, args).unwrap();
    stage.world.next_slot();
    let address = address::liquidity_request(&stage.world.exchange, &lp.pubkey(), 0);
    let mut book = ExchangeBook::new(before.clone(), stage.keys());
    book.take(&told(&stage, address, stage.world.slot()));
    assert!(book.requests.contains_key(&address));
    book.replace(before);
    assert!(book.requests.contains_key(&address), "told after the scan");
    // And none comes back that was told to be gone.
    stage.requests.push((lp, 0));
    let with_it = stage.snapshot();
    stage.world.next_slot();
    let gone = ToldAccount {
        address,
        owner: Pubkey::default(),
        data: Vec::new(),
        slot: stage.world.slot(),
    };
    book.take(&gone);
    book.replace(with_it);
    assert!(book.requests.is_empty());
}

#[test]
fn what_is_told_is_taken_whatever_slot_the_node_gives_and_no_older_event() {
    let mut stage = Stage::new();
    let trader = stage.world.new_trader(usd(10_000));
    let mut book = stage.book();
    let address = trader.margin_account;
    let quote = |book: &ExchangeBook| book.account(&address).unwrap().state.quote_atoms;
    // It is read at the newest slot, and then told at that in which the subscription began.
    stage.world.warp_fresh(5);
    let slot = stage.world.slot();
    book.take(&told(&stage, address, slot));
    let before = told(&stage, address, 0);
    stage.world.deposit_quote(&trader, usd(500)).unwrap();
    book.hear(told(&stage, address, 1));
    assert_eq!(quote(&book), 10_500_000_000);
    // What was told before comes late.
    book.set_clock(book.now + 1, slot + 5);
    book.hear(before.clone());
    assert_eq!(quote(&book), 10_500_000_000);
    // A newer event is taken though it is read at an older slot; an older event only at a newer slot: a fork has gone.
    stage.world.deposit_quote(&trader, usd(500)).unwrap();
    book.take(&told(&stage, address, slot - 1));
    assert_eq!(quote(&book), 11_000_000_000);
    book.take(&ToldAccount {
        slot,
        ..before.clone()
    });
    assert_eq!(quote(&book), 11_000_000_000);
    book.take(&ToldAccount {
        slot: slot + 9,
        ..before
    });
    assert_eq!(quote(&book), 10_000_000_000);
}

#[test]
fn an_asset_that_was_read_is_taken_when_it_is_told_at_the_slot_of_the_subscription() {
    let stage = Stage::new();
    let (mut book, slot) = (stage.book(), stage.world.slot());
    let address = stage.asset(0).address;
    book.take(&told(&stage, address, slot + 5));
    let mut later = told(&stage, address, slot);
    let mut asset = stage.world.asset(0);
    asset.allocation_atoms += 1;
    later.data[8..].copy_from_slice(bytemuck::bytes_of(&asset));
    book.hear(later);
    let known = book.state.assets[0].asset.allocation_atoms;
    assert_eq!(known, asset.allocation_atoms);
}

#[test]
fn a_scan_asks_for_what_is_not_as_it_is_known_and_forgets_what_is_gone() {
    let mut stage = Stage::new();
    let traders = [1, 2, 3].map(|_| stage.world.new_trader(usd(10_000)));
    let marked = |stage: &Stage| {
        let mut snapshot = stage.snapshot();
        let read = std::mem::take(&mut snapshot.accounts).into_iter();
        snapshot.marks = read
            .map(|one| (one.address, AccountMark::new(&one.state)))
            .collect();
        snapshot
    };
    let mut book = ExchangeBook::new(stage.snapshot(), stage.keys());
    book.replace(marked(&stage));
    assert_eq!(book.lacking(9), Vec::new());
    stage.world.deposit_quote(&traders[1], usd(1)).unwrap();
    book.replace(marked(&stage));
    let changed = traders[1].margin_account;
    assert_eq!(book.lacking(9), [changed]);
    book.take(&told(&stage, changed, stage.world.slot() + 1));
    assert_eq!(book.lacking(9), Vec::new());
    book.refresh();
    let (all, mut without) = (book.len(), marked(&stage));
    without.marks.retain(|(address, _)| *address != changed);
    book.replace(without);
    assert!(book.account(&changed).is_some(), "told of a later slot");
    stage.world.next_slot();
    let mut without = marked(&stage);
    without.marks.retain(|(address, _)| *address != changed);
    book.replace(without);
    assert_eq!(book.len(), all - 1);
}

#[test]
fn what_was_asked_for_before_a_scan_leaves_an_account_to_be_read() {
    let mut stage = Stage::new();
    let trader = stage.world.new_trader(usd(10_000));
    let address = trader.margin_account;
    let mut book = stage.book();
    let before = told(&stage, address, stage.world.slot());
    let gone = ToldAccount {
        owner: Pubkey::default(),
        data: Vec::new(),
        slot: before.slot - 1,
        ..before.clone()
    };
    stage.world.next_slot();
    stage.world.deposit_quote(&trader, usd(1)).unwrap();
    let mut scanned = stage.snapshot();
    scanned.accounts.retain(|one| one.address != address);
    let mark = AccountMark::new(&stage.world.margin_account(&address));
    scanned.marks = vec![(address, mark)];
    book.replace(scanned.clone());
    assert_eq!(book.lacking(9), [address]);
    for older in [before, gone] {
        book.take(&older);
        assert_eq!(book.lacking(9), [address]);
    }
    book.take(&told(&stage, address, scanned.slot));
    assert_eq!(book.lacking(9), Vec::new());
    let known = book.account(&address).unwrap().state.quote_atoms;
    assert_eq!(known, 10_001_000_000);
}

#[test]
fn an_older_price_is_left() {
    let mut stage = Stage::new();
    let mut book = stage.book();
    let (sol, seen) = (stage.asset(0), Instant::now());
    stage.world.warp_fresh(5);
    let mut price_at = |dollars, publish_ts| {
        stage.world.set_price(&sol, Quote::usd(dollars, publish_ts));
        stage.world.exchange_state().assets[0].feed.clone().unwrap()
    };
    let now = book.now;
    let (older, newer) = (price_at(140.0, now + 2), price_at(141.0, now + 4));
    assert!(book.take_price(newer.clone(), seen));
    assert!(!book.take_price(older, seen), "told late");
    assert_eq!(book.state.assets[0].feed.as_ref(), Some(&newer));
    assert!(!book.take_price(newer, seen), "known");
}

#[test]
fn another_feed_asks_for_a_scan_until_one_has_found_it() {
    let mut stage = Stage::new();
    let mut book = stage.book();
    assert!(!book.is_outdated());
    let slot = stage.world.slot() + 1;
    let mut other = told(&stage, stage.asset(0).address, slot);
    let mut asset = stage.world.asset(0);
    asset.feed[0] ^= 1;
    other.data[8..].copy_from_slice(bytemuck::bytes_of(&asset));
    book.take(&other);
    assert!(book.is_outdated());
    book.replace(stage.snapshot());
    assert!(book.is_outdated(), "the scan is of an older slot");
    stage.world.next_slot();
    book.replace(stage.snapshot());
    assert!(!book.is_outdated(), "the scan is newer");
}

#[test]
fn one_node_with_a_wrong_clock_moves_nothing() {
    let stage = Stage::new();
    let mut book = stage.book();
    let (now, slot) = (book.now, book.slot);
    book.set_clock(now + 86_400, slot + 1_000_000);
    assert_eq!((book.now, book.slot), (now, slot));
    book.set_clock(now + 1, slot + 2);
    assert_eq!((book.now, book.slot), (now + 1, slot + 2));
    book.set_clock(now, slot);
    assert_eq!((book.now, book.slot), (now + 1, slot + 2), "never back");
    // A machine that has slept hears nothing else any more.
    for secs in 600..603 {
        book.set_clock(now + secs, slot + 2_000);
    }
    assert_eq!(book.now, now + 602);
}
