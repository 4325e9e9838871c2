"""Who may call which route of the JSON API, said once more and independently of the code that must keep it.

A route without a rule fails the test. ``roles`` may call it; ``target`` says what it acts on:

* "school": OWN. Whoever may, but not there, is told 404; whoever may not at all is told 403.
* "commune": HERE with all its schools, those yet to come too; "any-school-of-commune": a school of HERE is enough.
* "list": answers 200 and shows only what lies in one's scope.
* "province": needs the role over the whole province; over a part of it the answer is 403.
* "self": anyone who is signed in. "public": anyone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from tests.integration.api.world import HERE, OWN, SIBLING, box_id, code_id, link_id

ADMIN = frozenset({"province-admin"})
WRITERS = ADMIN | {"operator"}
DECIDERS = WRITERS | {"technician"}
INSPECTORS = WRITERS | {"auditor"}
EXPORTERS = INSPECTORS | {"commune-officer"}
EVERYONE = DECIDERS | {"auditor", "commune-officer", "school"}
CALLERS = EVERYONE - {"auditor"}  # who may know the people to call
AUDITORS = ADMIN | {"auditor"}

Target = Literal["school", "commune", "any-school-of-commune", "list", "province", "self", "public"]


@dataclass(frozen=True)
class Rule:
    roles: frozenset[str] = frozenset()
    target: Target = "school"
    path: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    body: Any = None
    good: int = 200


SCHOOL = {"code": OWN}
PART = {"code": OWN, "number": "1"}  # the first of each kind is OWN's
INCIDENT = {"number": "1"}  # OWN's, and so are the first planned work and the only provider
EVIDENCE = {"code": OWN, "work_id": "0" * 24}  # nobody's
ROOT = "/api/v1"
ROUTE = {"name": "Trực mạng", "channel": "webhook", "address": "http://127.0.0.1:9/nothing"}  # nobody listens there
PENDING, ACCEPTED, QUARANTINED = ({"agent_id": box_id(OWN, state)} for state in ("pending", "accepted", "quarantined"))

RULES: Mapping[tuple[str, str], Rule] = MappingProxyType(
    {
        # schools and what hangs on them
        ("GET", f"{ROOT}/schools"): Rule(EVERYONE, "list"),
        ("POST", f"{ROOT}/schools"): Rule(
            WRITERS, "commune", body={"code": "82999", "name": "Trường mới", "commune_code": HERE}, good=201
        ),
        ("GET", f"{ROOT}/schools/{{code}}"): Rule(EVERYONE, path=SCHOOL),
        ("GET", f"{ROOT}/schools/{{code}}/status"): Rule(EVERYONE, path=SCHOOL),
        ("PATCH", f"{ROOT}/schools/{{code}}"): Rule(WRITERS, path=SCHOOL, body={"pupils": 5}),
        ("DELETE", f"{ROOT}/schools/{{code}}"): Rule(WRITERS, path=SCHOOL, good=409),
        ("GET", f"{ROOT}/schools/{{code}}/rooms"): Rule(EVERYONE, path=SCHOOL),
        ("POST", f"{ROOT}/schools/{{code}}/rooms"): Rule(WRITERS, path=SCHOOL, body={"code": "B2"}, good=201),
        ("PATCH", f"{ROOT}/schools/{{code}}/rooms/{{number}}"): Rule(WRITERS, path=PART, body={"seats": 40}),
        ("DELETE", f"{ROOT}/schools/{{code}}/rooms/{{number}}"): Rule(WRITERS, path=PART, good=204),
        ("GET", f"{ROOT}/schools/{{code}}/links"): Rule(EVERYONE, path=SCHOOL),
        ("POST", f"{ROOT}/schools/{{code}}/links"): Rule(WRITERS, path=SCHOOL, body={"name": "2"}, good=201),
        ("PATCH", f"{ROOT}/schools/{{code}}/links/{{number}}"): Rule(WRITERS, path=PART, body={"medium": "mobile"}),
        ("DELETE", f"{ROOT}/schools/{{code}}/links/{{number}}"): Rule(WRITERS, path=PART, good=204),
        ("GET", f"{ROOT}/schools/{{code}}/contacts"): Rule(CALLERS, path=SCHOOL),
        ("POST", f"{ROOT}/schools/{{code}}/contacts"): Rule(WRITERS, path=SCHOOL, body={"name": "Hoa"}, good=201),
        ("PATCH", f"{ROOT}/schools/{{code}}/contacts/{{number}}"): Rule(WRITERS, path=PART, body={"role": "IT"}),
        ("DELETE", f"{ROOT}/schools/{{code}}/contacts/{{number}}"): Rule(WRITERS, path=PART, good=204),
        ("GET", f"{ROOT}/schools/{{code}}/windows"): Rule(EVERYONE, path=SCHOOL),
        ("GET", f"{ROOT}/schools/{{code}}/days"): Rule(EVERYONE, path=SCHOOL),
        ("GET", f"{ROOT}/schools/{{code}}/devices"): Rule(EVERYONE, path=SCHOOL),
        ("PATCH", f"{ROOT}/schools/{{code}}/devices/{{number}}"): Rule(WRITERS, path=PART, body={"name": "TV"}),
        ("GET", f"{ROOT}/schools/{{code}}/inventory"): Rule(EVERYONE, path=SCHOOL),
        # when they are measured
        ("GET", f"{ROOT}/schools/{{code}}/measuring"): Rule(EVERYONE, path=SCHOOL),
        ("POST", f"{ROOT}/schools/{{code}}/measuring"): Rule(CALLERS, path=SCHOOL, good=202),
        ("GET", f"{ROOT}/settings/measuring"): Rule(INSPECTORS, "province"),
        ("PUT", f"{ROOT}/settings/measuring"): Rule(ADMIN, "province", body={"budget_mb": 500}),
        ("GET", f"{ROOT}/settings/calendar/default"): Rule(INSPECTORS, "province"),
        ("PUT", f"{ROOT}/settings/calendar/default"): Rule(ADMIN, "province", body={"calendar": {}}),
        # communes
        ("GET", f"{ROOT}/communes"): Rule(EVERYONE, "list"),
        ("GET", f"{ROOT}/communes/{{code}}"): Rule(EVERYONE, "any-school-of-commune", {"code": HERE}),
        ("PUT", f"{ROOT}/communes/{{code}}"): Rule(ADMIN, "province", {"code": HERE}, body={"name": "Phường mới"}),
        ("DELETE", f"{ROOT}/communes/{{code}}"): Rule(ADMIN, "province", {"code": HERE}, good=409),
        # boxes
        ("GET", f"{ROOT}/agents"): Rule(EVERYONE, "list"),
        ("GET", f"{ROOT}/agents/{{agent_id}}"): Rule(EVERYONE, path=ACCEPTED),
        ("POST", f"{ROOT}/agents/{{agent_id}}/accept"): Rule(DECIDERS, path=PENDING),
        ("POST", f"{ROOT}/agents/{{agent_id}}/refuse"): Rule(DECIDERS, path=PENDING, body={}),
        ("POST", f"{ROOT}/agents/{{agent_id}}/retire"): Rule(DECIDERS, path=ACCEPTED),
        ("POST", f"{ROOT}/agents/{{agent_id}}/quarantine"): Rule(DECIDERS, path=ACCEPTED),
        ("POST", f"{ROOT}/agents/{{agent_id}}/release"): Rule(DECIDERS, path=QUARANTINED),
        ("GET", f"{ROOT}/join-codes"): Rule(DECIDERS, "list"),
        ("POST", f"{ROOT}/join-codes"): Rule(DECIDERS, body={"school": OWN}, good=201),
        ("DELETE", f"{ROOT}/join-codes/{{code_id}}"): Rule(DECIDERS, path={"code_id": code_id(OWN)}, good=204),
        ("GET", f"{ROOT}/rejected"): Rule(INSPECTORS, "list"),
        ("GET", f"{ROOT}/rejected/{{number}}"): Rule(INSPECTORS, path={"number": "1"}),
        # what they reported
        ("GET", f"{ROOT}/measurements"): Rule(EVERYONE, "list"),
        ("GET", f"{ROOT}/measurements.csv"): Rule(EXPORTERS, "list"),
        ("GET", f"{ROOT}/measurements/{{number}}"): Rule(EVERYONE, path={"number": "1"}),
        ("GET", f"{ROOT}/events"): Rule(EVERYONE, "list"),
        ("GET", f"{ROOT}/overview"): Rule(EVERYONE, "list"),
        # machines, who is who, links for schools
        ("GET", f"{ROOT}/assets"): Rule(EVERYONE, "list"),
        ("GET", f"{ROOT}/assets/{{number}}"): Rule(EVERYONE, path={"number": "1"}),
        ("PATCH", f"{ROOT}/assets/{{number}}"): Rule(WRITERS, path={"number": "1"}, body={"seat": "07"}),
        ("POST", f"{ROOT}/schools/{{code}}/assets"): Rule(WRITERS, path=SCHOOL, body={"tag": "TS-0001"}, good=201),
        ("POST", f"{ROOT}/schools/{{code}}/inventories"): Rule(
            WRITERS, path=SCHOOL, body={"action": "inventory", "deviceid": "x", "content": {"hardware": {}}}
        ),
        ("GET", f"{ROOT}/asset-pairs"): Rule(EVERYONE, "list"),
        ("POST", f"{ROOT}/asset-pairs/{{number}}/join"): Rule(WRITERS, path={"number": "1"}),
        ("POST", f"{ROOT}/asset-pairs/{{number}}/apart"): Rule(WRITERS, path={"number": "1"}),
        ("POST", f"{ROOT}/asset-pairs/{{number}}/undo"): Rule(WRITERS, path={"number": "1"}, good=409),
        # a merger concerns two schools of HERE, and who writes at one of them may not
        ("GET", f"{ROOT}/schools/{{code}}/asset-transfers"): Rule(EVERYONE, path=SCHOOL),
        ("POST", f"{ROOT}/schools/{{code}}/asset-transfers"): Rule(
            WRITERS, "commune", SCHOOL, body={"target": SIBLING}, good=201
        ),
        ("POST", f"{ROOT}/asset-transfers/{{number}}/undo"): Rule(WRITERS, "commune", {"number": "1"}, good=409),
        ("GET", f"{ROOT}/schools/{{code}}/school-links"): Rule(WRITERS, path=SCHOOL),
        ("POST", f"{ROOT}/schools/{{code}}/school-links"): Rule(
            WRITERS, path=SCHOOL, body={"purpose": "survey"}, good=201
        ),
        ("DELETE", f"{ROOT}/schools/{{code}}/school-links/{{link_id}}"): Rule(
            WRITERS, path=SCHOOL | {"link_id": link_id(OWN)}, good=204
        ),
        ("GET", f"{ROOT}/surveys"): Rule(EVERYONE, "list"),
        ("GET", f"{ROOT}/surveys/{{number}}"): Rule(EVERYONE, path={"number": "1"}),
        ("POST", f"{ROOT}/schools/{{code}}/surveys"): Rule(WRITERS, path=SCHOOL, body={"note": "a"}, good=201),
        ("POST", f"{ROOT}/surveys/{{number}}/apply"): Rule(WRITERS, path={"number": "1"}),
        ("POST", f"{ROOT}/surveys/{{number}}/dismiss"): Rule(WRITERS, path={"number": "1"}),
        # incidents, planned work, providers
        ("GET", f"{ROOT}/incidents"): Rule(EVERYONE, "list"),
        ("GET", f"{ROOT}/incidents/{{number}}"): Rule(EVERYONE, path=INCIDENT),
        ("POST", f"{ROOT}/incidents/{{number}}/acknowledge"): Rule(DECIDERS, path=INCIDENT),
        ("POST", f"{ROOT}/incidents/{{number}}/comments"): Rule(DECIDERS, path=INCIDENT, body={"text": "a"}, good=201),
        ("POST", f"{ROOT}/incidents/{{number}}/mute"): Rule(DECIDERS, path=INCIDENT, body={"hours": 2}),
        ("POST", f"{ROOT}/incidents/{{number}}/unmute"): Rule(DECIDERS, path=INCIDENT),
        ("PUT", f"{ROOT}/incidents/{{number}}/ticket"): Rule(DECIDERS, path=INCIDENT, body={"ticket": "V-1"}),
        ("POST", f"{ROOT}/incidents/{{number}}/close"): Rule(DECIDERS, path=INCIDENT),
        ("POST", f"{ROOT}/schools/{{code}}/report"): Rule(CALLERS, path=SCHOOL, body={"text": "a"}, good=201),
        ("GET", f"{ROOT}/maintenance"): Rule(EVERYONE, "list"),
        ("POST", f"{ROOT}/maintenance"): Rule(
            WRITERS, body={"scope_kind": "school", "scope_id": OWN, "starts_at": 1e9, "ends_at": 1e9 + 60}, good=201
        ),
        ("PATCH", f"{ROOT}/maintenance/{{number}}"): Rule(WRITERS, path=INCIDENT, body={"reason": "a"}),
        ("DELETE", f"{ROOT}/maintenance/{{number}}"): Rule(WRITERS, path=INCIDENT, good=204),
        ("GET", f"{ROOT}/providers"): Rule(EVERYONE, "list"),
        ("POST", f"{ROOT}/providers"): Rule(WRITERS, "province", body={"name": "FPT"}, good=201),
        ("PATCH", f"{ROOT}/providers/{{number}}"): Rule(WRITERS, "province", INCIDENT, body={"phone": "1"}),
        ("DELETE", f"{ROOT}/providers/{{number}}"): Rule(WRITERS, "province", INCIDENT, good=204),
        # registry by the file, samples
        ("POST", f"{ROOT}/imports/preview"): Rule(WRITERS, "list", body=[]),
        ("POST", f"{ROOT}/imports"): Rule(WRITERS, "list", body=[], good=422),
        ("GET", f"{ROOT}/imports/template.xlsx"): Rule(WRITERS, "list"),
        ("GET", f"{ROOT}/exports/registry.xlsx"): Rule(EXPORTERS, "list"),
        ("GET", f"{ROOT}/exports/everything.zip"): Rule(EXPORTERS, "list"),
        ("GET", f"{ROOT}/exports/{{name}}.csv"): Rule(EXPORTERS, "list", {"name": "schools"}),
        ("GET", f"{ROOT}/samples"): Rule(ADMIN, "province"),
        ("POST", f"{ROOT}/samples"): Rule(ADMIN, "province", body={"pilot": True, "days": 1}, good=202),
        ("DELETE", f"{ROOT}/samples"): Rule(ADMIN, "province", good=202),
        # contracts and the plan
        ("GET", f"{ROOT}/plan"): Rule(EVERYONE, "list"),
        ("GET", f"{ROOT}/plan/upgrades"): Rule(EVERYONE, "list"),
        ("GET", f"{ROOT}/schools/{{code}}/months"): Rule(EVERYONE, path=SCHOOL),
        ("GET", f"{ROOT}/settings/plan"): Rule(INSPECTORS, "province"),
        ("PUT", f"{ROOT}/settings/plan"): Rule(ADMIN, "province", body={"target": "brazil"}),
        # the service and its people
        ("GET", f"{ROOT}/audit"): Rule(AUDITORS, "list"),
        ("GET", f"{ROOT}/audit.csv"): Rule(AUDITORS, "list"),
        ("GET", f"{ROOT}/audit/verify"): Rule(AUDITORS, "province"),
        ("GET", f"{ROOT}/settings/boxes"): Rule(INSPECTORS, "province"),
        ("PUT", f"{ROOT}/settings/boxes"): Rule(ADMIN, "province", body={"targets": []}),
        ("PUT", f"{ROOT}/settings/calendar"): Rule(ADMIN, "province", body={"calendar": {}}),
        ("GET", f"{ROOT}/users"): Rule(AUDITORS, "province"),
        ("POST", f"{ROOT}/users"): Rule(ADMIN, "province", body={"login": "someone.new"}, good=201),
        ("GET", f"{ROOT}/users/{{number}}"): Rule(AUDITORS, "province", {"number": "1"}),
        ("PATCH", f"{ROOT}/users/{{number}}"): Rule(ADMIN, "province", {"number": "1"}, body={"name": "Hoa"}),
        ("POST", f"{ROOT}/users/{{number}}/reset-password"): Rule(ADMIN, "province", {"number": "1"}),
        ("POST", f"{ROOT}/users/{{number}}/reset-second-factor"): Rule(ADMIN, "province", {"number": "1"}),
        ("POST", f"{ROOT}/users/{{number}}/unlock"): Rule(ADMIN, "province", {"number": "1"}),
        ("POST", f"{ROOT}/users/{{number}}/end-sessions"): Rule(ADMIN, "province", {"number": "1"}),
        ("GET", f"{ROOT}/users/{{number}}/grants"): Rule(AUDITORS, "province", {"number": "1"}),
        ("POST", f"{ROOT}/users/{{number}}/grants"): Rule(
            ADMIN, "province", {"number": "1"}, body={"role": "auditor"}, good=201
        ),
        ("DELETE", f"{ROOT}/users/{{number}}/grants/{{grant_id}}"): Rule(
            ADMIN, "province", {"number": "2", "grant_id": "2"}, good=204
        ),
        ("GET", "/metrics"): Rule(INSPECTORS, "province"),
        # alerts and the monitoring stack
        ("GET", f"{ROOT}/alerts"): Rule(INSPECTORS, "province"),
        ("GET", f"{ROOT}/alert-deliveries"): Rule(INSPECTORS, "province"),
        ("GET", f"{ROOT}/alert-routes"): Rule(INSPECTORS, "province"),
        ("POST", f"{ROOT}/alert-routes"): Rule(ADMIN, "province", body=ROUTE, good=201),
        ("GET", f"{ROOT}/alert-routes/{{number}}"): Rule(INSPECTORS, "province", {"number": "1"}),
        ("PUT", f"{ROOT}/alert-routes/{{number}}"): Rule(ADMIN, "province", {"number": "1"}, body=ROUTE),
        ("DELETE", f"{ROOT}/alert-routes/{{number}}"): Rule(ADMIN, "province", {"number": "1"}, good=204),
        ("POST", f"{ROOT}/alert-routes/{{number}}/test"): Rule(ADMIN, "province", {"number": "1"}),
        ("GET", f"{ROOT}/settings/mail"): Rule(INSPECTORS, "province"),
        ("PUT", f"{ROOT}/settings/mail"): Rule(
            ADMIN, "province", body={"host": "mail.example.vn", "sender": "mang@example.vn"}
        ),
        ("GET", f"{ROOT}/monitoring/targets"): Rule(INSPECTORS, "province"),
        # oneself
        ("GET", f"{ROOT}/me"): Rule(target="self"),
        ("PATCH", f"{ROOT}/me"): Rule(target="self", body={"lang": "en"}),
        ("POST", f"{ROOT}/me/password"): Rule(target="self", body={"current": "x", "new": "y"}, good=401),
        ("POST", f"{ROOT}/me/totp/start"): Rule(target="self"),
        ("POST", f"{ROOT}/me/totp"): Rule(target="self", body={"ticket": "x", "code": "123456"}, good=400),
        ("POST", f"{ROOT}/me/totp/off"): Rule(target="self", body={"password": "x"}, good=401),
        ("GET", f"{ROOT}/me/sessions"): Rule(target="self"),
        ("DELETE", f"{ROOT}/me/sessions"): Rule(target="self", good=204),
        ("GET", f"{ROOT}/tokens"): Rule(target="self"),
        ("POST", f"{ROOT}/tokens"): Rule(target="self", body={"name": "mine"}, good=201),
        ("DELETE", f"{ROOT}/tokens/{{token_id}}"): Rule(target="self", path={"token_id": "abcdef"}, good=404),
        ("POST", f"{ROOT}/logout"): Rule(target="self", good=204),
        ("POST", f"{ROOT}/login"): Rule(target="public", body={"login": "nobody", "password": "x"}, good=401),
        ("POST", f"{ROOT}/login/totp"): Rule(target="public", body={"code": "123456"}, good=401),
        ("GET", f"{ROOT}/openapi.json"): Rule(target="public"),
        ("GET", "/healthz"): Rule(target="public"),
        ("GET", "/readyz"): Rule(target="public"),
        # evidence files
        ("POST", f"{ROOT}/schools/{{code}}/evidence"): Rule(
            EXPORTERS, path=SCHOOL, body={"first": "2030-01-01", "last": "2030-01-02"}, good=422
        ),
        ("GET", f"{ROOT}/schools/{{code}}/evidence/{{work_id}}"): Rule(EXPORTERS, path=EVIDENCE, good=404),
        ("GET", f"{ROOT}/schools/{{code}}/evidence/{{work_id}}/file"): Rule(EXPORTERS, path=EVIDENCE, good=404),
    }
)
