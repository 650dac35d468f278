//! Which Token-2022 mints are accepted, as quote and as collateral.
use crate::support::refused;
use anchor_spl::token_2022::spl_token_2022::extension::ExtensionType;
use freeboard::error::FreeboardError;
use freeboard_tests::{AssetSpec, ExchangeSpec, MintKind, World};

fn check(extension: ExtensionType, error: FreeboardError) {
    let kind = MintKind::extended(&[extension]);
    let collateral = AssetSpec::sol().with_mint(kind.clone());
    refused(World::new().try_create_asset(collateral).map(|_| ()), error);
    let spec = ExchangeSpec {
        quote: kind,
        ..ExchangeSpec::default()
    };
    refused(World::try_with(spec).map(|_| ()), error);
}

/// A fee would make the vault hold less than the books say.
pub fn transfer_fee() {
    check(
        ExtensionType::TransferFeeConfig,
        FreeboardError::MintHasTransferFee,
    );
}

/// A hook could refuse a withdrawal.
pub fn transfer_hook() {
    check(
        ExtensionType::TransferHook,
        FreeboardError::MintHasTransferHook,
    );
}

/// Hidden amounts.
pub fn confidential_transfer() {
    let error = FreeboardError::MintHasConfidentialTransfer;
    check(ExtensionType::ConfidentialTransferMint, error);
}

/// Somebody could empty the vault.
pub fn permanent_delegate() {
    check(
        ExtensionType::PermanentDelegate,
        FreeboardError::MintHasPermanentDelegate,
    );
}

/// What is not known to be harmless is refused.
pub fn other_extensions() {
    for extension in [
        ExtensionType::MintCloseAuthority,
        ExtensionType::DefaultAccountState,
        ExtensionType::NonTransferable,
        ExtensionType::InterestBearingConfig,
        ExtensionType::ScaledUiAmount,
        ExtensionType::Pausable,
    ] {
        check(extension, FreeboardError::MintExtensionUnsupported);
    }
}

#[test]
fn a_bad_extension_is_found_behind_a_harmless_one() {
    let kind = MintKind::extended(&[
        ExtensionType::MetadataPointer,
        ExtensionType::PermanentDelegate,
    ]);
    let sent = World::new()
        .try_create_asset(AssetSpec::sol().with_mint(kind))
        .map(|_| ());
    refused(sent, FreeboardError::MintHasPermanentDelegate);
}

#[test]
fn metadata_and_groups_are_harmless() {
    let kind = MintKind::extended(&[
        ExtensionType::MetadataPointer,
        ExtensionType::GroupPointer,
        ExtensionType::GroupMemberPointer,
    ]);
    let mut world = World::market([AssetSpec::sol().with_mint(kind)]);
    let sol = world.handle_of(0);
    let trader = world.new_trader(0);
    world
        .deposit_collateral(&trader, &sol, 5_000_000_000)
        .unwrap();
    world
        .withdraw_collateral(&trader, &sol, 2_000_000_000)
        .unwrap();
    assert_eq!(world.token_balance(&sol.vault.unwrap()), 3_000_000_000);
    world.assert_books();
}
