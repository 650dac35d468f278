//! Local network.
