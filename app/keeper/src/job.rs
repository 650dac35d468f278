//! What a keeper decides to do: instructions, what they are about, and what they earn.
use std::fmt::{Display, Formatter};

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use freeboard_client::freeboard::instructions::Closing;
use prometheus_client::encoding::{EncodeLabelValue, LabelValueEncoder};

/// A kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Duty {
    /// Takes volatility samples.
    Sample,
    /// Shows prices, and announces feeds that are silent.
    Show,
    /// Fills orders.
    Fill,
    /// Moves cash between the ledgers of assets and pool.
    Sweep,
    /// Executes requests of LPs.
    Liquidity,
    /// Carries out changes.
    Changes,
    /// Flags accounts, and renews flags.
    Flag,
    /// Liquidates.
    Liquidate,
    /// Settles losses, resolves bankruptcies, deleverages.
    Losses,
    /// Ends markets and settles their positions.
    Endings,
}

impl Duty {
    /// All of them, the most urgent first: what comes first is sent first.
    pub const ALL: [Self; 10] = [
        Self::Flag,
        Self::Liquidate,
        Self::Losses,
        Self::Fill,
        Self::Sample,
        Self::Show,
        Self::Endings,
        Self::Liquidity,
        Self::Changes,
        Self::Sweep,
    ];

    /// Its name, in lines and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sample => "sample",
            Self::Show => "show",
            Self::Fill => "fill",
            Self::Sweep => "sweep",
            Self::Liquidity => "liquidity",
            Self::Changes => "changes",
            Self::Flag => "flag",
            Self::Liquidate => "liquidate",
            Self::Losses => "losses",
            Self::Endings => "endings",
        }
    }
}

impl Display for Duty {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.name())
    }
}

impl EncodeLabelValue for Duty {
    fn encode(&self, encoder: &mut LabelValueEncoder) -> Result<(), std::fmt::Error> {
        self.name().encode(encoder)
    }
}

/// What a job is about: no two jobs of one key are on their way at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobKey {
    /// The kind of work.
    pub duty: Duty,
    /// The account that it is about.
    pub subject: Pubkey,
    /// What of it: the number of an order, the index of an asset; 0 for all.
    pub part: u64,
}

impl JobKey {
    /// All of an account.
    pub const fn whole(duty: Duty, subject: Pubkey) -> Self {
        Self {
            duty,
            subject,
            part: 0,
        }
    }
}

/// What of an account a liquidation closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChosenClosing {
    /// Index of the asset; 0 for a slice.
    pub asset_index: u16,
    /// What is closed, and who takes it.
    pub closing: Closing,
}

/// Something to send.
#[derive(Clone, Debug)]
pub struct KeeperJob {
    /// What it is about; several where it is about several accounts at once.
    pub keys: Vec<JobKey>,
    /// What is sent.
    pub instructions: Vec<Instruction>,
    /// The same with the pool, for where the program asks for it.
    pub with_pool: Option<Vec<Instruction>>,
    /// What a liquidation closes.
    pub closing: Option<ChosenClosing>,
    /// What it is expected to earn, quote atoms.
    pub reward_atoms: i64,
    /// Whether it makes the account of its key one of several: a new flag or a renewal, a closing by the pool.
    pub may_be_grouped: Grouping,
    /// What it does, for a line.
    pub title: String,
}

/// Whether a job may share a transaction with others of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// It goes alone.
    Alone,
    /// With others.
    Shared,
}

impl KeeperJob {
    /// A job of one instruction that earns nothing and goes alone.
    pub fn new(key: JobKey, instruction: Instruction, title: String) -> Self {
        Self {
            keys: vec![key],
            instructions: vec![instruction],
            with_pool: None,
            closing: None,
            reward_atoms: 0,
            may_be_grouped: Grouping::Alone,
            title,
        }
    }

    /// Its kind of work.
    pub fn duty(&self) -> Duty {
        // Every constructor gives a key.
        self.keys.first().map_or(Duty::Sweep, |key| key.duty)
    }

    /// What it closes, as metrics call it; of a job that closes nothing the empty word.
    pub fn closing_name(&self) -> &'static str {
        self.closing
            .map_or("", |chosen| closing_name(chosen.closing))
    }
}

/// A closing, as lines and metrics call it.
pub const fn closing_name(closing: Closing) -> &'static str {
    match closing {
        Closing::PositionByPool => "position_by_pool",
        Closing::PositionByLiquidator => "position_by_liquidator",
        Closing::Collateral => "collateral",
        Closing::Pair => "pair",
        Closing::Slice => "slice",
    }
}
