"""What a worker may do: resource limits, Landlock for files and signals, seccomp for everything else.

Untrusted side: a worker applies this to itself before it sees the student's code, and can't take it back.
The warm parent makes what is the same for all workers once (``Policy``), and the rest before each fork
(``prepare``); a worker then only has to enforce it (``confine``).
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

from grader.verdict import SandboxMode
from grader.wire.commands import Limits

# Calls that computing, reading files, threads and timing need, and no more. Whatever is not named here fails
# with EPERM: new processes, programs, sockets, signals to others, tracing, mounts, changed permissions.
ALLOWED_CALLS = """
    read write readv writev pread64 pwrite64 preadv pwritev lseek close close_range dup dup2 dup3 fcntl
    open openat openat2 creat stat fstat lstat newfstatat statx access faccessat faccessat2 readlink
    readlinkat getdents getdents64 getcwd chdir fchdir mkdir mkdirat unlink unlinkat rmdir rename
    renameat renameat2 ftruncate truncate fallocate fsync fdatasync sync_file_range fadvise64 readahead
    copy_file_range sendfile pipe pipe2 poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl
    epoll_wait epoll_pwait eventfd eventfd2 umask statfs fstatfs mmap munmap mprotect mremap madvise brk
    msync mincore mlock munlock membarrier mbind get_mempolicy pkey_alloc pkey_free pkey_mprotect futex
    futex_waitv set_robust_list get_robust_list set_tid_address rseq sched_yield sched_getaffinity
    sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min getcpu rt_sigaction
    rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait sigaltstack restart_syscall
    pause alarm setitimer getitimer clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday
    time times timer_create timer_settime timer_gettime timer_delete timer_getoverrun timerfd_create
    timerfd_settime timerfd_gettime getpid gettid getppid getuid geteuid getgid getegid getgroups
    getresuid getresgid getpgrp getpgid getsid getrandom getrlimit getrusage sysinfo uname getpriority
    arch_prctl capget wait4 waitid recvfrom sendto recvmsg sendmsg shutdown getsockopt setsockopt
    getsockname getpeername exit exit_group
"""

_CLONE_THREAD = 0x00010000
_IOCTL_HARMLESS = (
    0x5401, 0x5413, 0x541B,  # TCGETS, TIOCGWINSZ, FIONREAD: what isatty() and buffers ask
    0x5421, 0x5450, 0x5451,  # FIONBIO, FIONCLEX, FIOCLEX: a descriptor's own flags
)  # fmt: skip
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_CHILD_SUBREAPER = 1, 4, 22, 36
_SECCOMP_MODE_FILTER = 2
_PR_HARMLESS = (15, 16, 38)  # PR_SET_NAME, PR_GET_NAME, PR_SET_NO_NEW_PRIVS


class _Program(ctypes.Structure):
    """struct sock_fprog: how the kernel is given a filter."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


