//! What a trader does with his own account.
use super::{
    play::{Play, Sent},
    refusals::Kind,
};
use crate::{AssetHandle, Trader, governance::OPERATIONS};
use freeboard::instructions::RequestOrderArgs;
use freeboard::instructions::TradeArgs;
use freeboard::state::Order;
use freeboard_client::instructions;

impl Play {
    /// Of quote, or of SOL; of SOL where that hedges a short.
    pub(super) fn deposit(&mut self, trader: &Trader) -> (Kind, Sent) {
        let amount = if self.chance(4) {
            1 // to end a flag, or to open a slot that nobody knows of
        } else {
            self.amount()
        };
        let is_short = self.world.size_of(trader, 0) < 0;
        if self.chance(2) && !is_short {
            return (Kind::Deposit, self.world.deposit_quote(trader, amount));
        }
        let sol = self.world.handle_of(0);
        let sent = self.world.deposit_collateral(trader, &sol, amount);
        (Kind::Deposit, sent)
    }

    /// What an account has free, quote atoms.
    pub(super) fn free(&self, trader: &Trader) -> u64 {
        let report = self.world.client_report(trader).expect("a report");
        u64::try_from(report.free_collateral_atoms).unwrap_or(0)
    }

    /// Most of what is free, or more than that: accounts live close to their margin.
    pub(super) fn withdraw(&mut self, trader: &Trader) -> (Kind, Sent) {
        let amount = self.amount();
        if self.chance(3) {
            let sol = self.world.handle_of(0);
            let sent = self.world.withdraw_collateral(trader, &sol, amount);
            return (Kind::Withdraw, sent);
        }
        let wanted = self.free(trader) / 100 * (60 + amount % 45) + amount % 7 + 1;
        let sent = self.world.withdraw_quote(trader, wanted);
        if sent.is_ok() && self.world.quote_of(trader) < 0 {
            self.count("loans");
        }
        (Kind::Withdraw, sent)
    }

    /// Opens, increases, flips or reduces.
    pub(super) fn trade(&mut self, trader: &Trader, asset: &AssetHandle) -> (Kind, Sent) {
        let args = self.trade_args(trader, asset);
        (Kind::Trade, self.world.trade_with(trader, args))
    }

    /// So many times what is free, or a part of what is held, back.
    pub(super) fn trade_args(&mut self, trader: &Trader, asset: &AssetHandle) -> TradeArgs {
        let leverage = 7.0 * self.choices.signed();
        let wanted = self.lots_worth(trader, asset, leverage);
        let held = self.world.size_of(trader, asset.index);
        let lot = self.lot(asset);
        let size_atoms = match self.choices.next(4) {
            0 if held != 0 => -held / lot / (1 + self.choices.next(3) as i64) * lot,
            _ => wanted,
        };
        TradeArgs {
            reduce_only: self.chance(8),
            ..self.world.trade_args(asset, size_atoms)
        }
    }

    /// Whole lots worth so many times what an account has free, at least $500; base atoms.
    pub(super) fn lots_worth(&self, trader: &Trader, asset: &AssetHandle, times: f64) -> i64 {
        let equity = self.free(trader).max(500_000_000) as f64 / 1e6;
        let lot = self.lot(asset);
        asset.atoms(equity / self.price(asset) * times) / lot * lot
    }

    pub(super) fn lot(&self, asset: &AssetHandle) -> i64 {
        i64::try_from(self.world.asset(asset.index).params.lot_atoms).expect("a lot")
    }

    /// An order that waits, and whose it is.
    pub(super) fn waiting_order(&self) -> Option<(Trader, Order)> {
        let now = self.world.now();
        self.cast.accounts.iter().find_map(|trader| {
            let mut orders = self.world.state_of(trader).orders.into_iter();
            let order = orders.find(|order| order.id != 0 && now < order.expiry_ts);
            order.map(|order| (trader.clone(), order))
        })
    }

    /// Fills or cancels an order that waits, whoever wrote it, or writes one.
    pub(super) fn order(&mut self, trader: &Trader, asset: &AssetHandle) -> (Kind, Sent) {
        match self.waiting_order() {
            Some((owner, order)) if self.chance(6) => {
                let sent = self.world.cancel_order(&owner, order.id);
                (Kind::CancelOrder, sent)
            }
            Some((owner, order)) => {
                // The price update it is filled at is chosen more often than others.
                if self.world.bend.is_none() && self.chance(3) {
                    let traded = self.world.handle_of(order.asset_index);
                    self.bend_to_older(&traded);
                }
                let paid = self.cast.liquidator.clone();
                let sent = self.world.fill_order_for(&owner, order.id, &paid);
                self.count_reward(&sent);
                if let Ok(meta) = &sent {
                    self.check_fill(&order, meta);
                }
                (Kind::FillOrder, sent)
            }
            None => self.request_order(trader, asset),
        }
    }

    fn request_order(&mut self, trader: &Trader, asset: &AssetHandle) -> (Kind, Sent) {
        let args = self.trade_args(trader, asset);
        let away = [0.005, 0.05][self.choices.next(2) as usize] * (args.size_atoms.signum() as f64);
        let order = RequestOrderArgs {
            reduce_only: args.reduce_only,
            limit_price_e12: (self.price(asset) * (1.0 + away) * 1e12) as u128,
            ..self.world.order_args(asset, args.size_atoms)
        };
        let (owner, account) = (trader.owner(), trader.margin_account);
        let instruction = instructions::request_order(self.world.exchange, owner, account, order);
        let sent = self.world.send(&[instruction], &[&trader.keypair]);
        (Kind::RequestOrder, sent)
    }

    /// The guardian pauses something for a minute, or ends a pause.
    pub(super) fn pause(&mut self) -> (Kind, Sent) {
        let operation = OPERATIONS[self.choices.next(10) as usize];
        let sent = if self.chance(2) {
            self.world.unpause(operation)
        } else if self.chance(2) {
            self.pause_behind_a_full_log(operation)
        } else {
            self.world.pause(operation, 60)
        };
        (Kind::Pause, sent)
    }
}
