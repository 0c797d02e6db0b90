"""One file for each planner."""
