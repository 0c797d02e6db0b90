"""What the verbs found: `documents` is plain data, `render` its formats."""
