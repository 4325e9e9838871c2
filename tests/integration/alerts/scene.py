"""What tests of alerts do: add receivers, open and close incidents, let time pass, and look at the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from controller.alerts.mailserver import KEY
from controller.alerts.secrets import PURPOSE, seal
from controller.alerts.work import Alerts
from controller.tables import (
    AlertDelivery,
    AlertRoute,
    Event,
    Incident,
    IncidentSchool,
    IncidentStep,
    RaisedAlert,
    School,
    Setting,
)
from tests.integration.api.world import OWN, World, box_id


@dataclass
class Scene:
    world: World
    alerts: Alerts

    @property
    def now(self) -> float:
        return self.world.clock.now

    def session(self) -> Session:
        return self.world.session()

    def silence_the_others(self) -> None:
        """Nobody listens and nothing is open but what a test adds."""
        with self.session() as session:
            for table in (AlertRoute, IncidentStep, IncidentSchool, Incident):
                session.execute(delete(table))
            session.commit()

    def route(self, address: str, **more: Any) -> int:
        key = self.world.services.keys.secret(PURPOSE)
        values: dict[str, Any] = {"name": "Trực", "channel": "webhook", "severity": "info", "active_since": self.now}
        values |= {"updated_at": self.now, **more}
        values["secret"] = seal(key, values.get("secret", ""))
        with self.session() as session:
            row = AlertRoute(address=address, **values)
            session.add(row)
            session.commit()
            assert row.id is not None
            return row.id

    def mail_server(self, port: int) -> None:
        value = {"host": "127.0.0.1", "port": port, "security": "plain", "sender": "mang@example.vn"}
        with self.session() as session:
            session.add(Setting(key=KEY, value=value))
            session.commit()

    def school(self, code: str = OWN) -> int:
        with self.session() as session:
            found = session.exec(select(School.id).where(School.code == code)).one()
            assert found is not None
            return found

    def incident(self, *schools: str, **more: Any) -> int:
        with self.session() as session:
            values: dict[str, Any] = {"opened_at": self.now, "began_at": self.now - 95, "schools": len(schools) or 1}
            row = Incident(**{**values, **more})
            session.add(row)
            session.flush()
            assert row.id is not None
            for code in schools or (OWN,):
                member = IncidentSchool(incident_id=row.id, school_id=self.school(code), began_at=self.now - 95)
                session.add(member)
            session.commit()
            return row.id

    def change(self, incident: int, **values: Any) -> None:
        with self.session() as session:
            row = session.get(Incident, incident)
            assert row is not None
            for name, value in values.items():
                setattr(row, name, value)
            session.add(row)
            session.commit()

    def close(self, incident: int) -> None:
        self.change(incident, state="closed", ended_at=self.now - 30, closed_at=self.now)

    def rogue(self, after: str, code: str = OWN) -> None:
        facts = {"server_ip": "192.168.1.66", "server_mac": "02:00:00:00:00:66"}
        before = "none" if after == "present" else "present"
        with self.session() as session:
            event = Event(school_id=self.school(code), at=self.now, seen_at=self.now, kind="lan", facts=facts)
            event.agent_id = box_id(code, "accepted")
            event.subject, event.before, event.after = "lan:rogue-dhcp", before, after
            session.add(event)
            session.commit()

    def look(self) -> None:
        """One look at what is wrong, and one turn for every receiver."""
        self.alerts.look(self.now)
        self.tell()

    def tell(self) -> None:
        self.alerts.tell(self.now)
        self.alerts.sender.wait()

    def later(self, seconds: float) -> None:
        self.world.clock.now += seconds

    def deliveries(self) -> list[tuple[str, str, str]]:
        """Subject, phase and state, oldest first."""
        with self.session() as session:
            rows = session.exec(select(AlertDelivery).order_by(col(AlertDelivery.id)))
            return [(row.subject, row.phase, row.state) for row in rows]

    def delivery(self) -> AlertDelivery:
        with self.session() as session:
            return session.exec(select(AlertDelivery).order_by(col(AlertDelivery.id))).one()

    def raised(self) -> dict[str, str]:
        with self.session() as session:
            return {row.key: row.state for row in session.exec(select(RaisedAlert))}
