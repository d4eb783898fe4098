"""Makes docs/board.png: the board of a running demo at 80x24, drawn by Textual and Chromium.

.venv/bin/python -m scripts.board_picture var/demo/siaga.sock docs/board.png
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tui.app import make_app
from tui.client import Client

WIDTH, HEIGHT = 80, 24


async def svg(socket: Path) -> str:
    """The board once it has its data."""
    app = make_app(Client(socket=socket))
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        await pilot.pause(2.0)
        return app.export_screenshot(title="siaga tui")


def main() -> None:
    socket, target = Path(sys.argv[1]), Path(sys.argv[2])
    drawing = asyncio.run(svg(socket))
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawing)
    assert box is not None
    width, height = (round(float(edge)) for edge in box.groups())
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "board.html")
        page.write_text(
            f"<style>body{{margin:0}}svg{{width:{width}px;height:{height}px}}</style>{drawing}"
        )
        subprocess.run(
            [
                "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                f"--user-data-dir={folder}/profile", "--force-device-scale-factor=1",
                f"--window-size={width},{height}", f"--screenshot={target.absolute()}",
                page.as_uri(),
            ],
            check=True,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip


if __name__ == "__main__":
    main()
