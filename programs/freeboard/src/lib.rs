//! Freeboard: margin accounts, positions and risk parameters on chain; a margin that follows
//! volatility; liquidation open to anyone. This file is the table of contents: each instruction
//! delegates to a file of its name in `instructions/`.
#![allow(unexpected_cfgs)] // cfgs of Anchor's macros
#![allow(clippy::result_large_err)] // anchor_lang::error::Error

pub mod arrange;
pub mod books;
pub mod endings;
pub mod error;
pub mod event_log;
pub mod events;
pub mod governance;
pub mod instructions;
mod load;
mod new_account;
pub mod oracle;
pub mod seeds;
pub mod state;

use anchor_lang::prelude::*;
use event_log::*;
use instructions::*;
use state::{Role, atoms};

declare_id!("ADLm4ToPjGCKRyfFG9y5rYN3sS3o9ABGPYqujbm8ARNa");

#[cfg(not(feature = "no-entrypoint"))]
solana_security_txt::security_txt! {
    name: "Freeboard",
    project_url: "private", // no site yet
    contacts: "other:see SECURITY.md of the source",
    policy: "Report a vulnerability privately before you publish it: SECURITY.md of the source.",
    preferred_languages: "en"
}

/// The instructions: those of traders and liquidators first, because each that is asked for is compared with all before
/// it.
#[program]
pub mod freeboard {
    use super::*;

