"""Make pages that need no other file: style and script stand in them, and nothing else may run."""

import base64
import hashlib
import re
from importlib.resources import files
from typing import TYPE_CHECKING

from alliance_nlp import __version__

if TYPE_CHECKING:
    from jinja2 import Environment


def page_environment(package: str, *, style: str, script: str = "") -> "Environment":
    """Return an environment for the templates of a package, with what each page needs.

    Its templates have the globals `script` and `head`: the lines that stand first in the head of
    every page, with the style and a content security policy that lets these two run and nothing be
    fetched, framed or sent anywhere.

    Args:
        package: The package that has a folder `templates`.
        style: The style sheet.
        script: The script; without one none may run.

    >>> environment = page_environment("alliance_nlp.export", style="p { color: red }")
    >>> page = environment.from_string("{{ head }} {{ '<b>' }}").render()
    >>> page.splitlines()[0], page.splitlines()[-1]
    ('<meta charset="utf-8">', '<style>p { color: red }</style> &lt;b&gt;')
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        # Indentation is for readers of the template; thousands of times it is a tenth of the page.
        loader=FunctionLoader(
            lambda name: re.sub(r"^ +", "", template_text(package, name), flags=re.M)
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    scripts = f" script-src {_hash(script)};" if script else ""
    head = environment.from_string(template_text("alliance_nlp.export", "head.html")).render(
        style=Markup(style),
        policy=f"default-src 'none'; style-src {_hash(style)};{scripts} "
        "base-uri 'none'; form-action 'none'",
        version=__version__,
    )
    environment.globals.update(head=Markup(head), script=Markup(script))
    return environment


def template_text(package: str, name: str) -> str:
    """Return a file of a package's folder `templates`.

    >>> template_text("alliance_nlp.export", "page.html").splitlines()[1]
    '<!DOCTYPE html>'
    """
    return (files(package) / "templates" / name).read_text(encoding="utf-8")


def _hash(inline: str) -> str:
    digest = hashlib.sha256(inline.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
