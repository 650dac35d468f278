//! The interface description as it was built: which instructions there are, and who signs them.
use freeboard_tests::world::program_bytes;
use serde_json::Value;

/// An instruction of the program.
#[derive(Debug)]
pub struct Instruction {
    /// Its name.
    pub name: String,
    /// Names of its accounts, in order.
    pub accounts: Vec<String>,
    /// Those that must sign.
    pub signers: Vec<String>,
}

impl Instruction {
    /// Where an account stands.
    pub fn position(&self, account: &str) -> usize {
        let found = self.accounts.iter().position(|name| name == account);
        found.unwrap_or_else(|| panic!("{} has no account {account}", self.name))
    }
}

/// An account, or those of a group of accounts.
fn flat(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value.get("accounts") {
        Some(_) => Box::new(list(&value["accounts"]).flat_map(flat)),
        None => Box::new(std::iter::once(value)),
    }
}

/// Every instruction of the program that somebody else may call: it tells its events by one that nobody else can, see
/// `event_log`.
pub fn instructions() -> Vec<Instruction> {
    let idl: Value = serde_json::from_slice(&program_bytes("../idl/freeboard.json"))
        .expect("an interface description");
    list(&idl["instructions"])
        .map(instruction)
        .filter(|instruction| instruction.name != "record_event")
        .collect()
}

fn instruction(value: &Value) -> Instruction {
    let accounts = || list(&value["accounts"]).flat_map(flat);
    let signs = |account: &&Value| account["signer"] == true;
    Instruction {
        name: name(value),
        accounts: accounts().map(name).collect(),
        signers: accounts().filter(signs).map(name).collect(),
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("a list").iter()
}

fn name(value: &Value) -> String {
    value["name"].as_str().expect("a name").to_owned()
}
