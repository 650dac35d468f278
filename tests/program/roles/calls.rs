//! The calls of the table: right in every respect but, perhaps, who makes them.
use super::{
    cast::{Cast, Who},
    governance::{looser, tighter},
};
use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use freeboard::governance::pauses::Operation;
use freeboard::instructions::Closing;
use freeboard::instructions::DeleverageArgs;
use freeboard::instructions::LiquidateArgs;
use freeboard::instructions::OfferRoleArgs;
use freeboard::instructions::OpenMarginAccountArgs;
use freeboard::instructions::ProposeChangeArgs;
use freeboard::instructions::TightenArgs;
use freeboard::instructions::WithdrawProRataArgs;
use freeboard::state::{Change, ImpliedSource, Role};
use freeboard_client::instructions as client;
use freeboard_risk::market::settlement::AVERAGE_SECS;
use freeboard_tests::{
    AssetSpec, ExchangeSpec, FeedKind, NewFeed, Quote, governance::TIMELOCK_SECS,
    liquidity::deposit_of, usd,
};
use solana_signer::Signer;

/// The quote tokens of somebody, whoever it is.
fn purse(cast: &mut Cast, who: Who) -> Pubkey {
    let (key, mint) = (cast.key(who), cast.world.quote_mint);
    cast.world.token_account(&key, &mint)
}

pub fn initialize_exchange(cast: &mut Cast, who: Who) -> Instruction {
    let args = cast.world.exchange_args(&ExchangeSpec::default());
    let keys = cast.world.keys;
    client::initialize_exchange(cast.key(who), keys.quote_mint, keys.quote_program, args)
}

pub fn propose_change(cast: &mut Cast, who: Who) -> Instruction {
    let args = ProposeChangeArgs {
        number: cast.world.next_change(),
        change: looser(&cast.world),
    };
    client::propose_change(
        cast.sponsor.pubkey(),
        cast.key(who),
        cast.world.exchange,
        args,
    )
}

pub fn execute_change(cast: &mut Cast, who: Who) -> Instruction {
    let change = looser(&cast.world);
    cast.world.propose(change.clone()).unwrap();
    cast.world.warp(TIMELOCK_SECS);
    client::execute_change(cast.key(who), &cast.world.waiting(&change))
}

pub fn cancel_change(cast: &mut Cast, who: Who) -> Instruction {
    let change = looser(&cast.world);
    cast.world.propose(change.clone()).unwrap();
    client::cancel_change(cast.key(who), &cast.world.waiting(&change))
}

pub fn tighten(cast: &mut Cast, who: Who) -> Instruction {
    let args = TightenArgs {
        version: 0,
        change: tighter(&cast.world),
    };
    client::tighten(cast.key(who), cast.world.exchange, args)
}

pub fn offer_role(cast: &mut Cast, who: Who) -> Instruction {
    let args = OfferRoleArgs {
        number: cast.world.exchange().offer_count(Role::Guardian) + 1,
        role: Role::Guardian,
        holder: cast.key(Who::Stranger),
    };
    client::offer_role(cast.key(who), cast.world.exchange, args)
}

pub fn accept_role(cast: &mut Cast, who: Who) -> Instruction {
    client::accept_role(cast.key(who), cast.world.exchange, Role::Governance)
}

pub fn create_asset(cast: &mut Cast, who: Who) -> Instruction {
    let spec = AssetSpec::new("NEW", 1.0).with_pool_share(0);
    let (_, mut listing) = cast.world.prepare_asset(&spec).unwrap();
    listing.accounts[0].pubkey = cast.key(who);
    listing
}

pub fn migrate_feed(cast: &mut Cast, who: Who) -> Instruction {
    let (sol, feed) = (cast.sol(), NewFeed::new(FeedKind::Receiver));
    let world = &mut cast.world;
    for secs in [0, TIMELOCK_SECS] {
        world.warp_fresh(secs);
        world.publish(&feed, &world.quote(&sol).clone());
        if secs == 0 {
            world.propose_feed(&sol, &feed).unwrap();
        }
    }
    let mut migration = world.migrate_feed_instruction(&sol, &feed);
    migration.accounts[0].pubkey = cast.key(who);
    migration
}

pub fn record_settlement_price(cast: &mut Cast, _: Who) -> Instruction {
    let (sol, world) = (cast.sol(), &mut cast.world);
    world.wind_down(&sol);
    let last_day = world.asset(0).settle_from_ts - AVERAGE_SECS;
    world.warp_fresh(last_day - world.now());
    world.record_settlement_price_instruction(&sol)
}

pub fn settle_position(cast: &mut Cast, _: Who) -> Instruction {
    let sol = cast.sol();
    cast.world.wind_down(&sol);
    cast.world.settle_at(&sol, |_| 150.0);
    cast.world
        .settle_position_instruction(&cast.owner, &sol, false)
}

pub fn open_margin_account(cast: &mut Cast, who: Who) -> Instruction {
    let args = OpenMarginAccountArgs {
        sub_account: 7,
        delegate: Pubkey::default(),
    };
    client::open_margin_account(
        cast.sponsor.pubkey(),
        cast.key(who),
        cast.world.exchange,
        args,
    )
}

