"""The main job with the models of a folder: ``job FOLDER ARGS``."""

import sys
from pathlib import Path

from ai.artifacts import Models
from cli.app import main

if __name__ == "__main__":
    # It takes the project's own folder, which a benchmark leaves alone.
    Models.__init__.__defaults__ = (Path(sys.argv[1]),)
    sys.exit(main(sys.argv[2:]))
