//! Which closing of an account: the one that earns most after fees; the one that always frees margin, a slice, as the
//! last resort. Every size and every profit is the program's own, computed off chain.
use freeboard_client::dump::Located;
use freeboard_client::freeboard::instructions::{Closing, LiquidateArgs};
use freeboard_client::freeboard::state::MarginAccount;
use freeboard_client::liquidation::{ClosingPreview, LiquidationInputs};
use freeboard_client::risk::number::atoms::BaseAtoms;
use freeboard_client::state::AssetState;
use freeboard_client::{margin, slots};

use crate::book::ExchangeBook;
use crate::config::KeeperConfig;
use crate::fees;

/// What the keeper's own account can still take over, quote atoms; falls with every closing chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnRoom {
    /// Quote in it, for collateral that it buys without a loan.
    pub quote_atoms: i64,
    /// Collateral that no margin of its own needs.
    pub free_atoms: i64,
}

/// Why a closing is not chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// The grace is not over, a price is not newer than the flag, or liquidations are paused.
    NotNow,
    /// The configuration leaves this kind out.
    SwitchedOff,
    /// The keeper's own account cannot take it over.
    NoRoom,
    /// It earns less than it should.
    TooLittle,
    /// Another earns more, or a slice is not needed.
    NotBest,
}

/// A closing that was looked at.
#[derive(Clone, Copy, Debug)]
pub struct ClosingOffer {
    /// What it does, at its largest size.
    pub closing: ClosingPreview,
    /// Index of the asset that is closed; of a slice the first that is held.
    pub asset_index: u16,
    /// What the keeper's own account takes over by the largest size, quote atoms.
    pub taken_atoms: u64,
    /// How much of it the keeper takes, base atoms or thousandths; all where it is the largest.
    pub size_atoms: u64,
    /// What that earns after fees, quote atoms.
    pub profit_atoms: i64,
    /// Why it is not chosen; none for the one that is.
    pub unfit: Option<Unfit>,
}

impl ClosingOffer {
    /// The arguments that liquidate by it.
    pub fn args(&self) -> LiquidateArgs {
        let is_all = self.size_atoms >= self.closing.preview.size_atoms;
        LiquidateArgs {
            asset_index: self.asset_index,
            // Prices move until it lands: all is all of then.
            max_size_atoms: if is_all { u64::MAX } else { self.size_atoms },
            closing: self.closing.args.closing,
        }
    }

    fn is_slice(&self) -> bool {
        self.closing.args.closing == Closing::Slice
    }
}

/// What the keeper's own account can take over now.
pub fn room_of(book: &ExchangeBook) -> OwnRoom {
    let Some(own) = book.own() else {
        return OwnRoom::default();
    };
    let (exchange, now) = (&book.state.exchange, book.now);
    let report = margin::report(exchange, &own.state, &book.priced, now);
    OwnRoom {
        quote_atoms: own.state.quote_atoms,
        free_atoms: report.map_or(0, |report| report.free_collateral_atoms),
    }
}

/// Every closing of an account that the rules have a size for, the chosen one first; none is chosen where none is fit.
/// The chosen one's part of `room` is taken.
pub fn offers(
    book: &ExchangeBook,
    account: &Located<MarginAccount>,
    now: i64,
    told: &KeeperConfig,
    room: &mut OwnRoom,
) -> Vec<ClosingOffer> {
    let inputs = LiquidationInputs {
        exchange: &book.state.exchange,
        account: &account.state,
        assets: &book.priced,
        pool: Some(&book.state.pool),
        now,
    };
    let closings = inputs.closings().unwrap_or_else(|error| {
        tracing::debug!(account = %account.address, %error, "no closing can be judged");
        Vec::new()
    });
    let cost_atoms = fees::expected_cost_atoms(book, &told.fees);
    let collateral_atoms = collateral_worth(book, account);
    let judged = closings.into_iter();
    let mut offers: Vec<ClosingOffer> = judged
        .map(|closing| {
            let taken_atoms = taken_over(&closing, collateral_atoms);
            offer((closing, taken_atoms), cost_atoms, told, room)
        })
        .collect();
    let first_held = slots::order(&account.state).first().copied();
    for one in offers.iter_mut().filter(|one| one.is_slice()) {
        one.asset_index = first_held.unwrap_or(0);
    }
    offers.sort_by_key(|one| std::cmp::Reverse(one.profit_atoms));
    choose(&mut offers, told, room);
    offers
}

/// All of an account's collateral at the newest prices, quote atoms, up.
fn collateral_worth(book: &ExchangeBook, account: &Located<MarginAccount>) -> u64 {
    let worth = |one: &AssetState| {
        let held = account.state.collateral_atoms(one.asset.index);
        let latest = one.feed.as_ref()?.latest(&one.asset).ok()?;
        let priced = one.asset.priced(latest.price);
        Some(priced.notional_ceil(BaseAtoms::new(held)).ok()?.get())
    };
    let assets = book.state.assets.iter();
    assets.filter_map(worth).fold(0, u64::saturating_add)
}

