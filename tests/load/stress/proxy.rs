//! A proxy between the keeper and its node, with faults: both its ports are on 127.0.0.1.
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, ensure};
use freeboard_localnet::ValidatorPorts;
use serde_json::{Value, json};
use solana_signature::Signature;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy};
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Bytes that a message may have: a scan of 10,000 accounts has 30,000,000.
const MOST_BYTES: usize = 1 << 28;

/// What it does to what passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyFault {
    /// Nothing.
    None,
    /// Nothing passes, and connections break.
    Cut,
    /// Half of the transactions are answered as if they had been taken, and thrown away.
    Dropped,
    /// Every transaction is passed on twice.
    Doubled,
}

/// A running proxy; it ends when this is dropped.
pub struct FaultyProxy {
    /// Where it is.
    pub ports: ValidatorPorts,
    fault: watch::Sender<ProxyFault>,
    counts: Arc<ProxyCounts>,
    tasks: [JoinHandle<()>; 2],
}

#[derive(Default)]
struct ProxyCounts {
    transactions: AtomicU64,
    harmed: AtomicU64,
}

/// What a connection needs.
#[derive(Clone)]
struct ProxyLine {
    node: SocketAddr,
    fault: watch::Receiver<ProxyFault>,
    counts: Arc<ProxyCounts>,
    speaks_http: bool,
}

impl FaultyProxy {
    /// A proxy before the node at these ports.
    pub async fn start(node: ValidatorPorts) -> Result<Self> {
        let ports = ValidatorPorts::free()?;
        let (fault, told) = watch::channel(ProxyFault::None);
        let counts = Arc::<ProxyCounts>::default();
        let line = |offset: u16| ProxyLine {
            node: (Ipv4Addr::LOCALHOST, node.rpc + offset).into(),
            fault: told.clone(),
            counts: Arc::clone(&counts),
            speaks_http: offset == 0,
        };
        let rpc = TcpListener::bind((Ipv4Addr::LOCALHOST, ports.rpc)).await?;
        let changes = TcpListener::bind((Ipv4Addr::LOCALHOST, ports.rpc + 1)).await?;
        let tasks = [
            tokio::spawn(line(0).accept(rpc)),
            tokio::spawn(line(1).accept(changes)),
        ];
        Ok(Self {
            ports,
            fault,
            counts,
            tasks,
        })
    }

    /// From now on this happens to what passes.
    pub fn set(&self, fault: ProxyFault) {
        self.fault.send_replace(fault);
    }

    /// Transactions that passed or were to, and those of them that something was done to.
    pub fn transactions(&self) -> (u64, u64) {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (read(&self.counts.transactions), read(&self.counts.harmed))
    }
}

impl Drop for FaultyProxy {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl ProxyLine {
    async fn accept(self, listener: TcpListener) {
        while let Ok((client, _)) = listener.accept().await {
            if *self.fault.borrow() == ProxyFault::Cut {
                continue; // closed at once
            }
            let line = self.clone();
            tokio::spawn(async move {
                let mut fault = line.fault.clone();
                let is_cut = async {
                    let _ = fault.wait_for(|fault| *fault == ProxyFault::Cut).await;
                };
                tokio::select! {
                    () = is_cut => {}
                    _ = line.serve(client) => {}
                }
            });
        }
    }

    async fn serve(&self, client: TcpStream) -> Result<()> {
        let node = TcpStream::connect(self.node).await?;
        client.set_nodelay(true)?;
        node.set_nodelay(true)?;
        let (mut from_node, mut to_node) = node.into_split();
        let (from_client, mut to_client) = client.into_split();
        if !self.speaks_http {
            let mut from_client = from_client;
            tokio::select! {
                _ = copy(&mut from_client, &mut to_node) => {}
                _ = copy(&mut from_node, &mut to_client) => {}
            }
            return Ok(());
        }
        let mut requests = BufReader::new(from_client);
        let mut answers = BufReader::new(from_node);
        while let Some(request) = HttpMessage::read(&mut requests).await? {
            match self.harm(&request).await {
                Some(answer) => to_client.write_all(&answer).await?,
                None => {
                    to_node.write_all(&request.bytes).await?;
                    let answer = HttpMessage::read(&mut answers).await?;
                    let answer = answer.context("the node has gone")?;
                    to_client.write_all(&answer.bytes).await?;
                }
            }
        }
        Ok(())
    }

