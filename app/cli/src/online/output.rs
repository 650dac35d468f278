//! What a command prints: text, or `{ok, data, error, meta}`.
use std::fmt::Display;
use std::process::ExitCode;

use freeboard_client::events::Event;
use freeboard_client::freeboard;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::failure::CommandFailure;

/// The answer of a command.
#[derive(Debug, Default)]
pub struct Answer {
    /// As people read it.
    pub text: String,
    /// As programs read it.
    pub data: Value,
    /// Transactions that were sent.
    pub signatures: Vec<String>,
    /// The slot of the newest of them.
    pub slot: Option<u64>,
    /// What they told, as far as the node has it.
    pub events: Vec<Event>,
}

impl Answer {
    /// Text and what it was made from.
    pub fn new(text: impl Into<String>, data: &impl Serialize) -> Self {
        Self {
            text: text.into(),
            // Amounts are whole numbers and all keys are strings: nothing here fails to be JSON.
            data: serde_json::to_value(data).unwrap_or(Value::Null),
            ..Self::default()
        }
    }

    /// Appends the answer of a further step.
    pub fn and(mut self, other: Self) -> Self {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        self.text += &other.text;
        self.data = match (self.data, other.data) {
            (Value::Array(mut list), one) => {
                list.push(one);
                Value::Array(list)
            }
            (Value::Null, one) => one,
            (first, second) => Value::Array(vec![first, second]),
        };
        self.signatures.extend(other.signatures);
        self.slot = other.slot.or(self.slot);
        self.events.extend(other.events);
        self
    }

    /// Appends what came of a further step.
    ///
    /// Errors: the step's, with this answer before it: what was sent stays sent.
    pub fn followed_by(self, step: Result<Self, CommandFailure>) -> Result<Self, CommandFailure> {
        match step {
            Ok(step) => Ok(self.and(step)),
            Err(failure) => Err(failure.after(self)),
        }
    }
}

/// Where an answer comes from.
#[derive(Clone, Debug, Serialize)]
pub struct Origins {
    /// Address of the cluster's RPC; none where no cluster was asked.
    pub cluster: Option<String>,
    /// Slot that it was in.
    pub slot: Option<u64>,
    /// The exchange.
    pub exchange: Option<String>,
    /// The program.
    pub program: String,
    /// Transactions that were sent.
    pub signatures: Vec<String>,
}

/// Of this version of the program, without a cluster.
impl Default for Origins {
    fn default() -> Self {
        Self {
            cluster: None,
            slot: None,
            exchange: None,
            program: freeboard::ID.to_string(),
            signatures: Vec::new(),
        }
    }
}

/// How answers are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Form {
    /// JSON if it was asked for.
    pub const fn of_flag(json: bool) -> Self {
        if json { Self::Json } else { Self::Text }
    }

    /// Prints an answer or a failure and returns the exit status.
    pub fn print(self, result: Result<Answer, CommandFailure>, mut origins: Origins) -> ExitCode {
        match (self, result) {
            (Self::Text, Ok(answer)) => {
                print!("{}", with_line_end(answer.text));
                ExitCode::SUCCESS
            }
            (Self::Text, Err(failure)) => {
                if let Some(before) = &failure.before {
                    print!("{}", with_line_end(before.text.clone()));
                }
                for line in &failure.logs {
                    eprintln!("  {line}");
                }
                eprintln!("error: {failure}");
                failure.exit_code()
            }
            // A watch has printed its answers already.
            (Self::Json, Ok(answer)) if answer.data.is_null() => ExitCode::SUCCESS,
            (Self::Json, Ok(answer)) => {
                origins.signatures = answer.signatures;
                origins.slot = answer.slot.or(origins.slot);
                println!("{}", envelope(Ok(answer.data), &origins));
                ExitCode::SUCCESS
            }
            (Self::Json, Err(failure)) => {
                origins.signatures.extend_from_slice(failure.sent_before());
                origins
                    .signatures
                    .extend(failure.signature.as_deref().map(str::to_owned));
                println!("{}", envelope(Err(&failure), &origins));
                failure.exit_code()
            }
        }
    }
}

