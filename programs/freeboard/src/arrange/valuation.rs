//! From the accounts of an instruction to the core's `Holding`s.
//!
//! `remaining_accounts` hold, for each asset of a margin account in the order of its slots
//! (positions, then collaterals of other assets), the asset and then its feed. Nothing else, nothing
//! twice, nothing missing.
//!
//! Where somebody else values the account (flag, liquidate) the pairs come by ascending asset index, and some may be
//! of assets that it does not hold: its owner, who opens a slot just before, makes nothing fail that was built with
//! the asset beside it. Accounts that are valued together share their pairs.
use crate::error::{FreeboardError, OrRaise, OrRefuse, ensure};
use crate::governance::pauses;
use crate::oracle::{self, CountedPrice, Purpose};
use crate::state::{Asset, Exchange, Load, MarginAccount, NO_ASSET};
use anchor_lang::prelude::*;
use freeboard_risk::governance::{PortfolioRamp, TargetTerms};
use freeboard_risk::liquidation::flag::{Grace, PauseSpan, Sight};
use freeboard_risk::market::trade::decay_liquidated;
use freeboard_risk::number::atoms::QuoteAtoms;
use freeboard_risk::params::{PortfolioCoefficients, ScenarioCoefficients};
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::unit_shock::unit_shock;
use freeboard_risk::requirement::holding::{Holding, MAX_HOLDINGS};
use freeboard_risk::requirement::margin::{Requirement, liquidation_valuation};
use freeboard_risk::requirement::portfolio::Portfolio;

/// Where the assets of a margin account and their feeds come from: an instruction's accounts, or
/// accounts that a client has fetched.
pub trait AssetSource {
    /// Reads the asset with this index and its feed.
    fn take<T>(
        &mut self,
        asset_index: u16,
        read: impl FnOnce(&Asset, &AccountInfo) -> Result<T>,
    ) -> Result<T>;
}

/// The asset accounts of an instruction: in slot order, or by index.
pub struct AssetAccounts<'info> {
    accounts: &'info [AccountInfo<'info>],
    /// Index of the asset at each pair that was taken or, by index, is there.
    known: Vec<u16>,
    /// By index: whether the pair at this place was taken. Empty in slot order, where all that are known were.
    taken: Vec<bool>,
    exchange: Pubkey,
}

/// Where the asset's index stands in its account.
const INDEX_AT: usize = Asset::DISCRIMINATOR.len() + core::mem::offset_of!(Asset, index);

/// The holdings of one margin account, and where each asset is among the accounts.
pub struct Holdings {
    /// What the core reads.
    pub list: Vec<Holding>,
    /// Asset index and publish time of the price, in the order of `list`.
    pub sources: Vec<Source>,
}

/// Where a holding comes from.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// Index of the asset.
    pub asset_index: u16,
    /// Publish time of the price that counts, unix seconds.
    pub publish_ts: i64,
    /// For a view of both rows: each judges a price of its own.
    rows_apart: bool,
}

/// Portfolio parameters in binary, read once per instruction.
pub struct SharedRisk {
    /// Portfolio coefficients that MM reads.
    pub portfolio: PortfolioCoefficients,
    /// Scenarios that MM reads.
    pub scenarios: Vec<ScenarioCoefficients>,
    /// What IM reads instead while a ramp runs.
    initial: Option<Box<(PortfolioCoefficients, Vec<ScenarioCoefficients>)>>,
}

impl SharedRisk {
    /// What the exchange prescribes, and what is in force at `now`.
    pub fn load(exchange: &Exchange, now: i64) -> Self {
        let portfolio = PortfolioCoefficients::from_words(&exchange.portfolio_words);
        let scenarios = exchange.scenario_coefficients();
        let ramp = PortfolioRamp::from_words(&exchange.portfolio_ramp_words);
        if now >= ramp.window().end_ts {
            return Self {
                portfolio,
                scenarios,
                initial: None,
            };
        }
        Self {
            portfolio: ramp.coefficients(&portfolio, now),
            scenarios: exchange.effective_scenarios(now),
            initial: Some(Box::new((portfolio, scenarios))),
        }
    }

