//! Margin accounts: opened, closed, paid into and out of.
use super::Sent;
use crate::{AssetHandle, Failure, Meta, Trader, World, world::Actor};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use freeboard::instructions::OpenMarginAccountArgs;
use freeboard::instructions::WithdrawProRataArgs;
use freeboard_client::{
    instructions::{self, TokenKeys},
    slots,
};
use solana_signer::Signer;

impl World {
    /// Somebody with a margin account holding this much quote.
    pub fn new_trader(&mut self, quote_atoms: u64) -> Trader {
        let owner = self.actor();
        self.new_sub_account(&owner, 0, quote_atoms)
    }

    /// A new owner with a margin account that holds collateral and owes quote.
    pub fn new_borrower(
        &mut self,
        collateral: &AssetHandle,
        collateral_atoms: u64,
        owed_atoms: u64,
    ) -> Trader {
        let trader = self.new_trader(0);
        self.deposit_collateral(&trader, collateral, collateral_atoms)
            .expect("deposited");
        self.withdraw_quote(&trader, owed_atoms).expect("a loan");
        trader
    }

    /// Another margin account of an owner.
    pub fn new_sub_account(&mut self, owner: &Actor, number: u16, quote_atoms: u64) -> Trader {
        let opened = self.open_margin_account(owner, number, Pubkey::default());
        let trader = opened.expect("opened").0;
        if quote_atoms > 0 {
            self.deposit_quote(&trader, quote_atoms).expect("deposited");
        }
        trader
    }

    /// open_margin_account.
    pub fn open_margin_account(
        &mut self,
        owner: &Actor,
        sub_account: u16,
        delegate: Pubkey,
    ) -> Result<(Trader, Meta), Failure> {
        let args = OpenMarginAccountArgs {
            sub_account,
            delegate,
        };
        let (payer, key) = (self.payer.pubkey(), owner.pubkey());
        let instruction = instructions::open_margin_account(payer, key, self.exchange, args);
        let meta = self.send(&[instruction], &[owner])?;
        let margin_account = self.margin_address(&key, sub_account);
        self.margin_accounts.push(margin_account);
        Ok((
            Trader {
                keypair: owner.clone(),
                margin_account,
                sub_account,
            },
            meta,
        ))
    }

    /// close_margin_account.
    pub fn close_margin_account(&mut self, trader: &Trader) -> Sent {
        let instruction = instructions::close_margin_account(trader.owner(), trader.margin_account);
        let meta = self.send(&[instruction], &[&trader.keypair])?;
        self.margin_accounts
            .retain(|account| *account != trader.margin_account);
        Ok(meta)
    }

    /// set_delegate.
    pub fn set_delegate(&mut self, trader: &Trader, delegate: Pubkey) -> Sent {
        let instruction =
            instructions::set_delegate(trader.owner(), trader.margin_account, delegate);
        self.send(&[instruction], &[&trader.keypair])
    }

    /// The quote token.
    pub fn quote_token(&self) -> TokenKeys {
        TokenKeys::quote(&self.keys)
    }

    /// Mints quote tokens to the owner and deposits them.
    pub fn deposit_quote(&mut self, trader: &Trader, amount_atoms: u64) -> Sent {
        self.mint_and_deposit(trader, self.quote_token(), amount_atoms)
    }

    /// Mints an asset's token to the owner and deposits it.
    pub fn deposit_collateral(
        &mut self,
        trader: &Trader,
        asset: &AssetHandle,
        amount_atoms: u64,
    ) -> Sent {
        self.mint_and_deposit(trader, asset.token(), amount_atoms)
    }

    fn mint_and_deposit(&mut self, trader: &Trader, token: TokenKeys, amount_atoms: u64) -> Sent {
        self.mint_to(&trader.owner(), &token.mint, amount_atoms);
        let instruction = self.deposit_instruction(trader, &token, amount_atoms);
        self.send(&[instruction], &[&trader.keypair])
    }

