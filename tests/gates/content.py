#!/usr/bin/env python3
"""No package registry's host, and no path of one machine, in a tracked file or a commit message."""
import re
import subprocess

from _common import files, finish, read, root_of

# In pieces, so that this file does not name them either.
HOSTS = [".".join(parts) for parts in (
    ("npmjs", "org"), ("npmjs", "com"), ("npmmirror", "com"), ("yarnpkg", "com"),
    ("pypi", "org"), ("pythonhosted", "org"), ("proxy", "golang", "org"), ("crates", "io"),
    ("deb", "debian", "org"), ("security", "debian", "org"), ("archive", "ubuntu", "com"),
)]
MACHINE = re.compile(r"(?<![\w.])/(?:" + "work" + r"|root|home/\w+|Users/\w+)/")
TEMPORARY = re.compile(r"(?<![\w.$}])/" + "tmp/")
# Tests may make files in the system's temporary folder; nothing else names it.
MAY_USE_TEMPORARY = ("tests/", "fuzz/", "bench/")


def registry_hosts():
    """HOSTS and the registry that this machine is set to use, whichever it is."""
    hosts = set(HOSTS)
    result = subprocess.run(["npm", "config", "get", "registry"], capture_output=True, text=True)
    match = re.match(r"https?://([^/:\s]+)", result.stdout)
    if match:
        hosts.add(match.group(1))
    return hosts - {"localhost", "127.0.0.1"}


def check(name, text, host):
    for number, line in enumerate(text.split("\n"), 1):
        found = host.search(line)
        if found:
            yield f"{name}:{number}: names a package registry's host"
        if MACHINE.search(line):
            yield f"{name}:{number}: names a path of one machine"
        if TEMPORARY.search(line) and not name.startswith(MAY_USE_TEMPORARY):
            yield f"{name}:{number}: names a path under the temporary folder"


def main():
    root = root_of(__doc__)
    host = re.compile("|".join(re.escape(each) for each in sorted(registry_hosts())))
    problems = []
    for name, path in files(root):
        problems += check(name, read(path), host)
    if (root / ".git").exists():
        log = subprocess.run(["git", "log", "--format=%h %B"], cwd=root, capture_output=True, text=True)
        problems += check("commit messages", log.stdout, host)
    finish(problems)


if __name__ == "__main__":
    main()