    /// The core's view of an account with this quote balance and these holdings.
    pub fn portfolio<'a>(&'a self, quote_atoms: i64, holdings: &'a [Holding]) -> Portfolio<'a> {
        Portfolio {
            coefficients: &self.portfolio,
            scenarios: &self.scenarios,
            initial: self
                .initial
                .as_deref()
                .map(|(coefficients, scenarios)| TargetTerms {
                    coefficients,
                    scenarios,
                }),
            quote_atoms,
            holdings,
        }
    }
}

impl<'info> AssetAccounts<'info> {
    /// The remaining accounts of an instruction on this exchange, in slot order.
    pub fn new(accounts: &'info [AccountInfo<'info>], exchange: Pubkey) -> Self {
        Self {
            accounts,
            known: Vec::with_capacity(accounts.len() / 2),
            taken: Vec::new(),
            exchange,
        }
    }

    /// The remaining accounts of an instruction on this exchange, by ascending asset index; some may never be taken.
    ///
    /// Errors: `AssetAccountMissing`, `AssetAccountInvalid`, `DuplicateAccount`, `AssetAccountOrder`.
    pub fn by_index(accounts: &'info [AccountInfo<'info>], exchange: Pubkey) -> Result<Self> {
        let (pairs, rest) = accounts.as_chunks::<2>();
        ensure(rest.is_empty(), FreeboardError::AssetAccountMissing)?;
        let mut known = Vec::with_capacity(pairs.len());
        for [asset, _] in pairs {
            // Only the index, to find it by: what it is of is checked when it is taken, or at the end.
            let data = asset.try_borrow_data()?;
            let index = data.get(INDEX_AT..).and_then(|rest| rest.first_chunk());
            let index = u16::from_le_bytes(*index.or_raise(FreeboardError::AssetAccountInvalid)?);
            if let Some(last) = known.last() {
                ensure(index != *last, FreeboardError::DuplicateAccount)?;
                ensure(index > *last, FreeboardError::AssetAccountOrder)?;
            }
            known.push(index);
        }
        Ok(Self {
            accounts,
            taken: vec![false; known.len()],
            known,
            exchange,
        })
    }

    /// A taken asset and its feed.
    ///
    /// Errors: `AssetAccountMissing`, `AssetNotWritable` if `writable` is asked for.
    pub fn find(
        &self,
        asset_index: u16,
        writable: bool,
    ) -> Result<(AccountLoader<'info, Asset>, &'info AccountInfo<'info>)> {
        let at = self.known.iter().position(|known| *known == asset_index);
        let at = at.filter(|at| self.taken.get(*at).copied().unwrap_or(true));
        let (loader, feed) = self.pair(at.or_raise(FreeboardError::AssetAccountMissing)?)?;
        ensure(
            !writable || loader.to_account_info().is_writable,
            FreeboardError::AssetNotWritable,
        )?;
        Ok((loader, feed))
    }

    /// Refuses accounts that no slot asked for; by index, those that are not assets of this exchange with their feeds.
    ///
    /// Errors: `AssetAccountUnexpected`, `AssetAccountInvalid`, `WrongExchange`; those of a feed that is not the asset's.
    pub fn finish(&mut self, now: i64) -> Result<()> {
        for at in 0..self.taken.len() {
            if self.taken.get(at).is_some_and(|taken| !taken) {
                let index = self.known.get(at).copied();
                let index = index.or_raise(FreeboardError::AssetAccountMissing)?;
                self.take(index, |asset, feed| {
                    oracle::shown(asset, feed, now).map(|_| ())
                })?;
            }
        }
        let used = self.known.len().saturating_mul(2);
        ensure(
            used == self.accounts.len(),
            FreeboardError::AssetAccountUnexpected,
        )
    }

    fn pair(&self, at: usize) -> Result<(AccountLoader<'info, Asset>, &'info AccountInfo<'info>)> {
        let (pairs, _) = self.accounts.as_chunks::<2>();
        let Some([asset, feed]) = pairs.get(at) else {
            return Err(FreeboardError::AssetAccountMissing.raise());
        };
        let loader = AccountLoader::<Asset>::try_from(asset)
            .or_raise(FreeboardError::AssetAccountInvalid)?;
        Ok((loader, feed))
    }
}

