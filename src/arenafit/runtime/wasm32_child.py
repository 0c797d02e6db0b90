"""Runs mcufit's build of TFLM under node and passes on what it prints, in the runner protocol (docs/runners.md).

Run as ``python -m arenafit.runtime.wasm32_child NODE SCRIPT MODEL``.
"""

import subprocess
import sys
from collections.abc import Sequence


def main(command: Sequence[str]) -> None:
    """Run the build; it exits with 0 even where TFLM refused the model, so that its tables tell."""
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    printed = (done.stdout + done.stderr).replace("\0", "")
    sys.stdout.write("[runner] runtime name=mcufit-wasm kernels=reference abi=ilp32-int-enums\n" + printed)
    if "[[ Table ]]: Arena" not in printed:
        lines = [line for line in printed.splitlines() if line.strip()] or ["nothing was printed"]
        sys.stdout.write(f"\n[runner] refused allocate {lines[-1]}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
