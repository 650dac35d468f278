//! Instructions of governance, risk manager and guardian, and of who carries out what they decide.
use super::{build, event_log};
use crate::{ExchangeKeys, address};
use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
    system_program,
};
use freeboard::accounts;
use freeboard::instruction;
use freeboard::instructions::OfferRoleArgs;
use freeboard::instructions::ProposeChangeArgs;
use freeboard::instructions::TightenArgs;
use freeboard::state::{Change, EXCHANGE_TARGET, Role};

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

/// Binds an asset to another feed: the accounts that hold the old feed's price and the new one's.
pub fn migrate_feed(executor: Pubkey, pending: &Pending, feeds: [Pubkey; 2]) -> Instruction {
    let mut instruction = execute_change(executor, pending);
    instruction.accounts.extend(read_only(feeds));
    instruction
}

fn read_only(feeds: [Pubkey; 2]) -> [AccountMeta; 2] {
    feeds.map(|feed| AccountMeta::new_readonly(feed, false))
}

/// Counts a price towards the one that a market is settled at.
pub fn record_settlement_price(exchange: Pubkey, asset: Pubkey, feed: Pubkey) -> Instruction {
    let accounts = accounts::RecordSettlementPrice {
        exchange,
        asset,
        feed,
    };
    build(accounts, instruction::RecordSettlementPrice {}, Vec::new())
}

/// Closes a position of a market that has ended. `with_pool`: where the market's ledger cannot pay it.
pub fn settle_position(
    keys: &ExchangeKeys,
    with_pool: bool,
    asset: Pubkey,
    margin_account: Pubkey,
) -> Instruction {
    let accounts = accounts::SettlePosition {
        exchange: keys.exchange,
        asset,
        margin_account,
        pool: with_pool.then_some(keys.pool),
    };
    build(accounts, instruction::SettlePosition {}, Vec::new())
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

/// Returns the parameters of the exchange, or of the asset with this index.
pub fn view_parameters(exchange: Pubkey, asset_index: Option<u16>) -> Instruction {
    let accounts = accounts::ViewParameters {
        exchange,
        asset: asset_index.map(|index| address::asset(&exchange, index)),
    };
    build(accounts, instruction::ViewParameters {}, Vec::new())
}
