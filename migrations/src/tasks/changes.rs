//! What governance decides: proposed, waited for, carried out by anyone.
use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use freeboard_client::freeboard::governance::Wait;
use freeboard_client::freeboard::instructions::ProposeChangeArgs;
use freeboard_client::freeboard::state::{Asset, Change, Exchange, PendingChange, Role};
use freeboard_client::instructions::{self, NewAsset, Pending};

use super::{Draft, Ready, Task, View};
use crate::plan::Waiting;

/// What is proposed: the listing of an asset of the file, by its place there; the recipient of payouts; governance's own
/// hand-over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proposal {
    /// The asset at this place of the file.
    Listing(usize),
    /// Who is paid the protocol's fees.
    Payouts,
    /// Offers governance to the one of the file.
    Governance,
}

/// How far a change is that the deployment wants.
enum Course {
    /// It holds.
    Applied,
    /// Nobody has proposed it.
    Missing,
    /// It waits until then, unix seconds.
    Waits(i64),
    /// It can be carried out.
    Ripe,
    /// It was not carried out in time.
    Expired,
    /// Another one waits in its place.
    Occupied(u64),
}

impl View<'_> {
    /// Who signs as governance now, or will once the exchange exists.
    pub(super) fn governance(&self) -> Pubkey {
        let roles = &self.deployment.roles;
        let exchange = self.survey.exchange.as_ref();
        exchange.map_or(roles.starting_governance(), |exchange| exchange.governance)
    }

    /// The change itself; none before the exchange exists.
    fn change(&self, proposal: Proposal) -> Option<Change> {
        Some(match proposal {
            Proposal::Listing(place) => self.listing(place)?,
            Proposal::Payouts => {
                let payouts = self.deployment.roles.payouts?;
                Change::Payouts {
                    recipient: payouts.recipient,
                    cap_quote_atoms: payouts.cap_quote_atoms,
                }
            }
            Proposal::Governance => Change::OfferRole {
                role: Role::Governance,
                holder: self.deployment.roles.governance,
            },
        })
    }

    fn listing(&self, place: usize) -> Option<Change> {
        let part = self.deployment.assets.get(place)?;
        let entry = self.deployment.exchange.parameters.asset(&part.name)?;
        Some(Change::Listing {
            asset_index: self.survey.assets.get(place)?.index,
            listing: Box::new(entry.listing(part.feed, part.mint.unwrap_or_default())),
        })
    }

    fn is_applied(&self, proposal: Proposal, exchange: &Exchange) -> bool {
        match proposal {
            Proposal::Listing(place) => self.survey.assets[place].listed.is_some(),
            Proposal::Payouts => self.deployment.roles.payouts.is_none_or(|payouts| {
                exchange.payout_recipient == payouts.recipient
                    && exchange.payout_cap_quote_atoms == payouts.cap_quote_atoms
            }),
            Proposal::Governance => {
                let wanted = self.deployment.roles.governance;
                exchange.governance == wanted || exchange.offered(Role::Governance) == wanted
            }
        }
    }

    /// What waits where the change would.
    fn pending(&self, proposal: Proposal) -> Option<&PendingChange> {
        match proposal {
            Proposal::Listing(place) => self.survey.assets.get(place)?.pending.as_ref(),
            Proposal::Payouts => self.survey.pending_payouts.as_ref(),
            Proposal::Governance => self.survey.pending_governance.as_ref(),
        }
    }

    fn course(&self, proposal: Proposal) -> Option<Course> {
        let exchange = self.survey.exchange.as_ref()?;
        if self.is_applied(proposal, exchange) {
            return Some(Course::Applied);
        }
        let Some(pending) = self.pending(proposal) else {
            return Some(Course::Missing);
        };
        if Some(&pending.change) != self.change(proposal).as_ref() {
            return Some(Course::Occupied(pending.number));
        }
        let wait = Wait::of_pending(pending, exchange);
        let now = self.survey.now_ts;
        Some(if now >= wait.expires_ts {
            Course::Expired
        } else if now >= wait.executable_ts {
            Course::Ripe
        } else {
            Course::Waits(wait.executable_ts)
        })
    }

    /// Proposal and execution of one change. `words`: what it does. `then`: whether it may be carried out already.
    fn change_steps(&self, proposal: Proposal, words: &str, then: Ready) -> Vec<Draft> {
        let course = self.course(proposal);
        let mut drafts = Vec::new();
        let (proposed, executed) = match course {
            None => (Ready::Later, Ready::Later),
            Some(Course::Applied) => (Ready::Done, Ready::Done),
            Some(Course::Missing) => (Ready::Now, Ready::Later),
            Some(Course::Waits(unix_ts)) => {
                let now_ts = self.survey.now_ts;
                (
                    Ready::Done,
                    Ready::Waits(Waiting::Until { unix_ts, now_ts }),
                )
            }
            Some(Course::Ripe) => (Ready::Done, then),
            Some(Course::Expired) => {
                let task = Task::ClearExpired(proposal);
                let title = format!("clear the proposal to {words}: its week is over");
                drafts.push(self.draft(task, title, Vec::new(), Ready::Now));
                (Ready::Later, Ready::Later)
            }
            Some(Course::Occupied(number)) => {
                let how = format!(
                    "change {number} waits in its place and says something else: carry it out or cancel it first"
                );
                (Ready::Differs(how), Ready::Later)
            }
        };
        let signers = vec![self.governance()];
        let task = Task::Propose(proposal);
        let mut propose = self.draft(task, format!("propose to {words}"), signers, proposed);
        let space = self
            .change(proposal)
            .map_or(0, |change| PendingChange::space(&change));
        propose.cost.lent_lamports = self.survey.rent_lamports(space);
        drafts.push(propose);
        let task = Task::Execute(proposal);
        let title = format!("once the wait is over: {words}");
        drafts.push(self.draft(task, title, Vec::new(), executed));
        drafts
    }

    /// Lists the assets of the file; says whether all are listed.
    pub(super) fn listing_steps(&self, drafts: &mut Vec<Draft>) -> bool {
        let mut all = true;
        // An index is given in order: the first that waits holds back the others.
        let mut turn = true;
        for (place, part) in self.deployment.assets.iter().enumerate() {
            let found = &self.survey.assets[place];
            let proposal = Proposal::Listing(place);
            let ready = match &found.price {
                _ if !turn => Ready::Later,
                Ok(()) => Ready::Now,
                Err(reason) => Ready::Waits(Waiting::Price {
                    asset: part.name.clone(),
                    price_account: part.price_account,
                    reason: reason.clone(),
                }),
            };
            let words = format!("list {} as asset {}", part.name, found.index);
            let mut steps = self.change_steps(proposal, &words, ready);
            if let Some(execute) = steps.last_mut() {
                let token = part.mint.map_or(0, |_| self.survey.rent_lamports(165));
                execute.cost.rent_lamports =
                    self.survey.rent_lamports(8 + size_of::<Asset>()) + token;
                if let Some(how) = found
                    .listed
                    .as_ref()
                    .and_then(|asset| self.listed_otherwise(place, asset))
                {
                    execute.ready = Ready::Differs(how);
                }
            }
            turn &= found.listed.is_some();
            all &= found.listed.is_some();
            drafts.extend(steps);
        }
        all
    }

    /// How a listed asset is not as in the file.
    fn listed_otherwise(&self, place: usize, asset: &Asset) -> Option<String> {
        let Some(Change::Listing { listing, .. }) = self.listing(place) else {
            return None;
        };
        let parts = [
            (
                "feed",
                asset.feed == listing.feed.feed && asset.oracle_kind() == listing.feed.kind,
            ),
            ("mint", asset.mint == listing.mint),
            ("params", asset.params == listing.params),
            ("oracle", asset.oracle == listing.oracle),
            ("trade", asset.trade == listing.trade),
        ];
        let others: Vec<&str> = parts
            .iter()
            .filter(|(_, same)| !same)
            .map(|(name, _)| *name)
            .collect();
        (!others.is_empty()).then(|| {
            format!(
                "it is listed with others than the file: {}. Propose the change, or correct the file if governance has \
                 decided so",
                others.join(", ")
            )
        })
    }

    /// Names the recipient of payouts.
    pub(super) fn payout_steps(&self, drafts: &mut Vec<Draft>) {
        let Some(payouts) = self.deployment.roles.payouts else {
            return;
        };
        let words = format!("pay fees out to {}", payouts.recipient);
        drafts.extend(self.change_steps(Proposal::Payouts, &words, Ready::Now));
    }

    /// Gives governance away, where another has it for the start; proposed at once and carried out last.
    pub(super) fn governance_steps(&self, drafts: &mut Vec<Draft>) {
        let wanted = self.deployment.roles.governance;
        let rest_is_done = drafts.iter().all(|draft| draft.ready.is_done());
        let then = if rest_is_done {
            Ready::Now
        } else {
            Ready::Later
        };
        let words = format!("offer governance to {wanted}");
        drafts.extend(self.change_steps(Proposal::Governance, &words, then));
    }

    pub(super) fn propose(&self, proposal: Proposal) -> Option<Instruction> {
        let exchange = self.survey.exchange.as_ref()?;
        let args = ProposeChangeArgs {
            number: exchange.change_count + 1,
            change: self.change(proposal)?,
        };
        let address = self.exchange_keys().exchange;
        Some(instructions::propose_change(
            self.payer,
            exchange.governance,
            address,
            args,
        ))
    }

    fn waiting(&self, proposal: Proposal) -> Option<Pending> {
        let pending = self.pending(proposal)?;
        Some(Pending {
            exchange: pending.exchange,
            number: pending.number,
            payer: pending.payer,
            change: pending.change.clone(),
        })
    }

    pub(super) fn clear_expired(&self, proposal: Proposal) -> Option<Instruction> {
        let pending = self.waiting(proposal)?;
        Some(instructions::cancel_change(self.payer, &pending))
    }

    pub(super) fn execute(&self, proposal: Proposal) -> Option<Instruction> {
        let pending = self.waiting(proposal)?;
        let Proposal::Listing(place) = proposal else {
            return Some(instructions::execute_change(self.payer, &pending));
        };
        let (part, found) = (&self.deployment.assets[place], &self.survey.assets[place]);
        let new = NewAsset {
            payer: self.payer,
            proposer: pending.payer,
            exchange: pending.exchange,
            index: found.index,
            feed: part.price_account,
            mint: part.mint.map(|mint| (mint, found.mint_program)),
        };
        Some(instructions::create_asset(new, pending.number))
    }
}
