//! P10 and P6 of a collateral vault: whatever others put in and take out, what an account holds since before yesterday
//! leaves within a day; no hour sees more than the limit; and what counts is what the balances say.
use freeboard_risk::market::collateral::{CollateralBalance, CountedAtoms};
use freeboard_risk::market::notional::AssetPrice;
use freeboard_risk::market::outflow::{
    Day, LateDeposits, OUTFLOW_FREE_QUOTE_ATOMS, OutflowLimit, TakenLately, VaultLows,
};
use freeboard_risk::number::quantity::Price;
use proptest::prelude::*;

use crate::config;
use crate::draw::Dice;
use crate::rolls;

const E9: u64 = 1_000_000_000;
const DAY: i64 = 86_400;
const MINUTE: i64 = 60;
/// Accounts of a case; the first one wants out.
const HOLDERS: usize = 4;
/// A million atoms are worth $1: the limit of $1,000 is small beside what is held.
const PRICE: AssetPrice = AssetPrice {
    price: Price(1_000_000_000_000),
    base_decimals: 6,
};

/// One account's balance.
#[derive(Clone, Copy, Default)]
struct Holder {
    balance: CollateralBalance,
    late: LateDeposits,
}

/// A vault, as the program books it.
struct Vault {
    now: i64,
    cap_atoms: u64,
    share_e9: u64,
    holders: [Holder; HOLDERS],
    counted_atoms: u64,
    lows: VaultLows,
    lately: TakenLately,
    /// When what counts left, and how much of it.
    left: Vec<(i64, u64)>,
}

impl Vault {
    fn new(dice: &mut Dice) -> Self {
        Self {
            now: 1_700_000_000 + dice.between(0, 86_400).cast_signed(),
            cap_atoms: dice.magnitude(1, 1_000_000_000_000_000),
            share_e9: dice.between(E9 / 5, E9),
            holders: [Holder::default(); HOLDERS],
            counted_atoms: 0,
            lows: VaultLows::default(),
            lately: TakenLately::default(),
            left: Vec::new(),
        }
    }

    fn held(&self) -> u64 {
        self.holders
            .iter()
            .map(|one| one.balance.amount_atoms)
            .sum()
    }

    fn recount(&mut self, who: usize, balance: CollateralBalance) {
        let before = self.holders[who].balance.counted_atoms().unwrap();
        let held = self.held();
        self.holders[who].balance = balance;
        self.counted_atoms = self.counted_atoms - before + balance.counted_atoms().unwrap();
        self.lows.change(Day::at_time(self.now), held, self.held());
    }

    fn deposit(&mut self, who: usize, atoms: u64) {
        let room = self.cap_atoms.saturating_sub(self.counted_atoms);
        let holder = &mut self.holders[who];
        holder.late.deposit(Day::at_time(self.now), atoms);
        let balance = holder.balance.deposit(atoms, room).unwrap();
        self.recount(who, balance);
    }

    /// An account that lacks initial margin makes relief of some of what does not count.
    fn relieve(&mut self, who: usize, atoms: u64) {
        let balance = self.holders[who].balance.relieve(atoms).unwrap();
        self.recount(who, balance);
    }

    /// What counts of all at each level.
    fn counted(&self) -> [u64; 2] {
        let counted = self.holders.map(|one| one.balance.counted().unwrap());
        let both = |at: fn(&CountedAtoms) -> u64| counted.iter().map(at).sum();
        [
            both(|one| one.initial_atoms),
            both(|one| one.maintenance_atoms),
        ]
    }

    fn limit(&self) -> OutflowLimit {
        let lows = self.lows.as_of(Day::at_time(self.now), self.held());
        OutflowLimit {
            outflow_per_h_e9: self.share_e9,
            base_atoms: lows.base_atoms(),
            price: PRICE,
        }
    }

    fn withdraw(&mut self, who: usize, atoms: u64) -> bool {
        let limit = self.limit();
        let mut late = self.holders[who].late;
        let older = late.take(Day::at_time(self.now), atoms);
        if limit.take(&mut self.lately, self.now, older).is_err() {
            return false;
        }
        self.left.push((self.now, older));
        self.holders[who].late = late;
        let balance = self.holders[who].balance.withdraw(atoms).unwrap();
        self.recount(who, balance);
        true
    }

