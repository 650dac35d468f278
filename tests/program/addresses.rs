//! The addresses that the interface description derives are those that this repository's client derives: a client that
//! resolves accounts by the description sends the same ones.
use crate::roles::staged_calls;
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use freeboard_tests::world::program_bytes;
use serde_json::Value;

fn idl() -> Value {
    serde_json::from_slice(&program_bytes("../idl/freeboard.json")).expect("a description")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Accounts as they stand in an instruction, groups of them resolved.
fn flat(accounts: &Value) -> Vec<&Value> {
    let each = list(accounts).iter();
    each.flat_map(|account| match account.get("accounts") {
        Some(group) => flat(group),
        None => vec![account],
    })
    .collect()
}

/// The bytes of an argument, by its path, out of those of all.
struct Arguments<'a> {
    idl: &'a Value,
    data: &'a [u8],
}

impl<'a> Arguments<'a> {
    /// Reads arguments one after another until it comes to the one that the path names.
    fn find(&mut self, fields: &Value, path: &[&str]) -> Option<&'a [u8]> {
        for field in list(fields) {
            if field["name"] == *path.first()? {
                return match (path, self.fields_of(&field["type"])) {
                    ([_], _) => Some(self.take(&field["type"])),
                    ([_, rest @ ..], Some(inner)) => self.find(&inner, rest),
                    _ => None,
                };
            }
            self.take(&field["type"]);
        }
        None
    }

    /// The fields of a struct of the description.
    fn fields_of(&self, kind: &Value) -> Option<Value> {
        let name = &kind["defined"]["name"];
        let mut types = list(&self.idl["types"]).iter();
        let found = types.find(|one| one["name"] == *name)?;
        let body = &found["type"];
        (body["kind"] == "struct").then(|| body["fields"].clone())
    }

    /// The bytes of a value of this type.
    fn take(&mut self, kind: &Value) -> &'a [u8] {
        let size = match kind.as_str() {
            Some("u8" | "i8" | "bool") => 1,
            Some("u16" | "i16") => 2,
            Some("u32" | "i32") => 4,
            Some("u64" | "i64") => 8,
            Some("u128" | "i128") => 16,
            Some("pubkey") => 32,
            _ => {
                panic!("an argument before a seed is of the type {kind}: teach this test its size")
            }
        };
        let (taken, rest) = self.data.split_at(size);
        self.data = rest;
        taken
    }
}

/// What the description derives for an account of a call.
fn derive(idl: &Value, described: &Value, call: &Instruction, pda: &Value) -> Pubkey {
    let accounts = flat(&described["accounts"]);
    let seeds: Vec<Vec<u8>> = list(&pda["seeds"])
        .iter()
        .map(|seed| {
            let path = seed["path"].as_str().unwrap_or_default();
            match seed["kind"].as_str() {
                Some("const") => {
                    let bytes = list(&seed["value"]).iter();
                    bytes
                        .map(|byte| byte.as_u64().expect("a byte") as u8)
                        .collect()
                }
                Some("account") => {
                    assert!(!path.contains('.'), "{path}: a field of an account");
                    let at = accounts.iter().position(|account| account["name"] == path);
                    let at = at.unwrap_or_else(|| panic!("no account {path}"));
                    call.accounts[at].pubkey.to_bytes().to_vec()
                }
                Some("arg") => {
                    let mut arguments = Arguments {
                        idl,
                        data: &call.data[8..],
                    };
                    let path: Vec<&str> = path.split('.').collect();
                    let found = arguments.find(&described["args"], &path);
                    found
                        .unwrap_or_else(|| panic!("no argument {path:?}"))
                        .to_vec()
                }
                other => panic!("a seed of the kind {other:?}"),
            }
        })
        .collect();
    let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
    Pubkey::find_program_address(&seeds, &freeboard::ID).0
}

#[test]
fn every_address_of_the_description_is_that_of_the_client() {
    let idl = idl();
    let mut derived = 0;
    for (name, call) in staged_calls() {
        let mut instructions = list(&idl["instructions"]).iter();
        let described = instructions.find(|one| one["name"] == name);
        let described = described.unwrap_or_else(|| panic!("{name} is not described"));
        for (at, account) in flat(&described["accounts"]).into_iter().enumerate() {
            let sent = call.accounts[at].pubkey;
            let what = format!("{name}, {}", account["name"]);
            if let Some(address) = account["address"].as_str() {
                assert_eq!(sent.to_string(), address, "{what}");
            }
            // An account that is left out stands as the program.
            if account.get("pda").is_none() || sent == freeboard::ID {
                continue;
            }
            assert_eq!(
                derive(&idl, described, &call, &account["pda"]),
                sent,
                "{what}"
            );
            derived += 1;
        }
    }
    assert!(derived >= 8, "{derived} addresses are described");
}

/// Every account that the program creates can be resolved, but where its seeds cannot be said: a change's, by what it
/// changes.
#[test]
fn accounts_that_are_created_can_be_resolved() {
    let idl = idl();
    let pda = |instruction: &str, account: &str| {
        let mut all = list(&idl["instructions"]).iter();
        let found = all.find(|one| one["name"] == instruction);
        let accounts = flat(&found.expect("an instruction")["accounts"]);
        let account = accounts.into_iter().find(|one| one["name"] == account);
        list(&account.expect("an account")["pda"]["seeds"]).to_vec()
    };
    let asset = pda("create_asset", "asset");
    assert_eq!(asset.len(), 3, "{asset:?}");
    assert_eq!(asset[2]["kind"], "arg");
    assert_eq!(asset[2]["path"], "asset_index");
    let margin = pda("open_margin_account", "margin_account");
    assert_eq!(margin.len(), 4, "{margin:?}");
    for (instruction, account) in [
        ("initialize_exchange", "exchange"),
        ("initialize_exchange", "pool"),
        ("initialize_exchange", "quote_vault"),
        ("create_asset", "vault"),
        ("initialize_exchange", "share_mint"),
        ("request_liquidity", "request"),
    ] {
        assert!(
            !pda(instruction, account).is_empty(),
            "{instruction}, {account}"
        );
    }
}

/// Generators of clients rename to camel case, each in its own way where a letter follows a digit, and two names of a
/// struct that differ by an underscore alone would become one field.
#[test]
fn every_name_is_the_same_in_each_generated_client() {
    let idl = idl();
    let fields_of = |one: &Value| -> Vec<String> {
        let fields = list(&one["type"]["fields"]).iter();
        let names = fields.filter_map(|field| field["name"].as_str());
        names.map(str::to_owned).collect()
    };
    let arguments_of = |one: &Value| -> Vec<String> {
        let arguments = list(&one["args"]).iter();
        let names = arguments.filter_map(|argument| argument["name"].as_str());
        names.map(str::to_owned).collect()
    };
    let structs = list(&idl["types"]).iter().map(fields_of);
    let calls = list(&idl["instructions"]).iter().map(arguments_of);
    let mut read = 0;
    for names in structs.chain(calls) {
        let mut joined: Vec<String> = names.iter().map(|name| name.replace('_', "")).collect();
        joined.sort();
        let before = joined.len();
        joined.dedup();
        assert_eq!(
            joined.len(),
            before,
            "two names would become one: {names:?}"
        );
        for name in &names {
            let pairs = name.as_bytes().windows(2);
            let mixed = |pair: &[u8]| pair[0].is_ascii_digit() && pair[1].is_ascii_alphabetic();
            assert!(
                !pairs.into_iter().any(mixed),
                "a letter after a digit: {name}"
            );
        }
        read += names.len();
    }
    assert!(read > 300, "{read} names are described");
}
