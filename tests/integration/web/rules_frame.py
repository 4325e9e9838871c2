"""Who may open and post what of the frame's own pages. ``body`` holds a form's fields."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.integration.api.rules import EVERYONE, EXPORTERS, Rule

SEEN = 303  # a form that was good leads to a page

RULES: Mapping[tuple[str, str], Rule] = MappingProxyType(
    {
        ("GET", "/"): Rule(EVERYONE, "list"),
        ("GET", "/map.json"): Rule(EVERYONE, "list"),
        ("GET", "/map/outline.json"): Rule(EVERYONE, "list", good=404),  # there is no such file
        ("GET", "/schools"): Rule(EVERYONE, "list"),
        ("GET", "/schools/export/{kind}"): Rule(EXPORTERS, "list", {"kind": "csv"}),
        # oneself
        ("GET", "/account"): Rule(target="self"),
        ("GET", "/account/password"): Rule(target="self"),
        ("POST", "/account/password"): Rule(target="self", body={"current": "x", "new": "y", "again": "y"}, good=422),
        ("GET", "/account/totp"): Rule(target="self"),
        ("POST", "/account/totp"): Rule(target="self", body={"ticket": "x", "code": "123456"}, good=400),
        ("POST", "/account/totp/off"): Rule(target="self", body={"password": "x"}, good=401),
        ("POST", "/account/tokens"): Rule(target="self", body={"name": "mine"}),
        ("POST", "/account/tokens/{token_id}/revoke"): Rule(target="self", path={"token_id": "abcdef"}, good=404),
        ("POST", "/account/sessions/end"): Rule(target="self", good=SEEN),
        ("POST", "/logout"): Rule(target="self", good=SEEN),
        # anyone
        ("GET", "/login"): Rule(target="public"),
        ("POST", "/login"): Rule(target="public", body={"login": "nobody", "password": "x"}, good=401),
        ("GET", "/login/totp"): Rule(target="public"),
        ("POST", "/login/totp"): Rule(target="public", body={"code": "123456"}, good=SEEN),  # back to signing in
        ("POST", "/lang"): Rule(target="public", body={"to": "en"}, good=SEEN),
        ("POST", "/theme"): Rule(target="public", body={"to": "dark"}, good=SEEN),
    }
)
