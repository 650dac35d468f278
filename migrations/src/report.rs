//! Plan and result, as people and programs read them.
use comfy_table::Table;
use freeboard_client::display::{money, table};
use freeboard_client::freeboard::ID;
use freeboard_client::freeboard::state::Role;
use freeboard_client::{ExchangeKeys, address};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::deployment::Deployment;
use crate::guards::sol;
use crate::plan::{Plan, Step, StepState, Waiting};
use crate::survey::{ProgramFound, Survey};

/// The plan as a table, and below it what it needs and what others have to sign.
pub fn plan_text(plan: &Plan, survey: &Survey) -> String {
    let mut steps: Table = table::table(&["", "Step", "State", "Rent", "Comes back", "Fees"], 3);
    for (number, step) in plan.steps.iter().enumerate() {
        let open = step.state != StepState::Done;
        let amount = |lamports: u64| match lamports {
            _ if !open => String::new(),
            0 => "–".to_owned(),
            lamports => money::decimal(lamports.into(), 9),
        };
        steps.add_row([
            (number + 1).to_string(),
            step.title.clone(),
            state_words(step),
            amount(step.cost.rent_lamports),
            amount(step.cost.lent_lamports),
            amount(step.cost.fee_lamports),
        ]);
    }
    let mut text = format!("{steps}\n");
    for remark in &plan.remarks {
        text += &format!("remark: {remark}\n");
    }
    for step in &plan.steps {
        match &step.state {
            StepState::Differs(how) => text += &format!("{}: {how}\n", step.title),
            StepState::NeedsSigner(unsigned) => {
                let missing: Vec<String> =
                    unsigned.missing.iter().map(ToString::to_string).collect();
                text += &format!(
                    "{}: {} signs this message:\n{}\n",
                    step.title,
                    missing.join(" and "),
                    unsigned.message_base64
                );
            }
            _ => {}
        }
    }
    text += &match plan.needed_lamports {
        0 => "everything is as the file says\n".to_owned(),
        needed => format!(
            "{} has {} and needs {} for what is not done (without priority fees)\n",
            survey.payer,
            sol(survey.payer_lamports),
            sol(needed)
        ),
    };
    text
}

/// How far a step is, in words.
pub fn state_words(step: &Step) -> String {
    match &step.state {
        StepState::Done => "done".to_owned(),
        StepState::Now => "now".to_owned(),
        StepState::Later => "later".to_owned(),
        StepState::Differs(_) => "differs, see below".to_owned(),
        StepState::NeedsSigner(_) => "needs another signer, see below".to_owned(),
        StepState::Waits(waiting) => format!("waits {}", waiting_words(waiting)),
    }
}

/// What is waited for, in words.
pub fn waiting_words(waiting: &Waiting) -> String {
    match waiting {
        Waiting::Until { unix_ts, now_ts } => {
            let left = unix_ts.saturating_sub(*now_ts).max(0).unsigned_abs();
            format!(
                "{} (until {unix_ts} of the chain's clock)",
                money::duration(left)
            )
        }
        Waiting::Price { asset, reason, .. } => format!("for a price of {asset}: {reason}"),
    }
}

/// The plan for programs.
pub fn plan_json(plan: &Plan, survey: &Survey) -> Value {
    let steps = plan.steps.iter().map(|step| {
        let (state, detail) = match &step.state {
            StepState::Done => ("done", Value::Null),
            StepState::Now => ("now", Value::Null),
            StepState::Later => ("later", Value::Null),
            StepState::Differs(how) => ("differs", json!({ "how": how })),
            StepState::Waits(Waiting::Until { unix_ts, .. }) => ("waits", json!({ "until_ts": unix_ts })),
            StepState::Waits(Waiting::Price { asset, price_account, reason }) => (
                "waits",
                json!({ "asset": asset, "price_account": price_account.to_string(), "reason": reason }),
            ),
            StepState::NeedsSigner(unsigned) => (
                "needs_signer",
                json!({
                    "missing": unsigned.missing.iter().map(ToString::to_string).collect::<Vec<_>>(),
                    "message_base64": unsigned.message_base64,
                }),
            ),
        };
        json!({
            "step": step.title,
            "state": state,
            "detail": detail,
            "signers": step.signers.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "rent_lamports": step.cost.rent_lamports,
            "lent_lamports": step.cost.lent_lamports,
            "fee_lamports": step.cost.fee_lamports,
        })
    });
    json!({
        "finished": plan.is_finished(),
        "payer": survey.payer.to_string(),
        "payer_lamports": survey.payer_lamports,
        "needed_lamports": plan.needed_lamports,
        "remarks": plan.remarks,
        "steps": steps.collect::<Vec<_>>(),
    })
}

/// What is on the cluster now: addresses to pin and publish, and how far the plan is.
pub fn result_json(deployment: &Deployment, plan: &Plan, survey: &Survey) -> Value {
    let part = &deployment.exchange;
    let keys = ExchangeKeys::of_creator(&part.creator, part.quote_mint, survey.quote_program);
    let program = match &survey.program {
        ProgramFound::Deployed(program) => json!({
            "address": ID.to_string(),
            "slot": program.slot,
            "upgrade_authority": program.upgrade_authority.map(|one| one.to_string()),
            "bytes": deployment.program.bytes.len(),
            "sha256": hex::encode(Sha256::digest(&deployment.program.bytes)),
            "is_this_build": program.is_same,
        }),
        _ => Value::Null,
    };
    let exchange = survey.exchange.as_ref().map(|exchange| {
        let holder = |role| exchange.holder(role).to_string();
        json!({
            "address": keys.exchange.to_string(),
            "creator": part.creator.to_string(),
            "pool": keys.pool.to_string(),
            "share_mint": address::share_mint(&keys.exchange).to_string(),
            "quote_mint": keys.quote_mint.to_string(),
            "quote_vault": keys.quote_vault.to_string(),
            "timelock_secs": exchange.timelock_secs,
            "governance": holder(Role::Governance),
            "risk_manager": holder(Role::RiskManager),
            "guardian": holder(Role::Guardian),
        })
    });
    let assets = deployment
        .assets
        .iter()
        .zip(&survey.assets)
        .map(|(part, found)| {
            json!({
                "name": part.name,
                "index": found.index,
                "listed": found.listed.is_some(),
                "address": address::asset(&keys.exchange, found.index).to_string(),
                "feed": hex::encode(part.feed.feed),
                "price_account": part.price_account.to_string(),
                "mint": part.mint.map(|mint| mint.to_string()),
            })
        });
    json!({
        "cluster": deployment.cluster.name(),
        "chain_ts": survey.now_ts,
        "program": program,
        "exchange": exchange,
        "assets": assets.collect::<Vec<_>>(),
        "plan": plan_json(plan, survey),
    })
}
