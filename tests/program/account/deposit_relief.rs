//! deposit: what is relief beyond the cap of an account below its initial margin, whatever others did just before.
use super::deposit_cap::{SOL, below_initial_on, capped, counts};
use crate::support::Stage;
use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use freeboard::events::Deposited;
use freeboard_client::{dump::Located, events::Event};
use freeboard_risk::number::quantity::Fraction;
use freeboard_tests::usd;
use solana_account::Account;

const MANY: u64 = 10_000 * SOL;

/// Bends the accounts of a deposit, whose assets begin at this place.
type Bend = fn(&mut Vec<AccountMeta>, usize);

/// A deposit of SOL by the trader as a client builds it now.
fn built(stage: &mut Stage, atoms: u64) -> Instruction {
    let (trader, token) = (stage.trader.clone(), stage.sol.token());
    let source = stage.world.mint_to(&trader.owner(), &token.mint, atoms);
    let account = Located {
        address: trader.margin_account,
        state: stage.world.state_of(&trader),
    };
    let state = stage.world.exchange_state();
    let call = state.deposit(trader.owner(), &account, &token, source, atoms);
    call.expect("assets of this exchange")
}

#[track_caller]
fn land(stage: &mut Stage, call: &Instruction) -> Deposited {
    let keypair = stage.trader.keypair.clone();
    let sent = stage.world.send(std::slice::from_ref(call), &[&keypair]);
    let Event::Deposited(event) = sent.expect("deposited").event() else {
        panic!("another event")
    };
    event
}

/// Initial margin that the trader lacks, quote atoms.
fn lacking(stage: &mut Stage) -> u64 {
    let report = stage.world.view(&stage.trader).expect("a report");
    assert!(report.free_collateral_atoms < 0, "{report:?}");
    report.free_collateral_atoms.unsigned_abs()
}

#[test]
fn p10_room_that_is_filled_just_before_is_not_needed() {
    let (mut stage, lacking) = below_initial_on(capped(20_000));
    let call = built(&mut stage, MANY);
    let (griefer, sol) = (stage.world.new_trader(0), stage.sol.clone());
    let filled = stage.world.deposit_collateral(&griefer, &sol, 20_000 * SOL);
    filled.expect("room for all of it");
    let event = land(&mut stage, &call);
    let twice = lacking * 2 * 1_000 / 137; // in SOL at $137
    assert_eq!(event.relief_after_atoms, counts(MANY, twice));
    let filled = stage.world.asset(0).collateral_counted_atoms;
    assert_eq!(filled, 20_000 * SOL, "relief takes no room");
    stage.world.assert_books();
}

#[test]
fn p10_a_slot_freed_just_before_takes_nothing() {
    let mut stage = capped(0);
    let btc = stage.btc.clone();
    stage.trade(&btc, 0.1);
    let (mut stage, _) = below_initial_on(stage);
    let call = built(&mut stage, MANY);
    // The first of its slots, as a liquidation frees one.
    stage.trade(&btc, -0.1);
    let account = stage.world.state_of(&stage.trader);
    assert!(account.find_position(btc.index).is_none());
    assert!(account.find_position(stage.sol.index).is_some());
    let twice = lacking(&mut stage) * 2 * 1_000 / 137;
    let event = land(&mut stage, &call);
    assert_eq!(event.relief_after_atoms, counts(MANY, twice));
    stage.world.assert_books();
}

/// Without a price, and with accounts that are none of its assets', the cap holds and the deposit is taken.
#[test]
fn p8_no_feed_and_no_wrong_account_stops_a_deposit() {
    let mut stage = capped(0);
    let btc = stage.btc.clone();
    stage.trade(&btc, 0.1);
    let (mut stage, _) = below_initial_on(stage);
    let call = built(&mut stage, MANY);
    let first = call.accounts.len() - 4; // SOL and its feed, BTC and its feed
    let whole = land(&mut stage.clone(), &call).relief_after_atoms;
    assert!(whole > 0);
    let spoilt = Account {
        lamports: 1_000_000,
        data: vec![7; 200],
        owner: Pubkey::new_unique(),
        ..Account::default()
    };
    // Where a feed's account is closed, the price that was recorded a moment ago answers.
    let mut closed = stage.clone();
    closed.world.set_feed(&btc, Account::default());
    assert_eq!(land(&mut closed, &call).relief_after_atoms, whole);
    let mut foreign = stage.clone();
    foreign.world.set_feed(&btc, spoilt);
    taken_at_the_cap(&mut foreign, &call, "a feed");
    let bends: [(&str, Bend); 5] = [
        ("a feed missing", |accounts, first| {
            accounts.truncate(first + 3)
        }),
        ("an asset missing", |accounts, first| {
            accounts.truncate(first + 2)
        }),
        ("another order", |accounts, first| {
            accounts[first..].rotate_left(2)
        }),
        ("one asset twice", |accounts, first| {
            accounts.extend_from_within(first + 2..)
        }),
        ("no assets", |accounts, first| {
            let other = accounts[1].clone(); // the exchange
            accounts[first..].fill(other)
        }),
    ];
    for (what, bend) in bends {
        let mut bent = call.clone();
        bend(&mut bent.accounts, first);
        taken_at_the_cap(&mut stage.clone(), &bent, what);
    }
}

#[track_caller]
fn taken_at_the_cap(stage: &mut Stage, call: &Instruction, what: &str) {
    let event = land(stage, call);
    let counts = (event.counted_after_atoms, event.relief_after_atoms);
    assert_eq!(event.balance_after_atoms, MANY as i64, "{what}");
    assert_eq!(counts, (0, 0), "{what}");
    let counted = stage.world.asset(stage.sol.index).collateral_counted_atoms;
    assert_eq!(counted, 0, "{what}");
    stage.world.assert_books();
}

/// Nothing is lost: σ_t alone rises, and twice what the account lacks by it is relief. When σ_t is back, none of it is paid
/// out.
#[test]
fn volatility_alone_pays_nothing_out_by_what_it_makes_lacking() {
    let mut stage = capped(0);
    let (sol, trader) = (stage.sol.clone(), stage.trader.clone());
    stage.trade(&sol, 4_000.0);
    stage.world.withdraw_all_but(&trader, usd(1));
    let before = stage.world.view(&trader).expect("a report");
    assert!(before.meets_initial_margin, "{before:?}");
    stage.world.change_asset(sol.index, |asset| {
        let mut volatility = asset.volatility().expect("a state");
        let sigma = volatility.sigma_target;
        volatility.sigma_target = Fraction::from_bits(sigma.to_bits() * 2);
        asset.volatility_words = volatility.to_words();
    });
    let free = before.free_collateral_atoms;
    let after = stage.world.view(&trader).expect("a report");
    let equities = [before, after].map(|report| report.maintenance.equity_atoms);
    assert_eq!(equities[0], equities[1]);
    let twice = lacking(&mut stage) * 2 * 1_000 / 150; // in SOL at $150
    let call = built(&mut stage, MANY);
    let event = land(&mut stage, &call);
    assert_eq!(event.relief_after_atoms, counts(MANY, twice));
    stage.world.change_asset(sol.index, |asset| {
        let mut volatility = asset.volatility().expect("a state");
        let sigma = volatility.sigma_target;
        volatility.sigma_target = Fraction::from_bits(sigma.to_bits() / 2);
        asset.volatility_words = volatility.to_words();
    });
    let calm = stage.world.view(&trader).expect("a report");
    assert_eq!(calm.free_collateral_atoms, free);
    stage.world.assert_books();
}
