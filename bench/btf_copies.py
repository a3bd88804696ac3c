# SPDX-License-Identifier: BSD-2-Clause
"""Makes copies of a kernel that cost the same and differ in content: the same BTF with one more string."""
from __future__ import annotations

import struct


def with_another_string(btf: bytes, text: str) -> bytes | None:
    """Returns None if the strings are not at the end of the file. pahole and libbpf always write them there."""
    order = "<" if btf[:2] == b"\x9f\xeb" else ">"
    header_size, _, _, string_offset, string_size = struct.unpack_from(f"{order}5I", btf, 4)
    if header_size + string_offset + string_size != len(btf):
        return None
    more = text.encode() + b"\0"
    return btf[:20] + struct.pack(f"{order}I", string_size + len(more)) + btf[24:] + more
