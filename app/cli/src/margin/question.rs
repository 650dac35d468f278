//! What a question says, by asset: numbers still as they were written, assets as they are known.
use anyhow::{Context, Result, ensure};
use freeboard_client::risk::requirement::holding::{MAX_COLLATERALS, MAX_POSITIONS};

use super::options::MarginOptions;
use super::words::{AssetWord, cash_atoms, price_e12, sigma_e9};

/// A question in one line.
pub struct Question {
    /// Cash, quote atoms; none where nothing was said of it.
    pub cash_atoms: Option<i64>,
    /// What is said of each asset, in the order in which the assets are known.
    pub assets: Vec<AssetQuestion>,
}

/// What a question says of one asset.
#[derive(Default)]
pub struct AssetQuestion {
    /// The asset, as it is known.
    pub name: String,
    /// A position that is held, and the price it was opened at.
    pub held: Option<AssetWord>,
    /// A position that is opened now.
    pub opened: Option<AssetWord>,
    /// Collateral.
    pub collateral: Option<AssetWord>,
    /// The oracle price of now, USD × 10^12.
    pub price_e12: Option<u128>,
    /// Volatility per √hour × 10^9.
    pub sigma_e9: Option<u64>,
    /// Net size of all other accounts.
    pub skew: Option<AssetWord>,
}

/// Puts what one flag says of an asset where it belongs.
type PutWord = fn(&mut AssetQuestion, AssetWord) -> Result<()>;

impl AssetQuestion {
    /// Whether something is held or opened.
    pub const fn adds(&self) -> bool {
        self.held.is_some() || self.opened.is_some() || self.collateral.is_some()
    }

    /// The oracle price of now that was said: `--price`, or the one behind the `@` of what is opened or brought.
    pub fn said_price_e12(&self) -> Option<u128> {
        let behind = |word: &Option<AssetWord>| word.as_ref().and_then(|word| word.price_e12);
        let brought = behind(&self.opened).or_else(|| behind(&self.collateral));
        self.price_e12.or(brought)
    }
}

impl Question {
    /// What these options ask, about assets of these names. `unknown` says that there is none of a name.
    ///
    /// Errors: a word that is none; an asset that is not known, or said twice; more than an account can hold.
    pub fn new(
        options: &MarginOptions,
        names: &[String],
        unknown: impl Fn(&str) -> String,
    ) -> Result<Self> {
        let flags: [(&str, &[String], PutWord); 6] = [
            ("position", &options.positions, |one, word| {
                put(&mut one.held, word)
            }),
            ("open", &options.opened, |one, word| {
                ensure!(
                    one.held.is_none(),
                    "--position and --open of one asset: give one of them"
                );
                put(&mut one.opened, word)
            }),
            ("collateral", &options.collaterals, |one, word| {
                put(&mut one.collateral, word)
            }),
            ("price", &options.prices, |one, word| {
                put(&mut one.price_e12, price_e12(&word.number)?)
            }),
            ("sigma", &options.sigmas, |one, word| {
                put(&mut one.sigma_e9, sigma_e9(&word.number)?)
            }),
            ("skew", &options.skews, |one, word| put(&mut one.skew, word)),
        ];
        let named = |name: &String| AssetQuestion {
            name: name.clone(),
            ..AssetQuestion::default()
        };
        let mut assets: Vec<AssetQuestion> = names.iter().map(named).collect();
        for (flag, texts, put) in flags {
            for text in texts {
                let word = AssetWord::parse(text).with_context(|| format!("--{flag}"))?;
                let place = || format!("--{flag} `{text}`");
                let mut known = assets.iter_mut();
                let asset = known.find(|one| one.name.eq_ignore_ascii_case(&word.asset));
                let asset = asset
                    .with_context(|| unknown(&word.asset))
                    .with_context(place)?;
                put(asset, word).with_context(place)?;
            }
        }
        let question = Self {
            cash_atoms: options.cash.as_deref().map(cash_atoms).transpose()?,
            assets,
        };
        question.require_slots()?;
        Ok(question)
    }

    /// Keeps the assets that something is added of or that `is_held` already.
    ///
    /// Errors: a price, a volatility or a skew of another one.
    pub fn keep(&mut self, is_held: impl Fn(&str) -> bool) -> Result<()> {
        let others = self
            .assets
            .extract_if(.., |one| !one.adds() && !is_held(&one.name));
        for one in others {
            let is_silent = one.price_e12.is_none() && one.sigma_e9.is_none() && one.skew.is_none();
            ensure!(
                is_silent,
                "{}: nothing is held of it, so that --price, --sigma and --skew say nothing; hold or open some by \
                 --position, --open or --collateral",
                one.name
            );
        }
        Ok(())
    }

    fn require_slots(&self) -> Result<()> {
        let count =
            |is: fn(&AssetQuestion) -> bool| self.assets.iter().filter(|one| is(one)).count();
        let positions = count(|one| one.held.is_some() || one.opened.is_some());
        ensure!(
            positions <= MAX_POSITIONS && count(|one| one.collateral.is_some()) <= MAX_COLLATERALS,
            "an account has at most {MAX_POSITIONS} positions and {MAX_COLLATERALS} collaterals"
        );
        Ok(())
    }
}

/// Errors: something was said before.
fn put<T>(place: &mut Option<T>, said: T) -> Result<()> {
    ensure!(place.replace(said).is_none(), "this asset was said before");
    Ok(())
}
