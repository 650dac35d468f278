//! Pays out what belongs to neither traders nor LPs: the protocol's fees, as quote, and the insurance fund's collateral,
//! in kind. To whom and how much in any 24 hours governance decides, by a change that waits like any other.
use crate::error::{FreeboardError, OrRaise, OrRefuse, ensure};
use crate::event_log::*;
use crate::events::{PaidOut, Stamp};
use crate::governance::pauses::{self, Operation};
use crate::instructions::account::transfer::{Transfer, Vault};
use crate::state::{Asset, Exchange, Load, NO_ASSET, Pool};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use freeboard_risk::number::atoms::BaseAtoms;

/// Accounts of pay_out.
#[derive(Accounts)]
pub struct PayOut<'info> {
    /// Whom the exchange pays out to.
    pub recipient: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its pool, which must be able to pay what it owes.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub pool: AccountLoader<'info, Pool>,
    /// The asset whose collateral it is; none for fees.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub asset: Option<AccountLoader<'info, Asset>>,
    /// The token.
    pub mint: InterfaceAccount<'info, Mint>,
    /// The vault of the exchange or of the asset.
    #[account(mut)]
    pub vault: InterfaceAccount<'info, TokenAccount>,
    /// Where the tokens go; the recipient chooses.
    #[account(mut)]
    pub destination: InterfaceAccount<'info, TokenAccount>,
    /// The program of the mint.
    pub token_program: Interface<'info, TokenInterface>,
    /// Where its event goes.
    pub log: EventLog<'info>,
}

/// See [`crate::freeboard::pay_out`].
pub fn handler(ctx: Context<PayOut>, amount_atoms: u64) -> Result<()> {
    let clock = Clock::get()?;
    let accounts = &ctx.accounts;
    let signer = accounts.check(amount_atoms, clock.unix_timestamp)?;
    let taken = accounts.take(amount_atoms, clock.unix_timestamp)?;
    let counted = accounts.count(taken.value_atoms, clock.unix_timestamp)?;
    Transfer {
        program: &accounts.token_program,
        mint: &accounts.mint,
        from: &accounts.vault,
        to: accounts.destination.to_account_info(),
        authority: accounts.exchange.to_account_info(),
    }
    .by_exchange(amount_atoms, &signer.creator, signer.bump)?;
    accounts.log.tell(&PaidOut {
        stamp: Stamp::new(accounts.pool.key(), counted.sequence, &clock),
        recipient: accounts.recipient.key(),
        asset_index: taken.asset_index,
        amount_atoms,
        value_atoms: taken.value_atoms,
        left_atoms: counted.left_atoms,
    })
}

/// What the exchange signs with.
struct PayoutSigner {
    creator: Pubkey,
    bump: u8,
}

/// A payout as its cap counts it.
struct CountedPayout {
    /// Number of its event.
    sequence: u64,
    /// What is left of the cap, quote atoms.
    left_atoms: u64,
}

/// What left the books.
struct TakenPayout {
    /// The asset, or [`NO_ASSET`] for fees.
    asset_index: u16,
    /// What it is worth, quote atoms, up: collateral at its recorded price.
    value_atoms: u64,
}

impl PayOut<'_> {
    /// The recipient asks, withdrawals are open, everybody else could be paid, and the token accounts are the
    /// exchange's. Returns what the exchange signs with.
    ///
    /// Errors: `AmountZero`, `NotPayoutRecipient`, `OperationPaused`, `PoolDeficit`, `MintMismatch`, `VaultMismatch`.
    fn check(&self, amount_atoms: u64, now: i64) -> Result<PayoutSigner> {
        ensure(amount_atoms > 0, FreeboardError::AmountZero)?;
        let exchange = self.exchange.read()?;
        ensure(
            self.recipient.key() == exchange.payout_recipient,
            FreeboardError::NotPayoutRecipient,
        )?;
        pauses::require_open(&exchange, Operation::Withdraw, now)?;
        self.pool.read()?.require_solvent()?;
        Vault::new(&exchange, self.asset.as_ref())?.require(&self.mint, &self.vault)?;
        Ok(PayoutSigner {
            creator: exchange.creator,
            bump: exchange.bump,
        })
    }

    /// Takes it out of the books.
    ///
    /// Errors: `PayoutTooLarge`, `Overflow`.
    fn take(&self, amount_atoms: u64, now: i64) -> Result<TakenPayout> {
        let Some(asset) = &self.asset else {
            let ledger = &mut self.pool.write()?.ledger;
            let left = ledger.fees_atoms.checked_sub(crate::atoms(amount_atoms)?);
            ledger.fees_atoms = left
                .filter(|left| *left >= 0)
                .or_raise(FreeboardError::PayoutTooLarge)?;
            return Ok(TakenPayout {
                asset_index: NO_ASSET,
                value_atoms: amount_atoms,
            });
        };
        let mut asset = asset.write()?;
        asset.pay_out_collateral(amount_atoms, now)?;
        let worth = asset
            .priced(asset.recorded.price())
            .notional_ceil(BaseAtoms::new(amount_atoms));
        Ok(TakenPayout {
            asset_index: asset.index,
            value_atoms: worth.or_refuse()?.get(),
        })
    }

    /// Counts it against the cap of 24 hours.
    ///
    /// Errors: `PayoutCapExceeded`.
    fn count(&self, value_atoms: u64, now: i64) -> Result<CountedPayout> {
        let cap_atoms = self.exchange.read()?.payout_cap_quote_atoms;
        let mut pool = self.pool.write()?;
        let mut window = pool.payout_window();
        let left = window.left(now, cap_atoms).checked_sub(value_atoms);
        let left = left.or_raise(FreeboardError::PayoutCapExceeded)?;
        window.pay(now, value_atoms);
        pool.set_payout_window(window);
        Ok(CountedPayout {
            sequence: pool.next_event(),
            left_atoms: left,
        })
    }
}
