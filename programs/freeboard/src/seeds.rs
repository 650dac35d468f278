//! Seeds of every program-derived address. Clients derive with the same constants.

/// `["exchange", creator]`: so that nobody can take another's exchange address.
pub const EXCHANGE: &[u8] = b"exchange";
/// `["pool", exchange]`
pub const POOL: &[u8] = b"pool";
/// `["asset", exchange, index as u16 LE]`
pub const ASSET: &[u8] = b"asset";
/// `["vault", exchange, quote mint]` and `["vault", exchange, asset]`: token accounts whose
/// authority is the exchange.
pub const VAULT: &[u8] = b"vault";
/// `["shares", exchange]`: mint of the pool's shares, whose authority is the exchange.
pub const SHARES: &[u8] = b"shares";
/// `["escrow", exchange, mint]`: token accounts of waiting LP requests, whose authority is the exchange.
pub const ESCROW: &[u8] = b"escrow";
/// `["liquidity", exchange, owner, number as u16 LE]`
pub const LIQUIDITY: &[u8] = b"liquidity";
/// `["margin", exchange, owner, sub-account as u16 LE]`
pub const MARGIN: &[u8] = b"margin";
/// `["change", exchange, target as u16 LE, group as u8]`
pub const CHANGE: &[u8] = b"change";
