use super::*;
use crate::transaction::{self, Budget, Version};
use anchor_lang::{ToAccountMetas, prelude::AccountInfo};
use pyth_solana_receiver_sdk::cpi::accounts::PostUpdateAtomic;
use pythnet_sdk::{
    accumulators::{Accumulator, merkle::MerkleTree},
    hashers::keccak256_160::Keccak160,
    messages::{PriceFeedMessage, TwapMessage},
    wire::to_vec,
};
use solana_message::VersionedMessage;

/// Signatures that a VAA of the upgraded receiver needs.
const SIGNATURES: u8 = 3;
/// Feeds of the tree that the prices are proven in: a proof of ten hashes.
const LEAVES: u8 = 200;

pub(crate) fn price(feed: u8) -> Message {
    Message::PriceFeedMessage(PriceFeedMessage {
        feed_id: [feed; 32],
        price: 100,
        conf: 1,
        exponent: -8,
        publish_time: 7,
        prev_publish_time: 6,
        ema_price: 100,
        ema_conf: 1,
    })
}

fn twap() -> Message {
    Message::TwapMessage(TwapMessage {
        feed_id: [1; 32],
        cumulative_price: 0,
        cumulative_conf: 0,
        num_down_slots: 0,
        exponent: -8,
        publish_time: 7,
        prev_publish_time: 6,
        publish_slot: 1,
    })
}

/// An update as Hermes sends it, with the messages at these places of a tree, under guardian set 4.
pub(crate) fn update(picked: &[Message]) -> Vec<u8> {
    let others = (100..LEAVES).map(price);
    let leaves: Vec<Vec<u8>> = picked
        .iter()
        .cloned()
        .chain(others)
        .map(|message| to_vec::<_, byteorder::BE>(&message).unwrap())
        .collect();
    let slices: Vec<&[u8]> = leaves.iter().map(Vec::as_slice).collect();
    let tree = MerkleTree::<Keccak160>::from_set(slices.iter().copied()).unwrap();
    let proven = leaves
        .iter()
        .take(picked.len())
        .map(|leaf| MerklePriceUpdate {
            message: leaf.clone().into(),
            proof: tree.prove(leaf).unwrap(),
        });
    let mut vaa = vec![1, 0, 0, 0, 4, SIGNATURES];
    vaa.extend(vec![0; usize::from(SIGNATURES) * 66]);
    vaa.extend([0; 51]); // the body's head
    vaa.extend([0; 37]); // magic, kind, slot, ring size, root
    let proof = Proof::WormholeMerkle {
        vaa: vaa.into(),
        updates: proven.collect(),
    };
    to_vec::<_, byteorder::BE>(&AccumulatorUpdateData::new(proof)).unwrap()
}

fn receiver() -> Receiver {
    Receiver {
        program: UPGRADED_RECEIVER,
        wormhole: Pubkey::new_from_array([9; 32]),
    }
}

fn posting(seed: u8) -> Posting {
    Posting {
        payer: Pubkey::new_from_array([1; 32]),
        account: Pubkey::new_from_array([seed; 32]),
        write_authority: Pubkey::new_from_array([1; 32]),
        treasury: 0,
    }
}

#[test]
fn an_update_tells_its_feeds_and_signers_and_passes_over_other_messages() {
    let updates = PriceUpdates::parse(&update(&[price(1), twap(), price(2)])).unwrap();
    assert_eq!(updates.feeds().collect::<Vec<_>>(), [[1; 32], [2; 32]]);
    assert_eq!(
        (updates.guardian_set(), updates.signatures()),
        (4, SIGNATURES)
    );
}

#[test]
fn what_is_cut_off_or_another_format_is_refused() {
    let whole = update(&[price(1)]);
    for length in 0..whole.len() {
        let read = PriceUpdates::parse(&whole[..length]);
        assert_eq!(read.unwrap_err(), NotAnUpdate::Format, "{length} bytes");
    }
    let mut other = whole;
    other[0] = b'X';
    assert_eq!(
        PriceUpdates::parse(&other).unwrap_err(),
        NotAnUpdate::Format
    );
}

