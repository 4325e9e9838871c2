"""Our probe as the agent runs it, in a process of its own, which then says on stderr what it took.

``python -m bench.peers.probe SECONDS``: target as JSON on stdin, result as JSON on stdout.
"""

from __future__ import annotations

import json
import sys
import time

from agent.once import as_child
from bench.peers.outcome import peak_rss

if __name__ == "__main__":
    code = as_child("speed", float(sys.argv[1]))
    print(json.dumps({"rss": peak_rss(), "cpu": time.process_time()}), file=sys.stderr)
    sys.exit(code)
