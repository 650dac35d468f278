//! Who acts, and what he does.
use super::{Counts, refusals::Kind};
use crate::support::{OPERATIONS, Stream};
use anchor_lang::solana_program::instruction::Instruction;
use freeboard::{gates::Operation, instructions::TradeArgs, state::NO_ASSET};
use freeboard_client::instructions;
use freeboard_tests::{
    AssetHandle, AssetSpec, Failure, Meta, Quote, Trader, World, usd, world::Actor,
};

pub type Sent = Result<Meta, Failure>;

/// An exchange on which seeds begin.
pub struct Base {
    world: World,
    accounts: Vec<Trader>,
    liquidator: Trader,
    attacker: Trader,
    lps: [Actor; 2],
    jump: f64,
}

/// An LP's request that is open.
#[derive(Clone, Copy)]
pub struct Request {
    pub lp: usize,
    pub number: u16,
}

/// One run.
pub struct Play {
    pub world: World,
    pub stream: Stream,
    /// Two owners with two accounts each, a borrower, and somebody who hedges shorts with collateral.
    pub accounts: Vec<Trader>,
    pub liquidator: Trader,
    pub attacker: Trader,
    pub lps: [Actor; 2],
    pub requests: Vec<Request>,
    pub next_request: u16,
    pub counts: Counts,
    /// Each asset's unit shock when it was last looked at, and when.
    pub looked: Vec<(f64, i64)>,
    pub seed: u64,
    /// How far a price jumps at most.
    pub jump: f64,
}

impl Base {
    /// $100 M of governance, and two LPs.
    pub fn rich() -> Self {
        Self::with(usd(100_000_000), 0.35)
    }

    /// Less than what one trader owns; two of them have bet all they have against each other, and prices jump
    /// twice as far.
    pub fn poor() -> Self {
        let mut base = Self::with(usd(10_000), 0.7);
        let sol = base.world.handle_of(0);
        let (long, short) = (base.accounts[0].clone(), base.accounts[2].clone());
        for _ in 0..18 {
            base.world.refresh_prices();
            let size = sol.atoms(50.0);
            base.world.trade(&long, &sol, size).expect("long");
            base.world.trade(&short, &sol, -size).expect("short");
        }
        base
    }

    fn with(pool_atoms: u64, jump: f64) -> Self {
        let mut world = World::new();
        let specs = [
            AssetSpec::sol().with_collateral(),
            AssetSpec::btc(),
            AssetSpec::eth(),
        ];
        for spec in specs {
            world.create_asset(spec.with_pool_share(330_000_000));
        }
        world.open_liquidity().unwrap();
        world.ready(pool_atoms);
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
                .unwrap();
            accounts.push(trader);
        }
        let liquidator = world.new_trader(usd(500_000));
        let attacker = world.new_trader(usd(1_000));
        world.rebalance().unwrap();
        Self {
            world,
            accounts,
            liquidator,
            attacker,
            lps,
            jump,
        }
    }
}

