//! `freeboard deposit`, `withdraw`, `borrow`, `repay`.
use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use freeboard_client::calls::deposited;
use freeboard_client::display::money::{decimal, percent, usd, usd_floor};
use freeboard_client::dump::Located;
use freeboard_client::freeboard::instructions::WithdrawProRataArgs;
use freeboard_client::freeboard::state::{Asset, MarginAccount};
use freeboard_client::instructions;
use freeboard_client::margin;
use freeboard_client::pool::CollectedPool;
use freeboard_client::risk::number::atoms::QuoteAtoms;
use freeboard_client::risk::pool::VaultBooks;
use freeboard_client::risk::pool::bankruptcy::Shortage;
use freeboard_client::state::ExchangeState;
use serde_json::json;

use super::pool_view::{collected, own_atoms};
use crate::online::amount::{HowMuch, TypedAmount, atoms};
use crate::online::arguments::FundsOptions;
use crate::online::context::{NamedToken, Online};
use crate::online::failure::CommandFailure;
use crate::online::output::Answer;
use crate::online::tokens::{self, Destination, WRAPPED_SOL};
use crate::online::transact::Intent;
use crate::online::words::time;

/// What the program takes for "all": the whole balance, or the whole loan with its interest.
pub const ALL_ATOMS: u64 = u64::MAX;

/// A withdrawal pro rata accepts this part less than what it would pay now, one in so many: the vault moves meanwhile.
const PRO_RATA_SLACK_PART: u64 = 100;

/// A movement of tokens that was asked for.
struct Movement {
    state: ExchangeState,
    account: Located<MarginAccount>,
    token: NamedToken,
    how_much: HowMuch,
    authority: Pubkey,
}

impl Movement {
    async fn new(online: &Online, options: &FundsOptions) -> Result<Self, CommandFailure> {
        let amount = TypedAmount::parse(&options.amount.amount)?;
        let authority = online.authority()?;
        let state = online.exchange().await?;
        let account = online.account(&options.choice).await?;
        amount.require_unit("`250 USDC`, `1.5 SOL`")?;
        Ok(Self {
            token: NamedToken::find(&state, amount.unit.as_deref())?,
            state,
            account,
            how_much: amount.how_much,
            authority,
        })
    }

    fn require_quote(&self, what: &str) -> Result<(), CommandFailure> {
        if self.token.asset_index.is_none() {
            return Ok(());
        }
        Err(CommandFailure::input(
            format!("Only USDC is {what}, not {}.", self.token.name),
            "Write an amount of USDC: `100 USDC`.",
        ))
    }

    fn shown(&self, atoms: u64) -> String {
        format!(
            "{} {}",
            decimal(atoms.into(), self.token.decimals),
            self.token.name
        )
    }

    /// An intent with what is moved.
    fn intent(&self, title: String, amount_atoms: u64, instructions: Vec<Instruction>) -> Intent {
        let preview = json!({
            "margin_account": self.account.address.to_string(),
            "token": self.token.name,
            "mint": self.token.keys.mint.to_string(),
            "amount_atoms": amount_atoms,
            "decimals": self.token.decimals,
        });
        Intent::new(title, instructions).with_preview(&preview)
    }

    fn source(&self, options: &FundsOptions) -> Pubkey {
        let keys = &self.token.keys;
        let own = || tokens::associated(&self.authority, &keys.mint, &keys.program);
        options.token_account.unwrap_or_else(own)
    }
}

