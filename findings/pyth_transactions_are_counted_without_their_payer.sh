#!/bin/sh
# the TransactionBuilder of Pyth's solana-utils, which packs instructions into as few transactions as fit, counts the
# signers that the instructions name. A payer whom none of them names is left out, with address and signature 96 bytes,
# so that a full transaction comes out above the 1,232 bytes that a node takes: at 1,284 here. Where the instructions
# name the payer, the sizes are right.
#
# Why it matters: many calls of Freeboard have no signer (flag, sample_volatility, show_price), and a keeper that packs
# them by this builder behind its price updates gets batches that cannot be sent.
#
# Seen with @pythnetwork/solana-utils 0.5.0, @solana/web3.js 1.98.4 (put in place of the old one of jito-ts).
# Needs: node, npm, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > package.json <<'JSON'
{
  "dependencies": { "@pythnetwork/solana-utils": "0.5.0", "@solana/web3.js": "1.98.4" },
  "overrides": { "@solana/web3.js": "1.98.4" }
}
JSON
npm install --silent --no-audit --no-fund --ignore-scripts > /dev/null
cat > finding.cjs <<'JS'
const { TransactionBuilder } = require("@pythnetwork/solana-utils");
const { PublicKey, TransactionInstruction } = require("@solana/web3.js");

const key = (byte) => new PublicKey(new Uint8Array(32).fill(byte));
const [payer, programId] = [key(1), key(2)];
const connection = { getLatestBlockhash: async () => ({ blockhash: key(3).toBase58() }) };

async function sizes(first) {
  const instructions = Array.from({ length: 40 }, (_, i) => {
    const keys = [...first, { pubkey: key(100 + i), isSigner: false, isWritable: true }];
    return { instruction: new TransactionInstruction({ programId, keys, data: Buffer.alloc(20) }), signers: [] };
  });
  const fees = { computeUnitPriceMicroLamports: 1_000, tightComputeBudget: true };
  const built = await TransactionBuilder.batchIntoVersionedTransactions(payer, connection, instructions, fees);
  return built.map(({ tx }) => 1 + 64 * tx.message.header.numRequiredSignatures + tx.message.serialize().length);
}

(async () => {
  console.log(`payer named: ${(await sizes([{ pubkey: payer, isSigner: true, isWritable: true }])).join(", ")} bytes`);
  console.log(`payer not named: ${(await sizes([])).join(", ")} bytes`);
})();
JS
cat > expected <<'END'
payer named: 1189, 1189, 562 bytes
payer not named: 1284, 1284, 332 bytes
END
node finding.cjs 2> /dev/null > seen
cat seen
diff expected seen
