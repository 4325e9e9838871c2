"""What a check can find, worded for a person in both languages, with what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Words = tuple[str, str]  # Vietnamese, English

STEPS: Mapping[str, Words] = MappingProxyType(
    {
        "container": ("tệp nén nguyên vẹn, không thừa không thiếu", "the container is whole, nothing added or missing"),
        "signature": ("chữ ký của tỉnh trên bảng kê", "the province's signature over the manifest"),
        "manifest": ("băm và chuỗi băm của từng phần", "each part's hash and the chain of hashes"),
        "trust": ("chứng thư của tỉnh", "the province's certificate"),
        "boxes": ("khóa của thiết bị và việc tỉnh nhận thiết bị", "the boxes' keys and their acceptance"),
        "seals": ("niêm phong của thiết bị trên từng gói", "the box's seal over each batch"),
        "values": ("mọi giá trị suy ra lại từ các gói", "every value derived again from the batches"),
        "verdict": ("kết luận tính lại từ số liệu", "the verdict computed again from the data"),
        "pdf": ("chữ ký số trong PDF", "the digital signature in the PDF"),
    }
)
AGAIN: Words = (
    "Tệp đã bị sửa hoặc hỏng khi truyền: hãy lấy lại tệp gốc từ tỉnh.",
    "The file was changed or damaged on its way: get the original again from the province.",
)
ASK: Words = (
    "Đừng dựa vào tệp này: hãy báo tỉnh và yêu cầu lập lại.",
    "Do not rely on this file: tell the province and ask for a new one.",
)
COMPARE: Words = (
    "Hãy hỏi tỉnh dấu vân tay CA bằng đường khác (điện thoại, công văn) và so với dấu ở trên.",
    "Ask the province for its CA's fingerprint by another way (telephone, letter) and compare.",
)
NEWER: Words = (
    "Hãy dùng bản TruongNet mới hơn để kiểm tra.",
    "Check it with a newer release of TruongNet.",
)

CODES: Mapping[str, tuple[Words, Words]] = MappingProxyType(
    {
        "not-a-container": (("không phải hồ sơ bằng chứng", "no evidence file"), AGAIN),
        "truncated": (("tệp bị cụt", "the file is cut short"), AGAIN),
        "too-large": (("lớn quá mức cho phép", "larger than allowed"), ASK),
        "too-many": (("nhiều quá mức cho phép", "more than allowed"), ASK),
        "too-many-parts": (("nhiều phần quá mức cho phép", "more parts than allowed"), ASK),
        "bad-name": (("tên phần không hợp lệ", "a part's name is not allowed"), ASK),
        "duplicate-part": (("một phần có hai lần", "a part is there twice"), ASK),
        "part-damaged": (("nội dung phần này đã khác", "this part's content is another"), AGAIN),
        "header-changed": (("phần đầu của mục này đã khác", "this entry's header is another"), AGAIN),
        "directory-changed": (("mục lục của tệp nén đã khác", "the container's directory is another"), AGAIN),
        "wrong-parts": (("thừa, thiếu hoặc đổi thứ tự các phần", "parts added, missing or in another order"), ASK),
        "not-a-manifest": (("bảng kê không đọc được", "the manifest cannot be read"), AGAIN),
        "unknown-format": (("bản này chưa biết định dạng đó", "a format that this release does not know"), NEWER),
        "bad-signature": (("chữ ký không khớp bảng kê", "the signature does not fit the manifest"), ASK),
        "parts-differ": (("bảng kê liệt kê các phần khác", "the manifest lists other parts"), ASK),
        "part-changed": (("khác với bảng kê đã ký", "differs from the signed manifest"), ASK),
        "no-certificates": (("không đọc được chứng thư", "the certificates cannot be read"), ASK),
        "no-signer": (("thiếu chứng thư của khóa ký", "the signing key's certificate is missing"), ASK),
        "no-pdf-signer": (("thiếu chứng thư ký PDF", "the PDF signer's certificate is missing"), ASK),
        "not-trusted": (("không dẫn tới CA mà bạn tin", "does not lead to the CA that you trust"), COMPARE),
        "no-root": (("không dẫn tới CA nào", "leads to no CA"), ASK),
        "no-key": (("thiết bị thiếu khóa công khai", "a box lacks its public key"), ASK),
        "another-key": (("mã thiết bị không khớp khóa", "a box's id does not fit its key"), ASK),
        "another-fingerprint": (("sáu chữ không khớp khóa", "the six words do not fit the key"), ASK),
        "audit-row-changed": (("dòng nhật ký nhận thiết bị đã khác", "the row of its acceptance was changed"), ASK),
        "audit-row-of-another": (("dòng nhật ký là của thiết bị khác", "the row is about another box"), ASK),
        "unknown-box": (("gói của thiết bị không có trong hồ sơ", "a batch of a box that is not in the file"), ASK),
        "bad-seal": (("niêm phong không khớp", "the seal does not hold"), ASK),
        "another-number": (("số của gói không khớp niêm phong", "a batch's number is not the sealed one"), ASK),
        "seals-differ": (("mục lục và các gói không cùng số lượng", "index and batches do not match in number"), ASK),
        "not-in-order": (("các gói lặp hoặc sai thứ tự", "batches repeated or out of order"), ASK),
        "digest-differs": (("băm của gói không khớp mục lục", "a batch's hash is not the index's"), ASK),
        "not-readable": (("không đọc được", "cannot be read"), ASK),
        "value-differs": (("khác với điều mà các gói cho", "differs from what the sealed batches give"), ASK),
        "not-cited": (("gói không làm nên số liệu nào trong kỳ", "a batch that gives nothing in the period"), ASK),
        "sealed-as-unsealed": (("số liệu có niêm phong lại ghi là không", "a figure is listed twice"), ASK),
        "verdict-differs": (("khác với kết luận tính lại", "differs from the verdict computed again"), ASK),
        "pdf-signature": (("chữ ký trong PDF không đúng", "the signature in the PDF is not good"), ASK),
        "pdf-other-data": (("PDF làm từ số liệu khác", "the PDF was made from other data"), ASK),
        "pdf-no-library": (
            ("máy này thiếu pyHanko nên chưa kiểm tra được chữ ký PDF", "pyHanko is not installed here: not checked"),
            ("Cài: pip install 'truongnet[controller]'", "Install: pip install 'truongnet[controller]'"),
        ),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """``code`` of CODES; ``part`` names what is meant: a part of the file, a batch, a value."""

    step: str
    code: str
    part: str = ""
    detail: str = ""

    @property
    def words(self) -> Words:
        return CODES[self.code][0]

    @property
    def advice(self) -> Words:
        return CODES[self.code][1]


@dataclass(slots=True)
class Checked:
    """What a check found. ``facts``: figures for a person, such as how many seals held."""

    findings: list[Finding] = field(default_factory=list)
    done: list[str] = field(default_factory=list)  # steps that were good
    facts: dict[str, object] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Every step was made, and nothing was found."""
        return not self.findings and set(self.done) == set(STEPS)

    def good(self, step: str) -> None:
        if not any(finding.step == step for finding in self.findings):
            self.done.append(step)

    def bad(self, step: str, code: str, part: str = "", detail: str = "") -> None:
        self.findings.append(Finding(step, code, part, detail[:300]))
