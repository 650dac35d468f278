#!/bin/sh
# empyrical's gpd_risk_estimates fits a generalised Pareto distribution to the losses beyond a threshold, and does not
# take the threshold from them first, so that the "scale" is the mean loss, not the mean excess. Its values at risk are
# not even in order: of 2,000 returns of a t distribution it is 3.6 % at a tail of 5 %, and 2.6 % at one of 1 %, below
# its own threshold of 5 %. The quantiles are 2.1 % and 3.7 %. Losses are positive here; value_at_risk of the same
# package has them negative.
#
# Why it matters: a margin of 3 % that is checked against this "extreme value" estimate passes at 1 % and fails at 5 %,
# where the data say the reverse. Freeboard's backtest counts what exceeded the margin.
#
# Seen with empyrical-reloaded 0.7.1, numpy 2.4.6, pandas 3.1.1, scipy 1.17.1.
# Needs: python3 with venv, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip --quiet --disable-pip-version-check install \
    empyrical-reloaded==0.7.1 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1
cat > finding.py <<'PY'
import empyrical
import numpy
from scipy import stats

count = 2_000
returns = stats.t.ppf((numpy.arange(count) + 0.5) / count, 4) * 0.01
for share in (0.05, 0.01):
    threshold, scale, _, var, _ = empyrical.gpd_risk_estimates(returns, share)
    beyond = -returns[-returns >= threshold]
    print(f"tail of {share:.0%}: beyond {threshold:.3f} mean loss {beyond.mean():.3f}, mean excess "
          f"{(beyond - threshold).mean():.3f}; scale {scale:.3f}")
    print(f"    VaR {var:.3f}, quantile {-numpy.quantile(returns, share):.3f}, "
          f"value_at_risk {empyrical.value_at_risk(returns, share):.3f}")
PY
cat > expected <<'END'
tail of 5%: beyond 0.025 mean loss 0.036, mean excess 0.011; scale 0.036
    VaR 0.036, quantile 0.021, value_at_risk -0.021
tail of 1%: beyond 0.050 mean loss 0.068, mean excess 0.018; scale 0.068
    VaR 0.026, quantile 0.037, value_at_risk -0.037
END
python/bin/python -W ignore finding.py > seen
cat seen
diff expected seen
