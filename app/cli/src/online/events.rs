//! Events of the program in words, with their numbers.
use std::collections::BTreeMap;

use anchor_lang::prelude::Pubkey;
use freeboard_client::display::money::{decimal, usd};
use freeboard_client::events::Event;
use freeboard_client::freeboard::events::{
    AccountFlagged, AccountLiquidated, AccountSliced, BankruptcyResolved, LiquidityExecuted,
    MarginSnapshot, PositionChanged, PositionDeleveraged,
};
use freeboard_client::freeboard::state::{LiquidityKind, NO_ASSET};
use freeboard_client::state::ExchangeState;
use serde::Serialize;

use super::amount::{QUOTE_NAME, Unit};
use super::commands::{name_of_operation, said_of_closing};
use super::words::{price, signed_size, time};
use crate::governance::{kind, role_name};

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

fn nobody(key: &Pubkey) -> String {
    if *key == Pubkey::default() {
        "nobody".to_owned()
    } else {
        key.to_string()
    }
}

/// What an event tells.
pub fn told(event: &Event, names: &Names) -> ToldEvent {
    let said = account(event, names)
        .or_else(|| liquidation(event, names))
        .or_else(|| pool(event, names))
        .or_else(|| governance(event, names));
    let event = format!("{event:?}");
    ToldEvent {
        said: said.unwrap_or_else(|| format!("{event}.")),
        event,
    }
}

/// Margin accounts and their trades.
fn account(event: &Event, names: &Names) -> Option<String> {
    Some(match event {
        Event::MarginAccountOpened(e) => format!(
            "{} opened margin account {} ({}).",
            e.owner, e.sub_account, e.stamp.key
        ),
        Event::MarginAccountClosed(e) => format!(
            "{} closed margin account {} ({}).",
            e.owner, e.sub_account, e.stamp.key
        ),
        Event::DelegateChanged(e) => format!(
            "Margin account {}: the delegate is {}; it was {}.",
            e.stamp.key,
            nobody(&e.after),
            nobody(&e.before)
        ),
        Event::Deposited(e) => format!(
            "Margin account {} was paid {}{}.",
            e.stamp.key,
            names.amount(e.asset_index, e.amount_atoms),
            interest(e.interest_atoms)
        ),
        Event::Withdrawn(e) => format!(
            "Margin account {} paid out {}{}; {} after it.",
            e.stamp.key,
            names.amount(e.asset_index, e.amount_atoms),
            interest(e.interest_atoms),
            margin("initial margin", &e.initial)
        ),
        Event::Borrowed(e) => format!(
            "Margin account {} took {} out, {} of it as a loan{}; its balance is {}.",
            e.stamp.key,
            names.amount(NO_ASSET, e.amount_atoms),
            usd(e.borrowed_atoms),
            interest(e.interest_atoms),
            usd(e.balance_after_atoms)
        ),
        Event::WithdrawnProRata(e) => format!(
            "Margin account {} gave {} of its balance for {}: the vault held {} of {} owed.",
            e.stamp.key,
            usd_of(e.amount_atoms),
            usd_of(e.received_atoms),
            usd_of(e.vault_atoms),
            usd_of(e.owed_atoms)
        ),
        Event::PositionChanged(e) => position_changed(e, names),
        Event::OrderRequested(e) => format!(
            "Margin account {} asked for order {}: {} at {} or better{}, until {}.",
            e.stamp.key,
            e.order_id,
            if e.size_atoms.unsigned_abs() >= i64::MAX.unsigned_abs() {
                format!("all of its {}", names.name(e.asset_index))
            } else {
                names.signed(e.asset_index, e.size_atoms)
            },
            price(e.limit_price_e12),
            if e.reduce_only {
                ", to reduce only"
            } else {
                ""
            },
            time(e.expiry_ts)
        ),
        Event::OrderCancelled(e) => format!(
            "{} took order {} of margin account {} back.",
            e.by, e.order_id, e.stamp.key
        ),
        Event::VolatilitySampled(e) => format!(
            "{} was sampled at {}{}; it has {} samples.",
            names.name(e.asset_index),
            price(e.price_e12),
            if e.clamped {
                ", its return cut to the bound of one sample"
            } else {
                ""
            },
            e.samples
        ),
        _ => return None,
    })
}

fn interest(atoms: i64) -> String {
    if atoms == 0 {
        String::new()
    } else {
        format!(", after {} interest on its loan", usd(atoms))
    }
}

fn position_changed(e: &PositionChanged, names: &Names) -> String {
    let change = e.size_after_atoms.saturating_sub(e.size_before_atoms);
    let order = if e.order_id == 0 {
        String::new()
    } else {
        format!(" by order {}", e.order_id)
    };
    let realized = match e.realized_pnl_atoms {
        0 => String::new(),
        atoms => format!(", realised {}", usd(atoms)),
    };
    let funding = match e.funding_atoms {
        0 => String::new(),
        atoms => format!(", funding {}", usd(atoms)),
    };
    format!(
        "Margin account {} traded {}{order} for {} (oracle price {}), fee {}{realized}{funding}; position {}, quote {}; {}.",
        e.stamp.key,
        names.signed(e.asset_index, change),
        usd_of(e.fill_notional_atoms),
        price(e.price_e12),
        usd_of(e.fee_atoms),
        names.signed(e.asset_index, e.size_after_atoms),
        usd(e.quote_after_atoms),
        margin("required margin", &e.requirement)
    )
}

