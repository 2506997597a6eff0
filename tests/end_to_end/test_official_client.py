import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("plain_client.py")


def test_ibs_own_client_gets_bars_and_ticks_from_the_simulated_gateway(
    gateway_port: int, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(gateway_port)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "60 bars, 5 ticks\n"
