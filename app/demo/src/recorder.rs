//! Takes down what happens and makes the report of it.
use anyhow::{Context, Result, anyhow, ensure};
use bytemuck::Zeroable;
use freeboard_sandbox::client::events::Event;
use freeboard_sandbox::client::freeboard::instructions::BindingTerm as ProgramTerm;
use freeboard_sandbox::client::freeboard::state::{Collateral, MarginAccount, Position};
use freeboard_sandbox::client::margin;
use freeboard_sandbox::{AssetHandle, Failure, Meta, Trader, World};

use crate::cast::{self, Cast, notional_atoms, report_of};
use crate::prices::{BAR_SECS, CALM_SECS, CRASH_BAR_SECS, DAY_SECS, SYMBOLS, Tape};
use crate::refusal::done;
use crate::report::{
    AccountMoment, AssetFacts, AssetMoment, Bankruptcy, BindingModelTerm, BooksFacts, EventKind,
    LiquidityStep, PriceFacts, ProgramFacts, Report, ReportMoment, ReportedEvent,
    ReportedLiquidation, TradingFacts,
};
use crate::treasury::Treasury;

/// A year.
const YEAR_SECS: f64 = 365.25 * DAY_SECS as f64;

/// Takes down what happens.
pub struct Recorder {
    elapsed_secs: i64,
    timeline: Vec<ReportMoment>,
    events: Vec<ReportedEvent>,
    liquidations: Vec<ReportedLiquidation>,
    bankruptcies: Vec<Bankruptcy>,
    liquidity: Vec<LiquidityStep>,
    trading: TradingFacts,
    treasury: Treasury,
}

impl Recorder {
    /// Of an exchange that nobody has paid into yet.
    pub fn new(world: &World) -> Self {
        Self {
            elapsed_secs: 0,
            timeline: Vec::new(),
            events: Vec::new(),
            liquidations: Vec::new(),
            bankruptcies: Vec::new(),
            liquidity: Vec::new(),
            trading: TradingFacts::default(),
            treasury: Treasury::open(world),
        }
    }

    /// The effects of a transaction that may have moved money, accounted for.
    ///
    /// Errors: the program refused it; its books are not what its events explain.
    pub fn done(&mut self, what: &str, sent: Result<Meta, Failure>, world: &World) -> Result<Meta> {
        let meta = done(what, sent)?;
        let explained = self.treasury.explain(world, &meta);
        explained.with_context(|| format!("after {what}"))?;
        for event in meta.events() {
            if let Event::PositionChanged(filled) = event {
                self.trading.trades += 1;
                self.trading.notional_atoms += filled.fill_notional_atoms;
                self.trading.fees_atoms += filled.fee_atoms;
            }
        }
        Ok(meta)
    }

    /// Sets the clock of what follows.
    pub fn set_clock(&mut self, elapsed_secs: i64) {
        self.elapsed_secs = elapsed_secs;
    }

    /// Something that happens now.
    pub fn event(&mut self, account: usize, kind: EventKind, text: String) {
        let elapsed_secs = self.elapsed_secs;
        self.events.push(ReportedEvent {
            elapsed_secs,
            account,
            kind,
            text,
        });
    }

    /// A liquidation, now.
    pub fn liquidation(&mut self, liquidation: ReportedLiquidation) {
        self.liquidations.push(ReportedLiquidation {
            elapsed_secs: self.elapsed_secs,
            ..liquidation
        });
    }

    /// A bankruptcy, now.
    pub fn bankruptcy(&mut self, bankruptcy: Bankruptcy) {
        self.bankruptcies.push(Bankruptcy {
            elapsed_secs: self.elapsed_secs,
            ..bankruptcy
        });
    }

    /// A step of the LP, now.
    pub fn liquidity(&mut self, step: LiquidityStep) {
        self.liquidity.push(LiquidityStep {
            elapsed_secs: self.elapsed_secs,
            ..step
        });
    }

    /// Name of an asset.
    pub fn asset_name(&self, asset: &AssetHandle) -> &'static str {
        SYMBOLS[usize::from(asset.index)]
    }

    /// Takes down how things stand now.
    pub fn moment(&mut self, world: &World, cast: &Cast) -> Result<()> {
        let account = |trader: &Trader| {
            let report = report_of(world, trader)?;
            Ok(AccountMoment {
                equity_atoms: report.maintenance.equity_atoms,
                initial_equity_atoms: report.initial.equity_atoms,
                initial_margin_atoms: report.initial.margin_atoms,
                maintenance_margin_atoms: report.maintenance.margin_atoms,
                gross_atoms: notional_atoms(world, trader),
                binding: (report.maintenance.margin_atoms > 0)
                    .then(|| binding(report.maintenance_binding)),
            })
        };
        self.timeline.push(ReportMoment {
            elapsed_secs: self.elapsed_secs,
            assets: asset_moments(world)?,
            accounts: cast.traders.iter().map(account).collect::<Result<_>>()?,
            pool: self.treasury.moment(world)?,
        });
        Ok(())
    }

    /// The report of the whole run.
    pub fn finish(
        self,
        program: ProgramFacts,
        tape: &Tape,
        seed: Option<u64>,
        world: &World,
    ) -> Result<Report> {
        let books = books(world)?;
        let shown = self.timeline.last().map(|moment| moment.pool.cash_atoms);
        ensure!(
            shown == Some(books.pool_atoms),
            "the last moment shows other cash of the pool than the books at the end"
        );
        Ok(Report {
            program,
            prices: PriceFacts {
                description: tape.description.clone(),
                seed,
                updates: tape.ticks.len(),
            },
            assets: asset_facts(tape, world)?,
            accounts: cast::accounts(),
            timeline: self.timeline,
            trading: self.trading,
            events: self.events,
            liquidations: self.liquidations,
            bankruptcies: self.bankruptcies,
            liquidity: self.liquidity,
            books,
        })
    }
}

