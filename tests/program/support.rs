//! What the tests share: refusals and how they are recorded, instructions with one thing wrong, and
//! the stage most tests play on.
use anchor_lang::{error::ErrorCode, prelude::Pubkey, solana_program::instruction::Instruction};
use freeboard::error::FreeboardError;
use freeboard_tests::{AssetHandle, AssetSpec, Failure, Trader, World, usd, world::Actor};
pub use freeboard_tests::{Stream, actions::OPERATIONS};
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
    let logs = failure.logs.join("\n");
    assert_eq!(
        failure.code,
        Some(code),
        "expected {name}, got {:?}\n{logs}",
        failure.error
    );
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
    let mismatch = ErrorCode::AccountDiscriminatorMismatch;
    let foreign = FreeboardError::WrongExchange;
    vec![
        Wrong::account("not an exchange", at, own.pool, mismatch),
        Wrong::account("another exchange", at, other.world.exchange, foreign),
        Wrong::account("not an asset", at + 1, own.pool, mismatch),
        Wrong::account(
            "another exchange's asset",
            at + 1,
            other.sol.address,
            foreign,
        ),
        Wrong::readonly("asset readonly", at + 1),
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

/// A stage with these three assets.
pub fn stage_of(specs: [AssetSpec; 3]) -> Stage {
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
    /// Trades at any price, and it works.
    #[track_caller]
    pub fn trade(&mut self, asset: &AssetHandle, units: f64) {
        let trader = self.trader.clone();
        self.world
            .trade(&trader, asset, asset.atoms(units))
            .expect("traded");
    }
}
