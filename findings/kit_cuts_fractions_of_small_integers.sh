#!/bin/sh
# @solana/kit checks the range of every number that it encodes, and of the small integers (u8 to u32, i8 to i32)
# nothing else: 0.29 * 100, a hair below 29, is encoded as 28, and NaN as 0. The large ones (u64, i64) refuse both.
#
# Why it matters: basis points, leverages and seconds are small integers. One that comes out of a sum of floats is an
# unit less, or 0 where the sum had no result, and no error says so. Round before encoding.
#
# Seen with @solana/kit 8.4.0.
# Needs: node, npm, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @solana/kit@8.4.0 > /dev/null
cat > finding.mjs <<'JS'
import * as kit from "@solana/kit";

const codecs = { u16: kit.getU16Codec(), u32: kit.getU32Codec(), i32: kit.getI32Codec(), u64: kit.getU64Codec() };
for (const [name, codec] of Object.entries(codecs)) {
  const through = [0.29 * 100, Number.NaN, -1e12].map((value) => {
    try {
      return codec.decode(codec.encode(value)).toString();
    } catch {
      return "refused";
    }
  });
  console.log(`${name}: 0.29 * 100 is ${through[0]}, NaN is ${through[1]}, -1e12 is ${through[2]}`);
}
JS
cat > expected <<'END'
u16: 0.29 * 100 is 28, NaN is 0, -1e12 is refused
u32: 0.29 * 100 is 28, NaN is 0, -1e12 is refused
i32: 0.29 * 100 is 28, NaN is 0, -1e12 is refused
u64: 0.29 * 100 is refused, NaN is refused, -1e12 is refused
END
node finding.mjs > seen
cat seen
diff expected seen
