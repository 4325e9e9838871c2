"""When schools merge, all machines and rooms go along in one deed with their history, and can be given back."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, select

from controller.assets.book import serialise, take
from controller.tables import Asset, AssetEvent, AssetPair, AssetTransfer, Audit, Device, Room, RoomItem, School
from inventory.identity.sighting import sight
from tests.integration.api.world import HERE, NOON, OWN, SIBLING, STRANGER, Person, World
from tests.integration.web.forms import done, errors, get, post, shown

DAY = 86_400.0
HEAD = Person("school", "school", SIBLING)
PC = {"serial": ["5CG8203XYZ"], "mac": ["18:c0:4d:aa:bb:77"], "host": ["lab-01"], "disk": ["S3Z9NB0K123456"]}
NEW = {"serial": ["PF3ABCDE"], "mac": ["18:c0:4d:00:00:01"]}


def key(session: Session, code: str) -> int:
    return session.exec(select(School.id).where(School.code == code)).one() or 0


def tell(world: World, source: str, code: str, told: dict[str, list[str]], at: float) -> tuple[int, str, int]:
    """The machine that it was laid to, how, and how many questions it made."""
    with world.session() as session:
        serialise(session)
        taken = take(session, sight(source, key(session, code), at, told, device="pc", is_full=source == "glpi"))
        session.commit()
        assert taken.asset is not None
        return taken.asset.id or 0, taken.how, len(taken.decision.ask)


def machines(world: World, code: str) -> dict[int, str]:
    """Records that stand for a machine of a school, with the code of the room that each is in."""
    with world.session() as session:
        query = select(Asset, Room).join(Room, col(Room.id) == Asset.room_id, isouter=True)
        rows = session.exec(query.where(Asset.school_id == key(session, code), col(Asset.merged_into).is_(None))).all()
        return {asset.id or 0: room.code if room is not None else "" for asset, room in rows}


def furnish(world: World) -> int:
    """A machine with evidence in OWN's room A101, which was counted and has a television of the network."""
    number, _, _ = tell(world, "glpi", OWN, PC, NOON - DAY)
    with world.session() as session:
        room = session.exec(select(Room).where(Room.school_id == key(session, OWN))).one()
        asset, device = session.get(Asset, number), session.exec(select(Device)).first()
        assert asset is not None
        assert device is not None
        assert room.id is not None
        asset.room_id, asset.seat, device.room_id = room.id, "07", room.id
        session.add(RoomItem(school_id=room.school_id, room_id=room.id, item="display", count=1, at=NOON))
        session.commit()
    return number


def merge(world: World, source: str = OWN, target: str = SIBLING, status: int = 201) -> dict[str, Any]:
    answer = world.as_admin("POST", f"/api/v1/schools/{source}/asset-transfers", json={"target": target})
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_machines_of_a_merged_school_go_along_with_room_and_history_and_come_back(world: World) -> None:
    number, before = furnish(world), (machines(world, OWN), machines(world, SIBLING))
    told = merge(world)
    longer = f"A101-{OWN}"
    assert (told["machines"], told["rooms"], told["stayed"]) == (3, 1, 0)
    assert told["renamed"] == [{"before": "A101", "after": longer}]
    assert machines(world, OWN) == {}
    assert machines(world, SIBLING) == before[1] | dict.fromkeys(before[0], "") | {number: longer}
    history = shown(get(world, f"/assets/{number}", HEAD))  # who never saw the old school, sees the machine's past
    assert history.count("First seen") == 2  # in its past, and among its facts
    assert f"Moved along with a school merger : {OWN} → {SIBLING}" in history.replace("merger:", "merger :")
    with world.session() as session:
        items = session.exec(select(RoomItem.school_id)).all()
        assert items == [key(session, SIBLING)]
        assert session.exec(select(Device.room_id)).all() == [None, None, None]  # it belongs to the old line
        pairs = session.exec(select(AssetPair.school_id).order_by(col(AssetPair.id))).all()
        assert pairs[0] == key(session, SIBLING)
        audited = session.exec(select(Audit.school_id).where(Audit.action == "asset.transfer")).all()
        assert set(audited) == {key(session, OWN), key(session, SIBLING)}

    back = world.as_admin("POST", f"/api/v1/asset-transfers/{told['id']}/undo")
    assert (back.status_code, back.json()["stayed"]) == (200, 0)
    assert (machines(world, OWN), machines(world, SIBLING)) == before
    with world.session() as session:
        assert session.exec(select(Device.room_id).order_by(col(Device.id))).first() is not None
        kinds = session.exec(select(AssetEvent.kind).where(AssetEvent.asset_id == number)).all()
        assert kinds.count("transferred") == kinds.count("returned") == 2  # a row at each school
    assert world.as_admin("POST", f"/api/v1/asset-transfers/{told['id']}/undo").status_code == 409


