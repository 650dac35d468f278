//! What the thief announces: all that would drain the exchange if it could be done at once.
use super::{siege::Siege, thief::Thief};
use anchor_lang::solana_program::instruction::Instruction;
use freeboard::state::{Change, FeedBinding, Role};
use freeboard_client::instructions::{self, NewAsset};
use freeboard_tests::{AssetHandle, AssetSpec, World, governance::TIMELOCK_SECS};
use solana_signer::Signer;

/// A token of the thief's, $1,000 each by a price account that he publishes to, with full collateral weight.
pub fn fake() -> AssetSpec {
    let mut spec = AssetSpec::new("FAKE", 1_000.0)
        .with_collateral()
        .with_legacy_feed();
    spec.trade.pool_share_e9 = 0;
    // As little margin on as much of it as the hard bounds let him list.
    let params = &mut spec.params;
    (params.k_e9, params.s_floor_e9) = (2_000_000_000, 5_000_000);
    params.max_rate_per_h_e9 = 0;
    params.depth_quote_atoms = 1_000_000_000_000_000_000;
    params.oi_lo_quote_atoms = 10 * params.depth_quote_atoms;
    params.oi_hi_quote_atoms = 11 * params.depth_quote_atoms;
    spec
}

/// What would drain the exchange if it could be done at once. Listings are proposed apart.
pub fn looser(world: &World, thief: &Thief) -> Vec<Change> {
    let (exchange, sol) = (world.exchange(), world.asset(0));
    let (mut pool, mut liquidation) = (exchange.pool, exchange.liquidation);
    pool.borrow_cap_quote_atoms = u64::MAX;
    pool.lp_delay_secs = 604_800;
    liquidation.penalty_abs_e9 = 100_000_000;
    liquidation.liquidator_share_e9 = 1_000_000_000;
    liquidation.grace_secs = 0;
    let (mut risk, mut trade) = (sol.params, sol.trade);
    risk.k_e9 = 2_000_000_000;
    risk.s_floor_e9 = 5_000_000;
    trade.open_interest_cap_atoms = trade.skew_scale_atoms / 400; // half of the floor of 0.5 %
    trade.account_cap_atoms = trade.open_interest_cap_atoms;
    trade.taker_fee_e9 = 0;
    let mut portfolio = exchange.portfolio;
    portfolio.upnl_weight_e9 = 500_000_000;
    vec![
        Change::Portfolio { params: portfolio },
        Change::Liquidation {
            params: liquidation,
        },
        Change::Pool { params: pool },
        Change::Timelock {
            secs: exchange.timelock_secs + 1,
        },
        Change::OfferRole {
            role: Role::Guardian,
            holder: thief.keypair.pubkey(),
        },
        Change::OfferRole {
            role: Role::RiskManager,
            holder: thief.keypair.pubkey(),
        },
        Change::AssetRisk {
            asset_index: 0,
            params: Box::new(risk),
        },
        Change::AssetTrade {
            asset_index: 0,
            params: trade,
        },
        Change::SettleDeadFeed { asset_index: 0 },
        Change::WindDown { asset_index: 1 },
    ]
}

/// The real feed of another asset: the thief cannot forge one, but he may bind the wrong one.
pub fn feed_of(world: &World, index: u16) -> FeedBinding {
    let handle = world.handle_of(index);
    FeedBinding {
        kind: handle.feed_kind.oracle_kind(),
        feed: handle.feed_id,
    }
}

/// Announces the listing of the thief's token, if he can; what carries it out a timelock later.
pub fn announce_fake(siege: &mut Siege) -> (AssetHandle, Instruction) {
    let Siege { world, thief, .. } = siege;
    let now = world.now();
    // The harness proposes a timelock ago; with the clock ahead by as much that is now.
    world.set_time(now + TIMELOCK_SECS);
    let governance = std::mem::replace(&mut world.governance, thief.governance.clone());
    let prepared = world.prepare_asset(&fake());
    world.governance = governance;
    world.set_time(now);
    prepared.unwrap_or_else(|_| {
        let nowhere = NewAsset {
            payer: world.payer.pubkey(),
            proposer: world.payer.pubkey(),
            exchange: world.exchange,
            index: 2,
            feed: world.handle_of(0).feed,
            mint: None,
        };
        (world.handle_of(0), instructions::create_asset(nowhere, 0))
    })
}
