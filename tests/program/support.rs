//! What the tests share: refusals and how they are recorded, instructions with one thing wrong, and
//! the stage most tests play on.
use anchor_lang::{error::ErrorCode, prelude::Pubkey, solana_program::instruction::Instruction};
use freeboard::error::FreeboardError;
use freeboard_tests::{AssetHandle, AssetSpec, Failure, Trader, World, usd, world::Actor};
pub use freeboard_tests::{Stream, governance::OPERATIONS};
use solana_signer::Signer;
use std::{cell::RefCell, collections::BTreeSet, fmt::Debug};

thread_local! {
    static PRODUCED: RefCell<BTreeSet<u32>> = const { RefCell::new(BTreeSet::new()) };
}

/// Codes that [`refused`] has seen on this thread.
pub fn produced() -> BTreeSet<u32> {
    PRODUCED.with_borrow(BTreeSet::clone)
}

/// Asserts that the program refused with this error.
#[track_caller]
pub fn refused<T: Debug>(result: Result<T, Failure>, error: FreeboardError) {
    refused_with(result, error.into(), &format!("{error:?}"));
    PRODUCED.with_borrow_mut(|codes| codes.insert(error.into()));
}

/// Asserts that it was refused with this code.
#[track_caller]
pub fn refused_with<T: Debug>(result: Result<T, Failure>, code: u32, name: &str) {
    let failure = result.expect_err(name);
    assert_eq!(failure.code, Some(code), "expected {name}, got {failure:?}");
}

/// An instruction with one thing wrong.
pub struct Wrong {
    what: &'static str,
    bend: Box<dyn Fn(&mut Instruction)>,
    code: u32,
}

impl Wrong {
    /// Bent like this, it is refused with this code.
    pub fn new(
        what: &'static str,
        code: impl Into<u32>,
        bend: impl Fn(&mut Instruction) + 'static,
    ) -> Self {
        Self {
            what,
            bend: Box::new(bend),
            code: code.into(),
        }
    }

    /// With another account at this position.
    pub fn account(what: &'static str, position: usize, key: Pubkey, code: impl Into<u32>) -> Self {
        Self::new(what, code, move |instruction| {
            instruction.accounts[position].pubkey = key
        })
    }

    /// With an account of another type at this position.
    pub fn mistyped(what: &'static str, position: usize, key: Pubkey) -> Self {
        Self::account(what, position, key, ErrorCode::AccountDiscriminatorMismatch)
    }

    /// With another exchange's account at this position.
    pub fn foreign(what: &'static str, position: usize, key: Pubkey) -> Self {
        Self::account(what, position, key, FreeboardError::WrongExchange)
    }

    /// With what is not the program that belongs at this position.
    pub fn no_program(what: &'static str, position: usize) -> Self {
        let nowhere = Pubkey::new_unique(); // the program's own key stands for no account
        Self::account(what, position, nowhere, ErrorCode::InvalidProgramId)
    }

    /// Without the signature of the account at this position.
    pub fn unsigned(what: &'static str, position: usize) -> Self {
        Self::new(what, ErrorCode::AccountNotSigner, move |instruction| {
            instruction.accounts[position].is_signer = false;
        })
    }

    /// With a readonly account at this position, which must be writable.
    pub fn readonly(what: &'static str, position: usize) -> Self {
        Self::new(what, ErrorCode::ConstraintMut, move |instruction| {
            instruction.accounts[position].is_writable = false;
        })
    }
}

/// Asserts that the instruction works as it is and that each wrong one is refused as it says, always
/// from the same state.
#[track_caller]
pub fn check_wrong(
    world: &World,
    instruction: &Instruction,
    signers: &[&Actor],
    cases: Vec<Wrong>,
) {
    let keypairs: Vec<_> = signers.iter().map(|actor| &***actor).collect();
    let right = world
        .clone()
        .send(std::slice::from_ref(instruction), &keypairs);
    right.expect("right as it is");
    for Wrong { what, bend, code } in cases {
        let mut bent = instruction.clone();
        bend(&mut bent);
        assert_ne!(&bent, instruction, "{what}: nothing is wrong");
        refused_with(world.clone().send(&[bent], &keypairs), code, what);
        PRODUCED.with_borrow_mut(|codes| codes.insert(code));
    }
}

/// The exchange in place `at` and the asset after it: each of another type, and of another exchange.
pub fn wrong_market(own: &World, other: &Stage, at: usize) -> Vec<Wrong> {
    vec![
        Wrong::mistyped("not an exchange", at, own.pool),
        Wrong::foreign("another exchange", at, other.world.exchange),
        Wrong::mistyped("not an asset", at + 1, own.pool),
        Wrong::foreign("another exchange's asset", at + 1, other.sol.address),
        Wrong::readonly("asset readonly", at + 1),
    ]
}

