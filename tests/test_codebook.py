"""The built-in codebook is complete in three languages; codebooks are read as people keep them."""

import csv
import io
import pickle
import random
import re
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from alliance_nlp import Code, Codebook, read_codebook
from alliance_nlp.errors import CodebookError

LANDBERG, LUCAS = "Landberg & Nyman 2023", "Lucas et al. 2025"
LANGUAGES = ("en", "sv", "zh")
# What the two studies found, each with the words that must stand in its code.
FINDINGS = {
    LANDBERG: {
        "trust-safety": "safe",
        "self-determination": "decides",
        "clarifying-mission": "counsellor tells the patient early",
        "proceeding-slowly": "pace",
        "containing-feelings": "feelings",
        "personal-compatibility": "suit each other",
        "individualised-treatment": "adapted to this particular patient",
        "person-behind-illness": "human being rather than the diagnosis",
        "expectations-attitude": "expectations",
        "holistic-perspective": "whole",
        "alliance-prerequisite": "rests on",
    },
    LUCAS: {
        "time-limits": "limited in time",
        "trust-safety": "trust",
        "buy-in": "believe in the rehabilitation plan",
        "roles-expectations": "who does what",
        "motivation-engagement": "motivated",
        "power-dynamics": "unequal",
        "self-directed-rehabilitation": "home exercises",
        "unclear-self-management": "unsure, vague",
        "emotional-adjustment": "long run",
        "clinician-confidence": "training",
        "alliance-prerequisite": "self-management",
        "formal-strategies": "rarely used",
        "autonomy": "own goals",
    },
}
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def alliance():
    return Codebook.builtin("alliance")


