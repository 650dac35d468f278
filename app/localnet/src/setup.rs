//! From an empty chain to an exchange that trades: programs, tokens, the deployment of `freeboard-migrations`, an LP's
//! money, a day of volatility samples.
use std::time::Instant;

use anchor_lang::prelude::Pubkey;
use anchor_spl::token::ID as TOKEN;
use anyhow::{Context, Result, bail};
use freeboard_client::freeboard::instructions::WEIGHT_DELAY_SECS;
use freeboard_client::freeboard::state::{FeedBinding, OracleKind};
use freeboard_client::network::{FeedBook, SendOptions, WireVersion};
use freeboard_client::parameters::{AssetEntry, ParameterFile};
use freeboard_client::state::ExchangeState;
use freeboard_client::{ExchangeKeys, address, freeboard, instructions};
use freeboard_migrations::deployer::{Attendant, DeployOptions, Deployer, Waited};
use freeboard_migrations::deployment::{
    AssetPart, Deployment, ExchangePart, PayoutsPart, ProgramPart, RolesPart,
};
use freeboard_migrations::guards::NamedCluster;
use freeboard_migrations::keys::Keyring;
use freeboard_migrations::plan::{Step, StepState, Waiting};
use freeboard_migrations::write::WriteOptions;

use crate::chain::LocalChain;
use crate::liquidity::LP_DEPOSIT_QUOTE_ATOMS;
use crate::poster::{MockFeed, PricePoster};
use crate::tokens::{TokenGift, TokenPress};
use crate::wallets::{self, Wallets};

/// The exchange's timelock, seconds: the shortest there is.
const TIMELOCK_SECS: u32 = 86_400;
/// The chain's time that the set-up takes beside its two long waits, seconds.
const SLACK_SECS: i64 = 300;
/// SOL of everybody, lamports.
const SOL_LAMPORTS: u64 = 10_000 * 1_000_000_000;
/// What governance pays into the pool, whose shares nobody owns, quote atoms.
const POOL_DEPOSIT_QUOTE_ATOMS: u64 = 2_000_000_000_000;
/// Quote tokens in wallets, atoms.
const QUOTE_GIFTS: [(&str, u64); 5] = [
    ("governance", POOL_DEPOSIT_QUOTE_ATOMS),
    ("lp", LP_DEPOSIT_QUOTE_ATOMS + 10_000_000_000_000),
    ("trader", 1_000_000_000_000),
    ("keeper", 1_000_000_000_000),
    ("recipient", 0),
];
/// Whole units of each asset's token in the trader's wallet.
const TRADER_UNITS: u64 = 100;
/// Most that fees may pay out in a day, quote atoms.
const PAYOUT_CAP_QUOTE_ATOMS: u64 = 10_000_000_000;
/// Times that the set-up may wait for the clock or a price: twice is enough.
const MOST_WAITS: usize = 10;
/// The quote token's name.
const QUOTE: &str = "USDC";
/// Its decimals.
const QUOTE_DECIMALS: u8 = 6;

/// What is set up.
pub(crate) struct SetupPlan {
    pub(crate) parameters: ParameterFile,
    /// Bytes of the program.
    pub(crate) program: Vec<u8>,
    /// Bytes of the mock of Pyth's receiver.
    pub(crate) mock: Vec<u8>,
}

impl SetupPlan {
    /// The chain's time that the set-up takes, seconds.
    pub(crate) fn lead_secs(&self) -> i64 {
        let (samples, spacing_secs) = self.warm_up();
        let pool = &self.parameters.pool;
        // No change is carried out before every LP could have left.
        let lp_secs = i64::from(pool.lp_delay_secs) + i64::from(pool.lp_window_secs);
        let listing_secs = lp_secs.max(TIMELOCK_SECS.into());
        listing_secs + (samples * spacing_secs).max(pool.lp_delay_secs.into()) + SLACK_SECS
    }

    /// Samples until every volatility counts as warm, and seconds between two.
    fn warm_up(&self) -> (i64, i64) {
        let params = || self.parameters.assets.iter().map(|asset| &asset.params);
        let samples = params()
            .map(|one| one.warmup_samples)
            .max()
            .map_or(1, i64::from);
        let spacing = params().map(|one| one.sample.min_spacing_secs).max();
        // A second more, so that a block between two ticks makes no sample come too early.
        let spacing_secs = spacing.map_or(300, i64::from) + 1;
        let whole = WEIGHT_DELAY_SECS / spacing_secs + 1; // collateral counts a day after its listing
        (samples.max(whole), spacing_secs)
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let assets = self.parameters.assets.iter();
        assets.map(|asset| asset.name.clone()).collect()
    }

