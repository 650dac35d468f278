#!/bin/sh
# parsePriceFeedMessage of Pyth's TypeScript SDK reads the price and its EMA, both i64 in Pyth's format, without
# their sign: -37.63 (-3763 with exponent -2) comes out as 18446744073709547853. The exponent beside it is signed, and
# the price in the same service's JSON keeps its minus.
#
# Why it matters: prices below zero are valid in the format (oil in 2020, rates and spreads). A poster that checks the
# update it is about to send sees a price beyond all bounds instead of a negative one. The program reads i64 and
# refuses what is not above zero.
#
# Seen with @pythnetwork/price-service-sdk 1.8.0.
# Needs: node, npm, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @pythnetwork/price-service-sdk@1.8.0 > /dev/null
cat > finding.cjs <<'JS'
const { Price, parsePriceFeedMessage } = require("@pythnetwork/price-service-sdk");

for (const price of [3763n, -3763n]) {
  // The kind, the feed's id, price, confidence, exponent, two times, the EMA's price and confidence: big-endian.
  const message = Buffer.alloc(85);
  message.fill(0xab, 1, 33);
  message.writeBigInt64BE(price, 33);
  message.writeBigUInt64BE(2n, 41);
  message.writeInt32BE(-2, 49);
  message.writeBigInt64BE(1_700_000_000n, 53);
  message.writeBigInt64BE(1_699_999_999n, 61);
  message.writeBigInt64BE(price, 69);
  message.writeBigUInt64BE(3n, 77);
  const read = parsePriceFeedMessage(message);
  const json = Price.fromJson({ price: `${price}`, conf: "2", expo: -2, publish_time: 1_700_000_000 });
  console.log(`${price}: message ${read.price}, EMA ${read.emaPrice}, exponent ${read.exponent}; JSON ${json.price}`);
}
JS
cat > expected <<'END'
3763: message 3763, EMA 3763, exponent -2; JSON 3763
-3763: message 18446744073709547853, EMA 18446744073709547853, exponent -2; JSON -3763
END
node finding.cjs > seen
cat seen
diff expected seen
