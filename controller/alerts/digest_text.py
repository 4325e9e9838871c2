"""The morning's page in one language: a subject, a text, and the same as HTML. Each list is cut to fit one page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from controller.alerts.alert import Both
from controller.alerts.digest import Digest, Trouble, Worst
from controller.alerts.sources.causes import name_of
from controller.web.formats import Format

SHOWN = 12
STATUS = {
    "up": Both("hoạt động", "up"),
    "degraded": Both("suy giảm", "degraded"),
    "down": Both("mất mạng", "down"),
    "silent": Both("im lặng", "silent"),
    "expected-off": Both("nghỉ theo lịch", "off by schedule"),
    "no-box": Both("chưa có thiết bị", "no box yet"),
}
NEW = Both("Mới từ sáng qua, chưa xong", "New since yesterday morning, going on")
LASTING = Both("Kéo dài từ trước", "Still going on from before")
RECOVERED = Both("Đã hết", "Well again")
WORST = Both("Mất mạng lâu nhất trong 24 giờ", "Longest offline in the last 24 hours")
CALM = Both("Không có sự cố nào.", "No trouble at all.")
MORE = Both("và {n} trường nữa", "and {n} more")
POOR = Both("mạng kém", "poor")
TITLE = Both("Mạng trường học sáng {day}", "School networks on the morning of {day}")
SPAN = Both("Từ {since} đến {until}", "From {since} to {until}")
Line = tuple[str, str]  # text, path


def subject(digest: Digest, form: Format, place: str) -> str:
    language = _language(form)
    count = len({one.code for one in (*digest.new, *digest.lasting)})
    words = Both(f"{count} trường đang có sự cố", f"{count} schools in trouble")
    said = words[language] if count else CALM[language].rstrip(".")
    return f"[TruongNet] {form.day(digest.until)} {place}: {said}"


def sections(digest: Digest, form: Format) -> list[tuple[str, list[Line], int]]:
    """Heading, lines (at most ``SHOWN``), how many there are in all; empty ones are left out."""
    language = _language(form)
    made = [
        (NEW[language], _lines(digest.new, lambda one: _open(one, form)), len(digest.new)),
        (LASTING[language], _lines(digest.lasting, lambda one: _open(one, form)), len(digest.lasting)),
        (RECOVERED[language], _lines(digest.recovered, lambda one: _over(one, form)), len(digest.recovered)),
        (WORST[language], [_worst(one, form) for one in digest.worst], len(digest.worst)),
    ]
    return [one for one in made if one[2]]


def counts(digest: Digest, form: Format) -> str:
    language = _language(form)
    known = [(name, digest.statuses.get(name, 0)) for name in STATUS]
    return " · ".join(f"{form.number(count)} {STATUS[name][language]}" for name, count in known if count)


def text(digest: Digest, form: Format, place: str, base_url: str) -> str:
    language = _language(form)
    lines = [f"{TITLE[language].format(day=form.day(digest.until))}: {place}", _span(digest, form), ""]
    lines += [counts(digest, form), ""] if digest.statuses else []
    if digest.is_calm:
        lines += [CALM[language], ""]
    for heading, some, total in sections(digest, form):
        lines += [f"{heading} ({form.number(total)})", *(f"  - {said}" for said, _ in some)]
        lines += [f"  {MORE[language].format(n=total - len(some))}"] if total > len(some) else []
        lines.append("")
    return "\n".join([*lines, f"{base_url}/", ""])


def html(digest: Digest, form: Format, place: str, base_url: str) -> str:
    """Everything that came from elsewhere is escaped; no picture, no script, nothing loaded."""
    language = _language(form)
    parts = [
        f'<!doctype html><html lang="{form.lang}"><meta charset="utf-8"><body style="font-family:sans-serif;'
        'max-width:680px;margin:auto;padding:16px;color:#1c2733;background:#ffffff">',
        f'<h1 style="font-size:20px;margin:0 0 4px">{escape(TITLE[language].format(day=form.day(digest.until)))}</h1>',
        f'<p style="margin:0 0 12px;color:#5b6876">{escape(place)} · {escape(_span(digest, form))}</p>',
        f"<p><strong>{escape(counts(digest, form))}</strong></p>",
    ]
    if digest.is_calm:
        parts.append(f"<p>{escape(CALM[language])}</p>")
    for heading, some, total in sections(digest, form):
        parts.append(f'<h2 style="font-size:15px;margin:18px 0 6px">{escape(heading)} ({form.number(total)})</h2>')
        items = "".join(f'<li><a href="{escape(base_url + path)}">{escape(said)}</a></li>' for said, path in some)
        more = f"<li>{escape(MORE[language].format(n=total - len(some)))}</li>" if total > len(some) else ""
        parts.append(f'<ul style="margin:0;padding-left:20px;line-height:1.5">{items}{more}</ul>')
    parts.append(f'<p style="margin-top:20px"><a href="{escape(base_url)}/">TruongNet</a></p></body></html>')
    return "\n".join(parts)


def _language(form: Format) -> int:
    return int(form.lang == "en")


def _span(digest: Digest, form: Format) -> str:
    said = {"since": form.moment(digest.since), "until": form.moment(digest.until)}
    return SPAN[_language(form)].format(**said)


def _lines(troubles: Sequence[Trouble], say: Callable[[Trouble], str]) -> list[Line]:
    return [(say(one), one.path) for one in troubles[:SHOWN]]


def _name(one: Trouble | Worst) -> str:
    return f"{one.name} ({one.commune})"


def _open(one: Trouble, form: Format) -> str:
    language = _language(form)
    since = ("từ", "since")[language]
    said = f"{_name(one)}: {since} {form.moment(one.began_at)} · {name_of(one.cause)[language]}"
    return said if one.severity == "down" else f"{said} ({POOR[language]})"


def _over(one: Trouble, form: Format) -> str:
    lasted = form.duration((one.ended_at or one.began_at) - one.began_at)
    language = _language(form)
    return f"{_name(one)}: {form.moment(one.ended_at)}, {('kéo dài', 'after')[language]} {lasted}"


def _worst(one: Worst, form: Format) -> Line:
    times = (f"{one.times} lần", f"{one.times} times" if one.times > 1 else "once")[_language(form)]
    return f"{_name(one)}: {form.duration(one.seconds)}, {times}", f"/schools/{one.code}"
