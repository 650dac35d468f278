#!/bin/sh
# parse8601 of ccxt gives None for "2022-01-01", which ISO 8601 allows, without an error; it wants a time of day behind it.
# As `since` of fetch_ohlcv, None means "the newest": the exchange is asked without a start, and answers with the last
# 500 bars instead of the first ones of 2022.
#
# Why it matters: a price file that was to begin in 2022 holds the last weeks, has its right name and header, and a
# margin is calibrated on it. Freeboard's reports say from when to when each file's bars are; the name is not taken on
# trust.
#
# Seen with ccxt 4.5.90 (PyPI).
# Needs: python3 with venv, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip --quiet --disable-pip-version-check install ccxt==4.5.90
cat > finding.py <<'PY'
from urllib.parse import parse_qs, urlparse

import ccxt

MARKET = {"id": "BTCUSDT", "symbol": "BTC/USDT", "base": "BTC", "quote": "USDT", "type": "spot", "spot": True,
          "active": True, "contract": False, "swap": False, "future": False, "option": False, "linear": None,
          "inverse": None, "margin": False, "precision": {}, "limits": {}, "info": {}}


def asked(since):
    """The parameters that would be sent for hourly bars; nothing is sent."""
    exchange = ccxt.binance()
    exchange.set_markets({MARKET["symbol"]: MARKET})
    requests = []

    def fetch(url, *_):
        requests.append(parse_qs(urlparse(url).query))
        return []

    exchange.fetch = fetch
    exchange.fetch_ohlcv(MARKET["symbol"], "1h", since=since)
    return requests[0]


for date in ("2022-01-01T00:00:00Z", "2022-01-01 00:00:00", "2022-01-01"):
    since = ccxt.Exchange.parse8601(date)
    print(f"{date}: {since}, asked for {asked(since).get('startTime', 'no start')}")
PY
cat > expected <<'END'
2022-01-01T00:00:00Z: 1640995200000, asked for ['1640995200000']
2022-01-01 00:00:00: 1640995200000, asked for ['1640995200000']
2022-01-01: None, asked for no start
END
python/bin/python finding.py > seen
cat seen
diff expected seen
