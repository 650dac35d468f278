//! A second exchange on the same network, whose accounts are real and yet wrong here.
use crate::World;
use anchor_lang::prelude::Pubkey;

impl World {
    /// Brings everything of another world's exchange onto this network.
    pub fn import(&mut self, other: &World) {
        let assets = other.assets.iter().flat_map(|asset| {
            [
                Some(asset.address),
                Some(asset.feed),
                asset.mint,
                asset.vault,
            ]
            .into_iter()
            .flatten()
        });
        let own = [
            other.exchange,
            other.pool,
            other.quote_mint,
            other.quote_vault,
        ];
        let accounts = other.margin_accounts.iter().copied();
        let all: Vec<Pubkey> = own.into_iter().chain(assets).chain(accounts).collect();
        for address in all {
            self.set_account(address, other.account(&address));
        }
    }

    /// Rewrites part of an account: for states that take too many transactions to reach.
    pub fn edit(&mut self, address: Pubkey, offset: usize, bytes: &[u8]) {
        let mut account = self.account(&address);
        account.data[offset..offset + bytes.len()].copy_from_slice(bytes);
        self.set_account(address, account);
    }
}
