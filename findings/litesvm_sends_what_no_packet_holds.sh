#!/bin/sh
# LiteSVM (npm) runs a version-0 transaction of 20,173 bytes and says nothing of its size. A node takes 1,232 bytes;
# @solana/kit tells that when asked, and neither compiling nor signing asks.
#
# Why it matters: tests in LiteSVM pass with transactions that cannot be sent: a liquidation without its lookup table,
# a price update with all its signatures. Tests of sizes measure the bytes, or run against a validator.
#
# Seen with litesvm 1.5.0 (npm), @solana/kit 8.4.0.
# Needs: node, npm, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund litesvm@1.5.0 @solana/kit@8.4.0 > /dev/null
cat > finding.mjs <<'JS'
import * as kit from "@solana/kit";
import { FailedTransactionMetadata, LiteSVM } from "litesvm";

const svm = new LiteSVM();
const payer = await kit.generateKeyPairSigner();
svm.airdrop(payer.address, kit.lamports(1_000_000_000n));
const programAddress = kit.address("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr");

for (const length of [1_000, 1_100, 20_000]) {
  const data = new Uint8Array(length).fill(65);
  const transaction = await kit.pipe(
    kit.createTransactionMessage({ version: 0 }),
    (message) => kit.setTransactionMessageFeePayerSigner(payer, message),
    (message) => svm.setTransactionMessageLifetimeUsingLatestBlockhash(message),
    (message) => kit.appendTransactionMessageInstruction({ programAddress, data }, message),
    (message) => kit.signTransactionMessageWithSigners(message),
  );
  const fits = kit.isTransactionWithinSizeLimit(transaction) ? "fits a packet" : "fits no packet";
  const failed = svm.sendTransaction(transaction) instanceof FailedTransactionMetadata;
  console.log(`${kit.getTransactionSize(transaction)} bytes, ${fits}: ${failed ? "failed" : "executed"}`);
}
JS
cat > expected <<'END'
1172 bytes, fits a packet: executed
1272 bytes, fits no packet: executed
20173 bytes, fits no packet: executed
END
node finding.mjs > seen
cat seen
diff expected seen
