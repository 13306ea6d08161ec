#!/usr/bin/env python3
"""`fibbench report`: what is in the page, that it is well-formed and escaped, and what is refused.

usage: test_report.py FIBBENCH FIBSERVER FIBCLIENT WEBSERVER WEBCLIENT COUNT_LINES

WEBSERVER or WEBCLIENT is "none" where it is not built.
"""
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

FIBBENCH, FIBSERVER, FIBCLIENT, WEBSERVER, WEBCLIENT, COUNT_LINES = map(os.path.abspath, sys.argv[1:7])
HAVE_WEB = "none" not in sys.argv[4:6]
GENERATOR = pathlib.Path(__file__).with_name("make_results.py")
HOSTILE = "<b>a\"'&`date`</b> {x_1}^2 @L0@"
HTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
SECTIONS = ["verdict", "ratios", "rounds", "percentiles", "offered", "processor", "memory", "connections",
            "order", "lines", "misread"]
WEB_SECTIONS = ["verdict", "ratios", "ideal", "rounds", "processor", "memory", "opened", "order", "lines",
                "misread"]
HAVE_GNUPLOT = shutil.which("gnuplot") is not None


def text_of(element):
    return " ".join("".join(element.itertext()).split())


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="fibbench-")
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.results = cls.generate("results.json", "--rounds", "6")
        cls.earlier = cls.generate("earlier.json", "--rounds", "2", "--version", "1")

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    @classmethod
    def generate(cls, name, *options):
        path = cls.folder / name
        subprocess.run([sys.executable, GENERATOR, *options, path], check=True)
        return path

    def fibbench(self, *arguments, **environment):
        return subprocess.run([FIBBENCH, *map(str, arguments)], capture_output=True, text=True, timeout=120,
                              env=os.environ | environment)

    def make(self, arguments, environment):
        output = self.folder / "report.html"
        output.unlink(missing_ok=True)
        ended = self.fibbench("report", *arguments, "-o", output, **environment)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.said = ended.stderr
        # It must parse as XML, which is the strictest reading that a page can have.
        return ElementTree.fromstring(output.read_text(encoding="utf-8"))

    def report(self, *arguments, **environment):
        """The page. That of the usual results is made once for all tests of a class that only look."""
        if arguments == (self.results,) and not environment:
            type(self).usual = getattr(type(self), "usual", None) or [self.make(arguments, {})]
            page = self.usual[0]
        else:
            page = self.make(arguments, environment)
        self.sections = {one.get("id"): one for one in page.iter(HTML + "section")}
        return page

    def refuse(self, words, *arguments, **environment):
        ended = self.fibbench("report", *arguments, **environment)
        self.assertEqual(ended.returncode, 1, ended)
        self.assertIn(words, ended.stderr)
        self.assertEqual(ended.stdout, "")


class Costs(Case):
    """fibbench table --costs: what the report says of costs, as a table."""

    def table(self, results):
        ended = self.fibbench("table", "--costs", "--json", results)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return json.loads(ended.stdout)

    def test_says_what_was_recorded(self):
        document = json.loads(self.results.read_text())
        table = self.table(self.results)
        rows = {row["name"]: dict(zip(table["columns"], row["cells"])) for row in table["rows"]}
        self.assertNotIn("select (again)", rows)
        self.assertFalse([name for name in rows if name.startswith("python")])
        for row in document["rows"]:
            if row["label"] not in rows:
                continue
            cells = rows[row["label"]]
            self.assertEqual(cells["Lines of code"]["value"], row["lines"])
            self.assertEqual(cells["Calls, 64"]["value"], row["system_calls_per_request"]["64"])
            self.assertAlmostEqual(cells["Bytes per idle connection"]["value"], row["memory_per_connection"])
        recorded = [cell["cpu_per_request"] for one in document["measurements"]
                    if one["row"] == "uv" for cell in one["cells"] if cell["scenario"] == "fast"]
        cells = rows["uv"]
        self.assertAlmostEqual(cells["1 fast: of it user"]["value"],
                               1e6 * statistics.median(one["user"] for one in recorded), places=3)
        self.assertGreater(cells["1 fast: CPU µs"]["value"], cells["1 fast: of it user"]["value"])

    def test_where_a_row_has_no_number_there_is_none(self):
        table = self.table(self.results)
        rows = {row["name"]: dict(zip(table["columns"], row["cells"])) for row in table["rows"]}
        column = next(name for name in table["columns"] if name.startswith("100 connections"))
        self.assertNotIn("value", rows["sync"][column])

    def test_what_no_row_has_is_no_column(self):
        self.assertEqual(self.table(self.earlier)["columns"], ["Lines of code"])

    def test_is_no_table_to_compare_with(self):
        path = self.folder / "costs.md"
        path.write_text(self.fibbench("table", "--costs", self.results).stdout)
        ended = self.fibbench("diff", path, self.results)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("no table of measurements", ended.stderr)


