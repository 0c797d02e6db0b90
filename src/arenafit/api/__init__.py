"""The functions behind the command line, one file per verb, for use from Python; the package re-exports them.

Each takes paths and names as the command line does, and returns data; nothing is printed.
"""
