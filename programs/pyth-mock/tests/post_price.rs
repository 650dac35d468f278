//! Runs the built mock in LiteSVM: what it writes, and what it refuses.

use std::path::PathBuf;

use anchor_lang::solana_program::instruction::Instruction;
use anchor_lang::{
    AccountDeserialize, InstructionData, ToAccountMetas, prelude::Pubkey, system_program,
};
use litesvm::LiteSVM;
use pyth_mock::{FEED_SEED, MockError, PostPriceParams, Verification};
use pyth_solana_receiver_sdk::price_update::{PriceUpdateV2, VerificationLevel};
use solana_account::Account;
use solana_keypair::Keypair;
use solana_message::Message;
use solana_signer::Signer;
use solana_transaction::Transaction;

const SOL: u64 = 1_000_000_000;
const FEED_ID: [u8; 32] = [7; 32];

/// The mock at the receiver's address, and somebody who can pay.
fn network() -> (LiteSVM, Keypair) {
    let folder = std::env::var_os("FREEBOARD_DEPLOY_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/deploy"),
        PathBuf::from,
    );
    let mut svm = LiteSVM::new();
    svm.add_program_from_file(pyth_mock::ID, folder.join("pyth_mock.so"))
        .expect("build the programs first: cargo xtask build");
    let payer = funded(&mut svm);
    (svm, payer)
}

fn funded(svm: &mut LiteSVM) -> Keypair {
    let keypair = Keypair::new();
    svm.airdrop(&keypair.pubkey(), SOL).unwrap();
    keypair
}

fn feed_address() -> Pubkey {
    Pubkey::find_program_address(&[FEED_SEED, &FEED_ID], &pyth_mock::ID).0
}

fn params(price: i64, verification: Verification) -> PostPriceParams {
    PostPriceParams {
        feed_id: FEED_ID,
        price,
        conf: 12,
        exponent: -8,
        publish_time: 1_700_000_001,
        prev_publish_time: 1_700_000_000,
        ema_price: 101,
        ema_conf: 13,
        verification,
    }
}

/// Posts to the given account; returns the number of the mock's error, if it refuses.
fn post_to(
    svm: &mut LiteSVM,
    payer: &Keypair,
    feed: Pubkey,
    params: PostPriceParams,
) -> Result<(), u32> {
    let accounts = pyth_mock::accounts::PostPrice {
        payer: payer.pubkey(),
        feed,
        system_program: system_program::ID,
    };
    let instruction = Instruction {
        program_id: pyth_mock::ID,
        accounts: accounts.to_account_metas(None),
        data: pyth_mock::instruction::PostPrice { params }.data(),
    };
    let message = Message::new(&[instruction], Some(&payer.pubkey()));
    let transaction = Transaction::new(&[payer], message, svm.latest_blockhash());
    match svm.send_transaction(transaction) {
        Ok(_) => Ok(()),
        Err(failed) => {
            let text = format!("{:?}", failed.err);
            let number = text
                .split("Custom(")
                .nth(1)
                .and_then(|rest| rest.split(')').next());
            Err(number
                .and_then(|number| number.parse().ok())
                .unwrap_or_else(|| panic!("{text}")))
        }
    }
}

fn post(svm: &mut LiteSVM, payer: &Keypair, params: PostPriceParams) -> Result<(), u32> {
    post_to(svm, payer, feed_address(), params)
}

fn stored(svm: &LiteSVM) -> PriceUpdateV2 {
    let account = svm.get_account(&feed_address()).unwrap();
    assert_eq!(
        (account.owner, account.data.len()),
        (pyth_solana_receiver_sdk::ID, 134)
    );
    PriceUpdateV2::try_deserialize(&mut &account.data[..]).unwrap()
}

fn number(error: MockError) -> u32 {
    error.into()
}

#[test]
fn the_first_post_creates_what_pyths_own_sdk_reads() {
    let (mut svm, payer) = network();
    svm.warp_to_slot(42);
    post(&mut svm, &payer, params(-5, Verification::Full)).unwrap();
    let update = stored(&svm);
    assert_eq!(update.write_authority, payer.pubkey());
    assert_eq!(update.verification_level, VerificationLevel::Full);
    assert_eq!(update.posted_slot, 42);
    let message = update.price_message;
    assert_eq!(
        (message.feed_id, message.price, message.conf),
        (FEED_ID, -5, 12)
    );
    assert_eq!(
        (message.exponent, message.ema_price, message.ema_conf),
        (-8, 101, 13)
    );
    assert_eq!(
        (message.publish_time, message.prev_publish_time),
        (1_700_000_001, 1_700_000_000)
    );
}

#[test]
fn a_later_post_replaces_the_price_and_leaves_no_trace_of_the_earlier_one() {
    let (mut svm, payer) = network();
    post(
        &mut svm,
        &payer,
        params(1, Verification::Partial { num_signatures: 5 }),
    )
    .unwrap();
    let level = VerificationLevel::Partial { num_signatures: 5 };
    assert_eq!(stored(&svm).verification_level, level);
    post(&mut svm, &payer, params(2, Verification::Full)).unwrap();
    assert_eq!(stored(&svm).price_message.price, 2);
    // A full level takes one byte less than a partial one.
    assert_eq!(svm.get_account(&feed_address()).unwrap().data[133], 0);
}

#[test]
fn an_address_with_lamports_on_it_can_still_become_a_feed() {
    let (mut svm, payer) = network();
    svm.airdrop(&feed_address(), SOL / 100).unwrap();
    post(&mut svm, &payer, params(3, Verification::Full)).unwrap();
    assert_eq!(stored(&svm).price_message.price, 3);
}

#[test]
fn only_the_creator_may_write() {
    let (mut svm, payer) = network();
    post(&mut svm, &payer, params(1, Verification::Full)).unwrap();
    let other = funded(&mut svm);
    let refused = post(&mut svm, &other, params(2, Verification::Full));
    assert_eq!(refused, Err(number(MockError::WrongWriteAuthority)));
    assert_eq!(stored(&svm).price_message.price, 1);
}

#[test]
fn an_account_at_another_address_is_refused() {
    let (mut svm, payer) = network();
    let elsewhere = Pubkey::new_unique();
    let refused = post_to(&mut svm, &payer, elsewhere, params(1, Verification::Full));
    assert_eq!(refused, Err(number(MockError::WrongFeedAddress)));
}

#[test]
fn an_account_of_another_owner_or_kind_is_refused() {
    for (owner, expected) in [
        (Pubkey::new_unique(), MockError::WrongFeedOwner),
        (pyth_mock::ID, MockError::WrongFeedData),
    ] {
        let (mut svm, payer) = network();
        let account = Account {
            lamports: SOL,
            data: vec![1; 134],
            owner,
            executable: false,
            rent_epoch: 0,
        };
        svm.set_account(feed_address(), account).unwrap();
        let refused = post(&mut svm, &payer, params(1, Verification::Full));
        assert_eq!(refused, Err(number(expected)));
    }
}

#[test]
fn errors_are_numbered_from_6000() {
    assert_eq!(number(MockError::WrongFeedAddress), 6000);
    assert_eq!(number(MockError::WrongWriteAuthority), 6003);
}
