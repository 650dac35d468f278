//! flag_several and liquidate_several: many small accounts in one transaction, and one of them that is wrong or was
//! changed just before stops none of the others. Likewise a single flag or liquidation that was built with the assets
//! beside which an owner could open a slot.
use crate::support::{Stage, refused, stage_of, stage_with_neighbour};
use anchor_lang::prelude::AccountMeta;
use freeboard::error::FreeboardError;
use freeboard::instructions::Closing;
use freeboard::instructions::LiquidateArgs;
use freeboard_client::{events::Event, instructions};
use freeboard_tests::{AssetSpec, Meta, Trader, World, usd};

const BY_POOL: LiquidateArgs = LiquidateArgs {
    asset_index: 0,
    max_size_atoms: u64::MAX,
    closing: Closing::PositionByPool,
};

/// So many small owners, long SOL and below their margin, beside the stage's trader who holds nothing.
fn small(stage: &mut Stage, number: usize) -> Vec<Trader> {
    let sol = stage.sol.clone();
    let traders: Vec<Trader> = (0..number)
        .map(|_| stage.world.new_trader(usd(2_500)))
        .collect();
    for trader in &traders {
        stage.world.trade(trader, &sol, sol.atoms(100.0)).unwrap();
    }
    stage.world.warp_fresh(10);
    stage.world.set_price_usd(&sol, 132.5);
    traders
}

/// All of them flagged for longer than the grace period, and a liquidator.
fn flagged(stage: &mut Stage, traders: &[&Trader]) -> Trader {
    let flag = stage.world.flag_several_instruction(traders, &[]);
    stage.world.send(&[flag], &[]).expect("flagged");
    stage.world.warp_fresh(11);
    stage.world.new_trader(usd(1_000_000))
}

/// For which accounts it was done.
fn done(meta: &Meta) -> u64 {
    let mut bytes = [0; 8];
    bytes[..meta.return_data.len()].copy_from_slice(&meta.return_data);
    u64::from_le_bytes(bytes)
}

fn refs(traders: &[Trader]) -> Vec<&Trader> {
    traders.iter().collect()
}

#[test]
fn those_below_are_flagged_whatever_is_wrong_with_the_others() {
    let (mut stage, other) = stage_with_neighbour();
    let traders = small(&mut stage, 3);
    let healthy = stage.world.new_trader(usd(10));
    let gone = stage.world.new_trader(0);
    stage.world.next_slot();
    stage.world.close_margin_account(&gone).unwrap();
    let mut all = refs(&traders);
    all.insert(1, &healthy);
    let mut flag = stage.world.flag_several_instruction(&all, &[]);
    // Where the healthy one stands: also an account that is gone, of another exchange, of another type.
    let wrong = [
        AccountMeta::new(gone.margin_account, false),
        AccountMeta::new(other.trader.margin_account, false),
        AccountMeta::new(stage.sol.address, false),
    ];
    let right = flag.accounts[3].clone();
    assert_eq!(right.pubkey, healthy.margin_account);
    for wrong in [vec![right], wrong.into()].concat() {
        flag.accounts[3] = wrong;
        let mut world = stage.world.clone();
        let meta = world
            .send(std::slice::from_ref(&flag), &[])
            .expect("flagged");
        assert_eq!(meta.events().len(), 3);
        assert_eq!(done(&meta), 0b1101);
        for trader in &traders {
            assert_eq!(world.state_of(trader).flagged_ts, world.now());
        }
    }
}

#[test]
fn where_nothing_is_done_the_last_refusal_is_told() {
    let mut stage = stage_of([AssetSpec::sol(), AssetSpec::btc(), AssetSpec::eth()]);
    let [one, two] = [0, 1].map(|_| stage.world.new_trader(usd(10)));
    let flag = stage.world.flag_several_instruction(&[&one, &two], &[]);
    let sent = stage.world.send(&[flag], &[]);
    refused(sent, FreeboardError::AccountHealthy);
}

