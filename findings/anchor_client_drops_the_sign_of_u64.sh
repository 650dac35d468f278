#!/bin/sh
# Anchor's client encodes -1 for a u64 as 1, and 2^63 for an i64 as -2^63, without an error. The same client refuses
# -1 for a u16, and 2^64 for a u64. (A u64 is written by its magnitude; an i64 is not checked at all.)
#
# Why it matters: a difference of two amounts that has turned negative is sent as a deposit or a limit of the same size
# instead of being refused, and no conversion in between shows it. Whoever subtracts compares first.
#
# Seen with @anchor-lang/core 1.2.0, @coral-xyz/anchor 0.32.1.
# Needs: node, npm, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @anchor-lang/core@1.2.0 @coral-xyz/anchor@0.32.1 > /dev/null
cat > finding.cjs <<'JS'
const discriminator = [1, 2, 3, 4, 5, 6, 7, 8];

function tell(name) {
  const { BN, Program } = require(name);
  const two = new BN(2);
  const values = { u64: [new BN(-1), two.pow(new BN(64))], i64: [new BN(-1), two.pow(new BN(63))], u16: [-1] };
  for (const [type, numbers] of Object.entries(values)) {
    const program = new Program({
      address: "11111111111111111111111111111111",
      metadata: { name: "finding", version: "0.1.0", spec: "0.1.0" },
      instructions: [{ name: "move", discriminator, accounts: [], args: [{ name: "x", type }] }],
    }, { connection: {} });
    for (const number of numbers) {
      let decoded = "refused";
      try {
        decoded = program.coder.instruction.decode(program.coder.instruction.encode("move", { x: number })).data.x;
      } catch {}
      console.log(`${name}: ${number} as ${type} is ${decoded}`);
    }
  }
}

tell("@anchor-lang/core");
tell("@coral-xyz/anchor");
JS
cat > expected <<'END'
@anchor-lang/core: -1 as u64 is 1
@anchor-lang/core: 18446744073709551616 as u64 is refused
@anchor-lang/core: -1 as i64 is -1
@anchor-lang/core: 9223372036854775808 as i64 is -9223372036854775808
@anchor-lang/core: -1 as u16 is refused
@coral-xyz/anchor: -1 as u64 is 1
@coral-xyz/anchor: 18446744073709551616 as u64 is refused
@coral-xyz/anchor: -1 as i64 is -1
@coral-xyz/anchor: 9223372036854775808 as i64 is -9223372036854775808
@coral-xyz/anchor: -1 as u16 is refused
END
node finding.cjs > seen
cat seen
diff expected seen
