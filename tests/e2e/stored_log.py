"""Reads and alters the commit journal of a stopped log, for tests that play the part of an intruder. Bytes: eventstore/README.md."""

import hashlib
import struct

HEADER = 512
FRAME = 56


def segments(data):
    """The segments of the set that counts, in order."""
    newest = sorted(path for path in (data / "journal").iterdir() if path.name.isdigit())[-1]
    return sorted(newest.glob("*.seg"))


def checksum(key, *parts):
    return hashlib.blake2b(b"".join(parts), digest_size=16, key=key).digest()


def frames(content):
    """(offset, payload) of every frame of a segment."""
    offset = HEADER
    while content[offset:offset + 4] == b"mlJF":
        size = struct.unpack(">I", content[offset + 4:offset + 8])[0]
        yield offset, content[offset + FRAME:offset + FRAME + size]
        offset += -(-(FRAME + size) // 8) * 8


def decompressed(payload):
    """The block in a payload: its bytes as a number, then LZ4."""
    block, at = bytearray(), 4

    def length(nibble):
        nonlocal at
        total = nibble
        while nibble == 15:
            total += payload[at]
            at += 1
            if payload[at - 1] != 255:
                break
        return total

    while at < len(payload):
        token = payload[at]
        at += 1
        literals = length(token >> 4)
        block += payload[at:at + literals]
        at += literals
        if at == len(payload):
            break
        distance = payload[at] | payload[at + 1] << 8
        at += 2
        for _ in range(length(token & 15) + 4):
            block.append(block[-distance])
    assert len(block) == struct.unpack(">I", payload[:4])[0]
    return bytes(block)


def records(data):
    """The stored bytes of every record, in order."""
    for segment in segments(data):
        for _, payload in frames(segment.read_bytes()):
            yield from (value for number, value in fields(decompressed(payload)) if number == 1)


def fields(message):
    """(number, value) of every field of a protobuf message; lengths give bytes, the rest numbers."""
    def varint(at):
        value = shift = 0
        while True:
            value |= (message[at] & 0x7F) << shift
            shift += 7
            at += 1
            if message[at - 1] < 0x80:
                return value, at

    at = 0
    while at < len(message):
        tag, at = varint(at)
        if tag & 7 == 2:
            size, at = varint(at)
            yield tag >> 3, message[at:at + size]
            at += size
        elif tag & 7 == 0:
            value, at = varint(at)
            yield tag >> 3, value
        else:
            width = 8 if tag & 7 == 1 else 4
            yield tag >> 3, message[at:at + width]
            at += width


def parts(data):
    """(person's id, {field number: bytes}) of every subject's part in the log."""
    for record in records(data):
        event = dict(fields(record))[5]
        for number, value in fields(event):
            if number == 19:
                part = dict(fields(value))
                yield part[1].decode(), part


def alter(data, old, new):
    """Replaces bytes in the first record that has them, and makes every checksum after it right again: an intruder who knows it all."""
    assert len(old) == len(new)
    done, before = False, None
    for segment in segments(data):
        content = bytearray(segment.read_bytes())
        key = bytes(content[8:24])
        if before is not None:
            content[48:64] = before
            content[64:80] = checksum(key, content[:64])
        for offset, payload in list(frames(content)):
            if not done and old in payload:
                payload, done = payload.replace(old, new, 1), True
            if before is not None:
                content[offset + 24:offset + 40] = before
            before = checksum(key, content[offset:offset + 40], payload)
            content[offset + 40:offset + 56] = before
            content[offset + FRAME:offset + FRAME + len(payload)] = payload
        segment.write_bytes(content)
    assert done, f"{old} is in no record"
