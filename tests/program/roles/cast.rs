//! Everybody who may or may not call an instruction, with real keys, tokens and accounts, and the scenes that
//! they play in.
use crate::liquidation::flag;
use crate::losses;
use crate::support::stage;
use anchor_lang::prelude::Pubkey;
use freeboard::state::{Change, Role};
use freeboard_tests::{AssetHandle, Trader, World, liquidity::deposit_of, usd, world::Actor};
use solana_signer::Signer;

/// Who signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Governance,
    RiskManager,
    Guardian,
    /// Gets the protocol's fees.
    Recipient,
    /// Was offered governance.
    Offered,
    /// Owner of the margin account, and of its orders.
    Owner,
    Delegate,
    /// Owner of the margin account that liquidates.
    Liquidator,
    LiquidatorDelegate,
    /// Owner of the LP request.
    Lp,
    /// Owner of another margin account.
    OtherOwner,
    /// Holds tokens and nothing else.
    Stranger,
}

/// All of them.
pub const EVERYBODY: [Who; 12] = [
    Who::Governance,
    Who::RiskManager,
    Who::Guardian,
    Who::Recipient,
    Who::Offered,
    Who::Owner,
    Who::Delegate,
    Who::Liquidator,
    Who::LiquidatorDelegate,
    Who::Lp,
    Who::OtherOwner,
    Who::Stranger,
];

/// A world and who is who in it.
#[derive(Clone)]
pub struct Cast {
    pub world: World,
    pub owner: Trader,
    pub liquidator: Trader,
    pub other: Trader,
    /// Pays rents, and is nobody.
    pub sponsor: Actor,
    delegate: Actor,
    liquidator_delegate: Actor,
    lp: Actor,
    recipient: Actor,
    offered: Actor,
    stranger: Actor,
}

impl Cast {
    /// The world's people; everybody has quote tokens, governance has offered its role.
    pub fn new(mut world: World, owner: Trader, liquidator: Trader, other: Trader) -> Self {
        let [
            sponsor,
            delegate,
            liquidator_delegate,
            lp,
            recipient,
            offered,
            stranger,
        ] = [(); 7].map(|()| world.actor());
        world.set_delegate(&owner, delegate.pubkey()).unwrap();
        let by = liquidator_delegate.pubkey();
        world.set_delegate(&liquidator, by).unwrap();
        for decided in [
            Change::OfferRole {
                role: Role::Governance,
                holder: offered.pubkey(),
            },
            Change::Payouts {
                recipient: recipient.pubkey(),
                cap_quote_atoms: usd(1_000),
            },
        ] {
            world.change(decided).unwrap();
        }
        let mut cast = Self {
            world,
            owner,
            liquidator,
            other,
            sponsor,
            delegate,
            liquidator_delegate,
            lp,
            recipient,
            offered,
            stranger,
        };
        let mint = cast.world.quote_mint;
        for who in EVERYBODY {
            let key = cast.key(who);
            cast.world.mint_to(&key, &mint, usd(1_000));
            cast.world.svm.airdrop(&key, 1_000_000_000).expect("rent");
        }
        cast
    }

    /// Somebody's keys.
    pub fn actor(&self, who: Who) -> &Actor {
        match who {
            Who::Governance => &self.world.governance,
            Who::RiskManager => &self.world.risk_manager,
            Who::Guardian => &self.world.guardian,
            Who::Recipient => &self.recipient,
            Who::Offered => &self.offered,
            Who::Owner => &self.owner.keypair,
            Who::Delegate => &self.delegate,
            Who::Liquidator => &self.liquidator.keypair,
            Who::LiquidatorDelegate => &self.liquidator_delegate,
            Who::Lp => &self.lp,
            Who::OtherOwner => &self.other.keypair,
            Who::Stranger => &self.stranger,
        }
    }

    /// Somebody's address.
    pub fn key(&self, who: Who) -> Pubkey {
        self.actor(who).pubkey()
    }

    /// Everybody's keys.
    pub fn actors(&self) -> Vec<Actor> {
        let actors = EVERYBODY.map(|who| self.actor(who).clone());
        actors.into_iter().chain([self.sponsor.clone()]).collect()
    }

    /// The first asset.
    pub fn sol(&self) -> AssetHandle {
        self.world.handle_of(0)
    }
}

/// A market in which everybody is well: the owner has quote, collateral, a position and an order.
pub fn well() -> Cast {
    let mut stage = stage();
    let sol = stage.sol.clone();
    stage.trade(&sol, 10.0);
    let (mut world, owner) = (stage.world, stage.trader);
    world
        .deposit_collateral(&owner, &sol, 100_000_000_000)
        .unwrap();
    let [liquidator, other] = [(); 2].map(|()| world.new_trader(usd(50_000)));
    let mut cast = Cast::new(world, owner, liquidator, other);
    let (owner, world) = (cast.owner.clone(), &mut cast.world);
    world.warp_fresh(400);
    let order = world.order_args(&sol, sol.atoms(1.0));
    world.request_order(&owner, order).unwrap();
    world.warp_fresh(1);
    cast
}

/// The same, and the LP's first request has waited long enough.
pub fn requested() -> Cast {
    let mut cast = well();
    let (lp, world) = (cast.lp.clone(), &mut cast.world);
    world
        .request_liquidity(&lp, deposit_of(0, usd(10)))
        .unwrap();
    world.warp_fresh(86_400);
    cast
}

/// The owner is below maintenance margin, flagged for longer than the grace period.
pub fn unwell() -> Cast {
    let stage = flag::unhealthy();
    let (mut world, owner) = (stage.world, stage.trader);
    let [liquidator, other] = [(); 2].map(|()| world.new_trader(usd(500_000)));
    let mut cast = Cast::new(world, owner, liquidator, other);
    cast.world.flag(&cast.owner.clone()).unwrap();
    cast.world.warp_fresh(11);
    cast
}

/// A pool that owes more than it has: the owner has cashed a gain, the liquidator's account is the loser's
/// counterpart and below zero, the other one still wins.
pub fn poor() -> Cast {
    let (mut world, sol, winner, loser) = losses::poor_pool();
    let second = world.new_trader(usd(30_000));
    world.trade(&second, &sol, sol.atoms(50.0)).unwrap();
    let mut cast = Cast::new(world, winner, loser, second);
    let (winner, world) = (cast.owner.clone(), &mut cast.world);
    world.warp_fresh(60);
    world.set_price_usd(&sol, 260.0);
    world
        .trade(&winner, &sol, -sol.atoms(700.0))
        .expect("cashes");
    cast
}

/// A little later the loser has lost all and its position is closed.
pub fn bankrupt() -> Cast {
    let mut cast = poor();
    let (loser, sol) = (cast.liquidator.clone(), cast.sol());
    let world = &mut cast.world;
    world.close_severe(&loser, &sol);
    cast
}

/// And what it owed is a deficit that everybody knows of.
pub fn deficit() -> Cast {
    let mut cast = bankrupt();
    let loser = cast.liquidator.clone();
    cast.world.resolve_bankruptcy(&loser).expect("resolved");
    assert!(cast.world.pool().deficit_atoms > 0);
    cast.world.warp_fresh(300);
    cast
}
