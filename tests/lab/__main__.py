"""``python -m tests.lab``: five schools and their province, left running for a person to play with, until Ctrl-C.

The prompt takes: ``cut N``, ``mend N``, ``hours N`` (let hours pass by), ``shell N`` (a shell on a school's host, 0: on
the province's), ``kill N`` (the agent, with -9), ``quit``.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from types import FrameType

from tests.lab.hosts import Host
from tests.lab.lab import BOX, LINES, Lab
from tests.lab.network import Line

FIFTH = Line(down=10, up=2)
HELP = """\
  cut N | mend N   cắt / nối lại đường truyền của trường N / cut or mend the line of school N
  hours N          cho N giờ trôi qua / let N hours pass by
  kill N           kết thúc agent bằng kill -9 / kill -9 the agent of school N
  shell N          vào máy của trường N (0: máy tỉnh) / a shell on the host of school N (0: the province)
  quit             kết thúc, dọn sạch / end, and take everything away
"""


def welcome(lab: Lab) -> None:
    print(f"\nTrang web / pages:  {lab.api.url}   (chứng thư của CA tỉnh / certificate of the province's own CA)")
    print(f"Tài khoản / account: admin   Mật khẩu / password: {lab.password}")
    print(f"CA: {lab.work / 'ca.pem'}\n")
    for school in lab.schools:
        down, up = school.line.down, school.line.up
        print(f"  {school.number}  {school.code}  {school.name:32} {down:5g} / {up:g} Mbit/s")
    print(f"\n{HELP}")


def obey(lab: Lab, words: list[str]) -> None:
    verb, number = words[0], int(words[1]) if len(words) > 1 else 0
    if verb == "hours":
        lab.clock.pass_by(number * 3600.0)
        return
    if not 0 <= number <= len(lab.schools):
        raise ValueError(number)
    host: Host = lab.schools[number - 1].host if number else lab.province
    if verb == "shell":
        subprocess.run(host.argv(["bash", "-l"]), check=False)
    elif verb in ("cut", "mend") and number:
        lab.network.cut(number, is_cut=verb == "cut")
    elif verb == "kill" and number:
        host.run("kill", "-9", host.pid_of(BOX))
    else:
        raise ValueError(verb)


def interrupted(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    if os.geteuid() != 0:
        print("cần quyền root / needs root: sudo make lab", file=sys.stderr)
        return 1
    for number in (signal.SIGINT, signal.SIGTERM):  # the first, too: who starts it in the background may ignore it
        signal.signal(number, interrupted)
    try:
        print("Đang dựng 5 trường / making five schools …", flush=True)
        with Lab((*LINES, FIFTH)) as lab:
            (lab.work / "ca.pem").write_text(lab.root)
            for school in lab.schools:
                lab.join(school)
            welcome(lab)
            while True:
                words = input("lab> ").split() if sys.stdin.isatty() else [wait()]
                if words == ["quit"]:
                    return 0
                try:
                    if words:
                        obey(lab, words)
                except (ValueError, RuntimeError) as error:
                    print(f"? {error}\n{HELP}")
    except (KeyboardInterrupt, EOFError):
        return 0


def wait() -> str:
    """Without a terminal it runs until it is told to end."""
    signal.pause()
    return ""


if __name__ == "__main__":
    sys.exit(main())
