//! The liquidator's bot: looks at every account at every price, flags, and liquidates while it is
//! allowed to; takes positions over itself every other time.
use anyhow::Result;
use freeboard_sandbox::client::display::money::decimal;
use freeboard_sandbox::client::events::Event as ProgramEvent;
use freeboard_sandbox::client::freeboard::error::FreeboardError as Code;
use freeboard_sandbox::client::freeboard::events::{
    AccountFlagged, AccountLiquidated, MarginCalled,
};
use freeboard_sandbox::client::freeboard::instructions::{Closing, MarginReport, MarginState};
use freeboard_sandbox::client::freeboard::state::MarginAccount;
use freeboard_sandbox::{AssetHandle, Failure, Meta, World};

use crate::bankruptcy;
use crate::cast::{Cast, report_of};
use crate::format;
use crate::recorder::Recorder;
use crate::refusal::done;
use crate::report::{EventKind, ReportedLiquidation, Taker};

/// More rounds than the rules ever allow at one price: a loop that ends.
const MAX_ROUNDS: usize = 16;

/// What the bot remembers.
#[derive(Default)]
pub struct DemoKeeper {
    /// Whether each account's last attempt was refused because of the oracle.
    refused: Vec<bool>,
    takeovers: usize,
    /// Everything the bot has done.
    pub transactions: usize,
}

/// What an account holds of an asset that a liquidation may close.
enum Held {
    Position,
    /// Collateral of an account that owes quote.
    CollateralOfLoan,
    Nothing,
}

impl Held {
    fn of(account: &MarginAccount, asset_index: u16) -> Self {
        let mut collaterals = account.collaterals.iter();
        if account.find_position(asset_index).is_some() {
            Self::Position
        } else if account.quote_atoms < 0
            && collaterals.any(|slot| slot.asset_index == asset_index && slot.amount_atoms > 0)
        {
            Self::CollateralOfLoan
        } else {
            Self::Nothing
        }
    }
}

/// What came of an attempt.
enum KeeperAttempt {
    Liquidated,
    /// This position not now; another may.
    NotThis,
    /// Nothing more at this price.
    Stop,
}

impl DemoKeeper {
    /// Does all that can be done at these prices; returns whether it changed any account.
    pub fn act(
        &mut self,
        world: &mut World,
        assets: &[AssetHandle],
        cast: &Cast,
        recorder: &mut Recorder,
    ) -> Result<bool> {
        self.refused.resize(cast.traders.len(), false);
        let before = self.transactions;
        for account in 0..cast.traders.len() {
            self.watch(world, assets, cast, recorder, account)?;
        }
        Ok(self.transactions > before)
    }

    fn watch(
        &mut self,
        world: &mut World,
        assets: &[AssetHandle],
        cast: &Cast,
        recorder: &mut Recorder,
        account: usize,
    ) -> Result<()> {
        let trader = &cast.traders[account];
        if bankruptcy::is_due(world, trader) {
            bankruptcy::resolve(world, recorder, trader, account)?;
            self.transactions += 1;
        }
        let report = report_of(world, trader)?;
        let healthy = report.maintenance.equity_atoms >= report.maintenance.margin_atoms;
        let is_flag_due =
            report.flagged_ts != 0 && healthy || report.flagged_ts == 0 && report.is_liquidatable;
        if is_flag_due || is_call_due(&report) {
            self.flag(world, cast, recorder, account)?;
        }
        if !report.is_liquidatable {
            return Ok(());
        }
        for _ in 0..MAX_ROUNDS {
            if !self.liquidate_largest(world, assets, cast, recorder, account)? {
                break;
            }
        }
        Ok(())
    }

    fn flag(
        &mut self,
        world: &mut World,
        cast: &Cast,
        recorder: &mut Recorder,
        account: usize,
    ) -> Result<()> {
        let sent = world.flag(&cast.traders[account]);
        // Healthy by a price that is not newer than those that showed it below: the flag waits for one that is.
        if sent
            .as_ref()
            .is_err_and(|failure| failure.is(Code::AccountHealthy))
        {
            return Ok(());
        }
        let meta = recorder.done("a flag", sent, world)?;
        self.transactions += 1;
        for event in meta.events() {
            match event {
                ProgramEvent::AccountFlagged(flagged) => record_flag(recorder, account, &flagged),
                ProgramEvent::MarginCalled(called) => record_call(recorder, account, &called),
                _ => {}
            }
        }
        Ok(())
    }

