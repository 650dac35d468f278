use freeboard_network_tests::Stage;

/// The longest that a change of this network waits: timelock, or an LP's delay and window.
const WAIT_SECS: i64 = 86_400 + 43_200 + 60;

#[test]
fn a_change_goes_from_a_file_to_a_parameter_in_force() {
    let Some(stage) = Stage::start() else { return };
    let grace = |stage: &Stage| stage.state().exchange.liquidation.grace_secs;
    assert_eq!(grace(&stage), 10);
    let file = stage.file("change.toml", "[liquidation]\ngrace_secs = 12\n");
    let propose = format!("governance propose {}", file.display());
    let (status, error) = stage.refused("trader", &propose);
    assert_ne!(status, 0, "not the trader's to decide: {error}");
    stage.fb("governance", &propose);
    let listed = stage.fb("trader", "governance list");
    assert!(listed.to_string().contains("grace_secs"), "{listed}");
    let early = stage.shell("trader", "governance execute --json --yes");
    assert_eq!(grace(&stage), 10, "{early:?}");
    stage.pass(WAIT_SECS).unwrap();
    stage.fb("trader", "governance execute"); // anybody's to carry out
    assert_eq!(grace(&stage), 12);
    stage.assert_books();
}
