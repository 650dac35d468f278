//! `freeboard role` and `freeboard fees`.
use freeboard_client::display::money::{decimal, usd, usd_floor};
use freeboard_client::display::table::table;
use freeboard_client::freeboard::instructions::OfferRoleArgs;
use freeboard_client::freeboard::state::Role;
use freeboard_client::instructions;
use freeboard_client::state::ExchangeState;
use serde::Serialize;

use super::account::address_or_none;
use super::pool_view::collected;
use crate::governance::role_name;
use crate::online::amount::{HowMuch, TypedAmount, atoms};
use crate::online::arguments::{FeesCommand, PayOutOptions, RoleCommand, RoleOfferOptions};
use crate::online::context::{NamedToken, Online};
use crate::online::failure::CommandFailure;
use crate::online::output::{Answer, rows};
use crate::online::tokens::Destination;
use crate::online::transact::Intent;

const ROLES: [Role; 3] = [Role::Governance, Role::RiskManager, Role::Guardian];

/// A role and who has it.
#[derive(Serialize)]
struct RoleRow {
    role: &'static str,
    holder: String,
    offered: Option<String>,
    by_governance: bool,
}

/// Runs `freeboard role`.
pub async fn run_role(online: &Online, command: RoleCommand) -> Result<Answer, CommandFailure> {
    let state = online.exchange().await?;
    match command {
        RoleCommand::Show => Ok(show_roles(&state)),
        RoleCommand::Offer(options) => offer(online, &state, &options).await,
        RoleCommand::Accept { role } => {
            let role = Role::from(role);
            let authority = online.authority()?;
            let instruction = instructions::accept_role(authority, state.address, role);
            let title = format!(
                "Take the role of {} over from {}",
                role_name(role),
                state.exchange.holder(role)
            );
            online
                .carry_out(Intent::new(title, vec![instruction]))
                .await
        }
    }
}

fn show_roles(state: &ExchangeState) -> Answer {
    let row = |role: Role| {
        let offered = Some(state.exchange.offered(role)).filter(|key| *key != Default::default());
        RoleRow {
            role: role_name(role),
            holder: state.exchange.holder(role).to_string(),
            offered: offered.map(|key| key.to_string()),
            by_governance: state.exchange.is_imposed(role),
        }
    };
    let found = ROLES.map(row);
    let cells = found.iter().map(|row| {
        let by = if row.by_governance {
            ", by governance"
        } else {
            ""
        };
        let offered = row
            .offered
            .as_ref()
            .map_or_else(|| "–".to_owned(), |key| format!("{key}{by}"));
        [row.role.to_owned(), row.holder.clone(), offered]
    });
    let text = format!(
        "{}\n",
        table(&["role", "holder", "offered to"], 3).add_rows(cells)
    );
    Answer::new(text, &found)
}

async fn offer(
    online: &Online,
    state: &ExchangeState,
    options: &RoleOfferOptions,
) -> Result<Answer, CommandFailure> {
    let role = Role::from(options.role);
    let authority = online.authority()?;
    let holder = address_or_none(&options.holder)?;
    let args = OfferRoleArgs {
        number: state.exchange.offer_count(role).saturating_add(1),
        role,
        holder: holder.unwrap_or_default(),
    };
    let title = match holder {
        Some(holder) => format!("Offer the role of {} to {holder}", role_name(role)),
        None => format!("Take the offer of the role of {} back", role_name(role)),
    };
    let instruction = instructions::offer_role(authority, state.address, args);
    online
        .carry_out(Intent::new(title, vec![instruction]))
        .await
}

/// Fees, and how they are paid out.
#[derive(Serialize)]
struct FeesView {
    fees_atoms: i64,
    recipient: Option<String>,
    cap_atoms: u64,
    left_atoms: u64,
    insurance_collateral: Vec<InsuranceRow>,
}

/// Collateral that belongs to the insurance fund.
#[derive(Serialize)]
struct InsuranceRow {
    asset: String,
    amount_atoms: u64,
    amount: String,
}

