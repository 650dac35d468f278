//! A margin case as JSON, evaluated by the public API and answered as JSON (strings for amounts).
use freeboard_risk::RiskError;
use freeboard_risk::contribution::{Contribution, report_with_contributions};
use freeboard_risk::holding::Holding;
use freeboard_risk::liquidation::{
    Closing, LiquidationPlan, LiquidationVerdict, SizeReason, Window,
};
use freeboard_risk::margin::{InitialVerdict, MarginReport, gross_atoms, holding_report};
use freeboard_risk::math::Scaled;
use freeboard_risk::params::{
    AssetCoefficients, AssetParams, LiquidationParams, PortfolioCoefficients, PortfolioParams,
    Scenario, ScenarioCoefficients,
};
use freeboard_risk::portfolio::{Binding, Portfolio};
use freeboard_risk::quantity::{Fraction, Price, Variance};
use freeboard_risk::unit_shock::unit_shock;
use freeboard_risk::volatility::VolatilityState;
use serde_json::{Value, json};

/// Clock time of every case: the ages of a case are counted back from it.
const NOW: i64 = 1_800_000_000;

/// The answer to a margin case.
///
/// Errors: what the core refuses. Panics on a malformed case: it is a test's own.
pub fn evaluate(case: &Value) -> Result<Value, RiskError> {
    let coefficients = portfolio_coefficients(&case["portfolio"])?;
    let scenarios = list(&case["portfolio"]["scenarios"])
        .iter()
        .map(scenario)
        .collect::<Result<Vec<_>, _>>()?;
    let provision_secs = number(&case["portfolio"]["funding_provision_s"]);
    let assets = list(&case["assets"])
        .iter()
        .map(|asset| Asset::new(asset, provision_secs))
        .collect::<Result<Vec<_>, _>>()?;
    let mut holdings: Vec<Holding> = assets.iter().map(|asset| asset.holding).collect();
    hold(&mut holdings, &case["account"]);
    let portfolio = Portfolio {
        coefficients: &coefficients,
        scenarios: &scenarios,
        quote_atoms: signed(&case["account"]["quote_atoms"]),
        holdings: &holdings,
    };
    let mut shares = vec![Contribution::default(); holdings.len()];
    let report = report_with_contributions(&portfolio, &mut shares)?;
    let atoms = |of: fn(&Contribution) -> i128| shares.iter().map(of).collect::<Vec<_>>();
    let mut answer = levels(&report);
    answer["kind"] = json!("margin");
    answer["gross_quote_atoms"] = json!(gross_atoms(&portfolio)?.to_string());
    answer["mm_contributions_quote_atoms"] = strings(&atoms(|share| share.maintenance_atoms));
    answer["im_contributions_quote_atoms"] = strings(&atoms(|share| share.initial_atoms));
    answer["assets"] = assets
        .iter()
        .zip(&holdings)
        .map(|(asset, holding)| asset.answer(holding))
        .collect::<Result<Vec<_>, _>>()?
        .into();
    answer["liquidation"] = liquidation(&portfolio, &case["liquidation"])?;
    Ok(answer)
}

/// An asset of a case, not yet held.
struct Asset {
    name: String,
    params: AssetParams,
    volatility: VolatilityState,
    holding: Holding,
}

impl Asset {
    fn new(asset: &Value, provision_secs: u32) -> Result<Self, RiskError> {
        let params = asset_params(asset);
        let coefficients = AssetCoefficients::new(&params, provision_secs)?;
        let u_prev = u64::try_from(unsigned(&asset["u_prev_e18"])).unwrap();
        let mut volatility = VolatilityState {
            v_fast: variance(&asset["v_fast_per_h"])?,
            v_slow: variance(&asset["v_slow_per_h"])?,
            anchor: Scaled::from_u128(unsigned(&asset["price_e12"]))?,
            anchor_clamped: false,
            anchor_ts: NOW - asset["sample_age_s"].as_i64().unwrap(),
            samples: number(&asset["samples"]),
            u_prev: Fraction::from_e18_ceil(u_prev)?,
            u_prev_ts: NOW - asset["u_age_s"].as_i64().unwrap(),
            sigma_target: Fraction::ZERO,
            u_target: Fraction::ZERO,
        };
        volatility.refresh(&params, &coefficients)?;
        let holding = Holding {
            price: Price(unsigned(&asset["price_e12"])),
            confidence: Price(unsigned(&asset["conf_e12"])),
            ema: Price(unsigned(&asset["ema_e12"])),
            usable_initial: asset["usable_initial"].as_bool().unwrap(),
            usable_liquidation: asset["usable_liquidation"].as_bool().unwrap(),
            unit_shock: unit_shock(&volatility, &coefficients, NOW),
            coefficients,
            open_interest_atoms: atoms(&asset["oi_atoms"]),
            liquidated_quote_atoms: atoms(&asset["liquidated_quote_atoms"]),
            ..Holding::default()
        };
        let name = asset["name"].as_str().unwrap().to_owned();
        Ok(Self {
            name,
            params,
            volatility,
            holding,
        })
    }

