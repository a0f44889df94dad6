"""How an exported page looks: light and dark, on the screen and on paper."""

from __future__ import annotations

from functools import cache

from pygments.formatters import HtmlFormatter

STYLE = """:root { --back: #fdfdfc; --text: #1d1f23; --dim: #62676f; --line: #dfe1e5; --tint: #f3f4f6; --you: #2563a8;
 --them: #2f7d52; --wrong: #a3420b; }
@media (prefers-color-scheme: dark) { :root { --back: #15171a; --text: #e4e6ea; --dim: #969ca6; --line: #33373e;
 --tint: #1f2227; --you: #7db3ee; --them: #79c79b; --wrong: #f0a070; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 48rem; padding: 2rem 1.25rem 4rem; background: var(--back); color: var(--text);
 font: 1rem/1.6 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0; }
.facts, small, figcaption, summary, .sources, .file { color: var(--dim); font-size: .85rem; }
header { border-bottom: 1px solid var(--line); margin-bottom: 1.5rem; }
article { border-left: 3px solid var(--them); margin: 0 0 1.75rem; padding-left: 1rem; }
article.user { border-color: var(--you); }
article.system { border-color: var(--line); }
article > h2 { color: var(--them); font-size: .95rem; margin: 0 0 .4rem; }
article.user > h2 { color: var(--you); }
article.system > h2 { color: var(--dim); }
small { font-weight: normal; margin-left: .4rem; }
.said > :first-child, details > div > :first-child { margin-top: 0; }
.said > :last-child { margin-bottom: 0; }
.said :is(h1, h2, h3, h4, h5, h6) { font-size: 1.05rem; margin: 1.2em 0 .4em; }
a { color: var(--you); }
pre, code { font-family: ui-monospace, monospace; font-size: .875rem; }
pre { background: var(--tint); border-radius: 6px; line-height: 1.45; overflow-x: auto; padding: .8rem 1rem; }
:not(pre) > code { background: var(--tint); border-radius: 4px; padding: .1em .3em; }
blockquote { border-left: 3px solid var(--line); color: var(--dim); margin-left: 0; padding-left: 1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; }
details { margin: .5rem 0; }
details.other { border: 1px dashed var(--line); border-radius: 6px; margin-bottom: 1.75rem; padding: .4rem .8rem; }
summary { cursor: pointer; }
img { height: auto; max-width: 100%; }
figure { margin: .8rem 0; }
.wrong { color: var(--wrong); }
@media print { body { max-width: none; padding: 0; } pre { white-space: pre-wrap; } a { color: inherit; }
 article > h2, summary { break-after: avoid; } pre, table, figure { break-inside: avoid; } }
"""
LIGHT, DARK = "default", "github-dark"


@cache
def code_style() -> str:
    """The colours of code, the dark ones where the reader's system is dark."""
    light = HtmlFormatter(style=LIGHT).get_style_defs(".code")
    dark = HtmlFormatter(style=DARK).get_style_defs(".code")
    plain = ".code { background: var(--tint); }\n"
    return f"{light}\n@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}\n{plain}"
