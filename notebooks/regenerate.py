"""Run notebooks from top to bottom and store their outputs, clean.

    uv run python notebooks/regenerate.py                    all of them
    uv run python notebooks/regenerate.py 01_crosstab …      some, solutions included

Each notebook runs in a kernel of its own, in its own folder, in this environment's
Python. What is stored is real (no output is typed by hand) and holds nothing of the
machine: no version, no time, no widget state. Figures are stored in 256 colours. The
figure of a cell with the tag "readme" is written to notebooks/images/ as well.
"""

import base64
import io
import sys
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from PIL import Image

HERE = Path(__file__).parent
KERNELSPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}
FIGURE = ("alt", "width", "height")
WIDGET = "application/vnd.jupyter.widget-view+json"


class ThisPython(AsyncKernelManager):
    """A kernel of the Python that runs this script, whatever kernels are installed."""

    @property
    def kernel_spec(self):
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        argv += ["--log-level=ERROR"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")


def regenerate(path):
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=1200,
        kernel_manager_class=ThisPython,
        resources={"metadata": {"path": str(path.parent)}},
        store_widget_state=False,
        record_timing=False,
    )
    client.execute()
    clean(notebook)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if picture := output.get("data", {}).get("image/png"):
                output.data["image/png"] = in_256_colours(picture)
    nbformat.write(notebook, path)
    for cell in notebook.cells:
        if "readme" in cell.metadata.get("tags", []):
            picture = HERE / "images" / f"{path.stem}.png"
            picture.parent.mkdir(exist_ok=True)
            picture.write_bytes(readme_figure(cell))


def clean(notebook):
    """Keep what a reader sees; drop what belongs to one machine or one run."""
    notebook.metadata = {"kernelspec": KERNELSPEC, "language_info": {"name": "python"}}
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02d}"
        tags = cell.metadata.get("tags")
        cell.metadata = {"tags": tags} if tags else {}
        if "outputs" in cell:
            cell.outputs = joined(cell.outputs)
        for output in cell.get("outputs", []):
            output.pop("transient", None)
            # A widget needs its kernel; without it the text beside it is what shows.
            output.get("data", {}).pop(WIDGET, None)
            if "metadata" in output:  # of which a figure's words and its size stay
                figure = output.metadata.get("image/png", {})
                kept = {key: figure[key] for key in FIGURE if key in figure}
                output.metadata = {"image/png": kept} if kept else {}


def in_256_colours(picture):
    """A PNG in base64, with a third of its bytes: no eye sees the difference."""
    drawn = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
    small = io.BytesIO()
    # Without k-means a colour bar gets broad stripes.
    drawn.quantize(256, kmeans=1).save(small, "PNG", optimize=True)
    return base64.b64encode(small.getvalue()).decode("ascii")


def joined(outputs):
    """What was printed in one go, whatever pieces it arrived in, as one output."""
    together = []
    for output in outputs:
        last = together[-1] if together else {}
        if output.output_type == "stream" and output.name == last.get("name"):
            last["text"] += output.text
        else:
            together.append(output)
    return together


def readme_figure(cell):
    """The bytes of the last PNG among a cell's outputs."""
    data = [output.get("data", {}) for output in cell.outputs]
    pictures = [formats["image/png"] for formats in data if "image/png" in formats]
    return base64.b64decode(pictures[-1])


if __name__ == "__main__":
    wanted = sys.argv[1:]
    for path in sorted(HERE.glob("*.ipynb")) + sorted(HERE.glob("solutions/*.ipynb")):
        if not wanted or path.stem in wanted:
            print(path.relative_to(HERE), flush=True)
            regenerate(path)
