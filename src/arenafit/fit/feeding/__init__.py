"""`fit --feed rows`: the application gives some rows of an input at a time, as a camera or a microphone makes them."""
