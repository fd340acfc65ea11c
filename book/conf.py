"""How Sphinx makes pages of what build.py hands it: theme, formulas, docstrings."""

import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(Path(__file__).parent))  # rendering.py
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))

project = CITATION["title"]
author = CITATION["authors"][0]["name"]
version = release = str(CITATION["version"])
language = "en"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "rendering"]
templates_path = ["templates"]

# Notebooks as they are stored.
nb_execution_mode = "off"
nb_render_text_lexer = "none"  # what a cell printed is no Python
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 4
myst_update_mathjax = False
suppress_warnings = ["myst.strikethrough"]
myst_heading_slug_func = "rendering.anchor"

# The package. What it imports is not needed to read its docstrings.
default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_mock_imports = ["keras", "numba", "pyspark", "tensorflow"]
autodoc_preserve_defaults = True
add_module_names = False
napoleon_use_rtype = False
napoleon_use_ivar = True

# Light and dark, and nothing from another host or by `fetch`, which file:// forbids.
html_theme = "sphinx_book_theme"
html_title = project
html_show_search_summary = False
html_copy_source = False
html_show_sphinx = False
html_static_path = ["static"]
html_css_files = ["book.css"]
html_theme_options = {
    "use_download_button": False,
    "use_fullscreen_button": False,
    "navbar_persistent": [],
    "show_navbar_depth": 1,
    "footer_content_items": "licence.html",
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_context = {"citation": CITATION, "default_mode": "auto"}
