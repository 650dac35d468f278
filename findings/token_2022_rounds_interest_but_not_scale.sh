#!/bin/sh
# Token-2022 rounds the UI amount of an interest-bearing mint to the nearest unit of its last digit and cuts
# that of a scaled mint; spl-token's functions "WithoutSimulation" cut both. One atom at -1 % a year is 0.000001 by the
# program and 0 by the package; 3 atoms at +5 % are 4 and 3.
#
# Why it matters: a front end shows another amount of the same account than the chain does, and a user who types
# the amount shown into "all" asks for an atom more than there is. Amounts of ours are atoms everywhere.
#
# Seen with @solana/spl-token 0.4.15 and the Token-2022 program in litesvm 1.5.0.
# Needs: node, npm, python3 with venv, a package registry. Prints what it sees; exits with 0 while that is what is written below.
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

const PROGRAM = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb";
const [START, UPDATE, NOW] = [1_600_000_000, 1_650_000_000, 1_700_000_000];

// The mint's 82 bytes, padding to 165, the kind of the account and one extension.
function mint(decimals, kind, extension) {
  const data = Buffer.alloc(170 + extension.length);
  data[44] = decimals;
  data[45] = 1;
  data[165] = 1;
  data.writeUInt16LE(kind, 166);
  data.writeUInt16LE(extension.length, 168);
  extension.copy(data, 170);
  return data;
}

function interest(rate) {
  const bytes = Buffer.alloc(52);
  bytes.writeBigInt64LE(BigInt(START), 32);
  bytes.writeInt16LE(rate, 40);
  bytes.writeBigInt64LE(BigInt(UPDATE), 42);
  bytes.writeInt16LE(rate, 50);
  return bytes;
}

function scale(multiplier) {
  const bytes = Buffer.alloc(56);
  bytes.writeDoubleLE(multiplier, 32);
  bytes.writeDoubleLE(multiplier, 48);
  return bytes;
}

async function byProgram(data, amount) {
  const svm = new LiteSVM();
  const clock = svm.getClock();
  clock.unixTimestamp = BigInt(NOW);
  svm.setClock(clock);
  const address = kit.getAddressDecoder().decode(new Uint8Array(32).fill(7));
  const space = BigInt(data.length);
  svm.setAccount({ address, data, space, lamports: 10_000_000n, programAddress: PROGRAM, executable: false });
  const payer = await kit.generateKeyPairSigner();
  svm.airdrop(payer.address, kit.lamports(1_000_000_000n));
  const call = Buffer.alloc(9, 23); // AmountToUiAmount
  call.writeBigUInt64LE(amount, 1);
  const transaction = await kit.pipe(
    kit.createTransactionMessage({ version: 0 }),
    (message) => kit.setTransactionMessageFeePayerSigner(payer, message),
    (message) => svm.setTransactionMessageLifetimeUsingLatestBlockhash(message),
    (message) => kit.appendTransactionMessageInstruction(
      { programAddress: PROGRAM, accounts: [{ address, role: 0 }], data: call }, message),
    (message) => kit.signTransactionMessageWithSigners(message),
  );
  return Buffer.from(svm.sendTransaction(transaction).returnData().data()).toString();
}

for (const [rate, decimals, amount] of [[-100, 6, 1n], [500, 0, 3n], [500, 0, 7n]]) {
  const program = await byProgram(mint(decimals, 10, interest(rate)), amount);
  const client = token.amountToUiAmountForInterestBearingMintWithoutSimulation(
    amount, decimals, NOW, UPDATE, START, rate, rate);
  console.log(`interest ${rate / 100} %, ${amount} atoms of ${decimals} digits: program ${program}, package ${client}`);
}
for (const [multiplier, decimals, amount] of [[0.9, 6, 1n], [1.3, 0, 3n]]) {
  const program = await byProgram(mint(decimals, 25, scale(multiplier)), amount);
  const client = token.amountToUiAmountForScaledUiAmountMintWithoutSimulation(amount, decimals, multiplier);
  console.log(`scale ${multiplier}, ${amount} atoms of ${decimals} digits: program ${program}, package ${client}`);
}
JS
cat > expected <<'END'
interest -1 %, 1 atoms of 6 digits: program 0.000001, package 0
interest 5 %, 3 atoms of 0 digits: program 4, package 3
interest 5 %, 7 atoms of 0 digits: program 8, package 8
scale 0.9, 1 atoms of 6 digits: program 0, package 0
scale 1.3, 3 atoms of 0 digits: program 3, package 3
END
node finding.mjs > seen
cat seen
diff expected seen
