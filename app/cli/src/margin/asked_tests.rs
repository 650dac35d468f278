use freeboard_client::parameters::ParameterFile;
use freeboard_client::risk::market::position::Position;

use super::*;
use crate::margin::{empty_account, quiet_market, quiet_sigma_e9};

/// An account that holds so much BTC in a market whose others have this net size.
fn holding(size: i64, others: i64, change: impl FnOnce(&mut HeldMarket)) -> Asked {
    let file = include_str!("../../../../migrations/parameters/default.toml");
    let file = ParameterFile::parse(file).unwrap();
    let entry = file
        .assets
        .iter()
        .find(|entry| entry.name == "BTC")
        .unwrap();
    let price = Price(100_000_000_000_000_000);
    let sigma_e9 = quiet_sigma_e9(&entry.params);
    let mut market = quiet_market(entry, price, sigma_e9, &file).unwrap();
    let whole = 10_i64.pow(entry.params.base_decimals.into());
    market.put_others(others * whole);
    market.put_position(Position {
        size_atoms: size * whole,
        entry_quote_atoms: size * 100_000_000_000,
    });
    change(&mut market);
    let mut account = empty_account(&file).unwrap();
    account.quote_atoms = 1_000_000_000_000;
    account.markets.push(market);
    Asked {
        account,
        assumed: Vec::new(),
        refused: Vec::new(),
    }
}

/// Why an exchange would not let it trade this.
fn refused(mut asked: Asked, word: &str) -> String {
    let opened = AssetQuestion {
        name: "BTC".to_owned(),
        opened: Some(AssetWord::parse(word).unwrap()),
        ..AssetQuestion::default()
    };
    let question = Question {
        cash_atoms: None,
        assets: vec![opened],
    };
    asked.add(&question).unwrap();
    asked.refused.join("; ")
}

/// Whole BTC as a cap.
fn cap(market: &HeldMarket, whole: u64) -> u64 {
    whole * 10_u64.pow(market.params.base_decimals.into())
}

#[test]
fn a_cap_of_one_account_stops_no_reduction() {
    let lowered = |market: &mut HeldMarket| market.trade.account_cap_atoms = cap(market, 5);
    let words = "one account holds at most 5 BTC";
    assert_eq!(refused(holding(10, 0, lowered), "BTC:-0.5"), "");
    assert!(refused(holding(10, 0, lowered), "BTC:+0.5").contains(words));
    assert!(refused(holding(10, 0, lowered), "BTC:-17").contains(words));
    assert_eq!(refused(holding(10, 0, lowered), "BTC:-12"), "");
}

#[test]
fn the_open_interest_that_counts_is_that_of_the_side_that_grows() {
    let words = "each side of the market holds at most 30 BTC";
    let lowered = |market: &mut HeldMarket| market.trade.open_interest_cap_atoms = cap(market, 30);
    // 40 are long; the shorts have room.
    assert_eq!(refused(holding(-1, 40, lowered), "BTC:-1"), "");
    assert!(refused(holding(1, 40, lowered), "BTC:+1").contains(words));
    assert_eq!(refused(holding(1, 40, lowered), "BTC:-0.5"), "");
    assert!(refused(holding(1, -30, lowered), "BTC:-2").contains(words));
}

#[test]
fn a_price_that_nothing_is_opened_at_stops_no_reduction() {
    let wide = |market: &mut HeldMarket| market.change(|held| held.usable_initial = false);
    assert_eq!(refused(holding(10, 0, wide), "BTC:-1"), "");
    assert!(refused(holding(10, 0, wide), "BTC:+1").contains("may not be traded on"));
}

#[test]
fn what_is_only_held_is_in_whole_lots() {
    let market = |change: fn(&mut HeldMarket)| holding(10, 0, change).account.markets.remove(0);
    let above = market(|market| market.trade.account_cap_atoms = 1);
    assert!(refusals(&above, None).is_empty());
    let odd = market(|market| market.params.lot_atoms = 3);
    assert!(refusals(&odd, None)[0].contains("a size is a multiple of"));
}
