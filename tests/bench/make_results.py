#!/usr/bin/env python3
"""Writes a results document of version 2 with every member that there is: synthetic, from a seed.

usage: make_results.py [--rounds N] [--seed N] [--slower ROW] [--version 1] FILE
       make_results.py --web [--rounds N] [--seed N] [--slower ROW] FILE

The numbers follow no measurement; they only have the shape of one. One label is hostile to HTML and to
gnuplot on purpose.
"""
import argparse
import json
import math
import random

HOSTILE = "<b>a\"'&`date`</b> {x_1}^2 @L0@"

ROWS = [  # label, family, library, capacity relative to the reference, user microseconds
    ("null", "null", None, 1.0, 0.9),
    ("sync", "sync", None, 1.02, 1.0),
    ("threads", "threads", None, 0.97, 1.3),
    ("select", "select", None, 0.95, 1.6),
    ("select --poller=poll", "select", None, 0.93, 1.7),
    ("coro", "coro", None, 0.94, 1.9),
    ("coro-threads", "coro", None, 0.92, 2.1),
    ("uv", "uv", "libuv 1.44.2", 0.90, 2.4),
    ("uv --offload=always", "uv", "libuv 1.44.2", 0.31, 9.5),
    ("event", "event", "libevent 2.1.12", 0.80, 3.4),
    ("uring", "uring", "liburing 2.3", 1.07, 1.4),
    ("select (again)", "select", None, 0.95, 1.6),
    ("Python: asyncio: Streams", None, None, 0.11, 70.0),
    (HOSTILE, None, None, 0.5, 5.0),
]
COUNTS = [1, 10, 100, 1000, 10000]


WEB_ROWS = [  # label, family, library, the whole start in ms, CPU and wait per URL in microseconds, MiB
    ("easy", "easy", "libcurl 7.88.1", 14, 60, 6.6),
    ("threads", "threads", "libcurl 7.88.1", 16, 90, 7.5),
    ("multi", "multi", "libcurl 7.88.1", 15, 80, 7.0),
    ("uv", "uv", "libcurl 7.88.1", 15, 82, 7.1),
    ("event", "event", "libcurl 7.88.1", 15, 83, 7.2),
    ("coro", "coro", "libcurl 7.88.1", 15, 86, 7.3),
    ("curl --parallel", "curl", "curl 7.88.1", 11, 170, 10.5),
    ("aiohttp", "python", "aiohttp 3.8.4", 210, 500, 31),
    ("event (again)", "event", "libcurl 7.88.1", 15, 83, 7.2),
    (HOSTILE, None, None, 30, 300, 20),
]
WEB_LISTS = [(1, 1), (10, 10), (100, 100), (1000, 100)]
WEB_LONGEST = 3.0  # seconds that a cell may take


def columns():
    yield dict(name="fast", header="1 fast (req/s)", connections=1, pipeline=1, base=70000)
    yield dict(name="fast2", header="2 fast (req/s each)", connections=1, pipeline=1, base=35500, clients=2)
    yield dict(name="slow", header="1 slow (s/req)", base=0.15, slow=True)
    yield dict(name="slow2", header="2 slow (s/req)", base=0.3, slow=True, clients=2)
    yield dict(name="fast+slow:fast", header="fast + slow: fast (req/s)", scenario="fast+slow", base=30000)
    yield dict(name="fast+slow:slow", header="fast + slow: slow (s/req)", scenario="fast+slow", base=0.25,
               slow=True)
    for pipeline in (1, 16):
        for count in COUNTS[1:] if pipeline == 1 else COUNTS:
            yield dict(name=f"connections{count}-p{pipeline}", pipeline=pipeline, connections=count,
                       header=f"{count} connections, pipeline {pipeline} (req/s)",
                       base=110000 * (1 + 3 * (pipeline == 16)) * (0.9 if count < 10 else 1.2) /
                       (1 + count / 20000))
    for share in (0.2, 0.5, 0.7, 0.9):
        yield dict(name=f"open{share * 100:.0f}", header=f"open loop at {share:.0%}: p99 (s/req)",
                   connections=64, pipeline=1, base=100000 * share, offered=share)
    yield dict(name="churn", header="connect, request, close (req/s)", base=9000)


