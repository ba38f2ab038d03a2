"""`orchard`: the command line for the people in the office."""

from __future__ import annotations

import argparse
from pathlib import Path

from orchard.jobs.settlement import settle_orders
from orchard.settings import load
from orchard.storage import Store


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="orchard")
    commands = root.add_subparsers(dest="command", required=True)
    settle = commands.add_parser("settle", help="mark the orders that were paid")
    settle.add_argument("paid", type=Path, help="a file with one order id per line")
    settle.add_argument("--simulate", action="store_true", help="say what would happen, change nothing")
    return root


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    settings = load()
    paid = set(options.paid.read_text().split())
    count = settle_orders(Store(settings.database), paid, options.simulate)
    print(f"{count} orders {'would be' if options.simulate else 'are'} settled")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
