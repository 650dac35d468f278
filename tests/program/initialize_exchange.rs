//! initialize_exchange: what it stores, who may not be in it.
use crate::support::{Wrong, check_wrong, refused};
use anchor_lang::{error::ErrorCode, prelude::Pubkey};
use anchor_spl::token_2022::spl_token_2022::{extension::StateWithExtensions, state::Account};
use freeboard::{error::FreeboardError, state::Scenario};
use freeboard_client::{events::Event, instructions};
use freeboard_tests::{ExchangeSpec, MintKind, TokenProgram, World};
use solana_signer::Signer;

fn scenario(weight_bps: u16, shock_bps: i16) -> Scenario {
    Scenario {
        weight_bps,
        shock_bps: [shock_bps; 8],
    }
}

#[test]
fn it_stores_roles_parameters_and_addresses() {
    let scenarios = vec![scenario(10_000, -5_000), scenario(5_000, 3_000)];
    let spec = ExchangeSpec {
        scenarios: scenarios.clone(),
        ..ExchangeSpec::default()
    };
    let world = World::with(spec.clone());
    let exchange = world.exchange();
    assert_eq!(exchange.creator, world.payer.pubkey());
    assert_eq!(exchange.governance, world.governance.pubkey());
    assert_eq!(exchange.risk_manager, world.risk_manager.pubkey());
    assert_eq!(exchange.guardian, world.guardian.pubkey());
    assert_eq!(
        (exchange.quote_mint, exchange.quote_vault),
        (world.quote_mint, world.quote_vault)
    );
    assert_eq!(
        (exchange.portfolio, exchange.liquidation),
        (spec.portfolio, spec.liquidation)
    );
    assert_eq!((exchange.scenario_count, exchange.asset_count), (2, 0));
    assert_eq!(exchange.scenarios[..2], scenarios[..]);
    assert_eq!(world.pool().exchange, world.exchange);
    let vault = world.account(&world.quote_vault).data;
    let vault = StateWithExtensions::<Account>::unpack(&vault).unwrap().base;
    assert_eq!(
        (vault.owner, vault.mint),
        (world.exchange, world.quote_mint)
    );
    assert_eq!(
        (vault.close_authority, vault.delegate),
        (None.into(), None.into())
    );
}

#[test]
fn it_says_what_it_stored() {
    let spec = ExchangeSpec::default();
    let mut world = World::empty(&spec);
    let args = world.exchange_args(&spec);
    let creator = world.payer.pubkey();
    let instruction = instructions::initialize_exchange(
        creator,
        world.quote_mint,
        world.keys.quote_program,
        args.clone(),
    );
    let Event::ExchangeInitialized(event) = world.send(&[instruction], &[]).unwrap().event() else {
        panic!("another event");
    };
    assert_eq!((event.stamp.key, event.stamp.sequence), (world.exchange, 1));
    assert_eq!(event.stamp.ts, world.now());
    assert_eq!(
        (event.governance, event.guardian),
        (args.governance, args.guardian)
    );
    assert_eq!(
        (event.portfolio, event.liquidation),
        (args.portfolio, args.liquidation)
    );
}

#[test]
fn a_token_2022_quote_works() {
    let spec = ExchangeSpec {
        quote: MintKind::plain(TokenProgram::Token2022),
        ..ExchangeSpec::default()
    };
    let mut world = World::with(spec);
    world.create_asset(freeboard_tests::AssetSpec::sol());
    world.ready(1_000_000);
    let trader = world.new_trader(7_000_000);
    world.withdraw_quote(&trader, 3_000_000).unwrap();
    assert_eq!(world.quote_of(&trader), 4_000_000);
    world.assert_books();
}

#[test]
fn a_creator_has_one_exchange() {
    let mut world = World::new();
    let args = world.exchange_args(&ExchangeSpec::default());
    let again = instructions::initialize_exchange(
        world.payer.pubkey(),
        world.quote_mint,
        world.keys.quote_program,
        args,
    );
    let failure = world.send(&[again], &[]).unwrap_err();
    assert_eq!(
        failure.code,
        Some(0),
        "the address is already in use: {:?}",
        failure.error
    );
}

#[test]
fn each_account_is_checked() {
    let spec = ExchangeSpec::default();
    let world = World::empty(&spec);
    let other = World::new();
    let mut with_other = world.clone();
    with_other.import(&other);
    let args = world.exchange_args(&spec);
    let instruction = instructions::initialize_exchange(
        world.payer.pubkey(),
        world.quote_mint,
        world.keys.quote_program,
        args,
    );
    let nowhere = Pubkey::new_unique();
    let cases = vec![
        Wrong::account("exchange elsewhere", 1, nowhere, ErrorCode::ConstraintSeeds),
        Wrong::account(
            "another's exchange",
            1,
            other.exchange,
            ErrorCode::ConstraintSeeds,
        ),
        Wrong::account("pool elsewhere", 2, nowhere, ErrorCode::ConstraintSeeds),
        Wrong::account("no mint", 3, nowhere, ErrorCode::AccountNotInitialized),
        Wrong::account(
            "not a mint",
            3,
            other.pool,
            ErrorCode::AccountOwnedByWrongProgram,
        ),
        Wrong::account("vault elsewhere", 4, nowhere, ErrorCode::ConstraintSeeds),
        Wrong::no_program("not a token program", 5),
        Wrong::no_program("not the system program", 6),
    ];
    check_wrong(&with_other, &instruction, &[], cases);
}

/// The quote token has six decimals.
pub fn quote_decimals() {
    for quote_decimals in [0, 5, 7, 9] {
        let spec = ExchangeSpec {
            quote_decimals,
            ..ExchangeSpec::default()
        };
        refused(
            World::try_with(spec).map(|_| ()),
            FreeboardError::QuoteMintDecimals,
        );
    }
}

/// A scenario out of range, and one too many.
pub fn scenarios() {
    let with = |scenarios| {
        let spec = ExchangeSpec {
            scenarios,
            ..ExchangeSpec::default()
        };
        World::try_with(spec).map(|_| ())
    };
    with(vec![scenario(10_000, 30_000); 16]).expect("sixteen at the limit");
    with(vec![scenario(9_000, -10_000)]).expect("the other limit");
    with(vec![scenario(10_000, -9_000)]).expect("the same loss");
    let error = FreeboardError::ScenarioOutOfBounds;
    refused(with(vec![scenario(10_000, 0); 17]), error);
    refused(with(vec![scenario(10_001, 0)]), error);
    refused(with(vec![scenario(1, 30_001)]), error);
    refused(with(vec![scenario(1, -10_001)]), error);
    refused(with(vec![scenario(9_001, -10_000)]), error);
    refused(with(vec![scenario(10_000, -9_001)]), error);
}