class FullDisk(Case):
    """What does not fit is an error, whichever of the writes it shows in."""

    def test_every_command_says_so(self):
        for arguments in (("table", "--json", self.results), ("table", self.results), ("--help",),
                          ("table", "--costs", self.results), ("--version",), ("run", "--help"),
                          ("diff", "--json", self.results, self.results), ("run", "--list-scenarios"),
                          ("run", "--list-scenarios", "--json")):
            with open("/dev/full", "w", encoding="utf-8") as full:
                ended = subprocess.run([FIBBENCH, *arguments], stdout=full, stderr=subprocess.PIPE, text=True,
                                       check=False)
            self.assertEqual(ended.returncode, 1, arguments)
            self.assertIn("fibbench: cannot write", ended.stderr, arguments)


class Page(Case):
    def test_has_every_section(self):
        page = self.report(self.results)
        self.assertEqual(list(self.sections), SECTIONS)
        targets = [a.get("href") for a in page.iter(HTML + "a")]
        self.assertEqual(targets, ["#" + name for name in SECTIONS])
        for name, section in self.sections.items():
            self.assertFalse([p for p in section.iter(HTML + "p") if p.get("class") == "absent"]
                             if HAVE_GNUPLOT else [], name)

    def test_verdict_counts_what_the_document_says(self):
        document = json.loads(self.results.read_text())
        counts = {}
        for row in document["rows"]:
            for cell in row["cells"]:
                verdict = cell.get("ratio", {}).get("verdict")
                if row["label"] not in document["repeat_of"]:
                    counts[verdict] = counts.get(verdict, 0) + 1
        self.report(self.results)
        lead = text_of(self.sections["verdict"])
        self.assertIn(f"{counts['faster']} found the server faster, {counts['slower']} slower, and "
                      f"{counts['equivalent']} equivalent", lead)
        self.assertIn(f"{counts['inconclusive']} could not be told", lead)
        for words in ("Synthetic CPU <1>, 2 CPUs", "6 rounds", "placement same+pool", "18 min 13 s",
                      "cpupower frequency-set", "uv in round 3 (steal)", "±1.2 %", "F(39)"):
            self.assertIn(words, lead)
        self.assertEqual(lead.count("all of round 5 (drift)"), 1)

    def test_ratios_stand_with_their_intervals(self):
        document = json.loads(self.results.read_text())
        self.report(self.results)
        table = next(self.sections["ratios"].iter(HTML + "table"))
        rows = {text_of(row[0]): [text_of(cell) for cell in row[1:]] for row in table.iter(HTML + "tr")}
        ratio = next(row for row in document["rows"] if row["label"] == "uring")["cells"][0]["ratio"]
        self.assertRegex(rows["uring"][0], f"^{ratio['median']:.2f}.*{ratio['low']:.2f}–{ratio['high']:.2f}$")
        self.assertEqual(rows["sync"][1], "X")
        self.assertIn(HOSTILE + "peer", rows)

    def test_labels_are_text(self):
        page = self.report(self.results)
        self.assertFalse([one for one in page.iter(HTML + "b") if text_of(one) == "a\"'&`date`"])
        self.assertIn(HOSTILE, text_of(self.sections["processor"]))
        self.assertNotIn("@L0@", "".join(text_of(text) for text in page.iter(SVG + "text")).replace(
            HOSTILE, "").replace("{x_1}^2 @L0@", ""))

    def test_loads_nothing(self):
        page = self.report(self.results)
        for one in page.iter():
            self.assertNotIn(one.tag, (HTML + "script", HTML + "link", HTML + "img", HTML + "iframe"))
            for name in ("src", "href", LINK):
                self.assertTrue(one.get(name, "#").startswith("#"), one.attrib)
        policies = [one.get("content") for one in page.iter(HTML + "meta") if one.get("http-equiv")]
        self.assertEqual(policies, ["default-src 'none'; style-src 'unsafe-inline'"])
        style = text_of(next(page.iter(HTML + "style")))
        self.assertNotIn("url(", style)
        self.assertNotIn("@import", style)

    def test_identifiers_are_unique(self):
        ids = [one.get("id") for one in self.report(self.results).iter() if one.get("id")]
        self.assertEqual(len(ids), len(set(ids)))

    def test_without_verdicts_nothing_is_claimed(self):
        self.report(self.earlier)
        self.assertIn("no verdicts", text_of(self.sections["verdict"]))
        for name, how in (("offered", "--profile full"), ("processor", "--profile table"),
                          ("memory", "--profile table"), ("connections", "--profile full")):
            absent = [p for p in self.sections[name].iter(HTML + "p") if p.get("class") == "absent"]
            self.assertEqual(len(absent), 1, name)
            self.assertIn(how, text_of(absent[0]))
        self.assertNotIn("▲", text_of(next(self.sections["ratios"].iter(HTML + "table"))))


