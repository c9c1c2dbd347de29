"""What the rounds of the peer bench give: medians, spread, ratios, and a table of them."""

import statistics

import systems

# By row, or kind of row: the figure that is compared, and its unit.
FIGURES = {"replay": ("events_s", "events/s"), "stream50": ("p50_us", "us p50"), "delivery": ("p50_us", "us p50"), "start": ("ms", "ms"),
           "memory": ("mib", "MiB"), "bytes": ("all", "bytes/event")}
APPEND = ("events_s", "events/s")
TIMES = {"p50_us": "p50 us", "p99_us": "p99 us", "server_us_an_event": "server us/ev"}
PARTS = {part: part for part in ("records", "streams", "requests", "proofs", "journal")}
PARTS["write_amplification"] = "written x"
# Above this share of the processors, others disturb what is measured.
BUSY = 0.15
MORE = TIMES | PARTS


def figure(row):
    return FIGURES.get(row.split()[0], APPEND)


def summary(rounds):
    """{row: {system: {figure: median, min, max, median of each other figure, ratio of ours}}} of [(system, row, figures)]."""
    found = {}
    for system, row, figures in rounds:
        found.setdefault(row, {}).setdefault(system, []).append(figures)
    share_append64(found)
    result = {}
    for row, by_system in found.items():
        result[row] = {system: summed(row, many) for system, many in by_system.items()}
        ours = result[row].get("ours")
        for system, one in result[row].items():
            if ours and system != "ours" and one["median"]:
                one["ours_to_it"] = ours["median"] / one["median"]
    return result


def share_append64(found):
    """Others have no client that gathers: their callers are their appends in flight."""
    for row in systems.CALLERS:
        if row in found and "append64" in found:
            for system, many in found["append64"].items():
                found[row].setdefault(system, many)


def summed(row, many):
    name, unit = figure(row)
    values = [one[name] for one in many]
    result = {"unit": unit, "median": statistics.median(values), "min": min(values), "max": max(values), "values": values}
    for more in MORE:
        if all(more in one for one in many):
            result[more] = statistics.median(one[more] for one in many)
    return result


def number(value):
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def row_lines(row, by_system):
    unit = next(iter(by_system.values()))["unit"]
    yield f"{row}: {systems.ROWS.get(row.split()[0], '')}"
    known = PARTS if row == "bytes" else TIMES
    columns = {name: head for name, head in known.items() if any(name in one for one in by_system.values())}
    yield f"  {'system':15}{'median':>12} {unit:12}{'min..max':>22}" + "".join(f"{head:>13}" for head in columns.values()) + f"{'ours/it':>10}"
    for system, one in by_system.items():
        spread = f"{number(one['min'])}..{number(one['max'])}"
        ratio = f"{one['ours_to_it']:.2f}x" if "ours_to_it" in one else ""
        yield (f"  {system:15}{number(one['median']):>12} {'':12}{spread:>22}" +
               "".join(f"{number(one.get(name)):>13}" for name in columns) + f"{ratio:>10}")


def lines(result, chosen, busy):
    """The table of a summary, and how busy others kept the machine."""
    order = {name: place for place, name in enumerate(systems.ROWS)}
    for row in sorted(result, key=lambda row: (order[row.split()[0]], row)):
        yield from row_lines(row, result[row])
        yield ""
    yield "Durable before the acknowledgement:"
    for system in chosen:
        yield f"  {system.name:15}{system.durable}"
    if busy > BUSY:
        yield f"\nOthers kept the processors busy, {busy:.0%} of them between the rounds: these figures are worth little."
