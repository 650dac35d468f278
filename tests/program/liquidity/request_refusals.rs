//! request_liquidity, execute_liquidity, cancel_liquidity: each refusal once.
use crate::liquidity::requests::{
    DELAY_SECS, LIFE_SECS, OPEN_AFTER_SECS, deposited, opened, quote_of,
};
use crate::support::refused;
use freeboard::error::FreeboardError;
use freeboard::instructions::RequestLiquidityArgs;
use freeboard_tests::{
    AssetSpec, ExchangeSpec, Quote, World, liquidity::deposit_of, usd, world::Actor,
};
use solana_signer::Signer;

/// Executed before its delay has passed.
pub fn too_early() {
    let (mut stage, lp) = opened();
    let world = &mut stage.world;
    world.request_deposit(&lp, 0, usd(10)).unwrap();
    world.warp_fresh(DELAY_SECS - 1);
    let sent = world.execute_liquidity(&lp, 0);
    refused(sent, FreeboardError::RequestTooEarly);
    world.warp_fresh(1);
    world.execute_liquidity(&lp, 0).expect("executed");
}

/// Executed after its window.
pub fn expired() {
    let (mut stage, lp) = opened();
    let world = &mut stage.world;
    world.request_deposit(&lp, 0, usd(10)).unwrap();
    world.warp_fresh(LIFE_SECS);
    let sent = world.execute_liquidity(&lp, 0);
    refused(sent, FreeboardError::RequestExpired);
    // Anyone gives it back now, to the LP.
    let anyone = world.actor();
    world.cancel_liquidity(&anyone, &lp, 0).expect("cancelled");
    assert_eq!(quote_of(world, &lp), usd(10));
    world.assert_books();
}

/// Somebody else cancels a request that can still be executed.
pub fn not_expired() {
    let (mut stage, lp) = opened();
    let world = &mut stage.world;
    world.request_deposit(&lp, 0, usd(10)).unwrap();
    world.warp_fresh(LIFE_SECS - 1);
    let stranger = world.actor();
    let sent = world.cancel_liquidity(&stranger, &lp, 0);
    refused(sent, FreeboardError::RequestNotExpired);
    let own = lp.clone();
    world.cancel_liquidity(&own, &lp, 0).expect("his own");
    assert_eq!(quote_of(world, &lp), usd(10));
}

/// Less than the LP asked for.
pub fn below_minimum() {
    let (mut stage, lp) = opened();
    let world = &mut stage.world;
    let mint = world.quote_mint;
    world.mint_to(&lp.pubkey(), &mint, usd(10));
    let args = RequestLiquidityArgs {
        min_out_atoms: usd(10) + 1,
        ..deposit_of(0, usd(10))
    };
    world.request_liquidity(&lp, args).unwrap();
    world.warp_fresh(DELAY_SECS);
    let sent = world.execute_liquidity(&lp, 0);
    refused(sent, FreeboardError::PayoutBelowMinimum);
}

/// Nothing.
pub fn zero() {
    let (mut stage, lp) = opened();
    let sent = stage.world.request_deposit(&lp, 0, 0);
    refused(sent, FreeboardError::AmountZero);
}

/// A deposit beyond the pool's cap.
pub fn cap() {
    let mut spec = ExchangeSpec::default();
    spec.pool.pool_cap_quote_atoms = usd(1_000);
    let mut world = World::with(spec);
    world.create_asset(AssetSpec::sol());
    let lp = world.actor();
    world.request_deposit(&lp, 0, usd(1_000) + 1).unwrap();
    world.request_deposit(&lp, 1, usd(1_000)).unwrap();
    world.warp_fresh(DELAY_SECS);
    let sent = world.execute_liquidity(&lp, 0);
    refused(sent, FreeboardError::PoolCapExceeded);
    world.execute_liquidity(&lp, 1).expect("up to the cap");
}

/// Less than a share is worth, and less than the shares that are locked.
pub fn too_small() {
    let mut world = World::new();
    world.create_asset(AssetSpec::sol());
    let lp = world.actor();
    world.request_deposit(&lp, 0, 1_000).unwrap();
    world.warp_fresh(DELAY_SECS);
    let sent = world.execute_liquidity(&lp, 0);
    refused(sent, FreeboardError::LpAmountTooSmall);
}

