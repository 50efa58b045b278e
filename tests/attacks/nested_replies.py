"""tries: tuples in tuples, and lists in each of them, ten thousand levels deep
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


data = b"\x90"
for _ in range(50):
    data = msgpack.packb(msgpack.ExtType(0, b"\x91" * 200 + data))
frame = framed(b"\x81" + msgpack.packb("value") + data)

judge.send_frame(encode({"value": None}))
while True:
    judge.receive_frame()
    judge.send_frame(frame)
