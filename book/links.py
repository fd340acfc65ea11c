"""What Sphinx is taught of links: lessons ↔ reference, lessons → glossary.

sphinx-codeautolink does this too, but it imports what the code of the lessons imports:
TensorFlow.
"""

import re

from docutils import nodes
from named import CALL
from sphinx import addnodes

CELL = re.compile(r'<div class="cell_input .*?</pre>', re.S)
NAME = re.compile(r'<span class="n">(\w+)</span>')


def reference(env):
    """{a name as lessons print it: (page, anchor)} of the package."""
    found = {}
    for full, its in env.domains.python_domain.objects.items():
        _, module, *name = full.split(".")
        name = ".".join(name)
        if its.objtype == "module":
            names = [full, f"{module}.py", f"collab/{module}.py"]
        else:
            names = [full, f"{module}.{name}", name]
        found |= dict.fromkeys(names, (its.docname, its.node_id))
    return found


def glossary(env):
    """{term in small letters: (page, anchor)}."""
    objects = env.domains.standard_domain.objects
    return {name.lower(): at for (kind, name), at in objects.items() if kind == "term"}


def link_lesson(app, doctree, docname):
    """In prose a `name` leads to the reference, a **term** to the glossary."""
    if docname not in app.config.lessons:
        return
    names, terms = reference(app.env), glossary(app.env)
    for node in [*doctree.findall(nodes.literal), *doctree.findall(nodes.strong)]:
        if isinstance(node, nodes.literal):
            match = CALL.match(node.astext())
            place = names.get(match[0]) if match else None
        else:
            place = terms.get(" ".join(node.astext().lower().split()))
        if place and not isinstance(node.parent, nodes.reference):
            target = f"{app.builder.get_relative_uri(docname, place[0])}#{place[1]}"
            link = nodes.reference("", "", refuri=target, internal=True)
            node.replace_self(link)
            link += node


def link_code(app, pagename, template, context, doctree):
    """In each cell the first mention of an imported name leads to the reference."""
    names, to = reference(app.env), app.builder.get_relative_uri
    ours = app.config.lessons.get(pagename, set()) & names.keys()

    def link_cell(cell):
        left = set(ours)

        def link(span):
            if span[1] not in left:
                return span[0]
            left.remove(span[1])
            page, anchor = names[span[1]]
            return f'<a class="name" href="{to(pagename, page)}#{anchor}">{span[0]}</a>'

        return NAME.sub(link, cell[0])

    if ours:
        context["body"] = CELL.sub(link_cell, context["body"])


def take_along(app, pagename, template, context, doctree):
    """Below the title: the notebook, and where it comes from."""
    if doctree:
        line = app.builder.templates.render("take_along.html", context)
        context["body"] = context["body"].replace("</h1>", f"</h1>{line.strip()}", 1)


def list_lessons(app, doctree, docname):
    """At the end of a docstring: the lessons that use it."""
    names = reference(app.env)
    users = {}
    for lesson, its in app.config.lessons.items():
        for place in {names[name] for name in its & names.keys()}:
            users.setdefault(place, []).append(lesson)
    for description in doctree.findall(addnodes.desc):
        anchors = description[0]["ids"]
        lessons = users.get((docname, anchors[0] if anchors else None), [])
        line = nodes.paragraph("", "In the lessons: ", classes=["used-in"])
        for lesson in lessons:
            target = app.builder.get_relative_uri(docname, lesson)
            line += nodes.reference("", lesson[:2], refuri=target, internal=True)
            line += nodes.Text(", " if lesson != lessons[-1] else ".")
        if lessons:
            description[-1] += line


def setup(app):
    app.add_config_value("lessons", {}, "env")  # {page: the names that it uses}
    app.connect("doctree-resolved", link_lesson)
    app.connect("doctree-resolved", list_lessons)
    app.connect("html-page-context", link_code)
    app.connect("html-page-context", take_along)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
