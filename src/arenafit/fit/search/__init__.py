"""The search of `fit`: start graphs, tilings of their segments, shortest paths through them, neighbourhoods."""
