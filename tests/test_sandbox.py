"""The sandbox, used for real: what a worker can't do, how each kind of end is told, what is left after it."""

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import cloudpickle
import pytest

from grader.sandbox.host import Sandbox
from grader.sandbox.outcome import Crashed, NotData, StudentError, Tampered, TimedOut
from grader.sandbox.system import missing
from grader.suite.student import Reference
from grader.wire.commands import Limits
from grader.worker.ours import CELLS
from grader.worker.probekit import fill

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"this system lacks {missing()}")
LIMITS = Limits(call=3.0)


def run(worker, probe, *args, seed=1, seconds=20.0, device="cpu"):
    return worker.run(cloudpickle.dumps(probe), cloudpickle.dumps(args), seed, seconds, device)


@pytest.fixture(scope="module")
def sandbox(project):
    with Sandbox(project, limits=LIMITS) as sandbox:
        yield sandbox


@pytest.fixture
def ask(sandbox):
    """Loads a source, then runs a probe on it."""
    workers = []

    def ask(source, probe=lambda module: module.answer(), *args, others=None, **options):
        worker = sandbox.worker()
        workers.append(worker)
        worker.load("answer.py", {"answer.py": source.encode(), **(others or {})}, 20.0)
        return run(worker, probe, *args, **options)

    ask.workers = workers
    yield ask
    for worker in workers:
        worker.close()


ATTEMPTS = {
    "read the project": "open({project!r} + '/pyproject.toml').read()",
    "list the project": "__import__('os').listdir({project!r})",
    "read the home folder": "__import__('os').listdir({home!r})",
    "read /etc/passwd": "open('/etc/passwd').read()",
    "read the parent's environment": "open('/proc/%d/environ' % __import__('os').getppid(), 'rb').read()",
    "read the parent's memory": "open('/proc/%d/mem' % __import__('os').getppid(), 'rb').read(1)",
    "list processes": "__import__('os').listdir('/proc')",
    "write beside its folder": "open('../other', 'w')",
    "write to /dev/shm": "open('/dev/shm/x', 'w')",
    "write to its packages": "open(__import__('torch').__path__[0] + '/x.py', 'w')",
    "make a link": "__import__('os').symlink('/etc', 'etc')",
    "make a device": "__import__('os').mknod('x', 0o20666)",
    "change a mode": "__import__('os').chmod('.', 0o777)",
    "change an owner": "__import__('os').chown('.', 1, 1)",
    "change a time": "__import__('os').utime('.')",
    "fork": "__import__('os').fork()",
    "start a program": "__import__('subprocess').run(['true'])",
    "become a program": "__import__('os').execv('/bin/true', ['true'])",
    "open a socket": "__import__('socket').socket()",
    "open a socket pair": "__import__('socket').socketpair()",
    "signal its parent": "__import__('os').kill(__import__('os').getppid(), 0)",
    "signal everybody": "__import__('os').kill(-1, 0)",
    "raise a limit": "__import__('resource').setrlimit(__import__('resource').RLIMIT_CPU, (-1, -1))",
    "raise its priority": "__import__('os').setpriority(0, 0, -5)",
    "trace": "ctypes_call('ptrace', 0, 0, 0, 0)",
    "unshare": "ctypes_call('unshare', 0x10000000)",
    "mount": "ctypes_call('mount', b'none', b'/tmp', b'tmpfs', 0, 0)",
    "make a segment of System V": "ctypes_call('shmget', 0, 4096, 0o1600)",
    "ask for signals by fcntl": "__import__('fcntl').fcntl(3, 8, 1)",
    "choose a signal by fcntl": "__import__('fcntl').fcntl(3, 10, 9)",
    "take a lease": "__import__('fcntl').fcntl(3, 1024, 0)",
    "ask for signals by flags": "__import__('fcntl').fcntl(3, 4, 0o20000)",
    "ask for signals by ioctl": "__import__('fcntl').ioctl(3, 0x5452, b'1234')",
    "name who gets signals by ioctl": "__import__('fcntl').ioctl(3, 0x8901, b'1234')",
    "make a file without a name": "__import__('os').open('.', 0o20200002)",
    "set a uid bit": "__import__('os').chmod('.', 0o4777)",
    "make memory files": "__import__('os').memfd_create('x')",
    "chroot": "__import__('os').chroot('.')",
    "open its own process's files": "open('/proc/self/mem', 'rb')",
}
CALL = """
def ctypes_call(name, *args):
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*args) == -1:
        raise OSError(ctypes.get_errno(), name)
"""


