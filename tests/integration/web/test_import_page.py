"""Import on the pages: a file is checked first, faults are told by row and column, and it is written whole or not."""

from __future__ import annotations

import re
import threading

import pytest
from sqlmodel import col, select

from controller.samples import work as samples
from controller.tables import Audit, School, User
from controller.web.work import AT_ONCE, KEEP_SECONDS, Works
from tests.integration.api.world import ADMIN, HERE, Person, World
from tests.integration.web.forms import done, errors, get, post, shown

HEAD = "Mã trường;Tên trường;Xã/phường;Học sinh"
GOOD = f"{HEAD}\n82901;Trường Tiểu học Sen Hồng;Phường Cao Lãnh;1.234\n82902;Trường Mầm non Hoa Cau;Xã Mỹ Thọ;\n"
BAD = f"{HEAD}\n82901;Trường Tiểu học Sen Hồng;Phường Cao Lãnh;nhiều\n;=1+1;Xã Không Có;5\n"


def works_of(world: World) -> Works:
    works: Works = world.app.state.works
    return works


def send(world: World, data: str | bytes, name: str = "truong.csv", person: Person = ADMIN) -> str:
    """Upload, and where that leads once it was checked."""
    content = data.encode() if isinstance(data, str) else data
    url = done(post(world, "/import", person=person, files={"file": (name, content)}))
    works_of(world).wait(60)
    return url


def schools(world: World) -> list[str]:
    with world.session() as session:
        found = select(School.code).where(col(School.code).startswith("829")).order_by(col(School.code))
        return list(session.exec(found))


def test_a_good_file_is_previewed_then_written_by_one_press(world: World) -> None:
    url = send(world, GOOD)
    page = get(world, url)
    assert "Nothing has been written yet." in shown(page)
    assert "Apply 2 rows" in shown(page)
    assert re.search(r"Schools? 2 0 0 0", shown(page)), shown(page)
    assert schools(world) == []
    assert done(post(world, f"{url}/apply")) == url
    works_of(world).wait(60)
    assert "truong.csv was imported" in shown(get(world, url))
    assert schools(world) == ["82901", "82902"]
    with world.session() as session:
        assert session.exec(select(Audit.action).where(Audit.actor == ADMIN.login)).first() == "school.import"
        assert session.exec(select(School.pupils).where(School.code == "82901")).one() == 1234


def test_the_same_file_again_changes_nothing_and_offers_nothing_to_press(sqlite_world: World) -> None:
    url = send(sqlite_world, GOOD)
    done(post(sqlite_world, f"{url}/apply"))
    works_of(sqlite_world).wait(60)
    again = get(sqlite_world, send(sqlite_world, GOOD))
    assert "Everything in the file is there already" in shown(again)
    assert "/apply" not in again


def test_faults_are_told_by_row_and_column_and_nothing_can_be_written(world: World) -> None:
    url = send(world, BAD)
    page = get(world, url)
    text = shown(page)
    assert "things must be corrected" in text
    assert re.search(r"2 Học sinh nhiều must be a number", text), text
    assert re.search(r"3 Xã/phường Xã Không Có", text), text
    assert "/apply" not in page
    assert done(post(world, f"{url}/apply")) == url  # someone who presses it all the same
    works_of(world).wait(60)
    assert "No row was written." in shown(get(world, url))
    assert schools(world) == []


def test_the_faults_can_be_taken_along_as_a_csv_without_formulas(sqlite_world: World) -> None:
    data = f"{HEAD}\n82901;Trường A;=HYPERLINK(1);5\n"
    answer = sqlite_world.as_admin("GET", f"{send(sqlite_world, data)}/errors.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "Row,Column" in answer.text
    assert ",Xã/phường,'=HYPERLINK(1)," in answer.text


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"%PDF-1.7 ...", "truong.xlsx", "This is a PDF"),
        (b"", "truong.csv", "The file is empty"),
        (b"PK\x03\x04broken", "truong.xlsx", "damaged"),
        (b"x;y\n1;2\n", "truong.csv", "must be corrected"),
    ],
)
def test_a_file_that_is_none_is_answered_in_plain_words(sqlite_world: World, data: bytes, name: str, said: str) -> None:
    assert said in shown(get(sqlite_world, send(sqlite_world, data, name)))


def test_no_file_and_one_that_is_too_large_are_refused_at_the_field(sqlite_world: World) -> None:
    assert errors(post(sqlite_world, "/import").text) == {"file": "please fill this in"}
    answer = post(sqlite_world, "/import", files={"file": ("x.csv", b"x" * (10 * 1024 * 1024 + 1))})
    assert answer.status_code == 422
    assert "larger than 10 MB" in errors(answer.text)["file"]
    assert post(sqlite_world, "/import", files={"file": ("x.csv", b"x" * (11 * 1024 * 1024))}).status_code == 413


