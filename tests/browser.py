"""Pages in a real browser: Debian's Chromium, headless, with no network at all."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
# A headless window is never narrower than so many pixels; a frame in it may be.
NARROWEST = 500
VOID = {"meta", "br", "img", "input", "link", "hr"}
# What Plotly draws of data: lines, markers, bars, areas.
MARKS = {"js-line", "point", "js-fill"}


@dataclass(slots=True)
class Panel:
    """What can be seen of a panel."""

    kind: str
    title: str = ""
    error: str = ""
    nothing: str = ""
    rows: int = 0
    figures: dict[str, str] = field(default_factory=dict)
    marks: int = 0

    @property
    def has_data(self) -> bool:
        is_known = any(char.isdigit() for text in self.figures.values() for char in text)
        return bool(self.rows or self.marks or is_known)


@dataclass(slots=True)
class Seen:
    panels: list[Panel]
    text: str
    links: list[str]
    complaints: list[str]
    charts: int
    drawn: int


def browser() -> str:
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        reason = "no Chromium found (Debian: apt-get install chromium)"
        if os.environ.get("LOTWATT_SKIP_NATIVE"):
            pytest.skip(reason)
        pytest.fail(reason)
    return found


def start(page: Path, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The page once, in a profile of its own; every host name is unknown to it."""
    command = [
        browser(), "--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
        "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND",
        "--enable-logging=stderr", "--virtual-time-budget=10000",
        f"--user-data-dir={folder / 'browser'}",
        *(["--no-sandbox"] if os.geteuid() == 0 else []), *options, page.absolute().as_uri(),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


def look(page: Path, folder: Path, width: int = 1920) -> Seen:
    """What stands on the page when its script has run."""
    answer = start(page, folder, f"--window-size={width},1080", "--dump-dom")
    reader = Reader()
    reader.feed(answer.stdout)
    complaints = [line for line in answer.stderr.splitlines() if "CONSOLE" in line]
    return Seen(
        reader.panels, " ".join(" ".join(reader.texts).split()), reader.links, complaints,
        reader.charts, reader.drawn,
    )  # fmt: skip


def picture(page: Path, out: Path, folder: Path, width: int, height: int, theme: str) -> int:
    """Writes a screenshot; returns its size in bytes."""
    if width < NARROWEST:
        frame = folder / "frame.html"
        style = f"border:0;width:{width}px;height:{height}px"
        frame.write_text(f'<iframe style="{style}" src="{page.absolute().as_uri()}"></iframe>')
        page, width = frame, NARROWEST
    preferred = {"dark": 0, "light": 1}[theme]
    start(
        page, folder, f"--window-size={width},{height}", f"--screenshot={out}",
        f"--blink-settings=preferredColorScheme={preferred}",
    )  # fmt: skip
    return out.stat().st_size


def printed_pages(page: Path, folder: Path) -> int:
    """How many sheets of paper it takes."""
    out = folder / "printed.pdf"
    start(page, folder, "--no-pdf-header-footer", f"--print-to-pdf={out}")
    return len(re.findall(rb"/Type\s*/Page\b", out.read_bytes()))


class Reader(HTMLParser):
    """Panels, texts and links of a page that was drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.panels: list[Panel] = []
        self.texts: list[str] = []
        self.links: list[str] = []
        self._open: list[tuple[str, set[str]]] = []
        self.charts = self.drawn = 0
        self._name = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        classes = set((said.get("class") or "").split())
        above = self._above()
        if tag not in VOID:
            self._open.append((tag, classes))
        self.charts += "figure-data" in classes
        self.drawn += "js-plotly-plot" in classes
        if tag == "article" and "panel" in classes:
            self.panels.append(Panel(next(iter(classes - {"panel", "is-failed"}), "")))
        if tag == "a" and said.get("href"):
            self.links.append(str(said["href"]))
        if tag == "tr" and self.panels and self._is_in("tbody"):
            self.panels[-1].rows += 1
        if tag == "path" and self.panels and (classes | above) & MARKS and said.get("d"):
            self.panels[-1].marks += 1

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._is_in("script") or self._is_in("style") or not data.strip():
            return
        self.texts.append(data.strip())
        if not self.panels or not self._is_in("article"):
            return
        panel, above = self.panels[-1], self._above()
        if self._is_in("h3"):
            panel.title += data
        elif "error" in above:
            panel.error += data
        elif "nothing" in above:
            panel.nothing += data
        elif "name" in above and self._is_in("span"):
            self._name = data.strip()
        elif any("value" in classes for _, classes in self._open):
            panel.figures[self._name] = data.strip()

    def _is_in(self, tag: str) -> bool:
        return any(name == tag for name, _ in self._open)

    def _above(self) -> set[str]:
        return self._open[-1][1] if self._open else set()
