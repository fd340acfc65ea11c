"""A machine → the Java on it that lesson 12's Spark can use, or how to get one."""

import os
import re
import shutil
import subprocess
from pathlib import Path


def find_java():
    """Java 17 or newer, of JAVA_HOME or on the PATH: Spark will take this one.

    Returns:
        The path of the program, text.

    Raises:
        RuntimeError: there is none. It says how to get one.
    """
    home, found = os.environ.get("JAVA_HOME"), "found none"
    at_home = home and shutil.which("java", path=f"{home}/bin")
    for java in filter(None, (at_home, shutil.which("java"))):
        run = subprocess.run([java, "-version"], capture_output=True, text=True)
        version = re.search(r'version "(\d+)', run.stderr)
        if version and int(version[1]) >= 17:
            os.environ["JAVA_HOME"] = str(Path(java).resolve().parents[1])
            return java
        found = f"{java} is {version[0] if version else 'none'}"
    raise RuntimeError(
        f"Spark needs Java 17 or newer; {found}. Install it (apt install "
        "openjdk-17-jre-headless, brew install openjdk@17, https://adoptium.net), or "
        "set JAVA_HOME to where it is"
    )
