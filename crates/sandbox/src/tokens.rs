//! Mints and token accounts, made by the real token programs.
use crate::{World, world::Actor};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use anchor_spl::{
    associated_token::{
        get_associated_token_address_with_program_id,
        spl_associated_token_account::instruction::create_associated_token_account_idempotent,
    },
    token_2022::spl_token_2022::{
        extension::{
            ExtensionType, StateWithExtensions, confidential_transfer, cpi_guard,
            default_account_state, group_member_pointer, group_pointer, interest_bearing_mint,
            memo_transfer, metadata_pointer, pausable, scaled_ui_amount, transfer_fee,
            transfer_hook,
        },
        instruction,
        state::{Account as TokenAccount, AccountState, Mint},
    },
};
use solana_account::Account;
use solana_signer::Signer;

/// SPL Token or Token-2022.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenProgram {
    /// SPL Token.
    Spl,
    /// Token-2022.
    Token2022,
}

impl TokenProgram {
    /// Its address.
    pub fn id(self) -> Pubkey {
        match self {
            Self::Spl => anchor_spl::token::ID,
            Self::Token2022 => anchor_spl::token_2022::ID,
        }
    }
}

/// A kind of mint.
#[derive(Clone, Debug)]
pub struct MintKind {
    /// Its program.
    pub program: TokenProgram,
    /// Its extensions.
    pub extensions: Vec<ExtensionType>,
}

impl MintKind {
    /// Without extensions.
    pub fn plain(program: TokenProgram) -> Self {
        Self {
            program,
            extensions: Vec::new(),
        }
    }

    /// A Token-2022 mint with these extensions.
    pub fn extended(extensions: &[ExtensionType]) -> Self {
        Self {
            program: TokenProgram::Token2022,
            extensions: extensions.to_vec(),
        }
    }
}

/// Creates a mint; the world's payer is the authority of the mint and of every extension.
pub(crate) fn create_mint(world: &mut World, kind: &MintKind, decimals: u8) -> Pubkey {
    let (mint, program) = (Pubkey::new_unique(), kind.program.id());
    let authority = world.payer.pubkey();
    let space = ExtensionType::try_calculate_account_len::<Mint>(&kind.extensions)
        .expect("extensions of a mint");
    world.set_account(mint, allocated(space, program));
    let mut instructions: Vec<Instruction> = kind
        .extensions
        .iter()
        .map(|extension| initialize_extension(*extension, &program, &mint, &authority))
        .collect();
    let freeze = Some(&authority); // USDC has one, and so must be accepted
    let mint_itself = instruction::initialize_mint2(&program, &mint, &authority, freeze, decimals);
    instructions.push(mint_itself.expect("a token program"));
    world
        .send(&instructions, &[])
        .expect("the token program accepts the mint");
    mint
}

/// What the system program leaves after create_account.
fn allocated(space: usize, owner: Pubkey) -> Account {
    let (lamports, data) = (1_000_000_000, vec![0; space]);
    Account {
        lamports,
        data,
        owner,
        executable: false,
        rent_epoch: u64::MAX,
    }
}

fn initialize_extension(
    extension: ExtensionType,
    program: &Pubkey,
    mint: &Pubkey,
    authority: &Pubkey,
) -> Instruction {
    let some = Some(*authority);
    let initialization = match extension {
        ExtensionType::TransferFeeConfig => {
            let fee_bps = 0; // even a fee of nothing can be raised later
            transfer_fee::instruction::initialize_transfer_fee_config(
                program,
                mint,
                Some(authority),
                Some(authority),
                fee_bps,
                u64::MAX,
            )
        }
        ExtensionType::TransferHook => {
            transfer_hook::instruction::initialize(program, mint, some, None)
        }
        ExtensionType::ConfidentialTransferMint => {
            confidential_transfer::instruction::initialize_mint(program, mint, some, true, None)
        }
        ExtensionType::PermanentDelegate => {
            instruction::initialize_permanent_delegate(program, mint, authority)
        }
        ExtensionType::MintCloseAuthority => {
            instruction::initialize_mint_close_authority(program, mint, Some(authority))
        }
        ExtensionType::NonTransferable => {
            instruction::initialize_non_transferable_mint(program, mint)
        }
        ExtensionType::DefaultAccountState => {
            default_account_state::instruction::initialize_default_account_state(
                program,
                mint,
                &AccountState::Initialized,
            )
        }
        ExtensionType::InterestBearingConfig => {
            interest_bearing_mint::instruction::initialize(program, mint, some, 0)
        }
        ExtensionType::ScaledUiAmount => {
            scaled_ui_amount::instruction::initialize(program, mint, some, 1.0)
        }
        ExtensionType::Pausable => pausable::instruction::initialize(program, mint, authority),
        ExtensionType::MetadataPointer => {
            metadata_pointer::instruction::initialize(program, mint, some, Some(*mint))
        }
        ExtensionType::GroupPointer => {
            group_pointer::instruction::initialize(program, mint, some, Some(*mint))
        }
        ExtensionType::GroupMemberPointer => {
            group_member_pointer::instruction::initialize(program, mint, some, Some(*mint))
        }
        other => panic!("{other:?} is not initialised by one plain instruction"),
    };
    initialization.expect("Token-2022")
}

