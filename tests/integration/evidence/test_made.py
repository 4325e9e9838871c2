"""What an evidence file holds, on each kind of database: all that is sealed, what no longer is, both told apart."""

from __future__ import annotations

import datetime as dt
import time
from zoneinfo import ZoneInfo

import orjson
import pytest
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable
from sqlmodel import select

from controller import audit as audit_log
from controller import retention
from controller.config import Settings
from controller.evidence import acceptance, container, parts
from controller.evidence.report import front, layout
from controller.evidence.verify import verify
from controller.tables import Audit, Hour, Link, Maintenance, Measurement, SealedBatch
from tests.integration.evidence import made
from tests.integration.evidence.made import DAY, Province

HOUR = 3_600.0


def file_of(province: Province, days: int = 2) -> tuple[bytes, float]:
    made.with_contract(province)
    box, start = made.accepted(province), province.clock() - 60
    made.speak(province, box, days=days)
    return made.make(province, start, province.clock()), start


def load(data: bytes, part: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = orjson.loads(made.content(data)[part])
    return found


def test_all_that_the_tables_have_is_in_the_file_with_the_same_times_and_is_proven(province: Province) -> None:
    data, _ = file_of(province)
    checked = verify(data, [made.fingerprint(province)])
    assert checked.findings == []
    assert checked.facts["unsealed"] == 0
    results, windows = load(data, "results.json"), load(data, "windows.json")
    with province.session() as session:
        tests = session.exec(select(Measurement).where(Measurement.probe == "speed").order_by("at")).all()
        hours = session.exec(select(Hour).order_by("hour_at")).all()
    assert [(one["at"], one["down_bps"], one["is_valid"]) for one in results] == [
        (round(one.at, 3), one.down_bps, one.is_valid) for one in tests
    ]
    kept = sorted(window["at"] for hour in hours for window in hour.windows)
    assert sorted(float(str(window["at"])) for window in windows) == kept
    assert len(windows) == 2 * 24 * 4 * 2
    assert len(load(data, "states.json")) == 4
    assert len(load(data, "raw.json")) == 2


def test_the_same_data_at_the_same_moment_give_the_same_bytes(province: Province) -> None:
    data, start = file_of(province, days=1)
    time.sleep(1.1)  # this machine's own clock, in whole seconds as a PDF writes it
    assert made.make(province, start, province.clock()) == data


def test_only_what_lies_in_the_period_is_there(province: Province) -> None:
    _, start = file_of(province, days=2)
    data = made.make(province, start + DAY / 2, start + DAY)
    assert verify(data, [made.fingerprint(province)]).findings == []
    for part in ("results.json", "windows.json", "states.json"):
        assert all(start + DAY / 2 <= float(str(one["at"])) < start + DAY for one in load(data, part))
    assert len(load(data, "windows.json")) == 12 * 4 * 2


def test_the_verdict_counts_valid_tests_alone_and_names_the_others(province: Province) -> None:
    data, _ = file_of(province)
    verdict = orjson.loads(made.content(data)["verdict.json"])
    coverage = orjson.loads(made.content(data)["coverage.json"])
    assert verdict["tests"] == 8
    assert verdict["basis"] == {"tests": 8, "tests_sealed": 8, "windows": 192, "windows_sealed": 192}
    assert verdict["is_proven"]
    assert sorted(tuple(one["why"]) for one in coverage["excluded"]) == [
        ("failed", "server-unreachable"),
        ("failed", "server-unreachable"),
        ("wifi",),
        ("wifi",),
    ]
    assert len(coverage["thinned"]) == 2
    assert coverage["states_without_raw"] == []
    assert [one["left_out"] for one in coverage["numbers"]] == [2], "each day's batch that holds devices alone"


def test_a_second_box_decides_nothing_and_is_named(province: Province) -> None:
    first = made.accepted(province)
    made.with_contract(province)
    second = made.accepted(province)
    start = province.clock.now
    made.speak(province, first, 1)
    now = province.clock.now
    slow = second.speed(now - 60, down=1e6, up=1e6, mode="full", interface={"medium": "wire"})
    province.exchange(second, second.batch(now, [slow]))
    data = made.make(province, start, now + 1)
    statement, verdict, coverage = (
        orjson.loads(made.content(data)[part]) for part in ("statement.json", "verdict.json", "coverage.json")
    )
    assert statement["main"] == [first.id]
    assert (verdict["tests"], verdict["clauses"][0]["all"]["n"]) == (4, 4)
    assert ["other-box"] in [one["why"] for one in coverage["excluded"]]
    assert verify(data, [made.fingerprint(province)]).findings == []


def test_a_batch_that_holds_devices_alone_stays_out_of_the_file(province: Province) -> None:
    data, _ = file_of(province)
    assert b"b8:27:eb" not in b"".join(made.content(data).values())
    assert orjson.loads(made.content(data)["coverage.json"])["batches_with_devices"] == 0


def test_windows_whose_envelopes_were_emptied_are_said_to_have_no_seal(province: Province, settings: Settings) -> None:
    _, start = file_of(province, days=2)
    end = province.clock()
    with province.session() as session:
        cut = start + DAY
        for row in session.exec(select(SealedBatch).where(SealedBatch.received_at < cut)):
            if not row.is_evidence:
                row.envelope = b""
                session.add(row)
        session.commit()
    data = made.make(province, start, end)
    checked = verify(data, [made.fingerprint(province)])
    assert checked.findings == []
    coverage = orjson.loads(made.content(data)["coverage.json"])
    lost = coverage["seals"]["windows"]["records"] - coverage["seals"]["windows"]["sealed"]
    assert lost == checked.facts["unsealed"]
    assert 180 <= lost <= 192
    assert coverage["seals"]["results"]["sealed"] == coverage["seals"]["results"]["records"]
    assert not orjson.loads(made.content(data)["verdict.json"])["is_proven"]


def test_everything_of_the_last_ninety_days_keeps_its_seal(province: Province, settings: Settings) -> None:
    _, start = file_of(province, days=1)
    end = province.clock()
    province.clock.now = start + 89 * DAY
    retention.remove_old(province.services.engine, settings, province.clock())
    data = made.make(province, start, end)
    assert verify(data, [made.fingerprint(province)]).facts["unsealed"] == 0


def test_a_box_whose_clock_is_years_off_gives_the_provinces_times_and_the_file_says_so(province: Province) -> None:
    box = made.accepted(province)
    box.wall_error = -9 * 365 * DAY
    start = province.clock() - 60
    made.speak(province, box, days=1)
    data = made.make(province, start, province.clock())
    assert verify(data, [made.fingerprint(province)]).findings == []
    coverage = orjson.loads(made.content(data)["coverage.json"])
    assert coverage["clocks"][0]["is_off"]
    assert all(float(str(one["at"])) >= start for one in load(data, "windows.json"))


def test_a_batch_from_before_clocks_were_kept_is_placed_by_what_the_box_told(province: Province) -> None:
    data, start = file_of(province, days=1)
    with province.session() as session:
        for row in session.exec(select(SealedBatch)):
            row.clock = {}
            session.add(row)
        session.commit()
    again = made.make(province, start, province.clock())
    checked = verify(again, [made.fingerprint(province)])
    assert checked.findings == []
    assert checked.facts["unsealed"] == 0
    assert len(load(again, "windows.json")) == len(load(data, "windows.json"))


def test_a_school_without_a_contract_or_a_word_gives_a_file_that_says_so(province: Province) -> None:
    end = province.clock()
    data = made.make(province, end - 5 * DAY, end)
    assert verify(data, [made.fingerprint(province)]).findings == []
    assert orjson.loads(made.content(data)["verdict.json"])["verdict"] == "not-promised"
    coverage = orjson.loads(made.content(data)["coverage.json"])
    assert coverage["missing_seconds"] == pytest.approx(5 * DAY)


@pytest.mark.parametrize("days_after", [None, -2, 1])
def test_a_contract_written_after_the_period_began_is_said_to_be_so(
    province: Province, monkeypatch: pytest.MonkeyPatch, days_after: int | None
) -> None:
    made.with_contract(province)
    start, written = province.clock(), list[str]()

    def pairs(rows: list[tuple[str, str]]) -> Flowable:
        written.extend(value for _, value in rows)
        return layout.pairs(rows)

    monkeypatch.setattr(front, "pairs", pairs)
    with province.session() as session:
        link = session.exec(select(Link)).one()
        link.changed_at = 0.0 if days_after is None else start + days_after * DAY
        session.add(link)
        session.commit()
    data = made.make(province, start, start + DAY / 2)
    assert verify(data, [made.fingerprint(province)]).findings == []
    contract = orjson.loads(made.content(data)["statement.json"])["contract"]
    assert contract["is_later"] is (days_after == 1)
    assert ("contract as entered on" in " ".join(written)) is (days_after == 1)


def test_the_hash_of_an_audit_row_is_computed_as_the_audit_log_does(province: Province) -> None:
    made.accepted(province)
    with province.session() as session:
        row = session.exec(select(Audit)).all()[-1]
        said = {name: getattr(row, name) for name in acceptance.HASHED}
        assert acceptance.digest(said) == audit_log.digest(row) == row.hash


def test_any_program_opens_the_file(province: Province) -> None:
    import io
    import zipfile

    data, _ = file_of(province, days=1)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [part.name for part in container.read(data)]
        assert archive.read(parts.PDF).startswith(b"%PDF-")


def test_planned_work_is_named_apart_from_the_contracts_own_maintenance_and_proven(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The contract leaves an hour out, and the work half an hour before and after it as well."""
    made.with_contract(province)
    zone, start = ZoneInfo("Asia/Ho_Chi_Minh"), province.clock()
    own, planned = start + 6 * HOUR, (start + 5.5 * HOUR, start + 7.5 * HOUR)
    excluded = [dt.datetime.fromtimestamp(at, zone).strftime("%Y-%m-%dT%H:%M") for at in (own, own + HOUR)]
    written: list[str] = []  # what the PDF's first page says

    def text(said: str, style: ParagraphStyle) -> Flowable:
        written.append(said)
        return layout.text(said, style)

    monkeypatch.setattr(front, "text", text)
    with province.session() as session:
        link = session.exec(select(Link)).one()
        link.excluded = [excluded]
        work = Maintenance(scope_kind="school", scope_id=made.CODE, starts_at=planned[0], ends_at=planned[1])
        session.add_all([link, work])
        session.commit()
    made.speak(province, made.accepted(province), days=1)
    data = made.make(province, start, province.clock())
    checked = verify(data, [made.fingerprint(province)])
    assert (checked.findings, checked.is_good) == ([], True)
    content = made.content(data)
    contract = orjson.loads(content["statement.json"])["contract"]
    assert len(contract["planned_work"]) == 1
    assert contract["promise"]["excluded"] == [excluded, *contract["planned_work"]]
    assert orjson.loads(content["verdict.json"])["time"]["excluded"] == pytest.approx(2 * HOUR, abs=1)
    assert "loại theo hợp đồng 1 giờ, loại vì công việc có kế hoạch 1 giờ" in " ".join(written)
    assert "60 minutes of planned work are left out" in " ".join(written)
