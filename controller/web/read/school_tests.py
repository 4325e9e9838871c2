"""Speed tests of a school: one line each for charts and tables, and everything about one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from sqlmodel import Session, col, select

from controller.tables import Measurement
from controller.web.i18n import N_

MAX_TESTS = 1_000  # of one chart
MIN_SLICE, MAX_SLICES = 0.1, 60  # seconds, and how many, of the chart of one test

VALIDITY: Mapping[str, str] = MappingProxyType(
    {
        "wifi": N_("Đo qua Wi-Fi: sóng có thể chậm hơn đường truyền."),
        "backup-line": N_("Đo qua đường dự phòng, không phải đường chính của trường."),
        "nic-slow": N_("Cổng mạng của thiết bị đo chậm gần bằng kết quả: đường truyền có thể nhanh hơn."),
        "cpu-bound": N_("Bộ xử lý của thiết bị đo bận hết mức, không theo kịp đường truyền."),
        "server-limited": N_("Máy chủ đo bận hết mức."),
        "receiver-limited": N_("Bên nhận không theo kịp, bên gửi phải chờ."),
        "cross-traffic": N_("Có người đang dùng mạng trong lúc đo: số đo thấp hơn khả năng của đường truyền."),
        "short": N_("Thời gian đo quá ngắn."),
        "others-unseen": N_(
            "Bộ định tuyến không cho biết lưu lượng: không rõ máy khác trong trường có dùng mạng lúc đo hay không."
        ),
        "unsteady": N_("Tốc độ lên xuống thất thường trong lúc đo."),
    }
)
FAILURES: Mapping[str, str] = MappingProxyType(
    {
        "server-unreachable": N_("Không kết nối được với máy chủ đo của tỉnh."),
        "tls": N_("Máy chủ đo không chứng minh được là của tỉnh."),
        "server-hung": N_("Máy chủ đo không trả lời."),
        "server-gone": N_("Máy chủ đo đã ngắt giữa chừng."),
        "protocol": N_("Máy chủ đo trả lời sai quy ước."),
        "budget": N_("Lượng dữ liệu được phép quá ít để đo."),
        "stalled": N_("Quá ít dữ liệu đến nơi nên không tính được tốc độ."),
        "deadline": N_("Quá thời hạn đo."),
        "bulk-blocked": N_("Cổng truyền dữ liệu đo bị chặn (tường lửa?)."),
        "no-token": N_("Tỉnh chưa cho phép đo lượt này."),
        "server-busy": N_("Máy chủ đo đang phục vụ trường khác; sẽ đo lại sau."),
        "no-roots": N_("Thiết bị đo chưa có chứng thư gốc của tỉnh."),
        "bad-setting": N_("Thiết lập đo không hợp lệ."),
        "defect": N_("Phần mềm của thiết bị đo gặp lỗi."),
    }
)
OTHER = N_("Lý do khác: {code}")
ENDS: Mapping[str, str] = MappingProxyType(
    {
        "steady": N_("khi kết quả đã ổn định"),
        "seconds": N_("khi hết thời gian"),
        "bytes": N_("khi hết lượng dữ liệu cho phép"),
    }
)
MEDIUMS: Mapping[str, str] = MappingProxyType(
    {
        "wire": N_("Dây mạng"),
        "wifi": N_("Wi-Fi"),
        "mobile": N_("Di động (4G/5G)"),
        "loopback": N_("Nội bộ máy này"),
        "unknown": N_("Không rõ"),
    }
)
NAMES = ("id", "at", "outcome", "reason", "scope", "is_valid", "down_bps", "up_bps", "rtt")
COLUMNS = tuple(col(getattr(Measurement, name)) for name in NAMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One line. Rates in bit/s, times in seconds; ``validity`` has the codes that hold against it."""

    id: int
    at: float
    outcome: str
    reason: str
    scope: str
    is_valid: bool
    down_bps: float | None
    up_bps: float | None
    rtt: float | None
    validity: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()  # codes of what else was found; none of them makes it invalid
    mode: str = "full"  # "full", "short", "light"
    light: tuple[float | None, float | None] = (None, None)  # what a light one estimates, down and up


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One direction as both sides saw it; None where the box did not tell."""

    bps: float | None
    mean_bps: float | None
    confidence: float | None
    loaded_rtt: float | None
    bytes_used: float | None
    seconds: float | None
    ramp_seconds: float | None
    counted_seconds: float | None
    ended: str
    congestion: str
    retransmits: float | None
    client_bytes: float | None
    server_bytes: float | None
    server_seconds: float | None
    server_cpu: float | None
    rates: tuple[tuple[float, float], ...] = ()  # (seconds, bit/s) as the receiver counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Udp:
    """Questions over UDP at one time: fractions and seconds."""

    loss: float | None
    rtt: float | None
    jitter: float | None

    @property
    def is_known(self) -> bool:
        return self.loss is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    test: Test
    detail: str
    duration: float
    agent_id: str
    seq: int
    method: str
    streams: int | None
    bytes_used: float | None
    interface: str
    medium: str
    link_bps: float | None
    duplex: str
    signal_dbm: float | None
    own_cpu: float | None
    machine_cpu: float | None
    public_address: str
    down: Way
    up: Way
    gateway: str = ""
    wifi_bps: tuple[float | None, float | None] = (None, None)  # send and receive rate of the moment
    udp_state: str = ""  # "ok", "blocked", "not-offered"; "" of an older box
    udp: Mapping[str, Udp] = field(default_factory=dict)  # "idle", "down", "up"
    rpm: float | None = None  # round trips a minute under load, the worse way


def tests_between(session: Session, school_id: int, start: float, end: float) -> list[Test]:
    """Oldest first, at most MAX_TESTS of the newest."""
    statement = select(*COLUMNS, col(Measurement.body)).where(  # type: ignore[call-overload]
        Measurement.school_id == school_id, Measurement.probe == "speed", Measurement.at >= start, Measurement.at <= end
    )
    rows = session.exec(statement.order_by(col(Measurement.at).desc()).limit(MAX_TESTS)).all()
    return [_test(row) for row in reversed(rows)]


def newest_tests(session: Session, school_id: int, count: int) -> list[Test]:
    """Newest first, whatever their outcome."""
    statement = select(*COLUMNS, col(Measurement.body)).where(  # type: ignore[call-overload]
        Measurement.school_id == school_id, Measurement.probe == "speed"
    )
    return [_test(row) for row in session.exec(statement.order_by(col(Measurement.at).desc()).limit(count))]


def _test(row: Any) -> Test:
    *values, body = row
    named = dict(zip(NAMES, values, strict=True))
    return Test(**named, **_said(_dict(body.get("facts"))))


def _said(facts: Mapping[str, Any]) -> dict[str, Any]:
    light = (_number(_dict(facts.get(f"light_{way}")).get("bits_per_second")) for way in ("down", "up"))
    mode = _text(facts.get("mode")) or "full"
    codes = {name: _codes(facts.get(name)) for name in ("validity", "remarks")}
    return {**codes, "mode": mode, "light": tuple(light)}


def details(row: Measurement) -> Details:
    """Everything that the result of a speed test says; whatever is missing or odd in it is left out."""
    facts = _dict(row.body.get("facts"))
    values = _samples(row.body.get("samples"))
    interface, cpu = _dict(facts.get("interface")), _dict(facts.get("cpu"))
    names = ("at", "outcome", "reason", "scope", "is_valid", "down_bps", "up_bps", "rtt")
    test = Test(id=row.id or 0, **_said(facts), **{name: getattr(row, name) for name in names})
    streams = _number(facts.get("streams"))
    return Details(
        test=test,
        detail=row.detail,
        duration=row.duration,
        agent_id=row.agent_id,
        seq=row.seq,
        method=_text(facts.get("method")),
        streams=int(streams) if streams is not None else None,
        bytes_used=values.get("bytes_used"),
        interface=_text(interface.get("name")),
        medium=_text(interface.get("medium")) or "unknown",
        link_bps=_number(interface.get("bits_per_second")),
        duplex=_text(interface.get("duplex")),
        signal_dbm=_number(interface.get("signal_dbm")),
        own_cpu=_number(cpu.get("own_core_share")),
        machine_cpu=_number(cpu.get("machine_share")),
        public_address=_text(facts.get("public_address")),
        down=_way("down", row.down_bps, _dict(facts.get("down")), values),
        up=_way("up", row.up_bps, _dict(facts.get("up")), values),
        gateway=_text(_dict(facts.get("path")).get("gateway")),
        wifi_bps=(_number(interface.get("send_bits_per_second")), _number(interface.get("receive_bits_per_second"))),
        udp_state=_text(_dict(facts.get("udp")).get("state")),
        udp={
            name: Udp(
                loss=values.get(f"udp_loss{when}_ratio"),
                rtt=values.get(f"udp_rtt{when}_seconds"),
                jitter=values.get(f"udp_jitter{when}_seconds"),
            )
            for name, when in (("idle", ""), ("down", "_loaded_down"), ("up", "_loaded_up"))
        },
        rpm=values.get("responsiveness_rpm"),
    )


def _way(name: str, bps: float | None, facts: Mapping[str, Any], values: Mapping[str, float]) -> Way:
    client, server = _dict(facts.get("client")), _dict(facts.get("server"))
    return Way(
        bps=bps,
        mean_bps=_number(facts.get("mean_bits_per_second")),
        confidence=_number(facts.get("confidence_ratio")),
        loaded_rtt=values.get(f"rtt_loaded_{name}_seconds"),
        bytes_used=_number(facts.get("bytes_used")),
        seconds=values.get(f"{name}_seconds"),
        ramp_seconds=_number(facts.get("ramp_seconds")),
        counted_seconds=_number(facts.get("counted_seconds")),
        ended=_text(facts.get("ended")),
        congestion=_text(facts.get("congestion_control")),
        retransmits=_number(facts.get("retransmits")),
        client_bytes=_number(client.get("bytes")),
        server_bytes=_number(server.get("bytes")),
        server_seconds=_number(server.get("seconds")),
        server_cpu=_number(server.get("cpu")),
        rates=_rates(facts.get("points")),
    )


def _rates(points: Any) -> tuple[tuple[float, float], ...]:
    """Bits per second between neighbouring points ``[seconds, bytes so far]``."""
    rows = points if isinstance(points, list) else []
    good = [
        (float(row[0]), float(row[1]))
        for row in rows[:2_000]
        if isinstance(row, list) and len(row) == 2 and all(_number(value) is not None for value in row)
    ]
    thinned = [(0.0, 0.0)]
    least = max(MIN_SLICE, good[-1][0] / MAX_SLICES) if good else 0.0
    for point in good:
        if point[0] - thinned[-1][0] >= least:  # shorter slices show when packets were handed over, not the line
            thinned.append(point)
    return tuple(
        (later[0], max(0.0, later[1] - earlier[1]) * 8 / (later[0] - earlier[0]))
        for earlier, later in pairwise(thinned)
    )


def _samples(samples: Any) -> dict[str, float]:
    found: dict[str, float] = {}
    for sample in samples if isinstance(samples, list) else []:
        if isinstance(sample, dict) and not sample.get("labels"):
            value = _number(sample.get("value"))
            if value is not None:
                found[_text(sample.get("name"))] = value
    return found


def _codes(value: Any) -> tuple[str, ...]:
    return tuple(str(code)[:40] for code in value[:20]) if isinstance(value, list) else ()


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(value: Any) -> str:
    return str(value)[:200] if isinstance(value, str) else ""
