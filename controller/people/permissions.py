"""What each role may do. One literal table: a permission is a string, a role is a set of them.

A grant gives a role over a part of the tree province → commune → school; ``ROLE_SCOPES`` says over which parts a role
can be granted. Permissions in ``PROVINCE_ONLY`` concern the whole installation; only the province has them to give.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

READ = frozenset(
    {
        "overview.read",
        "commune.read",
        "school.read",
        "agent.read",
        "measure.read",
        "event.read",
        "device.read",
        "incident.read",
    }
)

ROLE_PERMISSIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "province-admin": READ
        | {
            "contact.read",
            "contact.write",
            "school.write",
            "commune.write",
            "agent.decide",
            "join.create",
            "import.run",
            "export.run",
            "rejected.read",
            "user.read",
            "user.write",
            "audit.read",
            "metrics.read",
            "settings.read",
            "settings.write",
            "sample.load",
            "incident.write",
            "incident.report",
            "maintenance.write",
            "provider.write",
        },
        "operator": READ
        | {
            "contact.read",
            "contact.write",
            "school.write",
            "agent.decide",
            "join.create",
            "import.run",
            "export.run",
            "rejected.read",
            "metrics.read",
            "settings.read",
            "incident.write",
            "incident.report",
            "maintenance.write",
            "provider.write",
        },
        "technician": READ | {"contact.read", "agent.decide", "join.create", "incident.write", "incident.report"},
        # An auditor reads and exports; who answers the telephone at a school is no part of an audit.
        "auditor": READ | {"export.run", "rejected.read", "user.read", "audit.read", "settings.read", "metrics.read"},
        # Whoever only looks may still say that something is wrong.
        "commune-officer": READ | {"contact.read", "export.run", "incident.report"},
        "school": READ | {"contact.read", "incident.report"},
    }
)

ROLE_SCOPES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "province-admin": frozenset({"province"}),
        "operator": frozenset({"province", "commune", "school"}),
        "technician": frozenset({"province", "commune", "school"}),
        "auditor": frozenset({"province", "commune", "school"}),
        "commune-officer": frozenset({"commune"}),
        "school": frozenset({"school"}),
    }
)

PERMISSIONS: frozenset[str] = frozenset().union(*ROLE_PERMISSIONS.values())

# They concern the whole installation: a grant over a commune or a school does not carry them.
PROVINCE_ONLY = frozenset(
    {
        "user.read",
        "user.write",
        "settings.read",
        "settings.write",
        "sample.load",
        "commune.write",
        "metrics.read",
        "provider.write",
    }
)


def permissions_of(role: str, kind: str = "province") -> frozenset[str]:
    """What ``role`` may do when granted over a part of this kind. An unknown role may do nothing."""
    allowed = ROLE_PERMISSIONS.get(role, frozenset())
    return allowed if kind == "province" else allowed - PROVINCE_ONLY
