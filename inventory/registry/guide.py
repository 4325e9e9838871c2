"""What the template's first sheet explains: title, Vietnamese, English."""

from __future__ import annotations

GUIDE: tuple[tuple[str, str, str], ...] = (
    (
        "Cách dùng / How to use",
        "Điền các bảng rồi tải lên ở trang Nhập dữ liệu. Hệ thống cho xem trước, chỉ ghi khi không còn lỗi, và ghi tất "
        "cả hoặc không ghi gì. Bảng không cần thì để trống.",
        "Fill in the sheets and upload the file on the Import page. You see a preview first; it is written only when "
        "nothing is wrong, all of it or nothing. Leave sheets that you do not need empty.",
    ),
    (
        "Mã trường / School code",
        "Mã trường là khóa: mã đã có thì trường được cập nhật, mã mới thì trường được thêm. Nhập lại cùng tệp không "
        "thay đổi gì. Nhập không bao giờ xóa trường nào.",
        "The school code is the key: a known code is updated, a new one is added. The same file a second time changes "
        "nothing. An import never removes a school.",
    ),
    (
        "Ô trống và dấu - / Empty and -",
        "Ô trống: giữ nguyên điều đã biết. Dấu gạch ngang (-): xóa điều đã biết.",
        "An empty cell keeps what is known. A dash (-) takes it away.",
    ),
    (
        "Cột có dấu * / Columns with *",
        "Bắt buộc. Tiêu đề khác (có dấu, không dấu, tiếng Anh) cũng được nhận ra; thứ tự cột tùy ý.",
        "Required. Other headings (with or without accents, English) are recognised; the order does not matter.",
    ),
    (
        "Xã/phường / Commune",
        "Tên hoặc mã sau sáp nhập năm 2025, có hoặc không dấu, có hoặc không chữ «Xã», «Phường».",
        "Name or code after the merger of 2025, with or without accents, with or without «Xã», «Phường».",
    ),
    (
        "CSV",
        "CSV: mỗi tệp một bảng, UTF-8 hoặc «Unicode Text» của Excel; dấu phân cách ; , hoặc tab. Chữ TCVN3, VNI phải "
        "chuyển sang Unicode trước.",
        "CSV: one sheet a file, UTF-8 or Excel's Unicode Text; separated by ; , or tab. TCVN3 and VNI text must be "
        "converted to Unicode first.",
    ),
    (
        "Giới hạn / Limits",
        "Nhiều nhất 10 MB, 100.000 dòng, 200 tài khoản mới mỗi lần.",
        "At most 10 MB, 100,000 rows, 200 new accounts at a time.",
    ),
)
