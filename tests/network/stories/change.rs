use anchor_lang::prelude::Pubkey;
use freeboard_client::feed::FeedAccount;
use freeboard_client::freeboard::state::AssetStatus;
use freeboard_network_tests::Stage;
use freeboard_sandbox::Quote;
use freeboard_sandbox::feeds::receiver_account;

/// The longest that a change of this network waits: timelock, or an LP's delay and window.
pub const WAIT_SECS: i64 = 86_400 + 43_200 + 60;

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

/// Where an update of the receiver has its feed id: discriminator, write authority, level of verification.
const FEED_ID_AT: usize = 8 + 32 + 1;
/// More than the rent of such an account, lamports.
const RENT_LAMPORTS: u64 = 10_000_000;

/// A feed that only a story writes.
pub struct SecondFeed {
    address: Pubkey,
    id: [u8; 32],
}

impl SecondFeed {
    /// Of an id of this byte alone; nothing shows it yet.
    pub fn new(byte: u8) -> Self {
        Self {
            address: Pubkey::new_unique(),
            id: [byte; 32],
        }
    }

    /// Shows this price, published now.
    pub fn post(&self, stage: &Stage, dollars: f64) {
        let chain = &stage.network.chain;
        stage.wait(async {
            let now_ts = chain.now().await.expect("a clock");
            let update = receiver_account(self.id, &Quote::usd(dollars, now_ts));
            let posted =
                chain.set_account(&self.address, RENT_LAMPORTS, &update.owner, &update.data);
            posted.await.expect("an account");
        });
    }

    /// Its id as Pyth writes it.
    pub fn hex(&self) -> String {
        self.id.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Shows the price that SOL's own feed shows now.
    pub fn show(&self, stage: &Stage, own: Pubkey) {
        let chain = &stage.network.chain;
        let found = stage.wait(chain.cluster.account(&own)).unwrap();
        let mut shown = found.expect("SOL's feed");
        shown.data[FEED_ID_AT..FEED_ID_AT + 32].copy_from_slice(&self.id);
        let written = chain.set_account(&self.address, RENT_LAMPORTS, &shown.owner, &shown.data);
        stage.wait(written).unwrap();
    }
}

/// Where SOL's price is now.
pub fn sol_feed(stage: &Stage) -> FeedAccount {
    let state = stage.state();
    let sol = state.asset_named("SOL").unwrap();
    sol.feed.clone().expect("a price of SOL")
}

#[test]
fn a_feed_is_replaced_and_its_market_ends_when_that_dies() {
    let Some(stage) = Stage::start() else { return };
    let second = SecondFeed::new(0xab);
    let own = sol_feed(&stage).address;
    let file = stage.file(
        "feed.toml",
        &format!(
            "[[assets]]\nname = \"SOL\"\nfeed = {{ kind = \"pyth_receiver\", id = \"{}\" }}\n",
            second.hex()
        ),
    );
    let propose = format!("governance propose {}", file.display());
    let (status, error) = stage.refused("governance", &propose);
    assert_eq!(status, 1, "nobody has a price of it yet: {error}");
    second.show(&stage, own);
    stage.fb("governance", &propose);
    stage.pass(WAIT_SECS).unwrap();
    let (status, error) = stage.refused("trader", "governance execute");
    assert_eq!(status, 3, "its price is of before the wait: {error}");
    second.show(&stage, own);
    stage.fb("trader", "governance execute");
    assert_eq!(sol_feed(&stage).address, second.address);
    let shown = stage.fb("trader", "asset show SOL");
    assert!(shown.to_string().contains(&second.hex()), "{shown}");
    the_dead_feed_ends_the_market(&stage);
}

/// Nobody writes the second feed any more.
fn the_dead_feed_ends_the_market(stage: &Stage) {
    let chain = &stage.network.chain;
    let later = |secs: i64| {
        let moved = async { chain.travel_to(chain.now().await? + secs).await };
        stage.wait(moved).unwrap();
    };
    let file = stage.file(
        "dead.toml",
        "[[assets]]\nname = \"SOL\"\nsettle_dead_feed = true\n",
    );
    later(60);
    stage.fb(
        "governance",
        &format!("governance propose {}", file.display()),
    );
    later(WAIT_SECS);
    stage.fb("trader", "governance execute");
    let state = stage.state();
    let sol = &state.asset_named("SOL").unwrap().asset;
    assert_eq!(sol.status(), AssetStatus::Settled);
    let answer = stage.fb("trader", "margin --open SOL:+1 --cash 1000");
    let refused = answer["refused"].to_string();
    assert!(refused.contains("SOL: its market has ended"), "{refused}");
    stage.assert_books();
}
