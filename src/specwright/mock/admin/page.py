"""The start page of a mock."""

from collections.abc import Mapping
from html import escape

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
<p><a href="/__admin/requests">requests</a> | <a href="/__admin/state">state</a> | <a href="/__admin/scenarios">switches</a>
| <a href="/__admin/health">health</a> | <a href="/__admin/metrics">metrics</a></p>
</body>
</html>
"""
_ROW = """\
<tr><td>{title}</td><td><code>{base}</code></td><td>{count}</td><td><a href="{base}/ui/">docs</a></td>\
<td><a href="{base}/openapi.json">openapi.json</a></td></tr>"""


def page(apis: Mapping[str, Api]) -> str:
    """Return the page as HTML."""
    rows = [
        _ROW.format(title=escape(api.title), base=escape(f"/{name}{api.base_path}"), count=len(api.operations))
        for name, api in apis.items()
    ]
    return _PAGE.format(rows="\n".join(rows))