#[test]
fn a_post_is_the_sdk_s_own_instruction() {
    let updates = PriceUpdates::parse(&update(&[price(1), price(2)])).unwrap();
    let (receiver, posting) = (receiver(), posting(5));
    let made = receiver.post(&updates, &[2; 32], &posting).unwrap();
    // The accounts in the order of the SDK's struct, which wants infos.
    let keys: Vec<Pubkey> = made.accounts.iter().map(|meta| meta.pubkey).collect();
    let (mut lamports, mut data) = (vec![0; keys.len()], vec![vec![]; keys.len()]);
    let owner = Pubkey::default();
    let infos: Vec<AccountInfo> = keys
        .iter()
        .zip(lamports.iter_mut().zip(&mut data))
        .map(|(key, (lamports, data))| {
            AccountInfo::new(key, false, false, lamports, data, &owner, false)
        })
        .collect();
    let accounts = PostUpdateAtomic {
        payer: infos[0].clone(),
        guardian_set: infos[1].clone(),
        config: infos[2].clone(),
        treasury: infos[3].clone(),
        price_update_account: infos[4].clone(),
        system_program: infos[5].clone(),
        write_authority: infos[6].clone(),
    };
    assert_eq!(made.accounts, accounts.to_account_metas(None));
    let mut params = made.data.strip_prefix(&POST_UPDATE_ATOMIC).unwrap();
    let params = <PostUpdateAtomicParams as borsh::BorshDeserialize>::deserialize(&mut params);
    let params = params.unwrap();
    assert_eq!(params.vaa, updates.vaa);
    assert_eq!(params.merkle_price_update, updates.updates[1].1);
    assert_eq!(receiver.post(&updates, &[3; 32], &posting), None);
}

#[test]
fn the_addresses_of_the_first_receiver_are_the_sdk_s() {
    let first = Receiver {
        program: RECEIVER,
        ..receiver()
    };
    assert_eq!(first.program, pyth_solana_receiver_sdk::ID);
    let config = pyth_solana_receiver_sdk::pda::get_config_address();
    assert_eq!(first.config(), config);
    let updates = PriceUpdates::parse(&update(&[price(1)])).unwrap();
    let made = first.post(&updates, &[1; 32], &posting(5)).unwrap();
    let treasury = pyth_solana_receiver_sdk::pda::get_treasury_address(0);
    assert_eq!(made.accounts[3].pubkey, treasury);
}

fn message(
    instructions: &[Instruction],
    version: Version,
) -> Result<VersionedMessage, transaction::Unsendable> {
    let hash = solana_message::Hash::default();
    let payer = posting(0).payer;
    transaction::message(&payer, instructions, version, &Budget::default(), hash)
}

/// One feed with three signatures fits a version 0 transaction beside an action; three feeds fit version 1.
#[test]
fn an_update_with_every_signature_fits_one_transaction_with_the_action() {
    let picked: Vec<Message> = (1..=3).map(price).collect();
    let updates = PriceUpdates::parse(&update(&picked)).unwrap();
    let action = Instruction {
        program_id: freeboard::ID,
        accounts: (20..28)
            .map(|seed| AccountMeta::new(Pubkey::new_from_array([seed; 32]), false))
            .collect(),
        data: vec![0; 42],
    };
    let all = |count: u8| {
        let postings: Vec<([u8; 32], Posting)> = (1..=count)
            .map(|feed| ([feed; 32], posting(100 + feed)))
            .collect();
        receiver()
            .post_and_act(&updates, &postings, vec![action.clone()])
            .unwrap()
    };
    let table = crate::lookup_table::table(
        Pubkey::new_from_array([200; 32]),
        crate::lookup_table::addresses(&all(1)),
    );
    let one = message(&all(1), Version::V0(&[table])).unwrap();
    let three = message(&all(3), Version::V1).unwrap();
    let sizes = [one, three].map(|message| transaction::size(&message).bytes);
    assert!(sizes[0] < 1_100 && sizes[1] < 3_000, "{sizes:?}");
    assert!(message(&all(1), Version::V0(&[])).is_err());
}
