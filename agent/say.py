"""What the agent says to people: Vietnamese first, English second. Codes are stable; these are their words."""

from __future__ import annotations

import os
from collections.abc import Mapping

from agent.say_reasons import ADVICE, PROBE_REASONS, REASONS, Texts

# key -> (Vietnamese, English)
TEXTS: dict[str, tuple[str, str]] = {
    "about": (
        "Thiết bị đo của trường: đo, kiểm kê và báo về tỉnh.",
        "The school's box: measures, inventories, reports.",
    ),
    "help": ("Xem hướng dẫn này", "Show this help"),
    "usage": ("cách dùng: ", "usage: "),
    "commands": ("lệnh", "commands"),
    "command": ("LỆNH", "COMMAND"),
    "arguments": ("đối số", "arguments"),
    "options": ("tùy chọn", "options"),
    "help.join": ("Tham gia hệ thống của tỉnh bằng mã tham gia", "Join the province's system with a join code"),
    "help.code": ("mã tham gia do tỉnh cấp (tn1:…)", "the join code that the province gave (tn1:…)"),
    "help.ca": ("tệp chứng thư gốc của tỉnh (bộ USB)", "file with the province's root certificate (USB kit)"),
    "help.again": ("bắt đầu lại với khóa mới", "begin again with a new key"),
    "help.wait": ("chờ được chấp nhận, tối đa bấy nhiêu giây", "wait to be accepted, at most so many seconds"),
    "help.run": ("Chạy thiết bị: đo và báo về tỉnh", "Run the box: measure and report"),
    "help.once": ("Chạy một phép đo một lần", "Run one probe once"),
    "help.probe": ("tên phép đo, xem lệnh list", "name of the probe, see list"),
    "help.leave": (
        "lượt đo tốc độ do lệnh `truongnet leave` của tỉnh in ra; - là đầu vào chuẩn",
        "leave to measure, as the province's `truongnet leave` printed it; - for standard input",
    ),
    "once.leave": ("Lượt đo không đọc được: {why}", "The leave to measure cannot be read: {why}"),
    "help.json": ("in ra JSON", "print JSON"),
    "help.list": ("Liệt kê các phép đo", "List the probes"),
    "help.status": ("Cái gì chạy, cái gì không, cần làm gì", "What works, what does not, what to do"),
    "help.journal": ("Xem các bản ghi mới nhất trong bộ đệm", "Show the newest records of the spool"),
    "help.number": ("số bản ghi", "how many records"),
    "help.lang": ("ngôn ngữ: vi hoặc en", "language: vi or en"),
    "help.config": ("tệp cấu hình TOML", "TOML file with settings"),
    "help.state_dir": ("thư mục dữ liệu", "state directory"),
    "probe.host": ("phần cứng và phần mềm của máy này", "hardware and software of this machine"),
    "probe.reach": ("đường mạng: cổng mạng, DNS, tỉnh, trong nước, quốc tế", "reachability: gateway, DNS, province, …"),
    "probe.speed": ("tốc độ đường truyền (cần lượt đo do tỉnh cấp)", "throughput (needs leave from the province)"),
    "probe.traffic": ("lưu lượng thật qua card mạng của thiết bị", "real traffic through the box's card"),
    "probe.wan": ("lưu lượng thật của cả trường, hỏi bộ định tuyến", "the whole school's traffic, by its router"),
    "probe.second": (
        "ý kiến thứ hai về tốc độ, bằng speedtest-cli (cần lượt đo)",
        "a second opinion on the throughput, by speedtest-cli (needs leave)",
    ),
    "probe.lan": ("thiết bị trong mạng của trường", "devices on the school's network"),
    "list.name": ("Tên", "Name"),
    "list.every": ("Chu kỳ", "Every"),
    "list.deadline": ("Tối đa", "At most"),
    "list.what": ("Đo gì", "What it measures"),
    "outcome.ok": ("xong", "ok"),
    "outcome.failed": ("không được", "failed"),
    "outcome.skipped": ("bỏ qua", "skipped"),
    "once.took": ("{probe}: {outcome}, {seconds:.1f} giây", "{probe}: {outcome}, {seconds:.1f} s"),
    "once.missing": ("không đọc được, và vì sao:", "what could not be read, and why:"),
    "once.unknown": ("Không có phép đo tên {name}. Có: {known}", "There is no probe {name}. Known: {known}"),
    "journal.empty": ("Bộ đệm trống.", "The spool is empty."),
    "journal.open": ("chưa gửi", "not sent"),
    "journal.sealed": ("lô {seq}, chưa gửi", "batch {seq}, not sent"),
    "journal.acked": ("lô {seq}, tỉnh đã nhận", "batch {seq}, received"),
    "denied": ("Không có quyền đọc {path}. Hãy chạy bằng sudo.", "No right to read {path}. Run it with sudo."),
    "no_directory": ("Không tạo được {path}: {why}", "Cannot make {path}: {why}"),
    "config": ("Cấu hình sai: {why}", "Wrong setting: {why}"),
    "identity": ("Danh tính của thiết bị hỏng: {why}", "The box's identity is damaged: {why}"),
    "running": (
        "Một agent khác đang chạy với {path}. Dừng nó trước: sudo systemctl stop truongnet-agent",
        "Another agent works with {path}. Stop it first: sudo systemctl stop truongnet-agent",
    ),
    "not_joined_run": (
        "Thiết bị chưa tham gia; đang chờ. Chạy: truongnet agent join MÃ",
        "The box has not joined; waiting. Run: truongnet agent join CODE",
    ),
    "other_identity": ("Danh tính đã đổi; khởi động lại.", "The identity changed; starting again."),
    "join.already": (
        "Thiết bị này đã thuộc {school}. Muốn bắt đầu lại với khóa mới: thêm --again",
        "This box belongs to {school} already. To begin again with a new key: add --again",
    ),
    "join.sent": ("Đã gửi yêu cầu tham gia cho {school}.", "Asked to join {school}."),
    "join.waiting": (
        "Chưa gửi được ({why}). Yêu cầu đã được lưu; agent sẽ tự gửi lại.",
        "Not sent yet ({why}). The request is kept; the agent will send it again by itself.",
    ),
    "join.compare": (
        "Đọc sáu từ này cho cán bộ của tỉnh; họ so sánh rồi bấm chấp nhận:",
        "Read these six words to the province; they compare them and accept:",
    ),
    "join.accepted": ("Đã được chấp nhận: {school}.", "Accepted: {school}."),
    "status.title": ("Thiết bị đo của {school}", "The box of {school}"),
    "status.no_school": ("trường (chưa tham gia)", "a school (not joined)"),
    "status.todo": ("Cần làm:", "What to do:"),
    "status.all_well": ("Mọi thứ đang chạy tốt.", "All is well."),
    "status.fingerprint": ("Dấu vân tay của thiết bị (để tỉnh so sánh):", "The box's fingerprint (for the province):"),
    "status.running": ("Agent đang chạy", "The agent runs"),
    "status.not_running": ("Agent không chạy", "The agent does not run"),
    "status.accepted": ("Tỉnh đã chấp nhận thiết bị này", "The province accepted this box"),
    "status.pending": ("Đang chờ tỉnh chấp nhận", "Waiting to be accepted"),
    "status.refused": ("Tỉnh từ chối thiết bị này", "The province refused this box"),
    "status.contact": ("Liên lạc với tỉnh lần cuối: {ago} trước", "Last contact with the province: {ago} ago"),
    "status.not_joined": ("Thiết bị chưa tham gia hệ thống của tỉnh", "The box has not joined the province's system"),
    "status.measured": ("Đã đo {ago} trước: {name}", "Measured {ago} ago: {name}"),
    "status.no_contact": ("Chưa liên lạc được với tỉnh", "No contact with the province yet"),
    "status.up": ("{name}: trả lời", "{name}: answers"),
    "status.down": ("{name}: không trả lời", "{name}: does not answer"),
    "status.unknown": ("{name}: chưa rõ", "{name}: not known yet"),
    "status.probe": ("{name}: {outcome} ({reason}) {detail}", "{name}: {outcome} ({reason}) {detail}"),
    "status.spool": (
        "Bộ đệm: {used} trên {limit}, {batches} lô chưa gửi",
        "Spool: {used} of {limit}, {batches} batches not sent",
    ),
    "status.disk": ("Đĩa có lỗi: {why}", "Trouble with the disk: {why}"),
    "status.clock": ("Đồng hồ của máy lệch {seconds:.0f} giây", "The machine's clock is off by {seconds:.0f} s"),
    "status.copied": ("Khóa này được tạo trên máy khác ({what})", "This key was made on another machine ({what})"),
    "target.gateway": ("Cổng mạng của trường", "The school's gateway"),
    "target.dns": ("Máy chủ tên miền (DNS)", "Name server (DNS)"),
    "target.controller": ("Máy chủ của tỉnh", "The province's server"),
    "target.isp-hop": ("Nhà mạng", "The provider's first hop"),
    "target.domestic": ("Trong nước: {name}", "Domestic: {name}"),
    "target.international": ("Quốc tế: {name}", "International: {name}"),
    "unit.seconds": ("{n} giây", "{n} s"),
    "unit.minutes": ("{n} phút", "{n} min"),
    "unit.hours": ("{n} giờ", "{n} h"),
    "unit.days": ("{n} ngày", "{n} days"),
}


