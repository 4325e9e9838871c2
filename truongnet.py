"""The console command ``truongnet``: hands over to agent, check or controller, importing only the one asked for.

It stands outside both packages, because a school's box has no controller's libraries and the agent imports nobody.
"""

from __future__ import annotations

import sys


def main() -> int:
    if sys.argv[1:2] == ["agent"]:
        from agent.__main__ import main as agent_main

        return agent_main(sys.argv[2:])
    if sys.argv[1:2] == ["verify"]:  # on any machine: neither settings nor a database nor the web stack
        from controller.evidence.check import main as verify_main

        return verify_main(sys.argv[2:])
    from controller.cli import main as controller_main

    return controller_main(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