impl Play {
    pub fn new(base: &Base, seed: u64) -> Self {
        let world = base.world.clone();
        let mut play = Self {
            stream: Stream(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
            accounts: base.accounts.clone(),
            liquidator: base.liquidator.clone(),
            attacker: base.attacker.clone(),
            lps: base.lps.clone(),
            requests: Vec::new(),
            next_request: 0,
            counts: Counts::new(),
            looked: Vec::new(),
            world,
            seed,
            jump: base.jump,
        };
        play.look();
        play
    }

    pub fn chance(&mut self, one_in: u64) -> bool {
        self.stream.next(one_in) == 0
    }

    pub fn count(&mut self, what: &str) {
        *self.counts.entry(what.to_owned()).or_default() += 1;
    }

    pub fn pick_asset(&mut self) -> AssetHandle {
        let index = self.stream.next(3) as u16;
        self.world.handle_of(index)
    }

    pub fn pick_account(&mut self) -> Trader {
        let number = self.accounts.len() as u64;
        self.accounts[self.stream.next(number) as usize].clone()
    }

    /// Everybody with a margin account.
    pub fn everybody(&self) -> Vec<Trader> {
        let others = [self.liquidator.clone(), self.attacker.clone()];
        self.accounts.iter().cloned().chain(others).collect()
    }

    /// An action after some time at new prices, and the properties after it.
    pub fn step(&mut self, action: u32) {
        let secs = match self.stream.next(60) {
            0 => 90_000,
            1..=3 => 600 + self.stream.next(7_200) as i64,
            _ => 1 + self.stream.next(40) as i64,
        };
        self.world.warp(secs);
        self.move_prices();
        let before = self.liquidatable();
        let (kind, result) = match self.keep() {
            Some(done) => done,
            None => self.act(),
        };
        self.check(kind, &before, result);
        if action % 20 == 19 {
            self.probe();
        }
    }

    fn move_prices(&mut self) {
        for asset in self.world.assets.clone() {
            let (now, last) = (self.world.now(), self.world.quote(&asset));
            let start = [150.0, 100_000.0, 4_000.0][usize::from(asset.index)] * 1e8;
            let pulled = 0.97 * last.price as f64 + 0.03 * start;
            let jump = if self.chance(50) { self.jump } else { 0.03 };
            let price = (pulled * (1.0 + jump * self.stream.signed())) as i64;
            let quote = Quote::at(price, last.exponent, now);
            match self.stream.next(60) {
                0 => self.world.close_feed(&asset),
                1 => {} // as it was: stale
                2 => self.world.set_price(&asset, quote.with_conf(0.025)),
                3 => self.world.set_price(&asset, quote.with_ema(1.25)),
                4 => {
                    let older = Quote {
                        publish_ts: now - 4,
                        ..quote
                    };
                    self.world.set_price(&asset, older);
                }
                _ => self.world.set_price(&asset, quote),
            }
        }
    }

    fn trade_args(&mut self, trader: &Trader, asset: &AssetHandle) -> TradeArgs {
        let report = self.world.client_report(trader).expect("a report");
        let equity = report.free_collateral_atoms.max(500_000_000) as f64;
        let price = self.world.quote(asset).price as f64 / 1e8;
        let leverage = 7.0 * self.stream.signed();
        let lot = i64::try_from(self.world.asset(asset.index).params.lot_atoms).unwrap();
        let wanted = asset.atoms(equity / 1e6 / price * leverage) / lot * lot;
        let held = self.world.size_of(trader, asset.index);
        let size_atoms = match self.stream.next(4) {
            0 if held != 0 => -held / lot / (1 + self.stream.next(3) as i64) * lot,
            _ => wanted,
        };
        TradeArgs {
            reduce_only: self.chance(8),
            ..self.world.trade_args(asset, size_atoms)
        }
    }

    /// One random action.
    fn act(&mut self) -> (Kind, Sent) {
        let (asset, trader) = (self.pick_asset(), self.pick_account());
        let amount = 1 + self.stream.next(usd(20_000));
        match self.stream.next(40) {
            0..=2 => (Kind::Deposit, self.deposit(&trader, amount)),
            3..=6 => (Kind::Withdraw, self.withdraw(&trader, amount)),
            7..=16 => {
                let args = self.trade_args(&trader, &asset);
                (Kind::Trade, self.world.trade_with(&trader, args))
            }
            17..=22 => self.order(&trader, &asset),
            23 | 24 => (Kind::Sample, self.world.sample(&asset)),
            25 => (Kind::Sweep, self.world.sweep(&asset)),
            26 => (Kind::Rebalance, self.world.rebalance()),
            27 => (Kind::Flag, self.world.flag(&trader)),
            28 => self.liquidate_at_random(&trader, &asset),
            29 => (Kind::Resolve, self.world.resolve_bankruptcy(&trader)),
            30 => (Kind::Settle, self.world.settle_loss(&trader, &asset)),
            31 => self.withdraw_share(&trader, amount),
            32..=35 => self.liquidity(amount),
            36 => self.pause(),
            _ => (Kind::Foreign, self.attack(&trader, &asset, amount)),
        }
    }

    fn deposit(&mut self, trader: &Trader, amount: u64) -> Sent {
        if self.chance(2) {
            return self.world.deposit_quote(trader, amount);
        }
        let sol = self.world.handle_of(0);
        self.world.deposit_collateral(trader, &sol, amount)
    }

    /// Most of what is free, or more than that: accounts live close to their margin.
    fn withdraw(&mut self, trader: &Trader, amount: u64) -> Sent {
        let free = self.world.client_report(trader).expect("a report");
        let free = u64::try_from(free.free_collateral_atoms).unwrap_or(0);
        if self.chance(3) {
            let sol = self.world.handle_of(0);
            return self.world.withdraw_collateral(trader, &sol, amount);
        }
        let wanted = free / 100 * (60 + amount % 45) + amount % 7 + 1;
        let sent = self.world.withdraw_quote(trader, wanted);
        if sent.is_ok() && self.world.quote_of(trader) < 0 {
            self.count("loans");
        }
        sent
    }

    fn order(&mut self, trader: &Trader, asset: &AssetHandle) -> (Kind, Sent) {
        let now = self.world.now();
        let waiting = self.accounts.iter().find_map(|trader| {
            let orders = self.world.state_of(trader).orders;
            let order = orders
                .into_iter()
                .find(|order| order.id != 0 && now < order.expiry_ts);
            order.map(|order| (trader.clone(), order.id))
        });
        match waiting {
            Some((owner, id)) if self.chance(6) => {
                (Kind::CancelOrder, self.world.cancel_order(&owner, id))
            }
            Some((owner, id)) => (Kind::FillOrder, self.world.fill_order(&owner, id)),
            None => {
                let args = self.trade_args(trader, asset);
                let order = freeboard::instructions::RequestOrderArgs {
                    reduce_only: args.reduce_only,
                    ..self.world.order_args(asset, args.size_atoms)
                };
                let instruction = instructions::request_order(
                    self.world.exchange,
                    trader.owner(),
                    trader.margin_account,
                    order,
                );
                let sent = self.world.send(&[instruction], &[&trader.keypair]);
                (Kind::RequestOrder, sent)
            }
        }
    }

    fn liquidity(&mut self, amount: u64) -> (Kind, Sent) {
        let open = self.requests.len() as u64;
        if open > 0 && self.chance(2) {
            let at = self.stream.next(open) as usize;
            let Request { lp, number } = self.requests[at];
            let lp = self.lps[lp].clone();
            let (kind, sent) = if self.chance(6) {
                let by = if self.chance(2) {
                    lp.clone()
                } else {
                    self.attacker.keypair.clone()
                };
                (
                    Kind::CancelLiquidity,
                    self.world.cancel_liquidity(&by, &lp, number),
                )
            } else {
                (
                    Kind::ExecuteLiquidity,
                    self.world.execute_liquidity(&lp, number),
                )
            };
            if sent.is_ok() {
                self.requests.remove(at);
            }
            return (kind, sent);
        }
        let at = self.stream.next(2) as usize;
        let lp = self.lps[at].clone();
        let number = self.next_request;
        let shares = self.world.shares_of(&lp);
        let sent = if shares > 0 && self.chance(2) {
            let part = shares / (1 + self.stream.next(3));
            self.world.request_redeem(&lp, number, part.max(1))
        } else {
            self.world.request_deposit(&lp, number, amount)
        };
        if sent.is_ok() {
            self.requests.push(Request { lp: at, number });
            self.next_request += 1;
        }
        (Kind::RequestLiquidity, sent)
    }

    /// The guardian pauses something for a minute, or ends a pause.
    fn pause(&mut self) -> (Kind, Sent) {
        let operation = OPERATIONS[self.stream.next(10) as usize];
        let sent = if self.chance(2) {
            self.world.unpause(operation)
        } else {
            self.world.pause(operation, 60)
        };
        (Kind::Pause, sent)
    }

    /// Somebody else's account, with one's own signature.
    fn attack(&mut self, victim: &Trader, asset: &AssetHandle, amount: u64) -> Sent {
        let attacker = self.attacker.clone();
        let args = self.trade_args(victim, asset);
        let world = &mut self.world;
        let (key, keys, account) = (attacker.owner(), world.keys, victim.margin_account);
        let instruction: Instruction = match self.stream.next(7) {
            0 => {
                let mut trade = world.trade_instruction(victim, args);
                trade.accounts[0].pubkey = key;
                trade
            }
            1 => {
                let token = world.quote_token();
                let destination = world.token_account(&key, &token.mint);
                let metas = world.account_metas(victim, &[]);
                instructions::withdraw(&keys, &token, key, account, destination, amount, metas)
            }
            2 => instructions::set_delegate(key, account, key),
            3 => instructions::cancel_order(key, account, 1),
            4 => instructions::pause(world.exchange, key, Operation::Withdraw, 60),
            5 => {
                let destination = world.token_account(&key, &world.quote_mint.clone());
                let metas = world.all_metas();
                instructions::borrow(&keys, key, account, destination, amount, metas)
            }
            _ => {
                let args = freeboard::instructions::WithdrawProRataArgs {
                    amount_atoms: amount,
                    min_received_atoms: 0,
                };
                let mint = world.quote_mint;
                let destination = world.token_account(&key, &mint);
                let metas = world.all_metas();
                instructions::withdraw_pro_rata(&keys, key, account, destination, args, metas)
            }
        };
        let sent = world.send(&[instruction], &[&attacker.keypair]);
        assert!(sent.is_err(), "an attack succeeded");
        sent
    }

    /// Asset of the largest position of an account by notional.
    pub fn largest_position(&self, trader: &Trader) -> Option<AssetHandle> {
        let positions = self.world.state_of(trader).positions;
        let held = positions.iter().filter(|slot| slot.asset_index != NO_ASSET);
        let largest = held.max_by_key(|slot| slot.entry_notional_atoms.unsigned_abs());
        largest.map(|slot| self.world.handle_of(slot.asset_index))
    }
}
