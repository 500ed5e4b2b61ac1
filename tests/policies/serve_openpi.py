"""Serves the colour policy with the real openpi server (PyPI: openpi-server); ``--hand``: LIBERO's.

Run by that package's own Python: ``python serve_openpi.py PORT [--delay S] [--meta JSON]``.
"""

import argparse
import json
import pathlib
import sys

from openpi_server.websocket_policy_server import WebsocketPolicyServer

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from colour import ColourPolicy
from hand import HandPolicy

parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("--delay", type=float, default=0.0)
parser.add_argument("--delay-to", type=float, default=None)
parser.add_argument("--chunk", type=int, default=16)
parser.add_argument("--meta", default="{}")
parser.add_argument("--hand", action="store_true")
options = parser.parse_args()
colour = ColourPolicy(chunk=options.chunk, delay_s=options.delay, delay_to_s=options.delay_to)
policy = HandPolicy() if options.hand else colour
WebsocketPolicyServer(
    policy, host="127.0.0.1", port=options.port, metadata=json.loads(options.meta)
).serve_forever()
