#!/bin/sh
# solana-rpc-client 4.2.2 (Rust): `get_account` of an account that exists answers "AccountNotFound" when the node fails:
# a 503, a page of HTML, a refused connection. `get_account_with_commitment`, whose result is an Option, gives the same
# error in place of the failure, so that neither type nor kind tells "there is none" from "nobody knows";
# `get_multiple_accounts` tells them apart, and only where the node says so does it answer None.
#
# Why it matters: a keeper that drops what is not found forgets accounts while a node is busy, and liquidates nobody.
# Freeboard's client asks by getMultipleAccounts alone, also for one account.
#
# Needs: cargo, a crate registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo init --quiet --vcs none --name finding
cargo add --quiet solana-rpc-client@=4.2.2 --no-default-features
cargo add --quiet solana-rpc-client-api@=4.2.2
cargo add --quiet solana-commitment-config@=3.1.1
cat > src/main.rs <<'END'
use std::io::{Read, Write};
use std::net::TcpListener;

use solana_commitment_config::CommitmentConfig;
use solana_rpc_client::rpc_client::RpcClient;
use solana_rpc_client_api::client_error::{Error, ErrorKind};
use solana_rpc_client_api::request::RpcError;

/// A node that answers every request in the same way.
fn node(status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let _ = stream.read(&mut [0; 4096]);
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    url
}

fn kind(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::RpcError(RpcError::ForUser(text)) if text.starts_with("AccountNotFound") => {
            "AccountNotFound"
        }
        ErrorKind::Reqwest(_) => "the failure itself (HTTP)",
        ErrorKind::SerdeJson(_) => "the failure itself (JSON)",
        _ => "another error",
    }
}

fn main() {
    let address = Default::default();
    let nodes = [
        ("503", node("503 Service Unavailable", "busy")),
        ("page", node("200 OK", "<h1>maintenance</h1>")),
        ("refused", "http://127.0.0.1:9".to_owned()),
    ];
    for (name, url) in nodes {
        let client = RpcClient::new(url);
        let one = client.get_account(&address).expect_err("fails");
        let optional = client
            .get_account_with_commitment(&address, CommitmentConfig::confirmed())
            .expect_err("fails");
        let several = client.get_multiple_accounts(&[address]).expect_err("fails");
        println!("{name}: get_account: {}", kind(&one));
        println!("{name}: get_account_with_commitment: {}", kind(&optional));
        println!("{name}: get_multiple_accounts: {}", kind(&several));
    }
}
END
cat > expected <<'END'
503: get_account: AccountNotFound
503: get_account_with_commitment: AccountNotFound
503: get_multiple_accounts: the failure itself (HTTP)
page: get_account: AccountNotFound
page: get_account_with_commitment: AccountNotFound
page: get_multiple_accounts: the failure itself (HTTP)
refused: get_account: AccountNotFound
refused: get_account_with_commitment: AccountNotFound
refused: get_multiple_accounts: the failure itself (HTTP)
END
cargo run --quiet > seen
cat seen
diff expected seen
