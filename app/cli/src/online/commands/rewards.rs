//! What the program pays to whoever fills an order or takes a sample, and to which margin account.
use anchor_lang::prelude::Pubkey;
use freeboard_client::address;
use freeboard_client::display::money::usd;
use freeboard_client::events::Event;
use serde_json::json;

use crate::online::context::Online;
use crate::online::failure::CommandFailure;
use crate::online::output::Answer;

/// The margin account that is paid: number 0 of who acts, where there is one.
pub async fn reward_account(online: &Online) -> Result<Option<Pubkey>, CommandFailure> {
    let (exchange, owner) = (online.exchange_address()?, online.authority()?);
    let address = address::margin_account(&exchange, &owner, 0);
    let found = online.cluster.margin_account(exchange, address).await?;
    Ok(found.map(|found| found.address))
}

/// What transactions paid to their caller, quote atoms.
fn earned_atoms(events: &[Event]) -> u64 {
    let paid = events.iter().map(|event| match event {
        Event::CallerRewarded(event) => event.paid_atoms,
        _ => 0,
    });
    paid.sum()
}

/// The answer with what was earned, where something was sent and an account was named for it.
pub fn with_earned(mut answer: Answer, reward_account: Option<Pubkey>) -> Answer {
    let Some(account) = reward_account.filter(|_| !answer.signatures.is_empty()) else {
        return answer;
    };
    let atoms = earned_atoms(&answer.events);
    answer.text += &format!(
        "Earned {}, in margin account {account}.\n",
        usd(i64::try_from(atoms).unwrap_or(i64::MAX))
    );
    if let Some(data) = answer.data.as_object_mut() {
        data.insert("earned_atoms".to_owned(), json!(atoms));
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use freeboard_client::freeboard::events::{CallerRewarded, Stamp};

    #[test]
    fn what_was_earned_is_said_of_what_was_sent_alone() {
        let account = Pubkey::new_from_array([7; 32]);
        let event = CallerRewarded {
            stamp: Stamp {
                key: account,
                sequence: 1,
                slot: 2,
                ts: 3,
            },
            asset_index: 0,
            order_id: 4,
            offered_atoms: 60_000,
            paid_atoms: 50_000,
            interest_atoms: 0,
            quote_after_atoms: 50_000,
        };
        let sent = Answer {
            signatures: vec!["signature".to_owned()],
            events: vec![Event::CallerRewarded(event)],
            ..Answer::new("Done.\n", &json!({}))
        };
        let told = with_earned(sent, Some(account));
        assert_eq!(told.data["earned_atoms"], 50_000);
        assert!(told.text.contains("Earned $0.05"), "{}", told.text);
        let dry = with_earned(Answer::new("Dry run.\n", &json!({})), Some(account));
        assert_eq!(dry.text, "Dry run.\n");
    }
}
