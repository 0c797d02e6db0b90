"""What a model is built for: ABIs, kernel libraries, releases of TFLM, boards."""
