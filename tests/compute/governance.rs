//! Changes, tightenings, roles; and what everybody pays while a change is on its way to the maintenance margin.
use crate::{Row, goals::RAMPING, measure::row};
use freeboard::instructions::Parameters;
use freeboard::state::{AssetParams, Change, PortfolioParams, Role, Scenario};
use freeboard_client::instructions;
use freeboard_tests::{AssetSpec, Meta, Trader, World, usd};
use solana_signer::Signer;

const NONE: (u8, u8) = (0, 0);
const ONE: (u8, u8) = (1, 0);

/// All of them.
pub fn measure() -> Vec<Row> {
    let mut rows = Vec::new();
    changes(&mut rows);
    roles(&mut rows);
    ramps(&mut rows);
    rows
}

fn market() -> World {
    World::market([AssetSpec::sol(), AssetSpec::btc()])
}

fn risk(world: &World, edit: impl FnOnce(&mut AssetParams)) -> Change {
    let mut params = world.asset(0).params;
    edit(&mut params);
    Change::AssetRisk {
        asset_index: 0,
        params: Box::new(params),
    }
}

fn thinner(params: &mut AssetParams) {
    params.depth_quote_atoms /= 4;
    params.oi_lo_quote_atoms /= 4;
    params.oi_hi_quote_atoms /= 4;
}

/// Sixteen scenarios in which everything falls.
fn scenarios() -> Change {
    let scenario = |number: i16| Scenario {
        weight_bps: 10_000,
        shock_bps: [-100 * number; 8],
    };
    Change::Scenarios {
        scenarios: (1..=16).map(scenario).collect(),
    }
}

fn changes(rows: &mut Vec<Row>) {
    let mut world = market();
    let looser = risk(&world, |params| params.k_e9 -= 1);
    for (variant, change) in [
        ("asset risk", looser.clone()),
        ("16 scenarios", scenarios()),
    ] {
        let sent = world.propose(change).map(|(_, meta)| meta);
        rows.push(row("propose_change", variant, NONE, sent));
    }
    world.warp_fresh(200_000);
    for (variant, change) in [("asset risk", looser), ("16 scenarios", scenarios())] {
        let sent = world.execute(&change);
        rows.push(row("execute_change", variant, NONE, sent));
    }
    let tighter = risk(&world, thinner);
    rows.push(row("tighten", "asset risk", NONE, world.tighten(tighter)));
    let change = risk(&world, |params| params.k_e9 -= 1);
    world.propose(change.clone()).expect("proposed");
    let guardian = world.guardian.clone();
    let sent = world.cancel_change_as(&guardian, &change);
    rows.push(row("cancel_change", "", NONE, sent));
    for (variant, asset_index) in [("exchange", None), ("asset", Some(0))] {
        let view = instructions::view_parameters(world.exchange, asset_index);
        let sent = world.send(&[view], &[]);
        let _: Parameters = world.parameters(asset_index).expect("parameters");
        rows.push(row("view_parameters", variant, NONE, sent));
    }
}

fn roles(rows: &mut Vec<Row>) {
    let mut world = market();
    let (guardian, next) = (world.guardian.clone(), world.actor());
    let sent = world.offer_role(&guardian, Role::Guardian, next.pubkey());
    rows.push(row("offer_role", "", NONE, sent));
    let sent = world.accept_role(&next, Role::Guardian);
    rows.push(row("accept_role", "", NONE, sent));
    let (sol, trader) = (world.handle_of(0), world.new_trader(usd(100_000)));
    world
        .trade(&trader, &sol, sol.atoms(500.0))
        .expect("opened"); // fees beyond what stays for samples
    world.sweep(&sol).expect("swept");
    let payouts = Change::Payouts {
        recipient: next.pubkey(),
        cap_quote_atoms: usd(1),
    };
    world.change(payouts).expect("opened");
    let token = world.quote_token();
    let destination = world.token_account(&next.pubkey(), &token.mint);
    let pay = instructions::pay_out(&world.keys, &token, next.pubkey(), destination, 1);
    rows.push(row("pay_out", "", NONE, world.send(&[pay], &[&next])));
}

/// One position while its asset, the portfolio and sixteen scenarios are all on their way.
fn ramps(rows: &mut Vec<Row>) {
    let mut world = market();
    let sol = world.handle_of(0);
    let trader = world.new_trader(usd(100_000));
    world.trade(&trader, &sol, sol.atoms(10.0)).expect("opened");
    let theta = PortfolioParams {
        theta_e9: 0,
        ..world.exchange().portfolio
    };
    let asset = risk(&world, thinner);
    for change in [asset, scenarios(), Change::Portfolio { params: theta }] {
        world.tighten(change).expect("tightened");
    }
    world.warp_fresh(3_600);
    let viewed = view(&mut world, &trader);
    rows.push(row("view_margin", RAMPING, ONE, Ok(viewed)));
    let sent = world.trade(&trader, &sol, sol.atoms(1.0));
    rows.push(row("trade", &format!("increase, {RAMPING}"), ONE, sent));
}

fn view(world: &mut World, trader: &Trader) -> Meta {
    let instruction = world.view_instruction(trader);
    world.send(&[instruction], &[]).expect("a report")
}
