//! The plan that follows from what a cluster has: which step is next, what it costs, who signs.
use std::sync::Arc;

use anchor_lang::prelude::Pubkey;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytemuck::Zeroable;
use freeboard_client::freeboard::ID;
use freeboard_client::freeboard::state::{Change, Exchange, PendingChange, Role, Scenario};
use freeboard_client::parameters::ParameterFile;
use freeboard_migrations::deployment::{Deployment, ExchangePart, ProgramPart, RolesPart};
use freeboard_migrations::guards::{self, NamedCluster};
use freeboard_migrations::survey::{BufferFound, DeployedProgram, ProgramFound};
use freeboard_migrations::tasks::Proposal;
use freeboard_migrations::{Keyring, Plan, StepState, Survey, Task, Waiting};
use solana_keypair::Keypair;
use solana_signer::Signer;

const LENGTH: usize = 10_000;
const NOW_TS: i64 = 1_800_000_000;
const DAY_SECS: i64 = 86_400;

/// A deployment, and what the cluster has of it.
struct Stage {
    deployment: Deployment,
    survey: Survey,
    keys: Keyring,
}

impl Stage {
    /// Nothing is there. The payer creates; a multisig governs in the end.
    fn empty() -> Self {
        let keys = Keyring::new(Arc::new(Keypair::new()));
        let payer = keys.payer();
        let parameters = ParameterFile::parse(include_str!("../parameters/default.toml"));
        let multisig = Pubkey::new_unique();
        Self {
            deployment: Deployment {
                cluster: NamedCluster::Localnet,
                rpc_url: None,
                program: ProgramPart {
                    bytes: vec![1; LENGTH],
                    max_bytes: LENGTH,
                    upgrade_authority: Some(multisig),
                    allow_non_system_authority: false,
                    keypair: None,
                },
                exchange: ExchangePart {
                    creator: payer,
                    quote_mint: Pubkey::new_unique(),
                    timelock_secs: 86_400,
                    parameters: parameters.expect("shipped parameters"),
                    pool_deposit_quote_atoms: 0,
                },
                roles: RolesPart {
                    governance: multisig,
                    first_governance: Some(payer),
                    risk_manager: Pubkey::new_unique(),
                    guardian: Pubkey::new_unique(),
                    payouts: None,
                },
                assets: Vec::new(),
            },
            survey: Survey {
                now_ts: NOW_TS,
                slot: 8,
                payer,
                payer_lamports: 0,
                overhead_lamports: 890_880,
                program: ProgramFound::Absent,
                buffer_address: Pubkey::new_unique(),
                buffer: None,
                exchange: None,
                is_pool_funded: false,
                quote_program: anchor_spl::token::ID,
                pool_source: Pubkey::new_unique(),
                pool_source_atoms: None,
                assets: Vec::new(),
                pending_payouts: None,
                pending_governance: None,
                upgrade_authority_owner: None,
                remarks: Vec::new(),
            },
            keys,
        }
    }

    /// What its plan counts as rent of the exchange, lamports.
    fn creation_rent_lamports(&self) -> u64 {
        let steps = self.plan().steps;
        let create = steps
            .iter()
            .find(|step| step.task == Task::InitializeExchange);
        create.expect("a step").cost.rent_lamports
    }

    /// The program runs, upgraded by this address.
    fn with_program(mut self, upgrade_authority: Pubkey, is_same: bool) -> Self {
        self.survey.program = ProgramFound::Deployed(DeployedProgram {
            slot: 7,
            upgrade_authority: Some(upgrade_authority),
            capacity: LENGTH,
            is_same,
        });
        self
    }

    /// The exchange is as in the file, governed as at the start.
    fn with_exchange(mut self) -> Self {
        let part = &self.deployment.exchange;
        let mut exchange = Exchange::zeroed();
        exchange.creator = part.creator;
        exchange.quote_mint = part.quote_mint;
        exchange.timelock_secs = part.timelock_secs;
        exchange.portfolio = part.parameters.portfolio.into();
        exchange.liquidation = part.parameters.liquidation.into();
        exchange.pool = part.parameters.pool.into();
        let scenarios: Vec<Scenario> = part
            .parameters
            .scenarios
            .iter()
            .copied()
            .map(Into::into)
            .collect();
        exchange
            .set_scenarios(&scenarios)
            .expect("shipped scenarios");
        exchange.governance = self.deployment.roles.starting_governance();
        exchange.risk_manager = self.deployment.roles.risk_manager;
        exchange.guardian = self.deployment.roles.guardian;
        self.survey.exchange = Some(Box::new(exchange));
        self
    }

