"""Makes the small example models beside this file (needs the extra `train`): for the documentation and the tests.

pip install 'arenafit[train]'
python examples/small/make.py            # all
python examples/small/make.py denoiser   # one
"""

import sys

import keras
import tensorflow as tf
from denoiser import make_denoiser
from mobile import make_mobile
from motion import make_motion
from streaming import make_streaming

SEED = 90
MAKERS = {
    "denoiser": make_denoiser,
    "mobile": make_mobile,
    "motion": make_motion,
    "streaming": make_streaming,
}


def main() -> None:
    tf.config.experimental.enable_op_determinism()
    for name in sys.argv[1:] or MAKERS:
        keras.utils.set_random_seed(SEED)
        for path in MAKERS[name](SEED):
            print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