pub fn close_margin_account(cast: &mut Cast, who: Who) -> Instruction {
    let owner = cast.owner.keypair.clone();
    let empty = cast.world.new_sub_account(&owner, 9, 0);
    cast.world.next_slot();
    client::close_margin_account(cast.key(who), empty.margin_account)
}

pub fn set_delegate(cast: &mut Cast, who: Who) -> Instruction {
    let delegate = cast.key(Who::Stranger);
    client::set_delegate(cast.key(who), cast.owner.margin_account, delegate)
}

pub fn deposit(cast: &mut Cast, who: Who) -> Instruction {
    let (source, token) = (purse(cast, who), cast.world.quote_token());
    let account = cast.owner.margin_account;
    client::deposit(
        &cast.world.keys,
        &token,
        cast.key(who),
        account,
        source,
        usd(1),
    )
}

pub fn withdraw(cast: &mut Cast, who: Who) -> Instruction {
    let (purse, token, owner) = (
        purse(cast, who),
        cast.world.quote_token(),
        cast.owner.clone(),
    );
    let metas = cast.world.account_metas(&owner, &[]);
    let (key, account) = (cast.key(who), owner.margin_account);
    client::withdraw(&cast.world.keys, &token, key, account, purse, usd(1), metas)
}

pub fn trade(cast: &mut Cast, who: Who) -> Instruction {
    let args = cast.world.trade_args(&cast.sol(), cast.sol().atoms(1.0));
    let mut trade = cast.world.trade_instruction(&cast.owner, args);
    trade.accounts[0].pubkey = cast.key(who);
    trade
}

pub fn request_order(cast: &mut Cast, who: Who) -> Instruction {
    let args = cast.world.order_args(&cast.sol(), cast.sol().atoms(1.0));
    client::request_order(
        cast.world.exchange,
        cast.key(who),
        cast.owner.margin_account,
        args,
    )
}

pub fn cancel_order(cast: &mut Cast, who: Who) -> Instruction {
    let order = cast.world.state_of(&cast.owner).order_sequence;
    client::cancel_order(cast.key(who), cast.owner.margin_account, order)
}

pub fn fill_order(cast: &mut Cast, _: Who) -> Instruction {
    let order = cast.world.state_of(&cast.owner).order_sequence;
    cast.world.fill_order_instruction(&cast.owner, order, false)
}

pub fn fill_order_for_a_reward(cast: &mut Cast, _: Who) -> Instruction {
    let order = cast.world.state_of(&cast.owner).order_sequence;
    let paid = Some(&cast.other);
    cast.world
        .paid_fill_instruction(&cast.owner, order, false, paid)
}

pub fn sample_volatility(cast: &mut Cast, _: Who) -> Instruction {
    cast.world.warp_fresh(400);
    let sol = cast.sol();
    client::sample_volatility(cast.world.exchange, sol.address, sol.feed, None)
}

pub fn sample_for_a_reward(cast: &mut Cast, who: Who) -> Instruction {
    let paid = cast.owner.margin_account;
    let mut sample = sample_volatility(cast, who);
    sample.accounts[3] = AccountMeta::new(paid, false);
    sample
}

pub fn show_price(cast: &mut Cast, _: Who) -> Instruction {
    let sol = cast.sol();
    cast.world.set_price_usd(&sol, 150.0);
    client::show_price(sol.address, sol.feed)
}

pub fn show_implied_volatility(cast: &mut Cast, _: Who) -> Instruction {
    let (sol, index) = (cast.sol(), NewFeed::new(FeedKind::Receiver));
    let source = ImpliedSource::Feed {
        feed: index.binding,
    };
    let change = Change::ImpliedVolatility {
        asset_index: sol.index,
        source,
    };
    cast.world.change(change).expect("bound");
    let quote = Quote::usd(250.0, cast.world.now());
    cast.world.publish(&index, &quote);
    client::show_implied_volatility(cast.world.exchange, sol.address, index.address)
}

pub fn announce_absence(cast: &mut Cast, _: Who) -> Instruction {
    let sol = cast.sol();
    cast.world.warp(60);
    client::announce_absence(sol.address, sol.feed)
}

pub fn view_margin(cast: &mut Cast, _: Who) -> Instruction {
    cast.world.view_instruction(&cast.owner)
}

pub fn view_parameters(cast: &mut Cast, _: Who) -> Instruction {
    client::view_parameters(cast.world.exchange, Some(0))
}

pub fn preview_trade(cast: &mut Cast, _: Who) -> Instruction {
    let args = cast.world.trade_args(&cast.sol(), cast.sol().atoms(1.0));
    cast.world.preview_trade_instruction(&cast.owner, args)
}

pub fn preview_liquidation(cast: &mut Cast, _: Who) -> Instruction {
    let closing = Closing::PositionByPool;
    cast.world
        .preview_liquidation_instruction(&cast.owner, 0, closing)
}

pub fn flag(cast: &mut Cast, _: Who) -> Instruction {
    cast.world.flag_instruction(&cast.owner)
}

