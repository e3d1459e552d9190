"""The what-if widget in a real browser: JupyterLab is started, a slider is dragged, a chart changes.

Needs jupyterlab, playwright (the package; no browser of its own) and Chromium. With FLOWTIME_SHOTS set to a
folder, pictures of the page are left there.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("jupyterlab")
pytest.importorskip("anywidget")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: `apt-get install chromium`")

MODELS = Path(__file__).parents[2] / "examples" / "models"

# From the moment that a slider is moved to the moment that the chart has the answer.
MEASURE = """
async ([name, positions]) => {
  const widget = document.querySelector('.flowtime-widget');
  const range = widget.querySelector(`input[aria-label="${name}"]`);
  const line = () => widget.querySelector('.chart .line').getAttribute('d');
  const times = [];
  for (const position of positions) {
    const before = widget.dataset.answer, drawn = line();
    const answered = new Promise((done) => {
      const watch = new MutationObserver(() => {
        if (widget.dataset.answer !== before) { watch.disconnect(); done(); }
      });
      watch.observe(widget, { attributes: true });
    });
    const start = performance.now();
    range.value = position;
    range.dispatchEvent(new Event('input', { bubbles: true }));
    await answered;
    times.push(performance.now() - start);
    if (line() === drawn) throw new Error(`the chart did not change at ${position}`);
  }
  return times;
}
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running JupyterLab with a notebook; its address."""
    folder = tmp_path_factory.mktemp("lab")
    book = nbformat.v4.new_notebook()
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = str(MODELS / "checkout.yaml")
    book.cells = [
        nbformat.v4.new_code_cell(
            f"import flowtime as ft\nplan = ft.Model.from_path({path!r}).compile()\n"
            "sliders = {'regular_tills': (2, 8, 1), 'service_time': (1, 4), 'extra_tills': (0, 4, 1)}\n"
            "widget = plan.widget(sliders, ['line', 'served', 'tills'])\n"
            "widget"
        )
    ]
    nbformat.write(book, folder / "what_if.ipynb")
    port, token = free_port(), secrets.token_hex(16)
    homes = {
        name: str(folder / name.lower())
        for name in (
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTERLAB_SETTINGS_DIR",
            "JUPYTERLAB_WORKSPACES_DIR",
            "IPYTHONDIR",
        )
    }
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
        "--ServerApp.ip=127.0.0.1",
        f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}", "--ServerApp.open_browser=False",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.news_url=None",
    ]  # fmt: skip
    with (folder / "log.txt").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **homes}, cwd=folder)
    try:
        address = f"http://127.0.0.1:{port}/lab/tree/what_if.ipynb?token={token}"
        deadline = time.monotonic() + 90
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api?token={token}", timeout=5).close()
                break
            except OSError:
                assert server.poll() is None, (folder / "log.txt").read_text()[-3000:]
                assert time.monotonic() < deadline, (folder / "log.txt").read_text()[-3000:]
                time.sleep(0.3)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


@pytest.fixture(scope="module")
def page(lab: str) -> Iterator[Any]:
    """The notebook in a browser, with its widget."""
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(20_000)
        page.goto(lab)
        # What is run before the kernel listens is dropped by JupyterLab, so it is asked again, as a person would.
        for last in (False, False, False, True):
            page.locator(".jp-Notebook .jp-CodeCell").first.click()
            page.keyboard.press("Shift+Enter")
            try:
                page.wait_for_selector(".flowtime-widget .chart path.line", timeout=10_000)
                break
            except sync_api.TimeoutError:
                if last:
                    raise
        yield page
        browser.close()


def shot(page: Any, name: str) -> None:
    folder = os.environ.get("FLOWTIME_SHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def test_a_moved_slider_changes_the_chart_within_a_blink(page: Any) -> None:
    assert page.locator(".flowtime-widget .chart").count() == 3
    shot(page, "widget-before")
    times = page.evaluate(MEASURE, ["service_time", [1.5 + i / 10 for i in range(20)]])
    print(f"\nslider to chart: median {statistics.median(times):.0f} ms, most {max(times):.0f} ms")
    shot(page, "widget-after")
    # 100 ms on a machine of its own; this one may be busy.
    assert statistics.median(times) < 300


def test_a_slider_is_dragged_and_the_last_position_wins(page: Any) -> None:
    slider = page.locator('.flowtime-widget input[aria-label="regular_tills"]')
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 3, y)
    page.mouse.down()
    for i in range(60):
        page.mouse.move(box["x"] + box["width"] * (0.33 + i / 60 * 0.66), y)
    page.mouse.move(box["x"] + box["width"] - 1, y)
    page.mouse.up()
    shot(page, "widget-dragged")
    page.wait_for_function(
        "() => /max (8|10)$/.test(document.querySelectorAll('.flowtime-widget .chart .now')[2].textContent)"
        " && document.querySelector('.flowtime-widget output').textContent === '8'"
    )
    # The picture for exported notebooks is made anew; the widget is still there, at the same place, and works.
    page.wait_for_timeout(3500)
    assert page.locator(".flowtime-widget").count() == 1
    assert page.locator(".flowtime-widget output").first.text_content() == "8"
    page.evaluate(MEASURE, ["service_time", [2.0, 2.2]])


def test_reset_goes_back_to_the_models_own_values(page: Any) -> None:
    page.locator(".flowtime-widget button").click()
    page.wait_for_function("() => document.querySelector('.flowtime-widget output').textContent === '4'")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.flowtime-widget .chart')].every("
        "c => c.querySelector('.line').getAttribute('d') === c.querySelector('.before').getAttribute('d'))"
    )