@pytest.mark.parametrize("what", ATTEMPTS)
def test_a_worker_can_not(what, ask, project):
    attempt = ATTEMPTS[what].format(project=str(project), home=str(Path.home()))
    source = f"""
{CALL}
def answer():
    try:
        {attempt}
    except OSError as error:
        return error.errno
    except ValueError:  # how Python's resource module says EPERM
        return 1
    return "done"
"""
    assert ask(source) in (1, 13)  # EPERM, EACCES


def test_a_worker_can_do_what_students_need(ask):
    source = """
import os, tempfile, threading, time, torch, numpy, math, json, random, sys

def answer():
    with tempfile.NamedTemporaryFile(suffix=".pt") as file:
        torch.save({"x": torch.ones(3)}, file.name)
        loaded = torch.load(file.name)["x"]
    box = []
    thread = threading.Thread(target=lambda: box.append(torch.ones(2).sum().item()))
    thread.start()
    thread.join()
    time.sleep(0.001)
    print("hello"), sys.stderr.write("hello")
    os.environ["A"] = "b"
    return [loaded.sum().item(), box, sys.stdin.read(), len(os.environ) < 10]
"""
    assert ask(source) == [3.0, [2.0], "", True]


def test_threads_are_counted_and_come_back(project):
    source = """
import threading

def answer():
    counts = []
    for _ in range(3):
        stop, threads = threading.Event(), []
        try:
            while len(threads) < 1000:
                threads.append(threading.Thread(target=stop.wait))
                threads[-1].start()
        except RuntimeError:
            threads.pop()
        counts.append(len(threads))
        stop.set()
        for thread in threads:
            thread.join()
    return counts
"""
    with Sandbox(project, limits=Limits(threads=8)) as sandbox:
        worker = sandbox.worker()
        worker.load("answer.py", {"answer.py": source.encode()}, 20)
        first, *others = run(worker, lambda module: module.answer())
    assert first == 7  # and the one that counts
    assert all(1 <= number <= 7 for number in others)  # a thread is there a little longer than join() waits


FILLS = """
import errno, os

def answer(size):
    sizes = []
    try:
        while True:
            with open(f"part{len(sizes)}", "wb") as file:
                sizes.append(0)
                while sizes[-1] < size:
                    sizes[-1] += file.write(bytes(1 << 16))
                    file.flush()
    except OSError as error:
        return sizes, errno.errorcode[error.errno]
"""


def test_the_more_files_the_smaller_each_may_be(ask):
    sizes, why = ask(FILLS, lambda module, size: module.answer(size), 1 << 24)
    assert why == "EFBIG"
    assert sizes[:4] == [LIMITS.file_size] * 4
    assert LIMITS.disk / 6 < sizes[4] <= LIMITS.disk / 5 + (1 << 16)


def test_files_and_folders_are_counted(project):
    source = """
import os

def answer():
    try:
        for number in range(1000):
            os.mkdir(f"folder{number}")
            open("file", "w").close()
            os.remove("file")
    except OSError as error:
        return number, error.errno, sorted(os.listdir()) == sorted(f"folder{n}" for n in range(number))
"""
    with Sandbox(project, limits=Limits(entries=20)) as sandbox:
        worker = sandbox.worker()
        worker.load("answer.py", {"answer.py": source.encode()}, 20)
        assert run(worker, lambda module: module.answer()) == (10, errno.EDQUOT, True)


def test_two_workers_have_each_their_own_count(project):
    source = b"import os\ndef answer(name):\n    os.mkdir(name)\n"
    with Sandbox(project, limits=Limits(entries=1)) as sandbox:
        first, second = sandbox.worker(), sandbox.worker()
        for worker in (first, second):
            worker.load("answer.py", {"answer.py": source}, 20)
            run(worker, lambda module: module.answer("a"))
            with pytest.raises(StudentError, match="quota"):
                run(worker, lambda module: module.answer("b"))


