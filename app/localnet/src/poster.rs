//! Prices to the chain: each tick one transaction of the mock that stands at the address of Pyth's receiver.
use std::sync::Arc;

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use anchor_lang::{InstructionData, ToAccountMetas, system_program};
use anyhow::{Context, Result};
use freeboard_client::network::Cluster;
use freeboard_client::transaction::{self, Budget, Version};
use freeboard_sim::feed::{EXPONENT, FeedUpdate, Publisher};
use pyth_mock::{FEED_SEED, PostPriceParams, Verification};
use solana_commitment_config::{CommitmentConfig, CommitmentLevel};
use solana_keypair::Keypair;
use solana_rpc_client_api::config::RpcSendTransactionConfig;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;

use crate::chain::LocalChain;
use crate::tape::PriceTape;

/// Feeds whose prices, with a sample of each, fit one transaction.
const PER_TRANSACTION: usize = 3;
/// Pyth's own ids of the feeds in USD whose names the shipped parameters have.
const KNOWN_FEEDS: [(&str, &str); 3] = [
    (
        "BTC",
        "e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43",
    ),
    (
        "ETH",
        "ff61491a931112ddf1bd8147cd1b641375f79f5825126d665480874634fd0ace",
    ),
    (
        "SOL",
        "ef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d",
    ),
];

/// A feed of the mock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MockFeed {
    /// Pyth's id of it, or one made of the asset's name.
    pub(crate) id: [u8; 32],
    /// The account that holds its price.
    pub(crate) address: Pubkey,
}

impl MockFeed {
    /// The feed of an asset of this name, at most 16 bytes long.
    pub(crate) fn of_name(name: &str) -> Self {
        let known = KNOWN_FEEDS.iter().find(|(known, _)| *known == name);
        let mut id = [0; 32];
        let is_known =
            known.is_some_and(|(_, digits)| hex::decode_to_slice(digits, &mut id).is_ok());
        if !is_known {
            for (byte, letter) in id.iter_mut().zip(name.bytes()) {
                *byte = letter;
            }
        }
        let (address, _) = Pubkey::find_program_address(&[FEED_SEED, &id], &pyth_mock::ID);
        Self { id, address }
    }
}

/// A feed and what happened to its price on this network alone.
struct PostedFeed {
    feed: MockFeed,
    /// What prices of the tape are multiplied by.
    multiple: f64,
    /// When the price before was published, unix seconds.
    published_ts: i64,
    /// Whether it is dead.
    is_silent: bool,
}

/// Posts the prices of a tape, signed by one key.
pub(crate) struct PricePoster {
    cluster: Cluster,
    payer: Arc<Keypair>,
    feeds: Vec<PostedFeed>,
    tape: PriceTape,
    /// The chain's clock at the tape's first second.
    start_ts: i64,
    publisher: Option<Publisher>,
}

impl PricePoster {
    /// Of these feeds, in the order of the tape's assets; the tape begins at `start_ts` of the chain's clock.
    pub(crate) fn new(
        cluster: Cluster,
        payer: Arc<Keypair>,
        feeds: &[MockFeed],
        tape: PriceTape,
        start_ts: i64,
    ) -> Self {
        let posted = |feed: &MockFeed| PostedFeed {
            feed: *feed,
            multiple: 1.0,
            published_ts: start_ts,
            is_silent: false,
        };
        Self {
            cluster,
            payer,
            feeds: feeds.iter().map(posted).collect(),
            tape,
            start_ts,
            publisher: None,
        }
    }

    /// From now on the prices of this feed, by its place, are the tape's times `multiple` and whatever they were
    /// multiplied by before.
    pub(crate) fn shock(&mut self, feed: usize, multiple: f64) {
        self.feeds[feed].multiple *= multiple;
    }

    /// From now on no price of this feed, by its place, is posted.
    pub(crate) fn silence(&mut self, feed: usize) {
        self.feeds[feed].is_silent = true;
    }

    /// Posts the prices of `now_ts`, which the chain's clock has reached; behind those of its feeds each transaction
    /// carries the instructions that `more` makes for the feeds at these places.
    ///
    /// Errors: of the network, of the mock.
    pub(crate) async fn post(
        &mut self,
        now_ts: i64,
        more: impl Fn(usize) -> Option<Instruction>,
    ) -> Result<()> {
        let posts = self.instructions(now_ts);
        for some in posts.chunks(PER_TRANSACTION) {
            let mut instructions: Vec<Instruction> =
                some.iter().map(|(_, post)| post.clone()).collect();
            instructions.extend(some.iter().filter_map(|(feed, _)| more(*feed)));
            self.send(&instructions).await?;
        }
        Ok(())
    }

    /// Posts the prices of what the chain's clock says now; returns that.
    ///
    /// Errors: of the network, of the mock.
    pub(crate) async fn post_now(&mut self, chain: &LocalChain) -> Result<i64> {
        let now_ts = chain.now().await?;
        self.post(now_ts, |_| None).await?;
        Ok(now_ts)
    }

