"""A made-up province of computers over a year, for ``bench.identity``. It knows nothing of how anyone matches them.

Everything here is synthetic. How often things happen is set from what is known of school computers: junk in the
firmware (ocsinventory-ng 273, Giga's 689 schools with one UUID), boards and disks that are replaced, rooms that are
re-imaged from one master, docks and adapters that are passed round, machines that move between schools, schools that
merge.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

DAY = 86_400.0
ROUND = 30 * DAY
JUNK_SERIALS = ("To be filled by O.E.M.", "Default string", "System Serial Number", "0123456789", "None", "")
JUNK_UUIDS = (
    "03000200-0400-0500-0006-000700080009",
    "00020003-0004-0005-0006-000700080009",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
)
JUNK_DISKS = ("", "0123456789ABCDEF", "00000000000000000000")
BRANDS = (
    "Dell Inc. OptiPlex 3080",
    "HP ProDesk 400 G7",
    "LENOVO ThinkCentre M70s",
    "Acer Veriton X2665",
    "ASUS D500MA",
)
BOARDS = ("Gigabyte H310M DS2", "ASUS PRIME H310M-K", "MSI H110M PRO-VD", "ECS H81H3-M4", "To be filled by O.E.M. B75")
LAPTOPS = ("Dell Inc. Latitude 3410", "HP ProBook 440 G8", "LENOVO ThinkPad E14")


@dataclass(slots=True)
class Pc:
    """One real machine: its case, whatever is in it."""

    id: int
    school: int
    model: str
    serial: str
    uuid: str
    board: str
    nics: list[str]
    disks: list[str]
    memory: list[str]
    host: str
    agent: str  # the inventory agent's own id, which lies on the disk
    tag: str
    is_laptop: bool = False
    sees_disks: bool = True
    sees_firmware: bool = True
    is_alive: bool = True
    quality: str = "brand"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a source told at a moment, raw; ``truth`` is the machine that it was."""

    truth: int
    source: str  # "glpi", "lan", "form"
    school: int
    at: float
    told: dict[str, list[str]]


