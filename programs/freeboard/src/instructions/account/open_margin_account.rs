//! Opens a margin account: one per owner and sub-account number. An isolated position is a
//! sub-account of its own.
use crate::event_log::tell;
use crate::events::{MarginAccountOpened, Stamp};
use crate::governance::pauses::{self, Operation};
use crate::new_account::NewAccount;
use crate::seeds;
use crate::state::{
    Collateral, Exchange, Load, MAX_COLLATERALS, MAX_POSITIONS, MarginAccount, NO_ASSET, Position,
};
use anchor_lang::prelude::*;

/// Arguments of open_margin_account.
#[derive(Clone, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct OpenMarginAccountArgs {
    /// Sub-account number.
    pub sub_account: u16,
    /// May trade and deposit; the default key for none.
    pub delegate: Pubkey,
}

/// Accounts of open_margin_account.
#[derive(Accounts)]
#[instruction(args: OpenMarginAccountArgs)]
pub struct OpenMarginAccount<'info> {
    /// Pays the rent.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The owner.
    pub owner: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The new margin account.
    /// CHECK: created here, at the address of its seeds.
    #[account(
        mut,
        seeds = [
            seeds::MARGIN,
            exchange.key().as_ref(),
            owner.key().as_ref(),
            args.sub_account.to_le_bytes().as_ref()
        ],
        bump
    )]
    pub margin_account: UncheckedAccount<'info>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

/// See [`crate::freeboard::open_margin_account`].
pub fn handler(ctx: Context<OpenMarginAccount>, args: OpenMarginAccountArgs) -> Result<()> {
    let clock = Clock::get()?;
    let accounts = &ctx.accounts;
    let exchange = accounts.exchange.read()?;
    pauses::require_open(&exchange, Operation::OpenAccount, clock.unix_timestamp)?;
    let (key, owner) = (accounts.exchange.key(), accounts.owner.key());
    let new = NewAccount {
        payer: accounts.payer.as_ref(),
        account: accounts.margin_account.as_ref(),
        seeds: &[
            seeds::MARGIN,
            key.as_ref(),
            owner.as_ref(),
            &args.sub_account.to_le_bytes(),
            &[ctx.bumps.margin_account],
        ],
    };
    let mut account = new.create::<MarginAccount>()?;
    account.exchange = key;
    account.owner = owner;
    account.delegate = args.delegate;
    account.sub_account = args.sub_account;
    account.bump = ctx.bumps.margin_account;
    account.positions = [Position::EMPTY; MAX_POSITIONS];
    account.collaterals = [Collateral::EMPTY; MAX_COLLATERALS];
    account.last_liquidated = NO_ASSET;
    account.begin_numbers(clock.slot)?;
    let sequence = account.next_event();
    tell(&MarginAccountOpened {
        stamp: Stamp::new(accounts.margin_account.key(), sequence, &clock),
        owner: account.owner,
        sub_account: account.sub_account,
        delegate: account.delegate,
    })
}
