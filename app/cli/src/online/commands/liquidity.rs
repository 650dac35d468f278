//! `freeboard pool`: requests of LPs.
use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use anchor_spl::token;
use freeboard_client::display::money::{decimal, duration};
use freeboard_client::events::Event;
use freeboard_client::freeboard::instructions::RequestLiquidityArgs;
use freeboard_client::freeboard::state::LiquidityKind;
use freeboard_client::state::ExchangeState;
use freeboard_client::transaction::Version;
use freeboard_client::{address, instructions};

use super::lp_requests::{free_number, request};
use super::pool_view::show;
use crate::online::amount::{HowMuch, QUOTE_NAME, TypedAmount, Unit, atoms};
use crate::online::arguments::{
    PoolCommand, PoolDepositOptions, PoolRedeemOptions, PoolRequestOptions,
};
use crate::online::context::Online;
use crate::online::events::{Names, told};
use crate::online::failure::CommandFailure;
use crate::online::output::Answer;
use crate::online::tokens;
use crate::online::transact::{Intent, fits};

/// Runs `freeboard pool`.
pub async fn run_pool(online: &Online, command: PoolCommand) -> Result<Answer, CommandFailure> {
    match command {
        PoolCommand::Show => show(online).await,
        PoolCommand::Deposit(options) => deposit(online, options).await,
        PoolCommand::Redeem(options) => redeem(online, options).await,
        PoolCommand::Execute(options) => execute(online, options).await,
        PoolCommand::Cancel(options) => cancel(online, options).await,
    }
}

/// Decimals that may be zero, as the least outcome.
fn least(number: rust_decimal::Decimal, unit: Unit) -> Result<u64, CommandFailure> {
    if number.is_zero() {
        Ok(0)
    } else {
        atoms(number, unit)
    }
}

/// Refuses to give nothing, or more than a token account holds.
///
/// Errors: either.
fn require_held(
    amount_atoms: u64,
    held_atoms: u64,
    unit: Unit,
    source: Pubkey,
) -> Result<(), CommandFailure> {
    if (1..=held_atoms).contains(&amount_atoms) {
        return Ok(());
    }
    let held = match held_atoms {
        0 => "no".to_owned(),
        held => decimal(held.into(), unit.decimals),
    };
    let remedy = match (held_atoms, unit.name == Unit::SHARES.name) {
        (0, true) => "`freeboard pool deposit` buys some.".to_owned(),
        (0, false) => format!("Send {} there first.", unit.name),
        _ => format!("Write {held} {} or less, or `all`.", unit.name),
    };
    let message = format!("{source} holds {held} {}.", unit.name);
    Err(CommandFailure::input(message, remedy))
}

/// One of the two tokens that change hands between an LP and the pool.
#[derive(Clone, Copy)]
struct PoolToken {
    mint: Pubkey,
    program: Pubkey,
}

impl PoolToken {
    fn quote(state: &ExchangeState) -> Self {
        Self {
            mint: state.keys.quote_mint,
            program: state.keys.quote_program,
        }
    }

    fn shares(state: &ExchangeState) -> Self {
        Self {
            mint: address::share_mint(&state.address),
            program: token::ID,
        }
    }

    /// The associated account of its owner.
    fn account_of(self, owner: &Pubkey) -> Pubkey {
        tokens::associated(owner, &self.mint, &self.program)
    }

    /// Makes that account where it is missing.
    fn make_account_of(self, owner: &Pubkey) -> Instruction {
        tokens::create_associated(owner, &self.mint, &self.program)
    }
}

async fn deposit(online: &Online, options: PoolDepositOptions) -> Result<Answer, CommandFailure> {
    let owner = online.authority()?;
    let amount = TypedAmount::parse(&options.amount.amount)?;
    let state = online.exchange().await?;
    let source = PoolToken::quote(&state).account_of(&owner);
    amount.require_unit("`1000 USDC`")?;
    if amount.unit.is_some() && !amount.is_quote() {
        return Err(CommandFailure::input(
            "The pool takes USDC alone.",
            "Write an amount of USDC: `1000 USDC`.",
        ));
    }
    let held_atoms = online.cluster.token_balance(source).await?.unwrap_or(0);
    let amount_atoms = match amount.how_much {
        HowMuch::All => held_atoms,
        HowMuch::Exactly(number) => atoms(number, Unit::QUOTE)?,
    };
    require_held(amount_atoms, held_atoms, Unit::QUOTE, source)?;
    let shown = format!(
        "{} {QUOTE_NAME}",
        decimal(amount_atoms.into(), Unit::QUOTE.decimals)
    );
    if options.as_gift {
        let title = format!("Pay {shown} into the pool, for nothing in return");
        let fund = instructions::fund_pool(&state.keys, owner, source, amount_atoms);
        let rebalance = (state.pool.deficit_atoms > 0).then(|| state.rebalance_pool());
        return online.carry_out(gift(title, owner, fund, rebalance)).await;
    }
    let args = RequestLiquidityArgs {
        number: free_number(online, state.address, owner, options.number).await?,
        kind: LiquidityKind::Deposit,
        amount_atoms,
        min_out_atoms: least(options.min_shares, Unit::SHARES)?,
        executor: options.executor,
    };
    let what = format!("deposit {shown} into the pool, for shares at its value then");
    online
        .carry_out(requested(&state, owner, args, &what))
        .await
}

