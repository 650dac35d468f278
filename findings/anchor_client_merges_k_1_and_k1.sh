#!/bin/sh
# the client of Anchor renames the fields of an IDL to camel case without asking whether two of them become
# one. Of a struct with the fields `k_1` and `k1`, both valid in Rust and in the IDL, decoding returns one `k1` with the
# value of the later one; the other value is gone without an error or a warning.
#
# Why it matters: parameters carry numbers in their names. Two fields of an account that differ by an underscore
# before a digit would be read as one by every TypeScript user. No struct of ours has such a pair.
#
# Seen with @coral-xyz/anchor 0.32.1.
# Needs: node, npm, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @coral-xyz/anchor@0.32.1 > /dev/null
cat > finding.cjs <<'JS'
const { Program } = require("@coral-xyz/anchor");

const discriminator = [1, 2, 3, 4, 5, 6, 7, 8];
const fields = ["k_1", "k1", "last"].map((name) => ({ name, type: "u8" }));
const program = new Program({
  address: "11111111111111111111111111111111",
  metadata: { name: "finding", version: "0.1.0", spec: "0.1.0" },
  instructions: [],
  accounts: [{ name: "Params", discriminator }],
  types: [{ name: "Params", type: { kind: "struct", fields } }],
}, { connection: {} });
const bytes = Buffer.from([...discriminator, 10, 20, 30]);
console.log(JSON.stringify(program.coder.accounts.decode("params", bytes)));
JS
cat > expected <<'END'
{"k1":20,"last":30}
END
node finding.cjs > seen
cat seen
diff expected seen
