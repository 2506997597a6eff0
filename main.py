"""The program: `python main.py --host 127.0.0.1 --port 7497 --client-id 1`; `truetick` is the same.

It makes an `IBCallbacks`, pairs it with an `IBConnector`, asks through `IBRequests`, and leaves gracefully;
see `cli/` for each command.
"""

import sys

from cli.app import main

if __name__ == "__main__":
    sys.exit(main())
