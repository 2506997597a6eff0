"""The entry point: parse, build `Settings`, run one command, turn its end into an exit code.

Exit codes: 0 ok, 1 a bug of ours, 2 usage or set-up, 3 cannot connect, 4 no permission, 5 contract not found
or ambiguous, 6 order or request refused, 7 pacing, 8 incomplete data, 9 no edge over the baseline, 130
interrupted. Each error class carries its own (`market.errors`).
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Sequence

from cli import (
    audit,
    backfill,
    backup,
    certify,
    chart,
    check,
    config_show,
    data,
    errors,
    evaluation,
    export,
    main_job,
    models,
    quota,
    serve,
    sim,
    stream,
    version,
)
from cli.console import say
from cli.parser import build
from config.settings import load
from ib_api.code_file import read_codes
from ib_api.error_codes import extend
from ib_api.logging_config import LoggingConfig
from ib_api.scheduling import acting_as
from market.errors import TruetickError

COMMANDS = (
    check.COMMAND,
    certify.COMMAND,
    stream.COMMAND,
    backfill.COMMAND,
    data.COMMAND,
    audit.COMMAND,
    backup.BACKUP,
    backup.RESTORE,
    backup.VERIFY,
    quota.COMMAND,
    serve.COMMAND,
    chart.COMMAND,
    export.COMMAND,
    models.TRAIN,
    models.PREDICT,
    evaluation.EVALUATE,
    evaluation.PROMOTE,
    sim.COMMAND,
    config_show.COMMAND,
    errors.COMMAND,
    version.COMMAND,
)
INTERRUPTED = 130
BUG = 1
log = logging.getLogger("truetick.cli")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give the exit code; argparse's own errors leave with 2."""
    args = build(COMMANDS, main_job.COMMAND).parse_args(arguments)
    try:
        loaded = load(vars(args), os.environ)
        settings = loaded.settings
        if settings.log_autosetup:
            LoggingConfig.setup_logging(settings.log_dir, settings.log_level, to_stderr=False)
        if settings.error_codes:
            extend(read_codes(settings.error_codes))
        with acting_as(args.command):
            outcome = args.run(loaded, args)
            return outcome if isinstance(outcome, int) else asyncio.run(_until_told(outcome))
    except TruetickError as error:
        say(f"truetick: {error}")
        return error.exit_code
    except BrokenPipeError:
        # The reader has seen enough (`| head`): leave quietly, and keep the interpreter from flushing again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (KeyboardInterrupt, asyncio.CancelledError):
        return INTERRUPTED
    except Exception as error:
        log.exception("a bug of ours")
        say(f"truetick: a bug of ours: {type(error).__name__}: {error} (the traceback is in the log)")
        return BUG


async def _until_told(work: Awaitable[int]) -> int:
    """Let Ctrl-C and SIGTERM end the work by a cancel, so that everything is put away first.

    Python leaves SIGINT alone in a program that a script has put into the background; this does not. A second
    Ctrl-C ends the program at once.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None

    def stop(number: signal.Signals) -> None:
        loop.remove_signal_handler(number)
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    return await work