def is_time(column):
    """Whether the column holds seconds, or what else less of is better."""
    return column.get("slow") or "offered" in column or column.get("better") == "lower"


def quantile_latency(column, capacity, q):
    """Seconds: a body and a tail that grows as the offered load nears the capacity."""
    rate = column["base"] * min(1.0, capacity)
    load = min(0.985, column.get("offered", 0.3) / max(capacity, 0.3))
    count = column.get("connections", 1)
    body = max(count, 1) / rate if "offered" not in column else 2e-5 / (1 - load)
    return body * (1 + 0.12 * -math.log(1 - q)) + 4e-5 * (-math.log10(1 - q)) ** 2 * load


def clients_of(column, value, capacity, rng):
    rate = column["base"] * min(1, capacity) if "offered" in column else value
    requests = max(1, int(rate * 0.25)) if not column.get("slow") else 3
    levels = [0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9999, 0.99999]
    kept = [q for q in levels if requests * (1 - q) >= 10]
    noise = math.exp(rng.gauss(0, 0.03))
    percentiles = [[q, quantile_latency(column, capacity, q) * noise] for q in kept]
    latency = {"count": requests, "min": 1e-5, "mean": 2e-5, "max": 3e-3}
    for name, q in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)):
        latency[name] = next((v for k, v in percentiles if k == q), None)
    if column.get("slow"):
        latency, percentiles = {"count": 3, "min": value, "mean": value, "max": value}, []
    one = {
        "mode": "slow" if column.get("slow") else "load",
        "requests": requests, "late": 1, "errors": 0, "seconds": 0.25, "rate": rate,
        "error_kinds": {"wrong": 0, "missing": 0, "extra": 0, "closed": 0},
        "latency": latency, "percentiles": percentiles,
        "slices": [rate * math.exp(rng.gauss(0, 0.01)) for _ in range(10)],
        "fairness": {"jain": 0.998, "least": 0.93, "most": 1.05},
        "cpu": {"user": 0.02, "system": 0.1},
    }
    if "offered" in column:
        one["offered_rate"] = column["base"]
        one["lag"] = {"p50": 2e-6, "p99": 9e-6, "max": 1e-4}
    return [one] * column.get("clients", 1)


def served(label, column):
    if label == "null":
        return not column.get("slow") and column.get("scenario") != "fast+slow"
    return not (label == "sync" and (column.get("connections", 1) > 1 or column["name"] == "churn" or column.get("clients", 1) > 1 or
                                     column.get("scenario") == "fast+slow"))


def value_of(row, column, rng, slower):
    label, _, _, capacity, _ = row
    factor = capacity * (0.7 if label == slower else 1)
    drift = math.exp(rng.gauss(0, 0.012))
    if column.get("slow"):
        return column["base"] / min(1.2, max(factor, 0.4)) * drift
    if "offered" in column:
        return quantile_latency(column, factor, 0.99) * drift
    if column.get("pipeline") == 16:
        factor = factor ** 2
    return column["base"] * factor * drift


def measure(row, round_number, position, all_columns, rng, slower):
    cells = []
    for column in all_columns:
        scenario = column.get("scenario", column["name"])
        if not served(row[0], column):
            if row[0] != "null":
                cells.append({"scenario": scenario, "clients": [], "values": {}, "outcome": "X"})
            continue
        value = value_of(row, column, rng, slower)
        user = row[4] * 1e-6 * math.exp(rng.gauss(0, 0.03))
        system = 9e-6 / (4 if column.get("pipeline") == 16 else 1) * math.exp(rng.gauss(0, 0.03))
        cell = next((c for c in cells if c["scenario"] == scenario), None)
        if cell is not None:
            cell["values"][column["name"]] = value
            continue
        requests = 20000
        cells.append({
            "scenario": scenario, "placement": "same+pool", "window_seconds": 0.25,
            "clients": clients_of(column, value, row[3], rng),
            "values": {column["name"]: value}, "outcome": "ok",
            "server": {"user_seconds": user * requests, "system_seconds": system * requests,
                       "voluntary_switches": requests, "involuntary_switches": 12, "migrations": 0,
                       "requests": requests, "resident_bytes": 3 << 20, "threads": 1},
            "cpu_per_request": {"user": user, "system": system},
            "client_cpu_per_request": {"user": 1e-6, "system": 5e-6},
            "host": {"steal_seconds": 0, "listen_overflows": 0, "syn_drops": 0, "time_wait": 3},
            "flags": ["unsteady"] if rng.random() < 0.02 else [],
        })
    return {"round": round_number, "row": row[0], "position": position, "cells": cells,
            "servers": [{"status": 0, "signal": 0, "killed": False, "clean": True}], "seconds": 4.0}


