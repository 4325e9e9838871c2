"""What the agent says to people: Vietnamese first, English second. Codes are stable; these are their words."""

from __future__ import annotations

import os
from collections.abc import Mapping

# key -> (Vietnamese, English)
TEXTS: dict[str, tuple[str, str]] = {
    "about": ("Hộp mạng của trường: đo, kiểm kê và báo về tỉnh.", "The school's box: measures, inventories, reports."),
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
    "help.run": ("Chạy hộp: đo và báo về tỉnh", "Run the box: measure and report"),
    "help.once": ("Chạy một phép đo một lần", "Run one probe once"),
    "help.probe": ("tên phép đo, xem lệnh list", "name of the probe, see list"),
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
    "probe.lan": ("thiết bị trong mạng của trường", "devices on the school's network"),
    "list.name": ("Tên", "Name"),
    "list.every": ("Chu kỳ", "Every"),
    "list.deadline": ("Tối đa", "At most"),
    "list.what": ("Đo gì", "What it measures"),
    "outcome.ok": ("xong", "ok"),
    "outcome.failed": ("không được", "failed"),
    "outcome.skipped": ("bỏ qua", "skipped"),
    "once.took": ("{probe}: {outcome}, {seconds:.1f} giây", "{probe}: {outcome}, {seconds:.1f} s"),
    "once.unknown": ("Không có phép đo tên {name}. Có: {known}", "There is no probe {name}. Known: {known}"),
    "journal.empty": ("Bộ đệm trống.", "The spool is empty."),
    "journal.open": ("chưa gửi", "not sent"),
    "journal.sealed": ("lô {seq}, chưa gửi", "batch {seq}, not sent"),
    "journal.acked": ("lô {seq}, tỉnh đã nhận", "batch {seq}, received"),
    "denied": ("Không có quyền đọc {path}. Hãy chạy bằng sudo.", "No right to read {path}. Run it with sudo."),
    "no_directory": ("Không tạo được {path}: {why}", "Cannot make {path}: {why}"),
    "config": ("Cấu hình sai: {why}", "Wrong setting: {why}"),
    "identity": ("Danh tính của hộp hỏng: {why}", "The box's identity is damaged: {why}"),
    "running": (
        "Một agent khác đang chạy với {path}. Dừng nó trước: sudo systemctl stop truongnet-agent",
        "Another agent works with {path}. Stop it first: sudo systemctl stop truongnet-agent",
    ),
    "not_joined_run": (
        "Hộp chưa tham gia; đang chờ. Chạy: truongnet agent join MÃ",
        "The box has not joined; waiting. Run: truongnet agent join CODE",
    ),
    "other_identity": ("Danh tính đã đổi; khởi động lại.", "The identity changed; starting again."),
    "join.already": (
        "Hộp này đã thuộc {school}. Muốn bắt đầu lại với khóa mới: thêm --again",
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
    "status.title": ("Hộp mạng của {school}", "The box of {school}"),
    "status.no_school": ("trường (chưa tham gia)", "a school (not joined)"),
    "status.todo": ("Cần làm:", "What to do:"),
    "status.all_well": ("Mọi thứ đang chạy tốt.", "All is well."),
    "status.fingerprint": ("Dấu vân tay của hộp (để tỉnh so sánh):", "The box's fingerprint (for the province):"),
    "status.running": ("Agent đang chạy", "The agent runs"),
    "status.not_running": ("Agent không chạy", "The agent does not run"),
    "status.accepted": ("Tỉnh đã chấp nhận hộp này", "The province accepted this box"),
    "status.pending": ("Đang chờ tỉnh chấp nhận", "Waiting to be accepted"),
    "status.refused": ("Tỉnh từ chối hộp này", "The province refused this box"),
    "status.contact": ("Liên lạc với tỉnh lần cuối: {ago} trước", "Last contact with the province: {ago} ago"),
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

# reason code -> ((what is wrong), (what to do))
REASONS: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "timeout": (
        ("Máy chủ của tỉnh không trả lời kịp", "The province's server did not answer in time"),
        ("Kiểm tra đường mạng; agent tự thử lại.", "Check the line; the agent tries again by itself."),
    ),
    "unreachable": (
        ("Không có đường đến máy chủ của tỉnh", "There is no way to the province's server"),
        ("Kiểm tra dây mạng và bộ phát của nhà mạng.", "Check the cable and the provider's modem."),
    ),
    "refused": (
        ("Máy chủ của tỉnh từ chối kết nối", "The province's server refuses connections"),
        (
            "Máy chủ có thể đang bảo trì; báo tỉnh nếu quá một giờ.",
            "It may be in service; tell the province after an hour.",
        ),
    ),
    "no-dns": (
        ("Không tra được tên máy chủ của tỉnh", "The name of the province's server cannot be found"),
        ("Kiểm tra DNS của trường (thường là bộ phát của nhà mạng).", "Check the school's DNS (mostly the modem)."),
    ),
    "captive-portal": (
        ("Mạng này chặn bằng trang đăng nhập", "This network blocks with a log-in page"),
        (
            "Đăng nhập mạng một lần, hoặc nhờ quản trị mạng cho hộp đi thẳng.",
            "Log in once, or have the box let through.",
        ),
    ),
    "wrong-ca": (
        (
            "Máy trả lời không phải máy chủ của tỉnh (chứng thư lạ)",
            "Who answers is not the province (unknown certificate)",
        ),
        (
            "Có thiết bị chen giữa hoặc mã cũ; báo tỉnh, đừng bỏ qua.",
            "Something sits in between, or an old code: tell the province.",
        ),
    ),
    "wrong-name": (
        ("Chứng thư của máy chủ mang tên khác", "The server's certificate carries another name"),
        ("Báo tỉnh: địa chỉ trong mã tham gia không khớp.", "Tell the province: the join code's address does not fit."),
    ),
    "no-tls": (
        ("Không bắt tay bảo mật được với máy chủ", "No secure connection with the server"),
        ("Có thể tường lửa chặn; báo quản trị mạng.", "A firewall may block it; tell the network's administrator."),
    ),
    "not-a-controller": (
        ("Máy trả lời không phải TruongNet", "Who answers is not TruongNet"),
        ("Kiểm tra địa chỉ, hoặc máy chủ trung gian (proxy).", "Check the address, or the proxy in between."),
    ),
    "bad-reply": (
        ("Câu trả lời của tỉnh bị cắt hoặc sai", "The province's answer was cut or wrong"),
        ("Agent tự thử lại; báo tỉnh nếu kéo dài.", "The agent tries again; tell the province if it lasts."),
    ),
    "reply-too-large": (
        ("Câu trả lời quá lớn, không nhận", "The answer was too large and not taken"),
        ("Báo tỉnh.", "Tell the province."),
    ),
    "no-roots": (
        ("Chưa có chứng thư gốc của tỉnh", "The province's root certificate is missing"),
        ("Tham gia lại bằng mã mới.", "Join again with a new code."),
    ),
    "bad-code": (
        ("Mã tham gia không đúng", "The join code is not right"),
        ("Sao chép lại cả mã, bắt đầu bằng tn1:", "Copy the whole code again, it starts with tn1:"),
    ),
    "bad-ca": (
        ("Máy chủ không chứng minh được nó là của tỉnh", "The server could not prove to be the province's"),
        ("Đừng tiếp tục. Báo tỉnh và kiểm tra mạng.", "Do not go on. Tell the province, check the network."),
    ),
    "code-used": (
        ("Mã tham gia đã được dùng", "The join code was used already"),
        ("Xin tỉnh mã mới; báo nếu bạn chưa từng dùng mã này.", "Ask for a new code; tell them if you never used it."),
    ),
    "code-expired": (
        ("Mã tham gia đã hết hạn", "The join code has expired"),
        ("Xin tỉnh mã mới.", "Ask for a new code."),
    ),
    "code-unknown": (
        ("Tỉnh không biết mã này", "The province does not know this code"),
        ("Xin tỉnh mã mới.", "Ask for a new code."),
    ),
    "key-known": (
        ("Khóa của hộp đã có ở tỉnh với mã khác", "The box's key is known with another code"),
        (
            "Đĩa đã bị sao chép? Chạy: truongnet agent join MÃ --again",
            "A copied disk? Run: truongnet agent join CODE --again",
        ),
    ),
    "not-accepted": (
        ("Tỉnh chưa chấp nhận hộp này", "The province has not accepted this box"),
        ("Đọc sáu từ dưới đây cho cán bộ tỉnh.", "Read the six words below to the province."),
    ),
    "quarantined": (
        ("Hộp bị cách ly", "The box is quarantined"),
        ("Gọi tỉnh; sau khi kiểm tra, xin mã mới.", "Call the province; after the check ask for a new code."),
    ),
    "clone-suspected": (
        ("Có hai máy dùng cùng một danh tính", "Two machines use one identity"),
        (
            "Tắt máy sao chép, gọi tỉnh, rồi tham gia lại với --again.",
            "Turn the copy off, call the province, join with --again.",
        ),
    ),
    "unknown-agent": (
        ("Tỉnh không biết hộp này", "The province does not know this box"),
        ("Số liệu được giữ lại; báo tỉnh.", "All data is kept; tell the province."),
    ),
    "rejoining": (
        ("Máy chủ của tỉnh vừa được khôi phục; hộp tham gia lại", "The province was restored; the box joins again"),
        ("Không cần làm gì.", "Nothing to do."),
    ),
    "bad-seal": (
        ("Tỉnh không nhận chữ ký của hộp", "The province does not take the box's signature"),
        ("Báo tỉnh.", "Tell the province."),
    ),
    "slow-down": (
        ("Tỉnh yêu cầu gửi chậm lại", "The province asks to slow down"),
        ("Không cần làm gì.", "Nothing to do."),
    ),
    "busy": (("Máy chủ của tỉnh đang bận", "The province's server is busy"), ("Không cần làm gì.", "Nothing to do.")),
    "version": (
        ("Phần mềm của hộp không hợp với máy chủ", "The box's software does not fit the server"),
        ("Cập nhật phần mềm: xin tỉnh bộ cài mới.", "Update the software: ask for a new kit."),
    ),
    "epoch-unproven": (
        ("Máy chủ nói đã khôi phục mà không chứng minh được", "The server claims a restore without proof"),
        ("Báo tỉnh; số liệu được giữ lại.", "Tell the province; all data is kept."),
    ),
    "epoch-backwards": (
        ("Máy chủ của tỉnh chạy bản cũ hơn", "The province's server runs an older state"),
        ("Báo tỉnh: khôi phục phải bằng lệnh restore.", "Tell the province: restore with the restore command."),
    ),
    "needs-root": (
        ("cần quyền quản trị", "needs administrator's rights"),
        (
            "Cài dịch vụ truongnet-helper (sudo systemctl enable --now truongnet-helper).",
            "Install the service truongnet-helper (sudo systemctl enable --now truongnet-helper).",
        ),
    ),
}

# What `status` advises beyond the reasons.
ADVICE: dict[str, tuple[str, str]] = {
    "start": (
        "Khởi động agent: sudo systemctl enable --now truongnet-agent",
        "Start it: sudo systemctl enable --now truongnet-agent",
    ),
    "join": (
        "Xin tỉnh mã tham gia, rồi: sudo truongnet agent join MÃ",
        "Ask for a join code, then: sudo truongnet agent join CODE",
    ),
    "gateway": ("Kiểm tra dây mạng giữa hộp và bộ phát.", "Check the cable between the box and the modem."),
    "line": (
        "Cổng mạng trả lời mà bên ngoài thì không: gọi nhà mạng.",
        "The gateway answers, the outside does not: call the provider.",
    ),
    "disk": ("Giải phóng chỗ trên đĩa hoặc thay đĩa.", "Free some room on the disk, or replace it."),
    "clock": (
        "Thay pin đồng hồ (CR2032) khi tiện; số liệu vẫn đúng.",
        "Replace the clock battery (CR2032) some day; the data is right.",
    ),
    "copied": (
        "Nếu đây là đĩa sao chép: truongnet agent join MÃ --again. Nếu chỉ thay linh kiện thì không sao.",
        "If this disk is a copy: truongnet agent join CODE --again. If a part was replaced, nothing to do.",
    ),
}


def language(asked: str | None, environ: Mapping[str, str] = os.environ) -> str:
    """The language asked for, or that of TRUONGNET_LANG, or Vietnamese."""
    chosen = asked or environ.get("TRUONGNET_LANG", "vi")
    return chosen if chosen in ("vi", "en") else "vi"


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
        known = REASONS.get(code)
        text = known[0][self._index] if known else code
        return f"{text} ({detail})" if detail else text

    def todo(self, code: str) -> str:
        """What to do about a reason; empty when there is nothing particular."""
        known = REASONS.get(code)
        return known[1][self._index] if known else ""

    def advice(self, key: str) -> str:
        return ADVICE[key][self._index]

    def ago(self, seconds: float) -> str:
        for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
            if seconds >= 2 * size:
                return self(f"unit.{unit}", n=int(seconds / size))
        return self("unit.seconds", n=int(max(seconds, 0)))
