"""Install what the tests need (a browser, ffmpeg), where this machine lets us; else say so."""

import os
import shutil
import subprocess
import sys

WITHOUT = {
    "chromium": "journeys are skipped",
    "ffmpeg": "the tests of media use the one of requirements-media.txt",
}


def main() -> None:
    missing = [program for program in WITHOUT if not shutil.which(program)]
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        for program in missing:
            sys.stderr.write(f"{program} cannot be installed here: {WITHOUT[program]}\n")
    else:
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing],
            check=False,
            env=environment,
            stdout=subprocess.DEVNULL,
        )
    if not shutil.which("ffmpeg"):
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", "requirements-media.txt"], check=False)


if __name__ == "__main__":
    main()
