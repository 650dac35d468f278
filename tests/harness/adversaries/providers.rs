//! LPs: they ask, and somebody executes; who sees an account in trouble tries to get out before it is known.
use super::{
    play::{Play, Request, Sent},
    refusals::Kind,
};

impl Play {
    /// A new request, or something done with one that is open.
    pub(super) fn liquidity(&mut self) -> (Kind, Sent) {
        if !self.requests.is_empty() && self.chance(2) {
            let at = self.choices.next(self.requests.len() as u64) as usize;
            return if self.chance(6) {
                self.cancel_liquidity(at)
            } else {
                self.execute_liquidity(at)
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
        if sent.is_ok() {
            self.requests.remove(at);
        }
        (Kind::ExecuteLiquidity, sent)
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
