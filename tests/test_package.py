"""The package as a whole: what an import costs, what it offers, and who may import whom."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import alliance_nlp

PACKAGE = Path(alliance_nlp.__file__).parent
HEAVY = {
    "torch", "spacy", "sklearn", "hdbscan", "pandas", "matplotlib",
    "transformers", "sentence_transformers",
}  # fmt: skip
# From left to right, as README and design say; a module imports only what stands to its left.
ORDER = [
    "__version__",
    "errors",
    "bundled",
    "files",
    "wording",
    "transcripts",
    "embeddings",
    "segments",
    "codebook",
    "codings",
    "themes",
    "suggestions",
    "decisions",
    "agreement",
    "trust",
    "refi",
    "export",
    "project",
    "benchmark",
    "review",
    "cli",
]
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def loaded_after(statement):
    """Return the top-level modules that a fresh interpreter has loaded after a statement."""
    code = f"import sys; {statement}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True, cwd=PACKAGE.parent,
    )  # fmt: skip
    return set(run.stdout.split())


def home_of(path):
    """Return the word in ORDER that a file belongs to."""
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "cli" if first == "__main__" else first


def imported_by(path):
    """Yield (line, word in ORDER) of each import of this package, wherever it stands."""
    package = ("alliance_nlp", *path.relative_to(PACKAGE).parent.parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *filter(None, [node.module])])
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            top, _, rest = name.partition(".")
            if top == "alliance_nlp":
                word = rest.partition(".")[0]
                yield node.lineno, alliance_nlp._HOMES.get(word, word)


def test_importing_the_package_loads_nothing_heavy():
    loaded = loaded_after("import alliance_nlp")
    assert "alliance_nlp" in loaded
    assert not loaded & HEAVY
    assert "numpy" not in loaded


def test_even_all_modules_together_load_nothing_heavy():
    modules = {
        ".".join(["alliance_nlp", *path.relative_to(PACKAGE).with_suffix("").parts])
        for path in FILES
        if path.name not in {"__init__.py", "__main__.py"}
    }
    assert not loaded_after(f"import {', '.join(sorted(modules))}") & HEAVY


@pytest.mark.parametrize("name", alliance_nlp.__all__)
def test_every_public_name_is_there(name):
    assert getattr(alliance_nlp, name).__name__ == name
    assert name in dir(alliance_nlp)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"alliance_nlp.*themas"):
        alliance_nlp.themas  # noqa: B018


def test_type_checkers_see_the_names_that_are_imported_late():
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    seen = {
        alias.asname: node.module.partition(".")[2]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module.startswith("alliance_nlp.")
        for alias in node.names
    }
    assert seen == alliance_nlp._HOMES


def test_the_version_is_that_of_the_project():
    pyproject = PACKAGE.parent / "pyproject.toml"
    if not pyproject.exists():
        pytest.skip("the installed package has no pyproject.toml beside it")
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    assert project.get("version", alliance_nlp.__version__) == alliance_nlp.__version__


def test_everything_that_is_imported_is_declared():
    pyproject = PACKAGE.parent / "pyproject.toml"
    if not pyproject.exists():
        pytest.skip("the installed package has no pyproject.toml beside it")
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    declared = {re.match(r"[\w-]+", each)[0].lower() for each in project["dependencies"]}
    nodes = [node for path in FILES for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    named = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    named |= {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    foreign = {name.partition(".")[0] for name in named} - sys.stdlib_module_names
    homes = packages_distributions()
    for module in foreign - {"alliance_nlp"}:
        assert declared & {name.lower() for name in homes.get(module, [])}, module


def test_every_module_has_its_place_in_the_order():
    assert {home_of(path) for path in FILES} <= set(ORDER)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_go_one_way(path):
    place = ORDER.index(home_of(path))
    to_the_right = [
        f"line {line} imports {word}"
        for line, word in imported_by(path)
        if ORDER.index(word) > place
    ]
    assert not to_the_right


def test_the_test_of_imports_sees_imports_inside_functions_and_relative_ones(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path)
    inner = tmp_path / "themes" / "deep.py"
    inner.parent.mkdir()
    inner.write_text(
        "import alliance_nlp.refi\n"
        "from alliance_nlp import Project, __version__\n"
        "def late():\n    from ..export import tables\n    from .cluster import x\n",
        encoding="utf-8",
    )
    assert sorted(imported_by(inner)) == [
        (1, "refi"), (2, "__version__"), (2, "project"), (4, "export"), (5, "themes"),
    ]  # fmt: skip
