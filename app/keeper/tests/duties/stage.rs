//! A sandbox with a keeper in it: the real program, and a book made of its accounts.
use std::collections::BTreeMap;

use anchor_lang::prelude::Pubkey;
use freeboard_client::dump::Located;
use freeboard_client::freeboard::state::{Change, LiquidityRequest};
use freeboard_client::{address, decode};
use freeboard_keeper::book::{ChangeAccounts, ExchangeBook, KeeperKeys, Snapshot};
use freeboard_keeper::config::KeeperConfig;
use freeboard_keeper::duties;
use freeboard_keeper::job::{Duty, KeeperJob};
use freeboard_sandbox::world::Actor;
use freeboard_sandbox::{AssetHandle, AssetSpec, Failure, Meta, Trader, World, usd};
use solana_signer::Signer;

/// A market, and a keeper with money of its own.
pub struct Stage {
    pub world: World,
    pub keeper: Trader,
    pub told: KeeperConfig,
    /// Requests of LPs, by LP and number.
    pub requests: Vec<(Actor, u16)>,
    /// Changes that wait.
    pub changes: Vec<(Change, ChangeAccounts)>,
}

impl Stage {
    /// SOL as collateral, BTC and ETH.
    pub fn new() -> Self {
        let specs = [
            AssetSpec::sol().with_collateral(),
            AssetSpec::btc(),
            AssetSpec::eth(),
        ];
        Self::of(World::market(specs))
    }

    /// A keeper in this world.
    pub fn of(mut world: World) -> Self {
        let keeper = world.new_trader(usd(1_000_000));
        let told = config(world.exchange);
        Self {
            world,
            keeper,
            told,
            requests: Vec::new(),
            changes: Vec::new(),
        }
    }

    pub fn asset(&self, index: u16) -> AssetHandle {
        self.world.handle_of(index)
    }

    /// Everything as a scan would find it.
    pub fn snapshot(&self) -> Snapshot {
        let world = &self.world;
        let located = |address: &Pubkey| Located {
            address: *address,
            state: world.margin_account(address),
        };
        let mut snapshot = Snapshot {
            now: world.now(),
            slot: world.slot(),
            state: world.exchange_state(),
            accounts: world.margin_accounts.iter().map(located).collect(),
            marks: Vec::new(),
            requests: self
                .requests
                .iter()
                .filter_map(|(lp, number)| self.request(lp, *number))
                .collect(),
            changes: Vec::new(),
            change_accounts: BTreeMap::new(),
        };
        for (change, named) in &self.changes {
            let address = address::pending_change(&world.exchange, change);
            if let Some(state) = world.pending(change) {
                snapshot.changes.push(Located { address, state });
                snapshot.change_accounts.insert(address, *named);
            }
        }
        snapshot
    }

    fn request(&self, lp: &Actor, number: u16) -> Option<Located<LiquidityRequest>> {
        let address = address::liquidity_request(&self.world.exchange, &lp.pubkey(), number);
        let account = self.world.account(&address);
        let state = decode::account(&account.owner, &account.data).ok()?;
        Some(Located { address, state })
    }

    /// What the keeper knows.
    pub fn book(&self) -> ExchangeBook {
        let mut book = ExchangeBook::new(self.snapshot(), self.keys());
        book.refresh();
        book
    }

    pub fn keys(&self) -> KeeperKeys {
        KeeperKeys {
            authority: self.keeper.owner(),
            margin_account: self.keeper.margin_account,
        }
    }

    /// What it would do of one duty now.
    pub fn wanted(&self, duty: Duty) -> Vec<KeeperJob> {
        duties::wanted_of(duty, &self.book(), self.world.now(), &self.told)
    }

    /// The only job of a duty.
    #[track_caller]
    pub fn only(&self, duty: Duty) -> KeeperJob {
        let mut jobs = self.wanted(duty);
        assert_eq!(jobs.len(), 1, "{:?}", titles(&jobs));
        jobs.remove(0)
    }

    #[track_caller]
    pub fn none(&self, duty: Duty) {
        let jobs = self.wanted(duty);
        assert!(jobs.is_empty(), "{:?}", titles(&jobs));
    }

    /// Sends a job as the keeper would: with the pool where the program asks for it.
    pub fn send(&mut self, job: &KeeperJob) -> Result<Meta, Failure> {
        send(&mut self.world, &self.keeper, job)
    }

    /// Does the only job of a duty.
    #[track_caller]
    pub fn does(&mut self, duty: Duty) -> KeeperJob {
        let job = self.only(duty);
        self.send(&job)
            .expect("what the keeper decides is accepted");
        self.world.assert_books();
        job
    }

    /// Somebody goes 4,000 SOL long on $100,000; ten seconds later SOL falls to so many dollars.
    pub fn sinking(&mut self, dollars: f64) -> Trader {
        let sol = self.asset(0);
        let trader = self.world.new_trader(usd(100_000));
        self.world
            .trade(&trader, &sol, sol.atoms(4_000.0))
            .expect("long");
        self.world.warp_fresh(10);
        self.world.set_price_usd(&sol, dollars);
        trader
    }
}

/// Sends a job: with the pool where the program asks for it.
pub fn send(world: &mut World, keeper: &Trader, job: &KeeperJob) -> Result<Meta, Failure> {
    let asks = freeboard_client::errors::FreeboardError::PoolAccountMissing;
    let once = |world: &mut World, instructions: &[_]| {
        let signs = |one: &anchor_lang::solana_program::instruction::Instruction| {
            one.accounts
                .iter()
                .any(|meta| meta.is_signer && meta.pubkey == keeper.owner())
        };
        let own: &solana_keypair::Keypair = &keeper.keypair;
        let signers: Vec<&solana_keypair::Keypair> = instructions
            .iter()
            .any(signs)
            .then_some(own)
            .into_iter()
            .collect();
        world.send(instructions, &signers)
    };
    match (once(world, &job.instructions), &job.with_pool) {
        (Err(failure), Some(with_pool)) if failure.is(asks) => once(world, with_pool),
        (sent, _) => sent,
    }
}

/// What a keeper of this exchange is told; nothing else of it matters to decisions.
pub fn config(exchange: Pubkey) -> KeeperConfig {
    let arguments = [
        ("exchange", exchange.to_string()),
        ("url", "localhost".to_owned()),
        ("keypair", "nowhere".to_owned()),
    ];
    KeeperConfig::read(None, &arguments).expect("a configuration")
}

pub fn titles(jobs: &[KeeperJob]) -> Vec<&str> {
    jobs.iter().map(|job| job.title.as_str()).collect()
}
