"""Threads that decode the same type for the first time at once."""

import subprocess
import sys

RACE = """
from __future__ import annotations
import sys, threading
import msgspec
from gateway.structs import make_ready

sys.setswitchinterval(1e-6)  # another thread's turn comes in the midst of whatever this one does
outer = []
for n in range(200):
    fields = [("a", "int"), ("b", "list[int] | None"), ("c", "dict[str, int]")]
    globals()[f"Inner{n}"] = msgspec.defstruct(f"Inner{n}", fields, module="__main__")
    fields = [(f"f{i}", f"Inner{n} | None") for i in range(8)]
    outer.append(msgspec.defstruct(f"Outer{n}", fields, module="__main__"))
body = b"{" + b",".join(b'"f%d":{"a":1,"b":[1],"c":{}}' % i for i in range(8)) + b"}"
make_ready()
for struct in outer:
    together = threading.Barrier(4)
    def decode(struct=struct, together=together):
        together.wait()
        assert msgspec.json.decode(body, type=struct).f7.b == [1]
    threads = [threading.Thread(target=decode) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print("fine")
"""


def test_threads_may_decode_a_type_for_the_first_time_at_once() -> None:
    """In a process of its own: without `make_ready` it dies of a segmentation fault."""
    done = subprocess.run([sys.executable, "-c", RACE], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "fine\n"), done.stderr
