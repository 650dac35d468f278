//! Closes the books of an account that has nothing left but a loan: the insurance fund pays, then the pool,
//! and what neither can pay becomes a deficit. Anyone may call it.
use crate::{
    error::{FreeboardError, OrRaise, OrRefuse},
    events::{BankruptcyResolved, Stamp},
    net_asset_value::renew_deficit,
    pool_assets::PoolAssets,
    state::{Asset, Exchange, MarginAccount, Pool},
    valuation,
};
use anchor_lang::prelude::*;
use freeboard_risk::{
    bankruptcy::{self, Waterfall},
    quantity::UnitPrice,
};

/// Accounts of resolve_bankruptcy. Remaining accounts: every asset, writable, and its feed, by index; only
/// the feeds of collateral that the account holds are read.
#[derive(Accounts)]
pub struct ResolveBankruptcy<'info> {
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its pool.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub pool: AccountLoader<'info, Pool>,
    /// The bankrupt account.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
}

/// See [`crate::freeboard::resolve_bankruptcy`].
pub fn handler<'info>(ctx: Context<'info, ResolveBankruptcy<'info>>) -> Result<()> {
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let key = ctx.accounts.exchange.key();
    let mut exchange = ctx.accounts.exchange.load_mut()?;
    let mut pool = ctx.accounts.pool.load_mut()?;
    let mut account = ctx.accounts.margin_account.load_mut()?;
    let assets = PoolAssets::load(ctx.remaining_accounts, key, &exchange)?;
    assets.gather(&mut pool)?;
    let index_q64 = exchange.borrow.index_at(now);
    let interest_atoms = account.settle_interest(index_q64, &mut pool.ledger)?;

    let dust_atoms = take_dust(&assets, &mut account, now)?;
    let loss_atoms = bankruptcy::loss_of(account.has_positions(), dust_atoms, account.quote_atoms)
        .or_refuse()?;
    // What the pool can bear is what it is worth, not what it holds: open profits are owed out of it.
    let value = renew_deficit(&assets, &mut pool, &exchange, now)?;
    let worth = u64::try_from(value.max(0)).unwrap_or(u64::MAX);
    let paid = pay(
        &exchange,
        &assets,
        &mut pool,
        &mut account,
        loss_atoms,
        worth,
        now,
    )?;
    let borne = loss_atoms.saturating_sub(paid.by_insurance_atoms);
    pool.set_deficit(value.saturating_sub(borne.into()), now);
    account.know_bad_debt(0, true, &mut pool)?;
    account.free_empty_slots();
    account.flagged_ts = 0;
    assets.allot(&mut pool, &mut exchange, now)?;

    let sequence = account.next_event();
    emit!(BankruptcyResolved {
        stamp: Stamp::new(ctx.accounts.margin_account.key(), sequence, &clock),
        charged_asset_index: account.last_liquidated,
        collateral_atoms: dust_atoms,
        loss_atoms,
        by_insurance_atoms: paid.by_insurance_atoms,
        by_pool_atoms: paid.by_pool_atoms,
        deficit_atoms: paid.deficit_atoms,
        deficit_after_atoms: pool.deficit_atoms,
        interest_atoms,
    });
    Ok(())
}

/// Hands the account's collateral to the insurance fund; returns its value at the oracle price, quote
/// atoms, up: it must be dust.
fn take_dust(assets: &PoolAssets, account: &mut MarginAccount, now: i64) -> Result<u64> {
    let mut value_atoms = 0_u64;
    assets.each(|asset, feed| {
        let held = account.collateral_atoms(asset.index);
        if held == 0 {
            return Ok(());
        }
        let worth = value(asset, feed, held, now)?;
        value_atoms = value_atoms.saturating_add(worth);
        account.collateral_mut(asset.index)?.amount_atoms = 0;
        let kept = asset.insurance_collateral_atoms.checked_add(held);
        asset.insurance_collateral_atoms = kept.or_raise(FreeboardError::Overflow)?;
        Ok(())
    })?;
    Ok(value_atoms)
}

/// What collateral is worth, quote atoms, up: at a usable price, or 50 % above the recorded one, so that the
/// dust of a dead feed delays nothing.
fn value(asset: &Asset, feed: &AccountInfo, held_atoms: u64, now: i64) -> Result<u64> {
    let decimals = asset.params.base_decimals;
    if let Some(observation) = valuation::tradable(asset, feed, now)? {
        let unit = UnitPrice::from_price_ceil(observation.price, decimals);
        return unit.or_refuse()?.notional_ceil(held_atoms).or_refuse();
    }
    let unit = UnitPrice::from_price_ceil(asset.recorded.price(), decimals);
    let worth = unit.or_refuse()?.notional_ceil(held_atoms).or_refuse()?;
    Ok(worth.saturating_add(worth.div_ceil(2)))
}

/// The waterfall, with the pool gathered: it raises the account's balance to 0. What the insurance fund
/// pays counts against the cap of the asset in which the account was liquidated last.
fn pay(
    exchange: &Exchange,
    assets: &PoolAssets,
    pool: &mut Pool,
    account: &mut MarginAccount,
    loss_atoms: u64,
    worth_atoms: u64,
    now: i64,
) -> Result<Waterfall> {
    let charged = account.last_liquidated;
    let cap = exchange.pool.insurance_cap_quote_atoms;
    let mut paid = None;
    assets.each(|asset, _| {
        // An account that was never liquidated lost its money by interest: the first asset's cap counts.
        let chosen =
            asset.index == charged || (asset.index == 0 && charged >= exchange.asset_count);
        if !chosen {
            return Ok(());
        }
        let mut window = asset.insurance_window();
        let parts = bankruptcy::waterfall(
            loss_atoms,
            pool.ledger.insurance_atoms.max(0).unsigned_abs(),
            window.left(now, cap),
            worth_atoms,
        );
        window.pay(now, parts.by_insurance_atoms);
        asset.set_insurance_window(window);
        paid = Some(parts);
        Ok(())
    })?;
    let paid = paid.or_raise(FreeboardError::AssetAccountMissing)?;
    let insured = crate::atoms(paid.by_insurance_atoms)?;
    pool.ledger.move_to_insurance(insured.saturating_neg())?;
    pool.ledger.pay(account, crate::atoms(loss_atoms)?)?;
    Ok(paid)
}
