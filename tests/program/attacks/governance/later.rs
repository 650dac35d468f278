//! The timelock has passed and nobody has cancelled: what bounds the thief then, and that one cancellation would have
//! been enough.
use super::{ALL, announce_fake, looser, siege::Siege, tightened};
use crate::support::refused;
use anchor_lang::{AccountDeserialize, solana_program::instruction::Instruction};
use freeboard::error::FreeboardError;
use freeboard::instructions::WEIGHT_DELAY_SECS;
use freeboard::state::{Change, PendingChange, Role};
use freeboard_client::instructions;
use freeboard_tests::{AssetHandle, Quote, governance::TIMELOCK_SECS, usd};
use solana_signer::Signer;

/// All three keys; the token's listing and all that is looser are announced.
fn announced() -> (Siege, AssetHandle, Instruction) {
    let mut siege = Siege::by(ALL);
    let (token, listing) = announce_fake(&mut siege);
    for change in looser(&siege.world, &siege.thief) {
        siege
            .thief
            .propose(&mut siege.world, change)
            .expect("announced");
    }
    (siege, token, listing)
}

/// The token is listed at $1,000 and a billion dollars of it are deposited.
fn listed() -> (Siege, AssetHandle) {
    let (mut siege, token, listing) = announced();
    siege.wait_until(TIMELOCK_SECS);
    let Siege { world, thief, .. } = &mut siege;
    let now = world.now();
    let account = world.feed_account(&token, &Quote::usd(1_000.0, now));
    world.set_feed(&token, account);
    thief.send(world, listing).expect("listed");
    world.assets.push(token.clone());
    let pool = looser(world, thief).into_iter();
    let pool = pool.filter(|change| matches!(change, Change::Pool { .. }));
    for change in pool {
        world.execute(&change).expect("no cap on loans any more");
    }
    let backed = thief.accounts[0].clone();
    world
        .deposit_collateral(&backed, &token, 1_000_000_000_000_000)
        .expect("$1 bn");
    siege.begun_ts = siege.world.now();
    (siege, token)
}

#[test]
fn what_was_listed_counts_nothing_for_another_day() {
    let (mut siege, token) = listed();
    let thief = siege.thief.accounts[0].clone();
    for hour in [0, 6, 12, 18, 23] {
        siege.wait_until(hour * 3_600);
        // A thousand times the price helps nothing.
        siege.world.set_price_usd(&token, 1_000_000.0);
        let lent = siege.world.borrow(&thief, usd(500_001));
        refused(lent, FreeboardError::InitialMarginNotMet);
    }
    siege.wait_until(WEIGHT_DELAY_SECS - 1);
    siege.world.set_price_usd(&token, 1_000.0);
    let lent = siege.world.borrow(&thief, usd(500_001));
    refused(lent, FreeboardError::InitialMarginNotMet);
    siege.wait_until(WEIGHT_DELAY_SECS);
    siege.world.set_price_usd(&token, 1_000.0);
    siege.world.sample(&token).expect("sampled");
    siege
        .world
        .borrow(&thief, usd(500_001))
        .expect("60 hours after it was announced");
}

#[test]
fn after_two_days_he_can_take_the_pools_cash_and_nothing_of_the_users() {
    let (mut siege, token) = listed();
    let before = siege.clone();
    siege.wait_until(WEIGHT_DELAY_SECS);
    siege.world.set_price_usd(&token, 1_000.0);
    siege.world.sample(&token).expect("sampled");
    let (thief, saver) = (siege.thief.accounts[0].clone(), siege.users[0].clone());
    let pool = u64::try_from(siege.world.books().pool_atoms).expect("cash");
    let lent = siege.world.pool().ledger.loans_atoms.unsigned_abs();
    // By halves, until not a dollar more is lent.
    let (mut taken, mut step) = (0, pool);
    while step > usd(1) {
        match siege.world.borrow(&thief, step) {
            Ok(_) => taken += step,
            Err(_) => step /= 2,
        }
    }
    // His own half million, and what was the pool's.
    assert!(
        taken > usd(50_000_000),
        "{taken}: the damage of a listing that nobody cancels"
    );
    assert!(taken <= usd(500_000) + pool - lent, "{taken} of {pool}");
    siege.world.assert_books();
    assert_eq!(siege.fortunes(), before.fortunes());
    for user in [&saver, &siege.users[1].clone(), &siege.users[2].clone()] {
        assert!(siege.leave(user), "the vault still holds what users own");
    }
}

