//! The answer as a person reads it: dollars, per cent, sentences.
use freeboard_client::display::money::{
    decimal, duration, percent_two, price_usd, times, usd, usd_whole,
};
use freeboard_client::display::state::{state_words, utilisation};
use freeboard_client::display::table::table;
use freeboard_client::freeboard::instructions::MarginState;
use freeboard_client::risk::market::trade::MIN_SPREAD_AGE_SECS;

use super::answer::{AccountAnswer, HoldingAnswer, LevelAnswer};
use super::cost::{PositionCosts, TradeCost};
use super::storm::Storm;
use super::together::CommonMoves;

/// Basis points in one.
const BPS: f64 = 1e4;

/// The answer as text: verdict, levels, holdings, costs, storm, margins by size.
pub fn text(answer: &AccountAnswer) -> String {
    let mut text = format!("{}\n\n", held(answer));
    text += &levels(answer);
    if answer.holdings.is_empty() {
        return text;
    }
    text += &holdings(answer);
    text += &together(answer);
    text += &costs(answer);
    text += &storm(answer);
    text += &tiers(answer);
    text
}

/// What is held, in one line.
fn held(answer: &AccountAnswer) -> String {
    let mut parts = Vec::new();
    for one in &answer.holdings {
        let read = |atoms: i128| decimal(atoms, one.base_decimals);
        let price = price_usd(one.price_e12);
        if one.size_atoms != 0 {
            let side = if one.size_atoms > 0 { "long" } else { "short" };
            let size = read(i128::from(one.size_atoms).abs());
            parts.push(format!("{side} {size} {} at {price}", one.name));
        }
        if one.collateral_atoms != 0 {
            let amount = read(one.collateral_atoms.into());
            let counts = match one.collateral_weight {
                0.0 => "which counts nothing under these parameters".to_owned(),
                weight => format!("of which {} count", percent_two(weight)),
            };
            parts.push(format!(
                "{amount} {} at {price} as collateral, {counts}",
                one.name
            ));
        }
    }
    parts.push(format!("cash {}", usd(answer.quote_atoms)));
    parts.join(" · ")
}

fn levels(answer: &AccountAnswer) -> String {
    let (maintenance, initial) = (&answer.maintenance, &answer.initial);
    let leverage = answer.leverage.map_or("–".to_owned(), times);
    let most = answer.largest_leverage;
    let most = most.map_or(String::new(), |most| {
        format!(", with the same book at most {}", times(most))
    });
    let row = |name: &str, level: &LevelAnswer, left: &str| {
        [
            name.to_owned(),
            usd(level.margin_atoms),
            format!("{left} {}", usd(level.free_atoms)),
            format!(
                "of {} that count; {}",
                usd(level.equity_atoms),
                binding(level)
            ),
        ]
    };
    let first = [
        "equity".to_owned(),
        usd(answer.equity_atoms),
        format!("leverage {leverage}"),
        format!(
            "{} of positions and loan{most}",
            usd(answer.gross_notional_atoms)
        ),
    ];
    let rows = [
        first,
        row("initial margin (IM)", initial, "free collateral"),
        row("maintenance margin (MM)", maintenance, "cushion"),
    ];
    let verdict = if answer.is_liquidatable {
        "Liquidatable now: equity is below MM. Anyone may flag the account, and liquidate it after the grace.\n"
    } else if answer.state == MarginState::Call {
        "Equity is below the call level: reduce or deposit before it is below MM. Nothing can be opened, increased, borrowed or withdrawn.\n"
    } else if answer.meets_initial_margin {
        ""
    } else if initial.free_atoms >= 0 {
        "The price of a position may not be traded on now (`freeboard doctor` says why): nothing can be opened, increased, borrowed or \
         withdrawn; a reduce and a deposit can.\n"
    } else {
        "Equity is below IM: nothing can be opened, increased, borrowed or withdrawn; a reduce and a deposit can.\n"
    };
    let columns = ["", "USD", "left", "why"];
    format!(
        "{}\n{}{verdict}",
        table(&columns, 4).add_rows(rows),
        state(answer)
    )
}

