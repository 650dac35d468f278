//! What the upgradeable loader has: the program, its bytes, the buffer that they are written into first.
use anchor_lang::AccountDeserialize;
use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::bpf_loader_upgradeable::{
    self, UpgradeableLoaderState as LoaderState, get_program_data_address,
};
use anyhow::{Context, Result, bail, ensure};
use freeboard_client::freeboard::ID;
use freeboard_client::network::{Cluster, FetchedAccount};
use solana_account_decoder_client_types::{UiAccount, UiAccountEncoding, UiDataSliceConfig};
use solana_rpc_client_api::config::RpcAccountInfoConfig;

use crate::survey::{BufferFound, DeployedProgram, ProgramFound};

/// What is known of a deployed program's bytes, so that they are not read before every step.
#[derive(Clone, Copy, Debug, Default)]
pub struct KnownBytes {
    same: Option<DeployedProgram>,
}

/// Whether a deployed program is the built one: its account may be longer, and then holds zeros.
fn is_same(built: &[u8], deployed: &[u8]) -> bool {
    let padding = deployed.strip_prefix(built);
    padding.is_some_and(|padding| padding.iter().all(|byte| *byte == 0))
}

/// The bytes of the program at this address, with the padding of its account; of a buffer what was written into it.
///
/// Errors: there is neither, or it is not of the upgradeable loader.
pub async fn deployed_bytes(cluster: &Cluster, program: &Pubkey) -> Result<Vec<u8>> {
    let data_address = get_program_data_address(program);
    let found = cluster.accounts(&[*program, data_address]).await?;
    let mut found = found.into_iter();
    let url = cluster.shown_url();
    let account = found.next().flatten();
    let account = account.with_context(|| format!("there is no program {program} at {url}"))?;
    match state_of(&account)? {
        LoaderState::Program { .. } => {}
        LoaderState::Buffer { .. } => {
            return Ok(body(account, LoaderState::size_of_buffer_metadata()));
        }
        _ => bail!("{program} is neither a program of the upgradeable loader nor a buffer"),
    }
    let data = found.next().flatten();
    let data = data.with_context(|| format!("the program {program} has been closed"))?;
    Ok(body(data, LoaderState::size_of_programdata_metadata()))
}

/// The program at its declared address, compared with these bytes where that is not known yet.
///
/// Errors: of the network; an account there that is no program.
pub async fn find_program(
    cluster: &Cluster,
    bytes: &[u8],
    known: &mut KnownBytes,
) -> Result<ProgramFound> {
    let data_address = get_program_data_address(&ID);
    // The metadata alone: a megabyte less before every step.
    let metadata = LoaderState::size_of_programdata_metadata();
    let heads = heads(cluster, &[ID, data_address], metadata).await?;
    let [program, data] = &heads[..] else {
        bail!("the node answered with another number of accounts than were asked for");
    };
    let Some(program) = program else {
        return Ok(ProgramFound::Absent);
    };
    match state_of(program)? {
        LoaderState::Uninitialized => return Ok(ProgramFound::Reserved),
        LoaderState::Program { .. } => {}
        _ => bail!("the account at {ID} is no program"),
    }
    let data = data.as_ref().with_context(|| {
        format!(
            "the program {ID} has been closed, and a closed program's address cannot be used again"
        )
    })?;
    let LoaderState::ProgramData {
        slot,
        upgrade_authority_address,
    } = state_of(data)?
    else {
        bail!("the account at {data_address} holds no program");
    };
    if let Some(same) = known.same.filter(|same| same.slot == slot) {
        let upgrade_authority = upgrade_authority_address;
        return Ok(ProgramFound::Deployed(DeployedProgram {
            upgrade_authority,
            ..same
        }));
    }
    let deployed = deployed_bytes(cluster, &ID).await?;
    let found = DeployedProgram {
        slot,
        upgrade_authority: upgrade_authority_address,
        capacity: deployed.len(),
        is_same: is_same(bytes, &deployed),
    };
    known.same = found.is_same.then_some(found);
    Ok(ProgramFound::Deployed(found))
}