@dataclass(slots=True)
class World:
    seed: int
    schools: int
    each: int
    rounds: int
    chance: random.Random = field(init=False)
    pcs: list[Pc] = field(default_factory=list)
    docks: dict[int, list[str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        for school in range(1, self.schools + 1):
            self.docks[school] = [self._mac() for _ in range(4)]
            left = self.each
            while left > 0:
                size = min(left, self.chance.randint(8, 25))
                self._batch(school, size)
                left -= size

    # -- making machines
    def _mac(self) -> str:
        vendor = self.chance.choice(("18:c0:4d", "d8:cb:8a", "98:fa:9b", "f4:8e:38", "70:85:c2", "3c:52:82"))
        return vendor + "".join(f":{self.chance.randrange(256):02x}" for _ in range(3))

    def _code(self, length: int) -> str:
        return "".join(self.chance.choice("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789") for _ in range(length))

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    def _batch(self, school: int, size: int) -> None:
        """Machines that were bought together, with the maker's habits."""
        quality = self.chance.choices(
            ("brand", "junk serial", "junk both", "unlisted", "shared uuid", "cloned mac"), (55, 20, 10, 9, 5, 1)
        )[0]
        is_laptop = quality == "brand" and self.chance.random() < 0.3
        model = self.chance.choice(LAPTOPS if is_laptop else BRANDS if quality == "brand" else BOARDS)
        junk_serial, junk_uuid = self.chance.choice(JUNK_SERIALS), self.chance.choice(JUNK_UUIDS)
        batch_serial, batch_uuid = self._code(9), self._uuid()
        sees_disks, sees_firmware = self.chance.random() < 0.9, self.chance.random() < 0.95
        room = self.chance.randint(1, 4)
        one_mac = self._mac()
        for number in range(size):
            pc = Pc(
                id=len(self.pcs) + 1,
                school=school,
                model=model,
                serial=self._code(8),
                uuid=self._uuid(),
                board=self._code(14),
                nics=[self._mac(), self._mac()] if is_laptop else [self._mac()],
                disks=[self._code(15)],
                memory=[self._code(8)] if self.chance.random() < 0.4 else ["00000000"],
                host=f"PHONG{room}-MAY{number + 1:02}",
                agent=f"{self._code(6)}-2026-01-{number % 28 + 1:02}",
                tag="",
                is_laptop=is_laptop,
                sees_disks=sees_disks,
                sees_firmware=sees_firmware,
                quality=quality,
            )
            if quality == "junk serial":
                pc.serial = pc.board = junk_serial
            elif quality == "junk both":
                pc.serial, pc.uuid, pc.board = junk_serial, junk_uuid, junk_serial
            elif quality == "unlisted":
                pc.serial, pc.uuid, pc.board = batch_serial, batch_uuid, junk_serial
            elif quality == "shared uuid":
                pc.uuid = batch_uuid
            elif quality == "cloned mac":
                pc.serial, pc.uuid, pc.board = junk_serial, junk_uuid, junk_serial
                if number % 5 == 0:
                    pc.nics = [one_mac]
            if self.chance.random() < 0.02:
                pc.disks = [self.chance.choice(JUNK_DISKS)]
            self.pcs.append(pc)

    # -- a month passes
    def _happens(self, name: str, yearly: float) -> bool:
        if self.chance.random() >= yearly / 12:
            return False
        self.counts[name] = self.counts.get(name, 0) + 1
        return True

    def month(self, number: int) -> None:
        if number and number % 4 == 0:
            self._merge_schools()
        by_school: dict[int, list[Pc]] = {}
        for pc in self.pcs:
            if pc.is_alive:
                by_school.setdefault(pc.school, []).append(pc)
        for those in by_school.values():
            if self._happens("rooms imaged from one master", 0.8):
                master = self.chance.choice(those)
                for place, pc in enumerate(self.chance.sample(those, len(those) // 2)):
                    pc.agent = master.agent
                    pc.host = master.host if self.chance.random() < 0.1 else f"LAB-{place + 1:02}"
        for pc in [pc for pc in self.pcs if pc.is_alive]:
            self._life(pc, by_school[pc.school])

    def _life(self, pc: Pc, others: list[Pc]) -> None:
        if self._happens("renamed", 0.25):
            pc.host = f"PC-{self._code(5)}"
        if self._happens("re-imaged alone", 0.2):
            pc.agent, pc.host = f"{self._code(6)}-2026-06-01", f"DESKTOP-{self._code(7)}"
        if self._happens("disk replaced", 0.04):
            pc.disks = [self._code(15)]
        if self._happens("disks swapped", 0.006):
            other = self.chance.choice(others)
            pc.disks, other.disks = other.disks, pc.disks
            pc.host, other.host = other.host, pc.host
            pc.agent, other.agent = other.agent, pc.agent
        if self._happens("board replaced", 0.02):
            self._new_board(pc)
        if self._happens("network card replaced", 0.01):
            pc.nics = [self._mac(), *pc.nics[1:]]
        if self._happens("network card added", 0.01):
            pc.nics = [*pc.nics, self._mac()]
        if self._happens("firmware updated, UUID changed", 0.005):
            pc.uuid = self._uuid() if pc.quality in ("brand", "junk serial") else pc.uuid
        if self._happens("moved to another school", 0.01):
            pc.school = self.chance.randint(1, self.schools)
        if self._happens("replaced by a new machine", 0.04):
            self._succeed(pc)

    def _new_board(self, pc: Pc) -> None:
        pc.nics = [self._mac(), *pc.nics[1:]]
        if pc.quality in ("brand", "shared uuid"):
            pc.uuid, pc.board = self._uuid(), self._code(14)
            if self.chance.random() < 0.5:  # the technician did not write the old number into the new board
                pc.serial = self.chance.choice((self._code(8), "To be filled by O.E.M."))
        elif pc.quality == "junk serial":
            pc.uuid = self._uuid()

    def _succeed(self, old: Pc) -> None:
        """A new machine in its place, now and then with the old one's disk, name or network card."""
        old.is_alive = False
        new = replace(
            old, id=len(self.pcs) + 1, is_alive=True, serial=self._code(8), uuid=self._uuid(), board=self._code(14),
            nics=[self._mac()], disks=[self._code(15)], memory=[self._code(8)], agent=f"{self._code(6)}-2026-09-01",
            model=self.chance.choice(BRANDS), quality="brand", is_laptop=False, tag="",
        )  # fmt: skip
        if self.chance.random() < 0.15:
            new.disks, new.agent = old.disks, old.agent
        if self.chance.random() < 0.4:
            new.host = f"DESKTOP-{self._code(7)}"
        if self.chance.random() < 0.03:
            new.nics = [*new.nics, old.nics[0]]
        self.pcs.append(new)

    def _merge_schools(self) -> None:
        one, other = self.chance.sample(range(1, self.schools + 1), 2)
        self.counts["schools merged"] = self.counts.get("schools merged", 0) + 1
        for pc in self.pcs:
            if pc.school == one:
                pc.school = other

    # -- what is told
    def sightings(self) -> Iterator[Seen]:
        """All that is told in the whole time, in its order."""
        for number in range(self.rounds):
            if number:
                self.month(number)
            start = number * ROUND
            told = [seen for pc in self.pcs if pc.is_alive for seen in self._told(pc, start)]
            yield from sorted(told, key=lambda seen: seen.at)

    def _told(self, pc: Pc, start: float) -> Iterator[Seen]:
        dock = self.chance.choice(self.docks[pc.school]) if pc.is_laptop and self.chance.random() < 0.5 else ""
        nics = [*pc.nics, dock] if dock else pc.nics
        if self.chance.random() < 0.5:
            yield Seen(pc.id, "lan", pc.school, start + self.chance.random() * ROUND, {"mac": [dock or pc.nics[0]]})
        if self.chance.random() < 0.9:
            told = {"mac": list(nics), "host": [pc.host], "model": [pc.model], "glpi": [pc.agent]}
            if self.chance.random() < 0.3:
                told["mac"].append(
                    f"{self.chance.randrange(64) * 4 + 2:02x}:{self._code(1).encode().hex()}:12:34:56:78"
                )
            if pc.sees_firmware:
                text = pc.uuid if self.chance.random() < 0.8 else str(uuid.UUID(bytes=uuid.UUID(pc.uuid).bytes_le))
                told |= {"serial": [pc.serial], "uuid": [text], "board": [pc.board]}
            if pc.sees_disks:
                told |= {"disk": list(pc.disks), "memory": list(pc.memory)}
            yield Seen(pc.id, "glpi", pc.school, start + self.chance.random() * ROUND, told)
        if not pc.tag and self.chance.random() < 0.02:
            pc.tag = f"TS-{pc.id:06}"
            serial = pc.serial
            if self.chance.random() < 0.02 and len(serial) > 4:  # read wrongly from a small label
                place = self.chance.randrange(len(serial))
                serial = serial[:place] + self._code(1) + serial[place + 1 :]
            form = {
                "tag": [pc.tag],
                "serial": [serial],
                "model": [pc.model],
                "host": [pc.host],
                "mac": [pc.nics[0]] if self.chance.random() < 0.7 else [],
            }
            yield Seen(pc.id, "form", pc.school, start + self.chance.random() * ROUND, form)
