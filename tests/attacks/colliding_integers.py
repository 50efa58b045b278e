"""tries: a dict with thousands of integers as keys that all have one hash
like: nothing
"""

import gc
import struct

import msgpack

from grader.wire.messages import Channel, encode

judge = next(thing for thing in gc.get_objects() if type(thing) is Channel)
def framed(structure, blob=b""):
    """A frame as it stands on the wire, whatever it means."""
    return struct.pack("!IQ", len(structure), len(blob)) + structure + blob


count = 16_000
keys = (msgpack.packb(msgpack.ExtType(5, str(((1 << 61) - 1) * n).encode())) for n in range(count))
pairs = b"".join(key + b"\xc0" for key in keys)
frame = framed(b"\x81" + msgpack.packb("value") + b"\xdf" + struct.pack("!I", count) + pairs)

judge.send_frame(encode({"value": None}))
while True:
    judge.receive_frame()
    judge.send_frame(frame)
