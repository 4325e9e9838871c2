"""Where speed is lost: the contract, what arrives at the router, and what arrives at a device, held beside each other.

Pure. "At the router" is the box on its wire; "at the device" is a box or a second device over Wi-Fi, or one whose own
parts were the limit. A test that the device spoiled says nothing about the line, and is never held against the
provider.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from monitoring.boxes import is_at_router
from monitoring.contract import MODES, SpeedTest
from monitoring.figures import Figures

LINE, WIFI, DEVICE, CONTRACT, FINE, UNKNOWN = "line", "wifi", "device", "contract", "fine", "unknown"
CAUSES = (LINE, CONTRACT, WIFI, DEVICE, FINE, UNKNOWN)
DEVICE_REASONS = frozenset({"nic-slow", "cpu-bound", "receiver-limited"})
ENOUGH = 5  # tests on the wire before the line is judged
SOME = 3  # tests at a device before it is named
MUCH_LESS = 0.6  # of what arrives at the router
OFTEN = 0.5  # of the tests on the wire were spoiled by the device


@dataclass(frozen=True, slots=True, kw_only=True)
class Triangle:
    """``cause``: what comes first; ``also``: what else holds. Figures in bit/s down."""

    cause: str
    also: tuple[str, ...] = ()
    why: str = ""  # a finer code for the sentence: "no-contract", "no-target", "only-wifi", "only-device", "few-tests"
    contract_bps: float | None = None
    need_bps: float | None = None
    router: Figures = field(default_factory=Figures)
    wifi: Figures = field(default_factory=Figures)
    device: Figures = field(default_factory=Figures)
    second: Figures = field(default_factory=Figures)  # the best other device, by wire or Wi-Fi


def triangulate(
    tests: Iterable[SpeedTest],
    *,
    contract_bps: float | None,
    need_bps: float | None,
    share: float = 0.8,
    main: Collection[str] = (),
) -> Triangle:
    """``share``: the part of the contract that must arrive; ``main``: ids of the boxes at the router, empty: any."""
    real = [test for test in tests if test.scope != "loopback" and test.mode in MODES and test.down_bps is not None]
    ours = [test for test in real if is_at_router(test.device, main)]
    by_air = [test for test in ours if _is_wifi(test)]
    spoiled = [test for test in ours if not _is_wifi(test) and DEVICE_REASONS & set(test.reasons)]
    wired = [test for test in ours if test.is_valid and not _is_wifi(test)]
    router, wifi, device, second = (
        _down(some) for some in (wired, by_air, spoiled, [test for test in real if test not in ours])
    )
    causes, why = _causes(router, wifi, device, second, contract_bps, need_bps, share)
    return Triangle(
        cause=causes[0], also=tuple(causes[1:]), why=why, contract_bps=contract_bps, need_bps=need_bps, router=router,
        wifi=wifi, device=device, second=second,
    )  # fmt: skip


def _causes(
    router: Figures,
    wifi: Figures,
    device: Figures,
    second: Figures,
    contract: float | None,
    need: float | None,
    share: float,
) -> tuple[list[str], str]:
    if router.n < ENOUGH or router.median is None:
        if device.n >= ENOUGH and device.n > wifi.n:
            return [DEVICE], "only-device"
        # what the papers say needs no test: a contract below the need is too small however well it is kept
        by_paper = [CONTRACT] if contract is not None and need is not None and contract < need else []
        return [UNKNOWN, *by_paper], "only-wifi" if wifi.n >= SOME else "few-tests"
    found = []
    if contract is not None and router.median < share * contract:
        found.append(LINE)
    if need is not None and (contract < need if contract is not None else router.median < need):
        found.append(CONTRACT)
    if _is_much_less(wifi, router, need):
        found.append(WIFI)
    if (device.n >= SOME and device.n >= OFTEN * (device.n + router.n)) or _is_much_less(second, router, need):
        found.append(DEVICE)
    if found:
        return found, "no-contract" if contract is None and found[0] == CONTRACT else ""
    if contract is None and need is None:
        return [UNKNOWN], "no-contract"
    return [FINE], "no-contract" if contract is None else "no-target" if need is None else ""


def _is_much_less(there: Figures, router: Figures, need: float | None) -> bool:
    """So much less than at the router that people notice it: a device that has all that is needed is no trouble."""
    if there.n < SOME or there.median is None or router.median is None:
        return False
    return there.median < MUCH_LESS * router.median and (need is None or there.median < need)


def _is_wifi(test: SpeedTest) -> bool:
    return test.medium == "wifi" or "wifi" in test.reasons


def _down(tests: Sequence[SpeedTest]) -> Figures:
    return Figures.of([test.down_bps for test in tests if test.down_bps is not None])
