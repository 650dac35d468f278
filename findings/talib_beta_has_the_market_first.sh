#!/bin/sh
# BETA(real0, real1) of TA-Lib is the slope of real1 on real0: the market comes first and the asset second, which the
# function's names and help do not say. It takes prices and makes the returns itself, where CORREL beside it takes what
# it is given; of returns it makes a number without meaning. An asset of beta 2 has 1.99, 0.41 and 0.04.
#
# Why it matters: a hedge by the wrong one of the three is wrong by a factor of five or fifty here, without an error.
#
# Seen with TA-Lib 0.8.2 (PyPI), numpy 2.4.6.
# Needs: python3 with venv, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip --quiet --disable-pip-version-check install TA-Lib==0.8.2 numpy==2.4.6
cat > finding.py <<'PY'
import numpy
import talib

steps = numpy.random.default_rng(5)
market = steps.normal(0, 0.01, 400)
asset = 2 * market + steps.normal(0, 0.01, 400)
market_price, asset_price = (numpy.cumprod(1 + returns) for returns in (market, asset))
last = slice(-100, None)
slope = numpy.cov(asset[last], market[last], ddof=0)[0, 1] / market[last].var()
print(f"slope of the asset's returns on the market's: {slope:.2f}")
print(f"BETA(market's prices, asset's prices): {talib.BETA(market_price, asset_price, 100)[-1]:.2f}")
print(f"BETA(asset's prices, market's prices): {talib.BETA(asset_price, market_price, 100)[-1]:.2f}")
print(f"BETA(market's returns, asset's returns): {talib.BETA(market, asset, 100)[-1]:.2f}")
PY
cat > expected <<'END'
slope of the asset's returns on the market's: 1.99
BETA(market's prices, asset's prices): 1.99
BETA(asset's prices, market's prices): 0.41
BETA(market's returns, asset's returns): 0.04
END
python/bin/python finding.py > seen
cat seen
diff expected seen
