//! Changes, assets, feeds, roles, pauses, payouts.
use super::{TokenKeys, build, event_log};
use crate::{ExchangeKeys, address};
use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
    system_program,
};
use freeboard::accounts;
use freeboard::instruction;
use freeboard::instructions::OfferRoleArgs;
use freeboard::instructions::PauseArgs;
use freeboard::instructions::ProposeChangeArgs;
use freeboard::instructions::TightenArgs;
use freeboard::state::{Change, EXCHANGE_TARGET, Role};

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

/// The existing asset that a change names, if it names one.
fn asset_of(exchange: &Pubkey, change: &Change) -> Option<Pubkey> {
    let exists = !matches!(change, Change::Listing { .. });
    (exists && change.target() != EXCHANGE_TARGET)
        .then(|| address::asset(exchange, change.target()))
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
        log: event_log(),
    };
    build(accounts, instruction::ProposeChange { args }, Vec::new())
}

/// Announces another feed for an asset: the account that holds the old feed's price and the new one's.
pub fn propose_feed(
    payer: Pubkey,
    governance: Pubkey,
    exchange: Pubkey,
    args: ProposeChangeArgs,
    feeds: [Pubkey; 2],
) -> Instruction {
    let mut instruction = propose_change(payer, governance, exchange, args);
    instruction.accounts.extend(read_only(feeds));
    instruction
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
        log: event_log(),
    };
    build(accounts, instruction::ExecuteChange { number }, Vec::new())
}

/// Settles an asset whose feed has died; `feed` is where its price was.
pub fn settle_dead_feed(executor: Pubkey, pending: &Pending, feed: Pubkey) -> Instruction {
    let mut instruction = execute_change(executor, pending);
    let meta = AccountMeta::new_readonly(feed, false);
    instruction.accounts.push(meta);
    instruction
}

/// A listing that is carried out.
#[derive(Clone, Copy, Debug)]
pub struct NewAsset {
    /// Pays.
    pub payer: Pubkey,
    /// Who paid for the listing that waits.
    pub proposer: Pubkey,
    /// The exchange.
    pub exchange: Pubkey,
    /// The exchange's asset count: the new asset's index.
    pub index: u16,
    /// An account that holds its price.
    pub feed: Pubkey,
    /// Mint and token program, if the asset is to be collateral.
    pub mint: Option<(Pubkey, Pubkey)>,
}

/// Lists an asset by the change of this number.
pub fn create_asset(new: NewAsset, number: u64) -> Instruction {
    let asset = address::asset(&new.exchange, new.index);
    let accounts = accounts::CreateAsset {
        payer: new.payer,
        exchange: new.exchange,
        pending: address::pending_listing(&new.exchange, new.index),
        proposer: new.proposer,
        asset,
        feed: new.feed,
        mint: new.mint.map(|(mint, _)| mint),
        vault: new
            .mint
            .map(|_| address::collateral_vault(&new.exchange, &asset)),
        token_program: new.mint.map(|(_, program)| program),
        system_program: system_program::ID,
        log: event_log(),
    };
    let asset_index = new.index;
    build(
        accounts,
        instruction::CreateAsset {
            number,
            asset_index,
        },
        Vec::new(),
    )
}

/// Binds an asset to another feed: the accounts that hold the old feed's price and the new one's.
pub fn migrate_feed(executor: Pubkey, pending: &Pending, feeds: [Pubkey; 2]) -> Instruction {
    let mut instruction = execute_change(executor, pending);
    instruction.accounts.extend(read_only(feeds));
    instruction
}

fn read_only(feeds: [Pubkey; 2]) -> [AccountMeta; 2] {
    feeds.map(|feed| AccountMeta::new_readonly(feed, false))
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
        log: event_log(),
    };
    build(accounts, instruction::CancelChange { number }, Vec::new())
}

/// Tightens parameters without delay.
pub fn tighten(authority: Pubkey, exchange: Pubkey, args: TightenArgs) -> Instruction {
    let accounts = accounts::Tighten {
        authority,
        exchange,
        asset: asset_of(&exchange, &args.change),
        log: event_log(),
    };
    build(accounts, instruction::Tighten { args }, Vec::new())
}

/// Offers a role that `holder` holds.
pub fn offer_role(holder: Pubkey, exchange: Pubkey, args: OfferRoleArgs) -> Instruction {
    let accounts = accounts::OfferRole {
        holder,
        exchange,
        log: event_log(),
    };
    build(accounts, instruction::OfferRole { args }, Vec::new())
}

/// Takes over a role that `holder` was offered.
pub fn accept_role(holder: Pubkey, exchange: Pubkey, role: Role) -> Instruction {
    let accounts = accounts::AcceptRole {
        holder,
        exchange,
        log: event_log(),
    };
    build(accounts, instruction::AcceptRole { role }, Vec::new())
}

/// Pauses an operation, or ends its pause where the duration is 0.
pub fn pause(exchange: Pubkey, authority: Pubkey, args: PauseArgs) -> Instruction {
    let accounts = accounts::Pause {
        authority,
        exchange,
        log: event_log(),
    };
    build(accounts, instruction::Pause { args }, Vec::new())
}

/// Pays out fees of the protocol, where `token` is the quote token, or collateral of the insurance fund.
pub fn pay_out(
    keys: &ExchangeKeys,
    token: &TokenKeys,
    recipient: Pubkey,
    destination: Pubkey,
    amount_atoms: u64,
) -> Instruction {
    let accounts = accounts::PayOut {
        recipient,
        exchange: keys.exchange,
        pool: keys.pool,
        asset: token.asset,
        mint: token.mint,
        vault: token.vault,
        destination,
        token_program: token.program,
        log: event_log(),
    };
    build(accounts, instruction::PayOut { amount_atoms }, Vec::new())
}
