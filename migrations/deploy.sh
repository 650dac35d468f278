#!/usr/bin/env bash
# Puts the built program on a cluster, with Solana's own CLI:
#
#   migrations/deploy.sh [--dry-run] [--upgrade-authority ADDRESS] CLUSTER PROGRAM_KEYPAIR
#
# CLUSTER is localnet, devnet, testnet, mainnet-beta or an RPC address; PROGRAM_KEYPAIR is the file
# whose public key the program declares. The payer and upgrade authority are the CLI's own
# (`solana config get`); with --upgrade-authority it is handed to that address afterwards, a multisig for
# instance, and the CLI's own key can change the program no more. It never deploys the Pyth mock: that is for networks which tests start.
set -euo pipefail
cd "$(dirname "$0")/.."

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

dry_run=
authority=
while [ $# -gt 0 ]; do
  case $1 in
    --dry-run) dry_run=1 ;;
    --upgrade-authority)
      [ $# -gt 1 ] || die "--upgrade-authority needs an address"
      authority=$2
      shift
      ;;
    *) break ;;
  esac
  shift
done
[ $# -eq 2 ] ||
  die "usage: migrations/deploy.sh [--dry-run] [--upgrade-authority ADDRESS] CLUSTER PROGRAM_KEYPAIR"
cluster=$1
keypair=$2

# Who finds a fault must know whom to tell before anybody's money is there.
case $cluster in
  *mainnet*)
    ! grep -q '^Contact: none' SECURITY.md && ! grep -q 'contacts: "other:see SECURITY.md' programs/freeboard/src/lib.rs ||
      die "name a security contact first: 'Contact:' in SECURITY.md and contacts in programs/freeboard/src/lib.rs"
    ;;
esac

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
if [ -n "$authority" ]; then
  # The new authority is a multisig's address and cannot sign here.
  run solana program set-upgrade-authority --url "$cluster" "$declared" \
    --new-upgrade-authority "$authority" --skip-new-upgrade-authority-signer-check
fi
run solana program show --url "$cluster" "$declared"
