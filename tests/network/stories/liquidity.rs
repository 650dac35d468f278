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
    stage.fb("lp", "pool execute");
    stage.fb("lp", "pool redeem 1000");
    stage.pass(WAIT_SECS).unwrap();
    stage.fb("lp", "pool execute");
    stage.fb("lp", "pool show");
    stage.assert_books();
}
