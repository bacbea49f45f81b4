"""The command: many damaged files, and a table of what became of them."""

from __future__ import annotations

import argparse
import sys
import time

from . import driver


def main() -> None:
    """Run the cases; exit 1 if any was a fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="cases over all parsers")
    parser.add_argument("--seed", type=int, default=0, help="fixes every file")
    parser.add_argument(
        "--child", nargs=4, metavar=("PARSER", "SEED", "START", "END"), help="of the driver"
    )
    given = parser.parse_args()
    if given.child:
        name, *numbers = given.child
        driver.child(name.replace("==", "--"), *map(int, numbers))
        return
    began = time.perf_counter()
    print(driver.HEAD)
    found = driver.run(given.count, given.seed)
    for name, tally in found.items():
        for number, ending in tally.faults:
            print(f"{name} {given.seed} {number}: {ending.outcome}: {ending.detail}")
    total = sum(sum(tally.outcomes.values()) for tally in found.values())
    faults = sum(len(tally.faults) for tally in found.values())
    print(f"{total:,} cases, {faults:,} faults, {time.perf_counter() - began:.0f} s.")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
