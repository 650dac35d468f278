"""Random margin cases: books of 0 to 24 assets at the edges of the number ranges, with liquidations.

Number ranges of the inputs: quote amounts below 2^63, base atoms below 2^63, value of a holding up to
1e18 quote atoms, requirements of a book below about 4e18 quote atoms.
"""
from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

import bounds
from evaluate import evaluate

E9 = 10**9
MOST_VALUE = 10**18                       # quote atoms of one holding: $1e12
MOST_BOOK = 4 * 10**18
MOST_BASE = 2**63 - 1
YEAR_S = 365 * 86_400

# what a liquidation is meant to meet: (weight, equity / MM from, to)
LEVELS = {"healthy": (1, 1.0, 3.0), "deep": (2, -0.5, 0.66), "partial": (9, 0.68, 0.9999)}


def log_uniform(rng: Random, low: int, high: int) -> int:
    """An integer between low >= 1 and high, uniform in its size."""
    if high <= low:
        return low
    bits = rng.randint(low.bit_length(), high.bit_length())
    return min(high, max(low, rng.getrandbits(bits) | 1 << bits - 1))


def spread_value(rng: Random, low: int, high: int, edge: float = 0.15) -> int:
    """An integer in low ... high; with probability `edge` each end."""
    draw = rng.random()
    if draw < edge:
        return low
    if draw < 2 * edge:
        return high
    return rng.randint(low, high) if low <= 0 or rng.random() < 0.5 else log_uniform(rng, low, high)