@unittest.skipUnless(HAVE_GNUPLOT, "gnuplot is not installed")
class Pictures(Case):
    def test_every_round_is_visible(self):
        document = json.loads(self.results.read_text())
        index = 0  # the column "fast"
        cells = [row["cells"][index] for row in document["rows"] if row["cells"][index]["outcome"] == "ok"]
        middle = cells[0]["median"]  # the reference's
        near = [cell for cell in cells if middle / 2 < cell["median"] < middle * 2]
        self.assertLess(len(near), len(cells))
        self.report(self.results)
        figure = next(self.sections["rounds"].iter(HTML + "figure"))
        self.assertEqual(text_of(figure[0]), "1 fast (req/s)")
        self.assertEqual(sum(1 for _ in figure.iter(SVG + "use")),
                         sum(len(cell["samples"]) for cell in near))
        self.assertEqual(text_of(figure).count("off the axis"), len(cells) - len(near))

    def test_colours_are_the_page_s(self):
        page = self.report(self.results)
        style = text_of(next(page.iter(HTML + "style")))
        count = 0
        for picture in page.iter(SVG + "svg"):
            count += 1
            self.assertTrue(picture.get("aria-label"))
            for one in picture.iter():
                for name in ("fill", "stroke", "color"):
                    value = one.get(name, "none")
                    self.assertRegex(value, r"^(none|currentColor|var\(--[a-z0-9]+\))$", one.attrib)
                    if value.startswith("var"):
                        self.assertIn(value[4:-1] + ":", style)
        self.assertGreater(count, 20)

    def test_rows_are_named_in_pictures(self):
        self.report(self.results)
        for name in ("percentiles", "offered", "connections"):
            for figure in self.sections[name].iter(HTML + "figure"):
                words = [text_of(text) for text in figure.iter(SVG + "text")]
                for label in ("null", "uv", "event", "uring"):
                    self.assertIn(label, words, text_of(figure[0]))

    def test_without_gnuplot_the_pictures_are_left_out(self):
        page = self.report(self.results, PATH="/nonexistent")
        self.assertEqual(list(page.iter(SVG + "svg")), [])
        self.assertIn("gnuplot is not installed", self.said)
        self.assertIn("gnuplot-nox", text_of(self.sections["rounds"]))
        self.assertIn("1.07", text_of(self.sections["ratios"]))

    def test_a_failing_gnuplot_is_an_error(self):
        fake = self.folder / "gnuplot"
        fake.write_text("#!/bin/sh\necho 'no such terminal' >&2\nexit 3\n")
        fake.chmod(0o755)
        output = self.folder / "none.html"
        self.refuse("gnuplot exited with status 3: no such terminal", self.results, "-o", output,
                    PATH=f"{self.folder}:/bin:/usr/bin")
        fake.unlink()
        self.refuse("cannot create a folder in /nonexistent", self.results, "-o", output,
                    TMPDIR="/nonexistent")
        self.assertFalse(output.exists())

    def test_nothing_is_left_behind(self):
        temporary = self.folder / "it's temporary"
        temporary.mkdir()
        self.report(self.results, TMPDIR=str(temporary))
        self.assertEqual(list(temporary.iterdir()), [])


