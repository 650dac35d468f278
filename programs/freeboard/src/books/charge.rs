//! Which market an account below zero has lost its money in.
use crate::state::{Asset, MarginAccount};
use freeboard_risk::market::gap::Charge;
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::standard::PriceStandard;

/// Which market an account below zero has lost its money in: what a closing realises counts where the price is so
/// far from its EMA that no winner can leave at it. `equity_atoms` is that of before it.
pub(crate) fn charge_loss(
    equity_atoms: i128,
    observation: &Observation,
    realized_atoms: i64,
    account: &mut MarginAccount,
    asset: &Asset,
) {
    let missing = equity_atoms.min(0).unsigned_abs();
    let may_leave = PriceStandard::Trade.is_near_ema(observation, &asset.limits());
    let lost = if may_leave {
        0
    } else {
        realized_atoms.min(0).unsigned_abs()
    };
    let before = Charge {
        asset_index: account.last_liquidated,
        lost_atoms: account.charged_atoms,
    };
    let missing = u64::try_from(missing).unwrap_or(u64::MAX);
    let loss = Charge {
        asset_index: asset.index,
        lost_atoms: lost,
    };
    let after = before.after(loss, missing);
    account.last_liquidated = after.asset_index;
    account.charged_atoms = after.lost_atoms;
}