/// Price, volatility and the margin fractions of a lone position of one whole unit.
fn asset_moments(world: &World) -> Result<Vec<AssetMoment>> {
    let (exchange, assets, now) = (world.exchange(), world.priced_assets(), world.now());
    let moment = |handle: &AssetHandle| {
        let price_e8 = world.quote(handle).price;
        let mut account = MarginAccount::zeroed();
        account.positions = [Position::EMPTY; 16];
        account.collaterals = [Collateral::EMPTY; 8];
        account.positions[0].asset_index = handle.index;
        account.positions[0].base_size_atoms = handle.atoms(1.0);
        let report = margin::report(&exchange, &account, &assets, now)
            .map_err(|error| anyhow!("no margin report: {error:?}"))?;
        let notional_atoms = price_e8 as f64 / 100.0;
        let fraction_e9 = |atoms: i64| (atoms as f64 / notional_atoms * 1e9).round() as u64;
        let asset = world.asset(handle.index);
        let volatility = asset.volatility()?;
        let per_second = asset.funding.rate_q64 as f64 / 2f64.powi(64);
        Ok(AssetMoment {
            price_e8,
            sigma_e9: (volatility.sigma_target.to_e18_ceil() / 1_000_000_000) as u64,
            initial_margin_fraction_e9: fraction_e9(report.initial.margin_atoms),
            maintenance_margin_fraction_e9: fraction_e9(report.maintenance.margin_atoms),
            long_open_interest_atoms: asset.long_open_interest_atoms,
            short_open_interest_atoms: asset.short_open_interest_atoms,
            funding_per_year_e9: (per_second * YEAR_SECS * 1e9).round() as i64,
        })
    };
    world.assets.iter().map(moment).collect()
}

/// A term as the report names it. No maintenance margin is set by another margin.
fn binding(term: ProgramTerm) -> BindingModelTerm {
    match term {
        ProgramTerm::Scenario(index) => BindingModelTerm::Scenario(index),
        ProgramTerm::Floor => BindingModelTerm::Floor,
        ProgramTerm::Var | ProgramTerm::Maintenance => BindingModelTerm::Correlation,
    }
}

fn asset_facts(tape: &Tape, world: &World) -> Result<Vec<AssetFacts>> {
    let at = |elapsed_secs: i64| {
        let tick = tape
            .ticks
            .iter()
            .find(|tick| tick.elapsed_secs == elapsed_secs);
        tick.context("the tape has no such tick")
    };
    let (before, after) = (at(CRASH_BAR_SECS)?, at(CRASH_BAR_SECS + BAR_SECS)?);
    let first = at(0)?;
    let last = tape.ticks.last().context("the tape is empty")?;
    let fact = |handle: &AssetHandle| {
        let index = usize::from(handle.index);
        let e8 = |price: f64| (price * 1e8).round() as i64;
        let since_slip = tape
            .ticks
            .iter()
            .filter(|tick| tick.elapsed_secs >= CALM_SECS);
        let low = since_slip
            .map(|tick| tick.prices[index])
            .fold(f64::INFINITY, f64::min);
        let broke = after.prices[index] / before.prices[index] - 1.0;
        Ok(AssetFacts {
            name: SYMBOLS[index],
            base_decimals: handle.decimals,
            first_price_e8: e8(first.prices[index]),
            low_price_e8: e8(low),
            last_price_e8: e8(last.prices[index]),
            crash_bar_return_e9: (broke * 1e9).round() as i64,
            volatility_samples: world.asset(handle.index).volatility()?.samples,
        })
    };
    world.assets.iter().map(fact).collect()
}

fn books(world: &World) -> Result<BooksFacts> {
    let books = world.books();
    let atoms = |amount: i128| i64::try_from(amount).context("an amount exceeds 64 bits");
    Ok(BooksFacts {
        vault_atoms: atoms(books.vault_atoms)?,
        accounts_atoms: atoms(books.accounts_atoms)?,
        pool_atoms: atoms(books.pool_atoms)?,
        insurance_atoms: atoms(books.insurance_atoms)?,
        fees_atoms: atoms(books.fees_atoms)?,
        difference_atoms: atoms(books.difference_atoms)?,
    })
}