/// None, more than 64, or fewer than were said.
pub fn none() {
    let mut stage = stage_of([AssetSpec::sol(), AssetSpec::btc(), AssetSpec::eth()]);
    let (keys, trader) = (stage.world.keys, stage.trader.clone());
    let many = vec![trader.margin_account; 65];
    for accounts in [&[][..], &many] {
        let flag = instructions::flag_several(&keys, accounts, Vec::new());
        let sent = stage.world.send(&[flag], &[]);
        refused(sent, FreeboardError::MarginAccountsMissing);
    }
    let mut short = instructions::flag_several(&keys, &many[..3], Vec::new());
    short.accounts.pop();
    let sent = stage.world.send(&[short], &[]);
    refused(sent, FreeboardError::MarginAccountsMissing);
}

#[test]
fn what_is_liquidated_alone_is_liquidated_alike_among_others() {
    let mut stage = stage_of([AssetSpec::sol(), AssetSpec::btc(), AssetSpec::eth()]);
    let traders = small(&mut stage, 3);
    let liquidator = flagged(&mut stage, &refs(&traders));
    for closing in [Closing::PositionByPool, Closing::PositionByLiquidator] {
        let args = LiquidateArgs { closing, ..BY_POOL };
        let (mut alone, mut among) = (stage.world.clone(), stage.world.clone());
        for trader in &traders {
            alone.liquidate_with(&liquidator, trader, args).unwrap();
        }
        let several = among.liquidate_several_instruction(&liquidator, &refs(&traders), args, &[]);
        let meta = among.send(&[several], &[&liquidator.keypair]).unwrap();
        assert_eq!(done(&meta), 0b111);
        let mut closed: Vec<_> = traders.iter().collect();
        closed.push(&liquidator);
        for trader in closed {
            let [alone, among] = [&alone, &among].map(|world| {
                let account = world.state_of(trader);
                (
                    account.quote_atoms,
                    account.positions[0].base_size_atoms,
                    account.positions[0].entry_notional_atoms,
                    account.flagged_ts,
                )
            });
            assert_eq!(alone, among);
        }
        among.assert_books();
    }
}

#[test]
fn an_account_that_cannot_be_liquidated_is_left_to_the_byte_and_stops_no_other() {
    let mut stage = stage_of([
        AssetSpec::sol(),
        AssetSpec::btc(),
        AssetSpec::eth().with_collateral(),
    ]);
    let traders = small(&mut stage, 4);
    let liquidator = flagged(&mut stage, &refs(&traders[..3]));
    // The second opens a slot that the transaction does not know; the fourth is not flagged.
    let (second, fourth) = (traders[1].clone(), traders[3].clone());
    let several =
        stage
            .world
            .liquidate_several_instruction(&liquidator, &refs(&traders), BY_POOL, &[]);
    let eth = stage.eth.clone();
    stage
        .world
        .deposit_collateral(&second, &eth, 1_000_000)
        .unwrap();
    let before = [&second, &fourth].map(|one| stage.world.account(&one.margin_account).data);
    let mut known = stage.clone();
    let meta = stage
        .world
        .send(&[several], &[&liquidator.keypair])
        .unwrap();
    assert_eq!(done(&meta), 0b0101);
    assert_eq!(meta.events().len(), 2);
    let after = [&second, &fourth].map(|one| stage.world.account(&one.margin_account).data);
    assert_eq!(before, after);
    stage.world.assert_books();
    // With that asset beside the others it is liquidated as well. The liquidator himself is not.
    let mut all = refs(&traders);
    all.insert(0, &liquidator);
    let several =
        known
            .world
            .liquidate_several_instruction(&liquidator, &all, BY_POOL, &[eth.index]);
    let meta = known
        .world
        .send(&[several], &[&liquidator.keypair])
        .unwrap();
    assert_eq!(done(&meta), 0b01110);
    known.world.assert_books();
}

