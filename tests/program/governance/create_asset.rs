//! create_asset: what it stores, for each kind of asset; who may not.
use crate::support::{Wrong, check_wrong, refused, stage};
use anchor_lang::{error::ErrorCode, prelude::Pubkey};
use anchor_spl::token_2022::spl_token_2022::{extension::StateWithExtensions, state::Account};
use freeboard::error::FreeboardError;
use freeboard::instructions::WEIGHT_DELAY_SECS;
use freeboard::state::{Change, MAX_ASSETS, OracleKind};
use freeboard_client::{address, events::Event};
use freeboard_risk::params::AssetCoefficients;
use freeboard_risk::price::volatility::VolatilityState;
use freeboard_tests::{AssetSpec, MintKind, TokenProgram, World, listing::listing_of};

#[test]
fn it_stores_binding_parameters_and_first_price() {
    let mut world = World::new();
    let spec = AssetSpec::sol();
    let (handle, meta) = world.try_create_asset(spec.clone()).unwrap();
    let (asset, now) = (world.asset(0), world.now());
    assert_eq!((asset.exchange, asset.index), (world.exchange, 0));
    assert_eq!(
        (asset.feed, asset.name),
        (handle.feed_id, spec.name_bytes())
    );
    assert_eq!(asset.oracle_kind, OracleKind::PythReceiver as u8);
    assert_eq!(
        (asset.params, asset.oracle, asset.trade),
        (spec.params, spec.oracle, spec.trade)
    );
    assert_eq!(
        (asset.mint, asset.vault),
        (Pubkey::default(), Pubkey::default())
    );
    assert_eq!(asset.recorded.price().0, 150 * 10u128.pow(12));
    assert_eq!(asset.recorded.publish_ts, now);
    assert_eq!(asset.weight_from_ts, now + WEIGHT_DELAY_SECS);
    let exchange = world.exchange();
    assert_eq!(
        (exchange.asset_count, exchange.pool_share_total_e9),
        (1, 250_000_000)
    );
    let Event::AssetCreated(event) = meta.event() else {
        panic!("another event")
    };
    assert_eq!(
        (event.asset_index, event.price_e12),
        (0, 150 * 10u128.pow(12))
    );
    assert_eq!(event.listing, listing_of(&spec, &handle));
    assert_eq!(event.number, 1);
}

#[test]
fn its_volatility_starts_at_the_initial_one_as_in_the_core() {
    let mut world = World::new();
    let spec = AssetSpec::btc();
    world.create_asset(spec.clone());
    let (asset, params) = (world.asset(0), spec.params.into());
    let provision_secs = world.exchange().portfolio.funding_provision_secs;
    let coefficients = AssetCoefficients::new(&params, provision_secs).unwrap();
    let price = asset.recorded.price();
    let now = world.now();
    let state = VolatilityState::new(price, now, now, &params, &coefficients).unwrap();
    assert_eq!(asset.volatility().unwrap(), state);
    // No collateral weight during the first day, whatever the parameter says.
    assert_eq!(asset.coefficients(now), coefficients);
}

#[test]
fn collateral_of_both_token_programs_gets_a_vault_of_the_exchange() {
    for program in [TokenProgram::Spl, TokenProgram::Token2022] {
        let mut world = World::new();
        let spec = AssetSpec::sol().with_mint(MintKind::plain(program));
        let handle = world.create_asset(spec);
        let vault = world.account(&handle.vault.unwrap());
        assert_eq!(vault.owner, program.id());
        let vault = StateWithExtensions::<Account>::unpack(&vault.data)
            .unwrap()
            .base;
        assert_eq!(
            (vault.owner, vault.mint),
            (world.exchange, handle.mint.unwrap())
        );
        assert_eq!(world.asset(0).mint, handle.mint.unwrap());
        assert_eq!(world.asset(0).vault, handle.vault.unwrap());
    }
}

#[test]
fn a_legacy_feed_is_bound_by_address() {
    let mut world = World::new();
    let handle = world.create_asset(AssetSpec::eth().with_legacy_feed());
    assert_eq!(world.asset(0).feed, handle.feed.to_bytes());
    assert_eq!(world.asset(0).recorded.price().0, 4_000 * 10u128.pow(12));
}

