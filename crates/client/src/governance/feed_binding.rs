//! Where a price comes from, as files and command lines write it: a kind, and an id or an address.
use anchor_lang::prelude::Pubkey;
use freeboard::state::{FeedBinding, OracleKind};

/// Every kind by its word.
const KINDS: [(&str, OracleKind); 3] = [
    ("pyth_receiver", OracleKind::PythReceiver),
    ("pyth_receiver_pro", OracleKind::PythReceiverPro),
    ("pyth_legacy", OracleKind::PythLegacy),
];

/// Returns the kind that a word names.
///
/// Errors: a sentence with the words that there are.
pub fn kind_of_word(word: &str) -> Result<OracleKind, String> {
    let found = KINDS.iter().find(|(known, _)| *known == word);
    let words = || KINDS.map(|(known, _)| known).join(", ");
    found
        .map(|(_, kind)| *kind)
        .ok_or_else(|| format!("`{word}` is no kind of feed; write one of {}", words()))
}

/// Returns the word of a kind.
pub fn word_of_kind(kind: OracleKind) -> &'static str {
    match kind {
        OracleKind::PythReceiver => KINDS[0].0,
        OracleKind::PythReceiverPro => KINDS[1].0,
        OracleKind::PythLegacy => KINDS[2].0,
    }
}

/// Returns the binding of a kind to what `text` names: a receiver's feed id, 64 hexadecimal digits with or without 0x, or
/// the address of a legacy price account.
///
/// Errors: a sentence with what it should be.
pub fn binding_to(kind: OracleKind, text: &str) -> Result<FeedBinding, String> {
    let feed = match kind {
        OracleKind::PythLegacy => {
            let address: Result<Pubkey, _> = text.parse();
            let wrong = |_| format!("`{text}` is no address: 32 bytes in base 58");
            address.map_err(wrong)?.to_bytes()
        }
        _ => feed_id(text).ok_or_else(|| {
            format!("`{text}` is no feed id: 64 hexadecimal digits, as Pyth lists them")
        })?,
    };
    Ok(FeedBinding { kind, feed })
}

/// Returns what a binding names, as Pyth writes it: an id in hexadecimal, an address in base 58.
pub fn text_of_feed(binding: &FeedBinding) -> String {
    match binding.kind {
        OracleKind::PythLegacy => Pubkey::new_from_array(binding.feed).to_string(),
        _ => {
            let digits = binding.feed.iter().map(|byte| format!("{byte:02x}"));
            digits.collect()
        }
    }
}

fn feed_id(text: &str) -> Option<[u8; 32]> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut id = [0; 32];
    for (place, byte) in id.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * place..2 * place + 2], 16).ok()?;
    }
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43";

    #[test]
    fn what_is_written_is_read_again() {
        for (word, kind) in KINDS {
            assert_eq!(kind_of_word(word), Ok(kind));
            assert_eq!(word_of_kind(kind), word);
        }
        for text in [ID, &format!("0x{ID}")] {
            let binding = binding_to(OracleKind::PythReceiver, text).unwrap();
            assert_eq!((binding.feed[0], binding.feed[31]), (0xe6, 0x43));
            assert_eq!(text_of_feed(&binding), ID);
        }
        let address = Pubkey::new_unique().to_string();
        let binding = binding_to(OracleKind::PythLegacy, &address).unwrap();
        assert_eq!(text_of_feed(&binding), address);
    }

    #[test]
    fn what_is_no_feed_is_refused_with_what_it_should_be() {
        let error = kind_of_word("pyth").unwrap_err();
        assert!(error.contains("pyth_receiver_pro"), "{error}");
        for wrong in [
            "",
            "e62d",
            &ID[1..],
            &ID.replace('e', "g"),
            &ID.replace("62", "+2"),
        ] {
            let error = binding_to(OracleKind::PythReceiverPro, wrong).unwrap_err();
            assert!(error.contains("64 hexadecimal digits"), "{error}");
        }
        let error = binding_to(OracleKind::PythLegacy, ID).unwrap_err();
        assert!(error.contains("base 58"), "{error}");
    }
}
