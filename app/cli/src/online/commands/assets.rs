//! `freeboard asset`: list, show, propose, create.
use anchor_lang::prelude::Pubkey;
use freeboard_client::address;
use freeboard_client::display::money::{decimal, duration, percent, percent_e9, usd};
use freeboard_client::display::table::table;
use freeboard_client::dump::Located;
use freeboard_client::freeboard::state::{
    AssetStatus, Change, FeedBinding, OracleKind, PendingChange,
};
use freeboard_client::instructions::{self, NewAsset};
use freeboard_client::network::PUSH_ORACLE;
use freeboard_client::risk::price::standard::PriceStandard;
use freeboard_client::risk::price::unit_shock::unit_shock_mm;
use freeboard_client::state::{AssetState, ExchangeState};
use serde::Serialize;

use super::governance::{pending, propose_all};
use crate::online::arguments::{AssetCommand, CreateAssetOptions, ListOptions, ReceiverName};
use crate::online::context::{Online, asset_of};
use crate::online::failure::CommandFailure;
use crate::online::output::{Answer, rows, wide_option};
use crate::online::report::oracle_price;
use crate::online::transact::Intent;
use crate::online::words::{price, signed_size, time};
use crate::parameters;

/// 2^60 as a number to divide by.
const ONE_Q60: f64 = (1_u64 << 60) as f64;

/// An asset.
#[derive(Debug, Serialize)]
pub struct AssetView {
    /// Its name.
    pub name: String,
    /// Its index in the exchange.
    pub index: u16,
    /// Its address.
    pub address: String,
    /// How far the life of its market is.
    pub status: &'static str,
    /// Where its price is, or is expected.
    pub feed_account: String,
    /// Which kind of feed.
    pub feed_kind: &'static str,
    /// Feed id, or address of a legacy feed.
    pub feed: String,
    /// Oracle price, USD per unit × 10^12; none where the feed shows none.
    #[serde(serialize_with = "wide_option")]
    pub price_e12: Option<u128>,
    /// Its confidence interval, one side.
    #[serde(serialize_with = "wide_option")]
    pub confidence_e12: Option<u128>,
    /// Its age by the chain's clock, seconds.
    pub age_secs: Option<u64>,
    /// Whether it may be traded at.
    pub is_tradable: bool,
    /// Samples of its volatility.
    pub samples: u32,
    /// Age of the newest, seconds.
    pub sample_age_secs: u64,
    /// Volatility that margins aim at, a share per √hour.
    pub sigma_per_sqrt_h: f64,
    /// Unit shock of the maintenance margin, a share of the price.
    pub unit_shock_mm: f64,
    /// Σ sizes of longs, base atoms.
    pub long_atoms: u64,
    /// Σ sizes of shorts, base atoms.
    pub short_atoms: u64,
    /// Most of one side, base atoms.
    pub open_interest_cap_atoms: u64,
    /// Most of one account, base atoms.
    pub account_cap_atoms: u64,
    /// Decimals of the base token.
    pub base_decimals: u8,
    /// Smallest step of a size, base atoms.
    pub lot_atoms: u64,
    /// Fee on the notional, × 10^9.
    pub taker_fee_e9: u64,
    /// Whether positions are opened without an order.
    pub one_step_fills: bool,
    /// Mint of the collateral; none if it is none.
    pub mint: Option<String>,
    /// Part of the collateral that counts, × 10^9.
    pub collateral_weight_e9: u64,
    /// From when it counts, unix seconds.
    pub weight_from_ts: i64,
}