    /// Tries the positions, and the collateral of a loan, that which binds most margin first; returns whether something
    /// was closed.
    fn liquidate_largest(
        &mut self,
        world: &mut World,
        assets: &[AssetHandle],
        cast: &Cast,
        recorder: &mut Recorder,
        account: usize,
    ) -> Result<bool> {
        let report = report_of(world, &cast.traders[account])?;
        if !report.is_liquidatable {
            return Ok(false);
        }
        let mut parts = report.assets;
        parts.sort_by_key(|part| std::cmp::Reverse(part.maintenance_atoms));
        for part in &parts {
            let asset = &assets[usize::from(part.asset_index)];
            let held = Held::of(&world.state_of(&cast.traders[account]), part.asset_index);
            let attempt = match held {
                Held::Position => self.liquidate(world, cast, recorder, account, asset)?,
                Held::CollateralOfLoan => {
                    self.buy_collateral(world, cast, recorder, account, asset)?
                }
                Held::Nothing => continue,
            };
            match attempt {
                KeeperAttempt::Liquidated => return Ok(true),
                KeeperAttempt::NotThis => {}
                KeeperAttempt::Stop => return Ok(false),
            }
        }
        Ok(false)
    }

    /// One position: to the liquidator or to the pool in turn. To the pool also where a takeover is
    /// an increase that the liquidator may not make: too little margin, or, in the middle of a
    /// crash, a price too far from its moving average to open anything at.
    fn liquidate(
        &mut self,
        world: &mut World,
        cast: &Cast,
        recorder: &mut Recorder,
        account: usize,
        asset: &AssetHandle,
    ) -> Result<KeeperAttempt> {
        let own_turn = self.takeovers.is_multiple_of(2);
        let trader = &cast.traders[account];
        let mut sent = Err(None);
        if own_turn {
            sent = world
                .liquidate(
                    &cast.liquidator,
                    trader,
                    asset,
                    Closing::PositionByLiquidator,
                )
                .map_err(Some);
        }
        let cannot_take = |failure: &Option<Failure>| {
            let codes = [Code::InitialMarginNotMet, Code::PositionPriceUnusable];
            failure
                .as_ref()
                .is_none_or(|failure| codes.iter().any(|code| failure.is(*code)))
        };
        if sent.as_ref().is_err_and(cannot_take) {
            sent = world
                .liquidate(&cast.liquidator, trader, asset, Closing::PositionByPool)
                .map_err(Some);
        }
        match sent {
            Ok(meta) => {
                self.takeovers += 1;
                self.liquidated(world, recorder, account, meta)
            }
            Err(failure) => self.refusal(recorder, account, failure.expect("an attempt was made")),
        }
    }

    /// Collateral that the liquidator buys: what it pays repays the loan.
    fn buy_collateral(
        &mut self,
        world: &mut World,
        cast: &Cast,
        recorder: &mut Recorder,
        account: usize,
        asset: &AssetHandle,
    ) -> Result<KeeperAttempt> {
        let trader = &cast.traders[account];
        match world.liquidate(&cast.buyer, trader, asset, Closing::Collateral) {
            Ok(meta) => self.liquidated(world, recorder, account, meta),
            Err(failure) => self.refusal(recorder, account, failure),
        }
    }

    fn liquidated(
        &mut self,
        world: &World,
        recorder: &mut Recorder,
        account: usize,
        meta: Meta,
    ) -> Result<KeeperAttempt> {
        let meta = recorder.done("a liquidation", Ok(meta), world)?;
        self.transactions += 1;
        self.refused[account] = false;
        record_liquidation(recorder, account, &meta);
        Ok(KeeperAttempt::Liquidated)
    }

