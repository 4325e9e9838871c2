"""Who may open and post what of administration: import, samples, people, audit, settings, schools by hand."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.integration.api.rules import ADMIN, AUDITORS, INSPECTORS, PART, SCHOOL, WRITERS, Rule
from tests.integration.api.world import HERE, OWN

SEEN = 303  # a form that was good leads to a page
USER = {"number": "1"}
ALERTS = {"name": "Trực", "channel": "webhook", "address": "https://127.0.0.1:9/", "severity": "info"} | {
    "scope_kind": "province"
}
WORK = {"work_id": "0" * 24}  # nobody's
EDIT = "/schools/{code}/edit"
DATA = {"code": OWN, "name": "Trường mới", "level": "primary", "commune_code": HERE, "shifts": "2"}

RULES: Mapping[tuple[str, str], Rule] = MappingProxyType(
    {
        # import and samples
        ("GET", "/import"): Rule(WRITERS, "list"),
        ("POST", "/import"): Rule(WRITERS, "list", good=422),  # no file
        ("GET", "/import/{work_id}"): Rule(WRITERS, "list", WORK, good=404),
        ("POST", "/import/{work_id}/apply"): Rule(WRITERS, "list", WORK, good=404),
        ("POST", "/import/{work_id}/forget"): Rule(WRITERS, "list", WORK, good=404),
        ("GET", "/import/{work_id}/errors.csv"): Rule(WRITERS, "list", WORK, good=404),
        ("GET", "/import/{work_id}/passwords.csv"): Rule(WRITERS, "list", WORK, good=404),
        ("GET", "/samples"): Rule(ADMIN, "province"),
        ("POST", "/samples/load"): Rule(ADMIN, "province", body={"what": "pilot"}, good=SEEN),
        ("POST", "/samples/remove"): Rule(ADMIN, "province", good=SEEN),
        # people
        ("GET", "/users"): Rule(AUDITORS, "province"),
        ("GET", "/users/new"): Rule(ADMIN, "province"),
        ("POST", "/users/new"): Rule(ADMIN, "province", body={"login": "someone.new"}),  # the password stands there
        ("GET", "/users/places"): Rule(AUDITORS, "province", query="school_code=sen"),
        ("GET", "/users/{number}"): Rule(AUDITORS, "province", USER),
        ("POST", "/users/{number}"): Rule(ADMIN, "province", USER, body={"name": "Hoa", "lang": "vi"}, good=SEEN),
        ("POST", "/users/{number}/active"): Rule(ADMIN, "province", USER, body={"to": "on"}, good=SEEN),
        ("POST", "/users/{number}/grants"): Rule(
            ADMIN, "province", USER, body={"role": "auditor", "scope_kind": "province"}, good=SEEN
        ),
        ("POST", "/users/{number}/grants/{grant_id}/remove"): Rule(
            ADMIN, "province", {"number": "2", "grant_id": "2"}, good=SEEN
        ),
        ("POST", "/users/{number}/reset-password"): Rule(ADMIN, "province", USER),
        ("POST", "/users/{number}/reset-second-factor"): Rule(ADMIN, "province", USER, good=SEEN),
        ("POST", "/users/{number}/unlock"): Rule(ADMIN, "province", USER, good=SEEN),
        ("POST", "/users/{number}/end-sessions"): Rule(ADMIN, "province", USER, good=SEEN),
        # audit and settings
        ("GET", "/audit"): Rule(AUDITORS, "list"),
        ("GET", "/audit/verify"): Rule(AUDITORS, "province"),
        ("GET", "/settings"): Rule(INSPECTORS, "province"),
        ("POST", "/settings"): Rule(ADMIN, "province", body={"enabled_reach": "on"}, good=SEEN),
        ("GET", "/settings/calendar"): Rule(INSPECTORS, "province"),
        ("POST", "/settings/calendar"): Rule(ADMIN, "province", body={"level": "primary"}, good=SEEN),
        # alerts
        ("GET", "/settings/alerts"): Rule(INSPECTORS, "province"),
        ("GET", "/settings/alerts/new"): Rule(ADMIN, "province"),
        ("POST", "/settings/alerts/new"): Rule(ADMIN, "province", body=ALERTS, good=SEEN),
        ("GET", "/settings/alerts/mail"): Rule(INSPECTORS, "province"),
        ("POST", "/settings/alerts/mail"): Rule(
            ADMIN, "province", body={"host": "mail.example.vn", "security": "tls", "sender": "a@b.vn"}, good=SEEN
        ),
        ("GET", "/settings/alerts/{number}"): Rule(ADMIN, "province", USER),
        ("POST", "/settings/alerts/{number}"): Rule(ADMIN, "province", USER, body=ALERTS, good=SEEN),
        ("POST", "/settings/alerts/{number}/test"): Rule(ADMIN, "province", USER),
        ("POST", "/settings/alerts/{number}/remove"): Rule(ADMIN, "province", USER, good=SEEN),
        # schools by hand
        ("GET", "/schools/new"): Rule(WRITERS, "list"),
        ("POST", "/schools/new"): Rule(WRITERS, "commune", body={**DATA, "code": "82999"}, good=SEEN),
        ("GET", EDIT): Rule(WRITERS, path=SCHOOL),
        ("POST", EDIT): Rule(WRITERS, path=SCHOOL, body=DATA, good=SEEN),
        ("GET", f"{EDIT}/calendar"): Rule(WRITERS, path=SCHOOL),
        ("POST", f"{EDIT}/calendar"): Rule(WRITERS, path=SCHOOL, body={"has_hours": ""}, good=SEEN),
        ("POST", "/schools/{code}/remove"): Rule(WRITERS, path=SCHOOL, good=409),
        ("GET", f"{EDIT}/links"): Rule(WRITERS, path=SCHOOL),
        ("POST", f"{EDIT}/links"): Rule(WRITERS, path=SCHOOL, body={"name": "2", "medium": "mobile"}, good=SEEN),
        ("GET", f"{EDIT}/links/{{number}}"): Rule(WRITERS, path=PART),
        ("POST", f"{EDIT}/links/{{number}}"): Rule(
            WRITERS, path=PART, body={"name": "1", "medium": "mobile"}, good=SEEN
        ),
        ("POST", f"{EDIT}/links/{{number}}/remove"): Rule(WRITERS, path=PART, good=SEEN),
        ("GET", f"{EDIT}/rooms"): Rule(WRITERS, path=SCHOOL),
        ("POST", f"{EDIT}/rooms"): Rule(WRITERS, path=SCHOOL, body={"code": "B2", "kind": "library"}, good=SEEN),
        ("GET", f"{EDIT}/rooms/{{number}}"): Rule(WRITERS, path=PART),
        ("POST", f"{EDIT}/rooms/{{number}}"): Rule(WRITERS, path=PART, body={"code": "B3", "kind": "other"}, good=SEEN),
        ("POST", f"{EDIT}/rooms/{{number}}/remove"): Rule(WRITERS, path=PART, good=SEEN),
        ("GET", f"{EDIT}/contacts"): Rule(WRITERS, path=SCHOOL),
        ("POST", f"{EDIT}/contacts"): Rule(WRITERS, path=SCHOOL, body={"name": "Hoa"}, good=SEEN),
        ("GET", f"{EDIT}/contacts/{{number}}"): Rule(WRITERS, path=PART),
        ("POST", f"{EDIT}/contacts/{{number}}"): Rule(WRITERS, path=PART, body={"name": "Hoa"}, good=SEEN),
        ("POST", f"{EDIT}/contacts/{{number}}/remove"): Rule(WRITERS, path=PART, good=SEEN),
    }
)
