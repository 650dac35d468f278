//! The accounts' layouts and discriminators, as a client in another language would have them.
use crate::support::{Stage, stage, stage_with_neighbour};
use anchor_lang::Discriminator;
use freeboard::state::{Asset, Exchange, MarginAccount, Pool, Versioned};
use freeboard_client::{
    decode::{self, DecodeError},
    pin::Pinned,
};
use std::mem::{align_of, offset_of, size_of};

#[test]
fn sizes_on_chain_are_those_of_the_types() {
    let mut stage = stage();
    let (trader, sol) = (stage.trader.clone(), stage.sol.clone());
    stage.trade(&sol, 1.0);
    let length = |address| stage.world.account(&address).data.len();
    assert_eq!(length(stage.world.exchange), 8 + size_of::<Exchange>());
    assert_eq!(length(stage.world.pool), 8 + size_of::<Pool>());
    assert_eq!(length(sol.address), 8 + size_of::<Asset>());
    assert_eq!(
        length(trader.margin_account),
        8 + size_of::<MarginAccount>()
    );
}

#[test]
fn sizes_are_pinned() {
    let sizes = [
        size_of::<Exchange>(),
        size_of::<Asset>(),
        size_of::<MarginAccount>(),
        size_of::<Pool>(),
    ];
    assert_eq!(sizes, EXPECTED_SIZES);
    let aligned = [
        align_of::<Exchange>(),
        align_of::<Asset>(),
        align_of::<MarginAccount>(),
        align_of::<Pool>(),
    ];
    assert_eq!(aligned, [8; 4]);
}

const EXPECTED_SIZES: [usize; 4] = [3_832, 1_792, 2_048, 392];

#[test]
fn fields_that_others_read_are_where_they_were() {
    assert_eq!(offset_of!(MarginAccount, exchange), 8);
    assert_eq!(offset_of!(MarginAccount, owner), 40);
    assert_eq!(offset_of!(MarginAccount, delegate), 72);
    assert_eq!(offset_of!(MarginAccount, quote_atoms), 104);
    assert_eq!(offset_of!(MarginAccount, flagged_ts), 112);
    assert_eq!(offset_of!(MarginAccount, positions), 176);
    assert_eq!(offset_of!(Asset, exchange), 8);
    assert_eq!(offset_of!(Asset, feed), 40);
    assert_eq!(offset_of!(Asset, mint), 72);
    assert_eq!(offset_of!(Asset, vault), 104);
    assert_eq!(offset_of!(Pool, ledger), 40);
}

#[test]
fn bytes_are_read_where_they_are() {
    let stage = stage();
    let data = stage.world.account(&stage.trader.margin_account).data;
    assert_eq!(data[..8], *MarginAccount::DISCRIMINATOR);
    assert_eq!(data[8], MarginAccount::VERSION);
    assert_eq!(data[16..48], stage.world.exchange.to_bytes());
    assert_eq!(data[48..80], stage.trader.owner().to_bytes());
    assert_eq!(data[112..120], 100_000_000_000i64.to_le_bytes());
    // Slots are empty, not zero.
    assert_eq!(data[8 + 176 + 48..8 + 176 + 50], [0xff, 0xff]);
}

/// Anyone can create an exchange under the program: a client that has pinned one decodes nothing of another.
#[test]
fn a_pinned_client_refuses_accounts_of_another_exchange() {
    let (own, other) = stage_with_neighbour();
    let pinned = Pinned::new(own.world.exchange);
    let quote_program = own.world.keys.quote_program;
    let exchange = |stage: &Stage| {
        let account = stage.world.account(&stage.world.exchange);
        pinned.exchange(&account.owner, &account.data, quote_program)
    };
    assert_eq!(exchange(&own).expect("the pinned one").1, own.world.keys);
    assert_eq!(exchange(&other).err(), Some(DecodeError::WrongExchange));
    let margin_account = |stage: &Stage| {
        let account = stage.world.account(&stage.trader.margin_account);
        let read = pinned.account::<MarginAccount>(&account.owner, &account.data);
        read.map(|account| account.owner)
    };
    assert_eq!(margin_account(&own), Ok(own.trader.owner()));
    assert_eq!(margin_account(&other), Err(DecodeError::WrongExchange));
}

#[test]
fn the_client_refuses_what_is_not_the_account() {
    let stage = stage();
    let account = stage.world.account(&stage.trader.margin_account);
    let (owner, data) = (account.owner, account.data);
    let read = |owner, data: &[u8]| decode::account::<MarginAccount>(owner, data).map(|_| ());
    assert_eq!(read(&owner, &data), Ok(()));
    assert_eq!(
        read(&stage.world.exchange, &data),
        Err(DecodeError::WrongOwner)
    );
    assert_eq!(
        read(&owner, &data[..data.len() - 1]),
        Err(DecodeError::WrongLength)
    );
    assert_eq!(
        read(&owner, &data[1..]),
        Err(DecodeError::WrongDiscriminator)
    );
    let pool = stage.world.account(&stage.world.pool).data;
    assert_eq!(read(&owner, &pool), Err(DecodeError::WrongDiscriminator));
    let mut later = data.clone();
    later[8] = MarginAccount::VERSION + 1;
    assert_eq!(read(&owner, &later), Err(DecodeError::WrongVersion));
}
