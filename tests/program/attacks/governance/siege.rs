//! Users, an LP and a thief on one exchange, and what must not have changed.
use super::thief::Thief;
use crate::support::OPERATIONS;
use freeboard::state::Role;
use freeboard_tests::{AssetHandle, AssetSpec, ExchangeSpec, Trader, World, usd, world::Actor};

/// Users, an LP and a thief with a day.
#[derive(Clone)]
pub struct Siege {
    pub world: World,
    pub sol: AssetHandle,
    pub btc: AssetHandle,
    /// One without positions, a long, a short, a borrower: none near a margin call.
    pub users: [Trader; 4],
    pub lp: Actor,
    pub thief: Thief,
    pub begun_ts: i64,
}

/// What a user has, to the atom: prices do not move here, so it is worth the same as long as it is the same.
pub type Fortune = (i64, u64, Vec<(i64, i64)>, [u64; 2]);

impl Siege {
    /// A market without interest and funding, so that nothing changes by itself, and a thief with these keys.
    pub fn by(keys: &[Role]) -> Self {
        let mut spec = ExchangeSpec::default();
        spec.pool.borrow_base_per_h_e9 = 0;
        spec.pool.borrow_slope_per_h_e9 = 0;
        let mut world = World::with(spec);
        let specs = [AssetSpec::sol().with_collateral(), AssetSpec::btc()].map(|mut spec| {
            spec.params.max_rate_per_h_e9 = 0;
            spec
        });
        world.list_all(specs);
        let lp = world.actor();
        world
            .request_deposit(&lp, 0, usd(1_000_000))
            .expect("asked");
        world.warp_fresh(86_400);
        world.execute_liquidity(&lp, 0).expect("an LP");
        let [sol, btc] = [0, 1].map(|index| world.handle_of(index));
        let users = [50_000, 100_000, 60_000, 0].map(|dollars| world.new_trader(usd(dollars)));
        let [saver, long, short, borrower] = &users;
        world
            .deposit_collateral(saver, &sol, 100_000_000_000)
            .expect("SOL");
        world.trade(long, &sol, sol.atoms(1_000.0)).expect("long");
        world.trade(short, &btc, -btc.atoms(0.5)).expect("short");
        world
            .deposit_collateral(borrower, &sol, 1_000_000_000_000)
            .expect("SOL");
        world.withdraw_quote(borrower, usd(40_000)).expect("a loan");
        let thief = Thief::new(&mut world, keys);
        world.refresh_prices();
        for asset in [&sol, &btc] {
            world.sample(asset).expect("sampled");
        }
        let begun_ts = world.now();
        Self {
            world,
            sol,
            btc,
            users,
            lp,
            thief,
            begun_ts,
        }
    }

    /// Seconds that have passed.
    pub fn elapsed(&self) -> i64 {
        self.world.now() - self.begun_ts
    }

    /// Lets time pass, at the same prices.
    pub fn wait_until(&mut self, elapsed: i64) {
        self.world.warp_fresh(elapsed - self.elapsed());
    }

    /// What each user has.
    pub fn fortunes(&self) -> Vec<Fortune> {
        let sol = self.sol.mint.expect("collateral");
        let tokens = [self.world.quote_mint, sol];
        let of = |user: &Trader| {
            let account = self.world.state_of(user);
            let collateral = account
                .collaterals
                .iter()
                .map(|slot| slot.amount_atoms)
                .sum();
            let positions = account.positions.iter();
            let positions = positions.map(|slot| (slot.base_size_atoms, slot.entry_notional_atoms));
            let wallet = tokens.map(|mint| self.world.wallet(&user.owner(), &mint));
            (account.quote_atoms, collateral, positions.collect(), wallet)
        };
        self.users.iter().map(of).collect()
    }

    /// What the pool, its insurance and the protocol hold.
    pub fn counterparty(&self) -> i128 {
        let books = self.world.books();
        books.pool_atoms + books.insurance_atoms + books.fees_atoms
    }

    /// Nobody has lost an atom but perhaps the thief, and nobody is nearer to being liquidated than not at all.
    #[track_caller]
    pub fn assert_unharmed(&mut self, before: &Self) {
        self.world.assert_books();
        assert_eq!(self.fortunes(), before.fortunes());
        let (thief, had) = (
            self.thief.worth(&self.world),
            before.thief.worth(&before.world),
        );
        assert!(thief <= had, "the thief gained {}", thief - had);
        assert!(self.counterparty() >= before.counterparty());
        let lp = self.lp.clone();
        assert_eq!(self.world.shares_of(&lp), usd(1_000_000));
        for user in self.users.clone() {
            assert!(!self.world.view(&user).expect("a report").is_liquidatable);
        }
    }

    /// Pauses whatever can be paused now, as long as it goes.
    pub fn pause_all(&mut self) {
        for operation in OPERATIONS {
            let longest = operation.longest_pause_secs() as u32;
            let _ = self.thief.pause(&mut self.world, operation, longest);
        }
    }

    /// The user tries to close, repay and take everything out, as far as it works now. Whether nothing is left.
    pub fn leave(&mut self, user: &Trader) -> bool {
        let (sol, world) = (self.sol.clone(), &mut self.world);
        for asset in [self.sol.clone(), self.btc.clone()] {
            let size = world.size_of(user, asset.index);
            if size != 0 {
                let _ = world.trade(user, &asset, -size);
            }
        }
        let owed = world.quote_of(user);
        if owed < 0 {
            let _ = world.deposit_quote(user, owed.unsigned_abs());
        }
        let account = world.state_of(user);
        let collateral: u64 = account
            .collaterals
            .iter()
            .map(|slot| slot.amount_atoms)
            .sum();
        if collateral > 0 {
            let _ = world.withdraw_collateral(user, &sol, collateral);
        }
        if !account.has_positions() && account.quote_atoms > 0 {
            let _ = world.withdraw_quote(user, account.quote_atoms.unsigned_abs());
        }
        let left = world.state_of(user);
        left.quote_atoms == 0 && !left.has_positions() && !left.has_collaterals()
    }
}
