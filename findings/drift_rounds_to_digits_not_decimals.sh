#!/bin/sh
# BigNum.toFixed(2, true) of Drift's client, "the specified number of decimal places", rounded, rounds to two
# digits of the whole number before it prints two decimals: 1234.567 is 1200.00. A carry loses its place: 9.995 is
# 1.00 and 99.5 is 10.00. Without `true` it cuts: 1.999 is 1.99.
#
# Why it matters: a balance or a price in a front end that borrows the class is wrong by up to a factor of ten, or by a
# cent against whoever reads it. Amounts of Freeboard are integers; who prints them rounds by a stated digit.
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
require("./package/lib/node/constants/numericConstants.js"); // which BigNum wants loaded before it
const { BigNum } = require("./package/lib/node/factory/bigNum.js");

for (const text of ["1234.567", "9.995", "99.5", "1.999", "-1234.567"]) {
  const number = BigNum.fromPrint(text, new BN(6));
  console.log(`${text}: toFixed(2) ${number.toFixed(2)}, toFixed(2, true) ${number.toFixed(2, true)}`);
}
JS
cat > expected <<'END'
1234.567: toFixed(2) 1234.56, toFixed(2, true) 1200.00
9.995: toFixed(2) 9.99, toFixed(2, true) 1.00
99.5: toFixed(2) 99.50, toFixed(2, true) 10.00
1.999: toFixed(2) 1.99, toFixed(2, true) 2.00
-1234.567: toFixed(2) -1234.56, toFixed(2, true) -1000.00
END
node finding.cjs > seen
cat seen
diff expected seen
