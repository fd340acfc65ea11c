"""Where the repository is, for the tests that read its files."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
