#!/bin/sh
# roundTo5 of Mango's client, "to five digits", cuts the text of a number, and takes no notice of an exponent in it:
# 1.234e-7 is 1.234, ten million times as much, and 5.0000001 is 6. The price limits of its conditional swaps go through
# it; 0.00001234567, whose text has no exponent, is cut as meant.
#
# Why it matters: prices of cheap tokens lie below 10^-6, where JavaScript writes an exponent. A front end that borrows
# the function shows such a price, or one just above a whole number, as another one.
#
# Seen with @blockworks-foundation/mango-v4 0.33.9, @solana/web3.js 1.98.4, big.js 6.2.2, bn.js 5.2.2.
# Needs: node, npm, tar, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts big.js@6.2.2 bn.js@5.2.2 @solana/web3.js@1.98.4 > /dev/null
tar -xzf "$(npm pack --silent @blockworks-foundation/mango-v4@0.33.9)"
cat > finding.cjs <<'JS'
const { roundTo5 } = require("./package/dist/cjs/src/utils.js");

for (const price of [0.00001234567, 1.234e-7, 5.1234567, 5.0000001, 12.00000005]) {
  console.log(`${price} to five digits: ${roundTo5(price)}`);
}
JS
cat > expected <<'END'
0.00001234567 to five digits: 0.000012345
1.234e-7 to five digits: 1.234
5.1234567 to five digits: 5.1234
5.0000001 to five digits: 6
12.00000005 to five digits: 17
END
node finding.cjs > seen
cat seen
diff expected seen
