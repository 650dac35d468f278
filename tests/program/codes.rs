//! The register of refusals: every error code of the program and the function that produces it. Each
//! line is a test of that name; it passes only if the program has really answered with the code. A
//! code without a line fails `every_code_has_a_line`.
use crate::account::close_margin_account;
use crate::account::deposit;
use crate::account::held_assets;
use crate::account::open_margin_account;
use crate::account::outflow;
use crate::account::token_accounts;
use crate::account::withdraw;
use crate::attacks::skew as skew_attacks;
use crate::endings::dead_feed;
use crate::endings::wind_down_refusals as ends;
use crate::governance::bounds;
use crate::governance::changes::{change, roles, tighten, timelock};
use crate::governance::create_asset;
use crate::governance::feed_migration;
use crate::governance::mints;
use crate::governance::pause;
use crate::governance::payouts;
use crate::liquidation::flag;
use crate::liquidation::liquidate_refusals as liquidate;
use crate::liquidation::several;
use crate::liquidation::shown;
use crate::liquidity::pool;
use crate::liquidity::request_refusals as liquidity;
use crate::losses::{bankruptcy, deficit, loans};
use crate::oracle::feeds;
use crate::setup::initialize_exchange;
use crate::setup::invariants;
use crate::setup::versions;
use crate::support;
use crate::trading::orders;
use crate::trading::sample_volatility;
use crate::trading::show_implied_volatility as implied;
use crate::trading::trade_refusals as trade;
use freeboard::error::FreeboardError;
use freeboard_client::errors::{self, Origin, TABLE, Words};
use freeboard_risk::params::bounds::{self as hard, Rule};
use freeboard_tests::world::program_bytes;
use serde_json::{Value, json};
use std::collections::BTreeMap;

macro_rules! codes {
    ($($code:ident: $($path:ident::$test:ident)&*,)*) => {
        #[allow(non_snake_case)] // named after the codes
        mod produces {
            use super::*;
            $(
                #[test]
                fn $code() {
                    $(
                        $path::$test();
                    )*
                    let code = u32::from(FreeboardError::$code);
                    assert!(support::produced().contains(&code), "{code} was not produced");
                }
            )*
        }

        /// Codes with a line.
        fn registered() -> BTreeMap<u32, &'static str> {
            [$((FreeboardError::$code.into(), stringify!($code)),)*].into()
        }
    };
}

