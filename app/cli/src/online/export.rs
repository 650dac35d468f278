//! What another signer is given in place of a transaction: instructions and their message.
use anchor_lang::prelude::{AccountMeta, Pubkey};
use anchor_lang::solana_program::instruction::Instruction;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Serialize;
use serde_json::json;
use solana_message::{Message, VersionedMessage};

use super::output::Answer;
use super::transact::Intent;

/// An account of an exported instruction.
#[derive(Serialize)]
struct ExportedAccount {
    pubkey: String,
    is_signer: bool,
    is_writable: bool,
}

/// An instruction for another signer.
#[derive(Serialize)]
struct ExportedInstruction {
    program_id: String,
    accounts: Vec<ExportedAccount>,
    data_base64: String,
}

/// The message that `authority` would sign and pay for, without blockhash, and its instructions one by one.
pub fn export(authority: &Pubkey, intent: &Intent) -> Answer {
    let message = VersionedMessage::Legacy(Message::new(&intent.instructions, Some(authority)));
    let message = BASE64_STANDARD.encode(message.serialize());
    let instructions: Vec<ExportedInstruction> = intent.instructions.iter().map(exported).collect();
    let mut text = intent.text();
    for (place, instruction) in instructions.iter().enumerate() {
        text += &format!("instruction {place} of {}\n", instruction.program_id);
        for account in &instruction.accounts {
            let signs = if account.is_signer { " signer" } else { "" };
            let written = if account.is_writable { " writable" } else { "" };
            text += &format!("  {}{signs}{written}\n", account.pubkey);
        }
        text += &format!("  data {}\n", instruction.data_base64);
    }
    text += &format!("message, without blockhash, base64:\n{message}\n");
    let more = json!({
        "authority": authority.to_string(), "message_base64": message, "instructions": instructions,
    });
    Answer::new(text, &intent.data("exported", more))
}

fn exported(instruction: &Instruction) -> ExportedInstruction {
    let account = |meta: &AccountMeta| ExportedAccount {
        pubkey: meta.pubkey.to_string(),
        is_signer: meta.is_signer,
        is_writable: meta.is_writable,
    };
    ExportedInstruction {
        program_id: instruction.program_id.to_string(),
        accounts: instruction.accounts.iter().map(account).collect(),
        data_base64: BASE64_STANDARD.encode(&instruction.data),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exported_message_names_its_signer_first_and_holds_no_blockhash() {
        let vault = Pubkey::new_from_array([7; 32]);
        let instruction = Instruction {
            program_id: freeboard_client::freeboard::ID,
            accounts: vec![AccountMeta::new_readonly(vault, true)],
            data: vec![1, 2, 3],
        };
        let answer = export(&vault, &Intent::new("Pause", vec![instruction]));
        let message = answer.data["message_base64"].as_str().unwrap();
        let bytes = BASE64_STANDARD.decode(message).unwrap();
        // Header, length of the keys, keys: the payer is the first.
        assert_eq!(bytes[..4], [1, 0, 1, 2]);
        assert_eq!(bytes[4..36], [7; 32]);
        assert_eq!(bytes[68..100], [0; 32], "the blockhash");
        assert_eq!(answer.data["instructions"][0]["data_base64"], "AQID");
        assert_eq!(answer.data["state"], "exported");
    }
}