def test_a_file_with_set_uid_is_not_made(ask):
    source = """
import os

def answer():
    made = [os.open(f"x{mode}", os.O_CREAT | os.O_RDWR, mode) for mode in (0o4755, 0o2755, 0o6755)]
    os.mkdir("folder", 0o6777)
    return made, [os.fstat(file).st_rdev for file in made], os.listdir(), os.stat("folder").st_mode & 0o6000
"""
    null = os.stat(os.devnull).st_rdev
    assert ask(source) == ([0, 0, 0], [null] * 3, ["folder"], 0)


def test_the_environment_and_descriptors_are_empty(ask):
    source = """
import os
def answer():
    open_ones = []
    for number in range(256):
        try:
            os.fstat(number)
            open_ones.append(number)
        except OSError:
            pass
    return sorted(os.environ), open_ones
"""
    names, descriptors = ask(source)
    assert names == ["HOME", "LANG", "OMP_NUM_THREADS", "TMPDIR"]
    assert descriptors == [0, 1, 2, 3]


def test_every_worker_lives_in_a_folder_of_its_own(ask):
    source = """
import os, tempfile
def answer():
    with tempfile.NamedTemporaryFile() as file:
        return {os.environ["HOME"], os.environ["TMPDIR"], os.getcwd(), os.path.dirname(file.name)}
"""
    probe = lambda module: sorted(module.answer())  # noqa: E731
    first, second = ask(source, probe), ask(source, probe)
    assert len(first) == len(second) == 1
    assert first != second


def test_an_exception_arrives_with_its_type_text_and_own_lines(ask):
    source = "def inner():\n    raise KeyError('x')\n\ndef answer():\n    inner()\n"
    with pytest.raises(StudentError) as caught:
        ask(source)
    error = caught.value
    assert (error.type, error.message, error.own) == ("KeyError", "'x'", True)
    assert [(frame.line, frame.function) for frame in error.frames] == [(5, "answer"), (2, "inner")]
    assert error.frames[-1].text == "raise KeyError('x')"


def test_an_error_of_the_probe_is_no_line_of_the_students(ask):
    with pytest.raises(StudentError, match="no attribute 'answer'") as caught:
        ask("x = 1\n")
    assert not caught.value.own
    assert not caught.value.frames


def test_a_syntax_error_says_the_line(ask):
    with pytest.raises(StudentError) as caught:
        ask("x = 1\ndef f(:\n    pass\n")
    assert caught.value.type == "SyntaxError"
    assert "answer.py, line 2" in caught.value.report()


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("os._exit(0)", "exit code 0"),
        ("os._exit(3)", "exit code 3"),
        ("__import__('signal').raise_signal(11)", "segmentation fault"),
        ("os.abort()", "SIGABRT"),
        ("__import__('ctypes').string_at(0)", "segmentation fault"),
    ],
)
def test_a_process_that_ends_is_told_apart(statement, says, ask):
    with pytest.raises(Crashed, match=says):
        ask(f"import os\ndef answer():\n    {statement}\n")


def test_a_hang_is_stopped_by_the_wall_clock(ask):
    with pytest.raises(TimedOut):
        ask("def answer():\n    while True:\n        pass\n", seconds=0.5)
    assert not ask.workers[-1].alive


def test_an_answer_that_is_no_data_says_what_it_is(ask):
    with pytest.raises(NotData, match=r"the result\[1\] is of type answer.Thing"):
        ask("class Thing:\n    pass\n\ndef answer():\n    return [1, Thing()]\n")


def test_memory_is_limited(ask):
    with pytest.raises(StudentError) as caught:
        ask("def answer():\n    return len(bytearray(8 << 30))\n")
    assert caught.value.type == "MemoryError"


