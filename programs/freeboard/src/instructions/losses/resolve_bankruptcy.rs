//! Closes the books of an account that has nothing left but a loan: the insurance fund pays, then the pool,
//! and what neither can pay becomes a deficit. Anyone may call it.
use crate::arrange::pool_assets::PoolAssets;
use crate::arrange::pool_value::renew_value;
use crate::error::{FreeboardError, OrRaise, OrRefuse, ensure};
use crate::events::{BankruptcyResolved, Stamp};
use crate::oracle;
use crate::state::{Exchange, Load, MarginAccount, Pool};
use anchor_lang::prelude::*;
use freeboard_risk::number::quantity::UnitPrice;
use freeboard_risk::pool::bankruptcy::{self, Waterfall};
use freeboard_risk::price::standard::PriceStandard;

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
    let mut exchange = ctx.accounts.exchange.write()?;
    let mut pool = ctx.accounts.pool.write()?;
    let mut account = ctx.accounts.margin_account.write()?;
    let assets = PoolAssets::load(ctx.remaining_accounts, key, &exchange)?;
    assets.collect(&mut pool)?;
    let index_q64 = exchange.borrow.index_at(now);
    let interest_atoms = account.settle_interest(index_q64, &mut pool.ledger)?;

    let dust = take_dust(&assets, &mut account, now)?;
    let loss_atoms = bankruptcy::loss_of(
        account.has_positions(),
        dust.live_atoms,
        account.quote_atoms,
    )
    .or_refuse()?;
    let worth_atoms = dust.live_atoms.saturating_add(dust.dead_atoms);
    ensure(loss_atoms > worth_atoms, FreeboardError::AccountNotBankrupt)?;
    // What the pool can bear is what it is worth, not what it holds: open profits are owed out of it.
    let value = renew_value(&assets, &mut pool, &exchange, now)?;
    let worth = u64::try_from(value.atoms.max(0)).unwrap_or(u64::MAX);
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
    let left = value.after_loss(&pool, borne);
    pool.set_value(left, now);
    let charged_atoms = borne.min(account.charged_atoms);
    let paid_before_atoms = count_loss(&assets, &account, charged_atoms, value.atoms, borne, now)?;
    account.charged_atoms = 0;
    account.recognise_bad_debt(0, true, &mut pool)?;
    account.free_empty_slots();
    assets.allocate(&mut pool, &mut exchange, now)?;

    let sequence = account.next_event();
    emit!(BankruptcyResolved {
        stamp: Stamp::new(ctx.accounts.margin_account.key(), sequence, &clock),
        charged_asset_index: account.last_liquidated,
        collateral_atoms: worth_atoms,
        loss_atoms,
        by_insurance_atoms: paid.by_insurance_atoms,
        by_pool_atoms: paid.by_pool_atoms,
        charged_atoms,
        paid_before_atoms,
        deficit_atoms: paid.deficit_atoms,
        deficit_after_atoms: pool.deficit_atoms,
        interest_atoms,
    });
    Ok(())
}

/// Counts what pool and later income bear of a loss made in one market, quote atoms; returns what was counted
/// there before it. Where a price was not known the pool's value is one in its favour: nobody's winners owe by
/// a price that somebody withholds.
///
/// Errors: `AssetAccountMissing`.
fn count_loss(
    assets: &PoolAssets,
    account: &MarginAccount,
    charged_atoms: u64,
    value_atoms: i128,
    borne_atoms: u64,
    now: i64,
) -> Result<u64> {
    if charged_atoms == 0 {
        return Ok(0);
    }
    let (mut asset, _) = assets.find(account.last_liquidated)?;
    let mut losses = asset.losses();
    let before = losses.paid.sum(now);
    let after = value_atoms.saturating_sub(borne_atoms.into());
    losses.count(charged_atoms, after, now, &asset.trade.into());
    asset.set_losses(&losses);
    Ok(before)
}

/// For how long the absence of a feed must have been announced, or its market have ended, until collateral in it no
/// longer keeps an account from bankruptcy, seconds. The age of the recorded price says nothing: a feed that nobody has
/// recorded for a day may live.
const DEAD_FEED_SECS: i64 = 86_400;

/// What the collateral is worth that went to the insurance fund, quote atoms, up.
#[derive(Default)]
struct Dust {
    /// In assets with a usable price, or whose feed is not known to be dead.
    live_atoms: u64,
    /// In assets whose feed has been announced absent, or whose market has ended, for a day: they can neither be sold
    /// nor wait for ever.
    dead_atoms: u64,
}

/// Hands the account's collateral to the insurance fund.
fn take_dust(assets: &PoolAssets, account: &mut MarginAccount, now: i64) -> Result<Dust> {
    let mut dust = Dust::default();
    assets.each(|asset, feed| {
        let held = account.collateral_atoms(asset.index);
        if held == 0 {
            return Ok(());
        }
        let given = oracle::given(asset, feed, now)?;
        // What others have recorded answers for nothing here: who resolves shows that there is a price, or was none.
        let accepted = given.filter(|update| {
            let checked = asset.check_price(PriceStandard::Either, update, now);
            checked.is_ok()
        });
        let price = accepted.map_or(asset.recorded.price(), |observation| observation.price);
        let unit = UnitPrice::from_price_ceil(price, asset.params.base_decimals).or_refuse()?;
        let worth = unit.notional_ceil(held).or_refuse()?;
        // A market that has ended has a price and perhaps no buyer at it.
        let is_dead = if asset.is_settled() {
            now.saturating_sub(asset.recorded.publish_ts) > DEAD_FEED_SECS
        } else {
            let refuted = given.is_some_and(|update| update.publish_ts > asset.absent_since_ts);
            !refuted && asset.known().is_absent_for(DEAD_FEED_SECS, now)
        };
        if accepted.is_some() && !asset.is_settled() {
            dust.live_atoms = dust.live_atoms.saturating_add(worth);
        } else {
            // As in a liquidation, a price that is not known counts 50 % in the account's favour.
            let worth = worth.saturating_add(worth.div_ceil(2));
            let part = if is_dead {
                &mut dust.dead_atoms
            } else {
                &mut dust.live_atoms
            };
            *part = part.saturating_add(worth);
        }
        account.collateral_mut(asset.index)?.amount_atoms = 0;
        let kept = asset.insurance_collateral_atoms.checked_add(held);
        asset.insurance_collateral_atoms = kept.or_raise(FreeboardError::Overflow)?;
        Ok(())
    })?;
    Ok(dust)
}

/// The waterfall, with the pool collected: it raises the account's balance to 0. What the insurance fund
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
