"""Imports go down only, in a line without cycles, and importing does nothing but import."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LEVELS = {
    "main": 5,
    "cli": 5,
    "core": 5,
    "gui": 5,
    "tws_wrapper": 5,
    "ui": 5,
    "ib_stream": 4,
    "charting": 4,
    "trading": 4,
    "ai": 3,
    "data_processing": 2,
    "data_storage": 1,
    "ib_api": 1,
    "topstep": 1,
    "simulator": 1,
    "market": 0,
    "config": 0,
}
# Same level, yet one may import the other: (importer, imported).
# The server serves the chart's page, which knows nothing of servers.
NEIGHBOURS = {("main", "cli"), ("config", "market"), ("ib_stream", "charting")}
# The name that users know to start the server by; `import ib_api` does not load it.
DOORWAYS = {("ib_api.server", "ib_stream")}
VENDOR_DOOR = "ib_api/_ibapi.py"


def modules() -> list[Path]:
    folders = [ROOT / name for name in LEVELS if (ROOT / name).is_dir()]
    return [
        ROOT / "gui.py",
        ROOT / "main.py",
        *(path for folder in folders for path in sorted(folder.rglob("*.py"))),
    ]


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


class _NoTypeChecking(ast.NodeTransformer):
    """Takes away what only a type checker imports."""

    def visit_If(self, node: ast.If) -> ast.AST | None:
        return None if "TYPE_CHECKING" in ast.unparse(node.test) else node


def imports(path: Path, *, at_run_time: bool = False) -> set[str]:
    """Every module that `path` names in an import; relative imports are not used here."""
    tree: ast.AST = ast.parse(path.read_text())
    found = set()
    for node in ast.walk(_NoTypeChecking().visit(tree) if at_run_time else tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively; write the whole name"
            module = node.module or ""
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return found


MODULES = modules()
NAMES = {name_of(path): path for path in MODULES}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_down_only(path: Path) -> None:
    here = name_of(path).partition(".")[0]
    for target in {name.partition(".")[0] for name in imports(path)} & LEVELS.keys() - {here}:
        allowed = LEVELS[target] < LEVELS[here] or (here, target) in NEIGHBOURS
        allowed = allowed or (name_of(path), target) in DOORWAYS
        assert allowed, f"{name_of(path)} (level {LEVELS[here]}) imports {target} (level {LEVELS[target]})"


def _modules_needed(name: str) -> set[str]:
    """`from package import module` needs the module; the package itself only where a name of it is meant."""
    named = imports(NAMES[name], at_run_time=True) & NAMES.keys() - {name}
    return {target for target in named if not any(other.startswith(f"{target}.") for other in named)}


def test_no_import_runs_in_a_circle() -> None:
    graph = {name: _modules_needed(name) for name in NAMES}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join([*trail[trail.index(name) :], name])
        if name not in done:
            for target in sorted(graph[name]):
                visit(target, (*trail, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())


def test_the_vendors_library_has_one_door() -> None:
    importers = [
        str(path.relative_to(ROOT))
        for path in MODULES
        if any(name.partition(".")[0] == "ibapi" for name in imports(path))
    ]
    assert importers == [VENDOR_DOOR]


def test_every_module_says_what_it_is_for_and_none_is_long() -> None:
    for path in MODULES:
        text = path.read_text()
        assert ast.get_docstring(ast.parse(text)), f"{path} has no docstring"
        assert text.count("\n") <= 500, f"{path} has more than 500 lines; split it"


IMPORT_ALL = """
import sys, threading
before = threading.active_count()
opened = []
def watch(event, args):
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        opened.append(args[0])
    if event in ("socket.connect", "socket.bind", "os.mkdir", "subprocess.Popen"):
        opened.append((event, args))
sys.addaudithook(watch)
import importlib
for name in sys.argv[1:]:
    importlib.import_module(name)
assert threading.active_count() == before, threading.enumerate()
assert not opened, opened
"""


def test_importing_everything_writes_nothing_and_starts_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-B", "-c", IMPORT_ALL, *sorted(NAMES)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("module", ["pandas", "exchange_calendars"])
def test_the_command_line_starts_without_the_slow_libraries(module: str) -> None:
    code = f"import sys, main; sys.exit({module!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 0