def test_what_is_replaced_at_import_is_put_back(ask):
    source = """
import builtins, torch
builtins.isinstance = lambda *a: True
torch.relu = lambda x: x
torch.nn.Module.named_parameters = lambda self: iter(())
torch.nn.Linear.__call__ = lambda self, x: x
torch.nn.Module.parameters.__code__ = (lambda self, recurse=True: 1).__code__
"""

    def probe(module):
        import torch

        layer = torch.nn.Linear(1, 1)
        return [
            isinstance(1, str),
            torch.relu(torch.tensor(-1.0)).item(),
            len(list(layer.named_parameters())),
            len(list(layer.parameters())),
            "__call__" in vars(torch.nn.Linear),
        ]

    assert ask(source, probe) == [False, 0.0, 2, 2, False]


def test_replaced_builtins_hide_nothing(ask):
    source = """
import builtins, torch

def answer():
    torch.relu = abs
    for name in ("dict", "enumerate", "zip", "vars", "any", "setattr", "isinstance"):
        setattr(builtins, name, lambda *a, **k: {})
    return 1
"""
    with pytest.raises(Tampered) as caught:
        ask(source)
    assert {"builtins.zip", "torch.relu"} <= set(caught.value.names)


FORGES = """
import torch
from grader.worker import pristine

def forge():
    torch.relu = abs
    torch.nn.Module.parameters.__code__ = (lambda self, recurse=True: 1).__code__

before = torch.relu, torch.nn.Module.parameters.__code__
right = pristine._VERSION_OFFSET, pristine._CODE_OFFSET
for offsets in (right, (8, 8), (16, 16), (32, 24), (40, 64)):
    pristine._VERSION_OFFSET, pristine._CODE_OFFSET = offsets
    watching = pristine.Pristine()
    assert watching._told if offsets == right else not watching._told
    assert watching.restore() == []
    forge()
    assert sorted(watching.restore()) == ["Module.parameters", "torch.relu"]
    assert before == (torch.relu, torch.nn.Module.parameters.__code__)
"""


def test_what_is_replaced_is_found_also_where_the_interpreter_is_another_than_assumed():
    subprocess.run([sys.executable, "-c", FORGES], check=True, timeout=120)


def test_what_torch_sets_by_itself_is_no_replacement(ask):
    source = """
import torch

def answer(device):
    with torch.random.fork_rng():  # warns, once, on a machine with two GPUs
        return torch.rand(2, device=device)
"""
    assert ask(source, lambda module, device: module.answer(device), "cuda:1").shape == (2,)


@pytest.mark.parametrize("device", ["cpu", "cuda:1"])
def test_what_a_probe_draws_does_not_depend_on_seeds_of_the_answer(ask, device):
    def probe(module, device):
        import torch

        fill(module.Model())
        return torch.randn(3, device=device)

    plain = "import torch\nclass Model(torch.nn.Linear):\n    def __init__(self):\n"
    built = "        super().__init__(2, 2)\n"
    seeded = ask(plain + "        torch.manual_seed(7)\n" + built, probe, device)
    assert seeded.tolist() == ask(plain + built, probe, device).tolist()


def test_what_is_replaced_while_a_probe_runs_is_reported(ask):
    with pytest.raises(Tampered, match=r"torch\.relu"):
        ask("import torch\ndef answer():\n    torch.relu = abs\n    return 1\n")


def test_other_files_can_be_imported_and_shadow_nothing(ask):
    source = """
import helper
from . import helper as again
import torch

def answer():
    return helper.N, again.N, torch.ones(1).item()
"""
    others = {"helper.py": b"N = 7\n", "torch.py": b"ones = None\n", "json.py": b"raise ValueError\n"}
    assert ask(source, others=others) == (7, 7, 1.0)


@pytest.mark.parametrize(
    "source", ["\ufeffdef answer():\n    return 1\n", "def answer():\r\n    return 1\r\n"]
)
def test_byte_order_marks_and_windows_line_ends_are_fine(source, ask):
    assert ask(source) == 1


def test_code_for_running_as_a_script_does_not_run(ask):
    assert ask("def answer():\n    return 1\n\nif __name__ == '__main__':\n    raise SystemExit\n") == 1


