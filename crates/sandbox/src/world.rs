//! The network, the clock, the exchange, and who is who.
use crate::{AssetHandle, ExchangeSpec, Failure, Format, MintKind, Quote, bent::Bend};
use anchor_lang::prelude::Pubkey;
use freeboard::instructions::InitializeExchangeArgs;
use freeboard_client::{ExchangeKeys, address, instructions, lookup_table, transaction::Budget};
use litesvm::LiteSVM;
use solana_account::Account;
use solana_address_lookup_table_interface::state::{AddressLookupTable, LookupTableMeta};
use solana_clock::Clock;
use solana_keypair::Keypair;
use solana_message::AddressLookupTableAccount;
use solana_signer::Signer;
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

/// The clock when a world begins, unix seconds.
pub const GENESIS_TS: i64 = 1_780_000_000;
/// Bytes of a transaction's log, as on a cluster; more is dropped.
pub const LOG_BYTES: usize = 10_000;
/// As many sweeps, one call each, fill it.
pub const FULL_LOG_SWEEPS: usize = 24;
/// Slots per second: they are 250 ms.
const SLOTS_PER_SEC: i64 = 4;

/// A network with one exchange.
#[derive(Clone)]
pub struct World {
    /// The network.
    pub svm: LiteSVM,
    /// Pays for every transaction; creator of the exchange.
    pub payer: Actor,
    /// Proposes changes, funds the pool.
    pub governance: Actor,
    /// Tightens parameters.
    pub risk_manager: Actor,
    /// Pauses and cancels.
    pub guardian: Actor,
    /// The exchange.
    pub exchange: Pubkey,
    /// Its pool.
    pub pool: Pubkey,
    /// Its quote token.
    pub quote_mint: Pubkey,
    /// Where it holds quote tokens.
    pub quote_vault: Pubkey,
    /// All of these in one.
    pub keys: ExchangeKeys,
    /// Its assets, by index.
    pub assets: Vec<AssetHandle>,
    /// Every margin account opened here.
    pub margin_accounts: Vec<Pubkey>,
    /// Which transactions it sends.
    pub format: Format,
    /// What each of them asks of the network.
    pub budget: Budget,
    /// How instructions are bent before they are sent; none usually.
    pub bend: Option<Bend>,
    pub(crate) quotes: Vec<Quote>,
    pub(crate) tables: BTreeMap<Vec<Pubkey>, Pubkey>,
}

/// A keypair that can be cloned with its world.
pub struct Actor(Keypair);

impl Actor {
    /// A new one. Keys come from a counter, so that a run on one thread always meets the same
    /// addresses: the search for an address' bump costs compute units.
    #[allow(clippy::new_without_default)] // each is another
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_le_bytes());
        Self(Keypair::new_from_array(seed))
    }
}

impl Clone for Actor {
    fn clone(&self) -> Self {
        Self(self.0.insecure_clone())
    }
}

impl std::ops::Deref for Actor {
    type Target = Keypair;
    fn deref(&self) -> &Keypair {
        &self.0
    }
}

/// Somebody with a margin account.
#[derive(Clone)]
pub struct Trader {
    /// The owner.
    pub keypair: Actor,
    /// The margin account.
    pub margin_account: Pubkey,
    /// Its number.
    pub sub_account: u16,
}

