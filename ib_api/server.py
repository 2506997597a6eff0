"""The doorway `uvicorn ib_api.server:app`, the same object as `ib_stream.api_server:app`.

The one import that goes up: `import ib_api` does not load it.
"""

from ib_stream.api_server import app

__all__ = ["app"]
