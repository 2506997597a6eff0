"""Faults by hand: one line asks, one line answers, at a terminal or on a port of the loopback."""

import asyncio
import logging
import shlex
from typing import Any

from market.errors import BadRequest, SetupError, TruetickError
from simulator.faults.board import Board
from simulator.faults.registry import KINDS, kind_of, usage, written
from simulator.faults.script import Step, step
from simulator.gateway.server import Gateway

log = logging.getLogger("truetick.simulator")

HELP = "a fault's words, e.g. stalled symbol=AAPL for=20s; end [NAME]; list; clients; help [NAME]; faults: "


class Control:
    """Understands commands in the words of scripts: ``stalled symbol=AAPL for=20s``, ``end stalled``."""

    def __init__(self, gateway: Gateway, board: Board) -> None:
        self._gateway = gateway
        self._board = board

    def answer(self, line: str) -> str:
        """Do what a line says and answer with one line, which begins with ``ok`` or ``error``."""
        try:
            return f"ok {self._do(shlex.split(line))}".rstrip()
        except (TruetickError, ValueError) as problem:
            return f"error {problem}"

    def _do(self, words: list[str]) -> str:
        match words:
            case []:
                return ""
            case ["help"]:
                return HELP + " ".join(KINDS)
            case ["help", name]:
                return f"{usage(kind_of(name))} -- {kind_of(name).help()}"
            case ["list"]:
                return ", ".join(written(each.fault) for each in self._board.running) or "no fault is on"
            case ["clients"]:
                return " ".join(str(each) for each in sorted(self._gateway.services.clients)) or "nobody"
            case ["end", *names]:
                return self._end(names)
            case [name, *arguments]:
                return self._begin(name, arguments)
        raise AssertionError(words)

    def _begin(self, name: str, arguments: list[str]) -> str:
        kind_of(name)
        found = step({"fault": name, **_named(name, arguments)})
        if found.at:
            self._board.play([found])
            return f"{name} begins in {found.at:g} s"
        self._board.begin(found)
        return f"{name} begins{_until(found)}"

    def _end(self, names: list[str]) -> str:
        for name in names:
            kind_of(name)
        ended = sum(self._board.end(name) for name in names or [""])
        return f"{ended} ended"


def _until(found: Step) -> str:
    return "" if found.lasts is None else f", ends in {found.lasts:g} s"


def _named(name: str, arguments: list[str]) -> dict[str, Any]:
    pairs = {}
    for each in arguments:
        word, separator, value = each.partition("=")
        if not separator:
            raise BadRequest(f"{each!r} has no '='; it is written: {usage(kind_of(name))} [for=20s]")
        pairs[word] = value
    return pairs


async def serve(control: Control, port: int) -> asyncio.Server:
    """Take commands on a port of the loopback; raise `SetupError` when it cannot be had."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(f"{control.answer(line.decode(errors='replace'))}\n".encode())
                await writer.drain()
        except (ConnectionError, ValueError) as problem:
            log.info("the control port's client is gone: %s", problem)
        finally:
            writer.close()

    try:
        return await asyncio.start_server(talk, "127.0.0.1", port)
    except OSError as problem:
        raise SetupError(
            f"cannot listen on control port {port}: {problem.strerror}; choose another"
        ) from None
