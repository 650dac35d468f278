use super::*;
use bytemuck::Zeroable;

/// An exchange with two assets, SOL and BTC, and one more with BTC's name.
fn accounts() -> (Exchange, Vec<Asset>) {
    let mut exchange = Exchange::zeroed();
    exchange.portfolio = risk::PortfolioParams::reference().into();
    exchange.liquidation = risk::LiquidationParams::reference().into();
    exchange.pool = risk::PoolParams::reference().into();
    let asset = |(index, name): (u16, &str)| {
        let mut asset = Asset::zeroed();
        asset.index = index;
        asset.name[..name.len()].copy_from_slice(name.as_bytes());
        asset.params = risk::AssetParams::reference().into();
        asset.oracle = risk::OracleParams::reference().into();
        asset.trade = risk::TradeParams::reference().into();
        asset
    };
    let assets = [(0, "SOL"), (1, "BTC"), (2, "BTC")].map(asset).to_vec();
    (exchange, assets)
}

fn read(text: &str) -> Result<Vec<Change>, ChangeFileError> {
    let (exchange, assets) = accounts();
    parse(text, &exchange, &assets)
}

#[test]
fn every_table_is_a_change_over_the_values_of_now() {
    let changes = read(
        "timelock_secs = 90000\nscenarios = []\n\
         [asset.SOL]\nwind_down = true\n[asset.SOL.trade]\none_step_fills = true\n\
         [asset.SOL.oracle]\nage_trade_secs = 30\n[asset.SOL.params.sample]\nmax_age_secs = 9\n\
         [pool]\nlp_delay_secs = 7200\n[liquidation]\ngrace_secs = 20\n[portfolio]\nphi_e9 = 5\n",
    )
    .unwrap();
    let (exchange, assets) = accounts();
    let mut params = assets[0].params;
    params.sample.max_age_secs = 9;
    let expected = [
        Change::Portfolio {
            params: freeboard::state::PortfolioParams {
                phi_e9: 5,
                ..exchange.portfolio
            },
        },
        Change::Scenarios {
            scenarios: Vec::new(),
        },
        Change::Liquidation {
            params: freeboard::state::LiquidationParams {
                grace_secs: 20,
                ..exchange.liquidation
            },
        },
        Change::Pool {
            params: freeboard::state::PoolParams {
                lp_delay_secs: 7_200,
                ..exchange.pool
            },
        },
        Change::Timelock { secs: 90_000 },
        Change::AssetRisk {
            asset_index: 0,
            params: Box::new(params),
        },
        Change::AssetOracle {
            asset_index: 0,
            params: freeboard::state::OracleParams {
                age_trade_secs: 30,
                ..assets[0].oracle
            },
        },
        Change::AssetTrade {
            asset_index: 0,
            params: freeboard::state::TradeParams {
                one_step_fills: 1,
                ..assets[0].trade
            },
        },
        Change::WindDown { asset_index: 0 },
    ];
    assert_eq!(changes, expected);
}

#[test]
fn an_asset_can_be_named_by_its_index() {
    let changes = read("[asset.\"#2\"]\nreduce_only = true").unwrap();
    let expected = Change::ReduceOnly {
        asset_index: 2,
        reduce_only: true,
    };
    assert_eq!(changes, [expected]);
}

#[test]
fn what_is_wrong_is_named() {
    for (text, expected) in [
        ("[portfolio]\nfee_e9 = 1", "portfolio.fee_e9: unknown key"),
        ("[prtfolio]", "prtfolio: unknown key"),
        ("[asset.SOL.parms]", "asset.SOL.parms: unknown key"),
        (
            "[asset.SOL.params.sample]\nage = 1",
            "asset.SOL.params.sample.age: unknown key",
        ),
        ("[asset.BTC.params]", "asset.BTC: no asset of this name"),
        ("[asset.\"#3\".params]", "asset.#3: no asset"),
        ("[portfolio]\nphi_e9 = -1", "portfolio.phi_e9: -1 is not a"),
        (
            "[portfolio]\nphi_e9 = true",
            "portfolio.phi_e9: true is not",
        ),
        (
            "[asset.SOL.trade]\none_step_fills = 1",
            "1 is not true or false",
        ),
        ("[asset.SOL.params]\nsample = 1", "1 is not a table"),
        (
            "[asset.SOL.params]\nbucket = 256",
            "asset.SOL.params: invalid value",
        ),
        ("[asset.SOL]\nwind_down = false", "only true"),
        ("portfolio = 3", "portfolio: "),
        ("scenarios = [{ weight_bps = 1 }]", "scenarios: "),
        ("asset = {}", "the file changes nothing"),
        ("[", "TOML parse error"),
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}
