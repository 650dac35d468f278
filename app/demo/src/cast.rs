//! Who is watched: a leveraged trader, two hedgers, a latecomer, a borrower, and the account of the liquidator; what they
//! do in calm times.
use anyhow::Result;
use freeboard_sandbox::client::freeboard::error::FreeboardError;
use freeboard_sandbox::client::freeboard::instructions::MarginReport;
use freeboard_sandbox::{AssetHandle, Trader, World, usd};

use crate::crowd::Crowd;
use crate::format;
use crate::prices::{CALM_SECS, DAY_SECS};
use crate::recorder::Recorder;
use crate::report::{AccountFacts, EventKind};

/// When positions are opened: collateral counts a day after its asset was listed.
const OPEN_SECS: i64 = DAY_SECS + 300;
/// The trader looks after the account this often, the last time two hours before the crash.
const REVIEW_SECS: i64 = 7 * DAY_SECS;
const REVIEW_PHASE_SECS: i64 = 2 * DAY_SECS - 2 * 3_600;
/// Σ size · price per equity that the trader goes back to.
const TARGET_LEVERAGE: f64 = 5.0;
/// Smallest adjustment worth a transaction.
const SMALLEST_REVIEW_ATOMS: i64 = 100 * 1_000_000;

/// Smallest loan worth a transaction.
const SMALLEST_LOAN_ATOMS: i64 = 100 * 1_000_000;

/// Deposits, positions and loan of one account, in whole units; positions in the order of the assets.
struct CastBook {
    account: AccountFacts,
    open_secs: i64,
    /// Σ |size| · price per quote deposited.
    leverage: f64,
    sol_collateral: f64,
    positions: [f64; 3],
    /// Loan, as a part of the most that free collateral allows.
    borrowed: f64,
}

const BOOKS: [CastBook; 5] = [
    CastBook {
        account: AccountFacts {
            name: "Trader",
            description: "400 SOL, 0.1 BTC and 4 ETH long on USDC, five times its equity",
        },
        open_secs: OPEN_SECS,
        leverage: TARGET_LEVERAGE,
        sol_collateral: 0.0,
        positions: [0.1, 4.0, 400.0],
        borrowed: 0.0,
    },
    CastBook {
        account: AccountFacts {
            name: "Hedger",
            description: "120 SOL of collateral against 108 SOL short; 0.2 BTC long against 5 ETH \
                          short",
        },
        open_secs: OPEN_SECS,
        leverage: 9.0,
        sol_collateral: 120.0,
        positions: [0.2, -5.0, -108.0],
        borrowed: 0.0,
    },
    CastBook {
        account: AccountFacts {
            name: "Latecomer",
            description: "1 BTC long on USDC, 18 times its equity, two hours before the crash",
        },
        open_secs: CALM_SECS - 2 * 3_600,
        leverage: 18.0,
        sol_collateral: 0.0,
        positions: [1.0, 0.0, 0.0],
        borrowed: 0.0,
    },
    CastBook {
        account: AccountFacts {
            name: "Spreader",
            description: "0.25 BTC and 6.5 ETH long against 250 SOL short on USDC, ten times its equity: \
                          so well netted that a joint scenario holds its margin up",
        },
        open_secs: OPEN_SECS,
        leverage: 10.0,
        sol_collateral: 0.0,
        positions: [0.25, 6.5, -250.0],
        borrowed: 0.0,
    },
    CastBook {
        account: AccountFacts {
            name: "Borrower",
            description: "500 SOL of collateral and a USDC loan of 87 % of what they allow, no position",
        },
        open_secs: OPEN_SECS,
        leverage: 1.0,
        sol_collateral: 500.0,
        positions: [0.0, 0.0, 0.0],
        borrowed: 0.87,
    },
];

/// Quote of the liquidator's account: what it can take positions over with.
const LIQUIDATOR_USD: u64 = 250_000;

/// The accounts.
pub struct Cast {
    /// In the order of [`accounts`].
    pub traders: Vec<Trader>,
    /// Of the bot: it takes positions over.
    pub liquidator: Trader,
    /// Of the bot: it buys collateral, and holds no position, so that no price that may not be traded on stops it.
    pub buyer: Trader,
    crowd: Crowd,
}

/// The accounts that are watched.
pub fn accounts() -> Vec<AccountFacts> {
    BOOKS.into_iter().map(|book| book.account).collect()
}

impl Cast {
    /// Opens the accounts.
    pub fn enter(world: &mut World) -> Self {
        Self {
            traders: BOOKS.iter().map(|_| world.new_trader(0)).collect(),
            liquidator: world.new_trader(usd(LIQUIDATOR_USD)),
            buyer: world.new_trader(usd(LIQUIDATOR_USD)),
            crowd: Crowd::enter(world),
        }
    }

    /// What the accounts do at this time of a calm market.
    pub fn act(
        &mut self,
        world: &mut World,
        assets: &[AssetHandle],
        recorder: &mut Recorder,
        elapsed_secs: i64,
    ) -> Result<()> {
        if elapsed_secs == OPEN_SECS {
            crate::market::sweep(world, assets)?;
            self.crowd.open(world, assets, recorder)?;
        }
        self.crowd.act(world, assets, recorder, elapsed_secs)?;
        for (index, book) in BOOKS.iter().enumerate() {
            if elapsed_secs == book.open_secs {
                self.open(world, assets, recorder, index)?;
            }
        }
        let reviews = elapsed_secs > OPEN_SECS && elapsed_secs < CALM_SECS;
        if reviews && elapsed_secs % REVIEW_SECS == REVIEW_PHASE_SECS {
            self.review(world, recorder)?;
        }
        Ok(())
    }