#[test]
fn a_slot_opened_just_before_makes_no_flag_or_liquidation_fail() {
    let mut stage = stage_of([
        AssetSpec::sol(),
        AssetSpec::btc(),
        AssetSpec::eth().with_collateral(),
    ]);
    let trader = small(&mut stage, 1).remove(0);
    let (btc, eth) = (stage.btc.clone(), stage.eth.clone());
    let metas = stage.world.flag_metas(&[&trader], &[btc.index, eth.index]);
    let flag = instructions::flag(&stage.world.keys, trader.margin_account, metas);
    stage
        .world
        .deposit_collateral(&trader, &eth, 1_000_000)
        .unwrap();
    stage.world.send(&[flag], &[]).expect("flagged");
    stage.world.warp_fresh(11);
    let liquidator = stage.world.new_trader(usd(10));
    let more = [btc.index, eth.index];
    let liquidation = stage
        .world
        .liquidate_instruction_with(&liquidator, &trader, BY_POOL, &more);
    // And closed again: what is not held any more may be there as well.
    stage
        .world
        .withdraw_collateral(&trader, &eth, 1_000_000)
        .expect_err("below its initial margin");
    let meta = stage
        .world
        .send(&[liquidation], &[&liquidator.keypair])
        .unwrap();
    assert!(matches!(meta.event(), Event::AccountLiquidated(_)));
}

/// The liquidator's own account, below its margin like the others, among them or alone: it is left to the byte, and the
/// others are done.
#[test]
fn the_liquidators_own_account_is_refused_within_the_list() {
    let mut stage = stage_of([AssetSpec::sol(), AssetSpec::btc(), AssetSpec::eth()]);
    let traders = small(&mut stage, 3);
    flagged(&mut stage, &refs(&traders));
    let own = &traders[1];
    let alone = stage
        .world
        .liquidate_several_instruction(own, &[own, own], BY_POOL, &[]);
    let sent = stage.world.clone().send(&[alone], &[&own.keypair]);
    refused(sent, FreeboardError::SelfLiquidation);
    let mut alone = stage.world.clone();
    for trader in [&traders[0], &traders[2]] {
        alone.liquidate_with(own, trader, BY_POOL).expect("closed");
    }
    let among = &mut stage.world;
    let several = among.liquidate_several_instruction(own, &refs(&traders), BY_POOL, &[]);
    let meta = among.send(&[several], &[&own.keypair]).expect("the others");
    assert_eq!(done(&meta), 0b101);
    assert_eq!(meta.events().len(), 2);
    for trader in &traders {
        let [alone, among] = [&alone, &*among].map(|world| world.account(&trader.margin_account));
        assert_eq!(alone.data, among.data);
    }
    among.assert_books();
}

/// Accounts that hold all that one can, sixteen positions and eight other collaterals, or a position alone; SOL is the
/// first of them, and every account is below its margin.
fn full(number: usize, positions: u16, collaterals: u16) -> (World, Vec<Trader>) {
    let specs = (0..positions + collaterals).map(|index| {
        let mut spec = AssetSpec::new(&format!("A{index}"), 100.0).with_pool_share(40_000_000);
        spec.params.bucket = (index % 8) as u8;
        if index < positions {
            spec
        } else {
            spec.with_collateral()
        }
    });
    let mut world = World::market(specs.collect::<Vec<_>>());
    let traders: Vec<Trader> = (0..number).map(|_| world.new_trader(usd(6_000))).collect();
    for trader in &traders {
        for index in positions..positions + collaterals {
            let asset = world.handle_of(index);
            world
                .deposit_collateral(trader, &asset, asset.atoms(0.2).unsigned_abs())
                .expect("deposited");
        }
        for index in 0..positions {
            let asset = world.handle_of(index);
            let size = if index == 0 { 500.0 } else { 1.0 };
            world
                .trade(trader, &asset, asset.atoms(size))
                .expect("opened");
        }
    }
    world.warp_fresh(10);
    let first = world.handle_of(0);
    let mut price = 100.0;
    while !world.client_report(&traders[0]).unwrap().is_liquidatable {
        price -= 0.1;
        world.set_price_usd(&first, price);
    }
    for trader in &traders {
        world.flag(trader).expect("below");
    }
    world.warp_fresh(11);
    (world, traders)
}

