//! Decoded accounts, and whether the books balance.
use crate::{Trader, World};
use anchor_lang::{Discriminator, Owner, prelude::Pubkey};
use bytemuck::Pod;
use freeboard::instructions::MarginReport;
use freeboard::state::{
    Asset, Exchange, Ledger, MarginAccount, Pool, Versioned, signed_from_words,
};
use freeboard_client::{
    decode,
    feed::FeedAccount,
    margin::{self, PricedAsset},
};

/// Who owns the quote tokens in the vault, quote atoms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Books {
    /// Tokens in the quote vault.
    pub vault_atoms: i128,
    /// Σ of the signed quote balances of all margin accounts.
    pub accounts_atoms: i128,
    /// Cash of the pool, wherever it is booked.
    pub pool_atoms: i128,
    /// Cash of the insurance fund.
    pub insurance_atoms: i128,
    /// Fees of the protocol.
    pub fees_atoms: i128,
    /// Vault minus all of these: 0, or tokens that somebody sent there without an instruction.
    pub difference_atoms: i128,
}

impl World {
    /// A decoded account of the program.
    pub fn decode<T: Pod + Discriminator + Owner + Versioned>(&self, address: &Pubkey) -> T {
        let account = self.account(address);
        decode::account(&account.owner, &account.data).expect("an account of the program")
    }

    /// The exchange.
    pub fn exchange(&self) -> Exchange {
        self.decode(&self.exchange)
    }

    /// The pool.
    pub fn pool(&self) -> Pool {
        self.decode(&self.pool)
    }

    /// An asset.
    pub fn asset(&self, index: u16) -> Asset {
        self.decode(&self.assets[usize::from(index)].address)
    }

    /// A margin account.
    pub fn margin_account(&self, address: &Pubkey) -> MarginAccount {
        self.decode(address)
    }

    /// A trader's margin account.
    pub fn state_of(&self, trader: &Trader) -> MarginAccount {
        self.margin_account(&trader.margin_account)
    }

    /// Quote balance of a trader.
    pub fn quote_of(&self, trader: &Trader) -> i64 {
        self.state_of(trader).quote_atoms
    }

    /// Position size of a trader.
    pub fn size_of(&self, trader: &Trader, asset_index: u16) -> i64 {
        let account = self.state_of(trader);
        let position = account
            .positions
            .iter()
            .find(|slot| slot.asset_index == asset_index);
        position.map_or(0, |slot| slot.base_size_atoms)
    }

    /// Every asset with its feed, as a client would fetch them.
    pub fn priced_assets(&self) -> Vec<PricedAsset> {
        let feed = |address: Pubkey| {
            let account = self.account(&address);
            FeedAccount {
                address,
                owner: account.owner,
                data: account.data,
            }
        };
        let priced = |handle: &crate::AssetHandle| PricedAsset {
            asset: self.asset(handle.index),
            feed: feed(handle.feed),
        };
        self.assets.iter().map(priced).collect()
    }

    /// The margin report, by the client.
    pub fn client_report(
        &self,
        trader: &Trader,
    ) -> Result<MarginReport, anchor_lang::error::Error> {
        let account = self.state_of(trader);
        margin::report(
            &self.exchange(),
            &account,
            &self.priced_assets(),
            self.now(),
        )
    }

    /// The quote token's books.
    pub fn books(&self) -> Books {
        let ledgers = self.ledgers();
        let sum = |of: fn(&Ledger) -> i64| ledgers.iter().map(of).map(i128::from).sum::<i128>();
        let vault_atoms = i128::from(self.token_balance(&self.quote_vault));
        let accounts_atoms = self
            .accounts()
            .iter()
            .map(|account| i128::from(account.quote_atoms))
            .sum();
        let pool_atoms = sum(|ledger| ledger.pool_atoms);
        let insurance_atoms = sum(|ledger| ledger.insurance_atoms);
        let fees_atoms = sum(|ledger| ledger.fees_atoms);
        let owned = accounts_atoms + pool_atoms + insurance_atoms + fees_atoms;
        Books {
            vault_atoms,
            accounts_atoms,
            pool_atoms,
            insurance_atoms,
            fees_atoms,
            difference_atoms: vault_atoms - owned,
        }
    }

