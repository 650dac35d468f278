//! How another program asks Freeboard before it acts: the margin report, what a trade would do and what a
//! liquidation would do, by CPI and return data. An example to copy, and what the tests call.
use anchor_lang::{
    prelude::*,
    solana_program::{instruction::Instruction, program::invoke_signed},
};
use freeboard::cpi::{self, accounts as freeboard_accounts};
use freeboard::instructions::Closing;
use freeboard::instructions::PreviewLiquidationArgs;
use freeboard::instructions::TradeArgs;
use freeboard::program::Freeboard;

declare_id!("2XAfewS5NWNL52Ref8Csh1awVuy8w1Wuf1sZMvVBAMUv");

/// Seed of the address that the council signs with.
pub const COUNCIL_SEED: &[u8] = b"council";

/// Refusals of the example.
#[error_code]
pub enum CallerError {
    /// The account has less free collateral than the caller asked for.
    #[msg("The account has too little free collateral.")]
    TooLittleFreeCollateral,
}

/// The example.
#[program]
pub mod caller {
    use super::*;

    /// Goes on only if the account has this much free collateral, quote atoms. A vault or a lending market
    /// would do its own work after this line.
    pub fn require_free_collateral<'info>(
        ctx: Context<'info, Ask<'info>>,
        least_atoms: i64,
    ) -> Result<()> {
        let accounts = freeboard_accounts::ViewMargin {
            exchange: ctx.accounts.exchange.to_account_info(),
            margin_account: ctx.accounts.margin_account.to_account_info(),
        };
        let report = cpi::view_margin(ctx.accounts.call(accounts, ctx.remaining_accounts))?.get();
        require!(
            report.free_collateral_atoms >= least_atoms,
            CallerError::TooLittleFreeCollateral
        );
        msg!("free collateral: {}", report.free_collateral_atoms);
        Ok(())
    }

    /// Logs what a trade would cost, and what its margin would be.
    pub fn quote_trade<'info>(ctx: Context<'info, Ask<'info>>, args: TradeArgs) -> Result<()> {
        let accounts = freeboard_accounts::PreviewTrade {
            exchange: ctx.accounts.exchange.to_account_info(),
            margin_account: ctx.accounts.margin_account.to_account_info(),
        };
        let call = ctx.accounts.call(accounts, ctx.remaining_accounts);
        let preview = cpi::preview_trade(call, args)?.get();
        msg!(
            "notional: {} fee: {} margin: {} equity: {}",
            preview.fill_notional_atoms,
            preview.fee_atoms,
            preview.requirement.margin_atoms,
            preview.requirement.equity_atoms
        );
        Ok(())
    }

    /// Sends an instruction to Freeboard with the council's signature: what a multisig does once enough of its
    /// members have agreed. This one asks nobody, so it holds roles in tests only.
    pub fn act_as_council<'info>(ctx: Context<'info, Council<'info>>, data: Vec<u8>) -> Result<()> {
        let council = ctx.accounts.council.key();
        let metas = ctx.remaining_accounts.iter().map(|account| AccountMeta {
            pubkey: account.key(),
            is_signer: account.is_signer || account.key() == council,
            is_writable: account.is_writable,
        });
        let instruction = Instruction {
            program_id: ctx.accounts.freeboard.key(),
            accounts: metas.collect(),
            data,
        };
        let seeds: &[&[u8]] = &[COUNCIL_SEED, &[ctx.bumps.council]];
        invoke_signed(&instruction, ctx.remaining_accounts, &[seeds])?;
        Ok(())
    }

    /// Logs what a bot would earn by closing a position against the pool, and from which price on.
    pub fn quote_liquidation<'info>(
        ctx: Context<'info, Ask<'info>>,
        asset_index: u16,
    ) -> Result<()> {
        let accounts = freeboard_accounts::PreviewLiquidation {
            exchange: ctx.accounts.exchange.to_account_info(),
            margin_account: ctx.accounts.margin_account.to_account_info(),
        };
        let args = PreviewLiquidationArgs {
            asset_index,
            closing: Closing::PositionByPool,
        };
        let call = ctx.accounts.call(accounts, ctx.remaining_accounts);
        let preview = cpi::preview_liquidation(call, args)?.get();
        msg!(
            "size: {} profit: {} liquidation price: {}",
            preview.size_atoms,
            preview.profit_atoms,
            preview.liquidation_price_e12
        );
        Ok(())
    }
}

/// A council that signs for an instruction of Freeboard. Remaining accounts: those of the instruction.
#[derive(Accounts)]
pub struct Council<'info> {
    /// CHECK: only an address that this program signs for.
    #[account(seeds = [COUNCIL_SEED], bump)]
    pub council: UncheckedAccount<'info>,
    /// Freeboard.
    pub freeboard: Program<'info, Freeboard>,
}

/// What every question needs. Remaining accounts: the margin account's assets and feeds in slot order.
#[derive(Accounts)]
pub struct Ask<'info> {
    /// CHECK: Freeboard checks it.
    pub exchange: UncheckedAccount<'info>,
    /// CHECK: Freeboard checks it.
    pub margin_account: UncheckedAccount<'info>,
    /// Freeboard.
    pub freeboard: Program<'info, Freeboard>,
}

impl<'info> Ask<'info> {
    /// A call of Freeboard with these accounts and the assets.
    fn call<T: ToAccountMetas + ToAccountInfos<'info>>(
        &self,
        accounts: T,
        assets: &[AccountInfo<'info>],
    ) -> CpiContext<'_, '_, '_, 'info, T> {
        CpiContext::new(self.freeboard.key(), accounts).with_remaining_accounts(assets.to_vec())
    }
}
