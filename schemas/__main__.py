"""`python -m schemas install [--quiet] [--from ZIP] [DIR]`: puts the published schemas in place.

With DIR, the folder of an official rule set, unpacked, that rule set is registered as well, by digest.
"""

import argparse
import sys
from pathlib import Path

from schemas.install import InstallFailed, install
from schemas.manifest import INSTALLED, MANIFEST
from schemas.register import RegistryError, register


def main(arguments: list[str] | None = None) -> int:
    """0 when everything is in place afterwards, 1 when it is not; the reason goes to standard error."""
    parser = argparse.ArgumentParser(prog="python -m schemas", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("install", help=f"install {MANIFEST.title}")
    command.add_argument("--quiet", action="store_true", help="say nothing when all is well")
    command.add_argument("--from", dest="source", type=Path, metavar="ZIP", help="a local zip or folder with them")
    command.add_argument("--into", type=Path, default=INSTALLED, help="another folder to install into")
    command.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="an official rule set to register")
    options = parser.parse_args(arguments)
    said: list[str] = []
    try:
        news = install(source=options.source, installed=options.into)
        said.append(f"{MANIFEST.title}: {'installed' if news else 'already'} in {options.into / MANIFEST.id}")
        if options.folder:
            entry = register(options.folder, installed=options.into)
            said.append(f"{entry.folder}: {len(entry.files)} files registered, digest {entry.digest}")
    except (InstallFailed, RegistryError) as error:
        print(error, file=sys.stderr)
        return 1
    if not options.quiet:
        print("\n".join(said))
    return 0


if __name__ == "__main__":
    sys.exit(main())