impl AssetSource for AssetAccounts<'_> {
    /// Those given before or, in slot order, else the next two.
    ///
    /// Errors: `AssetAccountMissing`, `AssetAccountInvalid`, `WrongExchange`, `DuplicateAccount`,
    /// `AssetAccountOrder`; those of `read`.
    fn take<T>(
        &mut self,
        asset_index: u16,
        read: impl FnOnce(&Asset, &AccountInfo) -> Result<T>,
    ) -> Result<T> {
        let known = self.known.iter().position(|known| *known == asset_index);
        let is_by_index = !self.taken.is_empty();
        ensure(
            known.is_some() || !is_by_index,
            FreeboardError::AssetAccountMissing,
        )?;
        let at = known.unwrap_or(self.known.len());
        let (loader, feed) = self.pair(at)?;
        let asset = loader.read()?;
        let own = |asset: &Asset| {
            ensure(
                asset.exchange == self.exchange,
                FreeboardError::WrongExchange,
            )
        };
        if known.is_none() {
            own(&asset)?;
            ensure(
                !self.known.contains(&asset.index),
                FreeboardError::DuplicateAccount,
            )?;
            ensure(
                asset.index == asset_index,
                FreeboardError::AssetAccountOrder,
            )?;
            self.known.push(asset_index);
        } else if self.taken.get(at).is_some_and(|taken| !taken) {
            own(&asset)?;
            if let Some(taken) = self.taken.get_mut(at) {
                *taken = true;
            }
        }
        read(&asset, feed)
    }
}

impl Holdings {
    /// Loads every asset of the margin account, in slot order.
    ///
    /// Errors: those of the source (see [`AssetSource`]) and of a feed that is not the asset's; `AssetSettled` for a
    /// position that a liquidation would count although its market has ended.
    pub fn load(
        account: &MarginAccount,
        accounts: &mut impl AssetSource,
        purpose: Purpose,
        now: i64,
    ) -> Result<Self> {
        let mut holdings = Self::with_room(MAX_HOLDINGS);
        holdings.reload(account, accounts, purpose, now)?;
        Ok(holdings)
    }

    /// Of nobody, with room for any account that holds none but these assets. The less of the heap it takes, the more
    /// is left for what several accounts leave there.
    pub fn of_these(assets: &AssetAccounts) -> Self {
        Self::with_room(assets.known.len().min(MAX_HOLDINGS))
    }

    fn with_room(count: usize) -> Self {
        Self {
            // Grown, they would leave their old places behind on the heap.
            list: Vec::with_capacity(count),
            sources: Vec::with_capacity(count),
        }
    }

    /// Renews or ends a flag that stands, by what the account holds now: at the prices of the row "liquidate", with the
    /// holdings loaded for it. Leaves it where none stands or where they cannot be valued so.
    pub fn review_flag(
        &mut self,
        account: &mut MarginAccount,
        accounts: &mut impl AssetSource,
        (exchange, shared): (&Exchange, &SharedRisk),
        now: i64,
    ) {
        if account.flagged_ts == 0 {
            return;
        }
        let valued = self
            .reload(account, accounts, Purpose::Liquidation, now)
            .and_then(|()| account.quote_after_interest(exchange, now))
            .and_then(|quote_atoms| {
                liquidation_valuation(&shared.portfolio(quote_atoms, &self.list)).or_refuse()
            });
        if let Ok(valuation) = valued {
            let sight = self.sight(pauses::liquidations_paused(exchange), now);
            let flag = account.flag();
            account.set_flag(flag.after(&valuation, &sight, &exchange.liquidation.into()));
        }
    }

