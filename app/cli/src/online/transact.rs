//! The one way to a transaction: simulate, show, confirm, send; or export, or stop before sending.
use std::io::IsTerminal;
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use dialoguer::Confirm;
use freeboard_client::display::money::decimal;
use freeboard_client::errors::Explained;
use freeboard_client::network::{
    FeePolicy, Refusal, SendError, SendOptions, SentTransaction, Simulated, WireVersion,
};
use freeboard_client::transaction::{self, Budget, MAX_COMPUTE_UNITS, Unsendable, Version};
use indicatif::{ProgressBar, ProgressDrawTarget};
use serde::Serialize;
use serde_json::{Value, json};
use solana_message::Hash;
use solana_signer::Signer;

use super::arguments::{NetworkOptions, PriorityFee};
use super::context::Online;
use super::export::export;
use super::failure::{CommandFailure, FailureKind};
use super::output::{Answer, rows};
use super::program;

/// Part of recent slots that `--priority-fee auto` outbids, per cent.
const AUTO_PERCENTILE: u8 = 75;
/// The most that it may cost, lamports: 0.001 SOL.
const AUTO_MOST_LAMPORTS: u64 = 1_000_000;
/// The least number of an error that is not a token program's.
const OWN_ERRORS_FROM: u32 = 100;
/// Decimals of SOL.
const SOL_DECIMALS: u8 = 9;

/// What is to be done, in words and in instructions.
pub struct Intent {
    /// What it does, as a line of its own.
    pub title: String,
    /// What to know before it is confirmed.
    pub rows: Vec<(String, String)>,
    /// A table below them; empty for none.
    pub details: String,
    /// The same for programs.
    pub preview: Value,
    /// One transaction.
    pub instructions: Vec<Instruction>,
}

impl Intent {
    /// Without anything to know beforehand.
    pub fn new(title: impl Into<String>, instructions: Vec<Instruction>) -> Self {
        Self {
            title: title.into(),
            rows: Vec::new(),
            details: String::new(),
            preview: Value::Null,
            instructions,
        }
    }

    /// With a line to know beforehand.
    #[must_use]
    pub fn with_row(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.rows.push((name.into(), value.into()));
        self
    }

    /// With the same for programs.
    #[must_use]
    pub fn with_preview(mut self, preview: &impl Serialize) -> Self {
        self.preview = serde_json::to_value(preview).unwrap_or(Value::Null);
        self
    }

    /// As people read it.
    pub fn text(&self) -> String {
        format!("{}\n{}{}", self.title, rows(&self.rows), self.details)
    }

    /// As programs read it: how far it is, and more.
    pub fn data(&self, state: &str, more: Value) -> Value {
        let mut data = json!({ "state": state, "what": self.title, "preview": self.preview });
        if let (Some(data), Some(more)) = (data.as_object_mut(), more.as_object()) {
            data.extend(more.clone());
        }
        data
    }
}

impl From<SendError> for CommandFailure {
    fn from(error: SendError) -> Self {
        let text = error.to_string();
        let (message, remedy) = text.split_once(". ").unwrap_or((&text, ""));
        let plain = |kind| Self::new(kind, message, remedy);
        match error {
            SendError::Unsendable(_) | SendError::Signing(_) => plain(FailureKind::Input),
            SendError::Expired { .. } => plain(FailureKind::Network),
            SendError::Unknown { signature, .. } => Self {
                signature: Some(signature.to_string().into()),
                ..Self::new(
                    FailureKind::Unknown,
                    message,
                    format!("`freeboard explain {signature}` says what became of it."),
                )
            },
            SendError::Network(error) => error.into(),
            SendError::Refused(refusal) => {
                let Refusal {
                    explained,
                    logs,
                    signature,
                    ..
                } = *refusal;
                let failure = match explained {
                    Some(explained) => {
                        let logs = shown_logs(&explained, logs);
                        Self::refused(explained, logs)
                    }
                    None => Self {
                        logs,
                        ..plain(FailureKind::Refused)
                    },
                };
                Self {
                    signature: signature.map(|signature| signature.to_string().into()),
                    ..failure
                }
            }
        }
    }
}

/// The log, where the next step of an error names it: that of a token program, whose numbers are other programs' too.
fn shown_logs(explained: &Explained, logs: Vec<String>) -> Vec<String> {
    match explained.number < OWN_ERRORS_FROM {
        true => logs,
        false => Vec::new(),
    }
}

