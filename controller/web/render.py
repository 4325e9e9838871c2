"""From a template and its data to an answer: every page gets its language, theme, menu, nonce and formatters here."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy import func
from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from controller.deps import Caller
from controller.people.principal import Principal
from controller.problems import LANGS, Lang, language
from controller.services import Services
from controller.tables import Agent, School
from controller.web import flash, i18n, navigation
from controller.web.assets import Assets
from controller.web.formats import Format
from controller.web.places import Places
from controller.web.words import WORDS, word

TEMPLATES = Path(__file__).parent / "templates"
LANG_COOKIE = "truongnet-lang"
THEME_COOKIE = "truongnet-theme"
THEMES = ("auto", "light", "dark")
Person = Caller | Principal | None


class Web:
    """What all pages share: templates, texts and static files; ``app.state.web``."""

    def __init__(self, services: Services, assets: Assets) -> None:
        self.services, self.assets = services, assets
        self.english = i18n.load()
        self.places = Places()
        self.flash_key = services.keys.secret("flash")
        self.templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.templates.globals["static"] = assets.url
        self.templates.globals["is_active"] = navigation.is_active

    @property
    def is_tls(self) -> bool:
        return not self.services.settings.is_plain

    def translate(self, lang: str) -> i18n.Translate:
        return i18n.Translate(lang, self.english)

    def format(self, lang: str) -> Format:
        return Format(self.translate(lang), self.services.settings.zone, self.services.clock())


@dataclass(frozen=True, slots=True)
class Marks:
    """What every page of a person says besides its own matter."""

    has_sample: bool = False
    has_demo: bool = False
    boxes_pending: int = 0


def web_of(request: Request) -> Web:
    found: Web = request.app.state.web
    return found


def lang_of(request: Request, who: Person = None) -> Lang:
    """The account's language, else the cookie's, else the browser's, else Vietnamese."""
    if who is not None:
        return who.lang
    wish = request.cookies.get(LANG_COOKIE)
    if wish in LANGS:
        return "en" if wish == "en" else "vi"
    return language(request)


def page(request: Request, who: Person, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """The answer. ``who``: the caller, or None on pages before signing in."""
    web = web_of(request)
    lang = lang_of(request, who)
    message = flash.read(request, web.flash_key)
    shared = frame(request, who, lang) | {"flash": message}
    response = HTMLResponse(web.templates.get_template(template).render(shared | context), status)
    response.headers["Content-Language"] = lang
    if message is not None:
        flash.clear(response)
    return response


def frame(request: Request, who: Person, lang: Lang) -> dict[str, Any]:
    """What layout.html and the macros need."""
    web = web_of(request)
    translate = web.translate(lang)
    theme = request.cookies.get(THEME_COOKIE, "auto")
    return {
        "_": translate,
        "_n": translate.count,
        "word": lambda kind, code: word(translate, kind, code),
        "words": WORDS,
        "fmt": web.format(lang),
        "lang": lang,
        "theme": theme if theme in THEMES else "auto",
        "nonce": request.state.nonce,
        "path": request.url.path,
        "who": who,
        "csrf": who.csrf if who is not None else "",
        "can": who.can if who is not None else (lambda _permission: False),
        "menu": navigation.menu(who),
        "marks": marks(request, who),
        "province": web.services.settings.province_name,
        "padding": secrets.token_hex(secrets.randbelow(48)),  # hides the compressed length of what stands beside
    }


def marks(request: Request, who: Person) -> Marks:
    session: Session | None = getattr(request.state, "db", None)
    if session is None or who is None or not who.can("school.read"):
        return Marks()
    scope = who.scope_of("school.read")

    def has(column: Any) -> bool:
        return session.exec(scope.schools(select(School.id).where(column.is_(True))).limit(1)).first() is not None

    pending = 0
    if who.can("agent.decide"):
        boxes = select(func.count()).select_from(Agent).where(Agent.state == "pending")
        pending = session.exec(who.scope_of("agent.decide").limit(boxes, col(Agent.school_id))).one()
    return Marks(has_sample=has(col(School.is_sample)), has_demo=has(col(School.is_demo)), boxes_pending=pending)


def redirect(
    request: Request, who: Person, url: str, message: str = "", kind: str = "success", **values: Any
) -> Response:
    """303 to a page of ours; ``message`` (a Vietnamese text marked with ``N_``) is shown there once."""
    web = web_of(request)
    response: Response = RedirectResponse(url, 303)
    if request.headers.get("hx-request") == "true":
        response = Response(status_code=200, headers={"HX-Redirect": url})
    if message:
        text = web.translate(lang_of(request, who))(message, **values)
        flash.put(response, web.flash_key, flash.Message(kind, text), is_tls=web.is_tls)
    return response


def local_path(url: str) -> str:
    """``url`` when it is a path of this site, else "/": a sign-in must not lead elsewhere."""
    is_local = url.startswith("/") and not url.startswith(("//", "/\\")) and url.isprintable() and len(url) <= 500
    return url if is_local else "/"
