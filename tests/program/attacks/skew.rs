//! What is owed along the skew: rebates, pushed skews, and trades around somebody else's. Markets of the shipped
//! parameters; every attacker trades in one step, for which a real market makes him wait.
use super::{dollars, wealth};
use crate::support::refused;
use anchor_lang::solana_program::instruction::Instruction;
use freeboard::error::FreeboardError;
use freeboard::instructions::Closing;
use freeboard::instructions::LiquidateArgs;
use freeboard::instructions::TradeArgs;
use freeboard_client::{instructions, parameters::ParameterFile, slots};
use freeboard_tests::{AssetHandle, AssetSpec, Quote, Trader, World, usd, world::Actor};

/// A market as shipped at its last recorded price, calm or as stressed as a new one.
fn shipped(name: &str, dollars: f64, is_calm: bool) -> AssetSpec {
    let text = include_str!("../../../migrations/parameters/default.toml");
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

/// What one owner gains who sells to the cap, buys it all back with other accounts at a rebate, lets the price fall
/// without a gap until these are liquidated, and closes what he sold; and what the pool loses.
fn keep_a_rebate(name: &str, price: f64) -> (i64, i128) {
    let mut market = Market::new(name, price, true);
    let owner = market.world.actor();
    let (account_cap, cap) = market.caps();
    let count = (cap / account_cap).floor() as u16;
    let shorts = market.accounts(&owner, 0, count, usd(20_000_000));
    let keeper = market.accounts(&owner, 90, 1, usd(1_000))[0].clone();
    let before = market.world.books().pool_atoms;
    for short in &shorts {
        market.trade(short, -account_cap);
    }
    market.world.warp_fresh(1);
    let mut longs = Vec::new();
    for number in 0..count {
        // The least deposit that the initial margin takes: profit counts nothing there.
        let deposit = least_deposit(&mut market, &owner, 100 + number, account_cap);
        let long = market.accounts(&owner, 100 + number, 1, deposit)[0].clone();
        market.trade(&long, account_cap);
        market.world.warp_fresh(1);
        longs.push(long);
    }
    // Steps of a quarter per cent; the owner's keeper is the first at every account.
    let mut hedged = Vec::new();
    for _ in 0..120 {
        market.moves_to(market.price * 0.9975);
        for long in &longs {
            let (equity, margin) = market.health(long);
            if market.world.size_of(long, 0) == 0 || 3 * equity >= 2 * margin {
                continue;
            }
            let asset = market.asset.clone();
            market
                .world
                .liquidate(&keeper, long, &asset, Closing::PositionByPool)
                .expect("deep");
            // What he sold against it is hedged elsewhere from now on.
            hedged.push(market.price);
        }
        if hedged.len() == longs.len() {
            break;
        }
    }
    assert_eq!(hedged.len(), longs.len(), "all are closed");
    for short in &shorts {
        market.world.warp_fresh(1);
        market.close(short);
    }
    let hedge: f64 = hedged
        .iter()
        .map(|at| account_cap * (market.price - at))
        .sum();
    let mut all: Vec<&Trader> = shorts.iter().chain(&longs).collect();
    all.push(&keeper);
    let spent = i64::try_from(market.spent).unwrap();
    let gain = wealth(&market.world, &all) - spent + dollars(hedge as i64);
    market.world.rebalance().expect("collected");
    market.world.assert_books();
    (gain, market.world.books().pool_atoms - before)
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

#[test]
fn a_rebate_is_not_kept_without_a_gap() {
    // The rebate was up to 4.5 % of a BTC position whose margin was 2.4 %, and what an account could not give back
    // stayed with its owner; it is at most half of the margin now, so that a price that moves in steps leaves
    // enough to give it back.
    for (name, price) in [("BTC", 71_742.0), ("SOL", 93.08)] {
        let (gain, pool) = keep_a_rebate(name, price);
        println!("{name}: rebate kept: gain {gain}, pool {pool}");
        assert!(gain < 0, "{name}: {gain}");
        assert!(pool > 0, "{name}: {pool}");
    }
}

/// What an owner gains who closes a loser, almost without equity, at a skew that he has pushed to the cap with other
/// accounts, and then closes those; and what the loser's account is below zero.
fn close_a_loser_at_a_pushed_skew() -> (i64, i64) {
    let mut market = Market::new("BTC", 71_742.0, false);
    let owner = market.world.actor();
    let (account_cap, cap) = market.caps();
    let count = (cap / account_cap).floor() as u16;
    let deposit = least_deposit(&mut market, &owner, 90, account_cap);
    let loser = market.accounts(&owner, 90, 1, deposit)[0].clone();
    market.trade(&loser, account_cap);
    market.world.warp_fresh(1);
    // The price takes nearly everything.
    let (equity, _) = market.health(&loser);
    let left = dollars(20_000);
    let fall = (equity - left) as f64 / 1e6 / account_cap;
    let shorts = market.accounts(&owner, 0, count, usd(30_000_000));
    market.moves_to(market.price - fall);
    for short in &shorts {
        market.trade(short, -account_cap);
    }
    market.world.warp_fresh(1);
    let size = market.world.size_of(&loser, 0);
    let asset = market.asset.clone();
    let sent = market.world.trade(&loser, &asset, -size);
    if let Err(failure) = sent {
        println!("loser's close refused: {:?}", failure.code);
    }
    let (equity, _) = market.health(&loser);
    market.world.warp_fresh(1);
    for short in &shorts {
        market.close(short);
    }
    let mut all: Vec<&Trader> = shorts.iter().collect();
    all.push(&loser);
    let lost = dollars((fall * account_cap) as i64);
    let spent = i64::try_from(market.spent).unwrap();
    market.world.assert_books();
    // The fall itself is hedged elsewhere.
    (wealth(&market.world, &all) + lost - spent, equity)
}

#[test]
fn a_loser_closed_at_a_pushed_skew_leaves_no_bad_debt() {
    let (gain, equity) = close_a_loser_at_a_pushed_skew();
    println!("loser closed at a pushed skew: gain {gain}, its equity {equity}");
    assert!(equity >= 0, "{equity}");
    assert!(gain < 0, "{gain}");
}

/// A SOL market in which five accounts of 125,000 SOL are about to be liquidated whole, and somebody who sells as much
/// as one account may hold before them and buys it back after them, all in one transaction.
fn sandwich_liquidations(is_sandwiched: bool) -> i64 {
    let mut market = Market::new("SOL", 93.08, true);
    let victims: Vec<Trader> = (0..5)
        .map(|_| {
            let victim = market.world.new_trader(usd(3_000_000));
            market.trade(&victim, 125_000.0);
            market.world.warp_fresh(1);
            victim
        })
        .collect();
    let attacker = market.world.new_trader(usd(20_000_000));
    // Almost nothing is left of the one who paid most for opening.
    let (equity, _) = market.health(&victims[4]);
    let fall = (equity - dollars(5_000)) as f64 / 1e6 / 125_000.0;
    market.moves_to(market.price - fall);
    for victim in &victims {
        let (equity, margin) = market.health(victim);
        assert!(
            0 < equity && 3 * equity < 2 * margin,
            "{equity} of {margin}"
        );
    }
    let before = wealth(&market.world, &[&attacker]);
    let args = LiquidateArgs {
        asset_index: 0,
        max_size_atoms: u64::MAX,
        closing: Closing::PositionByPool,
    };
    let keeper = market.world.new_trader(usd(1_000));
    let mut all = Vec::new();
    let most = 125_000.0;
    if is_sandwiched {
        all.push(market.trade_instruction(&attacker, -most));
    }
    let liquidations = victims
        .iter()
        .map(|victim| market.world.liquidate_instruction(&keeper, victim, args));
    all.extend(liquidations);
    if is_sandwiched {
        // Its slots will be those of the position that the first instruction opens.
        all.push(market.trade_instruction(&attacker, most));
    }
    let sent = market
        .world
        .send(&all, &[&attacker.keypair, &keeper.keypair]);
    sent.expect("one transaction");
    for victim in &victims {
        assert_eq!(market.world.size_of(victim, 0), 0);
    }
    assert_eq!(market.world.size_of(&attacker, 0), 0);
    market.world.assert_books();
    wealth(&market.world, &[&attacker]) - before
}

#[test]
fn selling_before_five_liquidations_and_buying_after_them_in_one_transaction_loses() {
    assert_eq!(sandwich_liquidations(false), 0);
    let gain = sandwich_liquidations(true);
    println!("sandwich of five liquidations: gain {gain}");
    assert!(gain < 0, "{gain}");
}

/// What somebody gains who buys, fills a stranger's order to buy 125,000 SOL, and sells again.
fn sandwich_an_order() -> i64 {
    let mut market = Market::new("SOL", 93.08, true);
    let victim = market.world.new_trader(usd(20_000_000));
    let attacker = market.world.new_trader(usd(20_000_000));
    let size = market.asset.atoms(125_000.0);
    let args = market.world.order_args(&market.asset, size);
    let order = market.world.request_order(&victim, args).expect("an order");
    market.world.warp_fresh(2);
    let before = wealth(&market.world, &[&attacker]);
    let all = [
        market.trade_instruction(&attacker, 125_000.0),
        market.world.fill_order_instruction(&victim, order, true),
        market.trade_instruction(&attacker, -125_000.0),
    ];
    let sent = market.world.send(&all, &[&attacker.keypair]);
    sent.expect("one transaction");
    assert_eq!(market.world.size_of(&victim, 0), size);
    wealth(&market.world, &[&attacker]) - before
}

#[test]
fn buying_before_a_strangers_order_and_selling_after_it_loses() {
    let gain = sandwich_an_order();
    println!("sandwich of an order: gain {gain}");
    assert!(gain < 0, "{gain}");
}

#[test]
fn a_loser_is_not_closed_for_less_by_pushing_the_skew_back_first() {
    // In a market of shorts the owner of a long that is to be liquidated buys in the same second with another
    // account, so that the sale of the long would bring the skew towards zero, and sells again after it.
    let gain = |is_pushed: bool| {
        let mut market = Market::new("SOL", 93.08, true);
        for _ in 0..3 {
            let honest = market.world.new_trader(usd(20_000_000));
            market.trade(&honest, -125_000.0);
        }
        market.world.warp_fresh(1);
        let loser = market.world.new_trader(usd(3_000_000));
        let other = market.world.new_trader(usd(20_000_000));
        market.trade(&loser, 125_000.0);
        let (equity, margin) = market.health(&loser);
        let fall = (equity - margin * 2 / 5) as f64 / 1e6 / 125_000.0;
        market.moves_to(market.price - fall);
        let before = wealth(&market.world, &[&loser, &other]);
        if is_pushed {
            market.trade(&other, 125_000.0);
        }
        let asset = market.asset.clone();
        market
            .world
            .liquidate(&other, &loser, &asset, Closing::PositionByPool)
            .expect("deep");
        if is_pushed {
            market.trade(&other, -125_000.0);
        }
        wealth(&market.world, &[&loser, &other]) - before
    };
    let (plain, pushed) = (gain(false), gain(true));
    println!("liquidated: {plain}, behind a push: {pushed}");
    assert!(pushed < plain, "{pushed} {plain}");
}

#[test]
fn a_reduce_is_not_refused_for_what_the_skew_costs() {
    // A lone short beside shorts up to the cap of longs that leave nothing: buying it back where others are long up
    // to the cap costs less than the margin it frees.
    let mut market = Market::new("BTC", 71_742.0, true);
    let (account_cap, cap) = market.caps();
    let mut left = cap;
    while left >= 1.0 {
        let honest = market.world.new_trader(usd(30_000_000));
        let part = left.min(account_cap);
        market.trade(&honest, part);
        market.world.warp_fresh(1);
        left -= part;
    }
    let owner = market.world.actor();
    let deposit = least_deposit(&mut market, &owner, 0, -10.0);
    let trader = market.accounts(&owner, 0, 1, deposit)[0].clone();
    market.trade(&trader, -10.0);
    market.world.warp_fresh(1);
    // The rebate and the initial margin's part beyond maintenance are lost.
    let (equity, margin) = market.health(&trader);
    let rise = (equity - margin * 115 / 100) as f64 / 1e6 / 10.0;
    market.moves_to(market.price + rise);
    let (equity, _) = market.health(&trader);
    assert!(equity > 0, "{equity}");
    let asset = market.asset.clone();
    let sent = market.world.trade(&trader, &asset, market.asset.atoms(1.0));
    sent.expect("a reduce");
    market.close(&trader);
    assert!(wealth(&market.world, &[&trader]) > 0);
}

#[test]
fn a_hedge_that_leaves_makes_no_room_for_exposure() {
    // Longs up to what the pool's cash carries, a short against them, as many longs again, and the short leaves.
    let mut spec = shipped("SOL", 93.08, true);
    spec.trade.pool_share_e9 = 10_000_000;
    let mut world = World::market([spec]);
    let sol = world.handle_of(0);
    let grow = |world: &mut World, limit: f64| {
        let mut open = 0.0;
        for units in [100_000.0, 10_000.0, 1_000.0] {
            while open + units <= limit {
                let trader = world.new_trader(usd(20_000_000));
                match world.trade(&trader, &sol, sol.atoms(units)) {
                    Ok(_) => open += units,
                    Err(failure) => {
                        assert!(
                            failure.is(FreeboardError::PoolUtilizationExceeded),
                            "{failure:?}"
                        );
                        break;
                    }
                }
            }
        }
        open
    };
    let first = grow(&mut world, 600_000.0);
    let hedge = world.new_trader(usd(30_000_000));
    let most = first.min(125_000.0);
    world
        .trade(&hedge, &sol, -sol.atoms(most))
        .expect("a hedge");
    let more = grow(&mut world, 125_000.0);
    world
        .trade(&hedge, &sol, sol.atoms(most))
        .expect("it leaves");
    println!(
        "util_max: {first} SOL, {} after a hedge came and went",
        first + more
    );
    assert!(first >= 10_000.0 && more < 10_000.0, "{first} {more}");
}

/// An account below zero cannot close at a skew that it would have to pay for.
pub fn impact_beyond_equity() {
    let mut market = Market::new("SOL", 93.08, true);
    let honest = market.world.new_trader(usd(20_000_000));
    let trader = market.world.new_trader(usd(200_000));
    market.trade(&trader, 10_000.0);
    market.trade(&honest, -100_000.0);
    let (equity, _) = market.health(&trader);
    let fall = (equity + dollars(1_000)) as f64 / 1e6 / 10_000.0;
    market.moves_to(market.price - fall);
    let asset = market.asset.clone();
    let sent = market
        .world
        .trade(&trader, &asset, -market.asset.atoms(10_000.0));
    refused(sent, FreeboardError::ImpactExceedsEquity);
    // With the shorts gone there is nothing to pay for, and it can.
    market.world.warp_fresh(1);
    market.close(&honest);
    market.world.warp_fresh(1);
    market.close(&trader);
}

#[test]
fn a_reduce_below_zero_waits_for_a_skew_that_costs_nothing() {
    impact_beyond_equity();
}

#[test]
fn a_reduce_is_cut_to_what_equity_pays() {
    let mut market = Market::new("SOL", 93.08, true);
    let trader = market.world.new_trader(usd(200_000));
    market.trade(&trader, 10_000.0);
    for _ in 0..3 {
        let honest = market.world.new_trader(usd(20_000_000));
        market.trade(&honest, -125_000.0);
        market.world.warp_fresh(1);
    }
    let (equity, _) = market.health(&trader);
    let fall = (equity - dollars(3_000)) as f64 / 1e6 / 10_000.0;
    market.moves_to(market.price - fall);
    let asset = market.asset.clone();
    let sent = market
        .world
        .trade(&trader, &asset, -market.asset.atoms(10_000.0));
    sent.expect("a part of it");
    let left = market.world.size_of(&trader, 0);
    let (equity, _) = market.health(&trader);
    assert!(0 < left && left < market.asset.atoms(9_000.0), "{left}");
    assert!((0..dollars(50)).contains(&equity), "{equity}");
    market.world.assert_books();
}