/// How transactions are sent, as the options say.
fn send_options(options: &NetworkOptions) -> SendOptions {
    let fee = match options.priority_fee {
        None => FeePolicy::None,
        Some(PriorityFee::Fixed(micro_lamports_per_unit)) => FeePolicy::Fixed {
            micro_lamports_per_unit,
            most_lamports: u64::MAX,
        },
        Some(PriorityFee::Auto) => FeePolicy::Recent {
            percentile: AUTO_PERCENTILE,
            most_lamports: AUTO_MOST_LAMPORTS,
        },
    };
    SendOptions {
        fee,
        skip_simulation: options.skip_simulation,
        ..SendOptions::default()
    }
}

/// Whether instructions fit a transaction of this version, a priority fee included.
pub fn fits(payer: &Pubkey, instructions: &[Instruction], version: Version) -> bool {
    let budget = Budget {
        loaded_bytes: 1,
        priority_fee_lamports: 1,
        ..Budget::default()
    };
    let made = transaction::message(payer, instructions, version, &budget, Hash::default());
    !matches!(made, Err(Unsendable::TooLarge(_)))
}

impl Online {
    /// How instructions are sent: by version 0; where they do not fit, with the payer's lookup tables; else by version 1.
    pub async fn way_to_send(&self, payer: &Pubkey, instructions: &[Instruction]) -> SendOptions {
        let options = send_options(&self.options);
        if fits(payer, instructions, Version::V0(&[])) {
            return options;
        }
        // Not every node answers which tables there are.
        let tables = self.cluster.lookup_tables(payer).await.unwrap_or_default();
        if fits(payer, instructions, Version::V0(&tables)) {
            return SendOptions { tables, ..options };
        }
        SendOptions {
            version: WireVersion::V1,
            ..options
        }
    }

    /// Does several things, each by a transaction of its own.
    ///
    /// Errors: the first step that fails, with what was sent before it.
    pub async fn carry_out_all(&self, intents: Vec<Intent>) -> Result<Answer, CommandFailure> {
        let mut answer = Answer::default();
        for intent in intents {
            answer = answer.followed_by(self.carry_out(intent).await)?;
        }
        Ok(answer)
    }

    /// Does it: simulates, shows, confirms, sends. With --export-message it prints the message instead; with --dry-run
    /// it stops before sending.
    ///
    /// Errors: the simulation fails; nobody confirms; those of sending.
    pub async fn carry_out(&self, intent: Intent) -> Result<Answer, CommandFailure> {
        let authority = self.authority()?;
        if self.options.export_message {
            return Ok(export(&authority, &intent));
        }
        program::require_pinned(self).await?;
        let mut options = self.way_to_send(&authority, &intent.instructions).await;
        let simulated = match self
            .cluster
            .simulate(&authority, &intent.instructions, &options)
            .await
        {
            Ok(simulated) => Some(simulated),
            Err(error) if options.skip_simulation => {
                eprintln!("warning: the simulation fails: {error}");
                None
            }
            Err(error) => return Err(error.into()),
        };
        if let (Some(percent), Some(simulated)) = (self.options.compute_margin, &simulated) {
            options.compute_units = Some(with_margin(simulated.units, percent));
        }
        if self.options.dry_run {
            return Ok(dry_run(&intent, simulated.as_ref()));
        }
        self.confirm(&intent)?;
        let signer = self.keypair()?;
        if signer.pubkey() != authority {
            return Err(CommandFailure::input(
                format!(
                    "The keypair is that of {}, not of {authority}.",
                    signer.pubkey()
                ),
                "Name the keypair of the authority with -k, or use --export-message.",
            ));
        }
        let spinner = self.spinner("sending");
        let signers: [&dyn Signer; 1] = [&signer];
        let sent = self
            .cluster
            .send(&signers, &intent.instructions, &options)
            .await;
        spinner.finish_and_clear();
        Ok(self.sent(&intent, sent?))
    }

    /// The answer once it has landed.
    fn sent(&self, intent: &Intent, sent: SentTransaction) -> Answer {
        let signature = sent.signature.to_string();
        let fee = sent
            .fee_lamports
            .map(|lamports| decimal(lamports.into(), SOL_DECIMALS));
        let cost = fee.map_or(String::new(), |fee| format!(", fee {fee} SOL"));
        let done = format!("Done in slot {}{cost}: {signature}\n", sent.slot);
        let text = if self.shows_before() {
            done
        } else {
            intent.text() + &done
        };
        let more = json!({
            "signature": signature, "slot": sent.slot, "compute_units": sent.units, "fee_lamports": sent.fee_lamports,
        });
        let mut answer = Answer::new(text, &intent.data("sent", more));
        answer.signatures.push(signature);
        answer.slot = Some(sent.slot);
        answer.events = sent.told.map(|told| told.events).unwrap_or_default();
        answer
    }