@pytest.fixture
def write(tmp_path):
    def write(name, content, encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


@pytest.fixture
def excel(tmp_path):
    def excel(*sheets, merged=(), name="codes.xlsx"):
        book = Workbook()
        book.remove(book.active)
        for number, rows in enumerate(sheets, 1):
            sheet = book.create_sheet(f"Sheet{number}")
            for row in rows:
                sheet.append(row)
        for cells in merged:
            book.worksheets[0].merge_cells(cells)
        path = tmp_path / name
        book.save(path)
        return path

    return excel


def told(path, **options):
    with pytest.raises(CodebookError) as caught:
        read_codebook(path, **options)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message.removeprefix(str(path))


# ---------------------------------------------------------------- the built-in codebook


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_is_complete_in_every_language(alliance, language):
    for code in alliance.in_language(language):
        assert code.language == language
        assert all((code.name, code.definition, code.include, code.exclude)), code.id
        assert len(set(code.examples)) == 2, code.id
        assert all(code.examples), code.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_ids_parents_and_sources_are_the_same_in_every_language(alliance, language):
    def frame(codes):
        return [(code.id, code.parent, code.source) for code in codes]

    turned = alliance.in_language(language)
    assert frame(turned) == frame(alliance)
    for code in turned:
        assert frame(code.translations) == frame([code, code])
        assert {code.language, *(other.language for other in code.translations)} == {*LANGUAGES}


def test_texts_are_in_the_language_they_say(alliance):
    for code in alliance:
        for text in (code, *code.translations):
            words = "\n".join(
                (text.name, text.definition, text.include, text.exclude, *text.examples)
            )
            assert bool(HAN.search(words)) == (text.language == "zh"), (code.id, text.language)
            if text.language == "sv":
                assert re.search("[åäö]", words), code.id
            if text.language == "en":
                assert "".join(filter(str.isalpha, words)).isascii(), code.id
            if text.language == "zh":
                assert not re.search(r"[\u4e00-\u9fff] [\u4e00-\u9fff]|[,;?!]", words), code.id


@pytest.mark.parametrize("study", FINDINGS)
def test_every_finding_of_the_studies_is_a_code_that_names_the_study(alliance, study):
    for code_id, words in FINDINGS[study].items():
        code = alliance.by_id(code_id)
        assert study in code.source.split("; ")
        assert words in code.definition.casefold()


def test_every_code_names_its_studies_and_a_parent_those_of_its_children(alliance):
    for code in alliance:
        sources = set(code.source.split("; "))
        assert sources <= {LANDBERG, LUCAS}, code.id
        if code.parent:
            assert sources <= set(alliance.by_id(code.parent).source.split("; ")), code.id
            assert all(code.id in FINDINGS[study] for study in sources), code.id


def test_it_has_two_levels_and_every_parent_has_children(alliance):
    parents = alliance.children("")
    assert [len(alliance.children(code.id)) for code in parents] == [3, 6, 5, 3, 5]
    assert len(alliance) == len(parents) + 22


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_exclude_names_the_code_to_use_instead(alliance, language):
    turned = alliance.in_language(language)
    names = {code.name for code in turned}
    for code in turned:
        named = set(re.findall("[“”]([^“”]+)”", code.exclude)) - {"桥梁"}
        assert named, code.id
        assert named <= names - {code.name}, code.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_examples_have_the_length_of_something_said(alliance, language):
    for code in alliance.in_language(language):
        for example in code.examples:
            length = len(HAN.findall(example)) / 1.5 if language == "zh" else len(example.split())
            assert 15 <= length <= 40, (code.id, example)


def test_no_example_is_used_twice(alliance):
    examples = [
        example
        for code in alliance
        for text in (code, *code.translations)
        for example in text.examples
    ]
    assert len(set(examples)) == len(examples) == 27 * 3 * 2


def test_it_is_read_once(alliance):
    assert Codebook.builtin("alliance") is alliance


def test_an_unknown_name_is_answered_with_those_that_exist():
    with pytest.raises(CodebookError, match=r"no built-in codebook 'nursing'; there is 'alliance'"):
        Codebook.builtin("nursing")


# ---------------------------------------------------------------- Codebook


def test_a_codebook_is_a_sequence_that_does_not_change():
    codes = [Code("a", "Trust"), Code("b", "Haste", parent="a"), Code("c", "Power", parent="a")]
    codebook = Codebook(iter(codes), name="pilot")
    assert list(codebook) == codes
    assert len(codebook) == 3
    assert codebook[-1] is codes[2]
    assert codebook[1:] == (codes[1], codes[2])
    assert codes[1] in codebook
    assert codebook.index("b") == codebook.index(codes[1]) == 1
    assert codebook.children("a") == (codes[1], codes[2])
    assert codebook.children("") == (codes[0],)
    assert repr(codebook) == "Codebook('pilot', 3 codes)"
    with pytest.raises(FrozenInstanceError):
        codebook.name = "other"


def test_equal_codebooks_are_equal_and_have_one_hash():
    codes = [Code("a", "Trust"), Code("b", "Haste")]
    assert Codebook(codes) == Codebook(tuple(codes))
    assert hash(Codebook(codes)) == hash(Codebook(codes))
    assert Codebook(codes) != Codebook(codes[:1])
    assert Codebook(codes) != Codebook(codes, name="pilot")
    assert pickle.loads(pickle.dumps(Codebook(codes))) == Codebook(codes)


def test_a_codebook_may_be_empty():
    assert list(Codebook([])) == []
    assert repr(Codebook([])) == "Codebook('', 0 codes)"


def test_an_unknown_id_is_answered_with_those_that_exist():
    codebook = Codebook([Code("a", "Trust"), Code("b", "Haste")], name="pilot")
    for ask in (codebook.by_id, codebook.index, codebook.children):
        with pytest.raises(CodebookError, match=r"no code with the id 'z' .*; there is a, b"):
            ask("z")


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (
            [Code("a", "Trust"), Code("b", "Haste"), Code("c", " TRUST")],
            "code 1 and code 3: .*name",
        ),
        ([Code("a", "Trust"), Code("a", "Haste")], "code 1 and code 2: .* same id, 'a'"),
        ([Code("a", "Trust", parent="z")], "code 1: the parent 'z' .* is not in the codebook"),
        ([Code("a", "Trust", parent="a")], "code 1: .*below itself"),
        ([Code("a", "A", parent="b"), Code("b", "B", parent="a")], r"below itself \(A in B in A\)"),
        ([Code("", "Trust")], "code 1: a code needs an id and a name"),
        ([Code("a", "")], "code 1: a code needs an id and a name"),
        (
            [Code("a", "Trust", language="sv", translations=(Code("a", "Tillit", language="sv"),))],
            "code 1: .* more than one text in the same language",
        ),
        (
            [Code("a", "Trust", translations=(Code("b", "Tillit", language="sv"),))],
            "code 1: a translation of the code 'Trust' has another id",
        ),
    ],
)
def test_codes_that_contradict_each_other_are_refused(codes, message):
    with pytest.raises(CodebookError, match=message):
        Codebook(codes)


