//! What the pool is worth, what a share of it is, and who pays a loss: whitepaper §6.13 to §6.15, §7.12 to §7.14.
use freeboard_risk::market::gap::winners_owe_floor;
use freeboard_risk::market::skew::premium_ceil;
use freeboard_risk::market::trade::drift_ceil;
use freeboard_risk::number::atoms::{
    BaseAtoms, QuoteAtoms, Shares, SignedQuoteAtoms, WideBaseAtoms, WideQuoteAtoms,
};
use freeboard_risk::params::PoolParams;
use freeboard_risk::pool::bankruptcy::{LastHoldings, LossPayers, Shortage, Waterfall};
use freeboard_risk::pool::deleverage::{Candidate, GainSplit, Winner, check_score};
use freeboard_risk::pool::{AtomRange, Exposure, MarketBook, Nav, ShareValue};

use crate::paper::{Example, decimal, usd, whole_usd};
use crate::shipped::{COIN, USD, dollars, e9, trade_params};

fn atoms(dollars: i64) -> u64 {
    u64::try_from(dollars * USD).unwrap()
}

fn quote(dollars: i64) -> QuoteAtoms {
    QuoteAtoms::new(atoms(dollars))
}

/// A pool of $100 M of cash against accounts that are 100 BTC long from $99,000, price $100,000 of 2 s ago.
fn nav() -> Nav {
    let params = trade_params();
    let (net, price) = (100 * COIN, dollars(100_000));
    let book = MarketBook {
        net_size_atoms: i128::from(net),
        entry_quote_atoms: i128::from(9_900_000 * USD),
        funding_receivable_q64: 0,
        price,
        confidence: dollars(50),
        drift: drift_ceil(price, 2, e9(9_025_000), params.kappa_e9).unwrap(),
        ema: price,
        base_decimals: 8,
        z: e9(2_120_000_000),
    };
    let scale = BaseAtoms::new(params.skew_scale_atoms);
    let skew = WideBaseAtoms::new(i128::from(net));
    let premium = premium_ceil(quote(10_000_000), skew, scale).unwrap();
    let pool = Nav {
        cash_atoms: i128::from(100_000_000 * USD),
        known_bad_debt_atoms: atoms(20_000),
        insurance_atoms: atoms(1_000_000),
        ..Nav::default()
    };
    let premium = AtomRange {
        least_atoms: premium.get(),
        most_atoms: premium.get(),
    };
    pool.with_market(&book, premium).unwrap()
}

#[test]
fn skew_premium() {
    let example = Example::named("skew_premium");
    let scale = BaseAtoms::new(75_000_000_000_000_000);
    let skew = WideBaseAtoms::new(-300_000_000_000_000);
    let premium = premium_ceil(quote(30_000_000), skew, scale).unwrap();
    example.says(whole_usd(premium.get()));
}

#[test]
fn pool_value() {
    let example = Example::named("pool_value");
    let nav = nav();
    let (redeem, deposit) = (
        nav.nav_for_redeem().unwrap(),
        nav.nav_for_deposit().unwrap(),
    );
    example.says(usd(redeem));
    example.says(usd(deposit));
    example.says(usd(nav.gap().unwrap()));
    nav.check_gap().unwrap();
}

#[test]
fn share_price() {
    let example = Example::named("share_price");
    let nav = nav();
    let supply = Shares::new(90_000_000_000_000);
    let at = |nav: i128| ShareValue {
        supply,
        nav: WideQuoteAtoms::new(nav),
    };
    let deposit = at(nav.nav_for_deposit().unwrap());
    let shares = deposit.deposit_floor(quote(1_000_000)).unwrap();
    example.says(decimal(u128::from(shares.get()), 6, 2));
    let redeem = at(nav.nav_for_redeem().unwrap());
    example.says(usd(redeem.payout_floor(shares).unwrap().get()));
}

#[test]
fn redemption_in_parts() {
    let example = Example::named("redemption_in_parts");
    let c_im = e9(55_955_000);
    let exposure = Exposure::default().with_market(quote(100_000_000), c_im, 800_000_000);
    example.says(usd(i128::try_from(exposure.needed_atoms).unwrap()));
    let spare = exposure.spare_atoms(i128::from(20_000_000 * USD));
    example.says(usd(spare));
    let value = ShareValue {
        supply: Shares::new(20_000_000_000_000),
        nav: WideQuoteAtoms::new(i128::from(20_000_000 * USD)),
    };
    let asked = Shares::new(15_000_000_000_000);
    let part = value.redeemable_floor(asked, QuoteAtoms::new(spare));
    example.says(decimal(u128::from(part.unwrap().get()), 6, 2));
}

#[test]
fn bankruptcy() {
    let example = Example::named("bankruptcy");
    let left = LastHoldings {
        has_position: false,
        collateral: QuoteAtoms::ZERO,
        balance: SignedQuoteAtoms::new(-150_000 * USD),
    };
    let loss = left.loss().unwrap();
    let payers = LossPayers {
        insurance: quote(1_000_000),
        insurance_cap_left: quote(100_000),
        pool: quote(40_000),
    };
    let parts = Waterfall::new(loss, &payers);
    for part in [
        loss.get(),
        parts.by_insurance_atoms,
        parts.by_pool_atoms,
        parts.deficit_atoms,
    ] {
        example.says(whole_usd(part));
    }
}

#[test]
fn withdrawal_pro_rata() {
    let example = Example::named("withdrawal_pro_rata");
    let shortage = Shortage {
        vault: quote(900_000),
        positive_balances: quote(1_000_000),
        deficit: quote(10_000),
    };
    for dollars in [1_000, 500_000] {
        example.says(whole_usd(shortage.payout_floor(quote(dollars)).get()));
    }
}

#[test]
fn winners_owe() {
    let example = Example::named("winners_owe");
    let value = WideQuoteAtoms::new(i128::from(17_000_000 * USD));
    let owed = winners_owe_floor(quote(3_000_000), value, &trade_params());
    example.says(usd(owed.get()));
}

#[test]
fn deleveraging_score() {
    let example = Example::named("deleveraging_score");
    let pool = PoolParams::reference();
    let winner = Candidate {
        pnl_atoms: 30_000 * USD,
        entry_quote_atoms: 100_000 * USD,
        notional_atoms: atoms(130_000),
        equity_atoms: i128::from(40_000 * USD),
    };
    let reaches = |secs: u64| check_score(&winner, secs, &pool).is_ok();
    let first = (0..600).find(|secs| reaches(*secs)).unwrap();
    example.says(format!("{first} s"));
    let position = Winner {
        pnl: quote(30_000),
        size: BaseAtoms::new(u64::try_from(COIN).unwrap()),
        lot: BaseAtoms::new(10_000),
    };
    let size = position.size_to_cover(quote(10_000));
    example.says(format!("{} BTC", decimal(u128::from(size.get()), 8, 4)));
    let gain = position.gain_floor(size).unwrap();
    let split = GainSplit::new(gain, quote(10_000));
    example.says(whole_usd(split.to_deficit_atoms));
    example.says(whole_usd(split.to_winner_atoms));
}
