//! Feeds that cannot be read or not be used, for the instruction that needs them most directly:
//! sample_volatility for what is wrong with an account, trade for what is wrong with a price.
use crate::support::{Stage, refused, stage, stage_with_legacy_feed};
use anchor_lang::prelude::Pubkey;
use freeboard::error::FreeboardError;
use freeboard_tests::{Quote, feeds};
use pyth_sdk_solana::state::PriceStatus;
use pyth_solana_receiver_sdk::price_update::VerificationLevel;
use solana_account::Account;

/// Samples with SOL's feed account replaced.
fn sample_with(stage: &mut Stage, account: Account, error: FreeboardError) {
    let sol = stage.sol.clone();
    stage.world.set_feed(&sol, account);
    refused(stage.world.sample(&sol), error);
}

fn ready() -> (Stage, Quote) {
    let mut stage = stage();
    stage.world.warp(600);
    let quote = Quote::usd(150.0, stage.world.now());
    (stage, quote)
}

/// A copy of the right data under another owner, for both kinds.
pub fn owner() {
    let (mut stage, quote) = ready();
    let sol = stage.sol.clone();
    let right = stage.world.feed_account(&sol, &quote);
    for owner in [Pubkey::default(), freeboard::ID, feeds::PYTH_ORACLE_ID] {
        let account = Account {
            owner,
            ..right.clone()
        };
        sample_with(&mut stage, account, FreeboardError::FeedOwnerInvalid);
    }
    let (mut stage, quote) = legacy();
    let account = Account {
        owner: pyth_solana_receiver_sdk::ID,
        ..feeds::legacy_account(&quote)
    };
    sample_with(&mut stage, account, FreeboardError::FeedOwnerInvalid);
}

fn legacy() -> (Stage, Quote) {
    let mut stage = stage_with_legacy_feed();
    stage.world.warp(600);
    let quote = Quote::usd(150.0, stage.world.now());
    (stage, quote)
}

/// Another asset's feed, and for the legacy kind a copy at another address.
pub fn mismatch() {
    let (mut stage, quote) = ready();
    let account = feeds::receiver_account([9; 32], &quote);
    sample_with(&mut stage, account, FreeboardError::FeedMismatch);
    let (mut stage, quote) = legacy();
    let mut elsewhere = stage.sol.clone();
    elsewhere.feed = Pubkey::new_unique();
    stage
        .world
        .set_feed(&elsewhere, feeds::legacy_account(&quote));
    refused(stage.world.sample(&elsewhere), FreeboardError::FeedMismatch);
}

/// Truncated, another account type, or empty.
pub fn malformed() {
    let (mut stage, quote) = ready();
    let sol = stage.sol.clone();
    let right = stage.world.feed_account(&sol, &quote);
    for length in [0, 7, 40, 72, 116] {
        let account = Account {
            data: right.data[..length].to_vec(),
            ..right.clone()
        };
        sample_with(&mut stage, account, FreeboardError::FeedMalformed);
    }
    let mut other_type = right.clone();
    other_type.data[0] ^= 1;
    sample_with(&mut stage, other_type, FreeboardError::FeedMalformed);
    let (mut stage, quote) = legacy();
    let right = feeds::legacy_account(&quote);
    for offset in [0, 4, 8] {
        let mut account = right.clone(); // magic, version, account type
        account.data[offset] ^= 1;
        sample_with(&mut stage, account, FreeboardError::FeedMalformed);
    }
    let account = Account {
        data: right.data[..3_000].to_vec(),
        ..right
    };
    sample_with(&mut stage, account, FreeboardError::FeedMalformed);
}

/// Any number of guardian signatures below two thirds.
pub fn partially_verified() {
    let (mut stage, quote) = ready();
    for num_signatures in [0, 1, 5, 12, 255] {
        let level = VerificationLevel::Partial { num_signatures };
        let account = feeds::receiver_account_with(stage.sol.feed_id, &quote, level);
        sample_with(&mut stage, account, FreeboardError::PriceNotFullyVerified);
    }
}

/// Every status but Trading.
pub fn not_trading() {
    let (mut stage, quote) = legacy();
    for status in [
        PriceStatus::Unknown,
        PriceStatus::Halted,
        PriceStatus::Auction,
        PriceStatus::Ignored,
    ] {
        let account = feeds::legacy_account_with(&quote, status);
        sample_with(&mut stage, account, FreeboardError::PriceNotTrading);
    }
}

/// Zero and below.
pub fn price_not_positive() {
    let (mut stage, quote) = ready();
    let sol = stage.sol.clone();
    for price in [0, -1, i64::MIN] {
        stage.world.set_price(&sol, Quote { price, ..quote });
        refused(stage.world.sample(&sol), FreeboardError::PriceNotPositive);
    }
}

/// Zero and below.
pub fn ema_not_positive() {
    let (mut stage, quote) = ready();
    let sol = stage.sol.clone();
    for ema in [0, -1] {
        stage.world.set_price(&sol, Quote { ema, ..quote });
        refused(stage.world.sample(&sol), FreeboardError::EmaNotPositive);
    }
}

/// Outside −12 … 0.
pub fn exponent() {
    let (mut stage, quote) = ready();
    let sol = stage.sol.clone();
    for exponent in [1, -13, i32::MAX, i32::MIN] {
        stage.world.set_price(&sol, Quote { exponent, ..quote });
        refused(stage.world.sample(&sol), FreeboardError::ExponentOutOfRange);
    }
}