impl AssetView {
    /// An asset at clock time `now`.
    pub fn new(one: &AssetState, now: i64) -> Self {
        let asset = &one.asset;
        let shown = oracle_price(one);
        let tradable =
            shown.is_some_and(|shown| asset.check_price(PriceStandard::Trade, &shown, now).is_ok());
        let volatility = asset.volatility().ok();
        let (kind, feed) = match asset.oracle_kind() {
            OracleKind::PythLegacy => (
                "legacy account",
                Pubkey::new_from_array(asset.feed).to_string(),
            ),
            OracleKind::PythReceiver => ("receiver rec5", hex(&asset.feed)),
            OracleKind::PythReceiverPro => ("receiver rec2", hex(&asset.feed)),
        };
        let unit_shock =
            volatility.map(|state| unit_shock_mm(&state, &asset.target(), now).to_bits());
        Self {
            name: one.name(),
            index: asset.index,
            address: one.keys.asset.to_string(),
            status: match asset.status() {
                AssetStatus::Active => "open",
                AssetStatus::ReduceOnly => "reduce-only",
                AssetStatus::WindingDown => "winding down",
                AssetStatus::Settled => "ended",
            },
            feed_account: one.keys.feed.to_string(),
            feed_kind: kind,
            feed,
            price_e12: shown.map(|shown| shown.price.0),
            confidence_e12: shown.map(|shown| shown.confidence.0),
            age_secs: shown.map(|shown| shown.age_secs(now)),
            is_tradable: tradable,
            samples: volatility.map_or(0, |state| state.samples),
            sample_age_secs: volatility.map_or(0, |state| {
                now.saturating_sub(state.anchor_ts).max(0).unsigned_abs()
            }),
            sigma_per_sqrt_h: volatility
                .map_or(0.0, |state| state.sigma_target.to_bits() as f64 / ONE_Q60),
            unit_shock_mm: unit_shock.map_or(0.0, |bits| bits as f64 / ONE_Q60),
            long_atoms: asset.long_open_interest_atoms,
            short_atoms: asset.short_open_interest_atoms,
            open_interest_cap_atoms: asset.trade.open_interest_cap_atoms,
            account_cap_atoms: asset.trade.account_cap_atoms,
            base_decimals: asset.params.base_decimals,
            lot_atoms: asset.params.lot_atoms,
            taker_fee_e9: asset.trade.taker_fee_e9,
            one_step_fills: asset.trade.one_step_fills != 0,
            mint: asset.is_collateral().then(|| asset.mint.to_string()),
            collateral_weight_e9: asset.params.collateral_weight_e9,
            weight_from_ts: asset.weight_from_ts,
        }
    }

