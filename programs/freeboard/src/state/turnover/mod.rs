//! What is traded in a market, and what counts of its L because of it: a part of the asset.
mod asset;
