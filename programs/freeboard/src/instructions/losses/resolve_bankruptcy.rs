//! Closes the books of an account that has nothing left but a loan: the insurance fund pays, then the pool,
//! and what neither can pay becomes a deficit. Anyone may call it.
use crate::arrange::pool_assets::PoolAssets;
use crate::arrange::pool_value::renew_value;
use crate::books::PricesSeen;
use crate::error::{FreeboardError, OrRaise, OrRefuse, ensure};
use crate::event_log::tell;
use crate::events::{BankruptcyResolved, Stamp};
use crate::instructions::losses::accounts::AccountAndPool;
use crate::oracle;
use crate::state::{Asset, Exchange, Load, MarginAccount, Pool};
use anchor_lang::prelude::*;
use freeboard_risk::number::atoms::{BaseAtoms, QuoteAtoms, SignedQuoteAtoms};
use freeboard_risk::number::quantity::Price;
use freeboard_risk::pool::ValueAtPrice;
use freeboard_risk::pool::bankruptcy::{
    CollateralDust, DustPrice, LastHoldings, LossPayers, Waterfall,
};
use freeboard_risk::price::standard::PriceStandard;

/// See [`crate::freeboard::resolve_bankruptcy`]. Only the feeds of collateral that the account holds are read.
pub fn handler<'info>(ctx: Context<'info, AccountAndPool<'info>>) -> Result<()> {
    // Read.
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let accounts = &ctx.accounts;
    let mut exchange = accounts.exchange.write()?;
    let mut pool = accounts.pool.write()?;
    let mut account = accounts.margin_account.write()?;
    let assets = PoolAssets::load(ctx.remaining_accounts, accounts.exchange.key(), &exchange)?;
    assets.collect(&mut pool)?;
    let interest_atoms =
        account.settle_interest(exchange.borrow.index_at(now), &mut pool.ledger)?;
    // Judge.
    let dust = take_dust(&assets, &mut account, now)?;
    let loss_atoms = loss_of(&account, &dust)?;
    // What the pool can bear is what it is worth, not what it holds: open profits are owed out of it.
    let value = renew_value(&assets, &mut pool, &exchange, now)?;
    // Move money.
    let books = (&*exchange, &assets);
    let paid = pay(books, &mut pool, &mut account, (loss_atoms, &value), now)?;
    let loss = (loss_atoms, &paid, &value);
    let borne = bear(&assets, &mut pool, &mut account, loss, now)?;
    account.free_empty_slots();
    assets.allocate(&mut pool, &mut exchange, now)?;
    // Tell.
    tell(&BankruptcyResolved {
        stamp: Stamp::new(accounts.margin_account.key(), account.next_event(), &clock),
        charged_asset_index: account.last_liquidated,
        collateral_atoms: dust.worth().get(),
        loss_atoms,
        by_insurance_atoms: paid.by_insurance_atoms,
        by_pool_atoms: paid.by_pool_atoms,
        charged_atoms: borne.charged_atoms,
        paid_before_atoms: borne.paid_before_atoms,
        deficit_atoms: paid.deficit_atoms,
        deficit_after_atoms: pool.deficit_atoms,
        interest_atoms,
    })
}

/// What of a loss pool and later income bear, by the market that it was made in, quote atoms.
struct Borne {
    /// Counted for that market.
    charged_atoms: u64,
    /// Counted there before it.
    paid_before_atoms: u64,
}

