//! The bank: programs, clock, transactions.
use anchor_lang::{
    Discriminator, Owner, prelude::Pubkey, solana_program::instruction::Instruction,
};
use bytemuck::Pod;
use freeboard::error::FreeboardError;
use freeboard::state::Versioned;
use freeboard_client::{decode, events, events::Event};
use solana_account::Account;
use solana_clock::Clock;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_keypair::Keypair;
use solana_program_test::{ProgramTest, ProgramTestContext};
use solana_signer::Signer;
use solana_transaction::Transaction;

/// The most compute units a transaction may ask for.
const MAX_COMPUTE_UNITS: u32 = 1_400_000;
/// Loader of programs that lie in one account.
const LOADER: Pubkey = anchor_lang::prelude::pubkey!("BPFLoader2111111111111111111111111111111111");

/// A running bank.
pub struct Bank {
    context: ProgramTestContext,
    sent: u32,
}

/// An executed transaction.
#[derive(Debug)]
pub struct Executed {
    /// The program's events, in order.
    pub events: Vec<Event>,
    /// Compute units of each invocation of the program, in order.
    pub compute_units: Vec<u64>,
}

/// A refused transaction.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Why, in the bank's words.
    #[expect(dead_code, reason = "a failed test prints it")]
    pub error: String,
    /// Logs.
    pub logs: Vec<String>,
}

impl Refused {
    /// Whether the program refused with this error, by its number in the log.
    pub fn is(&self, error: FreeboardError) -> bool {
        let number = format!("Error Number: {}.", u32::from(error));
        self.logs.iter().any(|line| line.contains(&number))
    }
}

impl Bank {
    /// A bank with the built programs, the mock of the Pyth receiver at the receiver's address, and
    /// these accounts.
    pub async fn start(accounts: Vec<(Pubkey, Account)>) -> Self {
        let mut test = ProgramTest::default();
        test.prefer_bpf(true);
        for (program, file) in [
            (freeboard::ID, "freeboard.so"),
            (pyth_mock::ID, "pyth_mock.so"),
        ] {
            test.add_account(program, program_account(file));
        }
        for (address, account) in accounts {
            test.add_account(address, account);
        }
        // The bank logs every instruction of every transaction, failures included, which is what
        // `Refused` keeps.
        log::set_max_level(log::LevelFilter::Off);
        Self {
            context: test.start_with_context().await,
            sent: 0,
        }
    }

    /// The account that pays, and has lamports.
    pub fn payer(&self) -> Keypair {
        self.context.payer.insecure_clone()
    }

    /// The clock, unix seconds.
    pub async fn now(&mut self) -> i64 {
        self.clock().await.unix_timestamp
    }

    async fn clock(&mut self) -> Clock {
        self.context
            .banks_client
            .get_sysvar()
            .await
            .expect("the clock")
    }

    /// Lets time pass.
    pub async fn warp(&mut self, secs: i64) {
        let clock = self.clock().await;
        let unix_timestamp = clock.unix_timestamp + secs;
        self.context.set_sysvar(&Clock {
            unix_timestamp,
            ..clock
        });
    }

    /// Sends instructions in one transaction that the payer pays and these also sign.
    pub async fn send(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Executed, Refused> {
        // The limit differs each time, and so does the transaction: none is taken for a repeat.
        self.sent += 1;
        let limit = MAX_COMPUTE_UNITS - self.sent;
        let budget = ComputeBudgetInstruction::set_compute_unit_limit(limit);
        let all: Vec<Instruction> = std::iter::once(budget)
            .chain(instructions.iter().cloned())
            .collect();
        let payer = self.payer();
        let mut keypairs = vec![&payer];
        keypairs.extend(
            signers
                .iter()
                .filter(|signer| signer.pubkey() != payer.pubkey()),
        );
        let hash = self.context.last_blockhash;
        let transaction =
            Transaction::new_signed_with_payer(&all, Some(&payer.pubkey()), &keypairs, hash);
        let client = &self.context.banks_client;
        let processed = client.process_transaction_with_metadata(transaction).await;
        let processed = processed.expect("the bank answers");
        let logs = processed
            .metadata
            .map(|metadata| metadata.log_messages)
            .unwrap_or_default();
        match processed.result {
            Ok(()) => Ok(Executed {
                events: events::from_logs(&logs).events,
                compute_units: compute_units(&logs),
            }),
            Err(error) => Err(Refused {
                error: error.to_string(),
                logs,
            }),
        }
    }

    /// An account; the empty one of the system program if there is none.
    pub async fn account(&mut self, address: Pubkey) -> Account {
        let account = self.context.banks_client.get_account(address).await;
        account.expect("the bank answers").unwrap_or_default()
    }

    /// A decoded account of the program.
    pub async fn decode<T: Pod + Discriminator + Owner + Versioned>(
        &mut self,
        address: Pubkey,
    ) -> T {
        let account = self.account(address).await;
        decode::account(&account.owner, &account.data).expect("an account of the program")
    }
}

/// Compute units of each invocation of the program, as the runtime logs them: without the compute
/// budget's own instruction.
pub fn compute_units(logs: &[String]) -> Vec<u64> {
    let prefix = format!("Program {} consumed ", freeboard::ID);
    let figure = |line: &String| line.strip_prefix(&prefix)?.split(' ').next()?.parse().ok();
    logs.iter().filter_map(figure).collect()
}

fn program_account(file: &str) -> Account {
    let data = freeboard_tests::world::program_bytes(file);
    Account {
        lamports: 1_000_000_000_000,
        data,
        owner: LOADER,
        executable: true,
        rent_epoch: u64::MAX,
    }
}
