//! How a job becomes a transaction, where no node answers.
use std::sync::Arc;

use anchor_lang::prelude::{AccountMeta, Pubkey};
use anchor_lang::solana_program::instruction::Instruction;
use freeboard_client::network::{Cluster, FeePolicy};
use freeboard_keeper::cluster_port::ClusterPort;
use freeboard_keeper::job::{Duty, JobKey, KeeperJob};
use freeboard_keeper::outcome::JobOutcome;
use freeboard_keeper::port::KeeperPort;
use solana_commitment_config::CommitmentConfig;
use solana_keypair::Keypair;

use crate::stage;

/// A flag that names so many accounts.
fn flag(accounts: usize) -> KeeperJob {
    let named = (0..accounts).map(|_| AccountMeta::new(Pubkey::new_unique(), false));
    let instruction = Instruction {
        program_id: freeboard_client::freeboard::ID,
        accounts: named.collect(),
        data: vec![0; 8],
    };
    let key = JobKey::whole(Duty::Flag, Pubkey::new_unique());
    KeeperJob::new(key, instruction, "a flag".to_owned())
}

#[tokio::test]
async fn what_version_0_does_not_hold_goes_as_version_1() {
    let mut told = stage::config(Pubkey::new_unique());
    assert!(told.make_lookup_table && told.transaction_version == 0);
    told.dry_run = true;
    let cluster = Cluster::new("http://127.0.0.1:1", CommitmentConfig::confirmed());
    let counted = (Arc::default(), Arc::default());
    let signer = Arc::new(Keypair::new());
    let port = ClusterPort::new(cluster, Arc::new(told), signer, counted).unwrap();
    // A flag of an account of 16 positions and 8 collaterals names 51 accounts: the node is asked about it.
    for accounts in [5, 51] {
        let outcome = port.carry(&flag(accounts), FeePolicy::None).await;
        let was_asked = matches!(outcome, JobOutcome::Failed { .. });
        assert!(was_asked, "{accounts}: {outcome:?}");
    }
    // More than any transaction holds is refused before.
    let outcome = port.carry(&flag(70), FeePolicy::None).await;
    let is_refused = matches!(outcome, JobOutcome::Refused { number: None, .. });
    assert!(is_refused, "{outcome:?}");
}
