"""What lessons and modules name: functions, terms and works.

From it come the links between lessons and reference (links.py), and on the pages of
terms and works the places where each is named.
"""

import ast
import re

BOLD = re.compile(r"\*\*([^*]+)\*\*")
CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
CALL = re.compile(r"[\w./]+(?=\(|$)")
TERM = re.compile(r"^(\w.*)\n((?:  .+\n)+)", re.M)
WORK = re.compile(r"^- (\w+).*?\((\d{4})\)(?:.*\n)(?:  .+\n)*", re.M)


def cells(notebook, kind):
    return [cell.source for cell in notebook.cells if cell.cell_type == kind]


def prose(notebook):
    return "\n".join(cells(notebook, "markdown"))


def imported(code):
    """The names that code imports from the package."""
    try:
        tree = ast.parse(code)
    except SyntaxError:  # a line for the shell
        return set()
    return {
        name.name
        for line in ast.walk(tree)
        if isinstance(line, ast.ImportFrom) and (line.module or "").startswith("collab")
        for name in line.names
    }


def names_in(notebook):
    """What a lesson imports from the package, and what it prints as `code`."""
    shown = map(CALL.match, CODE.findall(prose(notebook)))
    names = {match[0] for match in shown if match}
    return names.union(*map(imported, cells(notebook, "code")))


def terms_in(notebook):
    """What a lesson prints in bold, in small letters."""
    return {" ".join(words.lower().split()) for words in BOLD.findall(prose(notebook))}


def places(lessons, modules=()):
    """Links in Markdown to lessons and modules: "Lessons 05, 08; als.py"."""
    links = ", ".join(f"[{name[:2]}]({name}.ipynb)" for name in lessons)
    parts = [f"Lesson{'s' if lessons[1:] else ''} {links}"] if lessons else []
    parts += [f"[{name}.py](api/{name}.rst)" for name in modules]
    return ", ".join(parts)


def with_lessons(glossary, terms):
    """Each term with links to the lessons that print it in bold.

    Args:
        glossary: Markdown, a definition list.
        terms: {lesson: its terms in small letters}.
    """

    def located(entry):
        where = [name for name, its in terms.items() if entry[1].lower() in its]
        return f"{entry[1]}\n{entry[2].rstrip()} {places(where)}.\n"

    return TERM.sub(located, glossary)


def names_work(text, surname, year):
    """Does a text name a work, "Koren, Bell and Volinsky, … (Computer, 2009)"?"""
    first = rf"(?<!, )(?<!and )\b{surname}\b"
    return bool(re.search(rf"{first}(?:(?!\n\n)[\s\S]){{0,250}}\b{year}\b", text))


def with_places(bibliography, lessons, modules):
    """Each work with links to where it is named.

    Args:
        bibliography: Markdown, a list whose items begin "Surname, … (year)".
        lessons, modules: {name: its text}.
    """

    def located(entry):
        found = [
            [name for name, text in texts.items() if names_work(text, *entry.groups())]
            for texts in (lessons, modules)
        ]
        return f"{entry[0].rstrip()} {places(*found)}.\n"

    return WORK.sub(located, bibliography)
