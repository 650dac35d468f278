//! Refusing: the errors of `freeboard_errors` as Anchor returns them. The bytecode holds their numbers; the texts are in
//! that crate's table, in docs/errors.md and in the IDL.
use anchor_lang::prelude::*;
pub use freeboard_errors::FreeboardError;
use freeboard_risk::RiskError;

/// Refuses with the error unless the condition holds.
#[inline(always)]
pub fn ensure(condition: bool, error: FreeboardError) -> Result<()> {
    if condition {
        Ok(())
    } else {
        Err(error.raise())
    }
}

/// Turns a missing value into the program's error.
pub trait OrRaise<T> {
    /// The value, or the error given.
    fn or_raise(self, error: FreeboardError) -> Result<T>;
}

impl<T> OrRaise<T> for Option<T> {
    #[inline(always)]
    fn or_raise(self, error: FreeboardError) -> Result<T> {
        self.ok_or_else(|| error.raise())
    }
}

impl<T, E> OrRaise<T> for core::result::Result<T, E> {
    #[inline(always)]
    fn or_raise(self, error: FreeboardError) -> Result<T> {
        self.map_err(|_| error.raise())
    }
}

/// Turns a refusal of the core into the program's error.
pub trait OrRefuse<T> {
    /// The value, or the numbered error.
    fn or_refuse(self) -> Result<T>;
}

impl<T> OrRefuse<T> for core::result::Result<T, RiskError> {
    #[inline(always)]
    fn or_refuse(self) -> Result<T> {
        self.map_err(|error| FreeboardError::from(error).raise())
    }
}

/// What `anchor idl build` reads in place of Anchor's `#[error_code]`, which would link the texts.
#[cfg(all(test, feature = "idl-build"))]
mod idl {
    use anchor_lang::idl::{serde_json, types::IdlErrorCode};
    use freeboard_errors::TABLE;

    #[test]
    fn __anchor_private_print_idl_errors() {
        let errors: Vec<IdlErrorCode> = TABLE
            .iter()
            .map(|entry| IdlErrorCode {
                code: entry.number,
                name: entry.name.into(),
                msg: Some(format!("{} {}", entry.sentence(), entry.remedy())),
            })
            .collect();
        println!("--- IDL begin errors ---");
        println!(
            "{}",
            serde_json::to_string_pretty(&errors).expect("plain values")
        );
        println!("--- IDL end errors ---");
    }
}
