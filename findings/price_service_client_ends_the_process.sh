#!/bin/sh
# Pyth's PriceServiceConnection says of errors of its web socket that the default handler "only logs the errors". It
# logs them and ends the whole process with code 1: a service that refuses the connection stops everything else that
# the process does, although a part named "resilient" reconnects. A handler of one's own, `onWsError`, takes its place.
#
# Why it matters: a keeper that reads prices by it is down when the price service refuses it for a moment, and with it
# what needs no price. Whoever runs it sets `onWsError`, or lets a supervisor start the process again.
#
# Seen with @pythnetwork/price-service-client 1.9.0.
# Needs: node, npm, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @pythnetwork/price-service-client@1.9.0 > /dev/null
sed -n 's/^ *\* Default handler/Default handler/p' \
    node_modules/@pythnetwork/price-service-client/lib/PriceServiceConnection.d.ts > seen
cat > finding.cjs <<'JS'
const { createServer } = require("node:net");
const { PriceServiceConnection } = require("@pythnetwork/price-service-client");

// A port on which nobody listens any more.
const server = createServer().listen(0, "127.0.0.1", () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  server.close(() => {
    const connection = new PriceServiceConnection(url, { logger: silent() });
    if (process.argv[2] === "own") {
      connection.onWsError = () => {};
    }
    connection.subscribePriceFeedUpdates(["ab".repeat(32)], () => {}).catch(() => {});
    setTimeout(() => process.exit(0), 3_000);
  });
});

function silent() {
  const nothing = () => {};
  return { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };
}
JS
for handler in default own; do
    code=0
    node finding.cjs "$handler" || code=$?
    echo "$handler handler: the process ends with $code" >> seen
done
cat > expected <<'END'
Default handler only logs the errors.
default handler: the process ends with 1
own handler: the process ends with 0
END
cat seen
diff expected seen
