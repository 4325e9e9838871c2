"""The configured files: what stands in ``monitoring/`` with this province's addresses, and systemd's drop-ins."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import monitoring
from controller.alerts.mailserver import MailServer

SOURCE = Path(monitoring.__file__).parent
SECRET_MODE = 0o640  # the directory's group may read them: the one that Prometheus runs as
PROMETHEUS, ALERTMANAGER, VICTORIA = "127.0.0.1:9090", "127.0.0.1:9093", "127.0.0.1:8428"
YEARS = 5  # that VictoriaMetrics keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``base_url``: of the controller. Addresses are HOST:PORT on this machine."""

    base_url: str
    province: str
    token: str
    roots_pem: str
    prometheus: str = PROMETHEUS
    alertmanager: str = ALERTMANAGER
    victoria: str = VICTORIA
    interval: str = "15s"
    refresh: str = "60s"
    webhooks: Sequence[str] = ()
    emails: Sequence[str] = ()
    mail: MailServer | None = None
    victoria_options: Sequence[str] = ()
    programs: Mapping[str, str] = field(default_factory=dict)  # unit -> path, where Debian has it elsewhere


def write(plan: Plan, directory: Path) -> list[Path]:
    """Everything below ``directory``, which may hold an older set; what was written."""
    directory.mkdir(parents=True, exist_ok=True)
    made = []
    for name, text in contents(plan, directory):
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f".{file.name}.new")
        fresh.touch(mode=SECRET_MODE)
        fresh.write_text(text, "utf-8")
        fresh.chmod(SECRET_MODE)
        fresh.replace(file)
        made.append(file)
    return made


def contents(plan: Plan, directory: Path) -> Iterator[tuple[str, str]]:
    yield "prometheus.yml", _filled("prometheus.yml", plan)
    alertmanager = _filled("alertmanager.yml", plan)
    yield "alertmanager.yml", alertmanager.replace("    # @RECEIVERS@\n", "".join(_receivers(plan, directory)))
    yield "token", plan.token
    yield "ca.pem", plan.roots_pem
    if plan.mail is not None and plan.mail.password:
        yield "mail-password", plan.mail.password
    for folder, kind in (("rules", "yml"), ("dashboards", "json")):
        for file in sorted((SOURCE / folder).glob(f"*.{kind}")):
            yield f"{folder}/{file.name}", file.read_text("utf-8")
    for unit, words in commands(plan, directory, DATA).items():
        yield f"systemd/{unit}.service.d/truongnet.conf", _drop_in(words, DATA[unit])


def _filled(name: str, plan: Plan) -> str:
    text = (SOURCE / name).read_text("utf-8")
    values = {
        "BASE_URL": plan.base_url,
        "PROVINCE": plan.province,
        "PROMETHEUS": plan.prometheus,
        "ALERTMANAGER": plan.alertmanager,
        "VICTORIA": plan.victoria,
        "INTERVAL": plan.interval,
        "REFRESH": plan.refresh,
    }
    for key, value in values.items():
        text = text.replace(f'"@{key}@"', json.dumps(value)).replace(f"@{key}@", value)
    return text


def _receivers(plan: Plan, directory: Path) -> Iterator[str]:
    """YAML of the receiver "people"; JSON's strings are YAML's."""
    if plan.webhooks:
        yield "    webhook_configs:\n"
        for url in plan.webhooks:
            yield f"      - url: {json.dumps(url)}\n        send_resolved: true\n"
    if plan.emails and plan.mail is not None:
        yield "    email_configs:\n"
        for address in plan.emails:
            yield from _email(address, plan.mail, directory)


def _email(address: str, mail: MailServer, directory: Path) -> Iterator[str]:
    host = f"[{mail.host}]" if ":" in mail.host else mail.host
    yield f"      - to: {json.dumps(address)}\n"
    yield f"        from: {json.dumps(mail.sender)}\n"
    yield f"        smarthost: {json.dumps(f'{host}:{mail.port}')}\n"
    yield f"        require_tls: {'true' if mail.security == 'starttls' else 'false'}\n"
    yield "        send_resolved: true\n"
    yield "        headers:\n          Subject: '[TruongNet] {{ .Status }}: {{ .CommonAnnotations.summary }}'\n"
    if mail.login:
        yield f"        auth_username: {json.dumps(mail.login)}\n"
        yield f"        auth_password_file: {json.dumps(str(directory.absolute() / 'mail-password'))}\n"


DATA: Mapping[str, str] = {
    "prometheus": "/var/lib/prometheus/truongnet",
    "prometheus-alertmanager": "/var/lib/prometheus/alertmanager",
    "victoria-metrics": "/var/lib/victoria-metrics",
}


def commands(plan: Plan, directory: Path, data: Mapping[str, str]) -> dict[str, list[str]]:
    """How each program is started, by the name of its Debian unit. All listen on this machine alone."""
    here = directory.absolute()
    programs = {unit: plan.programs.get(unit, f"/usr/bin/{unit}") for unit in data}
    return {
        "prometheus": [
            programs["prometheus"],
            f"--config.file={here}/prometheus.yml",
            f"--storage.tsdb.path={data['prometheus']}",
            "--storage.tsdb.retention.time=15d",
            f"--web.listen-address={plan.prometheus}",
        ],
        "prometheus-alertmanager": [
            programs["prometheus-alertmanager"],
            f"--config.file={here}/alertmanager.yml",
            f"--storage.path={data['prometheus-alertmanager']}",
            f"--web.listen-address={plan.alertmanager}",
            "--cluster.listen-address=",
            "--data.retention=240h",  # longer than the longest repeat_interval
        ],
        "victoria-metrics": [
            programs["victoria-metrics"],
            f"-storageDataPath={data['victoria-metrics']}",
            f"-retentionPeriod={YEARS}y",
            f"-httpListenAddr={plan.victoria}",
            *plan.victoria_options,
        ],
    }


def _drop_in(words: Sequence[str], state: str) -> str:
    """``state``: where the program keeps its data; systemd makes it, since nobody else may be allowed to."""
    line = " \\\n    ".join(words)
    state = state.removeprefix("/var/lib/")
    return f"# Made by: truongnet monitoring\n[Service]\nStateDirectory={state}\nExecStart=\nExecStart={line}\n"
