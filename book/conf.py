"""How Sphinx makes pages of what build.py hands it: theme, formulas, docstrings."""

import os
import re
from pathlib import Path

import nbformat
import yaml
from named import names_in

ROOT = Path(__file__).parents[1]

# The repository's address, "https://github.com/owner/name". Without it no page links to
# a source, to issues or to a machine to run on.
REPOSITORY = os.environ.get("REPOSITORY", "").rstrip("/")
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))

project = CITATION["title"]
author = CITATION["authors"][0]["name"]
version = release = str(CITATION["version"])
language = "en"
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "rendering",
    "links",
    "searching",
]
templates_path = ["templates"]

# Notebooks as they are stored.
nb_execution_mode = "off"
nb_render_text_lexer = "none"  # what a cell printed is no Python
myst_enable_extensions = ["dollarmath", "colon_fence", "html_image"]
myst_heading_anchors = 4
myst_update_mathjax = False
suppress_warnings = ["myst.strikethrough"]
myst_heading_slug_func = "rendering.anchor"

# The package. What it imports is not needed to read its docstrings.
default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_mock_imports = [
    "anywidget",
    "keras",
    "pooch",
    "pyspark",
    "tensorflow",
    "textalloc",
    "traitlets",
]
autodoc_preserve_defaults = True
add_module_names = False
napoleon_use_rtype = False
napoleon_use_ivar = True

# Of each lesson the names of the package it uses (links.py), and the README's line.
lessons = {
    path.stem: names_in(nbformat.read(path, as_version=4))
    for path in sorted(ROOT.glob("notebooks/*.ipynb"))
}
README = (ROOT / "README.md").read_text(encoding="utf-8")
DESCRIPTIONS = dict(re.findall(r"\(notebooks/(\w+)\.ipynb\) \| (.*?) \|", README))

# Light and dark, and nothing from another host or by `fetch`, which file:// forbids.
html_theme = "sphinx_book_theme"
html_title = project
html_copy_source = False
html_show_sphinx = False
html_scaled_image_link = False  # build.py has a link for each figure
html_favicon = "static/favicon.svg"
html_static_path = ["static", "images"]
html_css_files = ["book.css"]
html_js_files = ["book.js"]
copybutton_selector = "div.cell_input pre, div.highlight-python pre"
html_theme_options = {
    "use_download_button": False,
    "use_fullscreen_button": False,
    "navbar_persistent": [],
    "max_navbar_depth": 1,
    "show_navbar_depth": 1,
    "footer_content_items": "licence.html",
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
# GitHub Pages, where .github/workflows/pages.yml puts the site.
owner, _, name = REPOSITORY.removeprefix("https://github.com/").partition("/")
html_baseurl = f"https://{owner}.github.io/{name}/" if name else ""
html_context = {
    "baseurl": html_baseurl,
    "citation": CITATION,
    "default_mode": "auto",
    "descriptions": DESCRIPTIONS,
    "lessons": lessons,
    "repository": REPOSITORY,
    "summary": README.split("\n\n")[1].replace("\n", " "),
    "with_solutions": {path.stem for path in ROOT.glob("notebooks/solutions/*.ipynb")},
}
