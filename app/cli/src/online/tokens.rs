//! Token accounts of who acts.
use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use anchor_lang::solana_program::system_instruction;
use anchor_spl::associated_token::{
    get_associated_token_address_with_program_id,
    spl_associated_token_account::instruction::create_associated_token_account_idempotent,
};
use anchor_spl::token::spl_token;
use freeboard_client::instructions::TokenKeys;

/// The associated token account of an owner.
pub fn associated(owner: &Pubkey, mint: &Pubkey, program: &Pubkey) -> Pubkey {
    get_associated_token_address_with_program_id(owner, mint, program)
}

/// Creates it where it is missing; `owner` pays its rent.
pub fn create_associated(owner: &Pubkey, mint: &Pubkey, program: &Pubkey) -> Instruction {
    create_associated_token_account_idempotent(owner, owner, mint, program)
}

/// Where tokens of a kind go: the account that was named, or the associated one, which is created where it is missing.
pub struct Destination {
    /// The token account.
    pub address: Pubkey,
    /// What creates it.
    pub create: Option<Instruction>,
}

impl Destination {
    /// Of this owner.
    pub fn new(owner: &Pubkey, token: &TokenKeys, named: Option<Pubkey>) -> Self {
        match named {
            Some(address) => Self {
                address,
                create: None,
            },
            None => Self {
                address: associated(owner, &token.mint, &token.program),
                create: Some(create_associated(owner, &token.mint, &token.program)),
            },
        }
    }
}

/// The mint of wrapped SOL.
pub const WRAPPED_SOL: Pubkey = spl_token::native_mint::ID;

/// Wraps so many lamports of an owner into its associated account of wrapped SOL.
pub fn wrap_sol(owner: &Pubkey, lamports: u64) -> Vec<Instruction> {
    let account = associated(owner, &WRAPPED_SOL, &spl_token::ID);
    let mut instructions = vec![
        create_associated(owner, &WRAPPED_SOL, &spl_token::ID),
        system_instruction::transfer(owner, &account, lamports),
    ];
    // Fails for a program that is no token program alone, and this one is.
    instructions.extend(spl_token::instruction::sync_native(
        &spl_token::ID,
        &account,
    ));
    instructions
}
