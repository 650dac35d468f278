//! What must always hold, under random actions of traders, cranks, liquidators and somebody who tries
//! everything with accounts that are not his. The named properties are those of the model, §9.
use crate::support::{Stage, Stream, stage};
use freeboard::{
    error::FreeboardError,
    instructions::{Closing, LiquidateArgs, TradeArgs},
};
use freeboard_client::{events::Event, instructions};
use freeboard_tests::{AssetHandle, Failure, Meta, Quote, Trader, usd};

/// Refusals that random actions meet; any other is a bug.
const EXPECTED: &[FreeboardError] = &[
    FreeboardError::NotOwner,
    FreeboardError::NotOwnerOrDelegate,
    FreeboardError::InsufficientBalance,
    FreeboardError::BorrowCapExceeded,
    FreeboardError::SizeZero,
    FreeboardError::PriceStale,
    FreeboardError::PriceOlderThanRecorded,
    FreeboardError::ConfidenceTooWide,
    FreeboardError::PriceFarFromEma,
    FreeboardError::SampleTooEarly,
    FreeboardError::InitialMarginNotMet,
    FreeboardError::PositionPriceUnusable,
    FreeboardError::ReduceWorsensAccount,
    FreeboardError::ReduceOnly,
    FreeboardError::NotionalBelowMinimum,
    FreeboardError::PoolUtilizationExceeded,
    FreeboardError::AccountHealthy,
    FreeboardError::LiquidationPriceUnusable,
    FreeboardError::NothingToLiquidate,
    FreeboardError::AssetAccountMissing,
    FreeboardError::NoRelief,
    FreeboardError::LiquidationWindowExhausted,
    FreeboardError::LiquidationGracePeriod,
    FreeboardError::PoolDeficit,
];

/// Whose action it was, if it was a trader's own.
struct Done {
    by: Option<Trader>,
    result: Result<Meta, Failure>,
}

struct Play {
    stage: Stage,
    stream: Stream,
    traders: Vec<Trader>,
    liquidator: Trader,
    attacker: Trader,
    liquidated: u32,
    traded: u32,
}

impl Play {
    fn new(seed: u64) -> Self {
        let mut stage = stage();
        let world = &mut stage.world;
        let mut traders: Vec<Trader> = [20_000, 50_000]
            .map(|dollars| world.new_trader(usd(dollars)))
            .into();
        traders.push(stage.trader.clone());
        let liquidator = stage.world.new_trader(usd(500_000));
        let attacker = stage.world.new_trader(usd(1_000));
        Self {
            stage,
            stream: Stream(seed),
            traders,
            liquidator,
            attacker,
            liquidated: 0,
            traded: 0,
        }
    }

    fn pick_asset(&mut self) -> AssetHandle {
        let assets = [&self.stage.sol, &self.stage.btc, &self.stage.eth];
        assets[self.stream.next(3) as usize].clone()
    }

    fn pick_trader(&mut self) -> Trader {
        let number = self.traders.len() as u64;
        self.traders[self.stream.next(number) as usize].clone()
    }

    fn trade_args(&mut self, asset: &AssetHandle) -> TradeArgs {
        let scale = [700.0, 1.0, 26.0][usize::from(asset.index)];
        let lot = i64::try_from(self.stage.world.asset(asset.index).params.lot_atoms).unwrap();
        let size = asset.atoms(scale * self.stream.signed()) / lot * lot;
        let reduce_only = self.stream.next(8) == 0;
        TradeArgs {
            reduce_only,
            ..self.stage.world.trade_args(asset, size)
        }
    }

    fn unhealthy(&self) -> Option<Trader> {
        let at = self.liquidatable().into_iter().position(|is| is)?;
        self.traders.get(at).cloned()
    }

    /// One random action.
    fn act(&mut self) -> Done {
        let (mut asset, mut trader) = (self.pick_asset(), self.pick_trader());
        let amount = 1 + self.stream.next(usd(20_000));
        let mut choice = self.stream.next(16);
        if let Some(prey) = self.unhealthy().filter(|_| choice.is_multiple_of(2)) {
            // Keepers look for such accounts instead of trying at random.
            let held = self.stage.world.state_of(&prey).positions;
            let held = held
                .iter()
                .max_by_key(|slot| slot.base_size_atoms.unsigned_abs());
            let index = held.map_or(0, |slot| slot.asset_index);
            asset = self
                .stage
                .world
                .assets
                .get(usize::from(index))
                .cloned()
                .unwrap_or(asset);
            (trader, choice) = (prey, 11 + choice / 4);
        }
        let state = self.stage.world.state_of(&trader);
        if state.quote_atoms < 1_000_000_000 && !state.has_positions() {
            choice = 0; // ruined: somebody else in his place
        }
        let args = self.trade_args(&asset);
        let world = &mut self.stage.world;
        let (by, result) = match choice {
            0 => (
                Some(trader.clone()),
                world.deposit_quote(&trader, amount / 8 + usd(1_000)),
            ),
            1 => {
                // Most of what is free: accounts live close to their margin.
                let free = world
                    .client_report(&trader)
                    .expect("a report")
                    .free_collateral_atoms;
                let most = u64::try_from(free).unwrap_or(0) / 100 * (60 + amount % 30);
                (
                    Some(trader.clone()),
                    world.withdraw_quote(&trader, most.max(amount % 7 + 1)),
                )
            }
            2 => {
                let sol = self.stage.sol.clone();
                (
                    Some(trader.clone()),
                    world.deposit_collateral(&trader, &sol, amount),
                )
            }
            3 => {
                let sol = self.stage.sol.clone();
                (
                    Some(trader.clone()),
                    world.withdraw_collateral(&trader, &sol, amount),
                )
            }
            4..=8 => (Some(trader.clone()), world.trade_with(&trader, args)),
            9 => (None, world.sample(&asset)),
            10 => (None, world.sweep(&asset)),
            11 | 12 => (None, world.flag(&trader)),
            13 | 14 => (None, self.liquidate(&trader, &asset)),
            _ => (None, self.attack(&trader, args, amount)),
        };
        Done { by, result }
    }

