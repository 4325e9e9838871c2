"""A school's line over time: timeline, charts, the figures as tables and as CSV."""

from __future__ import annotations

import re

from tests.integration.api.world import ADMIN, NOON, World
from tests.integration.web.school import PATH, SCHOOL_HEAD, add_test, drawing, get, lasting, put_hours, text_of, window


def test_a_time_without_windows_is_shown_as_no_data_and_never_as_up(sqlite_world: World) -> None:
    put_hours(sqlite_world, [])
    page = get(sqlite_world, f"{PATH}?range=24h")
    assert 'class="tl tl-unknown" x="0.000%" y="0" width="100.000%"' in page
    assert not re.search(r'class="tl tl-up" x="\d', page)
    assert f"No data {lasting(sqlite_world, 86_400)}" in text_of(page)


def test_the_timeline_shows_outages_and_availability_with_its_denominator(sqlite_world: World) -> None:
    start = NOON - 7200
    put_hours(sqlite_world, [window(start + 900 * n, lost=60 if n in (2, 3) else 0) for n in range(8)])
    page = get(sqlite_world, f"{PATH}?range=24h")
    words = text_of(page)
    two_hours = lasting(sqlite_world, 7200)
    assert f"75.0 % of the time with a network, out of {two_hours} that were measured" in words
    assert re.search(r'class="tl tl-down"[^>]*><title>[^<]*24 Nov 2026 10:30 – 11:00 \(30', page)


def test_the_charts_get_windows_by_class_and_gaps_stay_gaps(sqlite_world: World) -> None:
    start = NOON - 7200
    put_hours(sqlite_world, [window(start), window(start, "gateway", lost=60), window(start + 3600)])
    rtt = drawing(get(sqlite_world, f"{PATH}?range=24h"))["rtt"]
    classes = {one["name"]: one for one in rtt["classes"]}
    assert list(classes) == ["gateway", "domestic"]
    assert {value for value in classes["domestic"]["median"] if value is not None} == {12.3}
    assert None in classes["domestic"]["median"]
    assert set(classes["gateway"]["median"]) == {None}
    assert 100.0 in classes["gateway"]["loss"]


def test_the_figures_of_the_charts_can_be_read_as_tables(sqlite_world: World) -> None:
    put_hours(sqlite_world, [window(NOON - 3600), window(NOON - 2700, lost=60)])
    add_test(sqlite_world)
    words = text_of(get(sqlite_world, f"{PATH}/figures?range=24h"))
    assert "12.3 ms / 20.0 ms · 0.0 %" in words
    assert "– · 100.0 %" in words
    assert "93.4 Mbit/s" in words
    assert f"Each row is {lasting(sqlite_world, 300)} long" in words


def test_the_csv_has_every_window_and_no_formula(sqlite_world: World) -> None:
    put_hours(sqlite_world, [window(NOON - 3600), window(NOON - 2700, target="=cmd|x")])
    answer = sqlite_world.call(ADMIN, "GET", f"{PATH}/figures.csv?range=24h")
    lines = answer.text.lstrip("\N{ZERO WIDTH NO-BREAK SPACE}").splitlines()
    assert lines[0].startswith("time,seconds,target,address,tries,lost,min_ms,median_ms")
    assert lines[1] == "2026-11-24T04:00:00+00:00,900.0,domestic:vnix,203.119.8.1,60,0,10.0,12.3,20.0,30.0,1.0"
    assert ",'=cmd|x," in lines[2]
    assert sqlite_world.call(SCHOOL_HEAD, "GET", f"{PATH}/figures.csv").status_code == 403


def test_what_real_use_proved_is_shown_with_its_limits(sqlite_world: World) -> None:
    passive = {"name": "passive_down_bits_per_second", "labels": {"interface": "eth0"}, "p95": 40e6, "max": 87.5e6}
    put_hours(sqlite_world, [window(NOON - 3600), window(NOON - 1800) | passive])
    words = text_of(get(sqlite_world))
    assert "Down as fast as 87.5 Mbit/s for at least 5 seconds" in words
    assert "what other machines use past the box is not seen" in words


def test_the_routers_count_is_told_as_the_whole_schools(sqlite_world: World) -> None:
    passive = {"name": "passive_wan_down_bits_per_second", "labels": {"by": "upnp"}, "p95": 40e6, "max": 61.5e6}
    put_hours(sqlite_world, [window(NOON - 3600), window(NOON - 1800) | passive])
    words = text_of(get(sqlite_world))
    assert "Down as fast as 61.5 Mbit/s for at least 30 seconds" in words
    assert "the traffic of all machines of the school" in words
    assert "past the box" not in words


def test_a_test_that_did_not_see_others_says_so_and_stays_valid(sqlite_world: World) -> None:
    number = add_test(sqlite_world, body={"facts": {"validity": [], "valid": True, "remarks": ["others-unseen"]}})
    said = "whether other machines of the school used the line meanwhile is not known"
    for path in (f"{PATH}/tests/{number}", PATH):
        words = text_of(get(sqlite_world, path))
        assert said in words
        assert "does not speak for the line" not in words
