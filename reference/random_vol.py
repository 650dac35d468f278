"""Random vol cases: price paths of 1 to 60 attempts with refusals of every reason, clamps, gaps and late reads."""
from __future__ import annotations

from random import Random
from typing import Any

import bounds
from random_margin import E9, YEAR_S, log_uniform, spread_value, targets, variance

LOW_PRICE, HIGH_PRICE = 10**6, 10**18          # USD · 1e12
STEPS = ("plain", "plain", "plain", "jump", "gap", "early", "exact", "old", "future", "older", "price", "conf", "edge")


def _params(rng: Random) -> dict[str, int]:
    """Parameters within the bounds, most at their defaults."""
    p = targets(rng) | bounds.defaults(bounds.SAMPLING)
    for key, (low, _, high) in bounds.SAMPLING.items():
        if rng.random() < 0.35:
            p[key] = spread_value(rng, low, high)
    p["min_spacing_s"] = min(max(p["min_spacing_s"], 4 * p["max_age_s"], 8), 315 - p["max_age_s"])
    return p


class Path:
    """Builds attempts one after the other; the clock never runs back."""

    def __init__(self, rng: Random, params: dict[str, int], price: int, start_s: int) -> None:
        self.rng, self.params, self.price = rng, params, price
        self.now_s, self.last_s = start_s, start_s            # last_s: newest publish time so far, about the anchor's
        self.attempts: list[dict[str, Any]] = []

    def _move(self, relative_e9: int) -> None:
        self.price = min(HIGH_PRICE, max(LOW_PRICE, self.price + self.price * relative_e9 // E9))

    def _add(self, price: int, age_s: int, conf: int) -> None:
        self.attempts.append(bounds.attempt(self.now_s, price, age_s, conf))

    def step(self, kind: str) -> None:
        """One attempt of a kind; whether it is accepted is for the model to say."""
        rng, p = self.rng, self.params
        spacing = p["min_spacing_s"]
        wait = {"gap": rng.randint(1, 20) * 86_400 + rng.randint(0, 9), "early": rng.randint(0, max(0, spacing - 1)),
                "exact": spacing}.get(kind, spacing + rng.choice((0, 1, rng.randint(0, 7200), rng.randint(0, 86_400))))
        self.now_s = max(self.now_s, self.last_s + wait)
        age = rng.choice((0, 0, rng.randint(0, p["max_age_s"])))
        if kind == "exact":
            age = 0
        self._move(rng.randint(-10**7, 10**7))
        conf = self.price * rng.randint(0, p["max_conf_e9"]) // E9
        if kind == "jump":
            self._move(rng.choice((rng.randint(-900_000_000, 2 * E9), rng.randint(-250_000_000, 250_000_000))))
            conf = 0
        elif kind == "old":
            age = p["max_age_s"] + rng.choice((1, 100))
        elif kind == "future":
            age = -p["max_future_s"] - rng.choice((0, 1, 50))
        elif kind == "older":
            age = min(p["max_age_s"], self.now_s - self.last_s + rng.randint(1, 5))
            if rng.random() < 0.8:
                self.now_s = self.attempts[-1]["now_s"] if self.attempts else self.now_s
                age = min(p["max_age_s"], max(0, self.now_s - self.last_s) + 1)
        elif kind == "conf":
            conf = self.price * p["max_conf_e9"] // E9 + rng.choice((0, 1, self.price))
        elif kind == "edge":
            age = rng.choice((p["max_age_s"], -p["max_future_s"]))
        price = self.price
        if kind == "price":
            price, conf = rng.choice(((0, 0), (-1, 0), (price, -1)))
        self._add(price, age, conf)
        publish = self.now_s - age
        if kind not in ("early", "old", "older", "price") and publish <= self.now_s + p["max_future_s"]:
            self.last_s = max(self.last_s, publish)


def random_case(rng: Random, count: int | None = None) -> dict[str, Any]:
    """A random vol case with `count` attempts, or a random number of them."""
    if count is None:
        count = rng.choice((1, 2, 3, 5, 8, 12, 20, 30, 60))
    params = _params(rng)
    start = rng.choice((0, 10**6, 1_760_000_000)) + rng.randint(0, 10**5)
    price = rng.choice((log_uniform(rng, LOW_PRICE, HIGH_PRICE), 100 * 10**12))
    path = Path(rng, params, price, start)
    for _ in range(count):
        path.step(rng.choice(STEPS))
    state = {
        "anchor_price_e12": price, "anchor_time_s": start, "last_publish_s": start + rng.choice((0, 0, 20)),
        "v_fast_per_h": variance(rng), "v_slow_per_h": variance(rng), "v_short_per_h": variance(rng),
        "samples": rng.choice((0, 280, 287, 1000)),
        "u_prev_e18": rng.choice((37_500_000_000_000_000, log_uniform(rng, 10**15, 10**18), 10**16)),
        "u_time_s": start - rng.choice((0, 0, 60, rng.randint(0, YEAR_S))),
    }
    if int(state["u_time_s"]) < 0:
        state["u_time_s"] = 0
    reads = sorted(path.now_s + rng.choice((0, 1, 3600, rng.randint(0, 10**5), rng.randint(0, YEAR_S)))
                   for _ in range(rng.randint(1, 3)))
    return bounds.vol_case(params, state, path.attempts, reads)
