//! The exchange and its pool's first money.
use anchor_lang::solana_program::instruction::Instruction;
use anchor_lang::solana_program::system_instruction::transfer;
use freeboard_client::display::money;
use freeboard_client::freeboard::state::{Exchange, Pool};
use freeboard_client::parameters::Roles;
use freeboard_client::{ExchangeKeys, instructions};

use crate::keys::Keyring;

use super::{Draft, Ready, Task, View};

/// Bytes of a token account and of a mint, without extensions.
const TOKEN_BYTES: usize = 165;
const MINT_BYTES: usize = 82;

impl View<'_> {
    /// Keys of the exchange that is or will be there.
    pub(super) fn exchange_keys(&self) -> ExchangeKeys {
        let part = &self.deployment.exchange;
        ExchangeKeys::of_creator(&part.creator, part.quote_mint, self.survey.quote_program)
    }

    /// Creates the exchange, and compares it.
    pub(super) fn exchange_steps(&self, runs: bool, keys: &Keyring) -> Vec<Draft> {
        let part = &self.deployment.exchange;
        let address = self.exchange_keys().exchange;
        let exists = self.survey.exchange.is_some();
        let title = format!(
            "create the exchange {address}, governed by {}",
            self.deployment.roles.starting_governance()
        );
        let ready = Ready::when(exists, runs);
        let mut create = self.draft(Task::InitializeExchange, title, vec![part.creator], ready);
        let is_given = part.creator != self.payer && keys.signer(&part.creator).is_some();
        create.cost.rent_lamports = if is_given {
            self.gift_lamports()
        } else {
            self.exchange_rent_lamports() // by the payer's own key, or elsewhere by one that pays itself
        };
        let title = "compare its parameters, scenarios and timelock with the file".to_owned();
        let ready = match &self.survey.exchange {
            None => Ready::Later,
            Some(exchange) => match self.what_differs(exchange) {
                parts if parts.is_empty() => Ready::Done,
                parts => Ready::Differs(format!(
                    "the exchange has others than the file: {}. Propose the change (`freeboard governance propose`), \
                     or correct the file if governance has decided so",
                    parts.join(", ")
                )),
            },
        };
        let compare = self.comparison(Task::CompareExchange, title, ready);
        vec![create, compare]
    }

    /// Parts of the exchange that are not as in the file.
    fn what_differs(&self, exchange: &Exchange) -> Vec<&'static str> {
        let part = &self.deployment.exchange;
        let args = part.parameters.initialize_args(&self.starting_roles());
        let parts = [
            ("quote_mint", exchange.quote_mint == part.quote_mint),
            (
                "timelock_secs",
                exchange.timelock_secs == args.timelock_secs,
            ),
            ("portfolio", exchange.portfolio == args.portfolio),
            ("liquidation", exchange.liquidation == args.liquidation),
            ("pool", exchange.pool == args.pool),
            ("scenarios", exchange.scenarios() == args.scenarios),
        ];
        let others = parts.iter().filter(|(_, same)| !same);
        others.map(|(name, _)| *name).collect()
    }

    /// Who governs from the first moment.
    fn starting_roles(&self) -> Roles {
        let roles = &self.deployment.roles;
        Roles {
            governance: roles.starting_governance(),
            risk_manager: roles.risk_manager,
            guardian: roles.guardian,
            timelock_secs: self.deployment.exchange.timelock_secs,
        }
    }

    /// What the creator pays for the accounts of its exchange, lamports.
    fn exchange_rent_lamports(&self) -> u64 {
        let rent = |bytes| self.survey.rent_lamports(bytes);
        rent(8 + size_of::<Exchange>())
            + rent(8 + size_of::<Pool>())
            + rent(MINT_BYTES)
            + 3 * rent(TOKEN_BYTES)
    }

    /// What the payer gives a creator that signs here, lamports: that rent, and what it takes to exist itself, for it may
    /// have nothing.
    fn gift_lamports(&self) -> u64 {
        self.exchange_rent_lamports() + self.survey.rent_lamports(0)
    }

    /// The program lets the creator pay; the payer gives it that, for it pays for everything.
    pub(super) fn initialize_exchange(&self) -> Vec<Instruction> {
        let part = &self.deployment.exchange;
        let mut instructions = Vec::new();
        if part.creator != self.payer {
            let lamports = self.gift_lamports();
            instructions.push(transfer(&self.payer, &part.creator, lamports));
        }
        instructions.push(instructions::initialize_exchange(
            part.creator,
            part.quote_mint,
            self.survey.quote_program,
            part.parameters.initialize_args(&self.starting_roles()),
        ));
        instructions
    }

    /// Governance's own money into the pool, once. It gets no shares for it, and nothing takes it out again.
    pub(super) fn funding_step(&self, drafts: &mut Vec<Draft>, listed: bool) {
        let atoms = self.deployment.exchange.pool_deposit_quote_atoms;
        if atoms == 0 {
            return;
        }
        let amount = money::quote_exact(i64::try_from(atoms).unwrap_or(i64::MAX));
        let title = format!("governance pays {amount} into the pool, for good");
        let governance = self.governance();
        let ready = match self.survey.pool_source_atoms {
            _ if self.survey.is_pool_funded => Ready::Done,
            _ if !listed || self.survey.exchange.is_none() => Ready::Later,
            Some(held) if held >= atoms => Ready::Now,
            held => Ready::Differs(format!(
                "governance's token account {} holds {}; send it {amount} of the quote token",
                self.survey.pool_source,
                money::quote_exact(i64::try_from(held.unwrap_or(0)).unwrap_or(i64::MAX)),
            )),
        };
        drafts.push(self.draft(Task::FundPool, title, vec![governance], ready));
    }

    pub(super) fn fund_pool(&self) -> Option<Instruction> {
        let governance = self.survey.exchange.as_ref()?.governance;
        Some(instructions::fund_pool(
            &self.exchange_keys(),
            governance,
            self.survey.pool_source,
            self.deployment.exchange.pool_deposit_quote_atoms,
        ))
    }
}