/// `{ok, data, error, meta}`.
pub fn envelope(result: Result<Value, &CommandFailure>, origins: &Origins) -> Value {
    match result {
        Ok(data) => json!({ "ok": true, "data": data, "error": null, "meta": origins }),
        Err(failure) => {
            let data = failure.before.as_ref().map(|answer| &answer.data);
            json!({ "ok": false, "data": data, "error": failure, "meta": origins })
        }
    }
}

fn with_line_end(mut text: String) -> String {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Lines of a name and a value, the values below each other.
pub fn rows<N: AsRef<str>, V: AsRef<str>>(rows: &[(N, V)]) -> String {
    let width = rows.iter().map(|(name, _)| name.as_ref().chars().count());
    let width = width.max().unwrap_or(0);
    let line = |(name, value): &(N, V)| {
        let (name, value) = (name.as_ref(), value.as_ref());
        format!("  {name:width$}  {value}\n")
    };
    rows.iter().map(line).collect()
}

/// Writes a number of 128 bits as text: no JSON reader keeps all of its digits.
pub fn wide<T: Display, S: Serializer>(number: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

/// The same of one that may be missing.
pub fn wide_option<T: Display, S: Serializer>(
    number: &Option<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match number {
        Some(number) => wide(number, serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::online::failure::FailureKind;

    #[test]
    fn an_envelope_says_either_data_or_error() {
        let origins = Origins {
            cluster: Some("http://localhost:8899".to_owned()),
            ..Origins::default()
        };
        let good = envelope(Ok(json!({ "equity_atoms": 7 })), &origins);
        assert_eq!(
            (good["ok"].clone(), good["error"].clone()),
            (json!(true), Value::Null)
        );
        assert_eq!(good["data"]["equity_atoms"], 7);
        assert_eq!(good["meta"]["cluster"], "http://localhost:8899");
        let failure = CommandFailure::new(FailureKind::Network, "No answer.", "Start it.");
        let bad = envelope(Err(&failure), &origins);
        assert_eq!(
            (bad["ok"].clone(), bad["data"].clone()),
            (json!(false), Value::Null)
        );
        assert_eq!(bad["error"]["code"], 4);
        assert_eq!(bad["error"]["remedy"], "Start it.");
    }

    #[test]
    fn values_stand_below_each_other() {
        let text = rows(&[("a", "1"), ("equity", "2")]);
        assert_eq!(text, "  a       1\n  equity  2\n");
    }

    #[test]
    fn answers_of_several_steps_are_a_list() {
        let step = |number: u64| Answer::new(format!("step {number}"), &json!(number));
        let both = step(1).and(step(2)).and(step(3));
        assert_eq!(both.text, "step 1\nstep 2\nstep 3");
        assert_eq!(both.data, json!([1, 2, 3]));
    }

    #[test]
    fn a_failure_says_what_was_sent_before_it() {
        let sent = |signature: &str| Answer {
            signatures: vec![signature.to_owned()],
            ..Answer::new(signature, &json!(signature))
        };
        let failure = || CommandFailure::new(FailureKind::Refused, "No.", "Wait.");
        let third = sent("first")
            .and(sent("second"))
            .followed_by(Err(failure()));
        let third = third.unwrap_err();
        assert_eq!(third.sent_before(), ["first", "second"]);
        assert!(
            third.to_string().ends_with("it stays: first, second"),
            "{third}"
        );
        let outer = sent("zeroth").followed_by(Err(third)).unwrap_err();
        let data = envelope(Err(&outer), &Origins::default());
        assert_eq!(data["data"], json!(["zeroth", ["first", "second"]]));
        assert_eq!(outer.sent_before(), ["zeroth", "first", "second"]);
        assert!(failure().sent_before().is_empty());
    }
}
