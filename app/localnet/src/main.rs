//! `cargo xtask localnet`: a local network, from nothing to prices that move, until Ctrl-C.
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Parser;
use freeboard_client::display::money;
use freeboard_localnet::{
    LocalNetwork, LocalnetOptions, NetworkDescription, PriceOrigin, SelfCheck, ValidatorPorts,
    shell_word,
};
use freeboard_sim::Date;
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tracing_subscriber::EnvFilter;

/// Starts a validator on this machine with an exchange, money and prices that move every second.
///
/// Keypairs, addresses (network.json) and a configuration of Solana's tools (cli.yml) go to target/localnet. While it
/// runs, a line such as `SOL -15%` moves the price of SOL from the next second on.
#[derive(Parser)]
#[command(
    name = "cargo xtask localnet",
    bin_name = "cargo xtask localnet",
    version
)]
struct LocalnetArguments {
    /// Exit once everything is up and the self-check has passed
    #[arg(long)]
    once: bool,
    /// Print addresses and keypair files as JSON
    #[arg(long)]
    json: bool,
    /// Port of JSON-RPC; subscriptions are at the next one
    #[arg(long, value_name = "PORT", default_value_t = 8899, value_parser = clap::value_parser!(u16).range(1..=65_534))]
    port: u16,
    /// Seconds that the chain's clock jumps each second
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    speed: u32,
    /// Play the bars of files in DIR instead of generated prices (docs/prices.md); one hour and less
    #[arg(long, value_name = "DIR")]
    prices: Option<PathBuf>,
    /// The day at whose beginning, UTC, the recording is when the network is ready [default: a few days after its first bar]
    #[arg(long, value_name = "DATE", requires = "prices")]
    from: Option<Date>,
    /// Seed of the generated prices
    #[arg(long, value_name = "N", default_value_t = 7, conflicts_with = "prices")]
    seed: u64,
    /// Parameters of the exchange [default: migrations/parameters/default.toml]
    #[arg(long, value_name = "FILE")]
    parameters: Option<PathBuf>,
    /// Where keypairs and descriptions go
    #[arg(long, value_name = "DIR", default_value = "target/localnet")]
    folder: PathBuf,
    /// The folder of the built programs
    #[arg(
        long,
        value_name = "DIR",
        env = "FREEBOARD_DEPLOY_DIR",
        default_value = "target/deploy"
    )]
    programs: PathBuf,
    /// The validator, as `cargo xtask build-validator` makes it
    #[arg(long, value_name = "FILE", env = "FREEBOARD_VALIDATOR")]
    validator: Option<PathBuf>,
}

