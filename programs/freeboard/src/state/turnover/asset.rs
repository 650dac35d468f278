//! What is traded in an asset's market, and what counts of its L because of it (whitepaper §4.5). Off as long as
//! `params.turnover_reference_quote_atoms` is 0.
use crate::state::Asset;
use freeboard_risk::governance::DepthCut;
use freeboard_risk::market::turnover::MarketTurnover;
use freeboard_risk::number::atoms::QuoteAtoms;

impl Asset {
    /// What was traded and liquidated, decaying.
    pub const fn turnover(&self) -> MarketTurnover {
        MarketTurnover {
            sum_quote_atoms: self.turnover_quote_atoms,
            at_ts: self.turnover_ts,
        }
    }

    /// The part of L that does not count.
    pub const fn depth_cut(&self) -> DepthCut {
        DepthCut {
            cut_e9: self.depth_cut_e9,
            at_ts: self.depth_cut_ts,
        }
    }

    /// Where that part is on its way to, × 10^9.
    pub fn target_cut_e9(&self, now: i64) -> u64 {
        self.turnover()
            .target_cut_e9(self.turnover_reference(), now)
    }

    /// Whether it is measured what is traded here.
    pub const fn measures_turnover(&self) -> bool {
        self.params.turnover_reference_quote_atoms != 0
    }

    /// Counts a notional that was traded or liquidated, at the oracle price; nothing where it is not measured.
    pub fn count_turnover(&mut self, notional: QuoteAtoms, now: i64) {
        if self.measures_turnover() {
            let mut turnover = self.turnover();
            turnover.add(notional, now);
            self.set_turnover(&turnover);
        }
    }

    /// Moves the part of L that does not count towards where what is traded leads it: with each sample.
    pub fn follow_turnover(&mut self, now: i64) {
        if self.measures_turnover() {
            let (target_e9, mut cut) = (self.target_cut_e9(now), self.depth_cut());
            cut.follow(target_e9, self.ramp_end_ts(), now);
            self.set_depth_cut(&cut);
        }
    }

    /// Begins the measure where the reference was 0 until now, with what the reference says; ends it, and counts all of L
    /// again, where it is 0 from now on. `before_quote_atoms`: the reference before, of a new asset 0.
    pub fn renew_turnover(&mut self, before_quote_atoms: u64, now: i64) {
        let begins = before_quote_atoms == 0 && self.measures_turnover();
        if begins || !self.measures_turnover() {
            self.set_turnover(&MarketTurnover::of_reference(
                self.turnover_reference(),
                now,
            ));
            self.set_depth_cut(&DepthCut {
                cut_e9: 0,
                at_ts: now,
            });
        }
    }

    const fn turnover_reference(&self) -> QuoteAtoms {
        QuoteAtoms::new(self.params.turnover_reference_quote_atoms)
    }

    const fn set_turnover(&mut self, turnover: &MarketTurnover) {
        self.turnover_quote_atoms = turnover.sum_quote_atoms;
        self.turnover_ts = turnover.at_ts;
    }

    const fn set_depth_cut(&mut self, cut: &DepthCut) {
        self.depth_cut_e9 = cut.cut_e9;
        self.depth_cut_ts = cut.at_ts;
    }
}
