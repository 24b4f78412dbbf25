"""The shell of the workstation: the only owner of its threads, loops, files, clock and keys."""