def samples_of(measurements, label, column):
    by_round = {}
    for one in measurements:
        if one["row"] != label or one.get("closing"):
            continue
        for cell in one["cells"]:
            if column["name"] in cell.get("values", {}):
                by_round[one["round"]] = cell["values"][column["name"]]
    return by_round


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def bootstrap(values, rng):
    medians = sorted(median(rng.choices(values, k=len(values))) for _ in range(200))
    return medians[5], medians[194]


def verdict_of(low, high, rounds):
    if rounds < 6:
        return "inconclusive"
    if low > 1.03:
        return "faster"
    if high < 0.97:
        return "slower"
    return "equivalent" if low > 0.97 and high < 1.03 else "inconclusive"


def summary(measurements, label, column, rng, reference="null"):
    mine = samples_of(measurements, label, column)
    if not mine:
        outcome = "too long" if "urls" in column else "X" if label != reference else "-"
        return {"column": column["name"], "outcome": outcome, "rounds": []}
    values = list(mine.values())
    low, high = bootstrap(values, rng)
    cell = {"column": column["name"], "outcome": "ok", "median": median(values), "minimum": min(values),
            "maximum": max(values), "deviation": 0, "samples": values, "interval": [low, high],
            "rounds": ["ok"] * len(values), "flags": {"unsteady": 2} if rng.random() < 0.04 else {}}
    ceiling = samples_of(measurements, reference, column)
    ratios = [mine[r] / ceiling[r] for r in mine if r in ceiling]
    if is_time(column):
        ratios = [1 / ratio for ratio in ratios]
    if ratios:
        low, high = bootstrap(ratios, rng)
        cell["ratio"] = {"median": median(ratios), "low": low, "high": high, "p": 0.0001,
                         "p_adjusted": 0.002, "smallest_effect": 0.021,
                         "verdict": "null" if label == reference else
                         verdict_of(low, high, len(ratios))}
    return cell


def head():
    return {
        "format": "fibbench-results", "version": 2,
        "program": {"version": "0.1.0", "revision": "0123456789abcdef", "modified": False},
        "date": "2026-01-02T03:04:05Z",
        "host": {"kernel": "Linux 6.1.0", "architecture": "x86_64", "cpu": "Synthetic CPU <1>", "cpus": 2,
                 "cpus_allowed": 2, "governor": "powersave", "virtualisation": "kvm",
                 "memory_bytes": 8 << 30},
    }


def shuffled(rows, reference, rng):
    """A round's order, in which the reference is the first."""
    others = [row for row in rows if row[0] != reference]
    rng.shuffle(others)
    return [row for row in rows if row[0] == reference] + others