    /// Program and exchange are there.
    fn running() -> Self {
        let stage = Self::empty();
        let payer = stage.survey.payer;
        stage.with_program(payer, true).with_exchange()
    }

    fn exchange_mut(&mut self) -> &mut Exchange {
        self.survey.exchange.as_mut().expect("an exchange")
    }

    /// Governance's hand-over was proposed so long ago.
    fn with_proposal(mut self, secs_ago: i64) -> Self {
        self.survey.pending_governance = Some(PendingChange {
            layout_version: 1,
            exchange: Pubkey::new_unique(),
            payer: self.survey.payer,
            number: 1,
            version: 0,
            bump: 255,
            proposed_ts: NOW_TS - secs_ago,
            delay_secs: 129_600,
            change: Change::OfferRole {
                role: Role::Governance,
                holder: self.deployment.roles.governance,
            },
        });
        self
    }

    fn plan(&self) -> Plan {
        Plan::of_survey(&self.survey, &self.deployment, &self.keys)
    }

    fn state(&self, task: Task) -> StepState {
        let plan = self.plan();
        let step = plan.steps.iter().find(|step| step.task == task);
        step.unwrap_or_else(|| panic!("no step {task:?}"))
            .state
            .clone()
    }

    fn next(&self) -> Option<Task> {
        self.plan().next_step().map(|step| step.task)
    }
}

/// Who pays a message, and the programs that it calls.
fn read_message(base64: &str) -> (Pubkey, Vec<Pubkey>) {
    let bytes = STANDARD.decode(base64).expect("base 64");
    let message: solana_message::VersionedMessage =
        wincode::deserialize(&bytes).expect("a message");
    let keys = message.static_account_keys();
    let called = message.instructions().iter();
    let called = called.map(|one| keys[usize::from(one.program_id_index)]);
    (keys[0], called.collect())
}

#[test]
fn the_bytes_come_first_and_an_address_that_nobody_reserved_needs_its_key() {
    let mut stage = Stage::empty();
    assert_eq!(stage.next(), Some(Task::WriteBuffer));
    assert_eq!(stage.state(Task::DeployProgram), StepState::Later);
    stage.survey.buffer = Some(BufferFound {
        authority: Some(stage.survey.payer),
        lamports: (128 + 37 + LENGTH as u64) * 6_960,
        data_len: LENGTH,
        differing_bytes: 0,
    });
    let StepState::Differs(how) = stage.state(Task::DeployProgram) else {
        panic!("the program's key is not here");
    };
    assert!(how.contains("program.keypair"), "{how}");
    stage.survey.program = ProgramFound::Reserved;
    assert_eq!(stage.next(), Some(Task::DeployProgram));
}

#[test]
fn the_buffer_pays_for_the_program_it_becomes() {
    let stage = Stage::empty();
    let plan = stage.plan();
    let rent = |bytes: u64| (bytes + 128) * 6_960;
    let cost = |task| {
        plan.steps
            .iter()
            .find(|step| step.task == task)
            .expect("a step")
            .cost
    };
    assert_eq!(cost(Task::WriteBuffer).lent_lamports, rent(37 + 10_000));
    assert_eq!(
        cost(Task::DeployProgram).rent_lamports,
        rent(45 + 10_000) + rent(36)
    );
    let rents: u64 = plan.steps.iter().map(|step| step.cost.rent_lamports).sum();
    let fees: u64 = plan.steps.iter().map(|step| step.cost.fee_lamports).sum();
    // The hand-over's account is lent until it is carried out; the buffer is not needed beside the program.
    let proposal = cost(Task::Propose(Proposal::Governance)).lent_lamports;
    assert!(proposal > 0);
    assert_eq!(plan.needed_lamports, rents + fees + proposal);
    // A stopped run has paid for the buffer already.
    let mut resumed = Stage::empty();
    resumed.survey.buffer = Some(BufferFound {
        authority: Some(resumed.survey.payer),
        lamports: rent(37 + 10_000),
        data_len: LENGTH,
        differing_bytes: 1,
    });
    assert_eq!(
        plan.needed_lamports - resumed.plan().needed_lamports,
        rent(37 + 10_000)
    );
    let refused = guards::check_balance(&plan, &stage.survey).expect_err("no SOL");
    assert!(refused.to_string().contains("has 0 SOL"), "{refused}");
}