def test_each_probe_starts_from_the_same_seed_and_modes(sandbox):
    def probe(module):
        import torch

        return torch.rand(1).item(), torch.is_grad_enabled(), torch.get_default_dtype()

    source = b"""
import torch
torch.manual_seed(3)
torch.set_grad_enabled(False)
torch.set_default_dtype(torch.float64)
"""
    worker = sandbox.worker()
    worker.load("answer.py", {"answer.py": source}, 20)
    first, second, third = (run(worker, probe, seed=seed) for seed in (1, 1, 2))
    worker.close()
    assert first == second
    assert first[0] != third[0]
    assert first[1]
    assert str(first[2]) == "torch.float32"


def process_exists(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_nothing_is_left_when_the_sandbox_closes(project):
    with Sandbox(project) as sandbox:
        worker = sandbox.worker()
        pid, parent = worker._pid, sandbox._process.pid
        assert process_exists(pid)
    assert not process_exists(pid)
    assert not process_exists(parent)


LEAVES = """
import os

def answer():
    os.makedirs("a/b/c")
    open("a/b/file", "w").close()
    os.mkdir("a/locked", 0)
    os.makedirs("0/1/1.moved")
    return os.path.dirname(os.getcwd())
"""


def home_of_a_worker_that_leaves_something(sandbox):
    worker = sandbox.worker()
    worker.load("answer.py", {"answer.py": LEAVES.encode()}, 20)
    return Path(run(worker, lambda module: module.answer())), worker


def test_what_submissions_leave_is_gone_when_the_sandbox_closes(project, capfd):
    with Sandbox(project) as sandbox:
        for _ in range(3):
            home, worker = home_of_a_worker_that_leaves_something(sandbox)
            worker.close()
        home_of_a_worker_that_leaves_something(sandbox)
        assert home.exists()
    assert not home.exists()
    assert "kata:" not in capfd.readouterr().err


def test_what_submissions_leave_is_removed_also_if_the_warm_parent_is_killed(project):
    sandbox = Sandbox(project)
    home, _ = home_of_a_worker_that_leaves_something(sandbox)
    sandbox._process.kill()
    sandbox._process.wait()
    deadline = time.monotonic() + 20
    while home.exists() and time.monotonic() < deadline:
        os.sched_yield()
    assert not home.exists()
    sandbox.close()


def test_processes_that_a_submission_left_are_killed_also_after_setsid(project, tmp_path):
    source = """
import os, time
def answer():
    read, write = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.setsid()
            os.write(write, str(os.getpid()).encode())
            os.close(write)
            time.sleep(1000)
        os._exit(0)
    return int(os.read(read, 20))
"""
    with Sandbox(project, mode="reduced") as sandbox:
        worker = sandbox.worker()
        worker.load("answer.py", {"answer.py": source.encode()}, 20)
        grandchild = run(worker, lambda module: module.answer())
        assert process_exists(grandchild)
        worker.close()
        assert not process_exists(grandchild)


def test_the_warm_parent_holds_nothing_of_the_solutions(project):
    """Its memory is searched for a line of each solution: what is not there can't be in a worker either."""
    lines = [
        next(line for line in path.read_bytes().splitlines() if b"BEGIN SOLUTION" in line).strip()
        for path in project.glob("solutions/*/*.py")
    ]
    assert lines
    with Sandbox(project) as sandbox:
        sandbox.worker().close()
        process = Path(f"/proc/{sandbox._process.pid}")
        arguments = process.joinpath("cmdline").read_bytes().split(b"\0")[1:]
        assert not any(str(project).encode() in argument for argument in arguments)
        try:
            memory = process.joinpath("mem").open("rb", buffering=0)
        except PermissionError:
            pytest.skip("the memory of another process can't be read here")
        found = 0
        with memory:
            for area in process.joinpath("maps").read_text().splitlines():
                bounds, mode = area.split()[:2]
                start, end = (int(bound, 16) for bound in bounds.split("-"))
                if not mode.startswith("rw") or "[v" in area:
                    continue
                memory.seek(start)
                data = memory.read(end - start)
                found += b"grader.worker.warm_parent" in data
                assert not any(line in data for line in lines)
        assert found  # the search does find what is there


def test_a_worker_ends_with_its_parent(project):
    sandbox = Sandbox(project)
    pid = sandbox.worker()._pid
    sandbox._process.kill()
    sandbox._process.wait()
    deadline = time.monotonic() + 20
    while process_exists(pid) and time.monotonic() < deadline:
        os.sched_yield()
    state = Path(f"/proc/{pid}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"
    sandbox.close()


OPTIMIZES = """
import sys
import torch

def answer():
    weight = torch.nn.Parameter(torch.ones(2))
    torch.optim.Adam([weight], lr=0.5).step(lambda: weight.sum())
    return "torch._dynamo.convert_frame" in sys.modules  # it takes half a second to import

def asked():
    from torch._dynamo import config
    return [torch._dynamo.config is config, torch._dynamo.__file__, torch.compiler.is_compiling()]
"""


def test_an_optimizer_does_not_bring_the_compiler_along(ask):
    assert ask(OPTIMIZES) is False


def test_what_is_to_be_compiled_runs_as_it_is(ask):
    source = """
import torch

@torch.compile(dynamic=True)
def double(x):
    return 2 * x

def answer():
    return torch.compile(torch.nn.Identity())(double(torch.ones(2)))
"""
    assert ask(source).tolist() == [2, 2]


def test_who_asks_for_more_of_the_compiler_gets_the_real_one(ask):
    same, file, compiling = ask(OPTIMIZES, lambda module: module.asked())
    assert same
    assert file.endswith("__init__.py")
    assert compiling is False


TRAINS = """
import sys
import torch
from torch import nn

def answer(device):
    net = nn.Linear(3, 2).to(device)
    net(torch.ones(4, 3, device=device)).sum().backward()
    torch.optim.AdamW(net.parameters()).step()
    with torch.inference_mode():
        net(torch.ones(4, 3, device=device)) @ torch.ones(2, device=device)
    return list(sys.modules)
"""


AS_THE_PARENT = """
import sys
import grader.worker.pristine
from grader.wire.commands import Limits
from grader.worker.confinement import Confinement
from grader.worker.warm_parent import preload

Confinement("full", Limits(), [])
preload()
print(*sys.modules)
"""


@pytest.mark.parametrize("device", ["cpu", "cuda:1"])
def test_no_worker_has_to_import_what_all_of_them_need(ask, device):
    done = subprocess.run(
        [sys.executable, "-c", AS_THE_PARENT], capture_output=True, text=True, check=True, timeout=120
    )
    found = ask(TRAINS, lambda module, device: module.answer(device), device)
    assert set(found) - set(done.stdout.split()) == {"answer", CELLS}


def test_nothing_that_starts_a_judge_needs_torch():
    code = "import sys, grader.grading.pool, grader.sandbox.host; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "False\n"


def test_an_answer_that_parses_arguments_when_imported_finds_none(ask):
    source = """
import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float, default=0.5)
options = parser.parse_args()

def answer():
    return options.rate
"""
    assert ask(source) == 0.5


IMPORTED = """
import torch
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
SEEN = [torch.randn(1)]

def answer():
    return str(DEVICE)
"""


def test_a_module_that_looks_for_a_gpu_is_imported_where_there_is_one(ask):
    answer = lambda module, device: (module.answer(), module.torch.randn(1).item())  # noqa: E731
    assert ask(IMPORTED, answer, "cpu")[0] == "cpu"
    on_gpu = ask(IMPORTED, answer, "cuda:1")
    assert on_gpu[0] == "cuda"
    assert on_gpu == ask(IMPORTED, answer, "cuda:1")


def test_cuda_is_simulated_where_the_judge_says_so(ask):
    source = "import torch\ndef answer():\n    return torch.cuda.device_count()\n"
    assert ask(source) == 0
    assert ask(source, device="cuda:1") == 2


def test_a_reference_keeps_its_answers_by_device(sandbox):
    reference = Reference(sandbox, "answer.py", b"import torch\n", seed=1)
    count = lambda module: module.torch.cuda.device_count()  # noqa: E731
    assert [reference.run(count, device=device) for device in ("cpu", "cuda:1", "cpu")] == [0, 2, 0]
    reference.close()


COUNTS_PAGES = """
import resource

def answer():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
"""


def test_a_worker_shares_most_pages_with_its_parent(ask):
    ask(COUNTS_PAGES)
    assert ask(COUNTS_PAGES) < 2000  # 1,000 when this was written; 2,800 when a worker looked at every module