codes! {
    NotOwner: open_margin_account::only_the_owner_sets_the_delegate
        & close_margin_account::only_the_owner & withdraw::only_the_owner,
    NotOwnerOrDelegate: deposit::stranger & trade::stranger & liquidate::stranger,
    NotGovernance: create_asset::governance_only & pool::governance_only,
    NotGuardian: pause::guardian_only,
    NotRiskManager: tighten::risk_manager_only,
    NotRoleHolder: roles::not_holder,
    NotOfferedRole: roles::not_offered,
    ChangePayerMismatch: create_asset::rent_to_another,
    AccountVersionUnsupported: versions::of_another_version,
    AccountOpenedThisSlot: close_margin_account::in_the_slot_of_its_opening,
    RoleOfferNeedsDelay: roles::own_role_at_once,
    NotPayoutRecipient: payouts::not_recipient,
    PayoutCapExceeded: payouts::beyond_the_cap,
    PayoutTooLarge: payouts::too_large,
    PayoutCapOutOfBounds: payouts::cap_bound,
    ChangeNumberMismatch: change::number,
    ChangeTooEarly: change::too_early,
    ChangeExpired: change::expired,
    ChangeStale: change::stale,
    ChangeNotTighter: tighten::not_tighter,
    ChangeEmpty: tighten::empty,
    ChangeTargetMismatch: change::target,
    ChangeNeedsInstruction: change::own_instruction,
    TimelockOutOfBounds: timelock::timelock_bounds,
    RoleHolderInvalid: roles::no_holder,
    RoleOfferImposed: roles::imposed,
    AssetWindingDown: ends::winding_down,
    AssetSettled: ends::settled,
    FeedNotDead: dead_feed::alive,
    AssetNotWindingDown: ends::not_winding_down,
    SettlementTooEarly: ends::too_early,
    SettlementPriceTooSoon: ends::too_soon,
    AssetNotSettled: ends::not_settled,
    NoPositionToSettle: ends::no_position,
    FeedsDisagree: feed_migration::apart,
    FeedNotSilent: feed_migration::not_silent,
    WrongExchange: held_assets::faults,
    OperationPaused: pause::paused,
    PauseTooLong: pause::too_long,
    PauseTooSoon: pause::too_soon,
    PauseStale: pause::stale,
    AssetAccountMissing: held_assets::faults,
    AssetAccountUnexpected: held_assets::faults,
    AssetAccountOrder: held_assets::faults,
    AssetAccountInvalid: held_assets::faults,
    AssetNotWritable: held_assets::not_writable,
    DuplicateAccount: held_assets::faults,
    CollateralBelowMinimum: deposit::dust & withdraw::dust,
    NothingToRepay: deposit::nothing_to_repay,
    MarginAccountsMissing: several::none,
    MintMismatch: deposit::wrong_tokens,
    VaultMismatch: deposit::wrong_tokens & create_asset::mint_without_vault,
    QuoteMintDecimals: initialize_exchange::quote_decimals,
    CollateralMintDecimals: create_asset::collateral_decimals,
    MintHasTransferFee: mints::transfer_fee,
    MintHasTransferHook: mints::transfer_hook,
    MintHasConfidentialTransfer: mints::confidential_transfer,
    MintHasPermanentDelegate: mints::permanent_delegate,
    MintExtensionUnsupported: mints::other_extensions,
    MintIsQuote: create_asset::quote_as_collateral,
    NameInvalid: create_asset::name,
    FixedParameterChanged: bounds::fixed,
    TooManyAssets: create_asset::too_many,
    SourceGuarded: token_accounts::guarded,
    DestinationNeedsMemo: token_accounts::needs_memo,
    TokenAccountFrozen: token_accounts::frozen,
    KOutOfBounds: bounds::k,
    OmegaOutOfBounds: bounds::omega,
    HalfLifeFastOutOfBounds: bounds::half_life_fast,
    HalfLifeSlowOutOfBounds: bounds::half_life_slow,
    SigmaStressOutOfBounds: bounds::sigma_stress,
    SigmaInitialOutOfBounds: bounds::sigma_initial,
    HorizonOutOfBounds: bounds::horizon,
    SigmaCapOutOfBounds: bounds::sigma_cap,
    ShockFloorOutOfBounds: bounds::shock_floor,
    ThetaOutOfBounds: bounds::theta,
    PhiOutOfBounds: bounds::phi,
    CorrelationOutOfBounds: bounds::correlation,
    SpeedLimitOutOfBounds: bounds::speed_limit,
    FundingRateOutOfBounds: bounds::funding_rate,
    BasisOutOfBounds: bounds::basis,
    UpnlWeightOutOfBounds: bounds::upnl_weight,
    ConfidenceMultipleOutOfBounds: bounds::confidence_multiple,
    AgeOutOfBounds: bounds::age,
    BandOutOfBounds: bounds::band,
    SpacingOutOfBounds: bounds::spacing,
    PenaltyOutOfBounds: bounds::penalty,
    GraceOutOfBounds: bounds::grace,
    BetaOutOfBounds: bounds::beta,
    CallLevelOutOfBounds: bounds::call_level,
    DepthOutOfBounds: bounds::depth,
    TurnoverOutOfBounds: bounds::turnover,
    GammaOutOfBounds: bounds::gamma,
    CollateralWeightOutOfBounds: bounds::collateral_weight,
    DepositCapOutOfBounds: bounds::deposit_cap,
    OutflowOutOfBounds: bounds::outflow,
    OutflowLimitExceeded: outflow::limit,
    ScenarioOutOfBounds: initialize_exchange::scenarios,
    BucketOutOfBounds: bounds::bucket,
    LotOutOfBounds: bounds::lot,
    OpenInterestCapOutOfBounds: bounds::open_interest_cap,
    FundingScaleOutOfBounds: bounds::funding_scale,
    FeeOutOfBounds: bounds::fee,
    UtilizationOutOfBounds: bounds::utilization,
    GapOutOfBounds: bounds::gap,
    GapShareOutOfBounds: bounds::gap_share,
    ShockCapOutOfBounds: bounds::shock_cap,
    ClampOutOfBounds: bounds::clamp,
    WarmupOutOfBounds: bounds::warmup,
    ShortMultipleOutOfBounds: bounds::short_multiple,
    StalenessOutOfBounds: bounds::staleness,
    SpreadOutOfBounds: bounds::spread,
    WindowOutOfBounds: bounds::window,
    BorrowRateOutOfBounds: bounds::borrow_rate,
    LpDelayOutOfBounds: bounds::lp_delay,
    PoolCapOutOfBounds: bounds::pool_cap,
    InsuranceCapOutOfBounds: bounds::insurance_cap,
    RewardOutOfBounds: bounds::reward,
    DeleverageOutOfBounds: bounds::deleverage,
    OrderTimeOutOfBounds: bounds::order_time,
    ImpliedVolatilityOutOfBounds: implied::outside_its_bounds,
    ImpliedFeedMissing: implied::no_feed,
    FeedOwnerInvalid: feeds::owner,
    FeedReceiverMismatch: feeds::other_receiver,
    FeedMismatch: feeds::mismatch,
    FeedMalformed: feeds::malformed,
    PriceNotFullyVerified: feeds::partially_verified,
    PriceNotTrading: feeds::not_trading,
    PriceNotPositive: feeds::price_not_positive,
    EmaNotPositive: feeds::ema_not_positive,
    ExponentOutOfRange: feeds::exponent,
    PriceFromFuture: feeds::from_the_future,
    PriceStale: feeds::stale,
    PriceOlderThanRecorded: feeds::older_than_recorded,
    ConfidenceTooWide: feeds::confidence,
    PriceFarFromEma: feeds::far_from_ema,
    PriceStandsStill: shown::standing_still,
    FeedNotAbsent: shown::not_absent,
    AbsenceAnnounced: shown::announced_already,
    SampleTooEarly: sample_volatility::too_early,
    AmountZero: deposit::zero & withdraw::zero & pool::zero & liquidity::zero,
    InsufficientBalance: withdraw::insufficient_balance,
    TooManyPositions: trade::too_many_positions,
    TooManyCollaterals: deposit::too_many_collaterals,
    AccountNotEmpty: close_margin_account::not_empty,
    AssetNotCollateral: deposit::no_collateral,
    InitialMarginNotMet: trade::initial_margin & withdraw::initial_margin,
    PositionPriceUnusable: trade::position_price_unusable & withdraw::position_price_unusable,
    ReduceWorsensAccount: trade::reduce_worsens,
    SizeZero: trade::size_zero,
    SizeNotWholeLots: trade::whole_lots,
    ReduceOnly: trade::reduce_only,
    OneStepFillsDisabled: trade::one_step,
    LimitPriceExceeded: trade::limit_price,
    PriceNotAfterOrder: orders::price_before,
    OrderExpired: orders::expired,
    OrderNotFound: orders::not_found,
    TooManyOrders: orders::too_many,
    OrderLifeOutOfRange: orders::life,
    FillPriceNotPositive: trade::fill_price,
    OpenInterestCapExceeded: trade::open_interest_cap,
    ImpactExceedsEquity: skew_attacks::impact_beyond_equity,
    AccountCapExceeded: trade::account_cap,
    NotionalBelowMinimum: trade::minimum_notional,
    SelfLiquidation: liquidate::himself,
    LiquidationSizeZero: liquidate::size_zero,
    RiskNotReduced: liquidate::risk_not_reduced,
    AccountHealthy: liquidate::healthy & flag::healthy,
    LiquidationPriceUnusable: liquidate::price_unusable,
    NothingToLiquidate: liquidate::nothing,
    NoRelief: liquidate::no_relief,
    LiquidationWindowExhausted: liquidate::window,
    LiquidationGracePeriod: liquidate::grace,
    AccountNotBankrupt: bankruptcy::not_bankrupt,
    DeleverageScoreTooLow: deficit::deficit_shared,
    DeleverageWorsensAccount: deficit::deleverage_worsens,
    PoolDeficit: pool::deficit,
    PoolAccountMissing: deficit::pool_not_given,
    PoolValueUncertain: loans::pool_value_uncertain,
    VaultShort: loans::vault_short,
    PoolHasCash: deficit::settled_by_others,
    NoLossToSettle: deficit::settled_by_others,
    NoDeficit: deficit::deficit_shared,
    BorrowCapExceeded: loans::borrow_cap,
    RequestTooEarly: liquidity::too_early,
    RequestExpired: liquidity::expired,
    RequestNotExpired: liquidity::not_expired,
    NotExecutor: liquidity::not_executor,
    DestinationMismatch: liquidity::another_destination,
    RequestExecuted: token_accounts::executed,
    PoolValuesApart: liquidity::values_apart,
    LiquidityStopped: bankruptcy::liquidity_stopped,
    PayoutBelowMinimum: liquidity::below_minimum,
    PoolCapExceeded: liquidity::cap,
    LpAmountTooSmall: liquidity::too_small,
    PoolInsolvent: deficit::pool_insolvent,
    PoolUtilizationExceeded: trade::utilization,
    GapLossExceeded: trade::gap_loss,
    InvariantBroken: invariants::broken_books,
    Overflow: deposit::overflow & pool::overflow & trade::overflow,
}

