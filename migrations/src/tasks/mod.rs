//! Every step: when it is needed, what it costs, who signs, and its instructions.
mod changes;
mod exchange;
mod handover;
mod program;

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use freeboard_client::freeboard::state::Role;
use solana_message::legacy::Message;

use crate::deployment::Deployment;
use crate::keys::Keyring;
use crate::plan::{Cost, Waiting};
use crate::survey::Survey;

pub use changes::Proposal;

/// Lamports of a signature.
const SIGNATURE_LAMPORTS: u64 = 5_000;

/// A kind of step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Takes back the rent of a buffer that holds nothing that is needed.
    CloseBuffer,
    /// Writes the program's bytes into a buffer.
    WriteBuffer,
    /// Gives the buffer to the upgrade authority that is not here.
    GiveBuffer,
    /// Makes the buffer the program at its address.
    DeployProgram,
    /// Makes room for a longer program.
    ExtendProgram,
    /// Replaces the program by the buffer.
    UpgradeProgram,
    /// Reads the program back and compares every byte.
    CompareProgram,
    /// Creates the exchange, its pool and its mint of shares.
    InitializeExchange,
    /// Compares the exchange with the file.
    CompareExchange,
    /// Proposes a change.
    Propose(Proposal),
    /// Clears a proposal that nobody carried out in time.
    ClearExpired(Proposal),
    /// Carries a proposal out.
    Execute(Proposal),
    /// Governance pays into the pool.
    FundPool,
    /// The holder of a role offers it to the one of the file.
    OfferRole(Role),
    /// The one of the file accepts it.
    AcceptRole(Role),
    /// Gives the right to upgrade the program away.
    HandOverUpgrades,
}

/// Whether a step's turn has come; who can sign is not looked at.
#[derive(Clone, Debug)]
pub(crate) enum Ready {
    Done,
    Now,
    Later,
    Waits(Waiting),
    Differs(String),
}

impl Ready {
    /// Done where that holds; else now where what comes before it is done.
    fn when(done: bool, before: bool) -> Self {
        match (done, before) {
            (true, _) => Self::Done,
            (false, true) => Self::Now,
            (false, false) => Self::Later,
        }
    }

    fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }
}

/// A step before it is known who can sign it.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) task: Task,
    pub(crate) title: String,
    pub(crate) cost: Cost,
    pub(crate) signers: Vec<Pubkey>,
    pub(crate) ready: Ready,
}

/// What the steps of a plan are made of.
#[derive(Clone, Copy)]
struct View<'a> {
    survey: &'a Survey,
    deployment: &'a Deployment,
    payer: Pubkey,
}

impl View<'_> {
    /// The fees of one transaction that the payer and these sign.
    fn fee_lamports(&self, signers: &[Pubkey]) -> u64 {
        let others = signers.iter().filter(|signer| **signer != self.payer);
        SIGNATURE_LAMPORTS * (1 + others.count() as u64)
    }

    /// A step of one transaction.
    fn draft(&self, task: Task, title: String, signers: Vec<Pubkey>, ready: Ready) -> Draft {
        let cost = Cost {
            fee_lamports: self.fee_lamports(&signers),
            ..Cost::default()
        };
        Draft {
            task,
            title,
            cost,
            signers,
            ready,
        }
    }

    /// A step that sends nothing.
    fn comparison(&self, task: Task, title: String, ready: Ready) -> Draft {
        Draft {
            cost: Cost::default(),
            ..self.draft(task, title, Vec::new(), ready)
        }
    }
}

/// All steps of a deployment, those that are done included.
pub(crate) fn all(survey: &Survey, deployment: &Deployment, keys: &Keyring) -> Vec<Draft> {
    let view = View {
        survey,
        deployment,
        payer: keys.payer(),
    };
    let mut drafts = view.program_steps();
    // A program to be replaced does not stop what governance has to do.
    let runs = survey.program.is_deployed();
    drafts.extend(view.exchange_steps(runs, keys));
    let listed = view.listing_steps(&mut drafts);
    view.payout_steps(&mut drafts);
    view.funding_step(&mut drafts, listed);
    view.role_steps(&mut drafts);
    view.upgrade_authority_step(&mut drafts);
    drafts
}

impl Task {
    /// Whether the loader has another program afterwards, which counts from the next slot on.
    pub(crate) fn moves_program(self) -> bool {
        matches!(
            self,
            Self::DeployProgram | Self::ExtendProgram | Self::UpgradeProgram
        )
    }

    /// What it sends, with this payer of rents; nothing for a comparison and where bytes are written.
    pub fn instructions(
        self,
        survey: &Survey,
        deployment: &Deployment,
        payer: Pubkey,
    ) -> Vec<Instruction> {
        let view = View {
            survey,
            deployment,
            payer,
        };
        match self {
            Self::WriteBuffer | Self::CompareProgram | Self::CompareExchange => Vec::new(),
            Self::CloseBuffer
            | Self::GiveBuffer
            | Self::DeployProgram
            | Self::ExtendProgram
            | Self::UpgradeProgram
            | Self::HandOverUpgrades => view.loader_instructions(self),
            Self::InitializeExchange => view.initialize_exchange(),
            Self::Propose(proposal) => view.propose(proposal).into_iter().collect(),
            Self::ClearExpired(proposal) => view.clear_expired(proposal).into_iter().collect(),
            Self::Execute(proposal) => view.execute(proposal).into_iter().collect(),
            Self::FundPool => view.fund_pool().into_iter().collect(),
            Self::OfferRole(role) => view.offer_role(role).into_iter().collect(),
            Self::AcceptRole(role) => view.accept_role(role).into_iter().collect(),
        }
    }
}

/// A message of these instructions for others to sign, in base 64: legacy form, blockhash left blank.
pub fn message_base64(payer: &Pubkey, instructions: &[Instruction]) -> String {
    STANDARD.encode(Message::new(instructions, Some(payer)).serialize())
}
