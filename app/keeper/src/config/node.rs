//! Whether an address of the node is one: without a look at it, what is no address fails only at the first question.
use anyhow::{Result, ensure};
use axum::http::Uri;

/// Refuses what is no URL of these schemes with a host; `schemes`: the usual one last. The URL of an RPC service may hold a
/// key: it is not told.
///
/// Errors: another scheme or none, no host, no URL at all.
pub fn require_url(key: &str, url: &str, schemes: [&str; 2]) -> Result<()> {
    let [plain, usual] = schemes;
    let read = url.parse::<Uri>().ok().filter(|url| {
        let has_scheme = url
            .scheme_str()
            .is_some_and(|scheme| schemes.contains(&scheme));
        has_scheme && url.host().is_some_and(|host| !host.is_empty())
    });
    ensure!(
        read.is_some(),
        "{key} is no {plain} or {usual} URL with a host; write {usual}://node.example for example, or for `url` one of \
         localhost, devnet, testnet, mainnet-beta"
    );
    Ok(())
}