/// A payment into the pool; during a deficit with its rebalancing, until which the deficit stands and withdrawals lose their
/// share of it.
///
/// That names every asset: where both fit no transaction of version 0, which any signer and any node takes, it is left to the
/// keepers.
fn gift(title: String, payer: Pubkey, fund: Instruction, rebalance: Option<Instruction>) -> Intent {
    let Some(rebalance) = rebalance else {
        return Intent::new(title, vec![fund]);
    };
    let both = vec![fund.clone(), rebalance];
    if fits(&payer, &both, Version::V0(&[])) {
        return Intent::new(title, both).with_row(
            "deficit",
            "what this covers of it is gone with the same transaction",
        );
    }
    let then = "stands until a keeper rebalances the pool, about a minute; this exchange has too many assets for both at once";
    Intent::new(title, vec![fund]).with_row("deficit", then)
}

async fn redeem(online: &Online, options: PoolRedeemOptions) -> Result<Answer, CommandFailure> {
    let owner = online.authority()?;
    let amount = TypedAmount::parse(std::slice::from_ref(&options.shares))?;
    amount.require_shares()?;
    let state = online.exchange().await?;
    let source = PoolToken::shares(&state).account_of(&owner);
    let held_atoms = online.cluster.token_balance(source).await?.unwrap_or(0);
    let amount_atoms = match amount.how_much {
        HowMuch::All => held_atoms,
        HowMuch::Exactly(number) => atoms(number, Unit::SHARES)?,
    };
    require_held(amount_atoms, held_atoms, Unit::SHARES, source)?;
    let args = RequestLiquidityArgs {
        number: free_number(online, state.address, owner, options.number).await?,
        kind: LiquidityKind::Redeem,
        amount_atoms,
        min_out_atoms: least(options.min_out, Unit::QUOTE)?,
        executor: options.executor,
    };
    let shown = decimal(amount_atoms.into(), Unit::SHARES.decimals);
    let what = format!("redeem {shown} shares of the pool, at its value then");
    online
        .carry_out(requested(&state, owner, args, &what))
        .await
}

/// A request, between the LP's associated accounts; the one that receives is made where it is missing.
fn requested(
    state: &ExchangeState,
    owner: Pubkey,
    args: RequestLiquidityArgs,
    what: &str,
) -> Intent {
    let (quote, shares) = (PoolToken::quote(state), PoolToken::shares(state));
    let (given, received) = match args.kind {
        LiquidityKind::Deposit => (quote, shares),
        LiquidityKind::Redeem => (shares, quote),
    };
    let number = args.number;
    let (source, destination) = (given.account_of(&owner), received.account_of(&owner));
    let request = instructions::request_liquidity(&state.keys, owner, source, destination, args);
    let pool = &state.exchange.pool;
    let (delay, window) = (
        duration(pool.lp_delay_secs.into()),
        duration(pool.lp_window_secs.into()),
    );
    Intent::new(
        format!("Request {number}: {what}"),
        vec![received.make_account_of(&owner), request],
    )
    .with_row("waits", delay)
    .with_row(
        "then",
        format!("`freeboard pool execute {number}`, within {window}"),
    )
    .with_preview(&serde_json::json!({
        "number": number,
        "lp_delay_secs": pool.lp_delay_secs,
        "lp_window_secs": pool.lp_window_secs,
    }))
}

async fn execute(online: &Online, options: PoolRequestOptions) -> Result<Answer, CommandFailure> {
    let authority = online.authority()?;
    let state = online.exchange().await?;
    let request = request(online, state.address, &options).await?;
    let instruction = state.execute_liquidity(authority, &request);
    let title = format!("Execute request {} of {}", request.number, request.owner);
    let answer = online
        .carry_out(Intent::new(title, vec![instruction]))
        .await?;
    Ok(with_outcome(answer, &Names::new(&state)))
}

/// The answer with what the LP got, where the node told it.
fn with_outcome(mut answer: Answer, names: &Names) -> Answer {
    let mut events = answer.events.iter();
    let executed = events.find_map(|event| match event {
        Event::LiquidityExecuted(executed) => Some((executed, told(event, names).said)),
        _ => None,
    });
    let Some((executed, said)) = executed else {
        return answer;
    };
    let outcome = serde_json::json!({
        "is_redemption": executed.is_redemption,
        "amount_atoms": executed.amount_atoms,
        "out_atoms": executed.out_atoms,
        "nav_atoms": executed.nav_atoms,
        "is_paid": executed.is_paid,
    });
    answer.text += &format!("{said}\n");
    if let Some(data) = answer.data.as_object_mut() {
        data.insert("outcome".to_owned(), outcome);
    }
    answer
}

