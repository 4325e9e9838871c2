"""What stable reason codes mean to people, and what to do about them: Vietnamese first, English second."""

from __future__ import annotations

Texts = tuple[str, str]  # Vietnamese, English

# reason code -> (what is wrong, what to do), of joining and of the way to the province
REASONS: dict[str, tuple[Texts, Texts]] = {
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
            "Đăng nhập mạng một lần, hoặc nhờ quản trị mạng cho thiết bị đi thẳng.",
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
        ("Khóa của thiết bị đã có ở tỉnh với mã khác", "The box's key is known with another code"),
        (
            "Đĩa đã bị sao chép? Chạy: truongnet agent join MÃ --again",
            "A copied disk? Run: truongnet agent join CODE --again",
        ),
    ),
    "not-accepted": (
        ("Tỉnh chưa chấp nhận thiết bị này", "The province has not accepted this box"),
        ("Đọc sáu từ dưới đây cho cán bộ tỉnh.", "Read the six words below to the province."),
    ),
    "quarantined": (
        ("Thiết bị bị cách ly", "The box is quarantined"),
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
        ("Tỉnh không biết thiết bị này", "The province does not know this box"),
        ("Số liệu được giữ lại; báo tỉnh.", "All data is kept; tell the province."),
    ),
    "rejoining": (
        (
            "Máy chủ của tỉnh vừa được khôi phục; thiết bị tham gia lại",
            "The province was restored; the box joins again",
        ),
        ("Không cần làm gì.", "Nothing to do."),
    ),
    "bad-seal": (
        ("Tỉnh không nhận chữ ký của thiết bị", "The province does not take the box's signature"),
        ("Báo tỉnh.", "Tell the province."),
    ),
    "slow-down": (
        ("Tỉnh yêu cầu gửi chậm lại", "The province asks to slow down"),
        ("Không cần làm gì.", "Nothing to do."),
    ),
    "busy": (("Máy chủ của tỉnh đang bận", "The province's server is busy"), ("Không cần làm gì.", "Nothing to do.")),
    "version": (
        ("Phần mềm của thiết bị không hợp với máy chủ", "The box's software does not fit the server"),
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
}

