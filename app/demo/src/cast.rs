//! Who trades: a leveraged trader, a hedger, and the account of the liquidator; what they do in
//! calm times.
use anyhow::Result;
use freeboard_tests::client::freeboard::instructions::MarginReport;
use freeboard_tests::{AssetHandle, Trader, World, usd};

use crate::format;
use crate::prices::{CALM_SECS, DAY_SECS};
use crate::recorder::Recorder;
use crate::refusal::done;
use crate::report::{Account, EventKind};

/// When positions are opened: collateral counts a day after its asset was listed.
const OPEN_SECS: i64 = DAY_SECS + 300;
/// The trader looks after the account this often.
const REVIEW_SECS: i64 = 7 * DAY_SECS;
/// Equity the trader keeps, × initial margin, in tenths.
const TARGET_TENTHS: i64 = 25;
/// Smallest adjustment worth a transaction.
const SMALLEST_REVIEW_ATOMS: i64 = 500 * 1_000_000;

/// Deposits and positions of one account, in whole units; positions in the order of the assets.
struct Book {
    account: Account,
    quote_usd: u64,
    sol_collateral: f64,
    positions: [f64; 3],
}

const BOOKS: [Book; 2] = [
    Book {
        account: Account {
            name: "Trader",
            description: "2,000 SOL, 0.5 BTC and 20 ETH long, on USDC and 150 SOL of collateral",
        },
        quote_usd: 80_000,
        sol_collateral: 150.0,
        positions: [0.5, 20.0, 2_000.0],
    },
    Book {
        account: Account {
            name: "Hedger",
            description: "600 SOL of collateral against 540 SOL short, 1 BTC long against 25 ETH \
                          short",
        },
        quote_usd: 40_000,
        sol_collateral: 600.0,
        positions: [1.0, -25.0, -540.0],
    },
];

/// Quote of the liquidator's account: what it can take positions over with.
const LIQUIDATOR_USD: u64 = 250_000;

/// The accounts.
pub struct Cast {
    /// In the order of [`accounts`].
    pub traders: Vec<Trader>,
    /// Of the bot.
    pub liquidator: Trader,
}

/// The accounts that are watched.
pub fn accounts() -> Vec<Account> {
    BOOKS.into_iter().map(|book| book.account).collect()
}

impl Cast {
    /// Opens the accounts and deposits quote.
    pub fn enter(world: &mut World, recorder: &mut Recorder) -> Self {
        let traders = BOOKS.iter().enumerate().map(|(index, book)| {
            let trader = world.new_trader(usd(book.quote_usd));
            let amount = format::usd_whole(usd(book.quote_usd) as i64);
            recorder.event(0, index, EventKind::Deposit, format!("{amount} of USDC"));
            trader
        });
        let traders = traders.collect();
        Self { traders, liquidator: world.new_trader(usd(LIQUIDATOR_USD)) }
    }

    /// What the accounts do at this time of a calm market.
    pub fn act(
        &self,
        world: &mut World,
        assets: &[AssetHandle],
        recorder: &mut Recorder,
        elapsed_secs: i64,
    ) -> Result<()> {
        if elapsed_secs == OPEN_SECS {
            crate::market::sweep(world, assets)?;
            for index in 0..self.traders.len() {
                self.open(world, assets, recorder, index)?;
            }
        }
        let reviews = elapsed_secs > OPEN_SECS && elapsed_secs < CALM_SECS;
        if reviews && elapsed_secs % REVIEW_SECS == DAY_SECS {
            self.review(world, recorder, elapsed_secs)?;
        }
        Ok(())
    }

    /// Deposits SOL and opens the positions.
    fn open(
        &self,
        world: &mut World,
        assets: &[AssetHandle],
        recorder: &mut Recorder,
        index: usize,
    ) -> Result<()> {
        let (trader, book) = (&self.traders[index], &BOOKS[index]);
        let sol = &assets[assets.len() - 1];
        let collateral = sol.atoms(book.sol_collateral);
        done("a deposit", world.deposit_collateral(trader, sol, collateral as u64))?;
        let text = format!("{} SOL", format::base_size(collateral, sol.decimals));
        recorder.event(OPEN_SECS, index, EventKind::Deposit, text);
        for (asset, units) in assets.iter().zip(book.positions) {
            let size = asset.atoms(units);
            done("a trade", world.trade(trader, asset, size))?;
            let (name, price) = (recorder.asset_name(asset), world.quote(asset).price);
            let side = if size > 0 { "long" } else { "short" };
            let size = format::base_size(size.abs(), asset.decimals);
            let text = format!("{size} {name} {side} at {}", format::price(price));
            recorder.event(OPEN_SECS, index, EventKind::Trade, text);
        }
        Ok(())
    }

    /// The trader takes profit out, or pays in, so that equity is the same multiple of the initial
    /// margin again.
    fn review(&self, world: &mut World, recorder: &mut Recorder, elapsed_secs: i64) -> Result<()> {
        let trader = &self.traders[0];
        let report = report_of(world, trader)?;
        let target = report.initial.margin_atoms / 10 * TARGET_TENTHS;
        let excess = report.initial.equity_atoms - target;
        let payable = excess.min(world.quote_of(trader)).max(0);
        if payable > SMALLEST_REVIEW_ATOMS {
            done("a withdrawal", world.withdraw_quote(trader, payable as u64))?;
            let text = format!("{} of profit", format::usd_whole(payable));
            recorder.event(elapsed_secs, 0, EventKind::Withdrawal, text);
        } else if -excess > SMALLEST_REVIEW_ATOMS {
            done("a deposit", world.deposit_quote(trader, excess.unsigned_abs()))?;
            let text = format!("{} of USDC", format::usd_whole(-excess));
            recorder.event(elapsed_secs, 0, EventKind::Deposit, text);
        }
        Ok(())
    }
}

/// The margin report of an account, by the code that the program runs.
pub fn report_of(world: &World, trader: &Trader) -> Result<MarginReport> {
    let report = world.client_report(trader);
    report.map_err(|error| anyhow::anyhow!("no margin report: {error:?}"))
}
