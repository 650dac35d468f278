//! Roles to those who hold them in the end.
use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use freeboard_client::freeboard::instructions::OfferRoleArgs;
use freeboard_client::freeboard::state::Role;
use freeboard_client::instructions;

use super::{Draft, Ready, Task, View};

impl View<'_> {
    /// Who is to hold a role.
    fn wanted(&self, role: Role) -> Pubkey {
        let roles = &self.deployment.roles;
        match role {
            Role::Governance => roles.governance,
            Role::RiskManager => roles.risk_manager,
            Role::Guardian => roles.guardian,
        }
    }

    /// Hands over each role that another holds: offered by its holder, accepted by the one of the file.
    pub(super) fn role_steps(&self, drafts: &mut Vec<Draft>) {
        for role in [Role::RiskManager, Role::Guardian] {
            let held = self
                .survey
                .exchange
                .as_ref()
                .map(|exchange| exchange.holder(role));
            if held.is_some_and(|holder| holder != self.wanted(role)) {
                self.offer_step(drafts, role);
                self.accept_step(drafts, role);
            }
        }
        let starting = self.deployment.roles.starting_governance();
        let held = self
            .survey
            .exchange
            .as_ref()
            .map_or(starting, |exchange| exchange.governance);
        if held != self.wanted(Role::Governance) || starting != held {
            self.governance_steps(drafts);
            self.accept_step(drafts, Role::Governance);
        }
    }

    fn offer_step(&self, drafts: &mut Vec<Draft>, role: Role) {
        let Some(exchange) = &self.survey.exchange else {
            return;
        };
        let wanted = self.wanted(role);
        let title = format!("offer the role {} to {wanted}", name(role));
        let ready = Ready::when(exchange.offered(role) == wanted, true);
        let holder = exchange.holder(role);
        drafts.push(self.draft(Task::OfferRole(role), title, vec![holder], ready));
    }

    fn accept_step(&self, drafts: &mut Vec<Draft>, role: Role) {
        let wanted = self.wanted(role);
        let title = format!("{wanted} accepts the role {}", name(role));
        let ready = match &self.survey.exchange {
            Some(exchange) => {
                let holds = exchange.holder(role) == wanted;
                Ready::when(holds, exchange.offered(role) == wanted)
            }
            None => Ready::Later,
        };
        drafts.push(self.draft(Task::AcceptRole(role), title, vec![wanted], ready));
    }

    pub(super) fn offer_role(&self, role: Role) -> Option<Instruction> {
        let exchange = self.survey.exchange.as_ref()?;
        let args = OfferRoleArgs {
            number: exchange.offer_count(role) + 1,
            role,
            holder: self.wanted(role),
        };
        let address = self.exchange_keys().exchange;
        Some(instructions::offer_role(
            exchange.holder(role),
            address,
            args,
        ))
    }

    pub(super) fn accept_role(&self, role: Role) -> Option<Instruction> {
        let address = self.exchange_keys().exchange;
        Some(instructions::accept_role(self.wanted(role), address, role))
    }
}

/// A role as people write it.
fn name(role: Role) -> &'static str {
    match role {
        Role::Governance => "governance",
        Role::RiskManager => "risk manager",
        Role::Guardian => "guardian",
    }
}
