//! `freeboard margin` of an exchange: its markets as they are, and one of its accounts if that is named.
use crate::margin::{Asked, MarginOptions, answered};
use crate::online::context::Online;
use crate::online::failure::CommandFailure;
use crate::online::output::Answer;

/// Answers a question about an exchange, or about one of its accounts with what is asked besides.
pub async fn margin(online: &Online, options: &MarginOptions) -> Result<Answer, CommandFailure> {
    let state = online.exchange().await?;
    let account = match options.account_choice() {
        Some(choice) => Some(online.account(&choice).await?.state),
        None => None,
    };
    let now = online.now().await?;
    let asked = Asked::on_exchange(options, &state, account.as_ref(), now)?;
    Ok(answered(&asked)?)
}
