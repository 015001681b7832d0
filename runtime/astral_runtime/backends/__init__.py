"""What runs the network: a protocol, the checks that weights must pass, and ONNX Runtime. Importing this loads no model library."""
