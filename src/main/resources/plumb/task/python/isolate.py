"""Runs a text where it can do nothing but compute: python3 -I -S -c THIS TEXT MEGABYTES SECONDS < input

The child has no network, an empty read-only root, no other processes in sight, no privileges, no way to start a process, and hard
limits of memory and time. It is not a new program: what may be imported is imported before the walls go up. Only when all of them
stand does it say so, in a first line "isolated", and runs the text. Where any cannot be had, nothing is run, and why is said instead.
"""

import ctypes
import os
import platform
import resource
import signal
import struct
import sys

REFUSED = 2
NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
RDONLY, NOSUID, NODEV, NOEXEC, REMOUNT, REC, PRIVATE = 1, 2, 4, 8, 32, 16384, 1 << 18
DETACH = 2
PDEATHSIG, NO_NEW_PRIVS, SECCOMP, FILTER = 1, 38, 22, 2
PIVOT_ROOT = 155
NOBODY = 65534
KNOWN = """array ast base64 bisect calendar cmath collections collections.abc contextlib copy dataclasses datetime decimal encodings.ascii
encodings.latin_1 encodings.utf_16 enum fractions functools gc hashlib heapq io itertools json linecache math numbers operator random re
statistics string struct sys textwrap time traceback types typing unicodedata _strptime""".split()
# What a computation asks of the kernel, by the numbers of x86-64; all else fails. Opening is allowed: there is nothing to open.
CALLS = {
    "read": 0, "write": 1, "open": 2, "close": 3, "stat": 4, "fstat": 5, "lstat": 6, "poll": 7, "lseek": 8, "mmap": 9, "mprotect": 10,
    "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "ioctl": 16, "readv": 19, "writev": 20,
    "access": 21, "select": 23, "sched_yield": 24, "mremap": 25, "madvise": 28, "nanosleep": 35, "getpid": 39, "exit": 60, "kill": 62,
    "uname": 63, "fcntl": 72, "getcwd": 79, "readlink": 89, "gettimeofday": 96, "getrusage": 98, "times": 100, "getuid": 102,
    "getgid": 104, "geteuid": 107, "getegid": 108, "getppid": 110, "sigaltstack": 131, "gettid": 186, "time": 201, "futex": 202,
    "restart": 219, "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230, "exit_group": 231, "tgkill": 234, "openat": 257,
    "newfstatat": 262, "getrandom": 318, "membarrier": 324, "statx": 332, "rseq": 334,
}  # fmt: skip

libc = ctypes.CDLL(None, use_errno=True)


def refuse(step, why):
    sys.stderr.write(f"{step}: {why}\n")
    sys.stderr.flush()
    os._exit(REFUSED)


def must(step, result):
    if result != 0:
        refuse(step, os.strerror(ctypes.get_errno()))


def write(path, text):
    try:
        with open(path, "w") as file:
            file.write(text)
    except OSError as error:
        refuse("writing " + path, error.strerror)


def own_spaces():
    """Namespaces of its own; who is not root gets them by way of a user namespace."""
    rest = NEWNS | NEWUTS | NEWIPC | NEWPID | NEWNET
    if os.geteuid() == 0:
        must("a namespace of its own", libc.unshare(rest))
        return
    user, group = os.geteuid(), os.getegid()
    must("a user namespace of its own", libc.unshare(NEWUSER | rest))
    write("/proc/self/setgroups", "deny")
    write("/proc/self/uid_map", f"{NOBODY} {user} 1")
    write("/proc/self/gid_map", f"{NOBODY} {group} 1")


def mount(step, source, target, kind, flags, data=None):
    must(step, libc.mount(source, target, kind, flags, data))


def empty_root():
    quiet = NOSUID | NODEV | NOEXEC
    mount("mounts of its own", None, b"/", None, REC | PRIVATE)
    mount("an empty root", b"none", b"/tmp", b"tmpfs", quiet, b"size=4k,nr_inodes=2,mode=555")
    os.chdir("/tmp")
    must("changing the root", libc.syscall(PIVOT_ROOT, b".", b"."))
    must("leaving the old root", libc.umount2(b".", DETACH))
    os.chdir("/")
    mount("a read-only root", b"none", b"/", None, REMOUNT | RDONLY | quiet)


def no_privileges():
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    header, nothing = struct.pack("Ii", 0x20080522, 0), bytes(24)
    must("giving up capabilities", libc.capset(header, nothing))
    must("giving up new privileges", libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0))
    must("dying with its parent", libc.prctl(PDEATHSIG, signal.SIGKILL, 0, 0, 0))


def limits(megabytes, seconds):
    for what, most in {
        resource.RLIMIT_AS: megabytes << 20,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_NOFILE: 8,
    }.items():
        resource.setrlimit(what, (most, most))


def few_calls():
    """A filter of system calls: those above are allowed, all others fail with EPERM, and other machines' calls kill."""
    load, equal, greater, give = 0x20, 0x15, 0x35, 0x06
    allow, deny, kill = 0x7FFF0000, 0x00050000 | 1, 0x80000000
    code = [(load, 0, 0, 4), (equal, 1, 0, 0xC000003E), (give, 0, 0, kill), (load, 0, 0, 0), (greater, 0, 1, 0x40000000), (give, 0, 0, kill)]
    for number in sorted(CALLS.values()):
        code += [(equal, 0, 1, number), (give, 0, 0, allow)]
    code.append((give, 0, 0, deny))
    lines = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in code))
    program = struct.pack("HxxxxxxQ", len(code), ctypes.addressof(lines))
    must("a filter of system calls", libc.prctl(SECCOMP, FILTER, program, 0, 0))


def shut_in(text, megabytes, seconds):
    os.setsid()
    os.closerange(3, 4096)
    empty_root()
    no_privileges()
    limits(megabytes, seconds)
    few_calls()
    os.write(1, b"isolated\n")
    for name in ("ctypes", "_ctypes", "resource", "platform"):
        sys.modules.pop(name, None)
    try:
        exec(compile(text, "<harness>", "exec"), {"__name__": "__main__"})
    finally:
        sys.stdout.flush()


def left(text, megabytes, seconds):
    """The status with which the text ended, as Python has it."""
    try:
        shut_in(text, megabytes, seconds)
        return 0
    except SystemExit as leaving:
        return 0 if leaving.code is None else leaving.code & 255 if isinstance(leaving.code, int) else 1
    except BaseException as error:
        os.write(1, f"{type(error).__name__}: {error}\n".encode()[:500])
        return 1


def main():
    text, megabytes, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        refuse("a filter of system calls", f"known for Linux on x86_64, this is {platform.system()} on {platform.machine()}")
    for name in KNOWN:
        __import__(name)
    del sys.argv[1:]
    own_spaces()
    child = os.fork()
    if child == 0:
        os._exit(left(text, megabytes, seconds))
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os._exit(status if status >= 0 else 128 - status)


main()
