"""Finding by meaning among many vectors, which are looked through in coarse codes first."""

from pathlib import Path

import numpy as np
import pytest

from rag import dense
from rag.dense import DenseIndex

DIM, COUNT = 64, 3000


@pytest.fixture
def vectors() -> np.ndarray:
    """Rows of length one, near each other in groups as passages on one matter are."""
    random = np.random.default_rng(7)
    groups = random.standard_normal((40, DIM))
    rows = groups[np.arange(COUNT) % 40] + 0.8 * random.standard_normal((COUNT, DIM))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)


@pytest.fixture
def many(
    vectors: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[DenseIndex, DenseIndex]:
    """The vectors with coarse codes, and without."""
    plain, coarse = DenseIndex(DIM), DenseIndex(DIM)
    for index in (plain, coarse):
        index.add(np.arange(COUNT) * 2, vectors)
    monkeypatch.setattr(dense, "COARSE_FROM", 1000)
    coarse.save(tmp_path, change=1)
    return coarse, plain


def test_the_first_ten_of_many_are_the_nearest(
    many: tuple[DenseIndex, DenseIndex], vectors: np.ndarray
) -> None:
    """Looking through coarse codes first finds the same rows with the same scores as looking at all."""
    coarse, plain = many
    for vector in vectors[::300]:
        found, scores = coarse.search(vector, 10)
        expected, expected_scores = plain.search(vector, 10)
        assert found.tolist() == expected.tolist()
        assert scores == pytest.approx(expected_scores)


def test_what_is_taken_out_of_many_is_found_no_more(
    many: tuple[DenseIndex, DenseIndex], vectors: np.ndarray, tmp_path: Path
) -> None:
    """After an update, saved and opened again, the new row is found and the old one is not."""
    coarse, _ = many
    coarse.remove(np.array([0]))
    coarse.add(np.array([9999]), vectors[:1])
    coarse.save(tmp_path, change=2)
    opened = DenseIndex.load(tmp_path, DIM)
    assert (opened.change, len(opened)) == (2, COUNT)
    found, _ = opened.search(vectors[0], 10)
    assert found[0] == 9999
    assert 0 not in found
    only = np.array([2, 4, 6])
    assert sorted(opened.search(vectors[0], 10, only)[0].tolist()) == [2, 4, 6]


@pytest.mark.parametrize("harm", ["gone", "garbage"])
def test_damaged_coarse_codes_are_not_searched(
    many: tuple[DenseIndex, DenseIndex], tmp_path: Path, harm: str
) -> None:
    """The index says that it is empty, so that it is made anew from the store."""
    path = tmp_path / dense.COARSE_NAME
    path.unlink() if harm == "gone" else path.write_bytes(b"garbage" * 50)
    assert (DenseIndex.load(tmp_path, DIM).change, many[0].change) == (-1, 1)


def test_products_of_some_rows_are_their_cosines(
    many: tuple[DenseIndex, DenseIndex], vectors: np.ndarray
) -> None:
    """Rows found elsewhere are scored as those found here; a row that is not there is an error."""
    _, plain = many
    rows = np.array([4, 0, 2000], dtype=np.int64)
    exact = vectors[rows // 2].astype(np.float32) @ vectors[7].astype(np.float32)
    assert plain.products(vectors[7].astype(np.float32), rows) == pytest.approx(exact, abs=0.01)
    with pytest.raises(RuntimeError):
        plain.products(vectors[7].astype(np.float32), np.array([1], dtype=np.int64))
