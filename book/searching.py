"""The text of all pages → a script that the page *Search* loads.

Sphinx's own search finds pages, not places, and asks for each page it found once more,
which a page that was opened from a disk may not do.
"""

import json
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.builders.html import StandaloneHTMLBuilder

SKIPPED = (
    addnodes.toctree,
    nodes.comment,
    nodes.doctest_block,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.raw,
)
BLOCKS = (nodes.entry, nodes.paragraph, nodes.title)


def places(doctree):
    """[[anchor, heading, text], …] of a page: its sections, docstrings and terms."""
    found = []

    def opened(node):
        """What begins a place: its anchor, its heading, what is in it."""
        if isinstance(node, nodes.section):
            return node["ids"][0], node[0].astext(), node[1:]
        if isinstance(node, addnodes.desc) and node[0]["ids"]:
            # Of a docstring what it says first, and the methods.
            inner = [part for part in node[-1] if isinstance(part, addnodes.desc)]
            return node[0]["ids"][0], node[0]["fullname"], [*node[-1][:1], *inner]
        if isinstance(node, nodes.definition_list_item) and node[0]["ids"]:
            return node[0]["ids"][0], node[0].astext(), node[-1]
        return None

    def collect(children, place):
        for node in children:
            if isinstance(node, nodes.Text):
                place[2] += node.astext().replace("\n", " ")
            elif isinstance(node, SKIPPED) or "cell" in node.get("classes", []):
                continue
            elif begins := opened(node):
                anchor, heading, inside = begins
                found.append([anchor, heading, ""])
                collect(inside, found[-1])
            else:
                collect(node.children, place)
                place[2] += "\n" * isinstance(node, BLOCKS)

    collect(doctree.children, ["", "", ""])
    return [place for place in found if place[2].strip() or place[1]]


def keep(app, doctree, docname):
    if docname != "search":
        title = app.env.titles[docname].astext()
        uri = app.builder.get_relative_uri("search", docname)
        app.site_text[docname] = [uri, title, places(doctree)]


def write(app, why):
    lessons = [
        app.site_text.pop(name) for name in app.config.lessons if name in app.site_text
    ]
    text = json.dumps([*lessons, *app.site_text.values()], ensure_ascii=False)
    Path(app.outdir, "_static", "site_text.js").write_text(
        f"const SITE_TEXT = {text};\n", encoding="utf-8"
    )


def setup(app):
    StandaloneHTMLBuilder.search = False
    app.site_text = {}  # {page: [address, title, its places]}
    app.connect("doctree-resolved", keep)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True}