    fn answer(&self, holding: &Holding) -> Result<Value, RiskError> {
        let report = holding_report(holding)?;
        let e18 = |fraction: Fraction| fraction.to_e18_ceil().to_string();
        Ok(json!({
            "name": self.name,
            "sigma_c_e18": e18(self.volatility.sigma_c(&self.params)?),
            "sigma_target_e18": e18(self.volatility.sigma_target),
            "sigma_im_e18": e18(holding.unit_shock.sigma_im),
            "u_mm_e18": e18(holding.unit_shock.u_mm),
            "core_mm_e18": e18(report.maintenance.core),
            "shock_mm_e18": e18(report.maintenance.full),
            "core_im_e18": e18(report.initial.core),
            "shock_im_e18": e18(report.initial.full),
            "net_quote_atoms": report.net_quote_atoms.to_string(),
        }))
    }
}

fn hold(holdings: &mut [Holding], account: &Value) {
    let index = |entry: &Value| usize::try_from(entry["asset"].as_u64().unwrap()).unwrap();
    for position in list(&account["positions"]) {
        let holding = &mut holdings[index(position)];
        holding.size_atoms = signed(&position["size_atoms"]);
        holding.entry_quote_atoms = signed(&position["entry_quote_atoms"]);
        holding.funding_quote_atoms = signed(&position["funding_quote_atoms"]);
    }
    for collateral in list(&account["collaterals"]) {
        holdings[index(collateral)].collateral_atoms = atoms(&collateral["amount_atoms"]);
    }
}

fn levels(report: &MarginReport) -> Value {
    let initial = &report.initial;
    let liquidation = &report.liquidation.requirement;
    json!({
        "mm_quote_atoms": report.maintenance.margin_atoms.to_string(),
        "mm_binding": binding(report.maintenance.binding),
        "im_quote_atoms": initial.requirement.margin_atoms.to_string(),
        "im_binding": binding(initial.requirement.binding),
        "equity_mm_quote_atoms": report.maintenance.equity_atoms.to_string(),
        "equity_im_quote_atoms": initial.requirement.equity_atoms.to_string(),
        "headroom_im_quote_atoms": initial.headroom_atoms.to_string(),
        "initial_ok": initial.meets_initial_margin(),
        "initial_reason": match initial.verdict {
            InitialVerdict::Met => "",
            InitialVerdict::NotMet => "initial",
            InitialVerdict::PositionPriceUnusable => "unusable",
        },
        "liquidation_mm_quote_atoms": liquidation.margin_atoms.to_string(),
        "liquidation_equity_quote_atoms": liquidation.equity_atoms.to_string(),
        "liquidatable": liquidation.is_liquidatable(),
    })
}

fn binding(binding: Binding) -> String {
    match binding {
        Binding::Var => "var".to_owned(),
        Binding::Floor => "floor".to_owned(),
        Binding::Scenario(index) => format!("scenario:{index}"),
        Binding::Maintenance => "mm".to_owned(),
    }
}

fn liquidation(portfolio: &Portfolio, case: &Value) -> Result<Value, RiskError> {
    if case.is_null() {
        return Ok(Value::Null);
    }
    let params = LiquidationParams {
        penalty_abs_e9: e9(&case["penalty_abs_e9"]),
        beta_e9: e9(&case["beta_e9"]),
        dust_quote_atoms: atoms(&case["dust_quote_atoms"]),
        window_cap_quote_atoms: atoms(&case["window_cap_quote_atoms"]),
        window_share_e9: e9(&case["window_share_e9"]),
        ..LiquidationParams::reference()
    };
    let closing = match case["what"].as_str().unwrap() {
        "position" => Closing::Position,
        "collateral" => Closing::Collateral,
        "pair" => Closing::Pair,
        other => panic!("what: {other}"),
    };
    let window = Window {
        gross_quote_atoms: atoms(&case["window_gross_quote_atoms"]),
        closed_quote_atoms: atoms(&case["window_closed_quote_atoms"]),
    };
    let index = usize::try_from(case["asset"].as_u64().unwrap()).unwrap();
    let age = case["flag_age_s"].as_u64().unwrap();
    let verdict = LiquidationPlan::new(portfolio, index, closing, &params, age, window)?;
    let plan = match verdict {
        LiquidationVerdict::Unusable => {
            return Ok(json!({"liquidatable": false, "reason": "unusable"}));
        }
        LiquidationVerdict::Healthy => {
            return Ok(json!({"liquidatable": false, "reason": "healthy"}));
        }
        LiquidationVerdict::Nothing => {
            return Ok(json!({"liquidatable": true, "reason": "nothing"}));
        }
        LiquidationVerdict::Plan(plan) => plan,
    };
    assert_eq!(plan.at(plan.size_atoms)?, plan.outcome);
    assert_eq!(plan.take(plan.size_atoms, &params).is_ok(), plan.allowed);
    Ok(json!({
        "liquidatable": true,
        "reason": match plan.reason {
            SizeReason::Deep => "deep",
            SizeReason::Dust => "dust",
            SizeReason::Whole => "whole",
            SizeReason::Target => "target",
            SizeReason::Debt => "debt",
            SizeReason::Window => "window",
        },
        "allowed": plan.allowed,
        "depth_e18": plan.depth_e18.to_string(),
        "penalty_share_e18": plan.penalty_share.to_e18_ceil().to_string(),
        "size_atoms": plan.size_atoms.to_string(),
        "relief_quote_atoms": plan.outcome.relief_atoms.to_string(),
        "penalty_quote_atoms": plan.outcome.penalty_atoms.to_string(),
        "equity_after_quote_atoms": plan.outcome.equity_after_atoms.to_string(),
        "mm_after_quote_atoms": plan.outcome.margin_after_atoms.to_string(),
    }))
}

