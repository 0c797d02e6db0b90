"""Where buffers go: problems, plans, planners and bounds; nothing of neural networks."""