async fn cancel(online: &Online, options: PoolRequestOptions) -> Result<Answer, CommandFailure> {
    let authority = online.authority()?;
    let state = online.exchange().await?;
    let request = request(online, state.address, &options).await?;
    let held = request.held();
    let token = match held.are_shares {
        true => PoolToken::shares(&state),
        false => PoolToken::quote(&state),
    };
    // The LP takes it where it likes; anybody else gives it back to where it came from.
    let own = token.account_of(&authority);
    let destination = match (authority == request.owner, request.is_executed()) {
        (true, _) => own,
        (false, true) => request.destination,
        (false, false) => request.source,
    };
    let create = (authority == request.owner).then(|| token.make_account_of(&authority));
    let mut instructions = Vec::from_iter(create);
    instructions.push(instructions::cancel_liquidity(
        &state.keys,
        authority,
        &request,
        destination,
    ));
    let unit = if held.are_shares {
        Unit::SHARES
    } else {
        Unit::QUOTE
    };
    let shown = format!(
        "{} {}",
        decimal(held.atoms.into(), unit.decimals),
        unit.name
    );
    let title = format!(
        "Take request {} of {} back, and the {shown} in escrow",
        request.number, request.owner
    );
    online
        .carry_out(Intent::new(title, instructions).with_row("to", destination.to_string()))
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use anchor_lang::prelude::AccountMeta;
    use freeboard_client::ExchangeKeys;
    use freeboard_client::freeboard::events::{LiquidityExecuted, Stamp};
    use freeboard_client::freeboard::state::MAX_ASSETS;

    /// A payment during a deficit of an exchange with so many assets.
    fn gift_among(assets: u8) -> Intent {
        let key = |number: u8| Pubkey::new_from_array([number; 32]);
        let keys = ExchangeKeys::of_creator(&key(1), key(2), token::ID);
        let fund = instructions::fund_pool(&keys, key(3), key(4), 5);
        let metas = (0..2 * assets).map(|number| AccountMeta::new(key(10 + number), false));
        let rebalance = instructions::rebalance_pool(&keys, metas.collect());
        gift("Pay".to_owned(), key(3), fund, Some(rebalance))
    }

    #[test]
    fn a_gift_covers_the_deficit_at_once_where_both_fit_a_transaction() {
        let few = gift_among(3);
        assert_eq!(few.instructions.len(), 2);
        assert!(
            few.text().contains("the same transaction"),
            "{}",
            few.text()
        );
        let many = gift_among(u8::try_from(MAX_ASSETS).unwrap());
        assert_eq!(
            many.instructions,
            few.instructions[..1],
            "the payment alone"
        );
        assert!(many.text().contains("until a keeper"), "{}", many.text());
    }

    #[test]
    fn no_more_is_given_than_is_held() {
        let source = Pubkey::new_from_array([1; 32]);
        let given = |atoms, held, unit| require_held(atoms, held, unit, source);
        assert!(given(5, 5, Unit::SHARES).is_ok());
        let none = given(1_000_000_000, 0, Unit::SHARES).unwrap_err();
        assert!(none.message.ends_with("holds no shares."), "{none}");
        assert!(none.remedy.contains("buys some"), "{none}");
        assert!(given(0, 0, Unit::QUOTE).is_err());
        let more = given(1_500_001, 1_500_000, Unit::QUOTE).unwrap_err();
        assert!(more.message.ends_with("holds 1.5 USDC."), "{more}");
        assert!(more.remedy.contains("1.5 USDC or less"), "{more}");
    }

    #[test]
    fn what_an_execution_gave_is_told() {
        let stamp = Stamp {
            key: Pubkey::default(),
            sequence: 1,
            slot: 2,
            ts: 3,
        };
        let executed = LiquidityExecuted {
            stamp,
            request: Pubkey::default(),
            owner: Pubkey::default(),
            authority: Pubkey::default(),
            is_redemption: true,
            amount_atoms: 2_000_000,
            left_atoms: 0,
            out_atoms: 3_000_000,
            locked_atoms: 0,
            supply_before_atoms: 4_000_000,
            is_paid: true,
            nav_atoms: 6_000_000,
            nav_gap_atoms: 0,
            bad_debt_atoms: 0,
            insurance_atoms: 0,
            pool_after_atoms: 3_000_000,
        };
        let sent = Answer {
            events: vec![Event::LiquidityExecuted(executed)],
            ..Answer::new("Done.\n", &serde_json::json!({}))
        };
        let told = with_outcome(sent, &Names::default());
        assert_eq!(told.data["outcome"]["out_atoms"], 3_000_000);
        let said = "got $3.00 for 2 shares, $1.50 a share";
        assert!(told.text.contains(said), "{}", told.text);
    }
}
