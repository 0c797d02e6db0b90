"""What a verb answers before it shows any evidence: one file for each verb, plain data."""
