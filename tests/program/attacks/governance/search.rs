//! A walk over everything that the thief can sign, in random order and with random amounts, for a day: nothing he
//! comes upon takes an atom from anybody.
use super::{ALL, announce_fake, looser, siege::Siege, tightened};
use crate::support::{OPERATIONS, Stream};
use anchor_lang::solana_program::instruction::Instruction;
use freeboard::governance::pauses::Operation;
use freeboard::instructions::Closing;
use freeboard::instructions::OfferRoleArgs;
use freeboard::state::Change;
use freeboard_client::{address, instructions};
use freeboard_tests::{Trader, governance::TIMELOCK_SECS, liquidity::deposit_of, usd};
use solana_signer::Signer;

/// Kinds of steps.
const KINDS: usize = 8;

/// One walk: the siege as it is, what was announced at its beginning, and the dice.
struct Walk {
    siege: Siege,
    listing: Instruction,
    wanted: Vec<Change>,
    stream: Stream,
    requests: u16,
    /// How often each kind of step was accepted.
    accepted: [u32; KINDS],
}

impl Walk {
    fn new(siege: &Siege, seed: u64) -> Self {
        let mut siege = siege.clone();
        let (_, listing) = announce_fake(&mut siege);
        let wanted = looser(&siege.world, &siege.thief);
        Self {
            siege,
            listing,
            wanted,
            stream: Stream(seed),
            requests: 0,
            accepted: [0; KINDS],
        }
    }

    fn account(&mut self) -> Trader {
        self.siege.thief.accounts[self.stream.next(2) as usize].clone()
    }

    fn step(&mut self) {
        let secs = self.stream.next(1_200) as i64;
        self.siege.wait_until(self.siege.elapsed() + secs);
        let kind = self.stream.next(KINDS as u64) as usize;
        let step = [
            Self::tighten,
            Self::change,
            Self::pause,
            Self::hand_over,
            Self::trade,
            Self::move_tokens,
            Self::liquidity,
            Self::against_users,
        ][kind];
        self.accepted[kind] += u32::from(step(self));
    }

    fn tighten(&mut self) -> bool {
        let Siege { world, thief, .. } = &mut self.siege;
        let some = tightened::towards(world, self.stream.next(101));
        let chosen = self.stream.next(some.len() as u64) as usize;
        thief.tighten(world, some[chosen].clone()).is_ok()
    }

    /// Announces, takes back or carries out.
    fn change(&mut self) -> bool {
        let Siege { world, thief, .. } = &mut self.siege;
        let chosen = self.stream.next(self.wanted.len() as u64) as usize;
        let change = self.wanted[chosen].clone();
        if world.pending(&change).is_none() {
            return thief.propose(world, change).is_ok();
        }
        if self.stream.next(4) == 0 {
            return world.cancel_change_as(&thief.guardian, &change).is_ok();
        }
        let carried_out = world.execute(&change);
        assert!(
            carried_out.is_err(),
            "carried out before its time: {change:?}"
        );
        thief.send(world, self.listing.clone()).is_ok()
    }

    fn pause(&mut self) -> bool {
        let Siege { world, thief, .. } = &mut self.siege;
        let operation = OPERATIONS[self.stream.next(10) as usize];
        if self.stream.next(3) == 0 {
            let (exchange, key) = (world.exchange, thief.guardian.pubkey());
            let unpause = world.unpause_args(operation);
            return thief
                .send(world, instructions::pause(exchange, key, unpause))
                .is_ok();
        }
        let longest = operation.longest_pause_secs() as u64;
        let secs = 1 + self.stream.next(longest) as u32;
        thief.pause(world, operation, secs).is_ok()
    }

    /// A role from the thief to the thief.
    fn hand_over(&mut self) -> bool {
        let Siege { world, thief, .. } = &mut self.siege;
        let role = ALL[self.stream.next(3) as usize];
        let keys = thief.keys().map(Signer::pubkey);
        let args = OfferRoleArgs {
            number: world.exchange().offer_count(role) + 1,
            role,
            holder: keys[1 + self.stream.next(3) as usize],
        };
        let by = keys[1 + role as usize];
        let offer = instructions::offer_role(by, world.exchange, args);
        if thief.send(world, offer).is_err() {
            return false;
        }
        // To himself: who holds what stays as it is.
        let exchange = world.exchange;
        args.holder == by
            && thief
                .send(world, instructions::accept_role(by, exchange, role))
                .is_ok()
    }

    /// In one step, or by an order that is filled a moment later.
    fn trade(&mut self) -> bool {
        let (account, size) = (self.account(), self.stream.signed());
        let Siege {
            world, sol, btc, ..
        } = &mut self.siege;
        let (asset, units) = match self.stream.next(2) {
            0 => (sol.clone(), 2_000.0),
            _ => (btc.clone(), 3.0),
        };
        let lot = world.asset(asset.index).params.lot_atoms as i64;
        let held = world.size_of(&account, asset.index);
        let size = match self.stream.next(3) {
            0 => -held,
            _ => asset.atoms(size * units) / lot * lot,
        };
        if self.stream.next(2) == 0 {
            return world.trade(&account, &asset, size).is_ok();
        }
        let args = world.order_args(&asset, size);
        let Ok(order) = world.request_order(&account, args) else {
            return false;
        };
        world.warp_fresh(2);
        world.fill_order(&account, order).is_ok()
    }

