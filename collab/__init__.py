"""The pipeline of a recommender, one stage a file.

Import what you need from the module that has it: `from collab.ids import IdMap`.
A module imports only from those below it (`[tool.importlinter]` in pyproject.toml).
"""
