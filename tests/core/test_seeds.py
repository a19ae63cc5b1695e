"""One seed, many streams."""

from wengu.core.seeds import seed_for


def test_every_purpose_has_a_seed_of_its_own() -> None:
    seeds = {seed_for(s, "order", e) for s in range(20) for e in range(50)} | {seed_for(s, "noise") for s in range(20)}
    assert len(seeds) == 20 * 50 + 20
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_the_seed_is_the_documented_one() -> None:
    """Authority: hashlib, computed apart."""
    import hashlib

    digest = hashlib.sha256(b"3/order/7").hexdigest()
    assert seed_for(3, "order", 7) == int(digest[:16], 16) // 2