def document(rounds, seed, slower):
    rng = random.Random(seed)
    all_columns = list(columns())
    measurements, order = [], []
    for number in range(rounds):
        block = shuffled(ROWS, "null", rng)
        order.append([row[0] for row in block])
        measurements += [measure(row, number, i, all_columns, rng, slower) for i, row in enumerate(block)]
        measurements.append(measure(ROWS[0], number, len(block), all_columns, rng, slower) | {"closing": True})
    rows = []
    for index, row in enumerate(ROWS):
        label, family, library, _, user = row
        rows.append({"label": label, "kind": "built-in" if family else "command",
                     "cells": [summary(measurements, label, column, rng) for column in all_columns]})
        if family:
            rows[-1].update(backend=label.split(" ")[0], options=label.split(" ")[1:], family=family,
                            library=library, compute="inline", counterpart=None, lines=80 + 40 * index)
        else:
            rows[-1]["peer"] = True
        rows[-1]["memory_per_connection"] = 400 * (1 + user) * (20 if label == "threads" else 1)
        rows[-1]["system_calls_per_request"] = {"1": 3.0, "64": 2.0 + index / 50}
    shown = []
    for column in all_columns:
        time = is_time(column)
        one = {"name": column["name"], "header": column["header"],
               "scenario": column.get("scenario", column["name"]), "delta": 0.03,
               "better": "lower" if time else "higher", "unit": "s/req" if time else "req/s"}
        one.update({k: column[k] for k in ("offered", "connections", "pipeline") if k in column})
        shown.append(one)
    return head() | {
        "profile": "table", "rounds": rounds, "slow_rounds": rounds, "seed": seed, "workers": 2,
        "placement": {"name": "same+pool", "server_cpus": "1", "client_cpus": "1", "pool_cpus": "0"},
        "slow_n": 39, "slow_seconds": 0.15, "fast_seconds": 0.25, "estimated_seconds": 1100.5,
        "seconds": 1093.4, "reference": "null", "repeat_of": {"select (again)": "select"}, "delta": 0.03,
        "noise": {column["name"]: 0.012 for column in all_columns if not column.get("slow")},
        "warnings": [{"what": "governor", "text": "the CPUs' governor is powersave",
                      "advice": "cpupower frequency-set -g performance"}],
        "repeats": [{"round": 2, "row": "uv", "cause": "steal", "value": 0.05},
                    {"round": 4, "row": "null", "cause": "drift", "value": 0.13},
                    {"round": 4, "row": "uv", "cause": "drift", "value": 0.13}],
        "order": order, "scenarios": [], "columns": shown, "rows": rows, "measurements": measurements,
    }


def web_columns():
    for delay in (0, 0.01, 0.1):
        for urls, concurrency in WEB_LISTS + [(1000, 1000)] * (delay == 0.1):
            name = f"web{urls}{'-c1000' if concurrency == 1000 else ''}-{delay * 1000:.0f}ms"
            words = (f"{urls} URL{'s' * (urls > 1)}{' at once' if concurrency == 1000 else ''}, "
                     f"{delay * 1000:.0f} ms")
            for value, ending, header, unit in (
                    ("over_ideal" if delay else "rate", "", "", "x ideal" if delay else "req/s"),
                    ("fetch_over_ideal" if delay else "fetch_rate", ":fetch", ": fetch",
                     "x ideal" if delay else "req/s"),
                    ("cpu", ":cpu", ": CPU", "µs/req"), ("memory", ":memory", ": memory", "MiB"),
                    ("connections", ":connections", "", "connections")):
                yield {"name": name + ending, "header": f"{words}{header} ({unit})", "scenario": name,
                       "better": "higher" if value.endswith("rate") else "lower", "unit": unit,
                       "value": value, "urls": urls, "concurrency": concurrency, "delay_seconds": delay,
                       "delta": 0.03}


def web_value(row, column, rng, slower):
    """None where it takes too long."""
    label, _, _, start, cost, memory = row
    urls, at_once = column["urls"], 1 if label == "easy" else column["concurrency"]
    delays = urls * column["delay_seconds"] / at_once
    if delays > WEB_LONGEST:
        return None
    noise = math.exp(rng.gauss(0, 0.01)) * (1.5 if label == slower else 1)
    fetch = (delays + urls * cost * 1e-6) * noise
    wall = fetch + start * 1e-3 * noise
    ideal = urls * column["delay_seconds"] / column["concurrency"]
    return {
        "over_ideal": lambda: wall / ideal, "rate": lambda: urls / wall,
        "fetch_over_ideal": lambda: fetch / ideal, "fetch_rate": lambda: urls / fetch,
        "cpu": lambda: (cost + start * 500 / urls) * noise,
        "memory": lambda: (memory + at_once * memory / 200) * math.exp(rng.gauss(0, 0.005)),
        "connections": lambda: at_once - (rng.randrange(2) if label == "curl --parallel" and urls > 1 else 0),
    }[column["value"]]()


