use super::*;
use bytemuck::Zeroable;
use freeboard_client::freeboard::events::{
    AccountSliced, MarginSnapshot, OrderCancelled, OrderRequested, Stamp,
};

fn key(number: u8) -> Pubkey {
    Pubkey::new_from_array([number; 32])
}

fn stamp(account: Pubkey) -> Stamp {
    Stamp {
        key: account,
        sequence: 1,
        slot: 2,
        ts: 3,
    }
}

fn order() -> PlacedOrder {
    PlacedOrder {
        account: key(1),
        id: 9,
        expiry_ts: Some(4),
        bound: PriceBound::Limit(1),
        placed_by: Signature::default(),
    }
}

fn placed(account: Pubkey, order_id: u64, ts: i64) -> Event {
    Event::OrderRequested(OrderRequested {
        stamp: Stamp {
            ts,
            ..stamp(account)
        },
        order_id,
        asset_index: 0,
        size_atoms: 5,
        limit_price_e12: 1,
        expiry_ts: ts + 2,
        reduce_only: false,
    })
}

fn traded(account: Pubkey, order_id: u64) -> Event {
    Event::PositionChanged(PositionChanged {
        stamp: stamp(account),
        asset_index: 0,
        order_id,
        size_before_atoms: 2,
        size_after_atoms: 7,
        price_e12: 100_000_000_000_000,
        ema_e12: 100_000_000_000_000,
        confidence_e12: 0,
        publish_ts: 3,
        skew_before_atoms: 0,
        resting_skew_atoms: 0,
        sigma_im_q60: 0,
        fill_notional_atoms: 505_000_000,
        fee_atoms: 250_000,
        realized_pnl_atoms: 0,
        interest_atoms: 0,
        funding_atoms: 0,
        quote_after_atoms: 1_000_000,
        requirement: MarginSnapshot::default(),
    })
}

fn taken_back(account: Pubkey, order_id: u64) -> Event {
    Event::OrderCancelled(OrderCancelled {
        stamp: stamp(account),
        order_id,
        asset_index: 0,
        by: key(7),
    })
}

fn sliced(account: Pubkey) -> Event {
    Event::AccountSliced(AccountSliced {
        stamp: stamp(account),
        liquidator_account: key(8),
        share_permille: 250,
        largest_permille: 250,
        flagged_ts: 1,
        window_start_ts: 1,
        window_gross_atoms: 1,
        window_closed_before_atoms: 0,
        interest_atoms: 0,
        notional_atoms: 1,
        impact_atoms: 0,
        penalty_atoms: 0,
        penalty_liquidator_atoms: 0,
        penalty_insurance_atoms: 0,
        penalty_pool_atoms: 0,
        before: MarginSnapshot::default(),
        after: MarginSnapshot::default(),
        assets: Vec::new(),
    })
}

fn outcome(events: Vec<Event>, seen: LastSeen) -> Result<Answer, CommandFailure> {
    let told = ToldSince {
        events,
        ..ToldSince::default()
    };
    order().outcome(&told, seen, &Names::default())
}

#[test]
fn an_order_is_known_by_its_event() {
    let events = [placed(key(2), 8, 2), placed(key(1), 9, 2)];
    let own: Vec<u64> = requests_of(key(1), &events)
        .map(|one| one.order_id)
        .collect();
    assert_eq!(own, [9]);
    let mut account = MarginAccount::zeroed();
    account.order_sequence = 9;
    assert_eq!(newest_order(&account), (9, None), "gone already");
    account.orders[1].id = 9;
    account.orders[1].expiry_ts = 4;
    assert_eq!(newest_order(&account), (9, Some(4)));
}

#[test]
fn a_fill_is_the_trade_of_this_order_and_no_other() {
    let filled = outcome(vec![traded(key(1), 0), traded(key(1), 9)], LastSeen::Gone);
    let filled = filled.unwrap();
    assert_eq!(filled.data["state"], "filled");
    assert_eq!(filled.data["filled_atoms"], 5);
    assert_eq!(filled.data["size_after_atoms"], 7);
    assert_eq!(filled.data["notional_atoms"], 505_000_000);
    assert!(filled.text.contains("by order 9"), "{}", filled.text);
    for others in [traded(key(1), 8), traded(key(2), 9), traded(key(1), 0)] {
        assert!(outcome(vec![others], LastSeen::Gone).is_err());
    }
}

