#!/usr/bin/env python3
"""The offline bundle, unpacked elsewhere, runs without network and without anything of this tree."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
GLIBC = re.compile(r"linux-vdso|ld-linux|/ld-linux|lib(c|m|dl|rt|pthread|resolv|nsl|util|anl)\.so")
SKIP = 77


def fail(words):
    sys.exit(f"bundle: {words}")


def without_network():
    """The prefix that runs a command in a network namespace of its own, where that is permitted."""
    for prefix in (["unshare", "-n"], ["unshare", "-r", "-n"]):
        if shutil.which("unshare") and subprocess.run([*prefix, "true"], capture_output=True).returncode == 0:
            return prefix
    return []


class Bundle:
    def __init__(self, folder):
        archive, = (ROOT / "build" / "dist").glob("suwen-*.tar.gz")
        with tarfile.open(archive) as tar:
            tar.extractall(folder)
        self.top, = pathlib.Path(folder).glob("suwen-*")
        self.program = self.top / "bin" / "suwen"
        self.prefix = without_network()

    def run(self, *words, extra=None):
        # A bare environment: no library path, no home, no locale of this machine.
        env = {"PATH": "/usr/bin:/bin", "HOME": str(self.top.parent), "LANG": "C.UTF-8", **(extra or {})}
        return subprocess.run([*self.prefix, str(self.program), *words], cwd=self.top.parent, env=env,
                              capture_output=True, text=True, errors="replace")

    def must(self, *words):
        result = self.run(*words)
        if result.returncode:
            fail(f"suwen {' '.join(words)}: exit {result.returncode}\n{result.stdout}{result.stderr}")
        return result.stdout

    def knows(self, command):
        return self.run("help", command).returncode == 0


def check_libraries(bundle):
    """All but glibc is loaded from the bundle, and the program names no folder of this machine."""
    traced = bundle.run(extra={"LD_TRACE_LOADED_OBJECTS": "1"}).stdout
    for line in traced.splitlines():
        place = line.split("=>")[-1].strip()
        if not GLIBC.search(line) and not place.startswith(str(bundle.top)):
            fail(f"not from the bundle: {line.strip()}")
    dynamic = subprocess.run(["readelf", "-d", str(bundle.program)], capture_output=True, text=True).stdout
    paths = re.findall(r"(?:rpath|runpath): \[(.*)\]", dynamic)
    if paths != ["$ORIGIN/../lib"]:
        fail(f"the program looks for libraries in {paths}")


def check_content(bundle):
    for name in ("LICENSE", "NOTICE", "licenses/duckdb.txt"):
        if not (bundle.top / name).is_file():
            fail(f"{name} is missing")
    for library in (bundle.top / "lib").iterdir():
        if library.is_symlink():
            fail(f"{library.name} is a link")


def check_main_job(bundle):
    """A small region from nothing to subject tables, as an air-gapped hospital would do it."""
    if not all(map(bundle.knows, ("init", "synth", "run", "rows"))):
        return
    bundle.must("synth", "--out", "region", "--patients", "300", "--institutions", "2", "--years", "1")
    bundle.must("init", "ws", "--pack", "hospital")
    bundle.must("run", "hospital-daily", "-C", "ws", "--source", "region/deliveries")
    if "[" not in bundle.must("rows", "latest", "--json", "-C", "ws"):
        fail("rows latest --json is no array")


def main():
    if "'main.c'" not in (ROOT / "src" / "cli" / "meson.build").read_text():
        print("no src/cli/main.c yet")
        sys.exit(SKIP)
    made = subprocess.run([str(ROOT / "tools" / "dist.sh")], capture_output=True, text=True)
    if made.returncode:
        fail(f"tools/dist.sh: exit {made.returncode}\n{made.stdout}{made.stderr}")
    # Its name has a space and Chinese characters: paths must not matter.
    with tempfile.TemporaryDirectory(prefix="素问 bundle ") as folder:
        bundle = Bundle(folder)
        version = bundle.must("--version")
        if not re.search(r"\d+\.\d+\.\d+", version):
            fail(f"--version says {version!r}")
        check_libraries(bundle)
        check_content(bundle)
        check_main_job(bundle)


if __name__ == "__main__":
    os.umask(0o022)
    main()
