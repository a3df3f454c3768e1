"""Converters: published files become the tensors that they hold, byte for byte the same each time, or are refused."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from answerprint.engines import _converters, models
from answerprint.runtime.errors import FilmError

os.environ.setdefault("NUMBA_DISABLE_JIT", "1")  # of Whisper's alignment: compiling it takes 6 s
MEAN = np.array([0.4488, 0.4371, 0.4040], np.float32)
random = np.random.default_rng(0)


def tensors(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    import safetensors

    with safetensors.safe_open(str(path), "np") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118


class NcnnModel:
    """Writes a tiny ncnn model, layer by layer."""

    def __init__(self) -> None:
        self.lines: list[str] = ["Input in 0 1 data"]
        self.weights = b""

    def convolution(self, name: str, weight: np.ndarray, bias: np.ndarray) -> None:
        out, _, side, _ = weight.shape
        self.lines.append(f"Convolution {name} 1 1 a b 0={out} 1={side} 4=1 5=1 6={weight.size}")
        halves = weight.astype("<f2").tobytes()
        self.weights += struct.pack("<I", 0x01306B47) + halves + b"\0" * (-len(halves) % 4)
        self.weights += bias.astype("<f4").tobytes()

    def constant(self, values: np.ndarray) -> None:
        self.lines.append(f"MemoryData mean 0 1 m 0=1 1=1 2={values.size}")
        self.weights += values.astype("<f4").tobytes()

    def write(self, folder: Path) -> list[Path]:
        files = [folder / "tiny.param", folder / "tiny.bin"]
        files[0].write_text("\n".join(["7767517", f"{len(self.lines)} 9", *self.lines, ""]))
        files[1].write_bytes(self.weights)
        return files


def drawn(*shape: int) -> np.ndarray:
    return random.normal(0, 0.1, shape).astype(np.float16)


def span(channels: int = 4, scale: int = 2) -> tuple[NcnnModel, dict[str, np.ndarray]]:
    """A tiny SPAN, and its fused weights by name."""
    model, weights = NcnnModel(), {}
    model.constant(MEAN)
    model.lines.append("BinaryOp scale 1 1 a b 0=2 1=1 2=2.550000e+02")
    fused = ["conv_1", *(f"block_{b}/c{c}_r" for b in range(1, 7) for c in (1, 2, 3)), "conv_2"]
    for name in fused:
        into = 3 if name == "conv_1" else channels
        weights[name.replace("/", ".")] = weight = drawn(channels, into, 3, 3)
        model.convolution(f"/{name}/eval_conv/Conv", weight, drawn(channels))
    model.convolution("/conv_cat/Conv", drawn(channels, 4 * channels, 1, 1), drawn(channels))
    model.convolution("/upsampler/upsampler.0/Conv", drawn(3 * scale**2, channels, 3, 3), drawn(3 * scale**2))
    return model, weights


def test_span_gives_back_the_fused_weights_exactly_in_spandrel(tmp_path: Path) -> None:
    import torch

    from answerprint.engines import load

    model, weights = span()
    target = tmp_path / "span.safetensors"
    _converters.convert("span_ncnn", model.write(tmp_path), target, {})
    network = load("upscale", "spandrel", weights=str(target)).network
    assert network.architecture.name == "SPAN" and network.scale == 2
    with torch.inference_mode():
        network(torch.zeros(1, 3, 8, 8))
    for name, weight in weights.items():
        module = network.model.get_submodule(name)
        fused = getattr(module, "eval_conv", module).weight.detach().numpy()
        assert np.array_equal(fused, weight.astype(np.float32)), name


def test_esrgan_is_named_by_the_order_of_its_convolutions(tmp_path: Path) -> None:
    model, features, growth = NcnnModel(), 4, 2
    model.convolution("first", first := drawn(features, 3, 3, 3), drawn(features))
    for _ in range(3):
        for index in range(5):
            out = growth if index < 4 else features
            model.convolution("c", drawn(out, features + index * growth, 3, 3), drawn(out))
    for name in ("body", "up1", "up2", "hr"):
        model.convolution(name, drawn(features, features, 3, 3), drawn(features))
    model.convolution("last", drawn(3, features, 3, 3), drawn(3))
    target = tmp_path / "esrgan.safetensors"
    _converters.convert("esrgan_ncnn", model.write(tmp_path), target, {})
    found, _ = tensors(target)
    assert np.array_equal(found["conv_first.weight"], first)
    assert found["body.0.rdb3.conv5.weight"].shape == (features, features + 4 * growth, 3, 3)


def ctranslate2(variables: Mapping[str, np.ndarray], specification: str = "WhisperSpec") -> bytes:
    def text(value: str) -> bytes:
        return struct.pack("<H", len(value) + 1) + value.encode() + b"\0"

    kinds = {"float32": 0, "int8": 1, "int16": 2, "int32": 3, "float16": 4}
    content = struct.pack("<I", 6) + text(specification) + struct.pack("<II", 3, len(variables))
    for name, value in variables.items():
        content += text(name) + struct.pack(f"<B{value.ndim}I", value.ndim, *value.shape)
        content += struct.pack("<BI", kinds[value.dtype.name], value.nbytes) + value.tobytes()
    alias = text("decoder/projection/weight") + text("decoder/embeddings/weight")
    return content + struct.pack("<I", 1) + alias


def tiny_whisper() -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """A Whisper of one block a side as CTranslate2 stores it, and its dimensions."""
    n, mels, states, tokens = 4, 8, 6, 20
    variables: dict[str, np.ndarray] = {
        "encoder/conv1/weight": drawn(n, mels, 3),
        "encoder/conv1/bias": drawn(n),
        "encoder/conv2/weight": drawn(n, n, 3),
        "encoder/conv2/bias": drawn(n),
        "decoder/embeddings/weight": drawn(tokens, n),
        "encoder/position_encodings/encodings": drawn(states, n),
        "decoder/position_encodings/encodings": drawn(5, n),
        "decoder/alignment_heads": np.array(1, np.int16),
    }

    def linear(name: str, out: int, into: int) -> None:
        variables[f"{name}/weight"], variables[f"{name}/bias"] = drawn(out, into), drawn(out)

    def norm(name: str) -> None:
        variables[f"{name}/gamma"], variables[f"{name}/beta"] = drawn(n), drawn(n)

    for side in ("encoder", "decoder"):
        variables[f"{side}/num_heads"] = np.array(2, np.int16)
        norm(f"{side}/layer_norm")
        block = f"{side}/layer_0"
        linear(f"{block}/self_attention/linear_0", 3 * n, n)
        variables[f"{block}/self_attention/linear_0/bias"][n : 2 * n] = 0
        linear(f"{block}/self_attention/linear_1", n, n)
        norm(f"{block}/self_attention/layer_norm")
        norm(f"{block}/ffn/layer_norm")
        linear(f"{block}/ffn/linear_0", 4 * n, n)
        linear(f"{block}/ffn/linear_1", n, 4 * n)
    linear("decoder/layer_0/attention/linear_0", n, n)
    linear("decoder/layer_0/attention/linear_1", 2 * n, n)
    variables["decoder/layer_0/attention/linear_1/bias"][:n] = 0
    linear("decoder/layer_0/attention/linear_2", n, n)
    norm("decoder/layer_0/attention/layer_norm")
    dims = {"n_mels": mels, "n_audio_ctx": states, "n_audio_state": n, "n_audio_head": 2, "n_audio_layer": 1}
    dims |= {"n_vocab": tokens, "n_text_ctx": 5, "n_text_state": n, "n_text_head": 2, "n_text_layer": 1}
    return variables, dims


def test_whisper_from_ctranslate2_and_from_openai_are_the_same_bytes_and_fit_the_network(tmp_path: Path) -> None:
    whisper = pytest.importorskip("whisper")
    import torch

    variables, dims = tiny_whisper()
    content = ctranslate2(variables)
    parts = [tmp_path / "model.part1", tmp_path / "model.part2"]
    parts[0].write_bytes(content[:999])
    parts[1].write_bytes(content[999:])
    _converters.convert("ctranslate2_whisper", parts, tmp_path / "a.safetensors", {"alignment_heads": "base"})
    found, metadata = tensors(tmp_path / "a.safetensors")
    assert json.loads(metadata["dims"]) == dims and metadata["alignment_heads"] == "base"
    query = variables["encoder/layer_0/self_attention/linear_0/weight"][:4]
    assert np.array_equal(found["encoder.blocks.0.attn.query.weight"], query)
    network = whisper.model.Whisper(whisper.model.ModelDimensions(**dims))
    network.load_state_dict({name: torch.from_numpy(value) for name, value in found.items()})
    state = {name: value.half() for name, value in network.state_dict().items()}
    torch.save({"dims": dims, "model_state_dict": state}, tmp_path / "base.pt")
    _converters.convert(
        "openai_whisper", [tmp_path / "base.pt"], tmp_path / "b.safetensors", {"alignment_heads": "base"}
    )
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_a_torch_checkpoint_loses_its_prefix_and_what_is_left_out(tmp_path: Path) -> None:
    import torch

    state = {"module.linear.weight": torch.ones(2, 3), "similarity_weight": torch.ones(1)}
    torch.save({"model_state": state, "optimizer_state": {"lr": 1}}, tmp_path / "net.pt")
    arguments = {"key": "model_state", "leave_out": ["similarity_"], "shapes": {"linear.weight": [2, 3]}}
    _converters.convert("torch_checkpoint", [tmp_path / "net.pt"], tmp_path / "net.safetensors", arguments)
    assert list(tensors(tmp_path / "net.safetensors")[0]) == ["linear.weight"]
    for wrong in ({"key": "params"}, {"key": "model_state", "shapes": {"linear.weight": [3, 3]}}):
        with pytest.raises(FilmError, match="does not hold"):
            _converters.convert("torch_checkpoint", [tmp_path / "net.pt"], tmp_path / "no.safetensors", wrong)
    assert not (tmp_path / "no.safetensors").exists()


def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path) -> None:
    import torch

    class Harmful:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "ran",)

    torch.save({"weight": Harmful()}, tmp_path / "net.pt")
    with pytest.raises(FilmError, match="cannot be read as a checkpoint of torch"):
        _converters.convert("torch_checkpoint", [tmp_path / "net.pt"], tmp_path / "net.safetensors", {})
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("converter", ["span_ncnn", "esrgan_ncnn"])
def test_another_ncnn_network_is_refused_by_name(converter: str, tmp_path: Path) -> None:
    model = NcnnModel()
    model.constant(MEAN)
    model.convolution("Conv_0", drawn(4, 3, 3, 3), drawn(4))
    with pytest.raises(FilmError, match=r"tiny\.param does not hold"):
        _converters.convert(converter, model.write(tmp_path), tmp_path / "no.safetensors", {})
    assert not (tmp_path / "no.safetensors").exists()


def test_another_ctranslate2_network_is_refused_by_name(tmp_path: Path) -> None:
    variables, _ = tiny_whisper()
    wrong = [ctranslate2(variables, "TransformerSpec"), ctranslate2({**variables, "extra/weight": drawn(2)})]
    biased = variables["encoder/layer_0/self_attention/linear_0/bias"].copy()
    biased[5] = 1
    wrong.append(ctranslate2({**variables, "encoder/layer_0/self_attention/linear_0/bias": biased}))
    for content in wrong:
        (tmp_path / "model.bin").write_bytes(content)
        with pytest.raises(FilmError, match=r"model\.bin does not hold a Whisper model"):
            _converters.convert(
                "ctranslate2_whisper", [tmp_path / "model.bin"], tmp_path / "no", {"alignment_heads": "base"}
            )


def test_truncated_files_are_refused(tmp_path: Path) -> None:
    model, _ = span()
    files = model.write(tmp_path)
    files[1].write_bytes(files[1].read_bytes()[:-3])
    with pytest.raises(FilmError, match=r"cannot be read as an ncnn model.*middle"):
        _converters.convert("span_ncnn", files, tmp_path / "no", {})
    files[1].write_bytes(model.weights + b"more")
    with pytest.raises(FilmError, match=r"4 bytes of tiny\.bin belong to no layer"):
        _converters.convert("span_ncnn", files, tmp_path / "no", {})
    (tmp_path / "model.bin").write_bytes(ctranslate2(tiny_whisper()[0])[:-40])
    with pytest.raises(FilmError, match="ends in the middle"):
        _converters.convert(
            "ctranslate2_whisper", [tmp_path / "model.bin"], tmp_path / "no", {"alignment_heads": "base"}
        )


REAL = [(entry, source) for entry in models.registry().values() for source in entry.sources if source.files[0].wheel]


@pytest.mark.parametrize(("entry", "source"), REAL, ids=[entry.name for entry, _ in REAL])
def test_the_published_wheels_give_the_bytes_of_the_registry(
    entry: models.Entry, source: models.Source, tmp_path: Path
) -> None:
    folder = os.environ.get("ANSWERPRINT_WHEELS")
    if not folder:
        pytest.skip("ANSWERPRINT_WHEELS names no folder of wheels")
    files = []
    for published in source.files:
        wheel = Path(folder) / published.wheel
        if not wheel.is_file():
            pytest.skip(f"{published.wheel} is not in {folder}")
        with zipfile.ZipFile(wheel) as archive:
            files += [Path(archive.extract(member, tmp_path)) for member in published.members]
    target = tmp_path / "out.safetensors"
    _converters.convert(source.converter, files, target, source.arguments)
    assert target.stat().st_size == entry.size
    assert hashlib.sha256(target.read_bytes()).hexdigest() == entry.sha256