/// Exchange, pool, margin account, asset and mint of a deposit or a withdrawal of SOL, its vault in place `vault`, and
/// the token program.
pub fn wrong_transfer(own: &Stage, other: &Stage, vault: usize) -> Vec<Wrong> {
    let (world, foreign) = (&own.world, &other.world);
    let wrong_mint = FreeboardError::MintMismatch;
    let not_the_token_programs = ErrorCode::AccountOwnedByWrongProgram;
    let wrong_vault = FreeboardError::VaultMismatch;
    let no_token = FreeboardError::AssetNotCollateral;
    vec![
        Wrong::mistyped("not an exchange", 1, world.pool),
        Wrong::foreign("another exchange", 1, foreign.exchange),
        Wrong::mistyped("not a pool", 2, world.exchange),
        Wrong::foreign("another exchange's pool", 2, foreign.pool),
        Wrong::mistyped("not a margin account", 3, own.sol.address),
        Wrong::foreign("another exchange's account", 3, other.trader.margin_account),
        Wrong::readonly("account readonly", 3),
        Wrong::mistyped("not an asset", 4, world.pool),
        Wrong::foreign("another exchange's asset", 4, other.sol.address),
        Wrong::account("an asset without token", 4, own.btc.address, no_token),
        Wrong::readonly("asset readonly", 4),
        Wrong::account("not a mint", 5, world.pool, not_the_token_programs),
        Wrong::account("another mint", 5, world.quote_mint, wrong_mint),
        Wrong::account("another vault", vault, world.quote_vault, wrong_vault),
        Wrong::readonly("vault readonly", vault),
        Wrong::no_program("not a token program", 8),
    ]
}

/// SOL (collateral), BTC and ETH, and somebody with $100,000.
#[derive(Clone)]
pub struct Stage {
    pub world: World,
    pub sol: AssetHandle,
    pub btc: AssetHandle,
    pub eth: AssetHandle,
    pub trader: Trader,
}

/// The usual stage.
pub fn stage() -> Stage {
    stage_of([
        AssetSpec::sol().with_collateral(),
        AssetSpec::btc(),
        AssetSpec::eth(),
    ])
}

/// A stage whose SOL has a legacy feed: one account, at an address that everybody knows.
pub fn stage_with_legacy_feed() -> Stage {
    stage_of([
        AssetSpec::sol().with_legacy_feed(),
        AssetSpec::btc(),
        AssetSpec::eth(),
    ])
}

/// A stage whose markets are opened by orders alone.
pub fn two_steps() -> Stage {
    let waiting = |mut spec: AssetSpec| {
        spec.trade.one_step_fills = 0;
        spec
    };
    stage_of([
        waiting(AssetSpec::sol().with_collateral()),
        waiting(AssetSpec::btc()),
        waiting(AssetSpec::eth()),
    ])
}

/// A stage with these assets, three or more: the first three are its own.
pub fn stage_of<const N: usize>(specs: [AssetSpec; N]) -> Stage {
    let mut world = World::market(specs);
    let [sol, btc, eth] = [0, 1, 2].map(|index| world.handle_of(index));
    let trader = world.new_trader(usd(100_000));
    Stage {
        world,
        sol,
        btc,
        eth,
        trader,
    }
}

/// A stage with one more exchange on its network.
pub fn stage_with_neighbour() -> (Stage, Stage) {
    let mut own = stage();
    let other = stage();
    own.world.import(&other.world);
    (own, other)
}

impl Stage {
    /// Names somebody as the delegate of the trader's account.
    pub fn delegate(&mut self) -> Actor {
        let (trader, delegate) = (self.trader.clone(), self.world.actor());
        let named = self.world.set_delegate(&trader, delegate.pubkey());
        named.expect("named");
        delegate
    }

    /// Asserts that an instruction on the trader's account is refused to its delegate and to strangers.
    #[track_caller]
    pub fn check_only_the_owner(&mut self, by: impl Fn(&mut World, &Actor) -> Instruction) {
        for actor in [self.delegate(), self.world.actor()] {
            let instruction = by(&mut self.world, &actor);
            let sent = self.world.send(&[instruction], &[&actor]);
            refused(sent, FreeboardError::NotOwner);
        }
    }

    /// Trades at any price, and it works.
    #[track_caller]
    pub fn trade(&mut self, asset: &AssetHandle, units: f64) {
        let trader = self.trader.clone();
        self.world
            .trade(&trader, asset, asset.atoms(units))
            .expect("traded");
    }

    /// The trader goes long 4,000 SOL on $100,000; ten seconds later SOL falls to so many dollars.
    #[track_caller]
    pub fn sink(&mut self, dollars: f64) {
        let sol = self.sol.clone();
        self.trade(&sol, 4_000.0);
        self.world.warp_fresh(10);
        self.world.set_price_usd(&sol, dollars);
    }
}

/// The feed of SOL in place `at`: another's, and none.
pub fn wrong_feed(own: &Stage, at: usize) -> [Wrong; 2] {
    let (others, none) = (
        FreeboardError::FeedMismatch,
        FreeboardError::FeedOwnerInvalid,
    );
    [
        Wrong::account("another's feed", at, own.btc.feed, others),
        Wrong::account("no feed", at, own.world.exchange, none),
    ]
}

/// Sum of twelve uniform numbers: about normal.
pub fn normal(stream: &mut Stream) -> f64 {
    (0..12)
        .map(|_| stream.next(1_000_001) as f64 / 1e6)
        .sum::<f64>()
        - 6.0
}
