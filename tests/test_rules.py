"""The rule language by itself: paths, placeholders, and what is said of mistakes in a configuration."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui import config, presets
from chattui.rules import Rules, look, path
from chattui.rules.placeholders import UNKNOWN, filled, found, mistakes
from chattui.rules.read import ACTIONS, read_rules

DATA = {"a": {"b": [{"c": 1}, {"c": None}, {"c": 3}]}, "odd.key": {"x y": "z"}, "0": "zero", "null": None, "f": False}


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("$", DATA),
        ("a.b.0.c", 1),
        ("a.b[2].c", 3),
        ("$.a.b[0]", {"c": 1}),
        ("a.b.*.c", [1, 3]),
        ('"odd.key"."x y"', "z"),
        ('$."odd.key"', {"x y": "z"}),
        ("0", "zero"),
        ("a.b.1.c", None),
        ("a.b.7.c", None),
        ("a.b.-1.c", None),
        ("a.x.y", None),
        ("null", None),
        ("f", False),
    ],
)
def test_a_path_leads_to(written: str, found: Any) -> None:
    assert look(DATA, path(written)) == found


@pytest.mark.parametrize("written", ["", " ", "a..b", ".a", "a.", "a b", "a[x]", "a[", 'a."b', "[0]", "a.b c"])
def test_an_impossible_path_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"is empty|is no path"):
        path(written)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda deeper: st.lists(deeper) | st.dictionaries(st.text(), deeper),
    ),
    st.text(),
)
def test_no_path_trips_over_any_json(value: Any, written: str) -> None:
    try:
        way = path(written)
    except ValueError:
        return
    look(value, way)


VALUES = {
    "prompt": 'say "hi"',
    "messages": [{"role": "user"}],
    "history": [],
    "param.n": 0,
    "remote.t": "t1",
    "params": {"a": 1},
}


@pytest.mark.parametrize(
    ("template", "result"),
    [
        ("{prompt}", 'say "hi"'),
        ("{messages}", [{"role": "user"}]),
        ("{param.n}", 0),
        ("{param.n?}", 0),
        ("n={param.n}!", "n=0!"),
        ("{ prompt }", 'say "hi"'),
        ("{remote.none}", None),
        ("{remote.none?}", UNKNOWN),
        ("t-{remote.none}", "t-"),
        ("t-{remote.none?}", UNKNOWN),
        ("{history}", []),
        ("{history?}", UNKNOWN),
        ("{{name}} { a b } {", "{name} { a b } {"),
        ({"a": "{prompt}", "b": "{remote.none?}", "c": {"d": "{remote.none?}"}}, {"a": 'say "hi"', "c": {}}),
        ({"...": "{params}", "a": 0, "b": 2}, {"a": 1, "b": 2}),
        (["{remote.none?}", "{remote.t}", 1], ["t1", 1]),
        (True, True),
    ],
)
def test_a_template_is_filled(template: Any, result: Any) -> None:
    assert filled(template, VALUES) == result


def test_what_the_user_says_is_never_a_template() -> None:
    assert filled("{prompt}", {"prompt": "{system}", "system": "secret"}) == "{system}"
    assert filled("> {prompt}", {"prompt": "{system}", "system": "secret"}) == "> {system}"


@given(st.text())
def test_any_text_is_a_template_or_is_told_why_not(text: str) -> None:
    said = list(mistakes(text))
    assert all(mistake.text and "\x1b" not in mistake.text + mistake.hint for mistake in said)
    filled(text, {placeholder.name: "x" for placeholder in found(text)})


HEAD = '[endpoints.bot]\nurl = "https://bot.example/chat"\n'
BODY = 'body = { message = "{prompt}" }\n'
RULES = 'rules = [{ text = "delta" }]\n'


def problems(text: str) -> list[tuple[int, str, str, str]]:
    return [
        (item.line, item.key.removeprefix("endpoints.bot").lstrip("."), item.text, item.hint)
        for item in config.load_text(text, {}).problems
    ]


@pytest.mark.parametrize(
    ("rule", "key", "said", "hint"),
    [
        ('{ txt = "delta" }', "rules[0].txt", "is neither a condition nor an action.", "Did you mean ‘text’?"),
        ('{ append = "delta" }', "rules[0].append", "is neither a condition nor an action.", "Did you mean ‘text’?"),
        ('{ event = 3, text = "a" }', "rules[0].event", "must be text, or a list of texts.", ""),
        ('{ text = "a..b" }', "rules[0].text", "is no path: it cannot be read from ‘..b’ on.", "Paths are"),
        ("{ text = [] }", "rules[0].text", "must be a path", ""),
        ("{ text = true }", "rules[0].text", "must be a path.", ""),
        ('{ when = { a = { b = [] } }, text = "x" }', "rules[0].when.a", "must be text, a number", ""),
        ('{ when = {}, text = "x" }', "rules[0].when", "must be a table of paths", ""),
        ('{ event = "x" }', "rules[0]", "has no action.", "ignore = true"),
        ('{ tool = "name" }', "rules[0].tool", "must be a table.", "{ name = …, args = … }"),
        ('{ tool = { nam = "x" } }', "rules[0].tool.nam", "is not a key that belongs here.", "Did you mean ‘name’?"),
        ('{ tool = { args = "x" } }', "rules[0].tool", "needs ‘name’.", ""),
        ("{ done = false }", "rules[0].done", "", ""),
        ('{ ignore = "x" }', "rules[0].ignore", "must be true.", ""),
        ('{ set = "x" }', "rules[0].set", "must be a table.", "{ NAME = … }"),
        ('{ usage = { input_tokens = "x" } }', "rules[0].usage.input_tokens", "is not a key", "Did you mean ‘input’?"),
        ("3", "rules[0]", "must be a table.", "For example"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_rule_is_told_with_its_place(rule: str, key: str, said: str, hint: str) -> None:
    found = problems(f"{HEAD}{BODY}rules = [\n  {rule},\n]\n")
    line, place, text, why = found[0]
    assert (line, place) == (5, key)
    assert said in text
    assert hint in why


@pytest.mark.parametrize(
    ("lines", "line", "key", "said", "hint"),
    [
        ('body = { message = "{promt}" }\n' + RULES, 3, "body.message", "unknown placeholder {promt}", "{prompt}"),
        ('body = { message = "{message}" }\n' + RULES, 3, "body.message", "unknown placeholder", "{prompt}"),
        ('body = { message = "{{prompt}}" }\n' + RULES, 3, "body.message", "two braces", "Write {prompt}."),
        ('body = { message = "{prompt}", "..." = 3 }\n' + RULES, 3, 'body."..."', "must be one placeholder", ""),
        ('body = { message = "{prompt}", x = "{params.y}" }\n' + RULES, 3, "body.x", "unknown", "{param.y}"),
        ('body = { message = "{prompt}", x = "{param.y}" }\n' + RULES, 1, "params", "needs ‘y’.", "params = { y = "),
        ('body = { message = "{prompt}", x = "{user}" }\n' + RULES, 1, "", "needs a user.", ""),
        ('body = { message = "hi" }\n' + RULES, 3, "body", "has no place for what the user says.", "{prompt}"),
        (BODY + 'method = "GET"\n' + RULES, 4, "method", "cannot be GET with a body.", "query"),
        (BODY + 'method = "FETCH"\n' + RULES, 4, "method", "does not know ‘FETCH’.", ""),
        (BODY + 'framing = "see"\n' + RULES, 4, "framing", "does not know ‘see’.", "‘sse’"),
        (BODY + 'end = "eol"\n' + RULES, 4, "end", "does not know ‘eol’.", "‘eof’"),
        (BODY + 'history = "clint"\n' + RULES, 4, "history", "does not know ‘clint’.", "‘client’"),
        (BODY + 'opens = "bots"\n' + RULES, 4, "opens", "does not know ‘bots’.", "‘bot’"),
        (BODY + "messages = { lst = 3 }\n" + RULES, 4, "messages.lst", "is not a key", "‘last’"),
        (BODY + 'remote = { id = "{uid}" }\n' + RULES, 4, "remote.id", "unknown placeholder", "{uuid}"),
        (BODY + 'headers = { X-Id = "{convers.id}" }\n' + RULES, 4, "headers.X-Id", "unknown placeholder", ""),
        (BODY + 'models = "fetch"\n' + RULES, 4, "models", "cannot be fetched", ""),
        (BODY + 'calls = { models = { id = "id" } }\n' + RULES, 4, "calls.models", "needs a path.", ""),
        (BODY + "rules = []\n", 4, "rules", "must be a list of tables.", ""),
        (BODY + 'provider = "rules"\n', 1, "", "has no rules.", ""),
    ],
)  # fmt: skip
def test_a_mistake_in_the_request_is_told(lines: str, line: int, key: str, said: str, hint: str) -> None:
    found = problems(HEAD + lines)
    assert len(found) == 1
    assert found[0][:2] == (line, key)
    assert said in found[0][2]
    assert hint in found[0][3]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://{param.host}/chat", "has a placeholder in its host."),
        ("https://x.example/{promt}", "unknown placeholder {promt}"),
        ("https://x.example/chat?q={prompt}", "must end before ? and #."),
        ("ftp://x.example/{prompt}", "must start with http:// or https://."),
    ],
)
def test_an_address_may_hold_placeholders_behind_the_host_only(url: str, said: str) -> None:
    ((line, key, text, _),) = problems(f'[endpoints.bot]\nurl = "{url}"\n{BODY}{RULES}')
    assert (line, key) == (2, "url")
    assert said in text


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (BODY + RULES + "params = { temprature = 1 }\n", "is used nowhere in the request."),
        ('body = { m = "{prompt}", t = "{remote.thred?}" }\nrules = [{ text = "a", set = { thread = "b" } }]\n',
         "asks for {remote.thred}, which no rule sets."),
        (BODY + 'rules = [{ text = "$" }, { event = "x", done = true }]\n', "takes every frame"),
    ],
)  # fmt: skip
def test_what_looks_wrong_is_a_warning_and_disables_nothing(lines: str, said: str) -> None:
    loaded = config.load_text(HEAD + lines, {})
    (problem,) = loaded.problems
    assert problem.severity == "warning"
    assert said in problem.text
    assert "bot" in loaded.endpoints


def test_the_issue_s_own_example_is_an_endpoint() -> None:
    loaded = config.load_text(
        """
