"""TWS's text protocol from the server's side: bytes in, requests out; messages in, bytes out.

Nothing here touches a socket or a clock. `framing` cuts the stream, `handshake` agrees on a version,
`fields` reads and writes values, `requests` decodes what clients ask, `messages` encodes the answers.
"""