class Changes(Case):
    def change(self, old, new, row):
        self.report(new, old)
        every = next(self.sections["change"].iter(HTML + "details"))
        for one in every.iter(HTML + "tr"):
            if text_of(one[0]) == row:
                return text_of(one[1])
        self.fail(f"no row {row}")

    def changed(self):
        tables = [t for t in self.sections["change"].iter(HTML + "table") if t.get("class") == "changed"]
        return {text_of(row[0]) for table in tables for row in list(table.iter(HTML + "tr"))[1:]}

    def test_a_slower_row_is_worse(self):
        new = self.generate("slower.json", "--rounds", "9", "--seed", "2", "--slower", "coro")
        self.assertRegex(self.change(self.results, new, "coro"), "0.6[0-9]+ worse|0.7[0-9]* worse")
        self.assertIn("coro", self.changed())
        self.assertIn("~", self.change(self.results, new, "threads"))
        self.change(self.results, self.results, "coro")
        self.assertEqual(self.changed(), set())
        self.assertIn("Nothing changed", text_of(self.sections["change"]))
        self.assertNotIn(str(self.folder), text_of(self.sections["change"]))
        self.assertEqual(list(self.sections), SECTIONS[:1] + ["change"] + SECTIONS[1:])

    def test_against_a_published_table(self):
        old = self.folder / "published.md"
        old.write_text("| Server | 1 fast (req/s) |\n|---|---:|\n| sync | 70000 |\n| threads | 66000 |\n")
        self.assertIn("→", self.change(old, self.results, "sync"))
        self.assertIn("published table", text_of(self.sections["change"]))