/// The pool's value after what insurance did not pay, and the market that it counts for; the account begins anew.
///
/// Errors: `AssetAccountMissing`.
fn bear(
    assets: &PoolAssets,
    pool: &mut Pool,
    account: &mut MarginAccount,
    (loss_atoms, paid, value): (u64, &Waterfall, &ValueAtPrice),
    now: i64,
) -> Result<Borne> {
    let borne = loss_atoms.saturating_sub(paid.by_insurance_atoms);
    let left = value.after_loss(&pool.stored_value(), borne);
    pool.set_value(left, now);
    let charged_atoms = borne.min(account.charged_atoms);
    let paid_before_atoms = count_loss(assets, account, charged_atoms, value.atoms, borne, now)?;
    account.charged_atoms = 0;
    account.recognise_bad_debt(0, PricesSeen::All, pool)?;
    Ok(Borne {
        charged_atoms,
        paid_before_atoms,
    })
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

/// Hands the account's collateral to the insurance fund; returns what it is worth.
///
/// Errors: those of a feed that is not the asset's; `Overflow`.
fn take_dust(assets: &PoolAssets, account: &mut MarginAccount, now: i64) -> Result<CollateralDust> {
    let mut dust = CollateralDust::default();
    assets.each(|asset, feed| {
        let held = account.collateral_atoms(asset.index);
        if held == 0 {
            return Ok(());
        }
        let dust_price = dust_price(asset, feed, now)?;
        let worth = asset
            .priced(dust_price.price)
            .notional_ceil(BaseAtoms::new(held));
        dust.add(worth.or_refuse()?, dust_price.standing);
        asset.insure_collateral(account)
    })?;
    Ok(dust)
}

/// The loss of the account, quote atoms: its loan, more than all that its collateral is worth.
///
/// Errors: `AccountNotBankrupt`.
fn loss_of(account: &MarginAccount, dust: &CollateralDust) -> Result<u64> {
    let left = LastHoldings {
        has_position: account.has_positions(),
        collateral: dust.live,
        balance: SignedQuoteAtoms::new(account.quote_atoms),
    };
    let loss = left.loss().or_refuse()?;
    ensure(loss > dust.worth(), FreeboardError::AccountNotBankrupt)?;
    Ok(loss.get())
}

/// The price that collateral of a bankrupt account counts at.
struct PricedDust {
    price: Price,
    standing: DustPrice,
}

/// The price that collateral counts at here, and how it stands. What others have recorded answers for nothing: the
/// caller shows that there is a price, or that there is none.
///
/// Errors: those of a feed that is not the asset's.
fn dust_price(asset: &Asset, feed: &AccountInfo, now: i64) -> Result<PricedDust> {
    let given = oracle::given(asset, feed, now)?;
    let usable = given.filter(|update| {
        let checked = asset.check_price(PriceStandard::Either, update, now);
        checked.is_ok()
    });
    let price = usable.map_or(asset.recorded.price(), |observation| observation.price);
    // A market that has ended has a price and perhaps no buyer at it.
    let is_dead = if asset.is_settled() {
        now.saturating_sub(asset.recorded.publish_ts) > DEAD_FEED_SECS
    } else {
        let refuted = given.is_some_and(|print| print.publish_ts > asset.absent_since_ts);
        !refuted && asset.known().is_absent_for(DEAD_FEED_SECS, now)
    };
    let standing = if usable.is_some() && !asset.is_settled() {
        DustPrice::Usable
    } else if is_dead {
        DustPrice::Dead
    } else {
        DustPrice::Unknown
    };
    Ok(PricedDust { price, standing })
}

/// The waterfall, with the pool collected: it raises the account's balance to 0. What the insurance fund
/// pays counts against the cap of the asset in which the account was liquidated last.
///
/// Errors: `AssetAccountMissing`, `Overflow`.
fn pay(
    (exchange, assets): (&Exchange, &PoolAssets),
    pool: &mut Pool,
    account: &mut MarginAccount,
    (loss_atoms, value): (u64, &ValueAtPrice),
    now: i64,
) -> Result<Waterfall> {
    let worth_atoms = u64::try_from(value.atoms.max(0)).unwrap_or(u64::MAX);
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
        let payers = LossPayers {
            insurance: SignedQuoteAtoms::new(pool.ledger.insurance_atoms).positive_part(),
            insurance_cap_left: QuoteAtoms::new(window.left(now, cap)),
            pool: QuoteAtoms::new(worth_atoms),
        };
        let parts = Waterfall::new(QuoteAtoms::new(loss_atoms), &payers);
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
