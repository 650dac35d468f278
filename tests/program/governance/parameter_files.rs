//! Every parameter file of migrations/ is one that initialize_exchange and create_asset accept as it is.
use std::path::Path;

use freeboard::state::{LiquidationParams, PortfolioParams, Scenario};
use freeboard_client::parameters::{ParameterFile, Roles};
use freeboard_client::{instructions, risk};
use freeboard_tests::{AssetSpec, ExchangeSpec, World};
use solana_signer::Signer;

/// Name and content of every file.
fn files() -> Vec<(String, ParameterFile)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations/parameters");
    let entries = std::fs::read_dir(folder).expect("the folder of parameter files");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let read = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(&path).expect("text");
        let name = path.display().to_string();
        let file = ParameterFile::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, file)
    };
    paths.map(read).collect()
}

#[test]
fn parameter_files_are_accepted_as_they_are() {
    let files = files();
    assert!(!files.is_empty());
    for (name, file) in files {
        let mut world = World::empty(&ExchangeSpec::default());
        let roles = Roles {
            governance: world.governance.pubkey(),
            risk_manager: world.risk_manager.pubkey(),
            guardian: world.guardian.pubkey(),
            timelock_secs: 86_400,
        };
        let keys = world.keys;
        let initialize = instructions::initialize_exchange(
            world.payer.pubkey(),
            keys.quote_mint,
            keys.quote_program,
            file.initialize_args(&roles),
        );
        world
            .send(&[initialize], &[])
            .unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
        for entry in &file.assets {
            // A feed with a price of its own; all that the file decides comes from the file.
            let mut spec = AssetSpec::sol();
            spec.params = entry.params.into();
            let prepared = world.prepare_listing(&spec, |listing| {
                *listing = entry.listing(listing.feed, listing.mint);
            });
            let (handle, instruction) =
                prepared.unwrap_or_else(|failure| panic!("{name}, {}: {failure:?}", entry.name));
            world
                .send(&[instruction], &[])
                .unwrap_or_else(|failure| panic!("{name}, {}: {failure:?}", entry.name));
            world.assets.push(handle.clone());
            let asset = world.asset(handle.index);
            let params: risk::params::AssetParams = asset.params.into();
            assert_eq!((params, asset.oracle.into()), (entry.params, entry.oracle));
            assert_eq!(risk::params::TradeParams::from(asset.trade), entry.trade);
            assert!(asset.name.starts_with(entry.name.as_bytes()));
        }
        let exchange = world.exchange();
        assert_eq!(exchange.portfolio, PortfolioParams::from(file.portfolio));
        assert_eq!(
            exchange.liquidation,
            LiquidationParams::from(file.liquidation)
        );
        assert_eq!(usize::from(exchange.asset_count), file.assets.len());
        let scenarios: Vec<Scenario> = file.scenarios.iter().copied().map(Scenario::from).collect();
        assert_eq!(usize::from(exchange.scenario_count), scenarios.len());
    }
}
