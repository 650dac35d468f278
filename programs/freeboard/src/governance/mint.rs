//! Which mints are accepted: SPL Token, and Token-2022 with nothing but metadata. An extension that
//! lets anyone change, tax, hide, freeze or seize a balance would break the books.
use crate::error::{FreeboardError, OrRaise};
use anchor_lang::prelude::*;
use anchor_spl::token_2022::spl_token_2022::{
    extension::{BaseStateWithExtensions, ExtensionType, StateWithExtensions},
    state::Mint,
};

/// Refuses a mint with an extension that is not on the list, the dangerous ones by name.
///
/// Errors: `MintHasTransferFee`, `MintHasTransferHook`, `MintHasConfidentialTransfer`,
/// `MintHasPermanentDelegate`, `MintExtensionUnsupported`.
pub fn check_mint(mint: &AccountInfo) -> Result<()> {
    if *mint.owner != anchor_spl::token_2022::ID {
        return Ok(());
    }
    let data = mint.try_borrow_data()?;
    let state = StateWithExtensions::<Mint>::unpack(&data)
        .or_raise(FreeboardError::MintExtensionUnsupported)?;
    let extensions = state
        .get_extension_types()
        .or_raise(FreeboardError::MintExtensionUnsupported)?;
    for extension in extensions {
        match extension {
            ExtensionType::MetadataPointer
            | ExtensionType::TokenMetadata
            | ExtensionType::GroupPointer
            | ExtensionType::TokenGroup
            | ExtensionType::GroupMemberPointer
            | ExtensionType::TokenGroupMember => {}
            ExtensionType::TransferFeeConfig => {
                return Err(FreeboardError::MintHasTransferFee.raise());
            }
            ExtensionType::TransferHook => return Err(FreeboardError::MintHasTransferHook.raise()),
            ExtensionType::ConfidentialTransferMint
            | ExtensionType::ConfidentialTransferFeeConfig
            | ExtensionType::ConfidentialMintBurn => {
                return Err(FreeboardError::MintHasConfidentialTransfer.raise());
            }
            ExtensionType::PermanentDelegate => {
                return Err(FreeboardError::MintHasPermanentDelegate.raise());
            }
            _ => return Err(FreeboardError::MintExtensionUnsupported.raise()),
        }
    }
    Ok(())
}
