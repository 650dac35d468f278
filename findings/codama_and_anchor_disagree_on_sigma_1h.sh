#!/bin/sh
# two generators of TypeScript clients read the same IDL and give a field with a number before a letter two
# names: `sigma_1h` is `sigma1H` to Anchor's client and `sigma1h` to Codama. Each is undefined in the other's objects.
# Names that end in the number (`sigma_e9`) are the same in both.
#
# Why it matters: whoever changes from the one client to the other gets undefined, and NaN in every sum, for
# windows named like `volume_24h`. Public names of ours end in the number or have none.
#
# Seen with @coral-xyz/anchor 0.32.1, @codama/nodes-from-anchor 1.4.0.
# Needs: node, npm, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts \
    @coral-xyz/anchor@0.32.1 @codama/nodes-from-anchor@1.4.0 > /dev/null
cat > finding.cjs <<'JS'
const { Program } = require("@coral-xyz/anchor");
const { rootNodeFromAnchor } = require("@codama/nodes-from-anchor");

const names = ["sigma_1h", "volume_24h", "sigma_e9"];
const discriminator = [1, 2, 3, 4, 5, 6, 7, 8];
const idl = {
  address: "11111111111111111111111111111111",
  metadata: { name: "finding", version: "0.1.0", spec: "0.1.0" },
  instructions: [],
  accounts: [{ name: "Params", discriminator }],
  types: [{ name: "Params", type: { kind: "struct", fields: names.map((name) => ({ name, type: "u8" })) } }],
};
const bytes = Buffer.from([...discriminator, 1, 2, 3]);
const anchor = new Program(idl, { connection: {} }).coder.accounts.decode("params", bytes);
console.log("anchor", Object.keys(anchor).join(" "));

const data = rootNodeFromAnchor(idl).program.accounts[0].data;
const found = JSON.stringify(data).matchAll(/"kind":"structFieldTypeNode","name":"(\w+)"/g);
console.log("codama", [...found].map((match) => match[1]).filter((name) => name !== "discriminator").join(" "));
JS
cat > expected <<'END'
anchor sigma1H volume24H sigmaE9
codama sigma1h volume24h sigmaE9
END
node finding.cjs > seen
cat seen
diff expected seen
