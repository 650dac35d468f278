//! The table: every instruction, who may call it, with which error anybody else is refused, and a call that is
//! right in every other respect.
//!
//! A new instruction needs one entry for each thing that it does: who may, who else signs, the scene it plays in, the pause that stops it, and
//! the call as somebody would make it.
use super::{
    calls,
    cast::{Cast, Who, bankrupt, deficit, poor, requested, unwell, well},
};
use Caller::{Anyone, Held, Own};
use anchor_lang::solana_program::instruction::Instruction;
use freeboard::error::FreeboardError;
use freeboard::governance::pauses::Operation;

/// Who may call an instruction.
pub enum Caller {
    /// Those who hold something: this account signs, these may be it, anybody else gets this error.
    Held(&'static str, &'static [Who], FreeboardError),
    /// Anybody, for what is his own: this account signs, and its address is part of what the call creates.
    Own(&'static str),
    /// Anybody.
    Anyone,
}

/// A line of the table.
pub struct Entry {
    /// The instruction, and behind a colon what it does here, if it does several things.
    pub name: &'static str,
    /// Who may call it.
    pub caller: Caller,
    /// Accounts that sign only to pay, or to be named as who did it.
    pub payers: &'static [&'static str],
    /// Where it can be called.
    pub scene: fn() -> Cast,
    /// The pause that stops this call; none if nothing can.
    pub gate: Option<Operation>,
    /// The call, by this one.
    pub call: fn(&mut Cast, Who) -> Instruction,
}

const GOVERNANCE: &[Who] = &[Who::Governance];
const GUARDIANS: &[Who] = &[Who::Governance, Who::Guardian];
const RISK_MANAGER: &[Who] = &[Who::RiskManager];
const OWNER: &[Who] = &[Who::Owner];
const OWNER_OR_DELEGATE: &[Who] = &[Who::Owner, Who::Delegate];

