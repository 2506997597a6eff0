import os
import subprocess
import sys


def test_importing_leaves_logging_alone_when_told_to() -> None:
    code = "import logging, ib_api; raise SystemExit(len(logging.getLogger('ib_api').handlers))"
    environment = {"IB_LOG_AUTOSETUP": "0", "PYTHONPATH": os.getcwd()}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
