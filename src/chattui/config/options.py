"""Every key that the configuration file may have. The checker reads by these tables, and the reference is written from
them: a key that stands here is documented, and nothing else is accepted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from chattui import presets
from chattui.config import credentials, network, values
from chattui.config.result import Config, Notify
from chattui.config.values import At, Option, Options
from chattui.endpoint import Auth, Retry, Timeouts, Tls

DAY = 86400.0


def _providers() -> Collection[str]:
    from chattui.providers import PROVIDERS  # noqa: PLC0415 - it loads asyncio, which reading a file does not need

    return PROVIDERS


def _seconds(default: float, meaning: str, *also: str) -> Option:
    return Option(values.number(0, DAY), "seconds", f"{default:g}", f"{meaning} 0 = off.", also)


def _table(options: Options, meaning: str, *also: str) -> Option:
    return Option(partial(values.table, options), "table", "", meaning, also, options)


def _yes(value: bool) -> str:
    return "true" if value else "false"


def models(value: Any, at: At) -> tuple[str, ...] | str:
    return value if value == "fetch" else values.texts(value, at)


NOTIFY: Options = {
    "bell": Option(values.flag, "boolean", _yes(Notify().bell), "Ring the terminal's bell."),
    "osc9": Option(
        values.flag, "boolean", _yes(Notify().osc9), "A desktop notification, where the terminal knows OSC 9.",
        ("desktop",),
    ),
    "after": Option(
        values.number(0, DAY), "seconds", f"{Notify().after:g}", "Only for replies that took at least this long."
    ),
}  # fmt: skip

TIMEOUTS: Options = {
    "connect": _seconds(Timeouts().connect, "To open the connection."),
    "headers": _seconds(Timeouts().headers, "From the sent request to the status line.", "read"),
    "first_token": _seconds(
        Timeouts().first_token, "From the sent request to the first content; local models load slowly.", "first"
    ),
    "idle": _seconds(Timeouts().idle, "Without a single byte."),
    "idle_content": _seconds(Timeouts().idle_content, "With keep-alives, but without content."),
    "total": _seconds(Timeouts().total, "For the whole reply."),
}

RETRY: Options = {
    "attempts": Option(
        values.whole(0, 10), "integer", f"{Retry().attempts}",
        "Further tries of a request that got no answer, never after the first content.", ("max", "retries"),
    ),
}  # fmt: skip

TLS: Options = {
    "verify": Option(values.flag, "boolean", _yes(Tls().verify), "false = accept any certificate. Only for tests."),
    "ca_file": Option(
        values.existing_file,
        "file",
        "",
        "PEM certificates to trust besides the system's own.",
        ("ca", "cafile", "ca_cert"),
    ),
    "client_cert": Option(
        values.existing_file, "file", "", "A PEM file with the client's certificate and key.", ("cert",)
    ),
}

AUTH: Options = {
    "header": Option(
        network.header_name, "text", f'"{Auth().header}"', 'The header that carries the key; "" sends none.', ("name",)
    ),
    "prefix": Option(network.header_text, "text", f'"{Auth().prefix}"', "What stands before the key.", ("scheme",)),
}

BODY: Options = {
    "add": Option(values.json_table, "table", "{}", "Merged into every request body.", ("set", "extra")),
    "drop": Option(
        values.texts, "list of texts", "[]", "Keys to leave out, as dotted paths.", ("remove", "del", "delete", "omit")
    ),
}

SHARED: Options = {
    "system": Option(values.text, "text", '""', "The system prompt.", ("system_prompt", "instructions", "prompt")),
    "params": Option(
        values.json_table, "table", "{}",
        "Sampling parameters and what else goes into the request; a preset's own ids.",
        ("parameters", "options", "temperature", "max_tokens", "top_p", "top_k", "seed", "stop", "reasoning_effort"),
    ),
    "headers": Option(
        network.headers, "table", "{}",
        "Headers of every request. A value may be a secret reference; false takes one of the preset or defaults away.",
        ("header", "http_headers", "extra_headers", "custom_headers"),
    ),
    "query": Option(
        network.query, "table", "{}", "Query parameters of every request; values as in headers.",
        ("query_params", "parameters_query"),
    ),
    "body": _table(BODY, "Changes to the request body.", "extra_body", "patch"),
    "timeouts": _table(TIMEOUTS, "Deadlines.", "timeout"),
    "retry": _table(RETRY, "Repeating unanswered requests.", "retries", "max_retries"),
    "proxy": Option(
        network.proxy, "text or false", "the environment's",
        "http://, https://, socks5:// or socks5h:// address; false = none. "
        "Without it $HTTPS_PROXY and its kind count, but never for this machine's own servers.",
        ("http_proxy", "https_proxy"),
    ),
    "tls": _table(TLS, "Certificates.", "ssl"),
    "record": Option(
        values.one_of(lambda: ("none", "metadata", "wire")), "text", '"none"',
        "What of each reply is recorded on disk, for the inspector and for replay: "
        "wire = all that came, with its times; metadata = times and sizes without content. Never a key.",
        ("recording", "tape", "log"),
    ),
    "user": Option(values.word, "text", '""', "An end-user id, for back-ends that want one.", ("user_id",)),
}  # fmt: skip
"""What an endpoint and [defaults] may both say."""

ENDPOINT: Options = {
    "provider": Option(
        values.one_of(_providers), "text", '"openai-chat"', "The wire format.",
        ("type", "api", "format", "wire_api", "kind"),
    ),
    "preset": Option(
        values.one_of(presets.names), "text", '""',
        "A shipped bundle of provider, address, auth and parameters; every key of it can be overridden.",
        ("template", "vendor"),
    ),
    "url": Option(
        network.address, "text", "the preset's", "The base address; the provider adds its path.",
        ("base_url", "baseurl", "api_base", "base", "address", "host", "uri", "endpoint", "openai_api_base"),
    ),
    "path": Option(
        values.text, "text", "the provider's", 'What is added to url instead; "" = nothing.', ("completions_path",)
    ),
    "model": Option(values.word, "text", "the server's first", "The model to ask.", ("model_name", "default_model")),
    "models": Option(
        models, 'list of texts or "fetch"', "[]", 'What the picker offers; "fetch" asks the server.', ("model_list",)
    ),
    "api_key": Option(
        credentials.api_key, "secret", "the preset's", "The key. false = none. See secrets.",
        ("key", "apikey", "token", "api_token", "password", "secret", "api_key_cmd", "bearer",
         "api_key_env", "env_key", "key_env"),
    ),
    "auth": _table(AUTH, "How the key is sent.", "authorization", "authentication"),
    **SHARED,
}  # fmt: skip


def of(written: Mapping[str, Any], preset: Mapping[str, Any]) -> Options:
    """The keys that an endpoint may have, by what it is: one with rules has more."""
    if not is_ruled(written, preset):
        return ENDPOINT
    from chattui.config import ruled  # noqa: PLC0415 - few endpoints need it, and a question starts sooner without

    return ruled.options(ENDPOINT)


def is_ruled(written: Mapping[str, Any], preset: Mapping[str, Any]) -> bool:
    """Whether an endpoint is read by these keys: it has rules, or says so, or its preset does."""
    if "rules" in written or "provider" not in written:
        return "rules" in {*written, *preset} or preset.get("provider") == "rules"
    return bool(written["provider"] == "rules")


TOP: Options = {
    "default": Option(
        values.word, "text", "the first one", "The endpoint for new conversations.", ("default_endpoint", "endpoint")
    ),
    "theme": Option(
        values.word, "text", "as last chosen", "The name of a theme; the palette (ctrl+p) lists them.",
        ("colors", "style"),
    ),
    "mouse": Option(values.flag, "boolean", _yes(Config().mouse), "Whether chattui takes the mouse."),
    "titles": Option(
        values.one_of(lambda: ("prompt", "model")), '"prompt" or "model"', '"prompt"',
        "Who names a conversation: its first words, or, once the first reply is complete, the model, "
        "which is asked for that with one small request more.",
    ),
    "list_width": Option(
        values.whole(16, 80), "integer", f"{Config().list_width}", "Cells of the conversation list.",
        ("sidebar_width", "width"),
    ),
    "notify": _table(NOTIFY, "When a long reply ends while the terminal has no focus.", "notifications"),
    "keys": Option(values.anything, "table", "", "Keys of actions, see [keys](keys.md).", ("keybindings", "bindings")),
    "defaults": Option(
        values.anything, "table", "", "Laid under every endpoint.", ("common", "global"), SHARED
    ),
    "endpoints": Option(
        values.anything, "tables", "", "One table for each endpoint: [endpoints.NAME].",
        ("providers", "models", "model_providers", "clients", "servers"), ENDPOINT,
    ),
}  # fmt: skip
"""The top level of the file. `keys`, `defaults` and `endpoints` are read by `check`."""
