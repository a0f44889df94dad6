"""Markdown becomes the rows that it says, however it arrives."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.cells import cell_len, get_character_cell_size

from chattui import safe
from chattui.tui import wrap as wrapping
from chattui.tui.blocks import DEEPEST, STEP_MAX
from chattui.tui.highlight import highlight
from chattui.tui.palette import MONOCHROME
from chattui.tui.render import Document
from chattui.tui.rows import Line
from chattui.tui.wrap import wrap

PIECES = [
    "word ", "two words", "\n", "\n\n", "# ", "## h", "- ", "  - ", "* x\n", "1. ", "2) ", "10. ten\n", "> ",
    ">> q\n", "```", "```py\n", "~~~\n", "    ", "\t", "| a | b |\n", "|---|:-:|\n", "| 1 | 2 |\n", "|", "---\n",
    "===\n", "***\n", "**bold**", "*", "_e_", "~~s~~", "`c`", "``", "[l](https://x.y)", "[r]",
    "[r]: https://x.y\n", "<b>", "&amp;", "&#8238;", "\\", "  \n", "日本語", "👩‍👩‍👧‍👦", "é", "🇨🇭", "\u2028", "\x0c",
    "\r\n", "\r", "\x1b[31m", "- [ ] t\n", "- [x] t\n", "https://a.b/c_d ", "!", "def f():\n", "    return 1\n",
    "", "', ", " * 90, ",
]  # fmt: skip

documents = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


def document(text: str, *, width: int = 40, finish: bool = True) -> Document:
    made = Document(MONOCHROME, width=width)
    made.set(text)
    if finish:
        made.finish()
    made.refresh()
    return made


def shown(lines: list[Line]) -> list[str]:
    return ["".join(segment.text for segment in line.segments).rstrip() for line in lines]


def rows(text: str, width: int = 40) -> list[str]:
    return shown(document(text, width=width).lines())


def same(lines: list[Line]) -> list[tuple[object, ...]]:
    return [(line.segments, line.text, line.lead, line.skip, line.join) for line in lines]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("plain", ["plain"]),
        ("a\nb", ["a", "b"]),
        ("a\n\n\n\nb", ["a", "", "b"]),
        ("# Title #", ["Title"]),
        ("Title\n===", ["Title"]),
        ("**b** *e* ~~s~~ `c`", ["b e s c"]),
        ("- a\n- b", ["• a", "• b"]),
        ("- a\n  - b\n    - c", ["• a", "  ◦ b", "    ▪ c"]),
        ("- a\n\n  more", ["• a", "", "  more"]),
        ("- a\nlazy", ["• a", "  lazy"]),
        ("-\n  a", ["• a"]),
        ("-\n\n  a", ["•", "", "a"]),
        ("3. a\n1. b", ["3. a", "4. b"]),
        ("1. a\n\ntext\n\n1. b", ["1. a", "", "text", "", "1. b"]),
        ("- [ ] open\n- [x] done", ["☐ open", "☑ done"]),
        ("> q\nlazy\n\nout", ["▎ q", "▎ lazy", "", "out"]),
        ("> > a\n> b", ["▎ ▎ a", "▎ ▎ b"]),
        ("- > q", ["• ▎ q"]),
        ("text\n2. no list", ["text", "2. no list"]),
        ("text\n- list", ["text", "• list"]),
        ("a  \nb", ["a", "b"]),
        ("***", ["─" * 40]),
        ("```py\nx\n\ny\n```", ["┌ 1 · py " + "─" * 31, "│ x", "│", "│ y"]),
        ("```\nopen", ["┌ 1 " + "─" * 36, "│ open"]),
        ("    code\n\n\n    more\n\ntext", ["┌ 1 " + "─" * 36, "│ code", "│", "│", "│ more", "", "text"]),
        ("```\na\n```\n```\nb\n```", ["┌ 1 " + "─" * 36, "│ a", "", "┌ 2 " + "─" * 36, "│ b"]),
        ("|a|b|\n|-|-|\n|1|2|", ["a  b", "─  ─", "1  2"]),
        ("|a|bbb|\n|-|-:|\n|1|2|", ["a  bbb", "─  ───", "1    2"]),
        ("text\n|a|b|\n|-|-|", ["text", "", "a  b", "─  ─"]),
        ("a|b\n-|-\n`x\\|y`|z", ["a    b", "───  ─", "x|y  z"]),
        ("List<String> <b>x</b> <think>", ["List<String> <b>x</b> <think>"]),
        ("<div>\n\n*x*\n</div>", ["<div>", "", "x", "</div>"]),
        ("&lt;&amp;&copy;", ["<&©"]),
        ("[r][x]\n\n[x]: https://a.b", ["r"]),
        ("[bad](javascript:x)", ["[bad](javascript:x)"]),
        ("[bad](ssh://x)", ["bad (ssh://x)"]),
        ("![alt](https://x.y/z.png)", ["▣ alt"]),
        ("\\*no\\*", ["*no*"]),
        ("", []),
    ],
)  # fmt: skip
def test_markdown_looks_as_it_says(source: str, expected: list[str]) -> None:
    assert rows(source) == expected


@given(documents, st.data())
@settings(max_examples=400, deadline=None)
def test_text_cut_anywhere_renders_as_in_one_piece(text: str, data: st.DataObject) -> None:
    whole = document(text)
    made = Document(MONOCHROME, width=40)
    at = 0
    while at < len(text):
        size = data.draw(st.integers(1, 12))
        made.append(text[at : at + size])
        at += size
        if data.draw(st.booleans()):
            made.refresh()
            if data.draw(st.booleans()):
                made.lines()
    made.finish()
    assert same(made.lines()) == same(whole.lines())
    assert made.code == whole.code


LONG = {
    "a paragraph of one line": "words and *emphasis* and `code` in **one** line, " * 400,
    "a line without blanks": "x" * 20_000,
    "CJK": "这是一个很长的句子，用来测试换行。" * 1200,
    "open brackets": "[" * 15_000,
    "brackets on many lines": ("[" * 200 + "\n") * 60,
    "an item": "- a\n- " + "words of an item that go on " * 400 + "\n- b\n",
    "a heading": "# " + "words of a heading " * 500 + "\n\nend",
    "a line of code": "```py\nx = 1\n" + "value = compute(index, 'text') + 42; " * 400 + "\ny\n```\n\nend",
    "indented code": "    " + "value = 1; " * 900 + "\n    y\n\nend",
    "a table row": "| a | b |\n|---|---|\n| " + "cell " * 2000 + "| 2 |\n| 3 | 4 |\n",
    "500 columns": "|" + "c|" * 500 + "\n|" + "-|" * 500 + "\n" + ("|" + "cell|" * 500 + "\n") * 4,
    "a rule that never ends": "-" * 9_000 + "\n\nend",
    "quotes": "> " * 20 + "quoted words " * 800 + "\n",
}


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("seed", [1, 2])
def test_long_lines_cut_anywhere_render_as_in_one_piece(name: str, seed: int) -> None:
    text, rng = LONG[name], random.Random(seed)
    whole, made = document(text), Document(MONOCHROME, width=40)
    at = 0
    while at < len(text):
        size = rng.randint(1, 3000)
        made.append(text[at : at + size])
        at += size
        made.refresh(rng.choice([0, 700]))
        if rng.random() < 0.3:
            made.lines()
    made.finish(500)
    while made.behind:
        made.refresh(500)
    assert same(made.lines()) == same(whole.lines())
    assert made.code == whole.code


@pytest.mark.parametrize("name", [name for name in LONG if name != "a table row"])
def test_no_block_costs_more_than_a_bounded_time(name: str) -> None:
    for block in document(LONG[name]).blocks:
        assert sum(map(len, block.leaf.lines)) < 11_000


def test_code_that_was_cut_inside_of_a_line_is_kept_as_it_was_written() -> None:
    line = "value = compute(index, 'text') + 42; " * 400
    assert document(f"```py\nx = 1\n{line}\n```\n\n```\n```\n").code == (f"x = 1\n{line}", "")


@pytest.mark.parametrize("mark", ["```", "~~~", "> ```", "- ```"])
@pytest.mark.parametrize("length", [4_000, 20_000, 100_000])
def test_a_fence_whose_language_is_too_long_for_one_piece_is_shown(mark: str, length: int) -> None:
    assert any("x" in line for line in rows(f"{mark}{'a' * length}\n  x\n{mark}\nend"))


def test_text_that_was_cut_inside_of_a_line_is_copied_as_one_line() -> None:
    line = ("words and more " * 900).strip()
    lines = document(line).lines()
    assert "".join((row.text or "") + row.join for row in lines).strip() == line


@given(documents.filter(lambda text: "[r]" not in text and not text.endswith("\r")), st.integers(1, 9))
@settings(max_examples=200, deadline=None)
def test_at_every_moment_the_rows_are_those_of_the_text_so_far(text: str, size: int) -> None:
    made = Document(MONOCHROME, width=40)
    for at in range(0, len(text), size):
        made.append(text[at : at + size])
        made.refresh()
        got = same(made.lines())
        if not text[: at + size].endswith("\r"):
            assert got == same(document(text[: at + size], finish=False).lines())


@given(documents)
@settings(max_examples=200, deadline=None)
def test_nothing_is_wider_than_the_pane_and_nothing_steers_the_terminal(text: str) -> None:
    for width in (12, 40, 90):
        for line in document(text, width=width).lines():
            row = "".join(segment.text for segment in line.segments)
            assert cell_len(row) <= max(width, 12)
            assert row == safe.clean(row)
            assert "\n" not in row
            assert "\t" not in row


WORDS = st.text(st.sampled_from("ab 日👩é"), max_size=80)


@given(WORDS, st.integers(2, 30))
def test_wrapped_rows_fit_and_join_to_the_text(text: str, width: int) -> None:
    made = wrap([(text[:7], MONOCHROME.text), (text[7:], MONOCHROME.strong)], width)
    joined = "".join("".join(part for part, _ in row.spans) + row.join for row in made)
    assert joined.split() == text.split() or "".join(joined.split()) == "".join(text.split())
    assert all(cell_len("".join(part for part, _ in row.spans)) <= width for row in made)


@pytest.mark.parametrize("cluster", ["👩‍👩‍👧‍👦", "é́", "👍🏽", "❤️"])
def test_a_cluster_is_never_cut(cluster: str) -> None:
    for width in range(2, 9):
        for row in wrap([(f"abc{cluster}" * 5, MONOCHROME.text)], width):
            assert "".join(part for part, _ in row.spans).replace(cluster, "").isascii()


def test_characters_taken_for_narrow_are_one_cell() -> None:
    narrow = [chr(code) for code in range(0x20, 0x3000) if not wrapping._ODD.search(chr(code))]
    assert len(narrow) > 1000
    assert [character for character in narrow if get_character_cell_size(character) != 1] == []


# ---------------------------------------------------------------- against the reference parser

BLOCKS = [
    "word\n", "\n", "# h\n", "- a\n", "  - b\n", "* c\n", "1. d\n", "2. e\n", "   f\n", "> q\n", "> - r\n", ">\n",
    "```\n", "    i\n", "***\n", "| a | b |\n", "|---|---|\n", "text\n---\n", "  g\n", "-\n", "- > k\n", "> ```\n",
    "- ```\n", "7) h\n", "      l\n",
]  # fmt: skip


def outline(text: str) -> list[tuple[str, int, str]]:
    """The leaves as markdown-it sees them: kind, containers around it, content."""
    found = []
    depth = 0
    tokens = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["html_block", "reference"]).parse(text)
    table = 0
    for token in tokens:
        match token.type:
            case "blockquote_open" | "list_item_open":
                depth += 1
            case "blockquote_close" | "list_item_close":
                depth -= 1
            case "table_open":
                found.append(("table", depth, ""))
                table = 1
            case "table_close":
                table = 0
            case "fence" | "code_block":
                found.append(("code", depth, token.content.strip("\n")))
            case "hr":
                found.append(("rule", depth, ""))
            case "heading_open":
                found.append(("heading", depth, ""))
            case "paragraph_open" if not table:
                found.append(("text", depth, ""))
            case "inline" if not table:
                kind, at, _ = found.pop()
                found.append((kind, at, "\n".join(line.strip() for line in token.content.split("\n"))))
    return found


@given(st.lists(st.sampled_from(BLOCKS), max_size=12).map("".join))
@settings(max_examples=600, deadline=None)
def test_blocks_are_those_of_the_reference_parser(text: str) -> None:
    got = [
        (
            leaf.kind,
            len(leaf.marks),
            ""
            if leaf.kind in {"table", "rule"}
            else "\n".join(line if leaf.kind == "code" else line.strip() for line in leaf.lines).strip("\n"),
        )
        for leaf in (block.leaf for block in document(text).blocks)
        if leaf.lines or leaf.kind in {"code", "rule", "heading"}
    ]
    assert got == outline(text)


# ---------------------------------------------------------------- what is copied


@pytest.mark.parametrize(
    ("source", "copied"),
    [
        ("- a\n  - b", ["- a", "  - b"]),
        ("> quoted", ["quoted"]),
        ("1. x\n\n   y", ["1. x", "", "y"]),
        ("|a|b|\n|-|-|\n|1||", ["a  b", None, "1"]),
        ("```py\nif x:\n    y  \n```", [None, "if x:", "    y"]),
        ("***", ["---"]),
    ],
)
def test_copied_text_has_no_decoration(source: str, copied: list[str | None]) -> None:
    assert [line.text for line in document(source).lines()] == copied


def test_code_is_kept_as_it_was_written() -> None:
    code = "def f():\n\treturn 'a' * 3   \n\n" + "x = 1\n" * 2000 + "y" * 300
    assert document(f"text\n```python\n{code}\n```\n    two\n").code == (code, "two")


def test_long_code_is_coloured_in_bounded_steps() -> None:
    made = document("```c\n" + "  call(x);\n" * 3000 + "```")
    assert all(sum(map(len, block.leaf.lines)) <= STEP_MAX + 20 for block in made.blocks)
    assert len(made.lines()) == 3001


@pytest.mark.parametrize("language", ["python", "json", "html", "c", "console", "nonsense", "", "yaml", "php", "diff"])
def test_colours_never_change_code(language: str) -> None:
    lines = ["", "  <a b='c'> # x", "$ ls", "\u2028 {", '"k": 1,', "", "+ /* y", ""]
    assert ["".join(text for text, _ in row) for row in highlight(lines, language, MONOCHROME)] == lines


# ---------------------------------------------------------------- the work that is done


@pytest.mark.parametrize(
    "piece",
    [
        "- item with *some* words\n",
        "| a | `b` | c |\n",
        "    code = 1\n",
        "word and *word* ",
        "> quote\n",
        "日本語の文 ",
    ],
)
def test_the_work_per_piece_does_not_grow(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from chattui.tui import inline, render, table

    work = [0, 0]
    half = 0

    def counting(text: str, *rest: object) -> object:
        work[half] += len(text)
        return real(text, *rest)  # type: ignore[arg-type]  # the same arguments

    real = inline.spans
    monkeypatch.setattr(render, "inline", counting)
    monkeypatch.setattr(table, "inline", counting)
    made = Document(MONOCHROME, width=80)
    made.append("| x | y | z |\n|---|---|---|\n" if piece[0] == "|" else "")
    for half in (0, 1):  # noqa: B007 — read by `counting`
        for _ in range(400):
            made.append(piece)
            first = made.refresh()
            for at in range(first, len(made.blocks)):
                made.rows(at)
    assert work[1] <= 1.6 * work[0] + 4000


def test_late_addresses_are_resolved_at_the_end() -> None:
    made = Document(MONOCHROME, width=40)
    made.append("see [it]\n\nmore\n\n")
    made.refresh()
    assert shown(made.lines())[0] == "see [it]"
    made.append("[it]: https://example.org\n")
    made.finish()
    assert shown(made.lines()) == ["see it", "", "more"]


@pytest.mark.parametrize("width", [8, 30, 200])
def test_a_table_of_500_columns_becomes_keys_and_values(width: int) -> None:
    row = "|" + "x|" * 500
    made = document(f"{row}\n|{'-|' * 500}\n{row}\n", width=width)
    assert len(made.lines()) == 500


def test_deep_quotes_stay_inside_the_pane() -> None:
    lines = document("> " * 30 + "deep", width=30).lines()
    assert "".join(row.strip("▎ ") for row in shown(lines)) == "deep"


@pytest.mark.parametrize("marker", ["> ", "- ", "1. ", "> - "])
def test_nesting_ends_somewhere_and_loses_nothing(marker: str) -> None:
    made = document(marker * 3000 + "deep", width=30)
    assert max(len(block.leaf.marks) for block in made.blocks) <= DEEPEST
    assert "".join(shown(made.lines())).endswith("deep")


def test_a_table_that_gets_too_wide_late_looks_as_if_it_always_was() -> None:
    text = "| a | b |\n|---|---|\n" + "| 1234567890 | 2 |\n" * 3 + "| x | " + "wide " * 20 + "|\n| y | z |\n"
    made = Document(MONOCHROME, width=30)
    for piece in text.splitlines(keepends=True):
        made.append(piece)
        made.refresh()
        made.lines()
    made.finish()
    assert same(made.lines()) == same(document(text, width=30).lines())