#[test]
fn a_stopped_run_goes_on_or_gets_its_rent_back() {
    let mut stage = Stage::empty();
    stage.survey.buffer = Some(BufferFound {
        authority: Some(stage.survey.payer),
        lamports: (128 + 37 + LENGTH as u64) * 6_960,
        data_len: LENGTH,
        differing_bytes: 4_000,
    });
    assert_eq!(stage.next(), Some(Task::WriteBuffer));
    let payer = stage.survey.payer;
    let stage = stage.with_program(payer, true);
    assert_eq!(stage.next(), Some(Task::CloseBuffer));
}

#[test]
fn a_creator_elsewhere_signs_a_message() {
    let mut stage = Stage::empty();
    let by_payer = stage.creation_rent_lamports();
    stage.deployment.exchange.creator = Pubkey::new_unique();
    assert_eq!(
        stage.creation_rent_lamports(),
        by_payer,
        "it exists already"
    );
    let creator = stage.deployment.exchange.creator;
    let payer = stage.survey.payer;
    let stage = stage.with_program(payer, true);
    let StepState::NeedsSigner(unsigned) = stage.state(Task::InitializeExchange) else {
        panic!("the creator is not here");
    };
    assert_eq!(unsigned.missing, [creator]);
    assert_eq!(read_message(&unsigned.message_base64), (creator, vec![ID]));
    assert!(stage.plan().next_step().is_none());
}

/// The program takes the rent of the exchange from its creator, whose key may have no SOL: the payer pays for everything.
#[test]
fn a_creator_here_is_given_what_it_pays() {
    let mut stage = Stage::empty();
    let by_payer = stage.creation_rent_lamports();
    let key = Arc::new(Keypair::new());
    stage.deployment.exchange.creator = key.pubkey();
    stage.keys = stage.keys.clone().with(key);
    let to_exist = stage.survey.rent_lamports(0);
    assert_eq!(stage.creation_rent_lamports(), by_payer + to_exist);
    let payer = stage.survey.payer;
    let stage = stage.with_program(payer, true);
    let plan = stage.plan();
    let step = plan.next_step().expect("it can be done");
    assert_eq!(step.task, Task::InitializeExchange);
    let sent = (step.task).instructions(&stage.survey, &stage.deployment, payer);
    let [given, created] = &sent[..] else {
        panic!("{sent:?}");
    };
    assert_eq!(given.accounts[0].pubkey, payer);
    assert_eq!(given.data[4..], step.cost.rent_lamports.to_le_bytes());
    assert_eq!(created.program_id, ID);
}

#[test]
fn governance_is_proposed_at_once_and_accepted_last() {
    let stage = Stage::running();
    let hand_over = Proposal::Governance;
    assert_eq!(stage.next(), Some(Task::Propose(hand_over)));
    let stage = stage.with_proposal(60);
    let until = Waiting::Until {
        unix_ts: NOW_TS - 60 + 129_600,
        now_ts: NOW_TS,
    };
    assert_eq!(
        stage.state(Task::Execute(hand_over)),
        StepState::Waits(until.clone())
    );
    assert_eq!(stage.plan().next_wait(), Some(&until));
    let mut stage = stage.with_proposal(2 * DAY_SECS);
    assert_eq!(stage.next(), Some(Task::Execute(hand_over)));
    let multisig = stage.deployment.roles.governance;
    stage.exchange_mut().offered[0] = multisig;
    stage.survey.pending_governance = None;
    let StepState::NeedsSigner(unsigned) = stage.state(Task::AcceptRole(Role::Governance)) else {
        panic!("the multisig accepts");
    };
    assert_eq!(read_message(&unsigned.message_base64), (multisig, vec![ID]));
}