def test_what_the_old_school_still_tells_counts_for_the_new_one_and_asks_nobody(sqlite_world: World) -> None:
    world, number = sqlite_world, furnish(sqlite_world)
    told = merge(world)
    for source, values in (("lan", {"mac": PC["mac"]}), ("glpi", PC), ("glpi", PC | {"host": ["phong-2"]})):
        assert tell(world, source, OWN, values, NOON + DAY) == (number, "same", 0)
    fresh, how, _ = tell(world, "glpi", OWN, NEW, NOON + DAY)
    assert how == "new"
    assert fresh in machines(world, SIBLING)
    world.as_admin("POST", f"/api/v1/asset-transfers/{told['id']}/undo")
    assert tell(world, "lan", OWN, {"mac": PC["mac"]}, NOON + 2 * DAY) == (number, "same", 0)
    assert number in machines(world, OWN)


def test_a_machine_that_was_joined_meanwhile_or_stands_elsewhere_stays(sqlite_world: World) -> None:
    world, number = sqlite_world, furnish(sqlite_world)
    own = set(machines(world, OWN))
    beside = min(machines(world, SIBLING))
    told = merge(world)
    with world.session() as session:
        session.add(AssetPair(one_id=min(own - {number}), other_id=beside, school_id=key(session, SIBLING), score=30))
        session.commit()
        pair = session.exec(select(AssetPair.id).where(AssetPair.other_id == beside)).all()[-1]
    assert world.as_admin("POST", f"/api/v1/asset-pairs/{pair}/join").status_code == 200
    new, _, _ = tell(world, "glpi", SIBLING, NEW, NOON + DAY)
    with world.session() as session:
        room = session.exec(select(Room).where(Room.code == f"A101-{OWN}")).one()
        asset = session.get(Asset, new)
        assert asset is not None
        asset.room_id = room.id
        session.commit()
    answer = done(post(world, f"/assets/transfers/{told['id']}/undo"))
    assert "1 machine stayed" in shown(get(world, answer))
    assert set(machines(world, OWN)) == own - {min(own - {number})}
    assert machines(world, SIBLING)[new] == ""  # the room went back to the other school


def test_only_two_real_schools_of_ones_own_part_and_one_heir_at_a_time(sqlite_world: World) -> None:
    world, operator = sqlite_world, Person("operator", "commune", HERE)
    url = f"/api/v1/schools/{OWN}/asset-transfers"
    assert world.call(operator, "POST", url, json={"target": STRANGER}).status_code == 404
    assert world.call(Person("operator", "school", OWN), "POST", url, json={"target": SIBLING}).status_code == 404
    assert world.call(HEAD, "POST", url, json={"target": SIBLING}).status_code == 403
    assert "another school" in merge(world, OWN, OWN, 409)["detail"]
    page = f"/schools/{OWN}/assets/transfer"
    assert "no school" in errors(post(world, page, {"school": "NOT-THERE"}).text)["school"]
    assert errors(post(world, page, {"school": ""}).text)["school"] == "please fill this in"
    assert done(post(world, page, {"school": SIBLING}, operator)) == page
    assert SIBLING in shown(get(world, page, operator))
    assert "neither machines" in merge(world, OWN, SIBLING, 409)["detail"]
    assert "already" in merge(world, OWN, STRANGER, 409)["detail"]
    assert "went on" in merge(world, STRANGER, OWN, 409)["detail"]
    second = merge(world, SIBLING, STRANGER)
    with world.session() as session:
        first = session.exec(select(AssetTransfer.id).where(AssetTransfer.by == operator.login)).one()
    refused = post(world, f"/assets/transfers/{first}/undo")
    assert (refused.status_code, "went on" in shown(refused.text)) == (409, True)
    assert world.call(operator, "POST", f"/api/v1/asset-transfers/{second['id']}/undo").status_code == 404
    with world.session() as session:
        sample = session.exec(select(School).where(School.code == STRANGER)).one()
        sample.is_sample = True
        session.commit()
    assert "mix" in merge(world, STRANGER, OWN, 409)["detail"]


def test_a_merged_school_can_be_removed_and_its_machines_keep_their_past(sqlite_world: World) -> None:
    world = sqlite_world
    made = {"code": "82999", "name": "Trường TH Gáo Giồng", "commune_code": HERE}
    assert world.as_admin("POST", "/api/v1/schools", json=made).status_code == 201
    number, _, _ = tell(world, "glpi", "82999", PC, NOON - DAY)
    assert world.as_admin("DELETE", "/api/v1/schools/82999").status_code == 409
    merge(world, "82999", SIBLING)
    assert world.as_admin("PATCH", f"/api/v1/schools/{SIBLING}", json={"commune_code": "29002"}).status_code == 200
    assert world.as_admin("DELETE", "/api/v1/schools/82999").status_code == 204
    history = shown(get(world, f"/assets/{number}", HEAD))
    assert history.count("First seen") == 2  # in its past, and among its facts
    assert "82999" in history
    listed = world.as_admin("GET", f"/api/v1/schools/{SIBLING}/asset-transfers").json()
    assert {one["source"] for one in listed} == {SIBLING}