    /// The instructions that post the prices of a time, each with the place of its feed; none of a feed without a price
    /// then, whose last one ages as it would on any cluster.
    fn instructions(&mut self, now_ts: i64) -> Vec<(usize, Instruction)> {
        let moment = self.tape.advance_to(now_ts.saturating_sub(self.start_ts));
        let feeds = self.feeds.iter();
        let prices: Vec<f64> = moment
            .iter()
            .zip(feeds)
            .map(|((price, _), posted)| price * posted.multiple)
            .collect();
        let publisher = self
            .publisher
            .get_or_insert_with(|| Publisher::new(now_ts, &prices));
        let updates = publisher.publish(now_ts, &prices);
        let payer = self.payer.pubkey();
        let mut posts = Vec::new();
        for (index, (posted, update)) in self.feeds.iter_mut().zip(updates).enumerate() {
            if moment[index].1 && !posted.is_silent {
                posts.push((index, post_instruction(payer, posted, &update, now_ts)));
                posted.published_ts = now_ts;
            }
        }
        posts
    }

    /// Sends one transaction by one request: the local validator answers once it has run.
    async fn send(&self, instructions: &[Instruction]) -> Result<()> {
        let rpc = self.cluster.rpc();
        let processed = CommitmentConfig::processed();
        let recent = rpc.get_latest_blockhash_with_commitment(processed).await;
        let (hash, _) = recent.map_err(|error| self.cluster.failure(&error))?;
        let (budget, version) = (Budget::default(), Version::V0(&[]));
        let payer = self.payer.pubkey();
        let message = transaction::message(&payer, instructions, version, &budget, hash)?;
        let signed = VersionedTransaction::try_new(message, &[&self.payer])
            .context("the payer of prices cannot sign")?;
        let config = RpcSendTransactionConfig {
            preflight_commitment: Some(CommitmentLevel::Processed),
            ..RpcSendTransactionConfig::default()
        };
        let sent = rpc.send_transaction_with_config(&signed, config).await;
        sent.map_err(|error| self.cluster.failure(&error))?;
        Ok(())
    }
}

fn post_instruction(
    payer: Pubkey,
    posted: &PostedFeed,
    update: &FeedUpdate,
    now_ts: i64,
) -> Instruction {
    let params = PostPriceParams {
        feed_id: posted.feed.id,
        price: update.price,
        conf: update.confidence,
        exponent: EXPONENT,
        publish_time: now_ts,
        prev_publish_time: posted.published_ts.min(now_ts - 1),
        ema_price: update.ema,
        ema_conf: update.confidence,
        verification: Verification::Full,
    };
    let accounts = pyth_mock::accounts::PostPrice {
        payer,
        feed: posted.feed.address,
        system_program: system_program::ID,
    };
    Instruction {
        program_id: pyth_mock::ID,
        accounts: accounts.to_account_metas(None),
        data: pyth_mock::instruction::PostPrice { params }.data(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tape::PriceOrigin;
    use anchor_lang::AnchorDeserialize;

    fn poster(names: &[&str]) -> PricePoster {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let feeds: Vec<MockFeed> = names.iter().map(|name| MockFeed::of_name(name)).collect();
        let tape = PriceTape::open(&PriceOrigin::Generated { seed: 7 }, &names, 0).unwrap();
        let commitment = CommitmentConfig::processed();
        let cluster = Cluster::new("http://127.0.0.1:1", commitment);
        PricePoster::new(cluster, Arc::new(Keypair::new()), &feeds, tape, 1_000)
    }

    fn params(post: &Instruction) -> PostPriceParams {
        PostPriceParams::deserialize(&mut &post.data[8..]).unwrap()
    }

    #[test]
    fn each_feed_gets_its_price_of_the_moment() {
        let mut poster = poster(&["BTC", "SOL"]);
        let first = poster.instructions(1_000);
        let btc = params(&first[0].1);
        assert_eq!(btc.price, 11_400_000_000_000);
        assert_eq!((btc.publish_time, btc.prev_publish_time), (1_000, 999));
        assert_eq!(btc.conf, 5_700_000_000, "5 bp");
        let later = params(&poster.instructions(1_001)[1].1);
        assert_eq!(later.feed_id, MockFeed::of_name("SOL").id);
        assert_eq!(
            (later.publish_time, later.prev_publish_time),
            (1_001, 1_000)
        );
        assert_ne!(later.price, 22_100_000_000);
    }

    #[test]
    fn a_shock_moves_one_price_and_stays() {
        let mut poster = poster(&["BTC", "SOL"]);
        poster.shock(1, 0.8);
        poster.shock(1, 0.5);
        let posts = poster.instructions(1_000);
        assert_eq!(params(&posts[0].1).price, 11_400_000_000_000);
        assert_eq!(params(&posts[1].1).price, 8_840_000_000);
    }

    #[test]
    fn a_dead_feed_is_left_out_and_the_others_go_on() {
        let mut poster = poster(&["BTC", "SOL"]);
        poster.silence(0);
        let posts = poster.instructions(1_000);
        assert_eq!(posts.len(), 1);
        assert_eq!(posts[0].0, 1);
    }

    #[test]
    fn a_feed_has_pyths_own_id_where_it_is_known_and_always_one_of_its_own() {
        let ids = ["BTC", "ETH", "SOL", "OTHER"].map(|name| MockFeed::of_name(name).id);
        assert_eq!(hex::encode(ids[0]), KNOWN_FEEDS[0].1);
        assert!(
            ids.iter()
                .enumerate()
                .all(|(at, id)| !ids[at + 1..].contains(id))
        );
        assert!(ids[3].starts_with(b"OTHER\0"));
    }
}