/// The state in one line, and where time alone takes MM.
fn state(answer: &AccountAnswer) -> String {
    if answer.maintenance.margin_atoms == 0 {
        return String::new();
    }
    let called = i128::from(answer.call_level_e9);
    let mut said = format!(
        "State: {}; MM uses {} of equity, a margin call begins below {} · MM.\n",
        state_words(answer.state),
        utilisation(answer.utilisation_permille),
        decimal(called, 9)
    );
    if let Some(course) = answer.course.said() {
        said += &format!("MM is on its way: {course}.\n");
    }
    said
}

/// The term that sets a margin, in words.
fn binding(level: &LevelAnswer) -> String {
    if level.margin_atoms == 0 {
        return "nothing is asked for".to_owned();
    }
    match level.binding.as_str() {
        "var" => "the correlated shocks bind".to_owned(),
        "floor" => "the floor binds, a part of the sum of all shocks".to_owned(),
        "mm" => "1.25 · MM binds".to_owned(),
        scenario => format!("joint {} binds", scenario.replace(':', " ")),
    }
}

fn holdings(answer: &AccountAnswer) -> String {
    let row = |one: &HoldingAnswer| {
        let [below, above] = one.liquidation_prices_e12.map(|price| match price {
            Some(_) if answer.is_liquidatable => "now".to_owned(),
            Some(price) => {
                let moved = price as f64 / one.price_e12 as f64 - 1.0;
                format!("{} ({})", price_usd(price), signed_percent(moved))
            }
            None => "–".to_owned(),
        });
        [
            one.name.clone(),
            usd(one.net_atoms),
            usd(one.pnl_atoms),
            format!("{} per √h", percent_two(one.sigma)),
            percent_two(one.maintenance_shock),
            percent_two(one.initial_shock),
            usd(one.maintenance_part_atoms),
            usd(one.initial_part_atoms),
            below,
            above,
        ]
    };
    let columns = [
        "",
        "net",
        "PnL",
        "σ",
        "shock MM",
        "shock IM",
        "of MM",
        "of IM",
        "liquidatable at or below",
        "at or above",
    ];
    let rows = answer.holdings.iter().map(row);
    format!("\n{}\n", table(&columns, 1).add_rows(rows))
}

/// A share with its sign: `−6.71 %`.
fn signed_percent(share: f64) -> String {
    let sign = if share < 0.0 { "−" } else { "+" };
    format!("{sign}{:.2} %", share.abs() * 100.0)
}

fn together(answer: &AccountAnswer) -> String {
    if answer.is_liquidatable || answer.holdings.len() < 2 {
        return String::new();
    }
    let CommonMoves { fall, rise } = answer.together;
    let found: Vec<String> = [fall, rise]
        .into_iter()
        .flatten()
        .map(signed_percent)
        .collect();
    let at = if found.is_empty() {
        String::new()
    } else {
        format!(" liquidatable at {};", found.join(" and "))
    };
    let none = match (fall, rise) {
        (Some(_), Some(_)) => "all else unchanged",
        (Some(_), None) => "by no rise up to 16 times the price",
        (None, Some(_)) => "by no fall",
        (None, None) => "not liquidatable by any fall or a rise up to 16 times the price",
    };
    format!("All prices together:{at} {none}.\n")
}

