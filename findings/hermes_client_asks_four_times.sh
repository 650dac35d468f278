#!/bin/sh
# Pyth's HermesClient asks four times before it gives an error, whatever the answer was: also after 404 (no such feed),
# after 429 (too many requests), and after an answer that it does not understand. Its timeout is one attempt's: with
# 300 ms a service that hangs is given up after 1.2 s and the pauses between, 0.7 to 1.4 s more.
#
# Why it matters: a keeper that is told it asks too often asks four times as often, and a price that must be 15 s young
# is waited for 20 s and more under the default timeout of 5 s. `httpRetries: 0` leaves it at one attempt.
#
# Seen with @pythnetwork/hermes-client 2.0.0.
# Needs: node, npm, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @pythnetwork/hermes-client@2.0.0 > /dev/null
cat > finding.mjs <<'JS'
import { createServer } from "node:http";
import { HermesClient } from "@pythnetwork/hermes-client";

async function requests(answer, options) {
  let count = 0;
  const server = createServer((_, response) => {
    count += 1;
    answer(response);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const client = new HermesClient(`http://127.0.0.1:${server.address().port}`, { timeout: 300, ...options });
  const start = Date.now();
  await client.getLatestPriceUpdates(["ab".repeat(32)]).then(() => Promise.reject("no error"), () => {});
  const waited = Date.now() - start;
  server.closeAllConnections();
  server.close();
  return [count, waited];
}

const status = (code) => (response) => response.writeHead(code).end("no");
console.log(`404: ${(await requests(status(404)))[0]} requests`);
console.log(`429: ${(await requests(status(429)))[0]} requests`);
console.log(`another answer: ${(await requests((response) => response.end("{}")))[0]} requests`);
const [hung, waited] = await requests(() => {});
console.log(`hangs: ${hung} requests, over three timeouts long: ${waited > 900}`);
console.log(`429 with httpRetries 0: ${(await requests(status(429), { httpRetries: 0 }))[0]} request`);
JS
cat > expected <<'END'
404: 4 requests
429: 4 requests
another answer: 4 requests
hangs: 4 requests, over three timeouts long: true
429 with httpRetries 0: 1 request
END
node finding.mjs > seen
cat seen
diff expected seen
