//! What a local validator can do and no cluster: move its clock, put programs and SOL where they were not.
use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::bpf_loader_upgradeable::{self, UpgradeableLoaderState};
use anyhow::{Context, Result};
use freeboard_client::network::Cluster;
use serde_json::{Value, json};
use solana_rpc_client_api::request::RpcRequest;

/// A chain of the local validator.
#[derive(Clone, Debug)]
pub struct LocalChain {
    /// The cluster that it is.
    pub cluster: Cluster,
}

impl LocalChain {
    /// Of this cluster, which must be a local validator.
    pub fn new(cluster: Cluster) -> Self {
        Self { cluster }
    }

    /// The chain's clock, unix seconds.
    ///
    /// Errors: of the network.
    pub async fn now(&self) -> Result<i64> {
        Ok(self.cluster.clock().await?.unix_timestamp)
    }

    /// Moves the clock forward to a time, unix seconds; nothing where it is there already.
    ///
    /// Errors: of the network.
    pub async fn travel_to(&self, unix_ts: i64) -> Result<()> {
        let target = json!([{ "absoluteTimestamp": unix_ts.saturating_mul(1_000) }]);
        let Err(error) = self.call("surfnet_timeTravel", target).await else {
            return Ok(());
        };
        // Backwards it does not go.
        if self.now().await? >= unix_ts {
            return Ok(());
        }
        Err(error).with_context(|| format!("the chain's clock was not moved to {unix_ts}"))
    }

    /// Puts a program at an address whose key nobody here has.
    ///
    /// Errors: of the network.
    pub async fn write_program(&self, address: &Pubkey, bytes: &[u8]) -> Result<()> {
        let whole = json!([address.to_string(), hex::encode(bytes), 0]);
        let written = self.call("surfnet_writeProgram", whole).await;
        written.with_context(|| format!("no program was written at {address}"))
    }

    /// Gives an address to the loader, as the holder of its key would: what is deployed there is deployed by real
    /// transactions.
    ///
    /// Errors: of the network.
    pub async fn reserve_program(&self, address: &Pubkey) -> Result<()> {
        let size = UpgradeableLoaderState::size_of_program();
        let rent = self.rent_lamports(size).await?;
        let empty = vec![0; size];
        let owner = bpf_loader_upgradeable::ID;
        self.set_account(address, rent, &owner, &empty).await
    }

    /// Writes an account as it is, whatever it holds.
    ///
    /// Errors: of the network.
    pub async fn set_account(
        &self,
        address: &Pubkey,
        lamports: u64,
        owner: &Pubkey,
        data: &[u8],
    ) -> Result<()> {
        let account = json!({
            "lamports": lamports,
            "owner": owner.to_string(),
            "data": hex::encode(data),
        });
        let set = json!([address.to_string(), account]);
        let written = self.call("surfnet_setAccount", set).await;
        written.with_context(|| format!("the account {address} was not written"))
    }

    /// Gives SOL, in lamports.
    ///
    /// Errors: of the network.
    pub async fn give_sol(&self, address: &Pubkey, lamports: u64) -> Result<()> {
        let given = self.cluster.rpc().request_airdrop(address, lamports).await;
        given.map_err(|error| self.cluster.failure(&error))?;
        Ok(())
    }

    /// Rent of an account with so many bytes, lamports.
    ///
    /// Errors: of the network.
    pub async fn rent_lamports(&self, bytes: usize) -> Result<u64> {
        let rpc = self.cluster.rpc();
        let rent = rpc.get_minimum_balance_for_rent_exemption(bytes).await;
        Ok(rent.map_err(|error| self.cluster.failure(&error))?)
    }

    async fn call(&self, method: &'static str, params: Value) -> Result<()> {
        let request = RpcRequest::Custom { method };
        let answer = self.cluster.rpc().send::<Value>(request, params).await;
        answer.map_err(|error| self.cluster.failure(&error))?;
        Ok(())
    }
}
