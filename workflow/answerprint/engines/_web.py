"""Addresses from which weights are fetched: the web and local files, whatever a server leads to."""

from __future__ import annotations

from typing import Any
from urllib.error import URLError
from urllib.parse import urlparse
from urllib.request import (
    FileHandler,
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

SCHEMES = ("https", "http", "file")
"""What weights are fetched by."""


def opened(request: Request, timeout: float) -> Any:
    """The answer to a request, to be read and closed; `timeout`: seconds that a server may keep silent.

    Raises URLError for an address that is not of SCHEMES, and for a server that leads out of the web, to FTP or to a
    local file.
    """
    opener = OpenerDirector()
    handlers = (ProxyHandler, UnknownHandler, HTTPHandler, HTTPSHandler, HTTPDefaultErrorHandler, HTTPErrorProcessor)
    for handler in (*handlers, FileHandler, _WebRedirects):
        opener.add_handler(handler())
    return opener.open(request, timeout=timeout)


class _WebRedirects(HTTPRedirectHandler):
    def redirect_request(self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Request | None:
        """The request that follows a redirect. Raises URLError where it leads out of the web."""
        if urlparse(newurl).scheme not in ("http", "https"):
            raise URLError(f"the server leads to {newurl}, which is neither http nor https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)
