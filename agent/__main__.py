"""``truongnet agent …``: join, run, once, list, status, journal."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from agent.config import Config, ConfigError, load
from agent.say import Speaker, language

Command = Callable[[argparse.Namespace, Config, Speaker], int]

WELL, TROUBLE, USAGE, RESTART = 0, 1, 2, 75


class Parser(argparse.ArgumentParser):
    """argparse with its few words in the person's language."""

    say: Speaker

    @classmethod
    def of(cls, say: Speaker, prog: str, description: str) -> Parser:
        parser = cls(prog=prog, description=description, add_help=False)
        parser.say = say
        parser.add_argument("-h", "--help", action="help", help=say("help"))
        parser._optionals.title, parser._positionals.title = say("options"), say("arguments")
        return parser

    def format_usage(self) -> str:
        return super().format_usage().replace("usage: ", self.say("usage"), 1)

    def format_help(self) -> str:
        return super().format_help().replace("usage: ", self.say("usage"), 1)

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{self.format_usage()}{self.prog}: {message}\n")


def _parser(say: Speaker) -> Parser:
    parser = Parser.of(say, "truongnet agent", say("about"))
    parser.add_argument("--lang", choices=("vi", "en"), help=say("help.lang"))
    parser.add_argument("--config", type=Path, help=say("help.config"))
    parser.add_argument("--state-dir", type=Path, help=say("help.state_dir"))
    commands = parser.add_subparsers(title=say("commands"), dest="command", required=True, metavar=say("command"))

    def command(name: str, run: Command) -> Parser:
        made: Parser = commands.add_parser(name, help=say(f"help.{name}"), add_help=False)
        made.say, made.description = say, say(f"help.{name}")
        made._optionals.title, made._positionals.title = say("options"), say("arguments")
        made.add_argument("-h", "--help", action="help", help=say("help"))
        made.add_argument("--lang", choices=("vi", "en"), default=argparse.SUPPRESS, help=say("help.lang"))
        made.set_defaults(run=run)
        return made

    join = command("join", _join)
    join.add_argument("code", metavar="CODE", help=say("help.code"))
    join.add_argument("--ca", type=Path, help=say("help.ca"))
    join.add_argument("--again", action="store_true", help=say("help.again"))
    join.add_argument("--wait", type=float, default=0.0, help=say("help.wait"))
    command("run", _run)
    once = command("once", _once)
    once.add_argument("probe", metavar="PROBE", help=say("help.probe"))
    once.add_argument("--leave", metavar="FILE", help=say("help.leave"))
    once.add_argument("--json", action="store_true", help=say("help.json"))
    once.add_argument("--child", type=float, help=argparse.SUPPRESS)
    command("list", _list)
    status = command("status", _status)
    status.add_argument("--json", action="store_true", help=say("help.json"))
    journal = command("journal", _journal)
    journal.add_argument("-n", type=int, default=20, help=say("help.number"))
    journal.add_argument("--json", action="store_true", help=say("help.json"))
    return parser


def _asked_language(argv: Sequence[str]) -> str | None:
    """``--lang`` before the parser exists, since its own texts are in that language."""
    for place, word in enumerate(argv):
        if word == "--lang" and place + 1 < len(argv):
            return argv[place + 1]
        if word.startswith("--lang="):
            return word[7:]
    return None


def main(argv: Sequence[str]) -> int:
    """Run one command. 0: well; 1: something needs doing; 2: wrong usage; 75: start again."""
    asked = _asked_language(argv)
    say = Speaker(language(asked))
    try:
        arguments = _parser(say).parse_args(list(argv))
    except SystemExit as end:
        return int(end.code or 0)
    try:
        config = load(arguments.config, lang=asked, state_dir=arguments.state_dir)
        if not asked:
            say = Speaker(config.lang)
        command: Command = arguments.run
        return command(arguments, config, say)
    except ConfigError as error:
        _complain(say("config", why=error))
        return USAGE
    except PermissionError as error:
        _complain(say("denied", path=error.filename or ""))
        return TROUBLE
    except BrokenPipeError:  # the reader had enough, such as `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return WELL
    except KeyboardInterrupt:
        return TROUBLE


def _complain(text: str) -> None:
    print(text, file=sys.stderr)


def _join(arguments: argparse.Namespace, config: Config, say: Speaker) -> int:
    from agent.joining import join

    return join(arguments.code, config, say, ca=arguments.ca, again=arguments.again, wait=arguments.wait)


def _run(_arguments: argparse.Namespace, config: Config, say: Speaker) -> int:
    from agent.service import serve

    return serve(config, say)


def _once(arguments: argparse.Namespace, config: Config, say: Speaker) -> int:
    from agent import once

    if arguments.child is not None:
        return once.as_child(arguments.probe, arguments.child)
    return once.by_hand(arguments.probe, config, say, leave=arguments.leave, as_json=arguments.json)


def _list(_arguments: argparse.Namespace, config: Config, say: Speaker) -> int:
    from agent.probes import PROBES

    head = "{:8} {:>9} {:>8}  {}"
    print(head.format(say("list.name"), say("list.every"), say("list.deadline"), say("list.what")))
    for name, (_module, every, deadline) in PROBES.items():
        every = float(config.probes.get(name, {}).get("every", every))
        what = say(f"probe.{name}") if f"probe.{name}" in say.keys else ""
        print(head.format(name, say.ago(every), say.ago(deadline), what))
    return WELL


def _status(arguments: argparse.Namespace, config: Config, say: Speaker) -> int:
    from agent import identity, status
    from agent.encode import to_json

    try:
        known = identity.load(config.state_dir)
    except identity.IdentityError as error:
        _complain(say("identity", why=error))
        return TROUBLE
    if arguments.json:
        print(to_json(status.as_json(config, known)).decode())
        return WELL
    lines, well = status.report(config, known, say)
    print("\n".join(lines))
    return WELL if well else TROUBLE


def _journal(arguments: argparse.Namespace, config: Config, say: Speaker) -> int:
    from agent import journal

    return journal.show(config.state_dir, max(arguments.n, 1), say, as_json=arguments.json)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
