#!/usr/bin/env python3
"""The report as a browser shows it: on a desktop, on a telephone and on paper, light and dark.

usage: test_screenshot.py FIBBENCH [FOLDER]

Exits with 77 without Chromium or gnuplot. With FOLDER the screenshots and the PDF stay there.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import zlib

FIBBENCH = os.path.abspath(sys.argv[1])
KEPT = pathlib.Path(sys.argv[2]).absolute() if len(sys.argv) > 2 else None
GENERATOR = pathlib.Path(__file__).with_name("make_results.py")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DESKTOP, TELEPHONE, PAPER = 1280, 390, 703  # CSS pixels; A4 within the page's margins

# Measures the page and leaves what it found in its title, where --dump-dom shows it.
PROBE = """
<script>
addEventListener("load", () => {
  const found = {width: innerWidth, scrolls: document.documentElement.scrollWidth, wide: [], clipped: [],
                 overlapping: [], small: [], texts: 0, pictures: 0};
  const scroller = e => e.closest(".scroll") && getComputedStyle(e.closest(".scroll")).overflowX == "auto";
  for (const e of document.querySelectorAll("body *")) {
    const box = e.getBoundingClientRect();
    if (box.width > 0 && box.right > innerWidth + 1 && !scroller(e))
      found.wide.push(e.tagName + ": " + e.textContent.slice(0, 60));
  }
  for (const picture of document.querySelectorAll("svg")) {
    found.pictures++;
    const frame = picture.getBoundingClientRect(), boxes = [];
    for (const text of picture.querySelectorAll("text")) {
      const box = text.getBoundingClientRect(), words = text.textContent.trim();
      if (words === "") continue;
      found.texts++;
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 2 ||
          box.bottom > frame.bottom + 2)
        found.clipped.push(picture.getAttribute("aria-label") + ": " + words);
      if (box.height < LEAST) found.small.push(words + " " + box.height);
      for (const other of boxes)
        if (Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left) > 3 &&
            Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top) > box.height * 0.4)
          found.overlapping.push(picture.getAttribute("aria-label") + ": " + words + " | " + other.words);
      boxes.push({box, words});
    }
  }
  found.loaded = performance.getEntriesByType("resource").map(e => e.name);
  parent.postMessage(JSON.stringify(found), "*");
});
</script>
"""

# A window has a least width, a frame has none.
FRAME = """<!DOCTYPE html><title>waiting</title><script>
addEventListener("message", e => { document.title = e.data; });
</script><iframe src="probe.html" style="border: 0" width="WIDTH" height="900"></iframe>
"""


def chromium(profile, *arguments):
    return subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-default-apps", "--disable-extensions", f"--user-data-dir={profile}", *map(str, arguments)],
        capture_output=True, timeout=120)


def unfiltered(data, width, height):
    """The bytes of a PNG's RGB pixels."""
    stride, previous, pixels = width * 3, bytearray(width * 3), bytearray()
    for y in range(height):
        kind, line = data[y * (stride + 1)], bytearray(data[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for x in range(stride if kind else 0):
            left = line[x - 3] if x >= 3 else 0
            up, corner = previous[x], previous[x - 3] if x >= 3 else 0
            if kind == 4:
                nearest = min((abs(up - corner), 0, left), (abs(left - corner), 1, up),
                              (abs(left + up - 2 * corner), 2, corner))
                guess = nearest[2]
            else:
                guess = (0, left, up, (left + up) // 2)[kind]
            line[x] = (line[x] + guess) & 255
        pixels += line
        previous = line
    return pixels


def read_png(path):
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n" and data[24:26] == b"\x08\x02", "no PNG of 8 bits RGB"
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    packed, at = b"", 8
    while at < len(data):
        length, kind = int.from_bytes(data[at:at + 4], "big"), data[at + 4:at + 8]
        packed += data[at + 8:at + 8 + length] if kind == b"IDAT" else b""
        at += length + 12
    pixels = unfiltered(zlib.decompress(packed), width, height)
    return [bytes(pixels[i:i + 3]) for i in range(0, len(pixels), 3)]


class Screenshot(unittest.TestCase):
    OPTIONS = []  # of make_results.py
    KEPT_AS = "report"

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="fibbench-", ignore_cleanup_errors=True)
        cls.folder = pathlib.Path(cls.temporary.name)
        results = cls.folder / "results.json"
        subprocess.run([sys.executable, GENERATOR, "--rounds", "6", *cls.OPTIONS, results], check=True)
        cls.page = cls.folder / "report.html"
        subprocess.run([FIBBENCH, "report", results, results, "-o", cls.page], check=True, timeout=120)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def measure(self, width, least, change=lambda text: text):
        text = self.page.read_text(encoding="utf-8")
        policy = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
        self.assertRegex(text, policy)
        text = policy.sub("", text).replace("</body>", PROBE.replace("LEAST", str(least)) + "</body>")
        (self.folder / "probe.html").write_text(change(text), encoding="utf-8")
        frame = self.folder / "frame.html"
        frame.write_text(FRAME.replace("WIDTH", str(width)))
        ended = chromium(self.folder / "profile", f"--window-size={max(width, 600) + 40},1000", "--dump-dom",
                         "--virtual-time-budget=10000", frame.as_uri())
        title = re.search(rb"<title>(\{.*?\})</title>", ended.stdout)
        self.assertIsNotNone(title, ended.stderr[-2000:])
        words = title.group(1).decode().replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        found = json.loads(words)
        self.assertEqual(found["width"], width)
        self.assertGreater(found["pictures"], 20)
        self.assertGreater(found["texts"], 500)
        return found

    def expect_tidy(self, found):
        self.assertEqual(found["wide"], [])
        self.assertLessEqual(found["scrolls"], found["width"])
        for kind in ("clipped", "overlapping", "small"):
            self.assertEqual(found[kind], [], kind)

    def test_desktop(self):
        self.expect_tidy(self.measure(DESKTOP, 13))

    def test_telephone(self):
        self.expect_tidy(self.measure(TELEPHONE, 13))

    def test_paper(self):
        self.expect_tidy(self.measure(PAPER, 9, lambda text: text.replace("@media print", "@media all")))
        paper = self.folder / "report.pdf"
        chromium(self.folder / "profile", "--no-pdf-header-footer", f"--print-to-pdf={paper}",
                 self.page.as_uri())
        data = paper.read_bytes()
        self.assertTrue(data.startswith(b"%PDF"))
        self.assertGreater(len(re.findall(rb"/Type\s*/Page\b", data)), 4)
        self.keep(paper, ".pdf")

    def keep(self, path, name):
        if KEPT is not None:
            KEPT.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, KEPT / f"{self.KEPT_AS}{name}")

    def shoot(self, width, scheme):
        path = self.folder / f"{width}-{scheme}.png"
        chromium(self.folder / "profile", f"--window-size={width},700", f"--screenshot={path}",
                 f"--blink-settings=preferredColorScheme={0 if scheme == 'dark' else 1}",
                 self.page.as_uri())
        self.keep(path, f"-{path.name}")
        pixels = read_png(path)
        self.assertGreater(len(set(pixels)), 50, "nothing is in the picture")
        return sum(sum(pixel) for pixel in pixels) / len(pixels) / 3

    def test_light_and_dark(self):
        for width in (DESKTOP, TELEPHONE):
            self.assertGreater(self.shoot(width, "light"), 200)
            self.assertLess(self.shoot(width, "dark"), 80)

    def test_loads_nothing(self):
        self.assertEqual(self.measure(DESKTOP, 13)["loaded"], [])
        image = '<img src="http://127.0.0.1:1/x.png" alt=""/></body>'
        self.assertEqual(self.measure(DESKTOP, 13, lambda text: text.replace("</body>", image))["loaded"],
                         ["http://127.0.0.1:1/x.png"], "the probe does not see what is loaded")


class WebScreenshot(Screenshot):
    OPTIONS = ["--web"]
    KEPT_AS = "web-report"


if CHROMIUM is None or shutil.which("gnuplot") is None:
    print("needs Chromium and gnuplot")
    sys.exit(77)
unittest.main(argv=sys.argv[:1])
