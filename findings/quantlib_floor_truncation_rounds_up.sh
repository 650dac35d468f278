#!/bin/sh
# QuantLib's FloorTruncation(2) of 2.678 is 2.68, and CeilingTruncation(2) of it is 2.67. Neither cuts, and neither is a
# floor or a ceiling: the one rounds positive numbers to the nearest and cuts negative ones, the other the reverse (a
# standard of the OMG has these names for it). DownRounding is towards zero: of -2.678 it is -2.67, above the number.
#
# Why it matters: a payment rounded by "floor" can be a unit too much, a requirement by "ceiling" one too little, and of
# a debt each is the other way round. Freeboard's rounding functions name the direction and in whose favour it is.
#
# Seen with QuantLib 1.44 (PyPI).
# Needs: python3 with venv, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip --quiet --disable-pip-version-check install QuantLib==1.44
cat > finding.py <<'PY'
import QuantLib

for name in ("FloorTruncation", "CeilingTruncation", "DownRounding", "UpRounding"):
    rounding = getattr(QuantLib, name)(2)
    told = ", ".join(f"{x} is {rounding(x):.2f}" for x in (2.674, 2.678, -2.674, -2.678))
    print(f"{name}(2): {told}")
PY
cat > expected <<'END'
FloorTruncation(2): 2.674 is 2.67, 2.678 is 2.68, -2.674 is -2.67, -2.678 is -2.67
CeilingTruncation(2): 2.674 is 2.67, 2.678 is 2.67, -2.674 is -2.67, -2.678 is -2.68
DownRounding(2): 2.674 is 2.67, 2.678 is 2.67, -2.674 is -2.67, -2.678 is -2.67
UpRounding(2): 2.674 is 2.68, 2.678 is 2.68, -2.674 is -2.68, -2.678 is -2.68
END
python/bin/python finding.py > seen
cat seen
diff expected seen