    fn size(&self, atoms: u64) -> String {
        decimal(atoms.into(), self.base_decimals)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Runs `freeboard asset`.
pub async fn run_asset(online: &Online, command: AssetCommand) -> Result<Answer, CommandFailure> {
    match command {
        AssetCommand::List => list(online).await,
        AssetCommand::Show { asset } => show(online, &asset).await,
        AssetCommand::Propose(options) => propose(online, &options).await,
        AssetCommand::Create(options) => create(online, &options).await,
    }
}

async fn list(online: &Online) -> Result<Answer, CommandFailure> {
    let state = online.exchange().await?;
    let now = online.now().await?;
    let views: Vec<AssetView> = state
        .assets
        .iter()
        .map(|one| AssetView::new(one, now))
        .collect();
    if views.is_empty() {
        let text = "The exchange has no asset yet; `freeboard asset propose` proposes one.";
        return Ok(Answer::new(text, &views));
    }
    let columns = [
        "asset",
        "status",
        "price",
        "age",
        "tradable",
        "σ per √h",
        "unit shock",
        "long",
        "short",
    ];
    let cells = views.iter().map(|one| {
        [
            format!("{} #{}", one.name, one.index),
            one.status.to_owned(),
            one.price_e12.map_or_else(|| "none".to_owned(), price),
            one.age_secs.map_or_else(|| "–".to_owned(), duration),
            if one.is_tradable { "yes" } else { "no" }.to_owned(),
            percent(one.sigma_per_sqrt_h),
            percent(one.unit_shock_mm),
            one.size(one.long_atoms),
            one.size(one.short_atoms),
        ]
    });
    let text = format!("{}\n", table(&columns, 2).add_rows(cells));
    Ok(Answer::new(text, &views))
}

async fn show(online: &Online, name: &str) -> Result<Answer, CommandFailure> {
    let state = online.exchange().await?;
    let now = online.now().await?;
    let view = AssetView::new(asset_of(&state, name)?, now);
    let optional = |value: Option<u128>| value.map_or_else(|| "none".to_owned(), price);
    let age = view
        .age_secs
        .map_or_else(String::new, |age| format!(", {} old", duration(age)));
    let tradable = if view.is_tradable {
        ""
    } else {
        "; nothing is traded at it"
    };
    let skew = i128::from(view.long_atoms) - i128::from(view.short_atoms);
    let fills = if view.one_step_fills {
        "in one step"
    } else {
        "by orders; reduced in one step"
    };
    let mut lines = vec![
        ("address", view.address.clone()),
        ("status", view.status.to_owned()),
        (
            "price",
            format!(
                "{} ± {}{age}{tradable}",
                optional(view.price_e12),
                optional(view.confidence_e12)
            ),
        ),
        (
            "feed",
            format!("{} {} in {}", view.feed_kind, view.feed, view.feed_account),
        ),
        (
            "volatility",
            format!(
                "{} per √hour, of {} samples, the newest {} old",
                percent(view.sigma_per_sqrt_h),
                view.samples,
                duration(view.sample_age_secs)
            ),
        ),
        (
            "unit shock",
            format!(
                "{} of the price: the MM of a small position",
                percent(view.unit_shock_mm)
            ),
        ),
        (
            "open interest",
            format!(
                "{} long, {} short of at most {}",
                view.size(view.long_atoms),
                view.size(view.short_atoms),
                view.size(view.open_interest_cap_atoms)
            ),
        ),
        (
            "skew",
            signed_size(i64::try_from(skew).unwrap_or(i64::MAX), view.base_decimals),
        ),
        (
            "an account",
            format!(
                "at most {} {}",
                view.size(view.account_cap_atoms),
                view.name
            ),
        ),
        (
            "lot",
            format!("{} {}", view.size(view.lot_atoms), view.name),
        ),
        ("fee", percent_e9(view.taker_fee_e9.into())),
        ("opened", fills.to_owned()),
    ];
    if let Some(mint) = &view.mint {
        let weight = percent_e9(view.collateral_weight_e9.into());
        let from = if now < view.weight_from_ts {
            format!(", from {} on", time(view.weight_from_ts))
        } else {
            String::new()
        };
        lines.push(("collateral", format!("weight {weight}{from}, mint {mint}")));
    }
    Ok(Answer::new(
        format!("{} #{}\n{}", view.name, view.index, rows(&lines)),
        &view,
    ))
}

/// Proposes a listing.
async fn propose(online: &Online, options: &ListOptions) -> Result<Answer, CommandFailure> {
    let file = parameters::read(options.params.as_deref())?;
    let entry = file.asset(&options.name).ok_or_else(|| {
        let names: Vec<&str> = file.assets.iter().map(|one| one.name.as_str()).collect();
        CommandFailure::input(
            format!("The parameter file has no asset `{}`.", options.name),
            format!(
                "It has {}; `freeboard calibrate` fits a new one.",
                names.join(", ")
            ),
        )
    })?;
    let state = online.exchange().await?;
    if state.asset_named(&options.name).is_some() {
        return Err(CommandFailure::input(
            format!("{} is listed already.", options.name),
            "`freeboard governance propose` changes its parameters.",
        ));
    }
    let listing = entry.listing(binding(options)?, options.mint.unwrap_or_default());
    let asset_index = next_index(online, &state).await?;
    let change = Change::Listing {
        asset_index,
        listing: Box::new(listing),
    };
    let most = usd(i64::try_from(entry.params.depth_quote_atoms).unwrap_or(i64::MAX));
    let answer = propose_all(online, &state, vec![change]).await?;
    let next = format!("Depth {most} per hour. Once its wait is over: `freeboard asset create`.");
    Ok(Answer {
        text: format!("{}{next}\n", answer.text),
        ..answer
    })
}

/// The first index that neither an asset nor a listing that waits has.
async fn next_index(online: &Online, state: &ExchangeState) -> Result<u16, CommandFailure> {
    let waiting = online.cluster.pending_changes(state.address).await?;
    let listed = waiting.iter().filter_map(|one| match one.state.change {
        Change::Listing { asset_index, .. } => Some(asset_index.saturating_add(1)),
        _ => None,
    });
    Ok(listed.max().unwrap_or(0).max(state.exchange.asset_count))
}

fn binding(options: &ListOptions) -> Result<FeedBinding, CommandFailure> {
    if let Some(address) = options.legacy_feed {
        return Ok(FeedBinding {
            kind: OracleKind::PythLegacy,
            feed: address.to_bytes(),
        });
    }
    let text = options.feed_id.as_deref().unwrap_or_default();
    let feed = feed_id(text).ok_or_else(|| {
        CommandFailure::input(
            format!("`{text}` is no feed id."),
            "A feed id has 64 hexadecimal digits; Pyth lists them.",
        )
    })?;
    let kind = match options.receiver {
        ReceiverName::Core => OracleKind::PythReceiver,
        ReceiverName::Pro => OracleKind::PythReceiverPro,
    };
    Ok(FeedBinding { kind, feed })
}

fn feed_id(text: &str) -> Option<[u8; 32]> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    if digits.len() != 64 || !digits.is_ascii() {
        return None;
    }
    let mut id = [0; 32];
    for (place, byte) in id.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * place..2 * place + 2], 16).ok()?;
    }
    Some(id)
}

