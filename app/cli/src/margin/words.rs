//! The words of a question: `BTC:+2@100000`, `0.6%`, `20000`. Every number is exact, or refused.
use anyhow::{Context, Result, bail, ensure};
use rust_decimal::Decimal;

/// Decimals of the quote token.
const QUOTE_DECIMALS: u32 = 6;
/// Decimals of a price.
const PRICE_DECIMALS: u32 = 12;

/// `ASSET:NUMBER`, and the price behind an `@`, USD × 10^12.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetWord {
    /// The asset as it was written.
    pub asset: String,
    /// The number as it was written, without its price.
    pub number: String,
    /// The price, USD × 10^12.
    pub price_e12: Option<u128>,
}

impl AssetWord {
    /// Reads `ASSET:NUMBER` or `ASSET:NUMBER@PRICE`.
    ///
    /// Errors: no colon, nothing on one side of it, a price that is none.
    pub fn parse(text: &str) -> Result<Self> {
        let form = || format!("`{text}`: write ASSET:NUMBER, such as BTC:+2@100000");
        let (asset, rest) = text.split_once(':').with_context(form)?;
        let (number, price) = match rest.split_once('@') {
            Some((number, price)) => (number, Some(price)),
            None => (rest, None),
        };
        let (asset, number) = (asset.trim(), number.trim());
        ensure!(!asset.is_empty() && !number.is_empty(), form());
        let price_e12 = price.map(price_e12).transpose();
        Ok(Self {
            asset: asset.to_owned(),
            number: number.to_owned(),
            price_e12: price_e12.with_context(|| format!("`{text}`"))?,
        })
    }
}

/// A price in USD × 10^12.
///
/// Errors: no number, not above 0, more than 12 decimals.
pub fn price_e12(text: &str) -> Result<u128> {
    let price = scaled(text, PRICE_DECIMALS).context("price in USD")?;
    let price = u128::try_from(price).unwrap_or(0);
    ensure!(price > 0, "`{text}`: a price is above 0");
    Ok(price)
}

/// Cash in quote atoms.
///
/// Errors: no number, more than 6 decimals, beyond 64 bits.
pub fn cash_atoms(text: &str) -> Result<i64> {
    let atoms = scaled(text, QUOTE_DECIMALS).context("cash in USD")?;
    i64::try_from(atoms).with_context(|| format!("`{text}`: more than an account can hold"))
}

/// A signed size in base atoms.
///
/// Errors: no number, more decimals than the asset has, beyond 64 bits.
pub fn size_atoms(text: &str, base_decimals: u8) -> Result<i64> {
    let atoms = scaled(text, base_decimals.into())?;
    i64::try_from(atoms).with_context(|| format!("`{text}`: more than an account can hold"))
}

/// A volatility per √hour × 10^9: `0.6%`, or `0.6 %`.
///
/// Errors: no per cent sign, no number, not above 0, more than 7 decimals.
pub fn sigma_e9(text: &str) -> Result<u64> {
    let Some(digits) = text.trim().strip_suffix('%') else {
        bail!("`{text}`: a volatility per √hour in per cent, such as 0.6%");
    };
    let sigma = u64::try_from(scaled(digits, 7)?).unwrap_or(0);
    ensure!(sigma > 0, "`{text}`: a volatility is above 0");
    Ok(sigma)
}

/// `number · 10^decimals`, exact. Commas and underscores may group the digits.
fn scaled(text: &str, decimals: u32) -> Result<i128> {
    let plain = text.trim().trim_start_matches('$').replace([',', '_'], "");
    let plain = plain.strip_prefix('+').unwrap_or(&plain);
    let number: Decimal = plain
        .parse()
        .with_context(|| format!("`{text}` is no decimal number"))?;
    let number = number.normalize();
    let missing = decimals.checked_sub(number.scale()).with_context(|| {
        format!("`{text}` has more than {decimals} decimals: nothing is rounded here")
    })?;
    let unit = 10_i128.checked_pow(missing);
    let scaled = unit.and_then(|unit| number.mantissa().checked_mul(unit));
    scaled.with_context(|| format!("`{text}` is too large"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_or_refused() {
        let word = AssetWord::parse("BTC:+2@100000").unwrap();
        assert_eq!((word.asset.as_str(), word.number.as_str()), ("BTC", "+2"));
        assert_eq!(word.price_e12, Some(100_000_000_000_000_000));
        assert_eq!(AssetWord::parse("SOL:1.5").unwrap().price_e12, None);
        assert_eq!(size_atoms("-30", 8).unwrap(), -3_000_000_000);
        assert_eq!(size_atoms("+1_000.5", 9).unwrap(), 1_000_500_000_000);
        assert_eq!(cash_atoms("-20,000.25").unwrap(), -20_000_250_000);
        assert_eq!(cash_atoms("1.500000000").unwrap(), 1_500_000);
        assert_eq!(sigma_e9("0.6%").unwrap(), 6_000_000);
        assert_eq!(sigma_e9("1.84 %").unwrap(), 18_400_000);
        assert_eq!(price_e12("0.000000000001").unwrap(), 1);
        for (text, words) in [
            ("BTC", "write ASSET:NUMBER"),
            ("BTC:", "write ASSET:NUMBER"),
            (":2", "write ASSET:NUMBER"),
            ("BTC:2@", "no decimal number"),
            ("BTC:2@0", "a price is above 0"),
            ("BTC:2@-1", "a price is above 0"),
        ] {
            let error = format!("{:#}", AssetWord::parse(text).unwrap_err());
            assert!(error.contains(words), "{text}: {error}");
        }
        for (error, words) in [
            (cash_atoms("0.0000001").unwrap_err(), "more than 6 decimals"),
            (cash_atoms("ten").unwrap_err(), "no decimal number"),
            (
                cash_atoms("10000000000000000000").unwrap_err(),
                "more than an account",
            ),
            (size_atoms("0.1", 0).unwrap_err(), "more than 0 decimals"),
            (sigma_e9("0.6").unwrap_err(), "in per cent"),
            (sigma_e9("-1%").unwrap_err(), "above 0"),
        ] {
            let error = format!("{error:#}");
            assert!(error.contains(words), "{error}");
        }
    }
}
