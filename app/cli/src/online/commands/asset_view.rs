//! `freeboard asset list` and `asset show`.
use anchor_lang::prelude::Pubkey;
use freeboard_client::display::money::{decimal, duration, percent, percent_e9, usd_floor};
use freeboard_client::display::table::table;
use freeboard_client::feed_binding::text_of_feed;
use freeboard_client::freeboard::state::{AssetStatus, Implied, ImpliedSource, OracleKind};
use freeboard_client::risk::price::standard::PriceStandard;
use freeboard_client::risk::price::unit_shock::unit_shock_mm;
use freeboard_client::state::AssetState;
use freeboard_client::validation::{EXPECTED_RATE, LiveValidation};
use serde::Serialize;

use crate::online::context::{Online, asset_of};
use crate::online::failure::CommandFailure;
use crate::online::output::{Answer, rows, wide_option};
use crate::online::report::oracle_price;
use crate::online::words::{price, signed_size, time};

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
    /// Where its implied volatility comes from, and what it counts, in words.
    pub implied: String,
    /// Unit shock of the maintenance margin, a share of the price.
    pub unit_shock_mm: f64,
    /// How often the price has moved beyond it within an hour.
    pub live_validation: LiveValidation,
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
    /// L that counts: notional that the market absorbs per hour, quote atoms.
    pub depth_quote_atoms: u64,
    /// Part of the governed L that does not count because too little is traded, × 10^9.
    pub depth_cut_e9: u64,
    /// Where that part is on its way to, × 10^9.
    pub target_cut_e9: u64,
    /// What an ordinary hour trades, quote atoms; 0 where it is not measured.
    pub turnover_reference_quote_atoms: u64,
    /// What is traded and liquidated per hour, over about ten days, quote atoms; 0 where it is not measured.
    pub turnover_per_h_quote_atoms: u64,
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
    /// Collateral of all accounts that counts, base atoms.
    pub counted_atoms: u64,
    /// The most of it after a deposit, base atoms.
    pub deposit_cap_atoms: u64,
    /// What of it may leave now that was deposited before yesterday, base atoms.
    pub outflow_left_atoms: u64,
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
            implied: implied(&asset.implied, now),
            unit_shock_mm: unit_shock.map_or(0.0, |bits| bits as f64 / ONE_Q60),
            live_validation: LiveValidation::new(asset),
            long_atoms: asset.long_open_interest_atoms,
            short_atoms: asset.short_open_interest_atoms,
            open_interest_cap_atoms: asset.trade.open_interest_cap_atoms,
            account_cap_atoms: asset.trade.account_cap_atoms,
            base_decimals: asset.params.base_decimals,
            lot_atoms: asset.params.lot_atoms,
            depth_quote_atoms: asset
                .coefficients_by_level(now)
                .maintenance
                .inverse_depth
                .divisor_floor(),
            depth_cut_e9: asset.depth_cut_e9,
            target_cut_e9: asset.target_cut_e9(now),
            turnover_reference_quote_atoms: asset.params.turnover_reference_quote_atoms,
            turnover_per_h_quote_atoms: asset.turnover().per_h_floor(now).get(),
            taker_fee_e9: asset.trade.taker_fee_e9,
            one_step_fills: asset.trade.one_step_fills != 0,
            mint: asset.is_collateral().then(|| asset.mint.to_string()),
            collateral_weight_e9: asset.params.collateral_weight_e9,
            weight_from_ts: asset.weight_from_ts,
            counted_atoms: asset.collateral_counted_atoms,
            deposit_cap_atoms: asset.params.deposit_cap_atoms,
            outflow_left_atoms: asset
                .outflow_limit(now)
                .left_atoms(asset.outflow.lately(), now)
                .unwrap_or(0),
        }
    }

    fn size(&self, atoms: u64) -> String {
        decimal(atoms.into(), self.base_decimals)
    }
}

