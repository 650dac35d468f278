use freeboard_network_tests::Stage;

/// A day and a little: an LP's request waits for a day.
const WAIT_SECS: i64 = 86_400 + 60;

#[test]
fn an_lp_goes_in_and_out() {
    let Some(stage) = Stage::start() else { return };
    stage.fb("lp", "pool deposit 10000 USDC");
    let (status, error) = stage.refused("lp", "pool execute");
    assert_eq!(status, 3, "too early: {error}");
    stage.pass(WAIT_SECS).unwrap();
    let shares_atoms = |stage: &Stage| stage.fb("lp", "pool show")["own_shares_atoms"].as_u64();
    let before = shares_atoms(&stage).expect("an LP has a keypair");
    let executed = stage.fb("lp", "pool execute");
    let got = executed["outcome"]["out_atoms"].as_u64().expect("shares");
    assert!(got > 0, "{executed}");
    assert_eq!(shares_atoms(&stage), Some(before + got));
    stage.fb("lp", "pool redeem 1000");
    // It is not request 0 that waits: that is not asked for where it is the only one.
    stage.fb("lp", "pool redeem 500 --number 7");
    let (status, error) = stage.refused("lp", "pool execute");
    assert_eq!(status, 1, "one of two: {error}");
    stage.fb("lp", "pool cancel 0");
    stage.pass(WAIT_SECS).unwrap();
    let executed = stage.fb("lp", "pool execute");
    assert_eq!(executed["outcome"]["is_redemption"], true, "{executed}");
    stage.assert_books();
}