    /// Whether what is about to happen was shown before it was confirmed.
    fn shows_before(&self) -> bool {
        !self.options.json && !self.options.yes
    }

    /// Asks, unless --yes says so already.
    ///
    /// Errors: no; there is nobody to ask.
    fn confirm(&self, intent: &Intent) -> Result<(), CommandFailure> {
        if self.options.yes {
            return Ok(());
        }
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return Err(CommandFailure::new(
                FailureKind::Declined,
                format!("Nobody can be asked whether to do this: {}.", intent.title),
                "Nothing was sent. Add --yes to send without asking, or --dry-run to see what would happen.",
            ));
        }
        eprint!("{}", intent.text());
        let asked = Confirm::new()
            .with_prompt("Send it?")
            .default(false)
            .interact_opt();
        match asked {
            Ok(Some(true)) => Ok(()),
            _ => Err(CommandFailure::new(
                FailureKind::Declined,
                "Not confirmed.",
                "Nothing was sent.",
            )),
        }
    }

    /// Shows on standard error that something goes on; nothing with --json or without a terminal.
    pub fn spinner(&self, what: &'static str) -> ProgressBar {
        let bar = ProgressBar::new_spinner().with_message(what);
        bar.set_draw_target(self.draw_target());
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }

    /// Shows on standard error how far long work is.
    pub fn progress(&self, steps: usize) -> ProgressBar {
        let bar = ProgressBar::new(steps as u64);
        bar.set_draw_target(self.draw_target());
        bar
    }

    fn draw_target(&self) -> ProgressDrawTarget {
        if self.options.json {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr() // hidden by itself without a terminal
        }
    }
}

fn with_margin(units: u64, percent: u16) -> u32 {
    let more = units.saturating_mul(u64::from(percent)).div_ceil(100);
    let units = u32::try_from(units.saturating_add(more)).unwrap_or(u32::MAX);
    units.min(MAX_COMPUTE_UNITS)
}

fn dry_run(intent: &Intent, simulated: Option<&Simulated>) -> Answer {
    let (text, more) = match simulated {
        Some(Simulated { units, told, .. }) => {
            let events: Vec<String> = told
                .events
                .iter()
                .map(|event| format!("{event:?}"))
                .collect();
            let line = format!(
                "Dry run: nothing was sent. It would take {units} compute units and succeed.\n"
            );
            (line, json!({ "compute_units": units, "events": events }))
        }
        None => (
            "Dry run: nothing was sent. The simulation fails.\n".to_owned(),
            json!({ "compute_units": null }),
        ),
    };
    Answer::new(intent.text() + &text, &intent.data("dry_run", more))
}

#[cfg(test)]
mod tests {
    use super::*;
    use anchor_lang::prelude::AccountMeta;
    use freeboard_client::{errors, lookup_table};

    #[test]
    fn what_does_not_fit_version_0_fits_with_a_table_or_version_1() {
        let key = |number: u8| Pubkey::new_from_array([number; 32]);
        let (payer, program) = (key(101), key(102));
        let keys: Vec<Pubkey> = (1..=40).map(key).collect();
        let metas = keys.iter().map(|key| AccountMeta::new(*key, false));
        let instructions = [Instruction {
            program_id: program,
            accounts: metas.collect(),
            data: vec![0; 8],
        }];
        let tables = [lookup_table::table(key(103), keys)];
        assert!(!fits(&payer, &instructions, Version::V0(&[])));
        assert!(fits(&payer, &instructions, Version::V0(&tables)));
        assert!(fits(&payer, &instructions, Version::V1));
        assert!(fits(&payer, &instructions[..0], Version::V0(&[])));
    }

    #[test]
    fn the_log_is_shown_where_the_next_step_names_it() {
        let shown = |number: u32| {
            let explained = errors::explain(number).unwrap();
            shown_logs(&explained, vec!["Program log: Error".to_owned()]).len()
        };
        assert_eq!((shown(1), shown(6402)), (1, 0));
    }

    #[test]
    fn a_margin_on_compute_is_rounded_up_and_capped() {
        assert_eq!(with_margin(1_001, 10), 1_102);
        assert_eq!(with_margin(1_000, 0), 1_000);
        assert_eq!(with_margin(1_000_000, 400), MAX_COMPUTE_UNITS);
    }
}
