//! Amounts as people type them: a decimal and its unit, exact or refused.
use freeboard_client::display::money::{QUOTE_DECIMALS, decimal};
use freeboard_client::state::AssetState;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::failure::CommandFailure;

/// What the quote token is called. It counts as 1 USD (docs/terminology.md).
pub const QUOTE_NAME: &str = "USDC";
/// What shares of the pool are called.
pub const SHARES_NAME: &str = "shares";

/// How much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HowMuch {
    /// Everything.
    All,
    /// This much.
    Exactly(Decimal),
}

/// An amount and the name of its unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedAmount {
    /// How much.
    pub how_much: HowMuch,
    /// Of what; none where only one thing can be meant.
    pub unit: Option<String>,
}

/// A unit with its decimals.
#[derive(Clone, Copy, Debug)]
pub struct Unit<'a> {
    /// Its name.
    pub name: &'a str,
    /// Digits behind the point.
    pub decimals: u8,
}

impl Unit<'static> {
    /// The quote token.
    pub const QUOTE: Self = Self {
        name: QUOTE_NAME,
        decimals: QUOTE_DECIMALS,
    };
    /// Shares of the pool.
    pub const SHARES: Self = Self {
        name: SHARES_NAME,
        decimals: QUOTE_DECIMALS,
    };
}

impl TypedAmount {
    /// Reads `250 USDC`, `250USDC`, `all`, `all SOL`, in one part or two.
    ///
    /// Errors: no number, thousands set apart, a sign.
    pub fn parse(parts: &[String]) -> Result<Self, CommandFailure> {
        let text = parts.join(" ");
        let text = text.trim();
        let end = text
            .find(|c: char| c.is_alphabetic() || c.is_whitespace())
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let mut unit = unit.trim();
        let how_much = if number.is_empty() {
            let (first, rest) = unit.split_once(' ').unwrap_or((unit, ""));
            if !first.eq_ignore_ascii_case("all") {
                return Err(not_an_amount(text));
            }
            unit = rest.trim();
            HowMuch::All
        } else {
            HowMuch::Exactly(number_of(number).ok_or_else(|| not_an_amount(text))?)
        };
        if unit.contains(char::is_whitespace) {
            return Err(not_an_amount(text));
        }
        Ok(Self {
            how_much,
            unit: Some(unit.to_owned()).filter(|unit| !unit.is_empty()),
        })
    }

    /// Whether the unit is the quote token's.
    pub fn is_quote(&self) -> bool {
        let unit = self.unit.as_deref();
        unit.is_some_and(|unit| unit.eq_ignore_ascii_case(QUOTE_NAME))
    }
}

fn not_an_amount(text: &str) -> CommandFailure {
    CommandFailure::input(
        format!("`{text}` is no amount."),
        "Write a decimal and its unit, `250 USDC` or `1.5 SOL`, or `all USDC`; a point before the decimals, \
         thousands not set apart.",
    )
}

/// A decimal without sign, exactly as typed.
fn number_of(text: &str) -> Option<Decimal> {
    let plain = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let number = Decimal::from_str_exact(text).ok();
    number.filter(|_| plain && text.chars().any(|c| c.is_ascii_digit()))
}

/// A decimal in atoms of a unit.
///
/// Errors: more decimals than the unit has; nothing; more than 2^63 atoms.
pub fn atoms(number: Decimal, unit: Unit) -> Result<u64, CommandFailure> {
    let scaled = scale(number, unit.decimals).ok_or_else(|| {
        CommandFailure::input(
            format!("{number} {} is more than can be counted.", unit.name),
            "Use a smaller amount.",
        )
    })?;
    let Some(atoms) = scaled.to_u64().filter(|_| scaled.fract().is_zero()) else {
        let near = number.trunc_with_scale(unit.decimals.into());
        let least = Decimal::new(1, unit.decimals.into());
        return Err(CommandFailure::input(
            format!(
                "{number} {name} has more decimals than {name}, which has {}.",
                unit.decimals,
                name = unit.name
            ),
            format!(
                "Nothing is rounded here: write {} {}, for example.",
                near.max(least).normalize(),
                unit.name
            ),
        ));
    };
    if atoms == 0 {
        return Err(CommandFailure::input(
            format!("0 {} is nothing to do.", unit.name),
            "Use an amount above 0.",
        ));
    }
    if i64::try_from(atoms).is_err() {
        return Err(CommandFailure::input(
            format!("{number} {} is more than can be counted.", unit.name),
            "Use a smaller amount.",
        ));
    }
    Ok(atoms)
}

