"""The rules of the house: what may import what, how long things are, which words are used.

Every import in `bayesfit/` and `models/` is read from the source, those inside functions too, but
not those under `if TYPE_CHECKING:`. `python -m tests.test_architecture` prints the package graph.
"""

import ast
import io
import re
import statistics
import tokenize
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# From the ground up: a room imports from its own floor and from those below.
FLOORS = (
    ("errors", "constants", "text", "progress", "later", "stopping", "discovery"),
    ("identity", "compiled", "kept", "computing", "ahead"),
    ("formatting", "powers", "pictures", "bands", "answers", "machines"),
    ("law",),
    ("models", "priors", "pooling"),
    ("data",),
    ("kaplan",),
    ("datasets",),
    ("likelihoods",),
    ("coordinates", "problem", "binding"),
    ("inference",),
    ("prediction",),
    ("extrapolation",),
    ("stages", "artifacts"),
    ("fitted",),
    ("prior_fit",),
    ("fitting",),
    ("many",),
    ("findings",),
    ("figures",),
    ("explorer",),
    ("questions",),
    ("report",),
    ("output",),
    ("commands",),
    ("__main__",),
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
FOR_LAWS = {"law", "data", "kaplan", "formatting", "models", "constants", "errors"}
OUTSIDE = {"__version__", "__file__"}  # what a module may take from `bayesfit` itself
BY_NAME = ("import_module", "__import__")
HANDED_UP = {"bayesfit/fitted.py": "figures"}  # `discovery.service`: to whom a room hands itself
SETS_JAX = {"bayesfit/computing.py", "bayesfit/inference/devices.py"}
MEDIAN_LINES, MOST_LINES, FUNCTION_LINES = 150, 400, 80

# One word per idea (DESIGN.md, section 5): these have a plainer one.
BANNED = re.compile(
    r"(?<![^\W_])(told|said\s+of|at\s+(?:its|their)\s+word|owed|witness(?:es)?|rungs?|ladders?|"
    r"roll-?outs?|discrepanc(?:y|ies)|shear(?:s|ed|ing)?)(?![^\W_])",
    re.IGNORECASE,
)
ALLOWED = ("olmo_ladder", "OLMo-Ladder", "OLMo ladder", "Model Ladder")  # data, titles of papers


# ---------------------------------------------------------------------------- reading the house


@cache
def sources(*folders: str) -> dict[str, ast.Module]:
    """Path below the root -> syntax, of every module in these folders."""
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    return {
        file.relative_to(ROOT).as_posix(): ast.parse(file.read_text(encoding="utf-8"))
        for file in sorted(files)
        if "__pycache__" not in file.parts
    }


def module_name(path: str) -> str:
    """`bayesfit/data/runs.py` -> bayesfit.data.runs; laws are modules of bayesfit.models."""
    parts = path.removesuffix(".py").split("/")
    parts = ["bayesfit", *parts] if parts[0] == "models" else parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> dict[str, str]:
    """Module name -> its path, of all that the house has."""
    return {module_name(path): path for path in sources("bayesfit", "models")}


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """A syntax tree without what only a type checker reads."""
    yield node
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        children = node.orelse
    else:
        children = list(ast.iter_child_nodes(node))
    for child in children:
        yield from statements(child)


def imports(path: str) -> Iterator[tuple[str, str]]:
    """(module of ours that is imported, the line) of one module."""
    for node in statements(sources("bayesfit", "models")[path]):
        for name in imported(node, path):
            if name == "bayesfit" or name.startswith("bayesfit."):
                yield name, f"{path}:{getattr(node, 'lineno', 0)}"


def imported(node: ast.AST, path: str) -> list[str]:
    """Modules that one statement or call imports, as they are written."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = absolute(node, path)
        return [nearest(f"{base}.{alias.name}") for alias in node.names]
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(BY_NAME):
        first = node.args[0] if node.args else None
        return [nearest(str(first.value))] if isinstance(first, ast.Constant) else []
    return []


def absolute(node: ast.ImportFrom, path: str) -> str:
    """The module that `from x import` names, whether x is written from the top or with dots."""
    if not node.level:
        return node.module or ""
    package = module_name(path).split(".")
    up = node.level - path.endswith("__init__.py")
    return ".".join([*package[: len(package) - up], *filter(None, [node.module])])


def nearest(name: str) -> str:
    """A dotted name -> the module that holds it; what `bayesfit` itself offers stays as it is."""
    outer = name.rpartition(".")[0]
    if name in modules() or outer == "bayesfit":
        return "bayesfit" if name.rpartition(".")[2] in OUTSIDE else name
    return nearest(outer) if outer.startswith("bayesfit.") else name


def room(name: str) -> str:
    """The part of the house that a module is in: what stands after `bayesfit.`."""
    return [*name.split("."), ""][1]


@cache
def graph() -> dict[str, dict[str, list[str]]]:
    """Room -> the rooms that it imports -> the lines where it does."""
    arrows: dict[str, dict[str, list[str]]] = {}
    for name, path in modules().items():
        here = arrows.setdefault(room(name), {})
        for target, line in imports(path):
            if room(target) not in ("", room(name)) and not path.startswith("models/"):
                here.setdefault(room(target), []).append(line)
    arrows.pop("", None)  # `bayesfit/__init__.py` names what it offers in strings
    return arrows


def picture() -> str:
    """The package graph: one line a room, from the ground up."""
    lines = []
    for name in sorted(graph(), key=lambda x: (FLOOR.get(x, 99), x)):
        targets = sorted(graph()[name], key=lambda x: (FLOOR.get(x, 99), x))
        lines.append(f"{name:14} -> {', '.join(targets) or 'nothing'}")
    return "\n".join(lines)


# ----------------------------------------------------------------------------------- the rooms


def test_every_room_has_a_floor():
    assert not set(graph()) - set(FLOOR), "say in FLOORS where these belong"


def test_imports_go_downwards():
    upward = [
        f"{line}: {name} imports {target}"
        for name, targets in graph().items()
        for target, lines in targets.items()
        for line in lines
        if FLOOR.get(target, 99) > FLOOR.get(name, 99)
    ]
    assert not upward, "\n".join(["upward:", *upward, "", picture()])


def circle(arrows: dict[str, set[str]]) -> list[str]:
    """One circle of a graph, or nothing."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def test_no_circle_between_rooms():
    found = circle({name: set(targets) for name, targets in graph().items()})
    assert not found, "\n".join([" <- ".join(found), "", picture()])


def test_no_circle_between_modules():
    arrows = {
        name: {target for target, _ in imports(path) if target not in (name, "bayesfit")}
        for name, path in modules().items()
    }
    assert not circle(arrows), " <- ".join(circle(arrows))


def test_no_module_takes_the_public_names():
    """They stand above every room: whoever needs one imports it from where it lives."""
    taken = [
        f"{line}: {target}"
        for path in modules().values()
        for target, line in imports(path)
        if target not in modules()
    ]
    bare = [
        f"{path}:{node.lineno}: {ast.unparse(node)}"
        for path, tree in sources("bayesfit", "models").items()
        for node in statements(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "bayesfit"
        and node.attr not in OUTSIDE
        and f"bayesfit.{node.attr}" not in modules()
    ]
    assert not taken + bare, "\n".join(taken + bare)


def test_only_discovery_imports_by_a_name_that_it_works_out():
    """And `bayesfit/__init__.py`, for the public names: such imports hide from these tests."""
    found = [
        f"{path}:{call.lineno}: {ast.unparse(call)}"
        for path, call in calls(*BY_NAME)
        if not (call.args and isinstance(call.args[0], ast.Constant))
        and path not in ("bayesfit/discovery.py", "bayesfit/__init__.py")
    ]
    assert not found, "\n".join(found)
    handed = {path: ast.literal_eval(call.args[0]) for path, call in calls("discovery.service")}
    assert handed == HANDED_UP


def calls(*endings: str) -> Iterator[tuple[str, ast.Call]]:
    """(path, call) of each call of a function whose name ends so."""
    for path, tree in sources("bayesfit", "models").items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(endings):
                yield path, node


def test_the_map_in_contributing_is_this_one():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.partition("| room of `bayesfit/` |")[2].partition("\n\n")[0]
    rows = [re.findall(r"`(\w+)`", row.split("|")[1]) for row in table.splitlines()[2:]]
    assert rows == [list(rooms) for rooms in FLOORS[:-1]]


def test_laws_stand_on_little():
    """A law is data and a few functions: what it imports can be read beside the paper."""
    beyond = [
        f"{line}: {target}"
        for path in sources("models")
        for target, line in imports(path)
        if room(target) not in FOR_LAWS
    ]
    assert not beyond, "\n".join(beyond)


# ------------------------------------------------------------------------- lengths, names, jax


def lengths() -> dict[str, int]:
    """Lines of each module that has more than a docstring."""
    return {
        path: len((ROOT / path).read_text(encoding="utf-8").splitlines())
        for path, tree in sources("bayesfit", "models").items()
        if len(tree.body) > 1
    }


def test_modules_are_short():
    found = lengths()
    assert not {path: lines for path, lines in found.items() if lines > MOST_LINES}
    assert statistics.median(found.values()) < MEDIAN_LINES


def functions() -> Iterator[tuple[str, int]]:
    """(where and which, its lines) of every function."""
    for path, tree in sources("bayesfit", "models").items():
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield f"{path}:{node.lineno}: {node.name}", node.end_lineno - node.lineno + 1


def test_functions_are_short():
    assert not {where: lines for where, lines in functions() if lines >= FUNCTION_LINES}


def test_nothing_is_called_utils():
    names = [Path(path).stem for path in sources("bayesfit", "models", "tests", "benchmarks")]
    rooms = [part for path in sources("bayesfit") for part in Path(path).parent.parts]
    assert not {"utils", "util", "helpers", "misc", "common"} & {*names, *rooms}


def named(*endings: str) -> Iterator[tuple[str, str]]:
    """(path, where) of each name in the code that ends so, such as jax.jit."""
    for path, tree in sources("bayesfit", "models").items():
        for node in ast.walk(tree):
            names = (
                [ast.unparse(node)]
                if isinstance(node, ast.Attribute)
                else [f"{node.module}.{alias.name}" for alias in node.names]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            for name in names:
                if name.endswith(endings):
                    yield path, f"{path}:{node.lineno}: {name}"


def test_only_two_modules_set_jax():
    setters = ("config.update", "numpyro.enable_x64", "numpyro.set_platform")
    found = [where for path, where in named(*setters) if path not in SETS_JAX]
    assert not found, "\n".join(found)


def test_programs_are_in_double():
    ours = ("bayesfit/computing.py", "bayesfit/compiled.py", "bayesfit/kept.py")
    found = [where for path, where in named("jax.jit") if path not in ours]
    assert not found, "use bayesfit.computing.program:\n" + "\n".join(found)


# --------------------------------------------------------------------------------------- words


def pages() -> list[Path]:
    """What people read: prose, and templates and scripts of the report."""
    prose = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    kinds = {".html", ".css", ".js", ".md", ".txt", ".j2", ".jinja"}
    return prose + [file for file in (ROOT / "bayesfit").rglob("*") if file.suffix in kinds]


def tokens(path: str) -> Iterator[tuple[int, str]]:
    """(line, text) of the strings, comments and names of a module."""
    wanted = {tokenize.STRING, tokenize.COMMENT, tokenize.NAME}
    wanted |= {getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}  # from Python 3.12
    text = (ROOT / path).read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in wanted:
            yield token.start[0], token.string


def banned(text: str, first_line: int = 1) -> Iterator[tuple[int, str]]:
    """(line, word) of each word that has a plainer one."""
    for allowed in ALLOWED:
        text = re.sub(re.escape(allowed), lambda match: "." * len(match[0]), text, flags=re.I)
    for match in BANNED.finditer(text):
        yield first_line + text.count("\n", 0, match.start()), match[0]


def test_code_uses_one_word_per_idea():
    found = [
        f"{path}:{line}: {word}"
        for path in sources("bayesfit", "models")
        for first, text in tokens(path)
        for line, word in banned(text, first)
    ]
    assert not found, "\n".join(found)


def test_pages_use_one_word_per_idea():
    found = [
        f"{page.relative_to(ROOT)}:{line}: {word}"
        for page in pages()
        for line, word in banned(page.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text", ["as told", "Said of", "at its\nword", "shear=shear", "the_rungs", "Roll-outs"]
)
def test_a_banned_word_is_seen(text):
    assert list(banned(text))


@pytest.mark.parametrize("text", ["olmo_ladder.csv", "wrung", "unfolded", "sheaf"])
def test_an_innocent_word_is_not(text):
    assert not list(banned(text))


if __name__ == "__main__":
    print(picture())