/// Codes that no transaction can produce, and why the program has them all the same.
const UNREACHABLE: &[(&str, &str)] = &[
    (
        "TooManyHoldings",
        "16 positions and 8 collaterals are 24, the core's own limit",
    ),
    (
        "LiquidationTooLarge",
        "the program never asks the core for more than the largest size",
    ),
];

#[test]
fn every_code_is_documented_in_its_words() {
    let documented = include_str!("../../docs/errors.md");
    for entry in TABLE {
        let (number, name, remedy) = (entry.number, entry.name, entry.remedy());
        let row = format!("| {number} | {name} | {} | {remedy} |", entry.sentence());
        assert!(documented.contains(&row), "docs/errors.md lacks: {row}");
    }
}

#[test]
fn the_interface_description_has_every_code_in_its_words() {
    let idl: Value = serde_json::from_slice(&program_bytes("../idl/freeboard.json"))
        .expect("an interface description");
    let described = idl["errors"].as_array().expect("a list");
    assert_eq!(described.len(), TABLE.len());
    for (one, entry) in described.iter().zip(TABLE) {
        let words = format!("{} {}", entry.sentence(), entry.remedy());
        let expected = json!({ "code": entry.number, "name": entry.name, "msg": words });
        assert_eq!(one, &expected);
    }
}