def web_measure(row, round_number, position, all_columns, rng, slower):
    cells = []
    for name in dict.fromkeys(column["scenario"] for column in all_columns):
        values = {column["name"]: web_value(row, column, rng, slower) for column in all_columns
                  if column["scenario"] == name}
        cell = {"scenario": name, "placement": "split", "outcome": "too long"}
        if None not in values.values():
            cpu = values[name + ":cpu"] * 1e-6
            cell.update(outcome="ok", values=values, server_saw={"requests": 1}, client={"seconds": 0.1},
                        client_cpu_per_request={"user": cpu * 0.6, "system": cpu * 0.4})
        cells.append(cell)
    return {"round": round_number, "row": row[0], "position": position, "cells": cells,
            "servers": [{"status": 0, "signal": 0, "killed": False, "clean": True}], "seconds": 2.0}


def web_document(rounds, seed, slower):
    rng = random.Random(seed)
    all_columns = list(web_columns())
    measurements, order = [], []
    for number in range(rounds):
        block = shuffled(WEB_ROWS, "multi", rng)
        order.append([row[0] for row in block])
        measurements += [web_measure(row, number, i, all_columns, rng, slower) for i, row in enumerate(block)]
        measurements.append(web_measure(block[0], number, len(block), all_columns, rng, slower) |
                            {"closing": True})
    rows = []
    for label, family, library, _, _, _ in WEB_ROWS:
        rows.append({"label": label, "kind": "command", "web": True,
                     "cells": [summary(measurements, label, column, rng, "multi") for column in all_columns]})
        if library == "libcurl 7.88.1":
            rows[-1].update(kind="built-in", backend=label.split(" ")[0], options=[], lines=100 + len(rows))
        elif family:
            rows[-1]["peer"] = True
        if family:
            rows[-1].update(family=family, library=library)
    return head() | {
        "profile": "web", "rounds": rounds, "slow_rounds": rounds, "seed": seed, "workers": 2,
        "placement": {"name": "split", "server_cpus": "0", "client_cpus": "1", "pool_cpus": "0-1"},
        "slow_n": None, "slow_seconds": 0, "fast_seconds": 0, "estimated_seconds": 300, "seconds": 241.4,
        "reference": "multi", "repeat_of": {"event (again)": "event"}, "delta": 0.03,
        "noise": {column["name"]: 0.011 for column in all_columns}, "warnings": [], "repeats": [],
        "too_long": [{"row": "easy", "scenario": "web1000-100ms", "seconds": 100}],
        "left_out": [{"label": "wget2", "reason": "there is no wget2 here"}],
        "order": order, "scenarios": [], "columns": all_columns, "rows": rows, "measurements": measurements,
    }


def as_version_1(results):
    """What an older program wrote: the members that came with version 2 are not there."""
    results["version"] = 1
    for name in ("reference", "repeat_of", "delta", "noise", "warnings", "repeats"):
        del results[name]
    for column in results["columns"]:
        for name in ("unit", "offered", "connections", "pipeline"):
            column.pop(name, None)
    for row in results["rows"]:
        for name in ("peer", "lines", "memory_per_connection", "system_calls_per_request"):
            row.pop(name, None)
        for cell in row["cells"]:
            for name in ("interval", "ratio", "flags"):
                cell.pop(name, None)
    for one in results["measurements"]:
        one.pop("position")
        for cell in one["cells"]:
            for name in ("placement", "server", "cpu_per_request", "client_cpu_per_request", "host", "flags"):
                cell.pop(name, None)
            for client in cell["clients"]:
                for name in ("slices", "fairness", "percentiles", "offered_rate", "lag"):
                    client.pop(name, None)
    results["measurements"] = [one for one in results["measurements"] if not one.pop("closing", False)]
    return results


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=14)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--slower", default=None)
    parser.add_argument("--version", type=int, choices=(1, 2), default=2)
    parser.add_argument("--web", action="store_true")
    parser.add_argument("file")
    options = parser.parse_args()
    make = web_document if options.web else document
    results = make(options.rounds, options.seed, options.slower)
    if options.version == 1:
        results = as_version_1(results)
    with open(options.file, "w", encoding="utf-8") as file:
        json.dump(results, file)


main()