# The same for what ends a probe, or leaves a part of the inventory unread.
PROBE_REASONS: dict[str, tuple[Texts, Texts]] = {
    "needs-root": (
        ("cần quyền quản trị", "needs administrator's rights"),
        (
            "Cài dịch vụ truongnet-helper (sudo systemctl enable --now truongnet-helper).",
            "Install the service truongnet-helper (sudo systemctl enable --now truongnet-helper).",
        ),
    ),
    "deadline": (("quá thời gian cho phép", "it took too long"), ("", "")),
    "defect": (
        ("lỗi phần mềm của phép đo", "a defect in the probe"),
        ("Báo tỉnh kèm dòng này.", "Tell the province this line."),
    ),
    "child-died": (
        ("tiến trình đo bị dừng", "the probe's process ended"),
        ("Báo tỉnh nếu lặp lại.", "Tell the province if it comes again."),
    ),
    "no-child": (
        ("không khởi động được tiến trình đo", "the probe's process could not be started"),
        ("Kiểm tra bộ nhớ của máy.", "Check the machine's memory."),
    ),
    "bad-setting": (
        ("thiết lập của phép đo sai", "a setting of the probe is wrong"),
        ("Sửa trong /etc/truongnet/agent.toml, hoặc báo tỉnh.", "Mend it in /etc/truongnet/agent.toml, or tell them."),
    ),
    "helper-answer": (
        ("truongnet-helper trả lời sai", "truongnet-helper answered wrongly"),
        ("Chạy: sudo systemctl restart truongnet-helper", "Run: sudo systemctl restart truongnet-helper"),
    ),
    "no-targets": (
        ("không có gì để đo: máy chưa có mạng", "nothing to measure: the machine has no network"),
        ("Cắm dây mạng hoặc kết nối Wi-Fi.", "Plug the cable in, or join a Wi-Fi."),
    ),
    "no-route": (
        ("máy chưa có cổng mạng mặc định", "the machine has no default route"),
        ("Kiểm tra dây mạng và DHCP.", "Check the cable and DHCP."),
    ),
    "no-address": (
        ("card mạng chưa có địa chỉ IPv4", "the card has no IPv4 address"),
        ("Kiểm tra DHCP của bộ phát.", "Check the router's DHCP."),
    ),
    "link-down": (
        ("card mạng không có tín hiệu", "the card has no link"),
        ("Kiểm tra dây mạng.", "Check the cable."),
    ),
    "no-interface": (
        ("không có card mạng tên đó", "there is no card of that name"),
        ("Sửa interface trong thiết lập của lan.", "Mend interface in the settings of lan."),
    ),
    "not-ethernet": (("không phải mạng Ethernet hay Wi-Fi", "neither Ethernet nor Wi-Fi"), ("", "")),
    "network-size": (("mạng quá lớn hoặc quá nhỏ để quét", "the network is too large or too small to sweep"), ("", "")),
    "no-token": (
        ("chưa có lượt đo do tỉnh cấp", "no leave to measure from the province"),
        ("Không cần làm gì; tỉnh cấp lượt khi đến giờ.", "Nothing to do; the province gives leave when it is time."),
    ),
    "server-busy": (
        ("máy chủ đo đang bận", "the measurement server is busy"),
        ("Không cần làm gì; thiết bị đo lại sau.", "Nothing to do; the box measures again later."),
    ),
    "server-unreachable": (
        ("không đến được máy chủ đo", "the measurement server cannot be reached"),
        ("Kiểm tra đường mạng; báo tỉnh nếu kéo dài.", "Check the line; tell the province if it lasts."),
    ),
    "server-gone": (("máy chủ đo ngắt giữa chừng", "the measurement server went away"), ("", "")),
    "server-hung": (("máy chủ đo không trả lời kịp", "the measurement server did not answer in time"), ("", "")),
    "bulk-blocked": (
        ("cổng truyền dữ liệu đo bị chặn", "the port for the measurement's data is blocked"),
        ("Cho phép cổng này trên tường lửa của trường.", "Open this port in the school's firewall."),
    ),
    "budget": (
        ("lượng dữ liệu được phép quá ít để đo", "too few bytes are allowed to measure"),
        ("Báo tỉnh: hạn mức dữ liệu của lượt đo quá nhỏ.", "Tell the province: the leave's budget is too small."),
    ),
    "stalled": (("đường truyền đứng giữa chừng", "the line stood still in the middle"), ("", "")),
    "tls": (
        ("không xác thực được máy chủ đo", "the measurement server could not be verified"),
        ("Báo tỉnh.", "Tell the province."),
    ),
    "protocol": (
        ("máy chủ đo trả lời sai", "the measurement server answered wrongly"),
        ("Báo tỉnh.", "Tell the province."),
    ),
    "token-spent": (
        ("lượt đo đã được dùng", "this leave to measure was used already"),
        ("Xin tỉnh lượt mới; báo tỉnh nếu lặp lại.", "Ask for a new one; tell the province if it comes again."),
    ),
    "token-expired": (
        ("lượt đo đã hết hạn", "this leave to measure has expired"),
        ("Không cần làm gì; tỉnh cấp lượt mới.", "Nothing to do; the province gives a new one."),
    ),
    "token-early": (
        ("lượt đo chưa đến giờ", "this leave to measure is for later"),
        ("Báo tỉnh: đồng hồ hai máy chủ lệch nhau.", "Tell the province: the clocks of its servers differ."),
    ),
    "token-foreign": (
        ("lượt đo không do tỉnh này cấp", "this leave to measure is not of this province"),
        ("Báo tỉnh: máy chủ đo giữ khóa khác.", "Tell the province: the measurement server holds another key."),
    ),
    "token-malformed": (("lượt đo bị hỏng", "this leave to measure is broken"), ("Báo tỉnh.", "Tell the province.")),
    "server-trouble": (
        ("máy chủ đo có lỗi đĩa", "the measurement server has trouble with its disk"),
        ("Báo tỉnh.", "Tell the province."),
    ),
    "no-speedtest-cli": (
        ("chưa cài speedtest-cli", "speedtest-cli is not installed"),
        ("Không bắt buộc: pip install 'truongnet[second]'", "Not needed: pip install 'truongnet[second]'"),
    ),
    "not-offered": (
        ("máy chủ đo không mở phần này", "the measurement server does not offer this"),
        ("Không cần làm gì.", "Nothing to do."),
    ),
    "second-failed": (("speedtest-cli không đo được", "speedtest-cli could not measure"), ("", "")),
    "no-counter": (
        (
            "bộ định tuyến không cho biết lưu lượng: không thấy máy khác đang dùng mạng",
            "the router does not tell its traffic: what other machines use is not seen",
        ),
        (
            "Không bắt buộc: bật UPnP trên bộ định tuyến, hoặc đặt snmp_community cho phần lan.",
            "Not needed: switch UPnP on in the router, or set snmp_community of lan.",
        ),
    ),
    "no-dmi": (("máy không có bảng DMI", "the machine has no DMI table"), ("", "")),
    "not-filled-in": (("nhà sản xuất không ghi", "the maker did not fill it in"), ("", "")),
    "unreadable": (("không đọc được", "unreadable"), ("", "")),
    "no-dpkg": (("không phải hệ Debian", "not a Debian system"), ("", "")),
    "no-usb": (("máy không có USB", "the machine has no USB"), ("", "")),
    "no-graphics": (("máy không có cổng hình", "the machine has no display outputs"), ("", "")),
    "no-edid": (("màn hình không cho biết tên", "the display does not say what it is"), ("", "")),
    "no-cups": (("chưa cài CUPS", "CUPS is not installed"), ("", "")),
    "no-iw": (
        ("chưa cài iw", "iw is not installed"),
        ("sudo apt-get install --no-install-recommends iw", "sudo apt-get install --no-install-recommends iw"),
    ),
    "no-nut": (
        ("chưa cài NUT nên không đọc được UPS", "NUT is not installed, so the UPS cannot be read"),
        ("sudo apt-get install nut-client nut-server", "sudo apt-get install nut-client nut-server"),
    ),
    "no-smartctl": (
        ("chưa cài smartctl", "smartctl is not installed"),
        (
            "sudo apt-get install --no-install-recommends smartmontools",
            "sudo apt-get install --no-install-recommends smartmontools",
        ),
    ),
    "no-scapy": (
        (
            "chưa cài scapy nên không nghe được LLDP, CDP, DHCP",
            "scapy is not installed, so LLDP, CDP and DHCP are not heard",
        ),
        (
            "Cài lại từ bộ cài USB mới: sudo sh install.sh (từ mã nguồn: .venv/bin/pip install 'scapy>=2.6')",
            "Install from a new USB kit: sudo sh install.sh (from a checkout: .venv/bin/pip install 'scapy>=2.6')",
        ),
    ),
    "rights-kept": (
        (
            "tiến trình nghe mạng không bỏ được quyền nên không chạy",
            "the listener could not give up its rights, so it did not run",
        ),
        (
            "Cài lại dịch vụ truongnet-helper từ bộ cài (sudo sh install.sh).",
            "Install the service truongnet-helper again from the kit (sudo sh install.sh).",
        ),
    ),
    "no-smart": (("đĩa không có SMART", "the disk has no SMART"), ("", "")),
    "asleep": (("đĩa đang ngủ, không đánh thức", "the disk sleeps and was not woken"), ("", "")),
    "virtual-disk": (("đĩa ảo", "a virtual disk"), ("", "")),
}

# What `status` advises beyond the reasons.
ADVICE: dict[str, Texts] = {
    "start": (
        "Khởi động agent: sudo systemctl enable --now truongnet-agent",
        "Start it: sudo systemctl enable --now truongnet-agent",
    ),
    "join": (
        "Xin tỉnh mã tham gia, rồi: sudo truongnet agent join MÃ",
        "Ask for a join code, then: sudo truongnet agent join CODE",
    ),
    "gateway": ("Kiểm tra dây mạng giữa thiết bị và bộ phát.", "Check the cable between the box and the modem."),
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
