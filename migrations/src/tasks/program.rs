//! The program: written, deployed or upgraded, compared.
use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use freeboard_client::freeboard::ID;
use solana_loader_v3_interface::instruction as loader;
use solana_loader_v3_interface::state::UpgradeableLoaderState as LoaderState;

use super::{Draft, Ready, Task, View};
use crate::holders::refused_authority;
use crate::plan::Cost;
use crate::survey::ProgramFound;
use crate::write::{CHUNK_BYTES, MIN_EXTENSION_BYTES, buffer_bytes};

impl View<'_> {
    /// Bytes that the program has in the file.
    fn length(&self) -> usize {
        self.deployment.program.bytes.len()
    }

    /// Whether the buffer holds the program, to the byte.
    fn is_written(&self) -> bool {
        let found = self.survey.buffer.as_ref();
        found.is_some_and(|buffer| buffer.data_len == self.length() && buffer.differing_bytes == 0)
    }

    /// Steps from a file to a program on the cluster.
    pub(super) fn program_steps(&self) -> Vec<Draft> {
        let mut drafts = match &self.survey.program {
            ProgramFound::Deployed(program) if program.is_same => self.nothing_to_write(),
            ProgramFound::Deployed(program) => match program.upgrade_authority {
                Some(authority) => self.upgrade_steps(authority, program.capacity),
                None => Vec::new(), // the comparison says why
            },
            ProgramFound::Absent | ProgramFound::Reserved => self.deployment_steps(),
        };
        drafts.push(self.comparison_step());
        drafts
    }

    /// A buffer that a stopped run has left behind gives its rent back.
    fn nothing_to_write(&self) -> Vec<Draft> {
        let Some(buffer) = &self.survey.buffer else {
            return Vec::new();
        };
        let title = format!(
            "close the buffer {}, which nothing needs any more: its rent comes back",
            self.survey.buffer_address
        );
        let signers = buffer.authority.into_iter().collect();
        vec![self.draft(Task::CloseBuffer, title, signers, Ready::Now)]
    }

    /// Rent of the buffer beyond what it holds already.
    fn missing_rent_lamports(&self) -> u64 {
        let rent = self.survey.rent_lamports(buffer_bytes(self.length()));
        let held = self.survey.buffer.map_or(0, |buffer| buffer.lamports);
        rent.saturating_sub(held)
    }

    fn write_step(&self) -> Draft {
        let transactions = self.length().div_ceil(CHUNK_BYTES) as u64;
        let rest = match &self.survey.buffer {
            Some(buffer) if buffer.data_len == self.length() && !self.is_written() => {
                format!(", {} of them still to write", buffer.differing_bytes)
            }
            _ => String::new(),
        };
        let title = format!(
            "write {} bytes of the program into the buffer {}{rest}",
            self.length(),
            self.survey.buffer_address
        );
        let ready = Ready::when(self.is_written(), true);
        let mut draft = self.draft(Task::WriteBuffer, title, Vec::new(), ready);
        draft.cost = Cost {
            rent_lamports: 0,
            lent_lamports: self.missing_rent_lamports(),
            fee_lamports: super::SIGNATURE_LAMPORTS * (transactions + 2),
        };
        draft
    }

    fn deployment_steps(&self) -> Vec<Draft> {
        let write = self.write_step();
        let is_reserved = matches!(self.survey.program, ProgramFound::Reserved);
        let signers = if is_reserved { Vec::new() } else { vec![ID] };
        let max_bytes = self.deployment.program.max_bytes;
        let title =
            format!("deploy it at {ID}, with room for {max_bytes} bytes; the payer may upgrade it");
        let ready = Ready::when(false, write.ready.is_done());
        let mut deploy = self.draft(Task::DeployProgram, title, signers, ready);
        let data = LoaderState::size_of_programdata(max_bytes);
        deploy.cost.rent_lamports = self.survey.rent_lamports(data)
            + self.survey.rent_lamports(LoaderState::size_of_program());
        vec![write, deploy]
    }

    fn upgrade_steps(&self, authority: Pubkey, capacity: usize) -> Vec<Draft> {
        let write = self.write_step();
        let mut before = write.ready.is_done();
        let mut drafts = vec![write];
        let missing = self.length().saturating_sub(capacity);
        if missing > 0 {
            let title = format!(
                "make room for {} more bytes",
                missing.max(MIN_EXTENSION_BYTES)
            );
            let ready = Ready::when(false, before);
            let mut extend = self.draft(Task::ExtendProgram, title, Vec::new(), ready);
            let longer =
                LoaderState::size_of_programdata(capacity + missing.max(MIN_EXTENSION_BYTES));
            let now = LoaderState::size_of_programdata(capacity);
            extend.cost.rent_lamports =
                self.survey.rent_lamports(longer) - self.survey.rent_lamports(now);
            drafts.push(extend);
            before = false;
        }
        if authority != self.payer {
            let held = self
                .survey
                .buffer
                .as_ref()
                .and_then(|buffer| buffer.authority);
            let given = held == Some(authority);
            let title = format!("give the buffer to {authority}, who may upgrade the program");
            let ready = Ready::when(given, before);
            before &= given;
            drafts.push(self.draft(Task::GiveBuffer, title, vec![self.payer], ready));
        }
        let title = format!("upgrade the program at {ID}; the buffer's rent comes back");
        let ready = Ready::when(false, before);
        drafts.push(self.draft(Task::UpgradeProgram, title, vec![authority], ready));
        drafts
    }

    fn comparison_step(&self) -> Draft {
        let title = format!(
            "compare the {} bytes on the cluster with the file",
            self.length()
        );
        let ready = match &self.survey.program {
            ProgramFound::Deployed(program) if program.is_same => Ready::Done,
            ProgramFound::Deployed(program) if program.upgrade_authority.is_none() => {
                Ready::Differs(format!(
                    "the program at {ID} has other bytes and nobody may upgrade it"
                ))
            }
            _ => Ready::Later,
        };
        self.comparison(Task::CompareProgram, title, ready)
    }

    /// Gives the right to upgrade the program to the one of the file, last of all.
    pub(super) fn upgrade_authority_step(&self, drafts: &mut Vec<Draft>) {
        let Some(wanted) = self.deployment.program.upgrade_authority else {
            return;
        };
        let title = format!("give the right to upgrade the program to {wanted}, for good");
        let refused = refused_authority(self.survey, self.deployment);
        let (signers, ready) = match &self.survey.program {
            ProgramFound::Deployed(program) => match program.upgrade_authority {
                Some(held) if held == wanted => (vec![wanted], Ready::Done),
                Some(held) if refused.is_some() => {
                    (vec![held], Ready::Differs(refused.unwrap_or_default()))
                }
                Some(held) => {
                    // Whoever is offered a role accepts it when they like.
                    let is_done = |draft: &Draft| {
                        draft.ready.is_done() || matches!(draft.task, Task::AcceptRole(_))
                    };
                    let before = drafts.iter().all(is_done);
                    (vec![held], Ready::when(false, before))
                }
                None => {
                    let how = "nobody may upgrade the program any more".to_owned();
                    (Vec::new(), Ready::Differs(how))
                }
            },
            _ => {
                let ready = refused.map_or(Ready::Later, Ready::Differs);
                (vec![self.payer], ready)
            }
        };
        drafts.push(self.draft(Task::HandOverUpgrades, title, signers, ready));
    }

    /// Instructions to the loader.
    pub(super) fn loader_instructions(&self, task: Task) -> Vec<Instruction> {
        let buffer = self.survey.buffer_address;
        let program = &self.deployment.program;
        let found = match &self.survey.program {
            ProgramFound::Deployed(found) => Some(found),
            _ => None,
        };
        let authority = found.and_then(|found| found.upgrade_authority);
        match task {
            Task::CloseBuffer => {
                let held = self
                    .survey
                    .buffer
                    .as_ref()
                    .and_then(|buffer| buffer.authority);
                let held = held.unwrap_or(self.payer);
                vec![loader::close(&buffer, &self.survey.payer, &held)]
            }
            Task::GiveBuffer => authority
                .map(|to| loader::set_buffer_authority(&buffer, &self.survey.payer, &to))
                .into_iter()
                .collect(),
            Task::DeployProgram => self.deploy(program.max_bytes),
            Task::ExtendProgram => {
                let capacity = found.map_or(0, |found| found.capacity);
                let missing = program.bytes.len().saturating_sub(capacity);
                let more = u32::try_from(missing.max(MIN_EXTENSION_BYTES)).unwrap_or(u32::MAX);
                vec![loader::extend_program(&ID, Some(&self.payer), more)]
            }
            Task::UpgradeProgram => authority
                .map(|by| loader::upgrade(&ID, &buffer, &by, &self.survey.payer))
                .into_iter()
                .collect(),
            Task::HandOverUpgrades => {
                let from = authority.unwrap_or(self.payer);
                let to = program.upgrade_authority;
                vec![loader::set_upgrade_authority(&ID, &from, to.as_ref())]
            }
            _ => Vec::new(),
        }
    }

    /// Creates the program's account where it is not there yet, and makes it a program.
    fn deploy(&self, max_bytes: usize) -> Vec<Instruction> {
        let rent = self.survey.rent_lamports(LoaderState::size_of_program());
        let buffer = self.survey.buffer_address;
        let payer = self.payer;
        let made =
            loader::deploy_with_max_program_len(&payer, &ID, &buffer, &payer, rent, max_bytes);
        let mut instructions = made.unwrap_or_default(); // nothing in it can fail
        if matches!(self.survey.program, ProgramFound::Reserved) {
            instructions.remove(0);
        }
        instructions
    }
}
