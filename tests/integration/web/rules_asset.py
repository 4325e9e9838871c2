"""Who may open and post what of machines, rooms and surveys."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.integration.api.rules import EVERYONE, EXPORTERS, PART, SCHOOL, WRITERS, Rule
from tests.integration.api.world import OWN, link_id

SEEN = 303  # a form that was good leads to a page
ONE = {"number": "1"}
OF_SCHOOL = "/schools/{code}/assets"

RULES: Mapping[tuple[str, str], Rule] = MappingProxyType(
    {
        ("GET", "/assets"): Rule(EVERYONE, "list"),
        ("GET", "/assets/export/{kind}"): Rule(EXPORTERS, "list", {"kind": "csv"}),
        ("GET", "/assets/queue"): Rule(EVERYONE, "list"),
        ("POST", "/assets/queue/{number}/{deed}"): Rule(WRITERS, path={"number": "1", "deed": "join"}, good=SEEN),
        ("GET", "/assets/{number}"): Rule(EVERYONE, path=ONE),
        ("POST", "/assets/{number}"): Rule(WRITERS, path=ONE, body={"name": "may-01", "room_id": ""}, good=SEEN),
        ("GET", f"{OF_SCHOOL}/new"): Rule(WRITERS, path=SCHOOL),
        ("POST", f"{OF_SCHOOL}/new"): Rule(WRITERS, path=SCHOOL, body={"tag": "TS-0001", "kind": "pc"}, good=SEEN),
        ("GET", f"{OF_SCHOOL}/intake"): Rule(WRITERS, path=SCHOOL),
        ("POST", f"{OF_SCHOOL}/intake"): Rule(WRITERS, path=SCHOOL),
        ("GET", f"{OF_SCHOOL}/labels"): Rule(WRITERS, path=SCHOOL),
        ("POST", f"{OF_SCHOOL}/links"): Rule(WRITERS, path=SCHOOL, good=SEEN),
        ("POST", f"{OF_SCHOOL}/links/{{code_id}}/remove"): Rule(
            WRITERS, path={"code": OWN, "code_id": link_id(OWN)}, good=SEEN
        ),
        ("GET", f"{OF_SCHOOL}/transfer"): Rule(WRITERS, path=SCHOOL),
        # a school that lies elsewhere is said at the field; none is changed
        ("POST", f"{OF_SCHOOL}/transfer"): Rule(WRITERS, path=SCHOOL, body={"school": "NOT-THERE"}, good=422),
        ("POST", "/assets/transfers/{number}/undo"): Rule(WRITERS, "commune", {"number": "1"}, good=409),
        ("POST", "/glpi/{token}"): Rule(target="public", path={"token": "wrong"}, good=403),
        ("GET", "/survey/{token}"): Rule(target="public", path={"token": "wrong"}, good=403),
        ("POST", "/survey/{token}"): Rule(target="public", path={"token": "wrong"}, good=403),
        ("GET", "/surveys"): Rule(EVERYONE, "list"),
        ("GET", "/surveys/export/{kind}"): Rule(EXPORTERS, "list", {"kind": "csv"}),
        ("POST", "/surveys/{number}/{deed}"): Rule(WRITERS, path={"number": "1", "deed": "apply"}, good=SEEN),
        ("GET", "/schools/{code}/survey"): Rule(WRITERS, path=SCHOOL),
        ("POST", "/schools/{code}/survey/link"): Rule(WRITERS, path=SCHOOL, good=SEEN),
        ("GET", "/rooms-gap"): Rule(EVERYONE, "list"),
        ("GET", "/rooms-gap/export/{kind}"): Rule(EXPORTERS, "list", {"kind": "csv"}),
        ("GET", "/schools/{code}/rooms-gap"): Rule(EVERYONE, path=SCHOOL),
        ("POST", "/schools/{code}/rooms-gap/{number}"): Rule(WRITERS, path=PART, body={"display": "1"}, good=SEEN),
    }
)
