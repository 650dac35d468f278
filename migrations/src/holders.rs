//! The addresses of the file that get power: whether there is an account, and one that can sign.
use anchor_lang::prelude::Pubkey;
use anchor_lang::system_program;
use anyhow::Result;
use freeboard_client::network::Cluster;

use crate::deployment::Deployment;
use crate::keys::Keyring;
use crate::survey::{ProgramFound, Survey};

/// The key of the file that names who may upgrade the program in the end.
const UPGRADES: &str = "program.upgrade_authority";

/// Remarks on addresses that get power and may not be able to use it: one without an account may be a new vault or
/// mistyped; one of a program is often a multisig's configuration, taken for its vault.
///
/// Errors: of the network.
pub(crate) async fn look_for_holders(
    cluster: &Cluster,
    deployment: &Deployment,
    survey: &mut Survey,
) -> Result<()> {
    let roles = &deployment.roles;
    let upgrades = deployment.program.upgrade_authority;
    let mut named = vec![
        ("roles.governance", roles.governance),
        ("roles.risk_manager", roles.risk_manager),
        ("roles.guardian", roles.guardian),
    ];
    named.extend(
        roles
            .first_governance
            .map(|key| ("roles.first_governance", key)),
    );
    named.extend(
        roles
            .payouts
            .map(|payouts| ("roles.recipient", payouts.recipient)),
    );
    named.extend(upgrades.map(|key| (UPGRADES, key)));
    let addresses: Vec<Pubkey> = named.iter().map(|(_, address)| *address).collect();
    let found = cluster.accounts(&addresses).await?;
    for ((key, address), found) in named.iter().zip(found) {
        let owner = found.map(|account| account.owner);
        survey.remarks.extend(doubt(key, address, owner));
        if *key == UPGRADES {
            survey.upgrade_authority_owner = owner;
        }
    }
    Ok(())
}

/// Why it is doubtful that anybody can sign for an address; `owner`: whose account it is, none where there is none.
fn doubt(key: &str, address: &Pubkey, owner: Option<Pubkey>) -> Option<String> {
    match owner {
        None => Some(format!(
            "`{key}`: there is no account at {address} yet; make sure that somebody can sign for it"
        )),
        Some(owner) if owner == system_program::ID => None,
        Some(owner) => Some(format!(
            "`{key}`: {address} is an account of the program {owner}, so no key signs for it, and that program alone could. \
             Of a multisig name the vault, not the account that holds its members"
        )),
    }
}

/// Why the right to upgrade is not given to the one of the file: an account of a program signs for nothing, unless that
/// program does it, and the right would be lost for good.
pub(crate) fn refused_authority(survey: &Survey, deployment: &Deployment) -> Option<String> {
    let program = &deployment.program;
    let owner = survey
        .upgrade_authority_owner
        .filter(|owner| *owner != system_program::ID)?;
    let address = program
        .upgrade_authority
        .filter(|_| !program.allow_non_system_authority)?;
    Some(format!(
        "`{UPGRADES}`: {address} is an account of the program {owner}: nobody could upgrade any more unless that program \
         signs for it. Name a multisig's vault; if it is meant, write `allow_non_system_authority = true` under `[program]`"
    ))
}

/// Says who else may upgrade the program, where the file names nobody for it.
pub(crate) fn foreign_authority(
    survey: &Survey,
    deployment: &Deployment,
    keys: &Keyring,
) -> Option<String> {
    let ProgramFound::Deployed(program) = &survey.program else {
        return None;
    };
    let held = program.upgrade_authority?;
    let is_known =
        deployment.program.upgrade_authority.is_some() || keys.missing(&[held]).is_empty();
    (!is_known).then(|| {
        format!(
            "{held} may upgrade the program, no key that is here, and the file names nobody for it: name it as `{UPGRADES}` if \
             it is meant"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_of_a_program_is_doubted() {
        let address = Pubkey::new_from_array([7; 32]);
        let doubt = |owner| doubt("roles.guardian", &address, owner);
        assert_eq!(doubt(Some(system_program::ID)), None);
        assert!(doubt(None).unwrap().contains("no account at"));
        let multisig = doubt(Some(Pubkey::new_from_array([8; 32]))).unwrap();
        assert!(multisig.contains("name the vault"), "{multisig}");
    }
}
