use super::*;
use anchor_lang::prelude::AccountMeta;
use anchor_lang::solana_program::system_program;

fn key(seed: u8) -> Pubkey {
    Pubkey::new_from_array([seed; 32])
}

fn touching(count: u8) -> Instruction {
    Instruction {
        program_id: system_program::ID,
        accounts: (2..2 + count)
            .map(|seed| AccountMeta::new(key(seed), false))
            .collect(),
        data: vec![1, 2, 3],
    }
}

fn build(instructions: &[Instruction], version: Version) -> Result<VersionedMessage, Unsendable> {
    let budget = Budget::default();
    message(&key(1), instructions, version, &budget, Hash::default())
}

#[test]
fn version_1_names_64_accounts_where_version_0_needs_a_table() {
    // Payer, program and 62 more.
    let message = build(&[touching(62)], Version::V1).unwrap();
    let size = size(&message);
    assert_eq!((size.accounts, size.max_bytes), (64, 4_096));
    assert!(size.bytes > MAX_BYTES);
    let plain = build(&[touching(62)], Version::V0(&[]));
    assert!(matches!(plain, Err(Unsendable::TooLarge(size)) if size.max_bytes == MAX_BYTES));
    let many = build(&[touching(63)], Version::V1);
    assert!(matches!(many, Err(Unsendable::Invalid(_))), "{many:?}");
}

#[test]
fn a_size_is_what_the_network_counts() {
    for version in [Version::V0(&[]), Version::V1] {
        let message = build(&[touching(3)], version).unwrap();
        let counted = size(&message).bytes;
        let signed = solana_transaction::versioned::VersionedTransaction {
            signatures: vec![Default::default()],
            message,
        };
        let wire = wincode::serialize(&signed).unwrap();
        assert_eq!(wire.len(), counted, "{version:?}");
    }
}

#[test]
fn budget_instructions_are_refused() {
    let asked = Budget::default().instructions();
    for version in [Version::V0(&[]), Version::V1] {
        let refused = build(&asked, version);
        assert!(matches!(refused, Err(Unsendable::BudgetInstruction)));
    }
}

#[test]
fn a_priority_fee_is_a_price_per_unit_in_version_0_rounded_up() {
    let budget = Budget {
        compute_units: 300_000,
        priority_fee_lamports: 1,
        ..Budget::default()
    };
    // 10^6 micro-lamports over 300,000 units: 3.3.
    let asked = budget.instructions();
    let price = ComputeBudgetInstruction::set_compute_unit_price(4);
    assert_eq!(asked.last(), Some(&price));
    assert_eq!(asked.len(), 2);
    let message = message(
        &key(1),
        &[touching(1)],
        Version::V1,
        &budget,
        Hash::default(),
    )
    .unwrap();
    let VersionedMessage::V1(message) = message else {
        panic!("version 1")
    };
    assert_eq!(message.config.priority_fee, Some(1));
    assert_eq!(message.config.compute_unit_limit, Some(300_000));
    assert_eq!(
        message.config.loaded_accounts_data_size_limit,
        Some(MAX_LOADED_BYTES)
    );
}