    /// Deposits, opens the positions and borrows.
    fn open(
        &self,
        world: &mut World,
        assets: &[AssetHandle],
        recorder: &mut Recorder,
        index: usize,
    ) -> Result<()> {
        let (trader, book) = (&self.traders[index], &BOOKS[index]);
        let dollars =
            |asset: &AssetHandle, units: f64| units * world.quote(asset).price as f64 / 1e8;
        let gross: f64 = assets
            .iter()
            .zip(book.positions)
            .map(|(asset, units)| dollars(asset, units.abs()))
            .sum();
        let quote = usd((gross / book.leverage).round() as u64);
        if quote > 0 {
            recorder.done("a deposit", world.deposit_quote(trader, quote), world)?;
            let text = format!("{} of USDC", format::usd_whole(quote as i64));
            recorder.event(index, EventKind::Deposit, text);
        }
        let sol = &assets[assets.len() - 1];
        let collateral = sol.atoms(book.sol_collateral);
        if collateral > 0 {
            let sent = world.deposit_collateral(trader, sol, collateral as u64);
            recorder.done("a deposit", sent, world)?;
            let text = format!("{} SOL", format::base_size(collateral, sol.decimals));
            recorder.event(index, EventKind::Deposit, text);
        }
        for (asset, units) in assets.iter().zip(book.positions) {
            let size = asset.atoms(units);
            if size != 0 {
                self.trade(world, recorder, index, asset, size, quote)?;
            }
        }
        if book.borrowed > 0.0 {
            self.borrow(world, recorder, index, book.borrowed)?;
        }
        Ok(())
    }

    /// Borrows this part of what free collateral allows.
    fn borrow(
        &self,
        world: &mut World,
        recorder: &mut Recorder,
        index: usize,
        part: f64,
    ) -> Result<()> {
        let trader = &self.traders[index];
        let free = report_of(world, trader)?.free_collateral_atoms;
        let loan = (free as f64 * part) as i64;
        if loan < SMALLEST_LOAN_ATOMS {
            return Ok(());
        }
        recorder.done("a loan", world.borrow(trader, loan as u64), world)?;
        let text = format!("{} of USDC", format::usd_whole(loan));
        recorder.event(index, EventKind::Loan, text);
        Ok(())
    }

    /// Opens a position; pays in a tenth more while the initial margin of a rougher month asks for it.
    fn trade(
        &self,
        world: &mut World,
        recorder: &mut Recorder,
        index: usize,
        asset: &AssetHandle,
        size: i64,
        quote: u64,
    ) -> Result<()> {
        let trader = &self.traders[index];
        loop {
            let sent = world.trade(trader, asset, size);
            if !matches!(&sent, Err(failure) if failure.is(FreeboardError::InitialMarginNotMet)) {
                recorder.done("a trade", sent, world)?;
                let text = trade_text(recorder, asset, size, world.quote(asset).price);
                recorder.event(index, EventKind::Trade, text);
                return Ok(());
            }
            let more = quote / 10;
            recorder.done("a deposit", world.deposit_quote(trader, more), world)?;
            let text = format!(
                "{} of USDC for the initial margin",
                format::usd_whole(more as i64)
            );
            recorder.event(index, EventKind::Deposit, text);
        }
    }

    /// The trader takes profit out, or pays in, so that leverage is what it was at first.
    fn review(&self, world: &mut World, recorder: &mut Recorder) -> Result<()> {
        let trader = &self.traders[0];
        let report = report_of(world, trader)?;
        let equity = report.maintenance.equity_atoms;
        let excess = equity - (notional_atoms(world, trader) as f64 / TARGET_LEVERAGE) as i64;
        let payable = excess
            .min(world.quote_of(trader))
            .min(report.free_collateral_atoms)
            .max(0);
        if payable > SMALLEST_REVIEW_ATOMS {
            let sent = world.withdraw_quote(trader, payable as u64);
            recorder.done("a withdrawal", sent, world)?;
            let text = format!("{} of profit", format::usd_whole(payable));
            recorder.event(0, EventKind::Withdrawal, text);
        } else if -excess > SMALLEST_REVIEW_ATOMS {
            let sent = world.deposit_quote(trader, excess.unsigned_abs());
            recorder.done("a deposit", sent, world)?;
            let text = format!("{} of USDC", format::usd_whole(-excess));
            recorder.event(0, EventKind::Deposit, text);
        }
        Ok(())
    }
}

fn trade_text(recorder: &Recorder, asset: &AssetHandle, size: i64, price_e8: i64) -> String {
    let side = if size > 0 { "long" } else { "short" };
    let (size, price) = (
        format::base_size(size.abs(), asset.decimals),
        format::price(price_e8),
    );
    format!("{size} {} {side} at {price}", recorder.asset_name(asset))
}

/// Σ |size| · price of an account, quote atoms.
pub fn notional_atoms(world: &World, trader: &Trader) -> i64 {
    let account = world.state_of(trader);
    let notional = |asset: &AssetHandle| {
        let mut slots = account.positions.iter();
        let slot = slots.find(|slot| slot.asset_index == asset.index);
        let size = slot.map_or(0, |slot| slot.base_size_atoms.unsigned_abs());
        let units = size as f64 / 10f64.powi(i32::from(asset.decimals));
        (units * world.quote(asset).price as f64 / 100.0) as i64
    };
    world.assets.iter().map(notional).sum()
}

/// The margin report of an account, by the code that the program runs.
pub fn report_of(world: &World, trader: &Trader) -> Result<MarginReport> {
    let report = world.client_report(trader);
    report.map_err(|error| anyhow::anyhow!("no margin report: {error:?}"))
}