/// The LP asks a second after the announcement, under the worst pauses. A change waits a whole window longer than he
/// does, also one that would make him wait for seven days.
#[test]
fn an_lp_who_asks_at_once_leaves_before_any_change_holds_him() {
    let (mut siege, _, _) = announced();
    let lp = siege.lp.clone();
    siege.wait_until(1);
    siege
        .world
        .request_redeem(&lp, 1, usd(1_000_000))
        .expect("asked");
    let mut out = false;
    while !out && siege.elapsed() + 600 < TIMELOCK_SECS {
        siege.pause_all();
        siege.wait_until(siege.elapsed() + 600);
        out = siege.world.execute_liquidity(&lp, 1).is_ok();
    }
    assert!(out, "before the first change can be carried out");
}

#[test]
fn one_cancellation_of_the_guardian_ends_it() {
    let mut siege = Siege::by(&[Role::Governance, Role::RiskManager]);
    let (_, listing) = announce_fake(&mut siege);
    let wanted = looser(&siege.world, &siege.thief);
    for change in &wanted {
        siege
            .thief
            .propose(&mut siege.world, change.clone())
            .expect("announced");
    }
    siege.wait_until(TIMELOCK_SECS - 1);
    let Siege { world, thief, .. } = &mut siege;
    let guardian = world.guardian.clone();
    let exchange = world.exchange;
    let mut cancelled = 0;
    for change in &wanted {
        let own = matches!(
            change,
            Change::OfferRole {
                role: Role::Guardian,
                ..
            }
        );
        let sent = world.cancel_change_as(&guardian, change);
        assert_eq!(sent.is_err(), own, "{change:?}");
        cancelled += u32::from(!own);
    }
    assert_eq!(cancelled, 9);
    let pending = freeboard_client::address::pending_listing(&exchange, 2);
    let data = world.account(&pending).data;
    let pending = PendingChange::try_deserialize(&mut data.as_slice()).expect("the listing");
    let pending = instructions::Pending {
        exchange,
        number: pending.number,
        payer: pending.payer,
        change: pending.change,
    };
    let cancel = instructions::cancel_change(guardian.pubkey(), &pending);
    world.send(&[cancel], &[&guardian]).expect("the listing");
    world.warp_fresh(2);
    assert!(
        thief.send(world, listing).is_err(),
        "there is nothing to carry out"
    );
    // Only the guardian's own replacement is left, and that waits for seven days.
    for change in &wanted {
        let left = world.pending(change).is_some();
        let own = matches!(
            change,
            Change::OfferRole {
                role: Role::Guardian,
                ..
            }
        );
        assert_eq!(left, own, "{change:?}");
    }
    refused(world.execute(&wanted[4]), FreeboardError::ChangeTooEarly);
}

/// Whatever is carried out after the timelock, also what has no tight side: MM follows by at most 5 % an hour.
#[test]
fn mm_rises_by_at_most_five_percent_an_hour_after_the_worst_change() {
    let mut siege = Siege::by(ALL);
    let mut changes = tightened::towards(&siege.world, 100);
    for change in &mut changes {
        if let Change::AssetRisk { params, .. } = change {
            tightened::without_side(params);
        }
    }
    for change in &changes {
        siege
            .thief
            .propose(&mut siege.world, change.clone())
            .expect("announced");
    }
    siege.wait_until(TIMELOCK_SECS);
    let margin = |siege: &mut Siege, user: usize| {
        let user = siege.users[user].clone();
        siege
            .world
            .view(&user)
            .expect("a report")
            .maintenance
            .margin_atoms
    };
    let mut last = [1, 2].map(|user| margin(&mut siege, user));
    let start = last;
    for change in &changes {
        siege.world.execute(change).expect("carried out");
    }
    for hour in 0..24 {
        for (user, last) in [1, 2].into_iter().zip(&mut last) {
            let now = margin(&mut siege, user);
            assert!(now <= *last + *last / 20 + 1, "hour {hour}: {last} {now}");
            *last = now;
        }
        siege.wait_until(siege.elapsed() + 3_600);
    }
    assert!(
        last[0] > 2 * start[0],
        "it was a tightening: {start:?} {last:?}"
    );
}

/// A live market is not settled at an old price, whatever was announced: anybody's instruction that reads the price
/// shows that the feed lives.
#[test]
fn a_market_whose_price_somebody_has_read_is_not_settled_as_dead() {
    let (mut siege, _, _) = announced();
    siege.wait_until(TIMELOCK_SECS - 60);
    siege.pause_all();
    siege
        .world
        .rebalance()
        .expect("by anyone, whatever is paused");
    siege.wait_until(TIMELOCK_SECS);
    let dead = Change::SettleDeadFeed { asset_index: 0 };
    refused(siege.world.execute(&dead), FreeboardError::FeedNotDead);
}
