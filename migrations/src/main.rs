//! `freeboard-deploy`: a plan for a cluster, then its steps. The library does the work; here it is asked, shown and told.
mod cli;

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    let as_json = arguments.as_json();
    match cli::dispatch(arguments).await {
        Ok(code) => code,
        Err(error) if as_json => {
            println!("{}", cli::envelope(Err(format!("{error:#}"))));
            ExitCode::from(cli::FAILED)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(cli::FAILED)
        }
    }
}
