"""Seconds of `fit_spark` beside `fit_als` on the same rows; lesson 12 reads them.

    uv run --extra spark python benchmarks/spark.py
    uv run --extra spark python benchmarks/spark.py --millions 0.1 --where als.py

0.1 million are the course's ratings, the other sizes those of one_machine.py. Each fit
has a process of its own; reading the file counts, and so does starting Spark, which
stands in a column of its own too. "an executor killed" is the local cluster once more,
one of its two executors killed when ALS begins. Writes benchmarks/results/spark.csv
(millions, where, start, seconds).
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pandas as pd
from common import RESULTS, ROOT
from one_machine import DAMPINGS, file_of

CLUSTER = "local-cluster[2,1,1400]"
WHERE = {
    "als.py": None,
    "Spark, one process": "local[2]",
    "Spark, two executors": CLUSTER,
    "an executor killed": CLUSTER,
}
SETTINGS = {
    "spark.sql.shuffle.partitions": "8",
    "spark.driver.memory": "3g",
    "spark.executor.memory": "1200m",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}


def measure(where, path):
    """Seconds until Spark is there, and until the fit is."""
    began = time.perf_counter()
    if where == "als.py":
        from collab.als import fit_als

        table = pd.read_csv(path) if path.endswith(".csv") else pd.read_parquet(path)
        # As many factors as fit_spark, and no search for a damping, as there.
        fit_als(table, n_factors=50, **DAMPINGS, progress=False)
        return {"start": 0.0, "seconds": time.perf_counter() - began}

    from pyspark.sql import SparkSession

    from collab.course.java import find_java
    from collab.spark import fit_spark

    find_java()
    builder = SparkSession.builder.master(WHERE[where]).config(map=SETTINGS)
    with builder.getOrCreate() as session:
        start = time.perf_counter() - began
        with tempfile.TemporaryDirectory() as folder:
            if where == "an executor killed":
                arguments = Path(folder), session.sparkContext._gateway.proc.pid
                threading.Thread(target=kill_one, args=arguments, daemon=True).start()
            fit_spark(session, path, Path(folder, "fitted"))
    return {"start": start, "seconds": time.perf_counter() - began}


def kill_one(folder, java):
    """An executor of this Java, as soon as the residuals are written: ALS begins."""
    while not list(folder.glob("fitted.part-*/steps/11/_SUCCESS")):
        time.sleep(0.05)
    table = subprocess.check_output(["ps", "-eww", "-o", "pid,ppid,args"], text=True)
    rows = [line.split(None, 2) for line in table.splitlines()[1:]]
    ours = [
        int(pid)
        for pid, parent, program in rows
        if int(parent) == java and "CoarseGrainedExecutorBackend" in program
    ]
    os.kill(ours[0], signal.SIGKILL)
    print(f"killed one of {len(ours)}", file=sys.stderr)


def report(millions, wheres):
    rows = []
    for million in millions:
        small = ROOT / "data" / "ratings.csv"
        path = small if million == 0.1 else file_of(million, ".parquet")
        for where in wheres:
            command = [sys.executable, __file__, "--measure", where, str(path)]
            output = subprocess.check_output(command, text=True)
            row = {"millions": million, "where": where} | json.loads(output)
            rows.append(row)
            print(row, flush=True)
    file = RESULTS / "spark.csv"
    table = pd.DataFrame(rows).round(1)
    if file.exists():  # the fits that were not asked for stay
        table = pd.concat([pd.read_csv(file), table])
        table = table.drop_duplicates(["millions", "where"], keep="last")
    table["where"] = pd.Categorical(table["where"], list(WHERE))
    table.sort_values(["millions", "where"]).to_csv(file, index=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=float, nargs="+", default=[0.1, 1])
    parser.add_argument("--where", nargs="+", choices=list(WHERE), default=list(WHERE))
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(*arguments.measure)))
    else:
        report(arguments.millions, arguments.where)
