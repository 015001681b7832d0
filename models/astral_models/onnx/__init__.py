"""Export of a trained net to what the runtime loads: graphs without weights, beside the weights that training resumes from."""
