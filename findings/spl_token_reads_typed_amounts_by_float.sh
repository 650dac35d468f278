#!/bin/sh
# spl-token's uiAmountToAmountForMintWithoutSimulation, which "implements the same logic" as the program, reads the
# typed amount of a plain mint as a float and cuts it: "2.01" of six decimals is 2,009,999 atoms. Of the amounts
# 0.01, 0.02, ... 1000.00, 1,196 come out an atom short. The program gives the right number for each.
#
# Why it matters: a user who types the whole debt or balance leaves an atom behind: a loan that is not repaid in full,
# an account that cannot be closed. Read decimals from the text, as integers.
#
# Seen with @solana/spl-token 0.4.15 and the token program in litesvm 1.5.0.
# Needs: node, npm, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund \
    @solana/spl-token@0.4.15 @solana/web3.js@1.98.4 @solana/kit@8.4.0 litesvm@1.5.0 > /dev/null
cat > finding.mjs <<'JS'
import * as kit from "@solana/kit";
import { LiteSVM } from "litesvm";
import * as token from "@solana/spl-token";
import { PublicKey } from "@solana/web3.js";

const mint = new PublicKey(new Uint8Array(32).fill(7));
const data = Buffer.alloc(82);
data[44] = 6; // decimals
data[45] = 1; // initialized
const account = { data, owner: token.TOKEN_PROGRAM_ID, lamports: 10_000_000, executable: false };
const byPackage = (text) =>
  token.uiAmountToAmountForMintWithoutSimulation({ getAccountInfo: async () => account }, mint, text);

const svm = new LiteSVM();
const [address, programAddress] = [mint.toBase58(), token.TOKEN_PROGRAM_ID.toBase58()];
svm.setAccount({ address, data, space: 82n, lamports: 10_000_000n, programAddress, executable: false });
const payer = await kit.generateKeyPairSigner();
svm.airdrop(payer.address, kit.lamports(1_000_000_000n));
async function byProgram(text) {
  const call = Buffer.concat([Buffer.from([24]), Buffer.from(text)]); // UiAmountToAmount
  const transaction = await kit.pipe(
    kit.createTransactionMessage({ version: 0 }),
    (message) => kit.setTransactionMessageFeePayerSigner(payer, message),
    (message) => svm.setTransactionMessageLifetimeUsingLatestBlockhash(message),
    (message) => kit.appendTransactionMessageInstruction(
      { programAddress, accounts: [{ address, role: 0 }], data: call }, message),
    (message) => kit.signTransactionMessageWithSigners(message),
  );
  return Buffer.from(svm.sendTransaction(transaction).returnData().data()).readBigUInt64LE();
}

for (const text of ["2.00", "2.01", "8.2", "1.005"]) {
  console.log(`"${text}": program ${await byProgram(text)}, package ${await byPackage(text)}`);
}
let short = 0;
for (let cents = 1; cents <= 100_000; cents += 1) {
  short += Number(BigInt(cents) * 10_000n - (await byPackage((cents / 100).toFixed(2))));
}
console.log(`of 100000 amounts: ${short} short by an atom`);
JS
cat > expected <<'END'
"2.00": program 2000000, package 2000000
"2.01": program 2010000, package 2009999
"8.2": program 8200000, package 8199999
"1.005": program 1005000, package 1004999
of 100000 amounts: 1196 short by an atom
END
node finding.mjs 2> /dev/null > seen
cat seen
diff expected seen