fn portfolio_coefficients(p: &Value) -> Result<PortfolioCoefficients, RiskError> {
    PortfolioCoefficients::new(&PortfolioParams {
        theta_e9: e9(&p["theta_e9"]),
        phi_e9: e9(&p["phi_e9"]),
        rho_lo_e9: e9(&p["rho_lo_e9"]),
        rho_hi_e9: e9(&p["rho_hi_e9"]),
        im_over_mm_e9: e9(&p["im_over_mm_e9"]),
        upnl_weight_e9: e9(&p["upnl_weight_e9"]),
        z_e9: e9(&p["z_e9"]),
        unusable_move_e9: e9(&p["unusable_move_e9"]),
        funding_provision_secs: number(&p["funding_provision_s"]),
    })
}

fn scenario(s: &Value) -> Result<ScenarioCoefficients, RiskError> {
    let shocks: Vec<i64> = list(&s["shock_e9"])
        .iter()
        .map(|v| v.as_i64().unwrap())
        .collect();
    ScenarioCoefficients::new(&Scenario {
        weight_e9: e9(&s["weight_e9"]),
        shock_e9: shocks.try_into().unwrap(),
    })
}

fn asset_params(asset: &Value) -> AssetParams {
    let p = &asset["params"];
    AssetParams {
        omega_e9: e9(&p["omega_e9"]),
        sigma_stress_e9: e9(&p["sigma_stress_e9"]),
        sigma_floor_e9: e9(&p["sigma_floor_e9"]),
        sigma_cap_e9: e9(&p["sigma_cap_e9"]),
        sigma_initial_e9: e9(&p["sigma_initial_e9"]),
        warmup_samples: number(&p["warmup_samples"]),
        stale_after_secs: number(&p["stale_after_s"]),
        stale_per_h_e9: e9(&p["stale_per_h_e9"]),
        k_e9: e9(&p["k_e9"]),
        h_mm_secs: number(&p["h_mm_s"]),
        h_im_secs: number(&p["h_im_s"]),
        s_floor_e9: e9(&p["s_floor_e9"]),
        up_per_h_e9: e9(&p["up_per_h_e9"]),
        down_per_h_e9: e9(&p["down_per_h_e9"]),
        s_max_mm_long_e9: e9(&p["s_max_mm_long_e9"]),
        s_max_im_long_e9: e9(&p["s_max_im_long_e9"]),
        s_max_short_e9: e9(&p["s_max_short_e9"]),
        depth_quote_atoms: atoms(&p["depth_quote_atoms"]),
        oi_lo_quote_atoms: atoms(&p["oi_lo_quote_atoms"]),
        oi_hi_quote_atoms: atoms(&p["oi_hi_quote_atoms"]),
        gamma_e9: e9(&p["gamma_e9"]),
        basis_e9: e9(&p["basis_e9"]),
        max_rate_per_h_e9: e9(&p["max_rate_per_h_e9"]),
        credit_e9: e9(&p["credit_e9"]),
        bucket: u8::try_from(asset["bucket"].as_u64().unwrap()).unwrap(),
        base_decimals: u8::try_from(asset["base_decimals"].as_u64().unwrap()).unwrap(),
        lot_atoms: atoms(&asset["lot_atoms"]),
        ..AssetParams::reference()
    }
}

fn variance(value: &Value) -> Result<Variance, RiskError> {
    let text = value.as_str().unwrap();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    Variance::from_e24_ceil(format!("{whole}{part:0<24}").parse().unwrap())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn e9(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn number(value: &Value) -> u32 {
    value.as_u64().unwrap().try_into().unwrap()
}

fn unsigned(value: &Value) -> u128 {
    value.as_str().unwrap().parse().unwrap()
}

fn atoms(value: &Value) -> u64 {
    value.as_str().unwrap().parse().unwrap()
}

fn signed(value: &Value) -> i64 {
    value.as_str().unwrap().parse().unwrap()
}

fn strings(values: &[i128]) -> Value {
    values
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .into()
}
