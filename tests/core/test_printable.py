"""Text from outside, as it is shown and as it is kept."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import unicodedata

import pytest

from wengu.core.printable import kept_text, printable, printable_json, printable_lines, restored_text, shell_word

HOSTILE = ("\x1b[31m", "\x07", "\b", "\r", "\x9b2J", "\u202e", "\u2066", "\u200b", "\u2028", "\ufeff", "\n", "\t", "\0", "\x7f",
           "\udcff", "\udc9b", "\ud800", "\U000e0041")


def test_all_that_acts_without_a_shape_is_spelt_out() -> None:
    """Every control, format character, line separator and surrogate; but the signs of Arabic numbers and such, which are seen."""
    seen = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, *range(0x13430, 0x13440)}
    for code in range(sys.maxunicode + 1):
        acts = unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp") and code not in seen
        assert (printable(f"a{chr(code)}b") != f"a{chr(code)}b") == acts or code < 0xD800 or unicodedata.category(chr(code)) == "Cn", hex(code)


def test_what_is_shown() -> None:
    assert printable("a\nb\tc\x1b[0m\x9b\u202e\udce9") == r"a\nb\tc\u001b[0m\u009b\u202e\xe9"
    assert printable("caf\udcc3\udca9") == "café"  # UTF-8, which another locale could not read
    assert printable_lines("a\n\tb\r\x1b") == "a\n\tb" + r"\r\u001b"
    assert printable("naïve 中文 α² 😀\u00a0") == "naïve 中文 α² 😀\u00a0"


@pytest.mark.parametrize("text", HOSTILE)
def test_json_reads_as_it_was(text: str) -> None:
    for encoding in ("utf-8", "ascii"):
        written = printable_json({text: [text, "é😀"]}, encoding=encoding)
        assert json.loads(written) == {text: [text, "é😀"]} and written == printable(written)
        written.encode(encoding)


def test_every_name_is_kept_and_restored() -> None:
    draw = random.Random(0)
    for _ in range(20_000):
        name = os.fsdecode(bytes(draw.choice(rb"\\\xe9\xc3\xa98fa") for _ in range(draw.randrange(1, 12))))
        kept_text(name).encode()
        assert restored_text(kept_text(name)) == name


def test_a_word_for_the_shell_is_the_word() -> None:
    draw = random.Random(1)
    for _ in range(60):
        word = "".join(draw.choice((*HOSTILE[:12], "\x7f", "\udcff", "a", " ", "'", "\\", "$x", "é", "`")) for _ in range(8))
        quoted = shell_word(word)
        assert quoted == printable(quoted)
        said = subprocess.run(["bash", "-c", f"printf %s {quoted}"], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"})
        assert said.stdout == os.fsencode(word)