/// As many as a transaction pays for, 1.4 million compute units, of the smallest and of the largest accounts: what each
/// of them leaves on the heap of 32 KiB, which is never freed, and the check of the liquidator's own margin after them
/// fit. With an event of its own on the heap for each of them, the eighteenth small one ran out of it.
#[test]
fn as_many_takeovers_as_a_transaction_pays_for_fit_the_heap() {
    let taken = LiquidateArgs {
        closing: Closing::PositionByLiquidator,
        ..BY_POOL
    };
    // Nine of the largest are what its 64 accounts name: they end before the units do.
    let cases = [(1, 0, 30, 50, true), (16, 8, 9, 9, false)];
    for (positions, collaterals, least, number, ends_by_units) in cases {
        let (mut world, traders) = full(number, positions, collaterals);
        let liquidator = world.new_trader(usd(10_000_000));
        let mut most = 0;
        for number in 1..=traders.len() {
            let some = refs(&traders[..number]);
            let several = world.liquidate_several_instruction(&liquidator, &some, taken, &[]);
            let mut world = world.clone();
            let meta = match world.send(&[several], &[&liquidator.keypair]) {
                Ok(meta) => meta,
                Err(failure) => {
                    let logs = failure.logs.join(" ");
                    assert!(
                        logs.contains("exceeded CUs meter")
                            || logs.contains("Computational budget"),
                        "{number} of {positions} + {collaterals}: {:?} {logs}",
                        failure.error
                    );
                    break;
                }
            };
            assert_eq!(done(&meta), (1 << number) - 1);
            world.assert_books();
            most = number;
        }
        println!("{positions} + {collaterals}: {most} takeovers");
        assert!(most >= least, "{most}");
        assert_eq!(most < traders.len(), ends_by_units, "{most}");
    }
}

/// As many accounts as a transaction may name beside what else it takes.
const MOST: usize = 55;

/// All but one of them are refused, each with an error of its own, before the last is closed.
#[test]
fn what_is_refused_leaves_room_for_what_is_closed() {
    let (mut world, mut traders) = full(1, 1, 0);
    traders.splice(0..0, (1..MOST).map(|_| world.new_trader(usd(10))));
    let liquidator = world.new_trader(usd(1_000_000));
    for closing in [Closing::PositionByPool, Closing::PositionByLiquidator] {
        let mut world = world.clone();
        let args = LiquidateArgs { closing, ..BY_POOL };
        let several = world.liquidate_several_instruction(&liquidator, &refs(&traders), args, &[]);
        let meta = world
            .send(&[several], &[&liquidator.keypair])
            .expect("the last one");
        assert_eq!(done(&meta), 1 << (MOST - 1));
        world.assert_books();
    }
}

#[test]
fn as_many_as_a_transaction_names_are_flagged() {
    let mut stage = stage_of([AssetSpec::sol(), AssetSpec::btc(), AssetSpec::eth()]);
    let traders = small(&mut stage, MOST);
    let flag = stage.world.flag_several_instruction(&refs(&traders), &[]);
    let meta = stage.world.send(&[flag], &[]).expect("flagged");
    assert_eq!(done(&meta), (1 << MOST) - 1);
}

/// What K accounts cost a keeper: compute units, bytes of the transaction without a lookup table, accounts.
fn cost(
    world: &World,
    instruction: anchor_lang::solana_program::instruction::Instruction,
    by: &Trader,
) -> (u64, usize, usize) {
    let accounts = instruction.accounts.len();
    let meta = world
        .clone()
        .send(&[instruction], &[&by.keypair])
        .expect("done for all");
    (meta.compute_units, meta.size.bytes, accounts)
}

#[test]
fn ten_small_accounts_cost_little_more_than_one() {
    let mut stage = stage_of([AssetSpec::sol(), AssetSpec::btc(), AssetSpec::eth()]);
    let traders = small(&mut stage, 10);
    let all = refs(&traders);
    let mut rows = Vec::new();
    for number in [1, 5, 10] {
        let flag = stage.world.flag_several_instruction(&all[..number], &[]);
        rows.push(cost(&stage.world, flag, &traders[0]));
    }
    let liquidator = flagged(&mut stage, &all);
    for number in [1, 5, 10] {
        let several =
            stage
                .world
                .liquidate_several_instruction(&liquidator, &all[..number], BY_POOL, &[]);
        rows.push(cost(&stage.world, several, &liquidator));
    }
    println!("flag and liquidate 1, 5, 10: (compute units, bytes, accounts) {rows:?}");
    for row in &rows {
        assert!(row.0 < 1_000_000 && row.1 <= 1_232, "{row:?}");
    }
}
