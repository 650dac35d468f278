//! Held prices that may not be traded on, or that no liquidation takes as they are, and what the account is told of them.
use freeboard_client::display::money::usd_floor;
use freeboard_client::freeboard::instructions::AssetMargin;
use freeboard_client::risk::price::standard::PriceStandard;
use freeboard_client::state::AssetState;
use serde::Serialize;

use super::view::{MarginsView, oracle_price};
use crate::online::failure::CommandFailure;

/// A held asset's price that does not meet a price standard, with the reasons.
#[derive(Clone, Debug, Serialize)]
pub struct DoubtfulPriceView {
    /// The asset.
    pub asset: String,
    /// Whether the account has a position in it: only then it keeps the account from opening and withdrawing.
    pub has_position: bool,
    /// Why it may not be traded on; none if it may.
    pub not_for_trades: Option<String>,
    /// Why a liquidation moves it in the account's favour; none if it counts as it is.
    pub not_for_liquidations: Option<String>,
}

impl DoubtfulPriceView {
    /// What is wrong with the price of a held asset, by the program's own verdict; none if nothing is.
    pub fn new(
        part: &AssetMargin,
        asset: &AssetState,
        has_position: bool,
        now: i64,
    ) -> Option<Self> {
        if part.usable_initial && part.usable_liquidation {
            return None;
        }
        let reason = |standard| match oracle_price(asset) {
            None => "its feed shows no price".to_owned(),
            Some(shown) => match asset.asset.check_price(standard, &shown, now) {
                Err(error) => clause(&CommandFailure::from(error).message),
                Ok(()) => "the price that counts does not meet its standard".to_owned(),
            },
        };
        Some(Self {
            asset: asset.name(),
            has_position,
            not_for_trades: (!part.usable_initial).then(|| reason(PriceStandard::Trade)),
            not_for_liquidations: (!part.usable_liquidation)
                .then(|| reason(PriceStandard::Liquidation)),
        })
    }
}

/// Which prices keep the account from opening, increasing and withdrawing though it may have the margin: those of its
/// positions that may not be traded on. None if there are none.
pub fn untradable(margins: &MarginsView) -> Option<String> {
    let names: Vec<&str> = barring(margins).map(|(name, _)| name).collect();
    match names.as_slice() {
        [] => None,
        [name] => Some(format!("the price of {name} may not be traded on now")),
        [first @ .., last] => Some(format!(
            "the prices of {} and {last} may not be traded on now",
            first.join(", ")
        )),
    }
}

/// Why these prices may not be traded on, each reason once. None if there are none.
pub fn untradable_reasons(margins: &MarginsView) -> Option<String> {
    let mut reasons: Vec<&str> = Vec::new();
    for (_, reason) in barring(margins) {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

/// Positions' assets whose price may not be traded on, with the reason.
fn barring(margins: &MarginsView) -> impl Iterator<Item = (&str, &str)> {
    let positions = margins.doubtful_prices.iter();
    positions
        .filter(|one| one.has_position)
        .filter_map(|one| Some((one.asset.as_str(), one.not_for_trades.as_deref()?)))
}

/// Why a liquidation compares another equity than that at the prices of now. None if it compares the same.
pub fn favour(margins: &MarginsView) -> Option<String> {
    if margins.equity_atoms == margins.equity_at_prices_atoms {
        return None;
    }
    let causes: Vec<String> = margins
        .doubtful_prices
        .iter()
        .filter_map(|one| {
            let reason = one.not_for_liquidations.as_ref()?;
            Some(format!("{}, {reason}", one.asset))
        })
        .collect();
    let cause = if causes.is_empty() {
        "it reads another price than a trade".to_owned()
    } else {
        format!(
            "a doubtful price counts in the account's favour: {}",
            causes.join("; ")
        )
    };
    Some(format!(
        "{}; a liquidation does not compare this: {cause}",
        usd_floor(margins.equity_at_prices_atoms)
    ))
}

/// A sentence as a part of another one.
fn clause(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut letters = sentence.chars();
    match letters.next() {
        Some(first) => format!("{}{}", first.to_lowercase(), letters.as_str()),
        None => String::new(),
    }
}