def test_new_accounts_show_their_passwords_until_they_are_noted(sqlite_world: World) -> None:
    data = "Tên đăng nhập;Họ tên;Vai trò;Phạm vi\nlan.vo;Võ Ngọc Lan;Kiểm toán;toàn tỉnh\n"
    url = send(sqlite_world, data, "tai-khoan.csv")
    page = get(sqlite_world, url)
    assert f"{url}/apply" in page, shown(page)
    done(post(sqlite_world, f"{url}/apply"))
    works_of(sqlite_world).wait(60)
    password = re.search(r"lan\.vo ([a-z0-9]{5}(?:-[a-z0-9]{5}){3})", shown(get(sqlite_world, url)))
    assert password
    assert f"lan.vo,{password[1]}" in sqlite_world.as_admin("GET", f"{url}/passwords.csv").text
    signed_in = sqlite_world.client.post("/api/v1/login", json={"login": "lan.vo", "password": password[1]})
    assert signed_in.status_code == 200
    done(post(sqlite_world, f"{url}/forget"))
    assert sqlite_world.as_admin("GET", url, headers={"Accept": "text/html"}).status_code == 404
    with sqlite_world.session() as session:
        assert session.exec(select(User.name).where(User.login == "lan.vo")).one() == "Võ Ngọc Lan"


def test_nobody_sees_anothers_file_and_none_stays_longer_than_an_hour(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = send(sqlite_world, GOOD)
    for deed in ("GET", "POST"):
        path = url if deed == "GET" else f"{url}/apply"
        assert sqlite_world.call(Person("operator", "province"), deed, path).status_code == 404
    works = works_of(sqlite_world)
    folder = works.folder(url.rpartition("/")[2])
    assert (folder / "upload").stat().st_mode & 0o077 == 0
    later = (folder / "state.json").stat().st_mtime + KEEP_SECONDS + 60
    monkeypatch.setattr("controller.web.work.time.time", lambda: later)
    assert sqlite_world.as_admin("GET", url).status_code == 404
    assert not folder.exists()


def test_an_operator_of_a_commune_imports_only_there(sqlite_world: World) -> None:
    officer = Person("operator", "commune", HERE)
    url = send(sqlite_world, GOOD, person=officer)
    text = shown(sqlite_world.call(officer, "GET", url, headers={"Accept": "text/html"}).text)
    assert "this commune lies outside your part" in text


def test_work_that_fails_or_is_cut_off_says_that_nothing_was_written(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("of ours")

    monkeypatch.setattr("controller.web.read.imports.preview", fail)
    text = shown(get(sqlite_world, send(sqlite_world, GOOD)))
    assert "The server failed while doing this. No row was written." in text


def test_a_page_of_running_work_asks_again_by_itself_and_one_whose_process_died_says_so(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = send(sqlite_world, GOOD)
    works, number = works_of(sqlite_world), url.rpartition("/")[2]
    state = works.folder(number) / "state.json"
    state.write_text(state.read_text().replace('"state":"done"', '"state":"running"'))
    page = get(sqlite_world, url)
    assert 'hx-trigger="every 1s"' in page
    assert "Checking truong.csv" in shown(page)
    later = state.stat().st_mtime + 120
    monkeypatch.setattr("controller.web.work.time.time", lambda: later)
    assert "The server stopped half-way." in shown(get(sqlite_world, url))


def test_the_sample_province_is_asked_for_and_taken_back_on_a_page(sqlite_world: World) -> None:
    world = sqlite_world
    assert "Load the sample province" in get(world, "/samples")
    assert done(post(world, "/samples/load", {"what": "pilot"})) == "/samples"
    page = get(world, "/samples")
    assert "Loading sample data" in page
    assert 'hx-trigger="every 1s"' in page
    assert done(post(world, "/samples/load")) == "/samples"  # busy: said once, nothing is begun twice
    thread = samples.Worker(world.services).tick(world.clock())
    assert thread is not None
    thread.join(60)
    assert "There are 5 sample schools" in shown(get(world, "/samples"))
    done(post(world, "/samples/remove"))
    thread = samples.Worker(world.services).tick(world.clock())
    assert thread is not None
    thread.join(60)
    assert "Load the sample province" in get(world, "/samples")


def test_only_a_few_files_are_read_at_once_and_the_next_one_is_not_kept(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    monkeypatch.setattr("controller.web.pages.imports.QUICK", 0.0)
    monkeypatch.setattr("controller.web.read.imports.check", lambda *_: {"waited": go.wait(60)})
    urls = [done(post(sqlite_world, "/import", files={"file": ("a.csv", GOOD.encode())})) for _ in range(AT_ONCE)]
    assert post(sqlite_world, f"{urls[0]}/forget").status_code == 503
    answer = post(sqlite_world, "/import", files={"file": ("a.csv", GOOD.encode())})
    assert answer.status_code == 503
    assert len(list(works_of(sqlite_world).directory.iterdir())) == AT_ONCE
    go.set()
    works_of(sqlite_world).wait(60)
    assert done(post(sqlite_world, f"{urls[0]}/forget")) == "/import"
