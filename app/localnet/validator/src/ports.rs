//! That a port is free, said before anything starts, and who has it if it is not.
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

/// Refuses a port that is taken; `flag` is how another one is given.
pub fn require_free(port: u16, flag: &str) -> Result<(), String> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(format!(
            "port {port} is in use{}; stop it or give another port by {flag}",
            listener(port).map_or_else(String::new, |name| format!(" by {name}"))
        )),
        Err(error) => Err(format!(
            "port {port} cannot be used ({error}); give another by {flag}"
        )),
    }
}

/// Which process listens on a port, as Linux tells it of this user's own.
fn listener(port: u16) -> Option<String> {
    let table = std::fs::read_to_string("/proc/net/tcp").ok()?;
    let here = format!(":{port:04X}");
    let inode = table.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let listens = words.get(3) == Some(&"0A") && words.get(1)?.ends_with(&here);
        listens.then(|| words.get(9).copied())?
    })?;
    let socket = format!("socket:[{inode}]");
    std::fs::read_dir("/proc")
        .ok()?
        .flatten()
        .find_map(|entry| {
            let id: u32 = entry.file_name().to_string_lossy().parse().ok()?;
            let files = std::fs::read_dir(entry.path().join("fd")).ok()?;
            let mut links = files.flatten().map(|file| std::fs::read_link(file.path()));
            let has_it =
                links.any(|link| link.is_ok_and(|link| link.as_os_str() == socket.as_str()));
            let name = std::fs::read_to_string(entry.path().join("comm")).ok()?;
            has_it.then(|| format!("{} (process {id})", name.trim()))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_refused_with_who_has_it() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let error = require_free(port, "--rpc-port").unwrap_err();
        let process = format!("(process {})", std::process::id());
        for words in [&port.to_string(), &process, "--rpc-port"] {
            assert!(error.contains(words), "{words}: {error}");
        }
        drop(taken);
        assert_eq!(require_free(port, "--rpc-port"), Ok(()));
    }
}