/// Flags, liquidations and losses.
fn liquidation(event: &Event, names: &Names) -> Option<String> {
    Some(match event {
        Event::PriceShown(e) => format!(
            "{} was shown the price {} ± {} of {}{}.",
            names.name(e.asset_index),
            price(e.price_e12),
            price(e.confidence_e12),
            time(e.publish_ts),
            if e.refutes_absence {
                "; its feed is not absent any more"
            } else {
                ""
            }
        ),
        Event::AbsenceAnnounced(e) => format!(
            "The feed of {} was announced absent; its last recorded price is {} of {}.",
            names.name(e.asset_index),
            price(e.recorded_price_e12),
            time(e.recorded_publish_ts)
        ),
        Event::AccountFlagged(e) => flagged(e),
        Event::AccountLiquidated(e) => liquidated(e, names),
        Event::AccountSliced(e) => sliced(e),
        Event::LossSettled(e) => format!(
            "Margin account {} settled a loss of {} in {} at {}.",
            e.stamp.key,
            usd(e.loss_atoms),
            names.name(e.asset_index),
            price(e.price_e12)
        ),
        Event::BankruptcyResolved(e) => bankrupt(e),
        Event::PositionDeleveraged(e) => deleveraged(e, names),
        Event::WindDownAnnounced(e) => format!(
            "{} is wound down: only reduced from now on, settled from {} on.",
            names.name(e.asset_index),
            time(e.settle_from_ts)
        ),
        Event::SettlementPriceRecorded(e) => format!(
            "{} counted {} towards its settlement price, {} over {} s.",
            names.name(e.asset_index),
            price(e.price_e12),
            price(e.average_e12),
            e.covered_secs
        ),
        Event::MarketSettled(e) => format!(
            "The market of {} ended at {}.",
            names.name(e.asset_index),
            price(e.price_e12)
        ),
        Event::PositionSettled(e) => format!(
            "Margin account {} had {} settled at {}: {}; quote {}.",
            e.stamp.key,
            names.signed(e.asset_index, e.size_before_atoms),
            price(e.price_e12),
            usd(e.realized_pnl_atoms),
            usd(e.quote_after_atoms)
        ),
        _ => return None,
    })
}

fn flagged(e: &AccountFlagged) -> String {
    let what = match (e.flagged_before_ts, e.flagged_ts) {
        (_, 0) => "has recovered: its flag ended".to_owned(),
        (0, _) => "was flagged".to_owned(),
        (_, since) => format!("was seen below again; flagged since {}", time(since)),
    };
    let debt = match e.bad_debt_atoms {
        0 => String::new(),
        atoms => format!(", {} below zero", usd(atoms)),
    };
    format!(
        "Margin account {} {what}: {}{debt}.",
        e.stamp.key,
        margin("maintenance margin", &e.maintenance)
    )
}

fn liquidated(e: &AccountLiquidated, names: &Names) -> String {
    format!(
        "Margin account {} was liquidated: {}, {} at {} ({} notional, of at most {}). Penalty {}: liquidator {} (and {} \
         from insurance), insurance {}, pool {}. Before: {}; after: {}.",
        e.stamp.key,
        said_of_closing(e.closing),
        names.size(e.asset_index, e.closed_atoms),
        price(e.price_e12),
        usd_of(e.notional_atoms),
        names.size(e.asset_index, e.largest_close_atoms),
        usd_of(e.penalty_atoms),
        usd_of(e.penalty_liquidator_atoms),
        usd_of(e.topup_atoms),
        usd_of(e.penalty_insurance_atoms),
        usd_of(e.penalty_pool_atoms),
        margin("maintenance margin", &e.before),
        margin("maintenance margin", &e.after)
    )
}

fn sliced(e: &AccountSliced) -> String {
    format!(
        "Margin account {} was liquidated by a slice: {} % of everything ({} notional). Penalty {}: liquidator {}, insurance {}, \
         pool {}. Before: {}; after: {}.",
        e.stamp.key,
        decimal(e.share_permille.into(), 1),
        usd_of(e.notional_atoms),
        usd_of(e.penalty_atoms),
        usd_of(e.penalty_liquidator_atoms),
        usd_of(e.penalty_insurance_atoms),
        usd_of(e.penalty_pool_atoms),
        margin("maintenance margin", &e.before),
        margin("maintenance margin", &e.after)
    )
}

fn bankrupt(e: &BankruptcyResolved) -> String {
    format!(
        "The loan of {} that margin account {} left was paid: insurance {}, pool {}, nobody yet {}; the deficit is {}.",
        usd_of(e.loss_atoms),
        e.stamp.key,
        usd_of(e.by_insurance_atoms),
        usd_of(e.by_pool_atoms),
        usd_of(e.deficit_atoms),
        usd_of(e.deficit_after_atoms)
    )
}

