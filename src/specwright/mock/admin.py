"""The control of a mock: ``/__admin/...``, for the namespace that the request names."""

from collections.abc import Mapping
from html import escape
from typing import Any

from specwright.mock.namespaces import Namespace, Namespaces
from specwright.mock.reply import Conversation, Reply, json_reply, problem, reply
from specwright.plan import Api

_PAGE = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Specwright mock</title></head>
<body style="font: 16px system-ui, sans-serif; max-width: 60rem; margin: 3rem auto">
<h1>Specwright mock</h1>
<table cellpadding="6">
<tr align="left"><th>API</th><th>base URL</th><th>operations</th><th>read and try</th><th>contract</th></tr>
{rows}
</table>
<p><a href="/__admin/health">health</a></p>
</body>
</html>
"""
_ROW = """\
<tr><td>{title}</td><td><code>{base}</code></td><td>{count}</td><td><a href="{base}/ui/">docs</a></td>\
<td><a href="{base}/openapi.json">openapi.json</a></td></tr>"""


class Admin:
    """Answers what is asked of the mock itself."""

    def __init__(self, namespaces: Namespaces, apis: Mapping[str, Api]) -> None:
        self._namespaces, self._apis = namespaces, apis
        self.base_urls = [f"/{name}{api.base_path}" for name, api in apis.items()]

    async def reply(self, namespace: Namespace, path: str, scope: Any, conversation: Conversation) -> Reply:
        """Return the answer to a request below ``/__admin/``."""
        if path == "/__admin/health":
            return json_reply({"status": "healthy", "apis": list(self._apis)})
        return problem(404, f"the admin API has no {path}")

    def nothing(self, path: str) -> Reply:
        """Return the start page, or what is said at a path that leads nowhere."""
        if path == "/":
            return reply(200, self._page().encode(), "text/html; charset=utf-8")
        return problem(404, f"the mock serves {', '.join(f'/{name}' for name in self._apis)}")

    def _page(self) -> str:
        rows = [
            _ROW.format(title=escape(api.title), base=escape(f"/{name}{api.base_path}"), count=len(api.operations))
            for name, api in self._apis.items()
        ]
        return _PAGE.format(rows="\n".join(rows))
