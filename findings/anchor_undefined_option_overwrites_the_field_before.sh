#!/bin/sh
# @coral-xyz/anchor 0.32.1 does not encode an optional argument that is `undefined` as None: it writes nothing, goes
# back by a byte, and what follows overwrites the last byte of the field before. A size of 5, no limit and a 1 behind it
# become a size of 5 + 2^56. `null` is None; to @anchor-lang/core 1.2.0, the same client's new name, both are.
#
# Why it matters: a `limit` that is left out is undefined in JavaScript. The call ends two bytes short, so the program
# refuses it as not decodable, which names neither the argument nor the reason.
#
# Seen with @coral-xyz/anchor 0.32.1, @anchor-lang/core 1.2.0.
# Needs: node, npm, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @coral-xyz/anchor@0.32.1 @anchor-lang/core@1.2.0 > /dev/null
cat > finding.cjs <<'JS'
const args = [
  { name: "size", type: "i64" },
  { name: "limit", type: { option: "u64" } },
  { name: "kind", type: "u8" },
];
const idl = {
  address: "11111111111111111111111111111111",
  metadata: { name: "finding", version: "0.1.0", spec: "0.1.0" },
  instructions: [{ name: "trade", discriminator: [1, 2, 3, 4, 5, 6, 7, 8], accounts: [], args }],
};

async function tell(name) {
  const { BN, Program } = require(name);
  const program = new Program(idl, { connection: {} });
  for (const limit of [null, undefined]) {
    const { data } = await program.methods.trade(new BN(5), limit, 1).accounts({}).instruction();
    console.log(`${name}, ${limit}: ${data.subarray(8).toString("hex")}, size ${data.readBigInt64LE(8)}`);
  }
}

tell("@coral-xyz/anchor").then(() => tell("@anchor-lang/core"));
JS
cat > expected <<'END'
@coral-xyz/anchor, null: 05000000000000000001, size 5
@coral-xyz/anchor, undefined: 0500000000000001, size 72057594037927941
@anchor-lang/core, null: 05000000000000000001, size 5
@anchor-lang/core, undefined: 05000000000000000001, size 5
END
node finding.cjs > seen
cat seen
diff expected seen
