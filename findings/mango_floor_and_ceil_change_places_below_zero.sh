#!/bin/sh
# Mango's TypeScript number I80F48 rounds -1.5 by floor() to -1 and by ceil() to -2: below zero the two names have
# changed places, because they are "towards zero" and "away from zero". The Rust type of the same name (fixed) has
# floor -2 and ceil -1. The package reckons its own limits of settled profit and loss with them.
#
# Why it matters: who reckons debts or losses with this type off chain gets each bound from the wrong side, by a whole
# unit. Freeboard's rounding functions name the direction and in whose favour it is.
#
# Seen with @blockworks-foundation/mango-v4 0.33.9, big.js 6.2.2, bn.js 5.2.2.
# Needs: node, npm, tar, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts big.js@6.2.2 bn.js@5.2.2 > /dev/null
tar -xzf "$(npm pack --silent @blockworks-foundation/mango-v4@0.33.9)"
cat > finding.cjs <<'JS'
const { I80F48 } = require("./package/dist/cjs/src/numbers/I80F48.js");

for (const x of [1.5, -1.5, -0.25, -2]) {
  const number = I80F48.fromNumber(x);
  console.log(`${number}: floor ${number.floor()}, ceil ${number.ceil()}`);
}
JS
cat > expected <<'END'
1.5: floor 1, ceil 2
-1.5: floor -1, ceil -2
-0.25: floor 0, ceil -1
-2: floor -2, ceil -2
END
node finding.cjs > seen
cat seen
diff expected seen
