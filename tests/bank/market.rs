//! One exchange on the bank: tokens made by the SPL token program, prices posted to the feeds by
//! the mock's instruction.
use crate::bank::{Bank, Executed, Refused};
use anchor_lang::{
    InstructionData, ToAccountMetas,
    prelude::{AccountMeta, Pubkey},
    solana_program::{instruction::Instruction, program_pack::Pack},
    system_program,
};
use anchor_spl::{
    associated_token::{
        get_associated_token_address,
        spl_associated_token_account::instruction::create_associated_token_account_idempotent,
    },
    token::spl_token::{self, state},
};
use freeboard::instructions::InitializeExchangeArgs;
use freeboard::instructions::OpenMarginAccountArgs;
use freeboard::instructions::ProposeChangeArgs;
use freeboard::instructions::TradeArgs;
use freeboard::state::{
    Asset, Change, FeedBinding, Ledger, Listing, MarginAccount, OracleKind, Pool,
};
use freeboard_client::{
    AssetKeys, CollateralKeys, ExchangeKeys, address,
    instructions::{self, NewAsset, TokenKeys},
    slots,
};
use freeboard_tests::{AssetSpec, ExchangeSpec, governance::TIMELOCK_SECS};
use pyth_mock::{FEED_SEED, PostPriceParams, Verification};
use solana_account::Account;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Power of ten of every posted price.
const EXPONENT: i32 = -8;

/// An exchange; the bank's payer holds every role.
pub struct Market {
    /// The bank.
    pub bank: Bank,
    /// The exchange.
    pub keys: ExchangeKeys,
    /// Its assets, by index.
    pub assets: Vec<Listed>,
    accounts: Vec<Pubkey>,
    token_mints: Vec<Pubkey>,
}

/// A listed asset.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    /// Its addresses.
    pub keys: AssetKeys,
    feed_id: [u8; 32],
    decimals: u8,
    price_e8: i64,
}

/// Somebody with a margin account.
pub struct Actor {
    /// The owner.
    pub keypair: Keypair,
    /// The account.
    pub margin_account: Pubkey,
}

impl Listed {
    /// Base atoms of so many hundredths of a unit.
    pub fn hundredths(&self, hundredths: i64) -> i64 {
        hundredths * 10i64.pow(u32::from(self.decimals) - 2)
    }

    fn token(&self) -> TokenKeys {
        TokenKeys::collateral(&self.keys).expect("a collateral asset")
    }
}

impl Market {
    /// A bank with an exchange and these assets, whose prices are in dollars.
    pub async fn open(specs: &[(AssetSpec, i64)]) -> Self {
        let mints: Vec<Pubkey> = (0..=specs.len()).map(|_| Pubkey::new_unique()).collect();
        let allocated = mints.iter().map(|mint| (*mint, unused_mint())).collect();
        let bank = Bank::start(allocated).await;
        let keys =
            ExchangeKeys::of_creator(&bank.payer().pubkey(), mints[0], anchor_spl::token::ID);
        let mut market = Self {
            bank,
            keys,
            assets: Vec::new(),
            accounts: Vec::new(),
            token_mints: mints,
        };
        market.create_mint(market.keys.quote_mint, 6).await;
        market.initialize().await;
        for (spec, dollars) in specs {
            market.list(spec, *dollars).await;
        }
        market
    }

    async fn initialize(&mut self) {
        let spec = ExchangeSpec::default();
        let payer = self.bank.payer().pubkey();
        let args = InitializeExchangeArgs {
            governance: payer,
            risk_manager: payer,
            guardian: payer,
            timelock_secs: spec.timelock_secs,
            portfolio: spec.portfolio,
            liquidation: spec.liquidation,
            pool: spec.pool,
            scenarios: spec.scenarios,
        };
        let quote = self.keys.quote_mint;
        let instruction =
            instructions::initialize_exchange(payer, quote, self.keys.quote_program, args);
        self.must(&[instruction], &[]).await;
    }