pub fn flag_several(cast: &mut Cast, _: Who) -> Instruction {
    cast.world.flag_several_instruction(&[&cast.owner], &[])
}

pub fn liquidate_several(cast: &mut Cast, who: Who) -> Instruction {
    let args = LiquidateArgs {
        asset_index: 0,
        max_size_atoms: u64::MAX,
        closing: Closing::PositionByPool,
    };
    let (by, of) = (&cast.liquidator, &cast.owner);
    let mut liquidation = cast
        .world
        .liquidate_several_instruction(by, &[of], args, &[]);
    liquidation.accounts[0].pubkey = cast.key(who);
    liquidation
}

pub fn liquidate(cast: &mut Cast, who: Who) -> Instruction {
    let args = LiquidateArgs {
        asset_index: 0,
        max_size_atoms: u64::MAX,
        closing: Closing::PositionByPool,
    };
    let (by, of) = (&cast.liquidator, &cast.owner);
    let mut liquidation = cast.world.liquidate_instruction(by, of, args);
    liquidation.accounts[0].pubkey = cast.key(who);
    liquidation
}

pub fn fund_pool(cast: &mut Cast, who: Who) -> Instruction {
    let source = purse(cast, who);
    client::fund_pool(&cast.world.keys, cast.key(who), source, usd(1))
}

pub fn sweep_pool(cast: &mut Cast, _: Who) -> Instruction {
    client::sweep_pool(&cast.world.keys, &[cast.sol().address])
}

pub fn rebalance_pool(cast: &mut Cast, _: Who) -> Instruction {
    client::rebalance_pool(&cast.world.keys, cast.world.all_metas())
}

pub fn request_liquidity(cast: &mut Cast, who: Who) -> Instruction {
    let args = deposit_of(1, usd(10));
    let (source, key) = (purse(cast, who), cast.key(who));
    let shares = cast.world.share_mint();
    let destination = cast.world.token_account(&key, &shares);
    client::request_liquidity(&cast.world.keys, key, source, destination, args)
}

pub fn execute_liquidity(cast: &mut Cast, who: Who) -> Instruction {
    let (by, lp) = (cast.actor(who).clone(), cast.actor(Who::Lp).clone());
    cast.world.execute_liquidity_instruction(&by, &lp, 0)
}

pub fn cancel_liquidity(cast: &mut Cast, who: Who) -> Instruction {
    let (by, lp) = (cast.actor(who).clone(), cast.actor(Who::Lp).clone());
    cast.world.cancel_liquidity_instruction(&by, &lp, 0)
}

pub fn settle_loss(cast: &mut Cast, _: Who) -> Instruction {
    let (loser, metas) = (cast.liquidator.margin_account, cast.world.all_metas());
    client::settle_loss(&cast.world.keys, loser, 0, metas)
}

pub fn resolve_bankruptcy(cast: &mut Cast, _: Who) -> Instruction {
    let (loser, metas) = (cast.liquidator.margin_account, cast.world.all_metas());
    client::resolve_bankruptcy(&cast.world.keys, loser, metas)
}

pub fn deleverage(cast: &mut Cast, _: Who) -> Instruction {
    let args = DeleverageArgs {
        asset_index: 0,
        max_size_atoms: u64::MAX,
    };
    let (winner, metas) = (cast.other.margin_account, cast.world.all_metas());
    client::deleverage(&cast.world.keys, winner, args, metas)
}

pub fn borrow(cast: &mut Cast, who: Who) -> Instruction {
    let (destination, metas) = (purse(cast, who), cast.world.all_metas());
    let amount = cast.world.quote_of(&cast.owner).unsigned_abs() + usd(1);
    let (key, account) = (cast.key(who), cast.owner.margin_account);
    client::borrow(&cast.world.keys, key, account, destination, amount, metas)
}

pub fn withdraw_pro_rata(cast: &mut Cast, who: Who) -> Instruction {
    let args = WithdrawProRataArgs {
        amount_atoms: usd(10),
        min_received_atoms: 1,
    };
    let (destination, metas) = (purse(cast, who), cast.world.all_metas());
    let (key, account) = (cast.key(who), cast.owner.margin_account);
    client::withdraw_pro_rata(&cast.world.keys, key, account, destination, args, metas)
}

pub fn pay_out(cast: &mut Cast, who: Who) -> Instruction {
    let (sol, other) = (cast.sol(), cast.other.clone());
    for units in [250.0, -250.0] {
        let traded = cast.world.trade(&other, &sol, sol.atoms(units));
        traded.expect("fees beyond those that stay for samples");
    }
    cast.world.sweep(&sol).unwrap();
    let (destination, token) = (purse(cast, who), cast.world.quote_token());
    client::pay_out(&cast.world.keys, &token, cast.key(who), destination, 1)
}

pub fn pause(cast: &mut Cast, who: Who) -> Instruction {
    let args = cast.world.pause_args(Operation::Sample, 60);
    client::pause(cast.world.exchange, cast.key(who), args)
}

pub fn unpause(cast: &mut Cast, who: Who) -> Instruction {
    let args = cast.world.unpause_args(Operation::Sample);
    client::pause(cast.world.exchange, cast.key(who), args)
}