    /// Which refusals are part of the rules; any other ends the run.
    fn refusal(
        &mut self,
        recorder: &mut Recorder,
        account: usize,
        failure: Failure,
    ) -> Result<KeeperAttempt> {
        let is = |codes: &[Code]| codes.iter().any(|code| failure.is(*code));
        if is(&[
            Code::LiquidationGracePeriod,
            Code::LiquidationWindowExhausted,
        ]) {
            return Ok(KeeperAttempt::Stop);
        }
        if is(&[Code::NoRelief, Code::NothingToLiquidate]) {
            return Ok(KeeperAttempt::NotThis);
        }
        if is(&[Code::LiquidationPriceUnusable]) {
            if !self.refused[account] {
                let text = "price too far from its moving average or too uncertain: no \
                            liquidation at it";
                recorder.event(account, EventKind::OracleRefused, text.to_owned());
            }
            self.refused[account] = true;
            return Ok(KeeperAttempt::NotThis);
        }
        done("a liquidation", Err(failure)).map(|_| KeeperAttempt::Stop)
    }
}

/// Whether a flag would tell a margin call, or end one.
fn is_call_due(report: &MarginReport) -> bool {
    match report.state {
        MarginState::Call => !report.is_called,
        MarginState::Safe => report.is_called,
        _ => false,
    }
}

fn record_call(recorder: &mut Recorder, account: usize, called: &MarginCalled) {
    let text = format!(
        "equity {} below {} times the maintenance margin {}",
        format::usd_whole(called.maintenance.equity_atoms),
        decimal(called.call_level_e9.into(), 9),
        format::usd_whole(called.maintenance.margin_atoms),
    );
    recorder.event(account, EventKind::MarginCall, text);
}

fn record_flag(recorder: &mut Recorder, account: usize, flagged: &AccountFlagged) {
    let (equity, margin) = (
        flagged.maintenance.equity_atoms,
        flagged.maintenance.margin_atoms,
    );
    let (equity, margin) = (format::usd_whole(equity), format::usd_whole(margin));
    if flagged.flagged_before_ts == 0 && flagged.flagged_ts == 0 {
        return; // a margin call ended
    }
    if flagged.flagged_ts == 0 {
        let text = format!("equity {equity} above the maintenance margin {margin} again");
        recorder.event(account, EventKind::FlagCleared, text);
    } else {
        let text = format!("equity {equity} below the maintenance margin {margin}");
        recorder.event(account, EventKind::Flag, text);
    }
}

fn record_liquidation(recorder: &mut Recorder, account: usize, meta: &Meta) {
    for event in meta.events() {
        if let ProgramEvent::AccountLiquidated(event) = event {
            recorder.liquidation(reported(account, &event));
        }
    }
}

fn reported(account: usize, event: &AccountLiquidated) -> ReportedLiquidation {
    let is_collateral = event.closing == Closing::Collateral;
    ReportedLiquidation {
        elapsed_secs: 0,
        account,
        asset: usize::from(event.asset_index),
        taken_by: if is_collateral || event.closing == Closing::PositionByLiquidator {
            Taker::Liquidator
        } else {
            Taker::Pool
        },
        size_before_atoms: if is_collateral {
            event.collateral_before_atoms as i64
        } else {
            event.size_before_atoms
        },
        closed_atoms: event.closed_atoms,
        price_e8: (event.price_e12 / 10_000) as i64,
        notional_atoms: event.notional_atoms,
        penalty_atoms: event.penalty_atoms,
        liquidator_atoms: event.penalty_liquidator_atoms,
        insurance_atoms: event.penalty_insurance_atoms,
        pool_atoms: event.penalty_pool_atoms,
        equity_before_atoms: event.before.equity_atoms,
        maintenance_margin_before_atoms: event.before.margin_atoms,
        equity_after_atoms: event.after.equity_atoms,
        maintenance_margin_after_atoms: event.after.margin_atoms,
        is_collateral,
        flagged_for_secs: (event.flagged_ts != 0).then_some(event.stamp.ts - event.flagged_ts),
    }
}