    async fn list(&mut self, spec: &AssetSpec, dollars: i64) {
        let index = u16::try_from(self.assets.len()).expect("few assets");
        let feed_id = [index as u8 + 1; 32];
        let feed = Pubkey::find_program_address(&[FEED_SEED, &feed_id], &pyth_mock::ID).0;
        let mint = self.token_mints[usize::from(index) + 1];
        let decimals = spec.params.base_decimals;
        let collateral = spec.collateral.as_ref().map(|_| CollateralKeys {
            mint,
            vault: address::collateral_vault(
                &self.keys.exchange,
                &address::asset(&self.keys.exchange, index),
            ),
            program: anchor_spl::token::ID,
        });
        if collateral.is_some() {
            self.create_mint(mint, decimals).await;
        }
        let asset = address::asset(&self.keys.exchange, index);
        let keys = AssetKeys {
            index,
            asset,
            feed,
            collateral,
        };
        self.assets.push(Listed {
            keys,
            feed_id,
            decimals,
            price_e8: dollars * 100_000_000,
        });
        let payer = self.bank.payer().pubkey();
        let number = u64::from(index) + 1;
        let change = Change::Listing {
            asset_index: index,
            listing: Box::new(Listing {
                name: spec.name_bytes(),
                feed: FeedBinding {
                    kind: OracleKind::PythReceiver,
                    feed: feed_id,
                },
                mint: collateral.map_or(Pubkey::default(), |token| token.mint),
                params: spec.params,
                oracle: spec.oracle,
                trade: spec.trade,
            }),
        };
        let args = ProposeChangeArgs { number, change };
        let proposal = instructions::propose_change(payer, payer, self.keys.exchange, args);
        self.must(&[proposal], &[]).await;
        self.bank.warp(TIMELOCK_SECS).await;
        self.post_prices().await;
        let new = NewAsset {
            payer,
            proposer: payer,
            exchange: self.keys.exchange,
            index,
            feed,
            mint: collateral.map(|token| (token.mint, token.program)),
        };
        self.must(&[instructions::create_asset(new, number)], &[])
            .await;
    }

    /// Posts every asset's price, published now; the average equals it.
    pub async fn post_prices(&mut self) {
        let (now, payer) = (self.bank.now().await, self.bank.payer().pubkey());
        let posts: Vec<Instruction> = self
            .assets
            .iter()
            .map(|listed| {
                let params = PostPriceParams {
                    feed_id: listed.feed_id,
                    price: listed.price_e8,
                    conf: listed.price_e8.unsigned_abs() / 2_000,
                    exponent: EXPONENT,
                    publish_time: now,
                    prev_publish_time: now - 1,
                    ema_price: listed.price_e8,
                    ema_conf: listed.price_e8.unsigned_abs() / 2_000,
                    verification: Verification::Full,
                };
                let accounts = pyth_mock::accounts::PostPrice {
                    payer,
                    feed: listed.keys.feed,
                    system_program: system_program::ID,
                };
                Instruction {
                    program_id: pyth_mock::ID,
                    accounts: accounts.to_account_metas(None),
                    data: pyth_mock::instruction::PostPrice { params }.data(),
                }
            })
            .collect();
        self.must(&posts, &[]).await;
    }

    /// Lets time pass and posts every price again.
    pub async fn warp(&mut self, secs: i64) {
        self.bank.warp(secs).await;
        self.post_prices().await;
    }

    /// Moves an asset's price by so many percent and posts it.
    pub async fn move_price(&mut self, index: usize, percent: i64) {
        let price = &mut self.assets[index].price_e8;
        *price += *price / 100 * percent;
        self.post_prices().await;
    }

