"""What Prometheus should look at: the answer of its ``http_sd_configs``."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter
from pydantic import BaseModel, Field

from controller.api.common import problems
from controller.config import Settings
from controller.deps import Caller, Sv, require

router = APIRouter(prefix="/api/v1/monitoring", tags=["service"])
Job = Literal["controller", "measure", "host"]


class Group(BaseModel):
    targets: list[str] = Field(examples=[["mang.example.vn:443"]])
    labels: dict[str, str] = Field(examples=[{"job": "truongnet-controller", "__scheme__": "https"}])


@router.get("/targets", responses=problems())
def list_targets(who: Annotated[Caller, require("metrics.read")], services: Sv, job: Job | None = None) -> list[Group]:
    """Controllers, the measurement server's metrics, and node exporters of the province's hosts."""
    return [group for name, group in groups(services.settings) if job in (None, name)]


def groups(settings: Settings) -> list[tuple[Job, Group]]:
    found: list[tuple[Job, Group]] = []
    address = urlsplit(settings.base_url)
    host = f"[{address.hostname}]" if ":" in (address.hostname or "") else address.hostname
    own = f"{host}:{address.port or (80 if settings.is_plain else 443)}"
    labels = {"__scheme__": address.scheme, "__metrics_path__": "/metrics", "province": settings.province_code}
    controllers = _words(settings.metrics_controllers) or [own]
    found.append(("controller", Group(targets=controllers, labels={"job": "truongnet-controller", **labels})))
    measure, hosts = _words(settings.metrics_measure), _words(settings.metrics_hosts)
    if measure:
        found.append(("measure", Group(targets=measure, labels=_plain("truongnet-measure", settings))))
    if hosts:
        found.append(("host", Group(targets=hosts, labels=_plain("truongnet-host", settings))))
    return found


def _plain(job: str, settings: Settings) -> dict[str, str]:
    return {"job": job, "__scheme__": "http", "province": settings.province_code}


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
