"""Pages in a real browser: headless Chromium opens a file, a script works it, and says what it found."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed")
FINDINGS = re.compile(r'<pre id="findings">(.*?)</pre>', re.DOTALL)
PROBE = """
<script>
const errors = [];
addEventListener("error", (event) => errors.push(String(event.message)));
addEventListener("securitypolicyviolation", (event) => errors.push("refused: " + event.blockedURI));
const tick = () => new Promise((resolve) => setTimeout(resolve, 30));
const press = (key) => document.activeElement.dispatchEvent(
  new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
</script>
"""
REPORT = """
<script>
(async () => {
  let found;
  try { await tick(); found = await (async () => { %s })(); } catch (error) { errors.push(String(error)); }
  const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
  const fetched = loaded.filter((name) => !name.startsWith("data:"));
  const pre = document.createElement("pre");
  pre.id = "findings";
  pre.textContent = JSON.stringify({ found, errors, fetched });
  document.body.replaceChildren(pre);
})();
</script>
"""


def work(page: Path, script: str, *, size: tuple[int, int] = (1440, 900)) -> Any:
    """What the body of an async function returns in a page; it may use `press(key)` and `await tick()`.

    The page must fetch nothing, and no error may reach the console.
    """
    html = page.read_text(encoding="utf-8")
    head, body = html.split("<body>", 1)
    worked = page.with_name("worked.html")
    worked.write_text(f"{head}<body>{PROBE}{body.replace('</body>', REPORT % script + '</body>')}", encoding="utf-8")
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--window-size={size[0]},{size[1]}"]
    command += [f"--user-data-dir={page.parent / 'chromium'}", "--virtual-time-budget=20000", "--dump-dom"]
    done = subprocess.run([*command, worked.as_uri()], capture_output=True, text=True, timeout=120)
    said = FINDINGS.search(done.stdout)
    assert said, done.stderr[-2000:]
    text = said[1].replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    findings = json.loads(text)
    assert findings["errors"] == [] and findings["fetched"] == [], findings
    return findings.get("found")
