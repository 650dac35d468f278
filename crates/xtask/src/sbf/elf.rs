//! Reading the SBPF version out of a program's ELF header.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

/// Length of a 64-bit ELF header.
const HEADER_LEN: usize = 64;
/// `e_machine` of SBPF, and of upstream BPF.
const MACHINES: [u16; 2] = [263, 247];

/// Returns the SBPF version that a 64-bit little-endian ELF header states (`e_flags`).
pub fn sbpf_version(bytes: &[u8]) -> Result<u32> {
    ensure!(bytes.len() >= HEADER_LEN, "shorter than an ELF header");
    ensure!(bytes[..4] == *b"\x7fELF", "not an ELF file");
    ensure!(
        bytes[4] == 2 && bytes[5] == 1,
        "not a 64-bit little-endian ELF file"
    );
    let machine = u16::from_le_bytes([bytes[18], bytes[19]]);
    ensure!(MACHINES.contains(&machine), "machine {machine} is not SBPF");
    Ok(u32::from_le_bytes([
        bytes[48], bytes[49], bytes[50], bytes[51],
    ]))
}

/// Fails unless the file is a program of the wanted SBPF version.
pub fn check_file(path: &Path, wanted: u32) -> Result<()> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let found = sbpf_version(&bytes)
        .with_context(|| format!("{} is not a Solana program", path.display()))?;
    if found != wanted {
        bail!(
            "{} is SBPF v{found}, not v{wanted}; update Solana's tools, or build with \
             `--builder upstream`",
            path.display()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(machine: u16, flags: u32) -> Vec<u8> {
        let mut bytes = vec![0; HEADER_LEN];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[18..20].copy_from_slice(&machine.to_le_bytes());
        bytes[48..52].copy_from_slice(&flags.to_le_bytes());
        bytes
    }

    #[test]
    fn reads_the_version_from_the_flags() {
        assert_eq!(sbpf_version(&header(247, 3)).unwrap(), 3);
        assert_eq!(sbpf_version(&header(263, 0)).unwrap(), 0);
    }

    #[test]
    fn refuses_what_is_no_program() {
        assert!(sbpf_version(b"\x7fELF").is_err());
        assert!(
            sbpf_version(&header(62, 3))
                .unwrap_err()
                .to_string()
                .contains("machine 62")
        );
        let mut big_endian = header(247, 3);
        big_endian[5] = 2;
        assert!(sbpf_version(&big_endian).is_err());
        assert!(sbpf_version(&[0; HEADER_LEN]).is_err());
    }
}
