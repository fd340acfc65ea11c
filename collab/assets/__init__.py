"""HTML, CSS and JavaScript of the page and of the panel, each a file of its own."""

from importlib.resources import files


def asset(name):
    """The text of a file of this folder."""
    return (files(__package__) / name).read_text("utf-8")