#[test]
fn a_liquidation_meanwhile_is_no_fill_and_is_told() {
    let events = vec![sliced(key(2)), sliced(key(1)), taken_back(key(1), 9)];
    let failure = outcome(events, LastSeen::Gone).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unknown);
    let message = &failure.message;
    assert!(
        message.contains(&format!("taken back by {}", key(7))),
        "{message}"
    );
    assert_eq!(message.matches("Meanwhile: ").count(), 1, "{message}");
    assert!(message.contains("liquidated by a slice"), "{message}");
    // And filled all the same, it is filled.
    let events = vec![sliced(key(1)), traded(key(1), 9)];
    assert!(outcome(events, LastSeen::Gone).is_ok());
}

#[test]
fn what_nobody_filled_in_time_has_expired() {
    let held = outcome(vec![sliced(key(1))], LastSeen::HeldTooLong).unwrap_err();
    assert!(held.message.contains("expired without a fill"), "{held}");
    assert!(held.message.contains("Meanwhile: "), "{held}");
    let replaced = outcome(vec![placed(key(1), 10, 4)], LastSeen::Gone).unwrap_err();
    assert!(
        replaced.message.contains("expired without a fill"),
        "{replaced}"
    );
    assert!(held.remedy.contains("--limit"), "{held}");
    let by_slippage = PlacedOrder {
        bound: PriceBound::Slippage(1.into()),
        ..order()
    };
    let told = ToldSince::default();
    let failure = by_slippage.outcome(&told, LastSeen::HeldTooLong, &Names::default());
    let failure = failure.unwrap_err();
    assert!(failure.remedy.contains("wider --slippage"), "{failure}");
    // A fill in the last second is a fill.
    assert!(outcome(vec![traded(key(1), 9)], LastSeen::HeldTooLong).is_ok());
}

#[test]
fn what_the_node_does_not_tell_is_not_guessed() {
    let failure = outcome(vec![sliced(key(1))], LastSeen::Gone).unwrap_err();
    assert!(failure.message.contains("does not tell"), "{failure}");
    for (is_truncated, is_behind) in [(true, false), (false, true)] {
        let told = ToldSince {
            events: vec![placed(key(1), 10, 4)],
            is_truncated,
            is_behind,
            ..ToldSince::default()
        };
        let end = order().end(&told, LastSeen::Gone);
        assert!(matches!(end, OrderEnd::Untold));
    }
}

/// A node whose history is behind its accounts tells of the next order before it tells of the fill; one that does not know
/// the transaction that placed this order tells of all that came before it too.
#[test]
fn an_order_in_another_slot_ends_none() {
    let before = [placed(key(1), 8, 1), placed(key(1), 9, 2)];
    for request in before
        .into_iter()
        .chain([placed(key(1), 10, 3), placed(key(2), 3, 9)])
    {
        let failure = outcome(vec![request], LastSeen::Gone).unwrap_err();
        assert!(failure.message.contains("does not tell"), "{failure}");
        assert!(!failure.remedy.contains("Place it again"), "{failure}");
    }
    // Nobody knows how long it had.
    let order = PlacedOrder {
        expiry_ts: None,
        ..order()
    };
    let told = ToldSince {
        events: vec![placed(key(1), 10, 400)],
        ..ToldSince::default()
    };
    assert!(matches!(order.end(&told, LastSeen::Gone), OrderEnd::Untold));
}

#[test]
fn no_transaction_is_read_twice() {
    let [first, second] = [1, 2].map(|number| Signature::from([number; 64]));
    let mut told = ToldSince::default();
    let tells = |events| Told {
        events,
        is_truncated: false,
    };
    told.add(first, tells(vec![sliced(key(1))]));
    assert_eq!(told.unread(&[first, second]), [second]);
    told.add(second, tells(vec![traded(key(1), 9)]));
    told.add(second, tells(vec![traded(key(1), 9)]));
    assert!(told.unread(&[first, second]).is_empty());
    assert_eq!(told.events.len(), 2);
}

#[test]
fn an_order_that_is_not_waited_for_is_told_to_be_one() {
    let answer = |events| Answer {
        events,
        ..Answer::new("Done.\n", &json!({ "state": "sent" }))
    };
    let told = with_wait(answer(vec![placed(key(1), 9, 4)]), key(1), 60);
    assert!(told.text.contains("not filled yet"), "{}", told.text);
    assert_eq!(told.data["order"], 9);
    assert_eq!(told.data["order_expiry_ts"], 6);
    let untold = with_wait(answer(vec![placed(key(2), 9, 4)]), key(1), 60);
    assert!(untold.text.contains("for 60 s"), "{}", untold.text);
    assert!(untold.data["order"].is_null());
}
