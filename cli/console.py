"""Where words go: data to stdout, talk to stderr."""

import sys

import msgspec


def say(text: str) -> None:
    """Tell the user something; never mixed with data."""
    print(text, file=sys.stderr, flush=True)


def emit(line: bytes) -> None:
    """Write one line of data and let it go at once, so that a pipe sees it while the stream runs."""
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def emit_json(value: object) -> None:
    """Write one object as one line of JSON."""
    emit(msgspec.json.encode(value))
