"""tries: a reply of a million parts in a megabyte
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


inner = b"".join(b"\xdc\x3f\xff" + b"\xc0" * 0x3FFF for _ in range(63))
frame = framed(b"\x81" + msgpack.packb("value") + b"\xdc\x00\x3f" + inner)

judge.send_frame(encode({"value": None}))
while True:
    judge.receive_frame()
    judge.send_frame(frame)