/// Texts and names stay off chain: a program pays rent for every byte.
#[test]
fn the_bytecode_has_no_text_of_an_error() {
    let program = program_bytes("freeboard.so");
    let program = String::from_utf8_lossy(&program);
    let has = |text: &str| program.contains(text);
    assert!(has("Instruction: "), "what it does hold is found");
    for entry in TABLE {
        let mut texts = vec![entry.remedy()];
        if let Words::Plain(sentence, _) = entry.words {
            texts.push(sentence);
        }
        // A short name may stand there for another reason, and in those of Anchor.
        let anchors = || errors::all().filter(|one| one.origin == Origin::Anchor);
        let is_only_ours = !anchors().any(|one| one.name.contains(entry.name));
        texts.extend((entry.name.len() > 12 && is_only_ours).then_some(entry.name));
        for text in texts {
            assert!(!has(text), "{}: {text}", entry.name);
        }
    }
    for bound in hard::all() {
        if let Rule::Condition { text, .. } = bound.rule {
            assert!(!has(text), "{text}");
        }
        let keys = bound.keys.iter().filter(|key| key.contains('.'));
        keys.for_each(|key| assert!(!has(key), "{key}"));
    }
}

#[test]
fn every_code_has_a_line() {
    let (mut registered, mut count) = (registered(), 0);
    for entry in TABLE {
        let (code, name) = (entry.number, entry.name);
        count += 1;
        let unreachable = UNREACHABLE.iter().any(|(known, _)| *known == name);
        let line = registered.remove(&code);
        assert!(
            line == Some(name) || unreachable,
            "{name} = {code} has no line: {line:?}"
        );
    }
    assert!(count > 100, "the declarations were found: {count}");
    assert!(registered.is_empty(), "not declared: {registered:?}");
}