    /// A liquidation sells some of one balance to another.
    fn sell(&mut self, from: usize, to: usize, atoms: u64) {
        let [before, all] = self.counted();
        let had = self.holders[from].balance.counted().unwrap();
        let left = self.holders[from].balance.sell(atoms).unwrap();
        let moved = had.less(left.counted().unwrap());
        // In one transaction: the vault holds what it held.
        let lows = self.lows;
        self.recount(from, left);
        let (day, mut sold, mut buyer) = (
            Day::at_time(self.now),
            self.holders[from].late,
            self.holders[to].late,
        );
        sold.sell_to(
            &mut buyer,
            day,
            self.holders[from].balance.amount_atoms + atoms,
            atoms,
        );
        (self.holders[from].late, self.holders[to].late) = (sold, buyer);
        let bought = self.holders[to].balance.buy(atoms, moved).unwrap();
        self.recount(to, bought);
        self.lows = lows;
        assert!(self.counted_atoms <= before, "no sale counts more");
        let after = self.counted();
        let off = self.held() / E9 + 4;
        for (was, is) in [before, all].into_iter().zip(after) {
            assert!(is <= was && was - is <= off, "no sale launders relief");
        }
    }

    /// Anything that an account can do, or nothing.
    fn step(&mut self, dice: &mut Dice, actors: &[usize]) {
        let who = actors[dice.index(actors.len())];
        let held = self.holders[who].balance.amount_atoms;
        match dice.index(5) {
            4 => self.relieve(who, dice.magnitude(1, 1_000_000_000_000)),
            0 => self.deposit(who, dice.magnitude(1, 1_000_000_000_000)),
            1 if held > 0 => {
                self.withdraw(who, dice.between(1, held));
            }
            2 if held > 0 => {
                let most = self.limit().left_atoms(self.lately, self.now).unwrap();
                self.withdraw(who, most.clamp(1, held));
            }
            3 if held > 0 && actors.len() > 1 => {
                let to = actors[dice.index(actors.len())];
                if to != who {
                    self.sell(who, to, dice.between(1, held));
                }
            }
            _ => {}
        }
    }

    /// How long the first account takes to leave where withdrawals are paused for six of any twelve hours, seconds. At
    /// each open moment the others are first, with all that they may take out where any of it counts, and put it back at once.
    fn secs_to_leave(&mut self, shift_secs: i64) -> i64 {
        let start = self.now;
        while self.holders[0].balance.amount_atoms > 0 {
            if (self.now + shift_secs).div_euclid(DAY / 4) % 2 == 0 {
                for who in 1..HOLDERS {
                    let taken = self.most(who);
                    if taken > self.young(who) && self.withdraw(who, taken) {
                        self.deposit(who, taken);
                    }
                }
                let (held, most) = (self.holders[0].balance.amount_atoms, self.most(0));
                let left = self.withdraw(0, held) || most == 0 || self.withdraw(0, most);
                assert!(left, "what the limit leaves");
            }
            self.now += 10 * MINUTE;
            assert!(self.now < start + 10 * DAY, "it never leaves");
        }
        self.now - start
    }

    /// The most that an account may take out now by the share alone.
    fn most(&self, who: usize) -> u64 {
        let left = self.limit().left_atoms(self.lately, self.now).unwrap();
        let held = self.holders[who].balance.amount_atoms;
        self.young(who).saturating_add(left).min(held)
    }

    /// What of it came in yesterday or today.
    fn young(&self, who: usize) -> u64 {
        self.holders[who].late.as_of(Day::at_time(self.now)).sum()
    }

    fn assert_books(&self) {
        let counted = self
            .holders
            .iter()
            .map(|one| one.balance.counted_atoms().unwrap());
        assert_eq!(self.counted_atoms, counted.sum::<u64>(), "P6");
        for one in &self.holders {
            assert!(one.late.sum() <= one.balance.amount_atoms, "P6");
        }
        assert!(self.lows.low_atoms <= self.held(), "P6");
    }

    /// No hour sees more than the limit of its end, or $1,000.
    fn assert_limit(&self, limit_atoms: u64) {
        let begin = self.now - 3_600;
        let within = self.left.iter().rev().take_while(|(at, _)| *at > begin);
        let hour: u64 = within.map(|(_, atoms)| atoms).sum();
        assert!(
            hour <= limit_atoms.max(OUTFLOW_FREE_QUOTE_ATOMS),
            "{hour} of {limit_atoms}"
        );
    }
}