#[test]
fn what_was_not_carried_out_in_time_is_cleared_and_proposed_again() {
    let stage = Stage::running();
    let stage = stage.with_proposal(9 * DAY_SECS);
    assert_eq!(stage.next(), Some(Task::ClearExpired(Proposal::Governance)));
    assert_eq!(
        stage.state(Task::Propose(Proposal::Governance)),
        StepState::Later
    );
}

#[test]
fn another_change_in_its_place_is_left_alone() {
    let stage = Stage::running();
    let mut stage = stage.with_proposal(60);
    stage.deployment.roles.governance = Pubkey::new_unique();
    let StepState::Differs(how) = stage.state(Task::Propose(Proposal::Governance)) else {
        panic!("another change waits");
    };
    assert!(how.starts_with("change 1 waits in its place"), "{how}");
}

#[test]
fn an_exchange_with_other_parameters_is_named_and_left_alone() {
    let mut stage = Stage::running();
    assert_eq!(stage.state(Task::CompareExchange), StepState::Done);
    stage.exchange_mut().timelock_secs += 1;
    let StepState::Differs(how) = stage.state(Task::CompareExchange) else {
        panic!("the timelock differs");
    };
    assert!(how.contains(": timelock_secs."), "{how}");
}

#[test]
fn a_multisig_upgrades_from_a_buffer_that_is_given_to_it() {
    let multisig = Pubkey::new_unique();
    let mut stage = Stage::empty().with_program(multisig, false);
    assert_eq!(stage.next(), Some(Task::WriteBuffer));
    let mut buffer = BufferFound {
        authority: Some(stage.survey.payer),
        lamports: 0,
        data_len: LENGTH,
        differing_bytes: 0,
    };
    stage.survey.buffer = Some(buffer);
    assert_eq!(stage.next(), Some(Task::GiveBuffer));
    buffer.authority = Some(multisig);
    stage.survey.buffer = Some(buffer);
    let StepState::NeedsSigner(unsigned) = stage.state(Task::UpgradeProgram) else {
        panic!("the multisig upgrades");
    };
    assert_eq!(unsigned.missing, [multisig]);
    let loader = anchor_lang::solana_program::bpf_loader_upgradeable::ID;
    assert_eq!(
        read_message(&unsigned.message_base64),
        (multisig, vec![loader])
    );
}

#[test]
fn a_longer_program_gets_room_first() {
    let mut stage = Stage::empty();
    stage.deployment.program.bytes = vec![1; LENGTH + 1];
    let payer = stage.survey.payer;
    let mut stage = stage.with_program(payer, false);
    stage.survey.buffer = Some(BufferFound {
        authority: Some(payer),
        lamports: 0,
        data_len: LENGTH + 1,
        differing_bytes: 0,
    });
    assert_eq!(stage.next(), Some(Task::ExtendProgram));
    let plan = stage.plan();
    let extend = plan
        .steps
        .iter()
        .find(|step| step.task == Task::ExtendProgram);
    assert_eq!(extend.expect("a step").cost.rent_lamports, 10_240 * 6_960);
}

#[test]
fn the_right_to_upgrade_goes_to_who_can_sign_and_its_holder_is_named() {
    let mut stage = Stage::running();
    stage.survey.upgrade_authority_owner = Some(Pubkey::new_unique());
    let StepState::Differs(how) = stage.state(Task::HandOverUpgrades) else {
        panic!("nobody could sign");
    };
    assert!(how.contains("allow_non_system_authority"), "{how}");
    stage.deployment.program.allow_non_system_authority = true;
    assert_eq!(stage.state(Task::HandOverUpgrades), StepState::Later);
    stage.deployment.program.upgrade_authority = None;
    let stage = stage.with_program(Pubkey::new_unique(), true);
    assert!(stage.plan().remarks[0].contains("may upgrade the program"));
}

#[test]
fn a_keypair_is_shown_by_its_address_alone() {
    let key = Arc::new(Keypair::new());
    let shown = format!("{:?}", Keyring::new(key.clone()));
    assert_eq!(shown, format!("{{{}}}", key.pubkey()));
}
