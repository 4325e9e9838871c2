"""The table of roles, and where a permission holds."""

from __future__ import annotations

import pytest

from controller.deps import Require
from controller.people.permissions import PERMISSIONS, PROVINCE_ONLY, ROLE_PERMISSIONS, ROLE_SCOPES, permissions_of
from controller.scope import Grant, Scope
from controller.tables import School
from controller.tables.people import ROLES, SCOPE_KINDS

CHANGES = ("write", "decide", "create", "run", "load")


def test_every_role_has_permissions_and_places() -> None:
    assert set(ROLES) == set(ROLE_PERMISSIONS) == set(ROLE_SCOPES)
    assert set().union(*ROLE_SCOPES.values()) == set(SCOPE_KINDS)


def test_an_administrator_may_do_everything() -> None:
    assert ROLE_PERMISSIONS["province-admin"] == PERMISSIONS


@pytest.mark.parametrize("role", ["auditor", "commune-officer", "school"])
def test_who_only_looks_changes_nothing(role: str) -> None:
    changing = {name for name in ROLE_PERMISSIONS[role] if name.endswith(CHANGES)}
    assert changing <= {"export.run"}


def test_what_concerns_the_whole_installation_comes_with_the_province_only() -> None:
    for role in ROLES:
        assert not permissions_of(role, "commune") & PROVINCE_ONLY
    assert permissions_of("nonsense") == frozenset()


def test_a_route_cannot_ask_for_a_permission_that_nobody_has() -> None:
    with pytest.raises(ValueError, match="unknown permission"):
        Require("schools.read")


def test_a_scope_is_what_the_grants_with_that_permission_cover() -> None:
    grants = [Grant("auditor", "commune", "29001"), Grant("operator", "school", "82001"), Grant("nonsense")]
    read, write = Scope.of(grants, "school.read"), Scope.of(grants, "school.write")
    assert (read.commune_codes, read.school_codes, read.is_all) == (
        frozenset({"29001"}),
        frozenset({"82001"}),
        False,
    )
    assert (write.commune_codes, write.school_codes) == (frozenset(), frozenset({"82001"}))
    assert Scope.of(grants, "user.read").is_empty
    assert Scope.of([Grant("auditor")], "school.read").is_all


def test_a_scope_holds_its_schools_and_no_others() -> None:
    scope = Scope(commune_codes=frozenset({"29001"}), school_codes=frozenset({"82009"}))
    assert scope.holds(School(code="82001", name="a", commune_code="29001"))
    assert scope.holds(School(code="82009", name="b", commune_code="29002"))
    assert not scope.holds(School(code="82002", name="c", commune_code="29002"))
    assert scope.holds_commune("29001")
    assert not scope.holds_commune("29002")


def test_an_empty_scope_selects_nothing() -> None:
    assert str(Scope().condition()) == "false"
