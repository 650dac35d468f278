//! What a liquidation takes.
use anyhow::{Result, bail};
use freeboard_client::display::money::{duration, percent_e9, percent_two, usd, usd_whole};
use freeboard_client::parameters::ParameterFile;
use freeboard_client::risk::liquidation::{
    Closing, ClosingTerms, LiquidationPlan, LiquidationVerdict, Window,
};
use freeboard_client::risk::requirement::margin::report;

use super::{PricedEntry, account, markdown, with_long};
use crate::margin::answer::as_share;
use crate::margin::of_core;

/// The position that is liquidated, USD.
const POSITION_USD: u64 = 100_000;
/// Equity as a part of MM, per cent, when it is found.
const FOUND_AT: [u64; 5] = [99, 90, 80, 67, 30];

pub fn section(priced: &[PricedEntry], file: &ParameterFile) -> Result<String> {
    let Some(first) = priced.first() else {
        return Ok(String::new());
    };
    let params = &file.liquidation;
    let mut text = format!(
        "## A liquidation\n\n\
         Below MM anyone may flag an account, and close a part of it {} later, until equity is {} above MM. Below ⅔ of MM it is\n\
         closed further, at once. The penalty is a share of the margin that the closing frees: a quarter at least, more the further\n\
         equity has fallen and the longer the flag stands. It is at most {} of what is closed. {} of it is the liquidator's, {} of\n\
         the rest the insurance fund's, what is left the pool's.\n\n\
         A position of {} in {}, quiet, flagged {} ago:\n\n",
        duration(params.grace_secs.into()),
        percent_e9(params.beta_e9.into()),
        percent_e9(params.penalty_abs_e9.into()),
        percent_e9(params.liquidator_share_e9.into()),
        percent_e9(params.insurance_share_e9.into()),
        usd_whole((POSITION_USD * 1_000_000).cast_signed()),
        first.entry.name,
        duration(params.grace_secs.into()),
    );
    let rows = FOUND_AT.into_iter().map(|part| row(first, part, file));
    let columns = [
        "equity of MM",
        "closed",
        "margin freed",
        "penalty",
        "of the margin freed",
        "of what is closed",
    ];
    text += &markdown(&columns, rows.collect::<Result<Vec<_>>>()?);
    text += &format!(
        "A step that would pay the liquidator less than {} goes further. An account worth less than {} is closed whole.\n\
         In any {} a liquidation closes at most {} or {} of the account, whichever is more.\n",
        usd(params.keeper_cost_quote_atoms.cast_signed()),
        usd_whole(params.dust_quote_atoms.cast_signed()),
        duration(params.window_secs.into()),
        usd_whole(params.window_cap_quote_atoms.cast_signed()),
        percent_e9(params.window_share_e9.into()),
    );
    Ok(text)
}

/// The liquidation of an account whose equity is so many per cent of its MM.
fn row(one: &PricedEntry, part: u64, file: &ParameterFile) -> Result<Vec<String>> {
    let market = with_long(&one.quiet, POSITION_USD);
    let mut account = account(file, market, 0)?;
    let holdings = account.holdings();
    let margin = account.with_holdings(&holdings, report).map_err(of_core)?;
    let margin = i64::try_from(margin.maintenance.margin_atoms)?;
    account.quote_atoms = margin / 100 * part.cast_signed();
    account.with_holdings(&holdings, |portfolio| {
        let verdict = LiquidationPlan::new(
            portfolio,
            0,
            Closing::Position,
            &file.liquidation,
            file.liquidation.grace_secs.into(),
            Window::default(),
            &ClosingTerms::default(),
        );
        let LiquidationVerdict::Plan(plan) = verdict.map_err(of_core)? else {
            bail!("an account below its margin is liquidatable");
        };
        let closed = plan.size_atoms as f64 / holdings[0].size_atoms as f64;
        let (freed, penalty) = (plan.outcome.relief_atoms, plan.outcome.penalty_atoms);
        let notional = closed * POSITION_USD as f64 * 1e6;
        Ok(vec![
            format!("{part} %"),
            percent_two(closed),
            usd(i64::try_from(freed)?),
            usd(i64::try_from(penalty)?),
            percent_two(as_share(plan.penalty_share)),
            percent_two(penalty as f64 / notional),
        ])
    })
}