impl LocalnetArguments {
    fn options(&self) -> Result<LocalnetOptions> {
        let validator = self.validator.clone().context(
            "no validator: `cargo xtask localnet` builds and names it, or name one with --validator",
        )?;
        Ok(LocalnetOptions {
            validator,
            programs: self.programs.clone(),
            folder: self.folder.clone(),
            ports: ValidatorPorts { rpc: self.port },
            parameters: self.parameters.clone(),
            prices: match &self.prices {
                Some(folder) => PriceOrigin::Recorded {
                    folder: folder.clone(),
                    from: self.from,
                },
                None => PriceOrigin::Generated { seed: self.seed },
            },
            speed: self.speed,
        })
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct ReadyReport<'a> {
    #[serde(flatten)]
    description: &'a NetworkDescription,
    config: &'a PathBuf,
    self_check: SelfCheck,
    ready_secs: f64,
}

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,freeboard_localnet=info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_timer(tracing_subscriber::fmt::time::uptime())
        .init();
    let arguments = LocalnetArguments::parse();
    let runtime = tokio::runtime::Runtime::new();
    let ran = runtime
        .context("no runtime")
        .and_then(|runtime| runtime.block_on(start(&arguments)));
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Starts the network and keeps it until it is told to stop.
async fn start(arguments: &LocalnetArguments) -> Result<()> {
    let started = Instant::now();
    let options = arguments.options()?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut network = tokio::select! {
        network = LocalNetwork::start(&options) => network?,
        _ = tokio::signal::ctrl_c() => bail!("stopped before the network was ready"),
        _ = terminated.recv() => bail!("stopped before the network was ready"),
    };
    show(&network, arguments, started.elapsed().as_secs_f64())?;
    if arguments.once {
        return Ok(());
    }
    let mut lines = typed_lines();
    loop {
        tokio::select! {
            () = network.ended() => bail!("the validator ended by itself; start the network again"),
            _ = tokio::signal::ctrl_c() => break,
            _ = terminated.recv() => break,
            Some(line) = lines.recv() => match move_price(&network, &line) {
                Ok(()) => tracing::info!("{}: from the next second on", line.trim()),
                Err(error) => eprintln!("{error:#}"),
            },
        }
    }
    eprintln!("stopping");
    Ok(())
}

/// Prints what the network is and how to go on.
fn show(network: &LocalNetwork, arguments: &LocalnetArguments, ready_secs: f64) -> Result<()> {
    let text = if arguments.json {
        serde_json::to_string_pretty(&ReadyReport {
            description: &network.description,
            config: &network.config,
            self_check: network.check,
            ready_secs,
        })?
    } else {
        let check = &network.check;
        format!(
            "ready after {ready_secs:.1} s; self-check passed: the books balance at {}\n\n{}",
            money::decimal(check.vault_atoms, 6) + " USDC",
            network.description.words(&network.config, &command_line())
        )
    };
    // A reader that has seen enough is no error.
    let _ = writeln!(std::io::stdout(), "{text}");
    Ok(())
}

/// What starts the command line, as a shell reads it: the one that was built with this, where it is, so that nobody waits for
/// another build.
fn command_line() -> String {
    let this = std::env::current_exe().ok();
    let beside = this.map(|path| path.with_file_name("freeboard"));
    let built = beside.filter(|path| path.is_file());
    built.map_or("cargo freeboard".to_owned(), |path| shell_word(&path))
}

/// The lines that somebody types.
fn typed_lines() -> mpsc::UnboundedReceiver<String> {
    let (typed, lines) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if !line.trim().is_empty() && typed.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// Does what a line like `SOL -15%` says.
fn move_price(network: &LocalNetwork, line: &str) -> Result<()> {
    let (asset, percent) = parse_move(line)?;
    network.shock(asset, 1.0 + percent / 100.0)
}

/// Reads `SOL -15%`.
fn parse_move(line: &str) -> Result<(&str, f64)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [asset, change] = words[..] else {
        bail!(
            "`{}`: write an asset and a change, such as SOL -15%",
            line.trim()
        );
    };
    // Without the sign it might be meant in dollars.
    let number = change.strip_suffix('%');
    let percent = number.and_then(|number| number.parse::<f64>().ok());
    let percent =
        percent.with_context(|| format!("`{change}` is no change in per cent, such as -15%"))?;
    Ok((asset, percent))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        LocalnetArguments::command().debug_assert();
        let refused = |arguments: &[&str]| LocalnetArguments::try_parse_from(arguments).is_err();
        assert!(
            refused(&["localnet", "--from", "2021-05-19"]),
            "only of a recording"
        );
        assert!(refused(&["localnet", "--prices", ".", "--seed", "1"]));
        assert!(refused(&["localnet", "--speed", "0"]));
        assert!(
            refused(&["localnet", "--port", "65535"]),
            "subscriptions need the next port"
        );
        assert!(!refused(&["localnet", "--once", "--json", "--speed", "60"]));
    }

    #[test]
    fn a_typed_move_is_an_asset_and_a_percentage() {
        assert_eq!(parse_move(" SOL -15% ").unwrap(), ("SOL", -15.0));
        assert_eq!(parse_move("btc 3.5%").unwrap(), ("btc", 3.5));
        for (line, words) in [
            ("SOL", "such as SOL -15%"),
            ("SOL lower", "no change in per cent"),
            ("SOL -8", "no change in per cent"),
        ] {
            let error = parse_move(line).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
