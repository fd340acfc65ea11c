"""collab/course/java.py: the right Java is found, or how to get one is said."""

import os

import pytest

from collab.course.java import find_java


def java(folder, version):
    """A program that says it is this Java."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    program.chmod(0o755)
    return folder


@pytest.mark.skipif(os.name == "nt", reason="a program of a shell's lines")
def test_java_17_or_newer_is_found(tmp_path, monkeypatch):
    old, new = java(tmp_path / "old", "1.8.0_392"), java(tmp_path / "new", "21.0.1")
    eleven = java(tmp_path / "eleven", "11.0.2")
    monkeypatch.setenv("PATH", str(new / "bin"))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert find_java() == str(new / "bin" / "java")
    assert os.environ["JAVA_HOME"] == str(new.resolve())
    # JAVA_HOME comes first, but not if it is too old
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path / "home", "17")))
    assert find_java() == str(tmp_path / "home" / "bin" / "java")
    monkeypatch.setenv("JAVA_HOME", str(old))
    assert find_java() == str(new / "bin" / "java")
    monkeypatch.setenv("JAVA_HOME", str(old))
    monkeypatch.setenv("PATH", str(eleven / "bin"))
    with pytest.raises(RuntimeError, match=r'eleven/bin/java is version "11.*Install'):
        find_java()
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match=r"17 or newer; found none. Install it .apt"):
        find_java()
