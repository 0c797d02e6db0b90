"""One file per TFLM kernel: which path it takes on a core, and the work of that path counted."""
