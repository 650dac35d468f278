//! Events of the program in words, with their numbers.
//!
//! | file | events of |
//! |---|---|
//! | `account` | margin accounts and their trades |
//! | `liquidation` | shown prices, flags, liquidations, losses, the end of a market |
//! | `pool` | the pool and its LPs |
//! | `governance` | exchange, changes, roles, pauses |
mod account;
mod governance;
mod liquidation;
mod pool;

use std::collections::BTreeMap;

use anchor_lang::prelude::Pubkey;
use freeboard_client::display::money::{decimal, usd};
use freeboard_client::events::Event;
use freeboard_client::freeboard::events::MarginSnapshot;
use freeboard_client::freeboard::state::NO_ASSET;
use freeboard_client::state::ExchangeState;
use serde::Serialize;

use super::amount::{QUOTE_NAME, Unit};
use super::words::{average_price, signed_size};

pub use account::trade_said;

/// An event in words.
#[derive(Debug, Serialize)]
pub struct ToldEvent {
    /// Its name.
    pub event: String,
    /// What happened.
    pub said: String,
}

/// Names and decimals of assets by index.
#[derive(Debug, Default)]
pub struct Names(BTreeMap<u16, (String, u8)>);

impl Names {
    /// Those of an exchange.
    pub fn new(state: &ExchangeState) -> Self {
        let named = |one: &freeboard_client::state::AssetState| {
            (
                one.asset.index,
                (one.name(), one.asset.params.base_decimals),
            )
        };
        Self(state.assets.iter().map(named).collect())
    }

    fn name(&self, index: u16) -> String {
        let Self(names) = self;
        names
            .get(&index)
            .map_or_else(|| format!("asset {index}"), |(name, _)| name.clone())
    }

    /// A signed size with its asset: `+0.5 BTC`; in atoms where the asset is not known.
    fn signed(&self, index: u16, atoms: i64) -> String {
        let Self(names) = self;
        match names.get(&index) {
            Some((name, decimals)) => format!("{} {name}", signed_size(atoms, *decimals)),
            None => format!("{atoms} base atoms of asset {index}"),
        }
    }

    fn size(&self, index: u16, atoms: u64) -> String {
        let signed = self.signed(index, i64::try_from(atoms).unwrap_or(i64::MAX));
        signed.trim_start_matches('+').to_owned()
    }

    /// The price of a unit that a size was traded at, USD × 10^12, to the nearest; none where the asset is not known.
    fn unit_price(&self, index: u16, size_atoms: i64, notional_atoms: u64) -> Option<u128> {
        let Self(names) = self;
        let (_, decimals) = names.get(&index)?;
        let notional = i64::try_from(notional_atoms).unwrap_or(i64::MAX);
        Some(average_price(size_atoms, notional, *decimals))
    }

    /// An amount of quote, or of an asset's collateral.
    fn amount(&self, index: u16, atoms: u64) -> String {
        match index {
            NO_ASSET => format!(
                "{} {QUOTE_NAME}",
                decimal(atoms.into(), Unit::QUOTE.decimals)
            ),
            index => self.size(index, atoms),
        }
    }
}

fn usd_of(atoms: u64) -> String {
    usd(i64::try_from(atoms).unwrap_or(i64::MAX))
}

fn shares(atoms: u64) -> String {
    format!("{} shares", decimal(atoms.into(), Unit::SHARES.decimals))
}

fn margin(level: &str, snapshot: &MarginSnapshot) -> String {
    format!(
        "equity {} against {} {level}",
        usd(snapshot.equity_atoms),
        usd(snapshot.margin_atoms)
    )
}

fn or_nobody(key: &Pubkey) -> String {
    if *key == Pubkey::default() {
        "nobody".to_owned()
    } else {
        key.to_string()
    }
}

/// What an event tells.
pub fn told(event: &Event, names: &Names) -> ToldEvent {
    let said = account::said(event, names)
        .or_else(|| liquidation::said(event, names))
        .or_else(|| pool::said(event, names))
        .or_else(|| governance::said(event, names));
    let event = format!("{event:?}");
    ToldEvent {
        said: said.unwrap_or_else(|| format!("{event}.")),
        event,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use freeboard_client::freeboard::events::{Deposited, Stamp};

    fn deposited(asset_index: u16, amount_atoms: u64) -> Event {
        let stamp = Stamp {
            key: Pubkey::default(),
            sequence: 1,
            slot: 2,
            ts: 3,
        };
        Event::Deposited(Deposited {
            stamp,
            asset_index,
            amount_atoms,
            interest_atoms: 0,
            balance_after_atoms: 7_000_000_000,
            counted_after_atoms: 7_000_000_000,
            relief_after_atoms: 0,
        })
    }

    #[test]
    fn an_event_is_told_with_its_numbers() {
        let names = Names([(2, ("SOL".to_owned(), 9))].into());
        let quote = told(&deposited(NO_ASSET, 250_000_000), &names);
        assert_eq!(quote.event, "Deposited");
        assert!(quote.said.ends_with("was paid 250 USDC."), "{}", quote.said);
        let sol = told(&deposited(2, 1_500_000_000), &names);
        assert!(sol.said.ends_with("was paid 1.5 SOL."), "{}", sol.said);
        let Event::Deposited(mut above) = deposited(2, 1_500_000_000) else {
            unreachable!()
        };
        above.counted_after_atoms = 6_000_000_000;
        let said = told(&Event::Deposited(above), &names).said;
        let counts = "was paid 1.5 SOL; 6 SOL of its 7 SOL count, the rest is above the cap.";
        assert!(said.ends_with(counts), "{said}");
        let Event::Deposited(mut kept) = deposited(2, 1_500_000_000) else {
            unreachable!()
        };
        (kept.counted_after_atoms, kept.relief_after_atoms) = (4_000_000_000, 2_000_000_000);
        let said = told(&Event::Deposited(kept), &names).said;
        let counts = "; 6 SOL of its 7 SOL count, 2 SOL of them to keep positions only, the rest is above the cap.";
        assert!(said.ends_with(counts), "{said}");
        let unknown = told(&deposited(7, 5), &names);
        assert!(
            unknown.said.ends_with("was paid 5 base atoms of asset 7."),
            "{}",
            unknown.said
        );
    }
}
