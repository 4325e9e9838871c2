"""All codes of problems, with their status and their texts in both languages.

``title`` says what is wrong, ``detail`` what to do next. The OpenAPI is made from this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

Lang = Literal["vi", "en"]
LANGS: tuple[Lang, ...] = ("vi", "en")


class Text(NamedTuple):
    title: str
    detail: str


class Code(NamedTuple):
    status: int
    vi: Text
    en: Text


def _code(status: int, vi: tuple[str, str], en: tuple[str, str]) -> Code:
    return Code(status, Text(*vi), Text(*en))


CODES: Mapping[str, Code] = MappingProxyType(
    {
        "bad-request": _code(
            400,
            ("Yêu cầu không đọc được", "Hãy xem lại tài liệu API tại /api/v1/openapi.json."),
            ("The request cannot be read", "See the API's description at /api/v1/openapi.json."),
        ),
        "not-authenticated": _code(
            401,
            ("Chưa đăng nhập", "Hãy đăng nhập, hoặc gửi mã API còn hiệu lực."),
            ("Not signed in", "Sign in, or send an API token that is still valid."),
        ),
        "login-failed": _code(
            401,
            ("Đăng nhập không thành công", "Tên đăng nhập, mật khẩu hoặc mã xác thực không đúng."),
            ("Sign-in failed", "The login, the password or the code is not right."),
        ),
        "second-factor": _code(
            401,
            ("Cần mã xác thực", "Hãy nhập mã 6 số trong ứng dụng xác thực."),
            ("A code is needed", "Give the six digits that your authenticator shows."),
        ),
        "must-change-password": _code(
            403,
            ("Phải đổi mật khẩu", "Mật khẩu này chỉ dùng một lần. Hãy đặt mật khẩu mới."),
            ("The password must be changed", "This password is good once. Set a new one first."),
        ),
        "forbidden": _code(
            403,
            ("Không có quyền", "Vai trò của bạn không cho phép việc này. Hãy hỏi quản trị viên của tỉnh."),
            ("Not allowed", "Your role does not allow this. Ask the province's administrator."),
        ),
        "session-needed": _code(
            403,
            ("Mã API không làm được việc này", "Hãy đăng nhập bằng trình duyệt."),
            ("Not with an API token", "Sign in with a browser to do this."),
        ),
        "csrf": _code(
            403,
            ("Trang đã cũ", "Hãy tải lại trang rồi thử lại."),
            ("The page is out of date", "Load the page again, then try once more."),
        ),
        "cannot-grant": _code(
            403,
            ("Không thể cấp quyền này", "Bạn chỉ cấp được quyền mà chính bạn có, trong phạm vi của bạn."),
            ("This cannot be granted", "You can grant only what you may do yourself, where you may do it."),
        ),
        "not-found": _code(
            404,
            ("Không tìm thấy", "Không có mục này, hoặc nó nằm ngoài phạm vi của bạn."),
            ("Not found", "There is no such thing, or it lies outside your part of the province."),
        ),
        "school-not-found": _code(
            404,
            ("Không tìm thấy trường", "Không có trường với mã này, hoặc trường nằm ngoài phạm vi của bạn."),
            ("School not found", "No school has this code, or it lies outside your part of the province."),
        ),
        "commune-not-found": _code(
            404,
            ("Không tìm thấy xã, phường", "Không có xã, phường với mã này trong phạm vi của bạn."),
            ("Commune not found", "No commune has this code in your part of the province."),
        ),
        "method-not-allowed": _code(
            405,
            ("Không hỗ trợ thao tác này", "Hãy xem lại tài liệu API."),
            ("Method not allowed", "See the API's description."),
        ),
        "conflict": _code(
            409,
            ("Bị trùng", "Đã có mục như vậy, hoặc mục này còn được dùng ở nơi khác."),
            ("Conflict", "Such a thing is there already, or it is still in use elsewhere."),
        ),
        "school-exists": _code(
            409,
            ("Mã trường đã có", "Mỗi mã chỉ thuộc về một trường. Hãy sửa trường đã có."),
            ("This school code is taken", "A code belongs to one school. Change the school that has it."),
        ),
        "login-exists": _code(
            409,
            ("Tên đăng nhập đã có", "Hãy chọn tên đăng nhập khác."),
            ("This login is taken", "Choose another login."),
        ),
        "no-box": _code(
            409,
            ("Trường chưa có thiết bị đo", "Hãy ghép nối và chấp nhận một thiết bị trước."),
            ("The school has no box", "Let a box join and accept it first."),
        ),
        "in-use": _code(
            409,
            ("Không thể xoá", "Mục này còn dữ liệu đi kèm. Hãy xoá hoặc chuyển dữ liệu đó trước."),
            ("It cannot be removed", "Other data still hangs on it. Remove or move that first."),
        ),
        "last-admin": _code(
            409,
            ("Phải còn một quản trị viên", "Đây là quản trị viên cuối cùng của tỉnh. Hãy thêm người khác trước."),
            ("One administrator must remain", "This is the province's last administrator. Add another one first."),
        ),
        "wrong-state": _code(
            409,
            ("Thiết bị không ở trạng thái phù hợp", "Hãy tải lại trang để xem trạng thái hiện nay."),
            ("The box is not in a state for this", "Load the page again to see its present state."),
        ),
        "totp-active": _code(
            409,
            ("Đã bật xác thực hai bước", "Hãy tắt xác thực hai bước trước khi bật lại."),
            ("The second factor is on already", "Switch it off before you set it up again."),
        ),
        "samples-present": _code(
            409,
            ("Đã có dữ liệu mẫu", "Hãy gỡ dữ liệu mẫu đang có trước khi nạp lại."),
            ("There are samples already", "Remove those that are there before you load them again."),
        ),
        "samples-busy": _code(
            409,
            ("Đang nạp hoặc gỡ dữ liệu mẫu", "Hãy đợi việc đang chạy kết thúc."),
            ("Samples are being loaded or removed", "Wait until what is going on has ended."),
        ),
        "pair-decided": _code(
            409,
            ("Câu hỏi này đã có câu trả lời khác", "Hãy tải lại trang để thấy câu trả lời hiện nay."),
            ("This question has another answer by now", "Load the page again to see it."),
        ),
        "transfer-refused": _code(
            409,
            ("Không chuyển được", "Hãy tải lại trang để thấy máy và phòng của hai trường hiện nay."),
            ("This cannot be moved", "Load the page again to see what the two schools have now."),
        ),
        "survey-decided": _code(
            409,
            ("Phiếu này đã được xử lý", "Hãy tải lại trang để thấy phiếu mới nhất."),
            ("This answer was decided on already", "Load the page again to see the newest one."),
        ),
        "inventory-refused": _code(
            422,
            ("Không đọc được bản kiểm kê này", "Cần tệp JSON do GLPI agent (bản 1.0 trở lên) tạo ra."),
            ("This inventory cannot be read", "It must be a JSON file that a GLPI agent (1.0 or newer) made."),
        ),
        "link-not-valid": _code(
            403,
            ("Đường dẫn không còn dùng được", "Đường dẫn sai, đã hết hạn hoặc đã bị thu hồi. Hãy xin đường dẫn mới."),
            ("This link is no longer good", "It is wrong, has expired or was taken back. Ask for a new one."),
        ),
        "changed-meanwhile": _code(
            412,
            ("Đã có người khác sửa", "Hãy tải lại để thấy bản mới nhất rồi sửa lại."),
            ("Someone else changed it", "Load it again to see the newest, then repeat your change."),
        ),
        "too-large": _code(
            413,
            ("Dữ liệu gửi lên quá lớn", "Hãy chia nhỏ rồi gửi lại."),
            ("Too much was sent", "Split it into smaller parts."),
        ),
        "unsupported-media": _code(
            415,
            ("Kiểu dữ liệu không được hỗ trợ", "Hãy gửi JSON với Content-Type: application/json."),
            ("This content type is not supported", "Send JSON with Content-Type: application/json."),
        ),
        "invalid": _code(
            422,
            ("Có chỗ chưa đúng", "Hãy sửa các mục nêu trong «errors»."),
            ("Something is not right", "Correct what is listed in errors."),
        ),
        "import-refused": _code(
            422,
            ("Tệp có chỗ chưa đúng", "Không có gì được ghi. Hãy sửa các ô nêu trong «errors» rồi nhập lại."),
            (
                "The file has something wrong",
                "Nothing was written. Correct the cells listed in errors, then import again.",
            ),
        ),
        "weak-password": _code(
            422,
            ("Mật khẩu chưa đủ mạnh", "Mật khẩu cần từ 12 ký tự, không trùng tên đăng nhập và không quá phổ biến."),
            ("This password is too weak", "Use at least 12 characters, neither your login nor a common password."),
        ),
        "wrong-code": _code(
            422,
            ("Mã xác thực không đúng", "Hãy nhập mã đang hiện trong ứng dụng. Mỗi mã chỉ dùng được một lần."),
            ("The code is not right", "Give the code that is shown now. Each code is good once."),
        ),
        "slow-down": _code(
            429,
            ("Thử quá nhiều lần", "Hãy đợi {seconds} giây rồi thử lại."),
            ("Too many attempts", "Wait {seconds} seconds, then try again."),
        ),
        "internal": _code(
            500,
            ("Lỗi của máy chủ", "Lỗi đã được ghi lại. Hãy thử lại sau."),
            ("The server failed", "The failure was recorded. Try again later."),
        ),
        "no-fonts": _code(
            503,
            ("Máy chủ thiếu phông chữ", "Máy chủ cài thiếu: hãy chạy lại make run rồi thử lại."),
            (
                "The server lacks a typeface",
                "The installation is incomplete: run make run again on the server, then try again.",
            ),
        ),
        "busy": _code(
            503,
            ("Máy chủ đang bận", "Hãy thử lại sau ít phút."),
            ("The server is busy", "Try again in a moment."),
        ),
        "evidence-failed": _code(
            422,
            ("Chưa lập được hồ sơ bằng chứng", "Hãy chọn kỳ khác, hoặc báo quản trị viên máy chủ."),
            ("The evidence file could not be made", "Choose another period, or tell whoever runs the server."),
        ),
        "evidence-unchecked": _code(
            422,
            ("Chưa kiểm tra được hồ sơ bằng chứng", "Hãy kiểm tra trên máy của bạn bằng truongnet verify."),
            ("The evidence file could not be checked", "Check it on your own machine with truongnet verify."),
        ),
    }
)
