//! The thief: some keys of the exchange, two margin accounts, an exchange of his own.
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use freeboard::governance::pauses::Operation;
use freeboard::instructions::ProposeChangeArgs;
use freeboard::state::{Change, Role};
use freeboard_client::{address, instructions};
use freeboard_tests::{
    ExchangeSpec, Failure, Meta, Trader, World, governance::TIMELOCK_SECS, usd, world::Actor,
};
use solana_signer::Signer;

type Sent = Result<Meta, Failure>;

/// Signs with the keys he has, and with his own where he has none.
#[derive(Clone)]
pub struct Thief {
    pub keypair: Actor,
    pub governance: Actor,
    pub risk_manager: Actor,
    pub guardian: Actor,
    /// $500,000 in one, 2,000 SOL in the other.
    pub accounts: [Trader; 2],
    /// What the test has given him, to close what he could not otherwise.
    pub given_atoms: i128,
    /// A change of his own exchange whose timelock has passed.
    pub ripe: Pubkey,
}

impl Thief {
    pub fn new(world: &mut World, keys: &[Role]) -> Self {
        let keypair = world.actor();
        world
            .svm
            .airdrop(&keypair.pubkey(), 10_000_000_000)
            .expect("rent");
        let ripe = own_exchange(world, &keypair);
        let rich = world.new_sub_account(&keypair, 0, usd(500_000));
        let backed = world.new_sub_account(&keypair, 1, 0);
        let sol = world.handle_of(0);
        world
            .deposit_collateral(&backed, &sol, 2_000_000_000_000)
            .expect("SOL");
        let key = |role, holder: &Actor| {
            if keys.contains(&role) {
                holder.clone()
            } else {
                keypair.clone()
            }
        };
        Self {
            governance: key(Role::Governance, &world.governance),
            risk_manager: key(Role::RiskManager, &world.risk_manager),
            guardian: key(Role::Guardian, &world.guardian),
            accounts: [rich, backed],
            given_atoms: 0,
            keypair,
            ripe,
        }
    }

    /// All he can sign with.
    pub fn keys(&self) -> [&Actor; 4] {
        [
            &self.keypair,
            &self.governance,
            &self.risk_manager,
            &self.guardian,
        ]
    }

    pub fn send(&self, world: &mut World, instruction: Instruction) -> Sent {
        let keypairs = self.keys().map(|actor| &**actor);
        world.send(&[instruction], &keypairs)
    }

    pub fn propose(&self, world: &mut World, change: Change) -> Sent {
        let number = world.next_change();
        world.propose_as(&self.governance, number, change)
    }

    /// As risk manager, or as governance where that is what it takes.
    pub fn tighten(&self, world: &mut World, change: Change) -> Sent {
        let by = match change {
            Change::Timelock { .. } => &self.governance,
            _ => &self.risk_manager,
        };
        let version = match change {
            Change::Listing { .. } => 0,
            _ => world.version(&change),
        };
        world.tighten_as(by, version, change)
    }

    /// With either key that may.
    pub fn pause(&self, world: &mut World, operation: Operation, secs: u32) -> Sent {
        let args = world.pause_args(operation, secs);
        let pause = |by: &Actor| instructions::pause(world.exchange, by.pubkey(), args);
        let (first, second) = (pause(&self.guardian), pause(&self.governance));
        self.send(world, first)
            .or_else(|_| self.send(world, second))
    }

    /// What he has: balances and tokens at the oracle's prices, and positions at them too; quote atoms.
    pub fn worth(&self, world: &World) -> i128 {
        let sol = world.handle_of(0).mint.expect("collateral");
        let wallet = |mint| i128::from(world.wallet(&self.keypair.pubkey(), mint));
        let accounts = self.accounts.iter().map(|account| worth(world, account));
        let tokens = wallet(&world.quote_mint) + at_price(world, 0, wallet(&sol));
        accounts.sum::<i128>() + tokens - self.given_atoms
    }
}

/// What an account holds at the oracle's prices, credited in full.
pub fn worth(world: &World, trader: &Trader) -> i128 {
    let account = world.state_of(trader);
    let collaterals = account
        .collaterals
        .iter()
        .filter(|slot| slot.amount_atoms > 0);
    let collateral: i128 = collaterals
        .map(|slot| at_price(world, slot.asset_index, slot.amount_atoms.into()))
        .sum();
    let positions = account
        .positions
        .iter()
        .filter(|slot| slot.base_size_atoms != 0);
    let pnl: i128 = positions
        .map(|slot| {
            let value = at_price(world, slot.asset_index, slot.base_size_atoms.into());
            value - i128::from(slot.entry_notional_atoms)
        })
        .sum();
    i128::from(account.quote_atoms) + collateral + pnl
}

/// So many base atoms at the oracle's price, quote atoms.
fn at_price(world: &World, index: u16, atoms: i128) -> i128 {
    let asset = world.handle_of(index);
    // Prices have eight decimals here, quote six.
    atoms * i128::from(world.quote(&asset).price) / 100 / 10i128.pow(asset.decimals.into())
}

/// The thief's own exchange, and a change of it that could be carried out now.
fn own_exchange(world: &mut World, thief: &Actor) -> Pubkey {
    let spec = ExchangeSpec::default();
    let mut args = world.exchange_args(&spec);
    args.governance = thief.pubkey();
    let keys = world.keys;
    let created = instructions::initialize_exchange(
        thief.pubkey(),
        keys.quote_mint,
        keys.quote_program,
        args,
    );
    world
        .send(&[created], &[thief])
        .expect("an exchange of his own");
    let exchange = address::exchange(&thief.pubkey());
    let mut pool = spec.pool;
    pool.borrow_cap_quote_atoms = u64::MAX;
    let change = Change::Pool { params: pool };
    let args = ProposeChangeArgs {
        number: 1,
        change: change.clone(),
    };
    let key = thief.pubkey();
    let proposed = instructions::propose_change(key, key, exchange, args);
    world.send(&[proposed], &[thief]).expect("proposed");
    world.warp_fresh(TIMELOCK_SECS);
    address::pending_change(&exchange, &change)
}