    /// deposit by the owner, from the owner's associated token account.
    pub fn deposit_instruction(
        &mut self,
        trader: &Trader,
        token: &TokenKeys,
        amount_atoms: u64,
    ) -> Instruction {
        let source = self.token_account(&trader.owner(), &token.mint);
        let (authority, account) = (trader.owner(), trader.margin_account);
        instructions::deposit(&self.keys, token, authority, account, source, amount_atoms)
    }

    /// Withdraws quote to the owner: by borrow where the balance does not hold it.
    pub fn withdraw_quote(&mut self, trader: &Trader, amount_atoms: u64) -> Sent {
        if i128::from(self.quote_of(trader)) < i128::from(amount_atoms) {
            return self.borrow(trader, amount_atoms);
        }
        let instruction = self.withdraw_instruction(trader, &self.quote_token(), amount_atoms);
        self.send(&[instruction], &[&trader.keypair])
    }

    /// Withdraws all quote that the initial margin does not hold back, but for so much.
    pub fn withdraw_all_but(&mut self, trader: &Trader, left_atoms: u64) {
        let report = self.client_report(trader).expect("a report");
        let free = report
            .free_collateral_atoms
            .saturating_sub_unsigned(left_atoms);
        let amount = u64::try_from(free).expect("more is free than is to be left");
        self.withdraw_quote(trader, amount).expect("it is free");
    }

    /// Withdraws an asset's token to the owner.
    pub fn withdraw_collateral(
        &mut self,
        trader: &Trader,
        asset: &AssetHandle,
        amount_atoms: u64,
    ) -> Sent {
        let instruction = self.withdraw_instruction(trader, &asset.token(), amount_atoms);
        self.send(&[instruction], &[&trader.keypair])
    }

    /// withdraw to the owner's associated token account.
    pub fn withdraw_instruction(
        &mut self,
        trader: &Trader,
        token: &TokenKeys,
        amount_atoms: u64,
    ) -> Instruction {
        let destination = self.token_account(&trader.owner(), &token.mint);
        let account = self.margin_account(&trader.margin_account);
        let quote = if token.asset.is_none() {
            i128::from(account.quote_atoms) - i128::from(amount_atoms)
        } else {
            account.quote_atoms.into()
        };
        let prices_needed = account.has_positions() || quote < 0;
        let order = if prices_needed {
            slots::order(&account)
        } else {
            Vec::new()
        };
        instructions::withdraw(
            &self.keys,
            token,
            trader.owner(),
            trader.margin_account,
            destination,
            amount_atoms,
            self.metas(&order, &[]),
        )
    }

    /// borrow, to the owner's own token account.
    pub fn borrow(&mut self, trader: &Trader, amount_atoms: u64) -> Sent {
        let instruction = self.borrow_instruction(trader, amount_atoms);
        self.send(&[instruction], &[&trader.keypair])
    }

    /// borrow, unsent.
    pub fn borrow_instruction(&mut self, trader: &Trader, amount_atoms: u64) -> Instruction {
        let mint = self.quote_mint;
        let destination = self.token_account(&trader.owner(), &mint);
        let (owner, account) = (trader.owner(), trader.margin_account);
        let metas = self.all_metas();
        instructions::borrow(&self.keys, owner, account, destination, amount_atoms, metas)
    }

    /// withdraw_pro_rata, to the owner's own token account.
    pub fn withdraw_pro_rata(&mut self, trader: &Trader, args: WithdrawProRataArgs) -> Sent {
        let mint = self.quote_mint;
        let destination = self.token_account(&trader.owner(), &mint);
        let instruction = instructions::withdraw_pro_rata(
            &self.keys,
            trader.owner(),
            trader.margin_account,
            destination,
            args,
            self.all_metas(),
        );
        self.send(&[instruction], &[&trader.keypair])
    }
}
