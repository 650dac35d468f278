//! The decision on one account, in words.
use freeboard_keeper::explain::explain;
use freeboard_keeper::job::Duty;
use freeboard_sandbox::usd;

use crate::stage::Stage;

#[track_caller]
fn says(stage: &Stage, account: &anchor_lang::prelude::Pubkey, words: &[&str]) {
    let said = explain(&stage.book(), account, &stage.told);
    for word in words {
        assert!(said.contains(word), "{word:?} is missing:\n{said}");
    }
}

#[test]
fn every_stage_of_a_liquidation_is_explained() {
    let mut stage = Stage::new();
    let healthy = stage.world.new_trader(usd(100));
    says(
        &stage,
        &healthy.margin_account,
        &["not below", "nothing is sent"],
    );
    let trader = stage.sinking(132.5);
    let account = trader.margin_account;
    says(
        &stage,
        &account,
        &["is below", "to be set now", "not now", "a flag on"],
    );
    stage.does(Duty::Flag);
    stage.world.warp_fresh(4);
    says(
        &stage,
        &account,
        &["stands for 4 s of 10 s of grace", "nothing is sent"],
    );
    stage.world.warp_fresh(6);
    says(
        &stage,
        &account,
        &[
            "CHOSEN",
            "position_by_pool SOL",
            "another is better",
            "switched off",
            "position_by_pool of",
        ],
    );
    let nobody = anchor_lang::prelude::Pubkey::new_unique();
    says(&stage, &nobody, &["no margin account"]);
}