def test_the_same_name_under_different_parents_is_allowed():
    codes = [Code("a", "Help"), Code("b", "Harm"), Code("c", "Time", parent="a")]
    assert len(Codebook([*codes, Code("d", "Time", parent="b")])) == 4


def test_a_language_comes_first_and_back_again(alliance):
    assert alliance.in_language("zh").in_language("sv").in_language("en") == alliance
    assert alliance.in_language("fi") == alliance


def test_a_code_that_lacks_the_language_stays_as_it_is():
    sv = Code("a", "Tillit", language="sv")
    codebook = Codebook([Code("a", "Trust", language="en", translations=(sv,)), Code("b", "Haste")])
    turned = codebook.in_language("sv")
    assert [code.name for code in turned] == ["Tillit", "Haste"]
    assert turned[0].translations == (Code("a", "Trust", language="en"),)


# ---------------------------------------------------------------- tables


def test_the_simplest_table_keeps_its_rows_and_its_names_whole(write):
    path = write("pilot.csv", "code,definition\nTask:Orient,\nA > B,x / y\nB-I: Barrier ,z\n")
    codebook = read_codebook(path)
    assert codebook.name == "pilot"
    assert [code.name for code in codebook] == ["Task:Orient", "A > B", "B-I: Barrier"]
    assert [code.id for code in codebook] == ["task-orient", "a-b", "b-i-barrier"]
    assert [code.definition for code in codebook] == ["", "x / y", "z"]
    assert {code.parent for code in codebook} == {""}


def test_names_alone_are_a_codebook(write):
    assert [code.name for code in read_codebook(write("k.csv", "Kod\nÅngest\n\n怒り\n"))] == [
        "Ångest",
        "怒り",
    ]


@pytest.mark.parametrize(
    ("titles", "language"),
    [
        ("name,Definition,When to use,When NOT to use,Example 1,example_2,Category,Source", "en"),
        ("Namn;Beskrivning;Inkludera;Exkludera;Exempel 1;Exempel 2;Kategori;Källa", "sv"),
        ("名称\t定义\t包含\t排除\t示例1\t示例2\t类别\t来源", "zh"),
    ],
)
def test_columns_are_found_by_titles_in_three_languages(write, titles, language):
    cut = re.search(r"[,;\t]", titles)[0]
    row = cut.join(["T", "d", "i", "x", "one", "two", "P", "s"])
    first, parent = read_codebook(write("c.csv", f"{titles}\n{row}\n"), language=language)
    assert first == Code("t", "T", "d", "i", "x", ("one", "two"), "p", language, "s")
    assert parent == Code("p", "P", language=language)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_swedish_tables_are_read_in_every_encoding(write, encoding, newline):
    rows = ["kod;beskrivning", "Skynda långsamt;Går i patientens takt.", "Härbärgera;Står kvar; ja"]
    text = newline.join(rows).replace("Står kvar; ja", '"Står kvar; ja"')
    codebook = read_codebook(write("k.csv", text, encoding))
    assert [code.id for code in codebook] == ["skynda-långsamt", "härbärgera"]
    assert codebook[1].definition == "Står kvar; ja"


