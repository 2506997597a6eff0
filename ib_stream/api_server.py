"""`uvicorn ib_stream.api_server:app`: the streaming server. Importing it opens nothing."""

from ib_stream.app import App

app = App()