/// Pays in.
pub async fn deposit(online: &Online, options: FundsOptions) -> Result<Answer, CommandFailure> {
    let movement = Movement::new(online, &options).await?;
    let source = movement.source(&options);
    let held = online.cluster.token_balance(source).await?.unwrap_or(0);
    let amount = match movement.how_much {
        HowMuch::All => held,
        HowMuch::Exactly(number) => atoms(number, movement.token.unit())?,
    };
    let mut instructions = Vec::new();
    if amount > held && movement.token.keys.mint == WRAPPED_SOL && options.token_account.is_none() {
        instructions = tokens::wrap_sol(&movement.authority, amount - held);
    } else if amount > held || amount == 0 {
        return Err(CommandFailure::input(
            format!("{source} holds {}.", movement.shown(held)),
            format!("Deposit less, or send {} there first.", movement.token.name),
        ));
    }
    let (account, keys) = (&movement.account, &movement.token.keys);
    let (state, authority) = (&movement.state, movement.authority);
    let deposit = state.deposit(authority, account, keys, source, amount);
    instructions.push(deposit.ok_or_else(unknown_asset)?);
    let title = format!(
        "Deposit {} into margin account {}",
        movement.shown(amount),
        account.address
    );
    let after = i64::try_from(amount)
        .ok()
        .and_then(|more| account.state.quote_atoms.checked_add(more));
    let mut intent = movement
        .intent(title, amount, instructions)
        .with_row("from", source.to_string());
    if let (None, Some(after)) = (movement.token.asset_index, after) {
        intent = intent.with_row("quote after it", usd_floor(after));
    }
    let index = movement.token.asset_index;
    if let Some(asset) = index.and_then(|index| movement.state.asset(index)) {
        let (asset, now) = (&asset.asset, online.now().await?);
        let reason = uncounted(asset, now);
        let above = above_cap(&movement, asset, amount);
        intent = with_count(intent, reason.or(above));
    }
    online.carry_out(intent).await
}

/// Why collateral of this asset counts nothing for margin now; none where it counts.
fn uncounted(asset: &Asset, now: i64) -> Option<String> {
    if asset.params.collateral_weight_e9 == 0 {
        return Some(
            "counts nothing under these parameters: its collateral weight is 0".to_owned(),
        );
    }
    let is_new = now < asset.weight_from_ts;
    is_new.then(|| format!("counts nothing until {}", time(asset.weight_from_ts)))
}

/// What of a deposit is above the asset's cap; none where nothing is.
fn above_cap(movement: &Movement, asset: &Asset, amount_atoms: u64) -> Option<String> {
    let after = deposited(asset, &movement.account.state, amount_atoms)?;
    let counted = after.counted().ok()?;
    let relief_atoms = counted
        .maintenance_atoms
        .saturating_sub(counted.initial_atoms);
    let atoms = [counted.maintenance_atoms, relief_atoms, after.amount_atoms];
    let [shown, relief, held] = atoms.map(|atoms| movement.shown(atoms));
    let kept = match relief_atoms {
        0 => String::new(),
        _ => format!(", {relief} of them to keep positions only"),
    };
    (counted.initial_atoms < after.amount_atoms).then(|| {
        format!("{shown} of its {held} count{kept}; the rest is above the cap of this collateral")
    })
}

/// With whether what is paid in counts, which is said to people where it does not.
fn with_count(mut intent: Intent, uncounted: Option<String>) -> Intent {
    if let Some(preview) = intent.preview.as_object_mut() {
        let counts = uncounted.is_none();
        preview.insert("counts_for_margin".to_owned(), json!(counts));
    }
    match uncounted {
        Some(reason) => intent.with_row("for the margin", reason),
        None => intent,
    }
}

/// Takes out.
pub async fn withdraw(online: &Online, options: FundsOptions) -> Result<Answer, CommandFailure> {
    let movement = Movement::new(online, &options).await?;
    let (account, token) = (&movement.account, &movement.token);
    let held = match token.asset_index {
        None => u64::try_from(account.state.quote_atoms).unwrap_or(0),
        Some(index) => account.state.collateral_atoms(index),
    };
    let (amount, asked) = match movement.how_much {
        HowMuch::Exactly(number) => {
            let amount = atoms(number, token.unit())?;
            (amount, amount)
        }
        HowMuch::All => most(online, &movement, held).await?,
    };
    if amount > held || amount == 0 {
        return Err(CommandFailure::input(
            format!(
                "Margin account {} has {} that can be withdrawn.",
                account.address,
                movement.shown(held.min(amount))
            ),
            "Withdraw what there is; `freeboard borrow` takes USDC out beyond it, as a loan; `freeboard account show` \
             says what the margin leaves free.",
        ));
    }
    let destination = Destination::new(&movement.authority, &token.keys, options.token_account);
    if movement.state.pool.deficit_atoms > 0 && token.asset_index.is_none() {
        let intent = pro_rata(online, &movement, amount, destination).await?;
        return online.carry_out(intent).await;
    }
    let (to, mut instructions) = (destination.address, Vec::from_iter(destination.create));
    let withdrawal = movement.state.withdraw(account, &token.keys, to, asked);
    instructions.push(withdrawal.ok_or_else(unknown_asset)?);
    let title = format!(
        "Withdraw {} from margin account {}",
        movement.shown(amount),
        account.address
    );
    let mut intent = movement
        .intent(title, amount, instructions)
        .with_row("to", to.to_string());
    if amount < held {
        intent = intent.with_row("stays", movement.shown(held - amount));
    }
    online.carry_out(intent).await
}

