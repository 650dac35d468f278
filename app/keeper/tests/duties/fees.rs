//! Priority fees: what others pay, and never more than a share of what is earned.
use freeboard_client::network::FeePolicy;
use freeboard_keeper::config::FeeChoice;
use freeboard_keeper::fees::policy;

use crate::stage::Stage;

#[test]
fn a_recent_fee_is_what_others_pay_within_a_share_of_the_reward() {
    let mut stage = Stage::new();
    stage.told.fees.policy = FeeChoice::Recent;
    stage.told.fees.sol_asset = "none".to_owned();
    stage.told.fees.quote_atoms_per_sol = 100_000_000; // 100 dollars
    let told = &stage.told.fees;
    let mut book = stage.book();
    let fixed = |micro_lamports_per_unit, most_lamports| FeePolicy::Fixed {
        micro_lamports_per_unit,
        most_lamports,
    };
    // Nothing is known yet, and nothing is earned.
    assert_eq!(policy(&book, told, 0), fixed(0, told.most_lamports_unpaid));
    book.recent_fee = 7_000;
    // Half of 10 cents; of 10 dollars it would be more than is ever paid.
    assert_eq!(policy(&book, told, 100_000), fixed(7_000, 500_000));
    assert_eq!(
        policy(&book, told, 10_000_000),
        fixed(7_000, told.most_lamports)
    );
}
