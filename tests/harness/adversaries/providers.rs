//! LPs: they ask, and execute, or somebody else tries to at a moment of his choice; who sees an account in trouble
//! tries to get out before it is known.
use super::{
    play::{Play, Request, Sent},
    refusals::Kind,
};
use crate::{AssetHandle, Trader};
use freeboard_client::events::Event;
use solana_signer::Signer;

impl Play {
    /// A new request, or something done with one that is open.
    pub(super) fn liquidity(&mut self) -> (Kind, Sent) {
        if !self.requests.is_empty() && self.chance(2) {
            let at = self.choices.next(self.requests.len() as u64) as usize;
            return match self.choices.next(8) {
                0 => self.cancel_liquidity(at),
                1 | 2 => self.execute_for_another(at),
                3 => self.push_and_execute(at),
                _ => self.execute_liquidity(at),
            };
        }
        let at = self.choices.next(2) as usize;
        let (lp, number) = (self.cast.lps[at].clone(), self.next_request);
        let amount = self.amount();
        let shares = self.world.shares_of(&lp);
        let sent = if shares > 0 && self.chance(2) {
            let part = shares / (1 + self.choices.next(3));
            self.world.request_redeem(&lp, number, part.max(1))
        } else {
            self.world.request_deposit(&lp, number, amount)
        };
        if sent.is_ok() {
            self.requests.push(Request { lp: at, number });
            self.next_request += 1;
        }
        (Kind::RequestLiquidity, sent)
    }

    fn cancel_liquidity(&mut self, at: usize) -> (Kind, Sent) {
        let Request { lp, number } = self.requests[at];
        let lp = self.cast.lps[lp].clone();
        let by = if self.chance(2) {
            lp.clone()
        } else {
            self.cast.attacker.keypair.clone()
        };
        let sent = self.world.cancel_liquidity(&by, &lp, number);
        if sent.is_ok() {
            self.requests.remove(at);
        }
        (Kind::CancelLiquidity, sent)
    }

    fn execute_liquidity(&mut self, at: usize) -> (Kind, Sent) {
        let Request { lp, number } = self.requests[at];
        let lp = self.cast.lps[lp].clone();
        let sent = self.world.execute_liquidity(&lp, number);
        self.follow(at, &sent);
        (Kind::ExecuteLiquidity, sent)
    }

    /// The attacker executes it.
    fn execute_for_another(&mut self, at: usize) -> (Kind, Sent) {
        let Request { lp, number } = self.requests[at];
        let lp = self.cast.lps[lp].clone();
        let attacker = self.cast.attacker.keypair.clone();
        let sent = self.world.execute_liquidity_as(&attacker, &lp, number);
        self.follow(at, &sent);
        (Kind::ExecuteLiquidity, sent)
    }

    /// A request that was executed whole is done; what is left of one stays open.
    fn follow(&mut self, at: usize, sent: &Sent) {
        let Ok(meta) = sent else { return };
        let is_rest = |event: &Event| matches!(event, Event::LiquidityExecuted(executed) if executed.left_atoms > 0);
        if meta.told().events.iter().any(is_rest) {
            self.count("executed in part");
        } else {
            self.requests.remove(at);
        }
    }

    /// Somebody with half a million pushes the skew, executes the request, his own or an LP's, and undoes the push,
    /// all in one transaction.
    fn push_and_execute(&mut self, at: usize) -> (Kind, Sent) {
        let Request { lp, number } = self.requests[at];
        let (lp, asset) = (self.cast.lps[lp].clone(), self.pick_asset());
        let pusher = self.cast.liquidator.clone();
        let by = if self.chance(2) {
            lp.clone()
        } else {
            pusher.keypair.clone()
        };
        let size = self.push_of(&pusher, &asset);
        let [there, back] = [size, -size].map(|size| {
            let args = self.world.trade_args(&asset, size);
            self.world.trade_instruction(&pusher, args)
        });
        let execute = self.world.execute_liquidity_instruction(&by, &lp, number);
        let mut signers = vec![&*pusher.keypair];
        if by.pubkey() != pusher.owner() {
            signers.push(&by);
        }
        let sent = self.world.send(&[there, execute, back], &signers);
        self.follow(at, &sent);
        if sent.is_ok() {
            self.count("executed at a pushed skew");
        }
        (Kind::PushAndExecute, sent)
    }

    /// As much as his margin lets him push, either way.
    fn push_of(&mut self, pusher: &Trader, asset: &AssetHandle) -> i64 {
        let size = self.lots_worth(pusher, asset, 4.0).max(self.lot(asset));
        if self.chance(2) { size } else { -size }
    }

    /// An LP who sees an account in trouble wants out before its loss is known.
    pub(super) fn flee(&mut self) -> Option<(Kind, Sent)> {
        let lps = &self.cast.lps;
        let redeems = |request: &Request| {
            let lp = &lps[request.lp];
            self.world
                .liquidity_request(lp, request.number)
                .is_redemption()
        };
        let at = self.requests.iter().position(redeems)?;
        self.count("LPs who flee");
        Some(self.execute_liquidity(at))
    }
}
