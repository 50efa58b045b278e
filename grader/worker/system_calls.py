"""Which system calls a worker may make: a filter of seccomp.

Untrusted side: a worker loads it before it sees the student's code.
"""

from __future__ import annotations

import contextlib
import errno
from typing import Any

# Calls that computing, reading files, threads and timing need, and no more. Whatever is not named here fails
# with EPERM: new processes, programs, sockets, signals to others, tracing, mounts, changed permissions.
ALLOWED = """
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
_PRCTL_HARMLESS = (15, 16, 38)  # PR_SET_NAME, PR_GET_NAME, PR_SET_NO_NEW_PRIVS


def make_filter() -> Any:
    """Return the filter, not yet loaded: a worker loads it, and can't take it back."""
    import landlockpy
    import pyseccomp as seccomp

    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    for name in ALLOWED.split():
        # A name that this architecture does not have (openat2, open on arm64) is no loss.
        with contextlib.suppress(OSError):
            rules.add_rule(seccomp.ALLOW, name)
    for request in _IOCTL_HARMLESS:
        rules.add_rule(seccomp.ALLOW, "ioctl", seccomp.Arg(1, seccomp.EQ, request))
    for option in _PRCTL_HARMLESS:
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
    return rules
