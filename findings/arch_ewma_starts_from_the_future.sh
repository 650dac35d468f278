#!/bin/sh
# arch's EWMAVariance(0.94), the RiskMetrics recursion, begins neither at the first squared return nor at the
# sample's variance: it begins at a weighted mean of the squares of the first 75 returns, so the variances of the first
# weeks know returns that come after them. A jump on day 40 raises the variance of day 0.
#
# Why it matters: a comparison of the on-chain recursion with this one differs at the start by no error of either,
# and a backtest that counts those days looks ahead. Ours begins from a stated value and leaves out the days of warm-up.
#
# Seen with arch 8.0.0, numpy 2.4.6, pandas 3.1.1, scipy 1.17.1.
# Needs: python3 with venv, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip --quiet --disable-pip-version-check install arch==8.0.0 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1
cat > finding.py <<'PY'
import numpy
from arch.univariate import EWMAVariance, ZeroMean


def first_variance(returns):
    model = ZeroMean(returns, rescale=False)
    model.volatility = EWMAVariance(0.94)
    return model.fit(disp="off").conditional_volatility[0] ** 2


calm = numpy.tile([1.0, -1.0], 100)
jump = calm.copy()
jump[40] = 20.0
late = calm.copy()
late[80] = 20.0
for name, returns in {"calm": calm, "jump on day 40": jump, "jump on day 80": late}.items():
    print(f"{name}: variance of day 0 is {first_variance(returns):.4f}")
weights = 0.94 ** numpy.arange(75)
print(f"mean of the first 75 squares, weighted: {weights @ jump[:75] ** 2 / weights.sum():.4f}")
PY
cat > expected <<'END'
calm: variance of day 0 is 1.0000
jump on day 40: variance of day 0 is 3.0345
jump on day 80: variance of day 0 is 1.0000
mean of the first 75 squares, weighted: 3.0345
END
python/bin/python -W ignore finding.py > seen
cat seen
diff expected seen
