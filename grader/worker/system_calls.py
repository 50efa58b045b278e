"""Which system calls a worker may make: a filter of seccomp.

Untrusted side: a worker loads it before it sees the student's code. What needs counting (threads, files,
folders) waits for the warm parent's answer; see ``grader.worker.rations``.
"""

from __future__ import annotations

import contextlib
import errno
import os
from typing import Any

# Calls that computing, reading files, threads and timing need, and no more. Whatever is not named here fails
# with EPERM: new processes, programs, sockets, signals to others, tracing, mounts, changed permissions.
ALLOWED = """
    read write readv writev pread64 pwrite64 preadv pwritev lseek close close_range dup dup2 dup3
    stat fstat lstat newfstatat statx access faccessat faccessat2 readlink
    readlinkat getdents getdents64 getcwd chdir fchdir unlink unlinkat rmdir rename
    renameat renameat2 ftruncate truncate fsync fdatasync sync_file_range fadvise64 readahead
    copy_file_range sendfile pipe pipe2 poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl
    epoll_wait epoll_pwait eventfd eventfd2 umask statfs fstatfs mmap munmap mprotect mremap madvise brk
    msync mincore mlock munlock membarrier mbind get_mempolicy pkey_alloc pkey_free pkey_mprotect futex
    futex_waitv set_robust_list get_robust_list set_tid_address rseq sched_yield sched_getaffinity
    sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min getcpu rt_sigaction
    rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait sigaltstack restart_syscall
    pause alarm setitimer getitimer clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday
    time times timerfd_create timerfd_settime timerfd_gettime getpid gettid getppid getuid geteuid getgid
    getegid getgroups getresuid getresgid getpgrp getpgid getsid getrandom getrlimit getrusage sysinfo uname
    getpriority arch_prctl capget wait4 waitid recvfrom sendto recvmsg sendmsg shutdown getsockopt getsockname
    getpeername exit exit_group
"""

_CLONE_THREAD = 0x00010000
_O_TMPFILE = 0x00400000  # without the bit for "a folder" that os.O_TMPFILE has as well
_SET_UID, _SET_GID = 0o4000, 0o2000
_IOCTL_HARMLESS = (
    0x5401, 0x5413, 0x541B,  # TCGETS, TIOCGWINSZ, FIONREAD: what isatty() and buffers ask
    0x5421, 0x5450, 0x5451,  # FIONBIO, FIONCLEX, FIOCLEX: a descriptor's own flags
)  # fmt: skip
# A descriptor's copies and flags. The rest lets the kernel send signals to others, break what others have
# leased, or take memory for pipes that no limit counts.
_FCNTL_HARMLESS = (0, 1, 2, 3, 1030)  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC
_F_SETFL = 4
_PRCTL_HARMLESS = (15, 16, 38)  # PR_SET_NAME, PR_GET_NAME, PR_SET_NO_NEW_PRIVS


def numbers(*names: str) -> frozenset[int]:
    """The numbers of system calls here. A name that this architecture does not have is none of any call's."""
    import pyseccomp as seccomp

    return frozenset(seccomp.resolve_syscall(seccomp.Arch.NATIVE, name) for name in names)


def make_filter() -> Any:
    """Return the filter, not yet loaded, without what depends on the worker (see ``load``)."""
    import pyseccomp as seccomp

    def has(argument: int, bits: int) -> Any:
        return seccomp.Arg(argument, seccomp.MASKED_EQ, bits, bits)

    def has_none(argument: int, bits: int) -> Any:
        return seccomp.Arg(argument, seccomp.MASKED_EQ, bits, 0)

    def allow(name: str, *arguments: Any, action: int = seccomp.ALLOW) -> None:
        # A name that this architecture does not have (open on arm64) is no loss.
        with contextlib.suppress(OSError):
            rules.add_rule(action, name, *arguments)

    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    for name in ALLOWED.split():
        allow(name)
    for request in _IOCTL_HARMLESS:
        allow("ioctl", seccomp.Arg(1, seccomp.EQ, request))
    for command in _FCNTL_HARMLESS:
        allow("fcntl", seccomp.Arg(1, seccomp.EQ, command))
    allow("fcntl", seccomp.Arg(1, seccomp.EQ, _F_SETFL), has_none(2, os.O_ASYNC))
    for option in _PRCTL_HARMLESS:
        allow("prctl", seccomp.Arg(0, seccomp.EQ, option))
    # Threads yes, counted, processes no. clone3 hides its flags from the filter, and openat2 its: ENOSYS
    # makes libc use the older call.
    allow("clone", has(0, _CLONE_THREAD), action=seccomp.NOTIFY)
    for name in ("clone3", "openat2"):
        allow(name, action=seccomp.ERRNO(errno.ENOSYS))
    for name, flags in (("open", 1), ("openat", 2)):
        mode = flags + 1
        allow(name, has_none(flags, os.O_CREAT | _O_TMPFILE))
        allow(name, has(flags, os.O_CREAT), has_none(mode, _SET_UID | _SET_GID), action=seccomp.NOTIFY)
        # No file that runs as somebody else is made. The answer is 0, a success and the descriptor of
        # /dev/null, since who only tries shall lose nothing else by it.
        for bit in (_SET_UID, _SET_GID):
            allow(name, has(flags, os.O_CREAT), has(mode, bit), action=seccomp.ERRNO(0))
    for name in ("mkdir", "mkdirat"):  # the kernel drops set-uid bits of folders itself
        allow(name, action=seccomp.NOTIFY)
    # It takes room for a file beyond the limit on its size. libc and numpy do without.
    allow("fallocate", action=seccomp.ERRNO(errno.EOPNOTSUPP))
    # Asking for limits is fine, setting them is not: as root they could be raised again.
    allow("prlimit64", seccomp.Arg(2, seccomp.EQ, 0))
    return rules


def load(rules: Any) -> int:
    """In a worker: load the filter, which can't be taken back. Returns the descriptor on which it asks.

    abort() signals its own thread; threads of other processes are none of a worker's business.
    """
    import pyseccomp as seccomp

    rules.add_rule(seccomp.ALLOW, "tgkill", seccomp.Arg(0, seccomp.EQ, os.getpid()))
    listener = os.dup(0)
    os.close(listener)
    rules.load()  # a new descriptor is the lowest one that is free, and so this one again
    os.fstat(listener)
    return listener