    /// Samples every asset's volatility and renews its allocation.
    pub async fn sample_and_sweep(&mut self) {
        let assets = self.assets.clone();
        for listed in assets {
            let (asset, feed) = (listed.keys.asset, listed.keys.feed);
            let sample = instructions::sample_volatility(self.keys.exchange, asset, feed, None);
            let sweep = instructions::sweep_pool(&self.keys, &[asset]);
            self.must(&[sample, sweep], &[]).await;
        }
    }

    /// Pays into the pool.
    pub async fn fund_pool(&mut self, amount_atoms: u64) {
        let payer = self.bank.payer().pubkey();
        let source = self
            .mint_to(payer, self.keys.quote_mint, amount_atoms)
            .await;
        let fund = instructions::fund_pool(&self.keys, payer, source, amount_atoms);
        self.must(&[fund], &[]).await;
    }

    /// Somebody with a margin account that holds this much quote.
    pub async fn enter(&mut self, quote_atoms: u64) -> Actor {
        let keypair = Keypair::new();
        let (payer, owner) = (self.bank.payer().pubkey(), keypair.pubkey());
        let args = OpenMarginAccountArgs {
            sub_account: 0,
            delegate: Pubkey::default(),
        };
        let opening = instructions::open_margin_account(payer, owner, self.keys.exchange, args);
        self.must(&[opening], &[&keypair]).await;
        let margin_account = address::margin_account(&self.keys.exchange, &owner, 0);
        self.accounts.push(margin_account);
        let actor = Actor {
            keypair,
            margin_account,
        };
        self.deposit_quote(&actor, quote_atoms).await;
        actor
    }

    /// Mints quote to the actor and deposits it.
    pub async fn deposit_quote(&mut self, actor: &Actor, atoms: u64) {
        self.deposit(actor, TokenKeys::quote(&self.keys), atoms)
            .await;
    }

    /// Mints an asset's token to the actor and deposits it.
    pub async fn deposit_collateral(&mut self, actor: &Actor, index: usize, atoms: u64) {
        self.deposit(actor, self.assets[index].token(), atoms).await;
    }

    async fn deposit(&mut self, actor: &Actor, token: TokenKeys, atoms: u64) {
        let owner = actor.keypair.pubkey();
        let source = self.mint_to(owner, token.mint, atoms).await;
        let account = actor.margin_account;
        let deposit = instructions::deposit(&self.keys, &token, owner, account, source, atoms);
        self.must(&[deposit], &[&actor.keypair]).await;
    }

    /// Withdraws an asset's token, or quote, to the actor.
    pub async fn withdraw(
        &mut self,
        actor: &Actor,
        asset: Option<usize>,
        atoms: u64,
    ) -> Result<Executed, Refused> {
        let quote = TokenKeys::quote(&self.keys);
        let token = asset.map_or(quote, |index| self.assets[index].token());
        let account = self.state(actor).await;
        let prices_needed = account.has_positions() || account.quote_atoms < 0;
        let order = if prices_needed {
            slots::order(&account)
        } else {
            Vec::new()
        };
        let owner = actor.keypair.pubkey();
        let withdraw = instructions::withdraw(
            &self.keys,
            &token,
            owner,
            actor.margin_account,
            get_associated_token_address(&owner, &token.mint),
            atoms,
            self.metas(&order, &[]),
        );
        self.bank.send(&[withdraw], &[&actor.keypair]).await
    }

    /// Trades at any price.
    pub async fn trade(
        &mut self,
        actor: &Actor,
        index: u16,
        size_atoms: i64,
    ) -> Result<Executed, Refused> {
        let order = slots::order_of_trade(&self.state(actor).await, index);
        let args = TradeArgs {
            asset_index: index,
            size_atoms,
            limit_price_e12: if size_atoms > 0 { u128::MAX } else { 0 },
            reduce_only: false,
        };
        let (owner, account) = (actor.keypair.pubkey(), actor.margin_account);
        let metas = self.metas(&order, &[index]);
        let trade = instructions::trade(&self.keys, false, owner, account, args, metas);
        self.bank.send(&[trade], &[&actor.keypair]).await
    }

