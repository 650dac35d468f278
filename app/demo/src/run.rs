//! The run itself: prices arrive, samples are taken, people act, the bot watches.
use anyhow::Result;
use freeboard_sandbox::client::instructions::sample_volatility;
use freeboard_sandbox::{AssetHandle, Quote, World};
use freeboard_sim::feed::{EXPONENT, Publisher};
use indicatif::{ProgressBar, ProgressStyle};

use crate::cast::Cast;
use crate::keeper::DemoKeeper;
use crate::lp::LiquidityProvider;
use crate::market;
use crate::prices::{BAR_SECS, CALM_SECS, HOUR_SECS, Tape, Tick};
use crate::program;
use crate::recorder::Recorder;
use crate::refusal::done;
use crate::report::Report;

/// Finer than that while the market is fast.
const FAST_RECORD_SECS: i64 = 4 * HOUR_SECS;

/// Runs a tape through the program.
pub fn run_tape(tape: &Tape, seed: Option<u64>) -> Result<Report> {
    let program = program::facts()?;
    let (mut world, assets) = market::open(&tape.ticks[0].prices);
    let mut recorder = Recorder::new(&world);
    market::fund(&mut world, &assets, &mut recorder)?;
    let mut cast = Cast::enter(&mut world);
    let mut lp = LiquidityProvider::enter(&mut world);
    let mut keeper = DemoKeeper::default();
    let mut publisher = Publisher::new(tape.ticks[0].elapsed_secs, &tape.ticks[0].prices);
    let start_ts = world.now();
    let bar = progress(tape.ticks.len());
    for tick in &tape.ticks {
        bar.inc(1);
        let elapsed_secs = tick.elapsed_secs;
        world.warp(start_ts + elapsed_secs - world.now());
        recorder.set_clock(elapsed_secs);
        publish(&mut world, &assets, &mut publisher, tick);
        if elapsed_secs > 0 && elapsed_secs % BAR_SECS == 0 {
            sample(&mut world, &assets)?;
        }
        lp.act(&mut world, &mut recorder, elapsed_secs)?;
        cast.act(&mut world, &assets, &mut recorder, elapsed_secs)?;
        let due = is_recorded(elapsed_secs);
        if due {
            recorder.moment(&world, &cast)?;
        }
        if keeper.act(&mut world, &assets, &cast, &mut recorder)? {
            recorder.moment(&world, &cast)?;
        }
    }
    bar.finish_and_clear();
    market::sweep(&mut world, &assets)?;
    recorder.finish(program, tape, seed, &world)
}

/// Writes the tick into the feeds' accounts.
fn publish(world: &mut World, assets: &[AssetHandle], publisher: &mut Publisher, tick: &Tick) {
    let publish_ts = world.now();
    let updates = publisher.publish(tick.elapsed_secs, &tick.prices);
    for (asset, update) in assets.iter().zip(updates) {
        let quote = Quote {
            price: update.price,
            conf: update.confidence,
            ema: update.ema,
            exponent: EXPONENT,
            publish_ts,
        };
        world.set_price(asset, quote);
    }
}

/// Samples the volatility of every asset in one transaction.
fn sample(world: &mut World, assets: &[AssetHandle]) -> Result<()> {
    let instructions: Vec<_> = assets
        .iter()
        .map(|asset| sample_volatility(world.exchange, asset.address, asset.feed, None))
        .collect();
    done("a volatility sample", world.send(&instructions, &[]))?;
    Ok(())
}

fn is_recorded(elapsed_secs: i64) -> bool {
    let since_slip = elapsed_secs - CALM_SECS;
    elapsed_secs % HOUR_SECS == 0 || (-2 * BAR_SECS..FAST_RECORD_SECS).contains(&since_slip)
}

/// A progress bar on standard error; nothing where that is not a terminal.
fn progress(ticks: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:32} {percent:>3} %  {msg}");
    let bar = ProgressBar::new(ticks as u64);
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.set_message("running a month of prices through the program");
    bar
}
