"""What runs the network: a protocol, the checks that weights must pass, and ONNX Runtime. Importing this loads no model library."""

import os

# The few products that numpy does for us are small. OpenBLAS's threads spin while they wait and made 6 ms 200 beside other work.
# Read when numpy is first imported, which is behind this package.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