    /// Metas of these assets and their feeds.
    pub fn metas(&self, order: &[u16], writable: &[u16]) -> Vec<AccountMeta> {
        let keys = |index: u16| {
            self.assets
                .get(usize::from(index))
                .map(|listed| listed.keys)
        };
        slots::metas(order, keys, writable).expect("assets of this market")
    }

    /// An actor's margin account.
    pub async fn state(&mut self, actor: &Actor) -> MarginAccount {
        self.bank.decode(actor.margin_account).await
    }

    /// What an owner holds of a token outside the exchange.
    pub async fn wallet(&mut self, actor: &Actor, mint: Pubkey) -> u64 {
        let address = get_associated_token_address(&actor.keypair.pubkey(), &mint);
        self.token_balance(address).await
    }

    async fn token_balance(&mut self, address: Pubkey) -> u64 {
        let account = self.bank.account(address).await;
        state::Account::unpack(&account.data)
            .expect("a token account")
            .amount
    }

    /// Every vault holds what the accounts and ledgers say it holds, to the atom.
    pub async fn assert_books(&mut self) {
        let mut owed = 0i128;
        let mut collateral = vec![0u64; self.assets.len()];
        for address in self.accounts.clone() {
            let account: MarginAccount = self.bank.decode(address).await;
            owed += i128::from(account.quote_atoms);
            for slot in account
                .collaterals
                .iter()
                .filter(|slot| slot.amount_atoms > 0)
            {
                collateral[usize::from(slot.asset_index)] += slot.amount_atoms;
            }
        }
        let pool: Pool = self.bank.decode(self.keys.pool).await;
        owed += cash(&pool.ledger);
        for (listed, held) in self.assets.clone().into_iter().zip(collateral) {
            let asset: Asset = self.bank.decode(listed.keys.asset).await;
            owed += cash(&asset.ledger);
            assert_eq!(asset.collateral_total_atoms, held);
            if let Some(token) = listed.keys.collateral {
                assert_eq!(self.token_balance(token.vault).await, held);
            }
        }
        let vault = self.token_balance(self.keys.quote_vault).await;
        assert_eq!(
            i128::from(vault),
            owed,
            "the quote vault holds what is owed"
        );
    }

    /// Sends what must not be refused.
    pub async fn must(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Executed {
        let sent = self.bank.send(instructions, signers).await;
        sent.unwrap_or_else(|refused| panic!("refused: {refused:#?}"))
    }

    async fn create_mint(&mut self, mint: Pubkey, decimals: u8) {
        let authority = self.bank.payer().pubkey();
        let program = anchor_spl::token::ID;
        let creation =
            spl_token::instruction::initialize_mint2(&program, &mint, &authority, None, decimals);
        self.must(&[creation.expect("the token program")], &[])
            .await;
    }

    async fn mint_to(&mut self, owner: Pubkey, mint: Pubkey, atoms: u64) -> Pubkey {
        let (payer, program) = (self.bank.payer().pubkey(), anchor_spl::token::ID);
        let account = get_associated_token_address(&owner, &mint);
        let creation = create_associated_token_account_idempotent(&payer, &owner, &mint, &program);
        let minting =
            spl_token::instruction::mint_to(&program, &mint, &account, &payer, &[], atoms);
        self.must(&[creation, minting.expect("the token program")], &[])
            .await;
        account
    }
}

fn cash(ledger: &Ledger) -> i128 {
    [ledger.pool_atoms, ledger.insurance_atoms, ledger.fees_atoms]
        .map(i128::from)
        .iter()
        .sum()
}

/// A mint's account before its program has initialised it.
fn unused_mint() -> Account {
    Account {
        lamports: 1_000_000_000,
        data: vec![0; state::Mint::LEN],
        owner: anchor_spl::token::ID,
        executable: false,
        rent_epoch: u64::MAX,
    }
}
