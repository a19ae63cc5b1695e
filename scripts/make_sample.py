"""Makes the sample that ships: 600 pictures of each class from Fashion-MNIST's 60,000 training pictures.

    python scripts/make_sample.py            writes src/wengu/data/sample/fashion-mnist-6000.npz
    python scripts/make_sample.py --check    compares instead of writing; exits 1 where the content differs

Which 600: those whose SHA-256 of "SEED/index" comes first. So the choice is a function of the seed alone, and not of a
library's generator. None of the 10,000 test pictures is taken.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import numpy as np

from wengu.data import Pictures, load

SEED = 0
OF_EACH = 600
SAMPLE = Path(__file__).parents[1] / "src" / "wengu" / "data" / "sample" / "fashion-mnist-6000.npz"


def sample_of(full: Pictures) -> dict[str, Any]:
    """images (6000, 28, 28), labels (6000,) and index (6000,), in the order of the index."""
    training = np.flatnonzero(full.set_of == "train")
    chosen: list[int] = []
    for k in range(len(full.classes)):
        of_class = training[full.labels[training] == k].tolist()
        chosen += sorted(of_class, key=lambda i: hashlib.sha256(f"{SEED}/{i}".encode()).digest())[:OF_EACH]
    index = np.sort(np.array(chosen, np.int32))
    return {"images": full.pixels[index, 0], "labels": full.labels[index].astype(np.uint8), "index": index}


def main() -> int:
    made = sample_of(load("fashion-mnist"))
    if "--check" not in sys.argv[1:]:
        np.savez_compressed(SAMPLE, **made)
        return 0
    with np.load(SAMPLE, allow_pickle=False) as ships:
        same = set(ships) == set(made) and all(np.array_equal(ships[name], made[name]) for name in made)
    print("the same" if same else "the sample that ships differs from the one just made")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