    /// Quote and collateral out and in again, and loans.
    fn move_tokens(&mut self) -> bool {
        let (account, amount) = (self.account(), 1 + self.stream.next(usd(300_000)));
        let what = self.stream.next(4);
        let Siege {
            world, thief, sol, ..
        } = &mut self.siege;
        match what {
            0 => world.withdraw_quote(&account, amount).is_ok(),
            1 => world.withdraw_collateral(&account, sol, amount).is_ok(),
            _ => {
                let tokens = [world.quote_token(), sol.token()];
                let token = &tokens[usize::from(what == 2)];
                let deposit = world.deposit_instruction(&account, token, amount);
                thief.send(world, deposit).is_ok()
            }
        }
    }

    fn liquidity(&mut self) -> bool {
        let thief = self.siege.thief.keypair.clone();
        let world = &mut self.siege.world;
        if self.requests > 0 && self.stream.next(2) == 0 {
            let number = self.stream.next(self.requests.into()) as u16;
            let open = world.svm.get_account(&address::liquidity_request(
                &world.exchange,
                &thief.pubkey(),
                number,
            ));
            if open.is_none_or(|account| account.data.is_empty()) {
                return false;
            }
            assert!(
                world.execute_liquidity(&thief, number).is_err(),
                "before its delay"
            );
            return world.cancel_liquidity(&thief, &thief, number).is_ok();
        }
        let args = deposit_of(self.requests, 1 + self.stream.next(usd(100_000)));
        let asked = world.request_liquidity(&thief, args).is_ok();
        self.requests += u16::from(asked);
        asked
    }

    fn against_users(&mut self) -> bool {
        let own = self.account();
        let Siege {
            world,
            users,
            sol,
            btc,
            ..
        } = &mut self.siege;
        let user = users[self.stream.next(4) as usize].clone();
        let asset = [sol, btc][self.stream.next(2) as usize].clone();
        let closings = [
            Closing::PositionByPool,
            Closing::PositionByLiquidator,
            Closing::Collateral,
            Closing::Pair,
        ];
        let closing = closings[self.stream.next(4) as usize];
        match self.stream.next(8) {
            0 => world.flag(&user).is_ok(),
            1 => world.liquidate(&own, &user, &asset, closing).is_ok(),
            2 => world.settle_loss(&user, &asset).is_ok(),
            3 => world.deleverage(&user, &asset).is_ok(),
            4 => world.resolve_bankruptcy(&user).is_ok(),
            5 => world.rebalance().is_ok(),
            6 => world.sweep(&asset).is_ok(),
            _ => world.sample(&asset).is_ok(),
        }
    }

    /// A second before the end he closes what he can, and takes his requests back.
    fn end(&mut self) {
        self.siege.wait_until(TIMELOCK_SECS - 1);
        let thief = self.siege.thief.clone();
        let world = &mut self.siege.world;
        for number in 0..self.requests {
            let key = thief.keypair.pubkey();
            let request = address::liquidity_request(&world.exchange, &key, number);
            if !world.account(&request).data.is_empty() {
                world
                    .cancel_liquidity(&thief.keypair, &thief.keypair, number)
                    .expect("his own");
            }
        }
        for operation in [Operation::Deposit, Operation::Withdraw, Operation::Reduce] {
            let (exchange, key) = (world.exchange, thief.guardian.pubkey());
            let unpause = world.unpause_args(operation);
            thief
                .send(world, instructions::pause(exchange, key, unpause))
                .expect("reopened");
        }
        for account in &thief.accounts {
            world
                .deposit_quote(account, usd(10_000_000))
                .expect("given");
            self.siege.thief.given_atoms += 10_000_000_000_000;
            // What hedges something else can only be closed after it.
            let collaterals = world.state_of(account).collaterals;
            let held = collaterals.iter().map(|slot| slot.amount_atoms).sum();
            if held > 0 {
                let sol = &self.siege.sol;
                world
                    .withdraw_collateral(account, sol, held)
                    .expect("his own");
            }
            for asset in [&self.siege.sol, &self.siege.btc, &self.siege.sol] {
                let size = world.size_of(account, asset.index);
                if size != 0 {
                    let _ = world.trade(account, asset, -size);
                }
            }
            assert!(!world.state_of(account).has_positions(), "all is closed");
        }
    }
}

#[test]
fn a_random_walk_over_all_he_can_sign_takes_nothing() {
    let before = Siege::by(ALL);
    let mut accepted = [0; KINDS];
    for seed in 1..=16 {
        let mut walk = Walk::new(&before, seed * 7_919);
        // A step takes up to 20 minutes and the 2 seconds of an order.
        while walk.siege.elapsed() < TIMELOCK_SECS - 1_300 {
            walk.step();
        }
        walk.end();
        walk.siege.assert_unharmed(&before);
        for (all, one) in accepted.iter_mut().zip(walk.accepted) {
            *all += one;
        }
    }
    // Mostly refusals would be no search.
    assert!(accepted.iter().all(|count| *count > 30), "{accepted:?}");
}
