use freeboard_network_tests::Stage;
use freeboard_network_tests::runbook::fenced_blocks;
use serde_json::Value;

/// The walk that newcomers take.
pub(super) const WALK: &str = include_str!("../../../docs/trader.md");
/// What the doctor exits with where something fails.
const DOCTOR_FAILS: i32 = 8;

/// The commands of the walk's console blocks, without the alias.
fn commands() -> Vec<&'static str> {
    let blocks = fenced_blocks(WALK).into_iter();
    let typed = blocks.filter(|block| block.language == "console");
    let lines = typed.flat_map(|block| block.lines);
    let command = |line: &'static str| line.strip_prefix("fb ").expect("it begins with fb");
    lines.map(command).collect()
}

#[test]
fn every_command_of_the_walk_works() {
    let all = commands();
    assert!(all.len() > 15, "{all:?}");
    let Some(stage) = Stage::start() else { return };
    for command in all {
        let answer = stage.shell("trader", command);
        assert_eq!(answer.status, 0, "{command}: {answer:?}");
        assert!(!answer.output.is_empty(), "{command}: {answer:?}");
    }
    stage.assert_books();
}

#[test]
fn what_is_wrong_is_refused_before_anything_is_sent() {
    let Some(stage) = Stage::start() else { return };
    stage.fb("trader", "account open");
    stage.fb("trader", "deposit 1000 USDC");
    let lamports = |stage: &Stage| {
        let trader = stage.network.wallets.address("trader");
        stage.wait(stage.network.cluster.balance(&trader)).unwrap()
    };
    let before = lamports(&stage);
    // More decimals than the token has; a token that is none; more than there is.
    let (status, error) = stage.refused("trader", "deposit 0.0000001 USDC");
    assert_eq!(status, 1, "{error}");
    let (status, error) = stage.refused("trader", "deposit 1 DOGE");
    assert_eq!(status, 1, "{error}");
    assert!(
        error["remedy"].as_str().unwrap().contains("USDC"),
        "{error}"
    );
    let (status, error) = stage.refused("trader", "withdraw 1001 USDC");
    assert!(status == 3 || status == 1, "{status} {error}");
    let (status, error) = stage.refused("trader", "pool redeem 1000");
    assert_eq!(status, 1, "{error}");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("holds no shares"),
        "{error}"
    );
    let (status, error) = stage.refused("trader", "account close");
    assert_eq!(status, 1, "{error}");
    assert!(
        error["remedy"]
            .as_str()
            .unwrap()
            .contains("withdraw all USDC"),
        "{error}"
    );
    // Ten times what the margin allows: the program's own number and words.
    let (status, error) = stage.refused("trader", "trade buy 1 BTC");
    assert_eq!(status, 3, "{error}");
    assert!(
        error["code"].is_u64() && error["remedy"].is_string(),
        "{error}"
    );
    // Without --yes and without a terminal nothing is sent.
    let unasked = stage.shell("trader", "deposit 1 USDC");
    assert_eq!(unasked.status, 6, "{unasked:?}");
    assert_eq!(lamports(&stage), before, "nothing was paid for");
    // Another exchange than there is, and a cluster that does not answer.
    let elsewhere = stage.shell(
        "trader",
        "account show --exchange 11111111111111111111111111111112",
    );
    assert_eq!(elsewhere.status, 7, "{elsewhere:?}");
    let other = stage.account_of("trader");
    let other = stage.shell("trader", &format!("account show --exchange {other}"));
    assert_eq!(other.status, 7, "no exchange: {other:?}");
    let silent = stage.shell("trader", "account show --url http://127.0.0.1:9");
    assert_eq!(silent.status, 4, "{silent:?}");
}

/// An order that nobody will fill, waited for, while `meanwhile` happens to its account; then it is taken back. How the
/// command that waited failed.
pub fn taken_back(stage: &Stage, meanwhile: impl FnOnce()) -> (i32, Value) {
    std::thread::scope(|scope| {
        let line = "order place buy 0.001 BTC --limit 1 --wait";
        let waiting = scope.spawn(move || stage.refused("trader", line));
        let placed = stage.until("the order", || {
            let orders = stage.fb("trader", "order list");
            (orders.as_array()?.len() == 1).then_some(())
        });
        placed.unwrap();
        meanwhile();
        stage.fb("trader", "order cancel all");
        waiting.join().expect("the command ends")
    })
}

#[test]
fn an_order_that_was_taken_back_was_not_filled() {
    let Some(stage) = Stage::start() else { return };
    stage.fb("trader", "account open");
    stage.fb("trader", "deposit 20000 USDC");
    let trader = stage.network.wallets.address("trader");
    // The position changes while the order waits, by a trade that is not its fill.
    stage.fb("trader", "trade buy 0.2 BTC --slippage 2 --wait");
    let (status, error) = taken_back(&stage, || {
        stage.fb("trader", "trade sell 0.1 BTC --slippage 2");
    });
    let message = error["message"].as_str().unwrap();
    assert_eq!(status, 5, "{error}");
    assert!(
        message.contains(&format!("taken back by {trader}")),
        "{message}"
    );
    assert!(message.contains("Meanwhile: "), "{message}");
    let late = "order place buy 0.1 BTC --limit 1 --life 4 --wait";
    let (status, error) = stage.refused("trader", late);
    let message = error["message"].as_str().unwrap();
    assert_eq!(status, 5, "{error}");
    assert!(message.contains("expired without a fill"), "{message}");
    let remedy = error["remedy"].as_str().unwrap();
    assert!(remedy.contains("--limit"), "it was given: {remedy}");
    let filled = stage.fb("trader", "order place buy 0.1 BTC --slippage 2 --wait");
    assert_eq!(filled[1]["state"], "filled", "{filled}");
    assert_eq!(filled[1]["filled_atoms"], 10_000_000, "{filled}");
}

#[test]
fn the_doctor_finds_a_network_without_prices() {
    let Some(stage) = Stage::start() else { return };
    let well = stage.shell("trader", "doctor");
    assert_eq!(well.status, 0, "{well:?}");
    // A day passes at once: until the next second's prices every feed is a day old.
    let chain = &stage.network.chain;
    let ill = stage.until("a doctor who sees old prices", || {
        stage
            .wait(async { chain.travel_to(chain.now().await? + 86_400).await })
            .ok()?;
        let answer = stage.shell("trader", "doctor");
        (answer.status == DOCTOR_FAILS || answer.output.contains("warn")).then_some(answer)
    });
    assert!(ill.unwrap().output.contains("next:"));
}