impl Trader {
    /// The owner's address.
    pub fn owner(&self) -> Pubkey {
        self.keypair.pubkey()
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// An exchange with the reference parameters and no assets.
    pub fn new() -> Self {
        Self::with(ExchangeSpec::default())
    }

    /// An exchange of this kind.
    pub fn with(spec: ExchangeSpec) -> Self {
        Self::try_with(spec).expect("the exchange is accepted")
    }

    /// An exchange of this kind, if the program accepts it.
    pub fn try_with(spec: ExchangeSpec) -> Result<Self, Failure> {
        let mut world = Self::empty(&spec);
        let args = world.exchange_args(&spec);
        let (creator, keys) = (world.payer.pubkey(), world.keys);
        let instruction =
            instructions::initialize_exchange(creator, keys.quote_mint, keys.quote_program, args);
        world.send(&[instruction], &[])?;
        Ok(world)
    }

    /// The network, the actors and the quote token, without an exchange.
    pub fn empty(spec: &ExchangeSpec) -> Self {
        let mut world = Self::network();
        let quote_mint = world.create_mint(&spec.quote, spec.quote_decimals);
        world.keys =
            ExchangeKeys::of_creator(&world.payer.pubkey(), quote_mint, spec.quote.program.id());
        world.exchange = world.keys.exchange;
        world.pool = world.keys.pool;
        world.quote_mint = quote_mint;
        world.quote_vault = world.keys.quote_vault;
        world
    }

    /// The arguments of initialize_exchange that make this world's actors what they are.
    pub fn exchange_args(&self, spec: &ExchangeSpec) -> InitializeExchangeArgs {
        InitializeExchangeArgs {
            governance: self.governance.pubkey(),
            risk_manager: self.risk_manager.pubkey(),
            guardian: self.guardian.pubkey(),
            timelock_secs: spec.timelock_secs,
            portfolio: spec.portfolio,
            liquidation: spec.liquidation,
            pool: spec.pool,
            scenarios: spec.scenarios.clone(),
        }
    }

    fn network() -> Self {
        let mut svm = LiteSVM::new().with_log_bytes_limit(Some(LOG_BYTES));
        svm.add_program(freeboard::ID, &program_bytes("freeboard.so"))
            .expect("a program");
        let nowhere = Pubkey::default();
        let keys = ExchangeKeys {
            exchange: nowhere,
            pool: nowhere,
            quote_mint: nowhere,
            quote_vault: nowhere,
            quote_program: nowhere,
        };
        let mut world = Self {
            svm,
            payer: Actor::new(),
            governance: Actor::new(),
            risk_manager: Actor::new(),
            guardian: Actor::new(),
            exchange: nowhere,
            pool: nowhere,
            quote_mint: nowhere,
            quote_vault: nowhere,
            keys,
            assets: Vec::new(),
            margin_accounts: Vec::new(),
            format: Format::V0,
            budget: Budget::default(),
            bend: None,
            quotes: Vec::new(),
            tables: BTreeMap::new(),
        };
        world
            .svm
            .airdrop(&world.payer.pubkey(), 100_000_000_000_000)
            .expect("lamports");
        let slot = world.svm.get_sysvar::<Clock>().slot;
        world.set_clock(slot, GENESIS_TS);
        world
    }

    /// The clock, unix seconds.
    pub fn now(&self) -> i64 {
        self.svm.get_sysvar::<Clock>().unix_timestamp
    }

    /// The slot.
    pub fn slot(&self) -> u64 {
        self.svm.get_sysvar::<Clock>().slot
    }

    /// Lets time pass; published prices grow old.
    pub fn warp(&mut self, secs: i64) {
        let slots = u64::try_from(secs * SLOTS_PER_SEC).expect("time does not go back");
        self.set_clock(self.slot() + slots, self.now() + secs);
        self.svm.expire_blockhash();
    }

    /// Goes to the next slot, at the same time.
    pub fn next_slot(&mut self) {
        self.set_clock(self.slot() + 1, self.now());
    }

    /// Lets time pass and publishes every price once more at the end of it.
    pub fn warp_fresh(&mut self, secs: i64) {
        self.warp(secs);
        self.refresh_prices();
    }

    /// Sets the clock, also back: for prices of the past.
    pub fn set_time(&mut self, unix_timestamp: i64) {
        self.set_clock(self.slot(), unix_timestamp);
    }

    fn set_clock(&mut self, slot: u64, unix_timestamp: i64) {
        let clock = self.svm.get_sysvar::<Clock>();
        self.svm.set_sysvar(&Clock {
            slot,
            unix_timestamp,
            ..clock
        });
    }

    /// Writes an asset as no instruction has left it.
    pub fn change_asset(&mut self, index: u16, change: impl FnOnce(&mut freeboard::state::Asset)) {
        let address = self.handle_of(index).address;
        let (mut asset, mut account) = (self.asset(index), self.account(&address));
        change(&mut asset);
        account.data[8..].copy_from_slice(bytemuck::bytes_of(&asset));
        self.set_account(address, account);
    }

    /// Writes an account.
    pub fn set_account(&mut self, address: Pubkey, account: Account) {
        self.svm.set_account(address, account).expect("an account");
    }

    /// An account; the empty one of the system program if there is none.
    pub fn account(&self, address: &Pubkey) -> Account {
        self.svm.get_account(address).unwrap_or_default()
    }

    /// A new keypair with lamports.
    pub fn actor(&mut self) -> Actor {
        let actor = Actor::new();
        self.svm
            .airdrop(&actor.pubkey(), 1_000_000_000)
            .expect("lamports");
        actor
    }

    /// The margin account of an owner with this number.
    pub fn margin_address(&self, owner: &Pubkey, sub_account: u16) -> Pubkey {
        address::margin_account(&self.exchange, owner, sub_account)
    }

    /// A mint of this kind; `payer` is its authority.
    pub fn create_mint(&mut self, kind: &MintKind, decimals: u8) -> Pubkey {
        crate::tokens::create_mint(self, kind, decimals)
    }

    /// An active table with these addresses.
    pub(crate) fn lookup_table(&mut self, addresses: Vec<Pubkey>) -> AddressLookupTableAccount {
        if let Some(table) = self.tables.get(&addresses) {
            return lookup_table::table(*table, addresses);
        }
        let table = Pubkey::new_unique();
        let state = AddressLookupTable {
            meta: LookupTableMeta::new(self.payer.pubkey()),
            addresses: addresses.clone().into(),
        };
        let account = Account {
            lamports: 1_000_000_000,
            data: state.serialize_for_tests().expect("a table"),
            owner: solana_address_lookup_table_interface::program::ID,
            executable: false,
            rent_epoch: u64::MAX,
        };
        self.set_account(table, account);
        self.tables.insert(addresses.clone(), table);
        lookup_table::table(table, addresses)
    }
}

/// A built program. `FREEBOARD_DEPLOY_DIR` names the folder, by default target/deploy.
pub fn program_bytes(file: &str) -> Vec<u8> {
    let default = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/deploy");
    let folder = std::env::var_os("FREEBOARD_DEPLOY_DIR").map_or(default, PathBuf::from);
    let path = folder.join(file);
    std::fs::read(&path).unwrap_or_else(|_| {
        panic!(
            "run `cargo xtask build` first: {} is missing",
            path.display()
        )
    })
}