#[test]
fn every_exponent_is_stored_without_loss() {
    for exponent in -12..=0 {
        let mut world = World::new();
        let mut spec = AssetSpec::sol();
        spec.price = (123_456_789, exponent);
        world.create_asset(spec);
        let scale = 10u128.pow(u32::try_from(12 + exponent).unwrap());
        assert_eq!(
            world.asset(0).recorded.price().0,
            123_456_789 * scale,
            "10^{exponent}"
        );
    }
}

#[test]
fn assets_are_numbered_in_order() {
    let stage = stage();
    for (index, handle) in stage.world.assets.iter().enumerate() {
        let asset = stage.world.asset(handle.index);
        assert_eq!(usize::from(asset.index), index);
    }
    assert_eq!(stage.world.exchange().asset_count, 3);
}

#[test]
fn each_account_is_checked() {
    let mut world = World::new();
    let other = World::market([AssetSpec::sol().with_collateral()]);
    world.import(&other);
    let spec = AssetSpec::sol().with_collateral();
    let (_, instruction) = world.prepare_asset(&spec).unwrap();
    let nowhere = Pubkey::new_unique();
    let cases = vec![
        Wrong::mistyped("not an exchange", 1, other.pool),
        Wrong::account(
            "not the program's",
            1,
            nowhere,
            ErrorCode::AccountOwnedByWrongProgram,
        ),
        Wrong::account(
            "another exchange",
            1,
            other.exchange,
            ErrorCode::ConstraintSeeds,
        ),
        Wrong::mistyped("not a listing", 2, other.pool),
        Wrong::account(
            "the rent to another",
            3,
            nowhere,
            FreeboardError::ChangePayerMismatch,
        ),
        Wrong::account("asset elsewhere", 4, nowhere, ErrorCode::ConstraintSeeds),
        Wrong::account(
            "another's asset",
            4,
            other.assets[0].address,
            ErrorCode::ConstraintSeeds,
        ),
        Wrong::account(
            "another feed",
            5,
            other.assets[0].feed,
            FreeboardError::FeedMismatch,
        ),
        Wrong::account("not a feed", 5, nowhere, FreeboardError::FeedOwnerInvalid),
        Wrong::account(
            "not a mint",
            6,
            other.pool,
            ErrorCode::AccountOwnedByWrongProgram,
        ),
        Wrong::account("vault elsewhere", 7, nowhere, ErrorCode::ConstraintSeeds),
        Wrong::no_program("not a token program", 8),
        Wrong::no_program("not the system program", 9),
        Wrong::readonly("exchange readonly", 1),
        Wrong::readonly("listing readonly", 2),
    ];
    check_wrong(&world, &instruction, &[], cases);
}

/// Anybody carries out a listing; nobody but governance proposes one.
pub fn governance_only() {
    let mut world = World::new();
    let change = Change::Timelock { secs: 172_800 };
    for actor in [world.guardian.clone(), world.risk_manager.clone()] {
        refused(
            world.propose_as(&actor, 1, change.clone()),
            FreeboardError::NotGovernance,
        );
    }
}

/// The rent of the listing's account goes to who paid it.
pub fn rent_to_another() {
    let mut world = World::new();
    let (_, mut instruction) = world.prepare_asset(&AssetSpec::sol()).unwrap();
    instruction.accounts[3].pubkey = Pubkey::new_unique();
    refused(
        world.send(&[instruction], &[]),
        FreeboardError::ChangePayerMismatch,
    );
}

/// Empty, with a space, not ASCII, or not zero-padded.
pub fn name() {
    let mut world = World::new();
    for bad in ["", "S L", "S\u{e9}L", "SOL\n"] {
        let spec = AssetSpec {
            name: bad.to_owned(),
            ..AssetSpec::sol()
        };
        refused(
            world.try_create_asset(spec).map(|_| ()),
            FreeboardError::NameInvalid,
        );
    }
    let spec = AssetSpec {
        name: "SOL\0X".to_owned(),
        ..AssetSpec::sol()
    };
    refused(
        world.try_create_asset(spec).map(|_| ()),
        FreeboardError::NameInvalid,
    );
    let spec = AssetSpec {
        name: "SIXTEEN_LETTERS!".to_owned(),
        ..AssetSpec::sol()
    };
    world.create_asset(spec);
}

