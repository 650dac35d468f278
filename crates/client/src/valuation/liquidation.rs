//! What a liquidation would do, of decoded accounts: what `preview_liquidation` answers, without a transaction, by the
//! program's own code; and what else decides which closing a liquidator chooses.
use anchor_lang::error::Error;
use freeboard::instructions::views::preview_liquidation::{self, PreviewContext};
use freeboard::instructions::{Closing, LiquidationPreview, PreviewLiquidationArgs};
use freeboard::state::{Exchange, MarginAccount, NO_ASSET, Pool};
use freeboard_risk::liquidation::ClosingOutcome;

use crate::margin::PricedAsset;
use crate::slots;
use crate::valuation::fetched::Fetched;

/// What a liquidation is judged by.
#[derive(Clone, Copy, Debug)]
pub struct LiquidationInputs<'a> {
    /// The exchange.
    pub exchange: &'a Exchange,
    /// The account that would be liquidated.
    pub account: &'a MarginAccount,
    /// At least the assets that the account holds, in any order.
    pub assets: &'a [PricedAsset],
    /// The exchange's pool, where the liquidation would be given it: its insurance may then add to a small reward.
    pub pool: Option<&'a Pool>,
    /// Clock time, unix seconds.
    pub now: i64,
}

/// What one closing would do.
#[derive(Clone, Copy, Debug)]
pub struct ClosingPreview {
    /// What would be closed; the asset of a slice is not read.
    pub args: PreviewLiquidationArgs,
    /// As the program answers; with a pool given, the top-up also counts the pool's insurance.
    pub preview: LiquidationPreview,
    /// What closing the largest size does to the account; none where nothing may be closed.
    pub outcome: Option<ClosingOutcome>,
}

impl ClosingPreview {
    /// By how much equity − MM rises, quote atoms; 0 where nothing may be closed.
    pub fn freed_atoms(&self) -> i128 {
        let Some(outcome) = &self.outcome else {
            return 0;
        };
        let before = &self.preview.maintenance;
        let before = i128::from(before.equity_atoms).saturating_sub(before.margin_atoms.into());
        let after = outcome.equity_after_atoms;
        after
            .saturating_sub(outcome.margin_after_atoms)
            .saturating_sub(before)
    }
}

/// Notes what the program's code tells beside its answer.
struct Noted<'a> {
    pool: Option<&'a Pool>,
    outcome: Option<ClosingOutcome>,
}

impl PreviewContext for Noted<'_> {
    fn pool_insurance_atoms(&self) -> i64 {
        self.pool.map_or(0, |pool| pool.ledger.insurance_atoms)
    }

    fn note(&mut self, outcome: &ClosingOutcome) {
        self.outcome = Some(*outcome);
    }
}

impl LiquidationInputs<'_> {
    /// The preview of one closing. Without a pool, it is the program's answer to the atom.
    ///
    /// Errors: those of the program; `AssetAccountMissing` where `assets` lacks one that is held.
    pub fn closing(&self, args: PreviewLiquidationArgs) -> Result<ClosingPreview, Error> {
        let mut noted = Noted {
            pool: self.pool,
            outcome: None,
        };
        let preview = preview_liquidation::liquidation_preview(
            (self.exchange, self.account),
            &mut Fetched(self.assets),
            &args,
            &mut noted,
            self.now,
        )?;
        Ok(ClosingPreview {
            args,
            preview,
            outcome: noted.outcome,
        })
    }

    /// Every closing that closes something, the one that earns its liquidator most first: of each position, against the
    /// pool and into the liquidator's account; of each collateral; of each pair; and the slice. Those that the program
    /// refuses are not among them.
    ///
    /// That a size is told does not mean that it may be closed now: see [`LiquidationPreview::may_be_closed_now`]. Whether
    /// the liquidator's own margin carries what it takes over is not looked at.
    ///
    /// Errors: those of the program that concern the whole account.
    pub fn closings(&self) -> Result<Vec<ClosingPreview>, Error> {
        let slice = self.closing(PreviewLiquidationArgs {
            asset_index: NO_ASSET,
            closing: Closing::Slice,
        })?;
        let single = self.single_closings().into_iter();
        let mut found: Vec<_> = single
            .filter_map(|args| self.closing(args).ok())
            .chain([slice])
            .filter(|closing| closing.preview.size_atoms > 0)
            .collect();
        found.sort_by_key(|closing| std::cmp::Reverse(closing.preview.profit_atoms));
        Ok(found)
    }

    /// The closings of single assets that the account has something for.
    fn single_closings(&self) -> Vec<PreviewLiquidationArgs> {
        let mut all = Vec::new();
        for asset_index in slots::order(self.account) {
            let position = self.account.find_position(asset_index);
            let size = position.map_or(0, |position| position.base_size_atoms);
            let has_collateral = self.account.collateral_atoms(asset_index) > 0;
            let kinds = [
                (size != 0, Closing::PositionByPool),
                (size != 0, Closing::PositionByLiquidator),
                (has_collateral, Closing::Collateral),
                (has_collateral && size < 0, Closing::Pair),
            ];
            let there = kinds.into_iter().filter(|(is_there, _)| *is_there);
            all.extend(there.map(|(_, closing)| PreviewLiquidationArgs {
                asset_index,
                closing,
            }));
        }
        all
    }
}