/// The worst for who wants out: half of what is old is a stranger's, who is always first, and much more of the stranger's
/// grows old at midnight. At any hour of the day, with any pauses.
#[test]
fn p10_a_whale_whose_deposit_grows_old_meanwhile_keeps_nobody_for_a_day() {
    let mut longest = 0;
    for (hour, shift) in (0..24).flat_map(|hour| (0..12).map(move |shift| (hour, shift))) {
        let mut vault = Vault::new(&mut Dice::new(&[0]));
        (vault.share_e9, vault.cap_atoms) = (E9 / 5, 0);
        vault.now = 20_000 * DAY;
        vault.deposit(0, 400_000_000_000);
        vault.deposit(1, 400_000_000_000);
        vault.now += 2 * DAY;
        vault.deposit(2, 10_000_000_000_000);
        vault.now += DAY + hour * 3_600;
        longest = longest.max(vault.secs_to_leave(shift * 3_600));
    }
    assert!((10 * 3_600..DAY).contains(&longest), "{longest}");
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn p6_what_counts_is_what_the_balances_say_and_deposits_count_to_the_cap(rolls in rolls(120)) {
        let mut dice = Dice::new(&rolls);
        let mut vault = Vault::new(&mut dice);
        for _ in 0..24 {
            let before = vault.counted_atoms;
            vault.step(&mut dice, &[0, 1, 2, 3]);
            vault.assert_books();
            prop_assert!(vault.counted_atoms <= before.max(vault.cap_atoms));
            let [initial, maintenance] = vault.counted();
            prop_assert!(initial <= maintenance && maintenance <= vault.held());
            vault.now += dice.magnitude(1, 200_000).cast_signed();
        }
    }

    /// A withdrawal takes first what does not count, and a sale its share: but for a rounding against the owner by less than
    /// a billionth of the balance and an atom. Never does more count than may.
    #[test]
    fn what_counts_is_rounded_down_by_less_than_a_billionth(rolls in rolls(8)) {
        let mut dice = Dice::new(&rolls);
        let amount = dice.magnitude(1, 1 << 62);
        let may = dice.between(0, amount);
        let near = |balance: CollateralBalance, most: u64| {
            let counted = balance.counted_atoms().unwrap();
            let lost = balance.amount_atoms / E9 + 1;
            counted <= most && most - counted <= lost
        };
        let held = CollateralBalance::default().deposit(amount, may).unwrap();
        prop_assert!(near(held, may));
        let before = held.counted_atoms().unwrap();
        let held = held.relieve(dice.between(0, amount)).unwrap();
        prop_assert!(near(held, before));
        let counted = held.counted_atoms().unwrap();
        let taken = dice.between(0, amount);
        let left = held.withdraw(taken).unwrap();
        prop_assert!(near(left, counted.min(amount - taken)));
        if taken >= amount - counted {
            let rest = (left.uncounted_e9, left.relief_e9);
            prop_assert_eq!(rest, (0, 0), "all that is left counts, to the atom");
        }
        let rest = held.sell(taken).unwrap();
        let moved = held.counted().unwrap().less(rest.counted().unwrap());
        prop_assert!(moved.maintenance_atoms <= taken);
        let bought = CollateralBalance::default().buy(taken, moved).unwrap();
        prop_assert!(near(bought, moved.initial_atoms));
    }

    /// The limit holds whatever is put in and taken out, and whoever does it.
    #[test]
    fn no_hour_sees_more_than_the_limit(rolls in rolls(160)) {
        let mut dice = Dice::new(&rolls);
        let mut vault = Vault::new(&mut dice);
        for who in 0..HOLDERS {
            vault.deposit(who, dice.magnitude(1, 1_000_000_000_000));
        }
        vault.now += dice.between(0, 300_000).cast_signed();
        for _ in 0..24 {
            let limit = vault.limit();
            let most = u128::from(limit.base_atoms) * u128::from(limit.outflow_per_h_e9);
            vault.step(&mut dice, &[0, 1, 2, 3]);
            vault.assert_limit(most.div_ceil(E9.into()) as u64);
            vault.now += dice.magnitude(1, 5_000).cast_signed();
        }
    }

    /// The first account wants out; the others do what they can to keep it in, before and meanwhile, and withdrawals are
    /// paused for twelve of 24 hours. What counts of all of them is out before a change can hold.
    #[test]
    fn p10_whoever_wants_out_is_out_within_a_day(rolls in rolls(400)) {
        let mut dice = Dice::new(&rolls);
        let mut vault = Vault::new(&mut dice);
        for who in 0..HOLDERS {
            vault.deposit(who, dice.magnitude(1, 1_000_000_000_000));
        }
        for _ in 0..12 {
            vault.now += dice.magnitude(1, 100_000).cast_signed();
            vault.step(&mut dice, &[0, 1, 2, 3]);
        }
        let shift = dice.between(0, 43_199).cast_signed();
        prop_assert!(vault.secs_to_leave(shift) < DAY);
        vault.assert_books();
    }
}
