"""The pipeline of a recommender, one stage a file.

Import what you need from the module that has it: `from collab.ids import IdMap`.
A module imports only from those below it (`[tool.importlinter]` in pyproject.toml).

What may come in, wherever a docstring does not say more:
- a table is a DataFrame with each column that is named, once, whatever its index;
- ids are whole numbers (whole floats as well) or text, all of one kind; compared with
  other ids, of the same kind as these;
- ratings and other numbers are finite; times are datetimes, or numbers of seconds;
- columns may be NumPy's, pandas's nullable ones, Arrow's, or categories of these, and
  have no missing value; where the order does not count, a set of ids is served, too;
- a size, such as `n_items` of a catalogue, is a whole number of at least 1;
- `seed` is a whole number or a generator; `progress=False` shows nothing.

All else is refused by a `ValueError` with one sentence: it names the argument or the
column, the value that came, and the conversion that cures it. `collab.checks` has these
checks; a section "Raises" tells only what is special to a function.
"""
