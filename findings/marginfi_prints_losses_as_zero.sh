#!/bin/sh
# numeralFormatter of marginfi's mrgn-common prints every number below 0.01 as "0", and so each negative one:
# -1234.5 is "0" and -1,000,000 is "0". clampedNumeralFormatter makes them "< 0.01". The formatters for USD and per cent
# beside them keep the sign, and dynamicNumeralFormatter too.
#
# Why it matters: a profit, an equity or a funding payment below zero, shown by it in a front end, reads as nothing
# owed, the number that a trader most needs. Print the magnitude, and the sign for itself.
#
# Seen with @mrgnlabs/mrgn-common 2.0.7, numeral 2.0.6.
# Needs: node, npm, tar, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts numeral@2.0.6 > /dev/null
tar -xzf "$(npm pack --silent @mrgnlabs/mrgn-common@2.0.7)"
cat > finding.cjs <<'JS'
const format = require("./package/dist/utils/formatters.utils.js");

for (const amount of [1234.5, -1234.5, -1e6]) {
  const [numeral, clamped] = [format.numeralFormatter(amount), format.clampedNumeralFormatter(amount)];
  console.log(`${amount}: numeral ${numeral}, clamped ${clamped}, USD ${format.usdFormatter.format(amount)}`);
}
JS
cat > expected <<'END'
1234.5: numeral 1.23k, clamped 1.23k, USD $1,234.50
-1234.5: numeral 0, clamped < 0.01, USD -$1,234.50
-1000000: numeral 0, clamped < 0.01, USD -$1,000,000.00
END
node finding.cjs > seen
cat seen
diff expected seen