@pytest.mark.parametrize("word", ["confide", "trust"])  # an even and an odd length
def test_a_stray_nul_in_a_table_is_refused_and_not_taken_for_chinese(write, word):
    path = write("c.csv", f"code,definition\nTrust,The patient\0 dares to {word}.\n")
    with pytest.raises(CodebookError, match="stray NUL bytes; save the file as UTF-8"):
        read_codebook(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_chinese_tables_are_read_in_every_encoding(write, encoding):
    text = "代码,定义,例子\n信任与安全感,患者敢说心里话,这话我没跟别人说过 | 我在她那儿觉得踏实\n"
    (code,) = read_codebook(write("c.csv", text, encoding))
    assert code.id == code.name == "信任与安全感"
    assert code.examples == ("这话我没跟别人说过", "我在她那儿觉得踏实")


def test_several_examples_in_one_cell_are_told_apart(write):
    path = write("c.tsv", 'code\texamples\nTrust\t"one\ntwo | three\n\n"\nHaste\ta|b\n')
    assert [code.examples for code in read_codebook(path)] == [("one", "two", "three"), ("a|b",)]


def test_a_code_beside_a_name_is_the_id_and_parents_are_found_by_id_or_name(write):
    path = write("c.csv", "Code,Label,Parent\nT1,Trust,R\nT2,Haste,relation\nR,Relation,\n")
    assert [(code.id, code.name, code.parent) for code in read_codebook(path)] == [
        ("T1", "Trust", "R"),
        ("T2", "Haste", "R"),
        ("R", "Relation", ""),
    ]


def test_a_code_with_another_id_column_and_a_name_is_left_out(write):
    (code,) = read_codebook(write("c.csv", "id,code,name\n7,TRU,Trust\n"))
    assert (code.id, code.name) == ("7", "Trust")


def test_tags_of_taguette_are_names(write):
    path = write("tags.csv", "tag,description\ninteresting,Further review required\n")
    assert read_codebook(path)[0] == Code("interesting", "interesting", "Further review required")


def test_parents_without_a_row_become_codes_at_the_end(write):
    path = write("c.csv", "theme,code\nbarriers,Time\nBarriers,Fear\n,Joy\nallies,Kin\n")
    codebook = read_codebook(path)
    assert [(code.name, code.parent) for code in codebook] == [
        ("Time", "barriers"),
        ("Fear", "barriers"),
        ("Joy", ""),
        ("Kin", "allies"),
        ("allies", ""),
        ("Barriers", ""),
    ]


def test_translations_have_columns_of_their_own(write):
    titles = "id,name,name_sv,definition (sv),名称（中文）,definition zh,example sv 1"
    path = write("c.csv", f"{titles}\nt,Trust,Tillit,Vågar.,信任,敢说。,Hon lyssnade.\n")
    (code,) = read_codebook(path, language="en")
    assert (code.name, code.language, code.definition) == ("Trust", "en", "")
    assert code.translations == (
        Code("t", "Tillit", "Vågar.", examples=("Hon lyssnade.",), language="sv"),
        Code("t", "信任", "敢说。", language="zh"),
    )


def test_when_every_column_names_its_language_the_one_asked_for_comes_first(write):
    path = write("c.csv", "name_en,name_sv,definition_en,source\nTrust,Tillit,Safe.,S\nHaste,,,\n")
    codebook = read_codebook(path)
    assert [(code.id, code.language) for code in codebook] == [("trust", "en"), ("haste", "en")]
    asked = read_codebook(path, language="sv")
    assert [(code.name, code.language) for code in asked] == [("Tillit", "sv"), ("Haste", "en")]
    assert asked[0].translations == (Code("trust", "Trust", "Safe.", language="en", source="S"),)
    assert [code.id for code in asked] == ["trust", "haste"]


def test_a_row_says_its_own_language(write):
    path = write("c.csv", "code,language\nTillit,Svenska\nTrust,EN\n信任,中文\nOther,\n")
    codebook = read_codebook(path, language="fi")
    assert [code.language for code in codebook] == ["sv", "en", "zh", "fi"]


def test_names_that_differ_only_in_punctuation_get_ids_of_their_own(write):
    path = write("c.csv", "code\nA+B\nA-B\n?\n😀\n")
    assert [code.id for code in read_codebook(path)] == ["a-b", "a-b-2", "code", "code-2"]


def test_ids_keep_combining_letters_together(write):
    assert read_codebook(write("c.csv", "code\nA\u030angest\n"))[0].id == "ångest"


@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing_but_the_order(tmp_path_factory, shuffler):
    rows = ["Time,Help,a", "Time,Harm,b", "T-ime,Harm,c", "Haste,,d", "haste!,,e", "Help,,f"]
    path = tmp_path_factory.getbasetemp() / "order.csv"
    path.write_text("\n".join(["code,parent,definition", *rows]), encoding="utf-8")
    codes = set(read_codebook(path))
    shuffled = shuffler.sample(rows, len(rows))
    path.write_text("\n".join(["code,parent,definition", *shuffled]), encoding="utf-8")
    assert set(read_codebook(path)) == codes
    assert [code.definition for code in read_codebook(path)][:6] == [row[-1] for row in shuffled]


CELL = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8)