def language(asked: str | None, environ: Mapping[str, str] = os.environ) -> str:
    """The language asked for, or that of TRUONGNET_LANG, or Vietnamese."""
    chosen = asked or environ.get("TRUONGNET_LANG", "vi")
    return chosen if chosen in ("vi", "en") else "vi"


def _known(code: str) -> tuple[Texts, Texts] | None:
    return REASONS.get(code) or PROBE_REASONS.get(code)


class Speaker:
    """Says things in one language."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._index = 0 if lang == "vi" else 1

    @property
    def keys(self) -> Mapping[str, tuple[str, str]]:
        return TEXTS

    def __call__(self, key: str, **values: object) -> str:
        return TEXTS[key][self._index].format(**values)

    def reason(self, code: str, detail: str = "") -> str:
        """What is wrong; an unknown code is shown as it is."""
        known = _known(code)
        text = known[0][self._index] if known else code
        return f"{text} ({detail})" if detail else text

    def todo(self, code: str) -> str:
        """What to do about a reason; empty when there is nothing particular."""
        known = _known(code)
        return known[1][self._index] if known else ""

    def advice(self, key: str) -> str:
        return ADVICE[key][self._index]

    def ago(self, seconds: float) -> str:
        for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
            if seconds >= 2 * size:
                return self(f"unit.{unit}", n=int(seconds / size))
        return self("unit.seconds", n=int(max(seconds, 0)))
