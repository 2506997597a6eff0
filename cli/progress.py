"""Progress bars on a terminal; a log file is spared."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Draw = Callable[[float], None]
"""Takes the share that is done, from 0 to 1."""


@contextmanager
def progress_bars() -> Iterator[Callable[[str], Draw]]:
    """Give what makes a bar with a name, drawn with the time that is left; a full one goes."""
    if not sys.stderr.isatty():
        yield lambda name: lambda share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:

        def bar(name: str) -> Draw:
            task = bars.add_task(name, total=1.0)
            return lambda share: bars.update(task, completed=share, visible=share < 1)

        yield bar
