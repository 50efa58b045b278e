"""The worker's loop: load the student's module, then run probes on it until the judge hangs up.

Untrusted side: once the module is loaded, everything in this process is the student's to change. So what it
sends is only ever evidence, and nothing secret is ever in here.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import linecache
import re
import sys
import types
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final

from grader import simcuda
from grader.wire.messages import MAX_BLOB, Channel, NotPlainData, encode
from grader.worker import cells, lacking, observation, ours, probekit, withheld
from grader.worker.lacking import LeftOut
from grader.worker.pristine import Pristine

PACKAGE: Final = "submission"
_MOST_FRAMES: Final = 20
_LOOKS_FOR_A_GPU: Final = re.compile(rb"cuda|accelerator|default_device")


class _Siblings(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the other files of a submission, from memory. Asked last, so it can shadow nothing."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.imported: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname == PACKAGE:
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        if f"{fullname.removeprefix(PACKAGE + '.')}.py" in self.files:
            return importlib.machinery.ModuleSpec(fullname, self)
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        self.imported.add(module.__name__)
        if module.__name__ != PACKAGE:
            filename = f"{module.__name__.removeprefix(PACKAGE + '.')}.py"
            module.__package__ = PACKAGE
            execute(module, filename, self.files[filename])


def execute(module: types.ModuleType, filename: str, source: bytes) -> list[LeftOut]:
    """Compile and run ``source`` in ``module``, so that tracebacks and ``inspect`` find its lines.

    Returns what was left out, since what it needs is not here.
    """
    module.__file__ = filename
    code = compile(source, filename, "exec", dont_inherit=True)
    text = source.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    left_out = lacking.run(code, source, vars(module))
    if left_out:
        vars(module).setdefault("__getattr__", cells.explain(module.__name__, left_out))
    return left_out


def own_lines(error: BaseException, files: Collection[str]) -> tuple[list[list[Any]], bool]:
    """Return the lines of ``files`` that an exception passed, and whether it was raised by one of them."""
    frames: list[list[Any]] = []
    own = False
    trace = error.__traceback__
    while trace is not None:
        file, function = trace.tb_frame.f_code.co_filename, trace.tb_frame.f_code.co_qualname
        own = file in files
        if own:
            line = linecache.getline(file, trace.tb_lineno).strip()
            frames.append([file, trace.tb_lineno, function, line[:200]])
            del frames[:-_MOST_FRAMES]
        trace = trace.tb_next
    return frames, own


class Worker:
    """Answers the judge's requests about one submission."""

    def __init__(self, channel: Channel, pristine: Pristine) -> None:
        self.channel = channel
        self.pristine = pristine
        self.module = types.ModuleType("nothing")
        self.main = ""
        self.files: dict[str, bytes] = {}
        self.siblings = _Siblings({})
        self.left_out: list[LeftOut] = []  # of the module itself, when it was last imported
        self.seen_a_gpu = False  # whether the module was imported while there was one
        self.probes: dict[bytes, Callable[..., Any]] = {}

    def serve(self) -> None:
        """Answer one request after the other; returns when the judge hangs up."""
        while True:
            try:
                request = self.channel.receive()
            except EOFError:
                return
            for frame in self.answers(request):
                self.channel.send_frame(frame)

    def answers(self, request: dict[str, Any]) -> Iterator[bytes]:
        """Give the frames that answer ``request``: one, or one for each stage of an observation."""
        if request["do"] != "observe":
            yield self.answer(request)
            return
        try:
            yield from self.observe(request)
        except BaseException as error:
            yield encode({"stage": "", "error": self.describe(error)})
        yield encode({"stage": "end"})

    def answer(self, request: dict[str, Any]) -> bytes:
        """The frame that answers ``request``: what came back, or how it failed."""
        try:
            if request["do"] == "load":
                withheld.withhold(request["without"])
                self.load(request["main"], request["files"])
                return encode({"value": [str(one)[:300] for one in self.left_out[:10]]})
            return self.run(request["probe"], request["arguments"], request["seed"], request["device"])
        except NotPlainData as error:
            return encode({"refused": str(error).replace("the value['value']", "the result")})
        except BaseException as error:  # SystemExit and KeyboardInterrupt are answers, too
            return encode({"error": self.describe(error)})

    def load(self, main: str, files: dict[str, bytes]) -> None:
        """Import the submission: ``files[main]`` is its module, the others are there to be imported by it."""
        self.main, self.files = main, files
        ours.hide()
        self.siblings = _Siblings({name: files[name] for name in files if name != main})
        sys.meta_path.append(self.siblings)
        self.import_module()

    def import_module(self) -> None:
        """Run the submission's module, and whatever it imports of its own, from the beginning."""
        for imported in self.siblings.imported:
            sys.modules.pop(imported, None)
        name = self.main.removesuffix(".py")
        self.module = types.ModuleType(name)
        self.module.__package__ = PACKAGE
        sys.modules[name] = self.module
        probekit.reseed(0)
        try:
            self.left_out = execute(self.module, self.main, self.files[self.main])
        finally:
            self.pristine.restore()

    def import_beside_a_gpu(self, seed: int) -> None:
        """Import the module anew once a GPU is simulated, if it may look for one when it is imported.

        ``DEVICE = "cuda" if torch.cuda.is_available() else "cpu"`` is another one there.
        """
        if simcuda.current() is None or self.seen_a_gpu:
            return
        self.seen_a_gpu = True
        if any(_LOOKS_FOR_A_GPU.search(source) for source in self.files.values()):
            self.import_module()
            probekit.reseed(seed)

    def observe(self, request: dict[str, Any]) -> Iterator[bytes]:
        """Observe a pickled case; a frame for each stage, as long as there is something to look at."""
        case, device, seed = self.unpickled(request["case"]), request["device"], request["seed"]
        with probekit.machine(device):
            self.import_beside_a_gpu(seed)
            observer = observation.observer_of(case, self.module, device, seed, request["zeroed"])
            for stage in observation.stages_of(case, device, whole=request["whole"]):
                probekit.reseed(seed)
                frame, well = self.stage(observer, stage)
                yield frame
                if not well and stage in observation.VALUES:
                    return

    def stage(self, observer: Any, stage: str) -> tuple[bytes, bool]:
        """Run one stage; returns its frame, and whether it went well."""
        try:
            value = observer.stage(stage)
            if replaced := self.pristine.restore():
                return encode({"stage": stage, "replaced": replaced[:10]}), False
            frame = {"stage": stage, "value": value, "steps": str(observer.steps)}
            return encode(frame, max_blob=MAX_BLOB), True
        except NotPlainData as error:
            refused = str(error).replace("the value['value']", "the evidence")
            return encode({"stage": stage, "refused": refused, "steps": str(observer.steps)}), False
        except BaseException as error:
            self.pristine.restore()
            failed = {"stage": stage, "error": self.describe(error), "steps": str(observer.steps)}
            return encode(failed), False

    def unpickled(self, pickled: bytes) -> Any:
        """Return what was sent in pickle by the judge; it is kept, since it will be sent again."""
        if pickled not in self.probes:
            self.probes[pickled] = ours.unpickle(pickled)
        return self.probes[pickled]

    def run(self, probe: bytes, arguments: bytes, seed: int, device: str) -> bytes:
        """Run a pickled probe on the student's module, and return the frame with its value."""
        given = ours.unpickle(arguments)
        probekit.reseed(seed)
        with probekit.machine_for(device, given):
            self.import_beside_a_gpu(seed)
            value = self.unpickled(probe)(self.module, *given)
            if replaced := self.pristine.restore():
                return encode({"replaced": replaced[:10]})
            return encode({"value": value}, max_blob=MAX_BLOB)

    def describe(self, error: BaseException) -> dict[str, Any]:
        """An exception as data: its type, its text, and the student's own lines that it passed through."""
        frames, own = own_lines(error, self.files)
        try:
            message = str(error)[:2000]
            why = lacking.reason(error) or lacking.follows(error, self.left_out)
            if (
                why
                and not isinstance(error, FileNotFoundError)
                and "CUDA" not in message
                and why not in message
            ):
                message = f"{message} ({why})"
        except BaseException:
            message = "(its message could not be read)"
        if isinstance(error, SyntaxError) and str(error.filename) in self.files:
            frames.append([error.filename, error.lineno or 0, "<module>", (error.text or "").strip()[:200]])
            message = str(error.msg)
        return {"type": type(error).__name__, "message": message, "frames": frames, "own": own}
