import subprocess
import sys

from tests.programs import ROOT


def test_both_names_are_one_server_and_the_client_library_does_not_load_it() -> None:
    code = """
import sys
import ib_api
assert "fastapi" not in sys.modules and "ib_stream" not in sys.modules
import ib_api.server, ib_stream.api_server
assert ib_api.server.app is ib_stream.api_server.app
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=True)
