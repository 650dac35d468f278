//! What an exchange and its assets are made of. The defaults are the model's reference parameters.
use crate::{
    feeds::FeedKind,
    tokens::{MintKind, TokenProgram},
};
use freeboard::state::{
    AssetParams, LiquidationParams, OracleParams, PoolParams, PortfolioParams, Scenario,
    TradeParams,
};
use freeboard_client::parameters::{AssetEntry, ParameterFile};
use freeboard_risk::params as risk;

/// The parameters that are shipped.
const SHIPPED: &str = include_str!("../../../migrations/parameters/default.toml");

/// The parameter file that is shipped.
pub fn shipped() -> ParameterFile {
    ParameterFile::parse(SHIPPED).expect("the shipped parameters")
}

/// An exchange.
#[derive(Clone, Debug)]
pub struct ExchangeSpec {
    /// Portfolio parameters.
    pub portfolio: PortfolioParams,
    /// Liquidation parameters.
    pub liquidation: LiquidationParams,
    /// Pool, loan, reward and order parameters.
    pub pool: PoolParams,
    /// Joint scenarios.
    pub scenarios: Vec<Scenario>,
    /// Delay of a change, seconds.
    pub timelock_secs: u32,
    /// The quote token.
    pub quote: MintKind,
    /// Its decimals.
    pub quote_decimals: u8,
}

impl Default for ExchangeSpec {
    fn default() -> Self {
        Self {
            portfolio: risk::PortfolioParams::reference().into(),
            liquidation: risk::LiquidationParams::reference().into(),
            pool: PoolParams {
                pool_cap_quote_atoms: 1_000_000_000_000_000, // room beside the market's $100 M
                ..risk::PoolParams::reference().into()
            },
            scenarios: Vec::new(),
            timelock_secs: 86_400,
            quote: MintKind::plain(TokenProgram::Spl),
            quote_decimals: 6,
        }
    }
}

impl ExchangeSpec {
    /// With all that a parameter file decides for every asset at once.
    pub fn of_file(file: &ParameterFile) -> Self {
        Self {
            portfolio: file.portfolio.into(),
            liquidation: file.liquidation.into(),
            pool: file.pool.into(),
            scenarios: file.scenarios.iter().copied().map(Into::into).collect(),
            ..Self::default()
        }
    }
}

/// An asset.
#[derive(Clone, Debug)]
pub struct AssetSpec {
    /// Its name, at most 16 characters.
    pub name: String,
    /// Its first price: mantissa and power of ten.
    pub price: (i64, i32),
    /// Which kind of Pyth account.
    pub feed_kind: FeedKind,
    /// Its token, if it is collateral.
    pub collateral: Option<MintKind>,
    /// Volatility and shocks.
    pub params: AssetParams,
    /// Oracle limits.
    pub oracle: OracleParams,
    /// Perpetual market.
    pub trade: TradeParams,
}

impl AssetSpec {
    /// An asset with nine decimals at this price in dollars. Positions may be opened in one step; no
    /// collateral.
    pub fn new(name: &str, dollars: f64) -> Self {
        let mut trade: TradeParams = risk::TradeParams::reference().into();
        trade.one_step_fills = 1;
        // As wide as the bounds allow: other caps are met first.
        (trade.gap_e9, trade.gap_share_e9) = (50_000_000, 500_000_000);
        Self {
            name: name.to_owned(),
            price: ((dollars * 1e8).round() as i64, -8),
            feed_kind: FeedKind::Receiver,
            collateral: None,
            params: risk::AssetParams::reference().into(),
            oracle: risk::OracleParams::reference().into(),
            trade,
        }
    }

    /// An asset of a parameter file at this price in dollars, in a quiet market: at rest at σ_c = σ_stress/3, as
    /// `freeboard margin` takes it. No collateral.
    ///
    /// Exception: positions may be opened in one step.
    pub fn of_entry(entry: &AssetEntry, dollars: f64) -> Self {
        let mut spec = Self {
            params: entry.params.into(),
            oracle: entry.oracle.into(),
            trade: entry.trade.into(),
            ..Self::new(&entry.name, dollars)
        };
        spec.trade.one_step_fills = 1;
        spec.params.sigma_initial_e9 = entry.params.sigma_stress_e9 / 3;
        spec
    }

    /// SOL at $150.
    pub fn sol() -> Self {
        Self::new("SOL", 150.0)
    }

    /// BTC at $100,000: eight decimals, lots of 0.0001.
    pub fn btc() -> Self {
        let mut spec = Self::new("BTC", 100_000.0);
        spec.params.base_decimals = 8;
        spec.params.lot_atoms = 10_000;
        spec.params.bucket = 1;
        spec.scaled_to(100_000_000, 1_000)
    }

    /// ETH at $4,000: eight decimals, lots of 0.001.
    pub fn eth() -> Self {
        let mut spec = Self::new("ETH", 4_000.0);
        spec.params.base_decimals = 8;
        spec.params.lot_atoms = 100_000;
        spec.params.bucket = 2;
        spec.scaled_to(100_000_000, 40_000)
    }

    /// As collateral that counts in full, a plain SPL token.
    pub fn with_collateral(self) -> Self {
        self.with_mint(MintKind::plain(TokenProgram::Spl))
    }

    /// As collateral that counts in full, of this token.
    pub fn with_mint(mut self, mint: MintKind) -> Self {
        self.collateral = Some(mint);
        self.params.collateral_weight_e9 = 1_000_000_000;
        self
    }

    /// With a legacy price account.
    pub fn with_legacy_feed(mut self) -> Self {
        self.feed_kind = FeedKind::Legacy;
        self
    }

    /// With this part of the pool's free cash.
    pub fn with_pool_share(mut self, share_e9: u64) -> Self {
        self.trade.pool_share_e9 = share_e9;
        self
    }

    /// With this gap and this share of pool and insurance that it may cost.
    pub fn with_gap(mut self, gap_e9: u64, gap_share_e9: u64) -> Self {
        (self.trade.gap_e9, self.trade.gap_share_e9) = (gap_e9, gap_share_e9);
        self
    }

    /// Open-interest cap and funding scale 1 ×, skew scale 400 × so many whole units of `unit_atoms`: at the cap the
    /// skew moves a fill by a quarter of the floor of 1 %.
    fn scaled_to(mut self, unit_atoms: u64, units: u64) -> Self {
        self.trade.open_interest_cap_atoms = units * unit_atoms;
        self.trade.account_cap_atoms = units * unit_atoms / 5;
        self.trade.funding_scale_atoms = units * unit_atoms;
        self.trade.skew_scale_atoms = 400 * units * unit_atoms;
        self
    }

    /// The name as the program stores it.
    pub fn name_bytes(&self) -> [u8; 16] {
        let mut name = [0; 16];
        name[..self.name.len()].copy_from_slice(self.name.as_bytes());
        name
    }
}
