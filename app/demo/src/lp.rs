//! The LP: deposits on the first day, and after the crash takes a part out again. Both in two steps,
//! with the delay that the exchange prescribes between them.
use anyhow::{Result, ensure};
use freeboard_sandbox::client::events::Event;
use freeboard_sandbox::client::freeboard::error::FreeboardError as Code;
use freeboard_sandbox::client::freeboard::events::LiquidityExecuted;
use freeboard_sandbox::world::Actor;
use freeboard_sandbox::{Meta, World, usd};

use crate::prices::CALM_SECS;
use crate::recorder::Recorder;
use crate::report::{LiquidityStep, LiquidityStepKind};
use crate::treasury::valueless;

/// What the LP brings: with governance's part it is the pool that the accounts trade against.
const DEPOSIT_USD: u64 = 32_000_000;
/// When it asks for a part back: the dust has settled, and the delay ends before the run does.
const REDEEM_SECS: i64 = CALM_SECS + 2 * 3_600;
/// One share in so many.
const REDEEMED_PART: u64 = 4;

/// What the LP is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Arriving,
    Depositing,
    Holding,
    Redeeming,
    Done,
}

/// The LP.
pub struct LiquidityProvider {
    actor: Actor,
    stage: Stage,
    /// Seconds since the start at which the request that waits may be executed.
    due_secs: i64,
}

impl LiquidityProvider {
    /// Somebody with a wallet.
    pub fn enter(world: &mut World) -> Self {
        Self {
            actor: world.actor(),
            stage: Stage::Arriving,
            due_secs: 0,
        }
    }

    /// What the LP does, or anyone for it, at this time.
    pub fn act(
        &mut self,
        world: &mut World,
        recorder: &mut Recorder,
        elapsed_secs: i64,
    ) -> Result<()> {
        match self.stage {
            Stage::Arriving => {
                let sent = world.request_deposit(&self.actor, 0, usd(DEPOSIT_USD));
                recorder.done("a request to deposit", sent, world)?;
                self.requested(world, elapsed_secs, Stage::Depositing);
                let waiting = LiquidityStepKind::DepositRequested;
                recorder.liquidity(step(waiting, usd(DEPOSIT_USD), 0));
            }
            Stage::Holding if elapsed_secs >= REDEEM_SECS => {
                let shares = world.shares_of(&self.actor) / REDEEMED_PART;
                let sent = world.request_redeem(&self.actor, 1, shares);
                recorder.done("a request to redeem", sent, world)?;
                self.requested(world, elapsed_secs, Stage::Redeeming);
                recorder.liquidity(step(LiquidityStepKind::RedemptionRequested, 0, shares));
            }
            Stage::Depositing if elapsed_secs >= self.due_secs => {
                self.execute(world, recorder, 0, Stage::Holding)?;
            }
            Stage::Redeeming if elapsed_secs >= self.due_secs => {
                self.execute(world, recorder, 1, Stage::Done)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn requested(&mut self, world: &World, elapsed_secs: i64, stage: Stage) {
        let delay = world.exchange().pool.lp_delay_secs;
        self.due_secs = elapsed_secs + i64::from(delay);
        self.stage = stage;
    }

    /// Executes a request. While a loss has no payer, a price cannot be trusted, or nothing is free beyond what the
    /// exposure needs, it waits on; and what is left of it where a part was.
    fn execute(
        &mut self,
        world: &mut World,
        recorder: &mut Recorder,
        number: u16,
        next: Stage,
    ) -> Result<()> {
        let expected = world.collected_pool()?.lp_value(&world.exchange())?.nav;
        let sent = world.execute_liquidity(&self.actor, number);
        let waits = [
            Code::LiquidityStopped,
            Code::PoolUtilizationExceeded,
            Code::PriceFarFromEma,
            Code::ConfidenceTooWide,
        ];
        if sent
            .as_ref()
            .is_err_and(|failure| waits.iter().any(|code| failure.is(*code)))
        {
            return Ok(());
        }
        let meta = recorder.done("the execution of an LP's request", sent, world)?;
        let executed = executed(&meta)?;
        let (kind, quote, shares, nav) = if executed.is_redemption {
            let value = expected.nav_for_redeem().map_err(valueless)?;
            (
                LiquidityStepKind::Redeemed,
                executed.out_atoms,
                executed.amount_atoms,
                value,
            )
        } else {
            let value = expected.nav_for_deposit().map_err(valueless)?;
            (
                LiquidityStepKind::Deposited,
                executed.amount_atoms,
                executed.out_atoms,
                value,
            )
        };
        ensure!(
            i128::from(executed.nav_atoms) == nav,
            "the program valued the pool at {} quote atoms, the page at {nav}",
            executed.nav_atoms
        );
        recorder.liquidity(LiquidityStep {
            nav_atoms: Some(executed.nav_atoms),
            supply_before: Some(executed.supply_before_atoms),
            ..step(kind, quote, shares)
        });
        if executed.left_atoms == 0 {
            self.stage = next;
        }
        Ok(())
    }
}

fn step(kind: LiquidityStepKind, quote_atoms: u64, shares: u64) -> LiquidityStep {
    LiquidityStep {
        elapsed_secs: 0,
        kind,
        quote_atoms,
        shares,
        nav_atoms: None,
        supply_before: None,
    }
}

fn executed(meta: &Meta) -> Result<LiquidityExecuted> {
    let mut events = meta.events().into_iter();
    let found = events.find_map(|event| match event {
        Event::LiquidityExecuted(executed) => Some(executed),
        _ => None,
    });
    found.ok_or_else(|| anyhow::anyhow!("an executed request left no event"))
}