impl World {
    /// Another token account of an owner than the associated one, with its CPI guard on or memos required where these
    /// extensions are asked for.
    pub fn new_token_account(
        &mut self,
        owner: &Actor,
        mint: &Pubkey,
        extensions: &[ExtensionType],
    ) -> Pubkey {
        let (address, program) = (Pubkey::new_unique(), self.account(mint).owner);
        let space = ExtensionType::try_calculate_account_len::<TokenAccount>(extensions);
        let space = space.expect("extensions of an account");
        self.set_account(address, allocated(space, program));
        let key = owner.pubkey();
        let begun = instruction::initialize_account3(&program, &address, mint, &key);
        let switched_on = extensions.iter().map(|extension| match extension {
            ExtensionType::CpiGuard => {
                cpi_guard::instruction::enable_cpi_guard(&program, &address, &key, &[])
            }
            ExtensionType::MemoTransfer => {
                memo_transfer::instruction::enable_required_transfer_memos(
                    &program,
                    &address,
                    &key,
                    &[],
                )
            }
            other => panic!("{other:?} is not switched on by its owner alone"),
        });
        let instructions: Vec<Instruction> = std::iter::once(begun)
            .chain(switched_on)
            .map(|instruction| instruction.expect("a token program"))
            .collect();
        self.send(&instructions, &[owner]).expect("a token account");
        address
    }

    /// The mint's freeze authority freezes a token account.
    pub fn freeze(&mut self, account: &Pubkey, mint: &Pubkey) {
        let (program, authority) = (self.account(mint).owner, self.payer.pubkey());
        let frozen = instruction::freeze_account(&program, account, mint, &authority, &[]);
        self.send(&[frozen.expect("a token program")], &[])
            .expect("frozen");
    }

    /// The mint's freeze authority thaws a token account.
    pub fn thaw(&mut self, account: &Pubkey, mint: &Pubkey) {
        let (program, authority) = (self.account(mint).owner, self.payer.pubkey());
        let thawed = instruction::thaw_account(&program, account, mint, &authority, &[]);
        self.send(&[thawed.expect("a token program")], &[])
            .expect("thawed");
    }

    /// An owner closes an empty token account.
    pub fn close_token_account(&mut self, owner: &Actor, account: &Pubkey) {
        let (program, key) = (self.account(account).owner, owner.pubkey());
        let closed = instruction::close_account(&program, account, &key, &key, &[]);
        self.send(&[closed.expect("a token program")], &[owner])
            .expect("closed");
    }

    /// An owner gives a token account away.
    pub fn give_token_account(&mut self, owner: &Actor, account: &Pubkey, to: &Pubkey) {
        let (program, key) = (self.account(account).owner, owner.pubkey());
        let kind = instruction::AuthorityType::AccountOwner;
        let given = instruction::set_authority(&program, account, Some(to), kind, &key, &[]);
        self.send(&[given.expect("a token program")], &[owner])
            .expect("given");
    }

    /// The associated token account of an owner, created if it does not exist.
    pub fn token_account(&mut self, owner: &Pubkey, mint: &Pubkey) -> Pubkey {
        let program = self.account(mint).owner;
        let address = get_associated_token_address_with_program_id(owner, mint, &program);
        if self.account(&address).data.is_empty() {
            let payer = self.payer.pubkey();
            let creation =
                create_associated_token_account_idempotent(&payer, owner, mint, &program);
            self.send(&[creation], &[]).expect("a token account");
        }
        address
    }

    /// Mints tokens to an owner's associated token account and returns its address.
    pub fn mint_to(&mut self, owner: &Pubkey, mint: &Pubkey, amount_atoms: u64) -> Pubkey {
        let account = self.token_account(owner, mint);
        self.mint_into(&account, mint, amount_atoms);
        account
    }

    /// Mints tokens into a token account, whoever owns it.
    pub fn mint_into(&mut self, account: &Pubkey, mint: &Pubkey, amount_atoms: u64) {
        let (program, authority) = (self.account(mint).owner, self.payer.pubkey());
        let instruction =
            instruction::mint_to(&program, mint, account, &authority, &[], amount_atoms);
        self.send(&[instruction.expect("a token program")], &[])
            .expect("minted");
    }

    /// What a token account holds; nothing if it does not exist.
    pub fn token_balance(&self, account: &Pubkey) -> u64 {
        let data = self.account(account).data;
        let state = StateWithExtensions::<TokenAccount>::unpack(&data);
        state.map_or(0, |state| state.base.amount)
    }

    /// How much of a token there is; nothing if its mint does not exist.
    pub fn token_supply(&self, mint: &Pubkey) -> u64 {
        let data = self.account(mint).data;
        let state = StateWithExtensions::<Mint>::unpack(&data);
        state.map_or(0, |state| state.base.supply)
    }

    /// What an owner holds in the associated token account.
    pub fn wallet(&self, owner: &Pubkey, mint: &Pubkey) -> u64 {
        let program = self.account(mint).owner;
        self.token_balance(&get_associated_token_address_with_program_id(
            owner, mint, &program,
        ))
    }
}