@given(st.lists(CELL, min_size=1, unique_by=str.casefold), st.sampled_from(",;\t"))
def test_whatever_the_names_are_they_are_read_as_written(tmp_path_factory, names, delimiter):
    text = io.StringIO(newline="")
    rows = [("code", "definition"), *((name, f"{name}{delimiter}{name}") for name in names)]
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path = tmp_path_factory.getbasetemp() / "names.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    codebook = read_codebook(path)
    assert [code.name for code in codebook] == names
    assert [code.definition for code in codebook] == [row[1] for row in rows[1:]]


# ---------------------------------------------------------------- Excel


def test_titles_above_the_header_and_empty_rows_are_passed_over(excel):
    path = excel(
        [
            ["Codebook, version 3"],
            [None, "2024-05-02"],
            [],
            ["No", "Code", "Definition", "Comment"],
            [1, "Trust", "Safe.", "old"],
            [],
            [2, 1914, 3.0],
            [3],
        ]
    )
    assert [(code.id, code.name, code.definition) for code in read_codebook(path)] == [
        ("trust", "Trust", "Safe."),
        ("1914", "1914", "3"),
    ]


def test_chinese_excel_takes_the_first_sheet_that_holds_codes(excel):
    path = excel(
        [["说明"], ["请先阅读"]],
        [["编码", "描述", "示例"], ["慢慢来", "跟着患者的节奏", "她没逼我\n她就那么等着"]],
        [["编码", "描述"], ["别的", "不要"]],
    )
    (code,) = read_codebook(path, language="zh")
    assert code == Code(
        "慢慢来", "慢慢来", "跟着患者的节奏", examples=("她没逼我", "她就那么等着"), language="zh"
    )


def test_a_category_merged_over_its_codes_belongs_to_each(excel):
    path = excel(
        [
            ["Codebook", None, None],
            ["Theme", "Code", "Definition"],
            ["Relation", "Trust", "a"],
            [None, "Safety", "b"],
            ["Time", "Haste", "c"],
        ],
        merged=["A1:C1", "A3:A4"],
    )
    assert [(code.name, code.parent) for code in read_codebook(path)] == [
        ("Trust", "relation"),
        ("Safety", "relation"),
        ("Haste", "time"),
        ("Relation", ""),
        ("Time", ""),
    ]


# ---------------------------------------------------------------- YAML


def test_yaml_nests_children_and_carries_translations(write):
    text = """
        language: en
        codes:
        - name: Power
          source: S
          children:
          - id: x
            name: No
            definition: ~
            examples: [one | two, "3"]
            translations:
              sv: {name: Nej, definition: Säger nej.}
            children:
            - name: Never
        """
    assert list(read_codebook(write("c.yaml", text))) == [
        Code("power", "Power", language="en", source="S"),
        Code(
            "x",
            "No",
            examples=("one | two", "3"),
            parent="power",
            language="en",
            translations=(Code("x", "Nej", "Säger nej.", parent="power", language="sv"),),
        ),
        Code("never", "Never", parent="x", language="en"),
    ]


