"""Each wall of the sandbox alone, with all others taken down: what it stops, and that nothing else does.

What is tried is tried without any wall as well, and works there: else it would prove nothing.
"""

import functools
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from grader.sandbox.system import landlock_version, missing, readable_paths

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"this system lacks {missing()}")

# Runs in a process of its own: a child puts up one wall, tries, and says what came of each attempt; its parent
# stands in for the warm parent, which answers what the filter asks.
ALONE = """
import ctypes, errno, fcntl, json, os, resource, select, signal, socket, sys, tempfile, threading

from grader.wire.commands import Limits
from grader.worker.confinement import Confinement
from grader.worker.rations import Rations

wall, readable, folder, attempts, user = json.loads(sys.argv[1])
limits = Limits(threads=4, entries=10)
os.chdir(folder)
if user:  # who may not be able to read Python's own files
    import landlockpy, pyseccomp
    readable = []
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
confinement = Confinement("full", limits, readable)
rules = confinement.prepare(folder) if wall else None
libc = ctypes.CDLL(None, use_errno=True)
read, write = os.pipe()
ours, theirs = socket.socketpair()


def call(name, *arguments):
    result = getattr(libc, name)(*arguments)
    if result == -1:
        raise OSError(ctypes.get_errno(), name)
    return result


def call_fails_with(name, *arguments):
    try:
        call(name, *arguments)
    except OSError as error:
        return error.errno


def outcome(attempt):
    try:
        exec(attempt, globals())
    except Exception as error:
        number = getattr(error, "errno", None)
        return errno.errorcode[number] if number else type(error).__name__
    return "done"


pid = os.fork()
if pid == 0:
    listener = None
    if wall == "files":
        confinement.shut_files(rules)
    elif wall == "calls":
        listener = confinement.filter_calls()
    elif wall == "limits":
        confinement.set_limits()
    elif wall == "session":
        confinement.leave_the_session()
    socket.send_fds(theirs, [b"x"], [listener or 0])
    os.write(write, json.dumps({name: outcome(text) for name, text in attempts.items()}).encode())
    os._exit(0)
os.close(write)
_, (listener,), _, _ = socket.recv_fds(ours, 1, 1)
rations = Rations(listener, pid, limits)
poll = select.poll()
poll.register(read)
if wall == "calls":
    poll.register(listener, select.POLLIN)
while not (events := dict(poll.poll())).get(read):
    rations.answer(events[listener])
print(os.read(read, 1 << 20).decode())
"""

FILES = {
    "read the project": "open({project} + '/pyproject.toml').read()",
    "list the project": "os.listdir({project})",
    "read /etc/passwd": "open('/etc/passwd').read()",
    "write beside its folder": "open(os.getcwd() + '/../beside', 'w')",
    "make a folder beside its own": "os.mkdir(os.getcwd() + '/../folder')",
    "write to /dev/shm": "open('/dev/shm/kata-test', 'w'); os.remove('/dev/shm/kata-test')",
    "read its parent's environment": "open(f'/proc/{os.getppid()}/status').read()",
    "read its own memory": "open('/proc/self/mem', 'rb')",
    "make a link to a file": "os.symlink('/etc/passwd', 'link')",
    "make a pipe with a name": "os.mkfifo('pipe')",
}
SIGNALS = {
    "signal its parent": "os.kill(os.getppid(), 0)",
    "signal a thread of its parent": "call('syscall', 234, os.getppid(), os.getppid(), 0)",
}
CALLS = {
    **SIGNALS,
    "fork": "os.fork() or os._exit(0)",
    "fork by clone itself": "call('syscall', 56, 17, 0, 0, 0, 0) or os._exit(0)",
    "start a program": "assert call_fails_with('execve', b'/', None, None) == errno.EACCES",
    "open a socket": "socket.socket().close()",
    "make a pair of sockets": "socket.socketpair()",
    "trace": "assert call_fails_with('ptrace', 16, 0, 0, 0) == errno.ESRCH",
    "leave its namespaces": "call('unshare', 0)",
    "make a memory file": "os.memfd_create('x')",
    "make shared memory": "call('shmctl', call('shmget', 0, 4096, 0o1600), 0, 0)",
    "change a mode": "os.chmod('.', 0o755)",
    "change a time": "os.utime('.')",
    "set a limit": "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))",
    "set a priority": "os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0))",
    "name who gets signals": "fcntl.fcntl(os.pipe()[0], 8, os.getppid())",
    "choose the signal": "fcntl.fcntl(os.pipe()[0], 10, 10)",
    "ask for signals": "fcntl.fcntl(os.pipe()[0], fcntl.F_SETFL, os.O_ASYNC)",
    "ask for signals by ioctl": "fcntl.ioctl(os.pipe()[0], 0x5452, (1).to_bytes(4, 'little'))",
    "name who gets signals by ioctl": "fcntl.ioctl(theirs, 0x8901, os.getpid().to_bytes(4, 'little'))",
    "take a lease": "fcntl.fcntl(os.open('leased', os.O_CREAT | os.O_RDONLY), 1024, fcntl.F_RDLCK)",
    "make a pipe larger": "fcntl.fcntl(os.pipe()[0], 1031, 1 << 18)",
    "make a timer": "call('timer_create', 0, None, ctypes.byref(ctypes.c_void_p()))",
    "take room beyond the end": "open('room', 'w') and call('syscall', 285, os.open('room', 1), 1, 0, 1 << 20)",
    "make a file without a name": "os.open('.', os.O_TMPFILE | os.O_RDWR, 0o600)",
    "make a set-uid file": "assert os.fstat(os.open('suid', os.O_CREAT | os.O_RDWR, 0o4755)).st_mode & 0o4000",
    "make 20 folders": "[os.mkdir(f'counted{n}') for n in range(20)]",
    "make 20 threads": "stop = threading.Event(); "
    "[threading.Thread(target=stop.wait, args=(5,), daemon=True).start() for _ in range(20)]; stop.set()",
}
if platform.machine() != "x86_64":  # some go by the number of a call, which is another one there
    CALLS = {name: attempt for name, attempt in CALLS.items() if "'syscall'" not in attempt}
    SIGNALS.pop("signal a thread of its parent")
