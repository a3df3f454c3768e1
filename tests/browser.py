"""Pages in a real browser: a headless Chromium opens a file, a script works it, and says what it found.

It is driven by its DevTools protocol over a pipe: https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), "")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--mute-audio", "--no-first-run"),
    *("--autoplay-policy=no-user-gesture-required", "--remote-debugging-pipe"),
)
PATIENCE = 60
"""Seconds in which Chromium says something, or the test fails."""
HELPERS = """
const tick = () => new Promise((resolve) => setTimeout(resolve, 30));
const press = (key) => document.activeElement.dispatchEvent(
  new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
"""
TROUBLE = ("Runtime.exceptionThrown", "Log.entryAdded")


class Browser:
    """One running Chromium."""

    def __init__(self) -> None:
        self._profile = tempfile.TemporaryDirectory(prefix="chromium", ignore_cleanup_errors=True)
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        # Chromium reads commands from descriptor 3 and writes answers to 4.
        command = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
        browser = [CHROMIUM, *FLAGS, f"--user-data-dir={self._profile.name}"]
        self._process = subprocess.Popen(
            ["bash", "-c", command, "browser", *browser], pass_fds=(theirs_in, theirs_out), stderr=subprocess.DEVNULL
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._unread, self._number = b"", 0
        self._events: list[dict[str, Any]] = []

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)
        self._profile.cleanup()

    def work(self, page: Path, script: str, *, size: tuple[int, int] = (1440, 900)) -> Any:
        """What the body of an async function returns in a page; it may use `press(key)` and `await tick()`.

        The page must fetch nothing, and no error may reach the console.
        """
        target = self._send("Target.createTarget", url="about:blank")["targetId"]
        session = self._send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._events.clear()
        for domain in ("Page", "Runtime", "Network", "Log"):
            self._send(f"{domain}.enable", session)
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self._send("Emulation.setDeviceMetricsOverride", session, **metrics)
        self._send("Page.navigate", session, url=page.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self._events):
            self._events.append(self._receive())
        expression = f"(async () => {{ {HELPERS} await tick(); {script} }})()"
        answer = self._send("Runtime.evaluate", session, expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        fetched = [
            event["params"]["request"]["url"]
            for event in self._events
            if event["method"] == "Network.requestWillBeSent"
        ]
        assert [url for url in fetched if not url.startswith("data:")] == [page.as_uri()]
        assert [event["params"] for event in self._events if event["method"] in TROUBLE] == []
        self._send("Target.closeTarget", targetId=target)
        return answer["result"].get("value")

    def _send(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """The result of a command; events that come before it are kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        message |= {"sessionId": session} if session else {}
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            received = self._receive()
            if received.get("id") == self._number:
                assert "error" not in received, received
                return dict(received["result"])
            if "method" in received:
                self._events.append(received)

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            assert select.select([self._in], [], [], PATIENCE)[0], f"Chromium said nothing for {PATIENCE} seconds"
            piece = os.read(self._in, 1 << 16)
            assert piece, "Chromium ended"
            self._unread += piece
        message, _, self._unread = self._unread.partition(b"\0")
        return dict(json.loads(message))