class Policy:
    """The confinement of all workers of one warm parent."""

    def __init__(self, mode: SandboxMode, limits: Limits, readable: list[str]) -> None:
        self.mode = mode
        self.limits = limits
        self.readable = readable
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._filter = self._make_filter() if mode == "full" else b""
        statm = Path("/proc/self/statm")
        used = int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 0
        self._address_space = used + limits.memory
        if mode == "full":
            self._rules("/dev/null").close()  # if this fails, then now, while it can be seen

    def adopt_orphans(self) -> None:
        """In the warm parent: become the parent of whatever a worker leaves behind, so it can be killed."""
        if sys.platform.startswith("linux"):
            self._libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
            self._libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)

    def prepare(self, folder: str) -> Any:
        """In the warm parent, just before a fork: all of ``folder``'s confinement that a fork inherits.

        In a worker, it would take longer: each page that a worker is first to write to has to be copied.
        Returns the Landlock rules, which the parent has to close; None where there are none.
        """
        os.environ.clear()
        os.environ.update(HOME=folder, TMPDIR=folder, LANG="C.UTF-8", OMP_NUM_THREADS="1")
        os.chdir(folder)
        tempfile.tempdir = folder  # it has been asked for before, and was another one
        return self._rules(folder) if self.mode == "full" else None

    def confine(self, rules: Any) -> None:
        """In a worker, before the student's code: ``rules`` are what ``prepare`` returned."""
        os.setsid()
        if sys.platform.startswith("linux"):
            self._libc.prctl(_PR_SET_PDEATHSIG, 9, 0, 0, 0)
        self._set_limits()
        if self.mode == "full":
            with rules:
                rules.restrict()
            self._load_filter()

    def _set_limits(self) -> None:
        limits = self.limits
        wanted = {
            resource.RLIMIT_CPU: limits.processor,
            resource.RLIMIT_FSIZE: limits.file_size,
            resource.RLIMIT_NOFILE: limits.open_files,
            resource.RLIMIT_AS: self._address_space,
            resource.RLIMIT_CORE: 0,
        }
        for which, value in wanted.items():
            # macOS refuses some of these; the mode is then "reduced" and says so.
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(which, (value, value))

    def _rules(self, folder: str) -> Any:
        """The Landlock rules: read what is readable, write in ``folder``, signal nobody."""
        from landlockpy import AccessFS, Ruleset, Scope

        read_file = AccessFS.READ_FILE | AccessFS.EXECUTE
        read = read_file | AccessFS.READ_DIR
        write = (
            AccessFS.WRITE_FILE | AccessFS.TRUNCATE | AccessFS.MAKE_REG | AccessFS.MAKE_DIR
            | AccessFS.REMOVE_FILE | AccessFS.REMOVE_DIR | AccessFS.REFER
        )  # fmt: skip
        rules = Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL)
        for path in self.readable:
            rules.allow_path(path, read if os.path.isdir(path) else read_file)
        rules.allow_path("/dev/null", AccessFS.READ_FILE | AccessFS.WRITE_FILE)
        if os.path.isdir(folder):
            rules.allow_path(folder, read | write)
        return rules

    def _load_filter(self) -> None:
        """Install the filter, compiled long before: in every worker, compiling it would take longer."""
        program = _Program(len(self._filter) // 8, self._filter)
        if self._libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0):
            raise OSError(ctypes.get_errno(), "seccomp")

    def _make_filter(self) -> bytes:
        import landlockpy
        import pyseccomp as seccomp

        rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
        for name in ALLOWED_CALLS.split():
            # A name that this architecture does not have (openat2, open on arm64) is no loss.
            with contextlib.suppress(OSError):
                rules.add_rule(seccomp.ALLOW, name)
        for request in _IOCTL_HARMLESS:
            rules.add_rule(seccomp.ALLOW, "ioctl", seccomp.Arg(1, seccomp.EQ, request))
        for option in _PR_HARMLESS:
            rules.add_rule(seccomp.ALLOW, "prctl", seccomp.Arg(0, seccomp.EQ, option))
        # Threads yes, processes no. clone3 hides its flags from the filter: ENOSYS makes libc use clone.
        flag = seccomp.Arg(0, seccomp.MASKED_EQ, _CLONE_THREAD, _CLONE_THREAD)
        rules.add_rule(seccomp.ALLOW, "clone", flag)
        rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
        # Asking for limits is fine, setting them is not: as root they could be raised again.
        rules.add_rule(seccomp.ALLOW, "prlimit64", seccomp.Arg(2, seccomp.EQ, 0))
        # abort() signals its own thread. Others are out of reach where Landlock scopes signals (ABI 6).
        if landlockpy.abi_version() >= 6:
            rules.add_rule(seccomp.ALLOW, "tgkill")
        with tempfile.TemporaryFile() as file:
            rules.export_bpf(file)
            file.seek(0)
            return file.read()
