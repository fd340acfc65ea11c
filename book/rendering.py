"""What Sphinx is taught for this site: anchors, formulas, docstrings, files to copy."""

import ast
import re
import textwrap
from pathlib import Path

from docutils import nodes
from docutils.nodes import SkipNode
from latex2mathml.converter import convert
from myst_nb.core.render import NbElementRenderer
from numpy.typing import ArrayLike
from sphinx.addnodes import desc_signature
from sphinx.util import logging
from sphinx.util.typing import stringify_annotation

from collab.onefile import one_file

log = logging.getLogger(__name__)


def anchor(title):
    """JupyterLab's anchor of a heading, which the links in the notebooks use."""
    return title.replace(" ", "-")


# Formulas: LaTeX → MathML, which browsers draw without a script. ---------------------


def mathml(latex, display):
    """A formula; one that the converter does not understand is a warning."""
    made = convert(latex, display=display)
    for unknown in re.findall(r">(\\[a-zA-Z]+)<", made):
        log.warning("no MathML for %s in %s", unknown, latex)
    # Bars are brackets here; as an operator between two terms they would stand apart.
    bar = '<mo stretchy="false">&#x0007C;</mo>'
    made = made.replace(bar, bar.replace("<mo ", '<mo lspace="0" rspace="0" '))
    # Chrome sets an accent on the letter itself. An ordinary sign stands above it: of
    # full size, and the circumflex instead of the larger caret.
    hat = '<mo stretchy="false" scriptlevel="+0">&#x002C6;</mo></mover>'
    made = made.replace("<mo>&#x0005E;</mo></mover>", hat)
    return made.replace(' accent="true"', "")


def inline_formula(writer, node):
    writer.body.append(mathml(node.astext(), "inline"))
    raise SkipNode


def block_formula(writer, node):
    made = mathml(node.astext(), "block")
    writer.body.append(f'<div class="formula" tabindex="0">{made}</div>\n')
    raise SkipNode


# Docstrings: Google style with `names` and formulas in plain text → reStructuredText. -

NAME = re.compile(r"[A-Za-z_][\w.]*")
# One letter below another, or a sign above it: b_i, n_u², e^(-a).
LOWER = re.compile(r"(?<![\w.])([^\W\d_])_([^\W\d_])(?![^\W²])")
SECTION = re.compile(r"^(?=(?:Args|Returns|Raises|Warns):$)", re.M)
RAISED = re.compile(r"\^(\([^()]*\)|-?\w)")


def escape(text):
    return re.sub(r"([\\*|`]|_(?!\w))", r"\\\1", text)


def marked_up(text):
    """Prose, or a formula; `names` become references, or code."""
    made = []
    for k, part in enumerate(text.split("`")):
        if k % 2 == 0:
            part = LOWER.sub(r"\1\\ :sub:`\2`\\ ", escape(part))
            made.append(RAISED.sub(r"\\ :sup:`\1`\\ ", part))
        else:
            role = ":py:obj:" if NAME.fullmatch(part) else ":code:"
            made.append(f"{role}`{' '.join(part.split())}`\\ ")
    return re.sub(r"\\ (?=\s|$)", "", "".join(made))


def in_columns(line):
    """A letter put below another takes one sign less; the next gap makes up for it."""
    parts = re.findall(r"(.+?)( {2,}|$)", line)
    return "".join(
        part + gap + " " * len(LOWER.findall(part) if gap else "")
        for part, gap in parts
    )


def indented(block):
    """An indented block: code if it can be parsed, else a formula as it is set."""
    lines = textwrap.dedent(block).strip().splitlines()
    try:
        ast.parse("\n".join(lines))
    except SyntaxError:
        directive = ".. parsed-literal::\n   :class: formula\n\n"
        lines = marked_up("\n".join(map(in_columns, lines))).splitlines()
    else:
        directive = ".. code-block:: python\n\n"
    return directive + "\n".join(f"   {line}" for line in lines)


def as_restructured_text(docstring):
    """A docstring of this project as Sphinx wants it."""
    # Above the sections (Args, …), what is indented is a formula.
    text, *sections = SECTION.split(docstring)
    made = []
    for part in re.split(r"\n\n+", text.rstrip()):
        if part.startswith("    "):
            made.append(indented(part))
        elif part.startswith(">>> "):
            made.append(part)
        else:
            made.append(marked_up(part))
    return "\n\n".join([*made, "".join(map(marked_up, sections))])


def docstring(app, what, name, thing, options, lines):
    lines[:] = as_restructured_text("\n".join(lines)).splitlines()


def array_like(app, what, name, thing, options, signature, returned):
    """NumPy's `ArrayLike` by its name, where Sphinx lists the seven types within."""
    seven = stringify_annotation(ArrayLike, "smart")
    return signature and signature.replace(seven, "ArrayLike"), returned


def no_field(app, what, name, thing, skip, options):
    """The fields of a named tuple say nothing but their number."""
    return True if str(thing.__doc__).startswith("Alias for field number") else skip


def known_name(app, env, node, contnode):
    """A name of the package that nothing has would be left as plain code."""
    if node.get("reftarget", "").startswith("collab."):
        log.warning("nothing is called %s", node["reftarget"], location=node)


def link_one_file(app, doctree):
    """Beside each function and class, a link to one file with all that it needs."""
    for signature in doctree.findall(desc_signature):
        name = signature.get("fullname", "")
        try:
            text = one_file([name])
        except ValueError:
            continue  # a method, or what reads files of the package
        # `ease` and `Ease` are one name for many a file system.
        path = f"_static/one_file/{signature.parent['objtype']}/{name}.py"
        file = Path(app.outdir, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        # The mark of UTF-8: many a server does not say how a file is encoded.
        file.write_text(text, encoding="utf-8-sig")
        label = nodes.inline("", "[one file]", classes=["viewcode-link"])
        signature += nodes.reference("", "", label, refuri=f"../{path}")


def with_words(render_image):
    """MyST-NB 1.4 reads a figure's size from its output's metadata, not its words."""

    def render(self, data):
        (image,) = render_image(self, data)
        image["alt"] = data.output_metadata.get(data.mime_type, {}).get("alt", "")
        return [image]

    return render


def setup(app):
    NbElementRenderer.render_image = with_words(NbElementRenderer.render_image)
    app.add_html_math_renderer("mathml", (inline_formula, None), (block_formula, None))
    app.config.html_math_renderer = "mathml"
    app.connect("autodoc-process-docstring", docstring, priority=400)  # before napoleon
    app.connect("autodoc-process-signature", array_like)
    app.connect("autodoc-skip-member", no_field)
    app.connect("doctree-read", link_one_file)
    app.connect("missing-reference", known_name)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