    /// What is answered instead of passing a request on; nothing where it is to pass.
    async fn harm(&self, request: &HttpMessage) -> Option<Vec<u8>> {
        let body: Value = serde_json::from_slice(request.body()).ok()?;
        if body["method"] != "sendTransaction" {
            return None;
        }
        let number = self.counts.transactions.fetch_add(1, Ordering::Relaxed);
        let fault = *self.fault.borrow();
        match fault {
            ProxyFault::Dropped if is_lost(number) => {
                self.counts.harmed.fetch_add(1, Ordering::Relaxed);
                taken(&body)
            }
            ProxyFault::Doubled => {
                self.counts.harmed.fetch_add(1, Ordering::Relaxed);
                let mut other = TcpStream::connect(self.node).await.ok()?;
                other.write_all(&request.bytes).await.ok()?;
                let (read, _write) = other.into_split();
                HttpMessage::read(&mut BufReader::new(read)).await.ok()?;
                None
            }
            _ => None,
        }
    }
}

/// Whether the transaction of this number is lost: half of them, and not every second, for of two that are sent again in
/// turn every second is always the same. The bits are those of the golden ratio.
const fn is_lost(number: u64) -> bool {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 63 == 1
}

/// The answer of a node that has taken a transaction.
fn taken(body: &Value) -> Option<Vec<u8>> {
    let signature = signature_of(body["params"][0].as_str()?)?;
    let answer = json!({ "jsonrpc": "2.0", "result": signature, "id": body["id"] }).to_string();
    let length = answer.len();
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}");
    Some(format!("{head}\r\n\r\n{answer}").into_bytes())
}

/// The first signature of a transaction in base64.
fn signature_of(encoded: &str) -> Option<String> {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(encoded)
        .ok()?;
    // Behind their number, which is one byte for as few as these.
    let signature: [u8; 64] = bytes.get(1..65)?.try_into().ok()?;
    Some(Signature::from(signature).to_string())
}

/// A request or an answer of HTTP, whole.
struct HttpMessage {
    bytes: Vec<u8>,
    head: usize,
}

impl HttpMessage {
    /// The next one; none at the end.
    async fn read(from: &mut BufReader<OwnedReadHalf>) -> Result<Option<Self>> {
        let mut bytes = Vec::new();
        let mut length = 0;
        let mut is_chunked = false;
        loop {
            let start = bytes.len();
            if from.read_until(b'\n', &mut bytes).await? == 0 {
                return Ok(None);
            }
            let line = String::from_utf8_lossy(&bytes[start..])
                .trim()
                .to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(told) = line.strip_prefix("content-length:") {
                length = told.trim().parse()?;
            }
            is_chunked |= line.starts_with("transfer-encoding:") && line.contains("chunked");
        }
        let head = bytes.len();
        if is_chunked {
            read_chunks(from, &mut bytes).await?;
        } else {
            ensure!(length <= MOST_BYTES, "{length} bytes are too many");
            bytes.resize(head + length, 0);
            from.read_exact(&mut bytes[head..]).await?;
        }
        Ok(Some(Self { bytes, head }))
    }

    fn body(&self) -> &[u8] {
        &self.bytes[self.head..]
    }
}

async fn read_chunks(from: &mut BufReader<OwnedReadHalf>, bytes: &mut Vec<u8>) -> Result<()> {
    loop {
        let start = bytes.len();
        ensure!(
            from.read_until(b'\n', bytes).await? > 0,
            "an answer without an end"
        );
        let line = String::from_utf8_lossy(&bytes[start..]).trim().to_owned();
        let size = usize::from_str_radix(&line, 16)?;
        ensure!(
            bytes.len() + size <= MOST_BYTES,
            "{size} bytes more are too many"
        );
        let start = bytes.len();
        bytes.resize(start + size + 2, 0); // with the end of the line
        from.read_exact(&mut bytes[start..]).await?;
        if size == 0 {
            return Ok(());
        }
    }
}