/// Source of an implied volatility and what it counts at `now`.
fn implied(implied: &Implied, now: i64) -> String {
    let source = match implied.source() {
        ImpliedSource::None => return "none".to_owned(),
        ImpliedSource::Feed { feed } => format!("feed {}", text_of_feed(&feed)),
        ImpliedSource::Governed { .. } => "set by governance".to_owned(),
    };
    let sigma = implied.known().counted(now).to_bits();
    if sigma == 0 {
        return format!("{source}; nothing counts now");
    }
    let share = percent(sigma as f64 / ONE_Q60);
    format!(
        "{source}; {share} per √hour until {}",
        time(implied.until_ts)
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Lists the assets.
pub async fn list(online: &Online) -> Result<Answer, CommandFailure> {
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

/// Shows one asset.
pub async fn show(online: &Online, name: &str) -> Result<Answer, CommandFailure> {
    let state = online.exchange().await?;
    let now = online.now().await?;
    let view = AssetView::new(asset_of(&state, name)?, now);
    let lines = [feed_lines(&view), market_lines(&view, now)].concat();
    Ok(Answer::new(
        format!("{} #{}\n{}", view.name, view.index, rows(&lines)),
        &view,
    ))
}

/// Feed, price, volatility.
fn feed_lines(view: &AssetView) -> Vec<(&'static str, String)> {
    let optional = |value: Option<u128>| value.map_or_else(|| "none".to_owned(), price);
    let age = view
        .age_secs
        .map_or_else(String::new, |age| format!(", {} old", duration(age)));
    let tradable = if view.is_tradable {
        ""
    } else {
        "; nothing is traded at it"
    };
    vec![
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
        ("implied", view.implied.clone()),
        (
            "unit shock",
            format!(
                "{} of the price: the MM of a small position",
                percent(view.unit_shock_mm)
            ),
        ),
        ("beyond it", beyond_words(&view.live_validation)),
    ]
}

/// What was counted, and what it says.
fn beyond_words(live: &LiveValidation) -> String {
    let missed = match (live.missed_hours, live.rate_with_missed) {
        (0, _) | (_, None) => String::new(),
        (hours, Some(rate)) => format!(
            "; {hours} more hours were missed, and {} is the rate if all were beyond",
            percent(rate)
        ),
    };
    let (Some(rate), Some(test)) = (live.rate, live.kupiec) else {
        return format!("no hour was watched yet{missed}");
    };
    format!(
        "{} falls and {} rises in {} windows of an hour, {} against {}: {} (Kupiec p {:.3}){missed}",
        live.falls,
        live.rises,
        live.windows,
        percent(rate),
        percent(EXPECTED_RATE),
        live.verdict.words(),
        test.p_value
    )
}

/// L in force, and what of it too little turnover takes away.
fn depth_words(view: &AssetView) -> String {
    let dollars = |atoms| usd_floor(i64::try_from(atoms).unwrap_or(i64::MAX));
    let depth = format!("{} an hour", dollars(view.depth_quote_atoms));
    if view.turnover_reference_quote_atoms == 0 {
        return format!("{depth}; turnover is not measured");
    }
    format!(
        "{depth}, cut by {}, on its way to {}: {} an hour are traded of {}",
        percent_e9(view.depth_cut_e9.into()),
        percent_e9(view.target_cut_e9.into()),
        dollars(view.turnover_per_h_quote_atoms),
        dollars(view.turnover_reference_quote_atoms)
    )
}

/// Open interest, caps, depth, fees, collateral.
fn market_lines(view: &AssetView, now: i64) -> Vec<(&'static str, String)> {
    let skew = i128::from(view.long_atoms) - i128::from(view.short_atoms);
    let fills = if view.one_step_fills {
        "in one step"
    } else {
        "by orders; reduced in one step"
    };
    let mut lines = vec![
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
        ("depth", depth_words(view)),
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
        let [counted, cap, left] = [
            view.counted_atoms,
            view.deposit_cap_atoms,
            view.outflow_left_atoms,
        ]
        .map(|atoms| view.size(atoms));
        lines.push(("deposits", format!("{counted} count, of at most {cap}")));
        let leaves = format!("{left} at once, besides what came in yesterday or today");
        lines.push(("withdrawals", leaves));
    }
    lines
}