/// Runs `freeboard fees`.
pub async fn run_fees(online: &Online, command: FeesCommand) -> Result<Answer, CommandFailure> {
    match command {
        FeesCommand::Show => show_fees(online).await,
        FeesCommand::PayOut(options) => pay_out(online, &options).await,
    }
}

async fn fees_view(online: &Online, state: &ExchangeState) -> Result<FeesView, CommandFailure> {
    let now = online.now().await?;
    let collected = collected(state, now)?;
    let cap = state.exchange.payout_cap_quote_atoms;
    let held = state
        .assets
        .iter()
        .filter(|one| one.asset.insurance_collateral_atoms > 0);
    let recipient = Some(state.exchange.payout_recipient).filter(|key| *key != Default::default());
    Ok(FeesView {
        fees_atoms: collected.pool.ledger.fees_atoms,
        recipient: recipient.map(|key| key.to_string()),
        cap_atoms: cap,
        left_atoms: state.pool.payout_window().left(now, cap),
        insurance_collateral: held
            .map(|one| {
                let atoms = one.asset.insurance_collateral_atoms;
                InsuranceRow {
                    asset: one.name(),
                    amount_atoms: atoms,
                    amount: decimal(atoms.into(), one.asset.params.base_decimals),
                }
            })
            .collect(),
    })
}

async fn show_fees(online: &Online) -> Result<Answer, CommandFailure> {
    let state = online.exchange().await?;
    let view = fees_view(online, &state).await?;
    let nobody = "nobody yet: governance names one, [payouts] in `governance propose`".to_owned();
    let cap = |atoms: u64| usd(i64::try_from(atoms).unwrap_or(i64::MAX));
    let mut lines = vec![
        ("fees".to_owned(), usd_floor(view.fees_atoms)),
        (
            "paid to".to_owned(),
            view.recipient.clone().unwrap_or(nobody),
        ),
        (
            "cap in 24 h".to_owned(),
            format!(
                "{}, of which {} are left",
                cap(view.cap_atoms),
                cap(view.left_atoms)
            ),
        ),
    ];
    lines.extend(view.insurance_collateral.iter().map(|row| {
        let name = format!("insurance's {}", row.asset);
        (name, row.amount.clone())
    }));
    Ok(Answer::new(rows(&lines), &view))
}

async fn pay_out(online: &Online, options: &PayOutOptions) -> Result<Answer, CommandFailure> {
    let authority = online.authority()?;
    let amount = TypedAmount::parse(&options.amount.amount)?;
    let state = online.exchange().await?;
    let token = NamedToken::find(&state, amount.unit.as_deref())?;
    let amount_atoms = match (amount.how_much, token.asset_index) {
        (HowMuch::Exactly(number), _) => atoms(number, token.unit())?,
        (HowMuch::All, None) => {
            let view = fees_view(online, &state).await?;
            u64::try_from(view.fees_atoms)
                .unwrap_or(0)
                .min(view.left_atoms)
        }
        (HowMuch::All, Some(index)) => {
            let asset = state
                .asset(index)
                .map(|one| one.asset.insurance_collateral_atoms);
            asset.unwrap_or(0)
        }
    };
    if amount_atoms == 0 {
        return Err(CommandFailure::input(
            "There is nothing that can be paid out now.",
            "`freeboard fees show` says what there is and what the cap leaves.",
        ));
    }
    let destination = Destination::new(&authority, &token.keys, options.token_account);
    let mut instructions = Vec::from_iter(destination.create);
    // Fees stand in the assets' ledgers until they are swept.
    if token.asset_index.is_none()
        && i64::try_from(amount_atoms).unwrap_or(i64::MAX) > state.pool.ledger.fees_atoms
    {
        let indices: Vec<u16> = state.assets.iter().map(|one| one.asset.index).collect();
        instructions.extend(state.sweep_pool(&indices));
    }
    instructions.push(instructions::pay_out(
        &state.keys,
        &token.keys,
        authority,
        destination.address,
        amount_atoms,
    ));
    let shown = format!(
        "{} {}",
        decimal(amount_atoms.into(), token.decimals),
        token.name
    );
    let title = format!("Pay out {shown} to {}", destination.address);
    online.carry_out(Intent::new(title, instructions)).await
}
