"""The hub, over real sockets and over plain ASGI."""
