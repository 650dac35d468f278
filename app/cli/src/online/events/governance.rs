//! Exchange, changes, roles, pauses.
use freeboard_client::events::Event;

use super::{Names, or_nobody, usd_of};
use crate::governance::{kind, role_name};
use crate::online::commands::name_of_operation;
use crate::online::words::{price, time};

/// What such an event tells; none for another.
pub fn said(event: &Event, names: &Names) -> Option<String> {
    of_changes(event, names).or_else(|| of_roles(event, names))
}

/// Changes, from proposed to carried out.
fn of_changes(event: &Event, names: &Names) -> Option<String> {
    Some(match event {
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

/// The exchange and its assets, roles, pauses, payouts.
fn of_roles(event: &Event, names: &Names) -> Option<String> {
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
        Event::RoleOffered(e) => format!(
            "{} offered the role of {} to {}.",
            e.holder,
            role_name(e.role),
            or_nobody(&e.offered)
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
        _ => return None,
    })
}
