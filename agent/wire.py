"""The words that a school's box and the province's controller exchange.

A leaf: only the standard library is imported here, and nothing is done at import, so that a box pays
nothing for it and the controller can validate the same dataclasses with pydantic. Field names are the
wire: renaming one is a new ``WIRE_VERSION``. Adding an optional field with a default is not, because each
side ignores fields that it does not know. A new probe never changes this file: it only brings new sample names.

Versions, newest last; each one ever released keeps a recorded case in ``tests/recorded/wire/``:

1. 0.1.0, November 2026: results, windows, state changes, raw samples, inventory, thinned records.

How the words travel (see docs/architecture.md, "On the wire"):

* items are put into the box's spool one by one, gathered into a :class:`Batch`, and the batch is sealed: gzip of
  its JSON inside a DSSE envelope that the box's own Ed25519 key signed;
* ``POST /v1/exchange`` carries JSON lines: first the sealed :class:`ExchangeHead`, then sealed batches in order of
  ``seq``; the answer is one JSON object, an :class:`ExchangeReply`;
* ``POST /v1/beat`` carries a :class:`Beat` and is answered by a :class:`BeatReply`; ``POST /v1/join`` carries a sealed
  :class:`JoinRequest` and is answered by a :class:`JoinReply`.

Units everywhere: seconds, bytes, bits per second, and fractions from 0 to 1. Times of day are Unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

WIRE_VERSION = 1

# DSSE payload types. The signature covers the type, so that one kind of message can never be taken for another.
BATCH_TYPE = "application/vnd.truongnet.batch+json+gzip"
HEAD_TYPE = "application/vnd.truongnet.exchange-head+json+gzip"
JOIN_TYPE = "application/vnd.truongnet.join+json+gzip"
EPOCH_TYPE = "application/vnd.truongnet.epoch+json"
EXCHANGE_CONTENT_TYPE = "application/vnd.truongnet.exchange+jsonl"

# Bounds that both sides keep. The controller refuses what is larger; the agent never makes it.
MAX_BATCH_BYTES = 256 * 1024  # one sealed envelope, as sent
MAX_BATCH_JSON_BYTES = 2 * 1024 * 1024  # its JSON after gunzip
MAX_BATCH_ITEMS = 2_000
MAX_EXCHANGE_BYTES = 4 * 1024 * 1024  # one request body
MAX_ITEM_SAMPLES = 20_000
MAX_TEXT = 4_096  # characters of any one name, label or detail
MAX_LABELS = 16

Outcome = Literal["ok", "failed", "skipped"]
ItemKind = Literal["result", "windows", "state", "raw", "inventory", "thinned"]
JoinState = Literal["pending", "accepted", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """One moment by both clocks of a box: ``wall`` may be wrong by years, ``mono`` never runs backwards in a boot."""

    wall: float  # Unix seconds by the box's own clock
    mono: float  # CLOCK_BOOTTIME seconds
    boot: str  # /proc/sys/kernel/random/boot_id: ``mono`` can only be compared within one boot


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One measured value. ``name`` ends in its unit as Prometheus has it (``rtt_seconds``, ``loss_ratio``)."""

    name: str
    value: float  # finite; a value that could not be measured is left out and the reason given in the result
    labels: dict[str, str] = field(default_factory=dict)
    at: Stamp | None = None  # absent: the moment of the result that carries it


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One run of one probe. "skipped" (nothing to measure, no right to) is not "failed" (tried and could not)."""

    probe: str  # file name of the probe: host, reach, speed, lan
    outcome: Outcome
    started: Stamp
    duration: float  # seconds
    reason: str = ""  # a stable code when not ok: "deadline", "needs-root", "no-gateway"
    detail: str = ""  # for a person; never personal data
    samples: list[Sample] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)  # what is no number: method, interface, validity reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A summary of one frequent measurement over ``seconds`` from ``start`` (aligned to the controller's time when
    known). ``lost`` counts tries without an answer; the five figures are absent when nothing was answered."""

    name: str  # as in Sample, e.g. "rtt_seconds"
    labels: dict[str, str]  # e.g. {"target": "gateway", "address": "192.168.1.1"}
    start: Stamp
    seconds: float
    count: int
    lost: int
    min: float | None = None
    median: float | None = None
    p95: float | None = None
    max: float | None = None
    jitter: float | None = None  # mean absolute difference of neighbours, RFC 3550's idea without its smoothing


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """Something became another: a target answers or not, a link has carrier or not, the box started or stopped."""

    at: Stamp
    subject: str  # "target:gateway", "link:eth0", "box", "power"
    before: str  # "up", "down", "unknown"
    after: str
    detail: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawSamples:
    """The unsummarised samples of the ten minutes before and after a state change, kept as evidence."""

    subject: str
    around: Stamp
    samples: list[Sample]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The box's hardware and software. ``full``: ``sections`` is all there is. Otherwise only the changed sections
    (``removed`` names those gone), to be laid over the inventory whose ``digest`` is ``base``; a controller that does
    not hold ``base`` asks for a full one."""

    at: Stamp
    full: bool
    digest: str  # SHA-256 (hex) of the whole inventory's canonical JSON after this change
    base: str = ""
    sections: dict[str, Any] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinned:
    """The spool was full and samples were dropped, oldest first. Every drop is reported; ``seqs`` are batch
    numbers that will never arrive, so that their absence is no gap."""

    at: Stamp
    reason: str  # "spool-full", "disk-full"
    records: int
    oldest: Stamp | None = None
    newest: Stamp | None = None
    seqs: list[int] = field(default_factory=list)


Body = Result | list[Window] | StateChange | RawSamples | Inventory | Thinned


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One record of the spool. ``body`` is the dataclass that ``kind`` names (``windows``: a list of Window)."""

    kind: ItemKind
    body: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one seal covers. ``seq`` rises by one for each batch of a box, for ever; it is never used twice."""

    v: int
    agent: str
    seq: int
    sealed: Stamp
    items: list[Item]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolState:
    """How full the box's spool is, for the operator."""

    bytes: int
    limit: int
    unacknowledged: int  # batches
    oldest: Stamp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeHead:
    """The first line of an exchange. Signed: neither a proxy nor a thief of the database can speak for a box."""

    v: int
    agent: str
    now: Stamp
    token: str  # the exchange token of the last reply that was kept; empty on the first exchange
    epoch: int  # of the controller, as last seen; 0 when none was seen
    next_seq: int  # the next batch number that this box will make
    expects: int  # the next number of work that this box expects from the controller
    version: str  # of the agent's software
    accepts: list[str]  # what it understands beyond this version's floor, e.g. "settings/1"
    spool: SpoolState
    hostname: str = ""
    settings_revision: int = 0  # that the box holds: a reply can be lost, so the controller sends until they agree


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the controller tells a box to do. Absent sections keep the box's own defaults."""

    revision: int
    probes: dict[str, dict[str, Any]] = field(default_factory=dict)  # probe name -> {"every": seconds, ...}
    targets: list[dict[str, str]] = field(default_factory=list)  # [{"name": "vnix", "kind": "domestic", "address": …}]
    labels: dict[str, str] = field(default_factory=dict)  # e.g. {"school": "82001", "demo": "yes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureToken:
    """Leave to measure once: ``token`` is signed by the controller and spent at the measurement server."""

    token: str
    host: str
    port: int  # control, TLS unless ``plain``
    plain: bool  # control without TLS: loopback only
    not_before: float  # Unix seconds, controller's time
    expires: float
    mode: str = "full"  # how much the school can spare now: "full", "short", "light"
    max_bytes: int = 0  # of the whole test, both ways; 0: the box's own bound


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeReply:
    """What the controller answers after its commit."""

    v: int
    now: float  # the controller's time, Unix seconds
    epoch: int
    next_seq: int  # all batches below are committed (or reported thinned); the box sends from here
    token: str  # for the next exchange; the current and the previous one are good
    beat_token: str
    beat_every: float  # seconds
    exchange_after: float  # seconds until the next exchange, unless woken
    epoch_proof: dict[str, Any] | None = None  # DSSE envelope over {"epoch", "since", "reason"}; sent when it changed
    settings: Settings | None = None  # only when its revision is new to the box
    measure: MeasureToken | None = None
    full_inventory: bool = False
    roots: list[str] = field(default_factory=list)  # PEM roots to pin, one or two; empty: keep those you have
    problems: list[dict[str, Any]] = field(default_factory=list)  # [{"seq", "item", "reason"}]: kept aside, not lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """ "I am here": each 30 s, answered from memory."""

    agent: str
    token: str
    boot: str
    up: float  # seconds since boot
    next_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatReply:
    work: bool  # true: exchange now
    after: float  # seconds until the next beat
    now: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRequest:
    """Signed by the key it presents: proof that the box holds it. Sent again unchanged, it is answered the same."""

    v: int
    code_id: str  # public part of the join code
    secret: str  # secret part of the join code; travels only inside TLS pinned to the CA that the code names
    public_key: str  # base64 of the raw 32 bytes of an Ed25519 key
    hostname: str
    machine: dict[str, str]  # what helps a person to recognise the box: vendor, product, serial, MACs
    now: Stamp
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinReply:
    v: int
    state: JoinState
    agent: str = ""  # the id given to this box; kept also while pending
    school: str = ""  # code
    school_name: str = ""
    now: float = 0.0
    retry_after: float = 30.0
    reason: str = ""  # stable code when refused: "code-used", "code-expired", "code-unknown", "key-known"
    roots: list[str] = field(default_factory=list)