LIMITS = {
    "take much memory": "bytearray(8 << 30)",
    "write a large file": "signal.signal(25, signal.SIG_IGN); open('large', 'wb').write(bytes(17 << 20))",
    "open many files": "kept = [os.dup(0) for _ in range(100)]",
    "take processor time for ever": "assert resource.getrlimit(resource.RLIMIT_CPU)[1] == -1",
}
SESSION = {"stay in its parent's session": "assert os.getsid(0) == os.getsid(os.getppid())"}
PREPARED = {"read a secret in the environment": "os.environ['A_SECRET']"}

WALLS = {"files": FILES, "calls": CALLS, "limits": LIMITS, "session": SESSION, "environment": PREPARED}
if landlock_version() >= 6:
    WALLS["files"] = FILES | SIGNALS
REFUSALS = {
    "EPERM",
    "EACCES",
    "ENOSYS",
    "ENOTSUP",
    "EDQUOT",
    "EFBIG",
    "EMFILE",
    "RuntimeError",
    "ValueError",
}
REFUSALS |= {"MemoryError", "AssertionError", "KeyError"}
CASES = [(wall, name) for wall, attempts in WALLS.items() for name in attempts]


@functools.cache
def behind(wall, tries_of, project, user=0):
    """What came of every attempt on one wall, behind ``wall`` alone, or behind none."""
    attempts = {name: text.replace("{project}", repr(project)) for name, text in WALLS[tries_of].items()}
    with tempfile.TemporaryDirectory() as home:
        folder = os.path.join(home, "own")
        os.mkdir(folder)
        for path in (home, folder):
            os.chmod(path, 0o777)
        case = json.dumps([wall, readable_paths_of(project), folder, attempts, user])
        done = subprocess.run(
            [sys.executable, "-c", ALONE, case], capture_output=True, text=True, timeout=60,
            env=os.environ | {"A_SECRET": "secret"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@functools.cache
def readable_paths_of(project):
    return readable_paths(Path(project))


@pytest.mark.parametrize(("wall", "name"), CASES, ids=lambda word: word)
def test_a_wall_holds_alone(wall, name, project):
    assert behind(wall, wall, str(project))[name] in REFUSALS


@pytest.mark.parametrize(("wall", "name"), CASES, ids=lambda word: word)
def test_without_walls_it_works(wall, name, project):
    assert behind("", wall, str(project))[name] == "done"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("name", CALLS)
def test_the_filter_and_what_is_counted_hold_for_others_than_root(name, project):
    assert behind("calls", "calls", str(project), 65534)[name] in REFUSALS
