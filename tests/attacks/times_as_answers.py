"""tries: a type that msgpack knows and no message of ours has
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


frame = framed(msgpack.packb({"value": msgpack.Timestamp(0)}))

judge.send_frame(encode({"value": None}))
while True:
    judge.receive_frame()
    judge.send_frame(frame)
