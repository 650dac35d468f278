//! What stands before a node: a proxy that shows a page of its own until the node is there.
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use freeboard_localnet::ValidatorPorts;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What it answers while the node is not there.
const PAGE: &str = "<h1>back in a minute</h1>";

/// A door before a node, shut at first; it is gone when this is dropped.
#[derive(Debug)]
pub struct Door {
    is_open: Arc<AtomicBool>,
    tasks: [JoinHandle<()>; 2],
}

impl Door {
    /// A door at these ports before the node at those.
    ///
    /// Errors: ports that are in use.
    pub async fn shut(ports: ValidatorPorts, node: ValidatorPorts) -> Result<Self> {
        let is_open = Arc::<AtomicBool>::default();
        let mut tasks = Vec::new();
        for offset in [0, 1] {
            let at = (Ipv4Addr::LOCALHOST, ports.rpc + offset);
            let listener = TcpListener::bind(at).await?;
            let node = (Ipv4Addr::LOCALHOST, node.rpc + offset).into();
            tasks.push(tokio::spawn(accept(listener, node, Arc::clone(&is_open))));
        }
        let tasks = tasks.try_into().expect("two of them");
        Ok(Self { is_open, tasks })
    }

    /// From now on everything passes.
    pub fn open(&self) {
        self.is_open.store(true, Ordering::SeqCst);
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn accept(listener: TcpListener, node: SocketAddr, is_open: Arc<AtomicBool>) {
    while let Ok((client, _)) = listener.accept().await {
        let is_open = is_open.load(Ordering::SeqCst);
        tokio::spawn(serve(client, node, is_open));
    }
}

async fn serve(mut client: TcpStream, node: SocketAddr, is_open: bool) -> Result<()> {
    if is_open {
        let mut node = TcpStream::connect(node).await?;
        copy_bidirectional(&mut client, &mut node).await?;
        return Ok(());
    }
    let mut asked = [0; 4_096];
    let _ = client.read(&mut asked).await?;
    let length = PAGE.len();
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{PAGE}"
    );
    client.write_all(answer.as_bytes()).await?;
    client.shutdown().await?;
    Ok(())
}
