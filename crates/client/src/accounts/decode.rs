//! Account data and return data to the program's own types.
use anchor_lang::{AnchorDeserialize, Discriminator, Owner, prelude::Pubkey};
use bytemuck::Pod;
use freeboard::state::{PendingChange, Versioned};

/// Why account data is not what it was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The account is not the program's.
    WrongOwner,
    /// The first eight bytes are those of another type.
    WrongDiscriminator,
    /// The account has a layout version that this client does not read.
    WrongVersion,
    /// The data is shorter or longer than the type.
    WrongLength,
    /// The account belongs to another exchange than the pinned one.
    WrongExchange,
    /// The return data is not an answer of this type.
    WrongAnswer,
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::WrongOwner => "the account is not owned by the program",
            Self::WrongDiscriminator => "the account is of another type",
            Self::WrongVersion => {
                "the account has a layout version that this client does not read; take the client of the deployed program"
            }
            Self::WrongExchange => "the account belongs to another exchange than the pinned one",
            Self::WrongLength => "the account has another length than its type",
            Self::WrongAnswer => {
                "the return data is not such an answer; ask the instruction that gives it, of the deployed program's version"
            }
        })
    }
}

impl std::error::Error for DecodeError {}

/// The account of type `T` in these bytes; a copy, so that they need no alignment.
///
/// Errors: those of [`DecodeError`].
pub fn account<T: Pod + Discriminator + Owner + Versioned>(
    owner: &Pubkey,
    data: &[u8],
) -> Result<T, DecodeError> {
    if *owner != T::owner() {
        return Err(DecodeError::WrongOwner);
    }
    let body = data
        .strip_prefix(T::DISCRIMINATOR)
        .ok_or(DecodeError::WrongDiscriminator)?;
    check_version::<T>(body)?;
    bytemuck::try_pod_read_unaligned(body).map_err(|_| DecodeError::WrongLength)
}

/// The version is the first byte of every account, before anything that a layout could move.
fn check_version<T: Versioned>(body: &[u8]) -> Result<(), DecodeError> {
    match body.first() {
        Some(version) if *version == T::VERSION => Ok(()),
        Some(_) => Err(DecodeError::WrongVersion),
        None => Err(DecodeError::WrongLength),
    }
}

/// The change that waits in these bytes.
///
/// Errors: those of [`DecodeError`].
pub fn pending_change(owner: &Pubkey, data: &[u8]) -> Result<PendingChange, DecodeError> {
    if *owner != PendingChange::owner() {
        return Err(DecodeError::WrongOwner);
    }
    let mut body = data
        .strip_prefix(PendingChange::DISCRIMINATOR)
        .ok_or(DecodeError::WrongDiscriminator)?;
    check_version::<PendingChange>(body)?;
    let change = PendingChange::deserialize(&mut body).map_err(|_| DecodeError::WrongLength)?;
    if data.len() == PendingChange::space(&change.change) {
        Ok(change)
    } else {
        Err(DecodeError::WrongLength)
    }
}

/// Most bytes of return data.
const RETURN_DATA_MAX: usize = 1_024;

/// The answer in an instruction's return data: [`freeboard::instructions::MarginReport`],
/// [`freeboard::instructions::TradePreview`], [`freeboard::instructions::LiquidationPreview`],
/// [`freeboard::instructions::Parameters`], and the `u64` of flag_several and liquidate_several, bit n for account n. The
/// cluster cuts trailing zeros off return data; here they count again.
///
/// Errors: [`DecodeError::WrongAnswer`], also for bytes left over.
pub fn returned<T: AnchorDeserialize>(data: &[u8]) -> Result<T, DecodeError> {
    let mut padded = data.to_vec();
    padded.resize(data.len().max(RETURN_DATA_MAX), 0);
    let mut rest = padded.as_slice();
    let answer = T::deserialize(&mut rest).map_err(|_| DecodeError::WrongAnswer)?;
    if rest.iter().all(|byte| *byte == 0) {
        Ok(answer)
    } else {
        Err(DecodeError::WrongAnswer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anchor_lang::AnchorSerialize;
    use freeboard::instructions::LiquidationPreview;

    #[test]
    fn zeros_that_a_cluster_cuts_off_count_again() {
        let answer = LiquidationPreview {
            is_liquidatable: true,
            ..LiquidationPreview::default()
        };
        let mut data = Vec::new();
        answer.serialize(&mut data).unwrap();
        while data.last() == Some(&0) {
            data.pop();
        }
        assert_eq!(returned::<LiquidationPreview>(&data), Ok(answer));
        assert_eq!(returned::<u64>(&[]), Ok(0));
        assert_eq!(returned::<u64>(&[1; 9]), Err(DecodeError::WrongAnswer));
    }
}