# One word for each byte of a fingerprint, read aloud between a school and the province. No two of them look the same
# without accents, and no two sound the same where a region merges tr/ch, s/x, l/n, d/gi/v/r, -n/-ng or -t/-c. The order
# is part of the wire: never sort, never replace. (A string that is split: pure, and far shorter than 256 lines.)
FINGERPRINT_WORDS: tuple[str, ...] = tuple(
    """
    bà bác bạn báo bắp bé bếp bến biển bình bò bóng bơi búa buồm bút bưởi bầu cá cam canh cát cau cay cò con cốc cối
    cơm cua cúc cừu cuốc chó chim chị chè chén chanh chuối chuột chuông chùa chai chảo chiếu chữ chum chậu chép chớp
    dê dao dây dừa dép diều dòng dơi dầu đá đàn đèn đêm đò đất đuôi đước điện gà gạo gấu gỗ gió giếng gối gương gạch
    gai gừng ghe hoa hồ hạt hành heo hộp hươu hầm hòn hương hũ khoai khỉ khế kho khăn khóa khói khay khách kéo kem
    kén kiến kim kính ké lá làng lúa lợn lưới lược lê lọ leo lịch liềm liễu lươn lúm mây mưa mèo mắt mũ muối mít mận
    me mía môi mực mướp mương mạ mì móng núi nấm nai nến nho nhà nhãn nhạc nhện nhím nhựa nhái nếp ngựa ngỗng ngọc
    ngô ngói ngày ngà nghé nguồn ong ổi ớt áo ảnh ếch én yến phà phấn phở phượng phim phòng phao phích phèn phễu pin
    quạt quần quê quýt quay quyển rắn rươi rết rạ rơm rèm riềng rìu ruốc rạp sao sen sông sò sói sóc sữa sắn sấm sâu
    sếu sim suối sậy sườn sách tôm táo tím tóc tay tổ tùng tủ tường tía tỏi trống trứng trà trúc tuyết túi tấm tép
    tem thỏ thuyền thư thóc thước thùng thang thìa thép thác thảm tháp thầy thêu thịt thông thẻ vịt vợt vịnh vạc xe
    xoài xóm
    """.split()  # noqa: SIM905
)


def fingerprint(public_key: bytes) -> str:
    """Six words for the raw 32 bytes of an Ed25519 public key: the first 48 bits of their SHA-256."""
    import hashlib  # only here: it brings OpenSSL, 4 MB that a probe's process does not need

    return "-".join(FINGERPRINT_WORDS[byte] for byte in hashlib.sha256(public_key).digest()[:6])