class Web(Case):
    """Of web clients: the sections that they have, and nothing that is true of servers alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.results = cls.generate("web.json", "--web", "--rounds", "6")
        cls.document = json.loads(cls.results.read_text())

    def table(self, section, number=0):
        """The cells of a table by row and header."""
        table = list(self.sections[section].iter(HTML + "table"))[number]
        headers = [text_of(cell) for cell in next(table.iter(HTML + "tr"))]
        rows = [[text_of(cell) for cell in row] for row in table.iter(HTML + "tr")][1:]
        return {row[0].removesuffix("the reference: its values"): dict(zip(headers, row)) for row in rows}

    def absent(self, section):
        return [text_of(p) for p in self.sections[section].iter(HTML + "p") if p.get("class") == "absent"]

    def only(self, name, keep):
        """The results with some of the columns."""
        document = json.loads(self.results.read_text())
        kept = [i for i, column in enumerate(document["columns"]) if keep(column)]
        document["columns"] = [document["columns"][i] for i in kept]
        for row in document["rows"]:
            row["cells"] = [row["cells"][i] for i in kept]
        path = self.folder / name
        path.write_text(json.dumps(document))
        return path

    def test_has_its_own_sections(self):
        page = self.report(self.results)
        self.assertEqual(list(self.sections), WEB_SECTIONS)
        self.assertEqual([a.get("href") for a in page.iter(HTML + "a")], ["#" + name for name in WEB_SECTIONS])
        for name in WEB_SECTIONS:
            self.assertEqual(self.absent(name) if HAVE_GNUPLOT else [], [], name)
        for header in page.iter(HTML + "th"):
            self.assertNotEqual(text_of(header), "Server")
        # A server is what clients fetch from; none of it is measured.
        for words in ("the server faster", "server process", "per connection", "open loop", "offered load",
                      "X means", "fibserver's"):
            self.assertNotIn(words, text_of(page))
        self.assertIn("fetches one URL after the other", text_of(self.sections["misread"]))

    def test_verdict_is_of_wall_time(self):
        counts = {}
        for row in self.document["rows"]:
            for column, cell in zip(self.document["columns"], row["cells"]):
                if column["value"] in ("over_ideal", "rate") and row["label"] != "event (again)":
                    verdict = cell.get("ratio", {}).get("verdict")
                    counts[verdict] = counts.get(verdict, 0) + 1
        self.report(self.results)
        lead = text_of(self.sections["verdict"])
        self.assertIn(f"comparisons of wall time with it, {counts['faster']} found the client faster, "
                      f"{counts['slower']} slower, and {counts['equivalent']} equivalent", lead)
        for words in ("9 web clients were measured in 6 rounds, placement split", "compared with is multi.",
                      "webserver on CPU 0, client on 1", "4 min 01 s",
                      "Left out: wget2 (there is no wget2 here)."):
            self.assertIn(words, lead)
        self.assertNotIn("Windows", lead)
        self.assertNotIn("pool threads", lead)

    def test_times_and_costs(self):
        self.report(self.results)
        column = next(i for i, one in enumerate(self.document["columns"]) if one["name"] == "web100-100ms")
        row = next(row for row in self.document["rows"] if row["label"] == "coro")
        wall, fetch = row["cells"][column], row["cells"][column + 1]
        header = "100 URLs, 100 ms (x ideal)"
        cell = next(rows["coro"][header] for rows in map(self.table, ["ratios"] * 4, range(4))
                    if header in rows["coro"])
        ratio = wall["ratio"]
        self.assertRegex(cell, f"^{ratio['median']:.2f}.*{ratio['low']:.2f}–{ratio['high']:.2f}$")
        self.assertEqual(self.table("ideal", 1)["coro"]["100 URLs, 100 ms"],
                         f"{wall['median']:#.3g}{fetch['median']:#.3g}")
        self.assertEqual(self.table("ideal", 1)["easy"]["100 URLs, 100 ms"], "too long")
        self.assertRegex(self.table("processor", 1)["multi"]["1000 URLs, 0 ms: CPU (µs/req)"],
                         r"^8[0-9]\.[0-9] µs$")
        self.assertRegex(self.table("memory", 0)["multi"]["1000 URLs, 0 ms: memory (MiB)"], r"^10\.[0-9] MiB$")
        opened = self.table("opened", 0)
        self.assertEqual(opened["easy"]["1000 URLs, 0 ms"], "1")
        self.assertEqual(opened["multi"]["1000 URLs, 0 ms"], "100")
        self.assertRegex(opened["curl --parallel"]["1000 URLs, 0 ms"], r"^(99|99\.5|100)99–100$")

    @unittest.skipUnless(HAVE_GNUPLOT, "gnuplot is not installed")
    def test_pictures(self):
        self.report(self.results)
        figures = {name: [text_of(one[0]) for one in section.iter(HTML + "figure")]
                   for name, section in self.sections.items()}
        times = [one["header"] for one in self.document["columns"]
                 if one["value"].replace("fetch_", "") in ("over_ideal", "rate")]
        self.assertEqual(sorted(figures["rounds"]), sorted(times))
        self.assertEqual(len(figures["ideal"]), 4)
        self.assertEqual(len(figures["memory"]), 5)
        self.assertEqual(len(figures["processor"]), 4)
        self.assertEqual(figures["order"], [one for one in figures["rounds"] if "0 ms (req/s)" in one])
        self.assertEqual(figures["lines"], ["Lines of code"])
        ideal = text_of(self.sections["ideal"])
        self.assertRegex(ideal, r"Off the axis: easy \(up to [0-9.]+\), aiohttp \(up to")

    def test_what_the_run_does_not_have(self):
        self.report(self.only("0ms.json", lambda one: one["name"].startswith("web100-0ms")))
        self.assertIn("no list that the server answers with a delay", self.absent("ideal")[0])
        self.report(self.only("wall.json", lambda one: one["name"] == "web100-10ms"))
        self.assertEqual(list(self.sections), WEB_SECTIONS)
        for name, words in (("ideal", "no two lists of one delay"), ("processor", "no list that the server answers"),
                            ("memory", "did not measure memory"), ("opened", "did not count connections")):
            self.assertIn(words, self.absent(name)[0])

    def test_what_changed(self):
        new = self.generate("slower.json", "--web", "--rounds", "9", "--seed", "2", "--slower", "coro")
        self.report(new, self.results)
        changed = self.table("change")
        self.assertIn("Client", changed["coro"])
        words = text_of(self.sections["change"])
        self.assertRegex(words, r"coro\s*100 URLs, 100 ms: CPU \(µs/req\)\s*1\.[0-9]+ worse[0-9.]+ µs →")
        self.assertIn("of all but requests per second less is better", words)


class Refusals(Case):
    def test_usage(self):
        output = self.folder / "x.html"
        self.refuse("one results file is needed", "-o", output)
        self.refuse("at most an older one; 3 are given", "a", "b", "c", "-o", output)
        self.refuse("-o FILE is missing", self.results)
        self.refuse("-o needs a value", self.results, "-o")
        self.refuse("there is no option '--pdf'", self.results, "--pdf")
        self.refuse("cannot write in /nonexistent/", self.results, "-o", "/nonexistent/x.html")
        self.refuse("cannot open /nonexistent", "/nonexistent", "-o", output)
        self.refuse("cannot open /nonexistent", self.results, "/nonexistent", "-o", output)
        self.assertFalse(output.exists())
        before = self.results.read_bytes()
        self.refuse("is one of the files to read", self.results, "-o", self.results)
        self.refuse("is one of the files to read", self.earlier, self.results, "-o", self.results)
        self.assertEqual(self.results.read_bytes(), before)
        ended = self.fibbench("report", "--help")
        self.assertEqual(ended.returncode, 0)
        self.assertIn("report.html", ended.stdout)

    def spoiled(self, change):
        document = json.loads(self.earlier.read_text())
        change(document)
        path = self.folder / "spoiled.json"
        path.write_text(json.dumps(document))
        return path

    def test_input(self):
        output = self.folder / "x.html"
        nonsense = self.folder / "nonsense.json"
        nonsense.write_text("{")
        self.refuse("is not valid JSON", nonsense, "-o", output)
        cases = [
            ("results file of version 3", lambda d: d.update(version=3)),
            ('"measurements" is missing', lambda d: d.pop("measurements")),
            ('"row" is missing or not a text', lambda d: d["measurements"][0].pop("row")),
            ("row 'nobody', which is none", lambda d: d["measurements"][0].update(row="nobody")),
            ('"round" is not a whole number', lambda d: d["measurements"][0].update(round=1e18)),
            ("two rows are called 'sync'", lambda d: d["rows"][0].update(label="sync")),
            ("for 20 columns", lambda d: d["rows"][0]["cells"].pop()),
            ("is 'fine', which is none", lambda d: d["rows"][0]["cells"][0].update(outcome="fine")),
            ("no rows or no columns", lambda d: d.update(rows=[], measurements=[])),
        ]
        for words, change in cases:
            self.refuse(words, self.spoiled(change), "-o", output)
        self.assertFalse(output.exists())

    def test_odd_numbers_do_no_harm(self):
        def change(document):
            for one in document["measurements"]:
                for cell in one["cells"]:
                    cell["values"] = {name: 0 for name in cell["values"]}
                    cell["clients"] = "none"
        self.report(self.spoiled(change))
        self.report(self.spoiled(lambda d: d.update(measurements=[], host=[], placement="?")))


class Lines(Case):
    def counted(self, listing, server, client, *options):
        """What a plan of all that is listed says."""
        listed = json.loads(subprocess.run([listing, "--list-backends", "--json"], check=True,
                                           capture_output=True).stdout)
        names = [one["name"] for one in listed if one["available"]]
        ended = self.fibbench("run", "--dry-run", "--json", "--server", server, "--client", client,
                              "--backends", ",".join(names), *options)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        rows = {row["label"]: row for row in json.loads(ended.stdout)["rows"]}
        return {name: rows[name].get("lines", 0) for name in names}

    def test_every_backend_is_counted(self):
        for name, lines in self.counted(FIBSERVER, FIBSERVER, FIBCLIENT).items():
            self.assertGreater(lines, 50, name)

    @unittest.skipUnless(HAVE_WEB, "webserver or webclient is not built")
    def test_every_strategy_of_webclient_is_counted(self):
        lines = self.counted(WEBCLIENT, WEBSERVER, WEBCLIENT, "--profile", "web")
        self.assertIn("easy", lines)
        for name, count in lines.items():
            self.assertGreaterEqual(count, lines["easy"], name)
            self.assertGreater(count, 10, name)

    def test_comments_and_blank_lines_do_not_count(self):
        source = self.folder / "src/one"
        source.mkdir(parents=True)
        (source / "one.c").write_text('/* a\n   b */\n\nint a; // c\n// d\nchar *s = "/* no */ // no";\n'
                                      "/* e */ int b; /* f\n*/ int c;\nchar q = '\"'; /* g */\n")
        (source / "one.txt").write_text("no source\n")
        table = self.folder / "src/sources.txt"
        table.write_text("# name: files\none: one/*\n")
        output = self.folder / "lines.inc"
        subprocess.run([sys.executable, COUNT_LINES, table, output, self.folder / "d"], check=True)
        self.assertEqual(re.findall(r'"one", (\d+)', output.read_text()), ["5"])
        table.write_text("one: two/*\n")
        ended = subprocess.run([sys.executable, COUNT_LINES, table, output, self.folder / "d"],
                               capture_output=True, text=True)
        self.assertEqual(ended.returncode, 1)
        self.assertIn("there is no src/two/*", ended.stderr)


unittest.main(argv=sys.argv[:1] + sys.argv[7:])