    pub(crate) fn feeds(&self) -> Vec<MockFeed> {
        let assets = self.parameters.assets.iter();
        assets.map(|asset| MockFeed::of_name(&asset.name)).collect()
    }
}

/// The one who sets up.
pub(crate) struct SetupRun<'a> {
    pub(crate) plan: &'a SetupPlan,
    pub(crate) chain: &'a LocalChain,
    pub(crate) wallets: &'a Wallets,
    pub(crate) poster: &'a mut PricePoster,
    pub(crate) options: SendOptions,
}

impl SetupRun<'_> {
    /// Does all of it; returns the exchange.
    ///
    /// Errors: the first step that fails, named.
    pub(crate) async fn carry_out(mut self) -> Result<ExchangeState> {
        let started = Instant::now();
        let done = |what: &str| tracing::info!("{what} ({:.1} s)", started.elapsed().as_secs_f64());
        self.prepare_chain()
            .await
            .context("the chain was not prepared")?;
        done("wallets and tokens made");
        let deployment = self.deployment()?;
        self.deploy(&deployment)
            .await
            .context("the exchange was not set up")?;
        done("program deployed, exchange and assets created");
        let keys = self.exchange_keys(&deployment);
        self.request_liquidity(&keys)
            .await
            .context("the LP's request was not taken")?;
        self.warm_up(keys.exchange)
            .await
            .context("volatility was not warmed up")?;
        done("volatility warm, collateral counts");
        self.deposit_liquidity(&keys)
            .await
            .context("the LP's deposit was not carried out")?;
        self.allot_liquidity(keys.exchange)
            .await
            .context("the pool's money was not allotted")
    }

    async fn prepare_chain(&self) -> Result<()> {
        self.chain
            .write_program(&pyth_mock::ID, &self.plan.mock)
            .await?;
        // Nobody here has the key of the program's address; everything after this needs it no more.
        self.chain.reserve_program(&freeboard::ID).await?;
        for name in wallets::NAMES {
            self.chain
                .give_sol(&self.wallets.address(name), SOL_LAMPORTS)
                .await?;
        }
        let press = self.press();
        let mut mints = vec![(QUOTE.to_owned(), QUOTE_DECIMALS)];
        let assets = &self.plan.parameters.assets;
        mints.extend(
            assets
                .iter()
                .map(|one| (one.name.clone(), one.params.base_decimals)),
        );
        press.make_mints(&mints).await?;
        let mut gifts = Vec::new();
        for (name, atoms) in QUOTE_GIFTS {
            gifts.push(TokenGift {
                owner: self.wallets.address(name),
                mint: press.mint_address(QUOTE)?,
                atoms,
            });
        }
        for asset in assets {
            gifts.push(TokenGift {
                owner: self.wallets.address("trader"),
                mint: press.mint_address(&asset.name)?,
                atoms: TRADER_UNITS * 10u64.pow(asset.params.base_decimals.into()),
            });
        }
        press.give(&gifts).await
    }

    fn press(&self) -> TokenPress<'_> {
        TokenPress {
            chain: self.chain,
            payer: self.wallets.key("payer"),
            options: &self.options,
        }
    }

    /// What `freeboard-deploy` would read from a file.
    fn deployment(&self) -> Result<Deployment> {
        let press = self.press();
        let program = self.plan.program.clone();
        let address = |name| self.wallets.address(name);
        let part = |asset: &AssetEntry| {
            let feed = MockFeed::of_name(&asset.name);
            Ok(AssetPart {
                name: asset.name.clone(),
                feed: FeedBinding {
                    kind: OracleKind::PythReceiver,
                    feed: feed.id,
                },
                price_account: feed.address,
                mint: Some(press.mint_address(&asset.name)?),
            })
        };
        let assets = self.plan.parameters.assets.iter().map(part);
        Ok(Deployment {
            cluster: NamedCluster::Localnet,
            rpc_url: None,
            program: ProgramPart {
                max_bytes: program.len(),
                bytes: program,
                upgrade_authority: None,
                allow_non_system_authority: false,
                keypair: None,
            },
            exchange: ExchangePart {
                creator: address("payer"),
                quote_mint: press.mint_address(QUOTE)?,
                timelock_secs: TIMELOCK_SECS,
                parameters: self.plan.parameters.clone(),
                pool_deposit_quote_atoms: POOL_DEPOSIT_QUOTE_ATOMS,
            },
            roles: RolesPart {
                governance: address("governance"),
                first_governance: None,
                risk_manager: address("risk_manager"),
                guardian: address("guardian"),
                payouts: Some(PayoutsPart {
                    recipient: address("recipient"),
                    cap_quote_atoms: PAYOUT_CAP_QUOTE_ATOMS,
                }),
            },
            assets: assets.collect::<Result<_>>()?,
        })
    }

    fn exchange_keys(&self, deployment: &Deployment) -> ExchangeKeys {
        let part = &deployment.exchange;
        ExchangeKeys::of_creator(&part.creator, part.quote_mint, TOKEN)
    }

    /// Everything that a real deployment does, with the clock moved where it would wait.
    async fn deploy(&mut self, deployment: &Deployment) -> Result<()> {
        let mut keyring = Keyring::new(self.wallets.key("payer").clone());
        for name in ["governance", "risk_manager", "guardian"] {
            keyring = keyring.with(self.wallets.key(name).clone());
        }
        // About 400 transactions in place of 1,500, and under a second: this validator has version 1.
        let write = WriteOptions {
            version: WireVersion::V1,
            ..WriteOptions::default()
        };
        let options = DeployOptions {
            send: self.options.clone(),
            write,
        };
        let chain = self.chain;
        let deployer = Deployer::new(&chain.cluster, deployment, &keyring).with_options(options);
        for _ in 0..MOST_WAITS {
            let outcome = deployer.carry_out(&mut Impatient).await?;
            if outcome.is_finished() {
                return Ok(());
            }
            let waiting = outcome.plan.next_wait().with_context(|| {
                let steps = outcome.plan.steps.iter();
                let open = steps.filter(|step| step.state != StepState::Done);
                let open: Vec<&str> = open.map(|step| step.title.as_str()).collect();
                format!(
                    "nothing can be done, and there is left: {}",
                    open.join("; ")
                )
            })?;
            if let Waiting::Until { unix_ts, .. } = waiting {
                chain.travel_to(*unix_ts).await?;
            }
            self.poster.post_now(chain).await?;
        }
        bail!("after {MOST_WAITS} waits there is still something to wait for")
    }

    /// A price and a sample of each asset, as often as it takes, each at its distance of the chain's clock.
    async fn warm_up(&mut self, exchange: Pubkey) -> Result<()> {
        let (samples, spacing_secs) = self.plan.warm_up();
        let feeds = self.plan.feeds();
        let sample = |asset: usize| {
            let index = u16::try_from(asset).ok()?;
            let asset = address::asset(&exchange, index);
            let feed = feeds[usize::from(index)].address;
            Some(instructions::sample_volatility(exchange, asset, feed, None))
        };
        let start_ts = self.chain.now().await?;
        for tick in 1..=samples {
            let ts = start_ts + tick * spacing_secs;
            self.chain.travel_to(ts).await?;
            self.poster.post(ts, sample).await?;
        }
        Ok(())
    }

    /// Where the mock keeps the prices.
    pub(crate) fn feed_book(&self) -> FeedBook {
        let mut book = FeedBook::default();
        for (index, feed) in (0..).zip(self.plan.feeds()) {
            book.pin(index, feed.address);
        }
        book
    }
}

/// Waits for nothing: what there is to wait for is done between two runs, which go on where the cluster is.
struct Impatient;

impl Attendant for Impatient {
    async fn wait(&mut self, _waiting: &Waiting) -> Result<Waited> {
        Ok(Waited::GiveUp)
    }

    fn ends(&mut self, step: &Step, _signature: Option<&str>) {
        tracing::info!("{}", step.title);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_up_takes_two_and_a_half_days_of_the_chains_time_with_the_shipped_parameters() {
        let text = include_str!("../../../migrations/parameters/default.toml");
        let plan = SetupPlan {
            parameters: ParameterFile::parse(text).unwrap(),
            program: Vec::new(),
            mock: Vec::new(),
        };
        assert_eq!(plan.warm_up(), (288, 301));
        assert_eq!(plan.lead_secs(), 129_600 + 288 * 301 + SLACK_SECS);
        assert_eq!(plan.names(), ["BTC", "ETH", "SOL"]);
    }
}