/// What the keeper's account takes over by the largest size, quote atoms: of a slice the part of the collateral, for
/// positions go to the pool.
fn taken_over(closing: &ClosingPreview, collateral_atoms: u64) -> u64 {
    let preview = &closing.preview;
    match closing.args.closing {
        Closing::PositionByPool => 0,
        Closing::PositionByLiquidator | Closing::Collateral | Closing::Pair => {
            preview.notional_atoms
        }
        Closing::Slice => {
            let part = u128::from(collateral_atoms) * u128::from(preview.size_atoms);
            u64::try_from(part.div_ceil(1_000)).unwrap_or(u64::MAX)
        }
    }
}

/// Judges one closing by itself.
fn offer(
    (closing, taken_atoms): (ClosingPreview, u64),
    cost_atoms: i64,
    told: &KeeperConfig,
    room: &OwnRoom,
) -> ClosingOffer {
    let (preview, kind) = (&closing.preview, closing.args.closing);
    let is_on = match kind {
        Closing::PositionByPool => true,
        Closing::PositionByLiquidator => told.liquidate.take_positions,
        Closing::Collateral | Closing::Pair | Closing::Slice => told.liquidate.buy_collateral,
    };
    let affordable = affordable_atoms(&closing, room);
    let size_atoms = part(preview.size_atoms, affordable, taken_atoms);
    let profit_atoms =
        scaled(preview.profit_atoms, size_atoms, preview.size_atoms).saturating_sub(cost_atoms);
    let unfit = if !preview.may_be_closed_now {
        Some(Unfit::NotNow)
    } else if !is_on {
        Some(Unfit::SwitchedOff)
    } else if size_atoms == 0 {
        Some(Unfit::NoRoom)
    } else if profit_atoms < told.liquidate.least_profit_quote_atoms {
        Some(Unfit::TooLittle)
    } else {
        None
    };
    ClosingOffer {
        closing,
        asset_index: closing.args.asset_index,
        taken_atoms,
        size_atoms,
        profit_atoms,
        unfit,
    }
}

/// What the keeper's account can pay for, quote atoms. A position is taken over only as far as it is covered whole.
fn affordable_atoms(closing: &ClosingPreview, room: &OwnRoom) -> u64 {
    let atoms = match closing.args.closing {
        Closing::PositionByPool => return u64::MAX,
        Closing::PositionByLiquidator => room.free_atoms,
        Closing::Collateral | Closing::Pair | Closing::Slice => {
            room.quote_atoms.min(room.free_atoms)
        }
    };
    u64::try_from(atoms).unwrap_or(0)
}

/// The part of a size that so much of what it costs pays for, down.
fn part(size_atoms: u64, affordable_atoms: u64, cost_atoms: u64) -> u64 {
    if affordable_atoms >= cost_atoms {
        return size_atoms;
    }
    let part = u128::from(size_atoms) * u128::from(affordable_atoms);
    u64::try_from(part / u128::from(cost_atoms)).unwrap_or(size_atoms)
}

/// The part of an amount that belongs to a part of the size.
fn scaled(atoms: i64, part: u64, whole: u64) -> i64 {
    let scaled = i128::from(atoms) * i128::from(part) / i128::from(whole.max(1));
    i64::try_from(scaled).unwrap_or(atoms)
}

/// Marks all but the one to take, and puts that first.
fn choose(offers: &mut Vec<ClosingOffer>, told: &KeeperConfig, room: &mut OwnRoom) {
    let fit = |one: &ClosingOffer| one.unfit.is_none() && !one.is_slice();
    let could = |one: &ClosingOffer| matches!(one.unfit, None | Some(Unfit::TooLittle));
    let position = |wanted: &dyn Fn(&ClosingOffer) -> bool| offers.iter().position(wanted);
    let is_below_zero = offers
        .iter()
        .any(|one| one.closing.preview.maintenance.equity_atoms <= 0);
    let unpaid = told.liquidate.close_unprofitable;
    let slice = || position(&|one| one.is_slice() && (one.unfit.is_none() || unpaid && could(one)));
    let single = || position(&|one| unpaid && !one.is_slice() && could(one));
    let chosen = position(&fit).or_else(|| {
        if is_below_zero {
            single().or_else(slice)
        } else {
            slice().or_else(single)
        }
    });
    for (at, one) in offers.iter_mut().enumerate() {
        if Some(at) == chosen {
            one.unfit = None;
            take_room(one, room);
        } else if one.unfit.is_none() {
            one.unfit = Some(Unfit::NotBest);
        }
    }
    if let Some(at) = chosen {
        let first = offers.remove(at);
        offers.insert(0, first);
    }
}

fn take_room(chosen: &ClosingOffer, room: &mut OwnRoom) {
    let preview = &chosen.closing.preview;
    let taken = i64::try_from(chosen.taken_atoms).unwrap_or(i64::MAX);
    let paid = scaled(taken, chosen.size_atoms, preview.size_atoms);
    match chosen.closing.args.closing {
        Closing::PositionByPool => {}
        Closing::PositionByLiquidator => room.free_atoms = room.free_atoms.saturating_sub(paid),
        Closing::Collateral | Closing::Pair | Closing::Slice => {
            room.free_atoms = room.free_atoms.saturating_sub(paid);
            room.quote_atoms = room.quote_atoms.saturating_sub(paid);
        }
    }
}
