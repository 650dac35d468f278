use super::*;
use crate::market::trade::fee_ceil;

fn fees(atoms: i64) -> MarketFees {
    MarketFees(SignedQuoteAtoms::new(atoms))
}

fn offered(notional_atoms: u64, share_e9: u32) -> u64 {
    let fee = fee_ceil(notional_atoms, &TradeParams::reference()).unwrap();
    let params = PoolParams {
        fill_reward_share_e9: share_e9,
        ..PoolParams::reference()
    };
    fill_reward_floor(&fee, &params).unwrap().get()
}

#[test]
fn a_fill_offers_a_share_of_the_protocols_part() {
    // $10,000: fee $5, the protocol's tenth $0.50.
    assert_eq!(offered(10_000_000_000, 500_000_000), 250_000);
    assert_eq!(offered(10_000_000_000, 100_000_000), 50_000);
    assert_eq!(offered(10_000_000_000, 0), 0);
    // $10: fee 5,000 atoms, the protocol's 500.
    assert_eq!(offered(10_000_000, 500_000_000), 250);
    // Down: of 3 atoms one; of none none.
    assert_eq!(offered(60_000, 500_000_000), 1);
    assert_eq!(offered(1, 500_000_000), 0);
}

#[test]
fn a_fee_that_was_not_paid_offers_nothing() {
    let params = TradeParams::reference();
    let fee = fee_ceil(10_000_000_000, &params).unwrap();
    let unpaid = fee.paid_with(-5_000_000, &params).unwrap();
    let offered = fill_reward_floor(&unpaid, &PoolParams::reference()).unwrap();
    assert_eq!(offered, QuoteAtoms::ZERO);
    // Of $5 the account had $1: the protocol's $0.10, half of it.
    let in_part = fee.paid_with(-4_000_000, &params).unwrap();
    let offered = fill_reward_floor(&in_part, &PoolParams::reference()).unwrap();
    assert_eq!(offered, QuoteAtoms::new(50_000));
}

#[test]
fn a_market_pays_what_it_has() {
    let offer = QuoteAtoms::new(10_000);
    assert_eq!(fees(10_001).payable(offer), offer);
    assert_eq!(fees(9_999).payable(offer), QuoteAtoms::new(9_999));
    assert_eq!(fees(0).payable(offer), QuoteAtoms::ZERO);
    assert_eq!(fees(-1).payable(offer), QuoteAtoms::ZERO);
}

#[test]
fn a_sweep_leaves_a_day_of_samples() {
    let params = TradeParams::reference();
    let day = QuoteAtoms::new(2_880_000); // $2.88
    assert_eq!(fees(5_000_000).kept_for_samples(&params), day);
    assert_eq!(
        fees(1_000).kept_for_samples(&params),
        QuoteAtoms::new(1_000)
    );
    assert_eq!(fees(-1).kept_for_samples(&params), QuoteAtoms::ZERO);
    let unpaid = TradeParams {
        sample_reward_quote_atoms: 0,
        ..params
    };
    assert_eq!(fees(5_000_000).kept_for_samples(&unpaid), QuoteAtoms::ZERO);
}