    /// Loads them again for another purpose, in place: what is freed on the heap is not used again.
    ///
    /// Errors: those of [`Self::load`].
    pub fn reload(
        &mut self,
        account: &MarginAccount,
        accounts: &mut impl AssetSource,
        purpose: Purpose,
        now: i64,
    ) -> Result<()> {
        self.list.clear();
        self.sources.clear();
        for position in account
            .positions
            .iter()
            .filter(|slot| slot.asset_index != NO_ASSET)
        {
            accounts.take(position.asset_index, |asset, feed| {
                if purpose == Purpose::Liquidation && asset.is_settled() {
                    // Its price moves no more: settled, it needs no margin that a liquidation could find missing.
                    return Err(FreeboardError::AssetSettled.raise());
                }
                let holding = self.push(asset, feed, purpose, now)?;
                holding.size_atoms = position.base_size_atoms;
                holding.entry_quote_atoms = position.entry_notional_atoms;
                let price = holding.price;
                holding.funding_quote_atoms = if purpose == Purpose::Liquidation {
                    asset.accrued_funding_at_worst(position, price, now)
                } else {
                    asset.accrued_funding(position, price, now)?
                };
                Ok(())
            })?;
        }
        for collateral in account
            .collaterals
            .iter()
            .filter(|slot| slot.asset_index != NO_ASSET)
        {
            if let Some(at) = self.find(collateral.asset_index) {
                if let Some(holding) = self.list.get_mut(at) {
                    holding.collateral_atoms = collateral.amount_atoms;
                }
                continue;
            }
            accounts.take(collateral.asset_index, |asset, feed| {
                self.push(asset, feed, purpose, now)?.collateral_atoms = collateral.amount_atoms;
                Ok(())
            })?;
        }
        Ok(())
    }

    /// When the account is valued at these prices, as a flag counts it.
    pub fn sight(&self, paused: PauseSpan, now: i64) -> Sight {
        let usable = self
            .list
            .iter()
            .zip(&self.sources)
            .filter(|(held, _)| held.standing.is_shown())
            .map(|(_, source)| source.publish_ts);
        Sight {
            now,
            oldest_publish_ts: self.oldest_usable_ts(),
            newest_publish_ts: usable.max().unwrap_or(i64::MIN),
            paused,
        }
    }

    fn find(&self, asset_index: u16) -> Option<usize> {
        self.sources
            .iter()
            .position(|source| source.asset_index == asset_index)
    }

    /// Position of an asset in the list.
    ///
    /// Errors: `AssetAccountMissing` if the account does not hold it.
    pub fn position(&self, asset_index: u16) -> Result<usize> {
        self.find(asset_index)
            .or_raise(FreeboardError::AssetAccountMissing)
    }

    /// The holding of an asset.
    ///
    /// Errors: `AssetAccountMissing` if the account does not hold it.
    pub fn get(&self, asset_index: u16) -> Result<&Holding> {
        let at = self.position(asset_index)?;
        self.list
            .get(at)
            .or_raise(FreeboardError::AssetAccountMissing)
    }

    /// The holding of an asset, for writing.
    ///
    /// Errors: `AssetAccountMissing` if the account does not hold it.
    pub fn get_mut(&mut self, asset_index: u16) -> Result<&mut Holding> {
        let at = self.position(asset_index)?;
        self.list
            .get_mut(at)
            .or_raise(FreeboardError::AssetAccountMissing)
    }

    /// Whether some price passes one row and not the other, or each judges another: then each row has a price of its
    /// own, the feed's or a recorded one.
    pub fn rows_differ(&self) -> bool {
        let mut held = self.list.iter().zip(&self.sources);
        held.any(|(held, source)| {
            source.rows_apart || held.usable_initial != held.standing.is_shown()
        })
    }

