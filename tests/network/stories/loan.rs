use std::mem::size_of;

use anchor_lang::prelude::Pubkey;
use freeboard_client::freeboard::state::Pool;
use freeboard_client::network::SendOptions;
use freeboard_network_tests::Stage;
use serde_json::Value;
use solana_signer::Signer;

use crate::question::{assert_same, at_once, view_margin};

/// A day, seconds.
const DAY_SECS: i64 = 86_400;
/// One USDC, quote atoms.
pub const USDC: u64 = 1_000_000;

fn quote_atoms(stage: &Stage) -> i64 {
    let shown = stage.fb("trader", "account show");
    shown["quote_atoms"].as_i64().unwrap()
}

/// Under the shipped parameters, by which 65 % of SOL count.
#[test]
fn a_loan_is_taken_against_collateral_and_paid_back_with_its_interest() {
    let Some(stage) = Stage::start() else { return };
    stage.fb("trader", "account open");
    stage.fb("trader", "deposit 20 SOL");
    let before_atoms = stage.wallet_quote_atoms("trader");
    stage.fb("trader", "borrow 500 USDC");
    assert_eq!(
        stage.wallet_quote_atoms("trader"),
        before_atoms + 500 * USDC
    );
    assert_eq!(quote_atoms(&stage), -500_000_000);
    let (report, answer) = at_once(&stage, "margin -a 0", || view_margin(&stage));
    assert_same(&report, &answer);
    assert!(
        answer["interest_day_atoms"].as_u64().unwrap() > 0,
        "{answer}"
    );
    for too_much in ["borrow 100000 USDC", "withdraw all SOL"] {
        let (status, error) = stage.refused("trader", too_much);
        assert_eq!(status, 3, "{too_much}: {error}");
    }
    stage.pass(DAY_SECS).unwrap();
    let (report, answer) = at_once(&stage, "margin -a 0", || view_margin(&stage));
    assert_same(&report, &answer);
    let owed_atoms = -answer["quote_atoms"].as_i64().unwrap();
    assert!(owed_atoms > 500_000_000, "a day of interest: {owed_atoms}");
    let (status, error) = stage.refused("trader", "repay 501 USDC");
    assert_eq!(status, 1, "{error}");
    stage.fb("trader", "repay 100 USDC");
    stage.fb("trader", "repay all");
    assert_eq!(quote_atoms(&stage), 0);
    let paid_atoms = before_atoms - stage.wallet_quote_atoms("trader");
    assert!(
        paid_atoms > 0 && paid_atoms < USDC,
        "interest: {paid_atoms}"
    );
    stage.assert_books();
    stage.fb("trader", "withdraw all SOL");
    stage.fb("trader", "account close");
    stage.assert_books();
}

/// Without collateral nobody can borrow: no profit counts.
#[test]
fn without_collateral_nobody_can_borrow() {
    let Some(stage) = Stage::start() else { return };
    stage.fb("trader", "account open");
    let (status, error) = stage.refused("trader", "borrow 1 USDC");
    assert_eq!(
        (status, &error["name"]),
        (3, &"InitialMarginNotMet".into()),
        "{error}"
    );
    what_the_pool_lacks_is_shared_by_all(&stage);
}

/// Where a token account has its amount.
const AMOUNT_AT: usize = 64;

/// Changes the amount of a token account.
pub fn change_amount(stage: &Stage, account: &Pubkey, change: impl FnOnce(u64) -> u64) {
    stage.change_account(account, |data| {
        let amount = &mut data[AMOUNT_AT..AMOUNT_AT + 8];
        let held = u64::from_le_bytes(amount.try_into().unwrap());
        amount.copy_from_slice(&change(held).to_le_bytes());
    });
}

/// Takes everything that the pool has out of its vault, and this much more, which no sequence of trades within the caps
/// comes to; then values it.
pub fn impoverish(stage: &Stage, more_atoms: u64) {
    let (state, network) = (stage.state(), &stage.network);
    let ledgers = state.assets.iter().map(|one| one.asset.ledger.pool_atoms);
    let cash_atoms: i64 = ledgers.chain([state.pool.ledger.pool_atoms]).sum();
    let lost_atoms = cash_atoms + i64::try_from(more_atoms).unwrap();
    stage.change_account(&state.keys.pool, |data| {
        let body = &mut data[8..8 + size_of::<Pool>()];
        let mut pool: Pool = bytemuck::pod_read_unaligned(body);
        pool.ledger.pool_atoms -= lost_atoms;
        body.copy_from_slice(bytemuck::bytes_of(&pool));
    });
    let lost = u64::try_from(lost_atoms).unwrap();
    change_amount(stage, &state.keys.quote_vault, |held| held - lost);
    let key = network.wallets.key("payer").clone();
    let (signers, options): ([&dyn Signer; 1], _) = ([&*key], SendOptions::default());
    let rebalance = [stage.state().rebalance_pool()];
    stage
        .wait(network.cluster.send(&signers, &rebalance, &options))
        .unwrap();
}

fn what_the_pool_lacks_is_shared_by_all(stage: &Stage) {
    stage.fb("trader", "deposit 20000 USDC");
    impoverish(stage, 8_000 * USDC);
    assert_eq!(stage.state().pool.deficit_atoms, 8_000 * USDC);
    let (before, wallet) = (quote_atoms(stage), stage.wallet_quote_atoms("trader"));
    let sent = stage.fb("trader", "withdraw 1000 USDC");
    let preview = |key: &str| -> u64 {
        let found: &Value = &sent["preview"][key];
        found.as_u64().unwrap_or_else(|| panic!("{key}: {sent}"))
    };
    let received_atoms = stage.wallet_quote_atoms("trader") - wallet;
    assert_eq!(received_atoms, preview("received_atoms"));
    assert!(preview("min_received_atoms") <= received_atoms);
    // 20,000 are owed and a little to insurance and fees, 8,000 are missing: about three fifths are paid.
    assert!((580 * USDC..620 * USDC).contains(&received_atoms), "{sent}");
    assert_eq!(before - quote_atoms(stage), 1_000_000_000);
    assert!(stage.state().pool.deficit_atoms < 8_000 * USDC);
    stage.assert_books();
}
