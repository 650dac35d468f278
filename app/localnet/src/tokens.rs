//! Tokens of the network: mints whose authority is the payer, and money out of nothing.
use std::sync::Arc;

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use anchor_lang::solana_program::program_pack::Pack;
use anchor_lang::solana_program::system_instruction::create_account_with_seed;
use anchor_spl::associated_token::get_associated_token_address;
use anchor_spl::associated_token::spl_associated_token_account::instruction::create_associated_token_account_idempotent;
use anchor_spl::token::{ID as TOKEN, spl_token};
use anyhow::Result;
use freeboard_client::network::SendOptions;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::chain::LocalChain;

/// Instructions that fit one transaction, of those here.
const PER_TRANSACTION: usize = 6;

/// Money for somebody.
#[derive(Clone, Copy, Debug)]
pub struct TokenGift {
    /// Whose associated token account it goes to.
    pub owner: Pubkey,
    /// Which token.
    pub mint: Pubkey,
    /// How much; 0 makes the account alone.
    pub atoms: u64,
}

/// Makes tokens, paid for by one key, which is the authority of every mint.
pub struct TokenPress<'a> {
    /// The chain.
    pub chain: &'a LocalChain,
    /// Pays.
    pub payer: &'a Arc<Keypair>,
    /// How transactions are sent.
    pub options: &'a SendOptions,
}

impl TokenPress<'_> {
    /// The address of the payer's mint of this name.
    pub fn mint_address(&self, name: &str) -> Result<Pubkey> {
        Ok(Pubkey::create_with_seed(
            &self.payer.pubkey(),
            name,
            &TOKEN,
        )?)
    }

    /// Makes mints, each of a name and its decimals.
    ///
    /// Errors: of the network.
    pub async fn make_mints(&self, mints: &[(String, u8)]) -> Result<()> {
        let payer = self.payer.pubkey();
        let size = spl_token::state::Mint::LEN;
        let rent = self.chain.rent_lamports(size).await?;
        let mut instructions = Vec::new();
        for (name, decimals) in mints {
            let mint = self.mint_address(name)?;
            let space = size as u64;
            let begun = create_account_with_seed(&payer, &mint, &payer, name, rent, space, &TOKEN);
            let made =
                spl_token::instruction::initialize_mint2(&TOKEN, &mint, &payer, None, *decimals)?;
            instructions.extend([begun, made]);
        }
        self.send(&instructions).await
    }

    /// Makes the token accounts of these gifts where they are missing, and fills them.
    ///
    /// Errors: of the network.
    pub async fn give(&self, gifts: &[TokenGift]) -> Result<()> {
        let payer = self.payer.pubkey();
        let mut instructions = Vec::new();
        for gift in gifts {
            let TokenGift { owner, mint, atoms } = *gift;
            let account = get_associated_token_address(&owner, &mint);
            let made = create_associated_token_account_idempotent(&payer, &owner, &mint, &TOKEN);
            instructions.push(made);
            let signers = [];
            let filled =
                spl_token::instruction::mint_to(&TOKEN, &mint, &account, &payer, &signers, atoms)?;
            instructions.push(filled);
        }
        self.send(&instructions).await
    }

    async fn send(&self, instructions: &[Instruction]) -> Result<()> {
        for some in instructions.chunks(PER_TRANSACTION) {
            let signers: [&dyn Signer; 1] = [self.payer];
            self.chain
                .cluster
                .send(&signers, some, self.options)
                .await?;
        }
        Ok(())
    }
}