fn costs(answer: &AccountAnswer) -> String {
    let priced: Vec<(&HoldingAnswer, &PositionCosts)> = answer
        .holdings
        .iter()
        .filter_map(|one| one.costs.as_ref().map(|costs| (one, costs)))
        .collect();
    let mut text = String::new();
    if !priced.is_empty() {
        let columns = [
            "cost",
            "",
            "fill price",
            "fee",
            "half-spread",
            "impact",
            "total",
            "bp",
            "funding a day at most",
        ];
        let rows = priced.iter().flat_map(|(one, costs)| {
            let day = usd(costs.funding_day_atoms);
            [
                cost_row(&one.name, "open", &costs.open, day),
                cost_row("", "close", &costs.close, String::new()),
            ]
        });
        text += &format!("\n{}\n", table(&columns, 2).add_rows(rows));
        for (one, costs) in priced {
            let ages = costs.half_spread.iter().map(|at| {
                let least = at.age_secs.max(MIN_SPREAD_AGE_SECS);
                format!("{:.1} bp at {least} s", at.share * BPS)
            });
            let ages: Vec<String> = ages.collect();
            text += &format!(
                "{}: half-spread by the age of the price {}, and the confidence.\n",
                one.name,
                ages.join(", ")
            );
        }
    }
    if answer.interest_day_atoms > 0 {
        let interest = usd(atoms(answer.interest_day_atoms));
        text += &format!(
            "Loan: at most {interest} of interest a day, while the pool has lent everything.\n"
        );
    }
    text
}

fn atoms(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}

fn cost_row(name: &str, what: &str, cost: &TradeCost, funding: String) -> [String; 9] {
    let bps = cost.total_atoms() as f64 / cost.notional_atoms as f64 * BPS;
    [
        name.to_owned(),
        what.to_owned(),
        price_usd(cost.price_e12),
        usd(atoms(cost.fee_atoms)),
        usd(cost.half_spread_atoms),
        usd(cost.impact_atoms),
        usd(cost.total_atoms()),
        format!("{bps:.1}"),
        funding,
    ]
}

/// What lone positions need by their size.
fn tiers(answer: &AccountAnswer) -> String {
    let tables = answer.tiers.iter().filter(|one| !one.tiers.is_empty());
    let tables = tables.map(|one| {
        let rows = one.tiers.iter().map(|tier| {
            let part = |margin: i64| percent_two(margin as f64 / tier.notional_atoms as f64);
            [
                usd_whole(tier.notional_atoms),
                usd(tier.initial_margin_atoms),
                part(tier.initial_margin_atoms),
                usd(tier.maintenance_margin_atoms),
                part(tier.maintenance_margin_atoms),
                times(tier.leverage),
            ]
        });
        let name = format!("{} alone, long", one.asset);
        let columns = [
            name.as_str(),
            "IM",
            "of it",
            "MM",
            "of it",
            "largest leverage",
        ];
        format!("\n{}\n", table(&columns, 0).add_rows(rows))
    });
    tables.collect()
}

fn storm(answer: &AccountAnswer) -> String {
    let Storm {
        sigmas,
        steps,
        liquidatable_after_secs,
    } = &answer.storm;
    let names = answer
        .holdings
        .iter()
        .map(|one| format!("shock {}", one.name));
    let columns: Vec<String> = [
        "after".to_owned(),
        "MM".to_owned(),
        "cushion".to_owned(),
        "IM".to_owned(),
    ]
    .into_iter()
    .chain(names)
    .collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let rows = steps.iter().map(|step| {
        let amounts = [
            format!("{} h", step.hours),
            usd(step.maintenance_margin_atoms),
            usd(step.cushion_atoms),
            usd(step.initial_margin_atoms),
        ];
        let shocks = step.unit_shocks.iter().map(|share| percent_two(*share));
        amounts.into_iter().chain(shocks).collect::<Vec<_>>()
    });
    let until = match liquidatable_after_secs {
        Some(0) => String::new(),
        Some(secs) => format!(
            "Liquidatable after {} of it, if prices stay.\n",
            duration(secs.unsigned_abs())
        ),
        None => "Not liquidatable within 7 days of it, if prices stay.\n".to_owned(),
    };
    format!(
        "\nA storm of {sigmas} σ at the prices of now: IM follows at once, MM by its speed limit.\n{}\n{until}",
        table(&columns, 1).add_rows(rows)
    )
}
