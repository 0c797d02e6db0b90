"""Memory, accuracy and time traded over many candidates: spaces, workers that share a storage, the front."""