/// Where the price of a binding is: the account that was named, a legacy feed's own, or the push oracle's.
///
/// Errors: it has to be named.
pub fn feed_place(binding: &FeedBinding, named: Option<Pubkey>) -> Result<Pubkey, CommandFailure> {
    /// The shard that Pyth's sponsors keep fresh.
    const SHARD: u16 = 0;
    if let Some(named) = named {
        return Ok(named);
    }
    match binding.kind {
        OracleKind::PythLegacy => Ok(Pubkey::new_from_array(binding.feed)),
        OracleKind::PythReceiver => {
            let seeds: [&[u8]; 2] = [&SHARD.to_le_bytes(), &binding.feed];
            Ok(Pubkey::find_program_address(&seeds, &PUSH_ORACLE).0)
        }
        OracleKind::PythReceiverPro => Err(CommandFailure::input(
            "The account with the price of this receiver's feed is not known.",
            "Name it with --feed ADDRESS.",
        )),
    }
}

async fn create(online: &Online, options: &CreateAssetOptions) -> Result<Answer, CommandFailure> {
    let state = online.exchange().await?;
    let found = match options.number {
        Some(number) => pending(online, state.address, number).await?,
        None => {
            let next = address::pending_listing(&state.address, state.exchange.asset_count);
            let found = online.cluster.pending_change(state.address, next).await?;
            found.ok_or_else(|| {
                CommandFailure::input(
                    "No listing of the next asset waits.",
                    "`freeboard asset propose` proposes one; `freeboard governance list` lists what waits.",
                )
            })?
        }
    };
    create_asset(online, &found, options.feed).await
}

/// Carries a listing out.
pub async fn create_asset(
    online: &Online,
    found: &Located<PendingChange>,
    feed: Option<Pubkey>,
) -> Result<Answer, CommandFailure> {
    let payer = online.authority()?;
    let PendingChange {
        exchange,
        number,
        payer: proposer,
        change,
        ..
    } = &found.state;
    let Change::Listing {
        asset_index,
        listing,
    } = change
    else {
        return Err(CommandFailure::input(
            format!("Change {number} lists no asset."),
            "`freeboard governance execute` carries it out.",
        ));
    };
    let mint = Some(listing.mint).filter(|mint| *mint != Pubkey::default());
    let mint = match mint {
        Some(mint) => Some((mint, online.cluster.required("mint", mint).await?.owner)),
        None => None,
    };
    let new = NewAsset {
        payer,
        proposer: *proposer,
        exchange: *exchange,
        index: *asset_index,
        feed: feed_place(&listing.feed, feed)?,
        mint,
    };
    let name = freeboard_client::change_file::asset_name(&listing.name);
    let address = address::asset(exchange, *asset_index);
    let title = format!("Create asset {name}, index {asset_index}: {address}");
    let intent = Intent::new(title, vec![instructions::create_asset(new, *number)])
        .with_row("price from", new.feed.to_string())
        .with_preview(&serde_json::json!({ "asset": name, "index": asset_index, "address": address.to_string() }));
    online.carry_out(intent).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_id_is_64_hexadecimal_digits() {
        let id = "e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43";
        let bytes = feed_id(id).unwrap();
        assert_eq!(hex(&bytes), id);
        assert_eq!(feed_id(&format!("0x{id}")), Some(bytes));
        for wrong in ["", "e62d", &id[1..], &id.replace('e', "g")] {
            assert_eq!(feed_id(wrong), None, "{wrong}");
        }
    }
}
