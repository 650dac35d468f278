//! initialize_exchange: what it stores, who may not be in it.
use crate::support::{Wrong, check_wrong, refused};
use anchor_lang::{error::ErrorCode, prelude::Pubkey};
use anchor_spl::token_2022::spl_token_2022::{
    extension::StateWithExtensions,
    state::{Account, Mint},
};
use freeboard::error::FreeboardError;
use freeboard::instructions::InitializeExchangeArgs;
use freeboard::state::Scenario;
use freeboard_client::{
    address,
    events::Event,
    instructions,
    transaction::{self, Budget, Version},
};
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

/// No exchange is without the mint of its shares and its escrows: LPs can come from the first instruction on.
#[test]
fn it_opens_the_pool_to_lps() {
    for program in [TokenProgram::Spl, TokenProgram::Token2022] {
        let mut world = World::with(ExchangeSpec {
            quote: MintKind::plain(program),
            ..ExchangeSpec::default()
        });
        let (pool, shares) = (world.pool(), world.share_mint());
        let escrow = |mint| address::escrow(&world.exchange, mint);
        assert_eq!(pool.share_mint, shares);
        assert_eq!(pool.share_escrow, escrow(&shares));
        assert_eq!(pool.quote_escrow, escrow(&world.quote_mint));
        let mint = world.account(&shares);
        assert_eq!(mint.owner, anchor_spl::token::ID);
        let mint = StateWithExtensions::<Mint>::unpack(&mint.data)
            .unwrap()
            .base;
        assert_eq!((mint.supply, mint.decimals), (0, 6));
        assert_eq!(mint.mint_authority, Some(world.exchange).into());
        assert_eq!(mint.freeze_authority, None.into());
        for (address, of) in [
            (pool.share_escrow, shares),
            (pool.quote_escrow, world.quote_mint),
        ] {
            let held = world.account(&address).data;
            let held = StateWithExtensions::<Account>::unpack(&held).unwrap().base;
            assert_eq!(
                (held.owner, held.mint, held.amount),
                (world.exchange, of, 0)
            );
            assert_eq!(
                (held.close_authority, held.delegate),
                (None.into(), None.into())
            );
        }
        let lp = world.actor();
        world.request_deposit(&lp, 0, 1_000_000).expect("asked for");
        world.warp_fresh(86_400);
        world.execute_liquidity(&lp, 0).expect("executed");
        assert!(world.shares_of(&lp) > 0);
        world.assert_books();
    }
}

/// The largest one, sixteen scenarios on a quote token of Token-2022, needs no lookup table where its creator pays.
#[test]
fn it_fits_a_transaction_without_a_table() {
    let world = World::empty(&ExchangeSpec {
        quote: MintKind::plain(TokenProgram::Token2022),
        scenarios: vec![scenario(10_000, 30_000); 16],
        ..ExchangeSpec::default()
    });
    let args = InitializeExchangeArgs {
        scenarios: vec![scenario(10_000, 30_000); 16],
        ..world.exchange_args(&ExchangeSpec::default())
    };
    let (creator, keys) = (world.payer.pubkey(), world.keys);
    let instruction =
        instructions::initialize_exchange(creator, keys.quote_mint, keys.quote_program, args);
    let message = transaction::message(
        &creator,
        &[instruction],
        Version::V0(&[]),
        &Budget::default(),
        world.svm.latest_blockhash(),
    );
    let size = transaction::size(&message.expect("it fits"));
    assert!(size.fits(), "{size:?}");
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
    assert_eq!(
        (event.quote_mint, event.share_mint),
        (world.quote_mint, world.share_mint())
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
        Wrong::account("shares elsewhere", 5, nowhere, ErrorCode::ConstraintSeeds),
        Wrong::account(
            "share escrow elsewhere",
            6,
            nowhere,
            ErrorCode::ConstraintSeeds,
        ),
        Wrong::account(
            "quote escrow elsewhere",
            7,
            nowhere,
            ErrorCode::ConstraintSeeds,
        ),
        Wrong::no_program("not a token program", 8),
        Wrong::no_program("not the program of the shares", 9),
        Wrong::no_program("not the system program", 10),
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
