#!/bin/sh
# a new LiteSVM (npm) begins at slot 447,552,000, which looks like a cluster of today, while its clock's
# unix_timestamp is 0. warpToSlot moves the slot and leaves the timestamp where it is. The Python package of solders
# that wraps the same machine begins at slot 0.
#
# Why it matters: with such a clock every recorded Pyth print lies half a century in the future, so that tests of a
# maximum age pass whatever the program checks; ages in slots and in seconds drift apart. Our harness sets both
# together.
#
# Seen with litesvm 1.5.0 (npm), solders 0.26.0 (PyPI).
# Needs: node, npm, python3 with venv, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund litesvm@1.5.0 > /dev/null
python3 -m venv python
python/bin/pip --quiet --disable-pip-version-check install solders==0.26.0
cat > finding.cjs <<'JS'
const { LiteSVM } = require("litesvm");

const svm = new LiteSVM();
const show = (when) => {
  const clock = svm.getClock();
  console.log(`npm, ${when}: slot ${clock.slot}, unix_timestamp ${clock.unixTimestamp}`);
};
show("new");
svm.warpToSlot(svm.getClock().slot + 1000n);
show("1,000 slots on");
JS
cat > finding.py <<'PY'
from solders.litesvm import LiteSVM

clock = LiteSVM().get_clock()
print(f"PyPI, new: slot {clock.slot}, unix_timestamp {clock.unix_timestamp}")
PY
cat > expected <<'END'
npm, new: slot 447552000, unix_timestamp 0
npm, 1,000 slots on: slot 447553000, unix_timestamp 0
PyPI, new: slot 0, unix_timestamp 0
END
{ node finding.cjs; python/bin/python finding.py; } > seen
cat seen
diff expected seen