/// More than five seconds ahead; five are clock drift.
pub fn from_the_future() {
    let (mut stage, quote) = ready();
    let (sol, now) = (stage.sol.clone(), stage.world.now());
    stage.world.set_price(
        &sol,
        Quote {
            publish_ts: now + 6,
            ..quote
        },
    );
    refused(stage.world.sample(&sol), FreeboardError::PriceFromFuture);
    refused(
        stage.world.trade(&stage.trader, &sol, sol.atoms(1.0)),
        FreeboardError::PriceFromFuture,
    );
    stage.world.set_price(
        &sol,
        Quote {
            publish_ts: now + 5,
            ..quote
        },
    );
    stage.world.sample(&sol).expect("five seconds ahead");
}

/// A fill needs five seconds, a sample fifteen; exactly that old is fresh enough.
pub fn stale() {
    let (mut stage, quote) = ready();
    let (sol, btc, now) = (stage.sol.clone(), stage.btc.clone(), stage.world.now());
    stage.world.set_price(
        &sol,
        Quote {
            publish_ts: now - 16,
            ..quote
        },
    );
    refused(stage.world.sample(&sol), FreeboardError::PriceStale);
    stage.world.set_price(
        &sol,
        Quote {
            publish_ts: now - 6,
            ..quote
        },
    );
    let size = sol.atoms(1.0);
    refused(
        stage.world.trade(&stage.trader, &sol, size),
        FreeboardError::PriceStale,
    );
    stage.world.set_price(
        &sol,
        Quote {
            publish_ts: now - 5,
            ..quote
        },
    );
    stage.trade(&sol, 1.0);
    stage.world.set_price_usd(&btc, 100_000.0);
    stage.world.sample(&sol).expect("five seconds old");
}

/// Older than what an instruction has recorded, even if it is fresh.
pub fn older_than_recorded() {
    let (mut stage, quote) = ready();
    let (sol, now) = (stage.sol.clone(), stage.world.now());
    stage.world.set_price(&sol, quote);
    stage.trade(&sol, 1.0);
    stage.world.set_price(
        &sol,
        Quote {
            publish_ts: now - 1,
            ..quote
        },
    );
    let error = FreeboardError::PriceOlderThanRecorded;
    refused(stage.world.sample(&sol), error);
    refused(stage.world.show_price(&sol), error);
    // For a fill the recorded one answers, as long as its own age allows.
    stage.trade(&sol, 1.0);
    stage.trade(&sol, -1.0);
    stage.world.warp(6);
    refused(
        stage.world.trade(&stage.trader, &sol, sol.atoms(1.0)),
        FreeboardError::PriceStale,
    );
}

/// An update of Pyth's other receiver: the asset's binding names one of both.
pub fn other_receiver() {
    let (mut stage, quote) = ready();
    let right = stage.world.feed_account(&stage.sol, &quote);
    let account = Account {
        owner: freeboard::oracle::RECEIVER_PRO_ID,
        ..right
    };
    let sol = stage.sol.clone();
    stage.world.set_feed(&sol, account);
    let failure = stage.world.sample(&sol).unwrap_err();
    let logs = failure.logs.join("\n");
    for known in [
        freeboard::oracle::RECEIVER_ID,
        freeboard::oracle::RECEIVER_PRO_ID,
    ] {
        assert!(logs.contains(&known.to_string()), "{logs}");
    }
    refused(
        stage.world.sample(&sol),
        FreeboardError::FeedReceiverMismatch,
    );
    // Nor is it "no price" for somebody who values an account.
    let trader = stage.trader.clone();
    stage.world.set_price(&sol, quote);
    stage.trade(&sol, 1.0);
    let right = stage.world.feed_account(&sol, &quote);
    let account = Account {
        owner: freeboard::oracle::RECEIVER_PRO_ID,
        ..right
    };
    stage.world.set_feed(&sol, account);
    refused(
        stage.world.flag(&trader),
        FreeboardError::FeedReceiverMismatch,
    );
}

/// 1 % to increase and to sample, 3 % to reduce; exactly that wide passes.
pub fn confidence() {
    let (mut stage, quote) = ready();
    let (sol, error) = (stage.sol.clone(), FreeboardError::ConfidenceTooWide);
    stage.world.set_price(&sol, quote);
    stage.trade(&sol, 10.0);
    let over = |share: f64| {
        let quote = quote.with_conf(share);
        Quote {
            conf: quote.conf + 1,
            ..quote
        }
    };
    stage.world.set_price(&sol, over(0.01));
    refused(stage.world.sample(&sol), error);
    refused(
        stage.world.trade(&stage.trader, &sol, sol.atoms(1.0)),
        error,
    );
    stage.world.set_price(&sol, over(0.03));
    refused(
        stage.world.trade(&stage.trader, &sol, -sol.atoms(1.0)),
        error,
    );
    stage.world.set_price(&sol, quote.with_conf(0.03));
    stage.trade(&sol, -1.0);
    stage.world.set_price(&sol, quote.with_conf(0.01));
    stage.trade(&sol, 1.0);
}

/// 5 % to increase; a reduce needs no band.
pub fn far_from_ema() {
    let (mut stage, quote) = ready();
    let sol = stage.sol.clone();
    stage.world.set_price(&sol, quote);
    stage.trade(&sol, 10.0);
    for multiple in [0.95, 1.06] {
        stage.world.set_price(&sol, quote.with_ema(multiple));
        let sent = stage.world.trade(&stage.trader, &sol, sol.atoms(1.0));
        refused(sent, FreeboardError::PriceFarFromEma);
        stage.trade(&sol, -1.0);
    }
    stage.world.set_price(
        &sol,
        Quote {
            price: 105,
            conf: 0,
            ema: 100,
            exponent: 0,
            ..quote
        },
    );
    stage.trade(&sol, -1.0);
    stage.trade(&sol, 1.0);
}
