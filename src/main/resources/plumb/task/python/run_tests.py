"""Tries a program on tests. One JSON object comes in: token, and either problems or program, setup, and one of asserts,
tests (with holes), expressions.

Whatever is said stands on a line of its own behind the token, which the program is not told: nothing else on the outputs counts.
With problems: says which of them have asserts that cannot be taken apart.
With asserts: takes them apart; says each one's two sides and what the right one comes to.

With tests: what a careless runner does. It compares as the program's own objects wish (hole equal), goes by the exit status (hole exit)
and asks a report function that the program can reach as checks.report (hole report); a closed hole is closed in here.
With expressions: says what they come to, in one spelling for what Python calls equal, for somebody else to compare.
"""

import ast
import io
import json
import os
import sys
import types

PLAIN = (bool, int, float, complex, str, bytes, type(None))


def spelled(value):
    """Values of Python's own types only: an object of the program's cannot equal anything."""
    kind = type(value)
    if kind is float and value != value:
        raise ValueError("a value that is not even equal to itself")
    if kind in (bool, int, float) and abs(value) != float("inf"):
        return repr(int(value)) if value == int(value) else repr(float(value))
    if kind in PLAIN:
        return kind.__name__ + repr(value) if kind in (str, bytes) else repr(value)
    if kind in (list, tuple):
        return kind.__name__ + "[" + ",".join(map(spelled, value)) + "]"
    if kind in (set, frozenset):
        return "set[" + ",".join(sorted(map(spelled, value))) + "]"
    if isinstance(value, dict) and kind.__module__ in ("builtins", "collections"):
        return "dict[" + ",".join(sorted(spelled(k) + ":" + spelled(v) for k, v in value.items())) + "]"
    raise TypeError("a value of type " + kind.__name__)


def report(passed):
    return passed


def world(job):
    names = {"__name__": "answer"}
    exec(job["setup"], names)
    exec(job["program"], names)
    return names


def teller(token):
    """Says a line behind the token, by a way that the program cannot put another in the place of."""
    write = os.write

    def say(line):
        write(1, f"\n{token} {line}\n".encode(errors="backslashreplace"))

    return say


def sources():
    """Where Python looks for the lines of its own modules when it shows where an error came from."""
    files = [file for module in list(sys.modules.values()) if (file := getattr(module, "__file__", None))]
    return {name for file in files for name in (file, *(f"{folder}/{os.path.basename(file)}" for folder in sys.path))}


def attempts(say):
    """Writes down what the program tries that no computation needs, and fails it."""
    watched = ("open", "os.", "socket.", "subprocess.", "ctypes.", "shutil.", "signal.")
    modules = ("_ctypes", "_socket", "asyncio", "ctypes", "multiprocessing", "pathlib", "shutil", "socket", "subprocess", "urllib")
    harmless = ("os.listdir", "os.scandir", "os.putenv", "os.unsetenv")  # the import of a module that is not there looks around
    shown = sources()

    def showing(path, mode):
        """Whether Python itself, to show an error, looks for a line where there is none: of a text, or of a module."""
        if type(path) is not str or mode not in ("r", "rb"):
            return False
        name = path.rpartition("/")[2]
        return name[:1] + name[-1:] == "<>" or path in shown

    def hook(event, arguments):
        what = str(arguments[0])[:80] if arguments else ""
        wanted = event == "import" and what.split(".")[0] in modules
        if event == "open" and showing(*arguments[:2]):
            return
        if wanted or (event.startswith(watched) and event not in harmless):
            say(f"attempted {event} {what!r}")
            raise PermissionError(event)

    sys.addaudithook(hook)


def taken_apart(job):
    names = world(job)
    for text in job["asserts"]:
        test = ast.parse(text).body[0].test
        if not (isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq)):
            raise ValueError("an assert of another form than left == right: " + text)
        left, right = ast.unparse(test.left), ast.unparse(test.comparators[0])
        yield [left, right, spelled(eval(right, names))]


def can_be_taken_apart(problem):
    try:
        return all(taken_apart(problem))
    except Exception:
        return False


def careless(job, say):
    holes, checks = job["holes"], types.ModuleType("checks")
    checks.report = report
    sys.modules["checks"] = checks
    names = world(job)
    failed = []
    for left, right in job["tests"]:
        try:
            if "equal" in holes:
                right_or_not = bool(eval(left, names) == eval(right, names))
            else:
                right_or_not = spelled(eval(left, names)) == spelled(eval(right, names))
        except Exception as error:
            right_or_not = False
            say(f"{left}: {type(error).__name__}: {str(error)[:200]}")
        verdict = (checks.report if "report" in holes else report)(right_or_not)
        if not verdict:
            failed.append(left)
    for test in failed:
        say(f"failed: {test}")
    say(f"ran {len(job['tests'])}")
    sys.exit(1 if failed else 0)


def values(job, say):
    names = world(job)
    for expression in job["expressions"]:
        try:
            say("value " + spelled(eval(expression, names)).replace("\n", " "))
        except Exception as error:
            say(f"error {type(error).__name__}")
    say(f"ran {len(job['expressions'])}")


def main():
    job = json.load(sys.stdin)
    say = teller(job.pop("token"))
    sys.stdout = io.StringIO()
    if "problems" in job:
        say(json.dumps([i for i, problem in enumerate(job["problems"]) if not can_be_taken_apart(problem)]))
    elif "asserts" in job:
        for parts in taken_apart(job):
            say(json.dumps(parts))
    else:
        attempts(say)
        (values if "expressions" in job else careless)(job, say)


main()
