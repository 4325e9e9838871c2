"""Who imports or exports, and over what part of the province."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from controller.people.permissions import permissions_of
from controller.people.principal import Caller
from controller.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    login: str
    schools: Scope
    contacts: Scope
    users: Scope
    caller: Caller | None = None  # None: at the console of the server, where everything may be done

    @classmethod
    def importing(cls, who: Caller) -> Self:
        contacts, users = who.scope_of("contact.write"), who.scope_of("user.write")
        return cls(login=who.login, schools=who.scope_of("school.write"), contacts=contacts, users=users, caller=who)

    @classmethod
    def exporting(cls, who: Caller) -> Self:
        contacts, users = who.scope_of("contact.read"), who.scope_of("user.read")
        return cls(login=who.login, schools=who.scope, contacts=contacts, users=users, caller=who)

    @classmethod
    def console(cls) -> Self:
        everything = Scope(is_all=True)
        return cls(login="cli", schools=everything, contacts=everything, users=everything)

    def may_grant(self, role: str, kind: str) -> bool:
        """Nobody grants more than he has over the whole province; accounts are the province's alone."""
        if self.caller is None:
            return True
        return all(self.caller.scope_of(permission).is_all for permission in permissions_of(role, kind))