[endpoints.support]
url = "https://bot.example/api/chat"
api_key = { env = "SUPPORT_KEY" }
body = { message = "{prompt}", thread = "{remote.thread?}", stream = true, who = { env = "USER" } }
rules = [
  { event = "token", text = "delta" },
  { when = { type = "tool_call" }, tool = { name = "toolName", args = "toolArgs" } },
  { when = { "meta.kind" = "session" }, set = { thread = "meta.id" } },
  { event = "error", error = "message" },
  { data = "[DONE]", done = true },
]
""",
        {"USER": "ada"},
    )
    assert loaded.problems == ()
    support = loaded.endpoints["support"]
    assert support.provider == "rules"
    assert isinstance(support.rules, Rules)
    assert support.rules.template["who"] == "ada"
    assert not support.rules.ends_at_eof


def test_a_body_of_edits_changes_the_preset_and_a_table_is_merged_into_its_template() -> None:
    head = '[endpoints.snack]\npreset = "snackprompt"\nparams = { tenant_id = "t" }\n'
    edited = config.load_text(head + "body = { add = { debug = true } }", {}).endpoints["snack"]
    assert edited.body.add == {"debug": True}
    merged = config.load_text(head + 'body = { filters = { tag_names = ["x"] } }', {}).endpoints["snack"]
    assert merged.rules is not None
    assert merged.rules.template["query"] == "{prompt}"
    assert merged.rules.template["filters"]["tag_names"] == ["x"]


def test_when_takes_lists_and_unquoted_keys_and_tells_true_from_one() -> None:
    rules, said = read_rules([{"when": {"a": {"b": ["x", True]}}, "ignore": True}])
    assert not said
    assert rules[0].when[0].path == ("a", "b")
    assert rules[0].when[0].values == ("x", True)


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_in_the_rule_language_says_what_it_needs(name: str) -> None:
    table = presets.preset(name).table
    if table["provider"] != "rules":
        return
    loaded = config.load_text(f'[endpoints.it]\npreset = "{name}"\n', {})
    needs = {"snackprompt": "needs ‘tenant_id’.", "hardwire": "needs a user.", "flowise": "needs ‘flow’."}
    assert [problem.text for problem in loaded.problems] == ([needs[name]] if name in needs else [])


def test_a_wrong_preset_name_says_did_you_mean() -> None:
    (problem,) = config.load_text('[endpoints.it]\npreset = "snakprompt"\n', {}).problems
    assert "‘snackprompt’" in problem.hint


def test_every_action_has_words() -> None:
    assert all(shape.meaning.endswith((".", "!")) for shape in ACTIONS.values())
