//! What is owed along the skew: rebates, pushed skews, and trades around somebody else's. Markets of the shipped
//! parameters; every attacker trades in one step, for which a real market makes him wait.
mod rebates;
mod reduces;
mod sandwiches;

pub use reduces::impact_beyond_equity;

use anchor_lang::solana_program::instruction::Instruction;
use freeboard::instructions::TradeArgs;
use freeboard_client::parameters::ParameterFile;
use freeboard_client::{instructions, slots};
use freeboard_tests::world::Actor;
use freeboard_tests::{AssetHandle, AssetSpec, Quote, Trader, World, usd};

/// A market as shipped at its last recorded price, calm or as stressed as a new one.
pub fn shipped(name: &str, dollars: f64, is_calm: bool) -> AssetSpec {
    let text = include_str!("../../../../migrations/parameters/default.toml");
    let file = ParameterFile::parse(text).expect("the shipped parameters");
    let entry = file.asset(name).expect("a shipped asset");
    let mut spec = AssetSpec::new(name, dollars);
    (spec.params, spec.oracle, spec.trade) =
        (entry.params.into(), entry.oracle.into(), entry.trade.into());
    spec.trade.one_step_fills = 1;
    // No open-interest add-on in the attackers' way.
    spec.params.oi_lo_quote_atoms = 10 * spec.params.depth_quote_atoms;
    spec.params.oi_hi_quote_atoms = 50 * spec.params.depth_quote_atoms;
    if is_calm {
        spec.params.sigma_initial_e9 = spec.params.sigma_floor_e9;
        spec.params.warmup_samples = 1;
    }
    spec
}

/// One market and its units.
struct Market {
    world: World,
    asset: AssetHandle,
    price: f64,
    spent: u64,
}

impl Market {
    fn new(name: &str, price: f64, is_calm: bool) -> Self {
        let mut world = World::market([shipped(name, price, is_calm)]);
        world.fund_pool(usd(400_000_000)).expect("a pool of $500 M");
        let asset = world.handle_of(0);
        world.sweep(&asset).expect("swept");
        let mut market = Self {
            world,
            asset,
            price,
            spent: 0,
        };
        market.certain(price);
        market
    }

    /// The cap of one account and of a side, whole units.
    fn caps(&self) -> (f64, f64) {
        let trade = self.world.asset(0).trade;
        let units = |atoms: u64| atoms as f64 / 10f64.powi(i32::from(self.asset.decimals));
        (
            units(trade.account_cap_atoms),
            units(trade.open_interest_cap_atoms),
        )
    }

    /// Accounts of one owner with this much each.
    fn accounts(&mut self, owner: &Actor, from: u16, count: u16, deposit: u64) -> Vec<Trader> {
        self.spent += u64::from(count) * deposit;
        (from..from + count)
            .map(|number| self.world.new_sub_account(owner, number, deposit))
            .collect()
    }

    fn trade(&mut self, trader: &Trader, units: f64) {
        let (asset, atoms) = (self.asset.clone(), self.asset.atoms(units));
        let sent = self.world.trade(trader, &asset, atoms);
        sent.unwrap_or_else(|failure| panic!("{units}: {failure:?}"));
    }

    fn close(&mut self, trader: &Trader) {
        let size = self.world.size_of(trader, 0);
        if size != 0 {
            let asset = self.asset.clone();
            self.world.trade(trader, &asset, -size).expect("closed");
        }
    }

    fn moves_to(&mut self, price: f64) {
        self.price = price;
        self.world.warp(2);
        self.certain(price);
    }

    /// A price without a doubt: no spread in the attackers' way but that of its age.
    fn certain(&mut self, price: f64) {
        let quote = Quote {
            conf: 0,
            ..Quote::usd(price, self.world.now())
        };
        self.world.set_price(&self.asset.clone(), quote);
    }

    /// Equity and maintenance margin.
    fn health(&mut self, trader: &Trader) -> (i64, i64) {
        let report = self.world.view(trader).expect("a report").maintenance;
        (report.equity_atoms, report.margin_atoms)
    }

    /// A trade at any price, unsent, with the pool.
    fn trade_instruction(&self, trader: &Trader, units: f64) -> Instruction {
        let args: TradeArgs = self.world.trade_args(&self.asset, self.asset.atoms(units));
        let metas = self.world.metas(
            &slots::order_of_trade(&self.world.margin_account(&trader.margin_account), 0),
            &[0],
        );
        let (owner, address) = (trader.owner(), trader.margin_account);
        instructions::trade(&self.world.keys, true, owner, address, args, metas)
    }
}

/// What an account needs at least to buy this much, to the nearest thousand dollars.
fn least_deposit(market: &mut Market, owner: &Actor, number: u16, units: f64) -> u64 {
    let (mut low, mut high) = (0, 20_000);
    while high - low > 1 {
        let middle = (low + high) / 2;
        let mut world = market.world.clone();
        let trader = world.new_sub_account(owner, number, usd(1_000 * middle));
        if world
            .trade(&trader, &market.asset, market.asset.atoms(units))
            .is_ok()
        {
            high = middle;
        } else {
            low = middle;
        }
    }
    usd(1_000 * high)
}
