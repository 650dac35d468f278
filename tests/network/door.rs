//! What stands before a node: a proxy that shows a page of its own until the node is there.
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, bail};
use freeboard_localnet::ValidatorPorts;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

/// Connections that may wait for the door to take them.
const WAITING: u32 = 128;
/// What it answers while the node is not there.
const PAGE: &str = "<h1>back in a minute</h1>";

/// Two neighbouring ports that are kept, though nobody listens at them: whoever connects is refused, and no other program
/// gets them.
#[derive(Debug)]
pub struct KeptPorts {
    sockets: [TcpSocket; 2],
    /// Which they are.
    pub ports: ValidatorPorts,
}

impl KeptPorts {
    /// Two of those that are free.
    ///
    /// Errors: there are none.
    pub fn take() -> Result<Self> {
        for _ in 0..100 {
            let [first, next] = [TcpSocket::new_v4()?, TcpSocket::new_v4()?];
            first.bind((Ipv4Addr::LOCALHOST, 0).into())?;
            let rpc = first.local_addr()?.port();
            let beside = rpc.checked_add(1).map(|next| (Ipv4Addr::LOCALHOST, next));
            if beside.is_some_and(|beside| next.bind(beside.into()).is_ok()) {
                return Ok(Self {
                    sockets: [first, next],
                    ports: ValidatorPorts { rpc },
                });
            }
        }
        bail!("no two neighbouring ports are free")
    }
}

/// A door before a node, shut at first; it is gone when this is dropped.
#[derive(Debug)]
pub struct Door {
    is_open: Arc<AtomicBool>,
    tasks: [JoinHandle<()>; 2],
}

impl Door {
    /// A door at these ports before the node at those.
    ///
    /// Errors: of the system.
    pub async fn shut(kept: KeptPorts, node: ValidatorPorts) -> Result<Self> {
        let is_open = Arc::<AtomicBool>::default();
        let mut tasks = Vec::new();
        for (socket, offset) in kept.sockets.into_iter().zip(0..) {
            let listener = socket.listen(WAITING)?;
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
