//! Number formats of a case's input. Each knows its range, so that an error names its own place.
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use freeboard_risk::RiskError;
use freeboard_risk::number::quantity::{Fraction, Price, Variance};
use serde::de::{self, Deserialize, Deserializer, Visitor};

/// The word that a case of this kind says of itself.
macro_rules! kind {
    ($name:ident, $word:literal) => {
        #[doc = concat!("`kind`, always `\"", $word, "\"`.")]
        #[derive(Clone, Copy, Debug, serde::Deserialize, serde::Serialize)]
        pub enum $name {
            #[doc = concat!("`\"", $word, "\"`")]
            #[serde(rename = $word)]
            Kind,
        }
    };
}
kind!(MarginKind, "margin");
kind!(VolKind, "vol");

/// An integer written as a JSON string, such as `"-1500000"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<T>(pub T);

struct TextVisitor<T>(PhantomData<T>);

impl<T: FromStr> Visitor<'_> for TextVisitor<T> {
    type Value = Text<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = std::any::type_name::<T>();
        write!(
            out,
            "a string that holds a decimal integer in the range of {name}"
        )
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let wrong = || E::invalid_value(de::Unexpected::Str(text), &self);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong());
        }
        text.parse().map(Text).map_err(|_| wrong())
    }
}

impl<'de, T: FromStr> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_str(TextVisitor(PhantomData))
    }
}

/// A JSON integer from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within<const MIN: i64, const MAX: i64>(i64);

/// A fraction × 10^9 that the core can hold: 0 up to, not including, 16.
pub type E9 = Within<0, 15_999_999_999>;
/// A fraction × 10^9 from 0 to 1.
pub type ShareE9 = Within<0, 1_000_000_000>;
/// A rate of fall × 10^9: below 1, so that something is left.
pub type FallE9 = Within<0, 999_999_999>;
/// A ratio × 10^9 above which nothing may rise: at least 1.
pub type RatioE9 = Within<1_000_000_000, 15_999_999_999>;
/// A signed shock × 10^9.
pub type ShockE9 = Within<-7_999_999_999, 7_999_999_999>;
/// Seconds of a parameter, or a count.
pub type Count = Within<0, 4_294_967_295>;
/// Seconds that may not be 0.
pub type Secs = Within<1, 4_294_967_295>;
/// An age in seconds.
pub type Age = Within<0, 4_611_686_018_427_387_903>;
/// A clock time, unix seconds.
pub type Time = Within<-4_611_686_018_427_387_904, 4_611_686_018_427_387_903>;
/// Base decimals.
pub type Decimals = Within<0, 18>;
/// Bucket of the joint scenarios.
pub type Bucket = Within<0, 7>;

impl<const MAX: i64> Default for Within<0, MAX> {
    fn default() -> Self {
        Self(0)
    }
}

impl<const MIN: i64, const MAX: i64> Within<MIN, MAX> {
    /// The number, signed.
    pub const fn signed(self) -> i64 {
        self.0
    }

    /// The number, for ranges that start at 0 or above.
    pub const fn number(self) -> u64 {
        const { assert!(MIN >= 0) };
        self.0.cast_unsigned()
    }

    /// The number, for ranges that end below 2^32.
    pub fn short(self) -> u32 {
        const { assert!(MIN >= 0 && MAX <= 4_294_967_295) };
        u32::try_from(self.0).expect("the range is checked above")
    }

    /// The number, for ranges that end below 2^8.
    pub fn byte(self) -> u8 {
        const { assert!(MIN >= 0 && MAX <= 255) };
        u8::try_from(self.0).expect("the range is checked above")
    }
}

impl<'de, const MIN: i64, const MAX: i64> Deserialize<'de> for Within<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(input)?;
        if (MIN..=MAX).contains(&number) {
            return Ok(Self(number));
        }
        let range = format!("an integer from {MIN} to {MAX}");
        let found = de::Unexpected::Signed(number);
        Err(de::Error::invalid_value(found, &range.as_str()))
    }
}

/// A price × 10^12 above 0, as a string.
#[derive(Clone, Copy, Debug)]
pub struct PriceE12(pub Price);

impl<'de> Deserialize<'de> for PriceE12 {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        match Text::<u128>::deserialize(input)?.0 {
            0 => Err(de::Error::custom("a price must be above 0")),
            price => Ok(Self(Price(price))),
        }
    }
}

/// A unit shock × 10^18, as a string, below 16.
#[derive(Clone, Copy, Debug, Default)]
pub struct FractionE18(pub Fraction);

impl<'de> Deserialize<'de> for FractionE18 {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let fraction = Fraction::from_e18_ceil(Text::deserialize(input)?.0);
        fraction.map(Self).map_err(|_: RiskError| {
            de::Error::custom("a fraction must be below 16, that is 16 · 10^18")
        })
    }
}

/// A variance per hour as a decimal string with at most 24 digits after the point, below 256.
#[derive(Clone, Copy, Debug, Default)]
pub struct VariancePerHour(pub Variance);

impl<'de> Deserialize<'de> for VariancePerHour {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        let wrong = "a variance is a decimal such as \"0.0001\", at most 24 digits after the point \
                     and below 256";
        e24(&text)
            .and_then(|e24| Variance::from_e24_ceil(e24).ok())
            .map(Self)
            .ok_or_else(|| de::Error::custom(format!("`{text}`: {wrong}")))
    }
}

/// A decimal × 10^24, where it is one.
fn e24(text: &str) -> Option<u128> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 24 || !digits(whole) || !digits(part) {
        return None;
    }
    format!("{whole}{part:0<24}").parse().ok()
}
