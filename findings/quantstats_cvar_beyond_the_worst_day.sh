#!/bin/sh
# quantstats' value at risk and expected shortfall of a series of returns come from a normal distribution with
# the series' mean and deviation; no observation enters. Of returns that are +1 % and -1 % in turn, the "average of the
# worst 5 %" is -2.06 %, twice the worst day there ever was; of a series with 6 % of days at -5 %, it is -2.7 %,
# about half of what the worst 5 % of days lost, every one of them.
#
# Why it matters: coverage of a margin judged by these two numbers would call tails safe that are not. Our
# backtest counts exceedances of the history itself.
#
# Seen with quantstats 0.0.86, numpy 2.4.6, pandas 3.1.1, scipy 1.17.1.
# Needs: python3 with venv, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip --quiet --disable-pip-version-check install \
    quantstats==0.0.86 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1
cat > finding.py <<'PY'
import numpy
import pandas
import quantstats

days = pandas.date_range("2020-01-01", periods=1000)
series = {
    "in turn": numpy.where(numpy.arange(1000) % 2 == 0, 0.01, -0.01),
    "6 % of days": numpy.where(numpy.arange(1000) % 50 < 3, -0.05, 0.001),
}
for name, returns in series.items():
    returns = pandas.Series(returns, index=days)
    worst = returns.sort_values().iloc[:50].mean()
    var, cvar = quantstats.stats.var(returns), quantstats.stats.cvar(returns)
    print(f"{name}: worst day {returns.min():.4f}, mean of worst 5 % {worst:.4f}, var {var:.4f}, cvar {cvar:.4f}")
PY
cat > expected <<'END'
in turn: worst day -0.0100, mean of worst 5 % -0.0100, var -0.0165, cvar -0.0206
6 % of days: worst day -0.0500, mean of worst 5 % -0.0500, var -0.0220, cvar -0.0271
END
MPLCONFIGDIR="$folder" python/bin/python -W ignore finding.py > seen
cat seen
diff expected seen
