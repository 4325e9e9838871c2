"""The next contract that would meet what a school needs, and its cost by the province's own contracts. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

MEGA = 1e6
# Contracts as they are sold; a province whose own contracts know other steps adds them.
STEPS = tuple(
    step * MEGA for step in (20, 30, 50, 80, 100, 150, 200, 250, 300, 400, 500, 600, 800, 1_000, 2_000, 10_000)
)
ENOUGH = 3  # contracts of a class before its price is one
TRIED = 3  # steps: one that nobody in the province buys has no price, one of the next two may have


@dataclass(frozen=True, slots=True)
class Price:
    """``vnd_per_mbit`` a month; ``n`` contracts; ``basis`` "provider" (its own) or "province" (all providers')."""

    vnd_per_mbit: float
    n: int
    basis: str


@dataclass(frozen=True, slots=True)
class Book:
    """Prices by (provider, class) and by (class); a class is a step of ``STEPS``."""

    by_provider: Mapping[tuple[str, float], Price] = field(default_factory=dict)
    by_class: Mapping[float, Price] = field(default_factory=dict)

    def price(self, provider: str, step: float) -> Price | None:
        """Of the provider's own contracts in that class, else of all providers'; None when there are too few."""
        return self.by_provider.get((provider, step)) or self.by_class.get(step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """``more_vnd``: what it adds to today's monthly price; None where no price, or none of today's, is known."""

    step_bps: float
    price_vnd: int | None = None
    more_vnd: int | None = None
    n: int = 0
    basis: str = ""


def class_of(bps: float) -> float | None:
    """The step that a contract falls into: the smallest that is not below it."""
    at = bisect_left(STEPS, bps)
    return STEPS[at] if at < len(STEPS) else None


def book(contracts: Iterable[tuple[str, float | None, int | None]]) -> Book:
    """Of (provider, down in bit/s, VND a month); a contract without a rate or a price says nothing."""
    own: dict[tuple[str, float], list[float]] = {}
    every: dict[float, list[float]] = {}
    for provider, bps, price in contracts:
        step = class_of(bps) if bps else None
        if step is None or not bps or not price or price < 0:
            continue
        rate = price / (bps / MEGA)
        every.setdefault(step, []).append(rate)
        if provider:
            own.setdefault((provider, step), []).append(rate)
    return Book(
        {key: Price(median(rates), len(rates), "provider") for key, rates in own.items() if len(rates) >= ENOUGH},
        {key: Price(median(rates), len(rates), "province") for key, rates in every.items() if len(rates) >= ENOUGH},
    )


def upgrade(
    need_bps: float,
    contract_bps: float | None,
    delivered: float | None,
    provider: str,
    price_vnd: int | None,
    prices: Book,
) -> Upgrade | None:
    """The smallest step that meets the need and is bought here; None when none is large enough, or the contract is.

    ``delivered``: the part of the contract that arrives, when that is known: one that gives 85 % needs a larger step.
    """
    part = min(1.0, delivered) if delivered else 1.0
    if contract_bps is not None and contract_bps * part >= need_bps:
        return None
    good = [step for step in STEPS if step * part >= need_bps and step > (contract_bps or 0.0)][:TRIED]
    priced = ((step, prices.price(provider, step)) for step in good)
    step, price = next(((step, price) for step, price in priced if price is not None), (next(iter(good), None), None))
    if step is None or price is None:
        return Upgrade(step_bps=step) if step is not None else None
    cost = round(price.vnd_per_mbit * step / MEGA / 1000) * 1000  # nobody sells for less than a thousand đồng's grain
    more = max(0, cost - price_vnd) if price_vnd is not None else None
    return Upgrade(step_bps=step, price_vnd=cost, more_vnd=more, n=price.n, basis=price.basis)
