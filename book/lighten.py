"""A finished site → the same pages, with less to load.

The theme brings the styles of all that Bootstrap and Font Awesome can do, Sphinx the
scripts of a search that is not ours.
"""

import html
import logging
import re
import unicodedata
from pathlib import Path

import tinycss2

# The styles --------------------------------------------------------------------------

CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
INNER = re.compile(r":(?:not|is|where|has)\([^()]*(?:\([^()]*\)[^()]*)*\)")


def selectors(prelude):
    """A rule's selectors, as text."""
    parts = [[]]
    for token in prelude:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return [tinycss2.serialize(part) for part in parts]


def kept(style, words):
    """Of a style sheet the rules whose classes are among the words."""
    text = ""
    for rule in tinycss2.parse_rule_list(style, True, True):
        if rule.type == "qualified-rule":
            fits = [
                selector
                for selector in selectors(rule.prelude)
                if words.issuperset(CLASS.findall(INNER.sub("", selector)))
            ]
            if fits:
                text += f"{','.join(fits)}{{{tinycss2.serialize(rule.content)}}}\n"
        elif rule.type == "at-rule" and rule.at_keyword in ("media", "supports"):
            if inner := kept(rule.content, words):
                head = f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}"
                text += f"{head}{{{inner}}}\n"
        elif "Font Awesome" not in (rule_text := rule.serialize()):
            text += rule_text
    return text


def cut_styles(site):
    """Leave out the rules for classes that no page has and no script gives."""
    pages = " ".join(map(read, site.rglob("*.html")))
    given = " ".join(re.findall(r'\bclass="([^"]*)"', pages))
    scripts = " ".join(map(read, site.glob("_static/**/*.js")))
    words = set(re.findall(r"[\w-]+", f"{given} {scripts}"))
    for sheet in site.glob("_static/**/*.css"):
        sheet.write_text(kept(read(sheet), words), encoding="utf-8")


# The files ---------------------------------------------------------------------------

# A script of Sphinx's search; names, brackets and gaps, which are coloured as all code.
SCRIPT = r"<script[^>]*/(?:{})\b[^>]*></script>"
NOTHING = re.compile(SCRIPT.format("sphinx_highlight"))
COPYING = re.compile(SCRIPT.format("clipboard|copybutton"))
PLAIN = re.compile(r'<span class="[npw]">([^<]*)</span>')


def read(path):
    return path.read_text(encoding="utf-8")


def drop_files(site):
    """Leave out what does nothing on a page, and then the files that nothing names."""
    for page in site.rglob("*.html"):
        text = PLAIN.sub(r"\1", NOTHING.sub("", read(page)))
        if 'class="highlight"' not in text:
            text = COPYING.sub("", text)
        page.write_text(text, encoding="utf-8")
    for source_map in site.glob("_static/**/*.map"):
        source_map.unlink()
    left = {path for path in site.glob("_static/**/*") if path.is_file()}
    texts = [read(page) for page in site.rglob("*.html")]
    while True:
        named = {path for path in left if any(path.name in text for text in texts)}
        if not named:
            break
        left -= named
        texts = [read(path) for path in named if path.suffix in (".css", ".js")]
    for path in left:
        path.unlink()


# The font of the formulas ------------------------------------------------------------

# A letter that stands alone is drawn as one of these: 𝐴 to 𝑧, 𝛢 to 𝜛, and ℎ.
ITALIC = [*map(chr, [*range(0x1D434, 0x1D468), *range(0x1D6E2, 0x1D71C)]), "ℎ"]


def write_font(site):
    """The font of the formulas, cut down to the signs that they use."""
    import ziamath
    from fontTools import subset

    # The theme's code colours switch on the log of every library.
    logging.getLogger("fontTools").setLevel("WARNING")
    pages = [read(path) for path in site.rglob("*.html")]
    formulas = "".join(re.findall(r"<math.*?</math>", "".join(pages), re.S))
    signs = {*html.unescape(re.sub(r"<[^>]*>", "", formulas))}
    # The name records hold the copyright and the licence; ssty are the small letters.
    options = subset.Options(flavor="woff2", name_IDs="*", layout_features=["ssty"])
    whole = Path(ziamath.__file__).with_name("fonts") / "STIXTwoMath-Regular.ttf"
    font = subset.load_font(whole, options)
    subsetter = subset.Subsetter(options)
    italic = {sign for sign in ITALIC if unicodedata.normalize("NFKC", sign) in signs}
    subsetter.populate(text="".join(signs | italic))
    subsetter.subset(font)
    subset.save_font(font, site / "_static" / "formulas.woff2", options)


def lighten(site):
    drop_files(site)
    cut_styles(site)
    write_font(site)
