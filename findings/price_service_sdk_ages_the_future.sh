#!/bin/sh
# in Pyth's TypeScript SDK, getPriceNoOlderThan(60) measures the distance from now to either side: a print
# published 120 s in the future (a clock of this machine that runs late, or a simulated one) is refused as too old,
# although nothing about it is old. The check of a program's own, publish_time + age >= now, takes the same print.
#
# Why it matters: a front end or keeper whose clock is behind by more than the age finds no price at all while the
# program would take the newest. Ages must be measured against the clock of the cluster, as the program does.
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
const { PriceFeed } = require("@pythnetwork/price-service-sdk");

const now = Math.floor(Date.now() / 1000);
for (const offset of [-120, -30, 30, 120]) {
  const price = { price: "100", conf: "1", expo: -2, publish_time: now + offset };
  const feed = PriceFeed.fromJson({ id: "ab".repeat(32), price, ema_price: price });
  console.log(`published ${offset} s from now: ${feed.getPriceNoOlderThan(60) ? "a price" : "none"}`);
}
JS
cat > expected <<'END'
published -120 s from now: none
published -30 s from now: a price
published 30 s from now: a price
published 120 s from now: none
END
node finding.cjs > seen
cat seen
diff expected seen
