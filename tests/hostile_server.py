"""A server to send hostile bytes to: the mock of a workspace, in a process of its own that says its port.

python hostile_server.py ROOT {httptools,h11} [LIMIT]
"""

import socket
import sys
from pathlib import Path

import uvicorn

from specwright.mock.server import load
from specwright.runtime.security import Credential
from specwright.workspace import find

SECRET = "secret"


async def authenticate(credential: Credential) -> list[str] | None:
    return ["read"] if credential.value in (SECRET, f"user:{SECRET}") else None


def main(root: str, implementation: str, limit: str) -> None:
    workspace = find(Path(root))
    app = load(workspace, workspace.sources(), authenticate=authenticate, max_body_bytes=int(limit))
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        print(listener.getsockname()[1], flush=True)  # noqa: T201
        config = uvicorn.Config(app, http=implementation, log_level="warning", access_log=False)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
