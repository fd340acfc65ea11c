"""One local Spark session for all tests of a process."""

import os

import pytest

from collab.course.java import find_java

# For small tables: what Java compiles costs more than it saves. Half of Java's stack:
# what grows with the iterations overflows here, not one day on another machine.
SMALL = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.driver.extraJavaOptions": (
        "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xss512k"
    ),
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}


def open_session():
    """Without pyspark or Java a skip, or a failure where REQUIRE_SPARK is set."""
    try:
        from pyspark.sql import SparkSession

        find_java()
    except (ImportError, RuntimeError) as error:
        if "REQUIRE_SPARK" in os.environ:
            raise
        pytest.skip(f"{error}; then: uv run --extra spark pytest tests/test_spark.py")
    return SparkSession.builder.master("local[2]").config(map=SMALL).getOrCreate()
