#!/bin/sh
# of the same instructions, payer and blockhash, three clients make three version-0 messages: @solana/web3.js keeps
# the accounts in the order of the instructions, solders (and Rust, whose code it wraps) sorts them by their bytes, and
# @solana/kit by their base58 text in the order of a dictionary, a before B. Of 200 sets of eight accounts kit and Rust
# agree in 134: two of three, enough for a test with one set to pass.
#
# Why it matters: who signs what another party has compiled, or looks for its signature, must keep the bytes. Built again
# by another client from the same instructions, the transaction has another message, and the signature does not fit.
#
# Seen with @solana/kit 8.4.0, @solana/web3.js 1.98.4 (npm), solders 0.26.0 (PyPI).
# Needs: node, npm, python3 with venv, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @solana/kit@8.4.0 @solana/web3.js@1.98.4 > /dev/null
python3 -m venv python
python/bin/pip --quiet --disable-pip-version-check install solders==0.26.0
cat > finding.mjs <<'JS'
import { createHash } from "node:crypto";
import * as kit from "@solana/kit";
import * as web3 from "@solana/web3.js";

for (let set = 0; set < 200; set += 1) {
  const keys = Array.from({ length: 8 }, (_, i) =>
    new web3.PublicKey(createHash("sha256").update(`${set} ${i}`).digest()));
  const [payer, program, ...accounts] = keys; // the first three of the accounts are writable
  const recentBlockhash = "11111111111111111111111111111111";
  const byWeb3 = web3.MessageV0.compile({
    payerKey: payer,
    recentBlockhash,
    instructions: [new web3.TransactionInstruction({
      programId: program,
      keys: accounts.map((pubkey, i) => ({ pubkey, isSigner: false, isWritable: i < 3 })),
    })],
  });
  const instruction = {
    programAddress: program.toBase58(),
    accounts: accounts.map((address, i) => ({ address: address.toBase58(), role: i < 3 ? 1 : 0 })),
  };
  const byKit = kit.compileTransactionMessage(kit.pipe(
    kit.createTransactionMessage({ version: 0 }),
    (message) => kit.setTransactionMessageFeePayer(payer.toBase58(), message),
    (message) => kit.setTransactionMessageLifetimeUsingBlockhash(
      { blockhash: recentBlockhash, lastValidBlockHeight: 1n }, message),
    (message) => kit.appendTransactionMessageInstruction(instruction, message),
  ));
  const bytes = kit.getCompiledTransactionMessageEncoder().encode(byKit);
  const hex = [Buffer.from(bytes), Buffer.from(byWeb3.serialize())].map((message) => message.toString("hex"));
  console.log([...keys.map((key) => key.toBase58()), ...hex].join(" "));
}
JS
cat > finding.py <<'PY'
import sys

from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.message import MessageV0, to_bytes_versioned
from solders.pubkey import Pubkey

same = {"kit and solders": 0, "web3.js and solders": 0, "kit and web3.js": 0}
for line in sys.stdin:
    *keys, kit, web3 = line.split()
    payer, program, *accounts = map(Pubkey.from_string, keys)
    metas = [AccountMeta(address, False, i < 3) for i, address in enumerate(accounts)]
    message = MessageV0.try_compile(payer, [Instruction(program, b"", metas)], [], Hash.default())
    solders = to_bytes_versioned(message).hex()
    same["kit and solders"] += kit == solders
    same["web3.js and solders"] += web3 == solders
    same["kit and web3.js"] += kit == web3
for pair, count in same.items():
    print(f"{pair}: the same message in {count} of 200")
PY
cat > expected <<'END'
kit and solders: the same message in 134 of 200
web3.js and solders: the same message in 2 of 200
kit and web3.js: the same message in 2 of 200
END
node finding.mjs 2> /dev/null > messages
python/bin/python finding.py < messages > seen
cat seen
diff expected seen