/// The collateral's decimals are the asset's.
pub fn collateral_decimals() {
    let mut world = World::new();
    let mint = world.create_mint(&MintKind::plain(TokenProgram::Spl), 8);
    let spec = AssetSpec::sol().with_collateral();
    let prepared = world.prepare_listing(&spec, |listing| listing.mint = mint);
    let (_, mut instruction) = prepared.unwrap();
    instruction.accounts[6].pubkey = mint;
    let sent = world.send(&[instruction], &[]);
    refused(sent, FreeboardError::CollateralMintDecimals);
}

/// Quote is quote: it cannot be collateral of an asset as well.
pub fn quote_as_collateral() {
    let mut world = World::new();
    let mut spec = AssetSpec::sol().with_collateral();
    spec.params.base_decimals = 6;
    let quote = world.quote_mint;
    let prepared = world.prepare_listing(&spec, |listing| listing.mint = quote);
    let (_, mut instruction) = prepared.unwrap();
    instruction.accounts[6].pubkey = quote;
    refused(world.send(&[instruction], &[]), FreeboardError::MintIsQuote);
}

/// A mint without a vault.
pub fn mint_without_vault() {
    let mut world = World::new();
    let prepared = world.prepare_asset(&AssetSpec::sol().with_collateral());
    let (_, mut instruction) = prepared.unwrap();
    instruction.accounts[7].pubkey = freeboard::ID;
    instruction.accounts[7].is_writable = false;
    refused(
        world.send(&[instruction], &[]),
        FreeboardError::VaultMismatch,
    );
}

#[test]
fn a_vault_without_a_mint_is_refused() {
    let mut world = World::new();
    let prepared = world.prepare_asset(&AssetSpec::sol().with_collateral());
    let (_, mut instruction) = prepared.unwrap();
    instruction.accounts[6].pubkey = freeboard::ID;
    let failure = world.send(&[instruction], &[]).unwrap_err();
    let code = failure.code.expect("a numbered refusal");
    assert!(code >= 2_000, "{failure:?}");
}

/// An exchange holds so many assets as one transaction can name.
pub fn too_many() {
    let mut world = World::new();
    let handle = world.create_asset(AssetSpec::sol());
    for asset_index in [0, MAX_ASSETS, u16::MAX - 1] {
        let listing = listing_of(&AssetSpec::sol(), &handle);
        let change = Change::Listing {
            asset_index,
            listing: Box::new(listing),
        };
        refused(world.propose(change), FreeboardError::TooManyAssets);
    }
}

/// What was announced is what is listed: not another mint, however acceptable, not another kind of change, not out of
/// turn.
#[test]
fn nothing_but_the_listing_that_waited_is_carried_out() {
    let mut world = World::new();
    let spec = AssetSpec::sol().with_collateral();
    let (handle, instruction) = world.prepare_asset(&spec).unwrap();
    let mut swapped = instruction.clone();
    swapped.accounts[6].pubkey = world.create_mint(
        &MintKind::plain(TokenProgram::Spl),
        spec.params.base_decimals,
    );
    refused(world.send(&[swapped], &[]), FreeboardError::MintMismatch);
    let longer = Change::Timelock { secs: 172_800 };
    world.propose_in_time(longer.clone()).unwrap();
    let mut other = instruction.clone();
    other.accounts[2].pubkey = address::pending_change(&world.exchange, &longer);
    refused(
        world.send(&[other], &[]),
        FreeboardError::ChangeNeedsInstruction,
    );
    let later = Change::Listing {
        asset_index: 1,
        listing: Box::new(listing_of(&spec, &handle)),
    };
    world.propose_in_time(later.clone()).unwrap();
    let mut early = instruction.clone();
    early.accounts[2].pubkey = address::pending_change(&world.exchange, &later);
    refused(world.send(&[early], &[]), FreeboardError::ChangeStale);
    // Under another number than was announced.
    let mut elsewhere = instruction.clone();
    let at = elsewhere.data.len() - 2;
    elsewhere.data[at] = 1;
    elsewhere.accounts[4].pubkey = address::asset(&world.exchange, 1);
    elsewhere.accounts[7].pubkey =
        address::collateral_vault(&world.exchange, &elsewhere.accounts[4].pubkey);
    refused(
        world.send(&[elsewhere], &[]),
        FreeboardError::ChangeTargetMismatch,
    );
    world.send(&[instruction], &[]).expect("the listing");
}
