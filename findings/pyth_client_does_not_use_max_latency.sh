#!/bin/sh
# a price account of Pyth's first oracle says by how many slots its price may be late. Pyth's Python client obeys it
# (0 means 25); the TypeScript client reads it, shows it as maxLatency, and takes 25 whatever it says. Of a feed with 5,
# a price of 10 slots ago is unknown in the one and trading in the other; with 50, one of 40 slots ago the other way.
#
# Why it matters: a keeper in one language and a front end in the other disagree on whether there is a price. Without a
# slot as second argument the TypeScript client takes the oldest price for a trading one. Freeboard counts the age in
# seconds by the chain's clock, and its own limit.
#
# Seen with @pythnetwork/client 2.22.1 (npm), pythclient 0.2.2 (PyPI).
# Needs: node, npm, python3 with venv, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @pythnetwork/client@2.22.1 > /dev/null
python3 -m venv python
python/bin/pip --quiet --disable-pip-version-check install pythclient==0.2.2
cat > finding.cjs <<'JS'
const { PriceStatus, parsePriceData } = require("@pythnetwork/client");
const { writeFileSync } = require("node:fs");

for (const latency of [5, 0, 50]) {
  const data = Buffer.alloc(3312);
  data.writeUInt32LE(0xa1b2c3d4, 0); // magic
  data.writeUInt32LE(2, 4); // version
  data.writeUInt32LE(3, 8); // a price account
  data.writeUInt32LE(data.length, 12);
  data.writeUInt32LE(1, 16); // of the type price
  data.writeInt32LE(-2, 20); // exponent
  data[106] = latency;
  data.fill(7, 112, 144); // product
  data.writeBigInt64LE(10_000n, 208);
  data.writeBigUInt64LE(10n, 216);
  data.writeUInt32LE(1, 224); // trading
  data.writeBigUInt64LE(1_000n, 232); // published in slot 1,000
  writeFileSync(`${latency}.bin`, data);
  const told = [10, 20, 40].map((late) => PriceStatus[parsePriceData(data, 1_000 + late).status].toLowerCase());
  console.log(`TypeScript, maxLatency ${parsePriceData(data).maxLatency}: 10, 20, 40 slots late: ${told.join(", ")}`);
}
JS
cat > finding.py <<'PY'
from pythclient.pythaccounts import ACCOUNT_HEADER_BYTES, PythPriceAccount
from pythclient.solana import SolanaPublicKey

for latency in (5, 0, 50):
    account = PythPriceAccount(SolanaPublicKey("1" * 32), None)
    account.update_from(open(f"{latency}.bin", "rb").read(), version=2, offset=ACCOUNT_HEADER_BYTES)
    told = [account.get_aggregate_price_status_with_slot(1_000 + late).name.lower() for late in (10, 20, 40)]
    print(f"Python, max_latency {account.max_latency}: 10, 20, 40 slots late: {', '.join(told)}")
PY
cat > expected <<'END'
TypeScript, maxLatency 5: 10, 20, 40 slots late: trading, trading, unknown
TypeScript, maxLatency 0: 10, 20, 40 slots late: trading, trading, unknown
TypeScript, maxLatency 50: 10, 20, 40 slots late: trading, trading, unknown
Python, max_latency 5: 10, 20, 40 slots late: unknown, unknown, unknown
Python, max_latency 25: 10, 20, 40 slots late: trading, trading, unknown
Python, max_latency 50: 10, 20, 40 slots late: trading, trading, trading
END
{ node finding.cjs && python/bin/python finding.py; } > seen
cat seen
diff expected seen
