//! Parameters have the same bytes in an account's memory and in Borsh: little endian, in order, without gaps. So they are
//! copied whole; what Borsh derives reads and writes each field by its own code, 28 KB of the program's file.
use borsh::io::{Read, Result, Write};
use bytemuck::{Pod, Zeroable};

/// Implements Borsh for a zero-copy type of integers.
macro_rules! borsh_of_same_bytes {
    ($name:ty) => {
        impl borsh::BorshSerialize for $name {
            fn serialize<W: borsh::io::Write>(&self, writer: &mut W) -> borsh::io::Result<()> {
                $crate::state::same_bytes::write(self, writer)
            }
        }

        impl borsh::BorshDeserialize for $name {
            fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
                $crate::state::same_bytes::read(reader)
            }
        }
    };
}
pub(super) use borsh_of_same_bytes;

pub(super) fn write<T: Pod>(value: &T, writer: &mut impl Write) -> Result<()> {
    writer.write_all(bytemuck::bytes_of(value))
}

pub(super) fn read<T: Pod>(reader: &mut impl Read) -> Result<T> {
    let mut value: T = Zeroable::zeroed();
    reader.read_exact(bytemuck::bytes_of_mut(&mut value))?;
    Ok(value)
}
