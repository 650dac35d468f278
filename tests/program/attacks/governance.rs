//! The attack of April 2026: an admin key without a delay listed a fake collateral, inflated its price, lifted the
//! withdrawal limits and drained the vaults. Here a thief holds the keys of governance, risk manager and guardian,
//! all or one of them, and has until a second before the timelock ends.
//!
//! | file | what it holds |
//! |---|---|
//! | this | the script of April, and everything like it, hour by hour |
//! | `siege`, `thief`, `plans` | who is there, what the thief has, what he announces |
//! | `search` | whatever a random walk over all his instructions comes upon |
//! | `tightened` | turns the risk manager's power to tighten against users |
//! | `trapped` | locks in who hedges, and LPs |
//! | `handover` | wants the roles themselves, and what governance is paid |
//! | `later` | waits until the timelock has passed, and nobody cancels |
mod handover;
mod later;
mod plans;
mod search;
mod siege;
mod thief;
mod tightened;
mod trapped;

use crate::support::refused;
use anchor_lang::solana_program::instruction::Instruction;
use freeboard::error::FreeboardError;
use freeboard::governance::pauses::Operation;
use freeboard::instructions::Closing;
use freeboard::instructions::ProposeChangeArgs;
use freeboard::state::{Change, Role};
use freeboard_client::instructions::{self, TokenKeys};
use freeboard_tests::{AssetHandle, governance::TIMELOCK_SECS, usd};
use plans::{announce_fake, feed_of, looser};
use siege::Siege;
use solana_signer::Signer;

const ALL: &[Role] = &[Role::Governance, Role::RiskManager, Role::Guardian];

/// The script: everything is announced, and every hour everything is tried, under every pause there can be.
fn april(keys: &[Role]) {
    let mut siege = Siege::by(keys);
    let before = siege.clone();
    let (token, listing) = announce_fake(&mut siege);
    let wanted = looser(&siege.world, &siege.thief);
    let governs = keys.contains(&Role::Governance);
    for change in &wanted {
        let sent = siege.thief.propose(&mut siege.world, change.clone());
        assert_eq!(sent.is_ok(), governs, "{change:?}: {sent:?}");
    }
    for hour in 0..=TIMELOCK_SECS / 3_600 {
        siege.wait_until((hour * 3_600).min(TIMELOCK_SECS - 1));
        siege.pause_all();
        try_at_once(&mut siege, &wanted, hour);
        try_fake(&mut siege, &token, &listing, governs);
        try_users(&mut siege);
    }
    assert_eq!(siege.elapsed(), TIMELOCK_SECS - 1);
    siege.assert_unharmed(&before);
    // A second later it would have been something else: what was refused was refused for the time alone.
    siege.wait_until(TIMELOCK_SECS);
    if governs {
        siege
            .world
            .execute(&wanted[2])
            .expect("the pool's parameters");
        assert_eq!(siege.world.exchange().pool.borrow_cap_quote_atoms, u64::MAX);
    } else {
        assert!(
            wanted
                .iter()
                .all(|change| siege.world.pending(change).is_none())
        );
    }
}

/// To do it at once: by tightening, by carrying it out too early, by another number or by another exchange's change.
fn try_at_once(siege: &mut Siege, wanted: &[Change], hour: i64) {
    let Siege {
        world,
        thief,
        sol,
        btc,
        ..
    } = siege;
    for change in wanted {
        if !matches!(change, Change::Timelock { .. }) {
            // A longer timelock is all that governance may have at once: it would hold himself up.
            let at_once = thief.tighten(world, change.clone());
            assert!(at_once.is_err(), "{hour} h: {change:?}");
        }
        let Some(pending) = world.pending(change).map(|_| world.waiting(change)) else {
            continue;
        };
        let key = thief.keypair.pubkey();
        for number in [pending.number, pending.number + 1, 0] {
            let other = instructions::Pending {
                number,
                ..pending.clone()
            };
            let early = instructions::execute_change(key, &other);
            assert!(thief.send(world, early).is_err(), "{hour} h: {change:?}");
        }
        let mut foreign = instructions::execute_change(key, &pending);
        foreign.accounts[3].pubkey = thief.ripe;
        assert!(
            thief.send(world, foreign).is_err(),
            "{hour} h: another exchange's {change:?}"
        );
    }
    for secs in [0, 3_600, 86_399] {
        let shorter = thief.propose(world, Change::Timelock { secs });
        assert!(shorter.is_err(), "a timelock of {secs} s");
    }
    // The feed of another asset, which a price account that he cannot forge would have to agree with.
    let feed = feed_of(world, 1);
    for feeds in [[sol.feed, btc.feed], [btc.feed; 2], [sol.feed; 2]] {
        let args = ProposeChangeArgs {
            number: world.next_change(),
            change: Change::AssetFeed {
                asset_index: 0,
                feed,
            },
        };
        let (payer, key) = (world.payer.pubkey(), thief.governance.pubkey());
        let wrong = instructions::propose_feed(payer, key, world.exchange, args, feeds);
        assert!(
            thief.send(world, wrong).is_err(),
            "{hour} h: BTC's feed for SOL"
        );
    }
    for role in ALL {
        let taken = instructions::accept_role(thief.keypair.pubkey(), world.exchange, *role);
        refused(thief.send(world, taken), FreeboardError::NotOfferedRole);
    }
}