    /// Opens, increases, reduces, flips or closes a position against the pool. Owner or delegate.
    pub fn trade<'info>(ctx: Context<'info, Trade<'info>>, args: TradeArgs) -> Result<()> {
        instructions::trading::trade::handler(ctx, args)
    }

    /// Fills an order at a price published after it. Anyone, who is paid for it where a margin account is named.
    pub fn fill_order<'info>(ctx: Context<'info, FillOrder<'info>>, order_id: u64) -> Result<()> {
        instructions::trading::fill_order::handler(ctx, order_id)
    }

    /// Stores an order that anyone fills at a later price. Owner or delegate.
    pub fn request_order(ctx: Context<RequestOrder>, args: RequestOrderArgs) -> Result<()> {
        instructions::trading::request_order::handler(ctx, args)
    }

    /// Takes an order back. Owner or delegate.
    pub fn cancel_order(ctx: Context<CancelOrder>, order_id: u64) -> Result<()> {
        instructions::trading::cancel_order::handler(ctx, order_id)
    }

    /// Closes part of a position of an unhealthy account. Anyone with a margin account.
    pub fn liquidate<'info>(
        ctx: Context<'info, Liquidate<'info>>,
        args: LiquidateArgs,
    ) -> Result<()> {
        instructions::liquidation::liquidate::handler(ctx, args)
    }

    /// Closes the same part of the margin accounts that the remaining accounts begin with; returns of which, bit n for
    /// account n. What is wrong with one stops none of the others. Anyone with a margin account.
    pub fn liquidate_several<'info>(
        ctx: Context<'info, LiquidateSeveral<'info>>,
        args: LiquidateArgs,
        accounts: u8,
    ) -> Result<u64> {
        instructions::liquidation::liquidate_several::handler(ctx, args, accounts)
    }

    /// Marks an account as below maintenance margin, renews the mark or clears it; notes a margin call, or its end. Anyone.
    pub fn flag<'info>(ctx: Context<'info, Flag<'info>>) -> Result<()> {
        instructions::liquidation::flag::handler(ctx)
    }

    /// The same for the margin accounts that the remaining accounts begin with; returns for which, bit n for account n.
    /// What is wrong with one stops none of the others. Anyone.
    pub fn flag_several<'info>(
        ctx: Context<'info, FlagSeveral<'info>>,
        accounts: u8,
    ) -> Result<u64> {
        instructions::liquidation::flag_several::handler(ctx, accounts)
    }

    /// Returns the margin report of an account. Anyone.
    pub fn view_margin<'info>(ctx: Context<'info, ViewMargin<'info>>) -> Result<MarginReport> {
        instructions::views::view_margin::handler(ctx)
    }

    /// Returns what a trade would do. Anyone.
    pub fn preview_trade<'info>(
        ctx: Context<'info, PreviewTrade<'info>>,
        args: TradeArgs,
    ) -> Result<TradePreview> {
        instructions::views::preview_trade::handler(ctx, args)
    }

    /// Returns what a liquidation would do, and the liquidation price. Anyone.
    pub fn preview_liquidation<'info>(
        ctx: Context<'info, PreviewLiquidation<'info>>,
        args: PreviewLiquidationArgs,
    ) -> Result<LiquidationPreview> {
        instructions::views::preview_liquidation::handler(ctx, args)
    }

    /// Takes a volatility sample. Anyone, who is paid for it where a margin account is named.
    pub fn sample_volatility(ctx: Context<SampleVolatility>) -> Result<()> {
        instructions::trading::sample_volatility::handler(ctx)
    }

    /// Deposits quote or collateral into a margin account; needs no price. `u64::MAX` of quote repays the loan. Owner or
    /// delegate. Without a margin account: pays quote into the pool. Governance.
    pub fn deposit<'info>(ctx: Context<'info, Deposit<'info>>, amount_atoms: u64) -> Result<()> {
        instructions::account::deposit::handler(ctx, amount_atoms)
    }

    /// Withdraws quote or collateral, `u64::MAX` for all of it, leaving the initial margin met. Owner.
    pub fn withdraw<'info>(ctx: Context<'info, Withdraw<'info>>, amount_atoms: u64) -> Result<()> {
        instructions::account::withdraw::handler(ctx, amount_atoms)
    }

    /// Withdraws quote beyond the balance, as a loan of the pool. Owner.
    pub fn borrow<'info>(
        ctx: Context<'info, QuoteWithdrawal<'info>>,
        amount_atoms: u64,
    ) -> Result<()> {
        instructions::account::borrow::handler(ctx, amount_atoms)
    }

    /// Withdraws quote at the share that the vault can pay to all. Owner, while there is a deficit.
    pub fn withdraw_pro_rata<'info>(
        ctx: Context<'info, QuoteWithdrawal<'info>>,
        args: WithdrawProRataArgs,
    ) -> Result<()> {
        instructions::account::withdraw_pro_rata::handler(ctx, args)
    }

    /// Opens a margin account. Its owner.
    pub fn open_margin_account(
        ctx: Context<OpenMarginAccount>,
        args: OpenMarginAccountArgs,
    ) -> Result<()> {
        instructions::account::open_margin_account::handler(ctx, args)
    }

    /// Closes an empty margin account. Its owner.
    pub fn close_margin_account(ctx: Context<CloseMarginAccount>) -> Result<()> {
        instructions::account::close_margin_account::handler(ctx)
    }

    /// Replaces the delegate of a margin account. Its owner.
    pub fn set_delegate(ctx: Context<SetDelegate>, delegate: Pubkey) -> Result<()> {
        instructions::account::set_delegate::handler(ctx, delegate)
    }

    /// Moves all ledgers into the pool and renews allocations, deficit and borrow rate. Without the exchange: sweeps
    /// single assets, their ledgers and allocations alone. Anyone.
    pub fn rebalance_pool<'info>(ctx: Context<'info, RebalancePool<'info>>) -> Result<()> {
        instructions::liquidity::rebalance_pool::handler(ctx)
    }

    /// Realises a position's loss while the pool lacks free cash. Anyone.
    pub fn settle_loss<'info>(
        ctx: Context<'info, AccountAndPool<'info>>,
        asset_index: u16,
    ) -> Result<()> {
        instructions::losses::settle_loss::handler(ctx, asset_index)
    }

    /// Pays the loan of an account that has nothing else, from insurance and pool. Anyone.
    pub fn resolve_bankruptcy<'info>(ctx: Context<'info, AccountAndPool<'info>>) -> Result<()> {
        instructions::losses::resolve_bankruptcy::handler(ctx)
    }

    /// Closes a winning position while there is a deficit. Anyone.
    pub fn deleverage<'info>(
        ctx: Context<'info, AccountAndPool<'info>>,
        args: DeleverageArgs,
    ) -> Result<()> {
        instructions::losses::deleverage::handler(ctx, args)
    }

    /// Asks to deposit into the pool or to redeem shares. An LP.
    pub fn request_liquidity(
        ctx: Context<RequestLiquidity>,
        args: RequestLiquidityArgs,
    ) -> Result<()> {
        instructions::liquidity::request_liquidity::handler(ctx, args)
    }

    /// Executes an LP request whose delay has passed, a redemption as far as it leaves the markets what they need. The LP
    /// or its executor; anyone in the last hours of its window.
    pub fn execute_liquidity<'info>(ctx: Context<'info, ExecuteLiquidity<'info>>) -> Result<()> {
        instructions::liquidity::execute_liquidity::handler(ctx)
    }

    /// Hands over what an LP request holds. The LP; anyone once it has expired or been executed.
    pub fn cancel_liquidity(ctx: Context<CancelLiquidity>) -> Result<()> {
        instructions::liquidity::cancel_liquidity::handler(ctx)
    }

    /// Pays out fees of the protocol, or collateral of the insurance fund. The recipient that governance has named.
    pub fn pay_out(ctx: Context<PayOut>, amount_atoms: u64) -> Result<()> {
        instructions::governance::pay_out::handler(ctx, amount_atoms)
    }

    /// Counts a price towards the one that a market is settled at, and ends it when that is known. Anyone.
    pub fn record_settlement_price(ctx: Context<RecordSettlementPrice>) -> Result<()> {
        instructions::endings::record_settlement_price::handler(ctx)
    }

    /// Closes a position of a market that has ended, at its settlement price. Anyone.
    pub fn settle_position(ctx: Context<SettlePosition>) -> Result<()> {
        instructions::endings::settle_position::handler(ctx)
    }

    /// Lets an asset take note of a price in its feed, of whatever quality. Anyone.
    pub fn show_price(ctx: Context<ShowPrice>) -> Result<()> {
        instructions::liquidation::show_price::handler(ctx)
    }

    /// Shows an update of the index of an asset's implied volatility, which may raise what new risk is asked for. Anyone.
    pub fn show_implied_volatility(ctx: Context<ShowImpliedVolatility>) -> Result<()> {
        instructions::trading::show_implied_volatility::handler(ctx)
    }

    /// Announces that an asset's feed is absent. Anyone; any newer price refutes it.
    pub fn announce_absence(ctx: Context<AnnounceAbsence>) -> Result<()> {
        instructions::liquidation::announce_absence::handler(ctx)
    }

    /// Creates an exchange with its quote vault, its pool and the mint of the pool's shares. Anyone may; roles are arguments.
    pub fn initialize_exchange(
        ctx: Context<InitializeExchange>,
        args: InitializeExchangeArgs,
    ) -> Result<()> {
        instructions::setup::initialize_exchange::handler(ctx, args)
    }

    /// Announces a change, which waits for the timelock. Governance.
    pub fn propose_change(ctx: Context<ProposeChange>, args: ProposeChangeArgs) -> Result<()> {
        instructions::governance::propose_change::handler(ctx, args)
    }

    /// Carries out a change whose timelock has passed, another feed of an asset too. Anyone.
    pub fn execute_change(ctx: Context<ExecuteChange>, number: u64) -> Result<()> {
        instructions::governance::execute_change::handler(ctx, number)
    }

    /// Lists an asset whose timelock has passed, under the index that was proposed. Anyone.
    pub fn create_asset(ctx: Context<CreateAsset>, number: u64, asset_index: u16) -> Result<()> {
        instructions::governance::create_asset::handler(ctx, number, asset_index)
    }

    /// Takes a change back. Governance or guardian; anyone once it has expired, or by showing alive the feed that
    /// it takes for dead.
    pub fn cancel_change<'info>(
        ctx: Context<'info, CancelChange<'info>>,
        number: u64,
    ) -> Result<()> {
        instructions::governance::cancel_change::handler(ctx, number)
    }

    /// Tightens parameters without delay. Risk manager; a longer timelock governance.
    pub fn tighten(ctx: Context<Tighten>, args: TightenArgs) -> Result<()> {
        instructions::governance::tighten::handler(ctx, args)
    }

    /// Returns the parameters of the exchange or an asset, target and effective. Anyone.
    pub fn view_parameters(ctx: Context<ViewParameters>) -> Result<Parameters> {
        instructions::views::view_parameters::handler(ctx)
    }

    /// Offers a role to another holder. Who holds it.
    pub fn offer_role(ctx: Context<OfferRole>, args: OfferRoleArgs) -> Result<()> {
        instructions::governance::offer_role::handler(ctx, args)
    }

    /// Takes over a role. Who was offered it.
    pub fn accept_role(ctx: Context<AcceptRole>, role: Role) -> Result<()> {
        instructions::governance::accept_role::handler(ctx, role)
    }

    /// Pauses an operation for a limited time, or ends its pause early. Guardian or governance.
    pub fn pause(ctx: Context<Pause>, args: PauseArgs) -> Result<()> {
        instructions::governance::pause::handler(ctx, args)
    }

    /// Holds an event that the program tells by a call to itself; does nothing else. The program.
    #[instruction(discriminator = EVENT_TAG)]
    pub fn record_event(_ctx: Context<RecordEvent>) -> Result<()> {
        Ok(())
    }
}
