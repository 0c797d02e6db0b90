"""What a verb has to say, as versioned plain data."""
