//! The exchanges on which plays begin.
use crate::{AssetSpec, FeedKind, NewFeed, Trader, World, usd, world::Actor};
use freeboard::state::{Change, ImpliedSource};

/// Accounts of the owner who has many.
pub const MANY: u16 = 6;

/// Everybody who plays.
#[derive(Clone)]
pub struct Cast {
    /// Two owners with two accounts each, a borrower, somebody who hedges shorts with collateral, and the accounts
    /// of the owner who has many.
    pub accounts: Vec<Trader>,
    /// Has enough to take over what is liquidated.
    pub liquidator: Trader,
    /// Tries everything with accounts that are not his.
    pub attacker: Trader,
    /// Deposited and never trades.
    pub bystander: Trader,
    /// LPs.
    pub lps: [Actor; 2],
    /// Of each asset the index of its implied volatility.
    pub indices: [NewFeed; 3],
}

impl Cast {
    /// The accounts of the owner who has many.
    pub fn many(&self) -> &[Trader] {
        &self.accounts[self.accounts.len() - usize::from(MANY)..]
    }
}

/// An exchange with its players, from which each play takes a copy.
pub struct Base {
    /// The exchange.
    pub world: World,
    /// Who plays on it.
    pub cast: Cast,
    /// How far a price jumps at most.
    pub jump: f64,
}

impl Base {
    /// A pool of $100 M.
    pub fn rich() -> Self {
        Self::with(usd(100_000_000), 0.35)
    }

    /// A pool of less than what one trader owns; two of them have bet all they have against each other, and
    /// prices jump twice as far.
    pub fn poor() -> Self {
        let mut base = Self::with(usd(1_010_000), 0.7);
        let sol = base.world.handle_of(0);
        let (long, short) = (base.cast.accounts[0].clone(), base.cast.accounts[2].clone());
        for _ in 0..18 {
            base.world.refresh_prices();
            let size = sol.atoms(50.0);
            base.world.trade(&long, &sol, size).expect("long");
            base.world.trade(&short, &sol, -size).expect("short");
        }
        base.world.drain_pool(usd(1_000_000));
        base
    }

    fn with(pool_atoms: u64, jump: f64) -> Self {
        let mut world = World::new();
        // ETH ought to trade more than it does here: its L falls.
        let mut eth = AssetSpec::eth();
        eth.params.turnover_reference_quote_atoms = usd(1_000_000);
        let specs = [AssetSpec::sol().with_collateral(), AssetSpec::btc(), eth];
        for spec in specs {
            world.create_asset(spec.with_pool_share(330_000_000));
        }
        world.ready(pool_atoms);
        let cast = Cast::new(&mut world);
        world.rebalance().expect("rebalanced");
        // Who must sign is in the message; that signatures are genuine is the network's care.
        world.svm = world.svm.with_sigverify(false);
        Self { world, cast, jump }
    }
}

impl Cast {
    fn new(world: &mut World) -> Self {
        let lps = [world.actor(), world.actor()];
        let mut accounts = Vec::new();
        for _ in 0..2 {
            let owner = world.actor();
            accounts.push(world.new_sub_account(&owner, 0, usd(30_000)));
            accounts.push(world.new_sub_account(&owner, 1, usd(20_000)));
        }
        let sol = world.handle_of(0);
        for quote in [0, 2_000] {
            let trader = world.new_trader(usd(quote));
            world
                .deposit_collateral(&trader, &sol, 200_000_000_000)
                .expect("deposited");
            accounts.push(trader);
        }
        let owner = world.actor();
        for number in 0..MANY {
            accounts.push(world.new_sub_account(&owner, number, usd(10_000)));
        }
        let indices = [0, 1, 2].map(|asset_index| {
            let index = NewFeed::new(FeedKind::Receiver);
            let feed = index.binding;
            let source = ImpliedSource::Feed { feed };
            let change = Change::ImpliedVolatility {
                asset_index,
                source,
            };
            world.change(change).expect("bound");
            index
        });
        Self {
            indices,
            accounts,
            liquidator: world.new_trader(usd(500_000)),
            attacker: world.new_trader(usd(1_000)),
            bystander: world.new_trader(usd(10_000)),
            lps,
        }
    }
}
