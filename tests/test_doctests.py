"""Run the example of every public name, as its docstring shows it."""

import doctest
import pkgutil
from importlib import import_module

import pytest

import alliance_nlp

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(alliance_nlp.__path__, "alliance_nlp.")
    if not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", ["alliance_nlp", *MODULES])
def test_examples_print_what_they_say(name):
    failed, _ = doctest.testmod(
        import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    )
    assert not failed
