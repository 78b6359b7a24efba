"""Make rows from YAML, where codes are nested and carry their translations."""

from collections.abc import Iterator

import yaml

from alliance_nlp.codebook.rows import Row, column, language_named
from alliance_nlp.codebook.tables import decoded
from alliance_nlp.errors import CodebookError

Texts = dict[tuple[str, str], tuple[str, ...]]


def yaml_rows(content: bytes, where: str) -> list[Row]:
    r"""Return the rows of a YAML file: a list of codes, or `codes:` and `language:` above it.

    >>> rows = yaml_rows(b"- name: Power\n  children:\n  - name: Autonomy\n", "codes.yaml")
    >>> [(row.text("name"), row.text("parent")) for row in rows]
    [('Power', ''), ('Autonomy', 'Power')]
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is not built everywhere
    try:
        root = yaml.compose(decoded(content, where), Loader=loader)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise CodebookError(
            f"{where}{line}: this is not valid YAML ({error.problem}); check the indentation, and "
            "put a text that holds a colon in quotation marks"
        ) from error
    except yaml.YAMLError as error:
        raise CodebookError(
            f"{where}: this is not valid YAML, it holds control characters; remove them"
        ) from error
    language: Texts = {}
    if isinstance(root, yaml.MappingNode):
        top = _entries(root, where)
        if "codes" not in top:
            raise CodebookError(f"{where}: there is no list of codes; put it under the key codes")
        language = {("language", ""): _parts(top["language"], where)} if "language" in top else {}
        root = top["codes"]
    return list(_rows(root, language, where)) if root else []


def _rows(node: yaml.Node, inherited: Texts, where: str) -> Iterator[Row]:
    """Yield the codes of a list, each before its children."""
    if not isinstance(node, yaml.SequenceNode):
        raise CodebookError(f"{where}, {_place(node)}: write codes as a list, each after a dash")
    for code in node.value:
        entries = _entries(code, where)
        children = entries.pop("children", None)
        translations = entries.pop("translations", None)
        texts = inherited | _texts(entries, "", where)
        if translations:
            for language, translation in _entries(translations, where).items():
                texts |= _texts(_entries(translation, where), language_named(language), where)
        row = Row(_place(code), texts)
        yield row
        if children:
            name = row.text("id") or row.text("name") or row.text("code")
            below = {("language", ""): row.parts("language", ""), ("parent", ""): (name,)}
            yield from _rows(children, below, where)


def _entries(node: yaml.Node, where: str) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        raise CodebookError(
            f"{where}, {_place(node)}: write the parts of a code as keys and texts, "
            "such as name: Trust"
        )
    entries: dict[str, yaml.Node] = {}
    for key, value in node.value:
        if entries.setdefault(str(key.value), value) is not value:
            raise CodebookError(
                f"{where}, {_place(key)}: the key {key.value!r} stands twice in one code; keep one"
            )
    return entries


def _texts(entries: dict[str, yaml.Node], language: str, where: str) -> Texts:
    """Return the texts of the known keys; a key such as `name_sv` names its own language."""
    texts: Texts = {}
    for key, node in entries.items():
        if known := column(key):
            field, own = known
            parts = _parts(node, where)
            texts[field, own or language] = texts.get((field, own or language), ()) + parts
    return {known: parts for known, parts in texts.items() if parts}


def _parts(node: yaml.Node, where: str) -> tuple[str, ...]:
    if isinstance(node, yaml.SequenceNode):
        return tuple(part for item in node.value for part in _parts(item, where))
    if not isinstance(node, yaml.ScalarNode):
        raise CodebookError(f"{where}, {_place(node)}: a text or a list of texts belongs here")
    text = "" if node.tag == "tag:yaml.org,2002:null" else node.value.strip()
    return (text,) if text else ()


def _place(node: yaml.Node) -> str:
    return f"line {node.start_mark.line + 1}"