/// To list the token, or to deposit it as if it were SOL.
fn try_fake(siege: &mut Siege, token: &AssetHandle, listing: &Instruction, governs: bool) {
    let Siege {
        world, thief, sol, ..
    } = siege;
    let listed = thief.send(world, listing.clone());
    if governs {
        let closed =
            world.exchange().pauses[Operation::CreateAsset as usize].until_ts > world.now();
        let error = if closed {
            FreeboardError::OperationPaused
        } else {
            FreeboardError::ChangeTooEarly
        };
        refused(listed, error);
        let mint = token.mint.expect("a token");
        let source = world.mint_to(&thief.keypair.pubkey(), &mint, 1_000_000_000_000);
        let as_sol = TokenKeys {
            mint,
            ..sol.token()
        };
        let (key, account) = (thief.keypair.pubkey(), thief.accounts[0].margin_account);
        for asset in [sol.token().asset, Some(token.address), None] {
            let keys = TokenKeys { asset, ..as_sol };
            let sent =
                instructions::deposit(&world.keys, &keys, key, account, source, 1_000_000_000);
            assert!(thief.send(world, sent).is_err(), "deposits what is not SOL");
        }
    } else {
        assert!(listed.is_err());
    }
}

/// To take from users with the keys themselves, to liquidate them, to make them pay for a loss that is none.
fn try_users(siege: &mut Siege) {
    let Siege {
        world,
        thief,
        sol,
        btc,
        users,
        ..
    } = siege;
    let own = thief.accounts[0].clone();
    for user in users.iter() {
        for key in thief.keys() {
            let purse = world.token_account(&key.pubkey(), &world.quote_mint.clone());
            let metas = world.account_metas(user, &[]);
            let (token, account) = (world.quote_token(), user.margin_account);
            let keys = world.keys;
            let taken =
                instructions::withdraw(&keys, &token, key.pubkey(), account, purse, 1, metas);
            assert!(thief.send(world, taken).is_err(), "withdraws from a user");
            let lent = instructions::borrow(
                &keys,
                key.pubkey(),
                account,
                purse,
                usd(60_000),
                world.all_metas(),
            );
            assert!(thief.send(world, lent).is_err(), "borrows on a user");
            let delegate = instructions::set_delegate(key.pubkey(), account, key.pubkey());
            refused(thief.send(world, delegate), FreeboardError::NotOwner);
        }
        assert!(world.flag(user).is_err());
        for closing in [
            Closing::PositionByPool,
            Closing::PositionByLiquidator,
            Closing::Collateral,
        ] {
            for asset in [&*sol, &*btc] {
                assert!(world.liquidate(&own, user, asset, closing).is_err());
                assert!(world.settle_loss(user, asset).is_err());
                assert!(world.deleverage(user, asset).is_err());
            }
        }
        assert!(world.resolve_bankruptcy(user).is_err());
    }
}

#[test]
fn with_all_three_keys() {
    april(ALL);
}

#[test]
fn with_governance() {
    april(&[Role::Governance]);
}

#[test]
fn with_the_risk_manager() {
    april(&[Role::RiskManager]);
}

#[test]
fn with_the_guardian() {
    april(&[Role::Guardian]);
}
