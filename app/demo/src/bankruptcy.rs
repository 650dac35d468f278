//! Closes the books of accounts that have nothing left but a debt, and takes down who pays.
use anyhow::Result;
use freeboard_sandbox::client::events::Event;
use freeboard_sandbox::{Trader, World};

use crate::recorder::Recorder;
use crate::report::Bankruptcy;

/// Whether an account owes quote and has nothing to pay it with.
pub fn is_due(world: &World, trader: &Trader) -> bool {
    let account = world.state_of(trader);
    account.quote_atoms < 0 && !account.has_positions() && !account.has_collaterals()
}

/// Lets the insurance fund, then the pool pay.
pub fn resolve(
    world: &mut World,
    recorder: &mut Recorder,
    trader: &Trader,
    account: usize,
) -> Result<()> {
    let sent = world.resolve_bankruptcy(trader);
    let meta = recorder.done("the end of a bankrupt account", sent, world)?;
    for event in meta.events() {
        if let Event::BankruptcyResolved(event) = event {
            recorder.bankruptcy(Bankruptcy {
                elapsed_secs: 0,
                account,
                loss_atoms: event.loss_atoms,
                by_insurance_atoms: event.by_insurance_atoms,
                by_pool_atoms: event.by_pool_atoms,
                deficit_atoms: event.deficit_atoms,
            });
        }
    }
    Ok(())
}
