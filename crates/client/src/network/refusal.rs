//! Why a transaction did not do what it was sent for.
use std::fmt::{Display, Formatter};

use anchor_lang::prelude::Pubkey;
use solana_instruction_error::InstructionError;
use solana_signature::Signature;
use solana_transaction_error::TransactionError;

use super::NetworkError;
use crate::errors::{self, Explained};
use crate::events::Told;
use crate::transaction::Unsendable;

/// A transaction that was refused: it has changed nothing but, where it was sent, its payer's fee.
#[derive(Debug)]
pub struct Refusal {
    /// Which of the caller's instructions, counted from 0; none where it was no instruction.
    pub instruction: Option<usize>,
    /// The program that refused, as far as the log tells.
    pub program: Option<Pubkey>,
    /// Number of the program's error, if it has one.
    pub number: Option<u32>,
    /// The number in words, where it is known whose it is.
    pub explained: Option<Explained>,
    /// Why, in the network's words.
    pub error: TransactionError,
    /// The log, as far as it fitted.
    pub logs: Vec<String>,
    /// Its signature, where it was sent.
    pub signature: Option<Signature>,
}

impl Refusal {
    /// What a node says about it. `budget_instructions`: how many instructions stand before the caller's.
    pub(crate) fn new(
        error: TransactionError,
        logs: Vec<String>,
        budget_instructions: usize,
        signature: Option<Signature>,
    ) -> Self {
        let (instruction, number) = match &error {
            TransactionError::InstructionError(index, reason) => {
                let number = match reason {
                    InstructionError::Custom(number) => Some(*number),
                    _ => None,
                };
                (usize::from(*index).checked_sub(budget_instructions), number)
            }
            _ => (None, None),
        };
        let program = first_failed(&logs);
        let known = |number: &u32| {
            let is_token = program == Some(anchor_spl::token::ID)
                || program == Some(anchor_spl::token_2022::ID);
            let is_own = program.is_none_or(|program| program == freeboard::ID);
            (is_token && *number < 100) || (is_own && *number >= 100)
        };
        Self {
            instruction,
            program,
            number,
            explained: number.filter(known).and_then(errors::explain),
            error,
            logs,
            signature,
        }
    }

    /// Whether Freeboard refused with this error.
    pub fn is(&self, error: errors::FreeboardError) -> bool {
        self.number == Some(error.into()) && self.program.is_none_or(|it| it == freeboard::ID)
    }
}

impl Display for Refusal {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        if let Some(known) = &self.explained {
            return known.fmt(out);
        }
        match &self.error {
            TransactionError::AccountNotFound | TransactionError::InsufficientFundsForFee => {
                out.write_str("the payer has no SOL to pay the fee. Send it some.")
            }
            TransactionError::InsufficientFundsForRent { .. } => out.write_str(
                "an account would be left with less SOL than its rent. Send the payer some.",
            ),
            error => {
                write!(out, "the network refused: {error}")?;
                match (self.program, last_words(&self.logs)) {
                    (_, Some(words)) => write!(out, " (the log says: {words})"),
                    (Some(program), None) => write!(out, " (program {program})"),
                    (None, None) => Ok(()),
                }
            }
        }
    }
}

/// The program that failed first, which is the innermost.
fn first_failed(logs: &[String]) -> Option<Pubkey> {
    let failed = |line: &String| {
        let (program, _) = line.strip_prefix("Program ")?.split_once(" failed")?;
        program.parse().ok()
    };
    logs.iter().find_map(failed)
}

/// What a program said last.
fn last_words(logs: &[String]) -> Option<&str> {
    let mut lines = logs.iter().rev();
    lines.find_map(|line| line.strip_prefix("Program log: "))
}

/// Why a transaction was not sent, did not land, or landed and failed.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The instructions are no transaction that the network passes on.
    #[error("{0}")]
    Unsendable(#[from] Unsendable),
    /// A signature is missing or wrong.
    #[error(
        "the transaction cannot be signed: {0}. Pass the keypair of every account that must sign."
    )]
    Signing(String),
    /// Refused, by the simulation or on chain.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// It did not land before its blockhash ended, each time: it never will.
    #[error(
        "the transaction did not land in {attempts} attempts and has had no effect. Try again, with a higher \
         priority fee."
    )]
    Expired {
        /// How often it was signed anew.
        attempts: usize,
    },
    /// It was sent, and whether it landed is not known.
    #[error(
        "sent as {signature}, but whether it landed is not known ({reason}). Look it up before you send it again."
    )]
    Unknown {
        /// Its signature.
        signature: Signature,
        /// Why nothing is known.
        reason: String,
    },
    /// The cluster could not be asked; nothing was sent.
    #[error("{0}")]
    Network(#[from] NetworkError),
}

impl SendError {
    /// The refusal, where it is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Whether Freeboard refused with this error.
    pub fn is(&self, error: errors::FreeboardError) -> bool {
        self.refusal().is_some_and(|refusal| refusal.is(error))
    }
}

impl From<Refusal> for SendError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// Says where events may be missing.
pub(crate) fn warn_if_truncated(told: &Told, signature: &Signature) {
    if told.is_truncated {
        tracing::warn!(%signature, "the log was full: events may be missing; read the accounts");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn custom(index: u8, number: u32) -> TransactionError {
        TransactionError::InstructionError(index, InstructionError::Custom(number))
    }

    fn log(program: Pubkey) -> Vec<String> {
        vec![
            format!("Program {program} invoke [1]"),
            format!("Program {program} failed: custom program error: 0x1902"),
        ]
    }

    #[test]
    fn a_number_means_what_its_program_means_by_it() {
        let own = Refusal::new(custom(2, 6402), log(freeboard::ID), 2, None);
        assert_eq!(own.instruction, Some(0));
        assert!(own.is(errors::FreeboardError::ReduceOnly));
        assert!(own.to_string().starts_with("6402 ReduceOnly"), "{own}");
        let token = Refusal::new(custom(1, 1), log(anchor_spl::token::ID), 1, None);
        assert!(token.to_string().contains("InsufficientFunds"), "{token}");
        let foreign = Refusal::new(custom(1, 6402), log(Pubkey::new_unique()), 1, None);
        assert!(foreign.explained.is_none() && !foreign.is(errors::FreeboardError::ReduceOnly));
    }

    #[test]
    fn a_payer_without_money_is_told_so() {
        let refusal = Refusal::new(TransactionError::AccountNotFound, Vec::new(), 1, None);
        assert!(refusal.to_string().contains("no SOL"), "{refusal}");
    }
}
