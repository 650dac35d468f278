//! Errors as Anchor returns them, and Anchor's own.
use crate::FreeboardError;
use alloc::string::{String, ToString};
use anchor_lang::error::{AnchorError, Error, ErrorCode};

impl FreeboardError {
    /// The error that an instruction returns: its number and no text.
    ///
    /// The log says "Error Number: 6402", the transaction fails with the custom error 6402.
    #[cold]
    #[inline(never)]
    pub fn raise(self) -> Error {
        Error::from(AnchorError {
            error_name: String::new(),
            error_code_number: self.into(),
            error_msg: String::new(),
            error_origin: None,
            compared_values: None,
        })
    }
}

impl From<FreeboardError> for Error {
    #[inline]
    fn from(error: FreeboardError) -> Self {
        error.raise()
    }
}

/// Declares which numbers Anchor has: an error of Anchor's that is missing here does not compile.
macro_rules! framework {
    ($($name:ident)*) => {
        /// Anchor's own codes of the version in use: number, name and sentence, in the order of their numbers.
        pub fn framework() -> impl Iterator<Item = (u32, String, String)> {
            const ALL: &[ErrorCode] = &[$(ErrorCode::$name),*];
            const fn is_listed(code: ErrorCode) {
                match code { $(ErrorCode::$name)|* => () }
            }
            ALL.iter().map(|code| {
                is_listed(*code);
                (u32::from(*code), code.name(), code.to_string())
            })
        }
    };
}

framework! {
    InstructionMissing InstructionFallbackNotFound InstructionDidNotDeserialize InstructionDidNotSerialize
    IdlInstructionStub IdlInstructionInvalidProgram IdlAccountNotEmpty EventInstructionStub ConstraintMut
    ConstraintHasOne ConstraintSigner ConstraintRaw ConstraintOwner ConstraintRentExempt ConstraintSeeds
    ConstraintExecutable ConstraintState ConstraintAssociated ConstraintAssociatedInit ConstraintClose
    ConstraintAddress ConstraintZero ConstraintTokenMint ConstraintTokenOwner ConstraintMintMintAuthority
    ConstraintMintFreezeAuthority ConstraintMintDecimals ConstraintSpace ConstraintAccountIsNone
    ConstraintTokenTokenProgram ConstraintMintTokenProgram ConstraintAssociatedTokenTokenProgram
    ConstraintMintGroupPointerExtension ConstraintMintGroupPointerExtensionAuthority
    ConstraintMintGroupPointerExtensionGroupAddress ConstraintMintGroupMemberPointerExtension
    ConstraintMintGroupMemberPointerExtensionAuthority ConstraintMintGroupMemberPointerExtensionMemberAddress
    ConstraintMintMetadataPointerExtension ConstraintMintMetadataPointerExtensionAuthority
    ConstraintMintMetadataPointerExtensionMetadataAddress ConstraintMintCloseAuthorityExtension
    ConstraintMintCloseAuthorityExtensionAuthority ConstraintMintPermanentDelegateExtension
    ConstraintMintPermanentDelegateExtensionDelegate ConstraintMintTransferHookExtension
    ConstraintMintTransferHookExtensionAuthority ConstraintMintTransferHookExtensionProgramId
    ConstraintDuplicateMutableAccount AccountAlreadyMigrated AccountNotMigrated ConstraintMintPausableExtension
    ConstraintMintPausableAuthority RequireViolated RequireEqViolated RequireKeysEqViolated RequireNeqViolated
    RequireKeysNeqViolated RequireGtViolated RequireGteViolated AccountDiscriminatorAlreadySet
    AccountDiscriminatorNotFound AccountDiscriminatorMismatch AccountDidNotDeserialize AccountDidNotSerialize
    AccountNotEnoughKeys AccountNotMutable AccountOwnedByWrongProgram InvalidProgramId InvalidProgramExecutable
    AccountNotSigner AccountNotSystemOwned AccountNotInitialized AccountNotProgramData
    AccountNotAssociatedTokenAccount AccountSysvarMismatch AccountReallocExceedsLimit AccountDuplicateReallocs
    DeclaredProgramIdMismatch TryingToInitPayerAsProgramAccount InvalidNumericConversion Deprecated
}
