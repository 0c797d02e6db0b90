"""A model as a differentiable function in numpy: forward, backward, self-distillation. Batches in the first axis."""