/// The buffer at this address, compared with these bytes.
///
/// Errors: of the network; an account there that is no buffer.
pub async fn find_buffer(
    cluster: &Cluster,
    address: &Pubkey,
    bytes: &[u8],
) -> Result<Option<BufferFound>> {
    let Some(account) = cluster.account(address).await? else {
        return Ok(None);
    };
    if account.data.len() <= LoaderState::size_of_buffer_metadata() {
        return Ok(None); // emptied by a deployment in this very slot
    }
    let LoaderState::Buffer { authority_address } = state_of(&account)? else {
        bail!("the account at {address} is no buffer");
    };
    let lamports = account.lamports;
    let written = body(account, LoaderState::size_of_buffer_metadata());
    let differing = written
        .iter()
        .zip(bytes)
        .filter(|(one, other)| one != other);
    Ok(Some(BufferFound {
        authority: authority_address,
        lamports,
        data_len: written.len(),
        differing_bytes: differing.count() + bytes.len().saturating_sub(written.len()),
    }))
}

/// The bytes in a buffer.
///
/// Errors: of the network; there is none.
pub(crate) async fn buffer_data(cluster: &Cluster, address: &Pubkey) -> Result<Vec<u8>> {
    let account = cluster.account(address).await?;
    let account = account.with_context(|| format!("the buffer {address} is not there any more"))?;
    Ok(body(account, LoaderState::size_of_buffer_metadata()))
}

/// Accounts with the first bytes of their data.
async fn heads(
    cluster: &Cluster,
    addresses: &[Pubkey],
    length: usize,
) -> Result<Vec<Option<FetchedAccount>>> {
    let config = RpcAccountInfoConfig {
        encoding: Some(UiAccountEncoding::Base64),
        data_slice: Some(UiDataSliceConfig { offset: 0, length }),
        ..RpcAccountInfoConfig::default()
    };
    let rpc = cluster.rpc();
    let answer = rpc
        .get_multiple_ui_accounts_with_config(addresses, config)
        .await;
    let found = answer.map_err(|error| cluster.failure(&error))?.value;
    let read = |(address, account): (&Pubkey, Option<UiAccount>)| {
        let Some(account) = account else {
            return Ok(None);
        };
        let data = account
            .data
            .decode()
            .context("the node's answer cannot be read")?;
        Ok(Some(FetchedAccount {
            address: *address,
            owner: account.owner.parse()?,
            lamports: account.lamports,
            executable: account.executable,
            data,
        }))
    };
    addresses.iter().zip(found).map(read).collect()
}

/// What the loader says of an account.
///
/// Errors: it is not the loader's.
fn state_of(account: &FetchedAccount) -> Result<LoaderState> {
    let address = account.address;
    ensure!(
        account.owner == bpf_loader_upgradeable::ID,
        "the account at {address} belongs to {}, not to the upgradeable loader",
        account.owner
    );
    let state = LoaderState::try_deserialize_unchecked(&mut &account.data[..]);
    state
        .ok()
        .with_context(|| format!("the account at {address} is none that the loader has made"))
}

/// An account's data without its metadata.
fn body(account: FetchedAccount, metadata: usize) -> Vec<u8> {
    let mut data = account.data;
    let start = metadata.min(data.len());
    data.split_off(start)
}

/// Rent of an account without data, lamports.
pub async fn rent_of_nothing(cluster: &Cluster) -> Result<u64> {
    let answer = cluster
        .rpc()
        .get_minimum_balance_for_rent_exemption(0)
        .await;
    answer.map_err(|error| cluster.failure(&error).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_zeros_may_follow() {
        assert!(is_same(b"\x7fELF", b"\x7fELF"));
        assert!(is_same(b"\x7fELF", b"\x7fELF\0\0"));
        assert!(!is_same(b"\x7fELF", b"\x7fELF\0\x01"));
        assert!(!is_same(b"\x7fELF", b"\x7fELG"));
        assert!(!is_same(b"\x7fELF", b"\x7fEL"));
    }
}
