"""Bodies that are no JSON: what a handler may return for them, and what it gets of an upload."""

import asyncio
import importlib
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from specwright.cli import main
from specwright.runtime.types import File

CONTRACT = """\
openapi: 3.1.0
info: {title: Bodies, version: "1"}
paths:
  /picture:
    get:
      operationId: getPicture
      responses:
        "200": {description: A picture., content: {image/png: {schema: {type: string, format: binary}}}}
  /log:
    get:
      operationId: getLog
      responses:
        "200": {description: Lines., content: {text/plain: {schema: {type: string, maxLength: 10}}}}
  /upload:
    post:
      operationId: upload
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema:
              type: object
              required: [photo]
              properties:
                photo: {type: string, format: binary}
                more: {type: array, items: {type: string, format: binary}}
                name: {type: string}
      responses: {"204": {description: Kept.}}
"""
OCTETS = bytes(range(256))
Handler = Callable[..., Awaitable[Any]]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Any:
    root = tmp_path_factory.mktemp("bodies")
    contract = root / "specs" / "bodies_api" / "openapi.yaml"
    contract.parent.mkdir(parents=True)
    contract.write_text(CONTRACT)
    assert main(["--root", str(root), "generate"]) == 0
    sys.path.insert(0, str(root / "generated"))
    yield importlib.import_module("bodies_api")
    sys.path.remove(str(root / "generated"))


def call(package: Any, operation: str, handler: Handler, method: str, path: str, **request: Any) -> httpx.Response:
    """Send one request to a server whose ``operation`` is ``handler``."""

    async def unused(**_: Any) -> Any:
        raise NotImplementedError

    served = dict.fromkeys(("get_picture", "get_log", "upload"), unused)
    app = package.create_app(SimpleNamespace(**{**served, operation: handler}))

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server") as client:
            return await client.request(method, path, **request)

    return asyncio.run(send())


def answering(package: Any, body: Any) -> Handler:
    async def get_picture() -> Any:
        return package.GetPicture200(body)

    return get_picture


async def chunks() -> AsyncIterator[bytes]:
    for start in range(0, 256, 100):
        yield OCTETS[start : start + 100]


def kept(folder: Path) -> Path:
    file = folder / "picture.png"
    file.write_bytes(OCTETS * 1000)
    return file


def test_body_is_bytes_or_a_stream_of_them(package: Any) -> None:
    whole = call(package, "get_picture", answering(package, OCTETS), "GET", "/picture")
    streamed = call(package, "get_picture", answering(package, chunks()), "GET", "/picture")

    assert whole.content == streamed.content == OCTETS
    assert whole.headers["content-type"] == streamed.headers["content-type"] == "image/png"
    assert whole.headers["content-length"] == "256"
    assert "content-length" not in streamed.headers


def test_body_is_the_file_at_a_path(package: Any, tmp_path: Path) -> None:
    response = call(package, "get_picture", answering(package, kept(tmp_path)), "GET", "/picture")

    assert response.content == OCTETS * 1000
    assert response.headers["content-length"] == "256000"


def test_head_tells_the_length_of_a_file_and_sends_nothing_of_it(package: Any, tmp_path: Path) -> None:
    response = call(package, "get_picture", answering(package, kept(tmp_path)), "HEAD", "/picture")

    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-length"] == "256000"


@pytest.mark.parametrize("path", ["missing.png", "."], ids=["no file", "a folder"])
def test_path_without_a_file_is_the_servers_fault_and_says_nothing(
    package: Any, tmp_path: Path, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "specwright.runtime"):
        response = call(package, "get_picture", answering(package, tmp_path / path), "GET", "/picture")

    assert response.status_code == 500
    assert str(tmp_path) not in response.text
    assert "body cannot be written" in caplog.text


def test_text_streams_too_and_whole_text_is_checked(package: Any) -> None:
    async def lines() -> AsyncIterator[str]:
        for number in range(5):
            yield f"line {number} \u20ac\n"

    async def streamed() -> Any:
        return package.GetLog200(lines())

    async def too_long() -> Any:
        return package.GetLog200("more than ten")

    assert call(package, "get_log", streamed, "GET", "/log").text.splitlines()[4] == "line 4 \u20ac"
    assert call(package, "get_log", too_long, "GET", "/log").status_code == 500


def test_upload_is_a_file_with_its_name_and_type(package: Any) -> None:
    seen = []

    async def upload(body: Any) -> Any:
        seen.append(body)
        return package.Upload204()

    files = [
        ("photo", ("me.png", OCTETS, "image/png")),
        ("more", ("1.bin", b"\xff", "application/octet-stream")),
        ("more", ("2.bin", b"\x00", "application/octet-stream")),
    ]
    response = call(package, "upload", upload, "POST", "/upload", files=files, data={"name": "Ada"})

    assert response.status_code == 204
    (body,) = seen
    assert isinstance(body, package.UploadRequest)
    assert (body.photo, body.photo.filename, body.photo.content_type) == (OCTETS, "me.png", "image/png")
    assert [bytes(file) for file in body.more] == [b"\xff", b"\x00"]
    assert body.name == "Ada"


def test_upload_without_its_file_is_refused(package: Any) -> None:
    async def upload(body: Any) -> Any:
        raise AssertionError(body)

    response = call(package, "upload", upload, "POST", "/upload", files={"more": ("a", b"", "text/plain")})

    assert response.status_code == 400
    assert "photo" in response.text


def test_octets_are_written_as_the_text_they_were(package: Any) -> None:
    text = "caf\u00e9 \u20ac"
    model = package.UploadRequest.model_validate_json(f'{{"photo": "{text}"}}')

    assert isinstance(model.photo, File)
    assert model.model_dump(mode="json") == {"photo": text}
    assert os.fsencode(text) == model.photo
