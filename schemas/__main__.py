"""`python -m schemas install [--quiet] [--from ZIP] [DIR]`: puts the published schemas in place."""

import argparse
import sys
from pathlib import Path

from schemas.install import InstallFailed, install
from schemas.manifest import INSTALLED, MANIFEST


def main(arguments: list[str] | None = None) -> int:
    """0 when the schemas are in place afterwards, 1 when they are not; the reason goes to standard error."""
    parser = argparse.ArgumentParser(prog="python -m schemas", description=__doc__)
    command = parser.add_subparsers(dest="command", required=True).add_parser(
        "install", help=f"install {MANIFEST.title}"
    )
    command.add_argument("--quiet", action="store_true", help="say nothing when all is well")
    command.add_argument("--from", dest="source", type=Path, metavar="ZIP", help="a local zip or folder with them")
    command.add_argument("folder", nargs="?", type=Path, default=INSTALLED, metavar="DIR", help="where to install")
    options = parser.parse_args(arguments)
    try:
        news = install(source=options.source, installed=options.folder)
    except InstallFailed as error:
        print(error, file=sys.stderr)
        return 1
    if not options.quiet:
        place = options.folder / MANIFEST.id
        print(f"{MANIFEST.title}: {'installed' if news else 'already'} in {place}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
