"""Packing: what goes in comes out, and nothing else does."""

from __future__ import annotations

import numpy as np
import pytest

from answerprint.frames.packing import OVERHEAD, pack, unpack


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 3, 5), (3, 340, 579), (1, 1080, 1920)])
def test_values_come_back_and_noise_hardly_grows(kind: type, shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).integers(0, np.iinfo(kind).max, shape, kind, endpoint=True)
    packed, found = bytes(pack(values)), np.empty_like(values)
    unpack(packed, found)
    np.testing.assert_array_equal(found, values)
    assert len(packed) <= values.nbytes + OVERHEAD


def test_an_even_picture_takes_next_to_nothing() -> None:
    assert len(pack(np.full((1, 480, 640), 512, np.uint16))) < 2_000


@pytest.mark.parametrize("size", [9, 11, 1000])
def test_another_size_than_was_packed_is_refused(size: int) -> None:
    packed = bytes(pack(np.arange(10, dtype=np.uint16)))
    with pytest.raises(ValueError, match="are wanted"):
        unpack(packed, np.empty(size, np.uint16))


@pytest.mark.parametrize("packed", [b"no packed frame at all, but long enough to hold a header", b"\x05"])
def test_what_was_never_packed_is_refused(packed: bytes) -> None:
    with pytest.raises(ValueError, match="are wanted"):
        unpack(packed, np.empty(10, np.uint16))


def test_arrays_in_several_pieces_are_refused() -> None:
    values = np.arange(60, dtype=np.uint16).reshape(6, 10)
    with pytest.raises(ValueError, match="in one piece"):
        pack(values[:, ::2])
    with pytest.raises(ValueError, match="in one piece"):
        unpack(bytes(pack(values)), values.T)
