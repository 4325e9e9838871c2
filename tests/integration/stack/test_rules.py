"""The rules about our own services: promtool runs each in a bad course of events and in one that is good enough.

Also that everything a rule or a dashboard asks for is something that the controller really says, and that the
configuration is what Debian's Prometheus and Alertmanager take.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from controller.alerts.mailserver import MailServer
from controller.stack import files
from tests.integration.stack.cases import CASES

MONITORING = files.SOURCE
RULES = MONITORING / "rules" / "truongnet.yml"
NAMES = re.findall(r"(?m)^ +- alert: (\w+)$", RULES.read_text("utf-8"))
MAIL = MailServer(host="mail.example.vn", login="mang", password="mat-khau", sender="mang@example.vn")


def run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_rule_has_a_case() -> None:
    assert len(NAMES) == len(set(NAMES))
    assert set(NAMES) == set(CASES)


def test_each_rule_fires_when_it_should_and_not_when_all_is_well(tmp_path: Path) -> None:
    tests = []
    for name, case in CASES.items():
        for series, fires in ((case.bad, True), (case.good, False)):
            expected = [{"labels": "{}", "value": 1}] if fires else []
            expr = f'count(ALERTS{{alertname="{name}",alertstate="firing"}})'
            tests.append(
                {
                    "name": f"{name} {'bad' if fires else 'good'}",
                    "interval": "1m",
                    "input_series": [{"series": key, "values": values} for key, values in series.items()],
                    "promql_expr_test": [{"expr": expr, "eval_time": f"{case.minute}m", "exp_samples": expected}],
                }
            )
    file = tmp_path / "rules.test.yml"
    file.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests}))
    assert "SUCCESS" in run("promtool", "test", "rules", str(file))


def test_a_rule_that_does_not_fire_would_be_noticed(tmp_path: Path) -> None:
    test = {"interval": "1m", "input_series": [{"series": 'up{job="truongnet-controller"}', "values": "1x20"}]}
    expr = 'count(ALERTS{alertname="TruongNetControllerDown",alertstate="firing"})'
    test["promql_expr_test"] = [{"expr": expr, "eval_time": "9m", "exp_samples": [{"labels": "{}", "value": 1}]}]
    file = tmp_path / "wrong.yml"
    file.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": [test]}))
    done = subprocess.run(["promtool", "test", "rules", str(file)], capture_output=True, timeout=60, check=False)
    assert done.returncode != 0


def test_what_a_person_reads_is_filled_in(tmp_path: Path) -> None:
    told = {
        "eval_time": "8m",
        "alertname": "TruongNetControllerDown",
        "exp_alerts": [
            {
                "exp_labels": {"severity": "critical", "job": "truongnet-controller", "instance": "tinh:443"},
                "exp_annotations": {
                    "summary": "Máy chủ tinh:443 không trả lời",
                    "summary_en": "The controller tinh:443 does not answer",
                    "description": re.findall(r'description: "(.*)"', RULES.read_text("utf-8"))[0],
                },
            }
        ],
    }
    series = {"series": 'up{job="truongnet-controller",instance="tinh:443"}', "values": "0x20"}
    test = {"interval": "1m", "input_series": [series], "alert_rule_test": [told]}
    file = tmp_path / "told.yml"
    text = json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": [test]}, ensure_ascii=False)
    file.write_text(text, "utf-8")
    run("promtool", "test", "rules", str(file))


def test_every_rule_says_what_and_what_to_do_in_both_languages() -> None:
    text = RULES.read_text("utf-8")
    for key in ("summary", "summary_en", "description"):
        assert len(re.findall(rf'(?m)^ +{key}: ".+"$', text)) == len(NAMES), key
    assert all(" / " in said for said in re.findall(r'description: "(.*)"', text))


@pytest.mark.parametrize("has_people", [False, True])
def test_debians_programs_take_the_configuration(tmp_path: Path, has_people: bool) -> None:
    plan = files.Plan(base_url="https://mang.example.vn", province="82", token="tnt_x", roots_pem="")
    if has_people:
        plan = replace(plan, webhooks=["https://example.vn/x?a=1"], emails=["truc@example.vn"], mail=MAIL)
    made = files.write(plan, tmp_path / "stack")
    assert files.write(plan, tmp_path / "stack") == made, "twice is once"
    run("promtool", "check", "config", "--syntax-only", str(tmp_path / "stack" / "prometheus.yml"))
    run("promtool", "check", "rules", str(tmp_path / "stack" / "rules" / "truongnet.yml"))
    said = run("amtool", "check-config", str(tmp_path / "stack" / "alertmanager.yml"))
    assert "SUCCESS" in said
    text = (tmp_path / "stack" / "alertmanager.yml").read_text("utf-8")
    assert "@" not in text.replace("@example.vn", "")
    assert "mat-khau" not in text, "the password lies in a file of its own"
    for file in made:
        assert file.stat().st_mode & 0o007 == 0, f"{file} is nobody else's"


def test_the_files_are_good_as_they_lie_here() -> None:
    run("amtool", "check-config", str(MONITORING / "alertmanager.yml"))
    for name in ("prometheus", "prometheus-alertmanager", "victoria-metrics"):
        assert name in files.DATA