    fn liquidate(&mut self, trader: &Trader, asset: &AssetHandle) -> Result<Meta, Failure> {
        let closing = if self.stream.next(2) == 0 {
            Closing::PositionByPool
        } else {
            Closing::PositionByLiquidator
        };
        let lots = 1 + self.stream.next(100_000);
        let lot = self.stage.world.asset(asset.index).params.lot_atoms;
        let max_size_atoms = if self.stream.next(3) == 0 {
            lots * lot
        } else {
            u64::MAX
        };
        let args = LiquidateArgs {
            asset_index: asset.index,
            max_size_atoms,
            closing,
        };
        self.stage
            .world
            .liquidate_with(&self.liquidator.clone(), trader, args)
    }

    /// Somebody else's account, with one's own signature; or one's own liquidation.
    fn attack(&mut self, victim: &Trader, args: TradeArgs, amount: u64) -> Result<Meta, Failure> {
        let attacker = self.attacker.clone();
        let world = &mut self.stage.world;
        let (key, keys) = (attacker.owner(), world.keys);
        let instruction = match self.stream.next(3) {
            0 => {
                let mut trade = world.trade_instruction(victim, args);
                trade.accounts[0].pubkey = key;
                trade
            }
            1 => {
                let token = world.quote_token();
                let destination = world.token_account(&key, &token.mint);
                let metas = world.account_metas(victim, &[]);
                let account = victim.margin_account;
                instructions::withdraw(&keys, &token, key, account, destination, amount, metas)
            }
            _ => instructions::set_delegate(key, victim.margin_account, key),
        };
        let result = world.send(&[instruction], &[&attacker.keypair]);
        assert!(result.is_err(), "an attack succeeded");
        result
    }

    fn move_prices(&mut self) {
        for asset in [
            self.stage.sol.clone(),
            self.stage.btc.clone(),
            self.stage.eth.clone(),
        ] {
            let (now, last) = (self.stage.world.now(), self.stage.world.quote(&asset));
            // Pulled back to where it began, so that long runs stay in range.
            let start = [150.0, 100_000.0, 4_000.0][usize::from(asset.index)] * 1e8;
            let pulled = 0.97 * last.price as f64 + 0.03 * start;
            let price = (pulled * (1.0 + 0.09 * self.stream.signed())) as i64;
            let quote = Quote::at(price, last.exponent, now);
            let quote = match self.stream.next(24) {
                0 => quote.with_conf(0.025),
                1 => quote.with_ema(1.25),
                2 => Quote {
                    publish_ts: now - 4,
                    ..quote
                },
                _ => quote,
            };
            self.stage.world.set_price(&asset, quote);
        }
    }

    fn step(&mut self) {
        let secs = i64::try_from(1 + self.stream.next(90)).unwrap();
        self.stage.world.warp(secs);
        self.move_prices();
        let before: Vec<bool> = self.liquidatable();
        let Done { by, result } = self.act();
        self.stage.world.assert_books();
        let meta = match result {
            Ok(meta) => meta,
            Err(failure) => {
                let known = EXPECTED.iter().any(|error| failure.is(*error));
                assert!(known, "{:?}\n{}", failure.error, failure.logs.join("\n"));
                return;
            }
        };
        // P4: at the same prices nobody becomes liquidatable by an accepted action, own or other.
        for (was, is) in before.into_iter().zip(self.liquidatable()) {
            assert!(
                was || !is,
                "P4 after an action by {:?}",
                by.map(|trader| trader.owner())
            );
        }
        for event in meta.events() {
            self.check_event(&event);
        }
    }

    fn check_event(&mut self, event: &Event) {
        match event {
            Event::AccountLiquidated(event) => {
                let headroom = |margin: freeboard::events::MarginSnapshot| {
                    margin.equity_atoms - margin.margin_atoms
                };
                let solvent = event.before.equity_atoms > 0 && event.notional_atoms > usd(100);
                assert!(
                    !solvent || headroom(event.after) > headroom(event.before),
                    "P7 {} to {}",
                    headroom(event.before),
                    headroom(event.after)
                );
                assert!(
                    event.closed_atoms <= event.size_before_atoms.unsigned_abs(),
                    "P7 flip"
                );
                self.liquidated += 1;
            }
            Event::PositionChanged(_) => self.traded += 1,
            _ => {}
        }
    }

    fn liquidatable(&self) -> Vec<bool> {
        let report = |trader: &Trader| {
            self.stage
                .world
                .client_report(trader)
                .expect("a report")
                .is_liquidatable
        };
        self.traders
            .iter()
            .chain([&self.liquidator, &self.attacker])
            .map(report)
            .collect()
    }
}

fn run(seed: u64) -> (u32, u32) {
    let mut play = Play::new(seed);
    for _ in 0..4_000 {
        play.step();
    }
    (play.traded, play.liquidated)
}

#[test]
fn p4_p6_p7_hold_under_random_actions() {
    let (mut traded, mut liquidated) = (0, 0);
    for seed in [11, 222, 3_333, 44_444] {
        let (trades, liquidations) = run(seed);
        traded += trades;
        liquidated += liquidations;
    }
    assert!(
        traded > 300 && liquidated > 30,
        "{traded} trades, {liquidated} liquidations"
    );
}