/// A withdrawal of quote while the pool has a deficit: at the share of it that the vault can pay to all.
async fn pro_rata(
    online: &Online,
    movement: &Movement,
    amount_atoms: u64,
    destination: Destination,
) -> Result<Intent, CommandFailure> {
    let (state, account) = (&movement.state, &movement.account);
    let vault = online.cluster.token_balance(state.keys.quote_vault).await?;
    let pool = collected(state, online.now().await?)?;
    let share = shortage(&pool, vault.unwrap_or(0))?;
    let paid_atoms = share.payout_floor(QuoteAtoms::new(amount_atoms)).get();
    let min_received_atoms = paid_atoms - paid_atoms / PRO_RATA_SLACK_PART;
    let args = WithdrawProRataArgs {
        amount_atoms,
        min_received_atoms,
    };
    let (to, mut instructions) = (destination.address, Vec::from_iter(destination.create));
    instructions.push(state.withdraw_pro_rata(account, to, args));
    let title = format!(
        "Withdraw {} pro rata from margin account {}, and leave {} of it to the pool's deficit for good",
        movement.shown(amount_atoms),
        account.address,
        movement.shown(amount_atoms - paid_atoms)
    );
    let mut intent = movement.intent(title, amount_atoms, instructions);
    if let Some(preview) = intent.preview.as_object_mut() {
        preview.insert("deficit_atoms".to_owned(), json!(share.deficit.get()));
        preview.insert("received_atoms".to_owned(), json!(paid_atoms));
        preview.insert("min_received_atoms".to_owned(), json!(min_received_atoms));
    }
    let received = format!(
        "{}, {} of it",
        movement.shown(paid_atoms),
        percent(paid_atoms as f64 / amount_atoms as f64)
    );
    Ok(intent
        .with_row("to", to.to_string())
        .with_row("deficit of the pool", movement.shown(share.deficit.get()))
        .with_row("received", received)
        .with_row("received at least", movement.shown(min_received_atoms)))
}

/// What the vault holds against what it owes to all, as the program counts it.
///
/// Errors: `Overflow`.
fn shortage(collected: &CollectedPool, vault_atoms: u64) -> Result<Shortage, CommandFailure> {
    let pool = &collected.pool;
    let books = VaultBooks {
        vault_atoms,
        loans_atoms: pool.ledger.loans_atoms,
        own_atoms: own_atoms(collected),
    };
    let owed_atoms = books.balances_atoms().map_err(|error| {
        CommandFailure::input(
            format!("The books of the pool cannot be summed: {error:?}."),
            "Run `freeboard doctor`.",
        )
    })?;
    Ok(Shortage {
        vault: QuoteAtoms::new(vault_atoms),
        positive_balances: QuoteAtoms::new(owed_atoms),
        deficit: QuoteAtoms::new(pool.deficit_atoms),
    })
}

/// The most that can be withdrawn, and what to ask the program for.
async fn most(
    online: &Online,
    movement: &Movement,
    held: u64,
) -> Result<(u64, u64), CommandFailure> {
    let (state, account) = (&movement.state, &movement.account.state);
    if movement.token.asset_index.is_some() || !account.needs_margin() {
        return Ok((held, ALL_ATOMS));
    }
    let now = online.now().await?;
    let report = margin::report(&state.exchange, account, &state.priced(), now)?;
    let free = u64::try_from(report.free_collateral_atoms).unwrap_or(0);
    Ok(if free < held {
        (free, free)
    } else {
        (held, ALL_ATOMS)
    })
}

