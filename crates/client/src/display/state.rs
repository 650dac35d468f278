//! The states of an account, as people and programs read them.
use freeboard::instructions::MarginState;

/// The state's name in JSON.
pub const fn state_name(state: MarginState) -> &'static str {
    match state {
        MarginState::Safe => "safe",
        MarginState::AtRisk => "at_risk",
        MarginState::Call => "call",
        MarginState::Liquidatable => "liquidatable",
        MarginState::SeverelyUndercollateralised => "severely_undercollateralised",
    }
}

/// The state in words.
pub const fn state_words(state: MarginState) -> &'static str {
    match state {
        MarginState::Safe => "safe",
        MarginState::AtRisk => "at risk",
        MarginState::Call => "margin call",
        MarginState::Liquidatable => "liquidatable",
        MarginState::SeverelyUndercollateralised => "severely undercollateralised",
    }
}

/// A utilisation in per cent, from thousandths; a dash where equity covers nothing.
pub fn utilisation(permille: u32) -> String {
    match permille {
        u32::MAX => "–".to_owned(),
        _ => format!("{}.{} %", permille / 10, permille % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_utilisation_is_read_in_per_cent() {
        assert_eq!(utilisation(0), "0.0 %");
        assert_eq!(utilisation(834), "83.4 %");
        assert_eq!(utilisation(12_345), "1234.5 %");
        assert_eq!(utilisation(u32::MAX), "–");
    }
}
