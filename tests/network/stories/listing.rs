use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::program_option::COption;
use anchor_lang::solana_program::program_pack::Pack;
use anchor_spl::associated_token::get_associated_token_address_with_program_id;
use anchor_spl::token::spl_token::state::{Account, AccountState, Mint};
use anchor_spl::token_2022::ID as TOKEN_2022;
use freeboard_network_tests::Stage;

use crate::change::{SecondFeed, WAIT_SECS, sol_feed};

/// The shipped parameters, of which SOL's become those of the new asset.
const SHIPPED: &str = include_str!("../../../migrations/parameters/default.toml");
/// More than the rent of mint and token account, lamports.
const RENT_LAMPORTS: u64 = 10_000_000;
/// Whole units of a token of 9 decimals.
const UNIT: u64 = 1_000_000_000;

/// Puts an account of a token program on the chain.
fn put<T: Pack>(stage: &Stage, address: &Pubkey, state: T) {
    let mut data = vec![0; T::LEN];
    Pack::pack(state, &mut data).unwrap();
    let chain = &stage.network.chain;
    let written = chain.set_account(address, RENT_LAMPORTS, &TOKEN_2022, &data);
    stage.wait(written).unwrap();
}

/// A mint of Token-2022 without extensions, and 100 of it in the trader's associated account.
fn new_mint(stage: &Stage) -> Pubkey {
    let mint = Pubkey::new_unique();
    put(
        stage,
        &mint,
        Mint {
            mint_authority: COption::None,
            supply: 100 * UNIT,
            decimals: 9,
            is_initialized: true,
            freeze_authority: COption::None,
        },
    );
    put(
        stage,
        &held_in(stage, &mint),
        Account {
            mint,
            owner: stage.network.wallets.address("trader"),
            amount: 100 * UNIT,
            delegate: COption::None,
            state: AccountState::Initialized,
            is_native: COption::None,
            delegated_amount: 0,
            close_authority: COption::None,
        },
    );
    mint
}

/// The trader's associated account of this mint.
fn held_in(stage: &Stage, mint: &Pubkey) -> Pubkey {
    let owner = stage.network.wallets.address("trader");
    get_associated_token_address_with_program_id(&owner, mint, &TOKEN_2022)
}

fn held_atoms(stage: &Stage, mint: &Pubkey) -> u64 {
    let balance = stage.network.cluster.token_balance(held_in(stage, mint));
    stage.wait(balance).unwrap().expect("the trader's account")
}

#[test]
fn a_token_of_token_2022_is_listed_paid_in_and_taken_out() {
    let Some(stage) = Stage::start() else { return };
    let (mint, own) = (new_mint(&stage), sol_feed(&stage).address);
    let feed = SecondFeed::new(0xcd);
    let params = stage.file(
        "listing.toml",
        &SHIPPED.replace("name = \"SOL\"", "name = \"JUP\""),
    );
    feed.show(&stage, own);
    stage.fb(
        "governance",
        &format!(
            "asset propose JUP --params {} --feed-id {} --mint {mint}",
            params.display(),
            feed.hex()
        ),
    );
    stage.pass(WAIT_SECS).unwrap();
    feed.show(&stage, own);
    stage.fb("trader", "governance execute");
    let listed = stage.fb("trader", "asset show JUP");
    assert!(listed.to_string().contains(&mint.to_string()), "{listed}");
    stage.fb("trader", "account open");
    stage.fb("trader", "deposit 5.5 JUP");
    assert_eq!(held_atoms(&stage, &mint), 100 * UNIT - 11 * UNIT / 2);
    let shown = stage.fb("trader", "account show");
    assert_eq!(
        shown["collaterals"][0]["amount_atoms"],
        11 * UNIT / 2,
        "{shown}"
    );
    let answer = stage.fb("trader", "margin -a 0");
    assert_eq!(answer["holdings"][0]["collateral_weight"], 0.0, "{answer}");
    stage.fb("trader", "withdraw 0.5 JUP");
    stage.fb("trader", "withdraw all JUP");
    assert_eq!(held_atoms(&stage, &mint), 100 * UNIT);
    stage.fb("trader", "account close");
    stage.assert_books();
}
