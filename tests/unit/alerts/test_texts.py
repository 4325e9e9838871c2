"""What people read: Vietnamese first, English below, what to do, and nothing that a name could break."""

from __future__ import annotations

import json

import pytest

from controller.alerts import texts
from controller.alerts.alert import Both
from controller.alerts.channels import alertmanager, email, gateway, webhook
from controller.alerts.sources.causes import advice_for, name_of
from monitoring.causes import CAUSES
from tests.unit.alerts.examples import ALERT, NOON, alert, order

STRANGE = 'Trường "A"\r\nBcc: x@example.vn {{url}} \\ </script>'


def test_an_e_mail_says_it_in_both_languages_and_what_to_do() -> None:
    page = texts.page(order())
    vietnamese, _, english = page.partition(texts.RULE)
    assert "CẢNH BÁO: Mất mạng: Trường THCS Gáo Giồng" in vietnamese
    assert "Từ lúc: 24/11/2026 12:00" in vietnamese
    assert "Việc cần làm:\n1. Gọi trường." in vietnamese
    assert "Since: 24 Nov 2026 12:00" in english
    assert "What to do:\n1. Call the school." in english
    assert "https://mang.example.vn/incidents/17" in english


def test_the_end_says_how_long_it_lasted_and_asks_for_nothing() -> None:
    page = texts.page(order(alert=alert(ended_at=NOON + 7_260), phase="ended"))
    assert "kéo dài 2 giờ 1 phút" in page
    assert "after 2 hours 1 minute" in page
    assert "Việc cần làm" not in page


def test_the_end_belongs_to_the_thread_of_the_beginning() -> None:
    begun = email.message(order(address="a@example.vn, b@example.vn"), "mang@example.vn")
    ended = email.message(order(phase="ended", id="8", alert=alert(ended_at=NOON + 60)), "mang@example.vn")
    assert begun["To"] == "a@example.vn, b@example.vn"
    assert ended["In-Reply-To"] == begun["Message-ID"]
    assert ended["Message-ID"] != begun["Message-ID"]
    assert email.message(order(id="9"), "mang@example.vn")["Message-ID"] == begun["Message-ID"], "a repetition is known"


def test_a_name_cannot_write_headers() -> None:
    made = email.message(order(alert=alert(title=Both(STRANGE, STRANGE))), "mang@example.vn")
    assert made["Bcc"] is None
    assert "\n" not in made["Subject"]
    assert made.as_bytes()


def test_a_name_cannot_break_a_template() -> None:
    strange = alert(title=Both(STRANGE, STRANGE))
    values = dict.fromkeys(gateway.NAMES, STRANGE)
    for template in (gateway.ZALO, gateway.SMS):
        filled = gateway.fill(gateway.read_template(template), values)
        assert json.loads(json.dumps(filled)) == filled
    assert strange.title.vi in gateway.fill({"x": "{{title}}"}, {**values, "title": strange.title.vi})["x"]


@pytest.mark.parametrize("template", ["", "[]", "{", '"x"', '{"a": "{{secret}}"}', "[" * 5000, '{"a":' * 3000])
def test_a_template_that_is_none_is_refused(template: str) -> None:
    with pytest.raises(gateway.TemplateError):
        gateway.read_template(template)


def test_a_short_message_has_no_accents_and_fits() -> None:
    flat = texts.plain_letters("Mất mạng: Trường THCS Đốc Binh Kiều 🏫 " + "x" * 500)
    assert flat.startswith("Mat mang: Truong THCS Doc Binh Kieu")
    assert flat.isascii()
    assert len(flat) <= texts.SMS + 2


def test_labels_stay_while_the_alert_grows() -> None:
    first = alertmanager.labels_of(ALERT)
    grown = order(alert=alert(schools=("82002", "82003"), school_count=2, severity="critical"), labels=first)
    assert alertmanager.body(grown)["labels"] == first
    assert first == {
        "alertname": "TruongNetOutage", "alert_key": "incident:17", "severity": "warning", "source": "truongnet",
        "school": "82002", "commune": "29001",
    }  # fmt: skip


def test_alertmanager_is_told_a_time_ahead_while_it_lasts_and_the_true_end_after() -> None:
    assert alertmanager.body(order())["startsAt"] == "2026-11-24T05:00:00.000+00:00"
    assert alertmanager.body(order())["endsAt"] == "2026-11-24T05:40:00.000+00:00"  # ten past, and HOLD ahead
    ended = order(alert=alert(ended_at=NOON + 300), phase="ended")
    assert alertmanager.body(ended)["endsAt"] == "2026-11-24T05:05:00.000+00:00"


def test_a_webhook_is_signed_over_time_and_body() -> None:
    one = order(secret="khóa-bí-mật")
    body = json.dumps(webhook.message(one)).encode()
    headers = webhook.headers(one, body)
    stamp, signed = headers["X-TruongNet-Timestamp"], headers["X-TruongNet-Signature"]
    assert signed == f"v1={webhook.signature('khóa-bí-mật', stamp, body)}"
    assert signed != f"v1={webhook.signature('khóa-bí-mật', stamp, body + b' ')}"
    assert signed != f"v1={webhook.signature('khóa-bí-mật', str(int(stamp) + 1), body)}"


def test_every_cause_has_words_and_advice_in_both_languages() -> None:
    for cause in (*CAUSES, "", "something-new"):
        assert all(name_of(cause))
        assert advice_for(cause, 0.9)
        assert all(one.vi and one.en and one.vi != one.en for one in advice_for(cause, 0.9))


def test_a_mere_possibility_keeps_nobody_from_calling_the_provider() -> None:
    sure, unsure = advice_for("power", 0.9), advice_for("power", 0.35)
    assert any("No need to call the provider" in one.en for one in sure)
    assert any("call the provider" in one.en for one in unsure)
    assert unsure == advice_for("", 0.0)