/// Takes out beyond the balance.
pub async fn borrow(online: &Online, options: FundsOptions) -> Result<Answer, CommandFailure> {
    let movement = Movement::new(online, &options).await?;
    movement.require_quote("lent")?;
    let HowMuch::Exactly(number) = movement.how_much else {
        return Err(CommandFailure::input(
            "A loan needs an amount.",
            "Write how much: `borrow 100 USDC`; `freeboard account show` says what the margin leaves free.",
        ));
    };
    let (account, token) = (&movement.account, &movement.token);
    let amount = atoms(number, token.unit())?;
    let destination = Destination::new(&movement.authority, &token.keys, options.token_account);
    let (to, mut instructions) = (destination.address, Vec::from_iter(destination.create));
    instructions.push(movement.state.borrow(account, to, amount));
    let balance = account.state.quote_atoms;
    let after = balance.saturating_sub(i64::try_from(amount).unwrap_or(i64::MAX));
    let title = format!(
        "Borrow {} from the pool, by margin account {}",
        movement.shown(amount),
        account.address
    );
    let intent = movement
        .intent(title, amount, instructions)
        .with_row("to", to.to_string())
        .with_row("quote after it", usd_floor(after))
        .with_row("of it a loan", usd(after.min(0).saturating_neg()));
    online.carry_out(intent).await
}

/// Pays a loan back.
pub async fn repay(online: &Online, options: FundsOptions) -> Result<Answer, CommandFailure> {
    let movement = Movement::new(online, &options).await?;
    movement.require_quote("repaid")?;
    let account = &movement.account;
    let loan = account.state.quote_atoms.min(0).unsigned_abs();
    if loan == 0 {
        return Err(CommandFailure::input(
            format!("Margin account {} has no loan.", account.address),
            "`freeboard deposit` pays into it.",
        ));
    }
    let (amount, shown) = match movement.how_much {
        HowMuch::All => (
            ALL_ATOMS,
            format!("{} and its interest, all of the loan", movement.shown(loan)),
        ),
        HowMuch::Exactly(number) => {
            let amount = atoms(number, movement.token.unit())?;
            (amount, movement.shown(amount))
        }
    };
    if amount != ALL_ATOMS && amount > loan {
        return Err(CommandFailure::input(
            format!(
                "The loan is {}, before interest since it was settled last.",
                movement.shown(loan)
            ),
            "`repay all` pays it with its interest and no more; `deposit` pays in more.",
        ));
    }
    let source = movement.source(&options);
    let instruction = instructions::deposit(
        &movement.state.keys,
        &movement.token.keys,
        movement.authority,
        account.address,
        source,
        amount,
    );
    let title = format!("Repay {shown}, of margin account {}", account.address);
    let intent = movement.intent(title, amount.min(loan), vec![instruction]);
    online
        .carry_out(intent.with_row("from", source.to_string()))
        .await
}

/// That the account holds what was listed after the exchange was read.
pub fn unknown_asset() -> CommandFailure {
    CommandFailure::new(
        crate::online::failure::FailureKind::Network,
        "The account holds an asset that was not there a moment ago.",
        "Nothing was sent. Try again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use freeboard_client::freeboard::state::Pool;

    #[test]
    fn a_deficit_is_shared_by_all_balances() {
        let mut pool = Pool::zeroed();
        pool.deficit_atoms = 40;
        pool.ledger.pool_atoms = -40;
        let collected = CollectedPool::new(pool, [], 0).unwrap();
        let share = shortage(&collected, 60).unwrap();
        assert_eq!(share.positive_balances.get(), 100);
        assert_eq!(share.payout_floor(QuoteAtoms::new(10)).get(), 6);
    }

    #[test]
    fn collateral_that_counts_nothing_is_told() {
        let mut asset = Asset::zeroed();
        let why = uncounted(&asset, 9).unwrap();
        assert!(why.contains("weight is 0"), "{why}");
        asset.params.collateral_weight_e9 = 1;
        assert_eq!(uncounted(&asset, 9), None);
        asset.weight_from_ts = 10;
        let intent = || Intent::new("Deposit", Vec::new()).with_preview(&json!({}));
        let later = with_count(intent(), uncounted(&asset, 9));
        assert!(
            later.text().contains("counts nothing until"),
            "{}",
            later.text()
        );
        assert_eq!(later.preview["counts_for_margin"], false);
        let now = with_count(intent(), uncounted(&asset, 10));
        assert_eq!(now.preview["counts_for_margin"], true);
        assert!(now.rows.is_empty());
    }
}