fn deleveraged(e: &PositionDeleveraged, names: &Names) -> String {
    format!(
        "Margin account {} was deleveraged: {} of {} closed at {}, profit {}, of which the pool kept {}.",
        e.stamp.key,
        names.size(e.asset_index, e.closed_atoms),
        names.signed(e.asset_index, e.size_before_atoms),
        price(e.price_e12),
        usd(e.gain_atoms),
        usd_of(e.to_deficit_atoms)
    )
}

/// The pool and its LPs.
fn pool(event: &Event, names: &Names) -> Option<String> {
    Some(match event {
        Event::PoolFunded(e) => format!("{} were paid into the pool.", usd_of(e.amount_atoms)),
        Event::PoolSwept(e) => format!(
            "The ledger of {} was swept: pool {}, insurance {}, fees {}; {} allocated anew.",
            names.name(e.asset_index),
            usd(e.pool_atoms),
            usd(e.insurance_atoms),
            usd(e.fees_atoms),
            usd(e.allocation_atoms)
        ),
        Event::PoolRebalanced(e) => format!(
            "The pool was rebalanced: cash {}, insurance {}, fees {}, loans {}; worth {}, deficit {}.",
            usd(e.pool_atoms),
            usd(e.insurance_atoms),
            usd(e.fees_atoms),
            usd(e.loans_atoms),
            usd(e.value_atoms),
            usd_of(e.deficit_atoms)
        ),
        Event::LiquidityRequested(e) => match e.kind {
            LiquidityKind::Deposit => format!(
                "{} asked to deposit {} into the pool (request {}).",
                e.owner,
                usd_of(e.amount_atoms),
                e.request
            ),
            LiquidityKind::Redeem => format!(
                "{} asked to redeem {} (request {}).",
                e.owner,
                shares(e.amount_atoms),
                e.request
            ),
        },
        Event::LiquidityExecuted(e) => executed(e),
        Event::LiquidityCancelled(e) => format!(
            "{} got back what request {} held{}.",
            e.owner,
            e.request,
            if e.is_executed { ", its outcome" } else { "" }
        ),
        _ => return None,
    })
}

fn executed(e: &LiquidityExecuted) -> String {
    let (given, got) = match e.is_redemption {
        true => (shares(e.amount_atoms), usd_of(e.out_atoms)),
        false => (usd_of(e.amount_atoms), shares(e.out_atoms)),
    };
    let paid = if e.is_paid {
        ""
    } else {
        "; it waits in escrow"
    };
    format!(
        "{} got {got} for {given}; the pool was counted at {}{paid}.",
        e.owner,
        usd(e.nav_atoms)
    )
}

/// Exchange, changes, roles, pauses.
fn governance(event: &Event, names: &Names) -> Option<String> {
    Some(match event {
        Event::ExchangeInitialized(e) => format!(
            "Exchange {} was created; governance {}.",
            e.stamp.key, e.governance
        ),
        Event::AssetCreated(e) => format!(
            "Asset {} was listed by change {} at {}.",
            names.name(e.asset_index),
            e.number,
            price(e.price_e12)
        ),
        Event::ChangeProposed(e) => format!(
            "Change {} was proposed: {}; executable from {}, void from {}.",
            e.number,
            kind(&e.new),
            time(e.executable_ts),
            time(e.expires_ts)
        ),
        Event::ChangeCancelled(e) => format!(
            "{} took change {} back: {}.",
            e.by,
            e.number,
            kind(&e.change)
        ),
        Event::ParametersChanged(e) => match e.number {
            0 => format!("{} tightened at once: {}.", e.by, kind(&e.new)),
            number => format!("Change {number} was carried out: {}.", kind(&e.new)),
        },
        Event::RoleOffered(e) => format!(
            "{} offered the role of {} to {}.",
            e.holder,
            role_name(e.role),
            nobody(&e.offered)
        ),
        Event::RoleAccepted(e) => format!(
            "{} took the role of {} over from {}.",
            e.after,
            role_name(e.role),
            e.before
        ),
        Event::PaidOut(e) => format!(
            "{} were paid out to {}; {} are left of the cap.",
            names.amount(e.asset_index, e.amount_atoms),
            e.recipient,
            usd_of(e.left_atoms)
        ),
        Event::PauseChanged(e) => format!(
            "{} changed the pause of {}: until {}.",
            e.by,
            name_of_operation(e.operation),
            time(e.until_ts)
        ),
        Event::FeedMigrated(e) => format!(
            "{} reads another feed by change {}: {} there, {} before.",
            names.name(e.asset_index),
            e.number,
            price(e.new_price_e12),
            price(e.old_price_e12)
        ),
        _ => return None,
    })
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
            balance_after_atoms: 0,
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
        let unknown = told(&deposited(7, 5), &names);
        assert!(
            unknown.said.ends_with("was paid 5 base atoms of asset 7."),
            "{}",
            unknown.said
        );
    }
}