/// By somebody else before the last hours; the executor that the LP named may.
pub fn not_executor() {
    let (mut stage, lp) = opened();
    let world = &mut stage.world;
    let [named, stranger] = [(); 2].map(|()| world.actor());
    let mint = world.quote_mint;
    world.mint_to(&lp.pubkey(), &mint, usd(20));
    for (number, executor) in [(0, Some(named.pubkey())), (1, None)] {
        let args = RequestLiquidityArgs {
            executor,
            ..deposit_of(number, usd(10))
        };
        world.request_liquidity(&lp, args).unwrap();
    }
    world.warp_fresh(DELAY_SECS);
    for (by, number) in [(&stranger, 0), (&stranger, 1), (&named, 1)] {
        let sent = world.execute_liquidity_as(by, &lp, number);
        refused(sent, FreeboardError::NotExecutor);
    }
    let named = world.execute_liquidity_as(&named, &lp, 0);
    named.expect("the executor");
    world.warp_fresh(OPEN_AFTER_SECS - DELAY_SECS - 1);
    let early = world.execute_liquidity_as(&stranger, &lp, 1);
    refused(early, FreeboardError::NotExecutor);
    world.warp_fresh(1);
    let open = world.execute_liquidity_as(&stranger, &lp, 1);
    open.expect("the last three hours");
    assert_eq!(world.shares_of(&lp), usd(20));
}

/// By somebody else where prices leave more doubt than 1 % of the pool; the LP itself may.
pub fn values_apart() {
    let (mut stage, lp) = opened();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let whale = world.new_trader(usd(20_000_000));
    world.trade(&whale, &sol, sol.atoms(200_000.0)).unwrap();
    world.request_deposit(&lp, 0, usd(10)).unwrap();
    world.warp_fresh(OPEN_AFTER_SECS);
    // $30 M of exposure, of which 1.9 % below and 4.9 % above the price are in doubt: 2 % of $100 M.
    let doubtful = Quote::usd(150.0, world.now())
        .with_conf(0.009)
        .with_ema(1.049);
    world.set_price(&sol, doubtful);
    let stranger = world.actor();
    let apart = world.execute_liquidity_as(&stranger, &lp, 0);
    refused(apart, FreeboardError::PoolValuesApart);
    let mut own = world.clone();
    own.execute_liquidity(&lp, 0).expect("by the LP");
    let surer = Quote::usd(150.0, world.now());
    world.set_price(&sol, surer);
    let near = world.execute_liquidity_as(&stranger, &lp, 0);
    near.expect("by anyone");
}

/// Paid to another account of the LP than it named, by whoever executes or gives back.
pub fn another_destination() {
    let (mut stage, lp) = opened();
    let world = &mut stage.world;
    let shares = deposited(world, &lp, usd(10));
    world.request_redeem(&lp, 0, shares).unwrap();
    world.request_deposit(&lp, 1, usd(10)).unwrap();
    world.warp_fresh(OPEN_AFTER_SECS);
    let stranger = world.actor();
    let (quote, share_mint) = (world.quote_mint, world.share_mint());
    let hidden = world.new_token_account(&lp, &quote, &[]);
    let mut execute = world.execute_liquidity_instruction(&stranger, &lp, 0);
    execute.accounts[5].pubkey = hidden;
    let sent = world.send(&[execute], &[&stranger]);
    refused(sent, FreeboardError::DestinationMismatch);
    world.warp_fresh(LIFE_SECS - OPEN_AFTER_SECS);
    for (number, mint) in [(0, share_mint), (1, quote)] {
        let hidden = world.new_token_account(&lp, &mint, &[]);
        let bent = |world: &mut World, by: &Actor| {
            let mut cancel = world.cancel_liquidity_instruction(by, &lp, number);
            cancel.accounts[7].pubkey = hidden;
            world.send(&[cancel], &[by])
        };
        let sent = bent(world, &stranger);
        refused(sent, FreeboardError::DestinationMismatch);
        bent(&mut world.clone(), &lp.clone()).expect("the LP chooses");
        let back = world.cancel_liquidity(&stranger, &lp, number);
        back.expect("where it came from");
    }
    assert_eq!(world.shares_of(&lp), shares);
    world.assert_books();
}
