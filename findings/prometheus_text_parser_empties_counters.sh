#!/bin/sh
# prometheus-client (Python) has two parsers. The one for the text format reads OpenMetrics, which differs from it by
# little, without an error, and gives each counter as a family without samples; the sample is in another family, of type
# unknown. Exemplars become times: `# {...} 1` makes the sample one of a thousandth of a second after 1970.
#
# Why it matters: freeboard-keeper answers in OpenMetrics. A script that sums the family of liquidations by this parser
# sees none, whatever happens. Choose the parser by the content type of the answer.
#
# Seen with prometheus-client 0.26.0 (PyPI).
# Needs: python3 with venv, a package registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip --quiet --disable-pip-version-check install prometheus-client==0.26.0
cat > finding.py <<'PY'
from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics

text = """# HELP liquidations Accounts liquidated.
# TYPE liquidations counter
liquidations_total{closing="slice"} 3 # {account="a"} 1
# HELP slot The newest slot.
# TYPE slot gauge
slot 7
# EOF
"""
for name, module in (("OpenMetrics", openmetrics), ("text", parser)):
    for family in module.text_string_to_metric_families(text):
        samples = [(sample.value, sample.timestamp) for sample in family.samples]
        print(f"parser of {name}: {family.name}, {family.type}, values with times {samples}")
PY
cat > expected <<'END'
parser of OpenMetrics: liquidations, counter, values with times [(3, None)]
parser of OpenMetrics: slot, gauge, values with times [(7, None)]
parser of text: liquidations, counter, values with times []
parser of text: liquidations_total, unknown, values with times [(3, 0.001)]
parser of text: slot, gauge, values with times [(7, None)]
END
python/bin/python finding.py > seen
cat seen
diff expected seen
