//! Instructions sent with another account than the honest one, for callers who choose what to show.
use crate::World;
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use solana_keypair::Keypair;

/// Gives one account in place of another, in every instruction.
#[derive(Clone)]
pub struct Bend {
    /// The honest account.
    pub from: Pubkey,
    /// What is given instead.
    pub to: Pubkey,
    /// The world as the honest instructions would have left it, and whether they were accepted; none if
    /// nothing was bent.
    pub honest: Option<Box<Honest>>,
}

/// What the same instructions come to unbent.
#[derive(Clone)]
pub struct Honest {
    /// The world after them.
    pub world: World,
    /// Whether they were accepted.
    pub sent: Result<crate::Meta, crate::Failure>,
}

impl Bend {
    /// This account in place of that one.
    pub fn new(from: Pubkey, to: Pubkey) -> Self {
        Self {
            from,
            to,
            honest: None,
        }
    }
}

impl World {
    /// The instructions as bent, if that changes them; the honest ones are tried on a copy.
    pub(crate) fn bent(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Option<Vec<Instruction>> {
        let bend = self.bend.take()?;
        let mut bent = instructions.to_vec();
        let metas = bent.iter_mut().flat_map(|one| &mut one.accounts);
        metas
            .filter(|meta| meta.pubkey == bend.from)
            .for_each(|meta| meta.pubkey = bend.to);
        if bent == instructions {
            self.bend = Some(bend);
            return None;
        }
        let mut world = self.clone();
        let sent = world.send(instructions, signers);
        self.bend = Some(Bend {
            honest: Some(Box::new(Honest { world, sent })),
            ..bend
        });
        Some(bent)
    }
}
