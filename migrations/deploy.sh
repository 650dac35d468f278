#!/usr/bin/env bash
# Puts the built program on a cluster, with Solana's own CLI:
#
#   migrations/deploy.sh [--dry-run] CLUSTER PROGRAM_KEYPAIR
#
# CLUSTER is localnet, devnet, testnet, mainnet-beta or an RPC address; PROGRAM_KEYPAIR is the file
# whose public key the program declares. The payer and upgrade authority are the CLI's own
# (`solana config get`). It never deploys the Pyth mock: that is for networks which tests start.
set -euo pipefail
cd "$(dirname "$0")/.."

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

dry_run=
if [ "${1:-}" = --dry-run ]; then
  dry_run=1
  shift
fi
[ $# -eq 2 ] || die "usage: migrations/deploy.sh [--dry-run] CLUSTER PROGRAM_KEYPAIR"
cluster=$1
keypair=$2

run() {
  printf '+ %s\n' "$*" >&2
  [ -n "$dry_run" ] || "$@"
}

[ -n "$dry_run" ] || command -v solana >/dev/null ||
  die "Solana's CLI is missing; install it: https://solana.com/docs/intro/installation"
[ -n "$dry_run" ] || [ -f "$keypair" ] || die "no program keypair at $keypair"

cargo xtask build
declared=$(sed -n 's/^declare_id!("\(.*\)");$/\1/p' programs/freeboard/src/lib.rs)
[ -n "$declared" ] || die "programs/freeboard/src/lib.rs declares no program id"
if [ -z "$dry_run" ]; then
  actual=$(solana address --keypair "$keypair")
  [ "$actual" = "$declared" ] ||
    die "$keypair is the key of $actual, but the program declares $declared; run 'anchor keys sync'"
fi

run solana program deploy --url "$cluster" --program-id "$keypair" target/deploy/freeboard.so
run solana program show --url "$cluster" "$declared"