/// Every instruction, in the order of `lib.rs`.
pub fn table() -> Vec<Entry> {
    use FreeboardError::*;
    use Operation::*;
    let by_owner = || Held("owner", OWNER, NotOwner);
    let by_authority = || Held("authority", OWNER_OR_DELEGATE, NotOwnerOrDelegate);
    let by_guardians = || Held("authority", GUARDIANS, NotGuardian);
    #[rustfmt::skip] // one line each
    let lines: [Line; 48] = [
        ("initialize_exchange", Own("creator"), &[], well, None, calls::initialize_exchange),
        ("propose_change", Held("governance", GOVERNANCE, NotGovernance), &["payer"], well, None, calls::propose_change),
        ("execute_change", Anyone, &["executor"], well, None, calls::execute_change),
        ("cancel_change", by_guardians(), &[], well, None, calls::cancel_change),
        ("tighten", Held("authority", RISK_MANAGER, NotRiskManager), &[], well, None, calls::tighten),
        ("offer_role", Held("holder", &[Who::Guardian], NotRoleHolder), &[], well, None, calls::offer_role),
        ("accept_role", Held("holder", &[Who::Offered], NotOfferedRole), &[], well, None, calls::accept_role),
        ("create_asset", Anyone, &["payer"], well, Some(CreateAsset), calls::create_asset),
        ("execute_change: another feed", Anyone, &["executor"], well, None, calls::migrate_feed),
        ("record_settlement_price", Anyone, &[], well, None, calls::record_settlement_price),
        ("settle_position", Anyone, &[], well, None, calls::settle_position),
        ("open_margin_account", Own("owner"), &["payer"], well, Some(OpenAccount), calls::open_margin_account),
        ("close_margin_account", by_owner(), &[], well, None, calls::close_margin_account),
        ("set_delegate", by_owner(), &[], well, None, calls::set_delegate),
        ("deposit", by_authority(), &[], well, Some(Deposit), calls::deposit),
        ("withdraw", by_owner(), &[], well, Some(Withdraw), calls::withdraw),
        ("trade", by_authority(), &[], well, Some(Increase), calls::trade),
        ("request_order", by_authority(), &[], well, Some(Increase), calls::request_order),
        ("cancel_order", by_authority(), &[], well, None, calls::cancel_order),
        ("fill_order", Anyone, &[], well, Some(Increase), calls::fill_order),
        ("sample_volatility", Anyone, &[], well, Some(Sample), calls::sample_volatility),
        ("fill_order: for a reward", Anyone, &[], well, Some(Increase), calls::fill_order_for_a_reward),
        ("sample_volatility: for a reward", Anyone, &[], well, Some(Sample), calls::sample_for_a_reward),
        ("show_price", Anyone, &[], well, None, calls::show_price),
        ("show_implied_volatility", Anyone, &[], well, Some(Sample), calls::show_implied_volatility),
        ("announce_absence", Anyone, &[], well, None, calls::announce_absence),
        ("view_margin", Anyone, &[], well, None, calls::view_margin),
        ("view_parameters", Anyone, &[], well, None, calls::view_parameters),
        ("preview_trade", Anyone, &[], well, Some(Increase), calls::preview_trade),
        ("preview_liquidation", Anyone, &[], unwell, None, calls::preview_liquidation),
        ("flag", Anyone, &[], unwell, Some(Liquidate), calls::flag),
        ("liquidate", Held("liquidator", &[Who::Liquidator, Who::LiquidatorDelegate], NotOwnerOrDelegate), &[], unwell, Some(Liquidate), calls::liquidate),
        ("flag_several", Anyone, &[], unwell, Some(Liquidate), calls::flag_several),
        ("liquidate_several", Held("liquidator", &[Who::Liquidator, Who::LiquidatorDelegate], NotOwnerOrDelegate), &[], unwell, Some(Liquidate), calls::liquidate_several),
        ("deposit: into the pool", Held("authority", GOVERNANCE, NotGovernance), &[], well, None, calls::fund_pool),
        ("rebalance_pool: a sweep", Anyone, &[], well, None, calls::sweep_pool),
        ("rebalance_pool", Anyone, &[], well, None, calls::rebalance_pool),
        ("request_liquidity", Own("owner"), &[], well, Some(DepositLiquidity), calls::request_liquidity),
        ("execute_liquidity", Held("authority", &[Who::Lp], NotExecutor), &[], requested, Some(DepositLiquidity), calls::execute_liquidity),
        ("cancel_liquidity", Held("authority", &[Who::Lp], RequestNotExpired), &[], requested, None, calls::cancel_liquidity),
        ("settle_loss", Anyone, &[], poor, None, calls::settle_loss),
        ("resolve_bankruptcy", Anyone, &[], bankrupt, None, calls::resolve_bankruptcy),
        ("deleverage", Anyone, &[], deficit, Some(Liquidate), calls::deleverage),
        ("borrow", by_owner(), &[], well, Some(Withdraw), calls::borrow),
        ("withdraw_pro_rata", by_owner(), &[], deficit, Some(Withdraw), calls::withdraw_pro_rata),
        ("pay_out", Held("recipient", &[Who::Recipient], NotPayoutRecipient), &[], well, Some(Withdraw), calls::pay_out),
        ("pause", by_guardians(), &[], well, None, calls::pause),
        ("pause: its end", by_guardians(), &[], well, None, calls::unpause),
    ];
    lines.into_iter().map(Entry::from).collect()
}

type Line = (
    &'static str,
    Caller,
    &'static [&'static str],
    fn() -> Cast,
    Option<Operation>,
    fn(&mut Cast, Who) -> Instruction,
);

impl From<Line> for Entry {
    fn from((name, caller, payers, scene, gate, call): Line) -> Self {
        Self {
            name,
            caller,
            payers,
            scene,
            gate,
            call,
        }
    }
}
