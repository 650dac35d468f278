//! Which request of an LP is meant, and which number is free.
use anchor_lang::prelude::Pubkey;
use freeboard_client::address;
use freeboard_client::freeboard::state::LiquidityRequest;
use freeboard_client::network::AccountFilter;

use crate::online::arguments::PoolRequestOptions;
use crate::online::context::Online;
use crate::online::failure::CommandFailure;

/// The first number that no request of this LP has.
pub async fn free_number(
    online: &Online,
    exchange: Pubkey,
    owner: Pubkey,
    named: Option<u16>,
) -> Result<u16, CommandFailure> {
    if let Some(number) = named {
        return Ok(number);
    }
    let taken = numbers_of(online, exchange, owner).await?;
    let is_free = |number: &u16| !taken.contains(number);
    Ok((0..=u16::MAX).find(is_free).unwrap_or_default())
}

/// The numbers of an LP's requests.
async fn numbers_of(
    online: &Online,
    exchange: Pubkey,
    owner: Pubkey,
) -> Result<Vec<u16>, CommandFailure> {
    let filter = AccountFilter {
        owner: Some(owner),
        ..AccountFilter::default()
    };
    let requests = online.cluster.liquidity_requests(exchange, &filter).await?;
    Ok(requests.iter().map(|one| one.state.number).collect())
}

/// A request, by its number and its LP.
pub async fn request(
    online: &Online,
    exchange: Pubkey,
    options: &PoolRequestOptions,
) -> Result<LiquidityRequest, CommandFailure> {
    let owner = match options.owner {
        Some(owner) => owner,
        None => online.viewer()?,
    };
    let number = match options.number {
        Some(number) => number,
        None => only_number(&numbers_of(online, exchange, owner).await?, owner)?,
    };
    let address = address::liquidity_request(&exchange, &owner, number);
    let found = online.cluster.liquidity_request(exchange, address).await?;
    found.map(|found| found.state).ok_or_else(|| {
        CommandFailure::input(
            format!("{owner} has no request {number}."),
            "`freeboard pool show` lists those that wait; an executed one is gone.",
        )
    })
}

/// The number that is meant where none is named: that of the only request.
///
/// Errors: there is none, or more than one.
fn only_number(numbers: &[u16], owner: Pubkey) -> Result<u16, CommandFailure> {
    match numbers {
        [number] => Ok(*number),
        [] => Err(CommandFailure::input(
            format!("{owner} has no request."),
            "`freeboard pool show` lists those that wait; an executed one is gone.",
        )),
        several => {
            let mut several = several.to_vec();
            several.sort_unstable();
            let numbers: Vec<String> = several.iter().map(u16::to_string).collect();
            Err(CommandFailure::input(
                format!("{owner} has the requests {}.", numbers.join(", ")),
                "Name one by its number; `freeboard pool show` lists them.",
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_without_a_number_is_the_only_one() {
        let owner = Pubkey::new_from_array([1; 32]);
        assert_eq!(only_number(&[1], owner).unwrap(), 1);
        assert!(only_number(&[], owner).is_err());
        let failure = only_number(&[3, 0], owner).unwrap_err();
        assert!(failure.message.ends_with("requests 0, 3."), "{failure}");
    }
}
