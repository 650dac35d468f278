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
        "timelock_secs = 90000\nscenarios = [{ weight_bps = 1, shock_bps = [0, 0, 0, 0, 0, 0, 0, 0] }]\n\
         [[assets]]\nname = \"SOL\"\nwind_down = true\ntrade.one_step_fills = true\n\
         oracle.age_trade_secs = 30\nparams.sample.max_age_secs = 9\n\
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
            scenarios: vec![freeboard::state::Scenario {
                weight_bps: 1,
                shock_bps: [0; 8],
            }],
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
    let changes = read("[[assets]]\nindex = 2\nreduce_only = true").unwrap();
    let expected = Change::ReduceOnly {
        asset_index: 2,
        reduce_only: true,
    };
    assert_eq!(changes, [expected]);
}

/// An id alone is of the receiver of now, a kind alone is the same id by another receiver.
#[test]
fn another_feed_is_a_kind_and_an_id() {
    use freeboard::state::OracleKind;
    let digits = "0a".repeat(32);
    let held = accounts().1[0].feed;
    for (keys, kind, feed) in [
        (
            format!("id = \"{digits}\""),
            OracleKind::PythReceiver,
            [10; 32],
        ),
        (
            "kind = \"pyth_receiver_pro\"".to_owned(),
            OracleKind::PythReceiverPro,
            held,
        ),
    ] {
        let changes = read(&format!("[[assets]]\nindex = 0\nfeed = {{ {keys} }}")).unwrap();
        let feed = FeedBinding { kind, feed };
        let expected = Change::AssetFeed {
            asset_index: 0,
            feed,
        };
        assert_eq!(changes, [expected]);
    }
}

/// A source is named as a whole: a feed, a value that expires, or nothing.
#[test]
fn an_implied_volatility_has_one_source() {
    use freeboard::state::OracleKind;
    let digits = "0a".repeat(32);
    let feed = FeedBinding {
        kind: OracleKind::PythReceiver,
        feed: [10; 32],
    };
    for (value, source) in [
        (
            format!("{{ kind = \"pyth_receiver\", id = \"{digits}\" }}"),
            ImpliedSource::Feed { feed },
        ),
        (
            "{ sigma_e9 = 8_000_000, until_ts = 1_790_000_000 }".to_owned(),
            ImpliedSource::Governed {
                sigma_e9: 8_000_000,
                until_ts: 1_790_000_000,
            },
        ),
    ] {
        let changes = read(&format!("[[assets]]\nindex = 1\nimplied = {value}")).unwrap();
        let expected = Change::ImpliedVolatility {
            asset_index: 1,
            source,
        };
        assert_eq!(changes, [expected]);
    }
    let none = read("[[assets]]\nindex = 1\nimplied = false");
    assert_eq!(none, Err(ChangeFileError::Empty), "there is none now");
}

#[test]
fn what_is_wrong_is_named() {
    for (text, expected) in [
        ("[portfolio]\nfee_e9 = 1", "portfolio.fee_e9: unknown key"),
        ("[prtfolio]", "prtfolio: unknown key"),
        (
            "[[assets]]\nname = \"SOL\"\nparms = 1",
            "assets[0].parms: unknown key",
        ),
        (
            "[[assets]]\nindex = 0\n[assets.params.sample]\nage = 1",
            "assets[0].params.sample.age: unknown key",
        ),
        ("[asset.SOL.params]", "asset: unknown key"),
        (
            "[[assets]]\nname = \"BTC\"",
            "assets[0] (BTC): the exchange has no such asset, or several",
        ),
        (
            "[[assets]]\nindex = 3",
            "assets[0]: the exchange has no such asset",
        ),
        ("[[assets]]\nreduce_only = true", "assets[0]: which asset"),
        ("[[assets]]\nname = 1", "assets[0].name: "),
        ("[portfolio]\nphi_e9 = -1", "portfolio.phi_e9: -1 is not a"),
        (
            "[portfolio]\nphi_e9 = true",
            "portfolio.phi_e9: true is not",
        ),
        (
            "[[assets]]\nindex = 0\ntrade.one_step_fills = 1",
            "1 is not true or false",
        ),
        (
            "[[assets]]\nindex = 0\nparams.sample = 1",
            "1 is not a table",
        ),
        (
            "[[assets]]\nindex = 0\nparams.bucket = 256",
            "assets[0].params: invalid value",
        ),
        ("[[assets]]\nindex = 0\nwind_down = false", "only true"),
        (
            "[[assets]]\nindex = 0\nfeed.id = \"0a\"",
            "assets[0].feed.id: `0a` is no feed id",
        ),
        (
            "[[assets]]\nindex = 0\nfeed.kind = \"pyth\"",
            "assets[0].feed.kind: `pyth` is no kind of feed",
        ),
        (
            "[[assets]]\nindex = 0\nfeed.address = \"0a\"",
            "assets[0].feed.address: unknown key",
        ),
        (
            "[[assets]]\nindex = 0\nimplied.sigma_e9 = 1",
            "assets[0].implied: either `kind` and `id`",
        ),
        (
            "[[assets]]\nindex = 0\nimplied.sigma = 1",
            "assets[0].implied.sigma: unknown key",
        ),
        (
            "[[assets]]\nindex = 0\nimplied = { kind = \"pyth_receiver\", id = \"0a\" }",
            "assets[0].implied.id: `0a` is no feed id",
        ),
        (
            "[[assets]]\nindex = 0\nimplied = true",
            "assets[0].implied: ",
        ),
        ("portfolio = 3", "portfolio: "),
        ("scenarios = [{ weight_bps = 1 }]", "scenarios: "),
        ("assets = []", "the file changes nothing"),
        ("scenarios = []", "the file changes nothing"),
        ("[", "TOML parse error"),
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

/// A file of an exchange as it is changes nothing; with one number replaced it changes that.
#[test]
fn a_whole_parameter_file_changes_what_differs() {
    let text = include_str!("../../../../migrations/parameters/default.toml");
    let file = crate::parameters::ParameterFile::parse(text).unwrap();
    let (mut exchange, mut assets) = accounts();
    exchange.portfolio = file.portfolio.into();
    exchange.liquidation = file.liquidation.into();
    exchange.pool = file.pool.into();
    let scenarios: Vec<freeboard::state::Scenario> =
        file.scenarios.iter().map(|entry| (*entry).into()).collect();
    exchange.set_scenarios(&scenarios).unwrap();
    assert_eq!(assets.len(), file.assets.len());
    for (asset, entry) in assets.iter_mut().zip(&file.assets) {
        asset.name = [0; 16];
        asset.name[..entry.name.len()].copy_from_slice(entry.name.as_bytes());
        asset.params = entry.params.into();
        asset.oracle = entry.oracle.into();
        asset.trade = entry.trade.into();
    }
    let nothing = parse(text, &exchange, &assets);
    assert_eq!(nothing, Err(ChangeFileError::Empty));
    let other = text.replacen("taker_fee_e9 = 500000\n", "taker_fee_e9 = 400000\n", 1);
    let changes = parse(&other, &exchange, &assets).unwrap();
    let trade = freeboard::state::TradeParams {
        taker_fee_e9: 400_000,
        ..assets[0].trade
    };
    let expected = Change::AssetTrade {
        asset_index: 0,
        params: trade,
    };
    assert_eq!(changes, [expected]);
}
