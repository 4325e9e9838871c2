"""``truongnet …``: the controller's commands. Every command opens what it needs itself; nothing is opened at import."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from controller.commands.common import CommandError
from controller.config import Settings, SettingsError, load
from controller.keyfiles import KeyFileError
from controller.migrate import SchemaError

Command = Callable[[Settings, argparse.Namespace], int]


def parser() -> argparse.ArgumentParser:
    from controller.commands import agents, data, evidence, keys, measure, monitoring, others, samples, server

    top = argparse.ArgumentParser(
        prog="truongnet", description="Mạng trường học của tỉnh / a province's school network"
    )
    top.add_argument("--config", type=Path, help="tệp cài đặt TOML / settings file")
    top.add_argument("--data-dir", type=Path, help="thư mục dữ liệu / data directory")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="LỆNH/COMMAND")
    for group in (server, agents, measure, keys, data, evidence, monitoring, samples, others):
        group.add(verbs)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code: 0 done, 1 could not, 2 wrong use."""
    arguments = parser().parse_args(argv)
    try:
        overrides = arguments.overrides(arguments) if "overrides" in arguments else {}
        settings = load(arguments.config, data_dir=arguments.data_dir, **overrides)
        command: Command = arguments.command
        return command(settings, arguments)
    except SettingsError as error:
        print(f"truongnet: cài đặt sai / wrong setting: {error}", file=sys.stderr)
        return 1
    except KeyFileError as error:
        print(f"truongnet: khóa của tỉnh / the province's keys: {error}", file=sys.stderr)
        return 1
    except (CommandError, SchemaError) as error:
        print(f"truongnet: {error}", file=sys.stderr)
        return 1
    except PermissionError as error:
        print(f"truongnet: không có quyền với {error.filename} / no right to {error.filename}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
