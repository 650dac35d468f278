//! One margin, however it is asked for: by the program, by the client on decoded accounts, and by the
//! decisions themselves. A fixed stream of pseudo-random books, prices and moments.
use crate::support::{Stage, Stream, stage};
use freeboard::error::FreeboardError;
use freeboard::instructions::MarginState;
use freeboard_tests::{AssetHandle, Quote, Trader, usd};

/// Moves every price, some beyond what each price standard accepts.
pub(super) fn move_prices(stage: &mut Stage, stream: &mut Stream) {
    for asset in [stage.sol.clone(), stage.btc.clone(), stage.eth.clone()] {
        let now = stage.world.now();
        let last = stage.world.quote(&asset);
        let price = (last.price as f64 * (1.0 + 0.03 * stream.signed())).round() as i64;
        let mut quote = Quote {
            publish_ts: now,
            ..Quote::steady(price, last.exponent, now)
        };
        quote = match stream.next(8) {
            0 => quote.with_conf(0.015),
            1 => quote.with_conf(0.04),
            2 => quote.with_ema(1.08),
            3 => quote.with_ema(0.7),
            4 => Quote {
                publish_ts: now - 14,
                ..quote
            },
            _ => quote.with_ema(1.0 + 0.02 * stream.signed()),
        };
        stage.world.set_price(&asset, quote);
    }
}

/// Something a trader may do; refusals are part of it.
pub(super) fn act(stage: &mut Stage, trader: &Trader, stream: &mut Stream) {
    let assets = [stage.sol.clone(), stage.btc.clone(), stage.eth.clone()];
    let asset: &AssetHandle = &assets[stream.next(3) as usize];
    let scale = [400.0, 0.8, 15.0][usize::from(asset.index)];
    match stream.next(6) {
        0 => drop(
            stage
                .world
                .deposit_quote(trader, 1 + stream.next(usd(5_000)))
                .unwrap(),
        ),
        1 => drop(
            stage
                .world
                .withdraw_quote(trader, 1 + stream.next(usd(5_000))),
        ),
        2 => {
            let sol = assets[0].clone();
            let amount = 1 + stream.next(50_000_000_000);
            stage
                .world
                .deposit_collateral(trader, &sol, amount)
                .unwrap();
        }
        3 => drop(stage.world.sample(&asset.clone())),
        _ => {
            let lot = i64::try_from(stage.world.asset(asset.index).params.lot_atoms).unwrap();
            let size = asset.atoms(scale * stream.signed()) / lot * lot;
            drop(stage.world.trade(trader, asset, size));
        }
    }
}

fn check(stage: &mut Stage, trader: &Trader) {
    let chain = stage.world.view(trader).expect("a report");
    let client = stage.world.client_report(trader).expect("a report");
    assert_eq!(chain, client);
    let flag = stage.world.clone().flag(trader);
    let flagged = stage.world.state_of(trader).flagged_ts != 0;
    match flag {
        Ok(_) => {
            let called = chain.state == MarginState::Call || chain.is_called;
            assert!(chain.is_liquidatable || flagged || called);
        }
        Err(failure) => {
            assert!(
                failure.is(FreeboardError::AccountHealthy),
                "{:?}",
                failure.error
            );
            assert!(!chain.is_liquidatable);
        }
    }
    check_withdrawal(stage, trader, chain.free_collateral_atoms);
}

/// The report's free collateral is what can leave, to the atom, in quote.
fn check_withdrawal(stage: &Stage, trader: &Trader, free_atoms: i64) {
    let account = stage.world.state_of(trader);
    let report = stage.world.client_report(trader).unwrap();
    let usable = report.assets.iter().all(|asset| asset.usable_initial);
    if !account.has_positions() || !usable || free_atoms <= 0 || account.quote_atoms <= free_atoms {
        return;
    }
    let free = free_atoms.unsigned_abs();
    stage
        .world
        .clone()
        .withdraw_quote(trader, free)
        .expect("free");
    let more = stage.world.clone().withdraw_quote(trader, free + 1);
    assert!(more.unwrap_err().is(FreeboardError::InitialMarginNotMet));
}

fn run(seed: u64, steps: u32) {
    let mut stage = stage();
    let mut stream = Stream(seed);
    let other = stage.world.new_trader(usd(60_000));
    let traders = [stage.trader.clone(), other];
    for _ in 0..steps {
        stage
            .world
            .warp(i64::try_from(1 + stream.next(400)).unwrap());
        move_prices(&mut stage, &mut stream);
        let trader = traders[stream.next(2) as usize].clone();
        act(&mut stage, &trader, &mut stream);
        check(&mut stage, &trader);
        stage.world.assert_books();
    }
    assert!(
        stage.world.state_of(&traders[0]).event_sequence > 5,
        "something happened"
    );
}

#[test]
fn chain_and_client_agree_on_a_first_path() {
    run(0x5EED, 60);
}

#[test]
fn chain_and_client_agree_on_a_second_path() {
    run(0xB0A7, 60);
}

#[test]
fn chain_and_client_agree_on_a_third_path() {
    run(0xF00D, 60);
}
