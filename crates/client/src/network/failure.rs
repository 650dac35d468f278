//! Why a node could not be asked, or what it answered cannot be used.
use anchor_lang::prelude::Pubkey;
use solana_rpc_client_api::client_error::{Error as ClientError, ErrorKind};
use solana_rpc_client_api::request::RpcError;

use crate::decode::DecodeError;

/// Why something could not be learned from a cluster. That an account does not exist is not among it, except where one
/// is required.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// Nobody answered.
    #[error(
        "{url} does not answer ({reason}). Check the URL and that the node runs, then try again."
    )]
    Unreachable {
        /// The node.
        url: String,
        /// In the words of the connection.
        reason: String,
    },
    /// The node answered with an error of its own.
    #[error(
        "the node at {url} refused the request: {message} ({code}). Try another node if it goes on."
    )]
    Node {
        /// The node.
        url: String,
        /// JSON-RPC's number.
        code: i64,
        /// In the node's words.
        message: String,
    },
    /// The answer is none that this method has: a page of HTML, another version.
    #[error(
        "the answer of {url} is not understood ({reason}). Check that the URL is that of a Solana RPC node."
    )]
    Answer {
        /// The node.
        url: String,
        /// What was wrong with it.
        reason: String,
    },
    /// An account that is required does not exist.
    #[error(
        "there is no {what} at {address} on this cluster. Check the address, and that --url names the cluster it is on."
    )]
    Missing {
        /// What it would be.
        what: &'static str,
        /// Its address.
        address: Pubkey,
    },
    /// An account is not what it was taken for.
    #[error("{address} is no {what} that can be used: {reason}")]
    Account {
        /// What it was taken for.
        what: &'static str,
        /// Its address.
        address: Pubkey,
        /// What is wrong.
        reason: DecodeError,
    },
    /// A service of prices answered with something else.
    #[error("no price update from {service}: {reason}")]
    Prices {
        /// The service.
        service: String,
        /// What was wrong.
        reason: String,
    },
}

impl NetworkError {
    /// The error of a node's client in the words of this one.
    pub(crate) fn of_client(url: &str, error: &ClientError) -> Self {
        let url = url.to_owned();
        match error.kind() {
            ErrorKind::RpcError(RpcError::RpcResponseError { code, message, .. }) => Self::Node {
                url,
                code: *code,
                message: message.clone(),
            },
            ErrorKind::SerdeJson(reason) => Self::Answer {
                url,
                reason: reason.to_string(),
            },
            ErrorKind::RpcError(reason) => Self::Answer {
                url,
                reason: reason.to_string(),
            },
            ErrorKind::Reqwest(reason) if reason.is_decode() => Self::Answer {
                url,
                reason: innermost(reason),
            },
            ErrorKind::Reqwest(reason) => Self::Unreachable {
                url,
                reason: innermost(reason),
            },
            other => Self::Unreachable {
                url,
                reason: other.to_string(),
            },
        }
    }

    /// Whether asking again may help: the node was busy, behind or away, or a proxy answered in its place. It does not
    /// where the node has said clearly that what is asked for is not there, or is something else.
    pub fn is_passing(&self) -> bool {
        !matches!(self, Self::Missing { .. } | Self::Account { .. })
    }
}

/// What went wrong first: the outer errors of a connection say only that something did.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
