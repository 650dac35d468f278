#!/bin/sh
# numberToSafeBN, by which Drift's client turns an order's size into atoms, guards against more than 2^53 atoms by
# leaving out the fraction: with nine decimals, 9,007,199.25 units are exact, and 9,007,200.25 units are 9,007,200.
# Below that it cuts instead of rounding: 1.005 at six decimals is 1,004,999 atoms.
#
# Why it matters: the guard against a wrong last digit drops up to a whole unit of size without an error, from a size on
# that is common for cheap tokens. Freeboard's client takes atoms, and its command line reads decimals from their text.
#
# Seen with @drift-labs/sdk 2.156.0, @coral-xyz/anchor 0.29.0, @solana/web3.js 1.98.0.
# Needs: node, npm, tar, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @coral-xyz/anchor@0.29.0 @solana/web3.js@1.98.0 > /dev/null
tar -xzf "$(npm pack --silent @drift-labs/sdk@2.156.0)"
cat > finding.cjs <<'JS'
const { BN } = require("@coral-xyz/anchor");
const { numberToSafeBN } = require("./package/lib/node/math/utils.js");

for (const [units, decimals] of [[9007199.25, 9], [9007200.25, 9], [20000000.5, 9], [1.005, 6]]) {
  console.log(`${units} at ${decimals} decimals: ${numberToSafeBN(units, new BN(10 ** decimals))} atoms`);
}
JS
cat > expected <<'END'
9007199.25 at 9 decimals: 9007199250000000 atoms
9007200.25 at 9 decimals: 9007200000000000 atoms
20000000.5 at 9 decimals: 20000000000000000 atoms
1.005 at 6 decimals: 1004999 atoms
END
node finding.cjs > seen
cat seen
diff expected seen