def targets(rng: Random) -> dict[str, int]:
    """Parameters of σ and u_MM within the bounds; most at their defaults."""
    p = bounds.defaults(bounds.TARGETS)

    def vary(key: str, low: int, high: int) -> None:
        if rng.random() < 0.4:
            p[key] = spread_value(rng, low, high)

    vary("k_e9", 2 * E9, 6 * E9)
    vary("h_mm_s", 900, 86_400)
    # k·σ_cap·√h_mm <= 1/2, from below
    cap = int(Fraction(E9, 2) / (Fraction(p["k_e9"], E9) * Fraction((p["h_mm_s"] / 3600) ** 0.5))) - 2
    p["sigma_cap_e9"] = min(p["sigma_cap_e9"], cap) if rng.random() < 0.7 else max(1000, int(cap * rng.uniform(0.3, 1)))
    vary("sigma_stress_e9", 10, p["sigma_cap_e9"])
    p["sigma_stress_e9"] = min(p["sigma_stress_e9"], p["sigma_cap_e9"])
    vary("sigma_floor_e9", 1, p["sigma_stress_e9"] * 2 // 3)
    p["sigma_floor_e9"] = max(1, min(p["sigma_floor_e9"], p["sigma_stress_e9"] * 2 // 3))
    vary("sigma_initial_e9", p["sigma_floor_e9"], p["sigma_cap_e9"])
    p["sigma_initial_e9"] = min(max(p["sigma_initial_e9"], p["sigma_floor_e9"]), p["sigma_cap_e9"])
    vary("omega_e9", 250_000_000, 500_000_000)
    vary("short_mult_e9", 0, 2 * E9)
    vary("warmup_samples", 1, 8640)
    vary("stale_after_s", 300, 86_400)
    vary("stale_per_h_e9", 10_000_000, E9)
    p["h_im_s"] = max(p["h_im_s"], 2 * p["h_mm_s"])
    vary("h_im_s", 2 * p["h_mm_s"], 2_592_000)
    vary("s_floor_e9", 5_000_000, 500_000_000)
    vary("up_per_h_e9", 10_000_000, 40_000_000)
    p["down_per_h_e9"] = min(p["down_per_h_e9"], p["up_per_h_e9"] // 2)
    vary("down_per_h_e9", 1, p["up_per_h_e9"] // 2)
    return p


def asset_params(rng: Random) -> dict[str, Any]:
    """All parameters of an asset within the bounds."""
    p = targets(rng) | bounds.defaults(bounds.ASSET)

    def vary(key: str, low: int, high: int, often: float = 0.4) -> None:
        if rng.random() < often:
            p[key] = spread_value(rng, low, high)

    vary("s_max_mm_long_e9", p["s_floor_e9"], 650_000_000)
    vary("s_max_im_long_e9", p["s_max_mm_long_e9"], E9)
    vary("s_max_short_e9", E9, 8 * E9)
    vary("depth_quote_atoms", 1, 10**18)
    vary("oi_lo_quote_atoms", 0, min(10 * p["depth_quote_atoms"], 10**18))
    p["oi_lo_quote_atoms"] = min(p["oi_lo_quote_atoms"], 10 * p["depth_quote_atoms"])
    most = max(p["oi_lo_quote_atoms"] + 1, min(50 * p["depth_quote_atoms"], 4 * 10**18))
    p["oi_hi_quote_atoms"] = min(max(p["oi_hi_quote_atoms"], p["oi_lo_quote_atoms"] + 1), most)
    vary("oi_hi_quote_atoms", p["oi_lo_quote_atoms"] + 1, most)
    if rng.random() < 0.05:
        p["oi_hi_quote_atoms"] = p["oi_lo_quote_atoms"]
    vary("gamma_e9", 0, E9)
    vary("basis_e9", 0, 100_000_000)
    vary("max_rate_per_h_e9", 0, p["s_floor_e9"] // 16)
    p["max_rate_per_h_e9"] = min(p["max_rate_per_h_e9"], p["s_floor_e9"] // 16)
    vary("collateral_weight_e9", 0, E9)
    return bounds.written(p)


def variance(rng: Random) -> str:
    """Variance per hour below 16: usually of a σ of 0.01 ... 10 %, with up to 24 digits."""
    draw = rng.random()
    if draw < 0.2:
        return "0.0001"
    if draw < 0.25:
        return "0"
    if draw < 0.3:
        return f"{rng.randint(0, 15)}.{rng.getrandbits(70) % 10**24:024d}"
    return f"0.{log_uniform(rng, 10**14, 10**22):024d}"


def _standing(rng: Random) -> Any:
    """How a price stands in a liquidation: usable, mostly."""
    if rng.random() > 0.12:
        return True
    return rng.choice((False, "wide", "far", {"absent_s": log_uniform(rng, 1, YEAR_S)}))


def one_asset(rng: Random, index: int) -> dict[str, Any]:
    """An asset with its observation; no open interest yet."""
    price = log_uniform(rng, 10**4, 10**18)
    params = asset_params(rng)
    scale = rng.choice((0, 10**4, 10**7, 10**8))                         # relative 1e-9: conf and |ema − price|
    ema = max(1, price + price * rng.randint(-scale, scale) // E9)
    u_target = 37_500_000_000_000_000
    return bounds.written({
        "name": f"A{index}", "base_decimals": rng.randint(0, 18), "price_e12": price,
        "conf_e12": price * rng.randint(0, scale) // E9, "ema_e12": ema,
        "usable_initial": rng.random() > 0.08, "usable_liquidation": _standing(rng),
        "price_age_s": rng.choice((0, 1, 2, 3, 5, 15, 60)), "v_fast_per_h": variance(rng), "v_slow_per_h": variance(rng),
        "v_short_per_h": variance(rng), "samples": rng.choice((0, 10, 287, 288, 1000, 100_000)),
        "sample_age_s": rng.choice((-3, 0, 300, 3600, 3601, rng.randint(0, 100_000), YEAR_S)),
        "u_prev_e18": rng.choice((u_target, log_uniform(rng, 10**15, 16 * 10**18 - 1), 10**17, 10**16)),
        "u_age_s": rng.choice((0, 1, 3600, 36_000, rng.randint(0, 100_000), rng.randint(0, YEAR_S), YEAR_S)),
        "oi_atoms": 0, "liquidated_quote_atoms": 0, "lot_atoms": 1, "bucket": rng.randint(0, 7),
    }) | {"params": params}


def atoms_for(quote_atoms: int, a: dict[str, Any]) -> int:
    """About that value in base atoms of the asset, at least one atom, within 63 bits."""
    return min(MOST_BASE, max(1, quote_atoms * 10 ** (int(a["base_decimals"]) + 6) // int(a["price_e12"])))


def value_of(atoms: int, a: dict[str, Any]) -> int:
    """Quote atoms of a number of base atoms, rounded down."""
    return atoms * int(a["price_e12"]) // 10 ** (int(a["base_decimals"]) + 6)


def _affordable(atoms: int, a: dict[str, Any], most: int) -> bool:
    """Whether the holding stays inside the number ranges."""
    return value_of(atoms, a) <= most


def _book(rng: Random, count: int) -> tuple[list[dict], list[dict], list[dict]]:
    """Assets, positions and collaterals; at most 16 positions and 8 collaterals."""
    assets = [one_asset(rng, i) for i in range(count)]
    most = min(MOST_VALUE, MOST_BOOK // (9 * max(1, count)))
    if count == 1:                                # $1e12 in one asset: then the shock of a short stays below 3
        most, params = MOST_VALUE, assets[0]["params"]
        params["s_max_short_e9"] = min(params["s_max_short_e9"], 3 * E9)
    size = log_uniform(rng, 10**3, most) if rng.random() < 0.9 else most
    kinds = [rng.choice(("position", "position", "collateral", "carry", "none")) for _ in assets]
    if count > 16:
        kinds = ["position"] * 16 + ["collateral"] * (count - 16)
        rng.shuffle(kinds)
    positions, collaterals = [], []
    for i, (a, kind) in enumerate(zip(assets, kinds)):
        # the spread of sizes inside a book: mostly a factor 30, sometimes anything down to one atom
        value = min(most, log_uniform(rng, 1, size) if rng.random() < 0.2 else max(1, int(size * rng.uniform(0.03, 1))))
        atoms = atoms_for(value, a)
        if kind == "none" or not _affordable(atoms, a, most):
            continue
        a["lot_atoms"] = str(max(1, atoms // log_uniform(rng, 1, 10**6)))
        if rng.random() < 0.6:
            open_interest = atoms_for(log_uniform(rng, 1, MOST_VALUE), a)
            a["oi_atoms"] = str(open_interest if _affordable(open_interest, a, MOST_VALUE) else atoms)
        if rng.random() < 0.3:
            a["liquidated_quote_atoms"] = str(log_uniform(rng, 1, MOST_VALUE))
        if kind != "collateral":
            signed = -atoms if kind == "carry" or rng.random() < 0.45 else atoms
            paid = value_of(signed, a)
            entry = paid + paid * rng.choice((0, rng.randint(-300, 300))) // 1000
            positions.append(bounds.position(i, signed, entry, rng.choice((0, paid // 1000, -paid // 700))))
        if kind != "position" and len(collaterals) < 8:
            amount = atoms if kind == "collateral" or rng.random() < 0.3 else max(1, int(atoms * rng.uniform(0.1, 2)))
            if amount <= MOST_BASE and _affordable(amount, a, most):
                collaterals.append(bounds.collateral(i, amount))
    return assets, positions[:16], collaterals


def _portfolio(rng: Random) -> dict[str, Any]:
    """Portfolio parameters; half of the books with 1 to 16 scenarios."""
    changes = {}
    for key, (low, default, high) in bounds.PORTFOLIO.items():
        changes[key] = default if rng.random() < 0.5 else spread_value(rng, low, high)
    count = 0 if rng.random() < 0.5 else rng.choice((1, 2, 3, 4, 16))
    width = rng.choice((50_000_000, 300_000_000, E9))
    scenarios = [bounds.scenario(spread_value(rng, 0, E9, 0.3),
                                 [rng.choice((0, rng.randint(-width, width), rng.randint(-width, 3 * width)))
                                  for _ in range(8)]) for _ in range(count)]
    return bounds.portfolio(scenarios, **changes)


def _request(rng: Random, case: dict[str, Any]) -> dict[str, Any] | None:
    """A liquidation of something the account holds, or now and then of nothing."""
    if not case["assets"]:
        return None
    sizes = {p["asset"]: int(p["size_atoms"]) for p in case["account"]["positions"]}
    amounts = {c["asset"]: int(c["amount_atoms"]) for c in case["account"]["collaterals"]}
    options = [(i, what) for i in sizes for what in ("position", "takeover")] + [(i, "collateral") for i in amounts]
    options += [(i, "pair") for i in amounts if sizes.get(i, 0) < 0] * 3
    if rng.random() < 0.15 and options:
        options = [(options[0][0], "slice")]
    if rng.random() < 0.08 or not options:
        options = [(rng.randrange(len(case["assets"])), rng.choice(("position", "takeover", "collateral", "pair")))]
    index, what = rng.choice(options)
    gross = sum(abs(value_of(s, case["assets"][i])) for i, s in sizes.items())
    changes = {key: default if rng.random() < 0.6 else spread_value(rng, low, high)
               for key, (low, default, high) in bounds.LIQUIDATION.items()}
    if rng.random() < 0.6:
        changes["window_cap_quote_atoms"] = 10**18
    return bounds.liquidation(
        index, what, **changes, flag_age_s=rng.choice((0, 10, 150, 300, 3600, rng.randint(0, 400))),
        window_gross_quote_atoms=min(10**18, gross), window_closed_quote_atoms=rng.choice((0, gross // 50, gross // 3)))


def _set_equity(rng: Random, case: dict[str, Any]) -> None:
    """Move the quote balance, or the entry of a position, so that equity / MM is at a drawn level."""
    names = list(LEVELS)
    level = rng.choices(names, [LEVELS[n][0] for n in names])[0]
    ratio = rng.uniform(*LEVELS[level][1:])
    answer = evaluate(case | {"liquidation": None})[0]
    mm, equity = (int(answer[f"liquidation_{key}_quote_atoms"]) for key in ("mm", "equity"))
    missing = int(mm * ratio) - equity
    account = case["account"]
    by_entry = [p for p in account["positions"] if abs(int(p["entry_quote_atoms"]) - missing) < 2**62]
    quote = int(account["quote_atoms"]) + missing
    if by_entry and (rng.random() < 0.5 or abs(quote) >= 2**62):
        chosen = rng.choice(by_entry)
        chosen["entry_quote_atoms"] = str(int(chosen["entry_quote_atoms"]) - missing)
    else:
        account["quote_atoms"] = str(max(-(2**62), min(2**62, quote)))


def doubtful_case(rng: Random, count: int) -> dict[str, Any]:
    """Legs of about one size on both sides whose prices are all in doubt, and a smaller one that is closed."""
    assets = [one_asset(rng, i) for i in range(count)]
    worth = log_uniform(rng, 10**9, MOST_BOOK // (18 * count))
    positions = []
    for i, a in enumerate(assets):
        is_closed = i == count - 1
        a["usable_liquidation"] = True if is_closed else rng.choice(("wide", "far", "far", {"absent_s": YEAR_S}))
        a["params"]["max_rate_per_h_e9"] = 0
        size = atoms_for(worth // 10 if is_closed else int(worth * rng.uniform(0.9, 1.1)), a) * (-1) ** i
        a["lot_atoms"] = str(max(1, abs(size) // log_uniform(rng, 1, 1000)))
        positions.append(bounds.position(i, size, value_of(size, a)))
    book = _portfolio(rng) | {"scenarios": []}
    request = bounds.liquidation(count - 1, "position", window_cap_quote_atoms=10**18)
    case = bounds.margin_case(assets, 0, positions, [], request, book=book)
    _set_equity(rng, case)
    return case


def random_case(rng: Random, count: int | None = None) -> dict[str, Any]:
    """A random margin case with `count` assets, or a random number of them."""
    if count is None:
        count = rng.choice((0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 12, 24))
    assets, positions, collaterals = _book(rng, count)
    worth = sum(value_of(int(c["amount_atoms"]), assets[c["asset"]]) for c in collaterals)
    gross = sum(abs(value_of(int(p["size_atoms"]), assets[p["asset"]])) for p in positions) + worth
    quote = rng.choice((0, gross // 10, gross, -worth // 2, -worth // 20, -worth))
    case = bounds.margin_case(assets, quote, positions, collaterals, book=_portfolio(rng))
    if rng.random() < 0.6:
        case["liquidation"] = _request(rng, case)
        if case["liquidation"] is not None:
            case["assets"][case["liquidation"]["asset"]]["usable_liquidation"] = _standing(rng)
            _set_equity(rng, case)
    return case