def test_yaml_may_be_a_bare_list_with_keys_in_any_language(write):
    text = "- kod: Tillit\n  beskrivning: Vågar.\n  exempel: Hon lyssnade.\n- 名称: 信任\n"
    assert list(read_codebook(write("c.yml", text))) == [
        Code("tillit", "Tillit", "Vågar.", examples=("Hon lyssnade.",)),
        Code("信任", "信任"),
    ]


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "c.csv",
            "code\nTrust\nHaste\nTRUST\n",
            ", line 2 and line 4: two codes have the same name",
        ),
        ("c.csv", 'code,x\n"a","1\n2"\nA,\n', ", line 2 and line 4: two codes have the same name"),
        ("c.csv", "id,name\n1,Trust\n1,Haste\n", ", line 2 and line 3: two codes have the same id"),
        (
            "c.csv",
            "code,definition\nTrust,x\n,y\n",
            ", line 3: the row has no name, but definition",
        ),
        (
            "c.csv",
            "Topic,Definition\nTrust,x\n",
            ", line 1: no column holds the names of the codes",
        ),
        ("c.csv", "Topic,Definition\nTrust,x\n", "columns: 'Topic', 'Definition'"),
        ("c.csv", "Topic,Definition\nTrust,x\n", "call it one of name, label"),
        ("c.csv", "name,label\nTrust,x\n", ", line 1: 2 columns are understood as the name"),
        ("c.csv", "code,definition\nTrust,safe, calm\n", ", line 2: the row has more cells than"),
        ("c.csv", 'code,definition\nA,x\nTrust,"safe\n', ", line 3: the quotation marks"),
        (
            "c.csv",
            "code,parent\nA,B\nB,A\n",
            ", line 2: the code 'A' is below itself (A in B in A)",
        ),
        ("c.csv", "code,parent\nA,A\n", ", line 2: the code 'A' is below itself"),
        (
            "c.csv",
            "code,parent\nT,P\nT,Q\nX,T\n",
            ", line 4: the parent may be any of t, t-2; write its id",
        ),
        ("c.csv", "", ": the file is empty"),
        ("c.csv", " \r\n", ": the file is empty"),
        ("c.csv", "code,definition\n", ": the file holds no codes"),
        ("c.csv", bytes(range(256)) * 4, ": the file does not hold text"),
        ("c.csv", b"PK\x03\x04 a zip", ": the file does not hold text"),
        ("c.csv", b"\xef\xbb\xbfcode\nTr\xffst\n", ": some characters cannot be read"),
        ("c.docx", "x", ": codebooks are read from .csv, .tsv, .xlsx, .yaml, .yml"),
        ("c", "x", ": codebooks are read from"),
        ("c.xls", "x", ": this is an old Excel file; save it as .xlsx"),
        ("c.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 x", ": the file is protected by a password"),
        ("c.xlsx", "code,definition\n", ": this is not an Excel file"),
        ("c.yaml", "codes:\n- name: a: b\n", ", line 2: this is not valid YAML (mapping values"),
        ("c.yaml", "- name: A\n  name: B\n", ", line 2: the key 'name' stands twice"),
        ("c.yaml", "- A\n- B\n", ", line 1: write the parts of a code as keys and texts"),
        ("c.yaml", "kind: x\n", ": there is no list of codes"),
        ("c.yaml", "codes: Trust\n", ", line 1: write codes as a list"),
        ("c.yaml", "- name: A\n  definition: {x: y}\n", ", line 2: a text or a list of texts"),
        ("c.yaml", "- name: A\n- name: B\n- name: a\n", ", line 1 and line 3: two codes have"),
        ("c.yaml", "- definition: A\n", ", line 1: the row has no name, but definition"),
        ("c.yaml", "# nothing\n", ": the file holds no codes"),
        ("c.yaml", f"name: {'x' * 300}\x01\n", ": this is not valid YAML"),
    ],
)
def test_a_file_that_cannot_be_read_gets_one_sentence(write, name, content, message):
    assert message in told(write(name, content))


def test_a_file_that_is_not_there_gets_one_sentence(tmp_path):
    assert ": the file cannot be opened (" in told(tmp_path / "none.csv")


def test_messages_about_excel_name_the_sheet_and_the_row(excel):
    path = excel([["Code"], ["A"], [], ["a"]])
    assert ", sheet 'Sheet1', row 2 and sheet 'Sheet1', row 4: two codes" in told(path)
    path = excel([["Topic", "Note"], ["A", "b"]], [])
    assert ", sheet 'Sheet1', row 1: no column holds the names" in told(path)


def test_a_damaged_excel_file_gets_one_sentence(excel):
    path = excel([["Code", "Definition"], ["Trust", "Safe."]])
    whole, flips = path.read_bytes(), random.Random(0)
    for _ in range(40):
        damaged = bytearray(whole)
        for _ in range(10):
            damaged[flips.randrange(len(damaged))] = flips.randrange(256)
        path.write_bytes(damaged)
        try:
            names = [code.name for code in read_codebook(path)]
        except CodebookError as error:
            assert str(error).startswith(str(path))
        else:
            assert names == ["Trust"]
