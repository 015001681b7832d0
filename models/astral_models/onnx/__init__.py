"""Export of a trained net to what the runtime loads: three ONNX graphs, the vocabulary, a manifest."""
