//! P6: the books balance. On the core: what a position realises over any fills sums to minus what was
//! paid for it, and fee and penalty are handed out to the atom. (The token books of whitepaper §1.3 are
//! asserted on the bytecode, after every instruction, in `tests/program`.)
use freeboard_risk::liquidation::penalty::split;
use freeboard_risk::market::position::Position;
use freeboard_risk::market::reward::{MarketFees, fill_reward_floor};
use freeboard_risk::market::trade::fee_ceil;
use freeboard_risk::number::atoms::{QuoteAtoms, SignedBaseAtoms, SignedQuoteAtoms};
use freeboard_risk::params::{LiquidationParams, PoolParams, TradeParams};
use proptest::prelude::*;

use crate::config;
use crate::draw::{Dice, liquidation_params};
use crate::rolls;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn p6_a_closed_position_realised_exactly_what_its_fills_cost(
        fills in prop::collection::vec((-1_000_000_000_000i64..=1_000_000_000_000, 0u64..=1_000_000_000_000_000), 1..24),
    ) {
        let mut position = Position::default();
        let (mut realized, mut paid) = (0i128, 0i128);
        let mut fill = |position: &mut Position, size: i64, notional: u64| {
            let filled = position.fill(SignedBaseAtoms::new(size), QuoteAtoms::new(notional)).unwrap();
            *position = filled.position;
            realized += i128::from(filled.realized_quote_atoms);
            paid += i128::from(size.signum()) * i128::from(notional);
            // At any time: what was paid is either realised or stands as entry.
            assert_eq!(paid, i128::from(position.entry_quote_atoms) - realized);
        };
        for (size, notional) in fills {
            fill(&mut position, size, if size == 0 { 0 } else { notional });
        }
        let rest = position.size_atoms;
        fill(&mut position, -rest, rest.unsigned_abs());
        prop_assert_eq!(position, Position::default());
    }

    #[test]
    fn p6_splitting_an_order_never_gains(
        size in 2i64..=1_000_000_000_000, entry in 0i64..=1_000_000_000_000_000,
        notional in 0u64..=1_000_000_000_000_000, first in 1u64..=1_000_000,
    ) {
        let position = Position { size_atoms: size, entry_quote_atoms: entry };
        let whole = position.fill(SignedBaseAtoms::new(-size), QuoteAtoms::new(notional)).unwrap().realized_quote_atoms;
        // The same price for both parts: the notional of a sale is rounded down each time.
        let part = (size.unsigned_abs() * first / 1_000_000).clamp(1, size.unsigned_abs() - 1);
        let of_part = (u128::from(notional) * u128::from(part) / u128::from(size.unsigned_abs())) as u64;
        let one = position.fill(SignedBaseAtoms::new(-part.cast_signed()), QuoteAtoms::new(of_part)).unwrap();
        let two = one.position.fill(SignedBaseAtoms::new(-one.position.size_atoms), QuoteAtoms::new(notional - of_part)).unwrap();
        let parts = one.realized_quote_atoms + two.realized_quote_atoms;
        prop_assert!(parts <= whole, "{} {}", parts, whole);
        prop_assert_eq!(two.position, Position::default());
    }

    #[test]
    fn p6_a_penalty_is_handed_out_to_the_atom(rolls in rolls(40), total in 0u64..=1 << 62) {
        let params: LiquidationParams = liquidation_params(&mut Dice::new(&rolls));
        let parts = split(total, &params).unwrap();
        prop_assert_eq!(parts.total_atoms, total);
        prop_assert_eq!(parts.liquidator_atoms + parts.insurance_atoms + parts.pool_atoms, total);
        // λ·Π, down.
        let exact = u128::from(total) * u128::from(params.liquidator_share_e9);
        prop_assert!(u128::from(parts.liquidator_atoms) * 1_000_000_000 <= exact);
    }

    #[test]
    fn p6_a_fee_is_handed_out_to_the_atom(notional in 0u64..=1 << 62, fee in 0u64..=10_000_000, shares in (0u64..=500_000_000, 0u64..=500_000_000)) {
        let params = TradeParams {
            taker_fee_e9: fee,
            fee_insurance_share_e9: shares.0,
            fee_protocol_share_e9: shares.1,
            ..TradeParams::reference()
        };
        let parts = fee_ceil(notional, &params).unwrap();
        prop_assert_eq!(parts.insurance_atoms + parts.protocol_atoms + parts.pool_atoms, parts.total_atoms);
        let exact = u128::from(notional) * u128::from(fee);
        prop_assert!(u128::from(parts.total_atoms) * 1_000_000_000 >= exact);
        prop_assert!(u128::from(parts.total_atoms) * 1_000_000_000 < exact + 1_000_000_000);
    }

    #[test]
    fn p6_who_trades_fills_and_owns_the_pool_still_pays_for_it(
        notional in 0u64..=1 << 62, fee in 0u64..=10_000_000, shares in (0u64..=500_000_000, 0u64..=500_000_000),
        reward_e9 in 0u32..=500_000_000, held in 0i64..=1 << 40, equity in -(1i64 << 50)..=1 << 50,
    ) {
        let trade = TradeParams {
            taker_fee_e9: fee,
            fee_insurance_share_e9: shares.0,
            fee_protocol_share_e9: shares.1,
            ..TradeParams::reference()
        };
        let pool = PoolParams { fill_reward_share_e9: reward_e9, ..PoolParams::reference() };
        prop_assert!(trade.check_bounds().is_ok() && pool.check_bounds().is_ok());
        let paid = fee_ceil(notional, &trade).unwrap().paid_with(equity, &trade).unwrap();
        let offered = fill_reward_floor(&paid, &pool).unwrap().get();
        // At most half of the fee, and of what the protocol got of it.
        prop_assert!(2 * offered <= paid.protocol_atoms && 2 * offered <= paid.total_atoms);
        // Trader, filler and LP are one: what does not come back to them is insurance's, and half of the protocol's part.
        let back = paid.pool_atoms + offered;
        prop_assert!(back + paid.insurance_atoms + paid.protocol_atoms.div_ceil(2) <= paid.total_atoms);
        // The market always has it: the protocol's part came in with the fill.
        let fees = i64::try_from(paid.protocol_atoms).unwrap_or(i64::MAX).saturating_add(held);
        let payable = MarketFees(SignedQuoteAtoms::new(fees)).payable(QuoteAtoms::new(offered));
        prop_assert_eq!(payable.get(), offered);
    }
}
