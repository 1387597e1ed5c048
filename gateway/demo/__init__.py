"""`make run`: two companies on a sandbox network, and the main job told before your eyes, over real HTTP.

Read `story/`: one function per step. Nothing in it is shown that didn't happen; a step that goes another way ends it.
"""

from gateway.demo.story import run

__all__ = ["run"]
