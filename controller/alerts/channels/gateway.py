"""Gateways that want a shape of their own: Zalo's Official Account and services that send short messages.

Both are a POST of JSON made from a template. In the template's texts ``{{text}}``, ``{{sms}}`` (without accents, 300
letters), ``{{title}}``, ``{{title_en}}``, ``{{severity}}``, ``{{phase}}``, ``{{url}}``, ``{{key}}`` and ``{{to}}``
(what stands behind ``#`` in the address) are filled in as values, never as JSON, so that no name can break it.

* Zalo: the shape that Zalo's documentation gives for a message of an Official Account, the token in the header
  ``access_token``; an answer is good when its ``error`` is 0, whatever the HTTP status. Zalo's tokens last about a day:
  something has to renew them and store the new one here. No live server of Zalo was tried.
* SMS: ``{"to", "text"}`` with the token as bearer. What a real gateway wants is set by the template.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from controller.alerts import texts
from controller.alerts.addresses import AddressError
from controller.alerts.order import Order
from controller.alerts.post import Answer, outcome_of, post
from controller.alerts.retry import Outcome

ZALO = '{"recipient": {"user_id": "{{to}}"}, "message": {"text": "{{text}}"}}'
SMS = '{"to": "{{to}}", "text": "{{sms}}"}'
NAMES = ("text", "sms", "title", "title_en", "severity", "phase", "url", "key", "to")
FIELD = re.compile(r"{{(\w+)}}")
MAX_TEMPLATE = 4_000
# Zalo's own codes: the token has run out or is not valid, too many calls. They are no reason to give up.
ZALO_PATIENT = frozenset({-32, -216, -124, -155, -201})


class TemplateError(ValueError):
    """The template is no JSON, or names a field that there is none of."""


def read_template(template: str) -> Any:
    """Raises TemplateError with a text in both languages."""
    try:
        parsed = json.loads(template) if len(template) <= MAX_TEMPLATE else None
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise TemplateError("mẫu phải là một đối tượng JSON / the template must be a JSON object")
    unknown = sorted(set(FIELD.findall(template)) - set(NAMES))
    if unknown:
        raise TemplateError(f"không có trường {unknown[0]} / there is no field {unknown[0]}")
    return parsed


def fill(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: fill(one, values) for key, one in value.items()}
    if isinstance(value, list):
        return [fill(one, values) for one in value]
    return FIELD.sub(lambda found: values[found[1]], value) if isinstance(value, str) else value


def tell_zalo(order: Order) -> Outcome:
    answer = _tell(order, ZALO, {"access_token": order.secret} if order.secret else {})
    if isinstance(answer, Outcome) or not answer.is_good:
        return outcome_of(answer)
    try:
        parsed = json.loads(answer.body)
        code = int(parsed["error"])
    except (ValueError, TypeError, KeyError):
        return Outcome(False, f"không phải câu trả lời của Zalo / not an answer of Zalo: {answer.said()}")
    return Outcome(code == 0, answer.said(), is_final=code not in {0, *ZALO_PATIENT})


def tell_sms(order: Order) -> Outcome:
    return outcome_of(_tell(order, SMS, {"Authorization": f"Bearer {order.secret}"} if order.secret else {}))


def _tell(order: Order, default: str, headers: Mapping[str, str]) -> Answer | Outcome:
    url, _, to = order.address.partition("#")
    text = texts.short(order.alert, order.phase, order.place.base_url)
    values = {
        "text": text,
        "sms": texts.plain_letters(text),
        "title": order.alert.title.vi,
        "title_en": order.alert.title.en,
        "severity": order.alert.severity,
        "phase": order.phase,
        "url": f"{order.place.base_url}{order.alert.path}",
        "key": order.alert.key,
        "to": to,
    }
    try:
        filled = fill(read_template(order.template or default), values)
    except (TemplateError, AddressError) as error:
        return Outcome(False, str(error), is_final=True)
    return post(url, json.dumps(filled, ensure_ascii=False).encode(), headers)
