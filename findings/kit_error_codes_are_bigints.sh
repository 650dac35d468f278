#!/bin/sh
# @solana/kit types the number of a program's error as `number`, and its client hands out a bigint: of a failed
# simulation, status or transaction, `err.InstructionError[1].Custom` is 6555n, and `=== 6555` is false, also in a
# TypeScript that compiles without a complaint. The helper getSolanaErrorFromTransactionError turns it into a number.
#
# Why it matters: a bot that looks for one refusal (6555, the grace of a liquidation) in what the node answered never
# finds it and takes every refusal for an unknown one. Refusals of Freeboard are told apart by these numbers.
#
# Seen with @solana/kit 8.4.0, typescript 5.9.3.
# Needs: node, npm, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm pkg set type=module
npm install --silent --no-audit --no-fund --ignore-scripts @solana/kit@8.4.0 typescript@5.9.3 @types/node@20 > /dev/null
cat > finding.ts <<'TS'
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createSolanaRpc, getSolanaErrorFromTransactionError, type Base64EncodedWireTransaction } from "@solana/kit";

// A node on which every transaction fails by error 6555 of its third instruction.
const value = {
  err: { InstructionError: [2, { Custom: 6555 }] },
  logs: [], accounts: null, innerInstructions: null, returnData: null, replacementBlockhash: null, unitsConsumed: 150,
};
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (part) => (body += part));
  request.on("end", () => {
    response.setHeader("content-type", "application/json");
    const result = { context: { slot: 5 }, value };
    response.end(JSON.stringify({ jsonrpc: "2.0", id: JSON.parse(body).id, result }));
  });
});
await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
const rpc = createSolanaRpc(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
const transaction = "AA==" as Base64EncodedWireTransaction;
const { err } = (await rpc.simulateTransaction(transaction, { encoding: "base64" }).send()).value;
server.close();

if (err && typeof err === "object" && "InstructionError" in err) {
  const what = err.InstructionError[1];
  if (typeof what === "object" && "Custom" in what) {
    const code: number = what.Custom;
    console.log(`declared a number, is a ${typeof code}; === 6555: ${code === 6555}`);
  }
  const context = getSolanaErrorFromTransactionError(err).context as { code?: unknown };
  console.log(`of the helper: a ${typeof context.code}; === 6555: ${context.code === 6555}`);
}
TS
cat > expected <<'END'
declared a number, is a bigint; === 6555: false
of the helper: a number; === 6555: true
END
npx tsc --strict --skipLibCheck --target es2022 --module nodenext finding.ts
node finding.js > seen
cat seen
diff expected seen
