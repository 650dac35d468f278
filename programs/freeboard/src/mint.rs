//! Which mints are accepted: SPL Token, and Token-2022 with nothing but metadata. An extension that
//! lets anyone change, tax, hide, freeze or seize a balance would break the books.
use crate::error::FreeboardError;
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
        .map_err(|_| error!(FreeboardError::MintExtensionUnsupported))?;
    let extensions = state
        .get_extension_types()
        .map_err(|_| error!(FreeboardError::MintExtensionUnsupported))?;
    for extension in extensions {
        match extension {
            ExtensionType::MetadataPointer
            | ExtensionType::TokenMetadata
            | ExtensionType::GroupPointer
            | ExtensionType::TokenGroup
            | ExtensionType::GroupMemberPointer
            | ExtensionType::TokenGroupMember => {}
            ExtensionType::TransferFeeConfig => return err!(FreeboardError::MintHasTransferFee),
            ExtensionType::TransferHook => return err!(FreeboardError::MintHasTransferHook),
            ExtensionType::ConfidentialTransferMint
            | ExtensionType::ConfidentialTransferFeeConfig
            | ExtensionType::ConfidentialMintBurn => {
                return err!(FreeboardError::MintHasConfidentialTransfer);
            }
            ExtensionType::PermanentDelegate => {
                return err!(FreeboardError::MintHasPermanentDelegate);
            }
            _ => return err!(FreeboardError::MintExtensionUnsupported),
        }
    }
    Ok(())
}
