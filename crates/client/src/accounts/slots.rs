//! Which assets an instruction on a margin account needs, in which order.
//!
//! The program reads an asset and its feed for each slot: the positions first, then the collaterals
//! of other assets. Nothing may be missing, twice or too much. Whoever values somebody else's account, or deposits, gives
//! them by ascending asset index instead, and may give more than are held: see [`order_of_flag`].
use crate::AssetKeys;
use anchor_lang::prelude::AccountMeta;
use freeboard::instructions::Closing;
use freeboard::state::{MarginAccount, NO_ASSET};

/// Indices of the assets an account holds, in the order of its slots.
pub fn order(account: &MarginAccount) -> Vec<u16> {
    let mut order: Vec<u16> = positions(account)
        .filter(|index| *index != NO_ASSET)
        .collect();
    append_collaterals(account, &mut order);
    order
}

/// The order for a trade in `traded`: a new position takes the first free slot, and that slot's
/// place in the order. An account without a free slot keeps its order (and is refused).
pub fn order_of_trade(account: &MarginAccount, traded: u16) -> Vec<u16> {
    let mut slots: Vec<u16> = positions(account).collect();
    if !slots.contains(&traded)
        && let Some(free) = slots.iter_mut().find(|slot| **slot == NO_ASSET)
    {
        *free = traded;
    }
    let mut order: Vec<u16> = slots
        .into_iter()
        .filter(|index| *index != NO_ASSET)
        .collect();
    append_collaterals(account, &mut order);
    order
}

/// The order for a deposit of this collateral: what the account holds and the deposited, by ascending index. So a
/// liquidation that frees a slot before the deposit lands takes nothing from it.
pub fn order_of_deposit(account: &MarginAccount, deposited: u16) -> Vec<u16> {
    order_of_flag([account], &[deposited])
}

/// The order to flag these accounts: what any of them holds, and `more`, by ascending
/// index. `more`: what an owner could open a slot in before the transaction lands; what is not needed costs two
/// addresses and about a hundred compute units.
pub fn order_of_flag<'a>(
    accounts: impl IntoIterator<Item = &'a MarginAccount>,
    more: &[u16],
) -> Vec<u16> {
    let held = accounts.into_iter().flat_map(order);
    ascending(held.chain(more.iter().copied()).collect())
}

/// The order to liquidate these accounts: what any of them holds, the closed asset (not read for a slice), what the liquidator's account
/// holds if it takes something over, and `more` as for [`order_of_flag`].
pub fn order_of_liquidation<'a>(
    liquidatees: impl IntoIterator<Item = &'a MarginAccount>,
    liquidator: &MarginAccount,
    closed: u16,
    closing: Closing,
    more: &[u16],
) -> Vec<u16> {
    let mut order = order_of_flag(liquidatees, more);
    if closing != Closing::Slice {
        order.push(closed); // a slice is of no single asset
    }
    order.extend(match closing {
        Closing::PositionByPool => Vec::new(),
        // The closed asset is among the liquidatee's, wherever it lands in the liquidator's slots.
        Closing::PositionByLiquidator => order_of_trade(liquidator, closed),
        // What a slice sells is among the liquidatee's as well.
        Closing::Collateral | Closing::Pair | Closing::Slice => self::order(liquidator),
    });
    ascending(order)
}

fn ascending(mut order: Vec<u16>) -> Vec<u16> {
    order.sort_unstable();
    order.dedup();
    order
}

/// The assets that a liquidation writes: the closed one, of a slice all that the liquidatee holds.
pub fn written_by_liquidation(
    liquidatee: &MarginAccount,
    closed: u16,
    closing: Closing,
) -> Vec<u16> {
    match closing {
        Closing::Slice => order(liquidatee),
        _ => vec![closed],
    }
}

/// Account metas of these assets and their feeds; the assets in `writable` are written.
///
/// None if `keys` does not know one of them.
pub fn metas(
    order: &[u16],
    keys: impl Fn(u16) -> Option<AssetKeys>,
    writable: &[u16],
) -> Option<Vec<AccountMeta>> {
    let mut metas = Vec::with_capacity(order.len() * 2);
    for index in order {
        let keys = keys(*index)?;
        let asset = AccountMeta::new_readonly(keys.asset, false);
        metas.push(AccountMeta {
            is_writable: writable.contains(index),
            ..asset
        });
        metas.push(AccountMeta::new_readonly(keys.feed, false));
    }
    Some(metas)
}

/// Account metas of every asset of an exchange, writable, and its feed, by index: what an instruction on the
/// whole pool takes.
pub fn all_metas(keys: &[AssetKeys]) -> Vec<AccountMeta> {
    let mut keys: Vec<&AssetKeys> = keys.iter().collect();
    keys.sort_by_key(|keys| keys.index);
    let pair = |keys: &AssetKeys| {
        [
            AccountMeta::new(keys.asset, false),
            AccountMeta::new_readonly(keys.feed, false),
        ]
    };
    keys.into_iter().flat_map(pair).collect()
}

fn positions(account: &MarginAccount) -> impl Iterator<Item = u16> {
    account.positions.iter().map(|slot| slot.asset_index)
}

fn append_collaterals(account: &MarginAccount, order: &mut Vec<u16>) {
    for slot in &account.collaterals {
        if slot.asset_index != NO_ASSET && !order.contains(&slot.asset_index) {
            order.push(slot.asset_index);
        }
    }
}