    /// P6: every token in a vault belongs to somebody, to the atom; loans are the negative quote
    /// balances; open interest is the sum of the positions.
    pub fn assert_books(&self) {
        let books = self.books();
        assert_eq!(books.difference_atoms, 0, "P6 quote vault: {books:?}");
        let accounts = self.accounts();
        let loans: i128 = self
            .ledgers()
            .iter()
            .map(|l| i128::from(l.loans_atoms))
            .sum();
        let negative: i128 = accounts
            .iter()
            .map(|account| i128::from(account.quote_atoms.min(0)))
            .sum();
        assert_eq!(loans, -negative, "P6 loans");
        let own = accounts.iter().map(MarginAccount::loan);
        let own = own.fold((0, 0), |(starts, count), loan| {
            (starts + loan.start_atoms, count + i64::from(loan.atoms > 0))
        });
        let booked = self
            .ledgers()
            .iter()
            .fold((0, 0), |(starts, count), ledger| {
                (starts + ledger.loan_starts_atoms, count + ledger.loan_count)
            });
        assert_eq!(booked, own, "P6 loans as the index counts them");
        let known: i128 = accounts
            .iter()
            .map(|account| i128::from(account.bad_debt_atoms))
            .sum();
        let booked = i128::from(self.pool().bad_debt_atoms);
        assert_eq!(booked, known, "P6 known bad debt");
        for handle in &self.assets {
            let ledger = self.asset(handle.index).ledger;
            assert!(ledger.pool_atoms >= 0, "P6 a market never owes cash");
            assert!(ledger.insurance_atoms >= 0, "P6 insurance of a market");
        }
        let allocated: i64 = self
            .assets
            .iter()
            .map(|handle| self.asset(handle.index).allocation_atoms)
            .sum();
        assert_eq!(self.pool().allocated_atoms, allocated, "P6 allocations");
        for handle in &self.assets {
            self.assert_asset_books(handle, &accounts);
        }
    }

    fn assert_asset_books(&self, handle: &crate::AssetHandle, accounts: &[MarginAccount]) {
        let (asset, index) = (self.asset(handle.index), handle.index);
        let collaterals = || {
            let slots = accounts.iter().flat_map(|account| &account.collaterals);
            slots.filter(|slot| slot.asset_index == index)
        };
        let held: u64 = collaterals().map(|slot| slot.amount_atoms).sum();
        let counted = collaterals().map(|slot| slot.balance().counted_atoms().expect("a part"));
        assert_eq!(
            asset.collateral_counted_atoms,
            counted.sum::<u64>(),
            "P6 what counts at both levels of the collateral of asset {index}"
        );
        let held = held + asset.insurance_collateral_atoms;
        assert_eq!(
            asset.collateral_total_atoms, held,
            "P6 collateral of asset {index}"
        );
        if let Some(vault) = handle.vault {
            assert_eq!(
                self.token_balance(&vault),
                held,
                "P6 vault of asset {index}"
            );
        }
        let slots = || {
            let slots = accounts.iter().flat_map(|account| &account.positions);
            slots.filter(|slot| slot.asset_index == index)
        };
        let sizes = || slots().map(|slot| slot.base_size_atoms);
        let long: u64 = sizes().map(|size| size.max(0).unsigned_abs()).sum();
        let short: u64 = sizes().map(|size| size.min(0).unsigned_abs()).sum();
        let booked = (
            asset.long_open_interest_atoms,
            asset.short_open_interest_atoms,
        );
        assert_eq!(booked, (long, short), "P6 open interest of asset {index}");
        let entries: i64 = slots().map(|slot| slot.entry_notional_atoms).sum();
        assert_eq!(
            asset.entry_total_atoms, entries,
            "P6 entries of asset {index}"
        );
        let funding = asset.funding.as_core();
        let owed: i128 = slots()
            .map(|slot| {
                let size = slot.base_size_atoms;
                let settled = signed_from_words(slot.funding_index_q64);
                i128::from(size) * (funding.index_q64(size) - settled)
            })
            .sum();
        assert_eq!(
            funding.receivable_q64, owed,
            "P6 funding of asset {index}: what positions owe"
        );
    }

    fn accounts(&self) -> Vec<MarginAccount> {
        self.margin_accounts
            .iter()
            .map(|address| self.margin_account(address))
            .collect()
    }

    fn ledgers(&self) -> Vec<Ledger> {
        let assets = self
            .assets
            .iter()
            .map(|handle| self.asset(handle.index).ledger);
        std::iter::once(self.pool().ledger).chain(assets).collect()
    }
}