    /// Puts what the row "open, increase, withdraw" counts in the place of every price that a reduce has loaded; the
    /// traded asset was written since, so that its price is given, if one is usable.
    ///
    /// Errors: `AssetAccountMissing`; those of an account that is not the asset's feed.
    #[cold]
    #[inline(never)]
    pub fn judge_initial(
        &mut self,
        assets: &AssetAccounts,
        (traded, traded_price): (u16, Option<Observation>),
        now: i64,
    ) -> Result<()> {
        for (held, source) in self.list.iter_mut().zip(&mut self.sources) {
            let price = if source.asset_index == traded {
                traded_price
            } else {
                let (loader, feed) = assets.find(source.asset_index, false)?;
                let asset = loader.read()?;
                let price = asset.newest_to_trade(oracle::shown(&asset, feed, now)?);
                Some(price).filter(|price| asset.check_trade(price, now).is_ok())
            };
            held.usable_initial = price.is_some();
            if let Some(price) = price {
                (held.price, held.confidence, held.ema) =
                    (price.price, price.confidence, price.ema);
                source.publish_ts = price.publish_ts;
            }
        }
        Ok(())
    }

    /// Whether a liquidation counts every price as it is.
    pub fn all_usable(&self) -> bool {
        self.list.iter().all(|held| held.standing.is_usable())
    }

    /// Whether a liquidation counts some price update that is wide or far from its EMA, and so perhaps wrong.
    pub fn any_doubtful(&self) -> bool {
        self.list.iter().any(|held| held.standing.is_doubtful())
    }

    /// Whether a liquidation of an account that needs this waits for its flag. One price update that may be wrong
    /// liquidates nobody, however far it puts the account below its margin.
    pub fn grace(&self, before: &Requirement) -> Grace {
        if before.is_severe() && !self.any_doubtful() {
            Grace::Waived
        } else {
            Grace::Required
        }
    }

    /// Publish time of the oldest price update that a liquidation counts, as it is or moved; the latest time if none does.
    pub fn oldest_usable_ts(&self) -> i64 {
        let usable = self
            .list
            .iter()
            .zip(&self.sources)
            .filter(|(held, _)| held.standing.is_shown());
        usable
            .map(|(_, source)| source.publish_ts)
            .min()
            .unwrap_or(i64::MAX)
    }

    /// The price that counts of an asset.
    ///
    /// Errors: `AssetAccountMissing` if the account does not hold it.
    pub fn observation(&self, asset_index: u16) -> Result<Observation> {
        let holding = self.get(asset_index)?;
        let source = self.sources.get(self.position(asset_index)?);
        let source = source.or_raise(FreeboardError::AssetAccountMissing)?;
        Ok(observation_of(holding, source.publish_ts))
    }

    #[inline(never)]
    fn push(
        &mut self,
        asset: &Asset,
        feed: &AccountInfo,
        purpose: Purpose,
        now: i64,
    ) -> Result<&mut Holding> {
        let coefficients = asset.coefficients(now);
        let unit_shock = unit_shock(&asset.volatility()?, &coefficients, now);
        let price = CountedPrice::choose(asset, feed, purpose, unit_shock.sigma_im, now)?;
        let liquidated = QuoteAtoms::new(asset.liquidated_quote_atoms);
        let elapsed = now
            .saturating_sub(asset.liquidated_ts)
            .max(0)
            .unsigned_abs();
        self.sources.push(Source {
            asset_index: asset.index,
            publish_ts: price.observation.publish_ts,
            rows_apart: price.rows_apart,
        });
        self.list.push(Holding {
            price: price.observation.price,
            confidence: price.observation.confidence,
            ema: price.observation.ema,
            usable_initial: price.usable_initial,
            standing: price.standing,
            unit_shock,
            open_interest_atoms: asset.open_interest_atoms(),
            liquidated_quote_atoms: decay_liquidated(liquidated, elapsed).get(),
            coefficients,
            initial: None,
            size_atoms: 0,
            entry_quote_atoms: 0,
            funding_quote_atoms: 0,
            collateral_atoms: 0,
        });
        let holding = self.list.last_mut().or_raise(FreeboardError::Overflow)?;
        if asset.is_ramping(now) {
            let levels = asset.coefficients_by_level(now);
            (holding.coefficients, holding.initial) = (levels.maintenance, levels.initial);
        }
        Ok(holding)
    }
}

/// The price that a holding counts at.
pub(crate) fn observation_of(holding: &Holding, publish_ts: i64) -> Observation {
    Observation {
        price: holding.price,
        confidence: holding.confidence,
        ema: holding.ema,
        publish_ts,
    }
}
