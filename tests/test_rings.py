"""A module imports only from its own ring or inner ones."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import azpg_tls

PACKAGE = Path(azpg_tls.__file__).parent

# 1 core: no sockets, files, clock, environment, printing. 2 edge: those, but no judging and no printing.
# 3 glue. 4 shell. The longest prefix counts; whatever is not named is core.
RINGS = {
    "azpg_tls": 1,
    "azpg_tls.network": 2,
    "azpg_tls.anchors": 2,
    "azpg_tls.login": 2,
    "azpg_tls.libpq": 2,
    "azpg_tls.statement": 2,
    "azpg_tls.lab": 2,
    "azpg_tls.bundle": 2,
    "azpg_tls.bundle.build": 1,
    "azpg_tls.bundle.inspection": 1,
    "azpg_tls.bundle.manifest": 1,
    "azpg_tls.bundle.normalise": 1,
    "azpg_tls.bundle.text": 1,
    "azpg_tls.entra": 2,
    "azpg_tls.entrafailure": 2,
    "azpg_tls.azureidentity": 2,
    "azpg_tls.envfile": 2,
    "azpg_tls.check": 3,
    "azpg_tls.api": 4,
    "azpg_tls.connection": 4,
    "azpg_tls.provider": 4,
    "azpg_tls.cli": 4,
    "azpg_tls.__main__": 4,
}

# What the core must not touch: where sockets, files, clocks, the environment and the terminal come from.
OUTSIDE = {
    "socket",
    "ssl",
    "os",
    "sys",
    "io",
    "pathlib",
    "time",
    "subprocess",
    "threading",
    "select",
    "asyncio",
    "click",
    "tempfile",
    "shutil",
    "signal",
    "importlib.resources",
}
CLOCKS = {"now", "utcnow", "today"}  # methods of datetime and date
# The public names, each imported when it is used.
DOORS = {"azpg_tls.__init__"}


def modules() -> dict[str, Path]:
    return {
        ".".join(("azpg_tls", *path.relative_to(PACKAGE).with_suffix("").parts)): path
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def ring(module: str) -> int:
    return RINGS[max((name for name in RINGS if f"{module}.".startswith(f"{name}.")), key=len)]


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def reaches_outside(name: str) -> bool:
    return any(f"{name}.".startswith(f"{outside}.") for outside in OUTSIDE)


def calls_outside(source: str) -> set[str]:
    """What reads a clock or opens a file without an import of its own."""
    called = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    clocks = {function.attr for function in called if isinstance(function, ast.Attribute)} & CLOCKS
    return clocks | {function.id for function in called if isinstance(function, ast.Name)} & {"open"}


@pytest.mark.parametrize(("module", "path"), [item for item in modules().items() if item[0] not in DOORS])
def test_a_module_imports_only_inwards(module: str, path: Path) -> None:
    inner = {name for name in imports(path) if name.startswith("azpg_tls.")}
    assert {name for name in inner if ring(name) > ring(module)} == set()


@pytest.mark.parametrize(("module", "path"), [item for item in modules().items() if ring(item[0]) == 1])
def test_the_core_reaches_for_nothing_outside(module: str, path: Path) -> None:
    assert {name for name in imports(path) if reaches_outside(name)} == set(), module
    assert calls_outside(path.read_text()) == set(), module


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("datetime.datetime.now(UTC)", {"now"}),
        ("clock().utcnow()", {"utcnow"}),
        ("date.today()", {"today"}),
        ("open('file')", {"open"}),
        ("reopen('now'); known(); now = 1; opened.open_()", set()),
    ],
)
def test_a_clock_and_a_file_are_found(line: str, found: set[str]) -> None:
    assert calls_outside(line) == found


def test_a_module_below_one_that_is_outside_is_outside_too() -> None:
    assert [reaches_outside(name) for name in ("os", "os.path", "importlib.resources.abc")] == [True] * 3
    assert [reaches_outside(name) for name in ("importlib", "importlib.metadata", "ostrich")] == [False] * 3


def test_only_the_command_line_prints() -> None:
    printing = {
        module for module, path in modules().items() if "print(" in path.read_text() or "echo(" in path.read_text()
    }
    assert {module for module in printing if ring(module) < 4} == set()


def test_every_module_stands_in_the_tree_of_the_architecture() -> None:
    text = (Path(__file__).parents[1] / "ARCHITECTURE.md").read_text("utf-8")
    tree = text.partition("## The tree")[2].partition("```")[2].partition("```")[0]
    named = set(re.findall(r"\w+(?:\.py|/)", tree))
    # A package's directory stands for what is in it.
    places = {path.relative_to(PACKAGE).parts for path in modules().values()}
    assert {parts[0] + ("/" if len(parts) > 1 else "") for parts in places} - named == set()
