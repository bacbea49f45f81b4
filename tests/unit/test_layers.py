"""The direction of imports, read from the source: nothing imports from above, nothing in circles."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "lookalike"

# from the bottom; a module may import what is in its own layer or below
LAYERS = (
    ("arrays", "errors", "hashing", "memory", "progress", "settings", "turns", "versions", "written"),
    ("unavailable", "workspace", "texts"),
    (
        # who may do what, and what is kept of it
        "access", "audit", "backup", "logs",
        # the tables and what is known of the users
        "importing", "uploads", "workbook", "contacts", "contents", "eligible", "features", "holdings",
        "vectors", "embeddings", "past", "priors", "general", "data_print", "pool", "leaks", "weighting",
        "runs", "mentions", "erasure",
        # seed lists
        "overlap", "seeds",
    ),
    ("methods",),
    (
        "evaluation", "expected_share", "significance", "splits", "tested",
        "ranking", "reaching", "one_pass", "cutting", "audience", "export",
    ),
    (
        "charts",
        # use cases
        "jobs", "intake", "learning", "preparation", "pretraining", "forgetting", "sample",
        "expansion_spec", "training", "chosen", "expanded", "expansion",
        "manifest", "replaying", "model_card", "card_html",
        "portrait", "spark", "batch", "refreshing",
        "advice", "buckets", "compared", "comparison", "findings", "summaries", "experiment",
        "explaining", "track_record", "training_cost",
    ),
    (
        "api", "cli", "commands", "gate", "__init__", "__main__",
    ),
)  # fmt: skip
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
# these know nothing of what they run or draw
ALONE = {"jobs": {"errors", "progress", "turns"}, "charts": {"charts", "written"}}


def _module(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {_module(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def _imports(tree, module, *, running):
    """Names of what is imported; `running`: at once, rather than inside a function or for types."""
    package = module if SOURCES.get(module, Path()).name == "__init__.py" else module.rpartition(".")[0]

    def visit(node):
        for child in ast.iter_child_nodes(node):
            if running and isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                continue
            if running and isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            if isinstance(child, ast.Import):
                yield from (alias.name for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                above = package.split(".")[: len(package.split(".")) - child.level + 1]
                base = (
                    ".".join([*above, child.module] if child.module else above)
                    if child.level
                    else child.module
                )
                for alias in child.names:
                    yield f"{base}.{alias.name}" if f"{base}.{alias.name}" in SOURCES else base
            yield from visit(child)

    return set(visit(tree))


@functools.cache
def _tree(module):
    return ast.parse(SOURCES[module].read_text("utf-8"))


def _own(module, *, running=False):
    return {name for name in _imports(_tree(module), module, running=running) if name in SOURCES} - {
        module
    }


def _place(module):
    return [*module.split("."), "__init__"][1]


def _tangles(graph):
    """Modules that are left when those without further imports are taken away again and again."""
    left = {module: set(targets) for module, targets in graph.items()}
    while free := [module for module, targets in left.items() if not targets & left.keys()]:
        for module in free:
            del left[module]
    return left


def test_every_module_has_its_layer():
    assert {_place(module) for module in SOURCES} <= LEVEL.keys()


def test_nothing_is_imported_from_above():
    upwards = [
        f"{module} imports {name}"
        for module in SOURCES.keys() - {"lookalike"}
        for name in _own(module) - {"lookalike"}
        if LEVEL[_place(name)] > LEVEL[_place(module)]
    ]
    assert upwards == []


@pytest.mark.parametrize("place", ALONE)
def test_jobs_and_charts_know_no_domain(place):
    modules = [module for module in SOURCES if _place(module) == place]
    assert modules
    assert {_place(name) for module in modules for name in _own(module)} <= ALONE[place]


def test_no_import_goes_in_circles():
    graph = {module: _own(module, running=True) - {"lookalike"} for module in SOURCES}
    assert _tangles(graph) == {}


def test_no_part_of_the_package_goes_in_circles_even_through_functions():
    graph = {place: set() for place in map(_place, SOURCES)}
    for module in SOURCES:
        if module != "lookalike":
            graph[_place(module)] |= {_place(name) for name in _own(module)} - {
                "__init__",
                _place(module),
            }
    assert _tangles(graph) == {}


def test_a_tangle_would_be_seen():
    assert _tangles({"a": {"b"}, "b": {"c"}, "c": set()}) == {}
    assert _tangles({"a": {"b"}, "b": {"a"}, "c": {"a"}}).keys() == {"a", "b", "c"}
    tree = ast.parse("import x\nfrom .errors import BadInput\ndef f():\n    import streamlit.web\n")
    assert _imports(tree, "lookalike.cli", running=False) == {"x", "lookalike.errors", "streamlit.web"}
    assert _imports(tree, "lookalike.cli", running=True) == {"x", "lookalike.errors"}


def test_the_library_knows_no_browser():
    knowing = {
        module
        for module in SOURCES
        for name in _imports(_tree(module), module, running=False)
        if name.split(".")[0] == "streamlit"
    }
    assert knowing == set()


def test_modules_stay_short():
    # the commands stand together, with their options
    limits = dict.fromkeys(SOURCES, 300) | {"lookalike.cli": 340}
    lines = {module: len(path.read_text("utf-8").splitlines()) for module, path in SOURCES.items()}
    assert {module: count for module, count in lines.items() if count > limits[module]} == {}


PAGES = sorted((ROOT / "pages").glob("*.py"))
VERBS = ("SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM", "CREATE TABLE", "COPY (", "DROP TABLE")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_are_short_and_hold_no_sql(page):
    source = page.read_text("utf-8")
    assert len(source.splitlines()) < 150
    tree = ast.parse(source)
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert [text for text in texts if any(verb in text for verb in VERBS)] == []
    called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert called.isdisjoint({"cursor", "execute", "executemany", "sql"})
    roots = {name.split(".")[0] for name in _imports(tree, f"pages.{page.stem}", running=False)}
    assert "duckdb" not in roots
