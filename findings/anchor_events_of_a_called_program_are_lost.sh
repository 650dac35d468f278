#!/bin/sh
# the EventParser of @coral-xyz/anchor 0.32.1, the newest under that name, finds a program's events where the
# transaction calls the program itself, and none where another program calls it: a multisig, a wallet's program, a bot's
# own. Its comment says that it follows such calls. @anchor-lang/core 1.2.0, the same client's new name, finds both.
#
# Why it matters: `addEventListener` and indexers built on it miss trades, liquidations and withdrawals of everybody who
# comes through another program, and nothing says so. Freeboard's own client reads the logs itself, and its accounts
# count their events.
#
# Seen with @coral-xyz/anchor 0.32.1, @anchor-lang/core 1.2.0.
# Needs: node, npm, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts \
    @coral-xyz/anchor@0.32.1 @anchor-lang/core@1.2.0 @solana/web3.js@1.98.4 > /dev/null
cat > finding.cjs <<'JS'
const { PublicKey } = require("@solana/web3.js");

const [program, caller] = [7, 8].map((byte) => new PublicKey(new Uint8Array(32).fill(byte)));
const discriminator = [1, 2, 3, 4, 5, 6, 7, 8];
const idl = {
  address: program.toBase58(),
  metadata: { name: "finding", version: "0.1.0", spec: "0.1.0" },
  instructions: [],
  events: [{ name: "Traded", discriminator }],
  types: [{ name: "Traded", type: { kind: "struct", fields: [{ name: "size", type: "u8" }] } }],
};
const event = `Program data: ${Buffer.from([...discriminator, 5]).toString("base64")}`;
const logs = {
  itself: [`Program ${program} invoke [1]`, event, `Program ${program} success`],
  "by another": [
    `Program ${caller} invoke [1]`, `Program ${program} invoke [2]`, event,
    `Program ${program} success`, `Program ${caller} success`,
  ],
};
for (const name of ["@coral-xyz/anchor", "@anchor-lang/core"]) {
  const { BorshCoder, EventParser } = require(name);
  for (const [how, lines] of Object.entries(logs)) {
    const found = [...new EventParser(program, new BorshCoder(idl)).parseLogs(lines)].length;
    console.log(`${name}, called ${how}: ${found} event(s)`);
  }
}
JS
cat > expected <<'END'
@coral-xyz/anchor, called itself: 1 event(s)
@coral-xyz/anchor, called by another: 0 event(s)
@anchor-lang/core, called itself: 1 event(s)
@anchor-lang/core, called by another: 1 event(s)
END
node finding.cjs > seen
cat seen
diff expected seen