/// USD per unit × 10^12.
///
/// Errors: more than 12 decimals; 0; beyond 2^96.
pub fn price_e12(usd: Decimal) -> Result<u128, CommandFailure> {
    let scaled = scale(usd, 12).filter(|scaled| scaled.fract().is_zero());
    let price = scaled.and_then(|scaled| scaled.to_u128());
    price.filter(|price| *price > 0).ok_or_else(|| {
        CommandFailure::input(
            format!("`{usd}` is no price."),
            "Write USD per unit above 0, with at most 12 decimals: 101250.5.",
        )
    })
}

fn scale(number: Decimal, decimals: u8) -> Option<Decimal> {
    number.checked_mul(Decimal::from(10_u64.checked_pow(decimals.into())?))
}

/// A size in whole lots of its asset, base atoms.
///
/// Errors: those of [`atoms`]; no whole lots.
pub fn size_atoms(number: Decimal, asset: &AssetState) -> Result<u64, CommandFailure> {
    let name = asset.name();
    let decimals = asset.asset.params.base_decimals;
    let unit = Unit {
        name: &name,
        decimals,
    };
    let atoms = atoms(number, unit)?;
    let lot = asset.asset.params.lot_atoms.max(1);
    if atoms.is_multiple_of(lot) {
        return Ok(atoms);
    }
    let show = |atoms: u64| decimal(atoms.into(), decimals);
    let below = atoms / lot * lot;
    let above = show(below.saturating_add(lot));
    let fitting = match below {
        0 => above,
        below => format!("{} or {above}", show(below)),
    };
    Err(CommandFailure::input(
        format!(
            "{number} {name} is no whole number of lots of {} {name}.",
            show(lot)
        ),
        format!("Use {fitting} {name}."),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<(HowMuch, Option<String>)> {
        let parts: Vec<String> = text.split('|').map(str::to_owned).collect();
        let amount = TypedAmount::parse(&parts).ok()?;
        Some((amount.how_much, amount.unit))
    }

    fn exactly(text: &str) -> HowMuch {
        HowMuch::Exactly(text.parse().unwrap())
    }

    #[test]
    fn a_number_and_its_unit_in_one_part_or_two() {
        let usdc = Some("USDC".to_owned());
        for text in ["250 USDC", "250|USDC", "250USDC", " 250  USDC "] {
            assert_eq!(parsed(text), Some((exactly("250"), usdc.clone())), "{text}");
        }
        assert_eq!(parsed("1.5"), Some((exactly("1.5"), None)));
        assert_eq!(parsed("all"), Some((HowMuch::All, None)));
        assert_eq!(parsed("ALL|USDC"), Some((HowMuch::All, usdc)));
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for text in [
            "",
            "USDC",
            "-1 SOL",
            "+1 SOL",
            "1,000 USDC",
            "1.2.3 SOL",
            "1e3 USDC",
            "one SOL",
            ". SOL",
            "1 SOL extra",
        ] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    #[test]
    fn atoms_are_exact_or_refused() {
        let number = |text: &str| text.parse::<Decimal>().unwrap();
        assert_eq!(atoms(number("250"), Unit::QUOTE).unwrap(), 250_000_000);
        assert_eq!(atoms(number("0.000001"), Unit::QUOTE).unwrap(), 1);
        let failure = atoms(number("0.0000015"), Unit::QUOTE).unwrap_err();
        assert!(
            failure
                .message
                .contains("more decimals than USDC, which has 6"),
            "{failure}"
        );
        assert!(failure.remedy.contains("0.000001 USDC"), "{failure}");
        assert!(atoms(number("0"), Unit::QUOTE).is_err());
        assert!(atoms(number("9223372036854.775808"), Unit::QUOTE).is_err());
        assert_eq!(
            atoms(number("9223372036854.775807"), Unit::QUOTE).unwrap(),
            i64::MAX.unsigned_abs()
        );
        assert!(atoms(Decimal::MAX, Unit::QUOTE).is_err());
    }

    #[test]
    fn prices_have_twelve_decimals() {
        let price = |text: &str| price_e12(text.parse().unwrap()).ok();
        assert_eq!(price("101250.5"), Some(101_250_500_000_000_000));
        assert_eq!(price("0.000000000001"), Some(1));
        assert_eq!(price("0.0000000000001"), None);
        assert_eq!(price("0"), None);
    }
}
