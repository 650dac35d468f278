//! Instructions of governance, risk manager and guardian, and of who carries out what they decide.
use super::build;
use crate::address;
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction, system_program};
use freeboard::{
    accounts, instruction,
    instructions::{OfferRoleArgs, ProposeChangeArgs, TightenArgs},
    state::{Change, EXCHANGE_TARGET, Role},
};

/// The existing asset that a change names, if it names one.
fn asset_of(exchange: &Pubkey, change: &Change) -> Option<Pubkey> {
    let exists = !matches!(change, Change::Listing { .. });
    (exists && change.target() != EXCHANGE_TARGET)
        .then(|| address::asset(exchange, change.target()))
}

/// A change that waits, as its account says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The exchange.
    pub exchange: Pubkey,
    /// Its number.
    pub number: u64,
    /// Who paid for its account.
    pub payer: Pubkey,
    /// What it does.
    pub change: Change,
}

/// Announces a change.
pub fn propose_change(
    payer: Pubkey,
    governance: Pubkey,
    exchange: Pubkey,
    args: ProposeChangeArgs,
) -> Instruction {
    let accounts = accounts::ProposeChange {
        payer,
        governance,
        exchange,
        asset: asset_of(&exchange, &args.change),
        pending: address::pending_change(&exchange, &args.change),
        system_program: system_program::ID,
    };
    build(accounts, instruction::ProposeChange { args }, Vec::new())
}

/// Carries out a change whose timelock has passed.
pub fn execute_change(executor: Pubkey, pending: &Pending) -> Instruction {
    let Pending {
        exchange, number, ..
    } = *pending;
    let accounts = accounts::ExecuteChange {
        executor,
        exchange,
        asset: asset_of(&exchange, &pending.change),
        pending: address::pending_change(&exchange, &pending.change),
        payer: pending.payer,
    };
    build(accounts, instruction::ExecuteChange { number }, Vec::new())
}

/// Takes a change back.
pub fn cancel_change(authority: Pubkey, pending: &Pending) -> Instruction {
    let Pending {
        exchange, number, ..
    } = *pending;
    let accounts = accounts::CancelChange {
        authority,
        exchange,
        pending: address::pending_change(&exchange, &pending.change),
        payer: pending.payer,
    };
    build(accounts, instruction::CancelChange { number }, Vec::new())
}

/// Tightens parameters without delay.
pub fn tighten(authority: Pubkey, exchange: Pubkey, args: TightenArgs) -> Instruction {
    let accounts = accounts::Tighten {
        authority,
        exchange,
        asset: asset_of(&exchange, &args.change),
    };
    build(accounts, instruction::Tighten { args }, Vec::new())
}

/// Offers a role that `holder` holds.
pub fn offer_role(holder: Pubkey, exchange: Pubkey, args: OfferRoleArgs) -> Instruction {
    let accounts = accounts::OfferRole { holder, exchange };
    build(accounts, instruction::OfferRole { args }, Vec::new())
}

/// Takes over a role that `holder` was offered.
pub fn accept_role(holder: Pubkey, exchange: Pubkey, role: Role) -> Instruction {
    let accounts = accounts::AcceptRole { holder, exchange };
    build(accounts, instruction::AcceptRole { role }, Vec::new())
}

/// Returns the parameters of the exchange, or of the asset with this index.
pub fn view_parameters(exchange: Pubkey, asset_index: Option<u16>) -> Instruction {
    let accounts = accounts::ViewParameters {
        exchange,
        asset: asset_index.map(|index| address::asset(&exchange, index)),
    };
    build(accounts, instruction::ViewParameters {}, Vec::new())
}
