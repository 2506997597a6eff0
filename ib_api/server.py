"""The doorway `uvicorn ib_api.server:app`, the same object as `ib_stream.api_server:app`.

The one import that goes up: `import ib_api` does not load it. `hosted` is the same server for a program that
is connected already.
"""

from ib_stream.api_server import app
from ib_stream.hosting import hosted

__all__ = ["app", "hosted"]
